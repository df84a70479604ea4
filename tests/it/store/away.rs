//! Stores that are away, slow, or closed to us.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::net::TcpListener;
use std::time::Duration;

use tripline_rule_store::{Instance, RuleStore, StoreError, StoreOptions, StoreUrl, migrate, open};

use super::{Backend, Place, block_on, listed, names, revision, rule, server};
use crate::services::Server;

async fn open_url(url: &str) -> Result<Box<dyn RuleStore>, StoreError> {
    let url: StoreUrl = url.parse()?;
    open(&url, &StoreOptions::default()).await
}

/// What opening says; a password must not be in it.
async fn refusal(url: &str, password: &str) -> String {
    let mut told = match open_url(url).await {
        Ok(mut store) => match store.revision().await {
            Ok(_) => panic!("{url} is open"),
            Err(error) => error,
        },
        Err(error) => error,
    };
    let debug = format!("{told:?}");
    assert!(!debug.contains(password), "{debug}");
    if let StoreError::Unavailable { reason, .. } = &mut told {
        *reason = format!("(unavailable) {reason}");
    }
    told.to_string()
}

fn a_server_that_is_killed_comes_back(name: &'static str) {
    block_on(async {
        let server = Server::start_own(name);
        let database = server.fresh_database();
        let url = server.url(&database);
        migrate(&url.parse().expect("a URL"), None).await.expect("tables");
        let mut store = open_url(&url).await.expect("opened");
        store.push(&rule("a", 1, "x")).await.expect("pushed");
        let before = revision(&mut store).await;
        server.kill();
        for _ in 0..2 {
            let outcome = store.revision().await;
            assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        }
        assert!(refusal(&url, &server.password).await.contains("(unavailable)"));
        let outcome = migrate(&url.parse().expect("a URL"), None).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        server.restart();
        assert_eq!(revision(&mut store).await, before);
        assert_eq!(names(&listed(&mut store).await), ["a 1"]);
        // A connection that was lost while nobody used it costs one call.
        server.kill();
        server.restart();
        let outcome = store.list().await.map(|listing| names(&listing));
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        assert_eq!(names(&listed(&mut store).await), ["a 1"]);
    });
}

#[test]
fn mariadb_that_is_killed_comes_back() {
    a_server_that_is_killed_comes_back("mariadb");
}

#[test]
fn mysql_that_is_killed_comes_back() {
    a_server_that_is_killed_comes_back("mysql");
}

#[test]
fn a_server_that_does_not_answer_is_unavailable() {
    block_on(async {
        // It accepts, and says nothing.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = format!("mysql://me:secret@127.0.0.1:{port}/db");
        let started = std::time::Instant::now();
        let told = refusal(&url, "secret").await;
        assert!(told.ends_with("(unavailable) no answer within 5 s"), "{told}");
        assert!(started.elapsed() < Duration::from_secs(10));
    });
}

#[test]
fn a_table_that_is_locked_is_unavailable() {
    block_on(async {
        let place = Place::new(Backend::MySql).await;
        let mut store = place.open().await;
        let mut raw = place.raw().await;
        raw.run("LOCK TABLES tripline_rules WRITE").await;
        let outcome = store.revision().await;
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        raw.run("UNLOCK TABLES").await;
        revision(&mut store).await;
    });
}

fn refusals_say_what_to_do(backend: Backend) {
    block_on(async {
        let place = Place::new(backend).await;
        let (server, database) = (server(backend), &place.database);
        let check = async |url: &str, password: &str, expected: &[&str]| {
            let told = refusal(url, password).await;
            for part in expected {
                assert!(told.contains(part), "{told}");
            }
        };
        let wrong = server.url_as(&server.user, "wr0ng-s3cret", database);
        check(&wrong, "wr0ng-s3cret", &["Access denied", "TRIPLINE_STORE_PASSWORD"]).await;
        let none = server.url("no_such_db");
        check(&none, &server.password, &["no_such_db", "create the database"]).await;
        let user = format!("u_{database}");
        server.sql(
            database,
            &format!("CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 's3cret-pw'; GRANT USAGE ON *.* TO {user}@'127.0.0.1'"),
        );
        let url = server.url_as(&user, "s3cret-pw", database);
        check(&url, "s3cret-pw", &["denied", "grant it to the user"]).await;
        // What the page for operators says is enough.
        server.sql(
            database,
            &format!("GRANT SELECT ON {database}.tripline_rules TO {user}@'127.0.0.1'"),
        );
        let mut store = open_url(&url).await.expect("opened");
        revision(&mut store).await;
        assert!(listed(&mut store).await.rows.is_empty());
        let error = store.push(&rule("a", 1, "x")).await.expect_err("no right").to_string();
        assert!(error.contains("denied") && error.contains("grant it"), "{error}");
        let engine = Instance {
            name: "e".to_owned(),
            process: "p".to_owned(),
            started_at_ms: 0,
            poll_interval_ms: 0,
        };
        let error = store.register(&engine).await.expect_err("no right").to_string();
        assert!(error.contains("denied") && error.contains("grant it"), "{error}");
        server.sql(
            database,
            &format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.tripline_rule_status TO {user}@'127.0.0.1'; \
                 GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.tripline_instances TO {user}@'127.0.0.1'"
            ),
        );
        let name = store.register(&engine).await.expect("registered");
        store.report(&name, &[super::status::status("r", "[]")], &[]).await.expect("reported");
        store.unregister(&name).await.expect("unregistered");
    });
}

#[test]
fn mariadb_refusals_say_what_to_do() {
    refusals_say_what_to_do(Backend::MariaDb);
}

#[test]
fn mysql_refusals_say_what_to_do() {
    refusals_say_what_to_do(Backend::MySql);
}

fn status_is_unsupported_where_it_cannot_be_kept(backend: Backend) {
    block_on(async {
        let place = Place::bare(backend);
        let (server, database) = (place.server(), &place.database);
        let user = format!("u_{database}");
        server.sql(
            database,
            &format!(
                "CREATE TABLE t (id VARCHAR(64), version INT, pattern TEXT, `function` TEXT); \
                 CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 's3cret-pw'; \
                 GRANT SELECT ON {database}.t TO {user}@'127.0.0.1'"
            ),
        );
        let url: StoreUrl = server.url_as(&user, "s3cret-pw", database).parse().expect("a URL");
        let options = StoreOptions { rule_table: Some("t".to_owned()) };
        let mut store = open(&url, &options).await.expect("opened");
        revision(&mut store).await;
        let engine = Instance {
            name: "e".to_owned(),
            process: "p".to_owned(),
            started_at_ms: 0,
            poll_interval_ms: 0,
        };
        let outcome = store.register(&engine).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
        let outcome = store.statuses().await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
        revision(&mut store).await;
    });
}

#[test]
fn mariadb_status_is_unsupported_where_it_cannot_be_kept() {
    status_is_unsupported_where_it_cannot_be_kept(Backend::MariaDb);
}

#[test]
fn mysql_status_is_unsupported_where_it_cannot_be_kept() {
    status_is_unsupported_where_it_cannot_be_kept(Backend::MySql);
}

#[test]
fn files_that_are_away_or_wrong() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        for url in [format!("sqlite:{}", path("none/x.db")), format!("dir:{}", path("none"))] {
            let told = refusal(&url, "secret").await;
            assert!(told.contains("(unavailable)"), "{told}");
        }
        std::fs::write(
            path("text.db"),
            "no database, but long enough to be read as one".repeat(50),
        )
        .expect("written");
        let told = refusal(&format!("sqlite:{}", path("text.db")), "secret").await;
        assert!(told.ends_with("the file is no SQLite database, or is damaged"), "{told}");
        let folder = Place::new(Backend::Folder).await;
        let outcome = folder.open_table(Some("t")).await.map(|_| ());
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    });
}
