//! Files: read as sources, written as sinks.

mod config;
mod folder;
mod follow;
mod rotate;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::compression::{Unpacked, sniff};
use crate::source::{numbered_reader, reader, reader_at};
use crate::{Compression, ConnectorError, Format, LineSink, Position, RecordReader};

pub use self::config::{FileSink, FileSource, RecordFormat};

/// How much of a file tells it from others, in bytes.
const HEAD_BYTES: u64 = 4096;

/// What tells a file from another that may stand in its place later: its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    /// How many bytes were looked at.
    bytes: u64,
    hash: u64,
}

impl FileIdentity {
    /// That of a file, by its first 4 KiB.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(path: &Path) -> Result<Self, ConnectorError> {
        Self::of_head(path, HEAD_BYTES)
            .map_err(|source| ConnectorError::Open { name: path.display().to_string(), source })
    }

    fn of_head(path: &Path, most: u64) -> io::Result<Self> {
        let mut head = Vec::new();
        File::open(path)?.take(most).read_to_end(&mut head)?;
        Ok(Self { bytes: head.len() as u64, hash: xxhash_rust::xxh3::xxh3_64(&head) })
    }

    /// Whether the file at `path` begins as this one did; it may have grown.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn is_of(&self, path: &Path) -> Result<bool, ConnectorError> {
        let now = Self::of_head(path, self.bytes)
            .map_err(|source| ConnectorError::Open { name: path.display().to_string(), source })?;
        Ok(now == *self)
    }
}

/// Opens a file as a source, at a place where another reader of it was.
///
/// # Errors
/// If it cannot be opened, or is shorter.
///
/// # Cost
/// What came before is skipped, but of a compressed file it has to be unpacked.
pub fn open_file_at(
    path: &Path,
    format: &Format,
    position: Position,
) -> Result<Box<dyn RecordReader>, ConnectorError> {
    if position == Position::default() {
        return open_file(path, format);
    }
    open_at(path, format, position)
}

/// As [`open_file_at`]; at its beginning too its records are numbered as the position says.
fn open_at(
    path: &Path,
    format: &Format,
    position: Position,
) -> Result<Box<dyn RecordReader>, ConnectorError> {
    let name = path.display().to_string();
    if position.byte == 0 {
        let file = File::open(path);
        let file = file.map_err(|source| ConnectorError::Open { name: name.clone(), source })?;
        return Ok(numbered_reader(
            file,
            Compression::of_name(path),
            &name,
            format,
            position.record,
        ));
    }
    let input = skip(path, position.byte)
        .map_err(|source| ConnectorError::Open { name: name.clone(), source })?;
    reader_at(input, &name, format, position, || {
        let file = File::open(path);
        let file = file.map_err(|source| ConnectorError::Open { name: name.clone(), source })?;
        Ok(Box::new(Unpacked::new(Box::new(file), Compression::of_name(path))))
    })
}

/// What a file holds, unpacked, from a byte on.
fn skip(path: &Path, byte: u64) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    let named = Compression::of_name(path);
    let compression = match named {
        Some(compression) => Some(compression),
        None => sniff(&mut file, &mut Vec::new())?,
    };
    let too_short = |have: u64| {
        let text = format!("it ends at byte {have}, but was read up to byte {byte} before");
        io::Error::new(io::ErrorKind::UnexpectedEof, text)
    };
    if compression.is_none() {
        let length = file.metadata()?.len();
        if length < byte {
            return Err(too_short(length));
        }
        file.seek(SeekFrom::Start(byte))?;
        return Ok(Box::new(Unpacked::plain(Box::new(file))));
    }
    file.seek(SeekFrom::Start(0))?;
    let mut unpacked = Unpacked::new(Box::new(file), named);
    let skipped = io::copy(&mut (&mut unpacked).take(byte), &mut io::sink())?;
    if skipped < byte {
        return Err(too_short(skipped));
    }
    Ok(Box::new(unpacked))
}

/// Opens a file as a source; it is unpacked if its name or its first bytes say that it is compressed.
///
/// # Errors
/// If it cannot be opened, or is a folder.
pub fn open_file(path: &Path, format: &Format) -> Result<Box<dyn RecordReader>, ConnectorError> {
    let name = path.display().to_string();
    let file = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
        true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        false => Ok(file),
    });
    match file {
        Ok(file) => {
            let compression = Compression::of_name(path);
            Ok(reader(Box::new(file), &name, compression, format))
        }
        Err(source) => Err(ConnectorError::Open { name, source }),
    }
}

/// Creates a file as a sink; what was in it is gone.
///
/// # Errors
/// If it cannot be created.
pub fn create_file(path: &Path) -> Result<LineSink, ConnectorError> {
    let name = path.display().to_string();
    match File::create(path) {
        Ok(file) => Ok(LineSink::to_file(file, 0, &name)),
        Err(source) => Err(ConnectorError::Create { name, source }),
    }
}

/// Opens a file as a sink that goes on after `length` bytes; what was in it behind them is gone.
///
/// # Errors
/// If it cannot be opened, or is shorter.
pub fn continue_file(path: &Path, length: u64) -> Result<LineSink, ConnectorError> {
    let name = path.display().to_string();
    let open = || {
        let mut file =
            OpenOptions::new().write(true).create(length == 0).truncate(false).open(path)?;
        let found = file.metadata()?.len();
        if found < length {
            return Err(io::Error::other(format!(
                "it has {found} bytes, but {length} were written to it before: something else has changed it"
            )));
        }
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok(file)
    };
    match open() {
        Ok(file) => Ok(LineSink::to_file(file, length, &name)),
        Err(source) => Err(ConnectorError::Create { name, source }),
    }
}

/// Opens a file as a sink that goes on at its end; a last line without an end is cut off.
///
/// # Errors
/// If it cannot be opened.
pub fn append_file(path: &Path) -> Result<LineSink, ConnectorError> {
    let whole_lines = || -> io::Result<u64> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            file => file?,
        };
        let mut end = file.metadata()?.len();
        let mut piece = vec![0; 64 * 1024];
        while end > 0 {
            let begin = end.saturating_sub(piece.len() as u64);
            let length = usize::try_from(end - begin).unwrap_or(piece.len());
            let piece = piece.get_mut(..length).unwrap_or_default();
            file.seek(SeekFrom::Start(begin))?;
            file.read_exact(piece)?;
            if let Some(at) = memchr::memrchr(b'\n', piece) {
                return Ok(begin + at as u64 + 1);
            }
            end = begin;
        }
        Ok(0)
    };
    match whole_lines() {
        Ok(length) => continue_file(path, length),
        Err(source) => Err(ConnectorError::Create { name: path.display().to_string(), source }),
    }
}
