//! Texts with places for parts of a result: `{{rule.name}}`, `{{events.cart[0].price}}`, and `{{message}}` for what the
//! action of its rule says of it.
//!
//! A number stands as it stood in the event; nothing is computed.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place {
        path: Vec<Step>,
        /// Whether it stands within a text of JSON.
        in_text: bool,
    },
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Item(usize),
}

/// What a template is filled from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    /// The whole result, a JSON object.
    pub(super) output: &'a RawValue,
    /// What the action of its rule made of it, if it has a template.
    pub(super) message: Option<&'a str>,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug)]
enum Found<'a> {
    Nothing,
    Json(&'a RawValue),
    Message(&'a str),
}

/// What becomes of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Words for people: a text without its quotes, nothing for what is missing.
    Words,
    /// JSON: a value where a value belongs, and words, escaped, within a text.
    Json,
}

impl Template {
    /// Reads a template; why it is none, in words of the catalogue.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut in_text = false;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            in_text = quotes(before, in_text);
            parts.push(Part::Text(before.to_owned()));
            let Some((path, after)) = after.split_once("}}") else {
                return Err("a place that begins with two braces has no end".to_owned());
            };
            let path = path.trim();
            let steps =
                steps(path).ok_or_else(|| format!("`{path}` is no path such as `rule.name`"))?;
            parts.push(Part::Place { path: steps, in_text });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts })
    }

    /// The text for a result.
    pub(super) fn fill(&self, given: Given<'_>, form: Form) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            let (path, in_text) = match part {
                Part::Text(text) => {
                    filled.push_str(text);
                    continue;
                }
                Part::Place { path, in_text } => (path, *in_text),
            };
            let found = given.find(path);
            match form {
                Form::Words => filled.push_str(&found.words()),
                Form::Json if in_text => {
                    let quoted = quoted(&found.words());
                    filled.push_str(
                        quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default(),
                    );
                }
                Form::Json => filled.push_str(&found.json()),
            }
        }
        filled
    }
}

/// Whether a text of JSON is open behind `text`, given whether one was open before it.
fn quotes(text: &str, open: bool) -> bool {
    let (mut open, mut escaped) = (open, false);
    for sign in text.chars() {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = open,
            '"' => open = !open,
            _ => {}
        }
    }
    open
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (field, items) =
            part.split_once('[').map_or((part, None), |(field, items)| (field, Some(items)));
        if field.is_empty() {
            return None;
        }
        steps.push(Step::Field(field.to_owned()));
        let Some(items) = items else { continue };
        for item in items.strip_suffix(']')?.split("][") {
            steps.push(Step::Item(item.parse().ok()?));
        }
    }
    Some(steps)
}

impl<'a> Given<'a> {
    fn find(self, path: &[Step]) -> Found<'a> {
        let is_message = matches!(path, [Step::Field(name)] if name == "message");
        match (is_message, self.message) {
            (true, Some(message)) => Found::Message(message),
            _ => find(self.output, path).map_or(Found::Nothing, Found::Json),
        }
    }
}

impl Found<'_> {
    /// For people.
    fn words(self) -> Cow<'static, str> {
        match self {
            Self::Nothing => Cow::Borrowed(""),
            Self::Message(text) => Cow::Owned(text.to_owned()),
            Self::Json(value) => match value.get() {
                "null" => Cow::Borrowed(""),
                json => {
                    let text: Result<String, _> = serde_json::from_str(json);
                    text.unwrap_or_else(|_| json.to_owned()).into()
                }
            },
        }
    }

    /// Where a value of JSON belongs.
    fn json(self) -> Cow<'static, str> {
        match self {
            Self::Nothing => Cow::Borrowed("null"),
            Self::Message(text) => quoted(text).into(),
            Self::Json(value) => value.get().to_owned().into(),
        }
    }
}

/// The value at a path, letter by letter.
fn find<'a>(value: &'a RawValue, path: &[Step]) -> Option<&'a RawValue> {
    let mut here = value;
    for step in path {
        here = match step {
            Step::Field(name) => {
                let mut fields: IndexMap<Cow<'a, str>, &'a RawValue> =
                    serde_json::from_str(here.get()).ok()?;
                fields.swap_remove(name.as_str())?
            }
            Step::Item(at) => {
                let items: Vec<&'a RawValue> = serde_json::from_str(here.get()).ok()?;
                items.get(*at).copied()?
            }
        };
    }
    Some(here)
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    // A text can always be written as JSON.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str = r#"{"id":"x","rule":{"name":"大\"额"},"key":{"user":"u"},"due":null,"events":{"cart":[{"price":12.50},{"price":1e2}]}}"#;

    fn fill(template: &str, form: Form) -> String {
        let result: Box<RawValue> = serde_json::from_str(RESULT).unwrap();
        let given = Given { output: &result, message: Some("look \"here\"") };
        Template::new(template).unwrap().fill(given, form)
    }

    #[test]
    fn places_are_filled_letter_by_letter() {
        let words = |template| fill(template, Form::Words);
        assert_eq!(words("{{rule.name}}: {{ events.cart[0].price }}!"), "大\"额: 12.50!");
        assert_eq!(
            words("{{events.cart[1].price}} {{key}} {{due}}{{no.such}}"),
            "1e2 {\"user\":\"u\"} "
        );
        assert_eq!(words("{{message}}!"), "look \"here\"!");
        let json = |template| fill(template, Form::Json);
        assert_eq!(
            json(r#"{"a":{{message}},"b":"- {{message}}"}"#),
            r#"{"a":"look \"here\"","b":"- look \"here\""}"#
        );
        assert_eq!(
            json(r#"{"a":"<{{rule.name}}>","b":{{key}}}"#),
            r#"{"a":"<大\"额>","b":{"user":"u"}}"#
        );
        assert_eq!(
            json(r#"{"a":"\"{{key}}","b":{{due}},"c":{{no}}}"#),
            r#"{"a":"\"{\"user\":\"u\"}","b":null,"c":null}"#
        );
    }

    #[test]
    fn what_is_no_template_is_told() {
        for (template, expected) in [
            ("{{rule", "no end"),
            ("{{}}", "is no path"),
            ("{{a..b}}", "is no path"),
            ("{{a[x]}}", "is no path"),
            ("{{a[0}}", "is no path"),
        ] {
            assert!(Template::new(template).unwrap_err().contains(expected), "{template}");
        }
    }
}
