//! The tables: made, taken away, made again.

use tripline_rule_store::{StoreError, migrate};

use super::{Backend, Place, block_on, listed, rule};

fn check(backend: Backend) {
    block_on(async {
        let place = Place::bare(backend);
        let go = |target| migrate(&place.url, target);
        let all = [
            "applied 1 rules",
            "applied 2 status",
            "applied 3 condition aliases",
            "applied 4 sets",
        ];
        assert_eq!(go(None).await.expect("up"), all);
        assert!(go(None).await.expect("again").is_empty());
        place.open().await.push(&rule("a", 1, "x")).await.expect("pushed");
        let down = ["reverted 4 sets", "reverted 3 condition aliases", "reverted 2 status"];
        assert_eq!(go(Some(1)).await.expect("down"), down);
        assert!(go(Some(1)).await.expect("again").is_empty());
        assert_eq!(go(Some(2)).await.expect("up"), ["applied 2 status"]);
        assert_eq!(listed(&mut place.open().await).await.rows.len(), 1);
        // SQLite's tables are brought up to date when the file is opened.
        go(None).await.expect("up");
        let down = [
            "reverted 4 sets",
            "reverted 3 condition aliases",
            "reverted 2 status",
            "reverted 1 rules",
        ];
        assert_eq!(go(Some(0)).await.expect("down"), down);
        assert!(go(Some(0)).await.expect("again").is_empty());
        if backend != Backend::Sqlite {
            let error = place.open().await.revision().await.expect_err("no table").to_string();
            let advice = format!("run `tripline store migrate --store {}`", place.url);
            assert!(error.ends_with(&advice), "{error}");
        }
        assert_eq!(go(None).await.expect("up"), all);
        assert!(listed(&mut place.open().await).await.rows.is_empty());
        for target in [5, -1] {
            let error = go(Some(target)).await.expect_err("no such version").to_string();
            assert!(error.ends_with("of the tables: the newest is 4"), "{error}");
        }
        // Tables of a newer program are left alone.
        let newer = "INSERT INTO tripline_migrations (version, description, success, checksum, execution_time) \
                     VALUES (99, 'x', TRUE, 'x', 0)";
        place.raw().await.run(newer).await;
        let error = go(None).await.expect_err("newer").to_string();
        assert!(error.contains("use a newer Tripline"), "{error}");
    });
}

#[test]
fn sqlite() {
    check(Backend::Sqlite);
}

#[test]
fn mariadb() {
    check(Backend::MariaDb);
}

#[test]
fn mysql() {
    check(Backend::MySql);
}

#[test]
fn a_folder_has_none() {
    let outcome = block_on(async { migrate(&Place::bare(Backend::Folder).url, None).await });
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
}

#[test]
fn a_file_is_created_on_first_use() {
    block_on(async {
        let place = Place::bare(Backend::Sqlite);
        let mut store = place.open().await;
        store.push(&rule("a", 1, "x")).await.expect("pushed");
        assert!(migrate(&place.url, None).await.expect("up").is_empty());
    });
}
