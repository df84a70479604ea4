//! What keeps the faults of a plugin from harming anything but the rules that ask it.
//!
//! A panic makes the condition unknown; what a plugin says of its condition is checked before the engine trusts it; how
//! long answers take is measured if there is a clock. All of it is counted in [`Faults`].
//! Not contained: a plugin that never returns, takes all memory, overflows the stack, or ends the process.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;
use tripline_event::{FieldId, Key};
use tripline_message::{Text, text};

use super::{ArgsError, ConditionFactory, Example, Faults, RegistryError};
use crate::{Ask, Binder, BoundCondition, Condition, Context, NodeIndex, Outlook, Truth};

/// The longest name of a plugin, in characters.
const MAX_NAME_CHARS: usize = 200;

/// The most fields that binding one condition may ask for that nobody asked for before.
const MAX_NEW_FIELDS: usize = 1_000;

/// The longest text by which a plugin may tell its conditions apart, in bytes.
const MAX_CANONICAL_BYTES: usize = 64 * 1024;

/// Longer texts of errors are shortened, in bytes.
const MAX_SAID_BYTES: usize = 2_000;

/// What of a panic's or an error's text is kept, in characters.
const MAX_SAID_CHARS: usize = 500;

thread_local! {
    static CONTAINED: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread runs a plugin whose panics are caught and counted: for a panic hook that would say less of them.
#[must_use]
pub fn in_guarded_plugin() -> bool {
    CONTAINED.get() > 0
}

/// A clock for how long plugins take: ns since any moment.
pub(super) type Stopwatch = Arc<OnceLock<fn() -> u64>>;

/// What `run` gives, or what its panic said.
pub(super) fn contain<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    CONTAINED.set(CONTAINED.get() + 1);
    // A condition is pure and a factory has no state that the engine sees, so a panic leaves nothing half done.
    let result = catch_unwind(AssertUnwindSafe(run));
    let result = result.map_err(|payload| {
        let message = said(payload.as_ref());
        // What a plugin panics with may panic itself when it is dropped.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        message
    });
    CONTAINED.set(CONTAINED.get() - 1);
    result
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "it said nothing",
    };
    shortened(text)
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_SAID_CHARS).collect()
}

/// A factory of a plugin that is not ours. What it says of itself was read once, when it was registered.
pub(super) struct GuardedFactory {
    inner: Arc<dyn ConditionFactory>,
    name: Arc<str>,
    description: String,
    schema: Json,
    examples: Vec<Example>,
    /// Whether the inner one tells conditions apart by all that they were told.
    is_typed: bool,
    panics: Arc<AtomicU64>,
    stopwatch: Stopwatch,
}

impl fmt::Debug for GuardedFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedFactory").field("name", &self.name).finish_non_exhaustive()
    }
}

impl GuardedFactory {
    /// # Errors
    /// What the plugin says of itself cannot be used.
    pub(super) fn new(
        inner: Arc<dyn ConditionFactory>,
        is_typed: bool,
        stopwatch: Stopwatch,
    ) -> Result<Self, RegistryError> {
        let of_itself = contain(|| {
            (
                inner.name().to_owned(),
                inner.description().to_owned(),
                inner.parameters_schema(),
                inner.examples().to_vec(),
            )
        });
        let faulty = |name: &str, problem: &str| RegistryError::Faulty {
            name: shortened(name),
            problem: problem.to_owned(),
        };
        let (name, description, schema, examples) = of_itself.map_err(|panic| {
            faulty("?", &format!("it panicked when it was asked what it is: {panic}"))
        })?;
        if let Some(problem) = name_problem(&name) {
            return Err(faulty(&name, &problem));
        }
        if !schema.is_object() {
            return Err(faulty(&name, "the schema of its parameters is no JSON object"));
        }
        Ok(Self {
            inner,
            name: name.into(),
            description,
            schema,
            examples,
            is_typed,
            panics: Arc::default(),
            stopwatch,
        })
    }

    /// How often conditions of this factory have panicked.
    pub(super) fn panics(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.panics)
    }

    fn bind_contained(
        &self,
        args: &Json,
        binder: &mut Binder<'_>,
    ) -> Result<BoundCondition, ArgsError> {
        let name = &self.name;
        let bound = contain(|| self.inner.bind(args, binder)).map_err(|panic| {
            self.panics.fetch_add(1, Ordering::Relaxed);
            let said = panic;
            ArgsError::fault(text!(
                "the condition `{name}` panicked on its arguments: {said}",
                name = &**name,
                said
            ))
        })?;
        // What a plugin says is shown to people, and must not be endless.
        bound.map_err(|error| {
            error.map_each(&|error| {
                if error.message.size() > MAX_SAID_BYTES {
                    error.message = shortened(&error.message.to_string()).into();
                }
                if let Some(hint) = error.hint.take_if(|hint| hint.size() > MAX_SAID_BYTES) {
                    error.hint = Some(shortened(&hint.to_string()).into());
                }
                error.pointer = shortened(&error.pointer);
            })
        })
    }

    /// What the plugin says of its condition, as far as it can be.
    fn checked(
        &self,
        bound: &BoundCondition,
        new_fields: usize,
        binder: &Binder<'_>,
    ) -> Result<(), ArgsError> {
        let wrong = |what: Text| {
            Err(ArgsError::fault(text!(
                "the condition `{name}` gives what cannot be: {what}",
                name = &*self.name,
                what
            )))
        };
        if new_fields > MAX_NEW_FIELDS {
            return wrong(text!(
                "it reads {count} fields that no other condition reads, which exceeds the limit of {limit}",
                count = new_fields,
                limit = MAX_NEW_FIELDS
            ));
        }
        let known = |field: &FieldId| field.index() < binder.fields.len();
        let required = bound.required_equality.iter().map(|(field, _)| field);
        let summed = bound.sums.iter().map(|(_, field)| field);
        if !required.chain(&bound.matched_fields).chain(summed).all(known) {
            return wrong(text!("it reads a field that there is not"));
        }
        if bound.sums.iter().any(|(node, _)| usize::from(node.0) >= binder.nodes.len()) {
            return wrong(text!("it sums up the events of a node that there is not"));
        }
        if bound.canonical.len() > MAX_CANONICAL_BYTES && !self.is_typed {
            let bytes = bound.canonical.len();
            return wrong(text!(
                "the text that tells it apart has {count} bytes, which exceeds the limit of {limit}",
                count = bytes,
                limit = MAX_CANONICAL_BYTES
            ));
        }
        Ok(())
    }
}

impl ConditionFactory for GuardedFactory {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn parameters_schema(&self) -> Json {
        self.schema.clone()
    }

    fn examples(&self) -> &[Example] {
        &self.examples
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        let (before, mark) = (binder.fields.len(), binder.fields.mark());
        let bound = self.bind_contained(args, binder).and_then(|bound| {
            let new_fields = binder.fields.len().saturating_sub(before);
            self.checked(&bound, new_fields, binder).map(|()| bound)
        });
        let mut bound = bound.inspect_err(|_| binder.fields.forget_after(mark))?;
        bound.matched_fields.sort_unstable();
        bound.matched_fields.dedup();
        bound.sums.sort_unstable();
        bound.sums.dedup();
        let required = bound
            .required_equality
            .as_ref()
            .map(|(field, value)| (*field, Key::from_values(std::iter::once(value))));
        Ok(BoundCondition {
            // Two conditions of one text are asked once, and no plugin may answer for another or for an expression.
            canonical: if self.is_typed {
                bound.canonical
            } else {
                format!("{}{args}: {}", self.name, bound.canonical).into()
            },
            iterative: bound.iterative
                || !bound.matched_fields.is_empty()
                || !bound.sums.is_empty(),
            condition: Arc::new(Guarded {
                inner: Some(bound.condition),
                required,
                now_ns: self.stopwatch.get().copied(),
                faults: Faults::new(Arc::clone(&self.name), self.panics()),
            }),
            ..bound
        })
    }
}

/// Why a plugin cannot have this name.
fn name_problem(name: &str) -> Option<String> {
    let chars = name.chars().count();
    if chars > MAX_NAME_CHARS {
        return Some(format!(
            "the name has {chars} characters; at most {MAX_NAME_CHARS} are allowed"
        ));
    }
    let plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '$' | '-');
    if name.is_empty() || !name.chars().all(plain) {
        return Some(
            "a name has letters, digits, `_`, `.`, `$` and `-`, and at least one".to_owned(),
        );
    }
    let combines = super::COMBINATIONS.iter().any(|combination| name.ends_with(combination.name));
    combines.then(|| "names that end so combine conditions".to_owned())
}

/// A condition of a plugin that is not ours.
struct Guarded {
    /// Nothing only while it is dropped.
    inner: Option<Arc<dyn Condition>>,
    /// The field that must have this value for the condition to hold; no key is equal to nothing.
    required: Option<(FieldId, Option<Key>)>,
    now_ns: Option<fn() -> u64>,
    faults: Faults,
}

impl Guarded {
    /// Whether what the condition said it requires is so: the engine does not even ask it where it is not.
    fn keeps_equality(&self, context: &Context<'_>) -> bool {
        let Some((field, key)) = &self.required else { return true };
        let value = std::iter::once(context.event.value(*field));
        key.as_ref().is_some_and(|key| key.matches(value))
    }
}

impl Condition for Guarded {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let Some(inner) = &self.inner else { return Truth::Unknown };
        let begun = self.now_ns.map(|now_ns| now_ns());
        let answer = contain(|| inner.evaluate(context));
        // A panic is slow by itself, if a hook writes down where it was.
        if let (Some(begun), Some(now_ns), Ok(_)) = (begun, self.now_ns, &answer) {
            self.faults.took(now_ns().saturating_sub(begun));
        }
        match answer {
            Ok(truth) if truth.holds() && !self.keeps_equality(context) => {
                self.faults.broke_equality();
                Truth::Unknown
            }
            Ok(truth) => truth,
            Err(message) => {
                self.faults.panicked(message);
                Truth::Unknown
            }
        }
    }

    fn outlook(&self, empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        let inner = self.inner.as_ref();
        inner.and_then(|inner| contain(|| inner.outlook(empty)).ok()).unwrap_or(Outlook::OPEN)
    }

    fn asks(&self, each: &mut dyn FnMut(Ask)) {
        if let Some(inner) = &self.inner {
            let mut found = Vec::new();
            if contain(|| inner.asks(&mut |ask| found.push(ask))).is_ok() {
                found.into_iter().for_each(each);
            }
        }
    }

    fn faults(&self, each: &mut dyn FnMut(&Faults)) {
        each(&self.faults);
    }
}

impl fmt::Debug for Guarded {
    /// Without the plugin's own words, which may panic.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let inner = self.inner.take();
        if let Err(message) = contain(|| drop(inner)) {
            self.faults.panicked(message);
        }
    }
}
