//! A program with a condition of its own: the example of `docs/plugins.md`, from outside.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::program::{Program, text};
use crate::root;

/// A rule whose only node asks the example's condition.
fn rule(args: &str) -> String {
    format!(
        r#"{{"name":"long","nodes":[{{"name":"n","type":"ATOMIC","condition":
            {{"type":"CLASS","className":"LongText","args":{args}}}}}],"edges":[]}}"#
    )
}

const EVENTS: &str = "{\"ts\":1,\"name\":\"Li\"}\n{\"ts\":2,\"name\":\"Wang\"}\n{\"ts\":3}\n{\"ts\":4,\"name\":\"Zoë\"}\n";

#[test]
fn the_example_is_short() {
    let source = fs::read_to_string(root("crates/tripline/examples/custom_condition.rs"));
    let lines = source.expect("the example").lines().count();
    assert!(lines < 40, "the example has {lines} lines");
}

#[test]
fn the_example_runs_rules_that_name_its_condition() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.json");
    for args in [r#"{"field":"name","least":3}"#, r#"["name",3]"#, r#"["name","3"]"#] {
        fs::write(&path, rule(args)).expect("a rule");
        let run = Program::example("run")
            .arg("--rules")
            .arg(&path)
            .args(["--events", "-", "--summary", "none"])
            .stdin(EVENTS.as_bytes())
            .run();
        assert_eq!(run.code, 0, "{}", text(&run.stderr));
        let times: Vec<i64> = text(&run.stdout)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .map(|output| output["start"].as_i64().expect("a time"))
            .collect();
        assert_eq!(times, [2, 4], "{args}");
    }
    // The stock program does not know it.
    let stock = Program::new("validate-rule").arg(&path).args(["--format", "json"]).run();
    assert_eq!(stock.code, 3);
    assert!(text(&stock.stdout).contains("E0504"), "{}", text(&stock.stdout));
}

#[test]
fn the_example_checks_arguments() {
    let check = |args: &str| {
        let check = Program::example("validate-rule")
            .args(["-", "--format", "json"])
            .stdin(rule(args).as_bytes())
            .run();
        let found: Value = serde_json::from_str(&text(&check.stdout)).expect("JSON");
        let places = found["diagnostics"].as_array().expect("a list").iter();
        let places = places.map(|each| each["pointer"].as_str().expect("a pointer").to_owned());
        (check.code, places.collect::<Vec<_>>())
    };
    assert_eq!(check(r#"["name",3]"#), (0, vec![]));
    assert_eq!(check(r#"["name","three"]"#), (3, vec!["/nodes/0/condition/args/1".to_owned()]));
    let wrong = check(r#"{"field":"name","least":-1}"#);
    assert_eq!(wrong, (3, vec!["/nodes/0/condition/args/least".to_owned()]));
}

#[test]
fn the_example_shows_its_condition() {
    let ask = |arguments: &[&str]| {
        let done = Program::example("conditions").args(arguments).run();
        (done.code, text(&done.stdout), text(&done.stderr))
    };
    let (code, all, _) = ask(&["list"]);
    assert_eq!(code, 0);
    let line = all.lines().find(|line| line.starts_with("LongText ")).expect("its line");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["LongText", "plugin", "holds"]);
    assert!(all.contains("RichOrCondition") && all.contains("InList"), "{all}");

    let (code, shown, _) = ask(&["show", "LongText"]);
    let parameter =
        "  least: an integer from 0; required\n      The least number of characters; inclusive.\n";
    assert!(code == 0 && shown.contains(parameter), "{shown}");
    let (_, shown, _) = ask(&["show", "LongText", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["parameters"][1]["name"], "least");
    assert_eq!(shown["origin"], "plugin");
    assert_eq!(shown["examples"][0]["says"], "holds");

    let (code, _, said) = ask(&["show", "LongTxt"]);
    assert!(code == 1 && said.contains("did you mean `LongText`?"), "{said}");
    let schema = text(&Program::example("schema").arg("conditions").run().stdout);
    assert!(schema.contains("LongText"), "an editor knows it too");
}

#[test]
fn the_stock_program_shows_what_ships() {
    let show = |name: &str| {
        let done = Program::new("conditions").args(["show", name]).run();
        assert_eq!(done.code, 0, "{name}: {}", text(&done.stderr));
        text(&done.stdout)
    };
    let list = text(&Program::new("conditions").args(["list", "--format", "json"]).run().stdout);
    for line in list.lines() {
        let shown: Value = serde_json::from_str(line).expect("JSON");
        let text = show(shown["name"].as_str().expect("a name"));
        assert!(text.contains("Examples:"), "{text}");
    }
    assert_eq!(list.lines().count(), 14);
    let not = show("org.apache.flink.cep.pattern.conditions.RichNotCondition");
    assert!(not.contains("exactly one"), "{not}");
}

/// Every example that `conditions show` has, of plugins and of what combines conditions, run as a rule.
#[test]
fn what_is_shown_of_conditions_is_so() {
    let shown = |program: Program| -> Vec<Value> {
        let lines = text(&program.args(["--format", "json"]).run().stdout);
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (mut events, mut expected) = (Vec::new(), BTreeSet::new());
    for condition in shown(Program::new("conditions").arg("list")) {
        let name = condition["name"].as_str().expect("a name");
        let [described] = &shown(Program::new("conditions").args(["show", name]))[..] else {
            panic!("{name} is shown once")
        };
        let mut said = BTreeSet::new();
        for example in described["examples"].as_array().expect("a list") {
            let key = if name.starts_with("Rich") { "nestedConditions" } else { "args" };
            let asked = json!({"type": "CLASS", "className": name, key: example["args"]});
            let number = events.len();
            let not = json!({"type": "CLASS", "className": "RichNotCondition", "nestedConditions": [asked]});
            for (rule, condition) in
                [(format!("{number}"), &asked), (format!("not-{number}"), &not)]
            {
                // Each asks its own event only.
                let own =
                    json!({"type": "EXPRESSION", "expression": format!("example == {number}")});
                let both = json!({"type": "CLASS", "className": "RichAndCondition", "nestedConditions": [own, condition]});
                let rule_text = json!({"name": rule, "edges": [], "nodes": [{"name": "n", "type": "ATOMIC", "condition": both}]});
                let file = folder.path().join(format!("{rule}.json"));
                fs::write(file, rule_text.to_string()).expect("written");
            }
            let mut event = example["event"].clone();
            event["example"] = number.into();
            events.push(event);
            let says = example["says"].as_str().expect("a word");
            said.insert(says.to_owned());
            match says {
                "holds" => expected.insert(format!("{number}")),
                "does not hold" => expected.insert(format!("not-{number}")),
                _ => false,
            };
        }
        assert_eq!(said.len(), 3, "{name} shows {said:?} only");
    }
    events.sort_by_key(|event| event["ts"].as_i64());
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let rules = folder.path().to_str().expect("UTF-8");
    let done = Program::new("run")
        .args(["--rules", rules, "--events", "-", "--summary", "none"])
        .stdin(lines.as_bytes())
        .run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    let outputs = text(&done.stdout);
    let matched: BTreeSet<String> = outputs
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|output| output["rule"]["id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(events.len() > 40, "{} examples", events.len());
    assert_eq!(matched, expected);
}

#[test]
fn the_example_has_the_commands_of_the_stock_program() {
    let help = |program: Program| text(&program.run().stdout);
    let stock = help(Program::new("--help"));
    assert!(stock.contains("validate-rule"), "{stock}");
    let example = help(Program::example("--help"));
    assert_eq!(example.replace("Usage: custom_condition", "Usage: tripline"), stock);
}
