//! Conditions found by name: what a rule's condition of type `CLASS` is.
//!
//! A plugin is a [`ConditionPlugin`]: a name, a parameter struct, and how to bind it.
//! A [`Registry`] holds the plugins that rules may use; it is a value that is passed to whoever binds rules.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use tripline_condition::{
//!     ArgsError, Binder, Condition, ConditionPlugin, Context, PluginCondition, Registry, Truth,
//! };
//! use tripline_event::FieldId;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Parameters {
//!     /// The field that must be long enough.
//!     field: String,
//!     /// The least number of characters; inclusive.
//!     least: usize,
//! }
//!
//! #[derive(Debug)]
//! struct LongText { field: FieldId, least: usize }
//!
//! impl Condition for LongText {
//!     fn evaluate(&self, context: &Context<'_>) -> Truth {
//!         match context.event.value(self.field).as_text() {
//!             Some(text) => Truth::from(text.chars().count() >= self.least),
//!             None => Truth::Unknown,
//!         }
//!     }
//! }
//!
//! impl ConditionPlugin for LongText {
//!     type Parameters = Parameters;
//!     const NAME: &'static str = "LongText";
//!     const DESCRIPTION: &'static str = "holds if a text is at least so long";
//!
//!     fn bind(parameters: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
//!         let field = binder.field(&parameters.field);
//!         Ok(PluginCondition::of_event(Self { field, least: parameters.least }))
//!     }
//! }
//!
//! let mut registry = Registry::with_builtins();
//! registry.register::<LongText>()?;
//! # let mut fields = tripline_event::FieldTable::new();
//! # let mut binder = Binder::new(&mut fields, &[]);
//! let bound = registry.get("LongText")?.bind(&serde_json::json!(["name", "3"]), &mut binder)?;
//! assert_eq!(&*bound.canonical, r#"LongText{"field":"name","least":3}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod alias;
#[cfg(test)]
mod alias_tests;
mod arguments;
mod combination;
mod error;
mod example;
mod faults;
mod guard;
#[cfg(test)]
mod guard_tests;
mod parameters;
mod registry;
mod schema_check;
mod shipped;
#[cfg(test)]
mod tests;
mod typed;

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tripline_event::{FieldId, Value};

pub use action::{ActionPlugin, GuardedAction, Payload};
pub use alias::{Alias, AliasMeaning, AliasOrigin, AliasProblem, AliasTarget, ResolvedAlias};
pub use combination::{COMBINATIONS, Combination};
pub use error::ArgsError;
pub use example::Example;
pub use faults::{FaultReport, Faults};
pub use guard::in_guarded_plugin;
pub use registry::{Origin, Partitioning, Registry, RegistryError};
pub use schema_check::ParameterDoc;
pub use shipped::{InList, InListParameters, InListValue};
use typed::TypedFactory;

use crate::{Binder, BoundCondition, Condition, NodeIndex};

/// Makes conditions of one kind from arguments: what a [`Registry`] holds.
///
/// Write a [`ConditionPlugin`] instead where the parameters are a type.
pub trait ConditionFactory: Send + Sync + fmt::Debug {
    /// The name by which rules ask for it.
    fn name(&self) -> &str;

    /// What it holds for, in one sentence.
    fn description(&self) -> &str;

    /// The JSON Schema of its parameters, as an object.
    fn parameters_schema(&self) -> Json;

    /// What it says of some events; for users to read, and for tests to run.
    fn examples(&self) -> &[Example] {
        &[]
    }

    /// Binds a condition to arguments: an object by parameter names, a list in the order of the parameters, or
    /// null for none; typed plugins and aliases take a text `params.x` in them for that parameter of the rule.
    ///
    /// # Errors
    /// The arguments do not fit.
    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError>;
}

/// A kind of condition with typed parameters.
pub trait ConditionPlugin: 'static {
    /// What it is told by the rule; field comments become the descriptions that users see.
    type Parameters: DeserializeOwned + JsonSchema;

    /// The name by which rules ask for it.
    const NAME: &'static str;

    /// What it holds for, in one sentence.
    const DESCRIPTION: &'static str;

    /// What it says of some events; for users to read, and for tests to run.
    const EXAMPLES: &'static [Example] = &[];

    /// Binds a condition to parameters.
    ///
    /// # Errors
    /// The parameters have the right types, but do not make sense.
    fn bind(
        parameters: Self::Parameters,
        binder: &mut Binder<'_>,
    ) -> Result<PluginCondition, ArgsError>;
}

/// What a [`ConditionPlugin`] gives.
#[derive(Clone, Debug)]
pub struct PluginCondition {
    condition: Arc<dyn Condition>,
    /// Without one, name and arguments tell conditions apart.
    canonical: Option<Arc<str>>,
    iterative: bool,
    required_equality: Option<(FieldId, Value)>,
    matched_fields: Vec<FieldId>,
    sums: Vec<(NodeIndex, FieldId)>,
}

impl PluginCondition {
    /// A condition on nothing but the event under evaluation.
    #[must_use]
    pub fn of_event(condition: impl Condition + 'static) -> Self {
        Self {
            condition: Arc::new(condition),
            canonical: None,
            iterative: false,
            required_equality: None,
            matched_fields: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// A condition that also reads events already matched: the values of `fields`, and `sums` by node and field.
    ///
    /// What is not named here may be missing when it is evaluated.
    #[must_use]
    pub fn of_matched_events(
        condition: impl Condition + 'static,
        fields: Vec<FieldId>,
        sums: Vec<(NodeIndex, FieldId)>,
    ) -> Self {
        Self { iterative: true, matched_fields: fields, sums, ..Self::of_event(condition) }
    }

    fn into_bound(self, canonical: String) -> BoundCondition {
        BoundCondition {
            condition: self.condition,
            canonical: canonical.into(),
            iterative: self.iterative,
            required_equality: self.required_equality,
            matched_fields: self.matched_fields,
            sums: self.sums,
        }
    }
}

impl From<BoundCondition> for PluginCondition {
    /// For a plugin that stands for an expression or a combination of conditions.
    fn from(bound: BoundCondition) -> Self {
        Self {
            condition: bound.condition,
            canonical: Some(bound.canonical),
            iterative: bound.iterative,
            required_equality: bound.required_equality,
            matched_fields: bound.matched_fields,
            sums: bound.sums,
        }
    }
}
