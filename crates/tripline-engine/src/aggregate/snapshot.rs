//! The open windows of a rule as data.

use serde::{Deserialize, Serialize};
use tripline_event::{Key, KeyGroup, KeyGroups, RuleId, RuleVersion, Timestamp};

use super::group::Body;
use super::ranking::SavedRanking;
use super::{Aggregates, State};
use crate::rule_set::Rule;

/// The open windows of one rule in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SnapshotAggregate {
    pub(crate) id: RuleId,
    pub(crate) version: RuleVersion,
    now: Timestamp,
    groups: Vec<SnapshotGroup>,
    rankings: Vec<SavedRanking>,
    /// How often rankings of windows that are over were given out: the end, the hash, the number.
    given: Vec<(i64, u64, u32)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SnapshotGroup {
    key: Key,
    body: Body,
    degraded: bool,
}

impl SnapshotAggregate {
    /// How many groups with open windows it has of the key groups.
    pub(crate) fn groups(&self, rule: Option<&Rule>, owned: KeyGroups) -> u64 {
        let plan = rule.and_then(Rule::aggregate);
        let is_owned = |group: &&SnapshotGroup| {
            let route = plan.map_or_else(|| group.key.clone(), |plan| plan.route_of(&group.key));
            owned.contains(group_of(rule, route.stable_hash()))
        };
        self.groups.iter().filter(is_owned).count() as u64
    }
}

fn group_of(rule: Option<&Rule>, hash: u64) -> KeyGroup {
    rule.map_or_else(|| KeyGroup::of_hash(hash), |rule| rule.group_of(hash))
}

impl Aggregates {
    /// The open windows of a rule as data, groups in order; `None` if it has none.
    pub(crate) fn save(&self, rule: &Rule) -> Option<SnapshotAggregate> {
        let state = self.states.get(rule.slot())?.as_ref()?;
        if state.epoch != rule.epoch() || state.index.is_empty() {
            return None;
        }
        let save = |group: &super::Group| SnapshotGroup {
            key: group.key.clone(),
            body: group.body.clone(),
            degraded: group.degraded,
        };
        let mut groups: Vec<_> = state.groups.iter().filter(|group| group.live).map(save).collect();
        groups.sort_by(|a, b| a.key.cmp(&b.key));
        Some(SnapshotAggregate {
            id: rule.id.clone(),
            version: rule.version,
            now: state.now,
            groups,
            rankings: state.rankings.save(),
            given: state.rankings.save_given(),
        })
    }

    /// Puts back what was saved of the key groups.
    pub(crate) fn restore(&mut self, saved: &SnapshotAggregate, rule: &Rule, owned: KeyGroups) {
        let Some(plan) = rule.aggregate() else { return };
        let slot = rule.slot();
        if self.states.len() <= slot {
            self.states.resize_with(slot + 1, || None);
        }
        let Some(place) = self.states.get_mut(slot) else { return };
        let state = place.get_or_insert_with(|| State::new(rule.epoch(), plan));
        state.now = state.now.max(saved.now);
        state.lateness_ms = self.lateness_ms;
        for group in &saved.groups {
            let route = plan.route_of(&group.key).stable_hash();
            if !owned.contains(rule.group_of(route)) {
                continue;
            }
            let at = state.add_group(group.key.clone(), group.key.stable_hash(), route);
            let Some(into) = state.groups.get_mut(at as usize) else { continue };
            into.body = group.body.clone();
            into.body.derive();
            into.degraded = group.degraded;
            into.held = into.body.weight();
            state.held += into.held;
            state.weigh(at);
            state.arm(at, rule.slot, &mut self.timers);
        }
        for &given in saved.given.iter().filter(|given| owned.contains(rule.group_of(given.1))) {
            state.rankings.restore_given(given);
        }
        for ranking in &saved.rankings {
            if owned.contains(rule.group_of(ranking.hash)) {
                let at = (rule.slot, rule.epoch());
                state.rankings.restore(plan, ranking, at, &mut self.timers);
            }
        }
    }
}
