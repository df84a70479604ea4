//! What is told to authors of rules, as it is kept for them: in every language.

use serde_json::{Value, json};
use tripline::{Code, Diagnostics, Lang, Text};

/// A warning that comes up while a rule runs, of a condition plugin or of its budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFinding {
    /// What it is about.
    pub code: Code,
    /// What was counted: lower case, no full stop; names the plugin, if it is of one, and the node if there is one.
    pub message: Text,
    /// What to do about it.
    pub hint: Text,
}

impl RuleFinding {
    /// As diagnostics of rules are, without a place in the text; in English, and in Chinese under `zh`.
    #[must_use]
    pub fn json(&self) -> Value {
        without_place(self.code, "", &self.message, &self.hint)
    }
}

/// A finding on something that has no line and column.
pub(crate) fn without_place(code: Code, pointer: &str, message: &Text, hint: &Text) -> Value {
    json!({
        "code": code.id(), "severity": code.severity(), "pointer": pointer, "line": 0, "column": 0,
        "message": message.render(Lang::En), "hint": hint.render(Lang::En),
        "zh": in_chinese(message, Some(hint)),
    })
}

/// Findings in the text of a rule.
pub(crate) fn all_of(diagnostics: &Diagnostics) -> Vec<Value> {
    let in_english = |found| serde_json::to_value(found).unwrap_or_default();
    diagnostics
        .iter()
        .map(|found| {
            let mut item = in_english(found);
            if let Some(members) = item.as_object_mut() {
                let chinese = in_chinese(&found.message, found.hint.as_ref());
                members.insert("zh".to_owned(), chinese);
            }
            item
        })
        .collect()
}

fn in_chinese(message: &Text, hint: Option<&Text>) -> Value {
    let hint = hint.map(|hint| hint.render(Lang::Zh)).unwrap_or_default();
    json!({"message": message.render(Lang::Zh), "hint": hint})
}
