//! In which order the rules of a set see an event, and where what they ask of one another is.

#![expect(clippy::indexing_slicing, reason = "positions are issued here")]

use std::sync::Arc;

use tripline_condition::Ask;
use tripline_event::{RuleId, StatId};

use super::phases::phases;
use super::{Rule, RuleSet};

/// One look of an event at the rules with the same key fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    /// The number of the key fields.
    pub(crate) spec: usize,
    /// Whose turn it is.
    pub(crate) phase: u16,
    /// Whether rules with these key fields have their turn in other phases too.
    pub(crate) mixed: bool,
    /// Whether it is the first one of a later phase: sets change before it as the phase before has said.
    pub(crate) begins_phase: bool,
}

/// Where a statistic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatSource {
    /// The slot of its rule.
    slot: usize,
    /// The position of the aggregate.
    at: usize,
}

impl RuleSet {
    /// Works out anew what depends on several rules: who changes a set sees an event before who asks for it, and within
    /// one phase aggregates do before patterns, which may ask for what they count.
    pub(super) fn put_in_order(&mut self) {
        self.stats = self.fields.stats().map(|(rule, name)| self.source(rule, name)).collect();
        self.phases = phases(self);
        let mut turns: Vec<(u16, bool, usize)> = Vec::new();
        if self.phases.is_empty() {
            let used = (0..self.key_specs.len()).filter(|&spec| self.key_specs[spec].rules > 0);
            turns.extend(used.map(|spec| (0, !self.key_specs[spec].groups, spec)));
        } else {
            turns.extend(self.rules().map(|rule| {
                let spec = rule.key_spec;
                (self.phase_of(rule.slot()), !self.key_specs[spec].groups, spec)
            }));
        }
        turns.sort_unstable();
        turns.dedup();
        let mut phase_before = 0;
        let pass = |&(phase, _, spec): &(u16, bool, usize)| {
            let mixed = turns.iter().any(|turn| turn.2 == spec && turn.0 != phase);
            let begins_phase = phase != std::mem::replace(&mut phase_before, phase);
            Pass { spec, phase, mixed, begins_phase }
        };
        self.passes = turns.iter().map(pass).collect();
    }

    /// In which look at an event the rule in a slot has its turn.
    pub(crate) fn phase_of(&self, slot: usize) -> u16 {
        self.phases.get(slot).copied().unwrap_or_default()
    }

    /// Where the aggregate `name` of the rule `rule` is, if there is one that can be asked for.
    fn source(&self, rule: &str, name: &str) -> Option<StatSource> {
        let rule = self.rule(&RuleId::new(rule))?;
        let plan = rule.aggregate.as_ref().filter(|plan| plan.top.is_none())?;
        let at = plan.aggregates.iter().position(|aggregate| aggregate.name == name)?;
        Some(StatSource { slot: rule.slot(), at })
    }

    /// The rule that a statistic is asked of by `asking`, and the position of the aggregate; nothing if there is none, or
    /// its groups are not those of the key of `asking`.
    pub(crate) fn asked(&self, asking: &Rule, stat: StatId) -> Option<(&Arc<Rule>, usize)> {
        let source = self.stats.get(stat.index()).copied().flatten()?;
        let rule = self.rule_in(source.slot)?;
        let plan = rule.aggregate.as_ref()?;
        let same =
            plan.group_by == self.key_specs[asking.key_spec].fields && rule.pinned == asking.pinned;
        same.then_some((rule, source.at))
    }

    /// Whether a rule has ever asked for a statistic.
    #[must_use]
    pub fn has_stats(&self) -> bool {
        !self.stats.is_empty()
    }

    /// The statistics that a rule asks for and that no rule in force has: rule and aggregate.
    pub fn unanswered<'a>(&'a self, rule: &'a Rule) -> impl Iterator<Item = (&'a str, &'a str)> {
        rule.asks.iter().filter_map(|ask| match ask {
            Ask::Stat(stat) => {
                let found = self.asked(rule, *stat).filter(|(asked, _)| asked.suspended.is_none());
                if found.is_some() { None } else { self.fields.stat_name(*stat) }
            }
            Ask::Set(_) => None,
        })
    }
}
