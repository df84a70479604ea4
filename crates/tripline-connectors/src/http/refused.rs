//! Where results go that the other side will not have.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::ConnectorError;

/// A file to which they are added, a line each.
#[derive(Debug)]
pub(super) struct RefusedFile {
    path: PathBuf,
    file: File,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    reason: &'a str,
    result: &'a RawValue,
}

impl RefusedFile {
    pub(super) fn open(path: &Path) -> Result<Self, ConnectorError> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|source| ConnectorError::Create {
            name: path.display().to_string(),
            source,
        })?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds a result; it is there for good then. What is wrong if that cannot be.
    pub(super) fn add(&mut self, id: &str, reason: &str, result: &RawValue) -> Result<(), String> {
        // Texts can always be written as JSON.
        let mut line = serde_json::to_vec(&Line { id, reason, result }).unwrap_or_default();
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| format!("cannot write to `{}`: {error}", self.path.display()))
    }
}
