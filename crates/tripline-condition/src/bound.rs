//! A condition bound to field numbers and node numbers, ready to be evaluated.

use std::fmt;
use std::sync::Arc;

use tripline_event::{Event, FieldId, SetId, StatId, Timestamp, Value};

use crate::{Fact, Faults, Outlook, Totals, Truth};

/// The number of an atomic node of a pattern, in pattern order over all nesting levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u16);

/// The events that a partial match holds so far, by node, and what else the engine keeps that a condition may ask for.
///
/// The event under evaluation is not among them (`docs/language.md` L-ITER-1).
pub trait MatchedEvents {
    /// The running value of an aggregate of the group that `event` is in (`docs/language.md` L-STAT).
    ///
    /// As it stands, missing: nothing is counted here.
    fn stat(&self, _stat: StatId, _event: &Event<'_>) -> Value {
        Value::Missing
    }

    /// Whether `member` is in a set at a moment (`docs/language.md` L-SET); unknown if a part of it is missing.
    ///
    /// As it stands, every set is empty.
    fn in_set(&self, _set: SetId, member: &[Value], _now: Timestamp) -> Truth {
        let missing = |value: &Value| matches!(value, Value::Missing | Value::List(_));
        if member.iter().any(missing) { Truth::Unknown } else { Truth::False }
    }

    /// How many events node `node` has taken.
    fn count(&self, node: NodeIndex) -> usize;

    /// The value of `field` in the event that `node` took as its `index`-th, from 0; missing if there is none.
    fn value(&self, node: NodeIndex, index: usize, field: FieldId) -> Value;

    /// The time of the event that `node` took as its `index`-th, from 0.
    fn time(&self, node: NodeIndex, index: usize) -> Option<Timestamp>;

    /// The sum of the numbers in `field` over the events of `node`, oldest first; what is not a number is left out.
    ///
    /// `Int(0)` over nothing; an integer while all numbers are integers.
    fn sum(&self, node: NodeIndex, field: FieldId) -> Value;

    /// What the numbers in `field` come to over the events of `node`, oldest first.
    ///
    /// # Cost
    /// As it stands, that of [`value`](Self::value) for each event; override it where running values are kept.
    fn totals(&self, node: NodeIndex, field: FieldId) -> Totals {
        let mut totals = Totals::default();
        for index in 0..self.count(node) {
            totals.add(&self.value(node, index, field));
        }
        totals
    }

    /// Calls `each` for the value of `field` in every event of `node`, newest first, the missing ones included.
    ///
    /// # Cost
    /// As it stands, that of [`value`](Self::value) for each event; override it where a walk is cheaper.
    fn for_each_value(&self, node: NodeIndex, field: FieldId, each: &mut dyn FnMut(Value)) {
        for index in (0..self.count(node)).rev() {
            each(self.value(node, index, field));
        }
    }

    /// Calls `each` for the time of every event of `node`, newest first.
    ///
    /// # Cost
    /// As it stands, that of [`time`](Self::time) for each event; override it where a walk is cheaper.
    fn for_each_time(&self, node: NodeIndex, each: &mut dyn FnMut(Timestamp)) {
        for index in (0..self.count(node)).rev() {
            if let Some(time) = self.time(node, index) {
                each(time);
            }
        }
    }
}

/// `sum` and one value more, as `+` adds them (L-EXPR-8, L-EXPR-25); what is no number is left out.
///
/// For those who implement [`MatchedEvents::sum`] with running values.
#[must_use]
pub fn add_to_sum(sum: &Value, value: &Value) -> Value {
    crate::expression::add(sum, value).unwrap_or_else(|| sum.clone())
}

/// A partial match without events: what a condition sees that starts a match.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMatchedEvents;

impl MatchedEvents for NoMatchedEvents {
    fn count(&self, _: NodeIndex) -> usize {
        0
    }

    fn value(&self, _: NodeIndex, _: usize, _: FieldId) -> Value {
        Value::Missing
    }

    fn time(&self, _: NodeIndex, _: usize) -> Option<Timestamp> {
        None
    }

    fn sum(&self, _: NodeIndex, _: FieldId) -> Value {
        Value::Int(0)
    }
}

/// What a condition asks for beside events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// The running value of an aggregate.
    Stat(StatId),
    /// Whether something is in a set.
    Set(SetId),
}

/// What a condition may read.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The event under evaluation.
    pub event: Event<'a>,
    /// The events matched before it.
    pub matched: &'a dyn MatchedEvents,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("event", &self.event).finish_non_exhaustive()
    }
}

/// A condition ready to be evaluated: pure, and quick enough for every event.
pub trait Condition: fmt::Debug + Send + Sync {
    /// What the condition says of the event.
    fn evaluate(&self, context: &Context<'_>) -> Truth;

    /// What it can say at all while the nodes for which `empty` holds have taken no events.
    ///
    /// For warnings only; as it stands, that nothing is known.
    fn outlook(&self, _empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        Outlook::OPEN
    }

    /// Calls `each` for what holds whenever the condition does.
    ///
    /// For warnings only; as it stands, for nothing.
    fn facts(&self, _each: &mut dyn FnMut(Fact)) {}

    /// Calls `_each` for the faults of the plugins in it; only what wraps a plugin has any.
    fn faults(&self, _each: &mut dyn FnMut(&Faults)) {}

    /// Calls `_each` for what it asks for beside events, some perhaps twice; only expressions do.
    ///
    /// The engine asks such a condition anew for each rule, after all that may change the answer.
    fn asks(&self, _each: &mut dyn FnMut(Ask)) {}
}

/// A condition with what the engine needs to know of it.
#[derive(Clone, Debug)]
pub struct BoundCondition {
    /// The condition itself.
    pub condition: Arc<dyn Condition>,
    /// A text that two conditions share exactly if they always agree: equal predicates of all rules are evaluated once.
    ///
    /// Node names stand in it as node numbers, so it compares across rules only where `iterative` is false.
    pub canonical: Arc<str>,
    /// Whether it reads events already matched; if not, it is evaluated at most once an event for all runs.
    pub iterative: bool,
    /// An equality that must hold for the condition to hold (`eventType == 'cart'` of `eventType == 'cart' && price > 200`):
    /// what the engine indexes rules by.
    ///
    /// A text, an integer or a boolean; numbers compare by value, so an integer stands also for the float equal to it
    /// (exactly one: expressions give no integer beyond 2^53 in size).
    pub required_equality: Option<(FieldId, Value)>,
    /// Fields it reads of events already matched: the engine keeps their values with a taken event.
    /// Each once; those that only totals are asked of stand in `sums` instead.
    pub matched_fields: Vec<FieldId>,
    /// Fields whose sum, average, smallest or largest it asks for, by node: the engine keeps these as running values.
    pub sums: Vec<(NodeIndex, FieldId)>,
}

impl BoundCondition {
    /// What the condition asks for beside events, each once, in order.
    #[must_use]
    pub fn asks(&self) -> Vec<Ask> {
        let mut found = Vec::new();
        self.condition.asks(&mut |ask| found.push(ask));
        found.sort_unstable();
        found.dedup();
        found
    }
}
