//! The factory of a typed plugin.

use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use serde_json::{Map, Value as Json};

use super::schema_check::ParametersSchema;
use super::{ArgsError, ConditionFactory, ConditionPlugin, Example, arguments, parameters};
use crate::{Binder, BoundCondition};

pub(super) struct TypedFactory<P> {
    /// Made when it is first asked for.
    schema: OnceLock<ParametersSchema>,
    /// Whether the plugin may say itself by which text its conditions are known, and so share them with expressions.
    is_shipped: bool,
    plugin: PhantomData<fn() -> P>,
}

impl<P: ConditionPlugin> TypedFactory<P> {
    /// Of a plugin that ships with Tripline.
    pub(super) const fn shipped() -> Self {
        Self { schema: OnceLock::new(), is_shipped: true, plugin: PhantomData }
    }

    /// Of any other.
    pub(super) const fn foreign() -> Self {
        Self { schema: OnceLock::new(), is_shipped: false, plugin: PhantomData }
    }

    fn schema(&self) -> &ParametersSchema {
        self.schema
            .get_or_init(|| ParametersSchema::new(schemars::schema_for!(P::Parameters).to_value()))
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
        self.schema().json.clone()
    }

    fn examples(&self) -> &[Example] {
        P::EXAMPLES
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        let schema = self.schema();
        let args = parameters::substitute(args, binder.params)?;
        let (named, mut errors) = arguments::by_name_and_errors(&schema.json, &Map::new(), &args);
        let unfit = schema.errors(&named.object());
        errors.extend(unfit.into_iter().map(|error| named.locate(error)));
        if let Some(error) = ArgsError::of_all(errors) {
            return Err(error);
        }
        let parameters = named.read()?;
        let condition = P::bind(parameters, binder).map_err(|error| named.locate(error))?;
        let by_arguments = || format!("{}{}", P::NAME, named.canonical());
        let canonical = match (&condition.canonical, self.is_shipped) {
            (Some(own), true) => own.to_string(),
            // What a plugin says may be wrong; with its arguments in front it harms no other condition.
            (Some(own), false) => format!("{}: {own}", by_arguments()),
            (None, _) => by_arguments(),
        };
        Ok(condition.into_bound(canonical))
    }
}
