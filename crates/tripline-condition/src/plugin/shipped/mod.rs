//! The conditions that ship with Tripline, one file each.
//!
//! What can be said as an expression is bound as that expression: what a rule says in either way is evaluated once, and
//! an equality is indexed. Evaluating allocates nothing.

mod amount_in_currency;
mod between;
mod compare;
mod day_of_week;
mod in_list;
mod ip_in_network;
mod matches;
mod subtype;
#[cfg(test)]
mod tests;
mod text;
mod time_of_day;
mod value;
mod within_distance;

use std::sync::Arc;

use tripline_event::{FieldId, Value};
use tripline_message::text;

pub use in_list::{InList, InListParameters, InListValue};

use super::{ArgsError, ConditionFactory, ConditionPlugin, PluginCondition, TypedFactory};
use crate::expression::ast::{Ast, AstKind, Literal, Name, Operator, Relation};
use crate::expression::lower;
use crate::{Binder, Context};

/// The names of all.
pub(super) const NAMES: [&str; 11] = [
    amount_in_currency::AmountInCurrency::NAME,
    between::Between::NAME,
    compare::Compare::NAME,
    day_of_week::DayOfWeek::NAME,
    InList::NAME,
    ip_in_network::IpInNetwork::NAME,
    matches::Matches::NAME,
    subtype::Subtype::NAME,
    text::Text::NAME,
    time_of_day::TimeOfDay::NAME,
    within_distance::WithinDistance::NAME,
];

/// The factories of all.
pub(super) fn factories() -> [Arc<dyn ConditionFactory>; NAMES.len()] {
    fn of<P: ConditionPlugin>() -> Arc<dyn ConditionFactory> {
        Arc::new(TypedFactory::<P>::shipped())
    }
    [
        of::<amount_in_currency::AmountInCurrency>(),
        of::<between::Between>(),
        of::<compare::Compare>(),
        of::<day_of_week::DayOfWeek>(),
        of::<InList>(),
        of::<ip_in_network::IpInNetwork>(),
        of::<matches::Matches>(),
        of::<subtype::Subtype>(),
        of::<text::Text>(),
        of::<time_of_day::TimeOfDay>(),
        of::<within_distance::WithinDistance>(),
    ]
}

/// The path that stands for the event's time, as in expressions.
const TIME: &str = "ts";

fn ast(kind: AstKind) -> Ast {
    Ast { kind, span: 0..0 }
}

/// A field of the event, or its time.
fn field(path: &str) -> Ast {
    if path == TIME {
        return ast(AstKind::Time);
    }
    ast(AstKind::Path(vec![path.to_owned()]))
}

fn constant(literal: Literal) -> Ast {
    ast(AstKind::Literal(literal))
}

fn call(function: &str, arguments: Vec<Ast>) -> Ast {
    let function = Name { text: function.to_owned(), span: 0..0 };
    ast(AstKind::Call { function, arguments })
}

fn list(items: impl IntoIterator<Item = Literal>) -> Ast {
    ast(AstKind::List(items.into_iter().map(constant).collect()))
}

fn is_in(item: Ast, list: Ast) -> Ast {
    ast(AstKind::In { item: Box::new(item), list: Box::new(list) })
}

fn relation(left: Ast, relation: Relation, right: Ast) -> Ast {
    let rest = vec![(Operator::Relation(relation), right)];
    ast(AstKind::Chain { first: Box::new(left), rest })
}

/// Binds what a plugin says as an expression.
fn expression(expression: &Ast, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
    binder.check_declared(expression);
    match lower(expression, binder, &mut Vec::new()) {
        Ok(bound) => Ok(bound.into()),
        Err(error) => Err(ArgsError::new("", error.message)),
    }
}

/// Refuses an empty path of a field.
fn check_path(pointer: &str, path: &str) -> Result<(), ArgsError> {
    if path.is_empty() {
        return Err(ArgsError::new(pointer, text!("the path of the field is empty"))
            .with_hint(text!("name a field of the events, such as `price` or `order.price`")));
    }
    Ok(())
}

/// A number in a field of the event; nothing if there is none.
fn number(context: &Context<'_>, field: FieldId) -> Option<f64> {
    match context.event.value(field) {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

/// The time that a plugin on times reads: of the event, or, in ms since 1970, in a field.
#[derive(Clone, Copy, Debug)]
enum Moment {
    OfEvent,
    InField(FieldId),
}

impl Moment {
    fn new(path: &str, binder: &mut Binder<'_>) -> Self {
        if path == TIME { Self::OfEvent } else { Self::InField(binder.field(path)) }
    }

    fn millis(self, context: &Context<'_>) -> Option<i64> {
        match self {
            Self::OfEvent => Some(context.event.time.as_millis()),
            Self::InField(field) => match context.event.value(field) {
                Value::Int(millis) => Some(*millis),
                _ => None,
            },
        }
    }
}

fn default_time() -> String {
    TIME.to_owned()
}

fn default_zone() -> String {
    "UTC".to_owned()
}

/// The zone of a parameter `zone`.
fn zone(name: &str) -> Result<jiff::tz::TimeZone, ArgsError> {
    crate::expression::find_zone(name)
        .map_err(|(message, hint)| ArgsError::new("/zone", message).with_hint(hint))
}
