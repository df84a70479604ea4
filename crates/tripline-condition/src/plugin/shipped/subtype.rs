//! `SubtypeCondition`: the event is of a class, by the field that names its class.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_message::text;

use super::{check_path, expression, field, is_in, list};
use crate::Binder;
use crate::expression::ast::Literal;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};

pub(super) struct Subtype;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The class of events; in a rule it stands beside `className`.
    #[serde(rename = "subClassName")]
    sub_class_name: String,
    /// The path of the field with the class of the event.
    #[serde(default = "default_field")]
    field: String,
}

fn default_field() -> String {
    "type".to_owned()
}

impl ConditionPlugin for Subtype {
    type Parameters = Parameters;
    const NAME: &'static str = "SubtypeCondition";
    const DESCRIPTION: &'static str =
        "holds if a field names a class, in full (`a.b.Cart`) or without its package (`Cart`)";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "the field has the simple name",
            r#"{"subClassName": "com.shop.Cart"}"#,
            r#"{"ts": 1, "type": "Cart"}"#,
        ),
        Example::holds(
            "or the full one; the field may be another",
            r#"{"subClassName": "com.shop.Cart", "field": "class"}"#,
            r#"{"ts": 1, "class": "com.shop.Cart"}"#,
        ),
        Example::fails(
            "of another package it is another class",
            r#"["com.shop.Cart"]"#,
            r#"{"ts": 1, "type": "com.other.Cart"}"#,
        ),
        Example::unknown("the event does not say", r#"["com.shop.Cart"]"#, r#"{"ts": 1}"#),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        let full = told.sub_class_name;
        let simple = full.rsplit(['.', '$']).next().unwrap_or_default().to_owned();
        if simple.is_empty() {
            return Err(ArgsError::new(
                "/subClassName",
                text!("`{name}` is no name of a class", name = full),
            )
            .with_hint(text!("write the class of the events, such as `com.shop.Cart`")));
        }
        let mut names = vec![full];
        if !names.contains(&simple) {
            names.push(simple);
        }
        let names = list(names.into_iter().map(Literal::Text));
        expression(&is_in(field(&told.field), names), binder)
    }
}
