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
use tripline::{Code, Text, text};
use tripline_connectors::{SINKS, SOURCES};
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
            let reason = Text::recognise(Code::ConfigNotToml, &error.message().replace('\n', " "));
            let message = text!("it is not TOML: {reason}", reason);
            let finding = Finding::new(Code::ConfigNotToml, "", message);
            reading.findings.push(finding.at(text, error.span().as_ref()));
        }
        let table = toml::from_str::<Table>(text);
        let (true, Ok(mut table)) = (errors.is_empty(), table) else { return reading };
        note_places(parsed.get_ref(), &mut Vec::new(), &mut reading.places);
        for each in overrides {
            if let Err(message) = each.put(&mut table) {
                let pointer = pointer_of(each.path());
                let message = Text::recognise(Code::ConfigValue, &message);
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

    /// Adds a finding on a value, or on the key before it if there is no such key.
    pub(super) fn push_at_key(&mut self, finding: Finding) {
        let place = self.places.get(&finding.pointer);
        let span = place.map(|(key, value)| match finding.code {
            Code::ConfigUnknownKey => key,
            _ => value,
        });
        let finding = finding.at(&self.text, span);
        self.findings.push(finding);
    }

    /// Whether no more faults are told.
    pub(super) const fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }

    fn decode(&mut self, mut table: Table) {
        let sources = self.take_connectors("sources", SOURCES, &mut table);
        let sinks = self.take_connectors("sinks", SINKS, &mut table);
        self.decode_rest(table);
        (self.config.sources, self.config.sinks) = (sources, sinks);
    }

    fn decode_rest(&mut self, mut table: Table) {
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
            self.push_at_key(finding);
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

pub(super) fn finding(path: &[String], message: &str, schema: &Json) -> Finding {
    let pointer = pointer_of(path);
    if let Some((last, above)) = path.split_last()
        && message.starts_with("unknown field")
    {
        let known = keys_of(schema, above);
        let names = || known.iter().map(String::as_str);
        let hint = did_you_mean(last, names()).map_or_else(
            || text!("there are {names}", names = Text::names(names())),
            |close| text!("did you mean `{close}`?", close),
        );
        return Finding::new(Code::ConfigUnknownKey, pointer, text!("there is no such key"))
            .with_hint(Some(hint));
    }
    Finding::new(Code::ConfigValue, pointer, Text::recognise(Code::ConfigValue, &plain(message)))
}

/// serde's words without those of programs; the catalogue has what comes of them.
fn plain(message: &str) -> String {
    // What is said of any other kind where a word of an enumeration stands.
    if message.ends_with(", expected string only") {
        return "give one of its words, as a text".to_owned();
    }
    if message == "invalid socket address syntax" {
        return "it is no address with a port, such as \"127.0.0.1:9140\"".to_owned();
    }
    let turned = ["invalid type: ", "invalid value: "].into_iter().find_map(|kind| {
        let (found, expected) = message.strip_prefix(kind)?.rsplit_once(", expected ")?;
        Some(format!("expected {}, found {}", expected_words(expected), found_words(found)))
    });
    let text = turned.unwrap_or_else(|| message.to_owned());
    [("unknown variant", "unknown word"), ("missing field", "missing key")]
        .into_iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

fn expected_words(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "a sequence" => "a list",
        "a map" => "a table",
        "path string" => "a path as a text",
        "socket address" => "an address and port, such as \"127.0.0.1:9140\"",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        other if other.starts_with("struct ") => "a section of keys and values",
        other => other,
    }
}

fn found_words(found: &str) -> String {
    let number = |kind: &str| Some(found.strip_prefix(kind)?.trim_matches('`').to_owned());
    if let Some(value) = number("integer ") {
        return format!("the integer `{value}`");
    }
    if let Some(value) = number("floating point ") {
        return format!("the number `{value}`");
    }
    if let Some(value) = number("boolean ") {
        return format!("the boolean `{value}`");
    }
    match found {
        // What stands in a text may be a password.
        _ if found.starts_with("string ") => "a text",
        "sequence" => "a list",
        "map" => "a table",
        other => other,
    }
    .to_owned()
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

/// Takes out what stands at a path; false if there is nothing.
pub(super) fn take_out(table: &mut Table, path: &[String]) -> bool {
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
