//! What is asked of the tables of engines and statuses.
//!
//! Whether an engine still lives is told by the clock of the database alone, which is one for all engines.

use tripline_event::{RuleId, RuleVersion};

use super::fault::{Fault, is_forbidden, is_missing_table};
use super::{Cells, Sql, Value, list_of};
use crate::error::StoreError;
use crate::status::{Instance, InstanceStatus, RuleStatus};

/// An engine is taken to be dead when it was not heard of for this long, in ms, and for ten looks at the table.
const STALE_MS: i64 = 30_000;

/// Statuses of engines that were not heard of for this long, in ms, are removed.
const FORGET_MS: i64 = 86_400_000;

/// The longest time between two looks that is believed, in ms.
const MAX_POLL_MS: i64 = 86_400_000;

/// So many statuses, or bytes of them, are written by one statement.
const BATCH_STATUSES: usize = 100;
const BATCH_BYTES: usize = 256 * 1024;

/// So many statuses are read at most.
const MAX_STATUSES: usize = 1_000_000;

/// So many engines of one name get names of their own.
const MAX_NAMES: u32 = 1000;

/// The condition that an engine is dead.
fn is_stale<C: Sql>(instance: &str) -> String {
    let heartbeat = C::ms_of_time(&format!("{instance}heartbeat_at"));
    let now = C::ms_of_time(C::NOW);
    format!(
        "({instance}stopped_at IS NOT NULL OR {heartbeat} < {now} - CASE WHEN 10 * {instance}poll_interval_ms > \
         {STALE_MS} THEN 10 * {instance}poll_interval_ms ELSE {STALE_MS} END)"
    )
}

/// Creates the tables beside somebody else's rules, if they are missing and the user may.
pub(super) async fn create_tables<C: Sql>(connection: &mut C, store: &str) -> Result<(), Fault> {
    let probe = "SELECT 1 FROM tripline_rule_status, tripline_instances LIMIT 1".to_owned();
    match connection.each(probe, Vec::new(), |_| Ok(())).await {
        Ok(()) => return Ok(()),
        // MySQL says of a table that is not there that it may not be read.
        Err(error) if is_missing_table(&error) || is_forbidden(&error) => {}
        Err(error) => return Err(error.into()),
    }
    match connection.script(C::STATUS_TABLES).await {
        Ok(()) => Ok(()),
        Err(error) if is_forbidden(&error) => Err(no_status(store).into()),
        Err(error) => Err(error.into()),
    }
}

/// The error of a store that may not keep status.
pub(super) fn no_status(store: &str) -> StoreError {
    let reason = "has no tables for status, and this user may not create them: what became of the rules is told in the \
                  log only";
    StoreError::Unsupported { store: store.to_owned(), reason }
}

/// Makes an engine known under its name, or under the next one that is free.
pub(super) async fn register<C: Sql>(
    connection: &mut C,
    store: &str,
    instance: &Instance,
) -> Result<String, Fault> {
    forget(connection).await?;
    for number in 1..=MAX_NAMES {
        let name = match number {
            1 => instance.name.clone(),
            _ => format!("{}-{number}", instance.name),
        };
        if take_name(connection, &name, instance).await? {
            // Whatever stands there is of an engine that is gone.
            let sql = "DELETE FROM tripline_rule_status WHERE instance = ?".to_owned();
            connection.execute(sql, vec![name.as_str().into()]).await?;
            return Ok(name);
        }
    }
    let reason = format!("too many engines are named `{}`", instance.name);
    Err(StoreError::Refused { store: store.to_owned(), reason }.into())
}

/// Whether the name was free, or that of a dead engine.
async fn take_name<C: Sql>(
    connection: &mut C,
    name: &str,
    instance: &Instance,
) -> Result<bool, sqlx::Error> {
    let (time, now) = (C::time_of_ms("?"), C::NOW);
    let update = format!(
        "UPDATE tripline_instances SET process = ?, started_at = {time}, poll_interval_ms = ?, heartbeat_at = {now}, \
         stopped_at = NULL WHERE name = ? AND (process = ? OR {})",
        is_stale::<C>("")
    );
    let process = Value::from(instance.process.as_str());
    let started = Value::from(instance.started_at_ms);
    let poll = Value::from(instance.poll_interval_ms.clamp(0, MAX_POLL_MS));
    let values = vec![process.clone(), started.clone(), poll.clone(), name.into(), process.clone()];
    if connection.execute(update, values).await? > 0 {
        return Ok(true);
    }
    let insert = format!(
        "INSERT INTO tripline_instances (name, process, started_at, poll_interval_ms, heartbeat_at) \
         VALUES (?, ?, {time}, ?, {now})"
    );
    match connection.execute(insert, vec![name.into(), process, started, poll]).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the engines that were not heard of for long, and what they said.
pub(super) async fn forget<C: Sql>(connection: &mut C) -> Result<(), sqlx::Error> {
    let old =
        format!("{} < {} - {FORGET_MS}", C::ms_of_time("heartbeat_at"), C::ms_of_time(C::NOW));
    let statuses = format!(
        "DELETE FROM tripline_rule_status WHERE instance IN (SELECT name FROM tripline_instances WHERE {old})"
    );
    connection.execute(statuses, Vec::new()).await?;
    connection.execute(format!("DELETE FROM tripline_instances WHERE {old}"), Vec::new()).await?;
    Ok(())
}

/// Writes statuses and a sign of life, all or nothing.
pub(super) async fn report<C: Sql>(
    connection: &mut C,
    name: &str,
    process: &str,
    changed: &[RuleStatus],
    gone: &[RuleId],
) -> Result<(), Fault>
where
    C::Database: sqlx::Database<Connection = C>,
{
    let mut transaction = connection.begin().await?;
    let sql = format!(
        "UPDATE tripline_instances SET heartbeat_at = {}, stopped_at = NULL WHERE name = ? AND process = ?",
        C::NOW
    );
    if transaction.execute(sql, vec![name.into(), process.into()]).await? == 0 {
        return Err(StoreError::NotRegistered { instance: name.to_owned() }.into());
    }
    let mut rest = changed;
    while let Some((batch, next)) = next_batch(rest) {
        write_statuses(&mut *transaction, name, batch).await?;
        rest = next;
    }
    for batch in gone.chunks(BATCH_STATUSES) {
        let sql = format!(
            "DELETE FROM tripline_rule_status WHERE instance = ? AND rule_id IN ({})",
            list_of("?", batch.len())
        );
        let ids = batch.iter().map(|id| id.as_str().into());
        transaction.execute(sql, std::iter::once(name.into()).chain(ids).collect()).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The statuses that one statement writes, and those after them.
fn next_batch(statuses: &[RuleStatus]) -> Option<(&[RuleStatus], &[RuleStatus])> {
    let mut bytes = 0_usize;
    let mut count = 0;
    for status in statuses.iter().take(BATCH_STATUSES) {
        bytes = bytes.saturating_add(status.diagnostics.len());
        if count > 0 && bytes > BATCH_BYTES {
            break;
        }
        count += 1;
    }
    statuses.split_at_checked(count).filter(|(batch, _)| !batch.is_empty())
}

async fn write_statuses<C: Sql>(
    connection: &mut C,
    name: &str,
    statuses: &[RuleStatus],
) -> Result<(), sqlx::Error> {
    let time = C::time_of_ms("?");
    let one = format!("(?, ?, ?, ?, ?, ?, ?, ?, ?, {time}, {time})");
    // Both databases know REPLACE, and each another form of INSERT.
    let sql = format!(
        "REPLACE INTO tripline_rule_status (instance, rule_id, version_in_force, state, latest_version, latest_state, \
         diagnostics, dropped_runs, kept_runs, since, updated_at) VALUES {}",
        list_of(&one, statuses.len())
    );
    let count = |count: u64| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let version = |version: Option<RuleVersion>| Value::Integer(version.map(|version| version.0));
    let mut values = Vec::with_capacity(statuses.len() * 11);
    for status in statuses {
        values.extend([
            name.into(),
            status.rule_id.as_str().into(),
            version(status.version_in_force),
            status.state.as_str().into(),
            version(status.latest_version),
            status.latest_state.as_str().into(),
            status.diagnostics.as_str().into(),
            count(status.dropped_runs),
            count(status.kept_runs),
            status.since_ms.into(),
            status.updated_at_ms.into(),
        ]);
    }
    connection.execute(sql, values).await.map(|_| ())
}

/// Says that an engine has stopped.
pub(super) async fn unregister<C: Sql>(
    connection: &mut C,
    name: &str,
    process: &str,
) -> Result<(), Fault> {
    let sql = format!(
        "UPDATE tripline_instances SET stopped_at = {}, heartbeat_at = {} WHERE name = ? AND process = ?",
        C::NOW,
        C::NOW
    );
    connection.execute(sql, vec![name.into(), process.into()]).await?;
    Ok(())
}

/// What all engines say, by rule and engine.
pub(super) async fn statuses<C: Sql>(connection: &mut C) -> Result<Vec<InstanceStatus>, Fault> {
    let sql = format!(
        "SELECT status.instance, {heartbeat}, CASE WHEN engine.name IS NULL OR {stale} THEN 1 ELSE 0 END, \
         status.rule_id, status.version_in_force, status.state, status.latest_version, status.latest_state, \
         status.diagnostics, status.dropped_runs, status.kept_runs, {since}, {updated} \
         FROM tripline_rule_status AS status LEFT JOIN tripline_instances AS engine ON engine.name = status.instance \
         ORDER BY status.rule_id, status.instance LIMIT {MAX_STATUSES}",
        heartbeat = C::ms_of_time("engine.heartbeat_at"),
        stale = is_stale::<C>("engine."),
        since = C::ms_of_time("status.since"),
        updated = C::ms_of_time("status.updated_at"),
    );
    let mut statuses = Vec::new();
    let read = |row: &C::Row| {
        let text = |at: usize| row.text(at).map(Option::unwrap_or_default);
        let number = |at: usize| row.integer(at).map(Option::unwrap_or_default);
        let count = |at: usize| number(at).map(|count| u64::try_from(count).unwrap_or(0));
        let version = |at: usize| row.integer(at).map(|version| version.map(RuleVersion));
        statuses.push(InstanceStatus {
            instance: text(0)?,
            heartbeat_at_ms: number(1)?,
            stale: number(2)? != 0,
            status: RuleStatus {
                rule_id: RuleId::new(&text(3)?),
                version_in_force: version(4)?,
                state: text(5)?,
                latest_version: version(6)?,
                latest_state: text(7)?,
                diagnostics: text(8)?,
                dropped_runs: count(9)?,
                kept_runs: count(10)?,
                since_ms: number(11)?,
                updated_at_ms: number(12)?,
            },
        });
        Ok(())
    };
    connection.each(sql, Vec::new(), read).await?;
    Ok(statuses)
}
