//! TRAILING windows.
//!
//! There is one for each moment at which an event happened. An event that comes late has the window walk over the moments
//! from its own on once more, with what left it since.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Timestamp, Value};

use super::emitter::{Emitter, Row};
use super::group::{size, trigger};
use super::panes::{Pane, Panes, pane_at};
use super::plan::{AggregatePlan, Emit};
use super::value::floor;
use crate::run::NEVER;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trailing {
    pub(super) panes: Panes,
    /// Whether `having` has been true since the last output.
    crossed: bool,
    /// How many outputs moments gave, in order; of those that are not over.
    pub(super) given: VecDeque<(i64, u32)>,
    /// Panes that have left the window, in order: as long as events may come late.
    pub(super) past: VecDeque<Pane>,
}

/// How long the stretches are of which each gives one output.
const fn every(plan: &AggregatePlan) -> Option<i64> {
    match plan.emit {
        Emit::OnUpdate { every_ms } => every_ms,
        _ => None,
    }
}

/// The last moment of the stretch of `every` that has this one; itself where there are none.
fn last_of_stretch(plan: &AggregatePlan, moment: i64) -> i64 {
    every(plan).map_or(moment, |every| floor(moment, every).saturating_add(every - 1))
}

impl Trailing {
    /// When to look at it next: when the newest event has left and the stretch of the last output is over, and nothing can
    /// come late any more.
    pub(super) fn due(&self, plan: &AggregatePlan, lateness_ms: i64) -> Timestamp {
        let newest = self.panes.all.back().or(self.past.back());
        let left = newest.map(|pane| pane.start.saturating_add(size(plan)));
        let over = self.given.back().map(|&(moment, _)| last_of_stretch(plan, moment));
        let due = left.max(over).map(|due| due.saturating_add(lateness_ms));
        due.map_or(NEVER, Timestamp::from_millis)
    }

    pub(super) fn add(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        if event.time < out.now {
            return self.add_late(event, out);
        }
        let plan = out.plan;
        let moment = event.time.as_millis();
        let freed = self.evict(moment, out) + self.forget(moment.saturating_sub(1), out);
        out.freed += freed;
        let weight = self.panes.push(moment, &plan.aggregates, event);
        if self.has_given(moment, plan) {
            return weight;
        }
        self.panes.values(&plan.aggregates, out.values);
        let before = std::mem::replace(&mut self.crossed, out.has(event.time));
        if self.crossed && !(before && plan.emit == Emit::OnCrossing) {
            self.give(moment, event, out);
        }
        weight
    }

    /// Adds an event to the windows from its own on, and gives out those that it changes; how much more is held.
    fn add_late(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let happened = event.time.as_millis();
        let mut all = std::mem::take(&mut self.past);
        all.append(&mut self.panes.all);
        let (pane, new) = pane_at(&mut all, happened, &plan.aggregates);
        let members = pane.add(&plan.aggregates, event);
        let more = if new { pane.weight() } else { members };
        // The window stands where it stood before the event, and goes on from there.
        let before = all.partition_point(|pane| pane.start < happened);
        let left = happened.saturating_sub(size(plan));
        let left = all.partition_point(|pane| pane.start <= left);
        let rest = all.split_off(left);
        self.past = all;
        self.panes = Panes::of(rest, before - left);
        self.panes.values(&plan.aggregates, out.values);
        self.crossed = self.panes.entered() > 0 && out.has(event.time);
        self.go_on(event, out);
        out.freed += self.forget(out.now.as_millis().saturating_sub(1), out);
        more
    }

    /// Goes on to the present from where the window stands, and gives out what an event that came late changes.
    fn go_on(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) {
        let plan = out.plan;
        let changed_until = event.time.as_millis().saturating_add(size(plan));
        // A stretch of moments at which `having` is true is told once: that it begins earlier now is no news.
        let mut crossing: Option<(i64, Vec<Value>)> = None;
        while let Some(moment) = self.panes.waiting().map(|pane| pane.start) {
            out.freed += self.evict(moment, out);
            if !self.crossed {
                self.give_crossing(crossing.take(), event, out);
            }
            self.panes.enter();
            if plan.emit != Emit::OnCrossing && moment >= changed_until {
                continue;
            }
            self.panes.values(&plan.aggregates, out.values);
            let has = out.has(Timestamp::from_millis(moment));
            let before = std::mem::replace(&mut self.crossed, has);
            let given = self.given.binary_search_by_key(&moment, |given| given.0).is_ok();
            if plan.emit == Emit::OnCrossing {
                if !has {
                    self.give_crossing(crossing.take(), event, out);
                } else if given {
                    crossing = None;
                } else if !before {
                    crossing = Some((moment, out.values.clone()));
                }
            } else if has && (given || !self.has_given(moment, plan)) {
                self.give(moment, event, out);
            }
        }
        out.freed += self.evict(out.now.as_millis(), out);
        self.give_crossing(crossing, event, out);
    }

    fn give_crossing(
        &mut self,
        crossing: Option<(i64, Vec<Value>)>,
        event: &Event<'_>,
        out: &mut Emitter<'_>,
    ) {
        if let Some((moment, values)) = crossing {
            out.values.clear();
            out.values.extend(values);
            self.give(moment, event, out);
        }
    }

    /// Gives out the values at hand for a moment.
    fn give(&mut self, moment: i64, event: &Event<'_>, out: &mut Emitter<'_>) {
        let at = self.given.partition_point(|given| given.0 < moment);
        if self.given.get(at).is_none_or(|given| given.0 != moment) {
            self.given.insert(at, (moment, 0));
        }
        let Some((_, outputs)) = self.given.get_mut(at) else { return };
        let revision = *outputs;
        *outputs += 1;
        let end = Timestamp::from_millis(moment).saturating_add(1);
        let start = end.saturating_add(-size(out.plan));
        out.give(&Row { start, end, rank: None, revision, event: Some(trigger(event)) });
    }

    /// Whether there is a stretch of `every` with this moment, and it gave an output.
    fn has_given(&self, moment: i64, plan: &AggregatePlan) -> bool {
        let Some(every) = every(plan) else { return false };
        let first = floor(moment, every);
        let at = self.given.partition_point(|given| given.0 < first);
        self.given.get(at).is_some_and(|given| given.0 <= last_of_stretch(plan, moment))
    }

    /// Lets go of the events that are `size` older than `now`, or more; how much less is held.
    fn evict(&mut self, now: i64, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let until = now.saturating_sub(size(plan));
        let mut freed = 0;
        while self.panes.all.front().is_some_and(|pane| pane.start <= until) {
            let Some(pane) = self.panes.leave() else { break };
            let left_at = Timestamp::from_millis(pane.start).saturating_add(size(plan));
            if out.lateness_ms == 0 {
                freed += pane.weight();
            } else {
                self.past.push_back(pane);
            }
            if self.crossed && plan.emit == Emit::OnCrossing {
                // What went may have made it false, and what comes may make it true again.
                self.panes.values(&plan.aggregates, out.values);
                self.crossed = self.panes.entered() > 0 && out.has(left_at);
            }
        }
        freed
    }

    /// Lets go of what no event can change any more that comes when all up to `over` is over; how much less is held.
    fn forget(&mut self, over: i64, out: &Emitter<'_>) -> usize {
        let over = over.saturating_sub(out.lateness_ms);
        let mut freed = 0;
        while let Some(pane) = self.past.front()
            && pane.start <= over.saturating_sub(size(out.plan))
        {
            freed += pane.weight();
            self.past.pop_front();
        }
        while let Some(&(moment, _)) = self.given.front()
            && last_of_stretch(out.plan, moment) <= over
        {
            self.given.pop_front();
        }
        freed
    }

    /// Does what is due at `now`; how much less is held.
    pub(super) fn pass(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        self.evict(now.as_millis(), out) + self.forget(now.as_millis(), out)
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&self) -> bool {
        self.panes.all.is_empty() && self.past.is_empty() && self.given.is_empty()
    }
}
