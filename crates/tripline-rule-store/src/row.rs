//! Rules as rows: what a store lists, and what it gives of each.

use std::sync::Arc;

use tripline_event::{RuleId, RuleVersion};

/// A fingerprint of all that a store holds: equal ones mean that nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision(pub String);

/// All rows of a store, without their texts.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The rows that have an id and a version, by id and then from the highest version down.
    pub rows: Vec<RowEntry>,
    /// The rows that have not, and so can be no version of any rule.
    pub faults: Vec<RowFault>,
}

/// One row: a version of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowEntry {
    /// Which rule.
    pub id: RuleId,
    /// Which version.
    pub version: RuleVersion,
    /// A fingerprint of all columns that count: it changes with every edit in place.
    pub hash: u128,
}

/// A row that is no version of any rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The id as it stands, if there is one.
    pub id: Option<String>,
    /// The version as it stands, if there is one.
    pub version: Option<String>,
    /// What is wrong.
    pub problem: RowProblem,
}

/// What keeps a row from being read as a rule, whatever its pattern says.
///
/// Whoever shows it in another language names every one, so a new one must not go unnoticed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// No id.
    #[error("the row has no id (`id` is NULL or empty)")]
    NoId,
    /// The id is too long.
    #[error("the id has {chars} characters; at most 256 are allowed")]
    IdTooLong {
        /// How long it is.
        chars: u64,
    },
    /// The id is not one that this table can be asked for.
    #[error(
        "the id `{id}` cannot be used: spaces around it, control characters and, in MySQL, letters other than ASCII are \
         not allowed"
    )]
    InvalidId {
        /// As it stands.
        id: String,
    },
    /// No version.
    #[error("the row has no version (`version` is NULL)")]
    NoVersion,
    /// The version is not a whole number that is zero or more.
    #[error("the version `{version}` is not a whole number from 0 to 9007199254740991")]
    InvalidVersion {
        /// As it stands.
        version: String,
    },
    /// Several rows are the same version of the same rule.
    #[error("{rows} rows have this id and version, so it cannot be told which of them is meant")]
    DuplicateVersion {
        /// How many.
        rows: u64,
    },
    /// No pattern.
    #[error("the row has no pattern (`pattern` is NULL)")]
    NoPattern,
    /// The text of a column is too long; it was not read.
    #[error("`{column}` has {bytes} bytes; at most {limit} are allowed")]
    TooLong {
        /// Which column.
        column: &'static str,
        /// How long it is, in bytes.
        bytes: u64,
        /// The limit, inclusive, in bytes.
        limit: u64,
    },
    /// A column is not UTF-8.
    #[error("`{column}` is not UTF-8: the byte at offset {offset} is wrong")]
    NotUtf8 {
        /// Which column.
        column: &'static str,
        /// The first wrong byte, from 0.
        offset: u64,
    },
    /// The same id stands in two files.
    #[error("the rule id `{id}` stands twice: in `{first}` and in `{second}`")]
    SameId {
        /// The id.
        id: String,
        /// A file that has it.
        first: String,
        /// Another one.
        second: String,
    },
    /// A file cannot be read.
    #[error("{0}")]
    File(String),
}

/// A version of a rule, with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRow {
    /// Which rule.
    pub id: RuleId,
    /// Which version.
    pub version: RuleVersion,
    /// The fingerprint of what was read, as in [`RowEntry::hash`].
    pub hash: u128,
    /// What it says; nobody has looked at it yet.
    pub text: Result<RuleText, RowProblem>,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleText {
    /// A whole document as it stands in a file: a pattern graph, or a row object.
    Document(Arc<str>),
    /// The columns of a table.
    Columns(Box<RuleColumns>),
}

/// The columns of a rule beside id and version, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleColumns {
    /// The pattern, JSON text that may be anything.
    pub pattern: String,
    /// A name for people.
    pub name: Option<String>,
    /// What the rule is for.
    pub description: Option<String>,
    /// The action that handles matches.
    pub function: Option<String>,
    /// The key fields: a JSON array, as text.
    pub key_by: Option<String>,
    /// The parameters: a JSON object, as text.
    pub params: Option<String>,
    /// How grave a match is.
    pub severity: Option<String>,
    /// Whether it is to run; `None` in a table without the column.
    pub enabled: Option<bool>,
    /// From when on it is in force, in ms since 1970.
    pub effective_from_ms: Option<i64>,
    /// Until when it is in force, in ms since 1970, exclusive.
    pub effective_until_ms: Option<i64>,
    /// What happens to open attempts of the version before.
    pub on_update: Option<String>,
    /// Labels: a JSON object, as text.
    pub labels: Option<String>,
    /// Who wrote it.
    pub updated_by: Option<String>,
    /// When it was written, in ms since 1970.
    pub created_at_ms: Option<i64>,
}

/// A version to be added: the same rule as columns and as a document.
#[derive(Clone, Debug)]
pub struct NewRule {
    /// Which rule.
    pub id: RuleId,
    /// Which version; it must be higher than every one that is there.
    pub version: RuleVersion,
    /// For tables.
    pub columns: RuleColumns,
    /// A row object, for folders.
    pub document: String,
}
