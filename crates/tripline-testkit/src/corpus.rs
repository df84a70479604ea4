//! Conformance files: reading them, choosing among their cases, running them in every mode.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tripline::Registry;
use tripline::case::{Case, Mode, compare, run_case_sharded};

/// All modes of running a case: none may change what comes of it.
pub const MODES: [Mode; 3] = [Mode::Plain, Mode::Snapshot, Mode::Swap];

/// Over how many shards the keys of a case are spread.
pub const SHARDS: [usize; 2] = [1, 4];

/// The text of a file; one that ends in `.zst` is unpacked.
#[must_use]
pub fn read(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = if path.extension().is_some_and(|extension| extension == "zst") {
        zstd::decode_all(bytes.as_slice()).expect("a zstd file")
    } else {
        bytes
    };
    String::from_utf8(bytes).expect("UTF-8")
}

/// All files below `folder` whose name ends in `suffix`, by path.
#[must_use]
pub fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Which cases to run: `skip/,-generated` takes the ids that contain `skip/` and not `generated`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    with: Vec<String>,
    without: Vec<String>,
}

impl Filter {
    /// Reads a filter; an empty text takes everything.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.strip_prefix('-') {
                Some(part) => filter.without.push(part.to_owned()),
                None => filter.with.push(part.to_owned()),
            }
        }
        filter
    }

    /// Whether it takes everything.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it takes a case of this id.
    #[must_use]
    pub fn takes(&self, id: &str) -> bool {
        let contains = |part: &String| id.contains(part.as_str());
        (self.with.is_empty() || self.with.iter().any(contains))
            && !self.without.iter().any(contains)
    }
}

/// The cases of a file, one a line.
///
/// # Panics
/// A line is not a case.
#[must_use]
pub fn cases(path: &Path) -> Vec<Case> {
    read(path)
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let place = || format!("{}:{}", path.display(), at + 1);
            let case = Case::parse(line);
            let mut case = case.unwrap_or_else(|error| panic!("{}: {error}", place()));
            if let Some(name) = &case.events_file {
                let events = read(&path.with_file_name(name));
                case.set_events(&events).unwrap_or_else(|error| panic!("{}: {error}", place()));
            }
            case
        })
        .collect()
}

/// Runs every case in every mode, on all processors; gives a text for each that fails, in the order of the cases.
#[must_use]
pub fn failures(cases: &[Case], registry: &Registry) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let of_mode = |mode| {
                        SHARDS
                            .into_iter()
                            .filter_map(move |shards| failure(case, mode, shards, registry))
                    };
                    let failed: Vec<_> = MODES.into_iter().flat_map(of_mode).collect();
                    found.lock().expect("no thread panicked").extend(failed);
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no thread panicked");
    found.sort();
    found
}

fn failure(case: &Case, mode: Mode, shards: usize, registry: &Registry) -> Option<String> {
    // Patterns in several shards have tests of their own, and there are many cases.
    if shards > 1 && case.expect.results.is_none() {
        return None;
    }
    match run_case_sharded(case, mode, shards, registry) {
        Err(error) => Some(format!("{} ({mode:?}): {error}", case.id)),
        Ok(outcome) => {
            let differences = compare(&case.expect, &outcome);
            (!differences.is_empty()).then(|| format!("{} ({mode:?}): {differences:#?}", case.id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_takes_and_leaves_out() {
        let filter = Filter::parse("skip/, times,-generated");
        assert!(filter.takes("flink/skip/1"));
        assert!(!filter.takes("generated/skip/1"));
        assert!(!filter.takes("flink/greedy"));
        assert!(Filter::parse("").takes("anything"));
        assert!(Filter::parse("").is_open());
    }

    #[test]
    fn a_wrong_expectation_is_reported_in_every_mode() {
        let line = r#"{"id":"wrong","rule":{"name":"r","nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]},
            "events":[{"ts":1}],"expect":{"matches":[],"timeouts":[]}}"#;
        let case = Case::parse(line).unwrap();
        assert_eq!(failures(&[case], &Registry::with_builtins()).len(), MODES.len());
    }
}
