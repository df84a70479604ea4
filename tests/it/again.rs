//! What was decided by the clock or by a hand is decided the same again, when a run goes on after it was killed.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::fs;
use std::io::Write as _;
use std::process::{Child, ChildStdin};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::Program;

/// How long anything may take that should take a second or so.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with rules, checkpoints, an output and a log, for one life after the other.
struct Stage {
    folder: TempDir,
    options: Vec<String>,
}

struct Life {
    child: Child,
    events: ChildStdin,
}

impl Stage {
    fn new(options: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        fs::create_dir(folder.path().join("rules")).expect("made");
        Self { folder, options: options.iter().map(|option| (*option).to_owned()).collect() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn rule(&self, name: &str, version: u32, pattern: &str) {
        let text = format!(r#"{{"id":"{name}","version":{version},"pattern":{pattern}}}"#);
        fs::write(self.path(&format!("rules/{name}.json")), text).expect("written");
    }

    fn start(&self) -> Life {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log"));
        let mut log = log.expect("a log");
        let mut command = Program::new("run");
        for (option, value) in [
            ("--rules", self.path("rules")),
            ("--out", self.path("out")),
            ("--checkpoint", self.path("checkpoints")),
            // What happens is in the journal alone.
            ("--checkpoint-interval", "1h".to_owned()),
        ] {
            command = command.arg(option).arg(value);
        }
        command = command.args(["--events", "-", "--key", "user", "--log-level", "info"]);
        for option in &self.options {
            command = command.arg(option);
        }
        let mut child = command.spawn();
        let mut said = child.stderr.take().expect("a pipe");
        std::thread::spawn(move || std::io::copy(&mut said, &mut log));
        let events = child.stdin.take().expect("a pipe");
        Life { child, events }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Waits until there is so much of something in the log, or in the output.
    fn has(&self, name: &str, what: &str, times: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.text(name).matches(what).count() < times {
            assert!(
                Instant::now() < deadline,
                "no {what}: {}{}",
                self.text("out"),
                self.text("log")
            );
            sleep(Duration::from_millis(5));
        }
    }

    /// The outputs: the rule, its version, the kind and the id of each.
    fn outputs(&self) -> Vec<(String, i64, String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let output = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let version = line["rule"]["version"].as_i64().expect("a number");
            (text(&line["rule"]["id"]), version, text(&line["kind"]), text(&line["id"]))
        };
        self.text("out").lines().map(output).collect()
    }
}

impl Life {
    fn send(&mut self, kind: &str, user: &str) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let line =
            format!("{{\"kind\":\"{kind}\",\"user\":\"{user}\",\"ts\":{}}}\n", now.as_millis());
        self.events.write_all(line.as_bytes()).expect("it reads");
    }

    fn signal(&self, name: &str) {
        let mut kill = std::process::Command::new("kill");
        let sent = kill.arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill").success());
    }

    /// As with power that goes.
    fn die(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    fn end(mut self) {
        drop(self.events);
        assert!(self.child.wait().expect("it ends").success());
    }
}

/// A cart that is not paid for within a second.
const CART: &str = r#"{"name":"cart","nodes":[
  {"name":"cart","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'cart'"}},
  {"name":"pay","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'pay'"}}],
 "edges":[{"source":"cart","target":"pay","type":"SKIP_TILL_NEXT"}],
 "window":{"type":"FIRST_AND_LAST","time":{"unit":"SECONDS","size":1}}}"#;

/// Matches each event of a kind.
fn each(kind: &str) -> String {
    format!(
        r#"{{"name":"each","edges":[],"nodes":[{{"name":"only","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == '{kind}'"}}}}]}}"#
    )
}

#[test]
fn what_the_clock_decided_stands() {
    for options in [&["--no-final"][..], &["--no-final", "--set", "time.mode='processing'"]] {
        let stage = Stage::new(options);
        stage.rule("cart", 1, CART);
        stage.rule("probe", 1, &each("probe"));
        let mut life = stage.start();
        life.send("cart", "u");
        stage.has("out", "\"timeout\"", 1);
        life.die();
        let before = stage.outputs();
        assert_eq!(before.len(), 1, "{before:?}");
        // Nothing comes: what was in the journal is enough.
        let mut life = stage.start();
        stage.has("out", "\"timeout\"", 1);
        assert_eq!(stage.outputs(), before, "{options:?}");
        life.send("pay", "u");
        life.send("cart", "v");
        stage.has("out", "\"timeout\"", 2);
        life.die();
        let before = stage.outputs();
        let mut life = stage.start();
        life.send("probe", "u");
        stage.has("out", "\"probe\"", 1);
        life.end();
        let after = stage.outputs();
        assert_eq!(after.get(..2), Some(&before[..]), "{options:?}");
        assert_eq!(after.len(), 3, "{after:?}");
    }
}

#[test]
fn rules_that_a_hangup_brought_are_there_again() {
    let stage = Stage::new(&["--no-final"]);
    stage.rule("each", 1, &each("a"));
    let mut life = stage.start();
    life.send("a", "u");
    stage.has("out", "\"version\":1", 1);
    stage.rule("each", 2, &each("b"));
    life.signal("HUP");
    stage.has("log", "rule each version 2 comes into force", 1);
    life.send("b", "u");
    life.send("a", "u");
    stage.has("out", "\"version\":2", 1);
    life.die();
    let before = stage.outputs();
    // And while nothing runs, it changes once more.
    stage.rule("each", 3, &each("c"));
    let mut life = stage.start();
    for kind in ["a", "b", "c"] {
        life.send(kind, "u");
    }
    stage.has("out", "\"version\":3", 1);
    life.end();
    let after = stage.outputs();
    assert_eq!(after.get(..2), Some(&before[..]));
    let versions: Vec<i64> = after.iter().map(|(_, version, ..)| *version).collect();
    assert_eq!(versions, [1, 2, 3]);
}
