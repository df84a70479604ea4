//! The standard input as a source, the standard output as a sink.

use std::io;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::open::{OpenedReader, OpenedSource, SinkStart, SourceStart};
use crate::shape::Shaping;
use crate::source::{numbered_reader, read_records};
use crate::stream::Shaped;
use crate::{
    ChangeOp, ConnectorError, CsvOptions, Format, Input, LineSink, MapConfig, MessageFormat,
    RecordFormat, RecordReader,
};

/// The standard input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct StdinSource {
    /// How records are written: `json`, one object a line; `csv`, with a header; `text`, lines that `pattern` takes apart; or
    /// changes of rows as `debezium` or `canal` writes them, one a line. `json` unless given.
    #[serde(default)]
    #[schemars(with = "RecordFormat")]
    pub format: Option<RecordFormat>,
    /// With `text`: a regular expression; its groups with names, as `(?<user>\S+)`, become fields.
    #[serde(default)]
    #[schemars(with = "String")]
    pub pattern: Option<String>,
    /// With `debezium` and `canal`: which changes become events, of `insert`, `snapshot`, `update` and `delete`; all but
    /// `delete` unless given.
    #[serde(default)]
    #[schemars(with = "Vec<ChangeOp>")]
    pub ops: Option<Vec<ChangeOp>>,
    /// What is done with the fields of events: `rename`, `time`, `only` and `set`, as [formats.md](formats.md) says.
    #[serde(default)]
    #[schemars(with = "MapConfig")]
    pub map: Option<MapConfig>,
}

/// The standard output, a line each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct StdoutSink {}

impl StdinSource {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        self.shaping().problems()
    }

    fn shaping(&self) -> Shaping<'_> {
        Shaping {
            format: self.format.map_or(MessageFormat::Json, RecordFormat::of_messages),
            pattern: self.pattern.as_deref(),
            ops: self.ops.as_deref(),
            map: self.map.as_ref(),
        }
    }

    /// Opens it; what another process read of it is gone.
    ///
    /// # Errors
    /// If the configuration cannot be used.
    pub fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        let format = match self.format {
            Some(RecordFormat::Csv) => Format::Csv(CsvOptions::default()),
            _ => Format::Ndjson,
        };
        let shape = self.shaping().shape(start.name, start.health.name())?;
        let record = (start.saved)(start.name).map_or(0, |(position, _)| position.record);
        start.health.up();
        Ok(OpenedSource {
            readers: vec![OpenedReader {
                name: start.name.to_owned(),
                reader: Shaped::new(open_stdin_from(&format, record), shape),
                is_live: Input::Stdin.is_live(),
                is_remote: false,
                can_be_read_again: false,
                identity: None,
                acknowledge: None,
            }],
            connected: None,
        })
    }
}

impl StdoutSink {
    /// Opens it.
    #[must_use]
    pub fn open(&self, start: &SinkStart<'_>) -> LineSink {
        start.health.up();
        open_stdout()
    }
}

/// The standard input as a source; it is unpacked if its first bytes say that it is compressed.
#[must_use]
pub fn open_stdin(format: &Format) -> Box<dyn RecordReader> {
    read_records(Box::new(io::stdin()), "the standard input", format)
}

/// The standard input as a source that follows another of so many records.
#[must_use]
pub fn open_stdin_from(format: &Format, record: u64) -> Box<dyn RecordReader> {
    numbered_reader(io::stdin(), None, "the standard input", format, record)
}

/// The standard output as a sink.
#[must_use]
pub fn open_stdout() -> LineSink {
    LineSink::new(Box::new(io::stdout()), "the standard output")
}
