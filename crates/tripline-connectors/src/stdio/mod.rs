//! The standard input as a source, the standard output as a sink.

use std::io;

use crate::source::{numbered_reader, read_records};
use crate::{Format, LineSink, RecordReader};

/// The standard input as a source; it is unpacked if its first bytes say that it is compressed.
#[must_use]
pub fn open_stdin(format: &Format) -> Box<dyn RecordReader> {
    read_records(Box::new(io::stdin()), "the standard input", format)
}

/// The standard input as a source that follows another of so many records.
#[must_use]
pub fn open_stdin_from(format: &Format, record: u64) -> Box<dyn RecordReader> {
    numbered_reader(Box::new(io::stdin()), "the standard input", format, record)
}

/// The standard output as a sink.
#[must_use]
pub fn open_stdout() -> LineSink {
    LineSink::new(Box::new(io::stdout()), "the standard output")
}
