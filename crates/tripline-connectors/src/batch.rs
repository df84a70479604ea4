//! A batch of records, and what of them could not be read.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::codec::CellType;

/// Records as they came, with the bytes of all of them in one piece.
///
/// Reused from batch to batch, it soon allocates no more.
#[derive(Clone, Debug, Default)]
pub struct RecordBatch {
    bytes: Vec<u8>,
    records: Vec<Span>,
    bad: Vec<BadRecord>,
    /// How many records of the source these came of.
    count: usize,
    marks: Vec<Mark>,
    settled: u64,
}

/// A message that the other side may bring again, and by what it is known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which record of the source it was.
    pub number: u64,
    /// A hash of all that tells it from others.
    pub hash: u128,
    /// Whether it has an id of its own, so that no other message is taken for it.
    pub has_id: bool,
}

#[derive(Clone, Debug)]
struct Span {
    range: Range<usize>,
    number: u64,
    line: u64,
}

/// One record of a batch: a JSON object, if it is well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// Which record of the source it is, from 0; bad records count, blank lines and a CSV header do not.
    pub number: u64,
    /// The line where it begins, from 1.
    pub line: u64,
    /// Its text without the line end; not yet checked in any way.
    pub bytes: &'a [u8],
}

/// A record that could not be read at all.
#[derive(Clone, Debug, PartialEq)]
pub struct BadRecord {
    /// Which record of the source it is, from 0.
    pub number: u64,
    /// The line where it begins, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: BadRecordReason,
    /// Its text, or the beginning of it if it is long.
    pub text: Vec<u8>,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum BadRecordReason {
    /// It is longer than a record may be.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// What is allowed.
        limit: usize,
    },
    /// A CSV record has not as many cells as there are columns.
    #[error("{found} cells, but there are {expected} columns")]
    CellCount {
        /// Cells in the record.
        found: usize,
        /// Columns of the file.
        expected: usize,
    },
    /// A CSV cell is not of the type that was asked for.
    #[error("`{cell}` in column `{column}` is not {cell_type}")]
    CellType {
        /// The name of the column.
        column: String,
        /// The cell, cut if it is long.
        cell: String,
        /// What it should be.
        cell_type: CellType,
    },
    /// The input ends inside a quoted CSV cell.
    #[error("a cell begins with a double quote that is never closed")]
    OpenQuote,
    /// A CSV record is not valid UTF-8.
    #[error("the text is not valid UTF-8")]
    NotUtf8,
    /// A line is not as its pattern says.
    #[error("the line does not match `pattern`")]
    Unlike,
    /// A time is not written as the mapping says.
    #[error("the time field `{field}` holds `{value}`, which is not {format}")]
    Time {
        /// The field.
        field: String,
        /// What it holds, cut if it is long.
        value: String,
        /// How it should be written.
        format: String,
    },
    /// A message is no change of a row.
    #[error("it is no change as `format` has it")]
    NoChange,
    /// A change says nothing of the row.
    #[error("the change has no row")]
    NoRow,
    /// There is nothing in it: in Kafka, a tombstone.
    #[error("the record has no value (a tombstone)")]
    NoValue,
    /// A message cannot be decoded by its schema.
    #[error("the message cannot be decoded: {0}")]
    Undecoded(String),
    /// As it was said when the record was first read.
    #[error("{0}")]
    Before(String),
}

impl RecordBatch {
    /// The records, in the order of the source.
    #[must_use]
    pub fn records(&self) -> impl ExactSizeIterator<Item = RawRecord<'_>> {
        self.records.iter().map(|span| self.raw(span))
    }

    /// A record by its place among them, from 0.
    #[must_use]
    pub fn record(&self, at: usize) -> Option<RawRecord<'_>> {
        self.records.get(at).map(|span| self.raw(span))
    }

    fn raw(&self, span: &Span) -> RawRecord<'_> {
        RawRecord {
            number: span.number,
            line: span.line,
            bytes: self.bytes.get(span.range.clone()).unwrap_or_default(),
        }
    }

    /// About how many bytes of memory it holds, filled or not.
    #[must_use]
    pub fn capacity_bytes(&self) -> usize {
        self.bytes.capacity() + self.records.capacity() * size_of::<Span>()
    }

    /// What could not be read, in the order of the source.
    #[must_use]
    pub fn bad(&self) -> &[BadRecord] {
        &self.bad
    }

    /// How many records there are, bad ones not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing came, not even a record that was passed over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes a record as it was read before.
    pub fn push_record(&mut self, number: u64, line: u64, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.push(number, line, start..self.bytes.len());
    }

    /// Takes a record that could not be read before.
    pub fn push_bad_record(&mut self, bad: BadRecord) {
        self.push_bad(bad);
    }

    /// Forgets all records.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
        self.bad.clear();
        self.count = 0;
        self.marks.clear();
        self.settled = 0;
    }

    /// The messages in it that the other side may bring again, of a source that has such.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Takes the mark of a message.
    pub fn push_mark(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    /// Of the messages without an id, those before this number do not come again for sure.
    #[must_use]
    pub const fn settled(&self) -> u64 {
        self.settled
    }

    /// Takes the number before which no message without an id comes again.
    pub const fn set_settled(&mut self, before: u64) {
        self.settled = before;
    }

    /// How many records of the source were read: good and bad ones, and those that were passed over; one that became several
    /// events counts once.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// A record was read, and there is nothing in it that should become an event.
    pub(crate) const fn skip(&mut self) {
        self.count += 1;
    }

    /// What was added since there were fewer came of one record.
    pub(crate) const fn count_as(&mut self, count: usize) {
        self.count = count;
    }

    /// The bytes, for a codec to append to.
    pub(crate) const fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Adds a record whose bytes stand, or will stand before the batch is handed over, at `range`.
    pub(crate) fn push(&mut self, number: u64, line: u64, range: Range<usize>) {
        self.records.push(Span { range, number, line });
        self.count += 1;
    }

    pub(crate) fn push_bad(&mut self, bad: BadRecord) {
        self.bad.push(bad);
        self.count += 1;
    }
}
