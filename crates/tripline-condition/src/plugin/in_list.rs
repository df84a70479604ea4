//! `InList`: a field has one of some values.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::{ArgsError, ConditionPlugin, PluginCondition};
use crate::Binder;
use crate::expression::ast::{Ast, AstKind, Literal};
use crate::expression::lower;

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

    fn bind(
        parameters: InListParameters,
        binder: &mut Binder<'_>,
    ) -> Result<PluginCondition, ArgsError> {
        if parameters.field.is_empty() {
            return Err(ArgsError::new("/field", text!("the path of the field is empty")));
        }
        if parameters.values.is_empty() {
            return Err(ArgsError::new("/values", text!("the list of values is empty"))
                .with_hint(text!("name at least one value")));
        }
        // The expression `field in [values]`: what a rule says in either way is evaluated once.
        let ast = |kind| Ast { kind, span: 0..0 };
        let item = Box::new(ast(AstKind::Path(vec![parameters.field])));
        let literals = parameters.values.into_iter().map(Literal::from);
        let list = AstKind::List(literals.map(|each| ast(AstKind::Literal(each))).collect());
        let list = Box::new(ast(list));
        match lower(&ast(AstKind::In { item, list }), binder, &mut Vec::new()) {
            Ok(bound) => Ok(bound.into()),
            Err(error) => Err(ArgsError::new("", error.message)),
        }
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
