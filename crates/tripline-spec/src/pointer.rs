//! JSON Pointers (RFC 6901): where in a rule something stands.

use std::fmt;

/// A JSON Pointer into the text of a rule, in its escaped spelling, as `/nodes/0/name`.
///
/// Parts of a rule carry their pointer so that later stages can say where a fault is: the format has several
/// spellings for the same thing, so the place cannot be worked out from the meaning.
/// It is no part of the meaning, so **all pointers compare equal**: two rules are equal if they say the same, wherever
/// it stands. Compare [`Pointer::as_str`] to compare places.
#[derive(Debug, Clone, Default)]
pub struct Pointer(String);

impl Pointer {
    /// Points at the whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Points at the member `name` of the object that `self` points at.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        let mut text = String::with_capacity(self.0.len() + name.len() + 1);
        text.push_str(&self.0);
        text.push('/');
        for c in name.chars() {
            match c {
                '~' => text.push_str("~0"),
                '/' => text.push_str("~1"),
                _ => text.push(c),
            }
        }
        Self(text)
    }

    /// Points at the element `index`, from 0, of the array that `self` points at.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    pub(crate) fn step(&self, step: &Step<'_>) -> Self {
        match step {
            Step::Key(name) => self.key(name),
            Step::Index(index) => self.index(*index),
        }
    }

    /// The escaped spelling; empty for the whole document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Pointer {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Pointer {}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One step of a pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// To a member of an object.
    Key(&'a str),
    /// To an element of an array.
    Index(usize),
}

/// The names of a pointer's steps, unescaped, from the outside in.
pub(crate) fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::{Pointer, steps};

    #[test]
    fn escapes_and_takes_apart() {
        let pointer = Pointer::root().key("nodes").index(3).key("a/b~c").key("");
        assert_eq!(pointer.as_str(), "/nodes/3/a~1b~0c/");
        assert_eq!(steps(pointer.as_str()).collect::<Vec<_>>(), ["nodes", "3", "a/b~c", ""]);
        assert_eq!(steps("").count(), 0);
        // The order of unescaping matters: `~01` is `~1`, not `/`.
        assert_eq!(steps("/~01").collect::<Vec<_>>(), ["~1"]);
    }
}
