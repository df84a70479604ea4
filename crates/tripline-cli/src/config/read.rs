//! From the text of a configuration to what it says, or to everything that is wrong with it.
//!
//! serde stops at the first fault. So what is at fault is told and taken out, and the rest is read again, until nothing
//! is left to tell.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value as Json;
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};
use tripline::Code;
use tripline_spec::did_you_mean;

use super::finding::{Finding, pointer_of};
use super::model::Config;
use super::overrides::Override;
use super::schema_config;

/// At most this many faults are told.
const MAX_FINDINGS: usize = 100;

/// Where the keys and values of a file stand, by JSON Pointer.
type Places = BTreeMap<String, (Range<usize>, Range<usize>)>;

/// A configuration with what is wrong in it.
pub(super) struct Reading {
    /// What it says, as far as that is right.
    pub(super) config: Config,
    pub(super) findings: Vec<Finding>,
    text: String,
    places: Places,
}

impl Reading {
    /// Reads a text, and puts `overrides` in it.
    pub(super) fn new(text: &str, overrides: &[Override]) -> Self {
        let mut reading = Self {
            config: Config::default(),
            findings: Vec::new(),
            text: text.to_owned(),
            places: Places::new(),
        };
        let (parsed, errors) = DeTable::parse_recoverable(text);
        for error in errors.iter().take(MAX_FINDINGS) {
            let message = format!("it is not TOML: {}", error.message().replace('\n', " "));
            let finding = Finding::new(Code::ConfigNotToml, "", message);
            reading.findings.push(finding.at(text, error.span().as_ref()));
        }
        let table = toml::from_str::<Table>(text);
        let (true, Ok(mut table)) = (errors.is_empty(), table) else { return reading };
        note_places(parsed.get_ref(), &mut Vec::new(), &mut reading.places);
        for each in overrides {
            if let Err(message) = each.put(&mut table) {
                let pointer = pointer_of(each.path());
                reading.findings.push(Finding::new(Code::ConfigValue, pointer, message));
            }
            // What is wrong with it does not stand in the file.
            let pointer = pointer_of(each.path());
            reading.places.retain(|place, _| {
                !place
                    .strip_prefix(&pointer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
        }
        reading.decode(table);
        reading
    }

    /// Adds a finding on a value, with its place.
    pub(super) fn push(&mut self, finding: Finding) {
        let finding = self.locate(finding);
        self.findings.push(finding);
    }

    /// A finding on a value with its place.
    pub(super) fn locate(&self, finding: Finding) -> Finding {
        let span = self.places.get(&finding.pointer).map(|(_, value)| value);
        finding.at(&self.text, span)
    }

    fn decode(&mut self, mut table: Table) {
        let schema = schema_config();
        while self.findings.len() < MAX_FINDINGS {
            let error = match serde_path_to_error::deserialize(Value::Table(table.clone())) {
                Ok(config) => {
                    self.config = config;
                    return;
                }
                Err(error) => error,
            };
            let path = names(error.path());
            let finding = finding(&path, error.inner().message(), &schema);
            let place = self.places.get(&finding.pointer);
            let span = place.map(|(key, value)| match finding.code {
                Code::ConfigUnknownKey => key,
                _ => value,
            });
            let finding = finding.at(&self.text, span);
            self.findings.push(finding);
            if !take_out(&mut table, &path) {
                return;
            }
        }
    }
}

/// The names on the way to a value; the way ends at a list.
fn names(path: &serde_path_to_error::Path) -> Vec<String> {
    let names = path.iter().map_while(|segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        _ => None,
    });
    names.collect()
}

fn finding(path: &[String], message: &str, schema: &Json) -> Finding {
    let pointer = pointer_of(path);
    if let Some((last, above)) = path.split_last()
        && message.starts_with("unknown field")
    {
        let known = keys_of(schema, above);
        let hint = did_you_mean(last, known.iter().map(String::as_str)).map_or_else(
            || format!("there are {}", listed(&known)),
            |close| format!("did you mean `{close}`?"),
        );
        return Finding::new(Code::ConfigUnknownKey, pointer, "there is no such key")
            .with_hint(hint);
    }
    Finding::new(Code::ConfigValue, pointer, plain(message))
}

/// serde's words without those of programs.
fn plain(message: &str) -> String {
    let turned = ["invalid type: ", "invalid value: "].into_iter().find_map(|kind| {
        let (found, expected) = message.strip_prefix(kind)?.rsplit_once(", expected ")?;
        // What stands in a text may be a password.
        let found = if found.starts_with("string ") { "a text" } else { found };
        Some(format!("expected {expected}, found {found}"))
    });
    let text = turned.unwrap_or_else(|| message.to_owned());
    [
        ("a string", "a text"),
        ("a sequence", "a list"),
        ("found sequence", "found a list"),
        ("found map", "found a table"),
        ("a map", "a table"),
        ("unknown variant", "unknown word"),
        ("missing field", "missing key"),
        ("path string", "a path as a text"),
        ("floating point", "number"),
    ]
    .into_iter()
    .fold(text, |text, (from, to)| text.replace(from, to))
}

/// The keys that the schema knows of the table at `path`.
fn keys_of(schema: &Json, path: &[String]) -> Vec<String> {
    let mut at = schema;
    for name in path {
        let below = at.pointer("/properties").and_then(|keys| keys.get(name));
        let Some(next) = below.or_else(|| at.get("additionalProperties")) else {
            return Vec::new();
        };
        at = resolved(schema, next);
    }
    let forms = at.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    let keys = |form: &Json| -> Vec<String> {
        let keys = form.get("properties").and_then(Json::as_object);
        keys.map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
    };
    std::iter::once(at).chain(forms).flat_map(keys).collect()
}

/// What a `$ref` leads to.
pub(super) fn resolved<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    let reference = schema.get("$ref").and_then(Json::as_str);
    let found = reference.and_then(|path| root.pointer(path.trim_start_matches('#')));
    found.unwrap_or(schema)
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Takes out what stands at a path; false if there is nothing.
fn take_out(table: &mut Table, path: &[String]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let mut at = table;
    for name in above {
        match at.get_mut(name) {
            Some(Value::Table(below)) => at = below,
            _ => return false,
        }
    }
    at.remove(last).is_some()
}

/// The parser bounds how deep tables nest, and so how deep this goes.
fn note_places(table: &DeTable<'_>, path: &mut Vec<String>, places: &mut Places) {
    for (key, value) in table.iter() {
        path.push(key.get_ref().to_string());
        places.insert(pointer_of(path), (key.span(), Spanned::span(value)));
        if let DeValue::Table(below) = value.get_ref() {
            note_places(below, path, places);
        }
        path.pop();
    }
}
