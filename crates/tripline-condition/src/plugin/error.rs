//! What is wrong with the arguments of a condition.

use tripline_message::{Text, text};

/// Arguments that a plugin cannot take: the first thing that is wrong with them, and all others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ArgsError {
    /// Where, as a JSON Pointer into the arguments as they were given; empty for the whole.
    pub pointer: String,
    /// What is wrong: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
    /// What else is wrong; those have no others.
    others: Vec<Self>,
    is_fault: bool,
}

impl ArgsError {
    /// An error at `pointer`, a JSON Pointer into the parameters as an object (`/field`).
    ///
    /// A plain string is shown as it is in every language; what ships with Tripline is a phrase of the catalogue, made
    /// by `text!`.
    pub fn new(pointer: impl Into<String>, message: impl Into<Text>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
            hint: None,
            others: Vec::new(),
            is_fault: false,
        }
    }

    /// The error with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Text>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The error with another one beside it.
    #[must_use]
    pub fn with_other(mut self, mut other: Self) -> Self {
        let inner = std::mem::take(&mut other.others);
        self.others.push(other);
        self.others.extend(inner);
        self
    }

    /// The error and all others, each for itself.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }

    /// Whether the plugin is to blame, and not the arguments: it panicked, or gave what cannot be.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        self.is_fault
    }

    /// A fault of a plugin.
    pub(super) fn fault(message: Text) -> Self {
        let error = Self { is_fault: true, ..Self::new("", message) };
        error.with_hint(text!(
            "this is a fault of the plugin, not of the rule: tell those who wrote it"
        ))
    }

    /// All of these as one; nothing if there are none.
    pub(super) fn of_all(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        errors.into_iter().reduce(Self::with_other)
    }

    /// Changes the error and all others.
    pub(super) fn map_each(mut self, change: &dyn Fn(&mut Self)) -> Self {
        change(&mut self);
        self.others.iter_mut().for_each(change);
        self
    }
}
