//! What becomes of outputs by the actions of the configuration.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::connectors::{Folder, Running, await_that};
use crate::program::{Program, text};

/// A cart, and no payment within a minute; `function` names what is done with it.
fn rule(id: &str, function: &str) -> String {
    let node = |name: &str, quantifier: &str| {
        format!(
            r#"{{"name":"{name}","type":"ATOMIC",{quantifier}"condition":{{"type":"EXPRESSION","expression":"kind == '{name}'"}}}}"#
        )
    };
    let (cart, pay) =
        (node("cart", r#""quantifier":{"properties":["LOOPING"]},"#), node("pay", ""));
    format!(
        r#"{{"id":"{id}","version":1,"key_by":["user"],"severity":"info","function":"{function}","params":{{"shop":"Corner"}},
        "pattern":{{"name":"{id}","nodes":[{cart},{pay}],"edges":[{{"source":"cart","target":"pay","type":"SKIP_TILL_NEXT"}}],
        "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MINUTES","size":1}}}},
        "afterMatchStrategy":{{"type":"SKIP_PAST_LAST_EVENT"}}}}}}"#
    )
}

const EVENTS: &str = r#"{"ts":1000,"user":"Ann \"A\"","kind":"cart","price":19.90}
{"ts":2000,"user":"Ann \"A\"","kind":"cart","price":5.10}
{"ts":3000,"user":"Bob","kind":"cart","price":1.00}
{"ts":4000,"user":"Ann \"A\"","kind":"pay","price":25.00}
{"ts":200000,"user":"Cy","kind":"other"}
"#;

fn folder(config: &str, rules: &[String]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("tripline.toml"), config).expect("written");
    fs::create_dir(folder.path().join("rules")).expect("made");
    for (index, rule) in rules.iter().enumerate() {
        fs::write(folder.path().join(format!("rules/{index}.json")), rule).expect("written");
    }
    folder
}

fn run(folder: &TempDir, more: &[&str]) -> (Vec<String>, String) {
    let program = Program::new("run")
        .args(["--config", "tripline.toml", "--rules", "rules", "--events", "-"])
        .args(more)
        .current_dir(folder.path())
        .stdin(EVENTS.as_bytes());
    let done = program.run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    let mut lines: Vec<String> = text(&done.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    (lines, text(&done.stderr))
}

fn said(template: &str) -> Vec<String> {
    let config = format!("[actions.say]\ntemplate = '''{template}'''\n");
    run(&folder(&config, &[rule("carts", "say")]), &[]).0
}

#[test]
fn a_template_says_what_happened() {
    let lines = said(
        "{{user}}: {{size(cart)}} things from {{params.shop}}, {{cart[0].price}} first, {{sum(cart.price)}} in all, paid {{pay[0].price}}",
    );
    assert_eq!(
        lines,
        [
            r#"Ann "A": 2 things from Corner, 19.90 first, 25.0 in all, paid 25.00"#,
            "Bob: 1 things from Corner, 1.00 first, 1.0 in all, paid ",
        ]
    );
}

#[test]
fn a_template_may_be_json() {
    let lines = said(r#"{"to": "{{user}}", "price": {{last(cart.price)}}}"#);
    let read = |line: &String| serde_json::from_str::<Value>(line).expect("JSON")["to"].clone();
    assert_eq!(lines.iter().map(read).collect::<Vec<_>>(), [r#"Ann "A""#, "Bob"]);
    assert!(lines[0].ends_with(r#""price": 5.10}"#), "{}", lines[0]);
}

#[test]
fn each_kind_has_a_text_of_its_own() {
    let by_kind = "[actions.say]\ntemplate = { match = 'paid {{pay[0].price}}', timeout = 'no money from {{user}}' }\n";
    let lines = run(&folder(by_kind, &[rule("carts", "say")]), &[]).0;
    assert_eq!(lines, ["no money from Bob", "paid 25.00"]);
    let only = "[actions.say]\ntemplate = { timeout = '{{user}}' }\n";
    let lines = run(&folder(only, &[rule("carts", "say")]), &[]).0;
    assert!(lines[0] == "Bob" && lines[1].contains("\"kind\":\"match\""), "{lines:#?}");
    for (wrong, words) in [("{ mach = 'x' }", "a text, or a table"), ("7", "a text, or a table")] {
        let folder = folder(&format!("[actions.say]\ntemplate = {wrong}\n"), &[]);
        let check = Program::new("config").args(["check", "tripline.toml"]);
        let done = check.current_dir(folder.path()).run();
        let said = text(&done.stdout) + &text(&done.stderr);
        assert!(done.code == 3 && said.contains(words), "{said}");
    }
}

#[test]
fn outputs_are_chosen_and_judged() {
    let config = "[actions.late]\noutputs = ['timeout']\nseverity = 'critical'\n\
                  [actions.dear]\nwhen = 'sum(cart.price) > 10'\n";
    let folder = folder(config, &[rule("a", "late"), rule("b", "dear"), rule("c", "")]);
    let (lines, summary) = run(&folder, &[]);
    let mut found: Vec<String> = lines
        .iter()
        .map(|line| {
            let output: Value = serde_json::from_str(line).expect("JSON");
            format!("{} {} {}", output["rule"]["id"], output["kind"], output["severity"])
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            r#""a" "timeout" "critical""#,
            r#""b" "match" "info""#,
            r#""c" "match" "info""#,
            r#""c" "timeout" "info""#,
        ]
    );
    assert!(summary.contains("2 outputs were left out"), "{summary}");
    let (lines, _) = run(&folder, &["--format", "human"]);
    assert_eq!(lines.len(), 4, "{lines:#?}");
}

#[test]
fn what_does_not_fit_a_rule_is_told_before_it_runs() {
    let config = "[actions.say]\nwhen = 'size(basket) > 1'\ntemplate = 'to {{usr(1)}}, {{'\n";
    let folder = folder(config, &[rule("carts", "say"), rule("others", "sya")]);
    let program = Program::new("validate-rule").args(["--config", "tripline.toml", "rules"]);
    let done = program.args(["--format", "json"]).current_dir(folder.path()).run();
    assert_eq!(done.code, 3, "{}", text(&done.stderr));
    let told = text(&done.stdout);
    for part in [
        "E1101",
        "no node `basket`",
        "no function `usr`",
        "has no `}}` behind it",
        "W1101",
        "[actions.\\\"sya\\\"]",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

/// Every event of a user is a match.
fn any(function: &str) -> String {
    format!(
        r#"{{"id":"any","version":1,"key_by":["user"],"function":"{function}","pattern":{{"name":"any","nodes":[{{"name":"one","type":"ATOMIC"}}],"edges":[]}}}}"#
    )
}

fn shown(output: &str) -> Vec<String> {
    let mut lines: Vec<String> = output.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn an_action_gives_out_one_of_a_key_in_a_period() {
    let config =
        "[actions.say]\ntemplate = '{{user}} {{ts}}'\nthrottle = '1m'\nwhen = 'not_yet != true'\n";
    let folder = folder(config, &[any("say")]);
    let events: String = [
        ("a", 0, false),
        ("b", 500, true),
        ("b", 1000, false),
        ("a", 59_999, false),
        ("a", 60_000, false),
        ("b", 61_000, false),
        ("a", 61_000, false),
    ]
    .map(|(user, ts, not_yet)| {
        format!("{{\"user\":\"{user}\",\"ts\":{ts},\"not_yet\":{not_yet}}}\n")
    })
    .concat();
    for shards in ["1", "4"] {
        let program = Program::new("run")
            .args(["--config", "tripline.toml", "--rules", "rules", "--events", "-"])
            .args(["--shards", shards])
            .current_dir(folder.path())
            .stdin(events.as_bytes());
        let done = program.run();
        let said = text(&done.stderr);
        assert_eq!(done.code, 0, "{said}");
        assert_eq!(shown(&text(&done.stdout)), ["a 0", "a 60000", "b 1000", "b 61000"]);
        assert!(said.contains("2 outputs were held back"), "{said}");
    }
}

#[test]
fn a_period_goes_on_after_a_kill() {
    let folder = Folder::new(
        "[sources.events]\ntype='file'\npath='DIR/events'\nfollow=true\n[sinks.out]\ntype='file'\npath='DIR/out'\n\
         [checkpoint]\ndir='DIR/kept'\ninterval='20ms'\n\
         [actions.say]\ntemplate='{{user}} {{ts}}'\ncooldown='1h'\n",
    );
    folder.write("one.json", &any("say"));
    let start = || Running(folder.run().args(["--summary", "none"]).spawn());
    let out = || fs::read_to_string(folder.path("out")).unwrap_or_default();
    let checkpoints = || {
        let kept = fs::read_dir(folder.path("kept")).into_iter().flatten().flatten();
        let names = kept.map(|file| file.file_name().into_string().expect("UTF-8"));
        names.filter(|name| name.starts_with("checkpoint-")).max()
    };
    let event = |user: &str, ts: u32| {
        folder.append("events", &format!("{{\"user\":\"{user}\",\"ts\":{ts}}}\n"));
    };
    let run = start();
    event("a", 0);
    event("a", 1);
    await_that("the first alert", || out() == "a 0\n");
    // A checkpoint that was begun after it, so that it is not replayed.
    for _ in 0..2 {
        let before = checkpoints();
        await_that("a checkpoint", || {
            // There is none where nothing came.
            event("a", 1);
            checkpoints() > before
        });
    }
    run.kill();
    let run = start();
    event("a", 3_599_999);
    event("b", 3_599_999);
    event("a", 3_600_000);
    event("c", 3_600_001);
    await_that("the last alert", || out().contains("c 3600001"));
    run.stop();
    assert_eq!(shown(&out()), ["a 0", "a 3600000", "b 3599999", "c 3600001"]);
}

#[test]
fn an_action_goes_to_its_sinks() {
    let folder = Folder::new(
        "[sources.events]\ntype='file'\npath='DIR/events'\n\
         [sinks.all]\ntype='file'\npath='DIR/all'\n[sinks.few]\ntype='file'\npath='DIR/few'\n[sinks.none]\ntype='file'\npath='DIR/none'\n\
         [actions.say]\ntemplate='{{user}}'\nsinks=['few','all']\n[actions.tell]\ntemplate='told {{user}}'\nsinks=['all']\n",
    );
    folder.write("events", "{\"user\":\"a\",\"ts\":1}\n");
    folder.write("other.json", &any("tell").replace("\"id\":\"any\"", "\"id\":\"other\""));
    folder.write("one.json", &any("say"));
    let done = folder.run().args(["--rules".into(), folder.path("other.json")]).run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    let read = |name: &str| shown(&fs::read_to_string(folder.path(name)).unwrap());
    assert_eq!(read("all"), ["a", "told a"]);
    assert_eq!(read("few"), ["a"]);
    assert!(read("none").is_empty());
    let folder = Folder::new(
        "[sinks.alerts]\ntype='stdout'\n[actions.a]\nsinks=['alert']\n[actions.'x/y']\nsinks=[]\n",
    );
    let done = Program::new("config").args(["check".into(), folder.path("tripline.toml")]).run();
    let said = text(&done.stdout) + &text(&done.stderr);
    assert_eq!(done.code, 3, "{said}");
    assert!(
        said.contains("did you mean `alerts`?") && said.contains("the list is empty"),
        "{said}"
    );
}

#[test]
fn a_program_brings_its_own_action() {
    let config = "[actions.cart_size]\noutputs = ['match', 'timeout']\nthrottle = '1h'\n[actions.other]\ntemplate = 'other'\n";
    let folder = folder(config, &[rule("carts", "cart_size"), rule("others", "other")]);
    let run = |program: Program| {
        let program = program
            .args(["--config", "tripline.toml", "--rules", "rules", "--events", "-"])
            .current_dir(folder.path())
            .stdin(EVENTS.as_bytes());
        let done = program.run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        (shown(&text(&done.stdout)), text(&done.stderr))
    };
    let (lines, said) = run(Program::action_example("run"));
    assert_eq!(lines, [r#""Ann \"A\"" has 2 things"#, "other", "other"], "{said}");
    assert!(said.contains("1 outputs were left out"), "{said}");
    // With a template it could not be told which of the two counts.
    fs::write(folder.path().join("tripline.toml"), "[actions.cart_size]\ntemplate = 'x'\n")
        .unwrap();
    let check = Program::action_example("validate-rule")
        .args(["--config", "tripline.toml", "rules/0.json"])
        .current_dir(folder.path())
        .run();
    let said = text(&check.stdout) + &text(&check.stderr);
    assert_eq!(check.code, 3, "{said}");
    assert!(said.contains("E1101") && said.contains("the program makes its text"), "{said}");
}
