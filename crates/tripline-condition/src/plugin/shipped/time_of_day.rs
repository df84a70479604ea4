//! `TimeOfDay`: between which times of day something happens, in a time zone.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::{Moment, check_path, default_time, default_zone};
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};
use crate::{Binder, Condition, Context, Truth};

pub(super) struct TimeOfDay;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The first time, such as `22:00` or `22:00:30`; inclusive.
    from: String,
    /// The time at which it ends; exclusive. Before `from` it is that of the next day.
    until: String,
    /// The time zone by its IANA name.
    #[serde(default = "default_zone")]
    zone: String,
    /// The path of the field with the time in ms since 1970; `ts` is the time of the event.
    #[serde(default = "default_time")]
    field: String,
}

#[derive(Debug)]
struct Range {
    moment: Moment,
    zone: TimeZone,
    from: Time,
    until: Time,
}

impl Condition for Range {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let millis = self.moment.millis(context);
        let Some(moment) = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok())
        else {
            return Truth::Unknown;
        };
        let time = self.zone.to_datetime(moment).time();
        Truth::from(if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        })
    }
}

impl ConditionPlugin for TimeOfDay {
    type Parameters = Parameters;
    const NAME: &'static str = "TimeOfDay";
    const DESCRIPTION: &'static str = "holds between two times of day, in a time zone";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "02:00 in Shanghai, in a range over midnight",
            r#"{"from": "22:00", "until": "06:00", "zone": "Asia/Shanghai"}"#,
            r#"{"ts": 1769882400000}"#,
        ),
        Example::fails(
            "18:00 in UTC: the end is not in the range",
            r#"["09:00", "18:00"]"#,
            r#"{"ts": 1769882400000}"#,
        ),
        Example::unknown(
            "another field",
            r#"{"from": "09:00", "until": "18:00", "field": "ordered_at"}"#,
            r#"{"ts": 1769882400000}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        let zone = super::zone(&told.zone)?;
        let (from, until) = (time("/from", &told.from)?, time("/until", &told.until)?);
        if from == until {
            return Err(ArgsError::new(
                "/until",
                text!("`until` is `from`, so no time is in the range"),
            )
            .with_hint(text!("leave the condition out for the whole day")));
        }
        let moment = Moment::new(&told.field, binder);
        Ok(PluginCondition::of_event(Range { moment, zone, from, until }))
    }
}

fn time(pointer: &str, text: &str) -> Result<Time, ArgsError> {
    text.parse().map_err(|_| {
        ArgsError::new(pointer, text!("`{time}` is no time of day", time = text))
            .with_hint(text!("write it as `09:30` or `09:30:15`, from `00:00` to `23:59:59`"))
    })
}
