//! A JSON Schema, asked for fields.
//!
//! Schemas refer to themselves, and what they combine may grow without end; so all walks share a [`Budget`], and what
//! it does not reach is open.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use tripline_event::json::Step;
use tripline_message::{Text, text};

use super::{Field, Kinds, steps_of};

/// How many schemas are looked at to find one field, at most.
const MAX_LOOKS: u32 = 10_000;

/// Schemas nest in one another up to here.
const MAX_DEPTH: usize = 32;

/// Keywords with a list of schemas of the same value.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// How much may still be looked at.
pub(super) struct Budget(Cell<u32>);

impl Budget {
    pub(super) const fn new() -> Self {
        Self(Cell::new(MAX_LOOKS))
    }

    /// Takes one look; false if there is none left.
    fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    pub(super) const fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// A schema, with the text that its references lead into.
#[derive(Clone, Copy)]
pub(super) struct Schema<'s, 'b> {
    pub(super) root: &'s Json,
    pub(super) budget: &'b Budget,
}

/// What is one step inside a value.
enum Inside<'s> {
    Nothing,
    Open,
    Schemas(Vec<&'s Json>),
}

impl<'s> Schema<'s, '_> {
    pub(super) fn field(self, path: &str) -> Field<'s> {
        let mut steps = steps_of(path);
        // Of a name with points in it the top level may have one.
        if steps.len() > 1 && self.is_listed(path) {
            steps = vec![Step::Member(path)];
        }
        let mut at = vec![self.root];
        for step in steps {
            let inside = match step {
                Step::Member(name) => self.member(&at, name),
                Step::Item(index) => self.item(&at, Some(index)),
                Step::Items => self.item(&at, None),
            };
            match inside {
                Inside::Nothing => return Field::Unknown,
                Inside::Open => return Field::Open,
                Inside::Schemas(schemas) => at = schemas,
            }
        }
        self.known(&at)
    }

    fn is_listed(self, name: &str) -> bool {
        let properties = |part: &&Map<String, Json>| {
            part.get("properties").and_then(|listed| listed.get(name)).is_some()
        };
        self.parts(&[self.root]).iter().any(properties)
    }

    /// What is known of a value that one of `schemas` describes.
    fn known(self, schemas: &[&'s Json]) -> Field<'s> {
        let kinds = schemas.iter().map(|schema| self.kinds(schema)).reduce(|a, b| a | b);
        let values = schemas.iter().map(|schema| self.values(schema, MAX_DEPTH));
        let values: Option<Vec<Vec<&Json>>> = values.collect();
        Field::Known {
            kinds: kinds.unwrap_or(Kinds::ALL),
            values: values.map(|values| values.concat()),
        }
    }

    /// All schemas that say something of the value that `schemas` describe: those, and what they refer to and combine.
    fn parts(self, schemas: &[&'s Json]) -> Vec<&'s Map<String, Json>> {
        let mut parts: Vec<&Map<String, Json>> = Vec::new();
        let mut open: Vec<&Json> = schemas.to_vec();
        while let Some(schema) = open.pop() {
            let Json::Object(part) = schema else { continue };
            if !self.budget.take() || parts.iter().any(|seen| std::ptr::eq(*seen, part)) {
                continue;
            }
            parts.push(part);
            open.extend(self.referred(part));
            let lists = LISTS.iter().filter_map(|key| part.get(*key)?.as_array());
            open.extend(lists.flatten());
            open.extend(["then", "else"].iter().filter_map(|key| part.get(*key)));
            let dependent = part.get("dependentSchemas").and_then(Json::as_object);
            open.extend(dependent.into_iter().flat_map(Map::values));
        }
        parts
    }

    /// What `$ref` leads to.
    fn referred(self, part: &Map<String, Json>) -> Option<&'s Json> {
        target(self.root, part.get("$ref")?.as_str()?)
    }

    fn any_kinds(self, schemas: &[&'s Json]) -> Kinds {
        schemas.iter().fold(Kinds::NONE, |kinds, schema| kinds | self.kinds(schema))
    }

    /// The field `name` of a value that one of `schemas` describes.
    fn member(self, schemas: &[&'s Json], name: &str) -> Inside<'s> {
        let parts = self.parts(schemas);
        let lists = |part: &&&Map<String, Json>| part.contains_key("properties");
        let named: Vec<&Json> = parts
            .iter()
            .filter_map(|part| part.get("properties")?.get(name))
            .filter(|schema| **schema != Json::Bool(false))
            .collect();
        if !named.is_empty() {
            return Inside::Schemas(named);
        }
        let others = parts.iter().flat_map(|part| {
            ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .filter_map(|key| part.get(*key))
        });
        let others: Vec<&Json> = others.collect();
        let says_all = |schema: &&Json| {
            **schema == Json::Bool(true) || schema.as_object().is_some_and(Map::is_empty)
        };
        if others.iter().any(says_all)
            || parts.iter().any(|part| part.contains_key("patternProperties"))
        {
            return Inside::Open;
        }
        let described: Vec<&Json> =
            others.iter().copied().filter(|schema| schema.is_object()).collect();
        if !described.is_empty() {
            return Inside::Schemas(described);
        }
        let says_none = !others.is_empty() || parts.iter().any(|part| lists(&part));
        if says_none || !self.any_kinds(schemas).has(Kinds::OBJECT) {
            Inside::Nothing
        } else {
            Inside::Open
        }
    }

    /// An item, or all of them, of an array that one of `schemas` describes.
    fn item(self, schemas: &[&'s Json], index: Option<usize>) -> Inside<'s> {
        if !self.any_kinds(schemas).has(Kinds::ARRAY) {
            return Inside::Nothing;
        }
        let mut items: Vec<&Json> = Vec::new();
        for part in self.parts(schemas) {
            // Older drafts have the list in `items`.
            let listed = ["prefixItems", "items"].iter().find_map(|key| part.get(*key)?.as_array());
            let others = part.get("items").filter(|items| !items.is_array());
            match (listed, index) {
                (Some(listed), Some(index)) => items.extend(listed.get(index).or(others)),
                (Some(listed), None) => items.extend(listed.iter().chain(others)),
                (None, _) => items.extend(others),
            }
        }
        items.retain(|schema| schema.is_object());
        if items.is_empty() { Inside::Open } else { Inside::Schemas(items) }
    }

    /// What a value can be that `schema` describes.
    pub(super) fn kinds(self, schema: &'s Json) -> Kinds {
        self.kinds_within(schema, MAX_DEPTH)
    }

    fn kinds_within(self, schema: &'s Json, depth: usize) -> Kinds {
        let part = match schema {
            Json::Bool(false) => return Kinds::NONE,
            Json::Object(part) if depth > 0 && self.budget.take() => part,
            _ => return Kinds::ALL,
        };
        let union = |kinds: Kinds, other| kinds | other;
        let below = |schema: &'s Json| self.kinds_within(schema, depth - 1);
        let mut kinds = match part.get("type") {
            Some(Json::String(word)) => Kinds::of_word(word),
            Some(Json::Array(words)) => {
                words.iter().filter_map(Json::as_str).map(Kinds::of_word).fold(Kinds::NONE, union)
            }
            _ => Kinds::ALL,
        };
        if let Some(value) = part.get("const") {
            kinds = kinds & Kinds::of_value(value);
        }
        if let Some(Json::Array(values)) = part.get("enum") {
            kinds = kinds & values.iter().map(Kinds::of_value).fold(Kinds::NONE, union);
        }
        if let Some(referred) = self.referred(part) {
            kinds = kinds & below(referred);
        }
        for all in part.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            kinds = kinds & below(all);
        }
        for choice in ["anyOf", "oneOf"].iter().filter_map(|key| part.get(*key)?.as_array()) {
            kinds = kinds & choice.iter().map(below).fold(Kinds::NONE, union);
        }
        kinds
    }

    /// All values that `schema` allows, if they are listed; null is no value.
    fn values(self, schema: &'s Json, depth: usize) -> Option<Vec<&'s Json>> {
        let part = schema.as_object().filter(|_| depth > 0 && self.budget.take())?;
        if let Some(value) = part.get("const") {
            return Some(vec![value]);
        }
        if let Some(Json::Array(values)) = part.get("enum") {
            return Some(values.iter().filter(|value| !value.is_null()).collect());
        }
        if part.get("type").and_then(Json::as_str) == Some("null") {
            return Some(Vec::new());
        }
        let all = part.get("allOf").and_then(Json::as_array).into_iter().flatten();
        let narrowed = self.referred(part).into_iter().chain(all);
        if let Some(values) = narrowed.filter_map(|each| self.values(each, depth - 1)).next() {
            return Some(values);
        }
        let mut choices = ["anyOf", "oneOf"].iter().filter_map(|key| part.get(*key)?.as_array());
        choices.find_map(|choice| {
            let each = choice.iter().map(|schema| self.values(schema, depth - 1));
            let each: Option<Vec<Vec<&Json>>> = each.collect();
            each.map(|each| each.concat())
        })
    }

    /// The paths of the fields, those with fewer steps first.
    pub(super) fn names(self, most: usize, steps: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut level = vec![(String::new(), vec![self.root])];
        for _ in 0..steps {
            let mut below = Vec::new();
            for (above, schemas) in level {
                let parts = self.parts(&schemas);
                let listed = parts.iter().filter_map(|part| part.get("properties")?.as_object());
                for (name, schema) in listed.flatten() {
                    let path =
                        if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                    if *schema == Json::Bool(false)
                        || names.len() >= most
                        || !seen.insert(path.clone())
                    {
                        continue;
                    }
                    names.push(path.clone());
                    if self.kinds(schema).has(Kinds::ARRAY)
                        && let Inside::Schemas(items) = self.item(&[schema], None)
                    {
                        below.push((format!("{path}[]"), items));
                    }
                    below.push((path, vec![schema]));
                }
            }
            level = below;
        }
        names
    }
}

/// What a reference leads to, if it is in the same text.
fn target<'s>(root: &'s Json, reference: &str) -> Option<&'s Json> {
    root.pointer(&reference.strip_prefix('#')?.replace("%25", "%").replace("%20", " "))
}

/// The first reference that leads nowhere, by its JSON Pointer, and why it does not.
///
/// The depth of the parsed text bounds how deep this goes.
pub(super) fn broken_reference(root: &Json) -> Option<(String, Text)> {
    let mut open = vec![(String::new(), root)];
    while let Some((pointer, json)) = open.pop() {
        match json {
            Json::Object(members) => {
                if let Some(Json::String(reference)) = members.get("$ref")
                    && target(root, reference).is_none()
                {
                    let reason = if reference.starts_with('#') {
                        text!("`{reference}` leads to nothing in the file", reference)
                    } else {
                        text!(
                            "`{reference}` is in another file: write it under `$defs` of this one",
                            reference
                        )
                    };
                    return Some((format!("{pointer}/$ref"), reason));
                }
                // In these, names are those of fields or values, and not keywords.
                for (name, inner) in members {
                    if !matches!(name.as_str(), "const" | "enum" | "default" | "examples") {
                        let name = name.replace('~', "~0").replace('/', "~1");
                        open.push((format!("{pointer}/{name}"), inner));
                    }
                }
            }
            Json::Array(items) => {
                let items = items.iter().enumerate();
                open.extend(items.map(|(index, item)| (format!("{pointer}/{index}"), item)));
            }
            _ => {}
        }
    }
    None
}
