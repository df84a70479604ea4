//! What the configuration says of files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::folder::FolderReader;
use super::follow::FollowReader;
use super::rotate::{RotatingFile, Rotation};
use super::{append_file, continue_file, create_file, open_file, open_file_at};
use crate::open::{OpenedReader, OpenedSource, SinkFrom, SinkStart, SourceStart};
use crate::shape::Shaping;
use crate::stream::Shaped;
use crate::{
    CellType, ChangeOp, ConnectorError, CsvOptions, FileIdentity, Format, MapConfig, MessageFormat,
    RecordReader, Sink,
};

/// How many files there are unless it is said.
const KEEP: u16 = 10;

/// A file, or a folder of files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct FileSource {
    /// The file, plain or packed (`.gz`, `.zst`), or a folder: its files are read one after the other, by their names;
    /// those that begin with a dot are left out.
    pub path: PathBuf,
    /// How records are written: `json`, one object a line; `csv`; `text`, lines that `pattern` takes apart; or changes of rows
    /// as `debezium` or `canal` writes them, one a line. As the name of each file says unless given.
    #[serde(default)]
    #[schemars(with = "RecordFormat")]
    pub format: Option<RecordFormat>,
    /// Whether to wait at the end for more, and to go on with the file that takes its place, as `tail -F` does; `false`
    /// unless given. Not for CSV.
    #[serde(default)]
    pub follow: bool,
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
    /// The columns of CSV without a header.
    #[serde(default)]
    pub csv_columns: Vec<String>,
    /// Types of CSV columns, by name: `text`, `int`, `float` or `bool`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub csv_types: BTreeMap<String, CellType>,
}

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RecordFormat {
    /// One JSON object a line.
    Json,
    /// CSV, each record of which becomes a JSON object.
    Csv,
    /// Lines of text.
    Text,
    /// A change of a row a line, as Debezium writes it.
    Debezium,
    /// A change of rows a line, as Canal writes it.
    Canal,
}

impl RecordFormat {
    /// What becomes of a record once it has been read.
    pub(crate) const fn of_messages(self) -> MessageFormat {
        match self {
            Self::Json | Self::Csv => MessageFormat::Json,
            Self::Text => MessageFormat::Text,
            Self::Debezium => MessageFormat::Debezium,
            Self::Canal => MessageFormat::Canal,
        }
    }
}

/// A file of results, a line each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct FileSink {
    /// The file; what is in it is gone, unless the run goes on from a checkpoint: then what came after the checkpoint is.
    pub path: PathBuf,
    /// How large a file may become, in bytes, before the next result goes into another one.
    #[serde(default)]
    #[schemars(with = "u64", range(min = 1))]
    pub rotate_bytes: Option<u64>,
    /// For how many minutes a file is, such as 60 or 1440: each begins at a multiple of them since midnight, in UTC.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1))]
    pub rotate_minutes: Option<u32>,
    /// How many files there are if there are several, with the one that is written to; the oldest are removed. 10 unless given.
    #[serde(default)]
    #[schemars(with = "u16", range(min = 1))]
    pub keep: Option<u16>,
}

impl FileSource {
    fn csv(&self) -> CsvOptions {
        let types = self.csv_types.iter().map(|(name, cell)| (name.clone(), *cell)).collect();
        CsvOptions { columns: self.csv_columns.clone(), types }
    }

    /// How the records of one of its files are written.
    pub(super) fn format_of(&self, path: &Path) -> Format {
        let csv = self.csv();
        match self.format {
            Some(RecordFormat::Csv) => Format::Csv(csv),
            Some(_) => Format::Ndjson,
            None => Format::of_name(path, &csv),
        }
    }

    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.path.as_os_str().is_empty() {
            problems.push(("path", "the path is empty".to_owned()));
        }
        let is_csv = self.format == Some(RecordFormat::Csv);
        if self.follow && (is_csv || self.format_of(&self.path) != Format::Ndjson) {
            problems.push(("follow", "CSV cannot be followed".to_owned()));
        }
        if self.csv_columns.iter().any(String::is_empty) {
            problems.push(("csv_columns", "the name of a column is empty".to_owned()));
        }
        problems.extend(self.shaping().problems());
        problems
    }

    fn shaping(&self) -> Shaping<'_> {
        Shaping {
            format: self.format.map_or(MessageFormat::Json, RecordFormat::of_messages),
            pattern: self.pattern.as_deref(),
            ops: self.ops.as_deref(),
            map: self.map.as_ref(),
        }
    }

    /// Whether it can be read.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        if self.follow || self.path.is_dir() {
            let path = if self.path.is_dir() { &self.path } else { folder_of(&self.path) };
            let name = path.display().to_string();
            let listed = std::fs::read_dir(path).map(drop);
            return listed.map_err(|source| ConnectorError::Open { name, source });
        }
        FileIdentity::of(&self.path).map(drop)
    }

    /// Opens it, where it was.
    ///
    /// # Errors
    /// If it cannot be opened, or is another one.
    pub fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        let saved = (start.saved)(start.name);
        let position = saved.map(|(position, _)| position).unwrap_or_default();
        let is_folder = self.path.is_dir();
        let shape = self.shaping().shape(start.name, start.health.name())?;
        let mut identity = None;
        let reader: Box<dyn RecordReader> = if self.follow {
            if is_folder || self.format_of(&self.path) != Format::Ndjson {
                return Err(ConnectorError::Use {
                    name: self.path.display().to_string(),
                    reason: "only a file of lines can be followed, and not CSV; leave out `follow`"
                        .to_owned(),
                });
            }
            Box::new(FollowReader::open(&self.path, position)?)
        } else if is_folder {
            Box::new(FolderReader::open(self, position)?)
        } else {
            identity = Some(FileIdentity::of(&self.path)?);
            let format = self.format_of(&self.path);
            match saved {
                None => open_file(&self.path, &format)?,
                Some((_, before)) => {
                    if let Some(before) = before
                        && !before.is_of(&self.path)?
                    {
                        let name = self.path.display().to_string();
                        return Err(ConnectorError::Changed {
                            name,
                            reason: "it begins with something else".to_owned(),
                        });
                    }
                    open_file_at(&self.path, &format, position)?
                }
            }
        };
        let is_file = self.path.metadata().is_ok_and(|metadata| metadata.is_file());
        start.health.up();
        Ok(OpenedSource {
            readers: vec![OpenedReader {
                name: start.name.to_owned(),
                reader: Shaped::new(reader, shape),
                is_live: self.follow || !(is_file || is_folder),
                is_remote: false,
                // A file that is followed may be gone by then.
                can_be_read_again: !self.follow && (is_file || is_folder),
                identity,
                acknowledge: None,
            }],
            connected: None,
        })
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

impl FileSink {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.path.as_os_str().is_empty() {
            problems.push(("path", "the path is empty".to_owned()));
        }
        for (key, is_zero) in [
            ("rotate_bytes", self.rotate_bytes == Some(0)),
            ("rotate_minutes", self.rotate_minutes == Some(0)),
            ("keep", self.keep == Some(0)),
        ] {
            if is_zero {
                problems.push((key, "it must be at least 1".to_owned()));
            }
        }
        if self.keep.is_some() && self.rotation().is_none() {
            let text = "there is one file: say with `rotate_bytes` or `rotate_minutes` when there is to be another";
            problems.push(("keep", text.to_owned()));
        }
        problems
    }

    fn rotation(&self) -> Option<Rotation> {
        if self.rotate_bytes.is_none() && self.rotate_minutes.is_none() {
            return None;
        }
        Some(Rotation {
            max_bytes: self.rotate_bytes.unwrap_or(u64::MAX),
            period_ms: self.rotate_minutes.map(|minutes| u64::from(minutes) * 60_000),
            keep: self.keep.unwrap_or(KEEP).into(),
        })
    }

    /// Whether its folder is there.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let folder = folder_of(&self.path);
        let name = self.path.display().to_string();
        let listed = std::fs::read_dir(folder).map(drop);
        listed.map_err(|source| ConnectorError::Create { name, source })
    }

    /// Opens it.
    ///
    /// # Errors
    /// If it cannot be written, or something else has written to it since a checkpoint.
    pub fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let sink: Box<dyn Sink> = match (self.rotation(), start.from) {
            (Some(rotation), from) => Box::new(RotatingFile::open(&self.path, rotation, from)?),
            (None, SinkFrom::Begin | SinkFrom::Checkpoint(None)) => {
                Box::new(create_file(&self.path)?)
            }
            (None, SinkFrom::Checkpoint(Some(length))) => {
                Box::new(continue_file(&self.path, length)?)
            }
            (None, SinkFrom::End) => Box::new(append_file(&self.path)?),
        };
        start.health.up();
        Ok(sink)
    }
}
