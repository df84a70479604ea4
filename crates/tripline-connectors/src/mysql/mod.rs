//! MySQL and MariaDB: a table as a source, a table as a sink.
//!
//! `config` is what can be said of them, `link` connects and tells errors that pass from those that do not, `table` makes
//! JSON of rows, `gaps` says which rows may be read, `source` reads, `sink` writes.

mod config;
mod gaps;
mod link;
mod sink;
mod source;
mod table;

pub use config::{MySqlSink, MySqlSource, TableStart};
