//! Opens the store that a URL names.

use sqlx::{MySqlConnection, SqliteConnection};

use crate::error::StoreError;
use crate::folder::FolderStore;
use crate::sql::{self, SqlStore};
use crate::store::RuleStore;
use crate::url::{Place, StoreUrl};

/// What a store is told beside its URL.
#[derive(Clone, Debug, Default)]
pub struct StoreOptions {
    /// Somebody else's table with the columns `id`, `version`, `pattern` and `function`, which is read and never
    /// written; `None` for our own.
    pub rule_table: Option<String>,
}

/// Opens a store: connects to it, and creates the file of SQLite with its tables if it is not there.
///
/// A store that is open connects again by itself after it was away.
///
/// # Errors
/// [`StoreError::Unavailable`] if it cannot be reached, so that another try may succeed; [`StoreError::Refused`] if it
/// does not let us in, or somebody else's table is not what it must be.
/// That our own tables are missing is told by the first call that needs them.
pub async fn open(
    url: &StoreUrl,
    options: &StoreOptions,
) -> Result<Box<dyn RuleStore>, StoreError> {
    let name = url.to_string();
    let table = options.rule_table.as_deref();
    match url.place() {
        Place::MySql(place) => {
            let options = sql::mysql_options(&name, place)?;
            let mut store = SqlStore::<MySqlConnection>::new(name, options, table);
            store.check().await?;
            Ok(Box::new(store))
        }
        Place::Sqlite(path) => {
            let is_own = table.is_none_or(sql::is_own_table);
            if is_own {
                sql::migrate(url, None).await?;
            }
            // From here on a file that is gone is a fault, and no reason to begin with an empty one.
            let options = sql::sqlite_options(path, is_own).create_if_missing(false);
            let mut store = SqlStore::<SqliteConnection>::new(name, options, table);
            store.check().await?;
            Ok(Box::new(store))
        }
        Place::Folder(_) if table.is_some() => {
            let reason = "is a folder: it has no tables to name";
            Err(StoreError::Unsupported { store: name, reason })
        }
        Place::Folder(path) => {
            let mut store = FolderStore::new(name, path.clone());
            store.check().await?;
            Ok(Box::new(store))
        }
    }
}

/// Brings the tables of a store to a version, the newest if none is named; 0 has no tables.
///
/// # Shape
/// A line for each step that was made, such as `applied 1 rules`; none if nothing was to be done.
///
/// # Errors
/// [`StoreError::Unsupported`] for a folder; [`StoreError::Refused`] if there is no such version, or the tables are of a
/// newer Tripline.
pub async fn migrate(url: &StoreUrl, target: Option<i64>) -> Result<Vec<String>, StoreError> {
    sql::migrate(url, target).await
}
