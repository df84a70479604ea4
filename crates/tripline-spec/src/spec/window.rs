//! Windows and durations.

use schemars::JsonSchema;
use serde::Serialize;
use tripline_message::{Text, text};

use super::keyword::Keyword;
use super::{MAX_SAFE_INTEGER, keywords};
use crate::pointer::Pointer;

keywords! {
    /// What a window measures.
    pub WindowTypeSpec {
        /// From the first to the last event of the match; an event exactly at the end is outside.
        FirstAndLast = "FIRST_AND_LAST",
        /// The gap between two consecutive events of the match.
        PreviousAndCurrent = "PREVIOUS_AND_CURRENT",
    }
}

/// A time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WindowSpec {
    /// What it measures.
    #[serde(rename = "type")]
    pub kind: WindowTypeSpec,
    /// How long it is; 0 means no limit.
    pub time: TimeSpec,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

keywords! {
    /// The unit of a duration.
    pub TimeUnitSpec {
        /// Thousandths of a second.
        Milliseconds = "MILLISECONDS",
        /// Seconds.
        Seconds = "SECONDS",
        /// Minutes.
        Minutes = "MINUTES",
        /// Hours.
        Hours = "HOURS",
        /// Days of 24 hours.
        Days = "DAYS",
    }
}

impl TimeUnitSpec {
    /// The length of one unit.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::Milliseconds => 1,
            Self::Seconds => 1_000,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
            Self::Days => 86_400_000,
        }
    }
}

/// A duration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = limit_sizes)]
pub struct TimeSpec {
    /// The unit of `size`.
    pub unit: TimeUnitSpec,
    /// How many units.
    #[schemars(range(min = 0, max = MAX_SAFE_INTEGER))]
    pub size: i64,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

/// Why a duration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// It is below zero.
    #[error("{}", self.text())]
    Negative {
        /// The size as written.
        size: i64,
        /// The unit as written.
        unit: TimeUnitSpec,
    },
    /// It does not fit 64 bits of milliseconds.
    #[error("{}", self.text())]
    TooLarge {
        /// The size as written.
        size: i64,
        /// The unit as written.
        unit: TimeUnitSpec,
        /// The largest size in that unit.
        limit: i64,
    },
}

impl DurationError {
    /// What is wrong, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        match *self {
            Self::Negative { size, unit } => {
                text!("a duration of {size} {unit} is negative", size, unit = unit.spelling())
            }
            Self::TooLarge { size, unit, limit } => text!(
                "a duration of {size} {unit} is too large; the limit is {limit} {unit}",
                size,
                unit = unit.spelling(),
                limit
            ),
        }
    }
}

impl TimeSpec {
    /// The duration in milliseconds, never negative.
    ///
    /// # Errors
    /// Fails if it is negative or does not fit; a rule that was parsed has no such duration.
    pub fn to_millis(&self) -> Result<i64, DurationError> {
        let (size, unit) = (self.size, self.unit);
        if size < 0 {
            return Err(DurationError::Negative { size, unit });
        }
        let limit = i64::MAX / unit.millis();
        size.checked_mul(unit.millis()).ok_or(DurationError::TooLarge { size, unit, limit })
    }
}

/// Adds to the schema what a duration of each unit may be at most.
fn limit_sizes(schema: &mut schemars::Schema) {
    let limits: Vec<_> = TimeUnitSpec::ALL
        .iter()
        .filter(|unit| unit.millis() > 1)
        .map(|unit| {
            serde_json::json!({
                "if": {"properties": {"unit": {"const": unit.spelling()}}},
                "then": {"properties": {"size": {"maximum": i64::MAX / unit.millis()}}},
            })
        })
        .collect();
    schema.insert("allOf".to_owned(), limits.into());
}

#[cfg(test)]
mod tests {
    use super::{Pointer, TimeSpec, TimeUnitSpec};

    #[test]
    fn counts_milliseconds() {
        let millis =
            |size, unit| TimeSpec { unit, size, pointer: Pointer::root() }.to_millis().ok();
        assert_eq!(millis(10, TimeUnitSpec::Minutes), Some(600_000));
        assert_eq!(millis(0, TimeUnitSpec::Days), Some(0));
        assert_eq!(millis(-1, TimeUnitSpec::Seconds), None);
        assert_eq!(millis(i64::MAX, TimeUnitSpec::Milliseconds), Some(i64::MAX));
        assert_eq!(millis(i64::MAX / 1_000 + 1, TimeUnitSpec::Seconds), None);
    }
}
