//! Where records come from.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::codec::{CsvReader, NdjsonReader};
use crate::compression::Unpacked;
use crate::line::LineReader;
use crate::{Compression, ConnectorError, CsvOptions, Format, RecordBatch, open_file, open_stdin};

/// Yields the records of a source, batch by batch.
pub trait RecordReader: Send + fmt::Debug {
    /// Adds the next records to `batch`, bad ones among them, until it holds up to `max_records`, and at least one;
    /// `false` at the end of the source.
    ///
    /// Waits for the first record, never for more: of a pipe it takes what has come, of a file as many as it may.
    /// What may be silent for long also comes back without any, a few times a second: whoever reads may want to end.
    ///
    /// # Errors
    /// If the source cannot be read any further; what came before has been handed over.
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError>;

    /// Where the record after the last one begins.
    fn position(&self) -> Position;

    /// After an [`append`](Self::append) that brought nothing: whether the other side has just said that there is nothing
    /// more, rather than being away or late; `false` for what cannot know.
    fn is_at_end(&self) -> bool {
        false
    }

    /// Refills `batch`, as [`append`](Self::append) does from an empty one.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    fn next_batch(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        batch.clear();
        self.append(batch, max_records)
    }
}

/// A place in a source: where reading can go on in another process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which file, of a source that has several: what it is known by.
    pub file: u64,
    /// The number of the next record, from 0.
    pub record: u64,
    /// How many lines came before.
    pub line: u64,
    /// How many bytes came before, unpacked.
    pub byte: u64,
    /// Whether the place is within a line that is too long, whose rest is to be passed over.
    pub within_long_line: bool,
}

/// Reads the records of any stream of bytes, unpacked first if it begins as compressed data does.
///
/// `name` stands in errors.
#[must_use]
pub fn read_records(
    input: Box<dyn Read + Send>,
    name: &str,
    format: &Format,
) -> Box<dyn RecordReader> {
    reader(input, name, None, format)
}

pub(crate) fn reader(
    input: Box<dyn Read + Send>,
    name: &str,
    compression: Option<Compression>,
    format: &Format,
) -> Box<dyn RecordReader> {
    let lines = LineReader::new(Box::new(Unpacked::new(input, compression)), name);
    codec(lines, format, 0)
}

/// As [`read_records`], of records that are numbered from `record` on.
pub(crate) fn numbered_reader(
    input: impl Read + Send + 'static,
    compression: Option<Compression>,
    name: &str,
    format: &Format,
    record: u64,
) -> Box<dyn RecordReader> {
    let lines = LineReader::new(Box::new(Unpacked::new(Box::new(input), compression)), name);
    codec(lines, format, record)
}

fn codec(lines: LineReader, format: &Format, record: u64) -> Box<dyn RecordReader> {
    match format {
        Format::Ndjson => Box::new(NdjsonReader::new(lines, record)),
        Format::Csv(options) => Box::new(CsvReader::new(lines, options.clone(), record)),
    }
}

/// Reads the records of an input that begins at `position`; `begin` is the same input from its beginning, which may say what
/// the columns are.
pub(crate) fn reader_at(
    input: Box<dyn Read + Send>,
    name: &str,
    format: &Format,
    position: Position,
    begin: impl FnOnce() -> Result<Box<dyn Read + Send>, ConnectorError>,
) -> Result<Box<dyn RecordReader>, ConnectorError> {
    let lines = LineReader::new(input, name).at(&position);
    match format {
        Format::Ndjson => Ok(Box::new(NdjsonReader::new(lines, position.record))),
        Format::Csv(options) => {
            let header = LineReader::new(begin()?, name);
            let mut reader = CsvReader::new(header, options.clone(), 0);
            reader.read_header()?;
            Ok(Box::new(reader.at(lines, position)))
        }
    }
}

/// A source as named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// The standard input, `-`.
    Stdin,
}

impl Input {
    /// `-` is the standard input, anything else a path.
    #[must_use]
    pub fn new(name: &Path) -> Self {
        if name.as_os_str() == "-" { Self::Stdin } else { Self::File(name.to_owned()) }
    }

    /// The format that the name speaks for; `csv` holds what to go by if it is CSV.
    ///
    /// On the standard input, CSV if columns or types of columns are given.
    #[must_use]
    pub fn format(&self, csv: &CsvOptions) -> Format {
        match self {
            Self::File(path) => Format::of_name(path, csv),
            Self::Stdin if *csv == CsvOptions::default() => Format::Ndjson,
            Self::Stdin => Format::Csv(csv.clone()),
        }
    }

    /// Whether it may go on for ever, and send nothing for a while: a pipe or a terminal, not a file.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self {
            Self::File(path) => path.metadata().is_ok_and(|metadata| !metadata.is_file()),
            Self::Stdin => !stdin_is_file(),
        }
    }

    /// Opens it; does not wait for a first byte.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(&self, format: &Format) -> Result<Box<dyn RecordReader>, ConnectorError> {
        match self {
            Self::File(path) => open_file(path, format),
            Self::Stdin => Ok(open_stdin(format)),
        }
    }

    /// Whether what was read of it can be read again by another process.
    #[must_use]
    pub fn can_be_read_again(&self) -> bool {
        match self {
            Self::File(path) => path.metadata().is_ok_and(|metadata| metadata.is_file()),
            Self::Stdin => false,
        }
    }
}

/// Whether the standard input is a file that ends.
#[cfg(unix)]
fn stdin_is_file() -> bool {
    use std::os::fd::AsFd as _;
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    stdin.and_then(|fd| std::fs::File::from(fd).metadata()).is_ok_and(|metadata| metadata.is_file())
}

/// Whether the standard input is a file that ends: not to be told here.
#[cfg(not(unix))]
fn stdin_is_file() -> bool {
    false
}
