//! A matcher that is slow and plain: what the engine is compared with.
//!
//! It walks the same automaton, but shares nothing else with the engine: no arena, no shared chain, no memo of
//! conditions, no timer, no index of what can start.
//! A run is a vector of events; every run is asked about every event; queues are those of `java.util.PriorityQueue`,
//! written after its documentation, for all strategies alike.
//!
//! # Source
//! Flink 2.2 `NFA#doProcess`, `NFA#advanceTime`, `NFA#processMatchesAccordingToSkipStrategy`,
//! `AfterMatchSkipStrategy#prune`.

use std::sync::Arc;

use tripline::{
    AfterMatchSkip, Context, Event, FieldId, Guard, MatchedEvents, Nfa, NodeIndex, StateKind,
    Timestamp, TransitionAction, Value, add_to_sum,
};

use crate::drive::{Finding, FindingKind};

/// The most runs of a key that are followed; what needs more is too much for a plain matcher.
const MAX_RUNS: usize = 2_000;

/// The pattern makes more runs than a plain matcher can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyRuns;

/// An event as the reference keeps it.
#[derive(Clone, Debug)]
struct Seen {
    time: i64,
    position: u64,
    values: Vec<Value>,
}

/// When and as which event of the key a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    order: usize,
    time: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    state: usize,
    /// The events taken, by node, as numbers of the key's events.
    taken: Vec<(NodeIndex, usize)>,
    /// `None` for the start state.
    start: Option<Start>,
    previous_time: i64,
}

/// One rule and key.
#[derive(Debug)]
pub struct Reference {
    nfa: Arc<Nfa>,
    key: String,
    seen: Vec<Seen>,
    partial: PriorityQueue,
    completed: PriorityQueue,
}

/// `java.util.PriorityQueue` over the start event; the start state comes last.
#[derive(Clone, Debug, Default)]
struct PriorityQueue(Vec<Run>);

fn order(run: &Run) -> usize {
    run.start.map_or(usize::MAX, |start| start.order)
}

impl PriorityQueue {
    fn add(&mut self, run: Run) {
        self.0.push(run);
        let mut child = self.0.len() - 1;
        while child > 0 && order(&self.0[child]) < order(&self.0[(child - 1) / 2]) {
            self.0.swap(child, (child - 1) / 2);
            child = (child - 1) / 2;
        }
    }

    fn poll(&mut self) -> Option<Run> {
        if self.0.is_empty() {
            return None;
        }
        let first = self.0.swap_remove(0);
        self.sink(0);
        Some(first)
    }

    fn sink(&mut self, mut parent: usize) {
        while 2 * parent + 1 < self.0.len() {
            let (left, right) = (2 * parent + 1, 2 * parent + 2);
            let right_is_less =
                right < self.0.len() && order(&self.0[right]) < order(&self.0[left]);
            let child = if right_is_less { right } else { left };
            if order(&self.0[parent]) <= order(&self.0[child]) {
                break;
            }
            self.0.swap(parent, child);
            parent = child;
        }
    }

    fn remove_all(&mut self, remove: impl Fn(&Run) -> bool) {
        if !self.0.iter().any(&remove) {
            return;
        }
        self.0.retain(|run| !remove(run));
        for parent in (0..self.0.len() / 2).rev() {
            self.sink(parent);
        }
    }
}

/// What a condition sees of a run.
struct View<'a> {
    seen: &'a [Seen],
    taken: &'a [(NodeIndex, usize)],
}

impl View<'_> {
    fn of(&self, node: NodeIndex) -> Vec<&Seen> {
        let of_node = self.taken.iter().filter(|(taken, _)| *taken == node);
        of_node.map(|&(_, event)| &self.seen[event]).collect()
    }
}

impl MatchedEvents for View<'_> {
    fn count(&self, node: NodeIndex) -> usize {
        self.of(node).len()
    }

    fn value(&self, node: NodeIndex, index: usize, field: FieldId) -> Value {
        let event = self.of(node).get(index).copied();
        event.and_then(|event| event.values.get(field.index())).cloned().unwrap_or_default()
    }

    fn time(&self, node: NodeIndex, index: usize) -> Option<Timestamp> {
        self.of(node).get(index).map(|event| Timestamp::from_millis(event.time))
    }

    fn sum(&self, node: NodeIndex, field: FieldId) -> Value {
        let mut sum = Value::Int(0);
        for event in self.of(node) {
            if let Some(value) = event.values.get(field.index()) {
                sum = add_to_sum(&sum, value);
            }
        }
        sum
    }
}

/// What becomes of a run, in Flink's order.
enum Edge {
    Ignore(usize),
    Take { node: NodeIndex, target: usize },
}

impl Reference {
    /// A key without runs; `key` is shown in findings.
    ///
    /// # Panics
    /// The rule asks for `finalAbsence`, which is not Flink's and not written here.
    #[must_use]
    pub fn new(nfa: Arc<Nfa>, key: String) -> Self {
        assert!(!nfa.final_absence(), "the reference does not know finalAbsence");
        let start = Run {
            state: usize::from(nfa.start().0),
            taken: Vec::new(),
            start: None,
            previous_time: i64::MIN,
        };
        let partial = PriorityQueue(vec![start]);
        Self { nfa, key, seen: Vec::new(), partial, completed: PriorityQueue::default() }
    }

    /// Offers an event; time has been moved to it before.
    ///
    /// # Errors
    /// [`TooManyRuns`].
    pub fn process(
        &mut self,
        event: &Event<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), TooManyRuns> {
        let now = self.seen.len();
        self.seen.push(Seen {
            time: event.time.as_millis(),
            position: event.position.offset,
            values: event.values.to_vec(),
        });
        let mut next = PriorityQueue::default();
        let mut complete = PriorityQueue::default();
        for run in std::mem::take(&mut self.partial.0) {
            let (retained, finals, stopped) = self.advance_run(&run, event, now);
            finals.into_iter().for_each(|run| complete.add(run));
            if !stopped {
                retained.into_iter().for_each(|run| next.add(run));
            }
        }
        self.partial = next;
        if self.partial.0.len() + complete.0.len() > MAX_RUNS {
            return Err(TooManyRuns);
        }
        self.settle(complete, found);
        Ok(())
    }

    /// The runs that come of one, those that are complete, and whether a negated event came.
    fn advance_run(&self, run: &Run, event: &Event<'_>, now: usize) -> (Vec<Run>, Vec<Run>, bool) {
        let (mut retained, mut finals, mut stopped) = (Vec::new(), Vec::new(), false);
        let mut sort = |run: Run| match self.nfa.states()[run.state].kind {
            StateKind::Final => finals.push(run),
            StateKind::Stop => stopped = true,
            _ => retained.push(run),
        };
        for edge in self.edges(run, event) {
            match edge {
                Edge::Ignore(target) => {
                    if run.start.is_some() {
                        sort(Run { state: target, ..run.clone() });
                    }
                }
                Edge::Take { node, target } => {
                    let time = event.time.as_millis();
                    let mut taken = run.taken.clone();
                    taken.push((node, now));
                    let start = run.start.or(Some(Start { order: now, time }));
                    let born = Run { state: target, taken, start, previous_time: time };
                    sort(born.clone());
                    if let Some(last) = self.final_behind(target, run, event) {
                        sort(Run { state: last, ..born });
                    }
                }
            }
        }
        if run.start.is_none() {
            retained.push(run.clone());
        }
        (retained, finals, stopped)
    }

    /// Flink's `createDecisionGraph`.
    fn edges(&self, run: &Run, event: &Event<'_>) -> Vec<Edge> {
        let mut edges = Vec::new();
        let mut stack = vec![run.state];
        while let Some(at) = stack.pop() {
            let state = &self.nfa.states()[at];
            for transition in &state.transitions {
                if !self.holds(&transition.guard, run, event) {
                    continue;
                }
                let target = usize::from(transition.target.0);
                match transition.action {
                    TransitionAction::Proceed => stack.push(target),
                    TransitionAction::Ignore => edges.push(Edge::Ignore(target)),
                    TransitionAction::Take => {
                        let node = state.node.expect("a state that takes has a node");
                        edges.push(Edge::Take { node, target });
                    }
                }
            }
        }
        edges
    }

    /// Flink's `findFinalStateAfterProceed`.
    fn final_behind(&self, from: usize, run: &Run, event: &Event<'_>) -> Option<usize> {
        let mut stack = vec![from];
        while let Some(at) = stack.pop() {
            for transition in &self.nfa.states()[at].transitions {
                let target = usize::from(transition.target.0);
                if transition.action == TransitionAction::Proceed
                    && self.holds(&transition.guard, run, event)
                {
                    if self.nfa.states()[target].kind == StateKind::Final {
                        return Some(target);
                    }
                    stack.push(target);
                }
            }
        }
        None
    }

    fn holds(&self, guard: &Guard, run: &Run, event: &Event<'_>) -> bool {
        let condition = |number: u16| {
            let view = View { seen: &self.seen, taken: &run.taken };
            let context = Context { event: *event, matched: &view };
            let bound = &self.nfa.conditions()[usize::from(number)];
            bound.condition.evaluate(&context).holds()
        };
        match guard {
            Guard::Always => true,
            Guard::Never => false,
            Guard::Holds(id) => condition(id.0),
            Guard::Fails(id) => !condition(id.0),
            Guard::All(parts) => parts.iter().all(|part| self.holds(part, run, event)),
            Guard::Any(parts) => parts.iter().any(|part| self.holds(part, run, event)),
        }
    }

    /// The earliest moment at which a run is too late; `None` if none has a limit.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        self.partial.0.iter().filter_map(|run| self.due(run)).min()
    }

    fn due(&self, run: &Run) -> Option<i64> {
        let start = run.start?;
        let gap = self.nfa.states()[run.state].window_ms;
        let by_gap = (gap > 0).then(|| run.previous_time.saturating_add(gap));
        let window = self.nfa.window_ms();
        let by_window = (window > 0).then(|| start.time.saturating_add(window));
        by_gap.into_iter().chain(by_window).min()
    }

    /// Moves time to `now` in one step.
    pub fn advance(&mut self, now: i64, found: &mut Vec<Finding>) {
        let mut next = PriorityQueue::default();
        let mut complete = PriorityQueue::default();
        let mut late = Vec::new();
        for run in std::mem::take(&mut self.partial.0) {
            match self.overdue(&run, now) {
                None => next.add(run),
                Some(_) if self.nfa.states()[run.state].kind == StateKind::Pending => {
                    complete.add(run);
                }
                Some(due) => late.push((run, due)),
            }
        }
        self.partial = next;
        self.settle(complete, found);
        for (run, due) in late {
            found.push(self.finding(&run, FindingKind::Timeout { due }));
        }
    }

    fn overdue(&self, run: &Run, now: i64) -> Option<i64> {
        let start = run.start?;
        let late = |since: i64, limit: i64| {
            (limit > 0 && now.saturating_sub(since) >= limit).then(|| since.saturating_add(limit))
        };
        late(run.previous_time, self.nfa.states()[run.state].window_ms)
            .or_else(|| late(start.time, self.nfa.window_ms()))
    }

    fn settle(&mut self, complete: PriorityQueue, found: &mut Vec<Finding>) {
        if self.nfa.skip() == AfterMatchSkip::NoSkip {
            for run in complete.0 {
                found.push(self.finding(&run, FindingKind::Match));
            }
            return;
        }
        complete.0.into_iter().for_each(|run| self.completed.add(run));
        while let Some(first) = self.completed.0.first() {
            if self.partial.0.first().is_some_and(|partial| order(first) > order(partial)) {
                break;
            }
            let Some(run) = self.completed.poll() else { break };
            if let Some((limit, inclusive)) = self.pruning(&run) {
                let pruned = |run: &Run| {
                    run.start.is_some_and(|start| {
                        start.order < limit || (inclusive && start.order == limit)
                    })
                };
                self.partial.remove_all(pruned);
                self.completed.remove_all(pruned);
            }
            found.push(self.finding(&run, FindingKind::Match));
        }
    }

    fn pruning(&self, run: &Run) -> Option<(usize, bool)> {
        let all = run.taken.iter().map(|&(_, event)| event);
        let of = |wanted: NodeIndex| {
            let of_node = run.taken.iter().filter(move |(node, _)| *node == wanted);
            of_node.map(|&(_, event)| event)
        };
        match self.nfa.skip() {
            AfterMatchSkip::NoSkip => None,
            AfterMatchSkip::ToNext => all.min().map(|event| (event, true)),
            AfterMatchSkip::PastLastEvent => all.max().map(|event| (event, true)),
            AfterMatchSkip::ToFirst(node) => of(node).next().map(|event| (event, false)),
            AfterMatchSkip::ToLast(node) => of(node).next_back().map(|event| (event, false)),
        }
    }

    fn finding(&self, run: &Run, kind: FindingKind) -> Finding {
        let mut events: Vec<(String, Vec<u64>)> = Vec::new();
        for (index, node) in self.nfa.nodes().iter().enumerate() {
            let of_node = run.taken.iter().filter(|(taken, _)| usize::from(taken.0) == index);
            let positions: Vec<u64> =
                of_node.map(|&(_, event)| self.seen[event].position).collect();
            if !positions.is_empty() {
                events.push((node.name.clone(), positions));
            }
        }
        Finding { key: self.key.clone(), kind, events }
    }
}
