//! A folder as one source: its files, one after the other.

use std::io;
use std::path::{Path, PathBuf};

use super::config::FileSource;
use super::{open_at, open_file_at};
use crate::{ConnectorError, Position, RecordBatch, RecordReader};

/// Reads the files of a folder by their names; records are numbered through.
#[derive(Debug)]
pub(super) struct FolderReader {
    config: FileSource,
    /// Those that are still to be read, the next one last.
    files: Vec<PathBuf>,
    /// The one that is read, and what its name is known by.
    current: Option<(u64, Box<dyn RecordReader>)>,
    position: Position,
}

/// What a file of the folder is known by.
fn known_by(path: &Path) -> u64 {
    xxhash_rust::xxh3::xxh3_64(path.file_name().unwrap_or_default().as_encoded_bytes())
}

impl FolderReader {
    pub(super) fn open(config: &FileSource, position: Position) -> Result<Self, ConnectorError> {
        let folder = &config.path;
        let name = || folder.display().to_string();
        let list = || -> io::Result<Vec<PathBuf>> {
            let entries: io::Result<Vec<_>> = std::fs::read_dir(folder)?.collect();
            let paths = entries?.into_iter().map(|entry| entry.path());
            let hidden = |path: &PathBuf| {
                path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
            };
            Ok(paths.filter(|path| path.is_file() && !hidden(path)).collect())
        };
        let mut files = list().map_err(|source| ConnectorError::Open { name: name(), source })?;
        files.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
        let mut reader = Self { config: config.clone(), files, current: None, position };
        if position.file != 0 {
            let Some(at) = reader.files.iter().position(|path| known_by(path) == position.file)
            else {
                let reason = "the file that was being read is gone".to_owned();
                return Err(ConnectorError::Changed { name: name(), reason });
            };
            if let Some(path) = reader.files.drain(at..).next() {
                let format = config.format_of(&path);
                let file = open_file_at(&path, &format, position)?;
                reader.current = Some((known_by(&path), file));
            }
        }
        Ok(reader)
    }
}

impl RecordReader for FolderReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        loop {
            if self.current.is_none() {
                let Some(path) = self.files.pop() else { return Ok(false) };
                let begin = Position { record: self.position.record, ..Position::default() };
                let format = self.config.format_of(&path);
                self.current = Some((known_by(&path), open_at(&path, &format, begin)?));
            }
            let Some((file, reader)) = &mut self.current else { return Ok(false) };
            let any = reader.append(batch, max_records)?;
            self.position = Position { file: *file, ..reader.position() };
            if any {
                return Ok(true);
            }
            self.current = None;
        }
    }

    fn position(&self) -> Position {
        self.position
    }
}
