//! The rule as meant: from what is written to an automaton.
//!
//! Pipeline: text → `GraphSpec` (crate `tripline-spec`) → [`lower`] → [`Pattern`] → [`compile`](compile()) →
//! [`Nfa`](tripline_engine::Nfa).
//! [`compile_rule`] does all of it and gives every finding with its place in the text; a [`RuleSetBuilder`] puts rules
//! into sets, each made out of the one before.
//!
//! Rules it keeps: a rule with an error has no automaton; findings of all stages come together; nothing here runs
//! anything.

mod action;
mod aggregate;
mod builder;
mod chain;
mod classes;
mod compile;
mod condition;
mod lower;
mod migration;
mod output_context;
mod partitioning;
mod pattern;
mod quantifier;
mod rule;
mod stat;
mod warning;
mod writer;

pub use builder::{
    Budgets, Built, RuleEdit, RuleEffect, RuleFailure, RuleOutcome, RuleSetBuilder, RuleSource,
    waits_for_rule,
};
pub use compile::{CompileError, compile};
pub use lower::{Lowered, lower};
pub use migration::migration_obstacle;
pub use output_context::{AsWritten, takes, with_output};
pub use pattern::{Contiguity, Element, ElementKind, Link, Pattern, Quantifier, Repetition};
pub use rule::{CompiledRule, RuleCheck, compile_rule};
