//! Files: read as sources, written as sinks.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::source::reader;
use crate::{Compression, ConnectorError, Format, LineSink, RecordReader};

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
        Ok(file) => Ok(LineSink::new(Box::new(file), &name)),
        Err(source) => Err(ConnectorError::Create { name, source }),
    }
}
