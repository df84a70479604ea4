//! What MySQL and MariaDB do in their own way; the two differ in nothing that is used here.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, Row};
use url::Url;

use super::sqlite::bound;
use super::table::{Seen, Table};
use super::{Beside, Cells, ForeignColumn, Sql, Value, aliases, sets};
use crate::{MAX_ID_CHARS, MAX_TEXT_BYTES};

/// How to connect: in UTC, and with all of Unicode.
pub(crate) fn options(url: &Url) -> Result<MySqlConnectOptions, sqlx::Error> {
    let options = MySqlConnectOptions::from_url(url)?;
    Ok(options.charset("utf8mb4").timezone("+00:00".to_owned()))
}

impl Cells for MySqlRow {
    fn integer(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
        self.try_get_unchecked(at)
    }

    fn unsigned(&self, at: usize) -> Result<Option<u64>, sqlx::Error> {
        self.try_get_unchecked(at)
    }

    fn text(&self, at: usize) -> Result<Option<String>, sqlx::Error> {
        self.try_get_unchecked(at)
    }

    fn bytes(&self, at: usize) -> Result<Option<&[u8]>, sqlx::Error> {
        self.try_get_unchecked(at)
    }
}

impl Sql for MySqlConnection {
    type Row = MySqlRow;

    const ROW_HASH: Option<&'static str> = Some("row_hash");

    const STATUS_TABLES: &'static str =
        include_str!("../../../../migrations/mysql/0002_status.up.sql");

    const SET_TABLE: &'static str = include_str!("../../../../migrations/mysql/0004_sets.up.sql");

    const ALIAS_TABLE: &'static str =
        include_str!("../../../../migrations/mysql/0003_condition_aliases.up.sql");

    const NOW: &'static str = "UTC_TIMESTAMP(6)";

    async fn connect_once(options: &MySqlConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = Self::connect_with(options).await?;
        // A server may be set up otherwise. Uncommitted rows are no rules, and a snapshot that lasts would hide new ones.
        sqlx::raw_sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET autocommit = 1")
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }

    fn identity(_options: &MySqlConnectOptions) -> Option<(u64, u64)> {
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
        let mut columns = BTreeMap::new();
        let read = |row: &Self::Row| {
            let name = row.text(0)?.unwrap_or_default();
            let kind = row.text(1)?.unwrap_or_default();
            let is_binary = kind.ends_with("blob") || kind.ends_with("binary");
            columns.insert(name.clone(), ForeignColumn { name, is_binary });
            Ok(())
        };
        // The system's own tables give text in other character sets, and MySQL gives names as bytes.
        let sql = "SELECT CONVERT(COLUMN_NAME USING utf8mb4), LOWER(CONVERT(DATA_TYPE USING utf8mb4)) \
                   FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
        self.each(sql.to_owned(), vec![table.into()], read).await?;
        Ok(columns.into_values().collect())
    }

    async fn revision(
        &mut self,
        table: &Table,
        beside: Beside,
        _seen: &mut Option<Seen>,
    ) -> Result<String, sqlx::Error> {
        let check = table.check.as_deref().unwrap_or("0");
        // A sum, and not an exclusive or: two equal rows must not cancel each other out.
        let aliases = aliases::fingerprint::<Self>().filter(|_| beside.aliases);
        let aliases = aliases.as_deref().unwrap_or("NULL");
        let sets = sets::fingerprint::<Self>().filter(|_| beside.sets);
        let sets = sets.as_deref().unwrap_or("NULL");
        let sql = format!(
            "SELECT COUNT(*), CAST(SUM({check}) AS CHAR), {aliases}, {sets} FROM {}",
            table.name
        );
        let mut revision = String::new();
        let read = |row: &Self::Row| {
            let count = row.integer(0)?.unwrap_or_default();
            revision = format!("{count}-{}", row.text(1)?.unwrap_or_default());
            for (at, kind) in [(2, ""), (3, "sets ")] {
                if let Some(found) = row.text(at)? {
                    revision = format!("{revision} {kind}{found}");
                }
            }
            Ok(())
        };
        self.each(sql, Vec::new(), read).await?;
        Ok(revision)
    }

    /// The column is of ASCII, where spaces at the end do not count.
    fn takes_id(id: &str) -> bool {
        let bytes = u64::try_from(id.len()).unwrap_or(u64::MAX);
        let ascii = id.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        !id.is_empty() && id.trim() == id && bytes <= MAX_ID_CHARS && ascii
    }

    fn time_of_ms(value: &str) -> String {
        format!("DATE_ADD(CAST('1970-01-01' AS DATETIME(6)), INTERVAL {value} * 1000 MICROSECOND)")
    }

    fn ms_of_time(time: &str) -> String {
        format!("CAST(FLOOR(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {time}) / 1000) AS SIGNED)")
    }

    fn chars(text: &str) -> String {
        format!("CHAR_LENGTH({text})")
    }

    fn bytes(column: &str) -> String {
        format!("LENGTH({column})")
    }

    fn as_text(column: &str) -> String {
        format!("CONVERT({column} USING utf8mb4)")
    }

    fn as_read(column: &str, is_binary: bool) -> String {
        if is_binary { column.to_owned() } else { Self::as_text(column) }
    }

    fn exact(text: &str) -> String {
        format!("{text} COLLATE utf8mb4_bin")
    }

    fn row_hash(columns: &[String]) -> Option<String> {
        // MySQL 9 has no MD5 and no SHA1 any more.
        let all = parts(columns, |column| format!("SHA2({column}, 256)"));
        Some(format!("CAST(CONV(LEFT(SHA2({all}, 256), 16), 16, 10) AS UNSIGNED)"))
    }

    fn row_check(columns: &[String]) -> Option<String> {
        let all = parts(columns, |column| format!("CRC32({column})"));
        Some(format!("CRC32({all})"))
    }
}

/// All columns in one text of digits: what is too long to be read is told by its length alone.
///
/// Each is digested by itself, as columns of different character sets do not go together.
fn parts(columns: &[String], digest: impl Fn(&str) -> String) -> String {
    let part = |column: &String| {
        let digest = digest(column);
        format!(
            "IFNULL(CONCAT(LENGTH({column}), ':', CASE WHEN LENGTH({column}) <= {MAX_TEXT_BYTES} THEN {digest} \
             ELSE '' END), '-')"
        )
    };
    format!("CONCAT_WS(',', {})", columns.iter().map(part).collect::<Vec<_>>().join(", "))
}
