//! How old the oldest run of each rule is, and how much is held: for those who look at a shard while it works.

use tripline_event::Timestamp;

use super::{KeyEntry, RuleRuns, ShardState, Timer};
use crate::counters::{RuleCounters, first};
use crate::rule_set::{Rule, RuleSet};
use crate::run::Run;

/// When the oldest runs of a rule began.
#[derive(Clone, Copy, Debug, Default)]
struct Oldest {
    epoch: u64,
    withheld: Option<Timestamp>,
    open: Option<Timestamp>,
}

/// A pass over all runs, a part at a time; what the last one found is known in the meantime.
#[derive(Clone, Debug, Default)]
pub(super) struct Ages {
    /// By rule slot.
    known: Vec<Oldest>,
    found: Vec<Oldest>,
    /// Where the pass is, and how many places it has left.
    at: usize,
    left: usize,
}

impl Oldest {
    fn add(&mut self, runs: &RuleRuns) {
        let earliest = |runs: &[Run]| {
            runs.iter().filter(|run| !run.is_start()).map(|run| run.start_time).min()
        };
        self.withheld = first(self.withheld, earliest(&runs.runs.completed));
        self.open = first(self.open, earliest(&runs.runs.runs));
    }
}

/// What a shard holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldState {
    /// Keys that have runs; one for each set of key fields that rules share.
    pub keys: u64,
    /// Runs alive and matches withheld.
    pub runs: u64,
    /// Links of the chains that runs hold of their events.
    pub links: u64,
    /// Events that runs have taken.
    pub events: u64,
    /// About how many bytes of memory all of it takes.
    pub bytes: u64,
}

impl HeldState {
    /// Adds what another shard holds.
    pub const fn add(&mut self, other: &Self) {
        self.keys += other.keys;
        self.runs += other.runs;
        self.links += other.links;
        self.events += other.events;
        self.bytes += other.bytes;
    }
}

impl ShardState {
    /// Begins to find out how old the oldest runs are, unless that is under way.
    pub fn begin_ages(&mut self) {
        if self.ages.left == 0 {
            self.ages.at = 0;
            self.ages.left = self.rule_runs.len();
            self.ages.found.clear();
            if self.ages.left == 0 {
                self.ages.known.clear();
            }
        }
    }

    /// Goes on finding out how old the oldest runs are; whether there is more to look at.
    ///
    /// # Cost
    /// Looks at `places` places of runs at most, and at what was asked for with [`ShardState::begin_ages`] only.
    pub fn continue_ages(&mut self, places: usize) -> bool {
        let ages = &mut self.ages;
        if ages.left == 0 {
            return false;
        }
        let until = ages.at + places.min(ages.left);
        for runs in self.rule_runs.get(ages.at..until).unwrap_or_default() {
            if !runs.live {
                continue;
            }
            let slot = runs.slot as usize;
            if ages.found.len() <= slot {
                ages.found.resize(slot + 1, Oldest::default());
            }
            let Some(oldest) = ages.found.get_mut(slot) else { continue };
            if oldest.epoch < runs.epoch {
                *oldest = Oldest { epoch: runs.epoch, ..Oldest::default() };
            }
            if oldest.epoch == runs.epoch {
                oldest.add(runs);
            }
        }
        ages.left -= until - ages.at;
        ages.at = until;
        if ages.left == 0 {
            std::mem::swap(&mut ages.known, &mut ages.found);
        }
        ages.left > 0
    }

    /// What happened to each rule since its version came into force, by slot; ages are those that were last found out.
    ///
    /// # Cost
    /// A pass over the slots of the set and their nodes, whatever the number of runs.
    #[must_use]
    pub fn counters_now(&self, set: &RuleSet) -> Vec<RuleCounters> {
        let counters = |slot| {
            let Some(rule) = set.rule_in(slot) else { return RuleCounters::default() };
            let mut counters = self.counted(rule);
            self.add_unknown(set, rule, &mut counters);
            let known = self.ages.known.get(slot).filter(|oldest| oldest.epoch == rule.epoch);
            if let Some(oldest) = known {
                // The last of them may have gone since.
                counters.withheld_since = oldest.withheld.filter(|_| counters.withheld > 0);
                counters.open_since = oldest.open.filter(|_| counters.live_runs > 0);
            }
            counters
        };
        (0..set.slots()).map(counters).collect()
    }

    /// What happened to each rule since its version came into force, by slot.
    ///
    /// # Cost
    /// A pass over the keys of all rules, for the ages of what is open.
    #[must_use]
    pub fn counters(&self, set: &RuleSet) -> Vec<RuleCounters> {
        let mut counters = self.counters_now(set);
        let mut oldest = vec![Oldest::default(); counters.len()];
        for rule_runs in self.rule_runs.iter().filter(|runs| runs.live) {
            let slot = rule_runs.slot as usize;
            if let (Some(rule), Some(oldest)) = (set.rule_in(slot), oldest.get_mut(slot))
                && rule_runs.belongs_to(rule)
            {
                oldest.add(rule_runs);
            }
        }
        for (counters, oldest) in counters.iter_mut().zip(oldest) {
            (counters.withheld_since, counters.open_since) = (oldest.withheld, oldest.open);
        }
        counters
    }

    /// Adds what is counted beside the runs.
    fn add_unknown(&self, set: &RuleSet, rule: &Rule, counters: &mut RuleCounters) {
        let unknown = &self.decider.memo.unknown;
        for (into, node) in counters.nodes.iter_mut().zip(&rule.nfa.nodes) {
            let asked = node.conditions.iter();
            into.unknown = asked.map(|&condition| unknown.of(set, rule, condition)).sum();
        }
        let table = self.tables.get(rule.key_spec);
        counters.without_key = table.map_or(0, |table| table.without_key);
    }

    /// What the shard holds.
    ///
    /// # Cost
    /// A pass over the slots of rules.
    #[must_use]
    pub fn held_state(&self) -> HeldState {
        let (events, links) = self.chains.held();
        let open = self.slots.iter().map(|slot| slot.counters.live_runs + slot.counters.withheld);
        let runs: u64 = open.sum();
        let room = |count: usize, each: usize| (count * each) as u64;
        let bytes = self.chains.bytes() as u64
            + room(self.rule_runs.capacity(), size_of::<RuleRuns>())
            // Each list of runs has some room to grow.
            + runs * 2 * size_of::<Run>() as u64
            + room(self.timers.capacity(), size_of::<Timer>())
            + self.tables.iter().map(|table| room(table.entries.capacity(), size_of::<KeyEntry>() + 8)).sum::<u64>();
        let (groups, panes, aggregate_bytes) = self.decider.aggregates.held_in_all();
        let aggregate_bytes = aggregate_bytes + self.decider.sets.bytes() as u64;
        HeldState {
            keys: self.live_keys() as u64 + groups,
            runs,
            links: links as u64 + panes,
            events: events as u64,
            bytes: bytes + aggregate_bytes,
        }
    }
}
