//! From a field of an event to its time.

use std::str::FromStr;

use thiserror::Error;
use tripline::{Timestamp, Value};

/// How the time field is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds since 1970.
    #[default]
    Milliseconds,
    /// Seconds since 1970, perhaps with a fraction.
    Seconds,
    /// Microseconds since 1970.
    Microseconds,
    /// A date and time with its offset, as in RFC 3339.
    Rfc3339,
}

impl FromStr for TimeUnit {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Ok(match text {
            "ms" => Self::Milliseconds,
            "s" => Self::Seconds,
            "us" => Self::Microseconds,
            "rfc3339" => Self::Rfc3339,
            _ => return Err(TimeError::Unit { unit: text.to_owned() }),
        })
    }
}

/// Where an event's time stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeConfig {
    /// The path of the field.
    pub field: String,
    /// How it is written.
    pub unit: TimeUnit,
}

impl Default for TimeConfig {
    fn default() -> Self {
        Self { field: "ts".to_owned(), unit: TimeUnit::Milliseconds }
    }
}

/// Why there is no time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The event has no such field.
    #[error("the event has no time: the field `{field}` is missing")]
    Missing {
        /// The path of the field.
        field: String,
    },
    /// The field holds something else.
    #[error("the time field `{field}` holds `{value}`, which is not {expected}")]
    Invalid {
        /// The path of the field.
        field: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Not a unit of time fields.
    #[error("`{unit}` is not a unit of time: use ms, s, us or rfc3339")]
    Unit {
        /// As it was given.
        unit: String,
    },
    /// Not a duration.
    #[error(
        "`{text}` is not a duration: write a number and a unit, such as 500ms, 10s, 5m, 2h or 1d"
    )]
    Duration {
        /// As it was given.
        text: String,
    },
}

impl TimeConfig {
    /// The time that a field's value says.
    ///
    /// # Errors
    /// [`TimeError::Missing`] and [`TimeError::Invalid`].
    pub fn time(&self, value: &Value) -> Result<Timestamp, TimeError> {
        let expected = match self.unit {
            TimeUnit::Milliseconds => "a number of milliseconds",
            TimeUnit::Seconds => "a number of seconds",
            TimeUnit::Microseconds => "a number of microseconds",
            TimeUnit::Rfc3339 => "a date and time with offset, such as 2026-11-20T08:30:00Z",
        };
        let millis = match (self.unit, value) {
            (_, Value::Missing) => return Err(TimeError::Missing { field: self.field.clone() }),
            (TimeUnit::Milliseconds, Value::Int(millis)) => Some(*millis),
            (TimeUnit::Milliseconds, Value::Float(millis)) => integer(millis.floor()),
            (TimeUnit::Seconds, Value::Int(seconds)) => seconds.checked_mul(1000),
            (TimeUnit::Seconds, Value::Float(seconds)) => integer((seconds * 1000.0).floor()),
            (TimeUnit::Microseconds, Value::Int(micros)) => Some(micros.div_euclid(1000)),
            (TimeUnit::Microseconds, Value::Float(micros)) => integer((micros / 1000.0).floor()),
            (TimeUnit::Rfc3339, Value::Text(text)) => {
                text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
            }
            _ => None,
        };
        millis.map(Timestamp::from_millis).ok_or_else(|| TimeError::Invalid {
            field: self.field.clone(),
            value: value.to_string().chars().take(64).collect(),
            expected,
        })
    }
}

/// A whole number in the range of milliseconds that people mean; `None` outside of it.
fn integer(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_000_000_000_000_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    (value.is_finite() && value.abs() < LIMIT).then_some(value as i64)
}

/// A duration such as `500ms`, `10s`, `5m`, `2h` or `1d`, in ms; a bare `0` is one too.
///
/// # Errors
/// [`TimeError::Duration`].
pub fn parse_duration_ms(text: &str) -> Result<i64, TimeError> {
    let error = || TimeError::Duration { text: text.to_owned() };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().map_err(|_| error())?;
    let factor = match unit {
        "" if number == 0 => 1,
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(error()),
    };
    number.checked_mul(factor).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_unit() {
        let time = |unit, value: Value| {
            TimeConfig { field: "t".to_owned(), unit }.time(&value).map(Timestamp::as_millis).ok()
        };
        assert_eq!(time(TimeUnit::Milliseconds, 1_700_000_000_000.into()), Some(1_700_000_000_000));
        assert_eq!(time(TimeUnit::Seconds, 1.5.into()), Some(1500));
        assert_eq!(time(TimeUnit::Seconds, i64::MAX.into()), None);
        assert_eq!(time(TimeUnit::Microseconds, (-1).into()), Some(-1), "towards the past");
        assert_eq!(time(TimeUnit::Rfc3339, "1970-01-01T01:00:00+01:00".into()), Some(0));
        assert_eq!(time(TimeUnit::Rfc3339, "yesterday".into()), None);
        assert_eq!(time(TimeUnit::Milliseconds, "1".into()), None);
        assert_eq!(time(TimeUnit::Milliseconds, 1e300.into()), None);
        assert_eq!(time(TimeUnit::Milliseconds, Value::Missing), None);
    }

    #[test]
    fn reads_durations() {
        let parse = |text| parse_duration_ms(text).ok();
        assert_eq!(parse("10s"), Some(10_000));
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("10"), None, "a number without unit");
        assert_eq!(parse("-1s"), None);
        assert_eq!(parse("9223372036854775807d"), None);
    }
}
