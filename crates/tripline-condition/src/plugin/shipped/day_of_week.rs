//! `DayOfWeek`: on which days something happens, in a time zone.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    call, check_path, constant, default_time, default_zone, expression, field, is_in, list,
};
use crate::Binder;
use crate::expression::ast::Literal;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

pub(super) struct DayOfWeek;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The days; at least one.
    #[schemars(length(min = 1))]
    days: Vec<Day>,
    /// The time zone by its IANA name.
    #[serde(default = "default_zone")]
    zone: String,
    /// The path of the field with the time in ms since 1970; `ts` is the time of the event.
    #[serde(default = "default_time")]
    field: String,
}

/// Monday is 1, as in `weekday`.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Day {
    Monday = 1,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl ConditionPlugin for DayOfWeek {
    type Parameters = Parameters;
    const NAME: &'static str = "DayOfWeek";
    const DESCRIPTION: &'static str = "holds on some days of the week, in a time zone";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "2026-01-31 was a Saturday in UTC",
            r#"["saturday", "sunday"]"#,
            r#"{"ts": 1769882400000}"#,
        ),
        Example::fails(
            "at 18:00 in UTC, which is Sunday in Shanghai",
            r#"{"days": ["saturday"], "zone": "Asia/Shanghai"}"#,
            r#"{"ts": 1769882400000}"#,
        ),
        Example::unknown(
            "another field",
            r#"{"days": ["monday"], "field": "ordered_at"}"#,
            r#"{"ts": 1769882400000}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        super::zone(&told.zone)?;
        let zone = constant(Literal::Text(told.zone));
        let days = list(told.days.into_iter().map(|day| Literal::Int(day as i64)));
        expression(&is_in(call("weekday", vec![field(&told.field), zone]), days), binder)
    }
}
