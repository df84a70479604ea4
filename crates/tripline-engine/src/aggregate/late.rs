//! Events that come late: the windows that they change are given out once more.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Key, Timestamp};

use super::closing::Closing;
use super::emitter::Emitter;
use super::group::{Body, NONE, last_end, lengths, trigger};
use super::occupants::Occupants;
use super::panes::{Pane, Panes, merged, pane_at, values_of};
use super::plan::AggregatePlan;
use super::ranking::Place;
use super::value::floor;
use super::{Group, State};

/// What events that come late need of windows that are over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    /// Panes that have left the window, in order.
    pub(super) panes: VecDeque<Pane>,
    /// How many outputs windows gave, by where they end.
    pub(super) given: BTreeMap<i64, u32>,
}

impl Closing {
    /// When nothing can change any more what is over, if nothing else is waited for.
    pub(super) fn forgotten(&self, plan: &AggregatePlan, lateness_ms: i64) -> Option<Timestamp> {
        let newest = self.past.as_ref()?.panes.back()?;
        let over = plan.calendar.last_before(last_end(newest.start, plan));
        Some(over.saturating_add(lateness_ms))
    }

    /// Lets go of what no late event can change any more; how much less is held.
    pub(super) fn forget(&mut self, now: Timestamp, out: &Emitter<'_>) -> usize {
        let Some(past) = &mut self.past else { return 0 };
        let plan = out.plan;
        let gone = |end: i64| plan.calendar.last_before(end).saturating_add(out.lateness_ms) <= now;
        let mut freed = 0;
        while let Some(pane) = past.panes.front()
            && gone(last_end(pane.start, plan))
        {
            freed += pane.weight();
            past.panes.pop_front();
        }
        while past.given.first_key_value().is_some_and(|(end, _)| gone(*end)) {
            past.given.pop_first();
        }
        if past.panes.is_empty() && past.given.is_empty() {
            self.past = None;
        }
        freed
    }

    /// How many outputs the window gave before the one that it is about to give.
    pub(super) fn revision(&mut self, end: i64, lateness_ms: i64) -> u32 {
        if lateness_ms == 0 {
            return 0;
        }
        let given = self.past.get_or_insert_default().given.entry(end).or_default();
        *given += 1;
        *given - 1
    }

    /// Adds an event to windows of which those that end at `over` or before are over; how much more is held.
    fn add_late(&mut self, event: &Event<'_>, over: i64, plan: &AggregatePlan) -> usize {
        let (size, slide, pane_ms) = lengths(plan);
        let mut all = std::mem::take(&mut self.past.get_or_insert_default().panes);
        all.append(&mut self.panes.all);
        let start = floor(plan.calendar.local(event.time), pane_ms);
        let (pane, new) = pane_at(&mut all, start, &plan.aggregates);
        let members = pane.add(&plan.aggregates, event);
        let more = if new { pane.weight() } else { members };
        // The moving window stands where it stood: at the last one that is over.
        let end = floor(over.saturating_sub(size), slide).saturating_add(size);
        let gone = all.partition_point(|pane| pane.start < end.saturating_sub(size));
        let rest = all.split_off(gone);
        let entered = rest.partition_point(|pane| pane.start <= end.saturating_sub(pane_ms));
        self.next_end = if rest.is_empty() { NONE } else { end.saturating_add(slide) };
        self.panes = Panes::of(rest, entered);
        self.past.get_or_insert_default().panes = all;
        more
    }

    /// Has the emitter hold the values of a window that is over; whether it is given out.
    fn values_of_over(&self, end: i64, out: &mut Emitter<'_>) -> bool {
        let plan = out.plan;
        let start = end.saturating_sub(lengths(plan).0);
        let past = self.past.iter().flat_map(|past| &past.panes);
        let inside = |pane: &&Pane| (start..end).contains(&pane.start);
        let Some(accs) = merged(past.chain(&self.panes.all).filter(inside)) else { return false };
        values_of(&accs, &plan.aggregates, out.values);
        out.has(plan.calendar.moment(end))
    }
}

impl State {
    /// Adds an event to a group after windows with it were given out; how much more is held.
    pub(super) fn add_late(&mut self, at: u32, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let over = plan.calendar.over(out.now.saturating_add(-1));
        let Some(group) = self.groups.get_mut(at as usize) else { return 0 };
        let Body::Closing(body) = &mut group.body else {
            group.lend(self.refused, out);
            let more = group.body.add(event, out);
            group.take_back(out);
            return more;
        };
        let more = body.add_late(event, over, plan);
        let (size, slide, _) = lengths(plan);
        let local = plan.calendar.local(event.time);
        let mut end = floor(local.saturating_sub(size), slide).saturating_add(slide + size);
        while end <= over && end.saturating_sub(size) <= local {
            if plan.top.is_some() {
                self.rank_again(at, end, event, out);
            } else if let Some(group) = self.groups.get_mut(at as usize) {
                group.give_again(self.refused, end, event, out);
            }
            end = end.saturating_add(slide);
        }
        more
    }

    /// Notes the pane of an event, if that is of use.
    pub(super) fn occupy(&mut self, at: u32, event: &Event<'_>) {
        if let (Some(occupants), Some(group)) = (&mut self.occupants, self.groups.get(at as usize))
        {
            let local = self.plan.calendar.local(event.time);
            occupants.add(floor(local, self.plan.window.pane_ms()), group.route, at);
        }
    }

    /// Lets go of panes that no late event can change any more.
    pub(super) fn forget_occupants(&mut self, now: Timestamp) {
        if let Some(occupants) = &mut self.occupants {
            let (plan, lateness_ms) = (&self.plan, self.lateness_ms);
            let over = |start| plan.calendar.last_before(last_end(start, plan));
            occupants.forget(|start| over(start).saturating_add(lateness_ms) <= now);
        }
    }

    /// Gives out the groups that now rank first in a window that is over.
    fn rank_again(&mut self, at: u32, end: i64, event: &Event<'_>, out: &mut Emitter<'_>) {
        let plan = out.plan;
        let Some(top) = &plan.top else { return };
        let Some(route) = self.groups.get(at as usize).map(|group| group.route) else { return };
        let start = end.saturating_sub(lengths(plan).0);
        let occupants = self.occupants.get_or_insert_with(|| Box::new(occupants(&self.groups)));
        let mut places: Vec<Place> = Vec::new();
        for at in occupants.of(start..end, route) {
            let Some(group) = self.groups.get_mut(at as usize).filter(|group| group.live) else {
                continue;
            };
            let Body::Closing(body) = &group.body else { continue };
            out.group = std::mem::replace(&mut group.key, Key::GLOBAL);
            if body.values_of_over(end, out) {
                let by = out.values.get(top.by).cloned().unwrap_or_default();
                let values = out.values.clone().into_boxed_slice();
                places.push(Place { by, group: out.group.clone(), values });
            }
            group.take_back(out);
        }
        places.sort_unstable();
        let given = self.rankings.given(route, end);
        let revision = *given;
        *given += u32::from(!places.is_empty());
        for (rank, place) in (1..).zip(places.into_iter().take(top.n)) {
            out.values.clear();
            out.values.extend(Vec::from(place.values));
            out.group = place.group;
            plan.give_window(end, Some(rank), (revision, Some(trigger(event))), out);
        }
    }
}

/// The panes of all groups.
fn occupants(groups: &[Group]) -> Occupants {
    let mut all = Occupants::default();
    for (at, group) in (0..).zip(groups).filter(|(_, group)| group.live) {
        if let Body::Closing(body) = &group.body {
            let past = body.past.iter().flat_map(|past| &past.panes);
            for pane in past.chain(&body.panes.all) {
                all.add(pane.start, group.route, at);
            }
        }
    }
    all
}

impl Group {
    /// Gives out a window that is over once more.
    fn give_again(&mut self, refused: bool, end: i64, event: &Event<'_>, out: &mut Emitter<'_>) {
        self.lend(refused, out);
        if let Body::Closing(body) = &mut self.body
            && body.values_of_over(end, out)
        {
            let revision = body.revision(end, out.lateness_ms);
            out.plan.give_window(end, None, (revision, Some(trigger(event))), out);
        }
        self.take_back(out);
    }
}
