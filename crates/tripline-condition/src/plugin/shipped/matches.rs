//! `Matches`: a text and a regular expression.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::{ast, check_path, constant, expression, field};
use crate::Binder;
use crate::binder::MAX_PATTERNS;
use crate::expression::ast::{AstKind, Literal};
use crate::expression::validate_pattern;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

pub(super) struct Matches;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field.
    field: String,
    /// The regular expression, which the whole text must match; `.*` before and after it for a part.
    pattern: String,
}

impl ConditionPlugin for Matches {
    type Parameters = Parameters;
    const NAME: &'static str = "Matches";
    const DESCRIPTION: &'static str =
        "holds if a whole text matches a regular expression, in time linear in the text";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "letters and a number",
            r#"{"field": "sku", "pattern": "[A-Z]{2}-[0-9]+"}"#,
            r#"{"ts": 1, "sku": "AB-42"}"#,
        ),
        Example::fails(
            "a part of the text is not enough",
            r#"["sku", "[A-Z]{2}"]"#,
            r#"{"ts": 1, "sku": "AB-42"}"#,
        ),
        Example::unknown("the event has no such field", r#"["sku", "[0-9]+"]"#, r#"{"ts": 1}"#),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        validate_pattern(&told.pattern)
            .map_err(|(message, hint)| ArgsError::new("/pattern", message).with_hint(hint))?;
        if binder.patterns >= MAX_PATTERNS {
            let message = text!(
                "the regular expressions of the rule exceed the limit of {limit}",
                limit = MAX_PATTERNS
            );
            return Err(ArgsError::new("/pattern", message)
                .with_hint(text!("join several into one with `|`, or use `Text` or `InList`")));
        }
        let pattern = Box::new(constant(Literal::Text(told.pattern)));
        let item = Box::new(field(&told.field));
        expression(&ast(AstKind::Matches { item, pattern }), binder)
    }
}
