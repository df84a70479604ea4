//! A row of the rule table, as a document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{AggregateSpec, GraphSpec, MAX_SAFE_INTEGER, keywords};
use crate::pointer::Pointer;

/// A rule document: a bare pattern, or a row with all that belongs to a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleDocument {
    /// A bare pattern graph.
    Graph(Box<GraphSpec>),
    /// A bare aggregate.
    Aggregate(Box<AggregateSpec>),
    /// A row.
    Row(Box<RowSpec>),
}

impl RuleDocument {
    /// The row, if the rule came with one.
    #[must_use]
    pub fn row(&self) -> Option<&RowSpec> {
        match self {
            Self::Row(row) => Some(row),
            _ => None,
        }
    }

    /// The pattern graph of the rule; of an aggregate the one that takes the events that count.
    #[must_use]
    pub fn pattern(&self) -> &GraphSpec {
        match self {
            Self::Graph(graph) => graph,
            Self::Aggregate(aggregate) => &aggregate.filter,
            Self::Row(row) => row.pattern.graph(),
        }
    }

    /// The aggregate, if the rule is one.
    #[must_use]
    pub fn aggregate(&self) -> Option<&AggregateSpec> {
        match self {
            Self::Graph(_) => None,
            Self::Aggregate(aggregate) => Some(aggregate),
            Self::Row(row) => row.pattern.aggregate(),
        }
    }
}

/// What a rule does: the two kinds of document, told apart by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PatternSpec {
    /// It matches a pattern.
    Graph(Box<GraphSpec>),
    /// It keeps statistics.
    Aggregate(Box<AggregateSpec>),
}

impl PatternSpec {
    /// The pattern graph; of an aggregate the one that takes the events that count.
    #[must_use]
    pub fn graph(&self) -> &GraphSpec {
        match self {
            Self::Graph(graph) => graph,
            Self::Aggregate(aggregate) => &aggregate.filter,
        }
    }

    /// The aggregate, if it is one.
    #[must_use]
    pub fn aggregate(&self) -> Option<&AggregateSpec> {
        match self {
            Self::Graph(_) => None,
            Self::Aggregate(aggregate) => Some(aggregate),
        }
    }

    /// A document that says this and nothing else.
    #[must_use]
    pub fn into_document(self) -> RuleDocument {
        match self {
            Self::Graph(graph) => RuleDocument::Graph(graph),
            Self::Aggregate(aggregate) => RuleDocument::Aggregate(aggregate),
        }
    }
}

impl JsonSchema for PatternSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PatternSpec".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let graph = generator.subschema_for::<GraphSpec>();
        let aggregate = generator.subschema_for::<AggregateSpec>();
        schemars::json_schema!({
            "description": "What the rule does: a pattern graph, or an aggregate, which has the type AGGREGATE.",
            "oneOf": [graph, aggregate],
        })
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
    /// The pattern, or the aggregate.
    pub pattern: PatternSpec,
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
