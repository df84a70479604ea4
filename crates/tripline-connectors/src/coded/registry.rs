//! Asks a schema registry, over HTTP.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::RegistryConfig;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long an answer may be, in bytes.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// How many schemas one may refer to, all in all.
const MAX_REFERENCES: usize = 200;

/// What a registry answers if it has no such schema, subject or version.
const NOT_FOUND: std::ops::Range<u32> = 40_400..40_500;

/// A schema as it stands in a registry, with those that it refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Registered {
    /// `AVRO` unless given.
    pub(super) language: Option<String>,
    pub(super) text: String,
    /// By the names under which they are known to it, or to each other.
    pub(super) references: Vec<(String, String)>,
}

/// Why there is no schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The registry cannot be asked now.
    Away(String),
    /// It will not answer whatever it is asked.
    Refused(String),
    /// It answers that there is none.
    Unknown(String),
}

#[derive(Deserialize)]
struct Answer {
    schema: String,
    #[serde(rename = "schemaType")]
    language: Option<String>,
    references: Option<Vec<Reference>>,
}

#[derive(Deserialize)]
struct Reference {
    name: String,
    subject: String,
    version: i64,
}

/// What it says when it has not what it was asked for.
#[derive(Deserialize)]
struct Complaint {
    error_code: u32,
    message: Option<String>,
}

/// Asks a registry.
pub(super) struct Registry {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Registry {
    /// Why it cannot be asked, if a secret or a certificate is not there.
    pub(super) fn new(config: &RegistryConfig) -> Result<Self, String> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &config.ca {
            let wrong =
                |why: &dyn fmt::Display| format!("`registry.ca`: `{}`: {why}", path.display());
            let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
            let mut certificates = Vec::new();
            for item in parse_pem(&pem) {
                if let PemItem::Certificate(one) = item.map_err(|error| wrong(&error))? {
                    certificates.push(one);
                }
            }
            if certificates.is_empty() {
                return Err(wrong(&"there is no certificate in it"));
            }
            tls = tls.root_certs(RootCerts::from(certificates));
        }
        let authorization = match (&config.user, &config.password) {
            (Some(user), Some(password)) => {
                let password = password.read();
                let password = password.map_err(|why| format!("`registry.password`: {why}"))?;
                let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
                Some(format!("Basic {both}"))
            }
            _ => None,
        };
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("tripline")
            .tls_config(tls.build())
            .build();
        let url = config.url.trim_end_matches('/').to_owned();
        Ok(Self { agent: agent.into(), url, authorization })
    }

    /// Whether it answers as a registry does.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let languages: Vec<String> = self.get("/schemas/types")?;
        match languages.is_empty() {
            true => Err(Failure::Away(self.said("it knows no language of schemas"))),
            false => Ok(()),
        }
    }

    /// The schema of an id, with all that it refers to.
    pub(super) fn schema(&self, id: u32) -> Result<Registered, Failure> {
        let Answer { schema, language, references } = self.get(&format!("/schemas/ids/{id}"))?;
        let mut registered = Registered { language, text: schema, references: Vec::new() };
        let mut known = BTreeSet::new();
        let mut open = references.unwrap_or_default();
        while let Some(Reference { name, subject, version }) = open.pop() {
            if !known.insert(name.clone()) {
                continue;
            }
            if known.len() > MAX_REFERENCES {
                let text = format!("it refers to more than {MAX_REFERENCES} others");
                return Err(Failure::Unknown(text));
            }
            let path = format!("/subjects/{}/versions/{version}", encoded(&subject));
            let answer: Answer = self.get(&path)?;
            open.extend(answer.references.unwrap_or_default());
            registered.references.push((name, answer.schema));
        }
        Ok(registered)
    }

    fn said(&self, what: &str) -> String {
        format!("the schema registry {}: {what}", self.url)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let away = |what: &str| Failure::Away(self.said(what));
        let mut request = self.agent.get(format!("{}{path}", self.url)).header(
            "Accept",
            "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json",
        );
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                return Err(Failure::Refused(self.said(&format!("{error}; look at `registry`"))));
            }
            Err(error) => return Err(away(&error.to_string())),
        };
        let status = response.status();
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string();
        match status.as_u16() {
            200 => {
                let body = body.map_err(|error| away(&error.to_string()))?;
                serde_json::from_str(&body)
                    .map_err(|_| away(&format!("what it answers to {path} is none of a registry")))
            }
            code @ (401 | 403) => Err(Failure::Refused(self.said(&format!(
                "it does not let the user in ({code}); look at `registry.user` and `registry.password`"
            )))),
            404 => match serde_json::from_str(&body.unwrap_or_default()) {
                Ok(Complaint { error_code, message }) if NOT_FOUND.contains(&error_code) => {
                    let message: String = message.unwrap_or_default().chars().take(200).collect();
                    Err(Failure::Unknown(format!("{error_code} {message}")))
                }
                // Of something else that listens there.
                _ => Err(away(&format!("404 for {path}; is `registry.url` right?"))),
            },
            _ => Err(away(&status.to_string())),
        }
    }
}

/// A name as it stands in a path.
fn encoded(name: &str) -> String {
    let mut path = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_may_have_any_name() {
        assert_eq!(encoded("a-1_b.C~"), "a-1_b.C~");
        assert_eq!(encoded(":.ctx:a/b ü"), "%3A.ctx%3Aa%2Fb%20%C3%BC");
    }
}
