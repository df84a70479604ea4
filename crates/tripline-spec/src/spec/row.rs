//! A row of the rule table, as a document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{GraphSpec, MAX_SAFE_INTEGER, keywords};
use crate::pointer::Pointer;

/// A rule document: a bare pattern, or a row with all that belongs to a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleDocument {
    /// A bare pattern.
    Graph(Box<GraphSpec>),
    /// A row.
    Row(Box<RowSpec>),
}

impl RuleDocument {
    /// The pattern of the rule.
    #[must_use]
    pub fn pattern(&self) -> &GraphSpec {
        match self {
            Self::Graph(graph) => graph,
            Self::Row(row) => &row.pattern,
        }
    }
}

keywords! {
    /// How much a match of the rule matters.
    pub SeveritySpec {
        /// Good to know; the default.
        Info = "info",
        /// Worth a look.
        Warning = "warning",
        /// Something is wrong.
        Error = "error",
        /// Somebody must act.
        Critical = "critical",
    }
}

keywords! {
    /// What a new version of the rule does to the partial matches of the version before.
    pub OnUpdateSpec {
        /// Drops them; the default.
        Restart = "restart",
        /// Lets them finish under the version they began with.
        Drain = "drain",
        /// Keeps them where nodes, edges and quantifiers are the same.
        Migrate = "migrate",
    }
}

/// A row of the rule table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RowSpec {
    /// The identity of the rule over all its versions.
    #[schemars(length(min = 1, max = 256))]
    pub id: String,
    /// The version; the highest of an id counts.
    #[schemars(range(min = 0, max = MAX_SAFE_INTEGER))]
    pub version: i64,
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the rule is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The fields of an event that are its key; the configured default key if absent, one global key if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(min = 1)))]
    pub key_by: Option<Vec<String>>,
    /// The action of the configuration that handles matches; the default action if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Values that conditions read as `params.NAME`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// How much a match matters.
    #[serde(default = "default_severity")]
    pub severity: SeveritySpec,
    /// Whether the rule is to run; of the highest version.
    #[serde(default = "default_enabled")]
    pub enabled: bool,
    /// From when on the rule is in force, in event time: milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<InstantSpec>")]
    pub effective_from: Option<i64>,
    /// Until when the rule is in force, in event time: milliseconds since 1970, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<InstantSpec>")]
    pub effective_until: Option<i64>,
    /// What this version does to the partial matches of the one before.
    #[serde(default = "default_on_update")]
    pub on_update: OnUpdateSpec,
    /// Free labels, for filters and reports.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The pattern.
    pub pattern: GraphSpec,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

const fn default_severity() -> SeveritySpec {
    SeveritySpec::Info
}

const fn default_enabled() -> bool {
    true
}

const fn default_on_update() -> OnUpdateSpec {
    OnUpdateSpec::Restart
}

/// A point in time, for the schema: milliseconds since 1970, or a date and time with a zone as RFC 3339 has it.
struct InstantSpec;

impl JsonSchema for InstantSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InstantSpec".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Milliseconds since 1970, or a date and time with its offset as in RFC 3339.",
            "oneOf": [
                {"type": "integer", "minimum": -MAX_SAFE_INTEGER, "maximum": MAX_SAFE_INTEGER},
                {"type": "string", "format": "date-time"},
            ],
        })
    }
}
