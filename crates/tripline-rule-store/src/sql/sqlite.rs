//! What SQLite does in its own way: a file, which is created on first use.

use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use xxhash_rust::xxh3::Xxh3;

use super::table::{Seen, Table};
use super::{Beside, Cells, ForeignColumn, Sql, Value, aliases, sets};
use crate::MAX_ID_CHARS;

/// How long to wait for others who write; shorter than the limit of a piece of work.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// How to open a file; our own is created if there is none, somebody else's is left as it is.
pub(crate) fn options(path: &Path, is_own: bool) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT);
    // No write-ahead log: with one, a file that is put in the place of another would get what was written to that.
    options.create_if_missing(is_own)
}

impl Cells for SqliteRow {
    fn integer(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
        self.try_get_unchecked(at)
    }

    fn unsigned(&self, at: usize) -> Result<Option<u64>, sqlx::Error> {
        Ok(self.integer(at)?.map(i64::cast_unsigned))
    }

    fn text(&self, at: usize) -> Result<Option<String>, sqlx::Error> {
        self.try_get_unchecked(at)
    }

    fn bytes(&self, at: usize) -> Result<Option<&[u8]>, sqlx::Error> {
        self.try_get_unchecked(at)
    }
}

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Integer(number) => query.bind(number),
            };
        }
        query
    }};
}
pub(super) use bound;

impl Sql for SqliteConnection {
    type Row = SqliteRow;

    const ROW_HASH: Option<&'static str> = None;

    const STATUS_TABLES: &'static str =
        include_str!("../../../../migrations/sqlite/0002_status.up.sql");

    const SET_TABLE: &'static str = include_str!("../../../../migrations/sqlite/0004_sets.up.sql");

    const ALIAS_TABLE: &'static str =
        include_str!("../../../../migrations/sqlite/0003_condition_aliases.up.sql");

    const NOW: &'static str = "strftime('%Y-%m-%d %H:%M:%f', 'now')";

    async fn connect_once(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        Self::connect_with(options).await
    }

    #[cfg(unix)]
    fn identity(options: &SqliteConnectOptions) -> Option<(u64, u64)> {
        use std::os::unix::fs::MetadataExt;

        let found = options.get_filename().metadata().ok()?;
        Some((found.dev(), found.ino()))
    }

    #[cfg(not(unix))]
    fn identity(_options: &SqliteConnectOptions) -> Option<(u64, u64)> {
        None
    }

    async fn each(
        &mut self,
        sql: String,
        values: Vec<Value>,
        mut row: impl FnMut(&Self::Row) -> Result<(), sqlx::Error> + Send,
    ) -> Result<(), sqlx::Error> {
        let mut rows = bound!(sql, values).fetch(self);
        while let Some(next) = rows.try_next().await? {
            row(&next)?;
        }
        Ok(())
    }

    async fn execute(&mut self, sql: String, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        Ok(bound!(sql, values).execute(self).await?.rows_affected())
    }

    async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(self).await.map(|_| ())
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<ForeignColumn>, sqlx::Error> {
        let mut columns = Vec::new();
        // A column holds text in one row and bytes in the next: all of it is read as bytes.
        let read = |row: &Self::Row| {
            let name = row.text(0)?.unwrap_or_default();
            columns.push(ForeignColumn { name, is_binary: true });
            Ok(())
        };
        let sql = "SELECT name FROM pragma_table_info(?)".to_owned();
        self.each(sql, vec![table.into()], read).await?;
        Ok(columns)
    }

    /// Reads all rows, but only if another connection has written since.
    async fn revision(
        &mut self,
        table: &Table,
        beside: Beside,
        seen: &mut Option<Seen>,
    ) -> Result<String, sqlx::Error> {
        // Asked for first: what is written while rows are read changes it once more.
        let data_version: i64 =
            sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *self).await?;
        if let Some(seen) = seen
            && seen.data_version == data_version
        {
            return Ok(seen.revision.clone());
        }
        let (mut count, mut sum) = (0_u64, 0_u128);
        let read = |row: &Self::Row| {
            count += 1;
            sum = sum.wrapping_add(table.row_hash(row)?);
            Ok(())
        };
        self.each(table.select_entries(), Vec::new(), read).await?;
        let mut revision = format!("{count}-{sum:032x}");
        if beside.sets {
            let mut hash = Xxh3::new();
            let read = |row: &Self::Row| sets::add_to(&mut hash, row);
            self.each(sets::select::<Self>(), Vec::new(), read).await?;
            revision = format!("{revision} sets {:032x}", hash.digest128());
        }
        if beside.aliases {
            let mut hash = Xxh3::new();
            let read = |row: &Self::Row| aliases::add_to(&mut hash, row);
            self.each(aliases::select::<Self>(), Vec::new(), read).await?;
            revision = format!("{revision} {:032x}", hash.digest128());
        }
        *seen = Some(Seen { data_version, revision: revision.clone() });
        Ok(revision)
    }

    fn takes_id(id: &str) -> bool {
        let chars = u64::try_from(id.chars().count()).unwrap_or(u64::MAX);
        !id.is_empty() && id.trim() == id && chars <= MAX_ID_CHARS && !id.contains(char::is_control)
    }

    fn time_of_ms(value: &str) -> String {
        format!("strftime('%Y-%m-%d %H:%M:%f', {value} / 1000.0, 'unixepoch')")
    }

    fn ms_of_time(time: &str) -> String {
        format!("CAST(ROUND(unixepoch({time}, 'subsec') * 1000.0) AS INTEGER)")
    }

    fn chars(text: &str) -> String {
        format!("LENGTH({text})")
    }

    fn bytes(column: &str) -> String {
        // Of bytes, and all that is read is bytes.
        format!("LENGTH({column})")
    }

    fn as_text(column: &str) -> String {
        format!("CAST({column} AS TEXT)")
    }

    fn as_read(column: &str, _is_binary: bool) -> String {
        format!("CAST({column} AS BLOB)")
    }

    fn exact(text: &str) -> String {
        text.to_owned()
    }

    fn row_hash(_columns: &[String]) -> Option<String> {
        None
    }

    fn row_check(_columns: &[String]) -> Option<String> {
        None
    }
}
