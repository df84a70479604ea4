//! Members of sets: kept beside rules, seen as rules are, and harmless where there is no place for them.

use tripline_rule_store::{RuleStore, SetRow};

use super::{Place, revision, rule, suite};

suite!(
    all: [],
    databases: [keeps_members, sees_every_edit_of_a_member, a_missing_table_is_no_fault]
);

fn row(name: &str, member: &str, value: Option<&str>, until_ms: Option<i64>) -> SetRow {
    let (name, member) = (name.to_owned(), member.to_owned());
    SetRow { name, member, value: value.map(str::to_owned), until_ms }
}

async fn members(store: &mut Box<dyn RuleStore>) -> Vec<SetRow> {
    let listing = store.sets().await.expect("sets");
    assert_eq!(listing.problem, None);
    listing.rows
}

async fn keeps_members(place: Place) {
    let mut store = place.open().await;
    assert_eq!(members(&mut store).await, []);
    let before = revision(&mut store).await;
    let until = 1_767_225_600_123;
    let mut all = vec![
        row("vip", "A", None, None),
        row("vip", "a", Some("'金卡' 🎉"), Some(until)),
        row("Vip", "[\"a\",\"b\"]", Some(""), None),
    ];
    for one in &all {
        store.put_member(one).await.expect("put");
    }
    all.sort_unstable();
    assert_eq!(members(&mut store).await, all);
    let after = revision(&mut store).await;
    assert_ne!(after, before);
    store.put_member(&row("vip", "A", None, Some(until))).await.expect("changed");
    assert_ne!(revision(&mut store).await, after);
    assert!(members(&mut store).await.contains(&row("vip", "A", None, Some(until))));
    assert!(store.remove_member("vip", "a").await.expect("removed"));
    assert!(!store.remove_member("vip", "a").await.expect("nothing to remove"));
    assert_eq!(members(&mut store).await.len(), 2);
    let long = "x".repeat(513);
    for (name, member, reason) in [
        ("", "a", "1 to 128 characters"),
        (" vip", "a", "1 to 128 characters"),
        ("vip", "", "1 to 512 characters"),
        ("vip", &long, "1 to 512 characters"),
    ] {
        let error = store.put_member(&row(name, member, None, None)).await.expect_err("refused");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let error = store.put_member(&row("vip", "a", None, Some(i64::MAX))).await;
    assert!(error.expect_err("refused").to_string().contains("years 1 to 9999"));
}

async fn sees_every_edit_of_a_member(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    store.push(&rule("a", 1, "x")).await.expect("pushed");
    let mut seen = vec![revision(&mut store).await];
    for edit in [
        "INSERT INTO tripline_sets (name, member) VALUES ('vip', 'u1')",
        "INSERT INTO tripline_sets (name, member) VALUES ('vip', 'u2')",
        "UPDATE tripline_sets SET value = 'gold' WHERE member = 'u1'",
        "UPDATE tripline_sets SET value = '' WHERE member = 'u1'",
        "UPDATE tripline_sets SET until = '2026-01-01 00:00:00' WHERE member = 'u1'",
        "UPDATE tripline_sets SET until = '2026-01-01 00:00:00.001' WHERE member = 'u1'",
        "UPDATE tripline_sets SET name = 'gold' WHERE member = 'u1'",
        "INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('A', 'x == 1')",
        "DELETE FROM tripline_sets WHERE member = 'u2'",
    ] {
        raw.run(edit).await;
        let now = revision(&mut store).await;
        assert!(!seen.contains(&now), "{edit}");
        assert_eq!(revision(&mut store).await, now, "{edit}");
        seen.push(now);
    }
    raw.run("UPDATE tripline_sets SET updated_at = '2030-01-01 00:00:00'").await;
    assert_eq!(Some(&revision(&mut store).await), seen.last(), "when it was is no change");
    assert_eq!(members(&mut store).await, [row("gold", "u1", Some(""), Some(1_767_225_600_001))]);
}

/// The tables are those of an older Tripline.
async fn a_missing_table_is_no_fault(place: Place) {
    let mut store = place.open().await;
    let mut raw = place.raw().await;
    store.push(&rule("a", 1, "x")).await.expect("pushed");
    store.put_member(&row("vip", "a", None, None)).await.expect("put");
    let with = revision(&mut store).await;
    raw.run("DROP TABLE tripline_sets").await;
    let without = revision(&mut store).await;
    assert_ne!(without, with);
    assert_eq!(members(&mut store).await, []);
    assert_eq!(store.list().await.expect("a list").rows.len(), 1);
    assert!(!store.remove_member("vip", "a").await.expect("nothing to remove"));
    // Whoever puts one in makes the table.
    store.put_member(&row("vip", "a", None, None)).await.expect("put");
    assert_ne!(revision(&mut store).await, without);
    assert_eq!(members(&mut store).await.len(), 1);
}
