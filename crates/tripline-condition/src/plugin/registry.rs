//! The plugins that rules may use, by name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value as Json};
use tripline_message::{Text, text};

use super::alias::{Alias, AliasFactory, AliasProblem, ResolvedAlias};
use super::guard::GuardedFactory;
use super::guard::Stopwatch;
use super::{ActionPlugin, GuardedAction};
use super::{ArgsError, ConditionFactory, ConditionPlugin, TypedFactory, shipped};
use crate::Action;
use crate::EventSchemas;
use crate::suggest::{closest, did_you_mean};

/// Why a registry has no such condition, or cannot take it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is no condition of that name.
    #[error("{}", self.text())]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that are close to it, closest first.
        closest: Vec<String>,
    },
    /// The name is taken.
    #[error("{}", self.text())]
    Taken {
        /// The name.
        name: String,
    },
    /// The program has an action of that name already.
    #[error("{}", self.text())]
    ActionTaken {
        /// The name.
        name: String,
    },
    /// The arguments that an alias fixes do not fit.
    #[error("{}", self.text())]
    FixedArguments {
        /// The alias.
        name: String,
        /// What is wrong with them.
        source: Box<ArgsError>,
    },
    /// A plugin says of itself what cannot be.
    #[error("{}", self.text())]
    Faulty {
        /// Its name, as far as it has one.
        name: String,
        /// What it says.
        problem: String,
    },
    /// The name is an alias that cannot be used.
    #[error("{}", self.text())]
    BrokenAlias {
        /// The alias.
        name: String,
        /// What is wrong with it.
        problem: AliasProblem,
        /// Where it is defined.
        origin: Text,
    },
}

impl RegistryError {
    /// What is wrong, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Unknown { name, .. } => text!("there is no condition `{name}`", name),
            Self::Taken { name } => text!("there is already a condition `{name}`", name),
            // For those who write programs, not rules.
            Self::ActionTaken { name } => {
                Text::verbatim(format!("there is already an action `{name}`"))
            }
            Self::Faulty { name, problem } => {
                Text::verbatim(format!("the condition `{name}` cannot be registered: {problem}"))
            }
            Self::FixedArguments { name, source } => text!(
                "the fixed arguments of `{name}` do not fit: {reason}",
                name,
                reason = &source.message
            ),
            Self::BrokenAlias { name, problem, .. } => text!(
                "the alias `{name}` cannot be used: {reason}",
                name,
                reason = &problem.message
            ),
        }
    }

    /// What to do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<Text> {
        match self {
            Self::Unknown { closest, .. } => did_you_mean(closest),
            Self::FixedArguments { source, .. } => source.hint.clone(),
            Self::BrokenAlias { problem, origin, .. } => {
                let mend = text!("mend it in {origin}", origin);
                Some(match &problem.hint {
                    Some(hint) => text!("{first}; {second}", first = hint, second = mend),
                    None => mend,
                })
            }
            Self::Taken { .. } | Self::ActionTaken { .. } | Self::Faulty { .. } => None,
        }
    }
}

/// The conditions that rules may name, and the fields.
///
/// A value: passed to whoever binds rules, shared by cloning.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    factories: BTreeMap<String, Arc<dyn ConditionFactory>>,
    /// What is said outside of the program, broken ones included; never a name of `factories` that works.
    aliases: BTreeMap<String, Arc<ResolvedAlias>>,
    /// Panics of each plugin that is not built in.
    panics: BTreeMap<String, Arc<AtomicU64>>,
    /// What rules may name as their `function`.
    actions: BTreeMap<String, Arc<Action>>,
    /// Those of them that the program makes the payload of.
    action_plugins: BTreeMap<String, GuardedAction>,
    /// What is known of the events that rules read.
    event_schemas: Arc<EventSchemas>,
    /// How events are split among instances.
    partitioning: Arc<Partitioning>,
    /// Measures how long plugins take that are not built in.
    stopwatch: Stopwatch,
}

/// How the events of sources are split among several instances, for rules that must see all events of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitioning {
    /// The name of each source of which this instance reads some partitions only, and the fields by which events are given
    /// to partitions.
    pub sources: Vec<(String, Vec<String>)>,
    /// The key of rules that name none.
    pub default_key: Vec<String>,
}

/// Where a condition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It ships with Tripline.
    Shipped,
    /// The program registered it.
    Plugin,
    /// It is another name for one, perhaps with arguments, or for an expression.
    Alias,
}

impl Registry {
    /// A registry without conditions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry of the conditions that ship with Tripline (`docs/plugins.md`).
    #[must_use]
    pub fn with_builtins() -> Self {
        let mut registry = Self::new();
        // Ours do not panic, and need no guard.
        for factory in shipped::factories() {
            registry.factories.insert(factory.name().to_owned(), factory);
        }
        registry
    }

    /// Lets how long plugins take be measured, by ns since any moment; the first clock given stays.
    ///
    /// For conditions that are bound from now on. Those that ship with Tripline are never measured.
    pub fn set_stopwatch(&self, now_ns: fn() -> u64) {
        let _first = self.stopwatch.set(now_ns);
    }

    /// Makes these the actions that rules may name, for rules that are compiled from now on; of several with one name the
    /// last counts.
    pub fn set_actions(&mut self, actions: impl IntoIterator<Item = Action>) {
        self.actions =
            actions.into_iter().map(|action| (action.name.clone(), Arc::new(action))).collect();
        for name in self.action_plugins.keys() {
            let plain = || Arc::new(Action { name: name.clone(), ..Action::default() });
            self.actions.entry(name.clone()).or_insert_with(plain);
        }
    }

    /// Adds an action of the program, which rules name as their `function`; one of that name in the configuration adds to
    /// it which outputs it takes, how grave they are, and where they go.
    ///
    /// # Errors
    /// The name is empty or taken by another action of the program.
    pub fn register_action(
        &mut self,
        name: &str,
        action: impl ActionPlugin,
    ) -> Result<(), RegistryError> {
        if name.is_empty() {
            let problem = "an action needs a name".to_owned();
            return Err(RegistryError::Faulty { name: String::new(), problem });
        }
        if self.action_plugins.contains_key(name) {
            return Err(RegistryError::ActionTaken { name: name.to_owned() });
        }
        let guarded = GuardedAction::new(name, Arc::new(action), Arc::clone(&self.stopwatch));
        self.action_plugins.insert(name.to_owned(), guarded);
        let plain = || Arc::new(Action { name: name.to_owned(), ..Action::default() });
        self.actions.entry(name.to_owned()).or_insert_with(plain);
        Ok(())
    }

    /// What the program makes of the outputs of the action of that name.
    #[must_use]
    pub fn action_plugin(&self, name: &str) -> Option<&GuardedAction> {
        self.action_plugins.get(name)
    }

    /// The action of that name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.get(name).map(Arc::as_ref)
    }

    /// All actions, by name.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.values().map(Arc::as_ref)
    }

    /// The names of the sets that actions change, some perhaps twice.
    pub fn written_sets(&self) -> impl Iterator<Item = &str> {
        self.actions.values().flat_map(|action| action.sets())
    }

    /// Whether there are any actions.
    #[must_use]
    pub fn has_actions(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Lets the fields that rules name be checked against what events look like.
    ///
    /// For rules that are compiled from now on. They get warnings, and run all the same.
    pub fn set_event_schemas(&mut self, event_schemas: Arc<EventSchemas>) {
        self.event_schemas = event_schemas;
    }

    /// Lets the keys of rules that are compiled from now on be checked against how events are split among instances.
    pub fn set_partitioning(&mut self, partitioning: Partitioning) {
        self.partitioning = Arc::new(partitioning);
    }

    /// How events are split among instances; not at all unless set.
    #[must_use]
    pub fn partitioning(&self) -> &Partitioning {
        &self.partitioning
    }

    /// What is known of events; empty unless set.
    #[must_use]
    pub fn event_schemas(&self) -> &EventSchemas {
        &self.event_schemas
    }

    /// Adds a plugin under its own name; panics of its conditions count as unknown.
    ///
    /// # Errors
    /// The name is taken, or what the plugin says of itself cannot be.
    pub fn register<P: ConditionPlugin>(&mut self) -> Result<(), RegistryError> {
        self.guard(Arc::new(TypedFactory::<P>::foreign()), true)
    }

    /// Adds a factory under its own name; panics of its conditions count as unknown.
    ///
    /// # Errors
    /// The name is taken, or what the factory says of itself cannot be.
    pub fn register_factory(
        &mut self,
        factory: Arc<dyn ConditionFactory>,
    ) -> Result<(), RegistryError> {
        self.guard(factory, false)
    }

    fn guard(
        &mut self,
        factory: Arc<dyn ConditionFactory>,
        is_typed: bool,
    ) -> Result<(), RegistryError> {
        let guarded = GuardedFactory::new(factory, is_typed, Arc::clone(&self.stopwatch))?;
        let (name, panics) = (guarded.name().to_owned(), guarded.panics());
        self.insert(name.clone(), Arc::new(guarded))?;
        self.panics.insert(name, panics);
        Ok(())
    }

    /// Makes `class_name`, as existing rules have it, stand for `condition` with `fixed` arguments (an object or null);
    /// a rule gives the others.
    ///
    /// For a program that brings its own conditions: such a name cannot be given another meaning by
    /// [`Self::set_aliases`].
    ///
    /// # Errors
    /// There is no such condition, the name is taken, or the condition has no such parameters.
    pub fn alias(
        &mut self,
        class_name: &str,
        condition: &str,
        fixed: &Json,
    ) -> Result<(), RegistryError> {
        let inner = self.factories.get(condition).cloned();
        let inner = inner.ok_or_else(|| self.unknown(condition))?;
        let failed = |error| {
            let source = Box::new(error);
            RegistryError::FixedArguments { name: class_name.to_owned(), source }
        };
        let fixed = match fixed {
            Json::Null => Map::new(),
            Json::Object(fixed) => fixed.clone(),
            _ => return Err(failed(ArgsError::new("", text!("they are not an object")))),
        };
        let alias = AliasFactory::new(class_name, inner, fixed).map_err(failed)?;
        self.insert(class_name.to_owned(), Arc::new(alias))
    }

    /// Makes these all aliases of outside the program; of several with one name the last counts.
    ///
    /// One that cannot be used harms no other: it stays known as broken, and rules that name it are told so.
    /// An alias stands for a condition of this registry or for an expression, never for another of `aliases`.
    pub fn set_aliases(&mut self, aliases: impl IntoIterator<Item = Alias>) {
        let resolved = aliases.into_iter().map(|alias| ResolvedAlias::new(&self.factories, alias));
        self.aliases =
            resolved.map(|alias| (alias.alias.class_name.clone(), Arc::new(alias))).collect();
    }

    /// The alias of that name, unless the name is a condition's own.
    #[must_use]
    pub fn alias_of(&self, class_name: &str) -> Option<&Arc<ResolvedAlias>> {
        self.aliases.get(class_name).filter(|_| !self.factories.contains_key(class_name))
    }

    /// What [`Self::set_aliases`] made known, by name, broken ones included.
    pub fn aliases(&self) -> impl Iterator<Item = &ResolvedAlias> {
        self.aliases.values().map(Arc::as_ref)
    }

    /// The condition of that name.
    ///
    /// # Errors
    /// There is none, and the error names those that are close; or the name is an alias that is broken.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn ConditionFactory>, RegistryError> {
        if let Some(factory) = self.factories.get(name) {
            return Ok(factory);
        }
        let alias = self.aliases.get(name).ok_or_else(|| self.unknown(name))?;
        alias.factory().map_err(|problem| RegistryError::BrokenAlias {
            name: name.to_owned(),
            problem: problem.clone(),
            origin: alias.alias.origin.text(),
        })
    }

    fn unknown(&self, name: &str) -> RegistryError {
        // One that is broken would be the next error.
        let aliases = || self.aliases.iter().filter(|(_, alias)| alias.factory().is_ok());
        let aliases = || aliases().map(|(name, _)| name);
        let known = || self.factories.keys().chain(aliases()).map(String::as_str);
        let mut close = closest(name, known());
        // Of a class the last part is the name, and the package may be another.
        let simple = simple_name(name);
        let same = |other: &&str| simple_name(other).eq_ignore_ascii_case(simple);
        for other in known().filter(same) {
            if !close.contains(&other) && close.len() < 3 {
                close.push(other);
            }
        }
        let closest = close.into_iter().map(str::to_owned).collect();
        RegistryError::Unknown { name: name.to_owned(), closest }
    }

    /// All conditions, by name, aliases included.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &dyn ConditionFactory)> {
        let aliases = self.aliases.iter().filter(|(name, _)| !self.factories.contains_key(*name));
        let aliases = aliases.filter_map(|(name, alias)| Some((name, alias.factory().ok()?)));
        let mut all: Vec<_> = self.factories.iter().chain(aliases).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all.into_iter().map(|(name, factory)| (name.as_str(), factory.as_ref()))
    }

    /// Where the condition of that name comes from, if there is one.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<Origin> {
        if self.panics.contains_key(name) {
            return Some(Origin::Plugin);
        }
        match self.factories.get(name) {
            Some(_) if shipped::NAMES.contains(&name) => Some(Origin::Shipped),
            Some(_) => Some(Origin::Alias),
            None => self.aliases.contains_key(name).then_some(Origin::Alias),
        }
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

/// The name of a class without its package.
fn simple_name(name: &str) -> &str {
    name.rsplit(['.', '$']).next().unwrap_or(name)
}
