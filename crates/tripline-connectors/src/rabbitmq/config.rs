//! What the configuration says of RabbitMQ.

use std::path::PathBuf;

use lapin::uri::AMQPUri;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::shape::Shaping;
use crate::{ChangeOp, MapConfig, MessageFormat, Secret};

/// The longest name that the protocol has room for, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// A queue that nobody else reads.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RabbitMqSource {
    /// The broker and the user, `amqp://USER@HOST:PORT/VHOST`, or `amqps://` for TLS; without a virtual host it is `/`.
    pub url: String,
    /// The password of the user.
    pub password: Secret,
    /// The queue.
    pub queue: String,
    /// How many messages the broker may send ahead of what is acknowledged, up to 65535: more than come between two
    /// checkpoints, since it waits once there are so many. 10000 unless given.
    #[serde(default = "prefetch")]
    #[schemars(range(min = 1))]
    pub prefetch: u16,
    /// How records are written: `json`, an object each; `text`, lines that `pattern` takes apart; or changes of rows as
    /// `debezium` or `canal` writes them. `json` unless given.
    #[serde(default)]
    pub format: MessageFormat,
    /// With `text`: a regular expression; its groups with names, as `(?<user>\S+)`, become fields.
    #[serde(default)]
    #[schemars(with = "String")]
    pub pattern: Option<String>,
    /// With `debezium` and `canal`: which changes become events, of `insert`, `snapshot`, `update` and `delete`; all but
    /// `delete` unless given.
    #[serde(default)]
    #[schemars(with = "Vec<ChangeOp>")]
    pub ops: Option<Vec<ChangeOp>>,
    /// What is done with the fields of events: `rename`, `time`, `only` and `set`, as [formats.md](formats.md) says.
    #[serde(default)]
    #[schemars(with = "MapConfig")]
    pub map: Option<MapConfig>,
    /// The file with the certificates, in PEM, that those of the broker are trusted by; the usual authorities unless given.
    #[serde(default)]
    #[schemars(with = "PathBuf")]
    pub ca: Option<PathBuf>,
}

/// An exchange that results are written to, each as a persistent message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RabbitMqSink {
    /// The broker and the user, `amqp://USER@HOST:PORT/VHOST`, or `amqps://` for TLS; without a virtual host it is `/`.
    pub url: String,
    /// The password of the user.
    pub password: Secret,
    /// The exchange; unless given the default one, which gives a message to the queue that the routing key names.
    #[serde(default)]
    pub exchange: String,
    /// The routing key.
    pub routing_key: String,
    /// The file with the certificates, in PEM, that those of the broker are trusted by; the usual authorities unless given.
    #[serde(default)]
    #[schemars(with = "PathBuf")]
    pub ca: Option<PathBuf>,
}

const fn prefetch() -> u16 {
    10_000
}

/// Reads the address of a broker.
pub(super) fn uri(url: &str) -> Result<AMQPUri, String> {
    let uri: Result<AMQPUri, String> = url.parse();
    let mut uri = uri.map_err(|error| format!("it is no address of a broker: {error}"))?;
    if uri.vhost.is_empty() {
        "/".clone_into(&mut uri.vhost);
    }
    Ok(uri)
}

fn problems_of(url: &str, names: [(&'static str, &str); 2]) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    if let Err(reason) = uri(url) {
        problems.push(("url", reason));
    }
    let user = url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    match user {
        None => problems.push(("url", "it names no user: write `amqp://USER@HOST`".to_owned())),
        Some((user, _)) if user.contains(':') => {
            let text = "no secret stands in the configuration: leave the password out of it, and name with `password` the \
                        environment variable or the file that holds it";
            problems.push(("url", text.to_owned()));
        }
        Some(_) => {}
    }
    for (key, name) in names {
        if name.len() > MAX_NAME_BYTES {
            problems.push((key, format!("it is longer than {MAX_NAME_BYTES} bytes")));
        }
    }
    problems
}

impl RabbitMqSource {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = problems_of(&self.url, [("queue", &self.queue), ("queue", "")]);
        if self.queue.is_empty() {
            problems.push(("queue", "it names no queue".to_owned()));
        }
        if self.prefetch == 0 {
            problems.push(("prefetch", "it must be at least 1".to_owned()));
        }
        problems.extend(self.shaping().problems());
        problems
    }

    /// How messages become events.
    pub(super) fn shaping(&self) -> Shaping<'_> {
        Shaping {
            format: self.format,
            pattern: self.pattern.as_deref(),
            ops: self.ops.as_deref(),
            map: self.map.as_ref(),
        }
    }
}

impl RabbitMqSink {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let names = [("exchange", &*self.exchange), ("routing_key", &*self.routing_key)];
        let mut problems = problems_of(&self.url, names);
        if self.exchange.is_empty() && self.routing_key.is_empty() {
            let text = "it names no queue, and the default exchange knows no other way";
            problems.push(("routing_key", text.to_owned()));
        }
        problems
    }
}
