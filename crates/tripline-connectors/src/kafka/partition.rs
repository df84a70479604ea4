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
    /// What came before the partition had a queue of its own.
    pub(super) first: VecDeque<OwnedMessage>,
    /// The next offset.
    pub(super) next: u64,
    /// Whether the watcher is to ask whether there is more.
    pub(super) is_silent: bool,
    pub(super) shape: Shape,
}

impl fmt::Debug for PartitionReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PartitionReader");
        debug.field("partition", &self.partition).field("next", &self.next).finish_non_exhaustive()
    }
}

/// Takes a record into the batch; how many bytes it has.
fn take(
    batch: &mut RecordBatch,
    shape: &mut Shape,
    next: &mut u64,
    offset: i64,
    payload: Option<&[u8]>,
) -> usize {
    let Ok(offset) = u64::try_from(offset) else { return 0 };
    // What came twice, by two queues.
    if offset < *next {
        return 0;
    }
    *next = offset + 1;
    let bad = |reason, text: &[u8]| {
        let text = text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec();
        BadRecord { number: offset, line: 0, reason, text }
    };
    match payload {
        None => shape.push_nothing(batch, offset),
        Some(text) if text.len() > MAX_RECORD_BYTES => {
            batch.push_bad(bad(BadRecordReason::TooLong { limit: MAX_RECORD_BYTES }, text));
        }
        Some(text) => shape.push(batch, offset, 0, text),
    }
    payload.map_or(0, <[u8]>::len)
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
                self.next
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
        while batch.count() < most && bytes < BATCH_BYTES {
            let Self { queue, first, next, shape, .. } = self;
            if let Some(message) = first.pop_front() {
                bytes += take(batch, shape, next, message.offset(), message.payload());
                continue;
            }
            let wait = if batch.count() == before { WAIT } else { Duration::ZERO };
            match queue.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    bytes += take(batch, shape, next, message.offset(), message.payload());
                }
                Some(Err(error)) => match self.fault(&error) {
                    Some(fault) => return Err(fault),
                    // librdkafka tries it again.
                    None => break,
                },
            }
        }
        if let Some(reason) = self.shared.refused() {
            return Err(refused(self.shared.health.name(), reason));
        }
        let is_silent = batch.count() == before;
        if self.is_silent != is_silent {
            self.is_silent = is_silent;
            self.shared.ends.watch(self.partition, is_silent);
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { record: self.next, ..Position::default() }
    }

    fn is_at_end(&self) -> bool {
        self.is_silent && self.shared.ends.is_reached(self.partition, self.next)
    }
}
