//! `Compare`: a field against a constant or another field.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::value::Comparison;
use super::{InListValue, check_path, constant, expression, field, relation};
use crate::Binder;
use crate::expression::ast::Literal;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

pub(super) struct Compare;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field; `ts` is the time of the event.
    field: String,
    /// How it is compared.
    operator: Comparison,
    /// The constant on the right. With `<`, `<=`, `>` and `>=` a text that is a number counts as that number.
    value: Option<InListValue>,
    /// The path of the field on the right, instead of `value`.
    other_field: Option<String>,
}

impl ConditionPlugin for Compare {
    type Parameters = Parameters;
    const NAME: &'static str = "Compare";
    const DESCRIPTION: &'static str =
        "holds if a field stands in a relation to a constant or to another field";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "a field and a constant",
            r#"{"field": "price", "operator": ">", "value": 100}"#,
            r#"{"ts": 1, "price": 120.5}"#,
        ),
        Example::holds(
            "the same in the order of the parameters, as texts",
            r#"["price", ">", "100"]"#,
            r#"{"ts": 1, "price": 120.5}"#,
        ),
        Example::fails(
            "two fields",
            r#"{"field": "paid", "operator": "==", "other_field": "due"}"#,
            r#"{"ts": 1, "paid": 9, "due": 10}"#,
        ),
        Example::unknown(
            "one of them is missing",
            r#"{"field": "paid", "operator": "==", "other_field": "due"}"#,
            r#"{"ts": 1, "paid": 9}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        let right = match (told.value, &told.other_field) {
            (Some(value), None) => constant(literal(value, told.operator)),
            (None, Some(path)) => {
                check_path("/other_field", path)?;
                field(path)
            }
            (None, None) => {
                return Err(ArgsError::new("", text!("there is nothing to compare with"))
                    .with_hint(text!("give `value`, or `other_field`")));
            }
            (Some(_), Some(_)) => {
                return Err(ArgsError::new(
                    "/other_field",
                    text!("`value` and `other_field` are both given"),
                )
                .with_hint(text!("leave one of them out")));
            }
        };
        expression(&relation(field(&told.field), told.operator.into(), right), binder)
    }
}

/// The constant; of an order, a text that reads as a number is one, since existing rules have nothing but texts.
fn literal(value: InListValue, operator: Comparison) -> Literal {
    match &value {
        InListValue::Text(text) if operator.is_order() => {
            let read = serde_json::from_str::<serde_json::Number>(text.trim()).ok();
            match read.map(|number| (number.as_i64(), number.as_f64())) {
                Some((Some(int), _)) => Literal::Int(int),
                Some((None, Some(float))) => Literal::Float(float),
                _ => value.into(),
            }
        }
        _ => value.into(),
    }
}
