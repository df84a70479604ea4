//! Reads one partition.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Message as _;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::OwnedMessage;

use super::client::{Context, refused};
use super::source::Shared;
use crate::coded::{Decoder, Held, Undecoded};
use crate::shape::Shape;
use crate::{
    BadRecord, BadRecordReason, ConnectorError, MAX_RECORD_BYTES, MAX_SHOWN_BYTES, Position,
    RecordBatch, RecordReader,
};

/// How long to wait for a record before coming back without one.
const WAIT: Duration = Duration::from_millis(200);

/// About how many bytes a batch takes at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Reads the records of one partition; a record's number is its offset.
pub(super) struct PartitionReader {
    pub(super) shared: Arc<Shared>,
    pub(super) partition: i32,
    pub(super) queue: PartitionQueue<Context>,
    /// What came before the partition had a queue of its own, and a record that has to wait.
    pub(super) first: VecDeque<OwnedMessage>,
    pub(super) taker: Taker,
    /// Whether the watcher is to ask whether there is more.
    pub(super) is_silent: bool,
}

/// Makes events of the records of a partition.
pub(super) struct Taker {
    /// The next offset.
    pub(super) next: u64,
    pub(super) shape: Shape,
    pub(super) decoder: Option<Decoder>,
}

impl fmt::Debug for PartitionReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PartitionReader");
        debug
            .field("partition", &self.partition)
            .field("next", &self.taker.next)
            .finish_non_exhaustive()
    }
}

impl Taker {
    /// Takes a record into the batch; how many bytes it has, or takes there.
    fn take(
        &mut self,
        batch: &mut RecordBatch,
        offset: i64,
        payload: Option<&[u8]>,
    ) -> Result<usize, Held> {
        let Self { next, shape, decoder } = self;
        let Ok(offset) = u64::try_from(offset) else { return Ok(0) };
        // What came twice, by two queues.
        if offset < *next {
            return Ok(0);
        }
        let bad = |reason, text: &[u8]| {
            let text = text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec();
            BadRecord { number: offset, line: 0, reason, text }
        };
        let mut bytes = payload.map_or(0, <[u8]>::len);
        match (payload, decoder) {
            (None, _) => shape.push_nothing(batch, offset),
            (Some(text), _) if text.len() > MAX_RECORD_BYTES => {
                batch.push_bad(bad(BadRecordReason::TooLong { limit: MAX_RECORD_BYTES }, text));
            }
            (Some(text), None) => shape.push(batch, offset, 0, text),
            (Some(text), Some(decoder)) => match decoder.decode(text) {
                Ok(json) => {
                    bytes = bytes.max(json.len());
                    shape.push(batch, offset, 0, json);
                }
                Err(Undecoded::Bad(why)) => {
                    batch.push_bad(bad(BadRecordReason::Undecoded(why), text));
                }
                Err(Undecoded::Held(held)) => return Err(held),
            },
        }
        *next = offset + 1;
        Ok(bytes)
    }
}

impl PartitionReader {
    /// Why reading cannot go on, if it cannot.
    fn fault(&self, error: &KafkaError) -> Option<ConnectorError> {
        let shared = &self.shared;
        let place = format!("partition {} of the topic `{}`", self.partition, shared.topic);
        let reason = match error.rdkafka_error_code()? {
            Code::AutoOffsetReset | Code::OffsetOutOfRange => format!(
                "{place} does not have offset {} any more, or not yet: the topic has thrown it away or was made anew; move \
                 the checkpoint folder away to begin as `start` says",
                self.taker.next
            ),
            Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
                format!("{place} is gone; create it again, or mend `topic` and `partitions`")
            }
            Code::TopicAuthorizationFailed => {
                format!("{place} may not be read by this user any more")
            }
            _ => return None,
        };
        Some(refused(shared.health.name(), reason))
    }
}

impl RecordReader for PartitionReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        let before = batch.count();
        let most = max_records.max(before + 1);
        let mut bytes = 0;
        let mut held = None;
        while batch.count() < most && bytes < BATCH_BYTES && held.is_none() {
            let Self { queue, first, taker, .. } = self;
            let taken = if let Some(message) = first.pop_front() {
                let taken = taker.take(batch, message.offset(), message.payload());
                if taken.is_err() {
                    first.push_front(message);
                }
                taken
            } else {
                let wait = if batch.count() == before { WAIT } else { Duration::ZERO };
                match queue.poll(wait) {
                    None => break,
                    Some(Ok(message)) => {
                        let taken = taker.take(batch, message.offset(), message.payload());
                        if taken.is_err() {
                            first.push_front(message.detach());
                        }
                        taken
                    }
                    Some(Err(error)) => match self.fault(&error) {
                        Some(fault) => return Err(fault),
                        // librdkafka tries it again.
                        None => break,
                    },
                }
            };
            match taken {
                Ok(count) => bytes += count,
                Err(why) => held = Some(why),
            }
        }
        if let Some(reason) = self.shared.refused() {
            return Err(refused(self.shared.health.name(), reason));
        }
        let is_empty = batch.count() == before;
        let is_silent = is_empty && held.is_none();
        match held {
            // What came before it can go on; it is tried again.
            Some(Held::Later) if is_empty => std::thread::sleep(WAIT),
            Some(Held::Refused(reason)) if is_empty => {
                return Err(refused(self.shared.health.name(), reason));
            }
            _ => {}
        }
        if self.is_silent != is_silent {
            self.is_silent = is_silent;
            self.shared.ends.watch(self.partition, is_silent);
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { record: self.taker.next, ..Position::default() }
    }

    fn is_at_end(&self) -> bool {
        self.is_silent && self.shared.ends.is_reached(self.partition, self.taker.next)
    }
}
