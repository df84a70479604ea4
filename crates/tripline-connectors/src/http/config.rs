//! What the configuration says of HTTP.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::template::{Form, Given, Template};
use crate::address::is_address;
use crate::{OnRefused, Secret};

/// Where each result is posted to: a webhook of your own, or the robot of a messenger.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct HttpSink {
    /// The address, `https://…`; where it is a secret itself, `{ env = "NAME" }` or `{ file = "PATH" }`.
    pub url: TextOrSecret,
    /// What is posted: the result (`json`), or a message to a robot of `dingtalk`, `wecom`, `feishu` or `slack`; `json`
    /// unless given.
    #[serde(default)]
    pub format: HttpFormat,
    /// The text of a message, with places such as `{{rule.name}}`; what the template of the rule's action says unless given,
    /// or name, severity, kind and key where it has none.
    #[serde(default)]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// What is posted in place of what the action gives out: JSON with places such as `{{events.cart[0].price}}`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub body: Option<String>,
    /// More headers; a value is a text with places, or a secret.
    #[serde(default)]
    pub headers: BTreeMap<String, TextOrSecret>,
    /// What the request is signed with.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub secret: Option<Secret>,
    /// How long an answer may take, in ms; 10000 unless given.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// What to do with a result that the other side will not have, such as one that is too large: `skip` it with a line in
    /// the log, or `stop` the run; `skip` unless given.
    #[serde(default)]
    pub on_refused: OnRefused,
    /// A file to which results that are skipped are added, a JSON object a line, each with the reason.
    #[serde(default)]
    #[schemars(with = "PathBuf")]
    pub dead_letter: Option<PathBuf>,
}

const fn timeout_ms() -> u64 {
    10_000
}

/// What is posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum HttpFormat {
    /// The result.
    #[default]
    Json,
    /// A message to a robot of DingTalk.
    Dingtalk,
    /// A message to a robot of WeCom.
    Wecom,
    /// A message to a robot of Feishu, or Lark.
    Feishu,
    /// A message to an incoming webhook of Slack.
    Slack,
}

/// A text, or where a secret one stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum TextOrSecret {
    /// As it stands.
    Text(String),
    /// A secret.
    Secret(Secret),
}

impl JsonSchema for TextOrSecret {
    fn schema_name() -> Cow<'static, str> {
        "TextOrSecret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = Secret::json_schema(generator);
        json_schema!({"anyOf": [{"type": "string"}, secret]})
    }
}

/// Headers that say what is done anyway.
const OWN_HEADERS: [&str; 7] = [
    "content-type",
    "content-length",
    "host",
    "transfer-encoding",
    "idempotency-key",
    "x-tripline-timestamp",
    "x-tripline-signature",
];

impl HttpSink {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if let TextOrSecret::Text(url) = &self.url
            && !is_address(url)
        {
            let text =
                "it is no address: write `https://HOST/PATH`, and no user and password in it";
            problems.push(("url", text.to_owned()));
        }
        for (key, text) in [("text", &self.text), ("body", &self.body)] {
            if let Some(text) = text
                && let Err(problem) = Template::new(text)
            {
                problems.push((key, problem));
            }
        }
        if self.text.is_some() && self.format == HttpFormat::Json {
            problems
                .push(("text", "only a message has a text: say which with `format`".to_owned()));
        }
        if self.body.is_some() && self.format != HttpFormat::Json {
            problems.push((
                "body",
                "a message has a form of its own: leave out `body` or `format`".to_owned(),
            ));
        }
        if let Some(Ok(body)) = self.body.as_deref().map(Template::new) {
            let nothing = Given { output: serde_json::value::RawValue::NULL, message: None };
            let filled = body.fill(nothing, Form::Json);
            if serde_json::from_str::<serde::de::IgnoredAny>(&filled).is_err() {
                problems.push(("body", "it is no JSON".to_owned()));
            }
        }
        for (name, value) in &self.headers {
            let sign = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
            if name.is_empty() || !name.chars().all(sign) {
                problems.push(("headers", format!("`{name}` is no name of a header")));
            } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                problems.push(("headers", format!("`{name}` is set already")));
            }
            if let TextOrSecret::Text(text) = value
                && let Err(problem) = Template::new(text)
            {
                problems.push(("headers", problem));
            }
        }
        problems.extend(self.on_refused.problem(self.dead_letter.as_deref()));
        if !(1..=600_000).contains(&self.timeout_ms) {
            problems.push(("timeout_ms", "give 1 to 600000".to_owned()));
        }
        problems
    }
}
