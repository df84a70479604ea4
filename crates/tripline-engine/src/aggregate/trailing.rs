//! TRAILING windows.

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Timestamp};

use super::emitter::{Emitter, Row};
use super::group::{size, trigger};
use super::panes::Panes;
use super::plan::{AggregatePlan, Emit};
use super::value::floor;
use crate::run::NEVER;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trailing {
    pub(super) panes: Panes,
    /// Whether `having` has been true since the last output.
    crossed: bool,
    /// In which stretch of `every` the last output was.
    last: Option<i64>,
}

/// Where the stretch of `every` begins in which there is one output.
fn stretch(plan: &AggregatePlan, time: Timestamp) -> Option<i64> {
    match plan.emit {
        Emit::OnUpdate { every_ms: Some(every) } => Some(floor(time.as_millis(), every)),
        _ => None,
    }
}

impl Trailing {
    /// When to look at it next: when the newest event has left, or the stretch of the last output is over.
    pub(super) fn due(&self, plan: &AggregatePlan) -> Timestamp {
        let left = self.panes.all.back().map(|pane| pane.start.saturating_add(size(plan)));
        let over = match (self.last, plan.emit) {
            (Some(last), Emit::OnUpdate { every_ms: Some(every) }) => {
                Some(last.saturating_add(every - 1))
            }
            _ => None,
        };
        left.max(over).map_or(NEVER, Timestamp::from_millis)
    }

    pub(super) fn add(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        // One that comes late counts as if it happened now: it is in the windows from now on.
        let event = &Event { time: out.now, ..*event };
        let freed = self.evict(event.time, out);
        let weight = self.panes.push(event.time.as_millis(), &plan.aggregates, event);
        out.freed += freed;
        let stretch = stretch(plan, event.time);
        if stretch.is_some() && self.last == stretch {
            return weight;
        }
        self.panes.values(&plan.aggregates, out.values);
        let before = std::mem::replace(&mut self.crossed, out.has(event.time));
        if self.crossed && !(before && plan.emit == Emit::OnCrossing) {
            self.last = stretch;
            let start = event.time.saturating_add(1 - size(plan));
            let end = event.time.saturating_add(1);
            out.give(&Row { start, end, rank: None, revision: 0, event: Some(trigger(event)) });
        }
        weight
    }

    /// Lets go of the events that are `size` older than `now`, or more; how much less is held.
    fn evict(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let until = now.as_millis().saturating_sub(size(plan));
        let mut freed = 0;
        while self.panes.all.front().is_some_and(|pane| pane.start <= until) {
            let left_at = self.panes.all.front().map_or(until, |pane| pane.start);
            freed += self.panes.leave().map_or(0, |pane| pane.weight());
            if self.crossed && plan.emit == Emit::OnCrossing {
                // What went may have made it false, and what comes may make it true again.
                self.panes.values(&plan.aggregates, out.values);
                let left_at = Timestamp::from_millis(left_at).saturating_add(size(plan));
                self.crossed = self.panes.entered() > 0 && out.has(left_at);
            }
        }
        freed
    }

    /// Does what is due at `now`; how much less is held.
    pub(super) fn pass(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        if stretch(out.plan, now.saturating_add(1)) != self.last {
            self.last = None;
        }
        self.evict(now, out)
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&self) -> bool {
        self.panes.all.is_empty() && self.last.is_none()
    }
}
