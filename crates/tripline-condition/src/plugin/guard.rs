//! A panic in a plugin must not end the engine: it makes the condition unknown, and is counted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value as Json;
use tripline_message::text;

use super::{ArgsError, ConditionFactory};
use crate::{Binder, BoundCondition, Condition, Context, NodeIndex, Outlook, Truth};

/// A factory whose panics, and those of its conditions, are caught.
#[derive(Debug)]
pub(super) struct GuardedFactory {
    inner: Arc<dyn ConditionFactory>,
    panics: Arc<AtomicU64>,
}

impl GuardedFactory {
    pub(super) fn new(inner: Arc<dyn ConditionFactory>, panics: Arc<AtomicU64>) -> Self {
        Self { inner, panics }
    }
}

impl ConditionFactory for GuardedFactory {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn description(&self) -> &str {
        self.inner.description()
    }

    fn parameters_schema(&self) -> Json {
        self.inner.parameters_schema()
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        // The field table is all that a panic can leave behind, and it only ever has one field more.
        let bound = catch_unwind(AssertUnwindSafe(|| self.inner.bind(args, binder)));
        let Ok(bound) = bound else {
            self.panics.fetch_add(1, Ordering::Relaxed);
            let message =
                text!("the condition `{name}` panicked on its arguments", name = self.name());
            return Err(
                ArgsError::new("", message).with_hint(text!("this is a fault of the plugin"))
            );
        };
        let bound = bound?;
        Ok(BoundCondition {
            condition: Arc::new(Guarded {
                inner: bound.condition,
                panics: Arc::clone(&self.panics),
            }),
            ..bound
        })
    }
}

#[derive(Debug)]
struct Guarded {
    inner: Arc<dyn Condition>,
    panics: Arc<AtomicU64>,
}

impl Condition for Guarded {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        // A condition is pure, so a panic leaves nothing half done that anybody could see.
        catch_unwind(AssertUnwindSafe(|| self.inner.evaluate(context))).unwrap_or_else(|_| {
            self.panics.fetch_add(1, Ordering::Relaxed);
            Truth::Unknown
        })
    }

    fn outlook(&self, empty: &dyn Fn(NodeIndex) -> bool) -> Outlook {
        catch_unwind(AssertUnwindSafe(|| self.inner.outlook(empty))).unwrap_or(Outlook::OPEN)
    }
}
