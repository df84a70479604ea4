//! Ids, names and tables that are chosen to do harm.

use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{RowEntry, StoreError};

use super::{Backend, Place, listed, loaded, names, rule, suite};

suite!(all: [ids_are_values], databases: [table_names_are_names]);

const NASTY: [&str; 7] = [
    "Robert'); DROP TABLE tripline_rules; --",
    "`; DROP TABLE tripline_rules; --",
    "\" OR \"\"=\"",
    "' OR '1'='1",
    "a\\' OR 1=1 -- x",
    "%_?:1",
    "../../etc/passwd",
];

async fn ids_are_values(place: Place) {
    let mut store = place.open().await;
    for (index, id) in NASTY.into_iter().enumerate() {
        let mut new = rule(id, 1, id);
        new.columns.name = Some(id.to_owned());
        store.push(&new).await.expect("pushed");
        assert_eq!(listed(&mut store).await.rows.len(), index + 1);
        assert!(matches!(store.push(&new).await, Err(StoreError::VersionTaken { .. })));
        if place.backend != Backend::Folder {
            store.set_enabled(&RuleId::new(id), RuleVersion(1), false, id).await.expect("switched");
        }
    }
    let mut found: Vec<String> =
        loaded(&mut store).await.iter().map(|row| row.id.to_string()).collect();
    let mut expected = NASTY.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let none = ["' OR 1=1 --", "规则", ""].map(|id| RowEntry {
        id: RuleId::new(id),
        version: RuleVersion(1),
        hash: 0,
    });
    assert!(store.load(&none).await.expect("rows").is_empty());
}

async fn table_names_are_names(place: Place) {
    store_rule(&place).await;
    let mut raw = place.raw().await;
    for name in
        ["a`b", "规则 表", "x; DROP TABLE tripline_rules", "\"q\"", "it's", "a``b", "select"]
    {
        let quoted = name.replace('`', "``");
        raw.run(&format!(
            "CREATE TABLE `{quoted}` (id VARCHAR(64), version INT, pattern TEXT, `function` TEXT)"
        ))
        .await;
        raw.run(&format!(
            "INSERT INTO `{quoted}` VALUES ('规则', 1, 'x', NULL), ('it''s', 1, 'x', NULL)"
        ))
        .await;
        let mut store = place.open_table(Some(name)).await.expect(name);
        store.revision().await.expect(name);
        assert_eq!(names(&listed(&mut store).await), ["it's 1", "规则 1"]);
        assert_eq!(loaded(&mut store).await.len(), 2);
    }
    for name in ["", "none` WHERE 1=1 --", "tripline_rules` --", "tripline_rules; SELECT 1", "\0"] {
        let outcome = place.open_table(Some(name)).await.map(|_| ());
        assert!(matches!(outcome, Err(StoreError::Refused { .. })), "{name}: {outcome:?}");
    }
    assert_eq!(names(&listed(&mut place.open().await).await), ["a 1"]);
}

async fn store_rule(place: &Place) {
    place.open().await.push(&rule("a", 1, "x")).await.expect("pushed");
}
