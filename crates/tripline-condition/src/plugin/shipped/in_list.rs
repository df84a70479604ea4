//! `InList`: a field has one of some values.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::{check_path, expression, field, is_in, list};
use crate::Binder;
use crate::expression::ast::Literal;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

/// Holds if a field has one of some values; unknown if the event has no such field.
#[derive(Debug)]
pub struct InList;

/// What [`InList`] is told.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InListParameters {
    /// The path of the field.
    #[serde(default = "default_field")]
    pub field: String,
    /// The values it may have; at least one.
    #[schemars(length(min = 1))]
    pub values: Vec<InListValue>,
}

/// A value that a field may have.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, a number or a boolean")]
pub enum InListValue {
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
}

fn default_field() -> String {
    "tag".to_owned()
}

impl ConditionPlugin for InList {
    type Parameters = InListParameters;
    const NAME: &'static str = "InList";
    const DESCRIPTION: &'static str = "holds if a field has one of the listed values";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "an audience tag, with the arguments as existing rules have them",
            r#"["A", "B"]"#,
            r#"{"ts": 1, "tag": "B"}"#,
        ),
        Example::fails(
            "another field, by name",
            r#"{"field": "level", "values": [1, 2]}"#,
            r#"{"ts": 1, "level": 3}"#,
        ),
        Example::unknown("the event has no such field", r#"["A", "B"]"#, r#"{"ts": 1}"#),
    ];

    fn bind(
        parameters: InListParameters,
        binder: &mut Binder<'_>,
    ) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &parameters.field)?;
        if parameters.values.is_empty() {
            // The schema says so too; this is for those who have another.
            return Err(ArgsError::new("/values", text!("the list of values is empty"))
                .with_hint(text!("name at least one value")));
        }
        let values = list(parameters.values.into_iter().map(Literal::from));
        expression(&is_in(field(&parameters.field), values), binder)
    }
}

impl From<InListValue> for Literal {
    fn from(value: InListValue) -> Self {
        match value {
            InListValue::Bool(value) => Self::Bool(value),
            InListValue::Int(value) => Self::Int(value),
            InListValue::Float(value) => Self::Float(value),
            InListValue::Text(value) => Self::Text(value),
        }
    }
}
