//! What a run did.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::RuleFinding;
use tripline::{RuleCounters, RuleId, RuleVersion};

/// What a run did with one rule.
#[derive(Clone, Debug)]
pub struct RuleSummary {
    /// The rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    /// Whether it counts in windows, and finds no matches.
    pub aggregate: bool,
    /// The nodes' names, in pattern order.
    pub nodes: Vec<String>,
    /// What happened, in all shards together.
    pub counters: RuleCounters,
    /// What went wrong in its condition plugins, and what it took beyond its budget.
    pub faults: Vec<RuleFinding>,
    /// Whether it was suspended, as it exceeded its budget.
    pub suspended: bool,
}

/// What came of one source.
///
/// Every record that was read is processed, late, a duplicate or rejected, once the run has ended by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSummary {
    /// Records read.
    pub read: u64,
    /// Lines rejected: no event could be read from them, or one from the far future.
    pub rejected: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events that came before.
    pub duplicate: u64,
}

/// What a run did.
///
/// A checkpoint keeps it, but for what is of one process, and for the rules, whose counters are with their runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunSummary {
    /// Events processed.
    pub events: u64,
    /// Lines rejected: no event could be read from them, or one from the far future.
    pub rejected: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events that came before.
    pub duplicate: u64,
    /// Events without the field by which duplicates are told; they are processed, or late.
    pub without_id: u64,
    /// Events that had to be forgotten, since too many came within the time in which duplicates are told.
    pub forgotten_ids: u64,
    /// Events processed before their turn, since too many waited.
    pub forced: u64,
    /// How often new rules came into force during the run.
    pub swaps: u64,
    /// Events that wait for earlier ones.
    pub held: u64,
    /// Records that were read, and whose batch is still on its way through the engine.
    #[serde(skip)]
    pub under_way: u64,
    /// What became of the outputs of rules.
    pub outputs: OutputCounts,
    /// Whether somebody ended the run before its sources did ([`Stopper`](crate::Stopper)).
    #[serde(skip)]
    pub stopped: bool,
    /// From the first read to the last write.
    #[serde(skip)]
    pub elapsed: Duration,
    /// By source, in the order in which they were given.
    pub sources: Vec<SourceSummary>,
    /// By rule, in the order of the set.
    #[serde(skip)]
    pub rules: Vec<RuleSummary>,
}

/// What became of the records that were read: `read` is the sum of all others, at any moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordCounts {
    /// Records read.
    pub read: u64,
    /// Events processed.
    pub processed: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events that came before.
    pub duplicate: u64,
    /// Lines rejected.
    pub rejected: u64,
    /// Records under way: they wait for earlier ones, or for a thread.
    pub in_flight: u64,
}

/// What became of the outputs that rules gave out: `found` is the sum of all others, at any moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputCounts {
    /// Matches and timeouts given out.
    pub found: u64,
    /// Handed over to the sink, which took them.
    pub delivered: u64,
    /// Held back, since the action of their rule gives out at most one of a rule and key in a period.
    pub throttled: u64,
    /// Left out by the format, such as kinds that nobody wants.
    pub filtered: u64,
    /// Not taken by the sink.
    pub failed: u64,
    /// On their way to the sink.
    pub in_flight: u64,
}

impl RecordCounts {
    /// How many records are missing, or there are too many of; anything but 0 is a fault of the program.
    #[must_use]
    pub const fn unaccounted(&self) -> i64 {
        let Self { read, processed, late, duplicate, rejected, in_flight } = *self;
        let known = processed + late + duplicate + rejected + in_flight;
        read.cast_signed() - known.cast_signed()
    }
}

impl OutputCounts {
    /// How many outputs are missing, or there are too many of; anything but 0 is a fault of the program.
    #[must_use]
    pub const fn unaccounted(&self) -> i64 {
        let Self { found, delivered, throttled, filtered, failed, in_flight } = *self;
        found.cast_signed() - (delivered + throttled + filtered + failed + in_flight).cast_signed()
    }
}

impl RunSummary {
    /// What became of the records that were read.
    #[must_use]
    pub fn records(&self) -> RecordCounts {
        // Those of batches under way are not counted as read anywhere else.
        let collected: u64 = self.sources.iter().map(|source| source.read).sum();
        RecordCounts {
            read: collected + self.under_way,
            processed: self.events,
            late: self.late,
            duplicate: self.duplicate,
            rejected: self.rejected,
            in_flight: self.held + self.under_way,
        }
    }

    /// Events a second.
    #[must_use]
    pub fn events_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
        let events = self.events as f64;
        events / self.elapsed.as_secs_f64().max(1e-9)
    }
}
