//! What is asked of the table of rules.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use tripline_event::{RuleId, RuleVersion};

use super::fault::{Fault, is_conflict};
use super::table::{OWN, Table, check_id, row_identity};
use super::{Sql, Value, list_of, quoted};
use crate::error::StoreError;
use crate::row::{Listing, NewRule, RowEntry, RowFault, RowProblem, RuleRow};

/// So many rows are read by one statement.
pub(super) const BATCH_ROWS: usize = 100;

/// A table with more rows than this is none of rules; reading it would only fill the memory.
const MAX_ROWS: usize = 1_000_000;

/// How often a push is tried when others are in the way.
const PUSH_TRIES: usize = 5;

/// All rows, without texts.
pub(super) async fn list<C: Sql>(
    connection: &mut C,
    table: &Table,
    store: &str,
) -> Result<Listing, Fault> {
    let mut faults = Vec::new();
    let mut found: BTreeMap<(RuleId, RuleVersion), u128> = BTreeMap::new();
    let mut count = 0;
    let sql = format!("{} LIMIT {}", table.select_entries(), MAX_ROWS + 1);
    let read = |row: &C::Row| {
        count += 1;
        let hash = table.row_hash(row)?;
        match row_identity(row)? {
            Ok((id, version)) if table.is_own && !C::takes_id(id.as_str()) => {
                let id = id.as_str().to_owned();
                let problem = RowProblem::InvalidId { id: id.clone() };
                faults.push(RowFault { id: Some(id), version: Some(version.to_string()), problem });
            }
            // Two rows of one version are a change from one, whatever they say.
            Ok(key) => {
                let sum = found.entry(key).or_default();
                *sum = sum.wrapping_add(hash).wrapping_add(1);
            }
            Err(fault) => faults.push(fault),
        }
        Ok(())
    };
    connection.each(sql, Vec::new(), read).await?;
    if count > MAX_ROWS {
        let reason = format!("the table has more than {MAX_ROWS} rows");
        return Err(StoreError::Refused { store: store.to_owned(), reason }.into());
    }
    let mut rows: Vec<RowEntry> =
        found.into_iter().map(|((id, version), hash)| RowEntry { id, version, hash }).collect();
    rows.sort_by(|a, b| (&a.id, b.version).cmp(&(&b.id, a.version)));
    faults.sort_by(|a, b| (&a.id, &a.version).cmp(&(&b.id, &b.version)));
    Ok(Listing { rows, faults })
}

/// The texts of these rows, at most [`BATCH_ROWS`], as they are now.
pub(super) async fn load<C: Sql>(
    connection: &mut C,
    table: &Table,
    rows: &[RowEntry],
) -> Result<Vec<RuleRow>, Fault> {
    let wanted: BTreeSet<(&RuleId, RuleVersion)> = rows
        .iter()
        .filter(|row| !table.is_own || C::takes_id(row.id.as_str()))
        .map(|row| (&row.id, row.version))
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (condition, values) = condition::<C>(table, &wanted);
    let sql = format!("{} WHERE {condition}", table.select_whole());
    let mut found: BTreeMap<(RuleId, RuleVersion), (u64, RuleRow)> = BTreeMap::new();
    let read = |row: &C::Row| {
        let Ok((id, version)) = row_identity(row)? else { return Ok(()) };
        // The condition may let through more than is wanted, as databases compare more loosely.
        if !wanted.contains(&(&id, version)) {
            return Ok(());
        }
        let hash = table.row_hash(row)?.wrapping_add(1);
        match found.entry((id.clone(), version)) {
            Entry::Vacant(place) => {
                let text = table.text(row)?;
                place.insert((1, RuleRow { id, version, hash, text }));
            }
            Entry::Occupied(mut place) => {
                let (rows, first) = place.get_mut();
                *rows += 1;
                first.hash = first.hash.wrapping_add(hash);
                first.text = Err(RowProblem::DuplicateVersion { rows: *rows });
            }
        }
        Ok(())
    };
    connection.each(sql, values, read).await?;
    Ok(found.into_values().map(|(_, row)| row).collect())
}

/// The condition that finds these rows.
fn condition<C: Sql>(
    table: &Table,
    wanted: &BTreeSet<(&RuleId, RuleVersion)>,
) -> (String, Vec<Value>) {
    if table.is_own {
        let one = format!("({} = ? AND {} = ?)", table.id, table.version);
        let all = vec![one; wanted.len()].join(" OR ");
        let values = wanted.iter().flat_map(|(id, version)| [id.as_str().into(), version.0.into()]);
        return (all, values.collect());
    }
    // Nothing is known of the keys of the table, and the version may be text: one scan finds all of them.
    let versions: BTreeSet<i64> = wanted.iter().map(|(_, version)| version.0).collect();
    let condition = format!(
        "{} IN ({}) AND {} + 0 IN ({})",
        C::exact(&table.id),
        list_of("?", wanted.len()),
        table.version,
        list_of("?", versions.len()),
    );
    let ids = wanted.iter().map(|(id, _)| Value::from(id.as_str()));
    (condition, ids.chain(versions.into_iter().map(Value::from)).collect())
}

/// Adds a version, unless there is a higher one, or the same.
pub(super) async fn push<C: Sql>(
    connection: &mut C,
    store: &str,
    rule: &NewRule,
) -> Result<(), Fault> {
    check_id::<C>(store, &rule.id)?;
    let mut tries = 0;
    loop {
        tries += 1;
        match insert(connection, rule).await {
            Ok(0) => {}
            Ok(_) => return Ok(()),
            // Another engine's version of the same number was faster.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {}
            Err(error) if is_conflict(&error) && tries < PUSH_TRIES => continue,
            Err(error) => return Err(error.into()),
        }
        let found = highest(connection, &rule.id).await?;
        match found {
            Some(found) if found >= rule.version => {
                return Err(StoreError::VersionTaken { id: rule.id.clone(), found }.into());
            }
            // It was there a moment ago, and is gone.
            _ if tries < PUSH_TRIES => {}
            _ => {
                let reason = "others change this rule at the same time".to_owned();
                return Err(StoreError::Unavailable { store: store.to_owned(), reason }.into());
            }
        }
    }
}

/// Gives 1, or 0 if there is such a version or a higher one.
async fn insert<C: Sql>(connection: &mut C, rule: &NewRule) -> Result<u64, sqlx::Error> {
    let columns = &rule.columns;
    let time = C::time_of_ms("?");
    let sql = format!(
        "INSERT INTO {table} (id, version, name, description, pattern, {function}, key_by, params, severity, enabled, \
         effective_from, effective_until, on_update, labels, updated_by, created_at) \
         SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {time}, {time}, ?, ?, ?, COALESCE({time}, {now}) \
         FROM (SELECT 1) AS one \
         WHERE NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.id = ? AND other.version >= ?)",
        table = quoted(OWN),
        function = quoted("function"),
        now = C::NOW,
    );
    let text = |text: &Option<String>| Value::Text(text.clone());
    let values = vec![
        rule.id.as_str().into(),
        rule.version.0.into(),
        text(&columns.name),
        text(&columns.description),
        columns.pattern.as_str().into(),
        text(&columns.function),
        text(&columns.key_by),
        text(&columns.params),
        text(&columns.severity),
        i64::from(columns.enabled.unwrap_or(true)).into(),
        Value::Integer(columns.effective_from_ms),
        Value::Integer(columns.effective_until_ms),
        text(&columns.on_update),
        text(&columns.labels),
        text(&columns.updated_by),
        Value::Integer(columns.created_at_ms),
        rule.id.as_str().into(),
        rule.version.0.into(),
    ];
    connection.execute(sql, values).await
}

async fn highest<C: Sql>(
    connection: &mut C,
    id: &RuleId,
) -> Result<Option<RuleVersion>, sqlx::Error> {
    use super::Cells;

    let mut found = None;
    let sql = format!("SELECT MAX(version) FROM {} WHERE id = ?", quoted(OWN));
    let read = |row: &C::Row| {
        found = row.integer(0)?;
        Ok(())
    };
    connection.each(sql, vec![id.as_str().into()], read).await?;
    Ok(found.map(RuleVersion))
}

/// Switches a version on or off.
pub(super) async fn set_enabled<C: Sql>(
    connection: &mut C,
    id: &RuleId,
    version: RuleVersion,
    enabled: bool,
    updated_by: &str,
) -> Result<(), Fault> {
    let sql = format!(
        "UPDATE {} SET enabled = ?, updated_by = ? WHERE id = ? AND version = ?",
        quoted(OWN)
    );
    let values =
        vec![i64::from(enabled).into(), updated_by.into(), id.as_str().into(), version.0.into()];
    if C::takes_id(id.as_str()) && connection.execute(sql, values).await? > 0 {
        return Ok(());
    }
    Err(StoreError::NotFound { id: id.clone(), version: Some(version) }.into())
}
