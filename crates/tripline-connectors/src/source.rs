//! Where records come from.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::codec::{CsvReader, NdjsonReader};
use crate::compression::Unpacked;
use crate::line::LineReader;
use crate::{Compression, ConnectorError, CsvOptions, Format, RecordBatch, open_file, open_stdin};

/// Yields the records of a source, batch by batch.
pub trait RecordReader: Send + fmt::Debug {
    /// Refills `batch` with the next records, bad ones among them; whether there were any, `false` at the end.
    ///
    /// Waits for the first record, never for more: of a pipe a batch holds what has come, of a file up to
    /// `max_records` (at least one).
    ///
    /// # Errors
    /// If the source cannot be read any further; what came before has been handed over.
    fn next_batch(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError>;
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
    match format {
        Format::Ndjson => Box::new(NdjsonReader::new(lines)),
        Format::Csv(options) => Box::new(CsvReader::new(lines, options.clone())),
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
