//! Pushing, listing, loading, and seeing every change.

use std::collections::BTreeSet;

use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{NewRule, RuleColumns, RuleText, StoreError};

use super::{Backend, Place, listed, loaded, names, on, only, revision, rule, suite};

suite!(
    all: [pushes_and_lists, keeps_texts_byte_for_byte, only_one_of_two_pushes_wins],
    databases: [
        sees_every_edit,
        sees_commits_out_of_order,
        keeps_all_columns,
        switches_versions_on_and_off,
        refuses_what_it_cannot_keep,
        loads_many_rows,
        tells_what_is_too_long,
        times_are_utc,
    ]
);

async fn pushes_and_lists(place: Place) {
    let mut store = place.open().await;
    assert!(listed(&mut store).await.rows.is_empty());
    let empty = revision(&mut store).await;
    for new in [rule("b", 1, "{}"), rule("a", 2, "{}"), rule("a", 3, "[]")] {
        store.push(&new).await.expect("pushed");
    }
    assert_ne!(revision(&mut store).await, empty);
    assert_eq!(revision(&mut store).await, revision(&mut place.open().await).await);
    let keeps_old = place.backend != Backend::Folder;
    let expected: &[&str] = if keeps_old { &["a 3", "a 2", "b 1"] } else { &["a 3", "b 1"] };
    assert_eq!(names(&listed(&mut store).await), expected);
    assert_eq!(loaded(&mut store).await.len(), expected.len());
    for version in [1, 2, 3] {
        match store.push(&rule("a", version, "x")).await {
            Err(StoreError::VersionTaken { id, found }) => {
                assert_eq!((id.as_str(), found), ("a", RuleVersion(3)));
            }
            other => panic!("{version}: {other:?}"),
        }
    }
    // What is not there is left out.
    let mut rows = listed(&mut store).await.rows;
    for row in &mut rows {
        row.version = RuleVersion(99);
    }
    assert!(store.load(&rows).await.expect("rows").is_empty());
    assert!(store.load(&[]).await.expect("rows").is_empty());
}

async fn keeps_texts_byte_for_byte(place: Place) {
    let long = format!("{{\"x\":\"{}\"}}", "规".repeat(340_000));
    assert!(long.len() < 1024 * 1024);
    let texts = [
        "{ \"b\" : 1e2,\n\t\"a\":12345678901234567890123, \"a\": 1.0 }",
        "购物车 🛒 \u{10ffff}",
        "not JSON \\ ' \" ` ; -- %",
        " spaces ",
        &long,
    ];
    let mut store = place.open().await;
    for (index, text) in texts.into_iter().enumerate() {
        let mut new = rule(&format!("r{index}"), 1, text);
        new.columns.name = Some(text.chars().take(200).collect());
        if place.backend == Backend::Folder {
            new.document = format!("{{\"id\":\"r{index}\",\"pattern\":{{}},\"x\":1e2}} ");
        }
        store.push(&new).await.expect("pushed");
        let row = loaded(&mut store).await.pop().expect("a row");
        match row.text.expect("a text") {
            RuleText::Document(document) => assert_eq!(*document, *new.document),
            RuleText::Columns(columns) => {
                assert_eq!(columns.pattern, text);
                assert_eq!(columns.name, new.columns.name);
            }
        }
    }
}

async fn only_one_of_two_pushes_wins(place: Place) {
    for version in 1..=5 {
        let mut tasks = Vec::new();
        for number in 0..4 {
            let mut store = place.open().await;
            let new = rule("same", version, &format!("{number}"));
            tasks.push(tokio::spawn(async move { store.push(&new).await }));
        }
        let mut won = 0;
        for task in tasks {
            match task.await.expect("joined") {
                Ok(()) => won += 1,
                Err(StoreError::VersionTaken { found, .. }) => {
                    assert_eq!(found, RuleVersion(version));
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(won, 1);
    }
}

async fn sees_every_edit(place: Place) {
    let mut raw = place.raw().await;
    let mut store = place.open().await;
    raw.run("INSERT INTO tripline_rules (id, version, pattern) VALUES ('a', 1, 'x')").await;
    raw.run("INSERT INTO tripline_rules (id, version, pattern) VALUES ('b', 1, 'x')").await;
    let texts = [
        "name",
        "description",
        "`function`",
        "key_by",
        "params",
        "severity",
        "on_update",
        "labels",
        "updated_by",
    ];
    let mut edits: Vec<String> = Vec::new();
    for column in texts {
        for value in ["''", "'-'", "'NULL'", "'a'", "'A'", "'a '", "NULL"] {
            edits.push(format!("UPDATE tripline_rules SET {column} = {value} WHERE id = 'a'"));
        }
    }
    for column in ["effective_from", "effective_until", "created_at"] {
        for value in ["2026-01-01 00:00:00", "2026-01-01 00:00:00.001"] {
            edits.push(format!("UPDATE tripline_rules SET {column} = '{value}' WHERE id = 'a'"));
        }
    }
    for edit in [
        "UPDATE tripline_rules SET effective_from = NULL",
        "UPDATE tripline_rules SET enabled = 0 WHERE id = 'a'",
        "UPDATE tripline_rules SET pattern = 'y' WHERE id = 'a'",
        // What one has the other has not: an exchange must not go unseen.
        "UPDATE tripline_rules SET pattern = CASE id WHEN 'a' THEN 'x' ELSE 'y' END",
        "UPDATE tripline_rules SET name = 'n', description = NULL WHERE id = 'a'",
        "UPDATE tripline_rules SET name = NULL, description = 'n' WHERE id = 'a'",
        "UPDATE tripline_rules SET version = 2 WHERE id = 'a'",
        "UPDATE tripline_rules SET id = 'A' WHERE id = 'a'",
        "INSERT INTO tripline_rules (id, version, pattern) VALUES ('a', 2, 'x')",
        "DELETE FROM tripline_rules WHERE id = 'a'",
        "INSERT INTO tripline_rules (id, version, pattern) VALUES ('a', 2, 'x')",
        "DELETE FROM tripline_rules",
    ] {
        edits.push(edit.to_owned());
    }
    let mut before = (revision(&mut store).await, listed(&mut store).await.rows);
    for edit in edits {
        assert!(raw.run(&edit).await > 0, "{edit}");
        let after = (revision(&mut store).await, listed(&mut store).await.rows);
        assert_ne!(after.0, before.0, "{edit}");
        assert_ne!(after.1, before.1, "{edit}");
        assert_eq!(revision(&mut store).await, after.0, "{edit}");
        before = after;
    }
}

async fn sees_commits_out_of_order(place: Place) {
    let mut store = place.open().await;
    if place.backend == Backend::Sqlite {
        // One writer at a time: the later one waits, so the order of commits is that of the writes.
        return;
    }
    let (mut first, mut second) = (place.raw().await, place.raw().await);
    let insert = |id: &str| {
        format!("INSERT INTO tripline_rules (id, version, pattern) VALUES ('{id}', 1, 'x')")
    };
    first.run("START TRANSACTION").await;
    first.run(&insert("m")).await;
    second.run("START TRANSACTION").await;
    second.run(&insert("z")).await;
    second.run("COMMIT").await;
    let before = revision(&mut store).await;
    assert_eq!(names(&listed(&mut store).await), ["z 1"]);
    first.run("COMMIT").await;
    assert_ne!(revision(&mut store).await, before);
    assert_eq!(names(&listed(&mut store).await), ["m 1", "z 1"]);
    // And what is taken back has never been.
    let before = revision(&mut store).await;
    first.run("START TRANSACTION").await;
    first.run("DELETE FROM tripline_rules").await;
    assert_eq!(revision(&mut store).await, before);
    first.run("ROLLBACK").await;
    assert_eq!(revision(&mut store).await, before);
}

/// A rule that has all columns.
fn full() -> NewRule {
    let text = |text: &str| Some(text.to_owned());
    let columns = RuleColumns {
        pattern: r#"{"name":"购物车 🛒"}"#.to_owned(),
        name: text("放弃购物车 🛒"),
        description: text("两行\n\"引号\""),
        function: text("通知"),
        key_by: text(r#"["用户"]"#),
        params: text(r#"{"n": 1e2}"#),
        severity: text("critical"),
        enabled: Some(false),
        effective_from_ms: Some(1_700_000_000_123),
        effective_until_ms: Some(253_402_300_799_999),
        on_update: text("drain"),
        labels: text(r#"{"team":"风控"}"#),
        updated_by: text("张三"),
        created_at_ms: Some(999),
    };
    NewRule { columns, ..rule("full", 7, "") }
}

async fn keeps_all_columns(place: Place) {
    let mut store = place.open().await;
    let new = full();
    store.push(&new).await.expect("pushed");
    assert_eq!(only(&mut store).await, new.columns);
}

async fn switches_versions_on_and_off(place: Place) {
    let mut store = place.open().await;
    store.push(&rule("a", 1, "x")).await.expect("pushed");
    assert_eq!(only(&mut store).await.enabled, Some(true));
    let id = RuleId::new("a");
    for enabled in [false, false, true] {
        let by = format!("me {enabled}");
        store.set_enabled(&id, RuleVersion(1), enabled, &by).await.expect("switched");
        let columns = only(&mut store).await;
        assert_eq!((columns.enabled, columns.updated_by), (Some(enabled), Some(by)));
    }
    for (id, version) in [("a", 2), ("b", 1), ("规则", 1), ("", 1)] {
        let outcome = store.set_enabled(&RuleId::new(id), RuleVersion(version), true, "me").await;
        assert!(matches!(outcome, Err(StoreError::NotFound { .. })), "{id}: {outcome:?}");
    }
}

async fn refuses_what_it_cannot_keep(place: Place) {
    let mut store = place.open().await;
    let mut ids = vec![String::new(), " a".into(), "a ".into(), "a\nb".into(), "x".repeat(257)];
    if place.backend != Backend::Sqlite {
        ids.push("规则".to_owned());
    }
    for id in ids {
        let outcome = store.push(&rule(&id, 1, "x")).await;
        assert!(matches!(outcome, Err(StoreError::Refused { .. })), "{id}: {outcome:?}");
    }
    let mut new = rule("a", 1, "x");
    new.columns.effective_from_ms = Some(i64::MAX);
    assert!(matches!(store.push(&new).await, Err(StoreError::Refused { .. })));
    if place.backend != Backend::Sqlite {
        let mut new = rule("a", 1, "x");
        new.columns.name = Some("x".repeat(300));
        let error = store.push(&new).await.expect_err("too long");
        assert!(error.to_string().contains("name"), "{error}");
    }
    assert!(listed(&mut store).await.rows.is_empty());
    store.push(&rule(&"x".repeat(256), 9_007_199_254_740_991, "x")).await.expect("pushed");
}

async fn loads_many_rows(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    let values: Vec<String> = (0..1234).map(|n| format!("('r{n}', {n}, 'p{n}')")).collect();
    let values = values.join(",");
    raw.run(&format!("INSERT INTO tripline_rules (id, version, pattern) VALUES {values}")).await;
    let rows = loaded(&mut store).await;
    let found: BTreeSet<String> = rows
        .iter()
        .map(|row| match &row.text {
            Ok(RuleText::Columns(columns)) => {
                assert_eq!(
                    format!("r{} p{}", row.version, row.version),
                    format!("{} {}", row.id, columns.pattern)
                );
                columns.pattern.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found.len(), 1234);
    // Only what is asked for.
    let wanted: Vec<_> = listed(&mut store).await.rows.into_iter().take(3).collect();
    assert_eq!(store.load(&wanted).await.expect("rows").len(), 3);
}

async fn tells_what_is_too_long(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    let insert = "INSERT INTO tripline_rules (id, version, pattern) VALUES ('long', 1, ";
    let long = "x".repeat(1024 * 1024);
    raw.run(&format!("{insert} '{long}')")).await;
    assert_eq!(only(&mut store).await.pattern.len(), long.len());
    let before = revision(&mut store).await;
    raw.run(&format!("UPDATE tripline_rules SET pattern = '{long}y'")).await;
    assert_ne!(revision(&mut store).await, before);
    let problem = loaded(&mut store).await.remove(0).text.expect_err("too long");
    assert_eq!(problem.to_string(), "`pattern` has 1048577 bytes; at most 1048576 are allowed");
    raw.run(&format!("UPDATE tripline_rules SET pattern = 'x', labels = '{long}y'")).await;
    let problem = loaded(&mut store).await.remove(0).text.expect_err("too long");
    assert_eq!(problem.to_string(), "`labels` has 1048577 bytes; at most 1048576 are allowed");
    if place.backend != Backend::Sqlite {
        raw.run("UPDATE tripline_rules SET version = -1").await;
        assert_eq!(
            super::faults(&listed(&mut store).await),
            ["long -1: the version `-1` is not a whole number from 0 to 9007199254740991"]
        );
    }
}

/// The session of `raw` is in the time zone of the server, +08:00 for those of the tests.
async fn times_are_utc(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    if place.backend != Backend::Sqlite {
        let zone =
            raw.text("SELECT CAST(TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(), NOW()) AS CHAR)").await;
        assert_eq!(zone.as_deref(), Some("8"));
    }
    raw.run(
        "INSERT INTO tripline_rules (id, version, pattern, effective_from) \
         VALUES ('a', 1, 'x', '2026-01-01 00:00:00.5')",
    )
    .await;
    let columns = only(&mut store).await;
    assert_eq!(columns.effective_from_ms, Some(1_767_225_600_500));
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let created = columns.created_at_ms.expect("a time");
    assert!(i64::try_from(now).expect("a time") - created < 60_000, "{created}");
    store.push(&full()).await.expect("pushed");
    let text =
        raw.text("SELECT CAST(effective_from AS CHAR(23)) FROM tripline_rules WHERE id = 'full'");
    assert_eq!(text.await.as_deref(), Some("2023-11-14 22:13:20.123"));
}

#[test]
fn a_file_that_is_exchanged_is_seen() {
    on(Backend::Sqlite, |place| async move {
        let mut store = place.open().await;
        store.push(&rule("a", 1, "x")).await.expect("pushed");
        let before = revision(&mut store).await;
        let other = Place::new(Backend::Sqlite).await;
        other.open().await.push(&rule("b", 1, "x")).await.expect("pushed");
        let (from, to) = (other.folder.path(), place.folder.path());
        std::fs::rename(from.join("rules.db"), to.join("rules.db")).expect("moved");
        assert_ne!(revision(&mut store).await, before);
        assert_eq!(names(&listed(&mut store).await), ["b 1"]);
        // A file that is gone is no empty store.
        std::fs::remove_file(to.join("rules.db")).expect("removed");
        let outcome = store.revision().await;
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    });
}
