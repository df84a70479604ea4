//! Conditions made of conditions, with three values: `RichAndCondition`, `RichOrCondition`, `RichNotCondition`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::expression::{best_equality, joined};
use crate::{Ask, BoundCondition, Condition, Context, Fact, Faults, NodeIndex, Outlook, Truth};

/// Holds if all `conditions` hold; with none, always.
#[must_use]
pub fn combine_and(conditions: Vec<BoundCondition>) -> BoundCondition {
    let required_equality =
        best_equality(conditions.iter().filter_map(|each| each.required_equality.clone()));
    let combined = combine(conditions, " && ", "true", |operands| Arc::new(And(operands)));
    BoundCondition { required_equality, ..combined }
}

/// Holds if one of `conditions` holds; with none, never.
#[must_use]
pub fn combine_or(conditions: Vec<BoundCondition>) -> BoundCondition {
    combine(conditions, " || ", "false", |operands| Arc::new(Or(operands)))
}

/// Holds if `condition` is false; unknown stays unknown.
#[must_use]
pub fn combine_not(condition: BoundCondition) -> BoundCondition {
    BoundCondition {
        canonical: format!("!{}", condition.canonical).into(),
        condition: Arc::new(Not(condition.condition)),
        required_equality: None,
        ..condition
    }
}

/// Merges what the engine needs to know; what all of `conditions` require, the whole requires.
fn combine(
    mut conditions: Vec<BoundCondition>,
    operator: &str,
    empty: &str,
    make: impl FnOnce(Vec<Arc<dyn Condition>>) -> Arc<dyn Condition>,
) -> BoundCondition {
    if conditions.len() == 1
        && let Some(only) = conditions.pop()
    {
        return only;
    }
    let canonical = if conditions.is_empty() {
        empty.to_owned()
    } else {
        let texts = conditions.iter().map(|each| each.canonical.to_string());
        joined(operator, texts.collect())
    };
    let mut required: Vec<_> =
        conditions.iter().map(|each| each.required_equality.clone()).collect();
    required.dedup();
    let required_equality = match required.as_slice() {
        [Some(same)] => Some(same.clone()),
        _ => None,
    };
    let matched_fields: BTreeSet<_> =
        conditions.iter().flat_map(|each| each.matched_fields.iter().copied()).collect();
    let sums: BTreeSet<_> = conditions.iter().flat_map(|each| each.sums.iter().copied()).collect();
    BoundCondition {
        canonical: canonical.into(),
        iterative: conditions.iter().any(|each| each.iterative),
        required_equality,
        matched_fields: matched_fields.into_iter().collect(),
        sums: sums.into_iter().collect(),
        condition: make(conditions.into_iter().map(|each| each.condition).collect()),
    }
}

#[derive(Debug)]
struct And(Vec<Arc<dyn Condition>>);

impl Condition for And {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let mut known = Truth::True;
        for condition in &self.0 {
            known = known.and(condition.evaluate(context));
            if known == Truth::False {
                break;
            }
        }
        known
    }

    fn outlook(&self, empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        let each = self.0.iter().map(|condition| condition.outlook(empty));
        each.fold(Outlook::only(Truth::True), Outlook::and)
    }

    fn facts(&self, each: &mut dyn FnMut(Fact)) {
        for condition in &self.0 {
            condition.facts(each);
        }
    }

    fn faults(&self, each: &mut dyn FnMut(&Faults)) {
        self.0.iter().for_each(|condition| condition.faults(each));
    }

    fn asks(&self, each: &mut dyn FnMut(Ask)) {
        self.0.iter().for_each(|condition| condition.asks(each));
    }
}

#[derive(Debug)]
struct Or(Vec<Arc<dyn Condition>>);

impl Condition for Or {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let mut known = Truth::False;
        for condition in &self.0 {
            known = known.or(condition.evaluate(context));
            if known == Truth::True {
                break;
            }
        }
        known
    }

    fn outlook(&self, empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        let each = self.0.iter().map(|condition| condition.outlook(empty));
        each.fold(Outlook::only(Truth::False), Outlook::or)
    }

    fn faults(&self, each: &mut dyn FnMut(&Faults)) {
        self.0.iter().for_each(|condition| condition.faults(each));
    }

    fn asks(&self, each: &mut dyn FnMut(Ask)) {
        self.0.iter().for_each(|condition| condition.asks(each));
    }
}

#[derive(Debug)]
struct Not(Arc<dyn Condition>);

impl Condition for Not {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        !self.0.evaluate(context)
    }

    fn outlook(&self, empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        !self.0.outlook(empty)
    }

    fn faults(&self, each: &mut dyn FnMut(&Faults)) {
        self.0.faults(each);
    }

    fn asks(&self, each: &mut dyn FnMut(Ask)) {
        self.0.asks(each);
    }
}
