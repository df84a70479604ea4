//! The configuration and what it says of condition classes, through the program.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::live::{Engine, PROBE};
use crate::program::{Done, Program, text};

/// A folder with files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }
}

fn run(arguments: &[&str]) -> Done {
    let (first, rest) = arguments.split_first().expect("a command");
    Program::new(first).args(rest).run()
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A rule that names a class.
const RULE: &str = r#"{"name": "r", "nodes": [{"name": "a", "type": "ATOMIC",
  "condition": {"type": "CLASS", "className": "com.x.Middle", "args": ["A", "B"]}}], "edges": []}"#;

const ALIASES: &str = "[condition_aliases]\n\"com.x.Middle\" = { condition = \"InList\", args = { field = \"tag\" } }\n";

#[test]
fn is_checked() {
    let folder = Folder::new();
    let good =
        folder.write("good.toml", &format!("[store]\nurl = 'mysql://u:secret@h/d'\n{ALIASES}"));
    let done = run(&["config", "check", path(&good)]);
    assert_eq!((done.code, text(&done.stderr)), (0, String::new()));
    assert_eq!(text(&done.stdout), format!("{}: all is well\n", good.display()));
    let bad = folder.write(
        "bad.toml",
        "[store]\nurl = 'mysql://u:secret@h'\npol_interval = '1s'\n[condition_aliases]\n'com.x.A' = 'InLst'\n",
    );
    let done = run(&["config", "check", path(&bad), "--format", "json"]);
    assert_eq!(done.code, 3);
    let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
    assert_eq!(found["valid"], false);
    let only = &found["diagnostics"][0];
    assert_eq!((&only["code"], &only["pointer"]), (&"E0802".into(), &"/store/pol_interval".into()));
    assert_eq!((&only["line"], &only["column"]), (&3.into(), &1.into()));
    assert_eq!(only["hint"], "did you mean `poll_interval`?");
    // Aliases, too, once it can be read; with the value on the command line in the place of that of the file.
    let alias = folder.write("alias.toml", "[condition_aliases]\n'com.x.A' = 'InLst'\n");
    let done = run(&["config", "check", path(&alias)]);
    let said = text(&done.stdout);
    assert_eq!(done.code, 3, "{said}");
    let place =
        format!("{}:2:13: error[E0517]: condition_aliases.\"com.x.A\": `InLst`", alias.display());
    assert!(said.starts_with(&place), "{said}");
    assert!(said.contains("help: did you mean `InList`?"), "{said}");
    let set = "condition_aliases.'com.x.A'=InList";
    assert_eq!(run(&["config", "check", path(&alias), "--set", set]).code, 0);
    // And actions, as far as no rule could mend them.
    let action = folder.write(
        "action.toml",
        "[actions.say]\nwhen = 'size(cart) > params.n'\ntemplate = '{{cart[0].id}} {{totl(x)}}'\n",
    );
    let done = run(&["config", "check", path(&action)]);
    let said = text(&done.stdout);
    assert_eq!((done.code, said.matches("error[").count()), (3, 1), "{said}");
    let place =
        format!("{}:3:12: error[E1101]: actions.say.template: character 18: ", action.display());
    assert!(said.starts_with(&place) && said.contains("`totl`"), "{said}");
    for (set, expected) in [("id > 1 &&", "actions.say.when: character 10: "), ("id > 1", "")] {
        let set =
            ["--set", &format!("actions.say.when={set}"), "--set", "actions.say.template={{id}}"];
        let done = run(&[&["config", "check", path(&action)], &set[..]].concat());
        let said = text(&done.stdout);
        assert_eq!(done.code, if expected.is_empty() { 0 } else { 3 }, "{said}");
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(run(&["config", "check", "not/there.toml"]).code, 1);
    assert_eq!(run(&["config", "check", path(&alias), "--set", "secret"]).code, 2);
    let done = run(&["config", "check", path(&bad), "--set", "store.pol_interval=x"]);
    assert!(!text(&done.stdout).contains("secret"), "{}", text(&done.stdout));
}

#[test]
fn what_is_wrong_keeps_commands_from_running() {
    let folder = Folder::new();
    let bad = folder.write("bad.toml", "[store]\nurl = 'mysql://u:secret@h/d'\nshards = 4\n");
    let rule = folder.write("rule.json", RULE);
    for command in [
        &["run", "--events", "-"][..],
        &["validate-rule", path(&rule)],
        &["explain", path(&rule)],
        &["test", path(&rule)],
        &["rules", "push", path(&rule), "--store", "dir:."],
    ] {
        let done = run(&[command, &["--config", path(&bad)]].concat());
        let said = text(&done.stderr);
        assert_eq!(done.code, 2, "{command:?}: {said}");
        assert!(said.contains("error[E0802]: store.shards: there is no such key"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let away = run(&["validate-rule", path(&rule), "--config", "not/there.toml"]);
    assert_eq!(away.code, 1, "{}", text(&away.stderr));
}

#[test]
fn aliases_are_for_all_commands() {
    let folder = Folder::new();
    let (config, rule) = (folder.write("x.toml", ALIASES), folder.write("rule.json", RULE));
    let with = ["--config", path(&config)];
    let without = run(&["validate-rule", path(&rule)]);
    assert_eq!(without.code, 3);
    let said = text(&without.stdout);
    assert!(said.contains("E0504") && said.contains("INSERT INTO"), "{said}");
    for command in [&["validate-rule", path(&rule)][..], &["explain", path(&rule)]] {
        let done = run(&[command, &with].concat());
        assert_eq!(done.code, 0, "{command:?}: {}{}", text(&done.stdout), text(&done.stderr));
    }
    let events =
        "{\"user\":\"u\",\"tag\":\"B\",\"ts\":1}\n{\"user\":\"u\",\"tag\":\"C\",\"ts\":2}\n";
    let files = Program::new("run")
        .args(["--rules", path(&rule), "--events", "-", "--summary", "none"])
        .args(with)
        .args(["--set", "engine.default_key=[\"user\"]"])
        .stdin(events.as_bytes())
        .run();
    assert_eq!((files.code, text(&files.stderr)), (0, String::new()));
    let lines = text(&files.stdout);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains(r#""key":{"user":"u"}"#), "{lines}");
    // A broken one is told, and keeps nothing else from running.
    let broken = Program::new("run")
        .args(["--rules", path(&rule), "--events", "-", "--summary", "none"])
        .args(with)
        .args(["--set", "condition_aliases.\"com.x.Other\"=a = b", "--key", "user"])
        .stdin(events.as_bytes())
        .run();
    let said = text(&broken.stderr);
    assert_eq!((broken.code, text(&broken.stdout)), (0, lines), "{said}");
    assert!(said.contains("the alias `com.x.Other` of [condition_aliases] of "), "{said}");
}

#[test]
fn a_store_says_it_to_rules_commands() {
    let folder = Folder::new();
    let rule = folder.write("rule.json", RULE);
    let store = format!("dir:{}", folder.0.path().join("store").display());
    std::fs::create_dir(folder.0.path().join("store")).expect("a folder");
    let push = ["rules", "push", path(&rule), "--store", &store];
    let unknown = run(&push);
    assert_eq!(unknown.code, 3, "{}", text(&unknown.stderr));
    let aliases = ALIASES.strip_prefix("[condition_aliases]\n").expect("a section");
    folder.write("store/condition_aliases.toml", aliases);
    let pushed = run(&push);
    assert_eq!(pushed.code, 0, "{}{}", text(&pushed.stdout), text(&pushed.stderr));
    let checked = run(&["validate-rule", path(&rule), "--store", &store]);
    assert_eq!(checked.code, 0, "{}", text(&checked.stdout));
    // What the configuration says does not count before the store.
    let other = "condition_aliases.\"com.x.Middle\"=(";
    let checked = run(&["validate-rule", path(&rule), "--store", &store, "--set", other]);
    assert_eq!(checked.code, 0, "{}", text(&checked.stdout));
    let checked = run(&["validate-rule", path(&rule), "--set", other]);
    assert_eq!(checked.code, 3);
    assert!(text(&checked.stdout).contains("E0517"), "{}", text(&checked.stdout));
}

#[test]
fn it_names_the_store_and_the_aliases() {
    let folder = Folder::new();
    let rule = folder.write("rule.json", RULE);
    let store = folder.0.path().join("rules.db");
    let config = format!("[store]\nurl = 'sqlite:{}'\n{ALIASES}", store.display());
    let config = folder.write("x.toml", &config);
    let with = ["--config", path(&config)];
    let without = run(&["rules", "list"]);
    let said = text(&without.stderr);
    assert_eq!(without.code, 2, "{said}");
    assert!(said.contains("say which rule store: --store URL, or --config FILE"), "{said}");
    let pushed = run(&[&["rules", "push", path(&rule)][..], &with].concat());
    assert_eq!(pushed.code, 0, "{}{}", text(&pushed.stdout), text(&pushed.stderr));
    let listed = run(&[&["rules", "list", "--format", "json"][..], &with].concat());
    assert!(text(&listed.stdout).contains(r#""name":"r""#), "{}", text(&listed.stdout));
    // A flag counts before the file.
    let other = format!("sqlite:{}", folder.0.path().join("other.db").display());
    let listed = run(&[&["rules", "list", "--store", &other][..], &with].concat());
    assert_eq!(listed.code, 1, "there is no such file: {}", text(&listed.stdout));
    let conditions = run(&[&["conditions", "list"][..], &with].concat());
    let said = text(&conditions.stdout);
    let line = said.lines().find(|line| line.contains("com.x.Middle")).expect("the alias");
    assert!(line.contains("stands for `InList`"), "{line}");
    let shown = run(&[&["conditions", "show", "com.x.Middle"][..], &with].concat());
    assert_eq!(shown.code, 0, "{}", text(&shown.stderr));
    assert!(text(&shown.stdout).contains("values"), "{}", text(&shown.stdout));
}

#[test]
fn a_run_follows_it() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.path().join("store")).expect("a folder");
    folder.write("store/probe.json", PROBE);
    folder.write("store/r.json", RULE);
    let store = folder.0.path().join("store");
    let config = format!(
        "[store]\nurl = 'dir:{}'\npoll_interval = '1h'\ninstance = 'x'\n[time]\nfield = 'no'\n\
         [engine]\ndefault_key = ['no']\n{ALIASES}",
        store.display()
    );
    let config = folder.write("x.toml", &config);
    // Flags count before the file: the interval, the key and the field of the time.
    let mut engine = Engine::start(&["--config", path(&config), "--time-field", "ts"], "");
    engine.event("u", "x", "B");
    assert_eq!(engine.found(), ["r@1 u"]);
    // The store says otherwise, and counts.
    folder.write(
        "store/condition_aliases.toml",
        "\"com.x.Middle\" = { condition = \"InList\", args = { field = \"action\" } }\n",
    );
    engine.log_has("the class com.x.Middle stands in the configuration and in the rule store");
    engine.log_has("rule r version 1 comes into force");
    engine.event("u", "A", "C");
    engine.event("u", "C", "A");
    assert_eq!(engine.found(), ["r@1 u"]);
    // A file that is half written changes nothing.
    folder.write("store/condition_aliases.toml", "\"com.x.Middle\" = ");
    engine.log_has("aliases of condition classes cannot be read");
    engine.log_has("rule r version 1 is rejected: E0517");
    engine.event("u", "A", "C");
    assert_eq!(engine.found(), ["r@1 u"]);
    // Without it the configuration counts again.
    std::fs::remove_file(folder.0.path().join("store/condition_aliases.toml")).expect("removed");
    engine.log_has("rule r version 1 comes into force");
    engine.event("u", "A", "C");
    engine.event("u", "C", "A");
    assert_eq!(engine.found(), ["r@1 u"]);
    let (code, log) = engine.end();
    assert_eq!(code, 0, "{log}");
}

#[test]
fn aliases_are_put_into_a_store() {
    let folder = Folder::new();
    let rule = folder.write("rule.json", RULE);
    let store = format!("sqlite:{}", folder.0.path().join("rules.db").display());
    let alias = |arguments: &[&str]| {
        let all = [&["rules", "alias"], arguments, &["--store", &store]].concat();
        run(&all)
    };
    let set = ["set", "com.x.Middle", "InList", "--args", r#"{"field": "tag"}"#];
    for (broken, says) in [
        (&["set", "com.x.End", "InLst"][..], "did you mean `InList`?"),
        (&["set", "InList", "a == 1"], "is a condition itself"),
        (&["set", "com.x.End", "InList", "--args", r#"{"feild": "tag"}"#], "unknown parameter"),
    ] {
        let done = alias(broken);
        assert_eq!(done.code, 3, "{broken:?}");
        assert!(text(&done.stderr).contains(says), "{}", text(&done.stderr));
    }
    assert_eq!(alias(&["set", "com.x.End", "InList", "--args", "{"]).code, 2);
    assert!(!folder.0.path().join("rules.db").exists(), "what is broken makes no store");
    let done = alias(&set);
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    assert_eq!(alias(&["set", "com.x.End", "action != 1"]).code, 0);
    let listed = text(&alias(&["list", "--set", "condition_aliases.x=a == 1"]).stdout);
    let end =
        format!("com.x.End stands for `action != 1` (`tripline_condition_aliases` of {store})");
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], end);
    assert!(
        lines[1].starts_with(r#"com.x.Middle stands for `InList` with {"field":"tag"} ("#),
        "{listed}"
    );
    assert_eq!(lines[2], "x stands for `a == 1` ([condition_aliases] of --set)");
    let first: Value = serde_json::from_str(
        text(&alias(&["list", "--format", "json"]).stdout).lines().next().expect("a line"),
    )
    .expect("JSON");
    assert_eq!((&first["class_name"], &first["problem"]), (&"com.x.End".into(), &Value::Null));
    assert_eq!(run(&["rules", "push", path(&rule), "--store", &store]).code, 0);
    assert_eq!(alias(&["remove", "com.x.End"]).code, 0);
    let gone = alias(&["remove", "com.x.End"]);
    assert_eq!(gone.code, 1);
    assert!(text(&gone.stderr).contains("nothing is said of the class `com.x.End`"));
}
