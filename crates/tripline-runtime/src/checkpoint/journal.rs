//! The journal: every input of the sequence that a checkpoint does not hold yet, so that a replay repeats it.
//!
//! An entry is its length twice (the second time all bits turned), a checksum, and the input.
//! Entries are collected in memory as items are made, and written before anything goes out that came of them; those whose
//! input could be another if it were read again are synced too. A segment begins with a checkpoint.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tripline_connectors::{BadRecord, BadRecordReason, Mark, Position, RecordBatch};
use xxhash_rust::xxh3::xxh3_64;

use super::CheckpointError;
use super::rules::RuleStep;
use crate::clock::Now;

/// Begins a segment; the last character is the version.
const MAGIC: &[u8; 8] = b"TRIPJNL3";

/// How much is collected before it is written though nothing depends on it, in bytes.
const WRITE_AT_BYTES: usize = 256 * 1024;

/// What stands before an entry, in bytes.
const HEAD_BYTES: usize = 16;

/// An input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Entry {
    Batch {
        source: u32,
        /// How many records there were, bad ones among them.
        records: u32,
        arrived: Now,
        /// Where the next one begins.
        end: Position,
        /// The records themselves, where they cannot be read again.
        content: Option<Content>,
    },
    /// Changes of the rules, as JSON, since their texts are.
    Rules(String),
    Ended(u32, Now),
    Tick(Now),
    /// Another process went on.
    Resumed(Now),
    /// A source was added, to be read from here.
    Opened {
        name: String,
        position: Position,
        now: Now,
    },
    /// A reader said that there was nothing more, or that it did not know any more.
    AtEnd(u32, bool, Now),
    /// Of what came of a source before its record `before`, these may come again, and no others.
    Unacknowledged {
        source: u32,
        before: u64,
        marks: Vec<Mark>,
    },
}

/// Records that cannot be read again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// Number, line and text of each.
    records: Vec<(u64, u64, Vec<u8>)>,
    /// Those that could not be read, with why.
    bad: Vec<(u64, u64, String, Vec<u8>)>,
    /// Of what may come again.
    pub(super) marks: Vec<Mark>,
    /// Before this record nothing without an id comes again.
    pub(super) settled: u64,
}

impl Content {
    pub(crate) fn new(batch: &RecordBatch) -> Self {
        let records = batch.records().map(|one| (one.number, one.line, one.bytes.to_vec()));
        let bad = batch.bad().iter();
        let bad = bad.map(|bad| (bad.number, bad.line, bad.reason.to_string(), bad.text.clone()));
        let (marks, settled) = (batch.marks().to_vec(), batch.settled());
        Self { records: records.collect(), bad: bad.collect(), marks, settled }
    }

    pub(crate) fn fill(self, batch: &mut RecordBatch) {
        for (number, line, bytes) in self.records {
            batch.push_record(number, line, &bytes);
        }
        for (number, line, reason, text) in self.bad {
            let reason = BadRecordReason::Before(reason);
            batch.push_bad_record(BadRecord { number, line, reason, text });
        }
    }
}

impl Entry {
    pub(crate) fn rules(steps: &[RuleStep]) -> Self {
        // Texts and numbers can always be written as JSON.
        Self::Rules(serde_json::to_string(steps).unwrap_or_default())
    }
}

/// Entries on their way to the file.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Where in `bytes` segments begin, and their numbers.
    segments: Vec<(usize, u64)>,
    /// Whether one of the entries could be another one in a replay.
    decides: bool,
}

impl Journal {
    /// Adds an entry; `decides` is whether what is found depends on it and on nothing that can be read again.
    pub(crate) fn add(&self, entry: &Entry, decides: bool) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = pending.bytes.len();
        pending.bytes.extend_from_slice(&[0; HEAD_BYTES]);
        let bytes = std::mem::take(&mut pending.bytes);
        // Into memory, of plain data: it cannot fail.
        pending.bytes = postcard::to_extend(entry, bytes).unwrap_or_default();
        let Some(body) = pending.bytes.get(begin + HEAD_BYTES..) else { return };
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let head = head(length, xxh3_64(body));
        if let Some(place) = pending.bytes.get_mut(begin..begin + HEAD_BYTES) {
            place.copy_from_slice(&head);
        }
        pending.decides |= decides;
    }

    /// Begins a segment: that of the checkpoint with this number.
    pub(crate) fn begin_segment(&self, number: u64) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = pending.bytes.len();
        pending.segments.push((at, number));
    }

    fn take(&self, into: &mut Pending, when: impl FnOnce(&Pending) -> bool) -> bool {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = when(&pending);
        if taken {
            std::mem::swap(into, &mut pending);
        }
        taken
    }
}

fn head(length: u32, sum: u64) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    let (lengths, sums) = head.split_at_mut(8);
    lengths.copy_from_slice(&(u64::from(length) | u64::from(!length) << 32).to_le_bytes());
    sums.copy_from_slice(&sum.to_le_bytes());
    head
}

/// The end of the journal that is written to.
#[derive(Debug)]
pub(crate) struct JournalFile {
    folder: PathBuf,
    path: PathBuf,
    file: File,
    /// Given back and forth with [`Journal`], so that neither allocates for long.
    taken: Pending,
}

impl JournalFile {
    /// Begins the segment of the checkpoint with this number.
    pub(crate) fn create(folder: &Path, number: u64) -> Result<Self, CheckpointError> {
        let path = segment_path(folder, number);
        let file = create(&path).map_err(|source| CheckpointError::journal(&path, source))?;
        Ok(Self { folder: folder.to_owned(), path, file, taken: Pending::default() })
    }

    /// Goes on in a segment after `length` bytes; what is behind them was not completely written.
    pub(crate) fn go_on(folder: &Path, number: u64, length: u64) -> Result<Self, CheckpointError> {
        let path = segment_path(folder, number);
        let open = || {
            if length <= MAGIC.len() as u64 {
                // Perhaps not even its beginning was written.
                return create(&path);
            }
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.set_len(length)?;
            io::Seek::seek(&mut file, io::SeekFrom::Start(length))?;
            Ok(file)
        };
        let file = open().map_err(|source| CheckpointError::journal(&path, source))?;
        Ok(Self { folder: folder.to_owned(), path, file, taken: Pending::default() })
    }

    /// Writes what has to be written before more goes out: `releases` is whether anything is to go out now.
    pub(crate) fn write(
        &mut self,
        journal: &Journal,
        releases: bool,
    ) -> Result<(), CheckpointError> {
        let due = |pending: &Pending| {
            (releases && !pending.bytes.is_empty())
                || pending.bytes.len() >= WRITE_AT_BYTES
                || !pending.segments.is_empty()
        };
        if !journal.take(&mut self.taken, due) {
            return Ok(());
        }
        let written = self.write_taken();
        self.taken.bytes.clear();
        self.taken.bytes.shrink_to(4 * WRITE_AT_BYTES);
        self.taken.segments.clear();
        self.taken.decides = false;
        written.map_err(|source| CheckpointError::journal(&self.path, source))
    }

    fn write_taken(&mut self) -> io::Result<()> {
        let mut from = 0;
        for &(at, number) in &self.taken.segments {
            self.file.write_all(self.taken.bytes.get(from..at).unwrap_or_default())?;
            // So that no segment is torn but the last.
            self.file.sync_data()?;
            self.path = segment_path(&self.folder, number);
            self.file = create(&self.path)?;
            from = at;
        }
        self.file.write_all(self.taken.bytes.get(from..).unwrap_or_default())?;
        if self.taken.decides {
            self.file.sync_data()?;
        }
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut file = File::create(path)?;
    file.write_all(MAGIC)?;
    file.sync_all()?;
    if let Some(folder) = path.parent() {
        super::folder::sync_folder(folder)?;
    }
    Ok(file)
}

/// The segment that begins with the checkpoint of this number.
pub(crate) fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("journal-{number:012}"))
}

/// Reads the entries of some segments, one after the other.
#[derive(Debug)]
pub(crate) struct JournalReader {
    folder: PathBuf,
    /// The segments after this one.
    rest: std::vec::IntoIter<u64>,
    current: Option<Segment>,
    /// The last segment, how much of it holds whole entries, and how many bytes follow that do not.
    pub(crate) end: Option<(u64, u64, u64)>,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    path: PathBuf,
    file: BufReader<File>,
    length: u64,
    /// Where the next entry begins.
    at: u64,
}

impl JournalReader {
    pub(crate) fn new(folder: &Path, segments: Vec<u64>) -> Self {
        Self { folder: folder.to_owned(), rest: segments.into_iter(), current: None, end: None }
    }

    /// The next entry; none at the end, or where the last entry was not completely written.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, CheckpointError> {
        loop {
            let Some(segment) = &mut self.current else {
                let Some(number) = self.rest.next() else { return Ok(None) };
                let path = segment_path(&self.folder, number);
                let segment = Segment::open(number, &path);
                let segment = segment.map_err(|source| CheckpointError::read(&path, source))?;
                self.current = Some(segment);
                continue;
            };
            match segment.next() {
                Ok(Some(entry)) => return Ok(Some(entry)),
                Ok(None) => {
                    self.end = Some((segment.number, segment.at, 0));
                    self.current = None;
                }
                // The process ended while it wrote.
                Err(Fault::Torn) if self.rest.len() == 0 => {
                    self.end = Some((segment.number, segment.at, segment.length - segment.at));
                    self.current = None;
                    return Ok(None);
                }
                Err(Fault::Io(source)) => return Err(CheckpointError::read(&segment.path, source)),
                Err(Fault::Torn | Fault::Damaged) => {
                    let path = segment.path.display().to_string();
                    return Err(CheckpointError::DamagedJournal { path, byte: segment.at });
                }
            }
        }
    }
}

enum Fault {
    /// The file ends within an entry, or its last entry is not what it was to be.
    Torn,
    Damaged,
    Io(io::Error),
}

impl Segment {
    fn open(number: u64, path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut file = BufReader::with_capacity(1 << 18, file);
        let mut magic = [0; MAGIC.len()];
        // A process may end before it has written even that.
        if length >= magic.len() as u64 {
            file.read_exact(&mut magic)?;
            if magic != *MAGIC {
                let text = "it is no journal of this version of Tripline";
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        }
        Ok(Self { number, path: path.to_owned(), file, length, at: magic.len() as u64 })
    }

    fn next(&mut self) -> Result<Option<Entry>, Fault> {
        let left = self.length.saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        let Some(left) = left.checked_sub(HEAD_BYTES as u64) else { return Err(Fault::Torn) };
        let (mut length, mut turned, mut sum) = ([0; 4], [0; 4], [0; 8]);
        for part in [&mut length[..], &mut turned, &mut sum] {
            self.file.read_exact(part).map_err(Fault::Io)?;
        }
        let (length, turned) = (u32::from_le_bytes(length), u32::from_le_bytes(turned));
        if length != !turned {
            // After a loss of power a file may be longer than what was written of it.
            let nothing = (length, turned, sum) == (0, 0, [0; 8]) && self.rest_is_empty()?;
            return Err(if nothing { Fault::Torn } else { Fault::Damaged });
        }
        if u64::from(length) > left {
            return Err(Fault::Torn);
        }
        let mut body = vec![0; length as usize];
        self.file.read_exact(&mut body).map_err(Fault::Io)?;
        let damaged = if u64::from(length) == left { Fault::Torn } else { Fault::Damaged };
        if xxh3_64(&body) != u64::from_le_bytes(sum) {
            return Err(damaged);
        }
        let entry = postcard::from_bytes(&body).map_err(|_| damaged)?;
        self.at += HEAD_BYTES as u64 + u64::from(length);
        Ok(Some(entry))
    }

    fn rest_is_empty(&mut self) -> Result<bool, Fault> {
        let mut bytes = (&mut self.file).bytes();
        bytes.try_fold(true, |empty, byte| Ok(empty && byte? == 0)).map_err(Fault::Io)
    }
}
