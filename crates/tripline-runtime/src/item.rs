//! What all shards do, one item after the other and all in the same order.

use std::sync::Arc;

use tripline::{Event, Timestamp, Watermark};
use tripline_connectors::Position;

use crate::batch::Batch;
use crate::checkpoint::SavedSource;
use crate::clock::Now;
use crate::order::SequencerState;
use crate::rules::RunningRules;

/// A step of the run: events in the order in which they are processed, or new rules.
///
/// Every shard gets every item, and does its own part. What is found depends on items alone, so whatever else is to happen
/// between two events, in all shards at once, is an item too.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) number: u64,
    /// New rules, in force from here on.
    pub(crate) swap: Option<Arc<RunningRules>>,
    /// The batch that came, of which rejected records and late events are told.
    pub(crate) arrived: Option<Arc<Batch>>,
    pub(crate) events: Events,
    /// The number of the first event, of all events of the run.
    pub(crate) first_event: u64,
    /// Nothing at or before this will come any more.
    pub(crate) passed: Option<Watermark>,
    /// How many events were let go before their turn, since too many waited.
    pub(crate) forced: u64,
    /// How many events wait for earlier ones behind this item.
    pub(crate) held: usize,
    /// The latest event time that has come.
    pub(crate) latest: Option<Timestamp>,
    /// Whether the shards are asked what they have done so far.
    pub(crate) probe: bool,
    /// How many ids of events had to be forgotten that might have come again.
    pub(crate) forgotten_ids: u64,
    /// What the sequence is made of behind this item, if a checkpoint is to be made here.
    pub(crate) barrier: Option<Arc<Barrier>>,
    /// Whether it was in a journal: what it does was told before.
    pub(crate) replayed: bool,
    /// Whether it is the last one.
    pub(crate) last: bool,
    /// Whether it is the last one since somebody wants the run to end: time does not move in it, and it has no events.
    pub(crate) stopped: bool,
}

/// What a checkpoint holds of the sequence.
#[derive(Debug)]
pub(crate) struct Barrier {
    /// The number of the checkpoint.
    pub(crate) number: u64,
    /// Whether nothing can come after it.
    pub(crate) finished: bool,
    pub(crate) clock: Now,
    pub(crate) rules: Arc<RunningRules>,
    pub(crate) sequencer: SequencerState,
    /// The sources, and where each is.
    pub(crate) sources: Vec<SavedSource>,
}

impl Barrier {
    /// Where each source is, by number.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (u32, Position)> {
        (0..).zip(self.sources.iter().map(|source| source.position))
    }
}

/// The events of an item, late ones and duplicates among them, which go to no shard.
#[derive(Debug, Default)]
pub(crate) enum Events {
    #[default]
    None,
    /// Those of the batch that came, as they came.
    Arrived,
    /// Some of several batches.
    Picked(Picked),
}

#[derive(Debug, Default)]
pub(crate) struct Picked {
    pub(crate) batches: Vec<Arc<Batch>>,
    pub(crate) picks: Vec<Pick>,
}

/// An event of one of several batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) batch: u32,
    pub(crate) event: u32,
    /// As the rules have it that are in force now.
    pub(crate) shards: u64,
}

impl Item {
    /// Calls `each` with the events that go to a shard: the number of each, and whether the shard counts it.
    pub(crate) fn for_shard(&self, shard: usize, mut each: impl FnMut(&Event<'_>, u64, bool)) {
        let mut give = |number: u64, event: Event<'_>, shards: u64| {
            if shards >> shard & 1 == 1 {
                each(&event, self.first_event + number, shards.trailing_zeros() as usize == shard);
            }
        };
        match (&self.events, &self.arrived) {
            (Events::Arrived, Some(batch)) => {
                for (number, arrived) in (0..).zip(&batch.events) {
                    if arrived.shards >> shard & 1 == 1
                        && let Some((event, shards)) = batch.event(number)
                    {
                        give(u64::from(number), event, shards);
                    }
                }
            }
            (Events::Picked(picked), _) => {
                for (number, pick) in (0..).zip(&picked.picks) {
                    let batch = picked.batches.get(pick.batch as usize);
                    if let Some((event, _)) = batch.and_then(|batch| batch.event(pick.event)) {
                        give(number, event, pick.shards);
                    }
                }
            }
            _ => {}
        }
    }

    /// How many events are processed in it.
    pub(crate) fn processed(&self) -> u64 {
        (match (&self.events, &self.arrived) {
            (Events::Arrived, Some(batch)) => batch.processed_len(),
            (Events::Picked(picked), _) => picked.picks.len(),
            _ => 0,
        }) as u64
    }

    /// The earliest time that an event may have that is still to come.
    pub(crate) fn horizon(&self) -> Option<Timestamp> {
        self.passed.map(|passed| passed.0.saturating_add(1))
    }

    /// The batches that nobody else has any more.
    pub(crate) fn into_batches(self) -> impl Iterator<Item = Batch> {
        let picked = match self.events {
            Events::Picked(picked) => picked.batches,
            _ => Vec::new(),
        };
        self.arrived.into_iter().chain(picked).filter_map(Arc::into_inner)
    }
}
