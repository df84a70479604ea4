//! Results exactly once: written in transactions that end with each checkpoint.
//!
//! A transaction also commits how many results the sink has been given in all, as an offset of a group of its own.
//! A run that goes on from a checkpoint gives out the same results again, in the same number up to each checkpoint; so
//! those that are committed and not in the checkpoint, as many as the two numbers differ, are left out.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::{Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use tracing::{info, warn};

use super::client::{Context, PATIENCE, refused, unusable};
use crate::open::SinkFrom;
use crate::{Backoff, ConnectorError, Health};

/// How the options begin that consumers do not have.
const PRODUCERS: &[&str] = &[
    "acks",
    "batch.",
    "compression.",
    "delivery.",
    "enable.gapless",
    "enable.idempotence",
    "linger.",
    "message.timeout",
    "partitioner",
    "queue.buffering",
    "queuing.",
    "request.required",
    "request.timeout",
    "retries",
    "sticky.",
    "transaction",
];

/// The producer's transactions, and what is committed by them.
pub(super) struct Transactions {
    topic: String,
    /// Where the number of results is committed; also the transactional id.
    group: String,
    consumer: BaseConsumer,
    health: Arc<Health>,
    /// Results given to the sink since the run began, in whatever process.
    given: u64,
    /// How many of the next ones are there already.
    there: u64,
    is_open: bool,
}

impl Transactions {
    /// Ends whatever another process left open, and finds out what it had committed; waits until there is a broker.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(super) fn begin(
        producer: &ThreadedProducer<Context>,
        config: &ClientConfig,
        topic: &str,
        group: &str,
        from: SinkFrom,
        health: &Arc<Health>,
    ) -> Result<Self, ConnectorError> {
        let mut reader = ClientConfig::new();
        // All but what is for producers alone: nobody knows which of the rest it takes to connect.
        for (key, value) in config.config_map() {
            if !PRODUCERS.iter().any(|begin| key.starts_with(begin)) {
                reader.set(key, value);
            }
        }
        reader.set("group.id", group).set("enable.auto.commit", "false");
        let consumer: BaseConsumer =
            reader.create().map_err(|error| unusable(health.name(), &error))?;
        let mut transactions = Self {
            topic: topic.to_owned(),
            group: group.to_owned(),
            consumer,
            health: Arc::clone(health),
            given: 0,
            there: 0,
            is_open: false,
        };
        transactions.until_done(|| producer.init_transactions(PATIENCE))?;
        let committed = transactions.committed()?;
        match (from, committed) {
            (SinkFrom::Begin, None | Some(0)) => {}
            // Of another run.
            (SinkFrom::Begin, Some(_)) => {
                transactions.open(producer)?;
                transactions.commit(producer)?;
            }
            (SinkFrom::End | SinkFrom::Checkpoint(None), committed) => {
                transactions.given = committed.unwrap_or_default();
            }
            (SinkFrom::Checkpoint(Some(given)), None) => {
                warn!(
                    "{}: the broker does not know the group `{group}` any more, which says what was committed since the \
                     checkpoint; results since then may come twice",
                    health.name()
                );
                transactions.given = given;
            }
            (SinkFrom::Checkpoint(Some(given)), Some(committed)) => {
                transactions.given = given;
                transactions.there = committed.checked_sub(given).ok_or_else(|| {
                    let reason = format!(
                        "the checkpoint says that {given} results were committed, and the group `{group}` that {committed} \
                         were: the topic or the group was made anew, or another run has the same `transactional_id`; give \
                         this run another one, or move the checkpoint folder away to begin anew"
                    );
                    refused(health.name(), reason)
                })?;
                if transactions.there > 0 {
                    info!(
                        "{}: {} results since the checkpoint are there already",
                        health.name(),
                        transactions.there
                    );
                }
            }
        }
        Ok(transactions)
    }

    /// Takes a result into the count; whether it is to be written.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub(super) fn takes(
        &mut self,
        producer: &ThreadedProducer<Context>,
    ) -> Result<bool, ConnectorError> {
        self.given += 1;
        if self.there > 0 {
            self.there -= 1;
            return Ok(false);
        }
        self.open(producer)?;
        Ok(true)
    }

    fn open(&mut self, producer: &ThreadedProducer<Context>) -> Result<(), ConnectorError> {
        if !self.is_open {
            self.until_done(|| producer.begin_transaction())?;
            self.is_open = true;
        }
        Ok(())
    }

    /// Commits what was written, and how many results that makes; that number.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub(super) fn commit(
        &mut self,
        producer: &ThreadedProducer<Context>,
    ) -> Result<u64, ConnectorError> {
        if self.is_open {
            let mut list = TopicPartitionList::new();
            let given = Offset::Offset(i64::try_from(self.given).unwrap_or(i64::MAX));
            let added = list.add_partition_offset(&self.topic, 0, given);
            added.map_err(|error| refused(self.health.name(), error.to_string()))?;
            let group = self.group_metadata()?;
            self.until_done(|| producer.send_offsets_to_transaction(&list, &group, PATIENCE))?;
            self.until_done(|| producer.commit_transaction(PATIENCE))?;
            self.is_open = false;
        }
        Ok(self.given)
    }

    fn group_metadata(&self) -> Result<ConsumerGroupMetadata, ConnectorError> {
        let group = self.consumer.group_metadata();
        group.ok_or_else(|| refused(self.health.name(), "there is no group for its transactions"))
    }

    /// How many results are committed; nothing if the broker does not know.
    fn committed(&self) -> Result<Option<u64>, ConnectorError> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&self.topic, 0);
        let ask = || {
            let said = self.consumer.committed_offsets(asked.clone(), PATIENCE)?;
            if let Some(found) = said.find_partition(&self.topic, 0) {
                found.error()?;
            }
            Ok(said)
        };
        let said = self.until_done(ask)?;
        let found = said.find_partition(&self.topic, 0);
        Ok(found.and_then(|found| match found.offset() {
            Offset::Offset(given) => u64::try_from(given).ok(),
            _ => None,
        }))
    }

    /// Tries until it is done, or cannot be.
    fn until_done<T>(&self, work: impl Fn() -> Result<T, KafkaError>) -> Result<T, ConnectorError> {
        let mut backoff = Backoff::new(Duration::from_millis(200));
        loop {
            let error = match work() {
                Ok(done) => {
                    self.health.up();
                    return Ok(done);
                }
                Err(error) => error,
            };
            let code = error.rdkafka_error_code();
            if let Some(what) = code.and_then(super::client::refusal) {
                return Err(refused(self.health.name(), format!("{error}: {what}")));
            }
            if let KafkaError::Transaction(transaction) = &error
                && !transaction.is_retriable()
            {
                let what = match transaction.code() {
                    Code::Fenced | Code::InvalidProducerEpoch | Code::ProducerFenced => {
                        "another process has the same `transactional_id`, and each run needs its own; or the transaction was \
                         open for longer than \"transaction.timeout.ms\", as checkpoints are too rare or another sink was \
                         away: then start it again"
                    }
                    Code::TransactionalIdAuthorizationFailed => {
                        "the user may not use this `transactional_id`; give the right to the user"
                    }
                    Code::InvalidTransactionTimeout => {
                        "the broker allows no transactions of that length; lower \"transaction.timeout.ms\" in `options`, or \
                         raise `transaction.max.timeout.ms` of the broker"
                    }
                    _ => {
                        "start it again: it goes on from its last checkpoint, and nothing comes twice"
                    }
                };
                let reason =
                    format!("the transaction of `{}` has failed: {error}; {what}", self.group);
                return Err(refused(self.health.name(), reason));
            }
            self.health.down(error.to_string());
            std::thread::sleep(backoff.wait());
        }
    }
}
