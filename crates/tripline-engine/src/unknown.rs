//! How often conditions could not tell: a field was missing, or of another type than the comparison asks for.

use crate::ConditionId;
use crate::rule_set::{Binding, PredicateId, Rule, RuleSet};

/// Counts of each condition since it came into force.
///
/// Kept beside the conditions, since few of them ever count here: only one that cannot tell pays for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnknownCounts {
    /// Of event-only conditions by number, each with the stamp of the condition that it tells of.
    shared: Vec<(u64, u64)>,
    /// Of iterative conditions by slot, each with the timing of the version that it tells of.
    own: Vec<(u64, Vec<u64>)>,
}

impl UnknownCounts {
    /// An event-only condition could not tell.
    #[cold]
    pub(crate) fn count_shared(&mut self, set: &RuleSet, id: PredicateId) {
        let (at, stamp) = (id.0 as usize, set.predicate_stamp(id));
        if self.shared.len() <= at {
            self.shared.resize(at + 1, (0, 0));
        }
        if let Some(count) = self.shared.get_mut(at) {
            let before = if count.0 == stamp { count.1 } else { 0 };
            *count = (stamp, before + 1);
        }
    }

    /// An iterative condition of a rule could not tell.
    #[cold]
    pub(crate) fn count_own(&mut self, rule: &Rule, condition: ConditionId) {
        let at = rule.slot();
        if self.own.len() <= at {
            self.own.resize_with(at + 1, Default::default);
        }
        let Some(own) = self.own.get_mut(at) else { return };
        if own.0 != rule.timing {
            own.0 = rule.timing;
            own.1.clear();
        }
        own.1.resize(rule.nfa().conditions().len(), 0);
        if let Some(count) = own.1.get_mut(usize::from(condition.0)) {
            *count += 1;
        }
    }

    /// How often a condition of a rule could not tell.
    pub(crate) fn of(&self, set: &RuleSet, rule: &Rule, condition: ConditionId) -> u64 {
        match RuleSet::binding(rule, condition) {
            Binding::Predicate(id) => {
                let count = self.shared.get(id.0 as usize);
                count.filter(|count| count.0 == set.predicate_stamp(id)).map_or(0, |count| count.1)
            }
            Binding::Iterative => {
                let own = self.own.get(rule.slot()).filter(|own| own.0 == rule.timing);
                own.and_then(|own| own.1.get(usize::from(condition.0))).copied().unwrap_or(0)
            }
        }
    }
}
