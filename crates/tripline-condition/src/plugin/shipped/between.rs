//! `Between`: a number in a range.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::value::Number;
use super::{ast, check_path, constant, expression, field, relation};
use crate::Binder;
use crate::expression::ast::{AstKind, Operator, Relation};
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

pub(super) struct Between;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field; `ts` is the time of the event in ms.
    field: String,
    /// The lower bound.
    low: Number,
    /// The upper bound; not below `low`.
    high: Number,
    /// Whether `low` itself is in the range.
    #[serde(default = "yes")]
    low_inclusive: bool,
    /// Whether `high` itself is in the range.
    #[serde(default = "yes")]
    high_inclusive: bool,
}

const fn yes() -> bool {
    true
}

impl ConditionPlugin for Between {
    type Parameters = Parameters;
    const NAME: &'static str = "Between";
    const DESCRIPTION: &'static str = "holds if a number is in a range";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "both bounds are in the range",
            r#"{"field": "price", "low": 10, "high": 20}"#,
            r#"{"ts": 1, "price": 20}"#,
        ),
        Example::fails(
            "unless it is said otherwise",
            r#"{"field": "price", "low": 10, "high": 20, "high_inclusive": false}"#,
            r#"{"ts": 1, "price": 20}"#,
        ),
        Example::unknown(
            "as texts; the event has no price",
            r#"["price", "10", "20"]"#,
            r#"{"ts": 1}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        if told.low.as_f64() > told.high.as_f64() {
            return Err(ArgsError::new("/high", text!("`high` is below `low`"))
                .with_hint(text!("no number is in such a range: exchange them")));
        }
        let from = if told.low_inclusive { Relation::GreaterOrEqual } else { Relation::Greater };
        let to = if told.high_inclusive { Relation::LessOrEqual } else { Relation::Less };
        let low = relation(field(&told.field), from, constant(told.low.into()));
        let high = relation(field(&told.field), to, constant(told.high.into()));
        let both = AstKind::Chain { first: Box::new(low), rest: vec![(Operator::And, high)] };
        expression(&ast(both), binder)
    }
}
