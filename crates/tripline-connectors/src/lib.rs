//! Sources, sinks and codecs: how records come in and results go out.
//!
//! Blocking: the runtime owns the threads.
//! A [`RecordReader`] yields batches of records as they stand in a file or on the standard input, plain or compressed,
//! one JSON object a line or CSV; decoding them into events is the runtime's business.
//! A [`Sink`] takes encoded records.
//!
//! What all of it keeps to: memory is bounded whatever comes in ([`MAX_RECORD_BYTES`]); a record that cannot be read is
//! handed on as a [`BadRecord`] with its line number, and reading goes on behind it; a batch from a pipe is handed over
//! as soon as it holds a record.
//!
//! ```
//! use tripline_connectors::{Format, RecordBatch, RecordReader as _, read_records};
//!
//! let input: &[u8] = b"{\"a\":1}\n\n{\"a\":2}\n";
//! let mut reader = read_records(Box::new(input), "example", &Format::Ndjson);
//! let mut batch = RecordBatch::default();
//! assert!(reader.next_batch(&mut batch, 1000)?);
//! let records: Vec<_> = batch.records().map(|record| (record.line, record.bytes)).collect();
//! assert_eq!(records, [(1, &b"{\"a\":1}"[..]), (3, b"{\"a\":2}")]);
//! # Ok::<(), tripline_connectors::ConnectorError>(())
//! ```

#[cfg(any(feature = "http", feature = "kafka"))]
mod address;
mod backoff;
mod batch;
mod codec;
#[cfg(feature = "kafka")]
mod coded;
mod compression;
mod config;
#[cfg(feature = "email")]
mod email;
mod error;
mod file;
mod health;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "kafka")]
mod kafka;
mod line;
mod log;
#[cfg(feature = "mysql")]
mod mysql;
mod open;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
#[cfg(any(feature = "http", feature = "mysql"))]
mod refused;
mod rejected;
mod secret;
mod shape;
mod sink;
mod source;
mod stdio;
mod stream;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use batch::{BadRecord, BadRecordReason, Mark, RawRecord, RecordBatch};
pub use codec::{CellType, CsvOptions, Format};
#[cfg(feature = "kafka")]
pub use coded::RegistryConfig;
pub use compression::Compression;
pub use config::{Kind, SINKS, SOURCES, SinkConfig, SourceConfig, WrongValue};
#[cfg(feature = "email")]
pub use email::{EmailSink, EmailTls};
pub use error::ConnectorError;
pub use file::{
    FileIdentity, FileSink, FileSource, RecordFormat, append_file, continue_file, create_file,
    open_file, open_file_at,
};
pub use health::{Connection, Health};
#[cfg(feature = "http")]
pub use http::{
    Bounded, BoundedStream, HttpFormat, HttpSink, HttpSource, HttpTls, TextOrSecret, Token,
    TokenError,
};
#[cfg(feature = "kafka")]
pub use kafka::{
    KafkaDelivery, KafkaFormat, KafkaOption, KafkaSink, KafkaSource, KafkaStart, Partitions,
};
pub use log::LogSink;
#[cfg(feature = "mysql")]
pub use mysql::{MySqlSink, MySqlSource, TableStart};
pub use open::{
    Acknowledge, Connected, OpenedReader, OpenedSource, SavedPlace, SinkFrom, SinkStart, Sinks,
    SourceStart,
};
#[cfg(feature = "rabbitmq")]
pub use rabbitmq::{RabbitMqSink, RabbitMqSource};
#[cfg(any(feature = "http", feature = "mysql"))]
pub use refused::OnRefused;
pub use rejected::{RejectedAt, RejectedSink};
pub use secret::Secret;
pub use shape::{ChangeOp, MapConfig, MapTime, MessageFormat};
pub use sink::{Committed, EncodedRecord, LineSink, Sink};
pub use source::{Input, Position, RecordReader, read_records};
pub use stdio::{StdinSource, StdoutSink, open_stdin, open_stdin_from, open_stdout};

/// The largest record that is read, its line end not counted.
pub const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// How much of a rejected record is shown.
const MAX_SHOWN_BYTES: usize = 64 * 1024;
