//! Moments and time zones; the zones are part of the program, so nothing is read while it runs.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use smol_str::{SmolStr, format_smolstr};
use tripline_message::{Text, text};

use super::function::Part;
use super::scalar::Scalar;
use crate::suggest::{closest, did_you_mean};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The day from which days are counted.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The zone called `name`.
///
/// # Errors
/// There is none: the message and what to do.
pub fn find(name: &str) -> Result<TimeZone, (Text, Text)> {
    ZONES.get(name).map_err(|_| {
        let known: Vec<String> = ZONES.available().map(|name| name.to_string()).collect();
        let close = closest(name, known.iter().map(String::as_str));
        let hint = did_you_mean(&close)
            .unwrap_or_else(|| text!("zones are called `Asia/Shanghai`, `Europe/Berlin`, `UTC`"));
        (text!("there is no time zone `{name}`", name), hint)
    })
}

/// The milliseconds since 1970 of a date and time; without an offset it is one in `zone`.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let local: DateTime = text.parse().ok()?;
    // A time that a change of clocks leaves out is taken for the one after it, one that comes twice for the first.
    let timestamp = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(timestamp.as_millisecond())
}

/// A part of the date and time at `millis` in `zone`; missing for a year beyond four digits.
pub(super) fn part(part: Part, millis: i64, zone: &TimeZone) -> Scalar<'static> {
    let Ok(timestamp) = Timestamp::from_millisecond(millis) else {
        return Scalar::Missing;
    };
    let local = zone.to_datetime(timestamp);
    Scalar::Int(match part {
        Part::Date => return Scalar::Shared(date(local.date())),
        Part::Year => local.year().into(),
        Part::Month => local.month().into(),
        Part::Day => local.day().into(),
        Part::Hour => local.hour().into(),
        Part::Minute => local.minute().into(),
        Part::Second => local.second().into(),
        Part::Weekday => local.weekday().to_monday_one_offset().into(),
        Part::DayNumber => match local.date().since(EPOCH) {
            Ok(span) => span.get_days().into(),
            Err(_) => return Scalar::Missing,
        },
    })
}

/// `2026-01-31`, which is short enough to need no memory of its own.
fn date(date: Date) -> SmolStr {
    format_smolstr!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}
