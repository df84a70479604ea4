//! Arguments with `params.x` → arguments with the values of the rule's parameters.
//!
//! A text that is exactly `params.x` stands for that parameter, whatever JSON it is.

use serde_json::{Map, Value as Json};
use tripline_message::text;

use super::ArgsError;
use super::arguments::escape;
use crate::parameter::ParameterPath;

/// Deeper than this, arguments are taken as they stand.
const MAX_DEPTH: usize = 64;

/// At most this many values are put in for one condition, each member and item counting as one: a long list that is
/// named often must not become all of the memory.
const MAX_VALUES: usize = 100_000;

/// At most this many parameters that there are not are told of one by one.
const MAX_ERRORS: usize = 20;

/// The arguments with the parameters in them.
///
/// # Errors
/// All parameters that there are not, each where it is named.
pub(super) fn substitute(args: &Json, params: &Map<String, Json>) -> Result<Json, ArgsError> {
    let mut substitution = Substitution { params, left: MAX_VALUES, errors: Vec::new() };
    let args = substitution.value(args, String::new(), 0);
    ArgsError::of_all(substitution.errors).map_or(Ok(args), Err)
}

struct Substitution<'p> {
    params: &'p Map<String, Json>,
    left: usize,
    errors: Vec<ArgsError>,
}

impl Substitution<'_> {
    /// `pointer` is where `value` stands.
    fn value(&mut self, value: &Json, pointer: String, depth: usize) -> Json {
        match value {
            Json::String(text) => match ParameterPath::parse(text) {
                Some(path) => self.parameter(&path, pointer).unwrap_or_else(|error| {
                    if self.errors.len() < MAX_ERRORS {
                        self.errors.push(error);
                    }
                    Json::Null
                }),
                None => value.clone(),
            },
            Json::Array(items) if depth < MAX_DEPTH => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| self.value(item, format!("{pointer}/{index}"), depth + 1))
                    .collect()
            }
            Json::Object(members) if depth < MAX_DEPTH => members
                .iter()
                .map(|(name, member)| {
                    let pointer = format!("{pointer}/{}", escape(name));
                    (name.clone(), self.value(member, pointer, depth + 1))
                })
                .collect(),
            _ => value.clone(),
        }
    }

    fn parameter(&mut self, path: &ParameterPath, pointer: String) -> Result<Json, ArgsError> {
        let value = match path.find(self.params) {
            Ok(value) => value,
            Err(unknown) => {
                return Err(ArgsError::new(pointer, unknown.message).with_hint(unknown.hint));
            }
        };
        if !take(&mut self.left, value) {
            let message = text!(
                "the parameters put in exceed the limit of {limit} values",
                limit = MAX_VALUES
            );
            return Err(ArgsError::new(pointer, message)
                .with_hint(text!("keep long lists in a condition plugin of their own")));
        }
        Ok(value.clone())
    }
}

/// Takes as many from `left` as `value` has values in it; false if there are not so many left.
///
/// Recursion is bounded by the depth that the reader of the parameters allowed.
fn take(left: &mut usize, value: &Json) -> bool {
    let Some(less) = left.checked_sub(1) else {
        return false;
    };
    *left = less;
    match value {
        Json::Array(items) => items.iter().all(|item| take(left, item)),
        Json::Object(members) => members.values().all(|member| take(left, member)),
        _ => true,
    }
}
