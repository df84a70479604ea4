//! A file of results that goes on in another one when it is large or old.
//!
//! Each file has in its name how many bytes were written before it: so nothing is ever renamed, and where a checkpoint was
//! can be told from the names alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::config::folder_of;
use super::{append_file, continue_file, create_file};
use crate::open::SinkFrom;
use crate::{Committed, ConnectorError, EncodedRecord, LineSink, Sink};

/// How many digits the name of a file has at least, so that names are in order.
const DIGITS: usize = 15;

/// When a file is full, and how many are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotation {
    /// The most bytes of a file; a result that is larger stands alone.
    pub(super) max_bytes: u64,
    /// The time that a file is for, in ms; each begins at a multiple of it.
    pub(super) period_ms: Option<u64>,
    /// How many files there are, with the one that is written to.
    pub(super) keep: usize,
}

/// Where the files are, and how they are named.
#[derive(Debug)]
struct Names {
    folder: PathBuf,
    stem: String,
    /// With its dot.
    extension: String,
}

impl Names {
    fn of(path: &Path) -> Self {
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let extension = path.extension().map(|_| format!(".{}", text(path.extension())));
        Self {
            folder: folder_of(path).to_owned(),
            stem: text(path.file_stem()),
            extension: extension.unwrap_or_default(),
        }
    }

    /// The file that begins behind so many bytes.
    fn path(&self, begin: u64) -> PathBuf {
        let Self { folder, stem, extension } = self;
        folder.join(format!("{stem}.{begin:0DIGITS$}{extension}"))
    }

    /// Where the files that are there begin, in order.
    fn list(&self) -> Result<Vec<u64>, ConnectorError> {
        let failed = |source| ConnectorError::Create { name: self.shown(), source };
        let mut begins = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let middle = name
                .strip_prefix(&self.stem)
                .and_then(|rest| rest.strip_prefix('.'))
                .and_then(|rest| rest.strip_suffix(&self.extension));
            let digits = middle.filter(|digits| {
                digits.len() >= DIGITS && digits.bytes().all(|sign| sign.is_ascii_digit())
            });
            begins.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
        }
        begins.sort_unstable();
        Ok(begins)
    }

    fn shown(&self) -> String {
        self.path(0).display().to_string()
    }

    fn length(&self, begin: u64) -> Result<u64, ConnectorError> {
        let path = self.path(begin);
        let metadata = fs::metadata(&path);
        let failed = |source| ConnectorError::Create { name: path.display().to_string(), source };
        metadata.map(|metadata| metadata.len()).map_err(failed)
    }

    fn remove(&self, begin: u64) -> Result<(), ConnectorError> {
        let path = self.path(begin);
        let failed = |source| ConnectorError::Write { name: path.display().to_string(), source };
        fs::remove_file(&path).map_err(failed)
    }
}

/// Writes results to one file after the other.
#[derive(Debug)]
pub(super) struct RotatingFile {
    names: Names,
    rotation: Rotation,
    sink: LineSink,
    /// Where the file begins that is written to, and those before that are still there.
    begin: u64,
    before: Vec<u64>,
    /// For which time the file is that is written to.
    period: Option<u64>,
    /// A checkpoint may go back to here, if there are checkpoints.
    needed: Option<u64>,
    committed: u64,
}

impl RotatingFile {
    pub(super) fn open(
        path: &Path,
        rotation: Rotation,
        from: SinkFrom,
    ) -> Result<Self, ConnectorError> {
        let names = Names::of(path);
        let all = names.list()?;
        let begin = match from {
            SinkFrom::Checkpoint(Some(length)) => {
                match all.iter().rfind(|begin| **begin <= length) {
                    Some(begin) => *begin,
                    None if length == 0 => 0,
                    None => return Err(gone(&names, length)),
                }
            }
            // What other runs have written stays.
            SinkFrom::Begin | SinkFrom::Checkpoint(None) => match all.last() {
                Some(&last) => last + names.length(last)?,
                None => 0,
            },
            SinkFrom::End => all.last().copied().unwrap_or(0),
        };
        let path = names.path(begin);
        // Before it is cut back, which counts as writing.
        let written = fs::metadata(&path).and_then(|metadata| metadata.modified());
        let sink = match from {
            SinkFrom::Checkpoint(Some(length)) => continue_file(&path, length - begin)?,
            SinkFrom::Begin | SinkFrom::Checkpoint(None) => create_file(&path)?,
            SinkFrom::End => append_file(&path)?,
        };
        // Not before it is clear that it goes on.
        for later in all.iter().rev().take_while(|later| **later > begin) {
            names.remove(*later)?;
        }
        let before = all.into_iter().take_while(|earlier| *earlier < begin).collect();
        let period = written.ok().filter(|_| sink.length() > 0).and_then(|at| rotation.of(at));
        let needed = match from {
            SinkFrom::Checkpoint(length) => length,
            SinkFrom::Begin | SinkFrom::End => None,
        };
        let committed = needed.unwrap_or(0);
        Ok(Self { names, rotation, sink, begin, before, period, needed, committed })
    }

    /// Goes on in a new file, and removes the oldest that no checkpoint goes back to.
    fn rotate(&mut self) -> Result<(), ConnectorError> {
        if let Some(whole) = self.sink.commit()? {
            // A checkpoint makes sure of the last file only.
            whole.sync()?;
        }
        let next = self.begin + self.sink.length();
        self.sink = create_file(&self.names.path(next))?;
        self.before.push(std::mem::replace(&mut self.begin, next));
        while self.before.len() >= self.rotation.keep {
            let end = self.before.get(1).copied().unwrap_or(self.begin);
            if self.needed.is_some_and(|needed| end > needed) {
                break;
            }
            self.names.remove(self.before.remove(0))?;
        }
        Ok(())
    }
}

impl Rotation {
    fn of(&self, at: SystemTime) -> Option<u64> {
        let at = at.duration_since(UNIX_EPOCH).ok()?;
        u64::try_from(at.as_millis()).ok()?.checked_div(self.period_ms?)
    }

    #[expect(clippy::disallowed_methods, reason = "a file is for the time in which it is written")]
    fn now(&self) -> Option<u64> {
        self.period_ms.and_then(|_| self.of(SystemTime::now()))
    }
}

fn gone(names: &Names, length: u64) -> ConnectorError {
    ConnectorError::Use {
        name: names.shown(),
        reason: format!(
            "the checkpoint goes on behind byte {length} of the results, and the file with it is gone; give it back, or move \
             the checkpoint folder away to begin anew"
        ),
    }
}

impl Sink for RotatingFile {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let length = self.sink.length();
        let now = self.rotation.now();
        let is_full = length + record.bytes.len() as u64 + 1 > self.rotation.max_bytes;
        if length > 0 && (is_full || now != self.period) {
            self.rotate()?;
        }
        self.period = now;
        self.sink.write(record)
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        self.sink.flush()
    }

    fn commit(&mut self) -> Result<Option<Committed>, ConnectorError> {
        let Some(mut committed) = self.sink.commit()? else { return Ok(None) };
        committed.length += self.begin;
        // The checkpoint before this one was written, or there is none yet that goes back further.
        self.needed = Some(self.committed);
        self.committed = committed.length;
        Ok(Some(committed))
    }
}
