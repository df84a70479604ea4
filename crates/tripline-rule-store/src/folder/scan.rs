//! What a folder holds: read again only where something has changed.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::IgnoredAny;
use tripline_event::{RuleId, RuleVersion};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::files::{Places, RuleFile, RuleFileProblem, id_of_path, read_rule, rule_paths};
use crate::row::{Listing, RowEntry, RowFault, RowProblem, RuleRow, RuleText};
use crate::{MAX_ID_CHARS, MAX_TEXT_BYTES, MAX_VERSION};

/// A file that was changed so shortly before it was read may be changed again without another time.
const UNSURE: Duration = Duration::from_secs(2);

/// The files of a folder, as they were when they were looked at last.
#[derive(Debug, Default)]
pub(super) struct Scan {
    files: BTreeMap<PathBuf, Seen>,
    /// What keeps whole folders from being read.
    problems: Vec<String>,
}

/// A file as it was seen.
#[derive(Clone, Debug)]
struct Seen {
    stamp: Option<Stamp>,
    id: RuleId,
    version: RuleVersion,
    hash: u128,
}

/// What changes when a file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    place: [u64; 3],
}

impl Stamp {
    /// The stamp of a file, unless it was changed just now.
    fn new(found: &Metadata, now: SystemTime) -> Option<Self> {
        let modified = found.modified().ok();
        let is_sure = modified.and_then(|modified| now.duration_since(modified).ok());
        let is_sure = is_sure.is_some_and(|age| age > UNSURE);
        is_sure.then(|| Self { bytes: found.len(), modified, place: place(found) })
    }
}

/// The number of the file, and when anything of it was changed, which programs cannot set back.
#[cfg(unix)]
fn place(found: &Metadata) -> [u64; 3] {
    use std::os::unix::fs::MetadataExt;

    [found.ino(), found.ctime().cast_unsigned(), found.ctime_nsec().cast_unsigned()]
}

#[cfg(not(unix))]
fn place(_found: &Metadata) -> [u64; 3] {
    [0; 3]
}

/// The time now: a folder has no clock of its own to ask.
#[expect(clippy::disallowed_methods, reason = "compared with the times of files only")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

/// The time now, in ms since 1970.
pub(super) fn now_ms() -> i64 {
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Scan {
    /// Looks at all files, and reads those that have changed.
    ///
    /// # Errors
    /// The folder itself cannot be read; what is known stays as it was.
    pub(super) fn update(&mut self, top: &Path) -> io::Result<()> {
        // An empty folder is no rules; a folder that is not there is no answer.
        top.read_dir()?;
        let (mut places, mut problems) = (Places::default(), Vec::new());
        let paths = rule_paths(top, &mut places, &mut problems);
        let mut files = BTreeMap::new();
        for path in paths {
            if !places.is_new(&path) {
                continue;
            }
            let before = self.files.get(&path);
            if let Some(seen) = look(&path, before) {
                files.insert(path, seen);
            }
        }
        // What stands in a folder that cannot be read now has not gone for that.
        for problem in &problems {
            if let RuleFileProblem::Unreadable { path, .. } = problem {
                let below = self.files.iter().filter(|(file, _)| file.starts_with(path));
                files.extend(below.map(|(file, seen)| (file.clone(), seen.clone())));
            }
        }
        self.files = files;
        self.problems = problems.iter().map(ToString::to_string).collect();
        Ok(())
    }

    pub(super) fn revision(&self) -> String {
        let mut hash = Xxh3::new();
        for (path, seen) in &self.files {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update(&[0]);
            hash.update(seen.id.as_str().as_bytes());
            hash.update(&[0]);
            hash.update(&seen.version.0.to_le_bytes());
            hash.update(&seen.hash.to_le_bytes());
        }
        for problem in &self.problems {
            hash.update(problem.as_bytes());
        }
        format!("{}-{:032x}", self.files.len(), hash.digest128())
    }

    /// The files by id: more than one is a fault.
    fn by_id(&self) -> BTreeMap<&RuleId, Vec<(&Path, &Seen)>> {
        let mut ids: BTreeMap<&RuleId, Vec<(&Path, &Seen)>> = BTreeMap::new();
        for (path, seen) in &self.files {
            ids.entry(&seen.id).or_default().push((path, seen));
        }
        ids
    }

    /// The files of a rule, with their versions.
    pub(super) fn files_of(&self, id: &RuleId) -> Vec<(&Path, RuleVersion)> {
        let files = self.files.iter().filter(|(_, seen)| seen.id == *id);
        files.map(|(path, seen)| (path.as_path(), seen.version)).collect()
    }

    pub(super) fn listing(&self) -> Listing {
        let mut listing = Listing::default();
        for (id, files) in self.by_id() {
            let chars = u64::try_from(id.as_str().chars().count()).unwrap_or(u64::MAX);
            let wrong = files.iter().find(|(_, seen)| !(0..=MAX_VERSION).contains(&seen.version.0));
            let version = |seen: &Seen| seen.version.to_string();
            if chars > MAX_ID_CHARS {
                let id = id.as_str().chars().take(64).chain(['…']).collect();
                let problem = RowProblem::IdTooLong { chars };
                listing.faults.push(RowFault { id: Some(id), version: None, problem });
            } else if let Some((_, seen)) = wrong {
                let problem = RowProblem::InvalidVersion { version: version(seen) };
                let id = Some(id.as_str().to_owned());
                listing.faults.push(RowFault { id, version: Some(version(seen)), problem });
            } else if let Some(row) = entry(id, &files) {
                listing.rows.push(row);
            }
        }
        for problem in &self.problems {
            let problem = RowProblem::File(problem.clone());
            listing.faults.push(RowFault { id: None, version: None, problem });
        }
        listing
    }

    /// The text of a rule as it is now, if it still has this version.
    pub(super) fn load(&mut self, id: &RuleId, version: RuleVersion) -> Option<RuleRow> {
        let ids = self.by_id();
        let files = ids.get(id)?;
        if let [(first, _), (second, _), ..] = files.as_slice() {
            let RowEntry { id, version, hash } =
                entry(id, files).filter(|row| row.version == version)?;
            let (first, second) = (first.display().to_string(), second.display().to_string());
            let problem = RowProblem::SameId { id: id.to_string(), first, second };
            return Some(RuleRow { id, version, hash, text: Err(problem) });
        }
        let (path, before) = files.first()?;
        let path = path.to_path_buf();
        let (seen, text) = read(&path, Some(before))?;
        if seen.id != *id || seen.version != version {
            return None;
        }
        let hash = seen.hash;
        self.files.insert(path, seen);
        Some(RuleRow { id: id.clone(), version, hash, text })
    }
}

/// The row that files of one id make.
fn entry(id: &RuleId, files: &[(&Path, &Seen)]) -> Option<RowEntry> {
    let version = files.iter().map(|(_, seen)| seen.version).max()?;
    let hash = match files {
        [(_, seen)] => seen.hash,
        // Where the files stand is told, so it counts.
        files => files.iter().fold(0_u128, |hash, (path, seen)| {
            let path = xxh3_128(path.as_os_str().as_encoded_bytes());
            hash.wrapping_add(seen.hash).wrapping_add(path)
        }),
    };
    Some(RowEntry { id: id.clone(), version, hash })
}

/// A file as it is now; read only if it has changed. `None` if it is gone.
fn look(path: &Path, before: Option<&Seen>) -> Option<Seen> {
    let stamp = path.metadata().ok().and_then(|found| Stamp::new(&found, now()));
    match before {
        Some(seen) if stamp.is_some() && seen.stamp == stamp => Some(seen.clone()),
        _ => read(path, before).map(|(seen, _)| seen),
    }
}

/// What a file says. `None` if it is gone.
fn read(path: &Path, before: Option<&Seen>) -> Option<(Seen, Result<RuleText, RowProblem>)> {
    // Before the text: what is written after this has another stamp.
    let found = path.metadata().ok();
    let stamp = found.as_ref().and_then(|found| Stamp::new(found, now()));
    // A file that is just being written names no id: it is still the rule that it was.
    let known = || match before {
        Some(seen) => (seen.id.clone(), seen.version),
        None => (RuleId::new(&id_of_path(path)), RuleVersion(1)),
    };
    let ((id, version), hash, text) = match read_rule(path) {
        Ok(file) => {
            let hash = xxh3_128(file.text.as_bytes());
            let text = document(&file, found.map_or(0, |found| found.len()));
            let identity = if is_whole(&file) { (file.id, file.version) } else { known() };
            (identity, hash, text)
        }
        Err(RuleFileProblem::Unreadable { source, .. })
            if source.kind() == io::ErrorKind::NotFound =>
        {
            return None;
        }
        Err(problem) => {
            let text = match &problem {
                RuleFileProblem::NotUtf8 { text, offset, .. } => {
                    let offset = u64::try_from(*offset).unwrap_or(u64::MAX);
                    (text.clone(), RowProblem::NotUtf8 { column: "file", offset })
                }
                problem => (problem.to_string(), RowProblem::File(problem.to_string())),
            };
            (known(), xxh3_128(text.0.as_bytes()).wrapping_add(1), Err(text.1))
        }
    };
    Some((Seen { stamp, id, version, hash }, text))
}

fn document(file: &RuleFile, bytes: u64) -> Result<RuleText, RowProblem> {
    let read = u64::try_from(file.text.len()).unwrap_or(u64::MAX);
    if read > MAX_TEXT_BYTES {
        let bytes = bytes.max(read);
        return Err(RowProblem::TooLong { column: "file", bytes, limit: MAX_TEXT_BYTES });
    }
    Ok(RuleText::Document(file.text.clone()))
}

/// Whether the file says which rule it is: by an id of its own, or as a graph, by its name.
fn is_whole(file: &RuleFile) -> bool {
    file.is_row || serde_json::from_str::<IgnoredAny>(&file.text).is_ok()
}
