//! Why a message cannot be decoded, and where in it.

use std::fmt;

/// What is wrong, and the path of the field where it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Why {
    path: String,
    text: String,
}

impl Why {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { path: String::new(), text: text.into() }
    }

    /// The same, seen from the record that has it in the field `name`.
    pub(super) fn below(self, name: &str) -> Self {
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{name}.{path}"),
        };
        Self { path, ..self }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "field `{}`: ", self.path)?;
        }
        f.write_str(&self.text)
    }
}
