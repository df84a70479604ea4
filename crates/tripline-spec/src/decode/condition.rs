//! Conditions.

use tripline_message::{Code, text};

use super::decoder::{Decoder, Fields};
use crate::diagnostic::Diagnostic;
use crate::json::JsonNode;
use crate::pointer::Pointer;
use crate::spec::{AND, COMBINING_CLASSES, ConditionSpec, ConditionTypeSpec, Keyword, NOT, OR};

/// The keys that only some types of condition have.
const EXPRESSION_KEYS: [&str; 1] = ["expression"];
const CLASS_KEYS: [&str; 4] = ["className", "args", "nestedConditions", "subClassName"];
const ALL_KEYS: [&str; 6] =
    ["type", "expression", "className", "args", "nestedConditions", "subClassName"];

impl Decoder {
    pub(super) fn condition(
        &mut self,
        node: &JsonNode,
        pointer: &Pointer,
    ) -> Option<ConditionSpec> {
        let fields = self.fields(node, pointer, &ALL_KEYS)?;
        let kind = self.required(&fields, "type", Self::condition_type)?;
        match kind {
            ConditionTypeSpec::Class | ConditionTypeSpec::CustomArgs => self.class(&fields),
            ConditionTypeSpec::Expression
            | ConditionTypeSpec::Aviator
            | ConditionTypeSpec::Groovy => self.expression(kind, &fields),
        }
    }

    fn condition_type(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<ConditionTypeSpec> {
        let text = self.string(node, pointer)?;
        let kind = ConditionTypeSpec::from_spelling(&text.to_ascii_uppercase());
        if kind.is_none() {
            let code = Code::UnknownConditionType;
            self.unknown_word(code, &text, ConditionTypeSpec::ALL, pointer);
        }
        kind
    }

    fn expression(
        &mut self,
        kind: ConditionTypeSpec,
        fields: &Fields<'_>,
    ) -> Option<ConditionSpec> {
        self.warn_ignored(fields, &CLASS_KEYS, kind.spelling());
        let expression = self.required(fields, "expression", Self::string)?;
        let pointer = fields.pointer.clone();
        Some(match kind {
            ConditionTypeSpec::Aviator => ConditionSpec::Aviator { expression, pointer },
            ConditionTypeSpec::Groovy => ConditionSpec::Groovy { expression, pointer },
            _ => ConditionSpec::Expression { expression, pointer },
        })
    }

    fn class(&mut self, fields: &Fields<'_>) -> Option<ConditionSpec> {
        self.warn_ignored(fields, &EXPRESSION_KEYS, "CLASS");
        let class_name = self.required(fields, "className", Self::filled_string);
        let nested = self.optional(fields, "nestedConditions", |decoder, node, pointer| {
            decoder.array(node, pointer, Self::condition)
        });
        let combining = class_name
            .as_ref()
            .and_then(|name| COMBINING_CLASSES.into_iter().find(|end| name.ends_with(end)));
        if let Some(combining) = combining {
            self.warn_ignored(fields, &["args", "subClassName"], combining);
            return self.combination(combining, nested, fields);
        }
        let args = self.optional(fields, "args", Self::any);
        let sub_class_name = self.optional(fields, "subClassName", Self::string);
        Some(ConditionSpec::Class {
            class_name: class_name?,
            args,
            nested: nested.unwrap_or_default(),
            sub_class_name,
            pointer: fields.pointer.clone(),
        })
    }

    fn combination(
        &mut self,
        class: &str,
        nested: Option<Vec<ConditionSpec>>,
        fields: &Fields<'_>,
    ) -> Option<ConditionSpec> {
        let at = fields.pointer.key("nestedConditions");
        let given = fields.find("nestedConditions").is_some();
        // What is given and could not be read has its own diagnostic.
        let mut nested = if given { nested? } else { nested.unwrap_or_default() };
        let pointer = fields.pointer.clone();
        match class {
            AND | OR if nested.is_empty() => {
                let message = text!("`{class}` needs `nestedConditions`", class);
                let hint = text!("list the conditions to combine");
                self.error(Code::NestedConditionsMissing, &at, message, hint);
                None
            }
            AND => Some(ConditionSpec::And { nested, pointer }),
            OR => Some(ConditionSpec::Or { nested, pointer }),
            _ => match (nested.pop(), nested.is_empty()) {
                (Some(only), true) => Some(ConditionSpec::Not { nested: Box::new(only), pointer }),
                (last, _) => {
                    let count = nested.len() + usize::from(last.is_some());
                    let message = text!(
                        "`{class}` takes exactly one condition, found {count}",
                        class = NOT,
                        count
                    );
                    let hint =
                        text!("combine several with `RichAndCondition` or `RichOrCondition` first");
                    self.error(Code::NotTakesOne, &at, message, hint);
                    None
                }
            },
        }
    }

    /// Warns of keys that mean nothing with this type of condition.
    fn warn_ignored(&mut self, fields: &Fields<'_>, keys: &[&str], kind: &str) {
        for found in keys.iter().filter_map(|key| fields.find(key)) {
            let message =
                text!("`{key}` means nothing with `{kind}` and is ignored", key = found.key, kind);
            self.diagnostics.push(
                Diagnostic::new(Code::ConditionKeyIgnored, &found.pointer, message)
                    .with_hint(text!("remove it, or change the `type`"))
                    .at_key(),
            );
        }
    }
}
