//! Conditions, as written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::keywords;
use crate::pointer::Pointer;

keywords! {
    /// How a condition is given.
    pub(crate) ConditionTypeSpec {
        /// By the name of a class, perhaps with arguments.
        Class = "CLASS",
        /// The older spelling of a class with one string as argument.
        CustomArgs = "CUSTOM_ARGS",
        /// As an Aviator expression.
        Aviator = "AVIATOR",
        /// As Groovy code, which is not run.
        Groovy = "GROOVY",
        /// As an expression in Tripline's own language.
        Expression = "EXPRESSION",
    }
}

/// What an event must meet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConditionSpec {
    /// An expression in Tripline's own language.
    Expression {
        /// The text of the expression.
        expression: String,
        /// Where the condition stands; the text is at `expression` below it.
        pointer: Pointer,
    },
    /// An Aviator expression.
    Aviator {
        /// The text of the expression.
        expression: String,
        /// Where the condition stands; the text is at `expression` below it.
        pointer: Pointer,
    },
    /// Groovy code.
    Groovy {
        /// The code.
        expression: String,
        /// Where the condition stands; the code is at `expression` below it.
        pointer: Pointer,
    },
    /// A condition that the registry of conditions knows by a class name.
    Class {
        /// The name.
        class_name: String,
        /// Any JSON; never null.
        args: Option<serde_json::Value>,
        /// Conditions for the class to combine; empty unless given.
        nested: Vec<Self>,
        /// The class of events that a `SubtypeCondition` asks for.
        sub_class_name: Option<String>,
        /// Where the condition stands.
        pointer: Pointer,
    },
    /// All of these (`RichAndCondition`); never empty when parsed.
    And {
        /// The parts, in the order of the text.
        nested: Vec<Self>,
        /// Where the condition stands.
        pointer: Pointer,
    },
    /// Any of these (`RichOrCondition`); never empty when parsed.
    Or {
        /// The parts, in the order of the text.
        nested: Vec<Self>,
        /// Where the condition stands.
        pointer: Pointer,
    },
    /// Not this (`RichNotCondition`).
    Not {
        /// The part.
        nested: Box<Self>,
        /// Where the condition stands.
        pointer: Pointer,
    },
}

/// The classes that combine conditions, as Flink names them; recognised by the end of the name.
pub(crate) const COMBINING_CLASSES: [&str; 3] = [AND, OR, NOT];
pub(crate) const AND: &str = "RichAndCondition";
pub(crate) const OR: &str = "RichOrCondition";
pub(crate) const NOT: &str = "RichNotCondition";
const PACKAGE: &str = "org.apache.flink.cep.pattern.conditions.";

impl ConditionSpec {
    /// Where the condition stands.
    #[must_use]
    pub fn pointer(&self) -> &Pointer {
        match self {
            Self::Expression { pointer, .. }
            | Self::Aviator { pointer, .. }
            | Self::Groovy { pointer, .. }
            | Self::Class { pointer, .. }
            | Self::And { pointer, .. }
            | Self::Or { pointer, .. }
            | Self::Not { pointer, .. } => pointer,
        }
    }
}

impl Serialize for ConditionSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Expression { expression, .. } => {
                map.serialize_entry("type", &ConditionTypeSpec::Expression)?;
                map.serialize_entry("expression", expression)?;
            }
            Self::Aviator { expression, .. } => {
                map.serialize_entry("type", &ConditionTypeSpec::Aviator)?;
                map.serialize_entry("expression", expression)?;
            }
            Self::Groovy { expression, .. } => {
                map.serialize_entry("type", &ConditionTypeSpec::Groovy)?;
                map.serialize_entry("expression", expression)?;
            }
            Self::Class { class_name, args, nested, sub_class_name, .. } => {
                map.serialize_entry("type", &ConditionTypeSpec::Class)?;
                map.serialize_entry("className", class_name)?;
                if let Some(args) = args {
                    map.serialize_entry("args", args)?;
                }
                if !nested.is_empty() {
                    map.serialize_entry("nestedConditions", nested)?;
                }
                if let Some(name) = sub_class_name {
                    map.serialize_entry("subClassName", name)?;
                }
            }
            Self::And { nested, .. } => combination(&mut map, AND, nested)?,
            Self::Or { nested, .. } => combination(&mut map, OR, nested)?,
            Self::Not { nested, .. } => combination(&mut map, NOT, std::slice::from_ref(nested))?,
        }
        map.end()
    }
}

fn combination<M: SerializeMap>(
    map: &mut M,
    class: &str,
    nested: &[impl Serialize],
) -> Result<(), M::Error> {
    map.serialize_entry("type", &ConditionTypeSpec::Class)?;
    map.serialize_entry("className", &format!("{PACKAGE}{class}"))?;
    map.serialize_entry("nestedConditions", nested)
}

impl JsonSchema for ConditionSpec {
    fn schema_name() -> Cow<'static, str> {
        "ConditionSpec".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let nested = generator.subschema_for::<Self>();
        json_schema!({
            "description": "What an event must meet.",
            "type": "object",
            "oneOf": [
                {
                    "description": "An expression: EXPRESSION in Tripline's own language, which can read events \
                        already matched, or AVIATOR.",
                    "properties": {
                        "type": {"enum": ["EXPRESSION", "AVIATOR"]},
                        "expression": {"description": "The text of the expression.", "type": "string", "minLength": 1},
                    },
                    "required": ["type", "expression"],
                    "additionalProperties": false,
                },
                {
                    "description": "A condition class by name, perhaps with arguments.",
                    "properties": {
                        "type": {"const": "CLASS"},
                        "className": {
                            "description": "The name of the class.",
                            "type": "string",
                            "minLength": 1,
                            "not": {"pattern": "Rich(And|Or|Not)Condition$"},
                        },
                        "args": {"description": "Any JSON that the class understands."},
                        "nestedConditions": {
                            "description": "Conditions that the class combines.",
                            "type": ["array", "null"],
                            "items": nested,
                        },
                        "subClassName": {
                            "description": "The class of events that a SubtypeCondition asks for.",
                            "type": ["string", "null"],
                        },
                    },
                    "required": ["type", "className"],
                    "additionalProperties": false,
                },
                {
                    "description": "All of some conditions, or any of them.",
                    "properties": {
                        "type": {"const": "CLASS"},
                        "className": {"type": "string", "pattern": "Rich(And|Or)Condition$"},
                        "nestedConditions": {"type": "array", "items": nested, "minItems": 1},
                    },
                    "required": ["type", "className", "nestedConditions"],
                    "additionalProperties": false,
                },
                {
                    "description": "The opposite of a condition.",
                    "properties": {
                        "type": {"const": "CLASS"},
                        "className": {"type": "string", "pattern": "RichNotCondition$"},
                        "nestedConditions": {"type": "array", "items": nested, "minItems": 1, "maxItems": 1},
                    },
                    "required": ["type", "className", "nestedConditions"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
