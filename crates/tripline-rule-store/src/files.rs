//! Rules in files and folders: which files are rules, and what their ids are.
//!
//! Rules it keeps: ids are unique among the files given out; a file is read once, however often it is named; no more of a
//! file is read than a rule may be long.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;
use tripline_event::{RuleId, RuleVersion};

use crate::MAX_TEXT_BYTES;

/// The argument that means stdin.
pub const STDIN: &str = "-";

/// A rule as it stands in a file; whether it is valid is not looked at.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The file, as it was named or found; [`STDIN`] for stdin.
    pub path: PathBuf,
    /// What it holds: a graph or a row. One byte and a little more than a rule may have, at most.
    pub text: Arc<str>,
    /// The row's id; of a bare graph the name of the file without `.json`, or of its folder if it is a `rule.json`.
    pub id: RuleId,
    /// The row's version; 1 of a bare graph.
    pub version: RuleVersion,
    /// Whether the file names the id itself.
    pub is_row: bool,
}

/// A file or folder that gives no rule of its own.
#[derive(Debug, Error)]
pub enum RuleFileProblem {
    /// It is not there, or cannot be read.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not UTF-8, so it is no JSON.
    #[error("`{path}` is not UTF-8: the byte at offset {offset} is wrong", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// What it holds, with replacement characters for what is wrong.
        text: String,
        /// The first wrong byte, from 0; the same place in `text`.
        offset: usize,
    },
    /// A file before it has a rule of the same id.
    #[error(
        "the rule id `{id}` stands twice: in `{first}` and in `{second}`",
        id = file.id, first = first.display(), second = file.path.display()
    )]
    SameId {
        /// The file before.
        first: PathBuf,
        /// This file.
        file: RuleFile,
    },
}

/// Reads all rules at `paths`: files, [`STDIN`], and folders with all that is below them.
///
/// In a folder every `*.json` is a rule, but for hidden files and folders, and for data: files named `events` or
/// `expected` before the first dot.
/// An empty folder is no problem.
///
/// # Shape
/// In the order of `paths`, a folder's files by path.
#[must_use]
pub fn find_rules(paths: &[PathBuf]) -> (Vec<RuleFile>, Vec<RuleFileProblem>) {
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == STDIN {
            found.add(read_from(path, std::io::stdin().lock()));
        } else if path.is_dir() {
            for file in rule_paths(path, &mut found.places, &mut found.problems) {
                found.add_file(&file);
            }
        } else {
            found.add_file(path);
        }
    }
    (found.files, found.problems)
}

/// The files below a folder that are rules, by path; what cannot be read is added to `problems`.
pub(crate) fn rule_paths(
    top: &Path,
    places: &mut Places,
    problems: &mut Vec<RuleFileProblem>,
) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![top.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !places.is_new(&folder) {
            continue;
        }
        let entries = folder.read_dir().and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(source) => {
                problems.push(RuleFileProblem::Unreadable { path: folder, source });
                continue;
            }
        };
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if is_rule_name(&name) && !is_special(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Whether this is a pipe, a socket or a device, which could be waited for without an end.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Reads the rule in a file.
///
/// # Errors
/// [`RuleFileProblem::Unreadable`] and [`RuleFileProblem::NotUtf8`].
pub fn read_rule(path: &Path) -> Result<RuleFile, RuleFileProblem> {
    match File::open(path) {
        Ok(file) => read_from(path, file),
        Err(source) => Err(RuleFileProblem::Unreadable { path: path.to_path_buf(), source }),
    }
}

fn read_from(path: &Path, reader: impl Read) -> Result<RuleFile, RuleFileProblem> {
    let path = path.to_path_buf();
    match read_bounded(reader).map(text) {
        Ok(Ok(text)) => {
            let row = row_identity(&text);
            let is_row = row.is_some();
            let (id, version) = row.unwrap_or_else(|| (id_of_path(&path), 1));
            let (id, version) = (RuleId::new(&id), RuleVersion(version));
            Ok(RuleFile { path, text: text.into(), id, version, is_row })
        }
        Ok(Err((text, offset))) => Err(RuleFileProblem::NotUtf8 { path, text, offset }),
        Err(source) => Err(RuleFileProblem::Unreadable { path, source }),
    }
}

/// The places of files and folders seen, links resolved: a ring of links ends, and nothing is read twice.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeSet<PathBuf>);

impl Places {
    /// Whether this place is seen for the first time.
    pub(crate) fn is_new(&mut self, path: &Path) -> bool {
        // What has no place, as a pipe, is told apart by its name.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        self.0.insert(place)
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    files: Vec<RuleFile>,
    problems: Vec<RuleFileProblem>,
    places: Places,
    ids: BTreeMap<RuleId, PathBuf>,
}

impl Found {
    fn add_file(&mut self, path: &Path) {
        if self.places.is_new(path) {
            self.add(read_rule(path));
        }
    }

    fn add(&mut self, file: Result<RuleFile, RuleFileProblem>) {
        let file = match file {
            Ok(file) => file,
            Err(problem) => {
                self.problems.push(problem);
                return;
            }
        };
        if let Some(first) = self.ids.get(&file.id) {
            let first = first.clone();
            self.problems.push(RuleFileProblem::SameId { first, file });
            return;
        }
        self.ids.insert(file.id.clone(), file.path.clone());
        self.files.push(file);
    }
}

/// Whether a file of this name in a folder is a rule.
fn is_rule_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    name.ends_with(".json") && stem != "events" && stem != "expected"
}

/// The room of one character past the limit: a character that is cut there is then past the limit as well.
const READ_LIMIT: u64 = MAX_TEXT_BYTES + 4;

fn read_bounded(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(READ_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_too_long(bytes: usize) -> bool {
    u64::try_from(bytes).is_ok_and(|bytes| bytes > MAX_TEXT_BYTES)
}

/// The bytes as text; or, of what is not UTF-8, a text to show and where it is wrong.
fn text(bytes: Vec<u8>) -> Result<String, (String, usize)> {
    String::from_utf8(bytes).or_else(|error| {
        let offset = error.utf8_error().valid_up_to();
        let cut = error.utf8_error().error_len().is_none();
        let mut bytes = error.into_bytes();
        if is_too_long(offset) && cut {
            // Too long for a rule in any case, and good until where reading stopped.
            bytes.truncate(offset);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if offset == bytes.len() { Ok(text) } else { Err((text, offset)) }
    })
}

/// The id and the version that a row names; `None` of a graph, and of a text that does not name an id.
fn row_identity(text: &str) -> Option<(String, i64)> {
    if is_too_long(text.len()) {
        return None;
    }
    let root: Value = serde_json::from_str(text).ok()?;
    let is_row = match root.get("pattern")? {
        Value::Object(_) | Value::String(_) => true,
        _ => root.get("nodes").is_none(),
    };
    let id = match root.get("id").filter(|_| is_row)? {
        Value::String(id) if !id.is_empty() => id.clone(),
        id => id.as_i64()?.to_string(),
    };
    Some((id, root.get("version").and_then(Value::as_i64).unwrap_or(1)))
}

/// The id of a bare graph in this file.
pub(crate) fn id_of_path(path: &Path) -> String {
    if path.as_os_str() == STDIN {
        return "stdin".to_owned();
    }
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = name(path).unwrap_or_default();
    if file == "rule.json"
        && let Some(folder) = path.parent()
    {
        // `rule.json` alone has an empty parent, and `../rule.json` one without a name.
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let resolved = || here.canonicalize().ok().as_deref().and_then(name);
        if let Some(folder) = name(folder).or_else(resolved) {
            return folder;
        }
    }
    file.strip_suffix(".json").map_or(file.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
