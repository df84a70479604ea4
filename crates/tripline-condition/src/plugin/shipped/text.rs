//! `Text`: what a text contains, begins with or ends with.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{call, check_path, constant, expression, field};
use crate::Binder;
use crate::expression::ast::Literal;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

pub(super) struct Text;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field.
    field: String,
    /// Where the part must stand.
    operator: Place,
    /// The part.
    text: String,
    /// Whether small and capital letters are the same.
    #[serde(default)]
    ignore_case: bool,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Place {
    Contains,
    StartsWith,
    EndsWith,
}

impl ConditionPlugin for Text {
    type Parameters = Parameters;
    const NAME: &'static str = "Text";
    const DESCRIPTION: &'static str = "holds if a text contains, begins with or ends with another";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "anywhere",
            r#"{"field": "title", "operator": "contains", "text": "sale"}"#,
            r#"{"ts": 1, "title": "Winter sale now"}"#,
        ),
        Example::holds(
            "at the start, whatever the case",
            r#"{"field": "title", "operator": "starts_with", "text": "WINTER", "ignore_case": true}"#,
            r#"{"ts": 1, "title": "Winter sale now"}"#,
        ),
        Example::fails(
            "at the end",
            r#"["title", "ends_with", "sale"]"#,
            r#"{"ts": 1, "title": "Winter sale now"}"#,
        ),
        Example::unknown(
            "a number is no text",
            r#"["title", "contains", "4"]"#,
            r#"{"ts": 1, "title": 42}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        let (text, part) = (field(&told.field), told.text);
        let (text, part) = if told.ignore_case {
            (call("lower", vec![text]), part.to_lowercase())
        } else {
            (text, part)
        };
        let function = match told.operator {
            Place::Contains => "contains",
            Place::StartsWith => "starts_with",
            Place::EndsWith => "ends_with",
        };
        expression(&call(function, vec![text, constant(Literal::Text(part))]), binder)
    }
}
