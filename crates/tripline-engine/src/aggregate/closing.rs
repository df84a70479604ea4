//! TUMBLING and SLIDING windows that are given out when they are over.

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Timestamp};

use super::emitter::Emitter;
use super::group::{NONE, first_end, last_end, lengths, size};
use super::late::Past;
use super::panes::{Panes, pane_at, values_of};
use super::plan::AggregatePlan;
use super::value::floor;

/// A window that moves from end to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(super) panes: Panes,
    /// The end of the window to be looked at next, on the wall clock.
    pub(super) next_end: i64,
    /// What events that come late need.
    pub(super) past: Option<Box<Past>>,
}

/// What a look at a window that closes found.
pub(super) enum Look {
    /// Nothing was due.
    NotDue,
    /// The window that ends here has this group, whose values the emitter holds, or has not.
    Window { end: i64, shown: bool },
}

impl Closing {
    pub(super) fn add(&mut self, event: &Event<'_>, plan: &AggregatePlan) -> usize {
        let start = floor(plan.calendar.local(event.time), plan.window.pane_ms());
        let (pane, new) = pane_at(&mut self.panes.all, start, &plan.aggregates);
        let members = pane.add(&plan.aggregates, event);
        if !new {
            return members;
        }
        self.next_end = self.next_end.min(first_end(start, plan));
        pane.weight()
    }

    /// Looks at the window that ends at `next_end` if that is over at `now`; how much less is held is added to `freed`.
    pub(super) fn look(
        &mut self,
        now: Timestamp,
        out: &mut Emitter<'_>,
        freed: &mut usize,
    ) -> Look {
        let plan = out.plan;
        let end = self.next_end;
        if end == NONE || plan.calendar.last_before(end) > now {
            return Look::NotDue;
        }
        let (size, slide, pane_ms) = lengths(plan);
        let start = end.saturating_sub(size);
        while self.panes.all.front().is_some_and(|pane| pane.start < start) {
            *freed += self.let_go(out);
        }
        if size == slide {
            // One pane, one window: there is nothing to put together.
            let pane = self.panes.all.front().filter(|pane| pane.start == start);
            let shown = pane.is_some_and(|pane| {
                values_of(&pane.accs, &plan.aggregates, out.values);
                out.has(plan.calendar.moment(end))
            });
            if plan.top.is_none() && pane.is_some() {
                *freed += self.let_go(out);
            }
            self.next_end = self.next_look(end, shown, plan);
            return Look::Window { end, shown };
        }
        while self.panes.waiting().is_some_and(|pane| pane.start <= end.saturating_sub(pane_ms)) {
            self.panes.enter();
        }
        let shown = self.panes.entered() > 0 && {
            self.panes.values(&plan.aggregates, out.values);
            out.has(plan.calendar.moment(end))
        };
        self.next_end = self.next_look(end, shown, plan);
        if plan.top.is_none()
            && self.panes.all.back().is_some_and(|pane| last_end(pane.start, plan) <= end)
        {
            // It was the last window of them all.
            while self.panes.entered() > 0 {
                *freed += self.let_go(out);
            }
            self.next_end = NONE;
        }
        Look::Window { end, shown }
    }

    /// The first pane leaves the window; how much less is held.
    fn let_go(&mut self, out: &Emitter<'_>) -> usize {
        if self.panes.entered() == 0 {
            self.panes.enter();
        }
        let Some(pane) = self.panes.leave() else { return 0 };
        if out.lateness_ms == 0 {
            return pane.weight();
        }
        self.past.get_or_insert_default().panes.push_back(pane);
        0
    }

    /// The end of the next window in which something is to be said or changes.
    fn next_look(&self, end: i64, shown: bool, plan: &AggregatePlan) -> i64 {
        let (_, slide, _) = lengths(plan);
        // With `top` the ranking keeps what is shown.
        if shown && plan.top.is_none() && slide != size(plan) {
            return end.saturating_add(slide);
        }
        let tumbling = slide == size(plan);
        let leaves = self.panes.all.front().filter(|pane| tumbling || pane.start < end);
        let leaves = leaves.map_or(NONE, |pane| {
            let next = last_end(pane.start, plan).saturating_add(slide);
            if tumbling { first_end(pane.start, plan).max(end.saturating_add(slide)) } else { next }
        });
        let enters = self.panes.waiting().map_or(NONE, |pane| first_end(pane.start, plan));
        let enters = if enters <= end { NONE } else { enters };
        leaves.min(enters)
    }

    /// Has the first window looked at that ends after `over` on the wall clock, since another question is asked of it.
    pub(super) fn look_again(&mut self, over: i64, plan: &AggregatePlan) {
        let (size, slide, _) = lengths(plan);
        if self.panes.all.is_empty() {
            return;
        }
        let next = floor(over.saturating_sub(size), slide).saturating_add(slide + size);
        let first = self.panes.all.front().map_or(NONE, |pane| first_end(pane.start, plan));
        self.next_end = self.next_end.min(next.max(first));
    }
}
