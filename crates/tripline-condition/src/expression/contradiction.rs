//! Comparisons joined by `&&` that no event can meet together: `price > 5 && price < 3`.

use std::collections::BTreeMap;

use tripline_event::{FieldId, FieldTable};

use super::ast::Relation;
use super::eval::{Number, Test};
use super::scalar::as_exact_float;

/// What the comparisons with constants so far leave of a field's values.
#[derive(Default)]
struct Left<'t> {
    text: Option<&'t str>,
    /// The largest lower bound, and whether it is left out.
    low: Option<(f64, bool)>,
    /// The smallest upper bound, and whether it is left out.
    high: Option<(f64, bool)>,
}

/// The path of a field of which `&&` asks what cannot be, anywhere in `test`.
///
/// Recursion is bounded as the depth of the text is.
pub(super) fn contradicted<'f>(test: &Test, fields: &'f FieldTable) -> Option<&'f str> {
    match test {
        Test::And(tests) => within(tests)
            .and_then(|field| fields.path(field))
            .or_else(|| tests.iter().find_map(|test| contradicted(test, fields))),
        Test::Or(tests) => tests.iter().find_map(|test| contradicted(test, fields)),
        Test::Not(test) => contradicted(test, fields),
        Test::Choose(branches) => {
            let (test, then, otherwise) = &**branches;
            [test, then, otherwise].into_iter().find_map(|test| contradicted(test, fields))
        }
        _ => None,
    }
}

/// Whether no event meets all of `tests`.
pub(super) fn contradictory(tests: &[Test]) -> bool {
    within(tests).is_some()
}

fn within(tests: &[Test]) -> Option<FieldId> {
    let mut fields: BTreeMap<FieldId, Left<'_>> = BTreeMap::new();
    for test in tests {
        let (field, possible) = match test {
            Test::FieldIsText { field, text, negated: false } => {
                (*field, fields.entry(*field).or_default().is_text(text))
            }
            Test::FieldNumber { field, relation, number } => {
                (*field, fields.entry(*field).or_default().is_number(*relation, *number))
            }
            _ => continue,
        };
        if !possible {
            return Some(field);
        }
    }
    None
}

impl<'t> Left<'t> {
    /// Takes in that the field is `text`; false if nothing is left.
    fn is_text(&mut self, text: &'t str) -> bool {
        self.low.is_none() && self.high.is_none() && *self.text.get_or_insert(text) == text
    }

    /// Takes in a comparison with a number; false if nothing is left.
    fn is_number(&mut self, relation: Relation, number: Number) -> bool {
        let number = match number {
            Number::Int(number) => match as_exact_float(number) {
                Some(number) => number,
                // Nothing is said of what a double cannot hold.
                None => return true,
            },
            Number::Float(number) => number,
        };
        let above = |strict| Some((number, strict));
        let (low, high) = match relation {
            Relation::NotEqual => return true,
            Relation::Equal => (above(false), above(false)),
            Relation::Greater => (above(true), None),
            Relation::GreaterOrEqual => (above(false), None),
            Relation::Less => (None, above(true)),
            Relation::LessOrEqual => (None, above(false)),
        };
        if let Some((bound, strict)) = low
            && self.low.is_none_or(|(least, open)| bound > least || (bound == least && !open))
        {
            self.low = Some((bound, strict));
        }
        if let Some((bound, strict)) = high
            && self.high.is_none_or(|(most, open)| bound < most || (bound == most && !open))
        {
            self.high = Some((bound, strict));
        }
        let possible = match (self.low, self.high) {
            (Some((low, open)), Some((high, closed))) => {
                low < high || (low == high && !open && !closed)
            }
            _ => true,
        };
        possible && self.text.is_none()
    }
}
