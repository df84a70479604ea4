//! Sources and sinks of the configuration, through the program.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Program, text};

/// A payment and its receipt, of two streams.
pub(crate) const RULE: &str = r#"{"name": "r", "nodes": [
  {"name": "pay", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "stream == 'payments'"}},
  {"name": "receipt", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "stream == 'receipts'"}}],
  "edges": [{"source": "pay", "target": "receipt", "type": "SKIP_TILL_NEXT"}], "window": {"type": "FIRST_AND_LAST", "time": {"unit": "MINUTES", "size": 5}}}"#;

/// A folder with a rule and a configuration.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(config: &str) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        // A file called `rule.json` is known by its folder, which has another name each time.
        folder.write("one.json", RULE);
        folder.write("tripline.toml", &config.replace("DIR", folder.0.path().to_str().unwrap()));
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).expect("a folder");
        fs::write(self.path(name), text).expect("written");
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let file = fs::OpenOptions::new().append(true).create(true).open(self.path(name));
        file.expect("opened").write_all(text.as_bytes()).expect("written");
    }

    pub(crate) fn run(&self) -> Program {
        Program::new("run")
            .args(["--config".into(), self.path("tripline.toml")])
            .args(["--rules".into(), self.path("one.json")])
            .args(["--key", "tx"])
    }

    /// The events of the matches in a file of results, as `pay receipt` by their numbers, sorted.
    pub(crate) fn matches(&self, name: &str) -> Vec<String> {
        let lines = fs::read_to_string(self.path(name)).unwrap_or_default();
        let mut found: Vec<String> = lines.lines().filter_map(shown).collect();
        found.sort();
        found
    }

    /// Waits until there are so many results.
    pub(crate) fn await_matches(&self, name: &str, count: usize) {
        await_that(&format!("{count} lines in {name}"), || self.matches(name).len() >= count);
    }
}

/// What is found of a match; a payment without a receipt is a timeout.
fn shown(line: &str) -> Option<String> {
    let output: Value = serde_json::from_str(line).ok()?;
    if output["kind"] != "match" {
        return None;
    }
    let node = |name: &str| &output["events"][name][0];
    let streams = (&node("pay")["stream"], &node("receipt")["stream"]);
    assert_eq!(streams, (&"payments".into(), &"receipts".into()));
    Some(format!("{} {}", node("pay")["n"], node("receipt")["n"]))
}

/// Waits until something is so, and fails if it is not within a minute.
pub(crate) fn await_that(what: &str, mut is: impl FnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "a deadline")]
    let end = Instant::now() + Duration::from_secs(60);
    while !is() {
        #[expect(clippy::disallowed_methods, reason = "a deadline")]
        let now = Instant::now();
        assert!(now < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A program that is killed if the test fails.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Ends it in order; what it said.
    pub(crate) fn stop(mut self) -> String {
        signal(&self.0, "-TERM");
        let status = self.0.wait().expect("it ends");
        let mut said = String::new();
        if let Some(mut err) = self.0.stderr.take() {
            std::io::Read::read_to_string(&mut err, &mut said).expect("UTF-8");
        }
        assert!(status.success(), "{status}: {said}");
        said
    }

    /// Stops it where it is: it does nothing more until it is killed.
    pub(crate) fn freeze(&self) {
        signal(&self.0, "-STOP");
    }

    pub(crate) fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn signal(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill").args([signal, &pid]).status().expect("kill");
    assert!(sent.success());
}

pub(crate) fn event(tx: u32, n: u32, ts: u32) -> String {
    format!("{{\"tx\":{tx},\"n\":{n},\"ts\":{ts}}}\n")
}

#[test]
fn a_rule_joins_two_streams() {
    let folder = Folder::new(
        "[sources.payments]\ntype='file'\npath='DIR/pay'\n[sources.receipts]\ntype='file'\npath='DIR/receipts.csv'\n\
         [sinks.one]\ntype='file'\npath='DIR/one'\n[sinks.two]\ntype='file'\npath='DIR/two'\n[sinks.three]\ntype='stdout'\n",
    );
    // A folder, whose files are read by their names.
    folder.write("pay/b.jsonl", &[event(2, 3, 30), event(3, 4, 40)].concat());
    folder.write("pay/a.jsonl", &format!("{}nothing\n{}", event(1, 1, 10), event(9, 2, 20)));
    folder.write("receipts.csv", "tx,n,ts\n1,10,15\n2,11,35\nx,x\n8,12,50\n");
    let done = folder.run().args(["--rejected".into(), folder.path("rejected")]).run();
    let said = text(&done.stderr);
    assert_eq!(done.code, 0, "{said}");
    for name in ["one", "two"] {
        assert_eq!(folder.matches(name), ["1 10", "3 11"], "{said}");
    }
    assert_eq!(text(&done.stdout), fs::read_to_string(folder.path("one")).unwrap());
    assert!(
        said.contains("payments: line 2 is rejected") && said.contains("receipts: line 4 is"),
        "{said}"
    );
    let rejected = fs::read_to_string(folder.path("rejected")).unwrap();
    assert!(rejected.contains(r#"{"source":"payments","line":2,"#), "{rejected}");
    // Without sources there is nothing to run.
    let done = Program::new("run").args(["--rules".into(), folder.path("one.json")]).run();
    assert_eq!(done.code, 2);
    assert!(text(&done.stderr).contains("[sources.NAME]"));
}

#[test]
fn ids_do_not_hang_on_the_other_sources() {
    let ids = |more: &str| -> Vec<String> {
        let folder = Folder::new(&format!(
            "{more}[sources.payments]\ntype='file'\npath='DIR/pay'\n[sources.receipts]\ntype='file'\npath='DIR/rec'\n"
        ));
        folder.write("pay", &[event(1, 1, 10), event(2, 2, 11)].concat());
        folder.write("rec", &[event(1, 3, 20), event(2, 4, 21)].concat());
        folder.write("other", &event(1, 5, 15));
        let done = folder.run().args(["--summary", "none"]).run();
        let lines = text(&done.stdout);
        let id = |line: &str| {
            let output: Value = serde_json::from_str(line).expect("an object");
            output["id"].as_str().expect("a text").to_owned()
        };
        lines.lines().map(id).collect()
    };
    let alone = ids("");
    assert_eq!(alone.len(), 2);
    assert_ne!(alone[0], alone[1]);
    assert_eq!(ids("[sources.a]\ntype='file'\npath='DIR/other'\n"), alone);
}

#[test]
fn what_is_wrong_with_a_connector_is_told_at_its_place() {
    let folder = Folder::new(
        "[sources.a]\ntype = 'fil'\n[sources.b]\npath = 'x'\n[sources.c]\ntype = 'file'\npth = 'x'\nfollow = 'yes'\n\
         [sources.'d/e']\ntype = 'stdin'\n[sinks.f]\ntype = 'file'\npath = ''\n[sources.g]\ntype='file'\npath='x.csv'\nfollow=true\n",
    );
    let check = |folder: &Folder, more: &[&str]| {
        Program::new("config")
            .args(["check".into(), folder.path("tripline.toml")])
            .args(["--format", "json"])
            .args(more)
            .run()
    };
    let done = check(&folder, &[]);
    assert_eq!(done.code, 3);
    let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
    let each = found["diagnostics"].as_array().unwrap().iter();
    let each: Vec<String> = each
        .map(|one| format!("{} {} {} {}", one["line"], one["pointer"], one["message"], one["hint"]))
        .collect();
    let expected = [
        r#"2 "/sources/a/type" "there is no such type" "did you mean `file`?""#,
        r#"3 "/sources/b" "missing key `type`" "there are"#,
        r#"7 "/sources/c/pth" "there is no such key" "did you mean `path`?""#,
        r#"8 "/sources/c/follow" "expected a boolean, found a text" """#,
        r#"9 "/sources/d~1e" "it is no name: write up to 64 letters, digits, `_` and `-`" """#,
    ];
    for expected in expected {
        assert!(each.iter().any(|found| found.starts_with(expected)), "{expected}: {each:#?}");
    }
    let folder = Folder::new(
        "[sources.g]\ntype='file'\npath='x.csv'\nfollow=true\n[sinks.f]\ntype='file'\npath=''\n",
    );
    let said = text(&check(&folder, &[]).stdout);
    assert!(said.contains("/sources/g/follow") && said.contains("/sinks/f/path"), "{said}");
    // One that is right may still not be there.
    let folder = Folder::new(
        "[sources.g]\ntype='file'\npath='DIR/x'\n[sinks.f]\ntype='file'\npath='DIR/y'\n",
    );
    assert_eq!(check(&folder, &[]).code, 0);
    let done = check(&folder, &["--connect"]);
    let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
    assert_eq!((done.code, &found["connections"][1]["ok"]), (1, &true.into()), "{found}");
    let problem = found["connections"][0]["problem"].as_str().unwrap();
    assert!(problem.starts_with("cannot open"), "{problem}");
    folder.write("x", "");
    assert_eq!(check(&folder, &["--connect"]).code, 0);
}

/// What `tail -F` does, and more: through rotation, truncation, and a kill in between.
#[test]
fn a_file_is_followed_through_rotation() {
    let folder = Folder::new(
        "[sources.payments]\ntype='file'\npath='DIR/pay.log'\nfollow=true\n\
         [sources.receipts]\ntype='file'\npath='DIR/receipts.log'\nfollow=true\n\
         [sinks.out]\ntype='file'\npath='DIR/out'\n[checkpoint]\ndir='DIR/kept'\ninterval='50ms'\n",
    );
    let start = || Running(folder.run().args(["--summary", "none"]).spawn());
    // Their times are their order; neither file is there yet.
    let run = start();
    folder.append("pay.log", &event(1, 1, 10));
    folder.append("receipts.log", &event(1, 2, 11));
    folder.append("pay.log", &event(2, 3, 20));
    folder.await_matches("out", 1);
    // A last line without an end is a line once another file has taken the place.
    folder.append("receipts.log", event(2, 4, 21).trim_end());
    fs::rename(folder.path("receipts.log"), folder.path("receipts.log.1")).unwrap();
    folder.append("receipts.log", &event(0, 5, 22));
    folder.append("pay.log", &event(3, 6, 30));
    folder.await_matches("out", 2);
    run.kill();
    // While nobody reads, the file is renamed behind what was not read yet.
    folder.append("receipts.log", &event(3, 7, 31));
    fs::rename(folder.path("receipts.log"), folder.path("receipts.log.2")).unwrap();
    let run = start();
    folder.append("pay.log", &event(4, 8, 40));
    folder.append("receipts.log", &[event(4, 9, 41), event(0, 9, 41)].concat());
    folder.append("pay.log", &event(5, 10, 42));
    folder.await_matches("out", 4);
    // It becomes shorter.
    fs::write(folder.path("receipts.log"), event(5, 11, 43)).unwrap();
    folder.append("pay.log", &event(0, 12, 44));
    folder.await_matches("out", 5);
    run.stop();
    assert_eq!(folder.matches("out"), ["1 2", "10 11", "3 4", "6 7", "8 9"]);
}
