//! The spans of time that windows are put together of, and the values of a window that moves over them.
//!
//! A window over panes is kept as two stacks: what leaves is on top of `front`, each entry with all that is newer in
//! `front` put together, and `back` is the rest put together. So a pane that enters or leaves costs the same however many
//! there are, for every function, and nothing is ever subtracted.

use std::collections::VecDeque;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use tripline_event::{Event, Key, Value};

use super::acc::{Acc, Accs, count_of, merge_accs, new_accs};
use super::plan::{Aggregate, Function};

/// What one group has in one span of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pane {
    /// The beginning, on the wall clock of the plan.
    pub(super) start: i64,
    pub(super) accs: Accs,
}

impl Pane {
    pub(super) fn new(start: i64, aggregates: &[Aggregate]) -> Self {
        Self { start, accs: new_accs(aggregates) }
    }

    /// Adds an event; how many members came to exact sets.
    pub(super) fn add(&mut self, aggregates: &[Aggregate], event: &Event<'_>) -> usize {
        let pairs = self.accs.iter_mut().zip(aggregates);
        pairs.map(|(acc, aggregate)| usize::from(acc.add(aggregate, event))).sum()
    }

    /// How much it holds: itself, and the members of its exact sets.
    pub(super) fn weight(&self) -> usize {
        1 + self.accs.iter().map(Acc::members).sum::<usize>()
    }
}

/// Finds the pane that begins at `start`, or makes it; panes are in order.
pub(super) fn pane_at<'a>(
    panes: &'a mut VecDeque<Pane>,
    start: i64,
    aggregates: &[Aggregate],
) -> (&'a mut Pane, bool) {
    let at = match panes.back() {
        None => 0,
        Some(last) if last.start < start => panes.len(),
        Some(last) if last.start == start => panes.len() - 1,
        Some(_) => panes.partition_point(|pane| pane.start < start),
    };
    let new = panes.get(at).is_none_or(|pane| pane.start != start);
    if new {
        panes.insert(at, Pane::new(start, aggregates));
    }
    (&mut panes[at], new)
}

/// The values of accumulators.
pub(super) fn values_of(accs: &Accs, aggregates: &[Aggregate], values: &mut Vec<Value>) {
    values.clear();
    let pairs = accs.iter().zip(aggregates);
    values.extend(pairs.map(|(acc, aggregate)| acc.value(aggregate.function)));
}

/// Panes of which the first so many are in the window.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Panes {
    pub(super) all: VecDeque<Pane>,
    entered: usize,
    /// How many entries `front` has: they are put together again after a restart.
    front_len: usize,
    #[serde(skip)]
    front: Vec<Accs>,
    #[serde(skip)]
    back: Option<Accs>,
    /// Of each exact set in how many panes of the window a member is; in the order of the aggregates.
    #[serde(skip)]
    distinct: Vec<Members>,
}

impl PartialEq for Panes {
    /// What is derived from the panes does not matter.
    fn eq(&self, other: &Self) -> bool {
        (&self.all, self.entered, self.front_len) == (&other.all, other.entered, other.front_len)
    }
}

type Members = HashMap<Key, u32, foldhash::fast::FixedState>;

impl Panes {
    /// How many are in the window.
    pub(super) const fn entered(&self) -> usize {
        self.entered
    }

    /// What is derived of the panes: the two stacks, and the members of sets.
    pub(super) const fn derived(&self) -> (&Vec<Accs>, Option<&Accs>, &Vec<Members>) {
        (&self.front, self.back.as_ref(), &self.distinct)
    }

    /// The first one that has not entered.
    pub(super) fn waiting(&self) -> Option<&Pane> {
        self.all.get(self.entered)
    }

    /// The first pane after those in the window enters it.
    pub(super) fn enter(&mut self) {
        let Some(pane) = self.all.get(self.entered) else { return };
        self.entered += 1;
        count_members(&mut self.distinct, &pane.accs);
        match &mut self.back {
            Some(back) => merge_sliding(back, &pane.accs),
            None => self.back = Some(sliding(&pane.accs)),
        }
    }

    /// The first pane leaves the window.
    pub(super) fn leave(&mut self) -> Option<Pane> {
        if self.entered == 0 {
            return None;
        }
        if self.front.is_empty() {
            self.stack(self.entered);
            self.back = None;
        }
        self.front.pop();
        self.front_len = self.front.len();
        self.entered -= 1;
        let pane = self.all.pop_front()?;
        let sets = pane.accs.iter().filter_map(members);
        for (counts, set) in self.distinct.iter_mut().zip(sets) {
            for member in &set.0 {
                if let Some(count) = counts.get_mut(member) {
                    *count -= 1;
                    if *count == 0 {
                        counts.remove(member);
                    }
                }
            }
        }
        Some(pane)
    }

    /// The panes of which the first so many are in the window.
    pub(super) fn of(all: VecDeque<Pane>, entered: usize) -> Self {
        let mut panes = Self { all, entered, ..Self::default() };
        panes.derive();
        panes
    }

    /// Makes `front` of the first `count` panes.
    fn stack(&mut self, count: usize) {
        self.front.clear();
        for pane in self.all.iter().take(count).rev() {
            let mut accs = sliding(&pane.accs);
            if let Some(newer) = self.front.last() {
                merge_sliding(&mut accs, newer);
            }
            self.front.push(accs);
        }
        self.front_len = self.front.len();
    }

    /// Adds an event to the window itself, with a pane of its time; how much more is held.
    pub(super) fn push(
        &mut self,
        start: i64,
        aggregates: &[Aggregate],
        event: &Event<'_>,
    ) -> usize {
        match self.all.back_mut().filter(|pane| pane.start == start) {
            Some(pane) => {
                let mut added = 0;
                let mut sets = self.distinct.iter_mut();
                let pairs = pane.accs.iter_mut().zip(aggregates);
                for (at, (acc, aggregate)) in pairs.enumerate() {
                    let is_new = acc.add(aggregate, event);
                    if members(acc).is_some() {
                        let counts = sets.next();
                        let field = aggregate.field.map(|field| event.value(field));
                        if is_new
                            && let (Some(counts), Some(member)) =
                                (counts, Key::from_values(field.into_iter()))
                        {
                            *counts.entry(member).or_default() += 1;
                            added += 1;
                        }
                    } else if let Some(back) = self.back.as_mut().and_then(|accs| accs.get_mut(at))
                    {
                        back.add(aggregate, event);
                    }
                }
                added
            }
            None => {
                let mut pane = Pane::new(start, aggregates);
                pane.add(aggregates, event);
                let weight = pane.weight();
                self.all.push_back(pane);
                self.enter();
                weight
            }
        }
    }

    /// The values of the window.
    pub(super) fn values(&self, aggregates: &[Aggregate], values: &mut Vec<Value>) {
        values.clear();
        let mut sets = self.distinct.iter();
        for (at, aggregate) in aggregates.iter().enumerate() {
            if aggregate.function == Function::Distinct {
                values.push(count_of(sets.next().map_or(0, HashMap::len)));
                continue;
            }
            values.push(self.value_of(at, aggregate.function));
        }
    }

    /// The value of one aggregate of the window.
    pub(super) fn value(&self, at: usize, aggregates: &[Aggregate]) -> Option<Value> {
        let function = aggregates.get(at)?.function;
        if function != Function::Distinct {
            return Some(self.value_of(at, function));
        }
        let before = aggregates.iter().take(at);
        let set = before.filter(|one| one.function == Function::Distinct).count();
        Some(count_of(self.distinct.get(set).map_or(0, HashMap::len)))
    }

    /// The value of one that is no exact set.
    fn value_of(&self, at: usize, function: Function) -> Value {
        let older = self.front.last().and_then(|accs| accs.get(at));
        let newer = self.back.as_ref().and_then(|accs| accs.get(at));
        match (older, newer) {
            (Some(Acc::Count(older)), Some(Acc::Count(newer))) => {
                Acc::Count(older + newer).value(function)
            }
            (Some(older), Some(newer)) => {
                let mut both = older.clone();
                both.merge(newer);
                both.value(function)
            }
            (Some(one), None) | (None, Some(one)) => one.value(function),
            (None, None) => Acc::new(function).value(function),
        }
    }

    /// Derives what a snapshot leaves out.
    pub(super) fn derive(&mut self) {
        self.entered = self.entered.min(self.all.len());
        self.stack(self.front_len.min(self.entered));
        self.back = None;
        self.distinct.clear();
        for (at, pane) in self.all.iter().take(self.entered).enumerate() {
            count_members(&mut self.distinct, &pane.accs);
            if at >= self.front_len {
                match &mut self.back {
                    Some(back) => merge_sliding(back, &pane.accs),
                    None => self.back = Some(sliding(&pane.accs)),
                }
            }
        }
    }

    /// How much all panes hold.
    pub(super) fn weight(&self) -> usize {
        self.all.iter().map(Pane::weight).sum()
    }
}

const fn members(acc: &Acc) -> Option<&super::acc::Members> {
    match acc {
        Acc::Distinct(members) => Some(members),
        _ => None,
    }
}

fn count_members(counts: &mut Vec<Members>, accs: &Accs) {
    for (at, set) in accs.iter().filter_map(members).enumerate() {
        if counts.len() <= at {
            counts.push(Members::default());
        }
        if let Some(counts) = counts.get_mut(at) {
            for member in &set.0 {
                *counts.entry_ref(member).or_default() += 1;
            }
        }
    }
}

/// The accumulators without the members of exact sets, which are counted beside.
fn sliding(accs: &Accs) -> Accs {
    let without = |acc: &Acc| match acc {
        Acc::Distinct(_) => Acc::new(Function::Distinct),
        other => other.clone(),
    };
    accs.iter().map(without).collect()
}

fn merge_sliding(own: &mut Accs, later: &Accs) {
    for (own, later) in own.iter_mut().zip(later) {
        if members(own).is_none() {
            own.merge(later);
        }
    }
}

/// Puts the panes in `range` together, the earliest first.
pub(super) fn merged<'p>(panes: impl Iterator<Item = &'p Pane>) -> Option<Accs> {
    let mut all: Option<Accs> = None;
    for pane in panes {
        match &mut all {
            Some(all) => merge_accs(all, &pane.accs),
            None => all = Some(pane.accs.clone()),
        }
    }
    all
}
