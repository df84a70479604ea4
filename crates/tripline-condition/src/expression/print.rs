//! [`Ast`] → text that parses to an equal one.

use std::fmt;

use super::ast::{Ast, AstKind, Field, Level, Literal};
use super::lexer::is_name;

/// Writes `ast`, in parentheses unless it binds tighter than the level around it.
fn write_within(f: &mut fmt::Formatter<'_>, ast: &Ast, tighter_than: Level) -> fmt::Result {
    if ast.level() > tighter_than { write!(f, "{ast}") } else { write!(f, "({ast})") }
}

impl fmt::Display for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            AstKind::Literal(literal) => literal.fmt(f),
            AstKind::Nil | AstKind::Missing => f.write_str("nil"),
            AstKind::Parameter(path) => path.fmt(f),
            AstKind::Time => f.write_str(super::TIME),
            AstKind::Path(parts) | AstKind::Items(parts) => write_path(f, parts),
            AstKind::Column { node, field } => {
                write_name(f, &node.text)?;
                write!(f, ".map(e, e.{field})")
            }
            AstKind::Item { node, index, field } => {
                write_name(f, &node.text)?;
                f.write_str("[")?;
                write_within(f, index, Level::Relation)?;
                write!(f, "].{field}")
            }
            AstKind::Call { function, arguments } => {
                if let Some((rule, name)) = named_stat(&function.text, arguments) {
                    write!(f, "{}({rule}).", function.text)?;
                    return write_name(f, name);
                }
                write!(f, "{}(", function.text)?;
                separated(f, arguments)?;
                f.write_str(")")
            }
            AstKind::List(items) => {
                f.write_str("[")?;
                separated(f, items)?;
                f.write_str("]")
            }
            AstKind::Not(operand) => {
                f.write_str("!")?;
                write_within(f, operand, Level::Product)
            }
            AstKind::Negate(operand) => {
                f.write_str("-")?;
                write_within(f, operand, Level::Product)
            }
            AstKind::In { .. } | AstKind::Between { .. } | AstKind::Matches { .. } => {
                write_relation(f, &self.kind)
            }
            AstKind::Choose { test, then, otherwise } => {
                write_within(f, test, Level::Choice)?;
                write!(f, " ? {then} : {otherwise}")
            }
            AstKind::Chain { first, rest } => {
                let level = self.level();
                write_within(f, first, level)?;
                for (operator, operand) in rest {
                    write!(f, " {} ", operator.symbol())?;
                    write_within(f, operand, level)?;
                }
                Ok(())
            }
        }
    }
}

/// The rule and the aggregate, where a name can stand behind the parentheses.
fn named_stat<'a>(function: &str, arguments: &'a [Ast]) -> Option<(&'a Ast, &'a str)> {
    let [rule, Ast { kind: AstKind::Literal(Literal::Text(name)), .. }] = arguments else {
        return None;
    };
    let can_be_quoted = !name.is_empty() && !name.contains(['`', '\n', '\r']);
    (function == super::function::STAT && can_be_quoted).then_some((rule, name))
}

fn write_relation(f: &mut fmt::Formatter<'_>, kind: &AstKind) -> fmt::Result {
    match kind {
        AstKind::In { item, list } => {
            write_within(f, item, Level::Relation)?;
            write!(f, " in {list}")
        }
        AstKind::Between { item, low, high } => {
            write_within(f, item, Level::Relation)?;
            f.write_str(" between ")?;
            write_within(f, low, Level::Relation)?;
            f.write_str(" and ")?;
            write_within(f, high, Level::Relation)
        }
        AstKind::Matches { item, pattern } => {
            write_within(f, item, Level::Relation)?;
            write!(f, " matches {pattern}")
        }
        _ => Ok(()),
    }
}

fn separated<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

/// The name of a node as expressions write it: in backticks unless it reads as a name without.
#[must_use]
pub fn node_name(name: &str) -> String {
    let plain = is_name(name) && !super::parser::is_keyword(name) && name != super::TIME;
    if plain && name != "params" { name.to_owned() } else { format!("`{name}`") }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_name(name) { f.write_str(name) } else { write!(f, "`{name}`") }
}

/// A name, and the places in arrays behind it.
fn name_and_places(part: &str) -> (&str, &str) {
    let mut name = part;
    while let Some((before, index)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('['))
        && index.bytes().all(|byte| byte.is_ascii_digit())
        && !before.is_empty()
    {
        name = before;
    }
    part.split_at(name.len())
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &str) -> fmt::Result {
    let (name, places) = name_and_places(part);
    write_name(f, name)?;
    f.write_str(places)
}

fn write_path(f: &mut fmt::Formatter<'_>, parts: &[String]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(".")?;
        }
        let (_, places) = name_and_places(part);
        let first = match part.as_str() {
            super::TIME => parts.len() == 1,
            // Else it would be read as an item of a node.
            _ if parts.len() > 1 && places.len() > 2 && places.matches('[').count() == 1 => true,
            "params" => parts.len() > 1,
            name => super::parser::is_keyword(name),
        };
        // Before a dot only the last part could be taken for a `map`, and that has a parenthesis.
        if index == 0 && first { write!(f, "`{part}`")? } else { write_part(f, part)? }
    }
    Ok(())
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => f.write_str(super::TIME),
            Self::Path(path) if path == super::TIME => write!(f, "`{path}`"),
            Self::Path(path) if path.split('.').all(|part| is_name(name_and_places(part).0)) => {
                f.write_str(path)
            }
            Self::Path(path) => write!(f, "`{path}`"),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            // `{:?}` keeps the point or the exponent, and is the shortest text that reads back equal.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) if text.contains('\'') => {
                f.write_str("\"")?;
                for char in text.chars() {
                    if matches!(char, '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{char}")?;
                }
                f.write_str("\"")
            }
            Self::Text(text) => write!(f, "'{text}'"),
        }
    }
}
