//! TUMBLING and SLIDING windows that are given out while they are open.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Timestamp};

use super::acc::{Accs, merge_accs};
use super::emitter::{Emitter, Row};
use super::group::{first_end, last_end, lengths, size, trigger};
use super::panes::{Pane, merged, pane_at, values_of};
use super::plan::{AggregatePlan, Emit};
use super::value::{ceil, floor};
use crate::run::NEVER;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(super) panes: VecDeque<Pane>,
    /// How many outputs open windows gave, by where they begin.
    given: BTreeMap<i64, u32>,
    waiting: Option<Waiting>,
}

/// Panes that changed since they were given out, on the wall clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Waiting {
    panes: BTreeSet<i64>,
    /// When all windows that have one of them are given out: the first moment at which that is due.
    due: Timestamp,
    /// The end of the next window with one of them, on the wall clock: it is given out when it is over.
    next_end: i64,
}

impl Waiting {
    /// The last moment before all are given out, and before the next window is over.
    fn next(&self, plan: &AggregatePlan) -> (Timestamp, Timestamp) {
        (self.due.saturating_add(-1), plan.calendar.last_before(self.next_end))
    }
}

/// Which windows are given out.
struct Which {
    /// The first and the last pane of which a window must have one.
    panes: (i64, i64),
    /// They end from here on.
    from_end: i64,
    /// They end here or before.
    to_end: i64,
    /// Whether only those that changed since they were given out.
    changed: bool,
}

impl Open {
    /// When to look at it next.
    pub(super) fn due(&self, plan: &AggregatePlan, lateness_ms: i64) -> Timestamp {
        let oldest = self.panes.front().map(|pane| {
            plan.calendar.last_before(last_end(pane.start, plan)).saturating_add(lateness_ms)
        });
        let waiting = self.waiting.as_ref().map(|waiting| {
            let (due, over) = waiting.next(plan);
            due.min(over)
        });
        oldest.into_iter().chain(waiting).min().unwrap_or(NEVER)
    }

    /// How many windows and panes it has notes of.
    pub(super) fn entries(&self) -> usize {
        self.given.len() + self.waiting.as_ref().map_or(0, |waiting| waiting.panes.len())
    }

    pub(super) fn add(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let local = plan.calendar.local(event.time);
        let start = floor(local, plan.window.pane_ms());
        let (pane, new) = pane_at(&mut self.panes, start, &plan.aggregates);
        let members = pane.add(&plan.aggregates, event);
        let weight = if new { pane.weight() } else { members };
        let mut to_end = i64::MAX;
        if let Emit::OnUpdate { every_ms: Some(every) } = plan.emit {
            to_end = self.wait(start, every, event.time, out);
        }
        if to_end > i64::MIN {
            let which = Which { panes: (start, start), from_end: i64::MIN, to_end, changed: false };
            self.give_out(&which, Some(event), event.time, out);
        }
        weight
    }

    /// Has the windows that have a changed pane wait for their turn; up to which end they are over and do not.
    fn wait(&mut self, start: i64, every_ms: i64, time: Timestamp, out: &Emitter<'_>) -> i64 {
        let plan = out.plan;
        let late = time < out.now;
        let over = if late { plan.calendar.over(out.now.saturating_add(-1)) } else { i64::MIN };
        let (size, slide, _) = lengths(plan);
        let next_open = floor(over.saturating_sub(size), slide).saturating_add(slide + size);
        let next_end = first_end(start, plan).max(if late { next_open } else { i64::MIN });
        if next_end <= last_end(start, plan) {
            let due = plan.calendar.next_multiple(time.max(out.now), every_ms);
            let none = || Waiting { panes: BTreeSet::new(), due, next_end };
            let waiting = self.waiting.get_or_insert_with(none);
            waiting.panes.insert(start);
            waiting.next_end = waiting.next_end.min(next_end);
        }
        over
    }

    /// Gives out windows, the earliest first.
    fn give_out(
        &mut self,
        which: &Which,
        event: Option<&Event<'_>>,
        time: Timestamp,
        out: &mut Emitter<'_>,
    ) {
        let plan = out.plan;
        for (start, accs) in self.shown(which, time, out).into_iter().rev() {
            let given = self.given.entry(start).or_default();
            values_of(&accs, &plan.aggregates, out.values);
            let revision = *given;
            *given += 1;
            let end = plan.calendar.moment(start.saturating_add(size(plan)));
            let start = plan.calendar.moment(start);
            out.give(&Row { start, end, rank: None, revision, event: event.map(trigger) });
        }
    }

    /// The windows whose values are to be given out, the latest first.
    fn shown(&self, which: &Which, time: Timestamp, out: &mut Emitter<'_>) -> Vec<(i64, Accs)> {
        let plan = out.plan;
        let (size, slide, pane_ms) = lengths(plan);
        let newest = self.panes.back().map_or(which.panes.1, |pane| pane.start);
        let lowest = ceil(which.panes.0.saturating_add(pane_ms).saturating_sub(size), slide)
            .max(which.from_end.saturating_sub(size));
        // Windows that begin here or later reach beyond the newest pane.
        let beyond = floor(newest.saturating_sub(size), slide).saturating_add(slide);
        let mut found: Vec<(i64, Accs)> = Vec::new();
        let mut start = floor(which.panes.1, slide).min(which.to_end.saturating_sub(size));
        let mut accs: Option<Accs> = None;
        let mut at = self.panes.len();
        while start >= lowest {
            let mut same_until = start;
            if start >= beyond {
                // What these windows share is put together once.
                while let Some(pane) = at.checked_sub(1).and_then(|at| self.panes.get(at))
                    && pane.start >= start
                {
                    let mut older = pane.accs.clone();
                    if let Some(newer) = &accs {
                        merge_accs(&mut older, newer);
                    }
                    accs = Some(older);
                    at -= 1;
                }
                // The windows down to the next older pane have the same events.
                let older = at.checked_sub(1).and_then(|at| self.panes.get(at));
                let older = older.map(|pane| floor(pane.start, slide).saturating_add(slide));
                same_until = older.map_or(lowest, |older| older.max(lowest)).max(beyond);
            } else {
                let end = start.saturating_add(size);
                let inside = |pane: &&Pane| start <= pane.start && pane.start < end;
                accs = merged(self.panes.iter().filter(inside));
            }
            if let Some(accs) = &accs {
                values_of(accs, &plan.aggregates, out.values);
                if out.has(time) {
                    while start >= same_until {
                        if self.is_wanted(start, which.changed, plan) {
                            found.push((start, accs.clone()));
                        }
                        start = start.saturating_sub(slide);
                    }
                }
            }
            start = start.min(same_until.saturating_sub(slide));
        }
        found
    }

    /// Whether the window may be given out: only once where it crosses, and only if it changed where it waits.
    fn is_wanted(&self, start: i64, only_changed: bool, plan: &AggregatePlan) -> bool {
        let inside = start..start.saturating_add(size(plan));
        let changed = |waiting: &Waiting| waiting.panes.range(inside).next().is_some();
        let crossed = plan.emit == Emit::OnCrossing && self.given.contains_key(&start);
        !crossed && (!only_changed || self.waiting.as_ref().is_some_and(changed))
    }

    pub(super) fn pass(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        while let Some(waiting) = &self.waiting {
            let (due, over) = waiting.next(plan);
            let (Some(&first), Some(&last)) = (waiting.panes.first(), waiting.panes.last()) else {
                break;
            };
            if due.min(over) > now {
                break;
            }
            let all = due <= over;
            let to_end = if all { i64::MAX } else { waiting.next_end };
            let which =
                Which { panes: (first, last), from_end: waiting.next_end, to_end, changed: true };
            self.give_out(&which, None, due.min(over).saturating_add(1), out);
            let (_, slide, _) = lengths(plan);
            let after = which.from_end.saturating_add(slide);
            if all || after > last_end(last, plan) {
                self.waiting = None;
            } else if let Some(waiting) = &mut self.waiting {
                waiting.next_end = after;
            }
        }
        let mut freed = 0;
        while let Some(pane) = self.panes.front() {
            let end = last_end(pane.start, plan);
            if plan.calendar.last_before(end).saturating_add(out.lateness_ms) > now {
                break;
            }
            let gone = end.saturating_sub(size(plan));
            self.given = self.given.split_off(&gone.saturating_add(1));
            freed += pane.weight();
            self.panes.pop_front();
        }
        freed
    }
}
