//! The groups that rank first in a window.
//!
//! A ranking is kept in order while groups come, change and go, so that a window costs the `n` groups that it gives out,
//! and not all that there are.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tripline_event::{Key, Timestamp, Value};

use super::Values;
use super::emitter::Emitter;
use super::memory;
use super::plan::{AggregatePlan, Window};
use super::timers::{Subject, Timer, Timers};
use super::value::{compare, compare_groups};

/// The rankings of a rule: one for each value of the fields in `per`.
#[derive(Clone, Debug, Default)]
pub(super) struct Rankings {
    /// By the hash of the key, with a number that tells timers of an earlier one from those of this one.
    all: BTreeMap<u64, Ranking>,
    tenants: u32,
    /// How often windows that are over were given out, by their end and the hash: as long as events may come late.
    given: BTreeMap<(i64, u64), u32>,
}

#[derive(Clone, Debug)]
struct Ranking {
    tenant: u32,
    places: BTreeSet<Place>,
    /// Where each group stands: by what it ranks.
    by_group: BTreeMap<Key, Value>,
    /// The end of the window that is given out next, on the wall clock.
    next_end: Option<i64>,
}

/// A group with its values: highest first, then by group.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) by: Value,
    pub(super) group: Key,
    pub(super) values: Values,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&other.by, &self.by).then_with(|| compare_groups(&self.group, &other.group))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

impl Rankings {
    /// Puts a group at its place for the windows from the one that ends at `route.1` on; takes it out if it has no values.
    pub(super) fn put(
        &mut self,
        plan: &AggregatePlan,
        group: &Key,
        values: Option<&Vec<Value>>,
        route: (u64, i64),
        (due, slot, epoch): (Timestamp, u32, u64),
        timers: &mut Timers,
    ) {
        let (hash, end) = route;
        let by = plan.top.as_ref().map_or(0, |top| top.by);
        let tenants = &mut self.tenants;
        let ranking = self.all.entry(hash).or_insert_with(|| {
            *tenants = tenants.wrapping_add(1);
            let (places, by_group) = (BTreeSet::new(), BTreeMap::new());
            Ranking { tenant: *tenants, places, by_group, next_end: None }
        });
        if let Some(by) = ranking.by_group.remove(group) {
            ranking.places.remove(&Place { by, group: group.clone(), values: Box::default() });
        }
        if let Some(values) = values {
            let by = values.get(by).cloned().unwrap_or_default();
            ranking.by_group.insert(group.clone(), by.clone());
            let values = values.clone().into_boxed_slice();
            ranking.places.insert(Place { by, group: group.clone(), values });
        }
        if ranking.places.is_empty() {
            self.all.remove(&hash);
            return;
        }
        if ranking.next_end.is_none_or(|next| end < next) {
            ranking.next_end = Some(end);
            timers.set((due, end), hash, slot, epoch, ranking.subject());
        }
    }

    /// Gives out the window that is over.
    pub(super) fn flush(
        &mut self,
        timer: &Timer,
        tenant: u32,
        timers: &mut Timers,
        out: &mut Emitter<'_>,
    ) {
        let Some(ranking) = self.all.get_mut(&timer.hash) else { return };
        let plan = out.plan;
        let (Some(top), Some(end)) = (&plan.top, ranking.next_end) else { return };
        let Window::Aligned { slide_ms, .. } = plan.window else { return };
        if ranking.tenant != tenant || end != timer.end {
            return;
        }
        for (rank, place) in (1..).zip(ranking.places.iter().take(top.n)) {
            out.values.clear();
            out.values.extend(place.values.iter().cloned());
            out.group = place.group.clone();
            plan.give_window(end, Some(rank), (0, None), out);
        }

        let next = end.saturating_add(slide_ms);
        ranking.next_end = Some(next);
        let due = plan.calendar.last_before(next);
        timers.set((due, next), timer.hash, timer.slot, timer.epoch, ranking.subject());
        if out.lateness_ms > 0 {
            self.given.insert((end, timer.hash), 1);
            self.forget(timer.due, out);
        }
    }

    /// About how many bytes all rankings take.
    pub(super) fn bytes(&self) -> usize {
        // A place stands in two trees.
        const PLACE: usize = (size_of::<Place>() + size_of::<(Key, Value)>()) * 3 / 2;
        let of = |ranking: &Ranking| {
            let values = ranking.places.first().map_or(0, |place| place.values.len());
            let place = PLACE + memory::block(values * size_of::<Value>());
            size_of::<(u64, Ranking)>() * 3 / 2 + ranking.places.len() * place
        };
        let given = self.given.len() * size_of::<((i64, u64), u32)>() * 3 / 2;
        given + memory::of_all(self.all.values(), self.all.len(), of)
    }

    /// How often a window that is over was given out.
    pub(super) fn given(&mut self, hash: u64, end: i64) -> &mut u32 {
        self.given.entry((end, hash)).or_default()
    }

    /// Lets go of windows that no late event can change any more.
    fn forget(&mut self, now: Timestamp, out: &Emitter<'_>) {
        let over = |end: i64| out.plan.calendar.last_before(end).saturating_add(out.lateness_ms);
        while self.given.first_key_value().is_some_and(|(&(end, _), _)| over(end) <= now) {
            self.given.pop_first();
        }
    }

    /// What was given out is known still.
    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn clear_given(&mut self) {
        self.given.clear();
    }

    pub(super) fn save_given(&self) -> Vec<(i64, u64, u32)> {
        self.given.iter().map(|(&(end, hash), &given)| (end, hash, given)).collect()
    }

    pub(super) fn restore_given(&mut self, (end, hash, given): (i64, u64, u32)) {
        self.given.insert((end, hash), given);
    }

    /// What a snapshot holds of the rankings.
    pub(super) fn save(&self) -> Vec<SavedRanking> {
        let save = |(&hash, ranking): (&u64, &Ranking)| SavedRanking {
            hash,
            next_end: ranking.next_end.unwrap_or(i64::MAX),
            places: ranking
                .places
                .iter()
                .map(|place| (place.group.clone(), place.values.to_vec()))
                .collect(),
        };
        self.all.iter().map(save).collect()
    }

    /// Puts back what was saved, for the rule in `slot`.
    pub(super) fn restore(
        &mut self,
        plan: &AggregatePlan,
        saved: &SavedRanking,
        (slot, epoch): (u32, u64),
        timers: &mut Timers,
    ) {
        let due = plan.calendar.last_before(saved.next_end);
        let route = (saved.hash, saved.next_end);
        for (group, values) in &saved.places {
            self.put(plan, group, Some(values), route, (due, slot, epoch), timers);
        }
    }
}

/// A ranking in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedRanking {
    pub(super) hash: u64,
    next_end: i64,
    /// The groups with their values, by rank.
    places: Vec<(Key, Vec<Value>)>,
}

impl Ranking {
    const fn subject(&self) -> Subject {
        Subject::Ranking { tenant: self.tenant }
    }
}
