//! What tests of the running engine share: a sink that keeps lines, an observer for streams that lose nothing.

use std::fmt::Display;
use std::io::{Cursor, Read};
use std::sync::mpsc::{Receiver, Sender, channel};

use tripline::Event;
use tripline_connectors::{
    ConnectorError, EncodedRecord, Format, RecordReader, RejectedAt, Sink, read_records,
};
use tripline_runtime::{Observer, Source};

/// Keeps outputs as lines.
#[derive(Debug, Default)]
pub(crate) struct Lines(pub(crate) String);

impl Sink for Lines {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.0.push_str(std::str::from_utf8(record.bytes).unwrap());
        self.0.push('\n');
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}

/// Every line of the events counts.
pub(crate) struct NothingLost;

impl Observer for NothingLost {
    fn rejected(
        &mut self,
        at: RejectedAt<'_>,
        reason: &dyn Display,
        _text: &[u8],
    ) -> Result<(), ConnectorError> {
        panic!("line {} is no event: {reason}", at.line)
    }

    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        panic!("out of order: {}", String::from_utf8_lossy(event.payload))
    }
}

/// JSON lines as a source that ends.
pub(crate) fn source(lines: impl AsRef<[u8]> + Send + 'static) -> Source {
    Source::bounded(read_records(Box::new(Cursor::new(lines)), "events", &Format::Ndjson))
}

/// Bytes that come when a test sends them, and end when it drops the sender.
#[derive(Debug)]
pub(crate) struct Feed {
    bytes: Receiver<String>,
    rest: Vec<u8>,
}

impl Feed {
    pub(crate) fn new() -> (Sender<String>, Self) {
        let (sender, bytes) = channel();
        (sender, Self { bytes, rest: Vec::new() })
    }

    /// Its JSON lines.
    pub(crate) fn records(self) -> Box<dyn RecordReader> {
        read_records(Box::new(self), "a feed", &Format::Ndjson)
    }
}

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = self.bytes.recv().unwrap_or_default().into_bytes();
        }
        let length = self.rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

/// Sends outputs to a test.
#[derive(Debug)]
pub(crate) struct ToTest(pub(crate) Sender<String>);

impl Sink for ToTest {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        drop(self.0.send(String::from_utf8_lossy(record.bytes).into_owned()));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}
