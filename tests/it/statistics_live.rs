//! Rules of type AGGREGATE that change while an engine runs: what goes on with its open windows, and what says that it
//! could not.

use std::fs;

use serde_json::{Value as Json, json};

use crate::live::{Engine, PROBE, eventually};
use crate::program::{Program, text};

/// A rule over windows of so many hours; the events of a test are within one, a second after the other.
fn rule(hours: i64, more: Json) -> Json {
    let mut pattern = json!({
        "name": "stat", "type": "AGGREGATE", "groupBy": ["user"], "emit": "ON_CROSSING",
        "window": {"type": "TUMBLING", "size": {"unit": "HOURS", "size": hours}},
        "aggregates": {"n": {"function": "COUNT"}},
    });
    if let Json::Object(members) = more {
        pattern.as_object_mut().expect("an object").extend(members);
    }
    json!({"id": "stat", "on_update": "migrate", "pattern": pattern})
}

fn asks(expression: &str) -> Json {
    json!({"type": "EXPRESSION", "expression": expression})
}

/// A store, and what is done with it.
struct Store {
    folder: tempfile::TempDir,
    url: String,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::TempDir::new().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("rules.db").display());
        let store = Self { folder, url };
        store.push("probe", PROBE);
        store
    }

    fn rules(&self, arguments: &[&str]) -> String {
        let done = Program::new("rules").args(arguments).args(["--store", &self.url]).run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        text(&done.stdout)
    }

    fn push(&self, name: &str, rule: &str) {
        let path = self.folder.path().join(name).with_extension("json");
        fs::write(&path, rule).expect("written");
        self.rules(&["push", path.to_str().expect("UTF-8")]);
    }

    /// Its status, once this version is in force.
    fn in_force(&self, name: &str, version: i64) -> String {
        let active = |line: &str| {
            let status = serde_json::from_str::<Json>(line);
            status.is_ok_and(|status| status["version_in_force"] == version)
        };
        let status = || self.rules(&["status", name, "--format", "json"]);
        eventually(name, status, |status| status.lines().any(active))
    }

    fn of_version(&self, version: i64, mut rule: Json) -> String {
        rule["version"] = version.into();
        self.push("stat", &rule.to_string());
        self.in_force("stat", version)
    }

    fn engine(&self) -> Engine {
        let engine = Engine::start(&["--store", &self.url], "");
        self.in_force("probe", 1);
        engine
    }
}

#[test]
fn open_windows_go_on_where_they_can_and_the_status_says_where_not() {
    let store = Store::new();
    let mut engine = store.engine();
    store.of_version(1, rule(1, json!({"having": asks("n > 100")})));
    for user in ["a", "a", "b", "a"] {
        engine.event(user, "click", "");
    }
    assert_eq!(engine.found(), Vec::<String>::new());
    // Another question is asked of what was counted.
    let status = store.of_version(2, rule(1, json!({"having": asks("n >= 4")})));
    assert!(!status.contains("W0701"), "{status}");
    for user in ["a", "b"] {
        engine.event(user, "click", "");
    }
    assert_eq!(engine.found(), ["stat@2 a"]);
    // Other events count from here on.
    let more = json!({"having": asks("n >= 4"), "condition": asks("tag == 'x'")});
    let status = store.of_version(3, rule(1, more.clone()));
    assert!(!status.contains("W0701"), "{status}");
    for tag in ["", "x", "", "x"] {
        engine.event("b", "click", tag);
    }
    assert_eq!(engine.found(), ["stat@3 b"]);
    // Other windows begin anew, and the status says so.
    let status = store.of_version(4, rule(2, more));
    assert!(status.contains("W0701") && status.contains("the window changed"), "{status}");
    for _ in 0..4 {
        engine.event("b", "click", "x");
    }
    assert_eq!(engine.found(), ["stat@4 b"]);
    engine.end();
}

#[test]
fn more_groups_rank_from_the_next_window_on() {
    let ranks = |n: i64| {
        let seconds = |size: i64| json!({"unit": "SECONDS", "size": size});
        rule(
            1,
            json!({"emit": "ON_CLOSE", "condition": asks("action == 'click'"),
                "window": {"type": "SLIDING", "size": seconds(60), "slide": seconds(30)},
                "top": {"n": n, "by": "n"}}),
        )
    };
    let store = Store::new();
    let mut engine = store.engine();
    store.of_version(1, ranks(1));
    let go_on = |engine: &mut Engine, seconds: usize| {
        for _ in 0..seconds {
            engine.event("x", "other", "");
        }
    };
    for user in ["a", "a", "b", "b", "b", "c"] {
        engine.event(user, "click", "");
    }
    go_on(&mut engine, 25);
    assert_eq!(engine.found(), ["stat@1 b"]);
    // No event of theirs comes any more, and still two of them are given out.
    let status = store.of_version(2, ranks(2));
    assert!(!status.contains("W0701"), "{status}");
    engine.event("d", "click", "");
    go_on(&mut engine, 28);
    assert_eq!(engine.found(), ["stat@2 b", "stat@2 a"]);
    let status = store.of_version(3, ranks(3));
    assert!(!status.contains("W0701"), "{status}");
    for user in ["a", "c", "c"] {
        engine.event(user, "click", "");
    }
    go_on(&mut engine, 28);
    assert_eq!(engine.found(), ["stat@3 c", "stat@3 a", "stat@3 d"]);
    // Those that rank first are the same ones again.
    store.of_version(4, ranks(1));
    go_on(&mut engine, 30);
    assert_eq!(engine.found(), ["stat@4 c"]);
    engine.end();
}
