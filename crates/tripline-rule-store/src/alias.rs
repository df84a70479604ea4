//! Aliases of condition classes: what a store says of them, as it stands.

/// All aliases of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AliasListing {
    /// Where they stand, for people: the table or the file.
    pub place: String,
    /// The aliases, by name.
    pub rows: Vec<AliasRow>,
    /// What keeps all of them from being read; there are no rows then.
    pub problem: Option<String>,
}

/// What a class name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRow {
    /// The name of the class.
    pub class_name: String,
    /// What it stands for, or what keeps that from being read: lower case, no full stop.
    pub text: Result<AliasText, String>,
}

/// What an alias says; nobody has looked at it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasText {
    /// The name of a condition, or an expression.
    pub condition: String,
    /// The arguments that are given: a JSON object, as text.
    pub args: Option<String>,
}
