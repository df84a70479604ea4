//! What went wrong in the condition plugins of a rule, as its conditions have counted it.

use tripline_condition::{Condition, FaultReport, NodeIndex};

use super::{Binding, Rule, RuleSet};
use crate::ConditionId;
use crate::nfa::{Nfa, TransitionAction};

/// The faults of one plugin that a rule asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// The first node whose event the condition is about; nothing where it only forbids one.
    pub node: Option<NodeIndex>,
    /// What was counted, by all rules that share the condition.
    pub report: FaultReport,
}

impl RuleSet {
    /// The faults so far of the plugins that a rule of this set asks; nothing of those without any.
    ///
    /// A condition that several rules share is asked once for all of them, so its faults are those of each.
    #[must_use]
    pub fn faults(&self, rule: &Rule) -> Vec<RuleFault> {
        let mut found = Vec::new();
        for (number, bound) in (0..).zip(&rule.nfa.conditions) {
            let id = ConditionId(number);
            let condition: &dyn Condition = match Self::binding(rule, id) {
                Binding::Predicate(predicate) => {
                    // Of equal conditions the one that is asked counts.
                    self.predicate(predicate).unwrap_or(bound.condition.as_ref())
                }
                Binding::Iterative => bound.condition.as_ref(),
            };
            condition.faults(&mut |faults| {
                let report = faults.report();
                if !report.is_empty() {
                    found.push(RuleFault { node: node_of(&rule.nfa, id), report });
                }
            });
        }
        found
    }
}

fn node_of(nfa: &Nfa, condition: ConditionId) -> Option<NodeIndex> {
    let is_about = |state: &&crate::nfa::State| {
        let takes = state.transitions.iter().any(|transition| {
            transition.action == TransitionAction::Take
                && transition.guard.required().contains(&condition)
        });
        takes || state.until == Some(condition)
    };
    nfa.states.iter().filter(is_about).filter_map(|state| state.node).min()
}
