//! What the configuration says of e-mail.

use std::path::PathBuf;

use lettre::message::Mailbox;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Secret;

/// E-mail through a mail server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct EmailSink {
    /// The mail server, `HOST` or `HOST:PORT`; the usual port of `tls` unless given.
    pub server: String,
    /// How the connection is made secure: `starttls` (port 587), `tls` from the first byte (465), or `none` (25); `starttls`
    /// unless given.
    #[serde(default)]
    pub tls: EmailTls,
    /// The file with the certificates, in PEM, that the server's is trusted by; the usual authorities unless given.
    #[serde(default)]
    #[schemars(with = "PathBuf")]
    pub ca: Option<PathBuf>,
    /// The user, if the server wants one.
    #[serde(default)]
    #[schemars(with = "String")]
    pub user: Option<String>,
    /// The password of the user.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
    /// Who sends it, `ADDRESS` or `NAME <ADDRESS>`.
    pub from: String,
    /// Who gets it, each as in `from`.
    pub to: Vec<String>,
    /// The subject of all mails; unless given the first line of the text, and of a result that no action made a text of, its
    /// severity, its rule and its kind.
    #[serde(default)]
    #[schemars(with = "String")]
    pub subject: Option<String>,
}

/// How a connection is made secure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum EmailTls {
    /// The server is asked to before anything is said.
    #[default]
    StartTls,
    /// From the first byte.
    Tls,
    /// Not at all.
    None,
}

impl EmailTls {
    const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl EmailSink {
    /// The host and the port of the server.
    pub(super) fn address(&self) -> Result<(&str, u16), String> {
        let unfit = || format!("`{}` is no `HOST` and no `HOST:PORT`", self.server);
        let (host, port) = match self.server.rsplit_once(':') {
            // An IPv6 address stands in brackets.
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| unfit())?)
            }
            _ => (&*self.server, self.tls.port()),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() { Err(unfit()) } else { Ok((host, port)) }
    }

    /// Who sends it.
    pub(super) fn sender(&self) -> Result<Mailbox, String> {
        mailbox(&self.from)
    }

    /// Who gets it.
    pub(super) fn receivers(&self) -> Result<Vec<Mailbox>, String> {
        self.to.iter().map(|one| mailbox(one)).collect()
    }

    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let is_here = match self.address() {
            Ok((host, _)) => matches!(host, "localhost" | "127.0.0.1" | "::1"),
            Err(reason) => {
                problems.push(("server", reason));
                true
            }
        };
        if let Err(reason) = self.sender() {
            problems.push(("from", reason));
        }
        if let Err(reason) = self.receivers() {
            problems.push(("to", reason));
        }
        if self.to.is_empty() {
            problems.push(("to", "nobody gets it".to_owned()));
        }
        if self.user.is_some() != self.password.is_some() {
            problems.push(("user", "`user` and `password` go together".to_owned()));
        }
        if self.password.is_some() && self.tls == EmailTls::None && !is_here {
            let text =
                "with `none` the password could be read on its way: write `starttls` or `tls`";
            problems.push(("tls", text.to_owned()));
        }
        if self.subject.as_deref().is_some_and(|subject| subject.contains(['\r', '\n'])) {
            problems.push(("subject", "it is more than one line".to_owned()));
        }
        problems
    }
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| format!("`{text}` is no address: {error}"))
}
