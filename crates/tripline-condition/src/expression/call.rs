//! What the functions of values do; an argument that does not fit makes the result missing.

use regex::Regex;
use smol_str::{SmolStr, StrExt, format_smolstr};

use super::ast::Relation;
use super::decimal;
use super::eval::Code;
use super::function::Function;
use super::scalar::{Scalar, compare};
use crate::{Context, Truth};

/// A longer text is missing to functions and patterns, in bytes: what is linear in it stays quick.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Whether the whole of `text` matches; unknown if it is too long.
pub(super) fn matches(pattern: &Regex, text: &str) -> Truth {
    if text.len() > MAX_TEXT_BYTES { Truth::Unknown } else { pattern.is_match(text).into() }
}

/// Calls a function; the check has seen to it that there are enough arguments.
pub(super) fn call<'a>(
    function: Function,
    arguments: &'a [Code],
    context: &'a Context<'_>,
) -> Scalar<'a> {
    match function {
        Function::Coalesce => arguments
            .iter()
            .map(|argument| argument.value(context))
            .find(|value| !value.is_missing())
            .unwrap_or(Scalar::Missing),
        Function::Concat => concat(arguments, context),
        Function::Min => extreme(Relation::Less, arguments, context),
        Function::Max => extreme(Relation::Greater, arguments, context),
        _ => {
            let mut values = arguments.iter().map(|argument| argument.value(context));
            let first = values.next().unwrap_or(Scalar::Missing);
            if first.is_missing() {
                return Scalar::Missing;
            }
            match values.next() {
                None => one(function, &first),
                Some(second) => two(function, &first, &second, values.next().as_ref()),
            }
        }
    }
}

/// A function of one value.
fn one<'a>(function: Function, value: &Scalar<'a>) -> Scalar<'a> {
    match function {
        Function::Length | Function::Lower | Function::Upper | Function::Trim => {
            of_text(function, value)
        }
        Function::Long => long(value),
        Function::Double => double(value),
        Function::Text => text(value).map_or(Scalar::Missing, Scalar::Shared),
        Function::Abs => match value {
            Scalar::Int(value) => value.checked_abs().map_or(Scalar::Missing, Scalar::Int),
            Scalar::Float(value) => Scalar::Float(value.abs()),
            _ => Scalar::Missing,
        },
        Function::Floor | Function::Ceil | Function::Round => match value {
            Scalar::Int(value) => Scalar::Int(*value),
            Scalar::Float(value) => whole(match function {
                Function::Floor => value.floor(),
                Function::Ceil => value.ceil(),
                _ => value.round(),
            }),
            _ => Scalar::Missing,
        },
        Function::Sqrt | Function::Log | Function::Log10 => match number(value) {
            Some(value) => finite(match function {
                Function::Sqrt => value.sqrt(),
                Function::Log => value.ln(),
                _ => value.log10(),
            }),
            None => Scalar::Missing,
        },
        _ => Scalar::Missing,
    }
}

fn of_text<'a>(function: Function, value: &Scalar<'a>) -> Scalar<'a> {
    if function == Function::Trim
        && let Scalar::Text(text) = value
    {
        return Scalar::Text(text.trim());
    }
    let Some(text) = short(value) else { return Scalar::Missing };
    match function {
        Function::Length => count(text.chars().count()),
        Function::Lower => Scalar::Shared(text.to_lowercase_smolstr()),
        Function::Upper => Scalar::Shared(text.to_uppercase_smolstr()),
        _ => Scalar::Shared(SmolStr::new(text.trim())),
    }
}

/// A function of two or three values.
fn two<'a>(
    function: Function,
    first: &Scalar<'a>,
    second: &Scalar<'_>,
    third: Option<&Scalar<'_>>,
) -> Scalar<'a> {
    match function {
        Function::Slice => slice(first, second, third),
        Function::Pow => match (number(first), number(second)) {
            (Some(base), Some(exponent)) => finite(base.powf(exponent)),
            _ => Scalar::Missing,
        },
        Function::Round => match (first, position(second)) {
            (Scalar::Int(value), Some(_)) => Scalar::Int(*value),
            (Scalar::Float(value), Some(digits)) => Scalar::Float(decimal::round(*value, digits)),
            _ => Scalar::Missing,
        },
        _ => {
            let (Some(text), Some(part)) = (short(first), short(second)) else {
                return Scalar::Missing;
            };
            match function {
                Function::Contains => Scalar::Bool(text.contains(part)),
                Function::StartsWith => Scalar::Bool(text.starts_with(part)),
                Function::EndsWith => Scalar::Bool(text.ends_with(part)),
                Function::IndexOf => match text.find(part) {
                    Some(at) => count(text.get(..at).unwrap_or_default().chars().count()),
                    None => Scalar::Int(-1),
                },
                _ => Scalar::Missing,
            }
        }
    }
}

/// The characters from `from` to before `to`, counted from 0; an end beyond the text is its end.
fn slice<'a>(text: &Scalar<'a>, from: &Scalar<'_>, to: Option<&Scalar<'_>>) -> Scalar<'a> {
    let Some(from) = position(from) else { return Scalar::Missing };
    let length = match to.map(position) {
        None => usize::MAX,
        Some(Some(to)) if to >= from => to - from,
        Some(_) => return Scalar::Missing,
    };
    let cut = |text: &str| {
        let after = text.char_indices().nth(from).map_or(text.len(), |(at, _)| at);
        let rest = text.get(after..).unwrap_or_default();
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        after..after + end
    };
    match text {
        _ if short(text).is_none() => Scalar::Missing,
        Scalar::Text(text) => Scalar::Text(text.get(cut(text)).unwrap_or_default()),
        Scalar::Shared(text) => Scalar::Shared(text.get(cut(text)).unwrap_or_default().into()),
        _ => Scalar::Missing,
    }
}

fn concat(arguments: &[Code], context: &Context<'_>) -> Scalar<'static> {
    let mut joined = String::new();
    for argument in arguments {
        let Some(text) = text(&argument.value(context)) else {
            return Scalar::Missing;
        };
        if joined.len() + text.len() > MAX_TEXT_BYTES {
            return Scalar::Missing;
        }
        joined.push_str(&text);
    }
    Scalar::Shared(joined.into())
}

/// The least or the greatest of some numbers.
fn extreme<'a>(relation: Relation, arguments: &'a [Code], context: &'a Context<'_>) -> Scalar<'a> {
    let mut best = Scalar::Missing;
    for argument in arguments {
        let value = argument.value(context);
        if !matches!(value, Scalar::Int(_) | Scalar::Float(_)) {
            return Scalar::Missing;
        }
        if best.is_missing() || compare(relation, &value, &best).holds() {
            best = value;
        }
    }
    best
}

/// The text, if it is short enough to be worked on.
fn short<'s>(value: &'s Scalar<'_>) -> Option<&'s str> {
    value.as_text().filter(|text| text.len() <= MAX_TEXT_BYTES)
}

#[expect(clippy::cast_precision_loss, reason = "an integer that meets a double becomes one")]
fn number(value: &Scalar<'_>) -> Option<f64> {
    match value {
        Scalar::Int(value) => Some(*value as f64),
        Scalar::Float(value) => Some(*value),
        _ => None,
    }
}

/// An integer from 0.
fn position(value: &Scalar<'_>) -> Option<usize> {
    match value {
        Scalar::Int(value) => usize::try_from(*value).ok(),
        _ => None,
    }
}

fn count(count: usize) -> Scalar<'static> {
    Scalar::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A double without a fraction as an integer where it fits.
fn whole(value: f64) -> Scalar<'static> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if value.abs() < 9.2e18 { Scalar::Int(value as i64) } else { Scalar::Float(value) }
}

/// What is no number (the root of -1) is missing.
fn finite(value: f64) -> Scalar<'static> {
    if value.is_finite() { Scalar::Float(value) } else { Scalar::Missing }
}

fn long(value: &Scalar<'_>) -> Scalar<'static> {
    match value {
        Scalar::Int(value) => Scalar::Int(*value),
        Scalar::Float(value) => match whole(value.trunc()) {
            Scalar::Int(value) => Scalar::Int(value),
            _ => Scalar::Missing,
        },
        _ => value
            .as_text()
            .and_then(|text| text.trim().parse().ok())
            .map_or(Scalar::Missing, Scalar::Int),
    }
}

fn double(value: &Scalar<'_>) -> Scalar<'static> {
    let read = || value.as_text().and_then(|text| text.trim().parse::<f64>().ok());
    number(value).or_else(read).map_or(Scalar::Missing, finite)
}

/// The value as a text; nothing if it is missing, or a text that is too long.
fn text(value: &Scalar<'_>) -> Option<SmolStr> {
    match value {
        Scalar::Missing => None,
        Scalar::Bool(value) => Some(format_smolstr!("{value}")),
        Scalar::Int(value) => Some(format_smolstr!("{value}")),
        // With its point, so that it is not taken for an integer.
        Scalar::Float(value) => Some(format_smolstr!("{value:?}")),
        Scalar::Shared(text) => Some(text.clone()),
        Scalar::Text(_) => short(value).map(SmolStr::new),
    }
}
