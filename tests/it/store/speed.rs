//! How long it takes to see that nothing has changed, at 10,000 rows: the budgets with much room for busy machines.
//!
//! `TRIPLINE_TEST_TIMES=1` prints what was measured.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::time::{Duration, Instant};

use tripline_rule_store::RuleStore;

use super::{Place, revision, suite};

suite!(all: [], databases: [looks_are_quick]);

/// The median of some looks.
async fn median(store: &mut Box<dyn RuleStore>) -> Duration {
    let mut times = Vec::new();
    for _ in 0..21 {
        let started = Instant::now();
        revision(store).await;
        times.push(started.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

async fn looks_are_quick(place: Place) {
    let mut raw = place.raw().await;
    let pattern = "{\"name\":\"cart\",\"nodes\":[".to_owned() + &"x".repeat(1000) + "]}";
    raw.run(
        "CREATE TABLE rds_demo (id VARCHAR(64), version INT, pattern TEXT, `function` VARCHAR(512))",
    )
    .await;
    for thousand in 0..10 {
        let row = |number: i32| format!("('rule{thousand}-{number}', 1, '{number}{pattern}')");
        let rows: Vec<String> = (0..1000).map(row).collect();
        let rows = rows.join(",");
        raw.run(&format!("INSERT INTO tripline_rules (id, version, pattern) VALUES {rows}")).await;
        raw.run(&format!("INSERT INTO rds_demo (id, version, pattern) VALUES {rows}")).await;
    }
    let own = median(&mut place.open().await).await;
    let mut foreign = place.open_table(Some("rds_demo")).await.expect("opened");
    let foreign = median(&mut foreign).await;
    if std::env::var_os("TRIPLINE_TEST_TIMES").is_some() {
        eprintln!("{:?}: own table {own:?}, somebody else's {foreign:?}", place.backend);
    }
    assert!(own < Duration::from_millis(100), "{own:?}");
    assert!(foreign < Duration::from_millis(1000), "{foreign:?}");
}
