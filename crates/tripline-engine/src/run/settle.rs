//! What is found: which matches go out, which wait, and what they drop
//! (Flink's `NFA.processMatchesAccordingToSkipStrategy` and `AfterMatchSkipStrategy`).

use tripline_condition::NodeIndex;
use tripline_event::Timestamp;

use super::{KeyRuns, Run, Step, node_of};
use crate::chain::EventSlot;
use crate::counters::RunEnd;
use crate::heap::{self, Rank};
use crate::nfa::AfterMatchSkip;
use crate::output::{Output, OutputKind};

impl Step<'_> {
    /// Gives out what is complete and no longer withheld, and drops what the skip strategy says
    /// (Flink's `NFA.processMatchesAccordingToSkipStrategy`).
    pub(super) fn settle(&mut self, runs: &mut KeyRuns) {
        let mut complete = std::mem::take(&mut self.scratch.complete);
        if !self.skips() {
            for run in complete.drain(..) {
                self.emit_match(&run);
            }
            self.scratch.complete = complete;
            return;
        }
        let withheld_before = runs.completed.len() as u64;
        let mut found = Vec::new();
        for run in complete.drain(..) {
            heap::add(&mut found, run);
        }
        self.scratch.complete = complete;
        for run in found {
            heap::add(&mut runs.completed, run);
        }
        while let Some(first) = runs.completed.first() {
            if runs.runs.first().is_some_and(|partial| first.rank() > partial.rank()) {
                break;
            }
            let Some(run) = heap::poll(&mut runs.completed) else {
                break;
            };
            if let Some((order, inclusive)) = self.pruning_order(&run) {
                let covers = |run: &Run| {
                    !run.is_start()
                        && (run.start_order < order || (inclusive && run.start_order == order))
                };
                if runs.runs.first().is_some_and(covers) {
                    heap::remove_if(&mut runs.runs, |run| {
                        let prune = covers(run);
                        if prune {
                            self.counters.end(node_of(self.rule, run), RunEnd::Skipped);
                            self.chains.release(run.chain);
                        }
                        prune
                    });
                }
                if runs.completed.first().is_some_and(covers) {
                    heap::remove_if(&mut runs.completed, |run| {
                        let prune = covers(run);
                        if prune {
                            self.counters.pruned_matches += 1;
                            self.chains.release(run.chain);
                        }
                        prune
                    });
                }
            }
            self.emit_match(&run);
        }
        self.counters.withheld =
            (self.counters.withheld + runs.completed.len() as u64).saturating_sub(withheld_before);
    }

    /// Up to which start a found match drops others, and whether that start itself goes too.
    pub(super) fn pruning_order(&self, run: &Run) -> Option<(u64, bool)> {
        let order = |slot: EventSlot| self.chains.event(slot).order;
        let of_node = |wanted: NodeIndex| {
            self.chains
                .walk(run.chain)
                .filter(move |&(_, node, _)| node == wanted)
                .map(|(_, _, slot)| order(slot))
        };
        match self.rule.nfa.skip {
            AfterMatchSkip::NoSkip => None,
            AfterMatchSkip::ToNext => Some((run.start_order, true)),
            AfterMatchSkip::PastLastEvent => {
                self.chains.walk(run.chain).next().map(|(_, _, slot)| (order(slot), true))
            }
            AfterMatchSkip::ToFirst(node) => of_node(node).last().map(|order| (order, false)),
            AfterMatchSkip::ToLast(node) => of_node(node).next().map(|order| (order, false)),
        }
    }

    pub(super) fn emit_match(&mut self, run: &Run) {
        self.counters.matches += 1;
        let last = self.chains.walk(run.chain).next().map(|(_, node, _)| node);
        self.counters.end(last, RunEnd::Matched);
        self.emit(run, OutputKind::Match);
    }

    pub(super) fn emit_timeout(&mut self, run: &Run, due: Timestamp) {
        self.counters.end(self.waiting_node(run), RunEnd::TimedOut);
        if self.rule.nfa.derived.get(run.state.index()).is_some_and(|derived| derived.satisfied) {
            // `finalAbsence`: its pending twin is the match that closes here.
            self.chains.release(run.chain);
            return;
        }
        self.counters.timeouts += 1;
        self.emit(run, OutputKind::Timeout { due });
    }

    /// Gives out what the run has matched and lets go of it.
    pub(super) fn emit(&mut self, run: &Run, kind: OutputKind) {
        let events = &mut self.scratch.events;
        events.clear();
        events.extend(self.chains.walk(run.chain).map(|(_, node, slot)| (node, slot)));
        events.reverse();
        // Nodes mostly come in pattern order; rounds of a group do not.
        if !events.is_sorted_by_key(|&(node, _)| node) {
            events.sort_by_key(|&(node, _)| node);
        }
        let waiting_for = match (kind, self.rule.nfa.derived.get(run.state.index())) {
            (OutputKind::Timeout { .. }, Some(derived)) => derived.waiting_for.as_slice(),
            _ => &[],
        };
        let output = Output {
            values: &[],
            rule: self.rule,
            key: self.key,
            kind,
            waiting_for,
            step: self.number,
            degraded: self.degraded,
            place: self.place,
            events,
            chains: self.chains,
        };
        self.out.emit(&output);
        if self.rule.writer.is_some() {
            self.changes.note(&output);
        }
        self.chains.release(run.chain);
    }
}
