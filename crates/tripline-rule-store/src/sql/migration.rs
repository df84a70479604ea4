//! The tables, made and changed by numbered steps, up and down.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::migrate::{Migrate, Migrator};
use sqlx::{MySqlConnection, SqliteConnection};

use super::fault::Fault;
use super::link::{Link, within};
use super::{Sql, mysql_options, sqlite};
use crate::error::StoreError;
use crate::url::{Place, StoreUrl};

/// Our own name: somebody else's programs may keep theirs in the same database.
const TABLE: &str = "tripline_migrations";

/// A step may rewrite a table.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// A kind of database with steps of its own.
pub(super) trait Steps: Sql + Migrate {
    fn steps() -> Migrator;
}

impl Steps for MySqlConnection {
    fn steps() -> Migrator {
        let mut steps = sqlx::migrate!("../../migrations/mysql");
        steps.dangerous_set_table_name(TABLE);
        steps
    }
}

impl Steps for SqliteConnection {
    fn steps() -> Migrator {
        let mut steps = sqlx::migrate!("../../migrations/sqlite");
        steps.dangerous_set_table_name(TABLE);
        steps
    }
}

/// Brings the tables of a store to a version, the newest if none is named; 0 has no tables.
///
/// # Shape
/// A line for each step that was made; none if nothing was to be done.
///
/// # Errors
/// [`StoreError::Unsupported`] for a folder.
pub(crate) async fn migrate(
    url: &StoreUrl,
    target: Option<i64>,
) -> Result<Vec<String>, StoreError> {
    let name = url.to_string();
    match url.place() {
        Place::MySql(place) => {
            let options = mysql_options(&name, place)?;
            run::<MySqlConnection>(name, options, target).await
        }
        Place::Sqlite(path) => {
            run::<SqliteConnection>(name, sqlite::options(path, true), target).await
        }
        Place::Folder(_) => {
            let reason = "is a folder: it has no tables, and needs none";
            Err(StoreError::Unsupported { store: name, reason })
        }
    }
}

async fn run<C: Steps>(
    name: String,
    options: C::Options,
    target: Option<i64>,
) -> Result<Vec<String>, StoreError> {
    let mut link = Link::<C>::new(name.clone(), options);
    let mut tries = 0;
    loop {
        let mut connected = link.take().await?;
        let work = to_version(&mut connected.connection, &name, target);
        let outcome = within(TIME_LIMIT, work).await;
        let settled = link.settle(connected, outcome);
        tries += 1;
        if settled.is_ok() || tries == TRIES {
            return settled;
        }
        // SQLite has no lock for migrations: another engine may just have made the tables, and then all is well.
        tokio::time::sleep(Duration::from_millis(50) * tries).await;
    }
}

/// How often migrations are tried.
const TRIES: u32 = 5;

/// As [`migrate`], on a connection.
pub(super) async fn to_version<C: Steps>(
    connection: &mut C,
    store: &str,
    target: Option<i64>,
) -> Result<Vec<String>, Fault> {
    let steps = C::steps();
    let newest = steps.iter().map(|step| step.version).max().unwrap_or_default();
    let target = target.unwrap_or(newest);
    if !(0..=newest).contains(&target) {
        let reason = format!("there is no version {target} of the tables: the newest is {newest}");
        return Err(StoreError::Refused { store: store.to_owned(), reason }.into());
    }
    connection.ensure_migrations_table(TABLE).await?;
    let before = applied(connection).await?;
    // It also refuses what a newer Tripline has made, and what stopped in the middle.
    steps.run_direct(Some(target), connection, false).await?;
    connection.lock().await?;
    for step in steps.iter().rev() {
        let is_back = step.version > target && step.migration_type.is_down_migration();
        if is_back && before.contains(&step.version) {
            connection.revert(TABLE, step).await?;
        }
    }
    connection.unlock().await?;
    let after = applied(connection).await?;
    let line = |verb: &str, version: &i64| {
        let step = steps.iter().find(|step| step.version == *version);
        format!("{verb} {version} {}", step.map_or("", |step| &*step.description))
    };
    let up = after.iter().filter(|version| !before.contains(version));
    let down = before.iter().rev().filter(|version| !after.contains(version));
    let up = up.map(|version| line("applied", version));
    Ok(up.chain(down.map(|version| line("reverted", version))).collect())
}

async fn applied<C: Steps>(connection: &mut C) -> Result<BTreeSet<i64>, Fault> {
    let applied = connection.list_applied_migrations(TABLE).await?;
    Ok(applied.into_iter().map(|step| step.version).collect())
}
