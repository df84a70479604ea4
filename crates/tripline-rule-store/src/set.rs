//! Members of sets that were put in by hand: what a store says of them, as it stands.

/// All such members of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetListing {
    /// Where they stand, for people.
    pub place: String,
    /// The members, by set and member.
    pub rows: Vec<SetRow>,
    /// What keeps all of them from being read; there are no rows then.
    pub problem: Option<String>,
}

/// A member of a set; nobody has looked at it yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetRow {
    /// The name of the set.
    pub name: String,
    /// A value, or a JSON array of several.
    pub member: String,
    /// What people noted.
    pub value: Option<String>,
    /// The first moment at which it is out, in ms since 1970; for ever without one.
    pub until_ms: Option<i64>,
}
