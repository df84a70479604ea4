//! What the configuration can say of what rules may take.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline::{Budget, Budgets, OnExceeded, RuleId};

use super::model::EngineConfig;

/// What a rule may take; what exceeds it gives way, and is counted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RuleLimits {
    /// How many open attempts and withheld matches of one key; `20000` unless given.
    #[schemars(with = "Amount")]
    pub(crate) max_runs_per_key: Option<Amount>,
    /// How many of all keys; `20000000` unless given. Each shard has an equal part of it.
    #[schemars(with = "Amount")]
    pub(crate) max_runs: Option<Amount>,
    /// How many events the attempts of one key hold; `500000` unless given. What attempts have in common counts once.
    #[schemars(with = "Amount")]
    pub(crate) max_events_per_key: Option<Amount>,
    /// How many of all keys; `20000000` unless given. Each shard has an equal part of it.
    #[schemars(with = "Amount")]
    pub(crate) max_events: Option<Amount>,
    /// What becomes of a rule that has more: the oldest attempts of the key give way (`drop`), or the rule is suspended as
    /// well (`suspend`); `drop` unless given.
    #[schemars(with = "Exceeded")]
    pub(crate) on_exceeded: Option<Exceeded>,
    /// How much of a shard's time a rule may take, in percent; a rule that takes more for half a second is suspended.
    /// `100`, which is any, unless given.
    #[schemars(with = "Percent")]
    pub(crate) max_time_percent: Option<Percent>,
    /// The same for a rule that had more than one of the other limits in the last ten seconds; `10` unless given.
    #[schemars(with = "Percent")]
    pub(crate) max_time_percent_over_limit: Option<Percent>,
}

/// A number of things.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "u64")]
#[schemars(inline)]
pub(crate) struct Amount(#[schemars(range(min = 1, max = 4_000_000_000_u64))] pub(crate) u32);

impl TryFrom<u64> for Amount {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match u32::try_from(number) {
            Ok(amount @ 1..=4_000_000_000) => Ok(Self(amount)),
            _ => Err(format!("{number} is no limit: give 1 to 4000000000")),
        }
    }
}

/// A part of a hundred.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "u64")]
#[schemars(inline)]
pub(crate) struct Percent(#[schemars(range(min = 1, max = 100))] pub(crate) u8);

impl TryFrom<u64> for Percent {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match u8::try_from(number) {
            Ok(percent @ 1..=100) => Ok(Self(percent)),
            _ => Err(format!("{number} is no share in percent: give 1 to 100")),
        }
    }
}

/// What becomes of a rule that has more than it may.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Exceeded {
    Drop,
    Suspend,
}

impl RuleLimits {
    /// The budget that these limits make of another one.
    fn on(&self, budget: Budget) -> Budget {
        let size = |amount: Option<Amount>, other: usize| {
            amount.and_then(|amount| usize::try_from(amount.0).ok()).unwrap_or(other)
        };
        let count =
            |amount: Option<Amount>, other: u64| amount.map_or(other, |amount| u64::from(amount.0));
        let percent = |percent: Option<Percent>, other: u8| percent.map_or(other, |of| of.0);
        Budget {
            max_runs_per_key: size(self.max_runs_per_key, budget.max_runs_per_key),
            max_runs: count(self.max_runs, budget.max_runs),
            max_events_per_key: size(self.max_events_per_key, budget.max_events_per_key),
            max_events: count(self.max_events, budget.max_events),
            on_exceeded: match self.on_exceeded {
                None => budget.on_exceeded,
                Some(Exceeded::Drop) => OnExceeded::Drop,
                Some(Exceeded::Suspend) => OnExceeded::Suspend,
            },
            max_time_percent: percent(self.max_time_percent, budget.max_time_percent),
            max_time_percent_over_limit: percent(
                self.max_time_percent_over_limit,
                budget.max_time_percent_over_limit,
            ),
        }
    }
}

impl EngineConfig {
    /// What rules may take.
    pub(crate) fn budgets(&self) -> Budgets {
        let default = self.state_limits.on(Budget::default());
        let by_rule = self.rule_limits.iter();
        let by_rule = by_rule.map(|(id, limits)| (RuleId::new(id), limits.on(default)));
        Budgets { default, by_rule: by_rule.collect() }
    }
}
