//! The running value of an aggregate, as conditions ask for it: of the window that holds the event.

use tripline_event::{Event, Key, Timestamp, Value};

use super::acc::Acc;
use super::group::{Body, gap, lengths, size};
use super::panes::Pane;
use super::plan::{AggregatePlan, Function};
use super::value::floor;
use super::{Aggregates, State};
use crate::rule_set::Rule;

impl Aggregates {
    /// What the aggregate at a position of the rule's plan comes to for the group of an event, in the window that holds
    /// it: with SLIDING in the one that ends first, with TRAILING the last `size` up to and including the event, with
    /// SESSION the session that it is in. Of nothing a count is 0, and other values are missing.
    ///
    /// # Cost
    /// Finds the group; with SLIDING puts the panes of a window together.
    pub(crate) fn running(&self, rule: &Rule, at: usize, event: &Event<'_>) -> Value {
        let Some(plan) = rule.aggregate() else { return Value::Missing };
        let Some(aggregate) = plan.aggregates.get(at) else { return Value::Missing };
        let state = self.states.get(rule.slot()).and_then(Option::as_ref);
        let state = state.filter(|state| state.epoch == rule.epoch());
        let body = state.and_then(|state| state.body_of(plan, event));
        let value = body.and_then(|body| body.running(at, plan, event.time));
        value.unwrap_or_else(|| Acc::new(aggregate.function).value(aggregate.function))
    }
}

impl State {
    /// The windows of the group that an event is in.
    fn body_of(&self, plan: &AggregatePlan, event: &Event<'_>) -> Option<&Body> {
        let parts = || plan.group_by.iter().map(|&field| event.value(field));
        let hash = Key::stable_hash_of_group(parts());
        let is_it = |at: &u32| {
            let group = self.groups.get(*at as usize);
            group.is_some_and(|group| group.key.matches_group(parts()))
        };
        let at = self.index.find(hash, is_it).copied()?;
        self.groups.get(at as usize).map(|group| &group.body)
    }
}

impl Body {
    fn running(&self, at: usize, plan: &AggregatePlan, time: Timestamp) -> Option<Value> {
        let function = plan.aggregates.get(at)?.function;
        match self {
            Self::Closing(body) => {
                let past = body.past.iter().flat_map(|past| &past.panes);
                of_window(past.chain(&body.panes.all), at, plan, time)
            }
            Self::Open(body) => of_window(body.panes.iter(), at, plan, time),
            Self::Sessions(sessions) => {
                let holds = |one: &&super::session::Session| one.holds(time, gap(plan));
                let session = sessions.iter().rev().find(holds)?;
                together(std::iter::once(&session.pane), at, function)
            }
            Self::Trailing(body) => {
                let left = time.as_millis().saturating_sub(size(plan));
                let panes = &body.panes.all;
                let all_in = panes.front().is_some_and(|pane| pane.start > left);
                if all_in && panes.back().is_some_and(|pane| pane.start <= time.as_millis()) {
                    return body.panes.value(at, &plan.aggregates);
                }
                // Nothing has been let go of since the last event that counted.
                let first = panes.partition_point(|pane| pane.start <= left);
                let inside = panes.iter().skip(first);
                together(inside.take_while(|pane| pane.start <= time.as_millis()), at, function)
            }
        }
    }
}

/// Of the window that ends first of those that hold a moment.
fn of_window<'p>(
    panes: impl Iterator<Item = &'p Pane>,
    at: usize,
    plan: &AggregatePlan,
    time: Timestamp,
) -> Option<Value> {
    let (size, slide, _) = lengths(plan);
    let start = floor(plan.calendar.local(time).saturating_sub(size), slide).saturating_add(slide);
    let inside = start..start.saturating_add(size);
    let function = plan.aggregates.get(at)?.function;
    together(panes.filter(|pane| inside.contains(&pane.start)), at, function)
}

/// Of panes in order.
fn together<'p>(
    mut panes: impl Iterator<Item = &'p Pane>,
    at: usize,
    function: Function,
) -> Option<Value> {
    let first = panes.next()?.accs.get(at)?;
    let mut later = panes.filter_map(|pane| pane.accs.get(at));
    let Some(second) = later.next() else { return Some(first.value(function)) };
    let mut all = first.clone();
    all.merge(second);
    later.for_each(|acc| all.merge(acc));
    Some(all.value(function))
}
