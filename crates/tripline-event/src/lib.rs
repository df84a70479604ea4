//! Events, values, time and keys: the words every other crate of Tripline speaks.
//!
//! Pure: no clock, no I/O.
//! An [`Event`] is a borrowed view of one record of a stream: its time, where it came from, the values of the fields
//! that some rule asks for, and its payload as it came.

mod event;
mod field;
mod id;
pub mod json;
mod key;
mod key_group;
mod rule;
mod time;
mod value;

pub use event::{Event, EventPosition, PayloadDecoder};
pub use field::{FieldId, FieldMark, FieldTable, SetId, StatId};
pub use id::EventId;
pub use key::Key;
pub use key_group::{KeyGroup, KeyGroups};
pub use rule::{RuleId, RuleVersion};
pub use time::{Timestamp, Watermark};
pub use value::Value;
