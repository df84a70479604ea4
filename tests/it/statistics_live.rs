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

#[test]
fn open_windows_go_on_where_they_can_and_the_status_says_where_not() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("rules.db").display());
    let rules = |arguments: &[&str]| {
        let done = Program::new("rules").args(arguments).args(["--store", &store]).run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        text(&done.stdout)
    };
    let push = |name: &str, rule: &str| {
        let path = folder.path().join(name).with_extension("json");
        fs::write(&path, rule).expect("written");
        rules(&["push", path.to_str().expect("UTF-8")]);
    };
    let in_force = |name: &str, version: i64| {
        let active = |status: &Json| status["version_in_force"] == version;
        eventually(
            name,
            || rules(&["status", name, "--format", "json"]),
            |status| {
                status.lines().any(|line| {
                    serde_json::from_str::<Json>(line).is_ok_and(|status| active(&status))
                })
            },
        )
    };
    push("probe", PROBE);
    let mut engine = Engine::start(&["--store", &store], "");
    in_force("probe", 1);
    let of_version = |version: i64, rule: Json| {
        let mut rule = rule;
        rule["version"] = version.into();
        push("stat", &rule.to_string());
        in_force("stat", version)
    };
    of_version(1, rule(1, json!({"having": asks("n > 100")})));
    for user in ["a", "a", "b", "a"] {
        engine.event(user, "click", "");
    }
    assert_eq!(engine.found(), Vec::<String>::new());
    // Another question is asked of what was counted.
    let status = of_version(2, rule(1, json!({"having": asks("n >= 4")})));
    assert!(!status.contains("W0701"), "{status}");
    for user in ["a", "b"] {
        engine.event(user, "click", "");
    }
    assert_eq!(engine.found(), ["stat@2 a"]);
    // Other events count from here on.
    let more = json!({"having": asks("n >= 4"), "condition": asks("tag == 'x'")});
    let status = of_version(3, rule(1, more.clone()));
    assert!(!status.contains("W0701"), "{status}");
    for tag in ["", "x", "", "x"] {
        engine.event("b", "click", tag);
    }
    assert_eq!(engine.found(), ["stat@3 b"]);
    // Other windows begin anew, and the status says so.
    let status = of_version(4, rule(2, more));
    assert!(status.contains("W0701") && status.contains("the window changed"), "{status}");
    for _ in 0..4 {
        engine.event("b", "click", "x");
    }
    assert_eq!(engine.found(), ["stat@4 b"]);
    engine.end();
}
