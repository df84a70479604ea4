//! What is asked of the table of aliases, which may be missing beside a table of somebody else's rules.

use xxhash_rust::xxh3::Xxh3;

use super::fault::{Fault, is_forbidden, is_missing_table};
use super::table::column_text;
use super::{Cells, Sql, Value, quoted};
use crate::MAX_TEXT_BYTES;
use crate::alias::{AliasRow, AliasText};
use crate::error::StoreError;

/// The table.
pub(super) const ALIASES: &str = "tripline_condition_aliases";

/// A table with more rows than this is none of aliases.
const MAX_ROWS: usize = 10_000;

/// The longest class name, in characters, inclusive.
const MAX_NAME_CHARS: usize = 512;

/// So many looks for changes after one that found no such table go by before it is looked for again.
const LOOKS_WITHOUT: u32 = 60;

/// Whether there is such a table: asked now and then, so that a look for changes stays one query.
#[derive(Debug)]
pub(super) struct Presence {
    table: &'static str,
    is_there: bool,
    looks_left: u32,
}

impl Presence {
    /// Nothing is known of the table yet.
    pub(super) const fn of(table: &'static str) -> Self {
        Self { table, is_there: false, looks_left: 0 }
    }

    /// Whether it was there when it was looked for last.
    pub(super) const fn is_there(&self) -> bool {
        self.is_there
    }

    /// Has the database asked at the next look.
    pub(super) const fn forget(&mut self) {
        self.looks_left = 0;
    }

    /// Notes that it cannot be read.
    pub(super) const fn is_gone(&mut self) {
        (self.is_there, self.looks_left) = (false, LOOKS_WITHOUT);
    }

    /// Asks the database if it is time to; true if that changed anything.
    pub(super) async fn look<C: Sql>(&mut self, connection: &mut C) -> Result<bool, Fault> {
        if self.looks_left > 0 {
            self.looks_left -= u32::from(!self.is_there);
            return Ok(false);
        }
        let before = self.is_there;
        self.is_there = !connection.columns(self.table).await?.is_empty();
        self.looks_left = LOOKS_WITHOUT;
        Ok(self.is_there != before)
    }
}

/// Whether the table is not there, or not for this user: MySQL does not tell the two apart.
pub(super) fn is_out_of_reach(error: &sqlx::Error) -> bool {
    is_missing_table(error) || is_forbidden(error)
}

/// The query for how many aliases there are and what they say, in one value, where the database can tell.
pub(super) fn fingerprint<C: Sql>() -> Option<String> {
    let columns = ["class_name", "condition", "args"].map(quoted);
    let check = C::row_check(&columns)?;
    let all = format!("CONCAT(COUNT(*), '-', COALESCE(CAST(SUM({check}) AS CHAR), ''))");
    Some(format!("(SELECT {all} FROM {})", quoted(ALIASES)))
}

/// The query for all aliases.
pub(super) fn select<C: Sql>() -> String {
    let read = |column: &str| {
        let read = C::as_read(&quoted(column), false);
        let bytes = C::bytes(&read);
        format!("{bytes}, CASE WHEN {bytes} <= {MAX_TEXT_BYTES} THEN {read} END")
    };
    let name = C::as_text(&quoted("class_name"));
    format!(
        "SELECT SUBSTR({name}, 1, {}), {}, {} FROM {} LIMIT {}",
        MAX_NAME_CHARS + 1,
        read("condition"),
        read("args"),
        quoted(ALIASES),
        MAX_ROWS + 1
    )
}

/// Adds what a row of [`select`] says to a fingerprint.
pub(super) fn add_to(hash: &mut Xxh3, row: &impl Cells) -> Result<(), sqlx::Error> {
    for at in [0, 2, 4] {
        let bytes = row.bytes(at)?;
        let length = bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        hash.update(&length.to_le_bytes());
        hash.update(bytes.unwrap_or_default());
    }
    for at in [1, 3] {
        // Of what is too long only the length is known.
        hash.update(&row.integer(at)?.unwrap_or(-1).to_le_bytes());
    }
    Ok(())
}

/// All aliases by name, or why there are none to be had.
pub(super) async fn list<C: Sql>(
    connection: &mut C,
) -> Result<Result<Vec<AliasRow>, String>, sqlx::Error> {
    let mut rows = Vec::new();
    let read = |row: &C::Row| {
        let name = row.bytes(0)?.unwrap_or_default();
        let class_name = String::from_utf8_lossy(name).into_owned();
        let condition = column_text("condition", row.integer(1)?, row.bytes(2)?);
        let args = column_text("args", row.integer(3)?, row.bytes(4)?);
        let text = match (condition, args) {
            (Err(problem), _) | (_, Err(problem)) => Err(problem.to_string()),
            (Ok(None), _) => Err("`condition` is NULL".to_owned()),
            (Ok(Some(condition)), Ok(args)) => Ok(AliasText { condition, args }),
        };
        rows.push(AliasRow { class_name, text });
        Ok(())
    };
    connection.each(select::<C>(), Vec::new(), read).await?;
    if rows.len() > MAX_ROWS {
        return Ok(Err(format!("the table has more than {MAX_ROWS} rows")));
    }
    rows.sort_by(|a, b| a.class_name.cmp(&b.class_name));
    Ok(Ok(rows))
}

/// Says what a class name stands for; creates the table if it is missing.
pub(super) async fn set<C: Sql>(
    connection: &mut C,
    store: &str,
    class_name: &str,
    text: &AliasText,
) -> Result<(), Fault> {
    let chars = class_name.chars().count();
    if class_name.is_empty() || class_name.trim() != class_name || chars > MAX_NAME_CHARS {
        let reason = format!(
            "a class name has 1 to {MAX_NAME_CHARS} characters, without spaces around them"
        );
        return Err(StoreError::Refused { store: store.to_owned(), reason }.into());
    }
    match write(connection, class_name, text).await {
        Err(error) if is_missing_table(&error) => {
            connection.script(C::ALIAS_TABLE).await?;
            Ok(write(connection, class_name, text).await?)
        }
        other => Ok(other?),
    }
}

async fn write<C: Sql>(
    connection: &mut C,
    class_name: &str,
    text: &AliasText,
) -> Result<(), sqlx::Error> {
    let (table, condition, now) = (quoted(ALIASES), quoted("condition"), C::NOW);
    let values = || -> Vec<Value> {
        vec![text.condition.as_str().into(), Value::Text(text.args.clone()), class_name.into()]
    };
    let update = format!(
        "UPDATE {table} SET {condition} = ?, args = ?, updated_at = {now} WHERE class_name = ?"
    );
    if connection.execute(update.clone(), values()).await? > 0 {
        return Ok(());
    }
    let insert = format!(
        "INSERT INTO {table} ({condition}, args, class_name, updated_at) VALUES (?, ?, ?, {now})"
    );
    match connection.execute(insert, values()).await {
        // Somebody else was faster.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            connection.execute(update, values()).await.map(|_| ())
        }
        other => other.map(|_| ()),
    }
}

/// Takes an alias away; false if there is none.
pub(super) async fn remove<C: Sql>(
    connection: &mut C,
    class_name: &str,
) -> Result<bool, sqlx::Error> {
    let sql = format!("DELETE FROM {} WHERE class_name = ?", quoted(ALIASES));
    match connection.execute(sql, vec![class_name.into()]).await {
        Err(error) if is_missing_table(&error) => Ok(false),
        other => Ok(other? > 0),
    }
}
