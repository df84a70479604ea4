//! The runs of one rule and key, and how they move (Flink's `NFA.doProcess` and `NFA.advanceTime`).

use tripline_condition::NodeIndex;
use tripline_event::{Event, Key, Timestamp};

use crate::chain::{EventSlot, Link, MatchChains, NO_LINK};
use crate::counters::{RuleCounters, RunEnd};
use crate::decide::{Decider, Edge};
use crate::heap::{self, Rank};
use crate::nfa::{AfterMatchSkip, StateId, StateKind};
use crate::output::{Output, OutputKind, OutputSink};
use crate::rule_set::{Rule, RuleSet};

/// A live attempt at a match (SASE's run, Flink's `ComputationState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) state: StateId,
    /// The last link of its chain, which it holds once.
    pub(crate) chain: Link,
    /// The arrival number of its first event; `u64::MAX` for the start state.
    pub(crate) start_order: u64,
    pub(crate) start_time: Timestamp,
    /// When the event it took last happened.
    pub(crate) previous_time: Timestamp,
}

impl Run {
    const fn start(state: StateId) -> Self {
        Self {
            state,
            chain: NO_LINK,
            start_order: u64::MAX,
            start_time: Timestamp::MIN,
            previous_time: Timestamp::MIN,
        }
    }

    pub(crate) const fn is_start(&self) -> bool {
        self.start_order == u64::MAX
    }
}

impl Rank for Run {
    fn rank(&self) -> u64 {
        self.start_order
    }
}

/// No run is ever due.
pub(crate) const NEVER: Timestamp = Timestamp::MAX;

/// All runs of one rule and key.
#[derive(Clone, Debug)]
pub(crate) struct KeyRuns {
    /// With a skip strategy the array of Flink's priority queue, start state included; without one in any order and
    /// without the start state.
    pub(crate) runs: Vec<Run>,
    /// Complete matches that a skip strategy withholds: a priority queue's array.
    pub(crate) completed: Vec<Run>,
    /// The earliest moment at which a run is too late; [`NEVER`] if none has a window.
    pub(crate) next_due: Timestamp,
    /// The time of this rule and key: windows close once a timestamp, before its first event. A run can come to be
    /// overdue between two events of one timestamp, and still take the second (Flink advances time once for both).
    pub(crate) now: Timestamp,
}

impl Default for KeyRuns {
    fn default() -> Self {
        Self { runs: Vec::new(), completed: Vec::new(), next_due: NEVER, now: Timestamp::MIN }
    }
}

impl KeyRuns {
    /// Whether nothing is left but the start state.
    pub(crate) fn is_idle(&self) -> bool {
        self.completed.is_empty()
            && match self.runs.as_slice() {
                [] => true,
                [run] => run.is_start(),
                _ => false,
            }
    }
}

/// Everything a step works with besides the runs themselves.
pub(crate) struct Step<'a> {
    pub(crate) set: &'a RuleSet,
    pub(crate) rule: &'a Rule,
    pub(crate) key: &'a Key,
    pub(crate) chains: &'a mut MatchChains,
    pub(crate) decider: &'a mut Decider,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) counters: &'a mut RuleCounters,
    pub(crate) out: &'a mut dyn OutputSink,
    pub(crate) number: u64,
}

/// Buffers that steps reuse.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    next: Vec<Run>,
    born: Vec<Run>,
    complete: Vec<Run>,
    timeouts: Vec<(Run, Timestamp)>,
    events: Vec<(NodeIndex, EventSlot)>,
    summed: Vec<tripline_event::Value>,
    /// The step in which a node last took an event, by node.
    met: Vec<u64>,
}

/// The event being processed, kept in the shard once a run takes it.
pub(crate) struct Current<'a> {
    pub(crate) event: &'a Event<'a>,
    pub(crate) order: u64,
    pub(crate) kept: Option<EventSlot>,
}

impl Step<'_> {
    fn skips(&self) -> bool {
        self.rule.nfa.skip != AfterMatchSkip::NoSkip
    }

    /// Moves all runs over one event; `starts` says whether it may start a match.
    ///
    /// [`Decider::begin_rule`] comes before.
    pub(crate) fn process(&mut self, runs: &mut KeyRuns, current: &mut Current<'_>, starts: bool) {
        if self.skips() {
            self.process_in_order(runs, current);
        } else {
            self.process_in_place(runs, current, starts);
        }
    }

    /// Whether the start state takes the event, without touching anything.
    pub(crate) fn can_start(&mut self, current: &Current<'_>) -> bool {
        let nfa = &self.rule.nfa;
        let decision = self.decider.decide(
            self.set,
            self.rule,
            self.chains,
            current.event,
            nfa.start,
            NO_LINK,
        );
        self.decider.edges.get(decision.edges).is_some_and(|edges| {
            edges.iter().any(|edge| edge.take.is_some() && edge.kind != StateKind::Stop)
        })
    }

    /// Without a skip strategy: every match goes out at once, and untouched runs stay where they are.
    fn process_in_place(&mut self, runs: &mut KeyRuns, current: &mut Current<'_>, starts: bool) {
        let mut kept = 0;
        let mut due = NEVER;
        let mut changed = false;
        for at in 0..runs.runs.len() {
            let Some(run) = runs.runs.get(at).copied() else {
                break;
            };
            if self.advance_run(run, current) {
                changed = true;
            } else {
                due = due.min(due_of(self.rule, &run));
                if changed {
                    runs.runs.swap(kept, at);
                }
                kept += 1;
            }
        }
        if changed {
            runs.runs.truncate(kept);
        }
        if starts {
            self.advance_run(Run::start(self.rule.nfa.start), current);
        }
        if changed || !self.scratch.born.is_empty() {
            for run in self.scratch.born.drain(..) {
                due = due.min(due_of(self.rule, &run));
                runs.runs.push(run);
            }
            runs.next_due = due;
        }
        for at in 0..self.scratch.complete.len() {
            let Some(run) = self.scratch.complete.get(at).copied() else {
                break;
            };
            self.emit_match(&run);
        }
        self.scratch.complete.clear();
        self.enforce_budget(runs);
    }

    /// With a skip strategy: the runs in Flink's order, into a new priority queue.
    fn process_in_order(&mut self, runs: &mut KeyRuns, current: &mut Current<'_>) {
        if runs.runs.is_empty() {
            runs.runs.push(Run::start(self.rule.nfa.start));
        }
        let mut next = std::mem::take(&mut self.scratch.next);
        let mut changed = false;
        for at in 0..runs.runs.len() {
            let Some(run) = runs.runs.get(at).copied() else {
                break;
            };
            let touched = self.advance_run(run, current);
            if touched && !changed {
                changed = true;
                // Untouched runs before this one: adding a heap's array in order gives the same array.
                next.extend(runs.runs.iter().take(at).copied());
            }
            if touched {
                for born in self.scratch.born.drain(..) {
                    heap::add(&mut next, born);
                }
                if run.is_start() {
                    heap::add(&mut next, run);
                }
            } else if changed {
                heap::add(&mut next, run);
            }
        }
        if changed {
            std::mem::swap(&mut runs.runs, &mut next);
        }
        next.clear();
        self.scratch.next = next;
        if changed {
            self.settle(runs);
            self.enforce_budget(runs);
            runs.next_due = self.earliest_due(runs);
        }
    }

    /// Moves one run over the event: what becomes of it lies in `born` and `complete`. False if it just stays.
    fn advance_run(&mut self, run: Run, current: &mut Current<'_>) -> bool {
        let decision = self.decider.decide(
            self.set,
            self.rule,
            self.chains,
            current.event,
            run.state,
            run.chain,
        );
        let start = run.is_start();
        if decision.untouched || (start && decision.edges.is_empty()) {
            return false;
        }
        let born_before = self.scratch.born.len();
        let complete_before = self.scratch.complete.len();
        let mut stopped = None;
        let mut touched = !start;
        for at in decision.edges {
            let Some(edge) = self.decider.edges.get(at).copied() else {
                break;
            };
            if edge.kind == StateKind::Stop {
                stopped = Some(edge.take);
                touched = true;
            } else if let Some(node) = edge.take {
                self.take(&run, node, edge, current);
                touched = true;
            } else if !start {
                self.chains.hold(run.chain);
                self.sort_in(Run { state: edge.target, ..run }, edge.kind);
            }
        }
        if let Some(node) = stopped {
            // The dead run's node is the negated one; a match that this very event completed stays.
            for dead in self.scratch.born.drain(born_before..) {
                self.chains.release(dead.chain);
            }
            if !start {
                self.counters.end(node.or(self.waiting_node(&run)), RunEnd::Not);
            }
        } else if !start
            && self.scratch.born.len() == born_before
            && self.scratch.complete.len() == complete_before
        {
            let end = if self.until_met(&run, current) { RunEnd::Until } else { RunEnd::Strict };
            self.counters.end(self.waiting_node(&run), end);
        }
        if !start {
            self.chains.release(run.chain);
        }
        touched
    }

    /// The run that takes the event, and those that it completes or leaves pending.
    fn take(&mut self, run: &Run, node: NodeIndex, edge: Edge, current: &mut Current<'_>) {
        let slot = match current.kept {
            Some(slot) => slot,
            None => {
                let slot = self.chains.keep(current.event, current.order, self.set.captures());
                *current.kept.insert(slot)
            }
        };
        self.scratch.summed.clear();
        if let Some(fields) = self.rule.sums.get(usize::from(node.0)) {
            let values = fields.iter().map(|&field| current.event.value(field).clone());
            self.scratch.summed.extend(values);
        }
        let chain = self.chains.append(run.chain, slot, node, &self.scratch.summed);
        let (start_order, start_time) = if run.is_start() {
            (current.order, current.event.time)
        } else {
            (run.start_order, run.start_time)
        };
        let taken = Run {
            state: edge.target,
            chain,
            start_order,
            start_time,
            previous_time: current.event.time,
        };
        self.count_taken(node);
        self.sort_in(taken, edge.kind);
        if edge.completes {
            self.chains.hold(chain);
            self.scratch.complete.push(taken);
        }
        if let Some(state) = edge.pends {
            self.chains.hold(chain);
            self.scratch.born.push(Run { state, ..taken });
        }
    }

    /// Counts the run that took the event, and the event if no other run has taken it here.
    fn count_taken(&mut self, node: NodeIndex) {
        let node = usize::from(node.0);
        if self.scratch.met.len() <= node {
            self.scratch.met.resize(node + 1, 0);
        }
        if let (Some(counters), Some(met)) =
            (self.counters.nodes.get_mut(node), self.scratch.met.get_mut(node))
        {
            counters.reached += 1;
            if *met != self.number {
                *met = self.number;
                counters.met += 1;
            }
        }
    }

    fn sort_in(&mut self, run: Run, kind: StateKind) {
        if kind == StateKind::Final {
            self.scratch.complete.push(run);
        } else {
            self.scratch.born.push(run);
        }
    }

    /// Moves time to `now`: closes windows (Flink's `NFA.advanceTime`).
    pub(crate) fn advance_to(&mut self, runs: &mut KeyRuns, now: Timestamp) {
        let skips = self.skips();
        let mut next = std::mem::take(&mut self.scratch.next);
        for run in runs.runs.drain(..) {
            match self.overdue(&run, now) {
                None if skips => heap::add(&mut next, run),
                None => next.push(run),
                Some(due) => match self.kind(&run) {
                    StateKind::Pending => self.scratch.complete.push(run),
                    _ => self.scratch.timeouts.push((run, due)),
                },
            }
        }
        std::mem::swap(&mut runs.runs, &mut next);
        self.scratch.next = next;
        self.settle(runs);
        let mut timeouts = std::mem::take(&mut self.scratch.timeouts);
        for (run, due) in timeouts.drain(..) {
            self.emit_timeout(&run, due);
        }
        self.scratch.timeouts = timeouts;
        runs.next_due = self.earliest_due(runs);
    }

    /// Gives out what is complete and no longer withheld, and drops what the skip strategy says
    /// (Flink's `NFA.processMatchesAccordingToSkipStrategy`).
    fn settle(&mut self, runs: &mut KeyRuns) {
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
                heap::remove_if(&mut runs.runs, |run| {
                    let prune = covers(run);
                    if prune {
                        self.counters.end(node_of(self.rule, run), RunEnd::Skipped);
                        self.chains.release(run.chain);
                    }
                    prune
                });
                heap::remove_if(&mut runs.completed, |run| {
                    let prune = covers(run);
                    if prune {
                        self.counters.pruned_matches += 1;
                        self.chains.release(run.chain);
                    }
                    prune
                });
            }
            self.emit_match(&run);
        }
        self.counters.withheld =
            (self.counters.withheld + runs.completed.len() as u64).saturating_sub(withheld_before);
    }

    /// Up to which start a found match drops others, and whether that start itself goes too.
    fn pruning_order(&self, run: &Run) -> Option<(u64, bool)> {
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

    fn emit_match(&mut self, run: &Run) {
        self.counters.matches += 1;
        let last = self.chains.walk(run.chain).next().map(|(_, node, _)| node);
        self.counters.end(last, RunEnd::Matched);
        self.emit(run, OutputKind::Match);
    }

    fn emit_timeout(&mut self, run: &Run, due: Timestamp) {
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
    fn emit(&mut self, run: &Run, kind: OutputKind) {
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
        self.out.emit(&Output {
            rule: self.rule,
            key: self.key,
            kind,
            waiting_for,
            step: self.number,
            events,
            chains: self.chains,
        });
        self.chains.release(run.chain);
    }

    fn kind(&self, run: &Run) -> StateKind {
        self.rule.nfa.states.get(run.state.index()).map_or(StateKind::Normal, |state| state.kind)
    }

    fn waiting_node(&self, run: &Run) -> Option<NodeIndex> {
        node_of(self.rule, run)
    }

    fn until_met(&mut self, run: &Run, current: &Current<'_>) -> bool {
        let state = self.rule.nfa.states.get(run.state.index());
        state.and_then(|state| state.until).is_some_and(|until| {
            self.decider.holds(self.set, self.rule, self.chains, current.event, run.chain, until)
        })
    }

    fn earliest_due(&self, runs: &KeyRuns) -> Timestamp {
        runs.runs.iter().map(|run| due_of(self.rule, run)).min().unwrap_or(NEVER)
    }

    /// When the run was too late, if that has come; the window since the previous event counts first, as in Flink.
    fn overdue(&self, run: &Run, now: Timestamp) -> Option<Timestamp> {
        if run.is_start() {
            return None;
        }
        let nfa = &self.rule.nfa;
        let since_previous = nfa.states.get(run.state.index()).map_or(0, |state| state.window_ms);
        if since_previous > 0 && now.since(run.previous_time) >= since_previous {
            return Some(run.previous_time.saturating_add(since_previous));
        }
        (nfa.window_ms > 0 && now.since(run.start_time) >= nfa.window_ms)
            .then(|| run.start_time.saturating_add(nfa.window_ms))
    }

    /// Lets the oldest runs give way where there are too many; with a skip strategy all of them, since dropping one
    /// would let out matches that it would have pruned.
    fn enforce_budget(&mut self, runs: &mut KeyRuns) {
        let budget = self.rule.budget;
        let over_all = self.counters.live_runs.saturating_add(runs.runs.len() as u64);
        if runs.runs.len() <= budget.max_runs_per_key && over_all <= budget.max_runs {
            return;
        }
        let drop = if self.skips() {
            runs.runs.len()
        } else {
            runs.runs.sort_unstable_by_key(|run| (run.start_order, run.chain, run.state));
            runs.runs.len() - (budget.max_runs_per_key / 2).min(runs.runs.len() / 2)
        };
        for run in runs.runs.drain(..drop).filter(|run| !run.is_start()) {
            self.counters.end(node_of(self.rule, &run), RunEnd::Budget);
            self.chains.release(run.chain);
        }
        if self.skips() {
            self.counters.withheld =
                self.counters.withheld.saturating_sub(runs.completed.len() as u64);
            self.drop_all(runs, RunEnd::Budget);
        }
        runs.next_due = self.earliest_due(runs);
    }

    /// Ends all runs and withheld matches without output.
    pub(crate) fn drop_all(&mut self, runs: &mut KeyRuns, end: RunEnd) {
        for run in runs.runs.drain(..).chain(runs.completed.drain(..)) {
            if !run.is_start() {
                self.counters.end(node_of(self.rule, &run), end);
                self.chains.release(run.chain);
            }
        }
        runs.next_due = NEVER;
    }
}

/// The node that a run waits at.
fn node_of(rule: &Rule, run: &Run) -> Option<NodeIndex> {
    rule.nfa.states.get(run.state.index()).and_then(|state| state.node)
}

/// When a run is too late; [`NEVER`] if it has no window.
///
/// # Ordering and time
/// An event exactly then is too late (L-WIN-1).
pub(crate) fn due_of(rule: &Rule, run: &Run) -> Timestamp {
    if run.is_start() {
        return NEVER;
    }
    let since_previous = rule.nfa.states.get(run.state.index()).map_or(0, |state| state.window_ms);
    let mut due = NEVER;
    if since_previous > 0 {
        due = run.previous_time.saturating_add(since_previous);
    }
    if rule.nfa.window_ms > 0 {
        due = due.min(run.start_time.saturating_add(rule.nfa.window_ms));
    }
    due
}
