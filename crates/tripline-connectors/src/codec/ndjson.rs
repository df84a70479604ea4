//! One JSON object a line.

use super::TOO_LONG;
use crate::line::{Filled, LineReader, without_line_end};
use crate::{
    BadRecord, ConnectorError, MAX_RECORD_BYTES, MAX_SHOWN_BYTES, Position, RecordBatch,
    RecordReader,
};

/// Reads lines; whether one is JSON is for the decoder to say.
#[derive(Debug)]
pub(crate) struct NdjsonReader {
    lines: LineReader,
    number: u64,
}

impl NdjsonReader {
    pub(crate) const fn new(lines: LineReader, number: u64) -> Self {
        Self { lines, number }
    }

    /// Takes up to `max_records` of the lines that have come, and copies them in one piece.
    fn take(&mut self, batch: &mut RecordBatch, max_records: usize) {
        let from = self.lines.position();
        let before = batch.bytes_mut().len();
        while batch.count() < max_records
            && let Some((range, line)) = self.lines.next_line()
        {
            let text = without_line_end(self.lines.bytes(range.clone()));
            if text.trim_ascii().is_empty() {
                continue;
            }
            if text.len() > MAX_RECORD_BYTES {
                let shown = text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec();
                self.reject(batch, line, shown);
                continue;
            }
            let start = before + range.start - from;
            batch.push(self.number, line, start..start + text.len());
            self.number += 1;
        }
        let bytes = self.lines.bytes(from..self.lines.position());
        batch.bytes_mut().extend_from_slice(bytes);
    }

    fn reject(&mut self, batch: &mut RecordBatch, line: u64, text: Vec<u8>) {
        batch.push_bad(BadRecord { number: self.number, line, reason: TOO_LONG, text });
        self.number += 1;
    }
}

impl RecordReader for NdjsonReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        let before = batch.count();
        while batch.count() == before {
            match self.lines.fill()? {
                Filled::Lines => self.take(batch, max_records.max(before + 1)),
                Filled::TooLong { line, text } => self.reject(batch, line, text),
                Filled::Silence => return Ok(true),
                Filled::End => return Ok(false),
            }
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        self.lines.input_position(self.number)
    }
}
