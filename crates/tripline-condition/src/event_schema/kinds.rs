//! What a value of an event can be.

use std::ops::{BitAnd, BitOr};

use serde_json::Value as Json;
use tripline_message::{Text, text};

/// A set of the kinds that JSON has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const BOOL: Self = Self(1);
    pub(crate) const NUMBER: Self = Self(2);
    pub(crate) const TEXT: Self = Self(4);
    pub(crate) const ARRAY: Self = Self(8);
    pub(crate) const OBJECT: Self = Self(16);
    pub(crate) const NULL: Self = Self(32);
    pub(crate) const ALL: Self = Self(63);
    /// Those that a condition sees.
    pub(crate) const SCALAR: Self = Self(7);

    /// Whether one of `other` is in it.
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What the word of a schema means.
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "boolean" => Self::BOOL,
            "number" | "integer" => Self::NUMBER,
            "string" => Self::TEXT,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            "null" => Self::NULL,
            _ => Self::NONE,
        }
    }

    pub(super) fn of_value(value: &Json) -> Self {
        match value {
            Json::Null => Self::NULL,
            Json::Bool(_) => Self::BOOL,
            Json::Number(_) => Self::NUMBER,
            Json::String(_) => Self::TEXT,
            Json::Array(_) => Self::ARRAY,
            Json::Object(_) => Self::OBJECT,
        }
    }

    /// In words, with an article.
    pub(crate) fn words(self) -> Text {
        // A value that is null is none.
        match Self(self.0 & !Self::NULL.0) {
            Self::BOOL => text!("a boolean"),
            Self::NUMBER => text!("a number"),
            Self::TEXT => text!("a string"),
            Self::ARRAY => text!("an array"),
            Self::OBJECT => text!("an object"),
            Self::NONE => text!("nothing"),
            _ => text!("a value of another kind"),
        }
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Kinds {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
