//! A file that grows, and is replaced by another of its name now and then: what `tail -F` does.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::{info, warn};

use super::config::folder_of;
use crate::codec::NdjsonReader;
use crate::line::LineReader;
use crate::{ConnectorError, Position, RecordBatch, RecordReader};

/// How often to look whether there is more.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Reads the lines of a file, waits for more, and goes on with the file that takes its place.
///
/// Files are known by their inodes, so that one that was renamed is still found.
#[derive(Debug)]
pub(super) struct FollowReader {
    lines: NdjsonReader,
    parts: Parts,
}

/// A stretch of what was read: where it begins in all of it, and of which file it is, from which byte on.
#[derive(Clone, Copy, Debug)]
struct Part {
    from: u64,
    file: u64,
    byte: u64,
}

/// Those that lines may still come from, the oldest first.
type Parts = Arc<Mutex<VecDeque<Part>>>;

#[derive(Debug)]
struct Tail {
    path: PathBuf,
    file: Option<(u64, File)>,
    /// Files to be read before the one at `path`: what was renamed while nobody read.
    before: VecDeque<(PathBuf, u64)>,
    /// How many bytes were handed on.
    read: u64,
    /// Of the file, how many were read.
    byte: u64,
    ends_line: bool,
    parts: Parts,
    /// Whether it was said that the file is not there.
    told: bool,
}

impl FollowReader {
    pub(super) fn open(path: &Path, position: Position) -> Result<Self, ConnectorError> {
        let name = path.display().to_string();
        let opened = |source| ConnectorError::Open { name: name.clone(), source };
        let parts = Parts::default();
        let before = if position.file == 0 {
            VecDeque::new()
        } else {
            renamed(path, position).map_err(opened)?
        };
        let tail = Tail {
            path: path.to_owned(),
            file: None,
            before,
            read: 0,
            byte: 0,
            ends_line: true,
            parts: Arc::clone(&parts),
            told: false,
        };
        let lines = LineReader::new(Box::new(tail), &name);
        Ok(Self { lines: NdjsonReader::new(lines, position.record), parts })
    }
}

impl RecordReader for FollowReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        self.lines.append(batch, max_records)
    }

    fn position(&self) -> Position {
        let position = self.lines.position();
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that begins at the end of a part is the next part's.
        while parts.get(1).is_some_and(|next| next.from <= position.byte) {
            parts.pop_front();
        }
        parts.front().map_or(position, |part| Position {
            file: part.file,
            byte: part.byte + position.byte.saturating_sub(part.from),
            ..position
        })
    }
}

/// The files to be read before that at `path`, for a reader that was within one of them: that one first.
fn renamed(path: &Path, position: Position) -> io::Result<VecDeque<(PathBuf, u64)>> {
    let folder = folder_of(path);
    let name = path.file_name().unwrap_or_default();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(name.as_encoded_bytes());
        if is_ours && metadata.is_file() {
            files.push((metadata.modified()?, inode(&metadata), entry.path()));
        }
    }
    files.sort();
    let Some(at) = files.iter().position(|(_, file, _)| *file == position.file) else {
        warn!(
            "the file that `{}` was is gone, and with it what was not read of it; reading goes on with the one that is \
             there",
            path.display()
        );
        return Ok(VecDeque::new());
    };
    let mut rest: VecDeque<(PathBuf, u64)> =
        files.drain(at..).map(|(_, _, path)| (path, 0)).collect();
    if let Some((_, byte)) = rest.front_mut() {
        *byte = position.byte;
    }
    // The one at `path` is read in its turn anyway.
    rest.retain(|(other, byte)| other != path || *byte > 0);
    Ok(rest)
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Not to be told here: then a file that takes another's place is taken for the same one, which became shorter.
#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    1
}

impl Tail {
    /// Opens the next file, if it is there.
    fn open_next(&mut self) -> io::Result<bool> {
        let (path, byte) = self.before.pop_front().unwrap_or_else(|| (self.path.clone(), 0));
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !std::mem::replace(&mut self.told, true) {
                    info!("`{}` is not there yet; it is waited for", path.display());
                }
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        self.told = false;
        let metadata = file.metadata()?;
        // Shorter than it was: it begins anew.
        self.byte = if metadata.len() < byte { 0 } else { byte };
        file.seek(SeekFrom::Start(self.byte))?;
        let known = inode(&metadata);
        self.file = Some((known, file));
        self.begin_part(known);
        Ok(true)
    }

    fn begin_part(&self, file: u64) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.push_back(Part { from: self.read, file, byte: self.byte });
    }

    /// Whether another file has taken the place of this one, or will not come back.
    fn is_replaced(&self, known: u64) -> io::Result<bool> {
        if !self.before.is_empty() {
            return Ok(true);
        }
        match std::fs::metadata(&self.path) {
            Ok(metadata) => Ok(inode(&metadata) != known),
            // It was moved away, and its follower has not come.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((_, file)) = &mut self.file else { return Ok(0) };
        let read = file.read(buffer)?;
        self.read += read as u64;
        self.byte += read as u64;
        if let Some(last) = read.checked_sub(1).and_then(|last| buffer.get(last)) {
            self.ends_line = *last == b'\n';
        }
        Ok(read)
    }
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.file.is_none() && !self.open_next()? {
            std::thread::sleep(LOOK_EVERY);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let Some(known) = self.file.as_ref().map(|(known, _)| *known) else { return Ok(0) };
        let read = self.take(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        if self.is_replaced(known)? {
            // What was written before it was replaced, after our last look.
            let read = self.take(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.file = None;
            if !self.ends_line
                && let Some(first) = buffer.first_mut()
            {
                // The last line of a file that is done is a line.
                *first = b'\n';
                self.read += 1;
                self.ends_line = true;
                return Ok(1);
            }
            return self.read(buffer);
        }
        let length =
            self.file.as_ref().map_or(Ok(0), |(_, file)| file.metadata().map(|it| it.len()))?;
        if length < self.byte {
            info!("`{}` has become shorter; it is read from its beginning", self.path.display());
            self.byte = 0;
            if let Some((_, file)) = &mut self.file {
                file.seek(SeekFrom::Start(0))?;
            }
            self.begin_part(known);
            return self.read(buffer);
        }
        std::thread::sleep(LOOK_EVERY);
        Err(io::ErrorKind::WouldBlock.into())
    }
}
