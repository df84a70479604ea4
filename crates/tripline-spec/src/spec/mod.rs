//! The rule as written.
//!
//! These types say what a rule's text says, in one spelling, and nothing about what it means: a graph here may have a
//! cycle.
//! `serde::Serialize` prints the canonical spelling, which [`crate::parse_rule`] reads back to an equal value.
//! All that the text leaves out stays out, defaults included.

mod aggregate;
mod condition;
mod graph;
mod keyword;
mod quantifier;
mod row;
mod window;

pub use aggregate::{
    AggregateFunctionSpec, AggregateSpec, AggregateWindowSpec, AggregateWindowTypeSpec,
    DistinctModeSpec, EmitSpec, FunctionSpec, TopSpec,
};
pub use condition::ConditionSpec;
pub(crate) use condition::{AND, COMBINING_CLASSES, ConditionTypeSpec, NOT, OR};
pub(crate) use graph::NodeTypeSpec;
pub use graph::{
    AfterMatchSkipStrategySpec, AtomicSpec, EdgeSpec, EdgeTypeSpec, GraphSpec, NodeSpec,
    SkipStrategySpec, SkipTypeSpec,
};
pub use keyword::Keyword;
pub(crate) use keyword::keywords;
pub use quantifier::{ContiguitySpec, QuantifierPropertySpec, QuantifierSpec, TimesSpec};
pub use row::{OnUpdateSpec, PatternSpec, RowSpec, RuleDocument, SeveritySpec};
pub use window::{DurationError, TimeSpec, TimeUnitSpec, WindowSpec, WindowTypeSpec};

/// The largest integer that every JSON reader keeps exactly, 2^53 - 1; the JSON Schema allows no larger one.
pub(crate) const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}
