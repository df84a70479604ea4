//! Which transitions an event opens (Flink's `NFA.createDecisionGraph`).

#![expect(clippy::indexing_slicing, reason = "state numbers were checked by the builder")]

use std::ops::Range;

use std::borrow::Cow;

use tripline_condition::{Context, MatchedEvents, NodeIndex, Totals, Truth};
use tripline_event::{Event, FieldId, SetId, StatId, Timestamp, Value};

use crate::aggregate::Aggregates;
use crate::chain::{Link, MatchChains, NO_LINK};
use crate::nfa::{StateId, StateKind, TransitionAction};
use crate::rule_set::{Binding, PredicateId, Rule, RuleSet};
use crate::sets::Sets;
use crate::unknown::UnknownCounts;
use crate::{ConditionId, Nfa};

/// One thing that happens to a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// The node that takes the event; `None` if the event is passed over.
    pub(crate) take: Option<NodeIndex>,
    pub(crate) target: StateId,
    pub(crate) kind: StateKind,
    /// Whether all is matched with this event, though the target could take more.
    pub(crate) completes: bool,
    /// With `finalAbsence`: the pending state that a run enters beside the target.
    pub(crate) pends: Option<StateId>,
}

/// What happens to a run on an event.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// Positions in [`Decider::edges`].
    pub(crate) edges: Range<usize>,
    /// Whether the run just stays as it is.
    pub(crate) untouched: bool,
}

/// The truth of event-only predicates, each asked at most once an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct PredicateMemo {
    epoch: u32,
    /// The epoch of the answer, shifted, and the answer.
    answers: Vec<u32>,
    /// How often there was no answer.
    pub(crate) unknown: UnknownCounts,
}

impl PredicateMemo {
    /// Forgets the answers for the event before.
    pub(crate) fn begin_event(&mut self, predicates: usize) {
        self.epoch += 1;
        if self.epoch >= u32::MAX >> 1 {
            self.epoch = 1;
            self.answers.clear();
        }
        self.answers.resize(predicates.max(self.answers.len()), 0);
    }

    fn holds(&mut self, set: &RuleSet, id: PredicateId, event: &Event<'_>) -> bool {
        let answer = self.answers[id.0 as usize];
        if answer >> 1 == self.epoch {
            return answer & 1 == 1;
        }
        let context = Context { event: *event, matched: &tripline_condition::NoMatchedEvents };
        let truth = set.predicate(id).map_or(Truth::False, |asked| asked.evaluate(&context));
        if truth == Truth::Unknown {
            self.unknown.count_shared(set, id);
        }
        let holds = truth.holds();
        self.answers[id.0 as usize] = self.epoch << 1 | u32::from(holds);
        holds
    }
}

/// The events that a run has matched, for a condition.
struct MatchView<'a> {
    aggregates: &'a Aggregates,
    sets: &'a Sets,
    set: &'a RuleSet,
    rule: &'a Rule,
    chains: &'a MatchChains,
    chain: Link,
}

impl MatchView<'_> {
    fn running(&self, node: NodeIndex, field: FieldId) -> Cow<'_, Totals> {
        let number = self
            .rule
            .sums
            .get(usize::from(node.0))
            .and_then(|fields| fields.iter().position(|summed| *summed == field));
        let kept = number.and_then(|number| self.chains.totals_of(self.chain, node, number));
        // A version that summed other fields took the first of these events.
        kept.unwrap_or_else(|| {
            let mut values = Vec::new();
            self.for_each_value(node, field, &mut |value| values.push(value));
            let mut totals = Totals::default();
            values.iter().rev().for_each(|value| totals.add(value));
            Cow::Owned(totals)
        })
    }
}

impl MatchedEvents for MatchView<'_> {
    fn stat(&self, stat: StatId, event: &Event<'_>) -> Value {
        match self.set.asked(self.rule, stat) {
            Some((rule, at)) if rule.may_start(event.time) => {
                self.aggregates.running(rule, at, event)
            }
            _ => Value::Missing,
        }
    }

    fn in_set(&self, set: SetId, member: &[Value], now: Timestamp) -> Truth {
        self.sets.has(set, self.set.rows(set), member, now)
    }

    fn count(&self, node: NodeIndex) -> usize {
        self.chains.count(self.chain, node)
    }

    fn value(&self, node: NodeIndex, index: usize, field: FieldId) -> Value {
        self.chains.event_of(self.chain, node, index).map_or(Value::Missing, |slot| {
            let event = self.chains.event(slot);
            self.set.captured(&event.captured, &event.payload, field)
        })
    }

    fn time(&self, node: NodeIndex, index: usize) -> Option<Timestamp> {
        self.chains.event_of(self.chain, node, index).map(|slot| self.chains.event(slot).time)
    }

    fn sum(&self, node: NodeIndex, field: FieldId) -> Value {
        self.running(node, field).sum.clone()
    }

    fn totals(&self, node: NodeIndex, field: FieldId) -> Totals {
        self.running(node, field).into_owned()
    }

    fn for_each_value(&self, node: NodeIndex, field: FieldId, each: &mut dyn FnMut(Value)) {
        for slot in self.chains.events_of(self.chain, node) {
            let event = self.chains.event(slot);
            each(self.set.captured(&event.captured, &event.payload, field));
        }
    }

    fn for_each_time(&self, node: NodeIndex, each: &mut dyn FnMut(Timestamp)) {
        for slot in self.chains.events_of(self.chain, node) {
            each(self.chains.event(slot).time);
        }
    }
}

/// Decides for the runs of one rule and key on one event; keeps its buffers from event to event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decider {
    pub(crate) memo: PredicateMemo,
    /// What is counted, which conditions may ask for.
    pub(crate) aggregates: Aggregates,
    /// Who is in which set, likewise.
    pub(crate) sets: Sets,
    /// The edges of all decisions since [`Decider::begin_rule`].
    pub(crate) edges: Vec<Edge>,
    epoch: u32,
    /// Decisions that hold for every run in the state, with the epoch they were made in.
    shared: Vec<(u32, u32, u32, bool)>,
    stack: Vec<StateId>,
    search: Vec<StateId>,
}

impl Decider {
    /// Forgets the decisions for the rule and event before.
    pub(crate) fn begin_rule(&mut self, nfa: &Nfa) {
        self.edges.clear();
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.shared.clear();
            self.epoch = 1;
        }
        if self.shared.len() < nfa.states.len() {
            self.shared.resize(nfa.states.len(), (0, 0, 0, false));
        }
    }

    /// What happens to a run in `state` with `chain` on `event`.
    pub(crate) fn decide(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        chains: &MatchChains,
        event: &Event<'_>,
        state: StateId,
        chain: Link,
    ) -> Decision {
        let shared = self.shared[state.index()];
        if shared.0 == self.epoch {
            return Decision { edges: shared.1 as usize..shared.2 as usize, untouched: shared.3 };
        }
        let view =
            MatchView { aggregates: &self.aggregates, sets: &self.sets, set, rule, chains, chain };
        // The same iterative condition stands in several guards; bits past the 64th are just asked again.
        let mut known: u64 = 0;
        let mut true_of_known: u64 = 0;
        let memo = &mut self.memo;
        let mut holds = |condition: ConditionId| {
            let bit = 1_u64.checked_shl(u32::from(condition.0)).unwrap_or(0);
            if known & bit != 0 {
                return true_of_known & bit != 0;
            }
            let holds = test_condition(memo, &view, event, condition);
            known |= bit;
            true_of_known |= if holds { bit } else { 0 };
            holds
        };
        let start = self.edges.len();
        walk(&rule.nfa, state, &mut self.stack, &mut self.search, &mut self.edges, &mut holds);
        let edges = start..self.edges.len();
        let untouched = match &self.edges[edges.clone()] {
            [edge] => edge.take.is_none() && edge.target == state,
            _ => false,
        };
        if rule.nfa.derived[state.index()].event_only {
            let (Ok(from), Ok(to)) = (u32::try_from(edges.start), u32::try_from(edges.end)) else {
                return Decision { edges, untouched };
            };
            self.shared[state.index()] = (self.epoch, from, to, untouched);
        }
        Decision { edges, untouched }
    }

    /// Whether the event takes a rule out of its start state.
    pub(crate) fn can_start(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        chains: &MatchChains,
        event: &Event<'_>,
    ) -> bool {
        let decision = self.decide(set, rule, chains, event, rule.nfa.start, NO_LINK);
        self.edges[decision.edges]
            .iter()
            .any(|edge| edge.take.is_some() && edge.kind != StateKind::Stop)
    }

    /// Whether a single condition holds, for a run with `chain`.
    pub(crate) fn holds(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        chains: &MatchChains,
        event: &Event<'_>,
        chain: Link,
        condition: ConditionId,
    ) -> bool {
        let view =
            MatchView { aggregates: &self.aggregates, sets: &self.sets, set, rule, chains, chain };
        test_condition(&mut self.memo, &view, event, condition)
    }
}

/// Whether a condition holds for the event and the events that a run has matched.
fn test_condition(
    memo: &mut PredicateMemo,
    view: &MatchView<'_>,
    event: &Event<'_>,
    condition: ConditionId,
) -> bool {
    match RuleSet::binding(view.rule, condition) {
        Binding::Predicate(id) => memo.holds(view.set, id, event),
        Binding::Iterative => {
            let context = Context { event: *event, matched: view };
            let bound = &view.rule.nfa.conditions[usize::from(condition.0)];
            let truth = bound.condition.evaluate(&context);
            if truth == Truth::Unknown {
                memo.unknown.count_own(view.rule, condition);
            }
            truth.holds()
        }
    }
}

/// Collects the open edges in Flink's order: targets of PROCEED go on a stack, last in, first out.
fn walk(
    nfa: &Nfa,
    from: StateId,
    stack: &mut Vec<StateId>,
    search: &mut Vec<StateId>,
    edges: &mut Vec<Edge>,
    holds: &mut impl FnMut(ConditionId) -> bool,
) {
    stack.push(from);
    while let Some(at) = stack.pop() {
        let state = &nfa.states[at.index()];
        for transition in &state.transitions {
            let target = transition.target;
            let kind = nfa.states[target.index()].kind;
            match transition.action {
                TransitionAction::Proceed => {
                    // With `finalAbsence` the pending run was born with the event before.
                    let born = nfa.final_absence
                        && kind == StateKind::Pending
                        && !nfa.derived[at.index()].decides_next;
                    if !born && transition.guard.test(holds) {
                        stack.push(target);
                    }
                }
                TransitionAction::Ignore => {
                    if transition.guard.test(holds) {
                        let edge = Edge { take: None, target, kind, completes: false, pends: None };
                        edges.push(edge);
                    }
                }
                TransitionAction::Take => {
                    if transition.guard.test(holds) {
                        let derived = &nfa.derived[target.index()];
                        let completes = derived.reaches_final
                            && find(nfa, target, StateKind::Final, search, holds).is_some();
                        let pends = (nfa.final_absence && derived.reaches_pending)
                            .then(|| find(nfa, target, StateKind::Pending, search, holds))
                            .flatten();
                        edges.push(Edge { take: state.node, target, kind, completes, pends });
                    }
                }
            }
        }
    }
}

/// A state of this kind in reach of `from` over PROCEED (Flink's `findFinalStateAfterProceed`).
fn find(
    nfa: &Nfa,
    from: StateId,
    kind: StateKind,
    search: &mut Vec<StateId>,
    holds: &mut impl FnMut(ConditionId) -> bool,
) -> Option<StateId> {
    search.clear();
    search.push(from);
    while let Some(at) = search.pop() {
        for transition in &nfa.states[at.index()].transitions {
            let proceeds = transition.action == TransitionAction::Proceed;
            if proceeds && transition.guard.test(holds) {
                if nfa.states[transition.target.index()].kind == kind {
                    return Some(transition.target);
                }
                let decides = nfa.derived[transition.target.index()].decides_next;
                if !(decides && kind == StateKind::Pending) {
                    search.push(transition.target);
                }
            }
        }
    }
    None
}
