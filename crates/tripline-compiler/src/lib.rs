//! The rule as meant: from what is written to an automaton.
//!
//! Pipeline: text → `GraphSpec` (crate `tripline-spec`) → [`lower`] → [`Pattern`] → [`compile`](compile()) →
//! [`Nfa`](tripline_engine::Nfa).
//! [`compile_rule`] does all of it and gives every finding with its place in the text.
//!
//! Rules it keeps: a rule with an error has no automaton; findings of all stages come together; nothing here runs
//! anything.

mod chain;
mod compile;
mod condition;
mod lower;
mod pattern;
mod quantifier;
mod rule;
mod warning;

pub use compile::{CompileError, compile};
pub use lower::{Lowered, lower};
pub use pattern::{Contiguity, Element, ElementKind, Link, Pattern, Quantifier, Repetition};
pub use rule::{CompiledRule, RuleCheck, RuleFailure, RuleSetBuilder, RuleSource, compile_rule};
