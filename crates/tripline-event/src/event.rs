//! One record of a stream, borrowed from the batch it came in.

use serde::{Deserialize, Serialize};

use crate::{FieldId, Timestamp, Value};

/// Where an event came from: the identity of an event that has no id field of its own.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EventPosition {
    /// What tells the source from others, the same in every process; 0 where there is one only.
    pub source: u32,
    /// Partition of the source; 0 where it has none.
    pub partition: u32,
    /// Offset in the partition: for files and pipes the number of the record, from 0.
    pub offset: u64,
}

/// One record of a stream, borrowed: copying it is cheap, keeping it is the engine's business.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// When it counts as having happened: events come in this order.
    pub time: Timestamp,
    /// When it says that it happened: before `time` if it came late, and never after it.
    pub happened: Timestamp,
    /// Where it came from.
    pub position: EventPosition,
    /// The value of each field of the [`FieldTable`](crate::FieldTable) in use, by [`FieldId`]; what is past the end
    /// is missing.
    pub values: &'a [Value],
    /// The record as it came, as compact JSON text: what outputs show.
    pub payload: &'a [u8],
}

impl<'a> Event<'a> {
    /// The value of a field; [`Value::Missing`] if the event has none.
    #[must_use]
    pub fn value(&self, field: FieldId) -> &'a Value {
        const MISSING: &Value = &Value::Missing;
        self.values.get(field.index()).unwrap_or(MISSING)
    }
}

/// Reads fields out of a payload: how a kept event answers for a field that nobody asked for when it came.
pub trait PayloadDecoder: Send + Sync + std::fmt::Debug {
    /// The value of the field at `path` in `payload`; [`Value::Missing`] if it has none or is not readable.
    fn value(&self, payload: &[u8], path: &str) -> Value;
}
