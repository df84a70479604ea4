//! What a run did.

use std::time::Duration;

use crate::faults::PluginFinding;
use tripline::{RuleCounters, RuleId, RuleVersion};

/// What a run did with one rule.
#[derive(Clone, Debug)]
pub struct RuleSummary {
    /// The rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    /// The nodes' names, in pattern order.
    pub nodes: Vec<String>,
    /// What happened, in all shards together.
    pub counters: RuleCounters,
    /// What went wrong in its condition plugins.
    pub faults: Vec<PluginFinding>,
}

/// What came of one source.
///
/// Every record that was read is processed, late or rejected, once the run has ended by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceSummary {
    /// Records read.
    pub read: u64,
    /// Lines rejected: no event could be read from them, or one from the far future.
    pub rejected: u64,
    /// Events that came too late.
    pub late: u64,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct RunSummary {
    /// Events processed.
    pub events: u64,
    /// Lines rejected: no event could be read from them, or one from the far future.
    pub rejected: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events processed before their turn, since too many waited.
    pub forced: u64,
    /// How often new rules came into force during the run.
    pub swaps: u64,
    /// Whether somebody ended the run before its sources did ([`Stopper`](crate::Stopper)).
    pub stopped: bool,
    /// From the first read to the last write.
    pub elapsed: Duration,
    /// By source, in the order in which they were given.
    pub sources: Vec<SourceSummary>,
    /// By rule, in the order of the set.
    pub rules: Vec<RuleSummary>,
}

impl RunSummary {
    /// Events a second.
    #[must_use]
    pub fn events_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
        let events = self.events as f64;
        events / self.elapsed.as_secs_f64().max(1e-9)
    }
}
