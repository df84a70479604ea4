//! Rules in a database.
//!
//! What is asked of a database is written once, in [`rules`] and [`status`]; [`Sql`] is what differs between MySQL and
//! SQLite. Values are always bound, and the only name that comes from outside, that of the table, is quoted by
//! [`quoted`] alone.

mod aliases;
mod fault;
mod link;
mod migration;
mod mysql;
mod rules;
mod sets;
mod sqlite;
mod status;
mod store;
mod table;

use std::future::Future;

pub(crate) use migration::migrate;
pub(crate) use sqlite::options as sqlite_options;
use sqlx::Connection;
use sqlx::mysql::MySqlConnectOptions;
pub(crate) use store::SqlStore;
use table::{Seen, Table};
use url::Url;

use crate::error::StoreError;

/// A value that is bound to a statement.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

/// A row that was read, by the position of its columns.
pub(crate) trait Cells {
    fn integer(&self, at: usize) -> Result<Option<i64>, sqlx::Error>;
    fn unsigned(&self, at: usize) -> Result<Option<u64>, sqlx::Error>;
    fn text(&self, at: usize) -> Result<Option<String>, sqlx::Error>;
    fn bytes(&self, at: usize) -> Result<Option<&[u8]>, sqlx::Error>;
}

/// A column of somebody else's table.
pub(crate) struct ForeignColumn {
    name: String,
    /// Whether it holds bytes and not text.
    is_binary: bool,
}

/// Which tables there are beside that of rules.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside {
    aliases: bool,
    sets: bool,
}

/// A connection to a database: what is done in another way by each.
pub(crate) trait Sql: Connection + Sized + Send + 'static {
    type Row: Cells;

    /// A new connection.
    fn connect_once(
        options: &<Self as Connection>::Options,
    ) -> impl Future<Output = Result<Self, sqlx::Error>> + Send;

    /// What tells that behind the same name there is another database now.
    fn identity(options: &<Self as Connection>::Options) -> Option<(u64, u64)>;

    /// Calls `row` with each row of the answer.
    fn each(
        &mut self,
        sql: String,
        values: Vec<Value>,
        row: impl FnMut(&Self::Row) -> Result<(), sqlx::Error> + Send,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Gives the number of rows that were found, changed or not.
    fn execute(
        &mut self,
        sql: String,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// Runs a text of several statements, without values.
    fn script(&mut self, sql: &'static str)
    -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// The columns of a table, none if it is not there.
    fn columns(
        &mut self,
        table: &str,
    ) -> impl Future<Output = Result<Vec<ForeignColumn>, sqlx::Error>> + Send;

    /// A fingerprint of all rows, and of what stands beside them.
    fn revision(
        &mut self,
        table: &Table,
        beside: Beside,
        seen: &mut Option<Seen>,
    ) -> impl Future<Output = Result<String, sqlx::Error>> + Send;

    /// The column of our own table that has the fingerprint of the row, if the database keeps one.
    const ROW_HASH: Option<&'static str>;

    /// What makes the tables for status.
    const STATUS_TABLES: &'static str;

    /// What makes the table of sets.
    const SET_TABLE: &'static str;

    /// What makes the table of aliases.
    const ALIAS_TABLE: &'static str;

    /// The expression for now, to be written in a column.
    const NOW: &'static str;

    /// Whether an id can stand in our own table.
    fn takes_id(id: &str) -> bool;

    /// The expression that makes a time of a bound number of ms since 1970, or NULL of NULL.
    fn time_of_ms(value: &str) -> String;

    /// The expression for ms since 1970 of a time.
    fn ms_of_time(time: &str) -> String;

    /// The number of characters of a text.
    fn chars(text: &str) -> String;

    /// The number of bytes of a column.
    fn bytes(column: &str) -> String;

    /// Any column as text.
    fn as_text(column: &str) -> String;

    /// A column as what is read of it and hashed: bytes as they are, all else as UTF-8.
    fn as_read(column: &str, is_binary: bool) -> String;

    /// A text that is compared byte for byte.
    fn exact(text: &str) -> String;

    /// The fingerprint of a row of these columns: an unsigned number of 64 bits.
    ///
    /// `None` if the database cannot: it is then worked out of what is read.
    fn row_hash(columns: &[String]) -> Option<String>;

    /// A fingerprint that costs less, for looks at all rows every second: a number of 32 bits.
    fn row_check(columns: &[String]) -> Option<String>;
}

/// How to connect to a database of MySQL.
pub(crate) fn mysql_options(name: &str, url: &Url) -> Result<MySqlConnectOptions, StoreError> {
    mysql::options(url).map_err(|error| fault::store_error(name, error.into()))
}

/// Whether this is the name of our own table.
pub(crate) fn is_own_table(name: &str) -> bool {
    name == table::OWN
}

/// A name as it stands in a statement: the only way for a name from outside into one.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// So many `(?, ?)`, or other groups.
fn list_of(group: &str, count: usize) -> String {
    vec![group; count].join(", ")
}
