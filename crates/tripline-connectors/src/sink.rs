//! Where results go.

use std::fmt;
use std::io::{BufWriter, Write};

use crate::ConnectorError;

/// Bytes held back until a flush, or until there are more.
const BUFFER_BYTES: usize = 64 * 1024;

/// A result ready to be sent, and what a sink may go by: to leave out what it has, to choose where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodedRecord<'a> {
    /// The same for the same result, also after a restart.
    pub id: &'a str,
    /// The key of the stream, as JSON.
    pub key: &'a [u8],
    /// `match`, `timeout` or `aggregate`.
    pub kind: &'a str,
    /// The result itself: one line, without its end.
    pub bytes: &'a [u8],
}

/// Takes results.
pub trait Sink: Send + fmt::Debug {
    /// Takes one result; it has gone out for sure only after the next [`flush`](Self::flush).
    ///
    /// # Errors
    /// If it, or one before it, cannot be written; [`ConnectorError::Closed`] if nobody reads any more.
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError>;

    /// Sends all that has been taken.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn flush(&mut self) -> Result<(), ConnectorError>;
}

/// Writes results as lines to a file or pipe.
///
/// What is not flushed when it is dropped is written then, but without a word if that fails.
pub struct LineSink {
    out: BufWriter<Box<dyn Write + Send>>,
    name: String,
}

impl LineSink {
    /// A sink into `out`; `name` stands in errors.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, name: &str) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER_BYTES, out), name: name.to_owned() }
    }

    pub(crate) fn write_line(&mut self, line: &[u8]) -> Result<(), ConnectorError> {
        let written = self.out.write_all(line);
        written
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|error| ConnectorError::write(&self.name, error))
    }
}

impl Sink for LineSink {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.write_line(record.bytes)
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        let flushed = self.out.flush();
        flushed.map_err(|error| ConnectorError::write(&self.name, error))
    }
}

impl fmt::Debug for LineSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("LineSink");
        debug.field("name", &self.name).finish_non_exhaustive()
    }
}
