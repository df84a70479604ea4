//! The matching machine: runs of automata over keyed streams of events, with Flink CEP's semantics.
//!
//! Pipeline: the compiler turns a rule into an [`Nfa`] (through [`NfaBuilder`]); a [`RuleSet`] holds all rules in
//! force, with their predicates shared and indexed; a [`ShardState`] holds every run of a shard and moves them over
//! one event after the other, giving out [`Output`]s.
//!
//! Rules it keeps:
//! - an [`Nfa`] and a [`RuleSet`] never change; all change is in [`ShardState`], which is a value;
//! - outputs depend on rules, events, their order and the moves of time alone;
//! - time moves through arguments only; nothing here asks what time it is.

mod aggregate;
mod chain;
mod counters;
mod decide;
mod guard;
mod heap;
mod nfa;
mod output;
mod rule_set;
mod run;
mod sets;
mod shard;
mod snapshot;
mod unknown;

pub use aggregate::{
    Aggregate, AggregatePlan, Calendar, Emit, Function, Having, HavingInput, PlanChange, Top,
    Window,
};
pub use chain::TakenEvent;
pub use counters::{NodeCounters, RuleCounters, RunEnd};
pub use guard::{ConditionId, Guard};
pub use nfa::{
    AfterMatchSkip, Nfa, NfaBuilder, NfaError, Node, State, StateId, StateKind, Transition,
    TransitionAction,
};
pub use output::{Output, OutputKind, OutputSink, Place};
pub use rule_set::{
    AtEnd, Budget, BudgetLimit, Effective, OnExceeded, OnUpdate, Rule, RuleChange, RuleDefinition,
    RuleFault, RuleSet,
};
pub use sets::{MAX_SET_MEMBERS, SetChange, SetEdit, SetWriter, set_member};
pub use shard::{BudgetExceeded, HeldState, ShardState, SwapEffect};
pub use snapshot::{RestoreReport, Snapshot};
