//! What rules take beyond their budgets, as a shard sees it, and how long they take.

use std::time::Duration;

use super::ShardState;
use crate::counters::RuleCounters;
use crate::rule_set::{BudgetLimit, OnExceeded, Rule, RuleSet};

/// Steps over so many runs or held events are measured one by one: the clock is nothing beside them.
const LARGE: usize = 64;
/// Of the others about one in so many is, and counts for all; a power of two.
const SAMPLED: u64 = 64;
/// What such a one counts at most, in ns: the thread may just have been taken off its core.
const MAX_SAMPLE_NS: u64 = 1_000_000;
/// How often shares of time are looked at.
const PERIOD: Duration = Duration::from_millis(250);
/// For how long together a rule must take more than its share.
const OVER_FOR: Duration = Duration::from_millis(500);
/// How long a rule counts as one that is over a limit of its state after it last was.
const OVER_LIMIT_FOR: Duration = Duration::from_secs(10);

/// A rule took more than its budget has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// Its slot.
    pub slot: usize,
    /// Its epoch.
    pub epoch: u64,
    /// Of what.
    pub limit: BudgetLimit,
    /// Whether the rule is to be suspended ([`RuleChange::Suspend`](crate::RuleChange::Suspend)), as its budget says.
    pub suspend: bool,
}

/// What tells how long steps take, where somebody wants to know; nothing that is found depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    /// Ns since some moment.
    now_ns: Option<fn() -> u64>,
    period_began_ns: u64,
}

/// What the shard knows of a rule and its budget.
#[derive(Clone, Debug, Default)]
pub(super) struct Spending {
    /// The limits that were told of, so that each is told once.
    told: Vec<BudgetLimit>,
    /// When it was last over a limit of its state.
    over_limit_ns: Option<u64>,
    /// Its evaluation time when the period began.
    before_ns: u64,
    /// How long it has been over its share of time.
    over_share_ns: u64,
}

/// A step that is measured.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    began_ns: u64,
    now_ns: fn() -> u64,
    sampled: bool,
}

impl Timing {
    /// Begins to measure a step, if it is to be measured.
    #[inline]
    pub(super) fn begin(&self, step: u64, held: usize) -> Option<Measured> {
        let now_ns = self.now_ns?;
        let large = held >= LARGE;
        // Spread, so that rules that take turns have their turn here too.
        let chosen =
            step.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SAMPLED.trailing_zeros()) == 0;
        (large || chosen).then(|| Measured { began_ns: now_ns(), now_ns, sampled: !large })
    }
}

impl Measured {
    /// Adds how long the step took.
    pub(super) fn end(self, counters: &mut RuleCounters) {
        let took_ns = (self.now_ns)().saturating_sub(self.began_ns);
        let counted_ns = if self.sampled { took_ns.min(MAX_SAMPLE_NS) * SAMPLED } else { took_ns };
        counters.evaluation_ns = counters.evaluation_ns.saturating_add(counted_ns);
    }
}

impl Spending {
    /// Whether a limit is told of for the first time.
    fn is_news(&mut self, limit: &BudgetLimit) -> bool {
        let same =
            |told: &BudgetLimit| std::mem::discriminant(told) == std::mem::discriminant(limit);
        let news = !self.told.iter().any(same);
        if news {
            self.told.push(limit.clone());
        }
        news
    }
}

impl ShardState {
    /// Has the shard measure how long rules take; `now_ns` gives ns since some moment, and never goes back.
    ///
    /// Nothing that is found depends on it: a rule that takes too long is told of, and goes on.
    pub fn set_stopwatch(&mut self, now_ns: fn() -> u64) {
        self.timing = Timing { now_ns: Some(now_ns), period_began_ns: now_ns() };
    }

    /// Notes that a rule was over a limit of its state.
    #[cold]
    pub(super) fn note_exceeded(&mut self, rule: &Rule, limit: BudgetLimit) {
        let now_ns = self.timing.now_ns.map(|now_ns| now_ns());
        let state = &mut self.slots[rule.slot()];
        state.counters.budget_exceeded += 1;
        state.spending.over_limit_ns = now_ns;
        if state.spending.is_news(&limit) {
            let suspend = rule.budget.on_exceeded == OnExceeded::Suspend;
            let (slot, epoch) = (rule.slot(), rule.epoch);
            self.exceeded.push(BudgetExceeded { slot, epoch, limit, suspend });
        }
    }

    /// What rules took beyond their budgets since the last time; of each rule and limit it is told once.
    ///
    /// # Cost
    /// Looks at the clock; a few times a second it passes over all rules.
    pub fn budget_exceeded(&mut self, set: &RuleSet) -> Vec<BudgetExceeded> {
        self.look_at_times(set);
        std::mem::take(&mut self.exceeded)
    }

    /// Finds the rules that take more than their share of time.
    fn look_at_times(&mut self, set: &RuleSet) {
        let Some(now_ns) = self.timing.now_ns.map(|now_ns| now_ns()) else { return };
        let elapsed_ns = now_ns.saturating_sub(self.timing.period_began_ns);
        if elapsed_ns < ns(PERIOD) {
            return;
        }
        self.timing.period_began_ns = now_ns;
        for (slot, state) in self.slots.iter_mut().enumerate() {
            let spending = &mut state.spending;
            let after_ns = state.counters.evaluation_ns;
            let took_ns =
                after_ns.saturating_sub(std::mem::replace(&mut spending.before_ns, after_ns));
            let Some(rule) = set.rule_in(slot).filter(|rule| rule.epoch == state.epoch) else {
                continue;
            };
            let over_limit = spending
                .over_limit_ns
                .is_some_and(|at| now_ns.saturating_sub(at) < ns(OVER_LIMIT_FOR));
            let budget = &rule.budget;
            let most = if over_limit {
                budget.max_time_percent.min(budget.max_time_percent_over_limit)
            } else {
                budget.max_time_percent
            };
            let percent = u8::try_from(took_ns.saturating_mul(100) / elapsed_ns).unwrap_or(u8::MAX);
            if percent <= most {
                spending.over_share_ns = 0;
                continue;
            }
            spending.over_share_ns += elapsed_ns;
            let limit = BudgetLimit::Time { percent: percent.min(100), most };
            if most < 100 && spending.over_share_ns >= ns(OVER_FOR) && spending.is_news(&limit) {
                let (slot, epoch) = (rule.slot(), rule.epoch);
                // There is nothing else to be done about it.
                self.exceeded.push(BudgetExceeded { slot, epoch, limit, suspend: true });
            }
        }
    }
}

fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
