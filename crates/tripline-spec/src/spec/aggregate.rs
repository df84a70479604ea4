//! Rules of type AGGREGATE, as written: statistics in windows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Number;

use super::{AtomicSpec, ConditionSpec, GraphSpec, NodeSpec, QuantifierSpec, TimeSpec, keywords};
use crate::pointer::Pointer;

/// Statistics of events in windows, group by group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregateSpec {
    /// Which events count: the graph of the one node [`AggregateSpec::NODE`], with the rule's name and condition.
    pub filter: GraphSpec,
    /// The fields whose values make the groups; one group of all events if empty.
    pub group_by: Vec<String>,
    /// The windows.
    pub window: AggregateWindowSpec,
    /// What is worked out, by name.
    pub aggregates: BTreeMap<String, AggregateFunctionSpec>,
    /// What the values of a group must meet to be given out.
    pub having: Option<ConditionSpec>,
    /// Which groups of a window are given out, by rank.
    pub top: Option<TopSpec>,
    /// When values are given out; as [`AggregateSpec::emit`] says if absent.
    pub emit: Option<EmitSpec>,
    /// How much event time lies between two outputs of ON_UPDATE; each event gives one if absent.
    pub every: Option<TimeSpec>,
    /// Where it stands.
    pub pointer: Pointer,
}

impl AggregateSpec {
    /// The name of the node that takes the events that count.
    pub const NODE: &'static str = "event";

    /// The graph that takes the events that count.
    pub(crate) fn filter_of(
        name: String,
        version: i64,
        condition: Option<ConditionSpec>,
        pointer: &Pointer,
    ) -> GraphSpec {
        let event = AtomicSpec {
            name: Self::NODE.to_owned(),
            quantifier: QuantifierSpec::default(),
            condition,
            window: None,
            pointer: pointer.clone(),
        };
        GraphSpec {
            name,
            version,
            quantifier: QuantifierSpec::default(),
            nodes: vec![NodeSpec::Atomic(event)],
            edges: Vec::new(),
            window: None,
            after_match: None,
            final_absence: false,
            pointer: pointer.clone(),
            nodes_pointer: pointer.clone(),
        }
    }

    /// The rule's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.filter.name
    }

    /// What an event must meet to count; every event does if absent.
    #[must_use]
    pub fn condition(&self) -> Option<&ConditionSpec> {
        match self.filter.nodes.first() {
            Some(NodeSpec::Atomic(node)) => node.condition.as_ref(),
            _ => None,
        }
    }

    /// When values are given out.
    #[must_use]
    pub fn emit(&self) -> EmitSpec {
        let trailing = self.window.kind == AggregateWindowTypeSpec::Trailing;
        self.emit.unwrap_or(if trailing { EmitSpec::OnUpdate } else { EmitSpec::OnClose })
    }
}

keywords! {
    /// How windows lie in time.
    pub AggregateWindowTypeSpec {
        /// One after the other, `size` long.
        Tumbling = "TUMBLING",
        /// `size` long, one beginning each `slide`.
        Sliding = "SLIDING",
        /// From an event until none of the group came for longer than `gap`.
        Session = "SESSION",
        /// The last `size` up to an event, that one included.
        Trailing = "TRAILING",
    }
}

/// The windows of an aggregate: the start is inclusive, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct AggregateWindowSpec {
    /// How they lie in time.
    #[serde(rename = "type")]
    pub kind: AggregateWindowTypeSpec,
    /// How long a window is; of TUMBLING, SLIDING and TRAILING.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<TimeSpec>,
    /// From the beginning of a window to that of the next; of SLIDING.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slide: Option<TimeSpec>,
    /// The longest time between two events of one SESSION.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<TimeSpec>,
    /// Windows begin where they would if 1970 had begun on the wall clocks of this zone; UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

keywords! {
    /// What is worked out of the events of a group and window.
    pub FunctionSpec {
        /// How many events; with `field`, how many that have it.
        Count = "COUNT",
        /// The sum of the numbers.
        Sum = "SUM",
        /// The sum divided by how many there are.
        Avg = "AVG",
        /// The smallest number.
        Min = "MIN",
        /// The largest number.
        Max = "MAX",
        /// The value of the earliest event that has one.
        First = "FIRST",
        /// The value of the latest event that has one.
        Last = "LAST",
        /// How many different values.
        CountDistinct = "COUNT_DISTINCT",
        /// The value that `percentile` percent of the numbers do not exceed, about.
        Percentile = "PERCENTILE",
    }
}

keywords! {
    /// How COUNT_DISTINCT counts.
    pub DistinctModeSpec {
        /// Every value is kept.
        Exact = "EXACT",
        /// By a sketch of bounded size, about.
        Approximate = "APPROXIMATE",
    }
}

/// One aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AggregateFunctionSpec {
    /// What is worked out.
    pub function: FunctionSpec,
    /// The field it is worked out of; only COUNT can do without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub field: Option<String>,
    /// How COUNT_DISTINCT counts; `EXACT` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<DistinctModeSpec>,
    /// Of PERCENTILE: which, above 0 and at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>", range(min = 0, max = 100))]
    pub percentile: Option<Number>,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

/// The groups of a window that rank first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TopSpec {
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub n: i64,
    /// The aggregate they rank by, highest first; ties by group, ascending.
    pub by: String,
    /// Fields of `groupBy`: groups rank among those with the same values of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

keywords! {
    /// When values are given out.
    pub EmitSpec {
        /// Once, when the window is over; the default.
        OnClose = "ON_CLOSE",
        /// Once, with the event that makes `having` true.
        OnCrossing = "ON_CROSSING",
        /// While the window goes on.
        OnUpdate = "ON_UPDATE",
    }
}

impl Serialize for AggregateSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name())?;
        map.serialize_entry("type", "AGGREGATE")?;
        map.serialize_entry("version", &self.filter.version)?;
        if let Some(condition) = self.condition() {
            map.serialize_entry("condition", condition)?;
        }
        map.serialize_entry("groupBy", &self.group_by)?;
        map.serialize_entry("window", &self.window)?;
        map.serialize_entry("aggregates", &self.aggregates)?;
        if let Some(having) = &self.having {
            map.serialize_entry("having", having)?;
        }
        if let Some(top) = &self.top {
            map.serialize_entry("top", top)?;
        }
        if let Some(emit) = &self.emit {
            map.serialize_entry("emit", emit)?;
        }
        if let Some(every) = &self.every {
            map.serialize_entry("every", every)?;
        }
        map.end()
    }
}

impl JsonSchema for AggregateSpec {
    fn schema_name() -> Cow<'static, str> {
        "AggregateSpec".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<ConditionSpec>();
        let window = generator.subschema_for::<AggregateWindowSpec>();
        let function = generator.subschema_for::<AggregateFunctionSpec>();
        let top = generator.subschema_for::<TopSpec>();
        let emit = generator.subschema_for::<EmitSpec>();
        let time = generator.subschema_for::<TimeSpec>();
        let nothing = json_schema!({"type": "null"});
        json_schema!({
            "description": "Statistics of events in windows, group by group.",
            "type": "object",
            "properties": {
                "name": {"description": "Only a label.", "type": "string"},
                "type": {"const": "AGGREGATE"},
                "version": {
                    "description": "The version of the format, always 1. It is not the version of the rule.",
                    "type": "integer", "minimum": 1, "maximum": 1, "default": 1,
                },
                "condition": {
                    "description": "What an event must meet to count; every event does if absent.",
                    "anyOf": [condition, nothing],
                },
                "groupBy": {
                    "description": "The fields whose values make the groups; one group of all events if empty.",
                    "type": "array", "items": {"type": "string", "minLength": 1}, "default": [],
                },
                "window": window,
                "aggregates": {
                    "description": "What is worked out, by name.",
                    "type": "object", "minProperties": 1, "additionalProperties": function,
                    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 256},
                },
                "having": {
                    "description": "What the values of a group must meet to be given out: it reads aggregates and group fields by their names.",
                    "anyOf": [condition, nothing],
                },
                "top": {"anyOf": [top, nothing]},
                "emit": {"anyOf": [emit, nothing]},
                "every": {
                    "description": "How much event time lies between two outputs of ON_UPDATE; each event gives one if absent.",
                    "anyOf": [time, nothing],
                },
            },
            "required": ["type", "name", "window", "aggregates"],
            "additionalProperties": false,
        })
    }
}
