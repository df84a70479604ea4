//! Field paths and the numbers that stand for them while the engine runs.

use std::sync::Arc;

use indexmap::IndexSet;

/// The number of a field path in a [`FieldTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(u32);

impl FieldId {
    /// Position in an event's values.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// All field paths that rules, keys and outputs have asked for, each with its number.
///
/// Append-only for the life of a process (but see [`FieldTable::truncate`]), so that a rule set built later can share everything with the one before:
/// a number, once given, never means another path.
/// A path is field names joined by dots (`eventArgs.detail.price`); `a.b` is found as the field `b` of the object `a`,
/// or, if the event has a field of the literal name `a.b`, as that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldTable {
    paths: IndexSet<Arc<str>>,
}

impl FieldTable {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of `path`, given now if it had none.
    pub fn intern(&mut self, path: &str) -> FieldId {
        let index = match self.paths.get_index_of(path) {
            Some(index) => index,
            None => self.paths.insert_full(Arc::from(path)).0,
        };
        // A rule text is at most 1 MiB, so the paths of all rules stay far below 2^32.
        FieldId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Forgets all paths but the first `len`: only for paths that nobody has the number of.
    pub fn truncate(&mut self, len: usize) {
        self.paths.truncate(len);
    }

    /// The number of `path`, if it has one.
    #[must_use]
    pub fn id(&self, path: &str) -> Option<FieldId> {
        let index = self.paths.get_index_of(path)?;
        u32::try_from(index).ok().map(FieldId)
    }

    /// The path of a number of this table.
    #[must_use]
    pub fn path(&self, id: FieldId) -> Option<&str> {
        self.paths.get_index(id.index()).map(AsRef::as_ref)
    }

    /// All paths, in the order of their numbers.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(AsRef::as_ref)
    }

    /// How many paths there are: the length of an event's values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether no field has been asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}
