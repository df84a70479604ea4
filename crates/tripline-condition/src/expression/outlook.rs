//! What an expression can be at all, and what it says of matched events: found in the bound tree.

use tripline_event::{Event, EventPosition, Timestamp};

use super::ast::{Arithmetic, Literal, Relation};
use super::column::Column;
use super::contradiction::contradictory;
use super::eval::{Code, Test};
use super::scalar::{Scalar, compare};
use crate::{Context, Fact, NoMatchedEvents, NodeIndex, Outlook, Truth};

/// Whether a node has taken no events.
type Empty<'e> = &'e dyn Fn(NodeIndex) -> bool;

/// A context in which no node has taken an event; nothing that reads the event itself is asked in it.
const NOTHING: Context<'_> = Context {
    event: Event {
        time: Timestamp::MIN,
        happened: Timestamp::MIN,
        position: EventPosition { source: 0, partition: 0, offset: 0 },
        values: &[],
        payload: b"{}",
    },
    matched: &NoMatchedEvents,
};

/// What `test` can be while the `empty` nodes have taken no events.
///
/// Recursion is bounded as the depth of the text is.
pub(super) fn outlook(test: &Test, empty: Empty<'_>) -> Outlook {
    match test {
        Test::Constant(value) => Outlook::only(Truth::from(*value)),
        Test::FieldIsText { .. } | Test::FieldNumber { .. } | Test::CompareChain { .. } => {
            Outlook::OPEN
        }
        Test::Compare { left, relation, right } => compared(left, *relation, right, empty),
        Test::In { item, .. } | Test::Matches { item, .. } => match known(item, empty) {
            Some(Scalar::Missing) => Outlook::only(Truth::Unknown),
            _ => Outlook::OPEN,
        },
        Test::InList { item, list } => {
            let equal = list.iter().map(|each| compared(item, Relation::Equal, each, empty));
            equal.reduce(Outlook::or).unwrap_or(Outlook::OPEN)
        }
        Test::InColumn { column: Column::Matched { node, .. }, .. } if empty(*node) => {
            Outlook::OPEN.without_true()
        }
        Test::InColumn { .. } | Test::InSet { .. } => Outlook::OPEN,
        Test::Between { item, low, high } => compared(item, Relation::GreaterOrEqual, low, empty)
            .and(compared(item, Relation::LessOrEqual, high, empty)),
        Test::Choose(branches) => {
            let (test, then, otherwise) = &**branches;
            let test = outlook(test, empty);
            if test.always_holds() {
                outlook(then, empty)
            } else if (!test).always_holds() {
                outlook(otherwise, empty)
            } else {
                let unknown = Outlook::only(Truth::Unknown);
                outlook(then, empty).either(outlook(otherwise, empty)).either(unknown)
            }
        }
        Test::IsNil { operand, negated } => match known(operand, empty) {
            Some(value) => Outlook::only(Truth::from(value.is_missing() != *negated)),
            None => Outlook::OPEN.without_unknown(),
        },
        Test::Not(test) => !outlook(test, empty),
        Test::And(tests) => {
            let each = tests.iter().map(|test| outlook(test, empty));
            let all = each.reduce(Outlook::and).unwrap_or(Outlook::OPEN);
            if contradictory(tests) { all.without_true() } else { all }
        }
        Test::Or(tests) => {
            let each = tests.iter().map(|test| outlook(test, empty));
            each.reduce(Outlook::or).unwrap_or(Outlook::OPEN)
        }
        Test::Value { code, .. } => match known(code, empty) {
            Some(Scalar::Bool(value)) => Outlook::only(Truth::from(value)),
            Some(Scalar::Missing) => Outlook::only(Truth::Unknown),
            _ => Outlook::OPEN,
        },
    }
}

fn compared(left: &Code, relation: Relation, right: &Code, empty: Empty<'_>) -> Outlook {
    match (known(left, empty), known(right, empty)) {
        (Some(Scalar::Missing), _) | (_, Some(Scalar::Missing)) => Outlook::only(Truth::Unknown),
        (Some(left), Some(right)) => Outlook::only(compare(relation, &left, &right)),
        _ => Outlook::OPEN,
    }
}

/// The value of `code` if it is the same for every event.
fn known<'c>(code: &'c Code, empty: Empty<'_>) -> Option<Scalar<'c>> {
    match code {
        Code::Constant(_) | Code::Missing => Some(code.value(&NOTHING)),
        Code::Count(node) | Code::Sum(node, _) | Code::Total(_, node, _) if empty(*node) => {
            Some(code.value(&NOTHING))
        }
        Code::Aggregate(_, Column::Matched { node, .. }) if empty(*node) => {
            Some(code.value(&NOTHING))
        }
        Code::Item { node, .. } | Code::ItemTime { node, .. } if empty(*node) => {
            Some(Scalar::Missing)
        }
        Code::Negate(operand) => known(operand, empty).map(|_| code.value(&NOTHING)),
        Code::Arithmetic { first, rest } => {
            let mut all_known = true;
            for operand in std::iter::once(&**first).chain(rest.iter().map(|(_, code)| code)) {
                match known(operand, empty) {
                    Some(Scalar::Missing) => return Some(Scalar::Missing),
                    Some(_) => {}
                    None => all_known = false,
                }
            }
            all_known.then(|| code.value(&NOTHING))
        }
        _ => None,
    }
}

/// Calls `each` for what holds whenever `test` does.
pub(super) fn facts(test: &Test, each: &mut dyn FnMut(Fact)) {
    let conjuncts = match test {
        Test::And(tests) => tests.as_slice(),
        test => std::slice::from_ref(test),
    };
    for test in conjuncts {
        let Test::Compare { left, relation, right } = test else { continue };
        if let Some(fact) = same_field(left, *relation, right)
            .or_else(|| after(left, *relation, right))
            .or_else(|| after(right, relation.mirrored(), left))
        {
            each(fact);
        }
    }
}

/// `f == N[0].f`, from either side.
fn same_field(left: &Code, relation: Relation, right: &Code) -> Option<Fact> {
    let ((Code::Field(field), Code::Item { node, field: taken, .. })
    | (Code::Item { node, field: taken, .. }, Code::Field(field))) = (left, right)
    else {
        return None;
    };
    (relation == Relation::Equal && field == taken)
        .then_some(Fact::SameField { field: *field, node: *node })
}

/// `ts - N[0].ts > 5m`, or `ts > N[0].ts + 5m`.
fn after(left: &Code, relation: Relation, right: &Code) -> Option<Fact> {
    let least = match relation {
        Relation::Greater => 1,
        Relation::GreaterOrEqual => 0,
        _ => return None,
    };
    let (node, gap) = match (left, right) {
        (Code::Arithmetic { first, rest }, Code::Constant(Literal::Int(gap))) => {
            let [(Arithmetic::Subtract, Code::ItemTime { node, .. })] = rest.as_slice() else {
                return None;
            };
            matches!(**first, Code::Time).then_some((*node, *gap))?
        }
        (Code::Time, Code::Arithmetic { first, rest }) => {
            let Code::ItemTime { node, .. } = **first else { return None };
            let [(Arithmetic::Add, Code::Constant(Literal::Int(gap)))] = rest.as_slice() else {
                return None;
            };
            (node, *gap)
        }
        _ => return None,
    };
    Some(Fact::After { node, least_ms: gap.saturating_add(least) })
}
