//! Dynamic complex event processing: JSON pattern-graph rules over event streams, with Flink CEP's semantics.
//!
//! The facade of the pure crates, and the only API that is promised to stay: rules come as text, events as JSON or as
//! values, outputs as they are found.
//! Nothing here does I/O, reads a clock or spawns a thread.
//!
//! ```
//! use tripline::{Matcher, Registry};
//!
//! let rule = r#"{"name": "two_fails", "nodes": [
//!     {"name": "fail", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "event == 'fail'"},
//!      "quantifier": {"properties": ["TIMES"], "times": {"from": 2, "to": 2}}}], "edges": []}"#;
//! let mut matcher = Matcher::new(rule, &["user"], Registry::with_builtins()).unwrap();
//! let mut lines = Vec::new();
//! for (ts, event) in [(1, "fail"), (2, "login"), (3, "fail")] {
//!     let event = format!(r#"{{"user":"u1","event":"{event}","ts":{ts}}}"#);
//!     matcher.process_json(event.as_bytes(), ts, &mut lines).unwrap();
//! }
//! assert_eq!(lines.len(), 1);
//! assert!(lines[0].contains(r#""fail":[{"user":"u1","event":"fail","ts":1},{"user":"u1","event":"fail","ts":3}]"#));
//! ```
//!
//! - [`compile_rule`] checks a rule's text and gives all [`Diagnostics`].
//! - [`RuleSetBuilder`] builds a [`RuleSet`] out of the one before; [`ShardState`] runs it.
//! - [`OutputEncoder`] writes outputs as `schemas/output.schema.json` says, each with its deterministic id.
//! - [`compose_row`] makes a rule's text of the columns of a table, [`split_row`] the other way round.
//! - [`diff`] says what changed from one version of a rule to another.
//! - [`case`] runs conformance cases, which is also how rules are tested.

mod action;
pub mod case;
mod conditions;
pub mod diff;
mod matcher;
mod output;
mod schema;
mod snapshot;

pub use conditions::{conditions_reference, schema_conditions, truth_word};
pub use matcher::{Matcher, MatcherError};
pub use output::{EncodedOutput, OutputEncoder, RuleMeta, Throttled};
pub use schema::{schema_output, schema_row, schema_rule};
pub use snapshot::{SNAPSHOT_FORMAT, SnapshotError, decode_snapshot, encode_snapshot};
pub use tripline_compiler::{
    Budgets, Built, CompileError, CompiledRule, Contiguity, Element, ElementKind, Link, Pattern,
    Quantifier, Repetition, RuleCheck, RuleEdit, RuleEffect, RuleFailure, RuleOutcome,
    RuleSetBuilder, RuleSource, compile_rule, migration_obstacle, waits_for_rule,
};
pub use tripline_condition::{
    Action, ActionFault, ActionOutputs, ActionPlugin, AddTo, Alias, AliasMeaning, AliasOrigin,
    AliasProblem, AliasTarget, ArgsError, Ask, BindWarning, Binder, BoundAction, BoundCondition,
    ByKind, COMBINATIONS, Combination, Condition, ConditionFactory, ConditionPlugin, Context,
    Dialect, ErrorKind, EventSchemaError, EventSchemas, Example, ExpressionError,
    ExpressionWarning, FaultReport, Faults, FieldDoubt, GuardedAction, MatchedEvents, NodeIndex,
    Origin, ParameterDoc, Partitioning, Payload, PluginCondition, Registry, RegistryError,
    ResolvedAlias, SetTarget, Stay, Totals, Truth, WarningKind, add_to_sum, compile_expression,
    compile_with_warnings, find_zone, in_guarded_plugin, parse_expression,
};
pub use tripline_engine::{
    AfterMatchSkip, Aggregate, AggregatePlan, AtEnd, Budget, BudgetExceeded, BudgetLimit,
    Effective, Guard, HeldState, Nfa, NodeCounters, OnExceeded, OnUpdate, Output, OutputKind,
    OutputSink, Place, RestoreReport, Rule, RuleChange, RuleCounters, RuleDefinition, RuleFault,
    RuleSet, RunEnd, SetChange, SetEdit, ShardState, Snapshot, StateKind, SwapEffect, TakenEvent,
    TransitionAction, set_member,
};
pub use tripline_event::{
    Event, EventId, EventPosition, FieldId, FieldTable, Key, KeyGroup, KeyGroups, PayloadDecoder,
    RuleId, RuleVersion, SetId, Timestamp, Value, Watermark, json,
};
pub use tripline_message::{
    Code, Entry, Examples, Lang, Phrase, Severity, Text, index as diagnostics_index, text,
};
pub use tripline_spec::{
    ComposedRow, Diagnostic, Diagnostics, GraphSpec, OwnedColumns, RowColumns, RowSpec,
    RuleDocument, SeveritySpec, SourceMap, compose_row, parse_rule, split_row,
};
