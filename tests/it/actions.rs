//! What becomes of outputs by the actions of the configuration.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

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
