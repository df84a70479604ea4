//! Conditions: what an event, and the events matched before it, must satisfy.
//!
//! Stands between the rule's text and the engine: the compiler asks this crate to *bind* the condition of each node,
//! which gives a [`BoundCondition`]; the engine evaluates it.
//! A condition is an expression ([`compile_expression`]), a plugin found by name ([`Registry`]), or a combination of
//! conditions ([`combine_and`] and the like).
//! Pure: a condition reads the event, the events already matched, and what it says that it asks for, and nothing else.

mod action;
mod binder;
mod bound;
mod combine;
mod event_schema;
mod expression;
mod outlook;
mod parameter;
mod plugin;
mod suggest;
mod template;
mod totals;
mod truth;

pub use action::{
    Action, ActionFault, ActionOutputs, AddTo, BoundAction, BoundSetEdit, BoundStay, ByKind,
    SetTarget, Stay,
};
pub use binder::{BindWarning, Binder, MayAsk};
pub use bound::{
    Ask, BoundCondition, Condition, Context, MatchedEvents, NoMatchedEvents, NodeIndex, add_to_sum,
};
pub use combine::{combine_and, combine_not, combine_or};
pub use event_schema::{EventSchemaError, EventSchemas, FieldDoubt};
pub use expression::{
    Ast, BoundValue, Dialect, ErrorKind, ExpressionError, ExpressionWarning, MAX_EXPRESSION_BYTES,
    MAX_EXPRESSION_DEPTH, ValuePlace, WarningKind, compile_expression, compile_with_warnings,
    conjuncts, find_zone, node_name, parse_expression,
};
pub use outlook::{Fact, Outlook};
pub use plugin::{
    ActionPlugin, Alias, AliasMeaning, AliasOrigin, AliasProblem, AliasTarget, ArgsError,
    COMBINATIONS, Combination, ConditionFactory, ConditionPlugin, Example, FaultReport, Faults,
    GuardedAction, InList, InListParameters, InListValue, Origin, ParameterDoc, Partitioning,
    Payload, PluginCondition, Registry, RegistryError, ResolvedAlias, in_guarded_plugin,
};
pub use template::{Escaping, MAX_TEMPLATE_BYTES, Template};
pub use totals::Totals;
pub use truth::Truth;
