//! Conditions: what an event, and the events matched before it, must satisfy.
//!
//! Stands between the rule's text and the engine: the compiler asks this crate to *bind* the condition of each node,
//! which gives a [`BoundCondition`]; the engine evaluates it.
//! Pure: a condition reads the event and the events already matched, and nothing else.

mod bound;
mod truth;

pub use bound::{BoundCondition, Condition, Context, MatchedEvents, NoMatchedEvents, NodeIndex};
pub use truth::Truth;
