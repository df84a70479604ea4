//! One suite for all kinds of stores: what a caller may rely on, whatever holds the rules.

mod aliases;
mod away;
mod folder;
mod foreign;
mod hostile;
mod migrations;
mod rules;
mod sets;
mod status;

use std::future::Future;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row, SqliteConnection};
use tempfile::TempDir;
use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{
    Listing, NewRule, RowEntry, RuleColumns, RuleRow, RuleStore, RuleText, StoreError,
    StoreOptions, StoreUrl, migrate, open,
};

use crate::services::{self, Server};

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    MariaDb,
    MySql,
    Folder,
}

/// A new, empty store of a test.
pub(crate) struct Place {
    backend: Backend,
    pub(crate) url: StoreUrl,
    /// The database, of a server.
    database: String,
    pub(crate) folder: TempDir,
}

impl Place {
    /// A place without tables.
    pub(crate) fn bare(backend: Backend) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut database = String::new();
        let url = match backend {
            Backend::Sqlite => format!("sqlite:{}", folder.path().join("rules.db").display()),
            Backend::Folder => format!("dir:{}", folder.path().display()),
            Backend::MariaDb | Backend::MySql => {
                let server = server(backend);
                database = server.fresh_database();
                server.url(&database)
            }
        };
        Self { backend, url: url.parse().expect("a URL"), database, folder }
    }

    /// A place with our tables.
    pub(crate) async fn new(backend: Backend) -> Self {
        let place = Self::bare(backend);
        if backend != Backend::Folder {
            migrate(&place.url, None).await.expect("tables");
        }
        place
    }

    /// The URL as it is given to the program.
    pub(crate) fn url_with_password(&self) -> String {
        match self.backend {
            Backend::Sqlite | Backend::Folder => self.url.to_string(),
            Backend::MariaDb | Backend::MySql => self.server().url(&self.database),
        }
    }

    fn server(&self) -> &'static Server {
        server(self.backend)
    }

    pub(crate) async fn open(&self) -> Box<dyn RuleStore> {
        self.open_table(None).await.expect("opened")
    }

    async fn open_table(&self, table: Option<&str>) -> Result<Box<dyn RuleStore>, StoreError> {
        let options = StoreOptions { rule_table: table.map(str::to_owned) };
        open(&self.url, &options).await
    }

    /// A connection past the store, as people and other programs have.
    pub(crate) async fn raw(&self) -> Raw {
        match self.backend {
            Backend::Sqlite => {
                let path = self.folder.path().join("rules.db");
                let options = sqlx::sqlite::SqliteConnectOptions::new();
                let options = options.filename(path).create_if_missing(true);
                Raw::Sqlite(SqliteConnection::connect_with(&options).await.expect("opened"))
            }
            Backend::MariaDb | Backend::MySql => {
                let url = self.server().url(&self.database);
                // As the plain client: in the time zone of the server.
                let options: sqlx::mysql::MySqlConnectOptions = url.parse().expect("a URL");
                let options = options.timezone(None);
                Raw::MySql(MySqlConnection::connect_with(&options).await.expect("connected"))
            }
            Backend::Folder => panic!("a folder has no connections"),
        }
    }
}

fn server(backend: Backend) -> &'static Server {
    match backend {
        Backend::MySql => services::mysql(),
        _ => services::mariadb(),
    }
}

/// A connection past the store.
pub(crate) enum Raw {
    MySql(MySqlConnection),
    Sqlite(SqliteConnection),
}

impl Raw {
    /// Runs statements; gives how many rows the last one touched.
    pub(crate) async fn run(&mut self, sql: &str) -> u64 {
        let text = AssertSqlSafe(sql.to_owned());
        let done = match self {
            Self::MySql(raw) => {
                sqlx::raw_sql(text).execute(raw).await.map(|done| done.rows_affected())
            }
            Self::Sqlite(raw) => {
                sqlx::raw_sql(text).execute(raw).await.map(|done| done.rows_affected())
            }
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a statement with one value.
    async fn run_with(&mut self, sql: &str, value: &[u8]) {
        let text = AssertSqlSafe(sql.to_owned());
        let done = match self {
            Self::MySql(raw) => sqlx::query(text).bind(value).execute(raw).await.map(|_| ()),
            Self::Sqlite(raw) => sqlx::query(text).bind(value).execute(raw).await.map(|_| ()),
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The first column of the first row, as text.
    pub(crate) async fn text(&mut self, sql: &str) -> Option<String> {
        let text = AssertSqlSafe(sql.to_owned());
        match self {
            Self::MySql(raw) => sqlx::query(text).fetch_one(raw).await.expect(sql).get_unchecked(0),
            Self::Sqlite(raw) => {
                sqlx::query(text).fetch_one(raw).await.expect(sql).get_unchecked(0)
            }
        }
    }
}

/// Runs a test on a new place.
fn on<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(Place) -> F) {
    block_on(async {
        eprintln!("on {backend:?}");
        test(Place::new(backend).await).await;
    });
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().expect("a runtime").block_on(future)
}

/// Makes tests of functions: of those of `all` for every kind of store, of those of `databases` for every database.
macro_rules! suite {
    (all: [$($all:ident),* $(,)?], databases: [$($test:ident),* $(,)?]) => {
        suite!(@on sqlite, Sqlite, $($all,)* $($test,)*);
        suite!(@on mariadb, MariaDb, $($all,)* $($test,)*);
        suite!(@on mysql, MySql, $($all,)* $($test,)*);
        suite!(@on folder, Folder, $($all,)*);
    };
    (@on $name:ident, $backend:ident, $($test:ident,)*) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    crate::store::on(crate::store::Backend::$backend, super::$test);
                }
            )*
        }
    };
}
use suite;

/// A rule as it is pushed: the pattern is any text.
fn rule(id: &str, version: i64, pattern: &str) -> NewRule {
    let columns = RuleColumns { pattern: pattern.to_owned(), ..RuleColumns::default() };
    let document = format!(
        "{{\"id\":{},\"version\":{version},\"pattern\":{}}}",
        serde_json::to_string(id).expect("JSON"),
        serde_json::to_string(pattern).expect("JSON")
    );
    NewRule { id: RuleId::new(id), version: RuleVersion(version), columns, document }
}

/// The rows, as `id version`.
fn names(listing: &Listing) -> Vec<String> {
    listing.rows.iter().map(|row| format!("{} {}", row.id, row.version)).collect()
}

/// The rows that cannot be rules, as `id version: problem`.
fn faults(listing: &Listing) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "NULL".to_owned());
    let faults = listing.faults.iter();
    faults
        .map(|fault| format!("{} {}: {}", text(&fault.id), text(&fault.version), fault.problem))
        .collect()
}

async fn listed(store: &mut Box<dyn RuleStore>) -> Listing {
    store.list().await.expect("a list")
}

async fn revision(store: &mut Box<dyn RuleStore>) -> String {
    store.revision().await.expect("a revision").0
}

/// The text of all rows; what was read must be what was listed.
async fn loaded(store: &mut Box<dyn RuleStore>) -> Vec<RuleRow> {
    let listing = listed(store).await;
    let rows = store.load(&listing.rows).await.expect("rows");
    let mut entries: Vec<RowEntry> = rows
        .iter()
        .map(|row| RowEntry { id: row.id.clone(), version: row.version, hash: row.hash })
        .collect();
    entries.sort_by(|a, b| (&a.id, b.version).cmp(&(&b.id, a.version)));
    assert_eq!(entries, listing.rows);
    rows
}

/// The columns of the only row.
async fn only(store: &mut Box<dyn RuleStore>) -> RuleColumns {
    let mut rows = loaded(store).await;
    assert_eq!(rows.len(), 1);
    match rows.remove(0).text {
        Ok(RuleText::Columns(columns)) => *columns,
        other => panic!("{other:?}"),
    }
}
