//! Statistics in windows: rules of type AGGREGATE.
//!
//! The rule's automaton, of one node, says which events count; the [`AggregatePlan`] says what becomes of them.
//! A group has panes (spans of time with what their events come to), and windows are put together of them. A group is
//! looked at when a pane of its own enters or leaves a window, or when it has an output to give, and not at every close.
//!
//! Groups of a rule with `top` rank within a [`Ranking`]; all groups of one ranking are in one shard, since events are
//! spread by the fields of `per` there, and by those of `groupBy` elsewhere.

#![expect(clippy::indexing_slicing, reason = "places of groups are issued here")]

mod acc;
mod closing;
mod emitter;
mod group;
mod late;
mod memory;
mod occupants;
mod open;
mod panes;
mod plan;
mod ranking;
mod running;
mod session;
mod sketch;
mod snapshot;
mod timers;
mod trailing;
mod value;

use std::sync::Arc;

use hashbrown::HashTable;
use tripline_event::{Event, EventPosition, Key, KeyGroup, Timestamp, Value};

use closing::Look;
pub(crate) use emitter::Emitter;
use group::Body;
use occupants::Occupants;
pub use plan::{
    Aggregate, AggregatePlan, Calendar, Emit, Function, Having, HavingInput, PlanChange, Top,
    Window,
};
use ranking::Rankings;
pub(crate) use snapshot::SnapshotAggregate;
pub(crate) use timers::{Bound, Timers};
use timers::{Subject, Timer};

use crate::rule_set::{BudgetLimit, Rule};
use crate::run::NEVER;

/// The open windows of all aggregate rules of a shard, by rule slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aggregates {
    states: Vec<Option<State>>,
    pub(crate) timers: Timers,
    /// How late events may be, in ms: so long what is over can change.
    pub(crate) lateness_ms: i64,
}

/// The open windows of a rule.
#[derive(Clone, Debug)]
struct State {
    epoch: u64,
    plan: Arc<AggregatePlan>,
    groups: Vec<Group>,
    free: Vec<u32>,
    index: HashTable<u32>,
    rankings: Rankings,
    /// Where groups rank, once an event came late: from then on it is kept.
    occupants: Option<Box<Occupants>>,
    lateness_ms: i64,
    /// Everything due by then has been given out.
    now: Timestamp,
    /// What all groups hold: panes, and members of exact sets.
    held: usize,
    /// The place of the group that holds most, of those that an event came for.
    most: u32,
    /// Whether groups were refused since there were too many.
    refused: bool,
}

#[derive(Clone, Debug)]
struct Group {
    key: Key,
    /// Of the key.
    hash: u64,
    /// Of the key by which events come to the shard.
    route: u64,
    body: Body,
    held: usize,
    /// Whether events were left out since it held too much.
    degraded: bool,
    /// The moment and the end of the window for which a timer is set; [`IDLE`] if none.
    armed: (Timestamp, i64),
    /// Tells the timers of an earlier tenant of this place from those of this one.
    tenant: u32,
    live: bool,
}

/// No timer is set.
const IDLE: (Timestamp, i64) = (NEVER, i64::MAX);

impl Aggregates {
    /// Takes an event that the rule's condition lets pass; `route` is the hash of its key, and the shard has so many of
    /// all key groups. It happened before its time if it comes late.
    pub(crate) fn process(
        &mut self,
        event: &Event<'_>,
        (route, key_groups): (u64, u16),
        out: &mut Emitter<'_>,
    ) {
        let slot = out.rule.slot();
        if self.states.len() <= slot {
            self.states.resize_with(slot + 1, || None);
        }
        let Some(place) = self.states.get_mut(slot) else { return };
        if place.as_ref().is_none_or(|state| state.epoch != out.rule.epoch()) {
            *place = out.rule.aggregate().map(|plan| State::new(out.rule.epoch(), plan));
        }
        let Some(state) = place else { return };
        state.lateness_ms = self.lateness_ms;
        state.now = state.now.max(event.time.saturating_add(-1));
        (out.now, out.lateness_ms) = (event.time, self.lateness_ms);
        let earliest = event.time.saturating_add(-self.lateness_ms);
        let event = Event { time: event.happened.clamp(earliest, event.time), ..*event };
        state.process(&event, route, key_groups, &mut self.timers, out);
    }

    /// Does what a timer was set for; [`None`] if its rule is gone.
    pub(crate) fn pass(&mut self, timer: &Timer, out: &mut Emitter<'_>) {
        let state = self.states.get_mut(timer.slot as usize).and_then(Option::as_mut);
        if let Some(state) = state.filter(|state| state.epoch == timer.epoch) {
            state.now = state.now.max(timer.due);
            (state.lateness_ms, out.lateness_ms) = (self.lateness_ms, self.lateness_ms);
            state.forget_occupants(timer.due);
            match timer.subject {
                Subject::Group { at, tenant } => {
                    state.pass_group(timer, at, tenant, &mut self.timers, out);
                }
                Subject::Ranking { tenant } => {
                    state.rankings.flush(timer, tenant, &mut self.timers, out);
                }
            }
        }
    }

    /// Drops the open windows of a rule that is gone, or has its new version ask its own questions.
    pub(crate) fn swap(&mut self, slot: usize, rule: Option<&Rule>, now: Option<Timestamp>) {
        let Some(place) = self.states.get_mut(slot) else { return };
        let Some(state) = place else { return };
        let next = rule.filter(|rule| rule.epoch() == state.epoch).and_then(Rule::aggregate);
        match next {
            None => *place = None,
            Some(plan) => {
                state.now = now.map_or(state.now, |now| state.now.max(now));
                state.change(slot, plan, &mut self.timers);
            }
        }
    }

    /// How many groups a rule has, and what they hold.
    pub(crate) fn held(&self, rule: &Rule) -> (u64, u64) {
        let state = self.states.get(rule.slot()).and_then(Option::as_ref);
        let state = state.filter(|state| state.epoch == rule.epoch());
        state.map_or((0, 0), |state| (state.index.len() as u64, state.held as u64))
    }
}

impl State {
    fn new(epoch: u64, plan: &Arc<AggregatePlan>) -> Self {
        Self {
            epoch,
            plan: Arc::clone(plan),
            groups: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            rankings: Rankings::default(),
            occupants: None,
            lateness_ms: 0,
            now: Timestamp::MIN,
            held: 0,
            most: 0,
            refused: false,
        }
    }

    fn process(
        &mut self,
        event: &Event<'_>,
        route: u64,
        key_groups: u16,
        timers: &mut Timers,
        out: &mut Emitter<'_>,
    ) {
        let budget = out.rule.budget();
        let share =
            |all: u64| all.saturating_mul(u64::from(key_groups)) / u64::from(KeyGroup::COUNT);
        let parts = || out.plan.group_by.iter().map(|&field| event.value(field));
        let hash = Key::stable_hash_of_group(parts());
        let groups = &self.groups;
        let matches = |at: &u32| groups[*at as usize].key.matches_group(parts());
        let at = match self.index.find(hash, matches).copied() {
            Some(at) => at,
            None => {
                if self.index.len() as u64 >= share(budget.max_runs).max(1) {
                    self.refused = true;
                    out.exceeded = Some(BudgetLimit::Runs(budget.max_runs));
                    return;
                }
                self.add_group(Key::of_group(parts()), hash, route)
            }
        };
        let group = &mut self.groups[at as usize];
        if group.held >= budget.max_events_per_key
            || self.held as u64 >= share(budget.max_events).max(1)
        {
            group.degraded = true;
            out.exceeded = Some(if group.held >= budget.max_events_per_key {
                BudgetLimit::EventsOfKey(budget.max_events_per_key)
            } else {
                BudgetLimit::Events(budget.max_events)
            });
            return;
        }
        self.occupy(at, event);
        let group = &mut self.groups[at as usize];
        let more = if event.time < out.now {
            self.add_late(at, event, out)
        } else {
            group.lend(self.refused, out);
            let more = group.body.add(event, out);
            group.take_back(out);
            more
        };
        let less = std::mem::take(&mut out.freed);
        let group = &mut self.groups[at as usize];
        group.held = (group.held + more).saturating_sub(less);
        self.held = (self.held + more).saturating_sub(less);
        self.weigh(at);
        self.arm(at, out.rule.slot, timers);
    }

    /// Notes the group if none holds more.
    fn weigh(&mut self, at: u32) {
        let held = |at: u32| self.groups.get(at as usize).map_or(0, |group| group.held);
        if held(self.most) < held(at) {
            self.most = at;
        }
    }

    fn add_group(&mut self, key: Key, hash: u64, route: u64) -> u32 {
        let body = Body::new(&self.plan);
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.groups.push(Group {
                    key: Key::GLOBAL,
                    hash: 0,
                    route: 0,
                    body: Body::Sessions(std::collections::VecDeque::new()),
                    held: 0,
                    degraded: false,
                    armed: IDLE,
                    tenant: 0,
                    live: false,
                });
                u32::try_from(self.groups.len() - 1).unwrap_or(u32::MAX)
            }
        };
        let group = &mut self.groups[at as usize];
        let tenant = group.tenant.wrapping_add(1);
        *group = Group {
            key,
            hash,
            route,
            body,
            held: 0,
            degraded: false,
            armed: IDLE,
            tenant,
            live: true,
        };
        let groups = &self.groups;
        self.index.insert_unique(hash, at, |&other| groups[other as usize].hash);
        at
    }

    /// Sets a timer for what is due next.
    fn arm(&mut self, at: u32, slot: u32, timers: &mut Timers) {
        let group = &mut self.groups[at as usize];
        let due = (group.body.due(&self.plan, self.lateness_ms), group.body.next_end());
        if due < group.armed {
            group.armed = due;
            let subject = Subject::Group { at, tenant: group.tenant };
            timers.set(due, group.route, slot, self.epoch, subject);
        }
    }

    fn pass_group(
        &mut self,
        timer: &Timer,
        at: u32,
        tenant: u32,
        timers: &mut Timers,
        out: &mut Emitter<'_>,
    ) {
        let group = &mut self.groups[at as usize];
        if !group.live || group.tenant != tenant || group.armed != (timer.due, timer.end) {
            return;
        }
        group.armed = IDLE;
        group.lend(self.refused, out);
        let mut freed = 0;
        if let Body::Closing(body) = &mut group.body {
            let look = body.look(timer.due, out, &mut freed);
            freed += body.forget(timer.due, out);
            if let Look::Window { end, shown } = look {
                if self.plan.top.is_some() {
                    let values = shown.then_some(&*out.values);
                    let route = (group.route, end);
                    let at = (timer.due, timer.slot, timer.epoch);
                    self.rankings.put(&self.plan, &out.group, values, route, at, timers);
                } else if shown {
                    let revision = body.revision(end, out.lateness_ms);
                    self.plan.give_window(end, None, (revision, None), out);
                }
            }
        } else {
            freed = group.body.pass(timer.due, out);
        }
        group.take_back(out);
        group.held = group.held.saturating_sub(freed);
        self.held = self.held.saturating_sub(freed);
        if group.body.is_empty() {
            self.remove(at);
        } else {
            self.arm(at, timer.slot, timers);
        }
    }

    fn remove(&mut self, at: u32) {
        let group = &mut self.groups[at as usize];
        group.live = false;
        group.key = Key::GLOBAL;
        group.body = Body::Sessions(std::collections::VecDeque::new());
        self.held = self.held.saturating_sub(group.held);
        group.held = 0;
        if let Ok(entry) = self.index.find_entry(group.hash, |&other| other == at) {
            entry.remove();
        }
        self.free.push(at);
        if self.index.is_empty() {
            self.refused = false;
            self.rankings.clear_given();
            // One busy hour must not pin its size for ever.
            self.groups.shrink_to(1024);
        }
    }

    /// A new version goes on with the open windows: another `having`, `top.n` or filter counts from the next output on.
    fn change(&mut self, slot: usize, plan: &Arc<AggregatePlan>, timers: &mut Timers) {
        if Arc::ptr_eq(&self.plan, plan) {
            return;
        }
        self.plan = Arc::clone(plan);
        self.rankings.clear();
        let over = plan.calendar.over(self.now);
        let slot = u32::try_from(slot).unwrap_or(u32::MAX);
        for at in 0..self.groups.len() {
            let group = &mut self.groups[at];
            if !group.live {
                continue;
            }
            if let Body::Closing(body) = &mut group.body {
                body.look_again(over, plan);
                self.arm(u32::try_from(at).unwrap_or(u32::MAX), slot, timers);
            }
        }
    }
}

impl Group {
    /// Lets the emitter have the key, which it shows.
    fn lend(&mut self, refused: bool, out: &mut Emitter<'_>) {
        out.group = std::mem::replace(&mut self.key, Key::GLOBAL);
        out.degraded = self.degraded || refused;
    }

    fn take_back(&mut self, out: &mut Emitter<'_>) {
        self.key = std::mem::replace(&mut out.group, Key::GLOBAL);
    }
}

impl AggregatePlan {
    /// Gives out the values at hand for the window that ends at `end` on the wall clock, with the revision and the event
    /// that brought it.
    fn give_window(
        &self,
        end: i64,
        rank: Option<u32>,
        (revision, event): (u32, Option<(Timestamp, EventPosition)>),
        out: &mut Emitter<'_>,
    ) {
        let Window::Aligned { size_ms, .. } = self.window else { return };
        let start = self.calendar.moment(end.saturating_sub(size_ms));
        out.give(&emitter::Row { start, end: self.calendar.moment(end), rank, revision, event });
    }
}

/// The values of a group and window, kept in a ranking.
type Values = Box<[Value]>;
