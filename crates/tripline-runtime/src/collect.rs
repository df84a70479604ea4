//! The rim: what all shards found goes to the sink, what left the main way to the observer.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tripline::{Event, Snapshot};
use tripline_connectors::{Acknowledge, Committed, ConnectorError, Position, RejectedAt, Sink};

use crate::batch::Batch;
use crate::checkpoint::{Entry, Job, Journal, JournalFile};
use crate::clock::Stopwatch;
use crate::forward::Forward;
use crate::hub::Hub;
use crate::item::{Barrier, Item};
use crate::outputs::{Outputs, Written, write_merged};
use crate::pipeline::RunError;
use crate::summary::{RunSummary, SourceSummary};
use crate::throttle::Throttle;

/// Is told what leaves the main way, and how far the run is; by default it takes no notice.
pub trait Observer: Send {
    /// A line that no event could be read from.
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn rejected(
        &mut self,
        at: RejectedAt<'_>,
        reason: &dyn std::fmt::Display,
        text: &[u8],
    ) -> Result<(), ConnectorError> {
        let _ = (at, reason, text);
        Ok(())
    }

    /// An event that came after later ones had been processed.
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        let _ = event;
        Ok(())
    }

    /// An event that came before; told only where duplicates are told (`PipelineConfig::dedup`).
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn duplicate(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        let _ = event;
        Ok(())
    }

    /// Sends all that was kept, and says how far its files are, by name, for a checkpoint; of those that can be cut back.
    ///
    /// # Errors
    /// What was kept cannot be written; the run then ends.
    fn commit(&mut self) -> Result<Vec<(String, Committed)>, ConnectorError> {
        Ok(Vec::new())
    }

    /// A batch is done, and its outputs are handed on.
    ///
    /// # Errors
    /// What was kept cannot be written; the run then ends.
    fn batch_done(&mut self, events: u64) -> Result<(), ConnectorError> {
        let _ = events;
        Ok(())
    }
}

/// Takes items that all shards have done, one after the other.
pub(crate) struct Collector<'a> {
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) summary: &'a mut RunSummary,
    /// Which rules and keys have had their output for now.
    pub(crate) throttle: Throttle,
    /// If the run is to be kept.
    pub(crate) keeper: Option<Keeper>,
    pub(crate) hub: &'a Hub,
    pub(crate) forward: Forward,
    /// Without a checkpoint: how far sources are whose outputs have been handed on, and since when that was not told.
    pub(crate) untold: Vec<(u32, Position)>,
    pub(crate) told: Stopwatch,
}

/// How often sources are told how far they were processed, if there are no checkpoints.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Keeps the journal and hands on what becomes a checkpoint.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) journal: Arc<Journal>,
    pub(crate) file: JournalFile,
    pub(crate) jobs: Sender<Job>,
}

/// The name of the sink of a run among its outputs.
pub(crate) const OUT: &str = "out";

/// Tells who waits for it what of a batch is no event, and that the rest will not be lost.
fn tell_taken(waits: &dyn Acknowledge, batch: &Batch) {
    for bad in batch.records.bad() {
        waits.rejected(bad.number, &bad.reason);
    }
    for (record, reason) in batch.rejected() {
        waits.rejected(record.number, reason);
    }
    waits.taken(&batch.end);
}

impl Collector<'_> {
    /// Hands on what came of an item; `snapshots` are the states of the shards, if it is to become a checkpoint.
    pub(crate) fn item(
        &mut self,
        item: &Item,
        found: &[Outputs],
        snapshots: Vec<Snapshot>,
    ) -> Result<(), RunError> {
        let waits = item.arrived.as_ref().and_then(|batch| self.hub.waits(batch.source));
        if let Some(keeper) = &mut self.keeper {
            let found_any = found.iter().any(|outputs| !outputs.is_empty());
            let leaves = item.arrived.as_ref().is_some_and(|batch| batch.leaves_any());
            let leaves = leaves || (!self.forward.is_empty() && item.arrived.is_some());
            keeper.file.write(&keeper.journal, found_any || leaves || waits.is_some())?;
        }
        if let (Some(waits), Some(batch)) = (waits, &item.arrived) {
            // Before sinks take anything: who sends events need not wait for them.
            tell_taken(&*waits, batch);
        }
        self.count(item);
        let written = self.hand_on(item, found);
        self.count_outputs(found, written)?;
        if let Some(barrier) = &item.barrier {
            self.checkpoint(barrier, snapshots, item.last)?;
        }
        if self.keeper.is_none() {
            self.tell_sources(item)?;
        }
        Ok(())
    }

    /// Tells sources how far they were processed, now and then: for those that no checkpoint tells it.
    fn tell_sources(&mut self, item: &Item) -> Result<(), ConnectorError> {
        if let Some(batch) = &item.arrived
            && self.hub.acknowledges(batch.source)
        {
            match self.untold.iter_mut().find(|(source, _)| *source == batch.source) {
                Some((_, position)) => *position = batch.end,
                None => self.untold.push((batch.source, batch.end)),
            }
        }
        let due = !self.untold.is_empty() && self.told.elapsed() >= TELL_EVERY;
        // Behind the last item nobody would wait for what is still on its way.
        if due || item.last {
            self.commit()?;
            self.hub.acknowledge(self.untold.drain(..));
            self.told = Stopwatch::start();
        }
        Ok(())
    }

    /// How far all outputs are that can be cut back.
    pub(crate) fn commit(&mut self) -> Result<Vec<(String, Committed)>, ConnectorError> {
        let mut outputs = self.observer.commit()?;
        outputs.extend(self.sink.commit_named(OUT)?);
        Ok(outputs)
    }

    fn checkpoint(
        &mut self,
        barrier: &Arc<Barrier>,
        shards: Vec<Snapshot>,
        last: bool,
    ) -> Result<(), RunError> {
        let outputs = self.commit()?;
        if let Some(keeper) = &mut self.keeper {
            for (source, position, marks) in self.hub.unacknowledged(barrier.positions()) {
                let before = position.record;
                keeper.journal.add(&Entry::Unacknowledged { source, before, marks }, true);
                keeper.file.write(&keeper.journal, true)?;
            }
        }
        let (barrier, summary) = (Arc::clone(barrier), self.summary.clone());
        if let Some(keeper) = &self.keeper {
            // Who writes them is there as long as anybody sends them.
            let throttle = self.throttle.save();
            drop(keeper.jobs.send(Job { barrier, shards, outputs, throttle, summary, last }));
        }
        Ok(())
    }

    /// Counts what is known of an item whether or not its outputs can be handed on.
    fn count(&mut self, item: &Item) {
        let summary = &mut *self.summary;
        if let Some(batch) = &item.arrived {
            let (rejected, late) = (batch.rejected_len() as u64, batch.late.len() as u64);
            let duplicate = batch.duplicates.len() as u64;
            summary.rejected += rejected;
            summary.late += late;
            summary.duplicate += duplicate;
            summary.without_id += batch.without_id() as u64;
            let source = batch.source as usize;
            if summary.sources.len() <= source {
                summary.sources.resize(source + 1, SourceSummary::default());
            }
            if let Some(source) = summary.sources.get_mut(source) {
                source.read += batch.read_len();
                source.rejected += rejected;
                source.late += late;
                source.duplicate += duplicate;
            }
        }
        summary.events += item.processed();
        summary.forced += item.forced;
        summary.forgotten_ids += item.forgotten_ids;
        summary.held = item.held as u64;
        summary.swaps += u64::from(item.swap.is_some());
        summary.stopped |= item.stopped;
    }

    fn count_outputs(
        &mut self,
        found: &[Outputs],
        written: Result<Written, ConnectorError>,
    ) -> Result<(), ConnectorError> {
        let counts = &mut self.summary.outputs;
        let (found, filtered) = found.iter().fold((0, 0), |(found, filtered), outputs| {
            (found + outputs.found, filtered + outputs.filtered)
        });
        counts.found += found;
        counts.filtered += filtered;
        match &written {
            Ok(written) => {
                counts.delivered += written.delivered;
                counts.throttled += written.throttled;
            }
            // Some of them may have gone out; nobody knows.
            Err(_) => counts.failed += found - filtered,
        }
        written.map(drop)
    }

    /// Hands on what came of an item; how many outputs that were.
    fn hand_on(&mut self, item: &Item, found: &[Outputs]) -> Result<Written, ConnectorError> {
        let Self { sink, observer, summary, throttle, hub, forward, .. } = self;
        if let Some(batch) = &item.arrived {
            if batch.rejected_len() > 0 {
                let name = hub.source_name(batch.source);
                let at = |line, number| RejectedAt { source: &name, line, number };
                for bad in batch.records.bad() {
                    observer.rejected(at(bad.line, bad.number), &bad.reason, &bad.text)?;
                }
                for (record, reason) in batch.rejected() {
                    observer.rejected(at(record.line, record.number), reason, record.bytes)?;
                }
            }
            if !forward.is_empty() {
                let name = hub.source_name(batch.source);
                if let Some(sinks) = forward.sinks(&name) {
                    Forward::write(&name, sinks, batch, *sink)?;
                }
            }
            for &late in &batch.late {
                if let Some((event, _)) = batch.event(late) {
                    observer.late(&event)?;
                }
            }
            for &duplicate in &batch.duplicates {
                if let Some((event, _)) = batch.event(duplicate) {
                    observer.duplicate(&event)?;
                }
            }
        }
        let found_any = found.iter().any(|outputs| !outputs.is_empty());
        let written =
            if found_any { write_merged(found, throttle, *sink)? } else { Written::default() };
        if found_any || item.arrived.is_some() || item.last {
            sink.flush()?;
            observer.batch_done(summary.events)?;
        }
        Ok(written)
    }

    /// Hands on what was found between two items.
    pub(crate) fn extra(&mut self, found: &Outputs) -> Result<(), RunError> {
        if let Some(keeper) = &mut self.keeper {
            keeper.file.write(&keeper.journal, true)?;
        }
        let found = std::slice::from_ref(found);
        let written = write_merged(found, &mut self.throttle, self.sink);
        let written = written.and_then(|written| self.sink.flush().map(|()| written));
        Ok(self.count_outputs(found, written)?)
    }
}
