//! The program's own log as a sink.

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::{error, info, warn};

use crate::open::SinkStart;
use crate::{ConnectorError, EncodedRecord, Sink};

/// The program's own log, at a level that the severity says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct LogSink {}

impl LogSink {
    /// Opens it.
    pub(crate) fn open(start: &SinkStart<'_>) -> Box<dyn Sink> {
        start.health.up();
        Box::new(LogWriter { name: start.name.to_owned() })
    }
}

/// What an output says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Output<'a> {
    #[serde(borrow)]
    severity: std::borrow::Cow<'a, str>,
}

#[derive(Debug)]
struct LogWriter {
    name: String,
}

impl Sink for LogWriter {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let output: Output<'_> = serde_json::from_slice(record.output).unwrap_or_default();
        let (id, kind, text) = (record.id, record.kind, String::from_utf8_lossy(record.bytes));
        match &*output.severity {
            "critical" | "error" => error!(sink = self.name, id, kind, "{text}"),
            "warning" => warn!(sink = self.name, id, kind, "{text}"),
            _ => info!(sink = self.name, id, kind, "{text}"),
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}
