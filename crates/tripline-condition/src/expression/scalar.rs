//! Values while an expression is evaluated, and what the operators do with them.
//!
//! Numbers behave as Java's `long` and `double`: integers wrap around, `/` of two integers cuts off the fraction and
//! gives nothing for a divisor of zero, and an integer that meets a double becomes one; doubles are calculated with as
//! [`decimal`] says.
//! Texts are ordered by code point; Java orders them by UTF-16 unit, which differs only where a character above
//! U+FFFF meets one of U+E000 to U+FFFF.

use std::cmp::Ordering;

use smol_str::SmolStr;
use tripline_event::Value;

use super::ast::{Arithmetic, Literal, Relation};
use super::decimal;
use crate::Truth;

/// A value, borrowed where it can be.
#[derive(Clone, Debug)]
pub(super) enum Scalar<'a> {
    /// Missing or unknown.
    Missing,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// A text of an event already matched.
    Shared(SmolStr),
}

impl Scalar<'_> {
    pub(super) const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Shared(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> From<&'a Value> for Scalar<'a> {
    #[inline]
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Missing | Value::List(_) => Self::Missing,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Text(text) => Self::Text(text),
        }
    }
}

impl From<Value> for Scalar<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Missing | Value::List(_) => Self::Missing,
            Value::Bool(value) => Self::Bool(value),
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => Self::Float(value),
            Value::Text(text) => Self::Shared(text),
        }
    }
}

impl From<Scalar<'_>> for Value {
    fn from(value: Scalar<'_>) -> Self {
        match value {
            Scalar::Missing => Self::Missing,
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Int(value) => Self::Int(value),
            Scalar::Float(value) => Self::Float(value),
            Scalar::Text(text) => Self::Text(text.into()),
            Scalar::Shared(text) => Self::Text(text),
        }
    }
}

impl<'a> From<&'a Literal> for Scalar<'a> {
    fn from(literal: &'a Literal) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Float(value) => Self::Float(*value),
            Literal::Text(text) => Self::Text(text),
        }
    }
}

impl From<Truth> for Scalar<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::False => Self::Bool(false),
            Truth::Unknown => Self::Missing,
            Truth::True => Self::Bool(true),
        }
    }
}

impl Relation {
    /// Whether the relation holds between two values of one kind; with NaN only `!=` does.
    #[inline]
    pub(crate) fn holds<T: PartialOrd + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    /// What holds between two values of different kinds: they are not equal, and neither is less.
    pub(super) const fn holds_across_kinds(self) -> bool {
        matches!(self, Self::NotEqual)
    }

    /// The relation with its sides exchanged.
    pub(super) const fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// Whether the relation holds between an integer and a double, both as the numbers that they are: beyond 2^53 an
    /// integer is not rounded to the double next to it.
    #[inline]
    pub(super) fn holds_mixed(self, left: i64, right: f64) -> bool {
        if let Some(left) = as_exact_float(left) {
            return self.holds(&left, &right);
        }
        match order(left, right) {
            Some(order) => self.holds(&order, &Ordering::Equal),
            None => self.holds(&f64::NAN, &right),
        }
    }

    const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// An integer as a double, unless it lies beyond 2^53, up to which every integer is one.
#[expect(clippy::cast_precision_loss, reason = "exact up to the bound")]
#[inline]
pub(super) fn as_exact_float(value: i64) -> Option<f64> {
    (value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS).then_some(value as f64)
}

/// How an integer and a double compare as numbers; nothing if the double is NaN.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the whole part of what lies within the range of integers"
)]
fn order(left: i64, right: f64) -> Option<Ordering> {
    /// 2^63: the least double above all integers.
    const ABOVE: f64 = 9_223_372_036_854_775_808.0;

    if right.is_nan() {
        None
    } else if right >= ABOVE {
        Some(Ordering::Less)
    } else if right < -ABOVE {
        Some(Ordering::Greater)
    } else {
        // What is left of it decides between equals; it may be -0.0.
        let of_fraction = 0.0_f64.partial_cmp(&right.fract())?;
        Some(left.cmp(&(right.trunc() as i64)).then(of_fraction))
    }
}

/// Compares two values; unknown if one is missing.
pub(super) fn compare(relation: Relation, left: &Scalar<'_>, right: &Scalar<'_>) -> Truth {
    let holds = match (left, right) {
        (Scalar::Missing, _) | (_, Scalar::Missing) => return Truth::Unknown,
        (Scalar::Int(left), Scalar::Int(right)) => relation.holds(left, right),
        (Scalar::Int(left), Scalar::Float(right)) => relation.holds_mixed(*left, *right),
        (Scalar::Float(left), Scalar::Int(right)) => relation.mirrored().holds_mixed(*right, *left),
        (Scalar::Float(left), Scalar::Float(right)) => relation.holds(left, right),
        (Scalar::Bool(left), Scalar::Bool(right)) if relation.is_equality() => {
            relation.holds(left, right)
        }
        _ => match (left.as_text(), right.as_text()) {
            (Some(left), Some(right)) => relation.holds(left, right),
            _ => relation.holds_across_kinds(),
        },
    };
    Truth::from(holds)
}

/// Calculates; missing if an operand is no number.
pub(super) fn calculate(
    operator: Arithmetic,
    left: &Scalar<'_>,
    right: &Scalar<'_>,
) -> Scalar<'static> {
    match (left, right) {
        (Scalar::Int(left), Scalar::Int(right)) => calculate_int(operator, *left, *right),
        (Scalar::Int(left), Scalar::Float(right)) => {
            calculate_float(operator, *left as f64, *right)
        }
        (Scalar::Float(left), Scalar::Int(right)) => {
            calculate_float(operator, *left, *right as f64)
        }
        (Scalar::Float(left), Scalar::Float(right)) => calculate_float(operator, *left, *right),
        _ => Scalar::Missing,
    }
}

/// The sum of two numbers; nothing if one of them is none.
pub(crate) fn add(left: &Value, right: &Value) -> Option<Value> {
    match calculate(Arithmetic::Add, &left.into(), &right.into()) {
        Scalar::Int(sum) => Some(Value::Int(sum)),
        Scalar::Float(sum) => Some(Value::Float(sum)),
        _ => None,
    }
}

/// Whether a number is at least as large as another; false if one of them is none.
pub(crate) fn is_at_least(left: &Value, right: &Value) -> bool {
    compare(Relation::GreaterOrEqual, &left.into(), &right.into()).holds()
}

/// A sum by how many numbers it is of; missing if that is none.
pub(crate) fn quotient(sum: &Value, count: u64) -> Value {
    if count == 0 {
        return Value::Missing;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 events")]
    let count = Scalar::Float(count as f64);
    match calculate(Arithmetic::Divide, &sum.into(), &count) {
        Scalar::Int(quotient) => Value::Int(quotient),
        Scalar::Float(quotient) => Value::Float(quotient),
        _ => Value::Missing,
    }
}

fn calculate_int(operator: Arithmetic, left: i64, right: i64) -> Scalar<'static> {
    match operator {
        Arithmetic::Add => Scalar::Int(left.wrapping_add(right)),
        Arithmetic::Subtract => Scalar::Int(left.wrapping_sub(right)),
        Arithmetic::Multiply => Scalar::Int(left.wrapping_mul(right)),
        Arithmetic::Divide if right == 0 => Scalar::Missing,
        Arithmetic::Divide => Scalar::Int(left.wrapping_div(right)),
        Arithmetic::Remainder if right == 0 => Scalar::Missing,
        Arithmetic::Remainder => Scalar::Int(left.wrapping_rem(right)),
    }
}

fn calculate_float(operator: Arithmetic, left: f64, right: f64) -> Scalar<'static> {
    Scalar::Float(match operator {
        Arithmetic::Add => decimal::add(left, right),
        Arithmetic::Subtract => decimal::add(left, -right),
        Arithmetic::Multiply => decimal::multiply(left, right),
        Arithmetic::Divide => decimal::divide(left, right),
        Arithmetic::Remainder => decimal::remainder(left, right),
    })
}
