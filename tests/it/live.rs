//! Rules as rows, edited while an engine runs: what a strategist does with a database client, and what comes of it.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Program, text};
use crate::services::{self, Server};

/// How long anything may take that should take a second or so.
const DEADLINE: Duration = Duration::from_secs(60);

/// An engine that follows a store, with a stream that a test writes to.
pub(crate) struct Engine {
    child: Child,
    events: Option<ChildStdin>,
    outputs: Receiver<String>,
    log: Receiver<String>,
    /// Of the last event, in ms.
    pub(crate) now: i64,
}

impl Engine {
    pub(crate) fn start(arguments: &[&str], password: &str) -> Self {
        let mut child = Program::new("run")
            .args(arguments)
            .args(["--events", "-", "--poll-interval", "50ms", "--key", "user", "--no-final"])
            .env("TRIPLINE_STORE_PASSWORD", password)
            .spawn();
        let outputs = lines(child.stdout.take().expect("a pipe"));
        let log = lines(child.stderr.take().expect("a pipe"));
        let events = child.stdin.take();
        Self { child, events, outputs, log, now: 0 }
    }

    /// An event of a user, one second after the one before.
    pub(crate) fn event(&mut self, user: &str, action: &str, tag: &str) {
        self.send(&format!(r#""user":"{user}","action":"{action}","tag":"{tag}""#));
    }

    /// An event of these members, one second after the one before.
    pub(crate) fn send(&mut self, members: &str) {
        self.now += 1000;
        let events = self.events.as_mut().expect("the stream is open");
        let event = format!(r#"{{{members},"ts":{}}}"#, self.now);
        if let Err(error) = writeln!(events, "{event}") {
            panic!("the engine does not read: {error}\n{}", self.log_so_far());
        }
    }

    /// Sends what makes rule `probe` fire, and gives the outputs of the other rules before that: `rule@version user`.
    pub(crate) fn found(&mut self) -> Vec<String> {
        self.event("probe", "probe", "");
        let mut found = Vec::new();
        loop {
            let line = self.outputs.recv_timeout(DEADLINE).unwrap_or_else(|error| {
                panic!("the probe does not fire: {error}\n{}", self.log_so_far());
            });
            let output: Value = serde_json::from_str(&line).expect("JSON");
            let rule = output["rule"]["id"].as_str().expect("an id").to_owned();
            if rule == "probe" {
                return found;
            }
            let user = output["key"]["user"].as_str().expect("a user");
            found.push(format!("{rule}@{} {user}", output["rule"]["version"]));
        }
    }

    fn log_so_far(&self) -> String {
        self.log.try_iter().collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn log_has(&self, part: &str) -> String {
        let until = Instant::now() + DEADLINE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).unwrap_or_else(|_| panic!("no log of `{part}`"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Ends the stream; the exit code, and what the log said since it was last read.
    pub(crate) fn end(mut self) -> (i32, String) {
        drop(self.events.take());
        let code = self.child.wait().expect("it ends").code().expect("by itself");
        (code, self.log.iter().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Waits until a query gives what is expected of it.
pub(crate) fn eventually(
    what: &str,
    mut ask: impl FnMut() -> String,
    expected: impl Fn(&str) -> bool,
) -> String {
    let until = Instant::now() + DEADLINE;
    loop {
        let found = ask();
        if expected(&found) {
            return found;
        }
        assert!(Instant::now() < until, "{what}: still {found}");
        std::thread::yield_now();
    }
}

pub(crate) const PROBE: &str = r#"{"name":"probe","nodes":[{"name":"p","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"action == 'probe'"}}],"edges":[]}"#;

/// A coupon taken by a user whose tag is among `args`, then a payment.
fn campaign(args: &str) -> String {
    format!(
        r#"{{
  "name": "campaign",
  "nodes": [
    {{"name": "coupon", "type": "ATOMIC",
     "condition": {{"type": "CLASS", "className": "org.apache.flink.cep.pattern.conditions.RichAndCondition", "nestedConditions": [
       {{"type": "EXPRESSION", "expression": "action == 'coupon'"}},
       {{"type": "CLASS", "className": "InList", "args": {{"field": "tag", "values": {args}}}}}]}}}},
    {{"name": "pay", "type": "ATOMIC", "condition": {{"type": "EXPRESSION", "expression": "action == 'pay'"}}}}
  ],
  "edges": [{{"source": "coupon", "target": "pay", "type": "SKIP_TILL_NEXT"}}]
}}"#
    )
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The whole story: a strategist with a database client, an engine on a stream.
fn story(server: &Server) {
    let database = server.fresh_database();
    let url = server.url_as(&server.user, "", &database).replace(":@", "@");
    let sql = |statement: &str| server.sql(&database, statement);
    let migrated = Program::new("store")
        .args(["migrate", "--store", &url])
        .env("TRIPLINE_STORE_PASSWORD", &server.password)
        .run();
    assert_eq!(migrated.code, 0, "{}", text(&migrated.stderr));
    sql(&format!(
        "INSERT INTO tripline_rules (id, version, pattern) VALUES ('probe', 1, {})",
        quoted(PROBE)
    ));
    let store = ["--store", &url, "--instance", "story"];
    let mut engine = Engine::start(&store, &server.password);
    engine.event("a", "coupon", "A");
    engine.event("a", "pay", "");
    assert_eq!(engine.found(), Vec::<String>::new(), "there is no campaign yet");

    let status = |rule: &str| {
        let columns = "IFNULL(version_in_force, '-'), state, latest_version, latest_state, dropped_runs, kept_runs";
        sql(&format!("SELECT {columns} FROM tripline_rule_status WHERE rule_id = '{rule}'"))
            .trim()
            .replace('\t', " ")
    };
    let is = |expected: &'static str| move |found: &str| found == expected;

    // A row is inserted, and fires.
    let two = quoted(&campaign(r#"["A","B"]"#));
    sql(&format!(
        "INSERT INTO tripline_rules (id, version, name, pattern, on_update) VALUES ('campaign', 1, '双十一 🎉', {two}, 'migrate')"
    ));
    eventually("inserted", || status("campaign"), is("1 active 1 active 0 0"));
    for (user, tag) in [("a", "A"), ("c", "C"), ("half-way", "B")] {
        engine.event(user, "coupon", tag);
    }
    engine.event("a", "pay", "");
    engine.event("c", "pay", "");
    assert_eq!(engine.found(), ["campaign@1 a"]);

    // Its arguments change in place, and users half-way stay where they are.
    let three = quoted(&campaign(r#"["A","B","C"]"#));
    sql(&format!("UPDATE tripline_rules SET version = 2, pattern = {three} WHERE id = 'campaign'"));
    eventually("changed", || status("campaign"), is("2 active 2 active 0 1"));
    engine.event("c", "coupon", "C");
    engine.event("c", "pay", "");
    engine.event("half-way", "pay", "");
    assert_eq!(engine.found(), ["campaign@2 c", "campaign@2 half-way"]);

    // A broken text: the place is named, and the version before still fires.
    let broken = quoted(
        &campaign(r#"["A","B","C"]"#)
            .replace(r#""pay", "type": "ATOMIC", "#, r#""pay", "type": "ATOMIC" "#),
    );
    sql(&format!(
        "INSERT INTO tripline_rules (id, version, pattern) VALUES ('campaign', 3, {broken})"
    ));
    eventually("broken", || status("campaign"), is("2 active 3 rejected 0 0"));
    let found = sql(
        "SELECT CAST(diagnostics AS CHAR) FROM tripline_rule_status WHERE rule_id = 'campaign'",
    );
    let found = found.replace("\\\\", "\\");
    assert!(found.contains(r#""code":"E0102""#) && found.contains(r#""line":8"#), "{found}");
    engine.event("d", "coupon", "A");
    engine.event("d", "pay", "");
    assert_eq!(engine.found(), ["campaign@2 d"]);
    engine.log_has("rule campaign version 3 is rejected: E0102");

    // Switching a rule off works above all when its text is wrong.
    sql("UPDATE tripline_rules SET enabled = 0 WHERE id = 'campaign' AND version = 3");
    eventually("off", || status("campaign"), is("- disabled 3 disabled 0 0"));
    engine.event("d", "coupon", "A");
    engine.event("d", "pay", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    sql("UPDATE tripline_rules SET enabled = 1 WHERE id = 'campaign' AND version = 3");
    eventually("on again", || status("campaign"), is("2 active 3 rejected 0 0"));

    // It is repaired, and in force.
    sql(&format!(
        "UPDATE tripline_rules SET pattern = {two} WHERE id = 'campaign' AND version = 3"
    ));
    eventually("repaired", || status("campaign"), is("3 active 3 active 0 0"));
    engine.event("c", "coupon", "C");
    engine.event("d", "coupon", "B");
    engine.event("c", "pay", "");
    engine.event("d", "pay", "");
    assert_eq!(engine.found(), ["campaign@3 d"], "C is out again");

    // The version is deleted: the one before comes back.
    sql("DELETE FROM tripline_rules WHERE id = 'campaign' AND version = 3");
    eventually("deleted", || status("campaign"), is("2 active 2 active 0 0"));
    engine.event("c", "coupon", "C");
    engine.event("c", "pay", "");
    assert_eq!(engine.found(), ["campaign@2 c"]);

    // The server is killed: the rules in force stay, and it is said once.
    engine.event("e", "coupon", "A");
    server.kill();
    engine.log_has("the rules in force stay");
    engine.event("e", "pay", "");
    assert_eq!(engine.found(), ["campaign@2 e"]);
    server.restart();
    engine.log_has("the rule store answers again");
    sql("UPDATE tripline_rules SET enabled = 0 WHERE id = 'campaign'");
    eventually("disabled", || status("campaign"), is("- disabled 2 disabled 0 0"));
    engine.event("e", "coupon", "A");
    engine.event("e", "pay", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    sql("DELETE FROM tripline_rules WHERE id = 'campaign'");
    eventually("gone", || status("campaign"), is(""));

    let (code, log) = engine.end();
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains(&server.password), "{log}");
    let stopped = sql("SELECT COUNT(*) FROM tripline_instances WHERE stopped_at IS NOT NULL");
    assert_eq!(stopped.trim(), "1");
}

#[test]
fn the_whole_story_on_mariadb() {
    story(&Server::start_own("mariadb"));
}

#[test]
fn the_whole_story_on_mysql() {
    story(&Server::start_own("mysql"));
}

/// The vendors' table: no keys, an id that is a number or a text, a version that may be anything, bytes for a pattern.
#[test]
fn one_percent_of_a_vendors_table_is_broken_and_all_others_run() {
    let server = services::mariadb();
    let database = server.fresh_database();
    let good: usize = 990;
    let mut rows = String::from(
        "CREATE TABLE rds_demo (id VARCHAR(64), version VARCHAR(20), pattern LONGBLOB, `function` VARCHAR(512), note TEXT);\n\
         SET NAMES utf8mb4;\n",
    );
    for number in 0..good {
        let pattern = PROBE
            .replace("'probe'", &format!("'go{number}'"))
            .replace("\"name\":\"probe\"", "\"name\":\"规则\"");
        rows += &format!(
            "INSERT INTO rds_demo VALUES ('r{number}', '1', {}, 'a.b.C', NULL);\n",
            quoted(&pattern)
        );
    }
    rows +=
        &format!("INSERT INTO rds_demo VALUES ('probe', '1', {}, NULL, NULL);\n", quoted(PROBE));
    let probe = quoted(PROBE);
    let cut: String = campaign(r#"["A"]"#)
        .replace("\"campaign\"", &format!("\"{}\"", "x".repeat(5000)))
        .chars()
        .take(4096)
        .collect();
    for row in [
        format!("(NULL, '1', {probe}, NULL, 'no id')"),
        format!("('b1', NULL, {probe}, NULL, 'no version')"),
        format!("('b2', 'latest', {probe}, NULL, 'no number')"),
        "('b3', '1', NULL, NULL, 'no pattern')".to_owned(),
        "('b4', '1', X'7B226E616D65223A22FF227D', NULL, 'no UTF-8')".to_owned(),
        "('b5', '1', 'SELECT 1', NULL, 'no JSON')".to_owned(),
        format!("('b6', '7', {probe}, NULL, 'twice'), ('b6', '7', {probe}, 'x', 'twice')"),
        "('b7', '1', REPEAT('[', 16777216), NULL, '16 MB')".to_owned(),
        "('b8', '1', '[1,2]', NULL, 'wrong type')".to_owned(),
        format!("('b9', '1', {}, NULL, 'cut off')", quoted(&cut)),
    ] {
        rows += &format!("INSERT INTO rds_demo VALUES {row};\n");
    }
    server.sql(&database, &rows);
    let url = server.url(&database);
    let arguments = ["--store", &url, "--rule-table", "rds_demo", "--instance", "vendor"];
    let mut engine = Engine::start(&arguments, "");
    for number in [0, 1, good / 2, good - 1] {
        engine.event("u", &format!("go{number}"), "");
    }
    let expected: Vec<String> =
        [0, 1, good / 2, good - 1].iter().map(|number| format!("r{number}@1 u")).collect();
    assert_eq!(engine.found(), expected);
    let ask = |query: &str| server.sql(&database, query).trim().to_owned();
    let table = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'tripline_rule_status'";
    eventually("the engine makes the status table", || ask(table), |found| found == "1");
    let count = "SELECT COUNT(*) FROM tripline_rule_status WHERE state = 'active'";
    eventually("all others run", || ask(count), |found| found == (good + 1).to_string());
    let bad = ask(
        "SELECT rule_id, latest_state, CAST(diagnostics AS CHAR) FROM tripline_rule_status WHERE latest_state = 'rejected' ORDER BY rule_id",
    );
    for (id, says) in [
        ("(no id)", "no id"),
        ("b1", "no version"),
        ("b2", "`latest` is not a whole number"),
        ("b3", "no pattern"),
        ("b4", "byte at offset 9"),
        ("b5", "E0102"),
        ("b6", "2 rows have this id and version"),
        ("b7", "16777216 bytes"),
        ("b8", "E0106"),
        ("b9", "E0111"),
    ] {
        let row = bad.lines().find(|row| row.starts_with(&format!("{id}\t")));
        let row = row.unwrap_or_else(|| panic!("{id} has no status in\n{bad}"));
        assert!(row.contains(says), "{says}: {row}");
    }
    assert_eq!(bad.lines().count(), 10, "{bad}");
    // An edit in place is a change, and so is a highest version that goes.
    server.sql(
        &database,
        &format!(
            "UPDATE rds_demo SET pattern = {} WHERE id = 'b5'",
            quoted(&PROBE.replace("'probe'", "'mended'"))
        ),
    );
    server.sql(
        &database,
        &format!(
            "INSERT INTO rds_demo VALUES ('r0', '2', {}, NULL, NULL)",
            quoted(&PROBE.replace("'probe'", "'two'"))
        ),
    );
    let state = "SELECT IFNULL(MAX(version_in_force), 0) FROM tripline_rule_status WHERE rule_id";
    eventually("mended", || ask(&format!("{state} = 'b5'")), |found| found == "1");
    eventually("two", || ask(&format!("{state} = 'r0'")), |found| found == "2");
    for action in ["mended", "two", "go0"] {
        engine.event("u", action, "");
    }
    assert_eq!(engine.found(), ["b5@1 u", "r0@2 u"]);
    server.sql(&database, "DELETE FROM rds_demo WHERE id = 'r0' AND version = '2'");
    eventually("one again", || ask(&format!("{state} = 'r0'")), |found| found == "1");
    engine.event("u", "go0", "");
    assert_eq!(engine.found(), ["r0@1 u"]);
    let rules = ask("SELECT COUNT(*) FROM rds_demo");
    assert_eq!(rules, (good + 12).to_string(), "the rules themselves are never written");
    let (code, log) = engine.end();
    assert_eq!(code, 3, "some rules are not valid: {log}");
}

/// A store that is away when the engine starts: it waits, or goes on with what it saw last.
#[test]
fn starting_without_the_store() {
    let server = Server::start_own("mariadb");
    let database = server.fresh_database();
    let url = server.url(&database);
    let migrated = Program::new("store").args(["migrate", "--store", &url]).run();
    assert_eq!(migrated.code, 0, "{}", text(&migrated.stderr));
    let put = |id: &str| {
        let pattern = PROBE.replace("'probe'", &format!("'{id}'"));
        server.sql(
            &database,
            &format!(
                "INSERT INTO tripline_rules (id, version, pattern) VALUES ('{id}', 1, {})",
                quoted(&pattern)
            ),
        );
    };
    put("probe");
    put("first");
    let folder = tempfile::tempdir().expect("a folder");
    let seen = folder.path().join("last-seen");
    let seen = seen.to_str().expect("UTF-8");
    let remembering = ["--store", &url, "--instance", "x", "--last-seen", seen];
    let mut engine = Engine::start(&remembering, "");
    engine.event("u", "first", "");
    assert_eq!(engine.found(), ["first@1 u"]);
    assert_eq!(engine.end().0, 0);
    server.kill();
    // With what it saw last, it runs at once.
    let mut engine = Engine::start(&remembering, "");
    engine.log_has("starting with the rules last seen");
    engine.event("u", "first", "");
    assert_eq!(engine.found(), ["first@1 u"]);
    // Without, it waits.
    let mut waiting = Engine::start(&["--store", &url, "--instance", "y"], "");
    waiting.log_has("waiting for it");
    waiting.event("u", "first", "");
    server.restart();
    assert_eq!(waiting.found(), ["first@1 u"]);
    engine.log_has("answers again");
    server.sql(&database, "DELETE FROM tripline_rules WHERE id = 'first'");
    // Whoever has seen this has seen the other.
    put("second");
    let both =
        "SELECT COUNT(*) FROM tripline_rule_status WHERE rule_id = 'second' AND state = 'active'";
    eventually(
        "both follow",
        || server.sql(&database, both).trim().to_owned(),
        |found| found == "2",
    );
    for engine in [&mut engine, &mut waiting] {
        engine.event("u", "first", "");
        engine.event("u", "second", "");
        assert_eq!(engine.found(), ["second@1 u"]);
    }
    // A server that hangs in the middle of a query keeps nobody from ending.
    let asking = ["--store", &url, "--instance", "z"];
    let mut engine = Engine::start(&asking, "");
    engine.event("u", "second", "");
    assert_eq!(engine.found(), ["second@1 u"]);
    server.freeze();
    engine.event("u", "second", "");
    assert_eq!(engine.found(), ["second@1 u"], "rules stay in force");
    let frozen = Instant::now();
    let (_, log) = engine.end();
    assert!(frozen.elapsed() < Duration::from_secs(9), "{:?}: {log}", frozen.elapsed());
    server.thaw();
    // What is wrong with more than the way to it is said at once.
    let wrong = url.replace(&server.password, "wrong");
    let refused = Program::new("run").args(["--store", &wrong, "--events", "-"]).run();
    assert_eq!(refused.code, 1);
    assert!(!text(&refused.stderr).contains("wrong@"), "{}", text(&refused.stderr));
    let empty = server.url(&server.fresh_database());
    let refused = Program::new("run").args(["--store", &empty, "--events", "-"]).run();
    assert_eq!(refused.code, 1);
    assert!(text(&refused.stderr).contains("tripline store migrate"), "{}", text(&refused.stderr));
}

/// A folder of files as the store.
#[test]
fn a_folder_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("probe.json", PROBE);
    let url = format!("dir:{}", folder.path().display());
    let mut engine = Engine::start(&["--store", &url], "");
    engine.event("u", "other", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    write("other.json", &PROBE.replace("'probe'", "'other'"));
    engine.log_has("rule other version 1 comes into force");
    engine.event("u", "other", "");
    assert_eq!(engine.found(), ["other@1 u"]);
    write("other.json", "{");
    engine.log_has("rule other version 1 is rejected");
    engine.event("u", "other", "");
    assert_eq!(engine.found(), ["other@1 u"], "the last good text");
    let version = |version: i64| {
        format!(
            r#"{{"id":"other","version":{version},"pattern":{}}}"#,
            PROBE.replace("'probe'", "'other'")
        )
    };
    write("other.json", &version(2));
    engine.log_has("rule other version 2 comes into force");
    write("other.json", &version(-1));
    engine.log_has("a row of rule other cannot be read");
    engine.event("u", "other", "");
    assert_eq!(engine.found(), ["other@2 u"], "a mistake does not take the rule away");
    std::fs::remove_file(folder.path().join("other.json")).expect("removed");
    engine.log_has("rule other is gone");
    engine.event("u", "other", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    assert_eq!(engine.end().0, 0);
}

/// A server whose sessions see what is not committed, and a frozen view unless they are told otherwise.
#[test]
fn a_server_that_is_set_up_otherwise() {
    let server = Server::start_own("mysql");
    let database = server.fresh_database();
    let url = server.url(&database);
    let migrated = Program::new("store").args(["migrate", "--store", &url]).run();
    assert_eq!(migrated.code, 0, "{}", text(&migrated.stderr));
    server.sql(
        "",
        "SET GLOBAL transaction_isolation = 'READ-UNCOMMITTED'; SET GLOBAL autocommit = 0;",
    );
    let insert = |id: &str| {
        let pattern = quoted(&PROBE.replace("'probe'", &format!("'{id}'")));
        format!("INSERT INTO tripline_rules (id, version, pattern) VALUES ('{id}', 1, {pattern});")
    };
    server.sql(&database, &format!("{} COMMIT;", insert("probe")));
    let mut engine = Engine::start(&["--store", &url], "");
    engine.event("u", "late", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    // Never committed, it never comes into force; what is committed after it does.
    server.sql(
        &database,
        &format!("{} SELECT SLEEP(0.5); ROLLBACK; {} COMMIT;", insert("dirty"), insert("late")),
    );
    let line = engine.log_has("comes into force");
    assert!(line.contains("rule late"), "{line}");
    engine.event("u", "dirty", "");
    engine.event("u", "late", "");
    assert_eq!(engine.found(), ["late@1 u"]);
    let status = "SELECT state FROM tripline_rule_status WHERE rule_id = 'late'";
    let ask = || server.sql(&database, status).trim().to_owned();
    eventually("written and committed", ask, |found| found == "active");
}
