//! JSON Schemas of what people write and what they get.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;
pub use tripline_spec::{schema_row, schema_rule};

/// The schema of an output line.
#[must_use]
pub fn schema_output() -> Value {
    schemars::schema_for!(OutputLine).to_value()
}

/// One output of a rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "Tripline output line")]
#[expect(
    dead_code,
    reason = "describes what `OutputEncoder` writes; a test holds the two together"
)]
struct OutputLine {
    /// Identity of the output: the same whenever the same input is processed.
    #[schemars(regex(pattern = r"^[0-9a-f]{32}$"))]
    id: String,
    /// Why there is an output.
    kind: OutputLineKind,
    /// The rule.
    rule: OutputRule,
    /// How grave it is, as the rule says.
    severity: OutputSeverity,
    /// The key fields with their values; empty for one global key.
    key: BTreeMap<String, Value>,
    /// When the first event happened, or the window of an aggregate begins, in ms.
    start: i64,
    /// When the last event happened, or the window of an aggregate ends (exclusive), in ms.
    end: i64,
    /// When the window closed, in ms; null for a match.
    due: Option<i64>,
    /// The nodes whose events did not come; empty for a match.
    waiting_for: Vec<String>,
    /// Whether the rule had exceeded its budget for this key, so that outputs are missing, or this one is there only
    /// because of it; left out if not.
    #[schemars(default)]
    degraded: bool,
    /// The events by node, as they came: nodes in pattern order, events oldest first. Of a match and a timeout.
    #[schemars(default)]
    events: Option<BTreeMap<String, Vec<Value>>>,
    /// The fields that make the group with their values, null where its events lack one. Of an aggregate, as all below.
    #[schemars(default)]
    group: Option<BTreeMap<String, Value>>,
    /// What was worked out, by name; null where there is no value.
    #[schemars(default)]
    values: Option<BTreeMap<String, Value>>,
    /// The rank of the group in its window, from 1, where the rule ranks.
    #[schemars(default)]
    rank: Option<u32>,
    /// How many outputs of the same group and window came before.
    #[schemars(default)]
    revision: Option<u32>,
    /// When the event happened that brought it, in ms; null where time did.
    #[schemars(default)]
    at: Option<i64>,
}

/// Why there is an output.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "see `OutputLine`")]
enum OutputLineKind {
    /// A complete match.
    Match,
    /// A partial match whose window closed.
    Timeout,
    /// What a group came to in a window.
    Aggregate,
}

/// How grave an output is.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "see `OutputLine`")]
enum OutputSeverity {
    Info,
    Warning,
    Error,
    Critical,
}

/// The rule of an output.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "see `OutputLine`")]
struct OutputRule {
    /// Its id.
    id: String,
    /// The version that gave the output.
    version: i64,
    /// Its name for people.
    name: String,
}
