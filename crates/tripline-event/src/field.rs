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

/// The number of a statistic in a [`FieldTable`]: an aggregate of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatId(u32);

impl StatId {
    /// Position among all statistics asked for.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of a set in a [`FieldTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId(u32);

impl SetId {
    /// Position among all sets named.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How much a [`FieldTable`] had at some moment.
#[derive(Clone, Copy, Debug)]
pub struct FieldMark {
    fields: usize,
    stats: usize,
    sets: usize,
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
    /// Rules and aggregates whose running values conditions ask for.
    stats: IndexSet<(Arc<str>, Arc<str>)>,
    /// The names of sets.
    sets: IndexSet<Arc<str>>,
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

    /// The number of the aggregate `name` of the rule `rule`, given now if it had none.
    pub fn stat(&mut self, rule: &str, name: &str) -> StatId {
        let (index, _) = self.stats.insert_full((Arc::from(rule), Arc::from(name)));
        StatId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The number of the set called `name`, given now if it had none.
    pub fn set(&mut self, name: &str) -> SetId {
        let index = match self.sets.get_index_of(name) {
            Some(index) => index,
            None => self.sets.insert_full(Arc::from(name)).0,
        };
        SetId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The rule and the aggregate of a statistic of this table.
    #[must_use]
    pub fn stat_name(&self, id: StatId) -> Option<(&str, &str)> {
        self.stats.get_index(id.index()).map(|(rule, name)| (rule.as_ref(), name.as_ref()))
    }

    /// All statistics asked for, in the order of their numbers: rule and aggregate.
    pub fn stats(&self) -> impl Iterator<Item = (&str, &str)> {
        self.stats.iter().map(|(rule, name)| (rule.as_ref(), name.as_ref()))
    }

    /// The number of the set called `name`, if it has one.
    #[must_use]
    pub fn set_id(&self, name: &str) -> Option<SetId> {
        let index = self.sets.get_index_of(name)?;
        u32::try_from(index).ok().map(SetId)
    }

    /// The name of a set of this table.
    #[must_use]
    pub fn set_name(&self, id: SetId) -> Option<&str> {
        self.sets.get_index(id.index()).map(AsRef::as_ref)
    }

    /// The names of all sets, in the order of their numbers.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        self.sets.iter().map(AsRef::as_ref)
    }

    /// How much there is now.
    #[must_use]
    pub fn mark(&self) -> FieldMark {
        FieldMark { fields: self.paths.len(), stats: self.stats.len(), sets: self.sets.len() }
    }

    /// Forgets all that came after `mark`: only for what nobody has the number of.
    pub fn forget_after(&mut self, mark: FieldMark) {
        self.paths.truncate(mark.fields);
        self.stats.truncate(mark.stats);
        self.sets.truncate(mark.sets);
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
