//! Messages: a phrase with its arguments, in no language until it is shown.

use std::fmt;

use crate::catalogue::{self, Phrase};
use crate::lang::Lang;

/// Something to say, in whichever language is asked for.
///
/// A phrase of the catalogue with its arguments, made by [`text!`](crate::text), or a text that others wrote.
/// Shown with `{}` it is English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Box<Content>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Phrase(Phrase, Vec<(&'static str, Text)>),
    Verbatim(String),
    List(Vec<Text>),
}

/// A [`Text`](crate::Text): a phrase of the catalogue, and a value for each of its placeholders.
///
/// `text!("expected {expected}, found {found}", expected = "a digit", found)`: as in `format!`, a name alone stands for
/// the variable of that name.
/// A phrase that is not in the catalogue is an error of the compiler, and so are arguments that do not fit it.
#[macro_export]
macro_rules! text {
    ($phrase:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const PHRASE: $crate::Phrase = $crate::phrase($phrase, &[$(stringify!($name)),*]);
        $crate::Text::new(PHRASE, vec![$((stringify!($name), $crate::text!(@arg $name $(= $value)?))),*])
    }};
    (@arg $name:ident) => { $crate::Text::from($name) };
    (@arg $name:ident = $value:expr) => { $crate::Text::from($value) };
}

/// The phrase of the catalogue that is `english` in English and takes `names`; for [`text!`](crate::text) only.
///
/// # Panics
/// There is none, or it takes others; only the compiler runs this, so the panic is an error of the build.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "at compile time a panic is how to say what is wrong")]
pub const fn phrase(english: &'static str, names: &[&str]) -> Phrase {
    let Some(phrase) = catalogue::find(english) else {
        panic!(
            "this phrase is not in the catalogue: write it with its Chinese under its code in \
             crates/tripline-message/src/catalogue (see \"Add a diagnostic\" in CONTRIBUTING.md)"
        );
    };
    let mut left = names;
    while let [name, rest @ ..] = left {
        assert!(
            has_placeholder(english.as_bytes(), name.as_bytes()),
            "the phrase has no placeholder for an argument"
        );
        left = rest;
    }
    assert!(
        count_placeholders(english.as_bytes()) <= names.len(),
        "a placeholder of the phrase has no argument"
    );
    phrase
}

/// The bytes up to the end of the placeholder that `text` begins with, and those after it.
const fn split_placeholder(text: &[u8]) -> (&[u8], &[u8]) {
    let mut length = 0;
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'}' {
            return (text.split_at(length).0, after);
        }
        length += 1;
    }
    (text, rest)
}

const fn has_placeholder(text: &[u8], name: &[u8]) -> bool {
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'{' {
            let (found, after) = split_placeholder(rest);
            if same(found, name) {
                return true;
            }
            rest = after;
        }
    }
    false
}

/// The number of different placeholders.
const fn count_placeholders(text: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'{' {
            let (found, after) = split_placeholder(rest);
            // The last of those that are the same counts.
            if !has_placeholder(after, found) {
                count += 1;
            }
            rest = after;
        }
    }
    count
}

/// Whether two texts are equal.
pub(crate) const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (mut left, mut right) = (left, right);
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    true
}

impl Text {
    #[doc(hidden)]
    #[must_use]
    pub fn new(phrase: Phrase, arguments: Vec<(&'static str, Self)>) -> Self {
        Self(Box::new(Content::Phrase(phrase, arguments)))
    }

    /// What a condition says of itself, in both languages if it ships with Tripline; without the full stop at its end.
    ///
    /// # Cost
    /// Walks what all of them say; for people only.
    #[must_use]
    pub fn of_condition(english: &str) -> Self {
        catalogue::conditions::of_condition(english).map_or_else(
            || Self::verbatim(english.trim_end_matches('.')),
            |phrase| Self::new(phrase, Vec::new()),
        )
    }

    /// A text that is the same in all languages: what somebody else wrote, or a value.
    ///
    /// Not for messages of our own, which have to be in the catalogue.
    #[must_use]
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self(Box::new(Content::Verbatim(text.into())))
    }

    /// Items separated as the language does it.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self(Box::new(Content::List(items.into_iter().collect())))
    }

    /// Names in backticks, separated as the language does it.
    #[must_use]
    pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::list(names.into_iter().map(|name| Self::verbatim(format!("`{name}`"))))
    }

    /// The text in a language.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let mut rendered = String::new();
        self.write(lang, &mut rendered);
        rendered
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match &*self.0 {
            Content::Phrase(phrase, arguments) => {
                phrase.en.len() + arguments.iter().map(|(_, value)| value.size()).sum::<usize>()
            }
            Content::Verbatim(text) => text.len(),
            Content::List(items) => items.iter().map(Self::size).sum(),
        }
    }

    /// The phrase of the catalogue that it is, if it is one.
    #[must_use]
    pub fn phrase(&self) -> Option<Phrase> {
        match &*self.0 {
            Content::Phrase(phrase, _) => Some(*phrase),
            Content::Verbatim(_) | Content::List(_) => None,
        }
    }

    /// Recursion is bounded: a text holds only texts that were made before it.
    fn write(&self, lang: Lang, to: &mut String) {
        match &*self.0 {
            Content::Phrase(phrase, arguments) => {
                let mut rest = phrase.get(lang);
                while let Some((before, after)) = rest.split_once('{') {
                    to.push_str(before);
                    let (name, after) = after.split_once('}').unwrap_or((after, ""));
                    if let Some((_, value)) = arguments.iter().find(|(known, _)| *known == name) {
                        let value = value.render(lang);
                        space_between(to, &value, is_ideograph, is_word);
                        to.push_str(&value);
                        space_between(to, after, is_word, is_ideograph);
                    }
                    rest = after;
                }
                to.push_str(rest);
            }
            Content::Verbatim(text) => to.push_str(text),
            Content::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        to.push_str(match lang {
                            Lang::En => ", ",
                            Lang::Zh => "、",
                        });
                    }
                    item.write(lang, to);
                }
            }
        }
    }
}

/// Chinese is written with a space between an ideograph and a Latin word; phrases have it where they know what stands
/// there, and only before and after an argument it depends.
fn space_between(to: &mut String, next: &str, before: fn(char) -> bool, after: fn(char) -> bool) {
    if to.chars().next_back().is_some_and(before) && next.chars().next().is_some_and(after) {
        to.push(' ');
    }
}

fn is_ideograph(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '`'
}

impl Default for Text {
    /// The empty text.
    fn default() -> Self {
        Self::verbatim(String::new())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En))
    }
}

impl PartialEq<str> for Text {
    /// Compares the English.
    fn eq(&self, other: &str) -> bool {
        self.render(Lang::En) == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// Verbatim: user input, or a message of a plugin that others wrote.
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::verbatim(text)
    }
}

/// Verbatim: user input, or a message of a plugin that others wrote.
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::verbatim(text)
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::verbatim(text.as_str())
    }
}

impl From<&Self> for Text {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

macro_rules! from_values {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Text {
            fn from(value: $kind) -> Self {
                Self::verbatim(value.to_string())
            }
        })*
    };
}

from_values!(char, i32, i64, u16, u32, u64, usize);

#[cfg(test)]
mod tests {
    use super::{Text, phrase};
    use crate::lang::Lang;

    #[test]
    fn fills_in_arguments() {
        let found = text!("a string");
        let text = text!("expected {expected}, found {found}", expected = "`]`", found);
        assert_eq!(text, "expected `]`, found a string");
        assert_eq!(text.render(Lang::Zh), "应为 `]`，实际为字符串");
        assert_eq!(text.size(), "expected {expected}, found {found}`]`a string".len());
        assert_eq!(
            text.phrase().map(|phrase| phrase.en),
            Some("expected {expected}, found {found}")
        );
    }

    #[test]
    fn lists_names() {
        let names = Text::names(["a", "b"]);
        assert_eq!(
            (names.to_string(), names.render(Lang::Zh)),
            ("`a`, `b`".into(), "`a`、`b`".into())
        );
        assert_eq!(Text::verbatim("{x}"), "{x}");
        // No space comes in between backticks.
        let close = "规则";
        assert_eq!(text!("did you mean `{close}`?", close).render(Lang::Zh), "是不是想写 `规则`？");
    }

    /// What the compiler does, done here to see it fail.
    fn fails(english: &'static str, names: &[&str]) -> bool {
        let names = names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        std::panic::catch_unwind(move || {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            phrase(english, &names)
        })
        .is_err()
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let known = "expected {expected}, found {found}";
        assert!(!fails(known, &["found", "expected"]));
        assert!(fails(known, &["found"]));
        assert!(fails(known, &["found", "expected", "more"]));
        assert!(fails("not in the catalogue", &[]));
    }
}
