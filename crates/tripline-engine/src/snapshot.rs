//! The state of a shard as data: what a checkpoint holds.
//!
//! Rules stand by id and version, states and nodes by name, so that a snapshot outlives the process and its numbers.
//! Timers, counts and running values are derived again when it is restored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tripline_condition::NodeIndex;
use tripline_event::{
    Event, EventPosition, FieldTable, Key, KeyGroup, KeyGroups, RuleId, RuleVersion, Timestamp,
    Value,
};

use crate::aggregate::SnapshotAggregate;
use crate::chain::{EventSlot, Link, MatchChains, NO_LINK};
use crate::counters::RuleCounters;
use crate::nfa::StateId;
use crate::rule_set::{PINNED, Rule, RuleSet};
use crate::run::{KeyRuns, NEVER, Run, earliest_due};
use crate::sets::SnapshotSet;
use crate::shard::ShardState;

/// The state of a shard as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    next_order: u64,
    watermark: Option<Timestamp>,
    events: Vec<SnapshotEvent>,
    rules: Vec<SnapshotRule>,
    /// These two last, so that a snapshot without them can be read.
    aggregates: Vec<SnapshotAggregate>,
    sets: Vec<SnapshotSet>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SnapshotEvent {
    time: Timestamp,
    position: EventPosition,
    order: u64,
    payload: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SnapshotRule {
    id: RuleId,
    version: RuleVersion,
    /// Whether a later version was in force.
    draining: bool,
    states: Vec<String>,
    counters: SnapshotCounters,
    keys: Vec<SnapshotKey>,
}

/// Counters that go on after a restart; the rest is derived.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct SnapshotCounters {
    matches: u64,
    timeouts: u64,
    pruned_matches: u64,
    budget_exceeded: u64,
    nodes: Vec<(u64, u64, Vec<u64>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SnapshotKey {
    key: Key,
    now: Timestamp,
    /// Links, each after the one it points back at: that one, the event, the node.
    links: Vec<(Option<u32>, u32, u16)>,
    runs: Vec<SnapshotRun>,
    completed: Vec<SnapshotRun>,
    /// Whether outputs are touched by what the budget dropped, and until when they are though no run is left.
    degraded: bool,
    degraded_until: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SnapshotRun {
    state: u16,
    /// `None` for the start state.
    link: Option<u32>,
    start_order: u64,
    start_time: Timestamp,
    previous_time: Timestamp,
}

/// What did not come back from a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreReport {
    /// Runs and withheld matches dropped, by rule: their version is not in the set.
    pub dropped: Vec<(RuleId, RuleVersion, u64)>,
}

impl RestoreReport {
    /// Adds what did not come back in another shard.
    pub fn add(&mut self, more: &Self) {
        for (id, version, runs) in &more.dropped {
            self.drop(id, *version, *runs);
        }
    }

    fn drop(&mut self, id: &RuleId, version: RuleVersion, runs: u64) {
        let same = |known: &&mut (RuleId, RuleVersion, u64)| known.0 == *id && known.1 == version;
        match self.dropped.iter_mut().find(same) {
            Some(known) => known.2 += runs,
            None => self.dropped.push((id.clone(), version, runs)),
        }
    }
}

impl Snapshot {
    /// What rules have put into sets: the name of each, and its members in order, each with the first moment at which it
    /// is out.
    pub fn sets(&self) -> impl Iterator<Item = (&str, &[(Key, Timestamp)])> {
        self.sets.iter().map(|set| (set.name.as_str(), set.members.as_slice()))
    }
}

impl ShardState {
    /// The state as data, for the rules of `set`.
    #[must_use]
    pub fn snapshot(&self, set: &RuleSet) -> Snapshot {
        let mut events = Events::default();
        let mut rules: BTreeMap<usize, SnapshotRule> =
            set.rules().map(|rule| (rule.slot(), self.snapshot_rule(rule))).collect();
        for rule_runs in self.rule_runs.iter().filter(|runs| runs.live) {
            let slot = rule_runs.slot as usize;
            let (Some(rule), Some(into)) = (set.rule_in(slot), rules.get_mut(&slot)) else {
                continue;
            };
            if !rule_runs.belongs_to(rule) {
                continue;
            }
            let mut links = Vec::new();
            let mut link_number: BTreeMap<Link, u32> = BTreeMap::new();
            let mut save = |run: &Run| {
                let chain: Vec<_> = self.chains.walk(run.chain).collect();
                let mut previous = None;
                for (link, NodeIndex(node), slot) in chain.into_iter().rev() {
                    let event = events.number_of(slot, &self.chains);
                    previous = Some(*link_number.entry(link).or_insert_with(|| {
                        links.push((previous, event, node));
                        number(links.len() - 1)
                    }));
                }
                SnapshotRun {
                    state: run.state.0,
                    link: previous,
                    start_order: run.start_order,
                    start_time: run.start_time,
                    previous_time: run.previous_time,
                }
            };
            let runs = rule_runs.runs.runs.iter().map(&mut save).collect();
            let completed = rule_runs.runs.completed.iter().map(&mut save).collect();
            let key = self.key_of(rule_runs).clone();
            let KeyRuns { now, degraded, degraded_until, .. } = rule_runs.runs;
            into.keys.push(SnapshotKey {
                key,
                now,
                links,
                runs,
                completed,
                degraded,
                degraded_until,
            });
        }
        Snapshot {
            next_order: self.next_order,
            watermark: self.watermark,
            events: events.all,
            rules: in_order(set, rules),
            aggregates: set.rules().filter_map(|rule| self.decider.aggregates.save(rule)).collect(),
            sets: self.decider.sets.save(set.fields()),
        }
    }

    fn snapshot_rule(&self, rule: &Rule) -> SnapshotRule {
        // Not `counters`, which passes over all keys for the ages of what is open.
        let counters = self.counted(rule);
        SnapshotRule {
            id: rule.id.clone(),
            version: rule.version,
            states: rule.nfa.states.iter().map(|state| state.name.clone()).collect(),
            draining: rule.is_draining(),
            counters: SnapshotCounters {
                matches: counters.matches,
                timeouts: counters.timeouts,
                pruned_matches: counters.pruned_matches,
                budget_exceeded: counters.budget_exceeded,
                nodes: counters
                    .nodes
                    .iter()
                    .map(|node| (node.met, node.reached, node.ended.to_vec()))
                    .collect(),
            },
            keys: Vec::new(),
        }
    }

    /// The state that `snapshot` holds, under `set`.
    ///
    /// Runs of a version that `set` has not are dropped and reported; fields are read again from the payloads.
    #[must_use]
    pub fn restore(snapshot: &Snapshot, set: &RuleSet) -> (Self, RestoreReport) {
        Self::restore_part(&[snapshot], set, KeyGroups::ALL, true)
    }

    /// What the snapshots of all shards hold of the keys in `groups`, under `set`: so as many shards can be restored as
    /// there are to be, whatever their number was.
    ///
    /// Counts of matches and the like are not kept by key; they go to the one shard for which `counts` is true.
    #[must_use]
    pub fn restore_part(
        snapshots: &[&Snapshot],
        set: &RuleSet,
        groups: KeyGroups,
        counts: bool,
    ) -> (Self, RestoreReport) {
        let mut state = Self::owning(groups);
        let mut report = RestoreReport::default();
        state.swap(set);
        for snapshot in snapshots {
            state.next_order = state.next_order.max(snapshot.next_order);
            state.watermark = state.watermark.max(snapshot.watermark);
            state.restore_from(snapshot, set, groups, counts, &mut report);
            if groups.contains(PINNED) {
                state.decider.sets.restore(&snapshot.sets, set.fields());
            }
        }
        (state, report)
    }

    fn restore_from(
        &mut self,
        snapshot: &Snapshot,
        set: &RuleSet,
        groups: KeyGroups,
        counts: bool,
        report: &mut RestoreReport,
    ) {
        let mut slots: Vec<Option<EventSlot>> = vec![None; snapshot.events.len()];
        // Versions edited in place can drain side by side under one number: each is found once, the oldest first.
        let mut candidates: Vec<&Rule> = set.rules().map(AsRef::as_ref).collect();
        candidates.sort_by_key(|rule| rule.epoch);
        for saved in &snapshot.rules {
            let found = candidates.iter().position(|rule| {
                rule.id == saved.id
                    && rule.version == saved.version
                    && rule.is_draining() == saved.draining
            });
            let rule = found.map(|at| candidates.remove(at));
            let is_owned = |key: &&SnapshotKey| {
                let hash = key.key.stable_hash();
                let group =
                    rule.map_or_else(|| KeyGroup::of_hash(hash), |rule| rule.group_of(hash));
                groups.contains(group)
            };
            let mut keys = saved.keys.iter().filter(is_owned);
            let Some(rule) = rule else {
                let open = |key: &SnapshotKey| {
                    let partial = key.runs.iter().filter(|run| run.link.is_some()).count();
                    (partial + key.completed.len()) as u64
                };
                let runs = keys.map(open).sum();
                report.drop(&saved.id, saved.version, runs);
                continue;
            };
            if counts {
                restore_counters(self.counters_mut(rule), &saved.counters);
            }
            // Within one version names and numbers agree, unless another build numbers states in another way.
            let states: Vec<Option<StateId>> = saved
                .states
                .iter()
                .map(|name| {
                    let at = rule.nfa.states.iter().position(|state| state.name == *name)?;
                    u16::try_from(at).ok().map(StateId)
                })
                .collect();
            for key in &mut keys {
                let runs = self.restore_key(set, rule, snapshot, key, &states, &mut slots);
                self.restore_runs(set, rule, key.key.clone(), runs);
            }
        }
        for slot in slots.into_iter().flatten() {
            self.chains.release_event(slot);
        }
        for saved in &snapshot.aggregates {
            let rule = set.rule(&saved.id).filter(|rule| rule.version == saved.version);
            let Some(rule) = rule.filter(|rule| rule.aggregate().is_some()) else {
                report.drop(&saved.id, saved.version, saved.groups(None, groups));
                continue;
            };
            self.decider.aggregates.restore(saved, rule, groups);
            let (live, held) = self.decider.aggregates.held(rule);
            let counters = self.counters_mut(rule);
            (counters.live_runs, counters.held_events) = (live, held);
        }
    }

    fn restore_key(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        snapshot: &Snapshot,
        key: &SnapshotKey,
        states: &[Option<StateId>],
        slots: &mut [Option<EventSlot>],
    ) -> KeyRuns {
        let links_before = self.chains.links_held();
        let mut links: Vec<Link> = Vec::new();
        for &(previous, event, node) in &key.links {
            let previous = previous.and_then(|at| links.get(at as usize)).copied();
            let (Some(slot), Some(saved)) =
                (slots.get_mut(event as usize), snapshot.events.get(event as usize))
            else {
                continue;
            };
            let summed_fields = rule.sums.get(usize::from(node)).map_or(&[][..], Vec::as_slice);
            let summed: Vec<Value> = summed_fields
                .iter()
                .map(|&field| set.captured(&[], &saved.payload, field))
                .collect();
            let kept = match *slot {
                Some(kept) => kept,
                None => {
                    let values = decode(set, saved);
                    let event = Event {
                        time: saved.time,
                        happened: saved.time,
                        position: saved.position,
                        values: &values,
                        payload: &saved.payload,
                    };
                    *slot.insert(self.chains.keep(&event, saved.order, set.captures()))
                }
            };
            let link =
                self.chains.append(previous.unwrap_or(NO_LINK), kept, NodeIndex(node), &summed);
            links.push(link);
        }
        let mut load = |saved: &SnapshotRun| {
            let state = states.get(usize::from(saved.state)).copied().flatten()?;
            let link = saved.link.and_then(|at| links.get(at as usize)).copied();
            if let Some(link) = link {
                self.chains.hold(link);
            }
            Some(Run {
                state,
                chain: link.unwrap_or(NO_LINK),
                start_order: saved.start_order,
                start_time: saved.start_time,
                previous_time: saved.previous_time,
            })
        };
        let runs: Vec<Run> = key.runs.iter().filter_map(&mut load).collect();
        let completed: Vec<Run> = key.completed.iter().filter_map(&mut load).collect();
        for link in links {
            self.chains.release(link);
        }
        self.counters_mut(rule).withheld += completed.len() as u64;
        let mut restored = KeyRuns {
            runs,
            completed,
            next_due: NEVER,
            now: key.now,
            links: self.chains.links_held() - links_before,
            degraded: key.degraded,
            degraded_until: key.degraded_until,
        };
        restored.next_due = earliest_due(rule, &restored);
        restored
    }
}

/// The events of a snapshot under way, each once.
#[derive(Default)]
struct Events {
    all: Vec<SnapshotEvent>,
    /// By slot; a pass over all runs asks too often for a map.
    numbers: Vec<Option<u32>>,
}

impl Events {
    fn number_of(&mut self, slot: EventSlot, chains: &MatchChains) -> u32 {
        let at = slot as usize;
        if self.numbers.len() <= at {
            self.numbers.resize(at + 1, None);
        }
        if let Some(&Some(known)) = self.numbers.get(at) {
            return known;
        }
        let (event, next) = (chains.event(slot), number(self.all.len()));
        self.all.push(SnapshotEvent {
            time: event.time,
            position: event.position,
            order: event.order,
            payload: event.payload.clone(),
        });
        if let Some(place) = self.numbers.get_mut(at) {
            *place = Some(next);
        }
        next
    }
}

/// The rules, those that came into force first in front.
fn in_order(set: &RuleSet, rules: BTreeMap<usize, SnapshotRule>) -> Vec<SnapshotRule> {
    let mut rules: Vec<(usize, SnapshotRule)> = rules.into_iter().collect();
    rules.sort_by_key(|(slot, _)| set.rule_in(*slot).map(|rule| rule.epoch));
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// Adds what one shard counted.
fn restore_counters(into: &mut RuleCounters, saved: &SnapshotCounters) {
    into.matches += saved.matches;
    into.timeouts += saved.timeouts;
    into.pruned_matches += saved.pruned_matches;
    into.budget_exceeded += saved.budget_exceeded;
    for (node, (met, reached, ended)) in into.nodes.iter_mut().zip(&saved.nodes) {
        node.met += *met;
        node.reached += *reached;
        for (into, count) in node.ended.iter_mut().zip(ended) {
            *into += *count;
        }
    }
}

/// The values of the fields that the set keeps, at their places in the field table.
fn decode(set: &RuleSet, saved: &SnapshotEvent) -> Vec<Value> {
    let fields: &FieldTable = set.fields();
    let mut values = vec![Value::Missing; fields.len()];
    for &field in set.captures() {
        if let Some(value) = values.get_mut(field.index()) {
            *value = set.captured(&[], &saved.payload, field);
        }
    }
    values
}

/// Positions in a snapshot are numbered in 32 bits, as the slots of a shard are.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
