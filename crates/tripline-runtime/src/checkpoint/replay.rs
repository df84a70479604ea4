//! The inputs of a journal once more.

use std::collections::VecDeque;
use std::sync::Arc;

use tripline_connectors::RecordReader;

use super::CheckpointError;
use super::journal::{Entry, JournalReader};
use crate::batch::Batch;
use crate::config::Source;
use crate::hub::Hub;
use crate::order::{Input, OpenedSource};
use crate::origin::Origin;
use crate::pipeline::RunError;
use crate::rules::RunningRules;
use crate::watermark::Silence;

/// A journal to be replayed, with the rules that come into force in it.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(super) reader: JournalReader,
    pub(super) sets: VecDeque<Arc<RunningRules>>,
    /// How many sources there are at its beginning.
    pub(super) opened: usize,
}

/// Gives the inputs of a journal to the run; whether it is to go on after them.
pub(crate) fn replay(
    mut replay: Replay,
    sources: &mut [Source],
    hub: &Hub,
) -> Result<bool, RunError> {
    let mut opened = replay.opened;
    while let Some(entry) = replay.reader.next()? {
        let input = match entry {
            Entry::Batch { source, records, arrived, end, content } => {
                let Some(mut batch) = hub.batch_for_replay() else { return Ok(false) };
                let Some(reads) = sources.get_mut(source as usize) else { continue };
                (batch.source, batch.arrived, batch.end) = (source, arrived, end);
                batch.origin = Origin::of(&reads.name);
                batch.max_future_skew_ms = reads.max_future_skew_ms;
                match content {
                    Some(content) => {
                        batch.records.clear();
                        content.fill(&mut batch.records);
                    }
                    None => {
                        read_again(reads.reader.as_mut(), &mut batch, records as usize)
                            .map_err(|error| error.of(&reads.name))?;
                    }
                }
                hub.push_replayed(batch);
                continue;
            }
            // Sources were opened with them.
            Entry::Unacknowledged { .. } => continue,
            Entry::Rules(_) => match replay.sets.pop_front() {
                Some(rules) => Input::Swap(rules),
                None => continue,
            },
            Entry::Ended(source, now) => Input::Ended(source, now),
            Entry::Tick(now) => Input::Tick(now),
            Entry::AtEnd(source, at_end, now) => Input::AtEnd(source, at_end, now),
            Entry::Resumed(now) => Input::Resumed { now, live: false },
            Entry::Opened { name, position, now } => {
                let Some(source) = sources.get(opened) else { continue };
                opened += 1;
                let (silence, kept) = (Silence::from(source), source.kept);
                Input::Opened(Box::new(OpenedSource { name, position, silence, kept, now }))
            }
        };
        hub.replay_input(input);
    }
    Ok(true)
}

/// Why a source cannot be read again as it was.
enum Unlike {
    Shorter {
        missing: usize,
    },
    /// As many records as before reach to another place.
    Elsewhere {
        before: u64,
        now: u64,
    },
    Source(tripline_connectors::ConnectorError),
}

impl Unlike {
    fn of(self, name: &str) -> CheckpointError {
        match self {
            Self::Shorter { missing } => CheckpointError::SourceChanged {
                name: name.to_owned(),
                reason: format!("{missing} of its records are gone"),
            },
            Self::Elsewhere { before, now } => CheckpointError::SourceChanged {
                name: name.to_owned(),
                reason: format!(
                    "the records that were read before record {before} now reach to record {now}, so some of them are gone"
                ),
            },
            Self::Source(error) => CheckpointError::Source(error),
        }
    }
}

/// Reads exactly so many records, which end where they ended before.
fn read_again(
    reader: &mut dyn RecordReader,
    batch: &mut Batch,
    records: usize,
) -> Result<(), Unlike> {
    batch.records.clear();
    while batch.records.count() < records {
        let before = batch.records.count();
        let more = reader.append(&mut batch.records, records).map_err(Unlike::Source)?;
        let nothing = batch.records.count() == before && reader.is_at_end();
        if !more || nothing {
            return Err(Unlike::Shorter { missing: records - batch.records.count() });
        }
    }
    let (before, now) = (batch.end.record, reader.position().record);
    if before != now {
        return Err(Unlike::Elsewhere { before, now });
    }
    batch.end = reader.position();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tripline_connectors::{ConnectorError, Position, RecordBatch};

    /// Has records with these numbers, and says that there is nothing more.
    #[derive(Debug)]
    struct Log(Vec<u64>, u64);

    impl RecordReader for Log {
        fn append(&mut self, batch: &mut RecordBatch, _: usize) -> Result<bool, ConnectorError> {
            if !self.0.is_empty() {
                let number = self.0.remove(0);
                batch.push_record(number, 0, b"{}");
                self.1 = number + 1;
            }
            Ok(true)
        }

        fn position(&self) -> Position {
            Position { record: self.1, ..Position::default() }
        }

        fn is_at_end(&self) -> bool {
            self.0.is_empty()
        }
    }

    #[test]
    fn what_is_not_there_again_is_told() {
        let again = |numbers: &[u64]| {
            let mut batch = Batch::default();
            batch.end.record = 3;
            let mut log = Log(numbers.to_vec(), 0);
            let read = read_again(&mut log, &mut batch, 3);
            read.map_err(|error| error.of("x").to_string())
        };
        assert_eq!(again(&[0, 1, 2, 3]), Ok(()));
        let said = again(&[0, 1]).unwrap_err();
        assert!(said.contains("1 of its records are gone"), "{said}");
        let said = again(&[0, 2, 3]).unwrap_err();
        assert!(said.contains("before record 3 now reach to record 4"), "{said}");
    }
}
