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

mod alias;
#[cfg(test)]
mod alias_tests;
mod arguments;
mod guard;
mod in_list;
mod parameters;
mod registry;
#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tripline_event::{FieldId, Value};
use tripline_message::Text;

pub use alias::{Alias, AliasMeaning, AliasOrigin, AliasProblem, AliasTarget, ResolvedAlias};
pub use in_list::{InList, InListParameters, InListValue};
pub use registry::{Registry, RegistryError};

use crate::{Binder, BoundCondition, Condition, NodeIndex};

/// Arguments that a plugin cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ArgsError {
    /// Where, as a JSON Pointer into the arguments as they were given; empty for the whole.
    pub pointer: String,
    /// What is wrong: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
}

impl ArgsError {
    /// An error at `pointer`, a JSON Pointer into the parameters as an object (`/field`).
    ///
    /// A plain string is shown as it is in every language; what ships with Tripline is a phrase of the catalogue, made
    /// by `text!`.
    pub fn new(pointer: impl Into<String>, message: impl Into<Text>) -> Self {
        Self { pointer: pointer.into(), message: message.into(), hint: None }
    }

    /// The error with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Text>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

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

    fn into_bound(self, canonical: impl FnOnce() -> String) -> BoundCondition {
        BoundCondition {
            condition: self.condition,
            canonical: self.canonical.unwrap_or_else(|| canonical().into()),
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

/// The factory of a typed plugin.
struct TypedFactory<P>(PhantomData<fn() -> P>);

impl<P: ConditionPlugin> TypedFactory<P> {
    const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: ConditionPlugin> fmt::Debug for TypedFactory<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFactory").field(&P::NAME).finish()
    }
}

impl<P: ConditionPlugin> ConditionFactory for TypedFactory<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn description(&self) -> &str {
        P::DESCRIPTION
    }

    fn parameters_schema(&self) -> Json {
        schemars::schema_for!(P::Parameters).to_value()
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        let schema = self.parameters_schema();
        let args = parameters::substitute(args, binder.params)?;
        let named = arguments::by_name(&schema, &serde_json::Map::new(), &args)?;
        let parameters = named.read()?;
        let condition = P::bind(parameters, binder).map_err(|error| named.locate(error))?;
        Ok(condition.into_bound(|| format!("{}{}", P::NAME, named.canonical())))
    }
}
