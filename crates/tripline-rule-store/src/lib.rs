//! Where rules are kept: a database table, or a folder of files.
//!
//! Rules are opaque text here: a store must hold one that does not parse, so that its author can be told.
//! [`RuleStore`] is what all stores can do; [`StoreUrl`] names one.

mod error;
mod row;
mod status;
mod store;

pub use error::StoreError;
pub use row::{
    Listing, NewRule, Revision, RowEntry, RowFault, RowProblem, RuleColumns, RuleRow, RuleText,
};
pub use status::{Instance, InstanceStatus, RuleStatus};
pub use store::RuleStore;
