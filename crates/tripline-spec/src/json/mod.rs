//! JSON that knows where each part stands in the text.
//!
//! The first step of reading a rule.
//! [`parse`] keeps the span of every value and of every key, the spelling of numbers, and keys that stand twice, so that
//! later steps can point at them.

mod line_index;
mod parse;
mod string;

use std::ops::Range;

use tripline_message::{Text, text};

pub use line_index::LineIndex;
pub use parse::parse;
pub(crate) use string::SpellingMap;

/// The deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 64;

/// The largest text that is read, in bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// A JSON value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonNode {
    /// What it is.
    pub kind: JsonKind,
    /// Its bytes in the text, quotes and brackets included.
    pub span: Range<usize>,
}

/// What a JSON value is.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string as meant, without quotes and escapes.
    String(String),
    /// The elements of an array.
    Array(Vec<JsonNode>),
    /// The members of an object, in the order of the text; a key may stand twice.
    Object(Vec<Member>),
}

/// A key of an object with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key as meant.
    pub name: String,
    /// The bytes of the key in the text, quotes included.
    pub name_span: Range<usize>,
    /// The value.
    pub value: JsonNode,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonSyntaxError {
    /// What kind of fault it is.
    pub kind: JsonSyntaxErrorKind,
    /// The byte of the text where it was noticed; may be the end of the text.
    pub offset: usize,
    /// What is wrong there.
    pub message: Text,
}

/// The kinds of fault in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonSyntaxErrorKind {
    /// The text breaks the grammar of JSON.
    Syntax,
    /// The text is larger than [`MAX_TEXT_BYTES`].
    TooLarge,
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl JsonNode {
    /// The value of the first member `name`; `None` if there is none or this is no object.
    ///
    /// # Cost
    /// Walks the members.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.member(name).map(|member| &member.value)
    }

    /// The first member `name`; `None` if there is none or this is no object.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        match &self.kind {
            JsonKind::Object(members) => members.iter().find(|member| member.name == name),
            _ => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind == JsonKind::Null
    }

    /// What it is, for messages: `a string`, `an object`.
    #[must_use]
    pub fn describe(&self) -> Text {
        match self.kind {
            JsonKind::Null => Text::verbatim("null"),
            JsonKind::Bool(_) => text!("a boolean"),
            JsonKind::Number(_) => text!("a number"),
            JsonKind::String(_) => text!("a string"),
            JsonKind::Array(_) => text!("an array"),
            JsonKind::Object(_) => text!("an object"),
        }
    }
}

#[cfg(test)]
mod tests;
