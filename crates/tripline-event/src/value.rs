//! The value of one field of an event.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The value of one field, as the conditions of a rule see it.
///
/// JSON `null`, objects, arrays and absent fields are all [`Value::Missing`]: a comparison with it is unknown
/// (`docs/language.md` L-VAL-1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// The event has no such field, or it is `null`, or it is not a scalar.
    #[default]
    Missing,
    /// `true` or `false`.
    Bool(bool),
    /// A number written without fraction or exponent that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string; up to 23 bytes are held inline, longer ones are shared.
    Text(SmolStr),
    /// The items of an array, in their order, where a path asks for all of them: scalars, and missing ones.
    List(Arc<[Self]>),
}

impl Value {
    /// Whether there is no value.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::List(items) => f.debug_list().entries(items.iter().map(Shown)).finish(),
        }
    }
}

/// A value as it is displayed, also inside a list.
struct Shown<'v>(&'v Value);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(SmolStr::new(text))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
