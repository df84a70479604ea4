//! Examples of conditions: part of their definition, shown to users and run by tests.

use crate::Truth;

/// What a condition says of an event, with some arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it shows, in a few words.
    pub about: &'static str,
    /// The arguments, as JSON.
    pub args: &'static str,
    /// The event, as JSON; `ts` is its time in ms.
    pub event: &'static str,
    /// What the condition says.
    pub truth: Truth,
}

impl Example {
    /// An example for which the condition is true.
    #[must_use]
    pub const fn holds(about: &'static str, args: &'static str, event: &'static str) -> Self {
        Self { about, args, event, truth: Truth::True }
    }

    /// An example for which the condition is false.
    #[must_use]
    pub const fn fails(about: &'static str, args: &'static str, event: &'static str) -> Self {
        Self { about, args, event, truth: Truth::False }
    }

    /// An example for which nothing can be told.
    #[must_use]
    pub const fn unknown(about: &'static str, args: &'static str, event: &'static str) -> Self {
        Self { about, args, event, truth: Truth::Unknown }
    }
}
