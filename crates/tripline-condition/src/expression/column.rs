//! A field of all events that a node has taken, and what is asked of it.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use tripline_event::{FieldId, Timestamp, Value};

use super::ast::Relation;
use super::function::Aggregate;
use super::scalar::{Scalar, compare};
use crate::{Context, NodeIndex, Totals, Truth};

/// Values that are asked about together.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    /// A field of the events of a node; without one, their times.
    Matched { node: NodeIndex, field: Option<FieldId> },
    /// The items of an array of the event under evaluation; `whole` if the items themselves are meant and not a field
    /// of them, so that those that are no scalars count too.
    Array { field: FieldId, whole: bool },
}

impl Column {
    /// The items of an array of the event; nothing if the event has no such array, and of a matched column.
    fn items<'e>(self, context: &Context<'e>) -> Option<&'e [Value]> {
        match self {
            Self::Array { field, .. } => match context.event.value(field) {
                Value::List(items) => Some(items),
                _ => None,
            },
            Self::Matched { .. } => None,
        }
    }

    /// Whether the event has no such array, so that nothing can be said of it.
    fn is_missing(self, context: &Context<'_>) -> bool {
        matches!(self, Self::Array { .. }) && self.items(context).is_none()
    }

    /// Calls `each` for the values that are there; those of matched events newest first.
    fn for_each(self, context: &Context<'_>, each: &mut dyn FnMut(Value)) {
        let mut each_there = |value: Value| {
            if !value.is_missing() {
                each(value);
            }
        };
        match self {
            Self::Matched { node, field: Some(field) } => {
                context.matched.for_each_value(node, field, &mut each_there);
            }
            Self::Matched { node, field: None } => {
                context.matched.for_each_time(node, &mut |time: Timestamp| {
                    each_there(Value::Int(time.as_millis()));
                });
            }
            Self::Array { .. } => {
                for item in self.items(context).unwrap_or_default() {
                    each_there(item.clone());
                }
            }
        }
    }

    /// Whether a value equals `item`; unknown if `item` is missing, or the array.
    pub(super) fn contains(self, item: &Scalar<'_>, context: &Context<'_>) -> Truth {
        if item.is_missing() || self.is_missing(context) {
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
        if self.is_missing(context) {
            return Scalar::Missing;
        }
        match aggregate {
            Aggregate::Count if matches!(self, Self::Array { whole: true, .. }) => {
                let count = self.items(context).map_or(0, <[Value]>::len);
                Scalar::Int(i64::try_from(count).unwrap_or(i64::MAX))
            }
            Aggregate::Count => {
                let mut count = 0;
                self.for_each(context, &mut |_| count += 1);
                Scalar::Int(count)
            }
            Aggregate::Sum => self.totals(context).sum.into(),
            Aggregate::Average => self.totals(context).average().into(),
            Aggregate::Min => self.totals(context).min.into(),
            Aggregate::Max => self.totals(context).max.into(),
            Aggregate::Distinct => {
                let mut different = BTreeSet::new();
                self.for_each(context, &mut |value| {
                    different.insert(Distinct::from(value));
                });
                Scalar::Int(i64::try_from(different.len()).unwrap_or(i64::MAX))
            }
            // Those of matched events are bound as items by their index.
            Aggregate::First => self.item(context, <[Value]>::first),
            Aggregate::Last => self.item(context, <[Value]>::last),
        }
    }

    fn item(
        self,
        context: &Context<'_>,
        which: impl Fn(&[Value]) -> Option<&Value>,
    ) -> Scalar<'static> {
        self.items(context).and_then(which).cloned().map_or(Scalar::Missing, Scalar::from)
    }

    fn totals(self, context: &Context<'_>) -> Totals {
        let mut totals = Totals::default();
        self.for_each(context, &mut |value| totals.add(&value));
        totals
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
                let same = Relation::Equal.holds_mixed(whole, value);
                if same { Self::Int(whole) } else { Self::Float(value.to_bits()) }
            }
            Value::Text(text) => Self::Text(text),
        }
    }
}
