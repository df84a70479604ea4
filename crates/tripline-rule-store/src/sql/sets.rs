//! What is asked of the table of sets, which may be missing: older stores have none.

use xxhash_rust::xxh3::Xxh3;

use super::fault::{Fault, is_missing_table};
use super::store::TIMES_MS;
use super::{Cells, Sql, Value, quoted};
use crate::error::StoreError;
use crate::set::SetRow;

/// The table.
pub(super) const SETS: &str = "tripline_sets";

/// The most rows that are read.
const MAX_ROWS: usize = 200_000;

/// The longest name and the longest member, in characters, inclusive.
const MAX_NAME_CHARS: usize = 128;
const MAX_MEMBER_CHARS: usize = 512;

/// The longest `value` that is read, in characters, inclusive; the rest is cut off.
const MAX_VALUE_CHARS: usize = 1_000;

/// The query for how many members there are and what they say, in one value, where the database can tell.
pub(super) fn fingerprint<C: Sql>() -> Option<String> {
    let columns = ["name", "member", "value", "until"].map(quoted);
    let check = C::row_check(&columns)?;
    let all = format!("CONCAT(COUNT(*), '-', COALESCE(CAST(SUM({check}) AS CHAR), ''))");
    Some(format!("(SELECT {all} FROM {})", quoted(SETS)))
}

/// The query for all members.
pub(super) fn select<C: Sql>() -> String {
    let read = |column: &str, most: usize| {
        format!("SUBSTR({}, 1, {})", C::as_text(&quoted(column)), most + 1)
    };
    format!(
        "SELECT {}, {}, {}, {} FROM {} LIMIT {}",
        read("name", MAX_NAME_CHARS),
        read("member", MAX_MEMBER_CHARS),
        read("value", MAX_VALUE_CHARS),
        C::ms_of_time(&quoted("until")),
        quoted(SETS),
        MAX_ROWS + 1
    )
}

/// Adds what a row of [`select`] says to a fingerprint.
pub(super) fn add_to(hash: &mut Xxh3, row: &impl Cells) -> Result<(), sqlx::Error> {
    for at in [0, 1, 2] {
        let text = row.text(at)?;
        let length = text.as_ref().map_or(-1, |text| i64::try_from(text.len()).unwrap_or(i64::MAX));
        hash.update(&length.to_le_bytes());
        hash.update(text.unwrap_or_default().as_bytes());
    }
    hash.update(&row.integer(3)?.unwrap_or(i64::MIN).to_le_bytes());
    Ok(())
}

/// All members, or why there are none to be had.
pub(super) async fn list<C: Sql>(
    connection: &mut C,
) -> Result<Result<Vec<SetRow>, String>, sqlx::Error> {
    let mut rows = Vec::new();
    let read = |row: &C::Row| {
        rows.push(SetRow {
            name: row.text(0)?.unwrap_or_default(),
            member: row.text(1)?.unwrap_or_default(),
            value: row.text(2)?,
            until_ms: row.integer(3)?,
        });
        Ok(())
    };
    connection.each(select::<C>(), Vec::new(), read).await?;
    if rows.len() > MAX_ROWS {
        return Ok(Err(format!("the table has more than {MAX_ROWS} rows")));
    }
    rows.sort_unstable();
    Ok(Ok(rows))
}

/// Puts a member in, or changes what was said of it; creates the table if it is missing.
pub(super) async fn put<C: Sql>(
    connection: &mut C,
    store: &str,
    row: &SetRow,
) -> Result<(), Fault> {
    let refused = |reason| StoreError::Refused { store: store.to_owned(), reason };
    let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    if !fits(&row.name, MAX_NAME_CHARS) || row.name.trim() != row.name {
        let reason = format!(
            "the name of a set has 1 to {MAX_NAME_CHARS} characters, without spaces around them"
        );
        return Err(refused(reason).into());
    }
    if !fits(&row.member, MAX_MEMBER_CHARS) {
        let reason = format!("a member has 1 to {MAX_MEMBER_CHARS} characters");
        return Err(refused(reason).into());
    }
    if let Some(time) = row.until_ms.filter(|time| !TIMES_MS.contains(time)) {
        let reason = format!("{time} ms since 1970 is not in the years 1 to 9999");
        return Err(refused(reason).into());
    }
    match write(connection, row).await {
        Err(error) if is_missing_table(&error) => {
            connection.script(C::SET_TABLE).await?;
            Ok(write(connection, row).await?)
        }
        other => Ok(other?),
    }
}

async fn write<C: Sql>(connection: &mut C, row: &SetRow) -> Result<(), sqlx::Error> {
    let (table, now, time) = (quoted(SETS), C::NOW, C::time_of_ms("?"));
    let [name, member, value, until] = ["name", "member", "value", "until"].map(quoted);
    let values = || -> Vec<Value> {
        vec![
            Value::Text(row.value.clone()),
            Value::Integer(row.until_ms),
            row.name.as_str().into(),
            row.member.as_str().into(),
        ]
    };
    let update = format!(
        "UPDATE {table} SET {value} = ?, {until} = {time}, updated_at = {now} WHERE {name} = ? AND {member} = ?"
    );
    if connection.execute(update.clone(), values()).await? > 0 {
        return Ok(());
    }
    let insert = format!(
        "INSERT INTO {table} ({value}, {until}, {name}, {member}, updated_at) VALUES (?, {time}, ?, ?, {now})"
    );
    match connection.execute(insert, values()).await {
        // Somebody else was faster.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            connection.execute(update, values()).await.map(|_| ())
        }
        other => other.map(|_| ()),
    }
}

/// Takes a member out; false if there is none.
pub(super) async fn remove<C: Sql>(
    connection: &mut C,
    name: &str,
    member: &str,
) -> Result<bool, sqlx::Error> {
    let (table, of, who) = (quoted(SETS), quoted("name"), quoted("member"));
    let sql = format!("DELETE FROM {table} WHERE {of} = ? AND {who} = ?");
    match connection.execute(sql, vec![name.into(), member.into()]).await {
        Err(error) if is_missing_table(&error) => Ok(false),
        other => Ok(other? > 0),
    }
}
