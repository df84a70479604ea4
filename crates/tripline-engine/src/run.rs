//! The runs of one rule and key, and how they move (Flink's `NFA.doProcess` and `NFA.advanceTime`).

mod budget;
mod settle;
mod time;

use tripline_condition::NodeIndex;
use tripline_event::{Event, Key, Timestamp};

use crate::chain::{EventSlot, Link, MatchChains, NO_LINK};
use crate::counters::{RuleCounters, RunEnd};
use crate::decide::{Decider, Edge};
use crate::heap::{self, Rank};
use crate::nfa::{AfterMatchSkip, StateId, StateKind};
use crate::output::{OutputSink, Place};
use crate::rule_set::{BudgetLimit, Rule, RuleSet};
use crate::shard::SetChanges;

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
    /// How many links their chains have.
    pub(crate) links: usize,
    /// Whether something was dropped since the key last had no run, as the rule exceeded its budget.
    pub(crate) degraded: bool,
    /// Until when what comes is touched by it though no run is left; [`Timestamp::MIN`] if it is not, [`NEVER`] for good.
    pub(crate) degraded_until: Timestamp,
}

impl Default for KeyRuns {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            completed: Vec::new(),
            next_due: NEVER,
            now: Timestamp::MIN,
            links: 0,
            degraded: false,
            degraded_until: Timestamp::MIN,
        }
    }
}

impl KeyRuns {
    /// Whether nothing is left but the start state.
    pub(crate) fn is_idle(&self) -> bool {
        self.degraded_until == Timestamp::MIN
            && self.completed.is_empty()
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
    pub(crate) place: Place,
    /// How many links all chains of the shard had before.
    pub(crate) links_before: usize,
    /// How many of the key groups the shard owns.
    pub(crate) groups: u16,
    /// Whether outputs are touched by what was dropped before.
    pub(crate) degraded: bool,
    /// What is to become of sets, and by whom.
    pub(crate) changes: &'a mut SetChanges,
    /// Of what there was too much.
    pub(crate) exceeded: Option<BudgetLimit>,
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
            // Only a rule that may not begin anything now leaves its start state unasked: elsewhere asking it is Flink's way.
            let may_start = self.rule.may_start(current.event.time);
            self.process_in_order(runs, current, may_start);
        } else {
            self.process_in_place(runs, current, starts);
        }
    }

    /// Without a skip strategy: every match goes out at once, and untouched runs stay where they are.
    fn process_in_place(&mut self, runs: &mut KeyRuns, current: &mut Current<'_>, starts: bool) {
        let mut kept = 0;
        let mut due = self.rule.effective.drop_at();
        let mut changed = false;
        for at in 0..runs.runs.len() {
            let Some(run) = runs.runs.get(at).copied() else {
                break;
            };
            if self.advance_run(run, current) {
                changed = true;
                self.bound_born();
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
    fn process_in_order(&mut self, runs: &mut KeyRuns, current: &mut Current<'_>, may_start: bool) {
        if runs.runs.is_empty() {
            runs.runs.push(Run::start(self.rule.nfa.start));
        }
        let mut next = std::mem::take(&mut self.scratch.next);
        let mut changed = false;
        for at in 0..runs.runs.len() {
            let Some(run) = runs.runs.get(at).copied() else {
                break;
            };
            let touched = (may_start || !run.is_start()) && self.advance_run(run, current);
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
                if self.is_far_beyond(next.len()) {
                    // All of it will be dropped: what is left need not be looked at.
                    next.extend(runs.runs.iter().skip(at + 1).copied());
                    self.drop_complete();
                    break;
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
            if self.exceeded.is_none() {
                self.settle(runs);
            }
            self.enforce_budget(runs);
            runs.next_due = earliest_due(self.rule, runs);
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
}

/// The node that a run waits at.
fn node_of(rule: &Rule, run: &Run) -> Option<NodeIndex> {
    rule.nfa.states.get(run.state.index()).and_then(|state| state.node)
}

/// When something is next to be done for these runs without an event: a window closes, or the rule ends.
pub(crate) fn earliest_due(rule: &Rule, runs: &KeyRuns) -> Timestamp {
    let windows = runs.runs.iter().map(|run| due_of(rule, run)).min().unwrap_or(NEVER);
    let over = if runs.degraded_until > Timestamp::MIN { runs.degraded_until } else { NEVER };
    windows.min(over).min(rule.effective.drop_at())
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
