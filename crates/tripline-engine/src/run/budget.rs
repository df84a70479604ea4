//! Limits: what gives way where there is too much.

use tripline_event::KeyGroup;

use super::{KeyRuns, NEVER, Step, earliest_due, node_of};
use crate::counters::RunEnd;
use crate::rule_set::BudgetLimit;

impl Step<'_> {
    /// Lets the oldest runs give way where there are too many or hold too much; with a skip strategy all of them, since
    /// dropping one would let out matches that it would have pruned.
    pub(super) fn enforce_budget(&mut self, runs: &mut KeyRuns) {
        let Some(limit) = self.over(runs).or_else(|| self.exceeded.take()) else { return };
        if self.skips() {
            self.drop_all(runs, RunEnd::Budget);
            let window_ms = self.rule.nfa.window_ms;
            // What was dropped might have pruned what begins while it lived.
            runs.degraded_until =
                if window_ms > 0 { self.place.time.saturating_add(window_ms) } else { NEVER };
        } else {
            self.shed(runs, &limit);
        }
        runs.degraded = true;
        runs.next_due = earliest_due(self.rule, runs);
        self.exceeded = Some(limit);
    }

    /// Of what there is too much.
    fn over(&self, runs: &KeyRuns) -> Option<BudgetLimit> {
        let budget = &self.rule.budget;
        // What the step itself changed is not yet in the counters; the next one sees it.
        let open = self.counters.live_runs + self.counters.withheld;
        if runs.runs.len() + runs.completed.len() > budget.max_runs_per_key {
            Some(BudgetLimit::RunsOfKey(budget.max_runs_per_key))
        } else if self.links(runs) > budget.max_events_per_key {
            Some(BudgetLimit::EventsOfKey(budget.max_events_per_key))
        } else if open > self.part(budget.max_runs) {
            Some(BudgetLimit::Runs(budget.max_runs))
        } else if self.counters.held_events > self.part(budget.max_events) {
            Some(BudgetLimit::Events(budget.max_events))
        } else {
            None
        }
    }

    /// The part of a limit that this shard has.
    fn part(&self, limit: u64) -> u64 {
        limit.saturating_mul(u64::from(self.groups)) / u64::from(KeyGroup::COUNT)
    }

    /// How many links the chains of these runs have now.
    fn links(&self, runs: &KeyRuns) -> usize {
        (runs.links + self.chains.links_held()).saturating_sub(self.links_before)
    }

    /// Lets the oldest runs go: at least down to half of what the key may have, so that a full key does not pay for it at
    /// every event, and where there is too much of all keys at least half.
    fn shed(&mut self, runs: &mut KeyRuns, limit: &BudgetLimit) {
        let budget = &self.rule.budget;
        let (most_runs, most_links) = match limit {
            BudgetLimit::EventsOfKey(most) => (budget.max_runs_per_key, most / 2),
            BudgetLimit::RunsOfKey(most) => (most / 2, usize::MAX),
            _ => (runs.runs.len() / 2, usize::MAX),
        };
        // Stable: of one start event the order in the array decides, which a snapshot keeps.
        runs.runs.sort_by_key(|run| run.start_order);
        let mut dropped = 0;
        while let Some(run) = runs.runs.get(dropped)
            && (runs.runs.len() - dropped > most_runs || self.links(runs) > most_links)
        {
            self.counters.end(node_of(self.rule, run), RunEnd::Budget);
            self.chains.release(run.chain);
            dropped += 1;
        }
        runs.runs.drain(..dropped);
    }

    /// Whether a step has made so many runs of what was within the budget that it must not go on so.
    pub(super) fn is_far_beyond(&self, runs: usize) -> bool {
        runs / 4 > self.rule.budget.max_runs_per_key
    }

    /// Without a skip strategy: keeps one event from making runs without end out of runs that are within the budget.
    #[inline]
    pub(super) fn bound_born(&mut self) {
        if self.is_far_beyond(self.scratch.born.len()) {
            self.shed_born();
        }
    }

    #[cold]
    fn shed_born(&mut self) {
        let most = self.rule.budget.max_runs_per_key;
        let mut born = std::mem::take(&mut self.scratch.born);
        born.sort_by_key(|run| run.start_order);
        let excess = born.len().saturating_sub(most);
        for run in born.drain(..excess) {
            self.counters.end(node_of(self.rule, &run), RunEnd::Budget);
            self.chains.release(run.chain);
        }
        self.scratch.born = born;
        self.exceeded = Some(BudgetLimit::RunsOfKey(most));
    }

    /// With a skip strategy: what a step completed that is not going to end goes with all runs.
    pub(super) fn drop_complete(&mut self) {
        let mut complete = std::mem::take(&mut self.scratch.complete);
        for run in complete.drain(..) {
            self.counters.end(node_of(self.rule, &run), RunEnd::Budget);
            self.chains.release(run.chain);
        }
        self.scratch.complete = complete;
        self.exceeded = Some(BudgetLimit::RunsOfKey(self.rule.budget.max_runs_per_key));
    }
}
