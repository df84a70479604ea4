//! Arguments against the JSON Schema of the parameters: all that does not fit, in plain words.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value as Json;
use tripline_message::{Text, text};

use super::ArgsError;
use super::arguments::resolved;
use crate::suggest::{closest, did_you_mean, listed};

/// What is found of one set of arguments is told up to this many.
const MAX_ERRORS: usize = 20;

/// A value is shown up to this many characters.
const MAX_SHOWN_CHARS: usize = 60;

/// A schema of parameters, ready to check arguments.
#[derive(Debug)]
pub(super) struct ParametersSchema {
    pub(super) json: Json,
    /// Nothing if the schema is none that can be checked: reading the arguments then finds the first fault.
    validator: Option<Validator>,
}

impl ParametersSchema {
    pub(super) fn new(json: Json) -> Self {
        let validator = jsonschema::validator_for(&json).ok();
        Self { json, validator }
    }

    /// All that is wrong with arguments by name, each with a pointer into them.
    pub(super) fn errors(&self, args: &Json) -> Vec<ArgsError> {
        let Some(validator) = &self.validator else { return Vec::new() };
        validator.iter_errors(args).take(MAX_ERRORS).map(|error| self.explain(&error)).collect()
    }

    fn explain(&self, error: &ValidationError<'_>) -> ArgsError {
        let pointer = error.instance_path().as_str().to_owned();
        if let Kind::Required { property } = error.kind() {
            let name = property.as_str().unwrap_or_default();
            let words = parameter_words(&self.json, name).filter(|_| pointer.is_empty());
            let wrong = ArgsError::new(pointer, text!("the parameter `{name}` is missing", name));
            return match words {
                Some(words) => wrong.with_hint(words),
                None => wrong,
            };
        }
        let value = error.instance();
        let (expected, found) = (self.expected(error), shown(value));
        let message = text!("expected {expected}, found {found}", expected, found);
        let parameter = pointer.split('/').nth(1).unwrap_or_default();
        let close = value.as_str().and_then(|text| {
            let words = options(self.schema_of(error)?);
            let texts = words.iter().filter_map(|word| word.as_str());
            did_you_mean(&closest(text, texts))
        });
        let words = parameter_words(&self.json, &parameter.replace("~1", "/").replace("~0", "~"));
        let hint = match (close, words) {
            (Some(first), Some(second)) => Some(text!("{first}; {second}", first, second)),
            (close, words) => close.or(words),
        };
        let wrong = ArgsError::new(pointer, message);
        match hint {
            Some(hint) => wrong.with_hint(hint),
            None => wrong,
        }
    }

    /// The schema whose keyword the value does not meet.
    fn schema_of(&self, error: &ValidationError<'_>) -> Option<&Json> {
        let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.json.pointer(parent)
    }

    fn expected(&self, error: &ValidationError<'_>) -> Text {
        match error.kind() {
            Kind::Type { kind: TypeKind::Single(kind) } => type_word(*kind),
            Kind::Minimum { limit } => text!("{limit} or more", limit = limit.to_string()),
            Kind::Maximum { limit } => text!("{limit} or less", limit = limit.to_string()),
            Kind::ExclusiveMinimum { limit } => {
                text!("more than {limit}", limit = limit.to_string())
            }
            Kind::ExclusiveMaximum { limit } => {
                text!("less than {limit}", limit = limit.to_string())
            }
            Kind::MinItems { limit } => text!("a list of {limit} or more", limit = *limit),
            Kind::MaxItems { limit } => text!("a list of at most {limit}", limit = *limit),
            Kind::MinLength { limit } => text!("{limit} or more characters", limit = *limit),
            Kind::MaxLength { limit } => text!("at most {limit} characters", limit = *limit),
            Kind::UniqueItems => text!("a list without anything twice"),
            Kind::Pattern { pattern } => text!("a text like `{pattern}`", pattern),
            _ => self
                .schema_of(error)
                .and_then(|schema| type_words(&self.json, schema, 0))
                .unwrap_or_else(|| text!("another value")),
        }
    }
}

/// A parameter as users read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterDoc {
    /// Its name.
    pub name: String,
    /// What values it takes, with an article: `an integer from 0`.
    pub takes: Text,
    /// What it means, as its comment says; empty if there is none.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is if it is not given, as JSON.
    pub default: Option<String>,
}

impl ParameterDoc {
    /// All that a schema of parameters has, in their order.
    #[must_use]
    pub fn all(schema: &Json) -> Vec<Self> {
        let required = schema.get("required").and_then(Json::as_array);
        let properties = schema.get("properties").and_then(Json::as_object);
        let all = properties.into_iter().flatten().map(|(name, parameter)| Self {
            name: name.clone(),
            takes: type_words(schema, parameter, 0).unwrap_or_else(|| text!("a value")),
            description: parameter
                .get("description")
                .and_then(Json::as_str)
                .map(|text| text.replace('\n', " "))
                .unwrap_or_default(),
            required: required.is_some_and(|names| names.iter().any(|each| each == name)),
            default: parameter
                .get("default")
                .filter(|default| !default.is_null())
                .map(Json::to_string),
        });
        all.collect()
    }
}

/// What a parameter is, and what it means.
fn parameter_words(root: &Json, name: &str) -> Option<Text> {
    let schema = root.get("properties")?.get(name)?;
    let what = type_words(root, schema, 0).unwrap_or_else(|| text!("a value"));
    let description = schema.get("description").and_then(Json::as_str);
    Some(match description {
        Some(description) => {
            let meaning = Text::of_condition(&description.replace('\n', " "));
            text!("`{name}` is {what}: {meaning}", name, what, meaning)
        }
        None => text!("`{name}` is {what}", name, what),
    })
}

/// What lies deeper in a schema is not put into words: a schema may even refer to itself.
const MAX_DEPTH: usize = 8;

/// What a value of a schema is, with its article; nothing if the schema does not say.
fn type_words(root: &Json, schema: &Json, depth: usize) -> Option<Text> {
    if depth > MAX_DEPTH {
        return None;
    }
    let schema = resolved(root, schema);
    let words = options(schema);
    if !words.is_empty() {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned))
            .collect();
        return Some(text!("one of {words}", words = listed(&words)));
    }
    let branches = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array());
    if let Some(branches) = branches {
        let mut words: Vec<Text> =
            branches.iter().filter_map(|branch| type_words(root, branch, depth + 1)).collect();
        words.dedup();
        return joined(words);
    }
    let of_type = |name: &str| match name {
        "null" => None,
        "array" => {
            let items = schema.get("items");
            Some(match items.and_then(|items| type_words(root, items, depth + 1)) {
                Some(items) => text!("a list, each {items}", items),
                None => text!("a list"),
            })
        }
        "integer" => Some(match schema.get("minimum").and_then(Json::as_i64) {
            Some(least) => text!("an integer from {least}", least),
            None => text!("an integer"),
        }),
        "number" => Some(text!("a number")),
        "boolean" => Some(text!("a boolean")),
        "string" => Some(text!("a text")),
        _ => Some(text!("an object")),
    };
    match schema.get("type")? {
        Json::String(name) => of_type(name),
        Json::Array(names) => {
            joined(names.iter().filter_map(Json::as_str).filter_map(of_type).collect())
        }
        _ => None,
    }
}

/// The words of which a value must be one, if the schema lists them.
fn options(schema: &Json) -> Vec<&Json> {
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return words.iter().collect();
    }
    let branches = schema.get("oneOf").and_then(Json::as_array);
    let words: Option<Vec<&Json>> =
        branches.and_then(|branches| branches.iter().map(|branch| branch.get("const")).collect());
    words.unwrap_or_default()
}

fn joined(mut words: Vec<Text>) -> Option<Text> {
    let last = words.pop()?;
    if words.is_empty() {
        return Some(last);
    }
    Some(text!("{others} or {last}", others = Text::list(words), last))
}

fn type_word(kind: JsonType) -> Text {
    match kind {
        JsonType::Array => text!("a list"),
        JsonType::Boolean => text!("a boolean"),
        JsonType::Integer => text!("an integer"),
        JsonType::Null => Text::verbatim("null"),
        JsonType::Number => text!("a number"),
        JsonType::Object => text!("an object"),
        JsonType::String => text!("a text"),
    }
}

fn shown(value: &Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_SHOWN_CHARS {
        return format!("`{text}`");
    }
    let start: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    format!("`{start}…`")
}
