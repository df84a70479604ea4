//! The bound tree, and how it is evaluated: directly, without an allocation but where a function makes a long text.
//!
//! The tree is as deep as the text nests (chains are lists), so evaluating and dropping it recurse no deeper.

use jiff::tz::TimeZone;
use smallvec::SmallVec;
use smol_str::SmolStr;
use tripline_event::{FieldId, SetId, StatId, Value};

use super::ast::{Arithmetic, Literal, Relation};
use super::column::Column;
use super::function::{Aggregate, Function, Part};
use super::members::Members;
use super::pattern::Pattern;
use super::scalar::{Scalar, calculate, compare};
use super::{call, outlook, zone};
use crate::{Ask, Condition, Context, Fact, NodeIndex, Outlook, Truth};

/// An expression bound to field and node numbers.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) test: Test,
    /// What it asks for beside events.
    pub(super) asks: Vec<Ask>,
}

impl Condition for Expression {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        self.test.evaluate(context)
    }

    fn outlook(&self, empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        outlook::outlook(&self.test, empty)
    }

    fn facts(&self, each: &mut dyn FnMut(Fact)) {
        outlook::facts(&self.test, each);
    }

    fn asks(&self, each: &mut dyn FnMut(Ask)) {
        self.asks.iter().copied().for_each(each);
    }
}

/// What gives a truth.
#[derive(Debug)]
pub(super) enum Test {
    Constant(bool),
    /// `field == 'text'` and `field != 'text'`, the commonest of all conditions.
    FieldIsText {
        field: FieldId,
        text: SmolStr,
        negated: bool,
    },
    /// A field against a number.
    FieldNumber {
        field: FieldId,
        relation: Relation,
        number: Number,
    },
    Compare {
        left: Code,
        relation: Relation,
        right: Code,
    },
    /// `a < b == c` and the like, from the left; at least two relations.
    CompareChain {
        first: Code,
        rest: Vec<(Relation, Code)>,
    },
    In {
        item: Code,
        members: Members,
    },
    /// A list whose items are not all constants.
    InList {
        item: Code,
        list: Vec<Code>,
    },
    InColumn {
        item: Code,
        column: Column,
    },
    Between {
        item: Code,
        low: Code,
        high: Code,
    },
    Matches {
        item: Code,
        pattern: Pattern,
    },
    Choose(Box<(Self, Self, Self)>),
    /// Whether something is in a set that the engine keeps.
    InSet {
        set: SetId,
        member: Vec<Code>,
    },
    IsNil {
        operand: Code,
        negated: bool,
    },
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    /// A value as truth; `otherwise` is what a value counts as that is neither missing nor a boolean.
    Value {
        code: Code,
        otherwise: Truth,
    },
}

/// A constant number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

/// What gives a value.
#[derive(Debug)]
pub(super) enum Code {
    Constant(Literal),
    /// A parameter without a value.
    Missing,
    Field(FieldId),
    /// The event's time.
    Time,
    /// The running value of an aggregate.
    Stat(StatId),
    Count(NodeIndex),
    Sum(NodeIndex, FieldId),
    /// The average, the smallest or the largest of the numbers in a field.
    Total(Aggregate, NodeIndex, FieldId),
    /// Any other value over all events of a node, or over an array.
    Aggregate(Aggregate, Column),
    Call(Function, Vec<Self>),
    /// A part of a moment in a zone.
    Zoned(Part, Box<Self>, TimeZone),
    /// A moment in a text.
    Timestamp(Box<Self>, TimeZone),
    Choose(Box<(Test, Self, Self)>),
    Item {
        node: NodeIndex,
        index: Box<Self>,
        field: FieldId,
    },
    ItemTime {
        node: NodeIndex,
        index: Box<Self>,
    },
    Negate(Box<Self>),
    Arithmetic {
        first: Box<Self>,
        rest: Vec<(Arithmetic, Self)>,
    },
    Test(Box<Test>),
}

impl Test {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        match self {
            Self::Constant(value) => Truth::from(*value),
            Self::FieldIsText { field, text, negated } => match context.event.value(*field) {
                Value::Missing | Value::List(_) => Truth::Unknown,
                Value::Text(value) => Truth::from((value.as_str() == text.as_str()) != *negated),
                _ => Truth::from(*negated),
            },
            Self::FieldNumber { field, relation, number } => {
                number.compare(*relation, context.event.value(*field))
            }
            Self::Compare { left, relation, right } => {
                compare(*relation, &left.value(context), &right.value(context))
            }
            Self::CompareChain { first, rest } => {
                let mut value = first.value(context);
                for (relation, right) in rest {
                    value = compare(*relation, &value, &right.value(context)).into();
                }
                truth(&value, Truth::Unknown)
            }
            Self::In { item, members } => is_member(item, members, context),
            Self::InList { item, list } => {
                let item = item.value(context);
                let equal = |code: &Code| compare(Relation::Equal, &item, &code.value(context));
                any(list, equal)
            }
            Self::InColumn { item, column } => column.contains(&item.value(context), context),
            Self::Between { item, low, high } => {
                let item = item.value(context);
                compare(Relation::GreaterOrEqual, &item, &low.value(context)).and(compare(
                    Relation::LessOrEqual,
                    &item,
                    &high.value(context),
                ))
            }
            Self::Matches { item, pattern } => match item.value(context) {
                Scalar::Missing => Truth::Unknown,
                value => {
                    value.as_text().map_or(Truth::False, |text| call::matches(&pattern.whole, text))
                }
            },
            Self::Choose(branches) => {
                let (test, then, otherwise) = &**branches;
                match test.evaluate(context) {
                    Truth::True => then.evaluate(context),
                    Truth::False => otherwise.evaluate(context),
                    Truth::Unknown => Truth::Unknown,
                }
            }
            Self::InSet { set, member } => {
                let parts = member.iter().map(|part| part.owned(context));
                let parts: SmallVec<[Value; 2]> = parts.collect();
                context.matched.in_set(*set, &parts, context.event.time)
            }
            Self::IsNil { operand, negated } => {
                Truth::from(operand.value(context).is_missing() != *negated)
            }
            Self::Not(test) => !test.evaluate(context),
            Self::And(tests) => all(tests, context),
            Self::Or(tests) => any(tests, |test| test.evaluate(context)),
            Self::Value { code, otherwise } => truth(&code.value(context), *otherwise),
        }
    }
}

fn is_member(item: &Code, members: &Members, context: &Context<'_>) -> Truth {
    // The common case goes without a scalar.
    if let Code::Field(field) = item
        && let Value::Text(text) = context.event.value(*field)
    {
        return Truth::from(members.has_text(text));
    }
    match item.value(context) {
        Scalar::Missing => Truth::Unknown,
        value => Truth::from(members.contains(&value)),
    }
}

/// Stops at the first false; an unknown goes on, since a false may follow.
fn all(tests: &[Test], context: &Context<'_>) -> Truth {
    let mut known = Truth::True;
    for test in tests {
        match test.evaluate(context) {
            Truth::False => return Truth::False,
            Truth::Unknown => known = Truth::Unknown,
            Truth::True => {}
        }
    }
    known
}

/// Stops at the first true; an unknown goes on, since a true may follow.
fn any<T>(tests: &[T], evaluate: impl Fn(&T) -> Truth) -> Truth {
    let mut known = Truth::False;
    for test in tests {
        match evaluate(test) {
            Truth::True => return Truth::True,
            Truth::Unknown => known = Truth::Unknown,
            Truth::False => {}
        }
    }
    known
}

fn truth(value: &Scalar<'_>, otherwise: Truth) -> Truth {
    match value {
        Scalar::Missing => Truth::Unknown,
        Scalar::Bool(value) => Truth::from(*value),
        _ => otherwise,
    }
}

impl Number {
    fn compare(self, relation: Relation, value: &Value) -> Truth {
        let holds = match (value, self) {
            (Value::Missing | Value::List(_), _) => return Truth::Unknown,
            (Value::Int(value), Self::Int(number)) => relation.holds(value, &number),
            (Value::Int(value), Self::Float(number)) => relation.holds_mixed(*value, number),
            (Value::Float(value), Self::Int(number)) => {
                relation.mirrored().holds_mixed(number, *value)
            }
            (Value::Float(value), Self::Float(number)) => relation.holds(value, &number),
            (Value::Bool(_) | Value::Text(_), _) => relation.holds_across_kinds(),
        };
        Truth::from(holds)
    }
}

impl Code {
    pub(super) const fn constant(&self) -> Option<&Literal> {
        match self {
            Self::Constant(literal) => Some(literal),
            _ => None,
        }
    }

    pub(super) fn value<'a>(&'a self, context: &'a Context<'_>) -> Scalar<'a> {
        match self {
            Self::Constant(literal) => literal.into(),
            Self::Missing => Scalar::Missing,
            Self::Field(field) => context.event.value(*field).into(),
            Self::Time => Scalar::Int(context.event.time.as_millis()),
            Self::Stat(stat) => context.matched.stat(*stat, &context.event).into(),
            Self::Count(node) => {
                Scalar::Int(i64::try_from(context.matched.count(*node)).unwrap_or(i64::MAX))
            }
            Self::Sum(node, field) => context.matched.sum(*node, *field).into(),
            Self::Total(aggregate, node, field) => {
                let totals = context.matched.totals(*node, *field);
                Scalar::from(match aggregate {
                    Aggregate::Average => totals.average(),
                    Aggregate::Min => totals.min,
                    _ => totals.max,
                })
            }
            Self::Aggregate(aggregate, column) => column.aggregate(*aggregate, context),
            Self::Call(function, arguments) => call::call(*function, arguments, context),
            Self::Zoned(part, time, zone) => match time.value(context) {
                Scalar::Int(millis) => zone::part(*part, millis, zone),
                _ => Scalar::Missing,
            },
            Self::Timestamp(time, zone) => match time.value(context) {
                Scalar::Int(millis) => Scalar::Int(millis),
                value => value
                    .as_text()
                    .and_then(|text| zone::parse(text, zone))
                    .map_or(Scalar::Missing, Scalar::Int),
            },
            Self::Choose(branches) => {
                let (test, then, otherwise) = &**branches;
                match test.evaluate(context) {
                    Truth::True => then.value(context),
                    Truth::False => otherwise.value(context),
                    Truth::Unknown => Scalar::Missing,
                }
            }
            Self::Item { node, index, field } => match index.position(context) {
                Some(index) => context.matched.value(*node, index, *field).into(),
                None => Scalar::Missing,
            },
            Self::ItemTime { node, index } => index
                .position(context)
                .and_then(|index| context.matched.time(*node, index))
                .map_or(Scalar::Missing, |time| Scalar::Int(time.as_millis())),
            Self::Negate(operand) => {
                // `0 - x` keeps 0.0 from becoming -0.0.
                calculate(Arithmetic::Subtract, &Scalar::Int(0), &operand.value(context))
            }
            Self::Arithmetic { first, rest } => {
                let mut value = first.value(context);
                for (operator, right) in rest {
                    value = calculate(*operator, &value, &right.value(context));
                }
                value
            }
            Self::Test(test) => test.evaluate(context).into(),
        }
    }

    /// The value as one that can be kept; that of a field without an allocation.
    fn owned(&self, context: &Context<'_>) -> Value {
        match self {
            Self::Field(field) => context.event.value(*field).clone(),
            _ => self.value(context).into(),
        }
    }

    /// The value as an index; nothing unless it is an integer from 0.
    pub(super) fn position(&self, context: &Context<'_>) -> Option<usize> {
        match self.value(context) {
            Scalar::Int(value) => usize::try_from(value).ok(),
            _ => None,
        }
    }
}
