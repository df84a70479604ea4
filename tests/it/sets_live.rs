//! Sets as rows, edited while an engine runs, and what `tripline sets` says of them.

use serde_json::{Value as Json, json};

use crate::live::{Engine, PROBE, eventually};
use crate::program::{Done, Program, text};
use crate::services;
use crate::stat::condition;

/// `tripline` with the store of a test.
struct Desk {
    folder: tempfile::TempDir,
    store: String,
    password: String,
}

impl Desk {
    fn run(&self, command: &str, arguments: &[&str]) -> Done {
        let program = Program::new(command).args(arguments).args(["--store", &self.store]);
        program.env("TRIPLINE_STORE_PASSWORD", &self.password).run()
    }

    fn sets(&self, arguments: &[&str]) -> String {
        let done = self.run("sets", arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}", text(&done.stderr));
        text(&done.stdout)
    }

    fn push(&self, id: &str, rule: &Json) {
        let path = self.folder.path().join(id).with_extension("json");
        std::fs::write(&path, rule.to_string()).expect("written");
        let done = self.run("rules", &["push", path.to_str().expect("UTF-8")]);
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
    }
}

fn rule(id: &str, function: Option<&str>, expression: &str) -> Json {
    json!({
        "id": id, "version": 1, "key_by": ["user"], "function": function, "pattern": {
            "name": id, "edges": [],
            "nodes": [{"name": "n", "type": "ATOMIC", "condition": condition(expression)}],
        },
    })
}

/// Edits rows while an engine runs, ends it, and begins another one where it was.
fn check(store: &str, password: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, password) = (store.to_owned(), password.to_owned());
    let desk = Desk { folder, store, password };
    let done = desk.run("store", &["migrate"]);
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    desk.push(
        "probe",
        &serde_json::from_str(&format!(r#"{{"id":"probe","version":1,"pattern":{PROBE}}}"#))
            .expect("JSON"),
    );
    desk.push("greet", &rule("greet", None, "action == 'visit' && in_set('vip', user)"));
    desk.push("flag", &rule("flag", Some("flag"), "action == 'bad'"));
    desk.push("stop", &rule("stop", None, "action == 'visit' && in_set('flagged', user)"));
    let config = desk.folder.path().join("tripline.toml");
    std::fs::write(&config, "[actions.flag]\nadd_to = {set = 'flagged', member = ['user']}\n")
        .expect("written");
    let kept = desk.folder.path().join("kept");
    let (config, kept) = (config.to_str().expect("UTF-8"), kept.to_str().expect("UTF-8"));
    let arguments = ["--store", &desk.store, "--config", config, "--checkpoint", kept];
    let start = || Engine::start(&arguments, &desk.password);
    let mut engine = start();
    let in_force = || text(&desk.run("rules", &["status", "--format", "json"]).stdout);
    eventually("all rules", in_force, |lines| {
        lines.matches(r#""version_in_force":1"#).count() == 4
    });
    let visit = |engine: &mut Engine| {
        for user in ["u1", "5", "u2"] {
            engine.event(user, "visit", "");
        }
        engine.found()
    };
    assert_eq!(visit(&mut engine), [""; 0]);
    desk.sets(&["add", "vip", "u1", "--value", "gold"]);
    desk.sets(&["add", "vip", "5"]);
    engine.log_has("members of sets");
    let seen = eventually(
        "they are greeted",
        || visit(&mut engine).join(","),
        |found| found.contains("u1") && found.contains('5'),
    );
    assert_eq!(seen, "greet@1 u1,greet@1 5");
    // What a rule puts in is in, beside rows.
    engine.event("u2", "bad", "");
    assert_eq!(visit(&mut engine), ["flag@1 u2", "greet@1 u1", "greet@1 5", "stop@1 u2"]);
    desk.sets(&["remove", "vip", "5"]);
    let seen = || visit(&mut engine).join(",");
    eventually("it is out", seen, |found| found == "greet@1 u1,stop@1 u2");
    // What is known stays over a restart.
    let now = engine.now;
    assert_eq!(engine.end().0, 0);
    let mut engine = start();
    engine.now = now;
    assert_eq!(visit(&mut engine), ["greet@1 u1", "stop@1 u2"]);
    assert_eq!(engine.end().0, 0);

    let listed = desk.sets(&["list", "--checkpoint", kept]);
    let lines: Vec<Vec<&str>> =
        listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1..], [["flagged", "0", "1"], ["vip", "1", "0"]], "{listed}");
    let shown = desk.sets(&["show", "flagged", "--checkpoint", kept, "--format", "json"]);
    let shown: Json = serde_json::from_str(&shown).expect("JSON");
    let expected =
        json!({"set": "flagged", "member": "u2", "value": null, "until": null, "by": "rule"});
    assert_eq!(shown, expected);
    let shown = desk.sets(&["show", "vip"]);
    assert!(shown.contains("u1") && shown.contains("gold") && shown.contains("row"), "{shown}");
}

#[test]
fn rows_of_sqlite_are_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    check(&format!("sqlite:{}", folder.path().join("rules.db").display()), "");
}

#[test]
fn rows_of_mariadb_are_followed() {
    let server = services::mariadb();
    let url = server.url_as(&server.user, "", &server.fresh_database()).replace(":@", "@");
    check(&url, &server.password);
}

#[test]
fn what_cannot_be_done_with_sets_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("rules.db").display());
    let desk = Desk { folder, store, password: String::new() };
    let check = |arguments: &[&str], code: i32, reason: &str| {
        let done = desk.run("sets", arguments);
        let said = text(&done.stderr);
        assert_eq!(done.code, code, "{arguments:?}: {said}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    };
    check(&["list"], 1, "there is no file");
    desk.sets(&["add", "ad-blacklist", "937166", "1715", "--until", "2026-01-31T08:00:00+08:00"]);
    let shown = desk.sets(&["show", "ad-blacklist", "--format", "json"]);
    let shown: Json = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(
        (&shown["member"], &shown["until"]),
        (&json!([937_166, 1715]), &json!("2026-01-31T00:00:00.000Z"))
    );
    check(&["show", "ad-blackist"], 1, "did you mean `ad-blacklist`?");
    check(&["remove", "ad-blacklist", "937166"], 1, "`937166` is not in the set `ad-blacklist`");
    check(&["add", "vip", "u1", "--until", "tomorrow"], 2, "--until is no moment");
    check(&["add", "vip", "u1", "--ttl", "soon"], 2, "--ttl is no duration");
    check(&["add", " ", "u1"], 1, "1 to 128 characters");
    desk.sets(&["remove", "ad-blacklist", "937166", "1715"]);
    check(&["show", "ad-blacklist"], 1, "the set `ad-blacklist` has no members");
    desk.sets(&["add", "vip", "u1", "--ttl", "24h"]);
}
