//! What events look like: JSON Schemas, against which the fields that rules name are checked.
//!
//! A slip in the name of a field is no error of a rule, since any event may have any field; it makes the rule silent.
//! Who says what the events have is told of it before the rule goes live.
//!
//! Several schemas are several kinds of events: a field that one of them has is known.
//! A schema that lists fields has no others, unless it says `"additionalProperties": true`; one that lists none says
//! nothing of the fields of an object. What a value must be is taken from `type`, `const`, `enum` and what these stand
//! in: `$ref` inside the file, `allOf`, `anyOf`, `oneOf`, `then`, `else` and `dependentSchemas`. All else of JSON Schema
//! is about values that conditions do not see, and is passed over.
//!
//! ```
//! use tripline_condition::EventSchemas;
//!
//! let mut schemas = EventSchemas::new();
//! schemas.add("shop", r#"{"properties": {"userId": {"type": "string"}}}"#)?;
//! let doubt = schemas.unknown("usreId").unwrap();
//! assert_eq!(doubt.message, "the event schema `shop` has no field `usreId`");
//! assert_eq!(doubt.hint.unwrap(), "did you mean `userId`?");
//! # Ok::<(), tripline_condition::EventSchemaError>(())
//! ```

mod kinds;
mod parts;
#[cfg(test)]
mod tests;

use serde_json::Value as Json;
use tripline_event::json::{Step, steps};
use tripline_message::{Code, Text, text};

pub(crate) use kinds::Kinds;
use parts::{Budget, Schema};

use crate::suggest::{closest, did_you_mean, listed};

/// The longest text of a schema, in bytes, inclusive.
const MAX_BYTES: usize = 1024 * 1024;

/// At most this many fields of a schema are known by name, for those who look for what was meant.
const MAX_NAMES: usize = 10_000;

/// Fields so deep below others are not offered.
const MAX_NAME_STEPS: usize = 8;

/// At most this many names are listed in a hint.
const LISTED: usize = 12;

/// What events look like.
#[derive(Clone, Debug, Default)]
pub struct EventSchemas {
    all: Vec<EventSchema>,
}

#[derive(Clone, Debug)]
struct EventSchema {
    name: String,
    root: Json,
    /// The paths of its fields, those of the top first.
    names: Vec<String>,
}

/// Why a text is no event schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventSchemaError {
    /// It is not JSON.
    #[error("it is not JSON: {reason}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there.
        reason: Text,
    },
    /// It is JSON, and no schema that can be used.
    #[error("{reason}")]
    NotSchema {
        /// A JSON Pointer into the text.
        pointer: String,
        /// What is wrong there.
        reason: Text,
    },
}

/// What is odd about a field that a rule names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDoubt {
    /// What is odd: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
}

/// What the schemas say of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field<'s> {
    /// No event has it.
    Unknown,
    /// They leave it open.
    Open,
    /// Events have it.
    Known {
        /// What it can be.
        kinds: Kinds,
        /// All values that it can have, if they are listed.
        values: Option<Vec<&'s Json>>,
    },
}

impl EventSchemaError {
    /// What is wrong, in any language.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotJson { reason, .. } => text!("it is not JSON: {reason}", reason),
            Self::NotSchema { reason, .. } => reason.clone(),
        }
    }
}

impl EventSchemas {
    /// No schemas: all fields may be there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is said of events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a schema; `name` is what people are told of it.
    ///
    /// # Errors
    /// The text is not JSON, or no JSON Schema of an object, or it refers to another file.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), EventSchemaError> {
        let wrong = |pointer: &str, reason: Text| EventSchemaError::NotSchema {
            pointer: pointer.to_owned(),
            reason,
        };
        if text.len() > MAX_BYTES {
            return Err(wrong("", text!("it has more than {limit} bytes", limit = MAX_BYTES)));
        }
        let root: Json = serde_json::from_str(text).map_err(|error| {
            let full = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            EventSchemaError::NotJson {
                line: error.line(),
                column: error.column(),
                reason: Text::recognise(
                    Code::EventSchemaNotJson,
                    full.strip_suffix(&place).unwrap_or(&full),
                ),
            }
        })?;
        if let Some((pointer, reason)) = parts::broken_reference(&root) {
            return Err(wrong(&pointer, reason));
        }
        if let Err(error) = jsonschema::validator_for(&root) {
            let reason = text!("it is no schema: {reason}", reason = error.to_string());
            return Err(wrong(error.instance_path().as_str(), reason));
        }
        let budget = Budget::new();
        let schema = Schema { root: &root, budget: &budget };
        if !root.is_object() || !schema.kinds(&root).has(Kinds::OBJECT) {
            return Err(wrong("", text!("it is no schema of an object, as events are")));
        }
        let budget = Budget::new();
        let names = Schema { root: &root, budget: &budget }.names(MAX_NAMES, MAX_NAME_STEPS);
        if names.is_empty() && !budget.is_spent() {
            let reason = text!("it says nothing of any field: list them under `properties`");
            return Err(wrong("", reason));
        }
        self.all.push(EventSchema { name: name.to_owned(), root, names });
        Ok(())
    }

    /// What there is to say of a path that no event has; nothing if one may have it.
    #[must_use]
    pub fn unknown(&self, path: &str) -> Option<FieldDoubt> {
        (self.field(path) == Field::Unknown).then(|| self.no_field(path))
    }

    /// What is known of the field at `path`.
    pub(crate) fn field(&self, path: &str) -> Field<'_> {
        let mut known: Option<(Kinds, Option<Vec<&Json>>)> = None;
        let budget = Budget::new();
        for schema in &self.all {
            let schema = Schema { root: &schema.root, budget: &budget };
            match schema.field(path) {
                Field::Open => return Field::Open,
                Field::Unknown => {}
                Field::Known { kinds, values } => {
                    known = Some(match known {
                        None => (kinds, values),
                        Some((other, others)) => {
                            let values = others.zip(values);
                            (kinds | other, values.map(|(a, b)| [a, b].concat()))
                        }
                    });
                }
            }
        }
        match known {
            _ if self.is_empty() || budget.is_spent() => Field::Open,
            None => Field::Unknown,
            Some((kinds, values)) => Field::Known { kinds, values },
        }
    }

    /// Whether events are said to have an array at `path`.
    pub(crate) fn has_array(&self, path: &str) -> bool {
        let field = self.field(path);
        matches!(field, Field::Known { kinds, .. } if kinds != Kinds::ALL && kinds.has(Kinds::ARRAY))
    }

    /// That no event has the field at `path`, and which may be meant.
    pub(crate) fn no_field(&self, path: &str) -> FieldDoubt {
        FieldDoubt { message: self.no_field_message(path), hint: Some(self.instead_of(path)) }
    }

    fn no_field_message(&self, path: &str) -> Text {
        // Below a field that is no object there is nothing.
        let ends = path.char_indices().rev().filter(|(_, sign)| matches!(sign, '.' | '['));
        for above in ends.filter_map(|(at, _)| path.get(..at)) {
            match self.field(above) {
                Field::Known { kinds, .. } if !kinds.has(Kinds::OBJECT | Kinds::ARRAY) => {
                    return text!(
                        "`{above}` is {kind} in the event schemas, so it has no `{path}`",
                        above,
                        kind = kinds.words(),
                        path
                    );
                }
                Field::Unknown => {}
                _ => break,
            }
        }
        match self.all.as_slice() {
            [only] => text!(
                "the event schema `{schema}` has no field `{path}`",
                schema = &only.name,
                path
            ),
            _ => text!("none of the event schemas has a field `{path}`", path),
        }
    }

    fn instead_of(&self, path: &str) -> Text {
        let names = || self.all.iter().flat_map(|schema| &schema.names).map(String::as_str);
        let mut close: Vec<&str> = closest(path, names());
        // A field inside another, by its own name.
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let wanted = last(path);
        close.extend(names().filter(|name| last(name) == wanted).take(LISTED));
        let mut different: Vec<&str> = Vec::new();
        for name in close {
            if !different.contains(&name) && different.len() < 3 {
                different.push(name);
            }
        }
        if let Some(hint) = did_you_mean(&different) {
            return hint;
        }
        let mut all: Vec<&str> = names().collect();
        all.sort_unstable();
        all.dedup();
        if all.len() <= LISTED {
            return text!(
                "the fields are {names}; add it to the event schema if events have it",
                names = listed(&all)
            );
        }
        text!("add it to the event schema if events have it")
    }
}

/// The steps of a path; one that cannot be read as such is the name of a field.
fn steps_of(path: &str) -> Vec<Step<'_>> {
    steps(path).unwrap_or_else(|| vec![Step::Member(path)])
}
