//! The standard input as a source, the standard output as a sink.

use std::io;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::open::{OpenedReader, OpenedSource, SinkStart, SourceStart};
use crate::source::{numbered_reader, read_records};
use crate::stream::Tagged;
use crate::{CsvOptions, Format, Input, LineSink, RecordFormat, RecordReader};

/// The standard input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct StdinSource {
    /// How records are written: `json`, one object a line, or `csv`, with a header; `json` unless given.
    #[serde(default)]
    #[schemars(with = "RecordFormat")]
    pub format: Option<RecordFormat>,
}

/// The standard output, a line each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct StdoutSink {}

impl StdinSource {
    /// Opens it; what another process read of it is gone.
    #[must_use]
    pub fn open(&self, start: &SourceStart<'_>) -> OpenedSource {
        let format = match self.format {
            None | Some(RecordFormat::Json) => Format::Ndjson,
            Some(RecordFormat::Csv) => Format::Csv(CsvOptions::default()),
        };
        let record = (start.saved)(start.name).map_or(0, |(position, _)| position.record);
        start.health.up();
        OpenedSource {
            readers: vec![OpenedReader {
                name: start.name.to_owned(),
                reader: Tagged::new(open_stdin_from(&format, record), start.name),
                is_live: Input::Stdin.is_live(),
                is_remote: false,
                can_be_read_again: false,
                identity: None,
                acknowledge: None,
            }],
            connected: None,
        }
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
