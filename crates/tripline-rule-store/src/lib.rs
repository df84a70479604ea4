//! Where rules are kept: a database table, or a folder of files.
//!
//! Rules are opaque text here: a store must hold one that does not parse, so that its author can be told.
//! [`RuleStore`] is what all stores can do; [`StoreUrl`] names one.

mod alias;
mod error;
pub mod files;
mod folder;
mod open;
mod row;
mod set;
mod sql;
mod status;
mod store;
mod url;

pub use alias::{AliasListing, AliasRow, AliasText};
pub use error::StoreError;
pub use open::{StoreOptions, migrate, open};
pub use row::{
    Listing, NewRule, Revision, RowEntry, RowFault, RowProblem, RuleColumns, RuleRow, RuleText,
};
pub use set::{SetListing, SetRow};
pub use status::{Instance, InstanceStatus, RuleStatus};
pub use store::RuleStore;
pub use url::StoreUrl;

/// The longest text that is read of a column or a file, in bytes, inclusive.
pub const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// The longest id, in characters, inclusive.
pub const MAX_ID_CHARS: u64 = 256;

/// The highest version, inclusive: every program can read it in JSON as it is.
pub const MAX_VERSION: i64 = (1 << 53) - 1;
