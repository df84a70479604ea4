//! The catalogue: what there is to say of each code, in each language; a file for each family of codes.

pub(crate) mod conditions;
pub(crate) mod e01;
pub(crate) mod e02;
pub(crate) mod e03;
pub(crate) mod e04;
pub(crate) mod e05;
mod e05_arguments;
mod e05_expressions;
pub(crate) mod e07;
pub(crate) mod e08;
pub(crate) mod e09;
pub(crate) mod e10;
pub(crate) mod e11;
pub(crate) mod e12;
pub(crate) mod e13;
mod shared;
#[cfg(test)]
mod tests;
pub(crate) mod w01;
pub(crate) mod w02;
pub(crate) mod w03;
pub(crate) mod w04;
pub(crate) mod w05;
pub(crate) mod w06;
pub(crate) mod w07;
pub(crate) mod w09;
pub(crate) mod w10;
pub(crate) mod w11;
pub(crate) mod w12;

use crate::code::Code;
use crate::lang::Lang;
use crate::text::same;

/// A text in each language; `{name}` in it stands for an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phrase {
    /// In English.
    pub en: &'static str,
    /// In simplified Chinese.
    pub zh: &'static str,
}

impl Phrase {
    /// In a language.
    #[must_use]
    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// What there is to say of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// What it is about, in one line, in Chinese; the English is [`Code::title`].
    pub title_zh: &'static str,
    /// What it means, in Markdown.
    pub about: Phrase,
    /// Rules that show it, unless they would be too large, or it is not found in the text of a rule.
    pub examples: Option<Examples>,
    /// What there is to say after the examples, in Markdown.
    pub more: Option<Phrase>,
    /// Its messages and hints, and their parts.
    ///
    /// One that several codes share stands under one of them.
    pub messages: &'static [Phrase],
}

/// Two rules, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examples {
    /// What events look like, where that matters: a JSON Schema.
    pub event_schema: Option<&'static str>,
    /// Raises the code, and no other.
    pub wrong: &'static str,
    /// Says what was meant, and raises none.
    pub right: &'static str,
}

/// The examples in the folder of a code.
macro_rules! examples {
    ($id:literal, with event schema) => {
        examples!($id, Some(include_str!(concat!("../../rules/", $id, "/events.schema.json"))))
    };
    ($id:literal) => {
        examples!($id, None)
    };
    ($id:literal, $event_schema:expr) => {
        Some($crate::catalogue::Examples {
            event_schema: $event_schema,
            wrong: include_str!(concat!("../../rules/", $id, "/wrong.json")),
            right: include_str!(concat!("../../rules/", $id, "/right.json")),
        })
    };
}
use examples;

/// The phrases of a code, and then those that codes share.
pub(crate) fn phrases_of(code: Code) -> impl Iterator<Item = Phrase> {
    code.entry().messages.iter().chain(shared::SHARED).copied()
}

/// The phrase that is `english` in English.
///
/// # Cost
/// Walks the catalogue; only the compiler asks.
pub(crate) const fn find(english: &str) -> Option<Phrase> {
    let mut codes = Code::ALL;
    while let [code, rest @ ..] = codes {
        if let Some(found) = find_in(code.entry().messages, english) {
            return Some(found);
        }
        codes = rest;
    }
    if let Some(found) = find_in(conditions::FRAME, english) {
        return Some(found);
    }
    find_in(shared::SHARED, english)
}

const fn find_in(phrases: &[Phrase], english: &str) -> Option<Phrase> {
    let mut left = phrases;
    while let [phrase, rest @ ..] = left {
        if same(phrase.en.as_bytes(), english.as_bytes()) {
            return Some(*phrase);
        }
        left = rest;
    }
    None
}
