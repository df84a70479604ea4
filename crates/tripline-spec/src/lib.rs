//! The rule as written: its text, its shape, and what is wrong with it.
//!
//! The first stage of a rule's way: text → [`GraphSpec`] or [`RowSpec`].
//! What the graph means, and whether it can mean anything, is for the compiler to say.
//!
//! * [`parse_rule`] never fails: it gives the document if there is no error, and all diagnostics, each with its place.
//! * Every part keeps its [`Pointer`], so that later stages can raise diagnostics by it, and
//!   [`Diagnostics::locate`] finds the place in the text.
//! * Printing with `serde` gives the canonical spelling, which reads back to an equal value.
//! * Pure: no clock, no I/O; text, nesting and the number of diagnostics are bounded.
//!
//! ```
//! let text = r#"{"name": "r", "nodes": [{"name": "a", "type": "ATOMC"}], "edges": []}"#;
//! let parsed = tripline_spec::parse_rule(text);
//! assert!(parsed.document.is_none());
//! let error = parsed.diagnostics.errors().next().unwrap();
//! assert_eq!((error.code.id(), error.pointer.as_str(), error.column), ("E0107", "/nodes/0/type", 47));
//! assert_eq!(error.hint.as_ref().unwrap(), &"did you mean `ATOMIC`?");
//! ```

mod columns;
mod decode;
mod diagnostic;
pub mod json;
mod pointer;
mod schema;
mod source;
mod spec;
mod suggest;

pub use columns::{ComposedRow, OwnedColumns, RowColumns, compose_row, split_row};
pub use decode::{Parsed, parse_rule};
pub use diagnostic::{Anchor, Diagnostic, Diagnostics, InLang, MAX_DIAGNOSTICS};
pub use json::LineIndex;
pub use pointer::Pointer;
pub use schema::{schema_row, schema_rule};
pub use source::{Location, SourceMap};
pub use spec::{
    AfterMatchSkipStrategySpec, AggregateFunctionSpec, AggregateSpec, AggregateWindowSpec,
    AggregateWindowTypeSpec, AtomicSpec, ConditionSpec, ContiguitySpec, DistinctModeSpec,
    DurationError, EdgeSpec, EdgeTypeSpec, EmitSpec, FunctionSpec, GraphSpec, Keyword, NodeSpec,
    OnUpdateSpec, PatternSpec, QuantifierPropertySpec, QuantifierSpec, RowSpec, RuleDocument,
    SeveritySpec, SkipStrategySpec, SkipTypeSpec, TimeSpec, TimeUnitSpec, TimesSpec, TopSpec,
    WindowSpec, WindowTypeSpec,
};
pub use suggest::did_you_mean;
pub use tripline_message::{Code, Severity};

#[cfg(test)]
mod tests;
