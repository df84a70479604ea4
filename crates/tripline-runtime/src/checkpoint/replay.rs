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
use crate::pipeline::RunError;
use crate::rules::RunningRules;

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
            Entry::Batch { source, records, arrived, content } => {
                let Some(mut batch) = hub.batch_for_replay() else { return Ok(false) };
                let Some(reads) = sources.get_mut(source as usize) else { continue };
                (batch.source, batch.arrived) = (source, arrived);
                batch.max_future_skew_ms = reads.max_future_skew_ms;
                match content {
                    Some(content) => {
                        batch.records.clear();
                        batch.end = content.end;
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
            Entry::Rules(_) => match replay.sets.pop_front() {
                Some(rules) => Input::Swap(rules),
                None => continue,
            },
            Entry::Ended(source, now) => Input::Ended(source, now),
            Entry::Tick(now) => Input::Tick(now),
            Entry::Resumed(now) => Input::Resumed { now, live: false },
            Entry::Opened { name, position, now } => {
                let Some(source) = sources.get(opened) else { continue };
                opened += 1;
                let (idle, kept) = (source.idle, source.kept);
                Input::Opened(Box::new(OpenedSource { name, position, idle, kept, now }))
            }
        };
        hub.replay_input(input);
    }
    Ok(true)
}

/// Why a source cannot be read again as it was.
enum Unlike {
    Shorter { missing: usize },
    Source(tripline_connectors::ConnectorError),
}

impl Unlike {
    fn of(self, name: &str) -> CheckpointError {
        match self {
            Self::Shorter { missing } => CheckpointError::SourceChanged {
                name: name.to_owned(),
                reason: format!("{missing} of its records are gone"),
            },
            Self::Source(error) => CheckpointError::Source(error),
        }
    }
}

/// Reads exactly so many records.
fn read_again(
    reader: &mut dyn RecordReader,
    batch: &mut Batch,
    records: usize,
) -> Result<(), Unlike> {
    batch.records.clear();
    while batch.records.count() < records {
        if !reader.append(&mut batch.records, records).map_err(Unlike::Source)? {
            return Err(Unlike::Shorter { missing: records - batch.records.count() });
        }
    }
    batch.end = reader.position();
    Ok(())
}
