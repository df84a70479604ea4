//! What a database says when it does not do something, in our words.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::mysql::MySqlDatabaseError;

use crate::error::StoreError;

/// Why a piece of work with a connection failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database or the driver says so.
    Sql(sqlx::Error),
    /// We say so.
    Store(StoreError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<MigrateError> for Fault {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::Sql(error)
            }
            other => Self::Sql(sqlx::Error::Migrate(Box::new(other))),
        }
    }
}

/// Whether the connection can be used again after this.
pub(super) fn leaves_connection(fault: &Fault) -> bool {
    match fault {
        Fault::Store(_) => true,
        Fault::Sql(sqlx::Error::Database(error)) => !is_away(&**error),
        Fault::Sql(sqlx::Error::RowNotFound) => true,
        Fault::Sql(_) => false,
    }
}

/// Whether a table is missing.
pub(super) fn is_missing_table(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    match mysql_number(error) {
        Some(number) => number == 1146,
        None => error.message().starts_with("no such table"),
    }
}

/// Whether the user may not do it.
pub(super) fn is_forbidden(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    match mysql_number(error) {
        Some(number) => matches!(number, 1044 | 1142 | 1143 | 1227 | 1290 | 1370 | 1792 | 1836),
        None => sqlite_code(error) == Some(8),
    }
}

/// Whether others were in the way, so that the same may succeed at once.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(mysql_number) == Some(1213)
}

/// The error of a store of this name.
pub(super) fn store_error(store: &str, fault: Fault) -> StoreError {
    let error = match fault {
        Fault::Store(error) => return error,
        Fault::Sql(error) => error,
    };
    let store = store.to_owned();
    let unavailable = |reason: String| StoreError::Unavailable { store: store.clone(), reason };
    let refused = |reason: String| StoreError::Refused { store: store.clone(), reason };
    match &error {
        sqlx::Error::Database(database) if is_away(&**database) => {
            unavailable(one_line(database.message()))
        }
        sqlx::Error::Database(database) => refused(advice(&store, &error, &**database)),
        sqlx::Error::Io(error) => unavailable(one_line(&error.to_string())),
        sqlx::Error::WorkerCrashed | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            unavailable("the connection is lost".to_owned())
        }
        // What comes over a broken line, or from a server that is being stopped.
        sqlx::Error::Protocol(text) => unavailable(one_line(text)),
        sqlx::Error::Tls(error) => refused(one_line(&format!(
            "no encrypted connection: {error}; look at `ssl-mode` and `ssl-ca` in the URL"
        ))),
        sqlx::Error::Configuration(error) if error.to_string().contains("RSA") => refused(
            "this login needs an encrypted connection: enable TLS on the server, or let the user log in with \
             `mysql_native_password`"
                .to_owned(),
        ),
        sqlx::Error::Migrate(error) => refused(migration_advice(error)),
        other => refused(one_line(&other.to_string())),
    }
}

/// Whether the server is away, stopping, or too busy to answer: worth another try.
fn is_away(error: &dyn DatabaseError) -> bool {
    match mysql_number(error) {
        Some(number) => matches!(
            number,
            // too many connections, of this user too; stopping; killed; broken line
            1040 | 1203 | 1226 | 1053 | 1077 | 1079 | 1317 | 1158
                ..=1161 | 1184
            // lock waits, deadlocks, time limits
            | 1205 | 1213 | 3024 | 1969
            // MariaDB: killed, shut down; both: forced out
            | 1927 | 1926 | 3169 | 4031
        ),
        // Busy, locked, disk trouble, disk full, cannot open.
        None => matches!(sqlite_code(error), Some(5 | 6 | 10 | 13 | 14)),
    }
}

/// What a database said, and what to do about it.
fn advice(store: &str, error: &sqlx::Error, database: &dyn DatabaseError) -> String {
    let said = one_line(database.message());
    if is_missing_table(error) {
        return format!("{said}: run `tripline store migrate --store {store}`");
    }
    let advice = match mysql_number(database) {
        Some(1045 | 1698) => {
            ": look at the user in the URL and at `TRIPLINE_STORE_PASSWORD` or `TRIPLINE_STORE_PASSWORD_FILE`"
        }
        Some(1044 | 1142 | 1143 | 1227 | 1370) => ": grant it to the user (docs/store.md)",
        Some(1049) => ": create the database, or look at the name in the URL",
        Some(1054) => ": the table is of another version of Tripline, run `tripline store migrate`",
        Some(1130) => ": let the user log in from this machine",
        Some(1153) => ": make `max_allowed_packet` of the server larger",
        Some(1290 | 1792 | 1836) => ": the server only reads; name the one that writes",
        Some(_) => "",
        None => match sqlite_code(database) {
            Some(8) => ": let this user write to the file and to its folder",
            Some(11 | 26) => ": the file is no SQLite database, or is damaged",
            _ => "",
        },
    };
    format!("{said}{advice}")
}

fn migration_advice(error: &MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) => format!(
            "the tables are of version {version}, which this Tripline does not know: use a newer Tripline, or that one \
             to migrate down"
        ),
        MigrateError::VersionMismatch(version) => format!(
            "the tables of version {version} were made by another build of Tripline: migrate down with that, and up \
             with this"
        ),
        MigrateError::Dirty(version) => format!(
            "a migration to version {version} stopped in the middle: repair the tables by hand (docs/store.md), then \
             delete its row from `tripline_migrations`"
        ),
        other => one_line(&other.to_string()),
    }
}

fn mysql_number(error: &dyn DatabaseError) -> Option<u16> {
    error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// The code of SQLite, without what it adds in the higher bits.
fn sqlite_code(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

fn one_line(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    text.split(['\n', '\r'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
