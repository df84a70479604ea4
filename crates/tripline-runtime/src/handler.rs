//! Where outputs go.

use tripline::{Output, OutputEncoder, OutputKind, RuleMeta};
use tripline_connectors::{ConnectorError, EncodedRecord, Sink};

/// Takes outputs as they are found.
pub trait OutputHandler {
    /// Takes one output.
    ///
    /// # Errors
    /// It cannot be handed on; the run then ends.
    fn output(&mut self, output: &Output<'_>, rule: &RuleMeta) -> Result<(), ConnectorError>;

    /// Hands on all that has been taken.
    ///
    /// # Errors
    /// As [`output`](Self::output).
    fn flush(&mut self) -> Result<(), ConnectorError>;
}

/// Writes outputs to a sink as JSON lines (`schemas/output.schema.json`).
#[derive(Debug)]
pub struct JsonLines<S> {
    sink: S,
    encoder: OutputEncoder,
    line: Vec<u8>,
}

impl<S: Sink> JsonLines<S> {
    /// Writes to `sink`.
    #[must_use]
    pub fn new(sink: S) -> Self {
        Self { sink, encoder: OutputEncoder::new(), line: Vec::new() }
    }
}

impl<S: Sink> OutputHandler for JsonLines<S> {
    fn output(&mut self, output: &Output<'_>, rule: &RuleMeta) -> Result<(), ConnectorError> {
        self.line.clear();
        let encoded = self.encoder.encode(output, rule, &mut self.line);
        let id = self.line.get(encoded.id).and_then(|id| std::str::from_utf8(id).ok());
        let kind = match output.kind {
            OutputKind::Match => "match",
            OutputKind::Timeout { .. } => "timeout",
        };
        self.sink.write(&EncodedRecord {
            id: id.unwrap_or_default(),
            key: self.line.get(encoded.key).unwrap_or_default(),
            kind,
            bytes: &self.line,
        })
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        self.sink.flush()
    }
}
