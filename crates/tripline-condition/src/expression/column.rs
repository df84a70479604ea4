//! A field of all events that a node has taken, and what is asked of it.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use tripline_event::{FieldId, Timestamp, Value};

use super::ast::{Arithmetic, Relation};
use super::function::Aggregate;
use super::scalar::{Scalar, calculate, compare};
use crate::{Context, NodeIndex, Truth};

/// A field of the events of a node; without one, their times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) node: NodeIndex,
    pub(super) field: Option<FieldId>,
}

impl Column {
    /// Calls `each` for the values that are there, newest first.
    fn for_each(self, context: &Context<'_>, each: &mut dyn FnMut(Value)) {
        match self.field {
            Some(field) => context.matched.for_each_value(self.node, field, &mut |value| {
                if !value.is_missing() {
                    each(value);
                }
            }),
            None => context.matched.for_each_time(self.node, &mut |time: Timestamp| {
                each(Value::Int(time.as_millis()));
            }),
        }
    }

    /// Calls `each` for the numbers.
    fn for_each_number(self, context: &Context<'_>, each: &mut dyn FnMut(Scalar<'static>)) {
        self.for_each(context, &mut |value| match value {
            Value::Int(value) => each(Scalar::Int(value)),
            Value::Float(value) => each(Scalar::Float(value)),
            _ => {}
        });
    }

    /// Whether a value equals `item`; unknown if `item` is missing.
    pub(super) fn contains(self, item: &Scalar<'_>, context: &Context<'_>) -> Truth {
        if item.is_missing() {
            return Truth::Unknown;
        }
        let mut found = Truth::False;
        self.for_each(context, &mut |value| {
            found = found.or(compare(Relation::Equal, item, &Scalar::from(value)));
        });
        found
    }

    /// What `aggregate` is over the values; all but the number and the sum are missing over nothing.
    pub(super) fn aggregate(self, aggregate: Aggregate, context: &Context<'_>) -> Scalar<'static> {
        match aggregate {
            Aggregate::Count => {
                let mut count = 0;
                self.for_each(context, &mut |_| count += 1);
                Scalar::Int(count)
            }
            Aggregate::Sum => self.sum(context).0,
            Aggregate::Average => match self.sum(context) {
                (_, 0) => Scalar::Missing,
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 events")]
                (sum, count) => calculate(Arithmetic::Divide, &sum, &Scalar::Float(count as f64)),
            },
            Aggregate::Min => self.extreme(Relation::Less, context),
            Aggregate::Max => self.extreme(Relation::Greater, context),
            Aggregate::Distinct => {
                let mut different = BTreeSet::new();
                self.for_each(context, &mut |value| {
                    different.insert(Distinct::from(value));
                });
                Scalar::Int(i64::try_from(different.len()).unwrap_or(i64::MAX))
            }
            // Bound as items by their index.
            Aggregate::First | Aggregate::Last => Scalar::Missing,
        }
    }

    fn sum(self, context: &Context<'_>) -> (Scalar<'static>, u64) {
        let mut sum = Scalar::Int(0);
        let mut count = 0;
        self.for_each_number(context, &mut |value| {
            sum = calculate(Arithmetic::Add, &sum, &value);
            count += 1;
        });
        (sum, count)
    }

    fn extreme(self, relation: Relation, context: &Context<'_>) -> Scalar<'static> {
        let mut best = Scalar::Missing;
        self.for_each_number(context, &mut |value| {
            if best.is_missing() || compare(relation, &value, &best).holds() {
                best = value;
            }
        });
        best
    }
}

/// A value as one of a set, in which equal values are one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Distinct {
    Missing,
    Bool(bool),
    Int(i64),
    Float(u64),
    Text(SmolStr),
}

impl From<Value> for Distinct {
    fn from(value: Value) -> Self {
        match value {
            Value::Missing | Value::List(_) => Self::Missing,
            Value::Bool(value) => Self::Bool(value),
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => {
                // `1.0` and `1` are equal.
                #[expect(clippy::cast_possible_truncation, reason = "saturates, and is compared")]
                let whole = value as i64;
                #[expect(clippy::cast_precision_loss, reason = "compared with what it came from")]
                let same = whole as f64 == value;
                if same { Self::Int(whole) } else { Self::Float(value.to_bits()) }
            }
            Value::Text(text) => Self::Text(text),
        }
    }
}
