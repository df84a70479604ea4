//! What engines say of themselves and of the rules.

use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{Instance, InstanceStatus, RuleStatus, RuleStore, StoreError};

use super::{Place, suite};

suite!(
    all: [keeps_statuses, names_are_unique, tells_that_an_engine_is_gone, writes_many_statuses],
    databases: [dead_engines_are_known, the_long_dead_are_forgotten, names_can_be_taken_over]
);

fn instance(name: &str, process: &str) -> Instance {
    Instance {
        name: name.to_owned(),
        process: process.to_owned(),
        started_at_ms: 1_700_000_000_123,
        poll_interval_ms: 1000,
    }
}

pub(super) fn status(rule: &str, diagnostics: &str) -> RuleStatus {
    RuleStatus {
        rule_id: RuleId::new(rule),
        version_in_force: Some(RuleVersion(3)),
        state: "active".to_owned(),
        latest_version: Some(RuleVersion(4)),
        latest_state: "rejected".to_owned(),
        diagnostics: diagnostics.to_owned(),
        dropped_runs: 7,
        kept_runs: 8,
        since_ms: 1_700_000_000_001,
        updated_at_ms: 1_700_000_000_002,
    }
}

/// Who says what, as `instance rule`, with `!` if stale.
async fn said(store: &mut Box<dyn RuleStore>) -> Vec<String> {
    let statuses = store.statuses().await.expect("statuses").into_iter();
    let text = |said: InstanceStatus| {
        format!("{} {}{}", said.instance, said.status.rule_id, if said.stale { "!" } else { "" })
    };
    statuses.map(text).collect()
}

async fn keeps_statuses(place: Place) {
    let mut store = place.open().await;
    assert!(store.statuses().await.expect("statuses").is_empty());
    let name = store.register(&instance("engine 1/规", "p1")).await.expect("registered");
    assert_eq!(name, "engine 1/规");
    let mut none = status("b", "[]");
    (none.version_in_force, none.latest_version) = (None, None);
    let changed = [status("a", "[{\"message\":\"规则 🛒 'x'\"}]"), none, status("规则", "[]")];
    store.report(&name, &changed, &[]).await.expect("reported");
    let found = place.open().await.statuses().await.expect("statuses");
    let statuses: Vec<RuleStatus> = found.iter().map(|found| found.status.clone()).collect();
    assert_eq!(statuses, changed);
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    for found in found {
        assert_eq!((found.instance.as_str(), found.stale), (&*name, false));
        assert!(i64::try_from(now).expect("a time") - found.heartbeat_at_ms < 60_000);
    }
    store.report(&name, &[], &[RuleId::new("b"), RuleId::new("none")]).await.expect("reported");
    store.report(&name, &[status("a", "[]")], &[]).await.expect("reported");
    let found = store.statuses().await.expect("statuses");
    assert_eq!(found[0].status, status("a", "[]"));
    assert_eq!(said(&mut store).await, ["engine 1/规 a", "engine 1/规 规则"]);
}

async fn names_are_unique(place: Place) {
    let (mut first, mut second) = (place.open().await, place.open().await);
    let mut third = place.open().await;
    assert_eq!(first.register(&instance("e", "p1")).await.expect("registered"), "e");
    assert_eq!(second.register(&instance("e", "p2")).await.expect("registered"), "e-2");
    assert_eq!(third.register(&instance("e", "p3")).await.expect("registered"), "e-3");
    first.report("e", &[status("a", "[]")], &[]).await.expect("reported");
    second.report("e-2", &[status("a", "[]")], &[]).await.expect("reported");
    assert_eq!(said(&mut third).await, ["e a", "e-2 a"]);
    // The same process has the same name again, and nothing has been said yet.
    assert_eq!(first.register(&instance("e", "p1")).await.expect("registered"), "e");
    assert_eq!(said(&mut third).await, ["e-2 a"]);
}

async fn tells_that_an_engine_is_gone(place: Place) {
    let mut store = place.open().await;
    store.register(&instance("e", "p1")).await.expect("registered");
    store.report("e", &[status("a", "[]")], &[]).await.expect("reported");
    let outcome = store.report("other", &[], &[]).await;
    assert!(matches!(outcome, Err(StoreError::NotRegistered { .. })), "{outcome:?}");
    store.register(&instance("e", "p1")).await.expect("registered");
    store.report("e", &[status("a", "[]")], &[]).await.expect("reported");
    store.unregister("e").await.expect("unregistered");
    assert_eq!(said(&mut store).await, ["e a!"]);
    let outcome = store.report("e", &[], &[]).await;
    assert!(matches!(outcome, Err(StoreError::NotRegistered { .. })), "{outcome:?}");
    // The name of an engine that was stopped is free.
    assert_eq!(place.open().await.register(&instance("e", "p2")).await.expect("registered"), "e");
    assert!(said(&mut store).await.is_empty());
}

async fn writes_many_statuses(place: Place) {
    let mut store = place.open().await;
    store.register(&instance("e", "p1")).await.expect("registered");
    let long = format!("[\"{}\"]", "x".repeat(300_000));
    let many: Vec<RuleStatus> = (0..1050)
        .map(|number| {
            status(&format!("r{number:04}"), if number % 100 == 0 { &long } else { "[]" })
        })
        .collect();
    store.report("e", &many, &[]).await.expect("reported");
    let found = store.statuses().await.expect("statuses");
    let found: Vec<RuleStatus> = found.into_iter().map(|found| found.status).collect();
    assert!(found == many);
    let ids: Vec<RuleId> = many.iter().skip(1).map(|status| status.rule_id.clone()).collect();
    store.report("e", &[], &ids).await.expect("reported");
    assert_eq!(said(&mut store).await, ["e r0000"]);
}

/// Sets the last sign of life of an engine back by so many seconds.
async fn silence(place: &Place, name: &str, seconds: u32) {
    let time = match place.backend {
        super::Backend::Sqlite => {
            format!("strftime('%Y-%m-%d %H:%M:%f', 'now', '-{seconds} seconds')")
        }
        _ => format!("UTC_TIMESTAMP(6) - INTERVAL {seconds} SECOND"),
    };
    let sql = format!("UPDATE tripline_instances SET heartbeat_at = {time} WHERE name = '{name}'");
    assert_eq!(place.raw().await.run(&sql).await, 1);
}

async fn dead_engines_are_known(place: Place) {
    let mut store = place.open().await;
    for (name, poll, silent, stale) in [
        ("a", 1000, 25, false),
        ("b", 1000, 35, true),
        ("c", 10_000, 95, false),
        ("d", 10_000, 105, true),
    ] {
        let engine = Instance { poll_interval_ms: poll, ..instance(name, "p") };
        store.register(&engine).await.expect("registered");
        store.report(name, &[status("r", "[]")], &[]).await.expect("reported");
        silence(&place, name, silent).await;
        let found = store.statuses().await.expect("statuses");
        let found = found.iter().find(|found| found.instance == name).expect("a status");
        assert_eq!(found.stale, stale, "{name}");
    }
    // One that is heard of again lives again.
    store.register(&instance("e", "p")).await.expect("registered");
    store.report("e", &[status("s", "[]")], &[]).await.expect("reported");
    silence(&place, "e", 100).await;
    store.report("e", &[], &[]).await.expect("reported");
    assert!(said(&mut store).await.contains(&"e s".to_owned()));
}

async fn the_long_dead_are_forgotten(place: Place) {
    let mut store = place.open().await;
    for (name, silent) in [("old", 86_500), ("young", 86_300)] {
        store.register(&instance(name, "p")).await.expect("registered");
        store.report(name, &[status("r", "[]")], &[]).await.expect("reported");
        silence(&place, name, silent).await;
        if name == "old" {
            silence(&place, name, 86_300).await;
        }
    }
    silence(&place, "old", 86_500).await;
    let mut other = place.open().await;
    other.register(&instance("new", "q")).await.expect("registered");
    assert_eq!(said(&mut other).await, ["young r!"]);
    // The old one must say who it is before it is heard again.
    store.register(&instance("young", "p")).await.expect("registered");
    silence(&place, "young", 86_500).await;
    place.open().await.register(&instance("newer", "q")).await.expect("registered");
    let outcome = store.report("young", &[status("r", "[]")], &[]).await;
    assert!(matches!(outcome, Err(StoreError::NotRegistered { .. })), "{outcome:?}");
}

async fn names_can_be_taken_over(place: Place) {
    let (mut first, mut second) = (place.open().await, place.open().await);
    first.register(&instance("e", "p1")).await.expect("registered");
    first.report("e", &[status("a", "[]")], &[]).await.expect("reported");
    silence(&place, "e", 40).await;
    assert_eq!(second.register(&instance("e", "p2")).await.expect("registered"), "e");
    assert!(said(&mut second).await.is_empty());
    let outcome = first.report("e", &[], &[]).await;
    assert!(matches!(outcome, Err(StoreError::NotRegistered { .. })), "{outcome:?}");
    assert_eq!(first.register(&instance("e", "p1")).await.expect("registered"), "e-2");
}
