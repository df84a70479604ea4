//! The conditions that are made of conditions: `nestedConditions` in a rule, not arguments.

use super::Example;

/// A condition class that combines others; recognised by the end of its name, so that Flink's full names are too.
#[derive(Clone, Copy, Debug)]
pub struct Combination {
    /// How the name ends.
    pub name: &'static str,
    /// What it holds for, in one sentence.
    pub description: &'static str,
    /// How many conditions `nestedConditions` must have.
    pub takes: &'static str,
    /// What it says of some events; the arguments are its `nestedConditions`.
    pub examples: &'static [Example],
}

/// All of them. `tripline-spec` reads them; here they are described.
pub const COMBINATIONS: &[Combination] = &[
    Combination {
        name: "RichAndCondition",
        description: "holds if all of its conditions hold",
        takes: "one or more",
        examples: &[
            Example::holds(
                "both hold",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"},{"type":"CLASS","className":"InList","args":{"values":["A","B"]}}]"#,
                r#"{"ts":1,"action":"cart","tag":"A"}"#,
            ),
            Example::fails(
                "one that is false decides, whatever is unknown",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"},{"type":"EXPRESSION","expression":"price > 10"}]"#,
                r#"{"ts":1,"price":5}"#,
            ),
            Example::unknown(
                "one holds, and one cannot be told",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"},{"type":"EXPRESSION","expression":"price > 10"}]"#,
                r#"{"ts":1,"price":11}"#,
            ),
        ],
    },
    Combination {
        name: "RichOrCondition",
        description: "holds if one of its conditions holds",
        takes: "one or more",
        examples: &[
            Example::holds(
                "the second holds",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"},{"type":"EXPRESSION","expression":"price > 10"}]"#,
                r#"{"ts":1,"price":11}"#,
            ),
            Example::fails(
                "neither holds",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"},{"type":"EXPRESSION","expression":"price > 10"}]"#,
                r#"{"ts":1,"action":"pay","price":5}"#,
            ),
            Example::unknown(
                "neither holds, and one cannot be told",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"},{"type":"EXPRESSION","expression":"price > 10"}]"#,
                r#"{"ts":1,"price":5}"#,
            ),
        ],
    },
    Combination {
        name: "RichNotCondition",
        description: "holds if its condition is false; what is unknown stays unknown",
        takes: "exactly one",
        examples: &[
            Example::holds(
                "the condition is false",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"}]"#,
                r#"{"ts":1,"action":"pay"}"#,
            ),
            Example::fails(
                "the condition is true",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"}]"#,
                r#"{"ts":1,"action":"cart"}"#,
            ),
            Example::unknown(
                "the event has no such field",
                r#"[{"type":"EXPRESSION","expression":"action == 'cart'"}]"#,
                r#"{"ts":1}"#,
            ),
        ],
    },
];
