//! The plugins that rules may use, by name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value as Json};

use super::guard::GuardedFactory;
use super::{
    ArgsError, ConditionFactory, ConditionPlugin, InList, TypedFactory, arguments, parameters,
};
use crate::suggest::{closest, did_you_mean};
use crate::{Binder, BoundCondition};

/// Why a registry has no such condition, or cannot take it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is no condition of that name.
    #[error("there is no condition `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that are close to it, closest first.
        closest: Vec<String>,
    },
    /// The name is taken.
    #[error("there is already a condition `{name}`")]
    Taken {
        /// The name.
        name: String,
    },
    /// The arguments that an alias fixes do not fit.
    #[error("the fixed arguments of `{name}` do not fit: {source}")]
    FixedArguments {
        /// The alias.
        name: String,
        /// What is wrong with them.
        source: ArgsError,
    },
}

impl RegistryError {
    /// What to do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { closest, .. } => did_you_mean(closest),
            Self::FixedArguments { source, .. } => source.hint.clone(),
            Self::Taken { .. } => None,
        }
    }
}

/// The conditions that rules may name.
///
/// A value: passed to whoever binds rules, shared by cloning.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    factories: BTreeMap<String, Arc<dyn ConditionFactory>>,
    /// Panics of each plugin that is not built in.
    panics: BTreeMap<String, Arc<AtomicU64>>,
}

impl Registry {
    /// A registry without conditions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry of the conditions that ship with Tripline: [`InList`].
    #[must_use]
    pub fn with_builtins() -> Self {
        let mut registry = Self::new();
        // Ours do not panic, and need no guard.
        let builtins: [Arc<dyn ConditionFactory>; 1] = [Arc::new(TypedFactory::<InList>::new())];
        for factory in builtins {
            registry.factories.insert(factory.name().to_owned(), factory);
        }
        registry
    }

    /// Adds a plugin under its own name.
    ///
    /// # Errors
    /// The name is taken.
    pub fn register<P: ConditionPlugin>(&mut self) -> Result<(), RegistryError> {
        self.register_factory(Arc::new(TypedFactory::<P>::new()))
    }

    /// Adds a factory under its own name; panics of its conditions count as unknown.
    ///
    /// # Errors
    /// The name is taken.
    pub fn register_factory(
        &mut self,
        factory: Arc<dyn ConditionFactory>,
    ) -> Result<(), RegistryError> {
        let name = factory.name().to_owned();
        let panics = Arc::new(AtomicU64::new(0));
        let guarded = GuardedFactory::new(factory, Arc::clone(&panics));
        self.insert(name.clone(), Arc::new(guarded))?;
        self.panics.insert(name, panics);
        Ok(())
    }

    /// Makes `class_name`, as existing rules have it, stand for `condition` with `fixed` arguments (an object or null);
    /// a rule gives the others.
    ///
    /// # Errors
    /// There is no such condition, the name is taken, or the condition has no such parameters.
    pub fn alias(
        &mut self,
        class_name: &str,
        condition: &str,
        fixed: &Json,
    ) -> Result<(), RegistryError> {
        let inner = Arc::clone(self.get(condition)?);
        let failed = |source| RegistryError::FixedArguments { name: class_name.to_owned(), source };
        let fixed = match fixed {
            Json::Null => Map::new(),
            Json::Object(fixed) => fixed.clone(),
            _ => return Err(failed(ArgsError::new("", "they are not an object"))),
        };
        let none = Map::new();
        arguments::by_name(&inner.parameters_schema(), &none, &Json::Object(fixed.clone()))
            .map_err(failed)?;
        let alias = AliasFactory { name: class_name.to_owned(), inner, fixed };
        self.insert(class_name.to_owned(), Arc::new(alias))
    }

    /// The condition of that name.
    ///
    /// # Errors
    /// There is none; the error names those that are close.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn ConditionFactory>, RegistryError> {
        self.factories.get(name).ok_or_else(|| {
            let known = self.factories.keys().map(String::as_str);
            RegistryError::Unknown {
                name: name.to_owned(),
                closest: closest(name, known).into_iter().map(str::to_owned).collect(),
            }
        })
    }

    /// All conditions, by name, aliases included.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &dyn ConditionFactory)> {
        self.factories.iter().map(|(name, factory)| (name.as_str(), factory.as_ref()))
    }

    /// How often each plugin has panicked since it was registered, by name; built-in ones do not stand here.
    pub fn panics(&self) -> impl Iterator<Item = (&str, u64)> {
        self.panics.iter().map(|(name, count)| (name.as_str(), count.load(Ordering::Relaxed)))
    }

    fn insert(
        &mut self,
        name: String,
        factory: Arc<dyn ConditionFactory>,
    ) -> Result<(), RegistryError> {
        if self.factories.contains_key(&name) {
            return Err(RegistryError::Taken { name });
        }
        self.factories.insert(name, factory);
        Ok(())
    }
}

/// Another name for a condition, with some arguments given.
#[derive(Debug)]
struct AliasFactory {
    name: String,
    inner: Arc<dyn ConditionFactory>,
    fixed: Map<String, Json>,
}

impl ConditionFactory for AliasFactory {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        self.inner.description()
    }

    /// Without the parameters that are fixed.
    fn parameters_schema(&self) -> Json {
        let mut schema = self.inner.parameters_schema();
        if let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) {
            properties.retain(|name, _| !self.fixed.contains_key(name));
        }
        if let Some(required) = schema.get_mut("required").and_then(Json::as_array_mut) {
            required
                .retain(|name| !name.as_str().is_some_and(|name| self.fixed.contains_key(name)));
        }
        schema
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        let args = parameters::substitute(args, binder.params)?;
        let named = arguments::by_name(&self.inner.parameters_schema(), &self.fixed, &args)?;
        self.inner.bind(&named.object(), binder).map_err(|error| named.locate(error))
    }
}
