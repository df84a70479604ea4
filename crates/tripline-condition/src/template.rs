//! Texts with expressions in them: `{{user}} left a cart worth {{sum(cart_add.price)}}`.

use tripline_event::Value;
use tripline_message::text;

use crate::expression::{BoundValue, ErrorKind, ExpressionError, ValuePlace, compile_value};
use crate::{Binder, Context};

/// The longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 16 << 10;

/// The most expressions in a template.
const MAX_EXPRESSIONS: usize = 100;

/// What begins and what ends an expression.
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// How values are written into the text around them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escaping {
    /// As they are.
    #[default]
    None,
    /// As the inside of a JSON string: for templates that are JSON.
    Json,
}

/// A text with expressions, bound to field and node numbers.
///
/// Source: `docs/language.md`, L-TEMPLATE.
#[derive(Debug)]
pub struct Template {
    parts: Vec<Part>,
    escaping: Escaping,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Value(BoundValue),
}

impl Template {
    /// Parses, checks and binds a template.
    ///
    /// # Errors
    /// All that is wrong with it, with places in `text`, in their order.
    pub fn compile(
        text: &str,
        escaping: Escaping,
        binder: &mut Binder<'_>,
    ) -> Result<Self, Vec<ExpressionError>> {
        if text.len() > MAX_TEMPLATE_BYTES {
            let (count, limit) = (text.len(), MAX_TEMPLATE_BYTES);
            let message = text!(
                "the template has {count} bytes, which exceeds the limit of {limit}",
                count,
                limit
            );
            return Err(vec![ExpressionError::new(ErrorKind::TooLong, 0..text.len(), message)]);
        }
        let (mut parts, mut errors, mut expressions) = (Vec::new(), Vec::new(), 0);
        let (mut rest, mut at) = (text, 0);
        while let Some((before, inside)) = rest.split_once(OPEN) {
            push_text(&mut parts, before);
            let begin = at + before.len() + OPEN.len();
            let Some(length) = end_of(inside) else {
                let message =
                    text!("this `{open}` has no `{close}` behind it", open = OPEN, close = CLOSE);
                let hint =
                    text!("write an expression between them: `{example}`", example = "{{price}}");
                let span = begin - OPEN.len()..begin;
                errors.push(ExpressionError::syntax(span, message).with_hint(hint));
                return Err(errors);
            };
            let (expression, after) = inside.split_at(length);
            expressions += 1;
            if expressions > MAX_EXPRESSIONS {
                let limit = MAX_EXPRESSIONS;
                let message = text!("the template exceeds the limit of {limit} expressions", limit);
                let span = begin..begin + length;
                errors.push(ExpressionError::new(ErrorKind::TooCostly, span, message));
                return Err(errors);
            }
            match compile_value(expression, binder) {
                Ok(value) => parts.push(Part::Value(value)),
                Err(found) => errors.extend(found.into_iter().map(|error| {
                    let span = begin + error.span.start..begin + error.span.end;
                    ExpressionError { span, ..error }
                })),
            }
            rest = after.get(CLOSE.len()..).unwrap_or_default();
            at = begin + length + CLOSE.len();
        }
        push_text(&mut parts, rest);
        if errors.is_empty() { Ok(Self { parts, escaping }) } else { Err(errors) }
    }

    /// Appends the text with the values of `context`.
    ///
    /// What is a field and nothing else `as_written` may append as it stands in the event, numbers with all their digits;
    /// where it gives false, the value is written as `str(x)` has it, and one that is missing as nothing.
    pub fn render(
        &self,
        context: &Context<'_>,
        as_written: &mut dyn FnMut(ValuePlace, &mut String) -> bool,
        out: &mut String,
    ) {
        let mut shown = String::new();
        for part in &self.parts {
            let value = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Value(value) => value,
            };
            shown.clear();
            let written = value.place(context).is_some_and(|place| as_written(place, &mut shown));
            if !written {
                shown.clear();
                push_value(&value.evaluate(context), &mut shown);
            }
            match self.escaping {
                Escaping::None => out.push_str(&shown),
                Escaping::Json => {
                    let quoted = serde_json::Value::from(shown.as_str()).to_string();
                    let inside = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                    out.push_str(inside.unwrap_or_default());
                }
            }
        }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// Where the expression at the start of `text` ends: at the first `}}` outside of a text in quotes.
fn end_of(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (Some('"'), '\\') => {
                chars.next();
            }
            (Some(open), _) if open == char => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(char),
            (None, '}') if text.get(at..)?.starts_with(CLOSE) => return Some(at),
            _ => {}
        }
    }
    None
}

fn push_value(value: &Value, out: &mut String) {
    use std::fmt::Write as _;
    // Writing to a string cannot fail.
    let _written = match value {
        Value::Missing | Value::List(_) => Ok(()),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Float(value) => write!(out, "{value:?}"),
        Value::Text(text) => {
            out.push_str(text);
            Ok(())
        }
    };
}

#[cfg(test)]
mod tests {
    use tripline_event::{Event, EventPosition, FieldId, FieldTable, Timestamp, Value};

    use super::{Escaping, Template};
    use crate::{Binder, Context, MatchedEvents, NodeIndex, ValuePlace};

    /// Two events of one node, with a price each.
    struct Carts;

    impl MatchedEvents for Carts {
        fn count(&self, _: NodeIndex) -> usize {
            2
        }

        fn value(&self, _: NodeIndex, index: usize, _: FieldId) -> Value {
            [Value::Int(7), Value::Float(2.5)].get(index).cloned().unwrap_or_default()
        }

        fn time(&self, _: NodeIndex, index: usize) -> Option<Timestamp> {
            [0, 1_000].get(index).copied().map(Timestamp::from_millis)
        }

        fn sum(&self, node: NodeIndex, field: FieldId) -> Value {
            self.totals(node, field).sum
        }
    }

    fn render(text: &str, escaping: Escaping) -> String {
        let mut fields = FieldTable::new();
        fields.intern("user");
        let mut binder = Binder::new(&mut fields, &["cart"]);
        let template = Template::compile(text, escaping, &mut binder)
            .unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let values = [Value::from("O'Neil \"x\"")];
        let event = Event {
            time: Timestamp::from_millis(5_000),
            happened: Timestamp::from_millis(5_000),
            position: EventPosition::default(),
            values: &values,
            payload: b"",
        };
        let mut as_written = |place, shown: &mut String| {
            let found = matches!(place, ValuePlace::Matched { index: 1, .. });
            if found {
                shown.push_str("2.50");
            }
            found
        };
        let mut out = String::new();
        template.render(&Context { event, matched: &Carts }, &mut as_written, &mut out);
        out
    }

    #[test]
    fn writes_values_where_expressions_stand() {
        let check = |text: &str, expected: &str| {
            assert_eq!(render(text, Escaping::None), expected, "{text}");
        };
        check("", "");
        check("no expression, and } or { alone", "no expression, and } or { alone");
        check("{{user}} took {{ size(cart) }}", "O'Neil \"x\" took 2");
        check("{{cart[0].price}} {{cart[1].price}} {{last(cart.price)}}", "7 2.50 2.50");
        check("{{sum(cart.price)}}, {{cart[1].price * 2}}", "9.5, 5.0");
        check("[{{nothing}}] [{{cart[9].price}}]", "[] []");
        check("{{size(cart) > 1 ? 'many }}' : \"a \\\" one\"}}", "many }}");
        check("{{(ts - cart[0].ts) / 1000}} s", "5 s");
        check("{{size(cart) == 2}}", "true");
    }

    #[test]
    fn escapes_what_stands_in_json() {
        let json = render(r#"{"user": "{{user}}", "count": {{size(cart)}}}"#, Escaping::Json);
        assert_eq!(json, r#"{"user": "O'Neil \"x\"", "count": 2}"#);
    }

    #[test]
    fn faults_have_their_places() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let mut fields = FieldTable::new();
            let mut binder = Binder::new(&mut fields, &["cart"]);
            let errors = Template::compile(text, Escaping::None, &mut binder).unwrap_err();
            let found: Vec<(&str, String)> = errors
                .iter()
                .map(|error| (text.get(error.span.clone()).unwrap(), error.message.to_string()))
                .collect();
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for ((place, message), (at, part)) in found.iter().zip(expected) {
                assert_eq!(place, at, "{text}");
                assert!(message.contains(part), "{text}: {message}");
            }
        };
        check("{{user}} and {{user", &[("{{", "has no `}}`")]);
        check("{{totl(x)}} of {{size(basket)}}", &[("totl", "no function"), ("basket", "no node")]);
    }
}
