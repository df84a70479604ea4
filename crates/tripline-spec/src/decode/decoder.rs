//! The tools of decoding: one line a field.

use serde_json::{Map, Number, Value};

use tripline_message::{Code, Severity, Text, text};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::json::{JsonKind, JsonNode, Member};
use crate::pointer::{Pointer, Step};
use crate::spec::Keyword;
use crate::suggest::{did_you_mean, shown};

/// Collects what is wrong while parts of a rule are read.
///
/// A method that reads returns `None` only if it has pushed an error, or if what it reads may be absent and is.
#[derive(Debug)]
pub(super) struct Decoder {
    pub(super) diagnostics: Diagnostics,
}

/// The members of one object.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    members: &'a [Member],
    pub(super) pointer: Pointer,
}

/// A value that is there and not null.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) node: &'a JsonNode,
    pub(super) pointer: Pointer,
    pub(super) key: &'a str,
}

impl<'a> Fields<'a> {
    /// The value of `key`, unless it is absent or null.
    pub(super) fn find(&self, key: &str) -> Option<Found<'a>> {
        let member = self.members.iter().find(|member| member.name == key)?;
        let found =
            Found { node: &member.value, pointer: self.pointer.key(key), key: &member.name };
        (!member.value.is_null()).then_some(found)
    }

    fn has(&self, key: &str) -> bool {
        self.members.iter().any(|member| member.name == key)
    }
}

impl Decoder {
    pub(super) fn error(
        &mut self,
        code: Code,
        pointer: &Pointer,
        message: Text,
        hint: impl Into<Option<Text>>,
    ) {
        self.diagnostics.push(Diagnostic::new(code, pointer, message).with_hint(hint));
    }

    /// Begins to read an object, and warns of the keys that are not in `known`.
    pub(super) fn fields<'a>(
        &mut self,
        node: &'a JsonNode,
        pointer: &Pointer,
        known: &[&str],
    ) -> Option<Fields<'a>> {
        let JsonKind::Object(members) = &node.kind else {
            return self.wrong_type(text!("an object"), node, pointer);
        };
        for member in members {
            if known.contains(&member.name.as_str()) {
                continue;
            }
            if self.diagnostics.is_full_for(Severity::Warning) {
                break;
            }
            let message = text!("the unknown key `{key}` is ignored", key = shown(&member.name));
            let hint = meant(did_you_mean(&member.name, known.iter().copied()));
            self.diagnostics.push(
                Diagnostic::new(Code::UnknownKey, &pointer.key(&member.name), message)
                    .with_hint(hint)
                    .at_key(),
            );
        }
        Some(Fields { members, pointer: pointer.clone() })
    }

    /// Reads a field that must be there.
    pub(super) fn required<'a, T>(
        &mut self,
        fields: &Fields<'a>,
        key: &str,
        read: impl FnOnce(&mut Self, &'a JsonNode, &Pointer) -> Option<T>,
    ) -> Option<T> {
        let found = self.must_have(fields, key, fields.find(key))?;
        read(self, found.node, &found.pointer)
    }

    /// Reads a field that may be absent or null.
    pub(super) fn optional<'a, T>(
        &mut self,
        fields: &Fields<'a>,
        key: &str,
        read: impl FnOnce(&mut Self, &'a JsonNode, &Pointer) -> Option<T>,
    ) -> Option<T> {
        let found = fields.find(key)?;
        read(self, found.node, &found.pointer)
    }

    /// Says that `key` is missing unless it was found.
    pub(super) fn must_have<'a>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        found: Option<Found<'a>>,
    ) -> Option<Found<'a>> {
        if found.is_none() {
            let pointer = fields.pointer.key(key);
            let message = if fields.has(key) {
                text!("`{key}` must not be null", key)
            } else {
                text!("`{key}` is missing", key)
            };
            self.error(Code::MissingKey, &pointer, message, text!("add `{key}`", key));
        }
        found
    }

    /// Chooses the first spelling that is given, and warns of others that say something else.
    pub(super) fn first_of<'a, const N: usize>(
        &mut self,
        spellings: [Option<Found<'a>>; N],
    ) -> Option<Found<'a>> {
        let mut given = spellings.into_iter().flatten();
        let chosen = given.next()?;
        for other in given {
            if same_value(chosen.node, other.node) {
                continue;
            }
            let message = text!(
                "`{key}` is ignored, since `{other}` is given as well",
                key = other.key,
                other = chosen.pointer.as_str()
            );
            self.diagnostics.push(
                Diagnostic::new(Code::BothSpellings, &other.pointer, message)
                    .with_hint(text!("keep `{key}` only", key = chosen.key))
                    .at_key(),
            );
        }
        Some(chosen)
    }

    pub(super) fn array<'a, T>(
        &mut self,
        node: &'a JsonNode,
        pointer: &Pointer,
        mut read: impl FnMut(&mut Self, &'a JsonNode, &Pointer) -> Option<T>,
    ) -> Option<Vec<T>> {
        let JsonKind::Array(elements) = &node.kind else {
            return self.wrong_type(text!("an array"), node, pointer);
        };
        let read: Vec<_> = elements
            .iter()
            .enumerate()
            .map(|(index, element)| read(self, element, &pointer.index(index)))
            .collect();
        read.into_iter().collect()
    }

    pub(super) fn string(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<String> {
        match &node.kind {
            JsonKind::String(text) => Some(text.clone()),
            _ => self.wrong_type(text!("a string"), node, pointer),
        }
    }

    pub(super) fn filled_string(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<String> {
        let text = self.string(node, pointer)?;
        if text.is_empty() {
            self.error(Code::InvalidValue, pointer, text!("this string must not be empty"), None);
            return None;
        }
        Some(text)
    }

    pub(super) fn boolean(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<bool> {
        match &node.kind {
            JsonKind::Bool(value) => Some(*value),
            // Databases write booleans as numbers.
            JsonKind::Number(text) if text == "0" => Some(false),
            JsonKind::Number(text) if text == "1" => Some(true),
            _ => self.wrong_type(text!("true or false"), node, pointer),
        }
    }

    /// Reads an integer of 64 bits, in any spelling: `10`, `10.0`, `1e1`.
    pub(super) fn integer(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<i64> {
        let JsonKind::Number(text) = &node.kind else {
            return self.wrong_type(text!("an integer"), node, pointer);
        };
        let value = text.parse().ok().or_else(|| integer_of_double(text));
        if value.is_none() {
            let message = text!("`{number}` is not an integer of 64 bits", number = shown(text));
            self.error(Code::NumberOutOfRange, pointer, message, None);
        }
        value
    }

    pub(super) fn keyword<K: Keyword>(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<K> {
        let text = self.string(node, pointer)?;
        let word = K::from_spelling(&text);
        if word.is_none() {
            self.unknown_word::<K>(Code::UnknownWord, &text, K::ALL, pointer);
        }
        word
    }

    /// Says which words there are instead of `text`.
    pub(super) fn unknown_word<K: Keyword>(
        &mut self,
        code: Code,
        text: &str,
        words: &[K],
        pointer: &Pointer,
    ) {
        let spellings: Vec<_> = words.iter().map(|word| word.spelling()).collect();
        let hint = match did_you_mean(text, spellings.iter().copied()) {
            Some(word) => meant(Some(word)),
            None => Some(text!("use one of {words}", words = Text::names(spellings))),
        };
        self.error(code, pointer, text!("unknown word `{word}`", word = shown(text)), hint);
    }

    /// Reads any JSON.
    pub(super) fn any(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<Value> {
        let value = value_of(node);
        self.number_in_range(value, pointer)
    }

    /// Reads an object with any values.
    pub(super) fn map(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<Map<String, Value>> {
        let JsonKind::Object(members) = &node.kind else {
            return self.wrong_type(text!("an object"), node, pointer);
        };
        let map = map_of(members);
        self.number_in_range(map, pointer)
    }

    fn number_in_range<T>(
        &mut self,
        value: Result<T, TooLarge<'_>>,
        pointer: &Pointer,
    ) -> Option<T> {
        value
            .map_err(|error| {
                let pointer = error.path.iter().rev().fold(pointer.clone(), |p, step| p.step(step));
                let message =
                    text!("the number `{number}` is too large", number = shown(error.number));
                self.error(Code::NumberOutOfRange, &pointer, message, None);
            })
            .ok()
    }

    pub(super) fn wrong_type<T>(
        &mut self,
        expected: Text,
        node: &JsonNode,
        pointer: &Pointer,
    ) -> Option<T> {
        let message =
            text!("expected {expected}, found {found}", expected, found = node.describe());
        self.error(Code::WrongType, pointer, message, None);
        None
    }
}

/// The hint for a name that was probably meant.
fn meant(name: Option<&str>) -> Option<Text> {
    name.map(|close| text!("did you mean `{close}`?", close))
}

fn integer_of_double(text: &str) -> Option<i64> {
    let value: f64 = text.parse().ok()?;
    // Formatting is exact for whole doubles, and parsing refuses what does not fit.
    if value.fract() == 0.0 { format!("{value:.0}").parse().ok() } else { None }
}

/// A number that has no value, and the way to it from the inside out.
///
/// The way is only written down for a fault: a pointer for each value could be as long as the text.
struct TooLarge<'a> {
    number: &'a str,
    path: Vec<Step<'a>>,
}

fn value_of(node: &JsonNode) -> Result<Value, TooLarge<'_>> {
    Ok(match &node.kind {
        JsonKind::Null => Value::Null,
        JsonKind::Bool(value) => Value::Bool(*value),
        JsonKind::String(text) => Value::String(text.clone()),
        JsonKind::Number(text) => {
            Value::Number(number(text).ok_or(TooLarge { number: text, path: Vec::new() })?)
        }
        JsonKind::Object(members) => Value::Object(map_of(members)?),
        JsonKind::Array(elements) => {
            let values = elements.iter().enumerate().map(|(index, element)| {
                value_of(element).map_err(|error| error.within(Step::Index(index)))
            });
            Value::Array(values.collect::<Result<_, _>>()?)
        }
    })
}

fn map_of(members: &[Member]) -> Result<Map<String, Value>, TooLarge<'_>> {
    let values = members.iter().map(|member| {
        let value = value_of(&member.value);
        value
            .map(|value| (member.name.clone(), value))
            .map_err(|error| error.within(Step::Key(&member.name)))
    });
    values.collect()
}

impl<'a> TooLarge<'a> {
    fn within(mut self, step: Step<'a>) -> Self {
        self.path.push(step);
        self
    }
}

fn number(text: &str) -> Option<Number> {
    if let Ok(value) = text.parse::<i64>() {
        return Some(value.into());
    }
    if let Ok(value) = text.parse::<u64>() {
        return Some(value.into());
    }
    text.parse().ok().and_then(Number::from_f64)
}

/// Whether two values say the same, wherever they stand.
fn same_value(left: &JsonNode, right: &JsonNode) -> bool {
    match (&left.kind, &right.kind) {
        (JsonKind::Array(left), JsonKind::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same_value(l, r))
        }
        (JsonKind::Object(left), JsonKind::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(l, r)| l.name == r.name && same_value(&l.value, &r.value))
        }
        (left, right) => left == right,
    }
}
