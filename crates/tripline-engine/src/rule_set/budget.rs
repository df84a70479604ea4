//! What a rule may take.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most that a rule may hold and take; what exceeds it gives way, and is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Runs of one key, withheld matches included.
    pub max_runs_per_key: usize,
    /// Runs of all keys, withheld matches included; of these each shard has the share of the key groups that it owns.
    pub max_runs: u64,
    /// Events that the runs and withheld matches of one key hold; where runs share how they began, that counts once.
    pub max_events_per_key: usize,
    /// The same of all keys; of these each shard has its share, as of `max_runs`.
    pub max_events: u64,
    /// What happens if there are more runs or events.
    pub on_exceeded: OnExceeded,
    /// How much of a shard's time the rule may take, in percent, inclusive; 100 for any. A rule that takes more for half a
    /// second is to be suspended.
    pub max_time_percent: u8,
    /// The same for a rule that was over one of the other limits in the last ten seconds, if that is less.
    pub max_time_percent_over_limit: u8,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            max_runs_per_key: 20_000,
            max_runs: 20_000_000,
            max_events_per_key: 500_000,
            max_events: 20_000_000,
            on_exceeded: OnExceeded::Drop,
            max_time_percent: 100,
            max_time_percent_over_limit: 10,
        }
    }
}

/// What happens to a rule that holds more than its budget has. In either case the oldest runs of the key give way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnExceeded {
    /// It goes on.
    #[default]
    Drop,
    /// It is to be suspended.
    Suspend,
}

/// What there was too much of, and how much is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetLimit {
    /// Runs of one key.
    RunsOfKey(usize),
    /// Runs of all keys.
    Runs(u64),
    /// Events held for one key.
    EventsOfKey(usize),
    /// Events held for all keys.
    Events(u64),
    /// Time.
    Time {
        /// How much of a shard's time it took, in percent.
        percent: u8,
        /// How much it may take.
        most: u8,
    },
    /// Members that rules put into one set.
    SetMembers(u64),
}

impl fmt::Display for BudgetLimit {
    /// What the rule does that it must not, to stand after its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RunsOfKey(most) => write!(f, "has more than {most} open attempts of one key"),
            Self::Runs(most) => {
                write!(f, "has more than {most} open attempts, or a shard its part of them")
            }
            Self::EventsOfKey(most) => {
                write!(f, "holds more than {most} events for the open attempts of one key")
            }
            Self::Events(most) => {
                write!(
                    f,
                    "holds more than {most} events for open attempts, or a shard its part of them"
                )
            }
            Self::SetMembers(most) => {
                write!(f, "puts members into a set that has {most} of them")
            }
            Self::Time { percent, most } => {
                write!(f, "takes {percent} % of the time of a shard, and may take {most} %")
            }
        }
    }
}
