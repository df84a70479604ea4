//! Aliases of condition classes: kept beside rules, seen as rules are, and harmless where there is no place for them.

use tripline_rule_store::{AliasListing, AliasText, RuleStore, StoreError};

use super::{Backend, Place, on, revision, rule, suite};

suite!(
    all: [],
    databases: [
        keeps_aliases,
        sees_every_edit_of_an_alias,
        tells_apart_what_differs_in_case_only,
        a_row_that_cannot_be_read_harms_no_other,
        a_missing_table_is_no_fault,
        comes_to_a_table_of_others,
    ]
);

fn text(condition: &str, args: Option<&str>) -> AliasText {
    AliasText { condition: condition.to_owned(), args: args.map(str::to_owned) }
}

/// What a listing says, `class: condition args`, or what is wrong.
fn said(listing: &AliasListing) -> Vec<String> {
    assert_eq!(listing.problem, None);
    let rows = listing.rows.iter();
    rows.map(|row| match &row.text {
        Ok(text) => format!(
            "{}: {} {}",
            row.class_name,
            text.condition,
            text.args.as_deref().unwrap_or("NULL")
        ),
        Err(problem) => format!("{}! {problem}", row.class_name),
    })
    .collect()
}

async fn aliases(store: &mut Box<dyn RuleStore>) -> Vec<String> {
    said(&store.aliases().await.expect("aliases"))
}

async fn keeps_aliases(place: Place) {
    let mut store = place.open().await;
    assert_eq!(aliases(&mut store).await, [""; 0]);
    let before = revision(&mut store).await;
    let tag = r#"{"field": "标签 🎉"}"#;
    store.set_alias("com.x.Middle", &text("InList", Some(tag))).await.expect("set");
    store.set_alias("com.x.End", &text("action != 'b''\\'", None)).await.expect("set");
    let after = revision(&mut store).await;
    assert_ne!(after, before);
    let middle = format!("com.x.Middle: InList {tag}");
    assert_eq!(aliases(&mut store).await, ["com.x.End: action != 'b''\\' NULL", &middle]);
    store.set_alias("com.x.End", &text("action != 2", None)).await.expect("set again");
    assert_ne!(revision(&mut store).await, after);
    assert_eq!(aliases(&mut store).await, ["com.x.End: action != 2 NULL", &middle]);
    assert!(store.remove_alias("com.x.End").await.expect("removed"));
    assert!(!store.remove_alias("com.x.End").await.expect("nothing to remove"));
    assert_eq!(aliases(&mut store).await, [middle]);
    for wrong in ["", " x", "x ", &"x".repeat(513)] {
        let error = store.set_alias(wrong, &text("a == 1", None)).await.expect_err("refused");
        assert!(error.to_string().contains("1 to 512 characters"), "{error}");
    }
    let longest = "x".repeat(512);
    store.set_alias(&longest, &text("a == 1", None)).await.expect("the longest");
    assert_eq!(aliases(&mut store).await.len(), 2);
}

async fn sees_every_edit_of_an_alias(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    store.push(&rule("a", 1, "x")).await.expect("pushed");
    let mut seen = vec![revision(&mut store).await];
    for edit in [
        "INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('A', 'x == 1')",
        "INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('B', 'x == 1')",
        "UPDATE tripline_condition_aliases SET `condition` = 'x == 2' WHERE class_name = 'A'",
        "UPDATE tripline_condition_aliases SET args = '{}' WHERE class_name = 'A'",
        "UPDATE tripline_condition_aliases SET args = '' WHERE class_name = 'A'",
        "UPDATE tripline_condition_aliases SET args = '-' WHERE class_name = 'A'",
        "UPDATE tripline_condition_aliases SET class_name = 'C' WHERE class_name = 'A'",
        "UPDATE tripline_rules SET pattern = 'y'",
        "DELETE FROM tripline_condition_aliases WHERE class_name = 'B'",
    ] {
        raw.run(edit).await;
        let now = revision(&mut store).await;
        assert!(!seen.contains(&now), "{edit}");
        assert_eq!(revision(&mut store).await, now, "{edit}");
        seen.push(now);
    }
    raw.run("UPDATE tripline_condition_aliases SET updated_at = '2030-01-01 00:00:00'").await;
    assert_eq!(Some(&revision(&mut store).await), seen.last(), "when it was is no change");
    assert_eq!(aliases(&mut store).await, ["C: x == 2 -"]);
}

async fn tells_apart_what_differs_in_case_only(place: Place) {
    let mut store = place.open().await;
    for name in ["com.x.End", "com.x.end", "com.x.ENDE", "com.x.Énd"] {
        store.set_alias(name, &text("a == 1", None)).await.expect("set");
    }
    assert_eq!(aliases(&mut store).await.len(), 4);
    assert!(store.remove_alias("com.x.END").await.is_ok_and(|removed| !removed));
    assert!(store.remove_alias("com.x.end").await.expect("removed"));
    assert_eq!(aliases(&mut store).await.len(), 3);
}

async fn a_row_that_cannot_be_read_harms_no_other(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    raw.run("INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('A', 'x == 1'), ('B', 'b')")
        .await;
    let long = "x".repeat(1024 * 1024 + 1);
    raw.run_with(
        "UPDATE tripline_condition_aliases SET args = ? WHERE class_name = 'B'",
        long.as_bytes(),
    )
    .await;
    let too_long = "B! `args` has 1048577 bytes; at most 1048576 are allowed";
    assert_eq!(aliases(&mut store).await, ["A: x == 1 NULL", too_long]);
    revision(&mut store).await;
}

/// The tables are those of an older Tripline, or the user sees less than all of them.
async fn a_missing_table_is_no_fault(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    store.push(&rule("a", 1, "x")).await.expect("pushed");
    store.set_alias("A", &text("a == 1", None)).await.expect("set");
    let with = revision(&mut store).await;
    raw.run("DROP TABLE tripline_condition_aliases").await;
    let without = revision(&mut store).await;
    assert_ne!(without, with);
    assert_eq!(aliases(&mut store).await, [""; 0]);
    assert_eq!(store.list().await.expect("a list").rows.len(), 1);
    assert!(!store.remove_alias("A").await.expect("nothing to remove"));
    // Whoever sets one makes the table.
    store.set_alias("A", &text("a == 2", None)).await.expect("set");
    assert_ne!(revision(&mut store).await, without);
    assert_eq!(aliases(&mut store).await, ["A: a == 2 NULL"]);
}

/// Beside a table of somebody else's rules there may be none, and then one.
async fn comes_to_a_table_of_others(place: Place) {
    let mut raw = place.raw().await;
    raw.run("DROP TABLE tripline_condition_aliases").await;
    raw.run("CREATE TABLE rds_demo (id VARCHAR(64), version INT, pattern VARCHAR(4096), `function` VARCHAR(512))")
        .await;
    let mut store = place.open_table(Some("rds_demo")).await.expect("opened");
    let without = revision(&mut store).await;
    assert_eq!(aliases(&mut store).await, [""; 0]);
    let mut other = place.open_table(Some("rds_demo")).await.expect("opened");
    other.set_alias("com.x.End", &text("action != 1", None)).await.expect("set");
    // It is looked for now and then only.
    let mut looks = 0;
    while revision(&mut store).await == without {
        looks += 1;
        assert!(looks < 100, "the table is not found");
    }
    assert_eq!(aliases(&mut store).await, ["com.x.End: action != 1 NULL"]);
    let with = revision(&mut store).await;
    other.set_alias("com.x.End", &text("action != 2", None)).await.expect("set");
    assert_ne!(revision(&mut store).await, with, "from now on every change is seen at once");
}

#[test]
fn a_folder_has_a_file_of_them() {
    on(Backend::Folder, |place| async move {
        let mut store = place.open().await;
        let file = place.folder.path().join("condition_aliases.toml");
        let none = revision(&mut store).await;
        assert_eq!(aliases(&mut store).await, [""; 0]);
        std::fs::write(&file, "\"com.x.End\" = \"action != 1\"\n").expect("written");
        let one = revision(&mut store).await;
        assert_ne!(one, none);
        assert_eq!(aliases(&mut store).await, ["com.x.End: action != 1 NULL"]);
        std::fs::write(&file, "\"com.x.End\" = \"action != 2\"\n").expect("written");
        assert_ne!(revision(&mut store).await, one, "at once, though the length is the same");
        std::fs::write(&file, "\"com.x.End\" = \n").expect("written");
        let broken = store.aliases().await.expect("aliases");
        assert!(broken.rows.is_empty());
        let problem = broken.problem.expect("a problem");
        assert!(problem.starts_with("line 1 is not TOML"), "{problem}");
        assert!(broken.place.contains("condition_aliases.toml`"), "{}", broken.place);
        std::fs::remove_file(&file).expect("removed");
        assert_eq!(revision(&mut store).await, none);
        assert!(store.list().await.expect("a list").faults.is_empty(), "it is no rule");
        let refused = store.set_alias("A", &text("a == 1", None)).await;
        assert!(matches!(refused, Err(StoreError::Unsupported { .. })), "{refused:?}");
    });
}
