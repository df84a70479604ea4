//! Somebody else's table: read as it is, whatever it is made of, and never written.

use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{Instance, RuleStore, RuleText, StoreError};

use super::{Backend, Place, faults, listed, loaded, names, revision, rule, suite};

suite!(
    all: [],
    databases: [
        reads_a_table,
        sees_every_edit,
        tells_broken_rows,
        reads_tables_of_any_types,
        is_never_written,
        says_what_is_missing,
        follows_changed_columns,
        keeps_status_beside_it,
    ]
);

const TABLE: &str = "CREATE TABLE rds_demo (id VARCHAR(64), version INT, pattern VARCHAR(4096), \
                     `function` VARCHAR(512), other VARCHAR(10))";

async fn with_table(place: &Place, create: &str) -> (super::Raw, Box<dyn RuleStore>) {
    let mut raw = place.raw().await;
    raw.run(create).await;
    let store = place.open_table(Some("rds_demo")).await.expect("opened");
    (raw, store)
}

/// What the rows say: `id version pattern function`, or what is wrong.
async fn texts(store: &mut Box<dyn RuleStore>) -> Vec<String> {
    let rows = loaded(store).await;
    let text = |text: Result<RuleText, _>| match text {
        Ok(RuleText::Columns(columns)) => {
            format!("{} {:?}", columns.pattern, columns.function.unwrap_or_default())
        }
        Ok(other) => panic!("{other:?}"),
        Err(problem) => format!("{problem}"),
    };
    rows.into_iter().map(|row| format!("{} {} {}", row.id, row.version, text(row.text))).collect()
}

async fn reads_a_table(place: Place) {
    let (mut raw, mut store) = with_table(&place, TABLE).await;
    raw.run(
        "INSERT INTO rds_demo VALUES ('b', 1, '{\"规则\": 1e2}', 'a.b.C', 'x'), ('a', 1, 'x', NULL, NULL), \
         ('a', 10, 'y', '', NULL), ('A', 2, 'z', '', NULL)",
    )
    .await;
    assert_eq!(names(&listed(&mut store).await), ["A 2", "a 10", "a 1", "b 1"]);
    let mut found = texts(&mut store).await;
    found.sort();
    assert_eq!(found, ["A 2 z \"\"", "a 1 x \"\"", "a 10 y \"\"", "b 1 {\"规则\": 1e2} \"a.b.C\""]);
    // The highest version goes, and the one below is there again.
    raw.run("DELETE FROM rds_demo WHERE version = 10").await;
    assert_eq!(names(&listed(&mut store).await), ["A 2", "a 1", "b 1"]);
}

async fn sees_every_edit(place: Place) {
    let (mut raw, mut store) = with_table(&place, TABLE).await;
    raw.run("INSERT INTO rds_demo VALUES ('a', 1, 'x', NULL, NULL), ('b', 1, 'x', NULL, NULL)")
        .await;
    let mut before = (revision(&mut store).await, listed(&mut store).await.rows);
    let long = "x".repeat(3000);
    for edit in [
        "UPDATE rds_demo SET `function` = '' WHERE id = 'a'",
        "UPDATE rds_demo SET `function` = '-' WHERE id = 'a'",
        "UPDATE rds_demo SET `function` = NULL WHERE id = 'a'",
        "UPDATE rds_demo SET pattern = '' WHERE id = 'a'",
        "UPDATE rds_demo SET pattern = NULL WHERE id = 'a'",
        "UPDATE rds_demo SET pattern = 'X' WHERE id = 'a'",
        "UPDATE rds_demo SET pattern = 'x ' WHERE id = 'a'",
        &format!("UPDATE rds_demo SET pattern = '{long}' WHERE id = 'a'"),
        &format!("UPDATE rds_demo SET pattern = '{long}y' WHERE id = 'a'"),
        "UPDATE rds_demo SET version = 11 WHERE id = 'a'",
        "UPDATE rds_demo SET id = 'c' WHERE id = 'a'",
        // Whole rows again: they must not cancel each other out.
        "INSERT INTO rds_demo SELECT * FROM rds_demo WHERE id = 'c'",
        "UPDATE rds_demo SET pattern = 'z' WHERE id = 'c'",
        "INSERT INTO rds_demo SELECT * FROM rds_demo WHERE id = 'c'",
        "DELETE FROM rds_demo WHERE id = 'c'",
        "UPDATE rds_demo SET id = NULL",
    ] {
        raw.run(edit).await;
        let after = (revision(&mut store).await, listed(&mut store).await.rows);
        assert_ne!(after.0, before.0, "{edit}");
        assert_ne!(after.1, before.1, "{edit}");
        before = after;
    }
    // Another column is no matter of ours.
    raw.run("UPDATE rds_demo SET other = 'y'").await;
    assert_eq!(revision(&mut store).await, before.0);
}

async fn tells_broken_rows(place: Place) {
    let create =
        "CREATE TABLE rds_demo (`function` TEXT, pattern LONGBLOB, version VARCHAR(100), id TEXT)";
    let (mut raw, mut store) = with_table(&place, create).await;
    raw.run(&format!(
        "INSERT INTO rds_demo (id, version, pattern) VALUES (NULL, '1', 'x'), ('', '1', 'x'), ('{}', '1', 'x'), \
         ('v', NULL, 'x'), ('v', '', 'x'), ('v', 'abc', 'x'), ('v', '1.5', 'x'), ('v', '-1', 'x'), ('v', '3x', 'x'), \
         ('v', '99999999999999999999', 'x'), ('v', '9007199254740992', 'x'), ('null', '1', NULL), ('good', '2', 'x'), \
         ('twice', '4', 'x'), ('twice', '4', 'x'), ('two', '4', 'x'), ('two', '04', 'y'), ('two', '3', 'z')",
        "购".repeat(257)
    ))
    .await;
    let insert =
        |id: &str| format!("INSERT INTO rds_demo (id, version, pattern) VALUES ('{id}', '1', ?)");
    raw.run_with(&insert("bytes"), b"{\"\xff\"}").await;
    raw.run_with(&insert("cut"), "规".as_bytes().get(..2).expect("two")).await;
    raw.run_with(&insert("long"), &vec![b'x'; 1024 * 1024 + 1]).await;
    let long =
        format!("{}… 1: the id has 257 characters; at most 256 are allowed", "购".repeat(64));
    let version = |text: &str| {
        format!("v {text}: the version `{text}` is not a whole number from 0 to 9007199254740991")
    };
    let mut expected = vec![
        "NULL 1: the row has no id (`id` is NULL or empty)".to_owned(),
        "NULL 1: the row has no id (`id` is NULL or empty)".to_owned(),
        "v NULL: the row has no version (`version` is NULL)".to_owned(),
        "v : the version `` is not a whole number from 0 to 9007199254740991".to_owned(),
    ];
    for text in ["-1", "1.5", "3x", "9007199254740992", "99999999999999999999", "abc"] {
        expected.push(version(text));
    }
    expected.push(long);
    assert_eq!(faults(&listed(&mut store).await), expected);
    let mut found = texts(&mut store).await;
    found.sort();
    assert_eq!(
        found,
        [
            "bytes 1 `pattern` is not UTF-8: the byte at offset 2 is wrong",
            "cut 1 `pattern` is not UTF-8: the byte at offset 0 is wrong",
            "good 2 x \"\"",
            "long 1 `pattern` has 1048577 bytes; at most 1048576 are allowed",
            "null 1 the row has no pattern (`pattern` is NULL)",
            "twice 4 2 rows have this id and version, so it cannot be told which of them is meant",
            "two 3 z \"\"",
            "two 4 2 rows have this id and version, so it cannot be told which of them is meant",
        ]
    );
}

async fn reads_tables_of_any_types(place: Place) {
    let mut tables = vec![
        "(id INT PRIMARY KEY, version BIGINT, pattern TEXT, `function` TEXT)",
        "(ID VARCHAR(64), Version VARCHAR(10), PATTERN LONGTEXT, `Function` LONGTEXT)",
        "(id BIGINT, version SMALLINT, pattern VARCHAR(4096), `function` VARBINARY(50), PRIMARY KEY (id, version))",
        "(id VARBINARY(64), version INT, pattern BLOB, `function` CHAR(20))",
    ];
    if place.backend != Backend::Sqlite {
        tables.extend([
            "(id VARCHAR(64), version INT UNSIGNED, pattern JSON, `function` ENUM('f', 'g'))",
            "(id CHAR(10) CHARACTER SET ascii, version DECIMAL(10, 0), pattern TEXT CHARACTER SET utf8mb3, \
             `function` VARCHAR(10) CHARACTER SET latin1) DEFAULT CHARACTER SET latin1",
            "(id VARCHAR(10) CHARACTER SET latin1, version INT, pattern MEDIUMBLOB, `function` TEXT) \
             ENGINE = MyISAM",
            "(id VARCHAR(10), version DOUBLE, pattern TEXT CHARACTER SET gbk, `function` TEXT) \
             DEFAULT CHARACTER SET utf16",
        ]);
    }
    for table in tables {
        let (mut raw, mut store) =
            with_table(&place, &format!("CREATE TABLE rds_demo {table}")).await;
        let before = revision(&mut store).await;
        raw.run("INSERT INTO rds_demo VALUES (7, 3, '{\"规\": 1}', 'f'), (8, 1, '[]', NULL)").await;
        assert_ne!(revision(&mut store).await, before, "{table}");
        assert_eq!(names(&listed(&mut store).await), ["7 3", "8 1"], "{table}");
        let found = texts(&mut store).await;
        assert_eq!(found, ["7 3 {\"规\": 1} \"f\"", "8 1 [] \"\""], "{table}");
        raw.run("DROP TABLE rds_demo").await;
    }
}

async fn is_never_written(place: Place) {
    let (_, mut store) = with_table(&place, TABLE).await;
    let outcome = store.push(&rule("a", 1, "x")).await;
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    let outcome = store.set_enabled(&RuleId::new("a"), RuleVersion(1), true, "me").await;
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
}

async fn says_what_is_missing(place: Place) {
    let error = place.open_table(Some("rds_demo")).await.err().expect("no table").to_string();
    let said = "there is no table `rds_demo`, or this user may not read it";
    assert!(error.ends_with(said), "{error}");
    place.raw().await.run("CREATE TABLE rds_demo (id INT, version INT, pattern TEXT)").await;
    let error = place.open_table(Some("rds_demo")).await.err().expect("no column").to_string();
    assert!(error.contains("the table `rds_demo` has no column `function`"), "{error}");
    assert!(!error.contains("password") && !error.contains("://tripline:"), "{error}");
}

async fn follows_changed_columns(place: Place) {
    let (mut raw, mut store) = with_table(&place, TABLE).await;
    raw.run("INSERT INTO rds_demo VALUES ('a', 1, 'x', NULL, NULL)").await;
    assert_eq!(texts(&mut store).await, ["a 1 x \"\""]);
    raw.run("DROP TABLE rds_demo").await;
    let outcome = store.revision().await;
    assert!(matches!(outcome, Err(StoreError::Refused { .. })), "{outcome:?}");
    raw.run("CREATE TABLE rds_demo (`function` TEXT, pattern BLOB, version TEXT, id INT)").await;
    raw.run_with("INSERT INTO rds_demo VALUES (NULL, ?, '2', 5)", b"\xff").await;
    let text = "5 2 `pattern` is not UTF-8: the byte at offset 0 is wrong";
    assert_eq!(texts(&mut store).await, [text]);
}

async fn keeps_status_beside_it(place: Place) {
    // As in a database that has none of our tables.
    super::migrate(&place.url, Some(0)).await.expect("no tables");
    let (_, mut store) = with_table(&place, TABLE).await;
    let outcome = store.statuses().await;
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    let instance = Instance {
        name: "e".to_owned(),
        process: "p".to_owned(),
        started_at_ms: 0,
        poll_interval_ms: 1000,
    };
    assert_eq!(store.register(&instance).await.expect("registered"), "e");
    assert_eq!(store.register(&instance).await.expect("registered"), "e");
    store.report("e", &[super::status::status("a", "{}")], &[]).await.expect("reported");
    assert_eq!(store.statuses().await.expect("statuses").len(), 1);
    // Our own tables can be made there later all the same.
    super::migrate(&place.url, None).await.expect("tables");
    assert_eq!(store.statuses().await.expect("statuses").len(), 1);
}
