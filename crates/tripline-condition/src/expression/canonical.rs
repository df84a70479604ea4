//! The text by which equal conditions are known: of the bound tree, with field paths and node numbers.
//!
//! Two conditions with the same text always agree.
//! The reverse holds for what [`lower`](super::lower) normalises, and for the order of operands of `&&` and `||`.

use jiff::tz::TimeZone;
use tripline_event::{FieldId, FieldTable};

use super::ast::{Literal, Relation};
use super::column::Column;
use super::eval::{Code, Number, Test};
use super::lexer::is_name;
use super::parser::is_keyword;
use crate::{NodeIndex, Truth};

pub(super) fn canonical(test: &Test, fields: &FieldTable) -> String {
    Printer { fields }.test(test)
}

/// The operands' texts joined by `operator`; order and repetition say nothing.
pub(crate) fn joined(operator: &str, mut operands: Vec<String>) -> String {
    operands.sort_unstable();
    operands.dedup();
    match operands.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", operands.join(operator)),
    }
}

/// The texts that were joined by `&&`, however deep, to a condition's canonical text; the text itself if none were.
///
/// If all those of one condition stand among those of another, whatever meets the other meets the one.
#[must_use]
pub fn conjuncts(canonical: &str) -> Vec<&str> {
    let (mut left, mut found) = (vec![canonical], Vec::new());
    while let Some(text) = left.pop() {
        match split(text) {
            Some(parts) => left.extend(parts.into_iter().rev()),
            None => found.push(text),
        }
    }
    found
}

/// The operands if `text` is `(x && y)`.
fn split(text: &str) -> Option<Vec<&str>> {
    const AND: &str = " && ";
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in inner.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            // Where there is none open, the parentheses around are not those of one whole.
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ' ' if depth == 0 && inner.get(at..)?.starts_with(AND) => {
                found.push(inner.get(start..at)?);
                start = at + AND.len();
            }
            _ => {}
        }
    }
    found.push(inner.get(start..)?);
    (found.len() > 1 && depth == 0 && !quoted).then_some(found)
}

struct Printer<'a> {
    fields: &'a FieldTable,
}

impl Printer<'_> {
    fn test(&self, test: &Test) -> String {
        match test {
            Test::Constant(value) => value.to_string(),
            Test::FieldIsText { field, text, negated } => {
                let relation = if *negated { Relation::NotEqual } else { Relation::Equal };
                compared(&self.field(*field), relation, &format!("{text:?}"))
            }
            Test::FieldNumber { field, relation, number } => {
                compared(&self.field(*field), *relation, &number_text(*number))
            }
            Test::Compare { left, relation, right } => {
                compared(&self.code(left), *relation, &self.code(right))
            }
            Test::CompareChain { first, rest } => {
                let rest = rest.iter();
                self.chain(first, rest.map(|(relation, code)| (relation.symbol(), code)))
            }
            Test::In { item, members } => {
                let literals: Vec<String> = members.literals().map(|each| literal(&each)).collect();
                format!("({} in [{}])", self.code(item), literals.join(", "))
            }
            Test::InList { item, list } => {
                format!("({} in [{}])", self.code(item), self.codes(list))
            }
            Test::InColumn { item, column } => {
                format!("({} in {})", self.code(item), self.column(*column))
            }
            Test::Between { item, low, high } => {
                let (low, high) = (self.code(low), self.code(high));
                format!("({} between {low} and {high})", self.code(item))
            }
            Test::Matches { item, pattern } => {
                format!("({} matches {:?})", self.code(item), pattern.text)
            }
            Test::Choose(branches) => {
                let (test, then, otherwise) = &**branches;
                let (then, otherwise) = (self.test(then), self.test(otherwise));
                format!("({} ? {then} : {otherwise})", self.test(test))
            }
            Test::IsNil { operand, negated } => {
                let symbol = if *negated { "!=" } else { "==" };
                format!("({} {symbol} nil)", self.code(operand))
            }
            Test::InSet { set, member } => {
                let name = self.fields.set_name(*set).unwrap_or_default();
                format!("in_set({name:?}, {})", self.codes(member))
            }
            Test::Not(test) => format!("!{}", self.test(test)),
            Test::And(tests) => joined(" && ", self.tests(tests)),
            Test::Or(tests) => joined(" || ", self.tests(tests)),
            Test::Value { code, otherwise } => {
                // The three differ where the value is no boolean.
                let name = match otherwise {
                    Truth::False => "is_true",
                    Truth::Unknown => "boolean",
                    Truth::True => "is_not_false",
                };
                format!("{name}({})", self.code(code))
            }
        }
    }

    fn tests(&self, tests: &[Test]) -> Vec<String> {
        tests.iter().map(|test| self.test(test)).collect()
    }

    fn code(&self, code: &Code) -> String {
        match code {
            Code::Constant(value) => literal(value),
            Code::Missing => "missing()".to_owned(),
            Code::Field(field) => self.field(*field),
            Code::Time => "ts".to_owned(),
            Code::Stat(stat) => {
                let (rule, name) = self.fields.stat_name(*stat).unwrap_or_default();
                format!("stat({rule:?}, {name:?})")
            }
            Code::Count(node) => format!("size({})", number_of(*node)),
            Code::Sum(node, field) => format!("sum({}.{})", number_of(*node), self.field(*field)),
            Code::Total(aggregate, node, field) => {
                let (node, field) = (number_of(*node), self.field(*field));
                format!("{}({node}.{field})", aggregate.name())
            }
            Code::Aggregate(aggregate, column) => {
                format!("{}({})", aggregate.name(), self.column(*column))
            }
            Code::Call(function, arguments) => {
                format!("{function:?}({})", self.codes(arguments))
            }
            Code::Zoned(part, time, zone) => {
                format!("{part:?}({}, {})", self.code(time), zone_name(zone))
            }
            Code::Timestamp(time, zone) => {
                format!("timestamp({}, {})", self.code(time), zone_name(zone))
            }
            Code::Choose(branches) => {
                let (test, then, otherwise) = &**branches;
                let (then, otherwise) = (self.code(then), self.code(otherwise));
                format!("({} ?: {then} : {otherwise})", self.test(test))
            }
            Code::Item { node, index, field } => {
                let (index, field) = (self.code(index), self.field(*field));
                format!("{}[{index}].{field}", number_of(*node))
            }
            Code::ItemTime { node, index } => {
                format!("{}[{}].ts", number_of(*node), self.code(index))
            }
            Code::Negate(operand) => format!("-{}", self.code(operand)),
            Code::Arithmetic { first, rest } => {
                let rest = rest.iter();
                self.chain(first, rest.map(|(operator, code)| (operator.symbol(), code)))
            }
            Code::Test(test) => self.test(test),
        }
    }

    fn codes(&self, codes: &[Code]) -> String {
        let texts: Vec<String> = codes.iter().map(|code| self.code(code)).collect();
        texts.join(", ")
    }

    fn column(&self, column: Column) -> String {
        match column {
            Column::Matched { node, field } => {
                let field = field.map_or_else(|| super::TIME.to_owned(), |field| self.field(field));
                format!("{}.{field}", number_of(node))
            }
            // The path tells whether it is a whole item.
            Column::Array { field, .. } => self.field(field),
        }
    }

    fn chain<'c>(
        &self,
        first: &Code,
        rest: impl Iterator<Item = (&'static str, &'c Code)>,
    ) -> String {
        let mut text = format!("({}", self.code(first));
        for (symbol, code) in rest {
            text.push(' ');
            text.push_str(symbol);
            text.push(' ');
            text.push_str(&self.code(code));
        }
        text.push(')');
        text
    }

    /// The path; quoted if it is not what the grammar takes for a field.
    fn field(&self, field: FieldId) -> String {
        let path = self.fields.path(field).unwrap_or_default();
        let plain = path.split('.').all(is_name);
        if plain && path != super::TIME && !is_keyword(path) {
            path.to_owned()
        } else {
            format!("field({path:?})")
        }
    }
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or_default()
}

fn compared(left: &str, relation: Relation, right: &str) -> String {
    format!("({left} {} {right})", relation.symbol())
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => number_text(Number::Int(*value)),
        Literal::Float(value) => number_text(Number::Float(*value)),
        Literal::Text(text) => format!("{text:?}"),
    }
}

fn number_text(number: Number) -> String {
    match number {
        Number::Int(value) => value.to_string(),
        // `{:?}` tells `1.0` from `1`.
        Number::Float(value) => format!("{value:?}"),
    }
}

fn number_of(node: NodeIndex) -> String {
    format!("#{}", node.0)
}

#[cfg(test)]
mod tests {
    use super::{conjuncts, joined};

    #[test]
    fn what_was_joined_comes_apart() {
        let check = |operands: &[&str]| {
            let text = joined(" && ", operands.iter().map(|&each| each.to_owned()).collect());
            assert_eq!(conjuncts(&text), operands, "{text}");
        };
        check(&["(a == 1)"]);
        check(&["(a == 1)", "(b == 2)"]);
        check(&["((a == 1) || (b == 2))", "(c == \"x && (y\\\" && z\")"]);
        check(&["!((a == 1) && (b == 2))", "Plugin{\"values\":[\"a && b\"]}", "is_true(a)"]);
        check(&["!(a == 1)"]);
        check(&["((a == 1) || (b == 2))"]);
        check(&["InList{\"values\":[\"(a && b)\"]}"]);
        assert_eq!(conjuncts("((a && b) && (c || d) && e)"), ["a", "b", "(c || d)", "e"]);
    }
}
