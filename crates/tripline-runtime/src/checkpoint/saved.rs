//! What a run left in its folder.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tripline::{RestoreReport, RuleEffect};
use tripline_connectors::Mark;

use super::data::{Checkpoint, SavedSource};
use super::journal::{Entry, JournalReader};
use super::replay::Replay;
use super::rules::{SavedAlias, SavedRows, SavedRule, take_steps};
use super::{CheckpointError, RuleStep};
use crate::clock::Now;
use crate::rules::{Rulebook, RunningRules};

/// What a run left in its folder: where another one goes on.
#[derive(Debug)]
pub struct SavedRun {
    folder: PathBuf,
    pub(crate) checkpoint: Checkpoint,
    /// The journals from the checkpoint on.
    segments: Vec<u64>,
    pub(crate) next_number: u64,
    pub(crate) notes: Vec<String>,
}

/// What a journal says, before it is replayed.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) replay: Replay,
    /// The segment to go on with, and its length.
    pub(crate) end: (u64, Option<u64>),
    pub(crate) sources: Vec<SavedSource>,
    /// What was read of each and may come again.
    pub(crate) marks: Vec<Vec<Mark>>,
    /// The last moment that it knows.
    pub(crate) clock: Now,
}

/// What was read of a source and may come again, as far as the journal has been read.
#[derive(Clone, Debug, Default)]
struct Again {
    marks: Vec<Mark>,
    /// Before this record nothing without an id comes again.
    settled: u64,
}

impl Again {
    /// A batch was read.
    fn read(&mut self, marks: Vec<Mark>, settled: u64) {
        if settled > self.settled {
            self.settled = settled;
            self.forget();
        }
        self.marks.extend(marks);
    }

    /// Of what came before a record, these may come again.
    fn listed(&mut self, before: u64, mut marks: Vec<Mark>) {
        marks.extend(self.marks.iter().filter(|mark| mark.number >= before));
        self.marks = marks;
        self.forget();
    }

    fn forget(&mut self) {
        self.marks.retain(|mark| mark.has_id || mark.number >= self.settled);
    }
}

impl SavedRun {
    pub(super) fn new(
        folder: &Path,
        checkpoint: Checkpoint,
        segments: Vec<u64>,
        next_number: u64,
        notes: Vec<String>,
    ) -> Self {
        Self { folder: folder.to_owned(), checkpoint, segments, next_number, notes }
    }

    /// Whether the run came to the end of its sources, so that there is nothing to go on with.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.checkpoint.finished
    }

    /// The number of the checkpoint.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.checkpoint.number
    }

    /// When the checkpoint was made, in ms since 1970.
    #[must_use]
    pub const fn made_at_ms(&self) -> i64 {
        self.checkpoint.made_at_ms
    }

    /// The length that an output has to be cut back to, in bytes; `None` of one that cannot be.
    #[must_use]
    pub fn output_length(&self, name: &str) -> Option<u64> {
        let mut outputs = self.checkpoint.outputs.iter();
        outputs.find(|(other, _)| other == name).map(|(_, length)| *length)
    }

    /// The lengths that outputs have to be cut back to, in bytes, by name; without those that cannot be.
    #[must_use]
    pub fn output_lengths(&self) -> &[(String, u64)] {
        &self.checkpoint.outputs
    }

    /// What is to be told of how it was found.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Puts the rules of the checkpoint into a book without rules; what is not valid any more is noted.
    pub(crate) fn restore_rules(&mut self, book: &mut Rulebook) {
        // It was looked at when it was loaded.
        let saved = self.checkpoint.rules().unwrap_or_default();
        let suspensions = saved.rules.iter().filter_map(SavedRule::suspension).collect();
        let origins = saved.rules.into_iter().map(SavedRule::origin).collect();
        for outcome in book.restore(origins) {
            if outcome.effect == RuleEffect::Rejected {
                let first = outcome.diagnostics.iter().next();
                let why = first.map_or_else(String::new, |found| format!(": {}", found.message));
                self.notes.push(format!(
                    "rule {} version {} of the checkpoint is not valid here{why}",
                    outcome.id, outcome.version.0
                ));
            }
        }
        book.set_aliases(saved.aliases.into_iter().map(SavedAlias::alias));
        book.apply(saved.rows.into_iter().map(SavedRows::edit).collect());
        take_steps(book, suspensions);
    }

    /// Reads the journal once: makes the rules that it says came into force, and finds how far sources are.
    pub(crate) fn scan(&mut self, book: &mut Rulebook) -> Result<Scanned, CheckpointError> {
        let mut reader = JournalReader::new(&self.folder, self.segments.clone());
        let mut sets: VecDeque<Arc<RunningRules>> = VecDeque::new();
        let mut sources = self.checkpoint.sources.clone();
        let mut again = vec![Again::default(); sources.len()];
        let mut clock = self.checkpoint.clock;
        while let Some(entry) = reader.next()? {
            match entry {
                Entry::Batch { source, arrived, end, content, .. } => {
                    clock = arrived;
                    // What is not in the journal is read again.
                    let Some(content) = content else { continue };
                    if let Some(source) = sources.get_mut(source as usize) {
                        source.position = end;
                    }
                    if let Some(again) = again.get_mut(source as usize) {
                        again.read(content.marks, content.settled);
                    }
                }
                Entry::Unacknowledged { source, before, marks } => {
                    if let Some(again) = again.get_mut(source as usize) {
                        again.listed(before, marks);
                    }
                }
                Entry::Rules(steps) => {
                    // The checksum was right, so it is what was written.
                    let steps: Vec<RuleStep> = serde_json::from_str(&steps).unwrap_or_default();
                    take_steps(book, steps);
                    sets.push_back(Arc::clone(book.running()));
                }
                Entry::Ended(_, now)
                | Entry::Tick(now)
                | Entry::Resumed(now)
                | Entry::AtEnd(_, _, now) => clock = now,
                Entry::Opened { name, position, now } => {
                    clock = now;
                    sources.push(SavedSource { name, identity: None, position });
                    again.push(Again::default());
                }
            }
        }
        let end = match reader.end {
            None => (self.checkpoint.number, None),
            Some((segment, length, torn)) => {
                if torn > 0 {
                    self.notes.push(format!(
                        "the last {torn} bytes of the journal were not completely written: what they held is decided anew"
                    ));
                }
                (segment, Some(length))
            }
        };
        let reader = JournalReader::new(&self.folder, self.segments.clone());
        let replay = Replay { reader, sets, opened: self.checkpoint.sources.len() };
        let marks = again.into_iter().map(|again| again.marks).collect();
        Ok(Scanned { replay, end, sources, marks, clock })
    }

    /// Notes what of the state did not come back.
    pub(crate) fn note_dropped(&mut self, report: &RestoreReport) {
        for (id, version, runs) in &report.dropped {
            if *runs > 0 {
                let version = version.0;
                self.notes.push(format!(
                    "{runs} open attempts of rule {id} version {version} were dropped"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(numbers: std::ops::Range<u64>) -> Vec<Mark> {
        // Every fifth has an id.
        let mark = |number: u64| Mark { number, hash: 7, has_id: number.is_multiple_of(5) };
        numbers.map(mark).collect()
    }

    fn numbers(again: &Again) -> Vec<u64> {
        again.marks.iter().map(|mark| mark.number).collect()
    }

    #[test]
    fn what_was_acknowledged_for_sure_does_not_come_again() {
        let mut again = Again::default();
        again.listed(4, marks(0..4));
        again.read(marks(4..8), 0);
        assert_eq!(numbers(&again), [0, 1, 2, 3, 4, 5, 6, 7]);
        again.read(marks(8..9), 4);
        assert_eq!(numbers(&again), [0, 4, 5, 6, 7, 8]);
        // Listed before that was known, and written behind it.
        again.listed(7, marks(2..7));
        assert_eq!(numbers(&again), [4, 5, 6, 7, 8]);
        again.read(Vec::new(), 9);
        assert_eq!(numbers(&again), [5]);
    }
}
