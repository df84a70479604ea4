//! Giving out values.

use tripline_event::{EventPosition, Key, Timestamp, Value};

use super::plan::AggregatePlan;
use crate::chain::MatchChains;
use crate::counters::RuleCounters;
use crate::output::{Output, OutputKind, OutputSink, Place};
use crate::rule_set::{BudgetLimit, Rule};
use crate::shard::SetChanges;

/// What a group needs to give out its values.
pub(crate) struct Emitter<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) plan: &'a AggregatePlan,
    pub(crate) chains: &'a MatchChains,
    pub(crate) out: &'a mut dyn OutputSink,
    pub(crate) counters: &'a mut RuleCounters,
    pub(crate) step: u64,
    pub(crate) place: Place,
    /// How late events may be, in ms.
    pub(super) lateness_ms: i64,
    /// The moment up to which events came; the one at hand happened before if it comes late.
    pub(super) now: Timestamp,
    /// The values at hand, in the order of the aggregates.
    pub(crate) values: &'a mut Vec<Value>,
    /// The key of the group at hand.
    pub(super) group: Key,
    pub(super) degraded: bool,
    /// How much less is held.
    pub(super) freed: usize,
    /// What is to become of sets, and by whom.
    pub(crate) changes: &'a mut SetChanges,
    /// Of what there was too much.
    pub(crate) exceeded: Option<BudgetLimit>,
}

/// One output.
pub(super) struct Row {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) rank: Option<u32>,
    pub(super) revision: u32,
    /// The time and the place of the event that brought it.
    pub(super) event: Option<(Timestamp, EventPosition)>,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(
        (rule, plan): (&'a Rule, &'a AggregatePlan),
        chains: &'a MatchChains,
        out: &'a mut dyn OutputSink,
        counters: &'a mut RuleCounters,
        (step, place): (u64, Place),
        (values, changes): (&'a mut Vec<Value>, &'a mut SetChanges),
    ) -> Self {
        Self {
            rule,
            plan,
            chains,
            out,
            counters,
            step,
            place,
            lateness_ms: 0,
            now: Timestamp::MIN,
            values,
            group: Key::GLOBAL,
            degraded: false,
            freed: 0,
            changes,
            exceeded: None,
        }
    }

    /// Whether the values at hand are given out.
    pub(super) fn has(&self, time: Timestamp) -> bool {
        self.plan.has(&self.group, self.values, time)
    }

    /// Gives out the values at hand.
    pub(super) fn give(&mut self, row: &Row) {
        if row.event.is_none() && row.end > self.rule.effective.drop_at() {
            // The rule is no longer in force.
            return;
        }
        self.counters.matches += 1;
        let kind = OutputKind::Aggregate {
            start: row.start,
            end: row.end,
            rank: row.rank,
            revision: row.revision,
            event: row.event,
        };
        let output = Output {
            rule: self.rule,
            key: &self.group,
            kind,
            waiting_for: &[],
            step: self.step,
            degraded: self.degraded,
            place: self.place,
            values: self.values,
            events: &[],
            chains: self.chains,
        };
        self.out.emit(&output);
        if self.rule.writer.is_some() {
            self.changes.note(&output);
        }
    }
}
