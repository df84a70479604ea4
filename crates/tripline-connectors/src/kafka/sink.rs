//! Writes results to a topic.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use serde_json::Value;

use super::client::{Context, partitions_of, refused, settings, unusable};
use super::config::{KafkaDelivery, KafkaOption, KafkaSink};
use super::transaction::Transactions;
use crate::open::SinkStart;
use crate::{Committed, ConnectorError, EncodedRecord, Health, Sink};

/// How long to wait for room, or for what is under way, before looking whether it will ever come.
const WAIT: Duration = Duration::from_millis(100);

/// How long a transaction may be open, in ms: a broker that is away for less is waited for. As long as brokers allow
/// unless told otherwise.
const TRANSACTION_MS: i64 = 900_000;

/// A producer whose records come once and in order, as long as the process lives; with transactions, also after that.
struct KafkaWriter {
    producer: ThreadedProducer<Context>,
    topic: String,
    key_field: Option<String>,
    transactions: Option<Transactions>,
}

impl fmt::Debug for KafkaWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaWriter").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl KafkaSink {
    fn settings(
        &self,
        health: &Arc<Health>,
        group: Option<&str>,
    ) -> Result<ClientConfig, ConnectorError> {
        let mut config = settings(health.name(), &self.servers, &self.options)?;
        config.set("enable.idempotence", "true");
        if let Some(group) = group {
            config.set("transactional.id", group);
            if !self.options.contains_key("transaction.timeout.ms") {
                config.set("transaction.timeout.ms", TRANSACTION_MS.to_string());
            }
        } else {
            // For ever: a broker that is away comes back, and giving up would lose the result.
            config.set("message.timeout.ms", "0");
        }
        Ok(config)
    }

    /// How long a transaction may be open, in ms, if there are any.
    pub(crate) fn transaction_timeout_ms(&self) -> Option<i64> {
        let given = match self.options.get("transaction.timeout.ms") {
            Some(KafkaOption::Number(ms)) => Some(*ms),
            Some(KafkaOption::Text(text)) => text.parse().ok(),
            _ => None,
        };
        let is_open = self.delivery == KafkaDelivery::ExactlyOnce;
        is_open.then(|| given.unwrap_or(TRANSACTION_MS))
    }

    fn producer(
        config: &ClientConfig,
        health: &Arc<Health>,
    ) -> Result<ThreadedProducer<Context>, ConnectorError> {
        let context = Context::new(Arc::clone(health));
        config.create_with_context(context).map_err(|error| unusable(health.name(), &error))
    }

    /// Opens it; waits until there is a broker.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let health = &start.health;
        let group = (self.delivery == KafkaDelivery::ExactlyOnce).then(|| {
            let given = self.transactional_id.clone();
            given.unwrap_or_else(|| format!("tripline.{}", start.name))
        });
        if group.is_some() && !start.is_kept {
            let reason = "`delivery = \"exactly_once\"` needs checkpoints, and sources that can be read again from them: \
                          give `[checkpoint]` a `dir`, and leave `input_journal` as it is";
            return Err(refused(health.name(), reason));
        }
        let config = self.settings(health, group.as_deref())?;
        let producer = Self::producer(&config, health)?;
        partitions_of(producer.client(), &self.topic, &self.servers, false, &|| {
            producer.poll(WAIT);
        })?;
        let begin = |group: String| {
            Transactions::begin(&producer, &config, &self.topic, &group, start.from, health)
        };
        let transactions = group.map(begin).transpose()?;
        let (topic, key_field) = (self.topic.clone(), self.key_field.clone());
        Ok(Box::new(KafkaWriter { producer, topic, key_field, transactions }))
    }

    /// Whether it answers and has the topic.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let health = Arc::new(Health::new("the sink".to_owned()));
        let producer = Self::producer(&self.settings(&health, None)?, &health)?;
        let serve = || (0..20).for_each(|_| producer.poll(Duration::ZERO));
        partitions_of(producer.client(), &self.topic, &self.servers, true, &serve).map(drop)
    }
}

/// The field of a JSON object: a text as it is, anything else as JSON.
fn field_of(object: &[u8], field: &str) -> Option<Vec<u8>> {
    let mut fields: BTreeMap<String, Value> = serde_json::from_slice(object).ok()?;
    match fields.remove(field)? {
        Value::Null => None,
        Value::String(text) => Some(text.into_bytes()),
        other => Some(other.to_string().into_bytes()),
    }
}

impl KafkaWriter {
    fn check(&self) -> Result<(), ConnectorError> {
        let context = self.producer.client().context();
        context.refused().map_or(Ok(()), |reason| Err(refused(context.health().name(), reason)))
    }
}

impl Sink for KafkaWriter {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.check()?;
        if let Some(transactions) = &mut self.transactions
            && !transactions.takes(&self.producer)?
        {
            return Ok(());
        }
        let headers = OwnedHeaders::new_with_capacity(2)
            .insert(Header { key: "id", value: Some(record.id) })
            .insert(Header { key: "kind", value: Some(record.kind) });
        let own = self.key_field.as_deref().and_then(|field| field_of(record.bytes, field));
        let key = own.as_deref().unwrap_or(record.key);
        let mut next = BaseRecord::to(&self.topic).key(key).payload(record.bytes).headers(headers);
        loop {
            match self.producer.send(next) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) => {
                    next = back;
                    self.producer.poll(WAIT);
                    self.check()?;
                }
                Err((error, _)) => {
                    let name = self.producer.client().context().health().name();
                    let what = match error.rdkafka_error_code() {
                        Some(Code::MessageSizeTooLarge) => {
                            ": a result is larger than \"message.max.bytes\" in `options`; raise it, and \
                             `max.message.bytes` of the topic"
                        }
                        _ => "",
                    };
                    return Err(refused(name, format!("{error}{what}")));
                }
            }
        }
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        // The client sends by itself.
        self.check()
    }

    fn commit(&mut self) -> Result<Option<Committed>, ConnectorError> {
        while self.producer.in_flight_count() > 0 {
            // What is not there in time is waited for again.
            let _later = self.producer.flush(WAIT);
            self.check()?;
        }
        self.check()?;
        let Some(transactions) = &mut self.transactions else { return Ok(None) };
        Ok(Some(Committed::count(transactions.commit(&self.producer)?)))
    }
}
