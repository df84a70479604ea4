//! Writes results to a topic.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use super::client::{Context, partitions_of, refused, settings, unusable};
use super::config::KafkaSink;
use crate::open::SinkStart;
use crate::{ConnectorError, EncodedRecord, Health, Sink};

/// How long to wait for room, or for what is under way, before looking whether it will ever come.
const WAIT: Duration = Duration::from_millis(100);

/// A producer whose records come once and in order, as long as the process lives.
struct KafkaWriter {
    producer: ThreadedProducer<Context>,
    topic: String,
}

impl fmt::Debug for KafkaWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaWriter").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl KafkaSink {
    fn producer(&self, health: &Arc<Health>) -> Result<ThreadedProducer<Context>, ConnectorError> {
        let mut config = settings(health.name(), &self.servers, &self.options)?;
        config.set("enable.idempotence", "true");
        // For ever: a broker that is away comes back, and giving up would lose the result.
        config.set("message.timeout.ms", "0");
        let context = Context::new(Arc::clone(health));
        config.create_with_context(context).map_err(|error| unusable(health.name(), &error))
    }

    /// Opens it; waits until there is a broker.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let producer = self.producer(&start.health)?;
        partitions_of(producer.client(), &self.topic, &self.servers, false, &|| {
            producer.poll(WAIT);
        })?;
        Ok(Box::new(KafkaWriter { producer, topic: self.topic.clone() }))
    }

    /// Whether it answers and has the topic.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let health = Arc::new(Health::new("the sink".to_owned()));
        let producer = self.producer(&health)?;
        let serve = || (0..20).for_each(|_| producer.poll(Duration::ZERO));
        partitions_of(producer.client(), &self.topic, &self.servers, true, &serve).map(drop)
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
        let headers = OwnedHeaders::new_with_capacity(2)
            .insert(Header { key: "id", value: Some(record.id) })
            .insert(Header { key: "kind", value: Some(record.kind) });
        let mut next =
            BaseRecord::to(&self.topic).key(record.key).payload(record.bytes).headers(headers);
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

    fn commit(&mut self) -> Result<Option<crate::Committed>, ConnectorError> {
        while self.producer.in_flight_count() > 0 {
            // What is not there in time is waited for again.
            let _later = self.producer.flush(WAIT);
            self.check()?;
        }
        self.check()?;
        Ok(None)
    }
}
