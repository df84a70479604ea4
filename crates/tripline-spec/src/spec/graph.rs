//! The pattern graph, as written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::{ConditionSpec, QuantifierSpec, WindowSpec, is_false, keywords};
use crate::pointer::Pointer;

/// A graph of nodes: the whole pattern, or a group inside one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "type", rename = "COMPOSITE")]
#[schemars(deny_unknown_fields, rename = "GraphSpec", transform = const_type_composite)]
pub struct GraphSpec {
    /// Unique among its siblings; of the whole pattern only a label.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// The version of the format, always 1. It is not the version of the rule.
    #[serde(default = "first_version")]
    #[schemars(range(min = 1, max = 1))]
    pub version: i64,
    /// How often the whole group is to occur; ignored on the whole pattern.
    #[serde(default, skip_serializing_if = "is_unsaid")]
    #[schemars(with = "Option<QuantifierSpec>")]
    pub quantifier: QuantifierSpec,
    /// The nodes, in any order.
    #[schemars(length(min = 1, max = 1000))]
    pub nodes: Vec<NodeSpec>,
    /// The chain of the nodes; empty for a single one.
    pub edges: Vec<EdgeSpec>,
    /// A time limit for the whole graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowSpec>,
    /// What to do with overlapping matches; `NO_SKIP` if absent, ignored on a nested graph.
    #[serde(rename = "afterMatchStrategy", skip_serializing_if = "Option::is_none")]
    pub after_match: Option<AfterMatchSkipStrategySpec>,
    /// Tripline's own: NOT_FOLLOW at the end after a loop matches for a quiet key as well.
    #[serde(default, skip_serializing_if = "is_false")]
    pub final_absence: bool,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
    /// Where its nodes stand, in one of the spellings.
    #[serde(skip)]
    pub nodes_pointer: Pointer,
}

keywords! {
    /// What kind of node it is.
    pub(crate) NodeTypeSpec {
        /// It takes events.
        Atomic = "ATOMIC",
        /// It is a graph.
        Composite = "COMPOSITE",
    }
}

/// A node of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeSpec {
    /// A single event, or repetitions of it.
    Atomic(AtomicSpec),
    /// A group.
    Composite(GraphSpec),
}

/// A node that takes events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "type", rename = "ATOMIC")]
#[schemars(deny_unknown_fields, rename = "AtomicSpec", transform = const_type_atomic)]
pub struct AtomicSpec {
    /// Unique in the whole rule, at most 256 characters, without `:`; the key of its events in a match.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[^:]*$"))]
    pub name: String,
    /// How often; once if absent.
    #[serde(default, skip_serializing_if = "is_unsaid")]
    #[schemars(with = "Option<QuantifierSpec>")]
    pub quantifier: QuantifierSpec,
    /// What an event must meet; every event does if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionSpec>,
    /// Tripline's own: a time limit of this node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowSpec>,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

keywords! {
    /// How the target of an edge follows its source.
    pub EdgeTypeSpec {
        /// The very next event (next).
        Strict = "STRICT",
        /// The next event that fits (followedBy).
        SkipTillNext = "SKIP_TILL_NEXT",
        /// Any later event that fits (followedByAny).
        SkipTillAny = "SKIP_TILL_ANY",
        /// Not the very next event (notNext).
        NotNext = "NOT_NEXT",
        /// No event until the next node, or until the window closes (notFollowedBy).
        NotFollow = "NOT_FOLLOW",
    }
}

impl EdgeTypeSpec {
    /// Whether it negates the node it leads into.
    #[must_use]
    pub const fn is_negated(self) -> bool {
        matches!(self, Self::NotNext | Self::NotFollow)
    }
}

/// A step from one node to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EdgeSpec {
    /// The name of the node before.
    pub source: String,
    /// The name of the node after.
    pub target: String,
    /// How the target follows.
    #[serde(rename = "type")]
    pub kind: EdgeTypeSpec,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

keywords! {
    /// The names of the skip strategies.
    pub SkipTypeSpec {
        /// Every match counts.
        NoSkip = "NO_SKIP",
        /// Drops what began with the same event.
        SkipToNext = "SKIP_TO_NEXT",
        /// Drops what began within the match.
        SkipPastLastEvent = "SKIP_PAST_LAST_EVENT",
        /// Drops what began before the first event of a node.
        SkipToFirst = "SKIP_TO_FIRST",
        /// Drops what began before the last event of a node.
        SkipToLast = "SKIP_TO_LAST",
    }
}

/// What to do with overlapping matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterMatchSkipStrategySpec {
    /// The strategy.
    pub strategy: SkipStrategySpec,
    /// Where it stands; the name of the node is at `patternName` below it.
    pub pointer: Pointer,
}

/// A skip strategy, with the node that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipStrategySpec {
    /// Every match counts.
    NoSkip,
    /// Drops what began with the same event.
    SkipToNext,
    /// Drops what began within the match.
    SkipPastLastEvent,
    /// Drops what began before the first event of a node.
    SkipToFirst {
        /// The name of the node.
        pattern_name: String,
    },
    /// Drops what began before the last event of a node.
    SkipToLast {
        /// The name of the node.
        pattern_name: String,
    },
}

impl SkipStrategySpec {
    /// The name of the strategy.
    #[must_use]
    pub const fn kind(&self) -> SkipTypeSpec {
        match self {
            Self::NoSkip => SkipTypeSpec::NoSkip,
            Self::SkipToNext => SkipTypeSpec::SkipToNext,
            Self::SkipPastLastEvent => SkipTypeSpec::SkipPastLastEvent,
            Self::SkipToFirst { .. } => SkipTypeSpec::SkipToFirst,
            Self::SkipToLast { .. } => SkipTypeSpec::SkipToLast,
        }
    }

    /// The name of the node that it skips to, if it is that kind of strategy.
    #[must_use]
    pub fn pattern_name(&self) -> Option<&str> {
        match self {
            Self::SkipToFirst { pattern_name } | Self::SkipToLast { pattern_name } => {
                Some(pattern_name)
            }
            _ => None,
        }
    }
}

impl NodeSpec {
    /// The name of the node.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Atomic(node) => &node.name,
            Self::Composite(graph) => &graph.name,
        }
    }

    /// How often the node is to occur.
    #[must_use]
    pub const fn quantifier(&self) -> &QuantifierSpec {
        match self {
            Self::Atomic(node) => &node.quantifier,
            Self::Composite(graph) => &graph.quantifier,
        }
    }

    /// Where the node stands.
    #[must_use]
    pub const fn pointer(&self) -> &Pointer {
        match self {
            Self::Atomic(node) => &node.pointer,
            Self::Composite(graph) => &graph.pointer,
        }
    }
}

impl Serialize for NodeSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Atomic(node) => node.serialize(serializer),
            Self::Composite(graph) => graph.serialize(serializer),
        }
    }
}

impl JsonSchema for NodeSpec {
    fn schema_name() -> Cow<'static, str> {
        "NodeSpec".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let atomic = generator.subschema_for::<AtomicSpec>();
        let composite = generator.subschema_for::<GraphSpec>();
        json_schema!({
            "description": "A node of a graph: a single one, or a group.",
            "oneOf": [atomic, {"allOf": [composite], "required": ["type"]}],
        })
    }
}

impl Serialize for AfterMatchSkipStrategySpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("AfterMatchSkipStrategySpec", 2)?;
        fields.serialize_field("type", &self.strategy.kind())?;
        match self.strategy.pattern_name() {
            Some(name) => fields.serialize_field("patternName", name)?,
            None => fields.skip_field("patternName")?,
        }
        fields.end()
    }
}

impl JsonSchema for AfterMatchSkipStrategySpec {
    fn schema_name() -> Cow<'static, str> {
        "AfterMatchSkipStrategySpec".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What to do with overlapping matches.",
            "type": "object",
            "properties": {
                "type": {
                    "enum": ["NO_SKIP", "SKIP_TO_NEXT", "SKIP_PAST_LAST_EVENT", "SKIP_TO_FIRST", "SKIP_TO_LAST"],
                },
                "patternName": {
                    "description": "The node that SKIP_TO_FIRST and SKIP_TO_LAST skip to: a top-level ATOMIC one.",
                    "type": ["string", "null"],
                },
            },
            "required": ["type"],
            "additionalProperties": false,
            "if": {"properties": {"type": {"enum": ["SKIP_TO_FIRST", "SKIP_TO_LAST"]}}},
            "then": {"properties": {"patternName": {"type": "string", "minLength": 1}}, "required": ["patternName"]},
        })
    }
}

const fn first_version() -> i64 {
    1
}

fn is_unsaid(quantifier: &QuantifierSpec) -> bool {
    *quantifier == QuantifierSpec::default()
}

/// The whole rule may leave its type out, a group may not, which [`NodeSpec`] says.
fn const_type_composite(schema: &mut Schema) {
    const_type(schema, "COMPOSITE");
    if let Some(properties) = schema.get_mut("properties").and_then(|value| value.as_object_mut()) {
        let null = serde_json::json!({"type": "null", "description": "A graph has no condition."});
        properties.insert("condition".to_owned(), null);
    }
    if let Some(required) = schema.get_mut("required").and_then(|value| value.as_array_mut()) {
        required.retain(|key| key != "type");
    }
}

fn const_type_atomic(schema: &mut Schema) {
    const_type(schema, "ATOMIC");
}

/// Says in the schema of a node of which type it is.
fn const_type(schema: &mut Schema, name: &str) {
    let object = schema.ensure_object();
    if let Some(properties) = object.get_mut("properties").and_then(|value| value.as_object_mut()) {
        properties.insert("type".to_owned(), serde_json::json!({"const": name}));
    }
    if let Some(required) = object.get_mut("required").and_then(|value| value.as_array_mut())
        && !required.iter().any(|key| key == "type")
    {
        required.insert(0, "type".into());
    }
}
