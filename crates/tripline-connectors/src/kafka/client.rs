//! Connects to Kafka: what passes is waited for, what does not is told with what to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{NoCustomPartitioner, ProducerContext};
use tracing::debug;

use super::config::KafkaOption;
use crate::{Backoff, ConnectorError, Health};

/// How long a broker may take to answer a question before it is asked again.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What librdkafka tells of a client.
pub(super) struct Context {
    health: Arc<Health>,
    /// Why going on makes no sense, if it makes none.
    refused: Mutex<Option<String>>,
    /// The last error, in words.
    last: Mutex<Option<String>>,
}

impl Context {
    pub(super) fn new(health: Arc<Health>) -> Self {
        Self { health, refused: Mutex::default(), last: Mutex::default() }
    }

    pub(super) const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    pub(super) fn refused(&self) -> Option<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn refuse(&self, reason: String) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get_or_insert(reason);
    }

    fn last(&self) -> Option<String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(?level, "librdkafka: {facility} {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // That no broker is there says less than why.
        if last.is_none() || code != Some(Code::AllBrokersDown) {
            *last = Some(reason.to_owned());
        }
        drop(last);
        match code {
            Some(code) if refusal(code).is_some() => self.health.down(reason),
            Some(Code::AllBrokersDown | Code::Resolve) => self.health.down(reason),
            Some(Code::Fatal) => self.refuse(reason.to_owned()),
            // One connection of several, or one that was idle.
            _ => debug!("{}: {error}: {reason}", self.health.name()),
        }
    }
}

impl ConsumerContext for Context {}

impl ProducerContext<NoCustomPartitioner> for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => self.health.up(),
            // What passes is tried again inside of librdkafka, for ever.
            Err((error, _)) => {
                let code = error.rdkafka_error_code();
                let what = match code {
                    Some(Code::MessageSizeTooLarge) => {
                        "a result is larger than the broker takes; raise `max.message.bytes` of the topic, and \
                         \"message.max.bytes\" in `options`"
                    }
                    Some(code) => refusal(code).unwrap_or("the broker did not take a result"),
                    None => "the broker did not take a result",
                };
                self.refuse(format!("{error}: {what}"));
            }
        }
    }
}

/// What to do about an error that trying again does not help against.
pub(super) const fn refusal(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Authentication | Code::SaslAuthenticationFailed => {
            "the broker does not accept the user or the password; see `sasl.username` and `sasl.password` in `options`"
        }
        Code::SSL => {
            "there is no secure connection; see `security.protocol` and `ssl.ca.location` in `options`, and the address in \
             `servers`"
        }
        Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed => {
            "the user may not do that; give the right to the user, or name another one"
        }
        Code::ClusterAuthorizationFailed | Code::UnsupportedSASLMechanism => {
            "the broker does not let the user in like that; see `options`"
        }
        _ => return None,
    })
}

/// The settings of a client.
pub(super) fn settings(
    name: &str,
    servers: &str,
    options: &BTreeMap<String, KafkaOption>,
) -> Result<ClientConfig, ConnectorError> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config.set("client.id", "tripline");
    config.set_log_level(RDKafkaLogLevel::Info);
    for (key, value) in options {
        let value = match value {
            KafkaOption::Text(text) => text.clone(),
            KafkaOption::Number(number) => number.to_string(),
            KafkaOption::Flag(flag) => flag.to_string(),
            KafkaOption::Secret(secret) => secret
                .read()
                .map_err(|reason| refused(name, format!("the secret `{key}`: {reason}")))?,
        };
        config.set(key, value);
    }
    Ok(config)
}

pub(super) fn refused(name: &str, reason: impl Into<String>) -> ConnectorError {
    ConnectorError::Refused { name: name.to_owned(), reason: reason.into() }
}

/// Why a client cannot be made, such as an option that there is not.
pub(super) fn unusable(name: &str, error: &KafkaError) -> ConnectorError {
    let reason = match error {
        KafkaError::ClientConfig(_, why, key, _) => {
            format!("the option `{key}` cannot be used: {why}")
        }
        other => other.to_string(),
    };
    refused(name, reason)
}

/// Asks for the partitions of a topic until there is an answer; with `once`, one time.
///
/// `serve` lets the client tell its errors.
pub(super) fn partitions_of(
    client: &Client<Context>,
    topic: &str,
    servers: &str,
    once: bool,
    serve: &dyn Fn(),
) -> Result<Vec<i32>, ConnectorError> {
    let context = client.context();
    let name = context.health.name();
    let mut backoff = Backoff::new(Duration::from_millis(500));
    loop {
        let reason = match client.fetch_metadata(Some(topic), PATIENCE) {
            Ok(metadata) => {
                let found = metadata.topics().iter().find(|found| found.name() == topic);
                match found.and_then(|found| found.error().map(Code::from)) {
                    None => {
                        let mut partitions: Vec<i32> = found
                            .iter()
                            .flat_map(|found| found.partitions())
                            .map(|partition| partition.id())
                            .collect();
                        if !partitions.is_empty() {
                            context.health.up();
                            partitions.sort_unstable();
                            return Ok(partitions);
                        }
                        "the topic has no partitions yet".to_owned()
                    }
                    Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => {
                        return Err(refused(
                            name,
                            format!(
                                "there is no topic `{topic}` at {servers}; create it (`kafka-topics --create --topic \
                                 {topic}`), or mend `topic`"
                            ),
                        ));
                    }
                    Some(code) => {
                        if let Some(what) = refusal(code) {
                            return Err(refused(
                                name,
                                format!("the topic `{topic}`: {code}: {what}"),
                            ));
                        }
                        code.to_string()
                    }
                }
            }
            Err(error) => {
                serve();
                let said = context.last().unwrap_or_else(|| error.to_string());
                if let Some(what) = known_by_text(&said) {
                    return Err(refused(name, format!("{said}: {what}")));
                }
                said
            }
        };
        if once {
            return Err(refused(name, format!("no answer from {servers}: {reason}")));
        }
        context.health.down(reason);
        std::thread::sleep(backoff.wait());
    }
}

/// What librdkafka says of a connection that will not be, where it gives no code.
fn known_by_text(said: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["uthentication failed", "Invalid username or password"]) {
        return refusal(Code::SaslAuthenticationFailed);
    }
    if has(&["SSL handshake failed", "certificate verify failed", "ssl.ca.location"]) {
        return refusal(Code::SSL);
    }
    None
}
