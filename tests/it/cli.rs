//! The program end to end: what it reads, writes and says, and how it ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Done, Program, text};
use crate::shipped_rules;

const RULE: &str = r#"{"name": "paid", "nodes": [
  {"name": "cart", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "event == 'cart'"}},
  {"name": "pay", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "event == 'pay'"}}],
  "edges": [{"source": "cart", "target": "pay", "type": "SKIP_TILL_NEXT"}],
  "window": {"type": "FIRST_AND_LAST", "time": {"unit": "SECONDS", "size": 10}}}"#;

/// One match of `u1`, one timeout of `u2`.
const EVENTS: &str = "{\"ts\":1000,\"user\":\"u1\",\"event\":\"cart\"}\n\
    {\"ts\":2000,\"user\":\"u2\",\"event\":\"cart\"}\n\
    {\"ts\":3000,\"user\":\"u1\",\"event\":\"pay\"}\n";

const CSV: &str = "ts,user,event\n1000,u1,cart\n2000,u2,cart\n3000,u1,pay\n";

/// A folder for the files of one test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, bytes).expect("the file can be written");
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file can be read")
    }

    /// A run with the rule `paid` over `events`.
    fn run(&self, events: impl AsRef<Path>) -> Program {
        let rule = self.write("rules/paid.json", RULE);
        run(&rule, events.as_ref())
    }
}

fn run(rules: &Path, events: &Path) -> Program {
    Program::new("run")
        .arg("--rules")
        .arg(rules)
        .arg("--events")
        .arg(events)
        .args(["--key", "user"])
}

/// Output lines as `kind` and user.
fn outputs(done: &Done) -> Vec<(String, String)> {
    let part = |value: &Value| value.as_str().expect("a text").to_owned();
    text(&done.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .map(|output: Value| (part(&output["kind"]), part(&output["key"]["user"])))
        .collect()
}

fn pair(kind: &str, user: &str) -> (String, String) {
    (kind.to_owned(), user.to_owned())
}

#[test]
fn every_format_of_events_gives_the_same() {
    let files = Files::new();
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).expect("memory");
    let inputs = [
        files.write("e.jsonl", EVENTS),
        files.write("e.ndjson", EVENTS.replace('\n', "\r\n\r\n")),
        files.write("e.csv", CSV),
        files.write("e.jsonl.gz", gzip(EVENTS)),
        files.write("e.jsonl.zst", zstd(EVENTS)),
        files.write("e.csv.gz", gzip(CSV)),
        files.write("e.csv.zst", zstd(CSV)),
    ];
    let expected = [pair("match", "u1"), pair("timeout", "u2")];
    let mut lines = Vec::new();
    for input in &inputs {
        let done = files.run(input).run();
        assert_eq!((done.code, &outputs(&done)[..]), (0, &expected[..]), "{}", input.display());
        lines.push(text(&done.stdout));
    }
    let done = files.run("-").stdin(EVENTS.as_bytes()).run();
    assert_eq!((done.code, text(&done.stdout)), (0, lines[0].clone()), "stdin");
    let done = files.run(&inputs[0]).arg("--out").arg(files.path("out.jsonl")).run();
    assert_eq!((done.code, text(&done.stdout)), (0, String::new()), "--out");
    assert_eq!(files.read("out.jsonl"), lines[0], "--out");
    assert!(lines.iter().all(|other| other == &lines[0]), "ids included: {lines:#?}");
}

#[test]
fn a_line_says_all_that_the_interface_promises() {
    let files = Files::new();
    let done = files.run("-").stdin(EVENTS.as_bytes()).run();
    let lines: Vec<Value> =
        text(&done.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let id = lines[0]["id"].as_str().expect("an id");
    assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
    let events: Vec<&str> = EVENTS.lines().collect();
    let expected = format!(
        r#"{{"id":"{id}","kind":"match","rule":{{"id":"paid","version":1,"name":"paid"}},"severity":"info","key":{{"user":"u1"}},"start":1000,"end":3000,"due":null,"waiting_for":[],"events":{{"cart":[{}],"pay":[{}]}}}}"#,
        events[0], events[2]
    );
    assert_eq!(text(&done.stdout).lines().next(), Some(expected.as_str()));
    let timeout = &lines[1];
    assert_eq!(timeout["due"], 12_000);
    assert_eq!(timeout["waiting_for"], serde_json::json!(["pay"]));
}

#[test]
fn rejected_lines_are_kept_and_the_run_goes_on() {
    let files = Files::new();
    let mut lines: Vec<&str> = EVENTS.lines().collect();
    lines.insert(1, "{broken");
    lines.insert(2, r#"{"user":"u1","event":"pay"}"#);
    lines.insert(3, r#"{"ts":"soon","user":"u1","event":"pay"}"#);
    let events = files.write("e.jsonl", lines.join("\n"));
    let done = files.run(events).arg("--rejected").arg(files.path("rejected.jsonl")).run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    assert_eq!(outputs(&done), [pair("match", "u1"), pair("timeout", "u2")]);
    let rejected = files.read("rejected.jsonl");
    let rejected: Vec<Value> =
        rejected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<&Value> = rejected.iter().map(|line| &line["line"]).collect();
    assert_eq!(numbers, [2, 3, 4]);
    let expected = ["column 2", "`ts` is missing", "`soon`"];
    for ((line, original), part) in rejected.iter().zip(&lines[1..]).zip(expected) {
        let reason = line["reason"].as_str().expect("a reason");
        assert!(reason.contains(part), "{reason}");
        assert!(
            line.to_string().contains(original.trim_matches(['{', '}'])) || {
                let text = line["text"].as_str().unwrap_or_default();
                text == *original
            }
        );
        assert!(text(&done.stderr).contains(reason), "said on stderr: {reason}");
    }
    assert!(text(&done.stderr).contains("3 lines rejected"));
}

#[test]
fn a_bad_rule_does_not_stop_the_good_ones() {
    let files = Files::new();
    files.write("rules/paid.json", RULE);
    files.write(
        "rules/deep/broken.json",
        RULE.replace("\"source\": \"cart\"", "\"source\": \"carts\""),
    );
    let done = run(&files.path("rules"), Path::new("-")).stdin(EVENTS.as_bytes()).run();
    assert_eq!(done.code, 3, "{}", text(&done.stderr));
    assert_eq!(outputs(&done).len(), 2);
    let said = text(&done.stderr);
    for part in ["broken.json:4:", "E0203", "did you mean `cart`?", "1 of 2 rules"] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    fs::remove_file(files.path("rules/paid.json")).expect("the good one goes");
    let done = run(&files.path("rules"), Path::new("-")).stdin(EVENTS.as_bytes()).run();
    assert_eq!((done.code, done.stdout.len()), (3, 0), "no rule is left");
}

#[test]
fn the_same_id_twice_names_both_files() {
    let files = Files::new();
    files.write("rules/a/paid.json", RULE);
    files.write("rules/b/paid.json", RULE);
    let done = run(&files.path("rules"), Path::new("-")).stdin(EVENTS.as_bytes()).run();
    let said = text(&done.stderr);
    assert_eq!(done.code, 3, "{said}");
    let both = ["a/paid.json", "b/paid.json"].iter().all(|name| said.contains(name));
    assert!(both && said.contains("`paid`"), "{said}");
    let done = Program::new("validate-rule").arg(files.path("rules")).run();
    let said = text(&done.stdout) + &text(&done.stderr);
    let both = ["a/paid.json", "b/paid.json"].iter().all(|name| said.contains(name));
    assert!(done.code == 3 && both, "{said}");
}

#[test]
fn exit_codes_say_what_went_wrong() {
    let files = Files::new();
    let rule = files.write("paid.json", RULE);
    let missing = files.path("missing");
    let check = |program: Program, code: i32, part: &str| {
        let done = program.stdin(EVENTS.as_bytes()).run();
        let said = text(&done.stderr) + &text(&done.stdout);
        assert_eq!(done.code, code, "{said}");
        assert!(said.contains(part), "{part} is not in:\n{said}");
    };
    check(run(&rule, &missing), 1, "missing");
    check(run(&missing, Path::new("-")), 1, "missing");
    check(run(&rule, Path::new("-")).arg("--out").arg(files.path("no/folder")), 1, "folder");
    check(Program::new("validate-rule").arg(&missing), 1, "missing");
    check(Program::new("test").arg(&missing), 1, "missing");
    check(Program::new("explain").arg(&missing), 1, "missing");
    check(Program::new("run"), 2, "--events");
    check(Program::new("run").args(["--events", "-"]), 2, "--rules");
    check(Program::new("dance"), 2, "dance");
    check(run(&rule, Path::new("-")).args(["--max-out-of-order", "10"]), 2, "10");
    check(run(&rule, Path::new("-")).args(["--time-unit", "days"]), 2, "days");
    check(Program::new("schema").arg("world"), 2, "world");
    let broken = files.write("broken.json", "{");
    check(Program::new("validate-rule").arg(&broken), 3, "E0102");
    check(Program::new("explain").arg(&broken), 3, "E0102");
    check(Program::new("validate-rule").arg(&broken).arg(&missing), 1, "E0102");
    let case = format!(
        r#"{{"id":"mine","rule":{},"events":[],"expect":{{"matches":[{{"pay":[0]}}],"timeouts":[]}}}}"#,
        RULE.replace('\n', " ")
    );
    check(Program::new("test").arg(files.write("c.jsonl", case)), 3, "FAILED mine");
    check(Program::new("validate-rule").arg(&rule), 0, "valid");
    check(Program::new("--version"), 0, "tripline");
    let doubtful = RULE.replacen("\"name\": \"paid\"", "\"name\": \"paid\", \"colour\": 1", 1);
    let doubtful = files.write("doubtful.json", doubtful);
    check(Program::new("validate-rule").arg(&doubtful), 0, "W0101");
    check(Program::new("validate-rule").arg("--strict").arg(&doubtful), 3, "W0101");
}

#[test]
fn the_end_of_the_input_closes_windows_or_not() {
    let files = Files::new();
    let done = files.run("-").arg("--no-final").stdin(EVENTS.as_bytes()).run();
    assert_eq!((done.code, outputs(&done)), (0, vec![pair("match", "u1")]));
    assert!(text(&done.stderr).contains("1 attempts still open"), "{}", text(&done.stderr));
}

#[test]
fn events_out_of_order_are_sorted_and_late_ones_kept() {
    let files = Files::new();
    let events = "{\"ts\":3000,\"user\":\"u1\",\"event\":\"pay\"}\n\
        {\"ts\":1000,\"user\":\"u1\",\"event\":\"cart\"}\n\
        {\"ts\":9000,\"user\":\"u2\",\"event\":\"other\"}\n\
        {\"ts\":6999,\"user\":\"u2\",\"event\":\"cart\"}\n";
    let run = |bound: &str| {
        let late = files.path("late.jsonl");
        files.run("-").args(["--max-out-of-order", bound]).arg("--late").arg(late)
    };
    let done = run("2s").stdin(events.as_bytes()).run();
    assert_eq!((done.code, outputs(&done)), (0, vec![pair("match", "u1")]));
    assert_eq!(files.read("late.jsonl"), format!("{}\n", events.lines().last().unwrap()));
    assert!(text(&done.stderr).contains("1 events late"), "{}", text(&done.stderr));
    let done = run("2001ms").stdin(events.as_bytes()).run();
    assert_eq!(outputs(&done), [pair("match", "u1"), pair("timeout", "u2")]);
    let done = run("0").stdin(events.as_bytes()).run();
    assert_eq!(outputs(&done).len(), 0);
    assert_eq!(files.read("late.jsonl").lines().count(), 2);
}

#[test]
fn outputs_on_a_pipe_come_with_their_events() {
    let files = Files::new();
    let mut child = files.run("-").spawn();
    let mut stdin = child.stdin.take().expect("a pipe");
    let stdout = child.stdout.take().expect("a pipe");
    let mut stderr = child.stderr.take().expect("a pipe");
    let (send, receive) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            drop(send.send(line.expect("a line")));
        }
    });
    let errors = thread::spawn(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("text");
        said
    });
    // Each output must be there before more is written; the deadline is for a machine that is very busy.
    let next = || receive.recv_timeout(Duration::from_secs(60));
    let mut lines = EVENTS.split_inclusive('\n');
    for part in lines.by_ref() {
        stdin.write_all(part.as_bytes()).expect("the program reads");
    }
    assert!(next().expect("the match, at once").contains("\"kind\":\"match\""));
    stdin
        .write_all(b"{\"ts\":12001,\"user\":\"u3\",\"event\":\"x\"}\n")
        .expect("the program reads");
    let timeout = next().expect("the timeout, by an event of another key");
    assert!(timeout.contains("\"kind\":\"timeout\"") && timeout.contains("u2"), "{timeout}");
    stdin.write_all(b"{\"ts\":13000,\"user\":\"u3\",\"event\":\"cart\"}\n").expect("reads");
    drop(stdin);
    assert!(next().expect("the timeout at the end").contains("u3"));
    assert!(child.wait().expect("the program ends").success());
    reader.join().expect("the reader ends");
    assert!(errors.join().expect("the reader ends").contains("5 events in"));
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let files = Files::new();
    let mut child = files.run("-").spawn();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("a pipe");
    for _ in 0..10_000 {
        if stdin.write_all(EVENTS.as_bytes()).is_err() {
            break;
        }
    }
    drop(stdin);
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    let status = child.wait().expect("the program ends");
    assert!(status.success(), "{status}: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn the_summary_counts_node_by_node() {
    let files = Files::new();
    let events = EVENTS.to_owned() + "{\"ts\":4000,\"event\":\"pay\"}\n";
    let done = files.run("-").stdin(events.as_bytes()).run();
    let said = text(&done.stderr);
    for part in [
        "4 events in",
        "0 lines rejected, 0 events late",
        "paid (version 1): 1 matches, 1 timeouts, 1 events without a key field",
        "cart",
        "2 events, taken 2 times",
        "1 events, taken 1 times; ended here: 1 matched, 1 timed out",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    let done = files.run("-").args(["--summary", "json"]).stdin(events.as_bytes()).run();
    let summary: Value =
        serde_json::from_str(text(&done.stderr).lines().last().expect("a line")).expect("JSON");
    let rule = &summary["rules"][0];
    assert_eq!((&summary["events"], &rule["without_key"]), (&4.into(), &1.into()));
    assert_eq!(rule["nodes"]["cart"]["reached"], 2);
    assert_eq!(rule["nodes"]["pay"]["ended"]["timed_out"], 1);
    let done = files.run("-").args(["--summary", "none"]).stdin(events.as_bytes()).run();
    assert_eq!(text(&done.stderr), "");
}

#[test]
fn rules_without_a_key_are_warned_of() {
    let files = Files::new();
    let rule = files.write("paid.json", RULE);
    let run = Program::new("run").arg("--rules").arg(&rule).args(["--events", "-"]);
    let done = run.stdin(EVENTS.as_bytes()).run();
    assert_eq!(done.code, 0);
    assert!(text(&done.stderr).contains("W0601"), "{}", text(&done.stderr));
}

#[test]
fn validate_rule_speaks_json() {
    let files = Files::new();
    let bad = files.write("bad.json", RULE.replace("SKIP_TILL_NEXT", "SKIP_TIL_NEXT"));
    let good = files.write("good.json", RULE);
    let done = Program::new("validate-rule").args(["--format", "json"]).arg(&bad).arg(&good).run();
    assert_eq!(done.code, 3);
    let lines: Vec<Value> =
        text(&done.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let expected = serde_json::json!({
        "file": bad, "valid": false, "diagnostics": [{
            "code": "E0107", "severity": "error", "pointer": "/edges/0/type", "line": 4, "column": 57,
            "message": lines[0]["diagnostics"][0]["message"],
            "hint": lines[0]["diagnostics"][0]["hint"],
        }]
    });
    assert_eq!(lines[0], expected);
    assert!(lines[0].to_string().contains("did you mean `SKIP_TILL_NEXT`?"), "{}", lines[0]);
    assert_eq!(lines[1], serde_json::json!({"file": good, "valid": true, "diagnostics": []}));
    let done = Program::new("validate-rule").arg("-").stdin(RULE.as_bytes()).run();
    assert_eq!(done.code, 0, "stdin");
}

#[test]
fn every_shipped_rule_is_valid_and_explained() {
    let rules = shipped_rules();
    assert!(!rules.is_empty(), "there are rules in the folder `rules`");
    let done = Program::new("validate-rule").args(&rules).run();
    assert_eq!(done.code, 0, "{}", text(&done.stdout));
    for rule in rules {
        let done = Program::new("explain").arg(&rule).run();
        assert_eq!(done.code, 0, "{}: {}", rule.display(), text(&done.stderr));
        let rule: Value = serde_json::from_str(&fs::read_to_string(&rule).unwrap()).unwrap();
        let graph = if rule["pattern"].is_object() { &rule["pattern"] } else { &rule };
        if graph["type"] == "AGGREGATE" {
            for name in graph["aggregates"].as_object().expect("aggregates").keys() {
                let named = text(&done.stdout).contains(name);
                assert!(named, "`{name}` is not explained:\n{}", text(&done.stdout));
            }
            continue;
        }
        for node in graph["nodes"].as_array().expect("nodes") {
            let name = node["name"].as_str().expect("a name");
            let named = node["type"] == "COMPOSITE" || text(&done.stdout).contains(name);
            assert!(named, "`{name}` is not explained:\n{}", text(&done.stdout));
        }
    }
}
