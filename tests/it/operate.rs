//! What an operator has: health, metrics, status and logs of a running engine, and a word with it by signals.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tripline::{Registry, RuleId, RuleSource, RuleVersion};
use tripline_runtime::{JsonLines, OutputFormat, Pipeline, PipelineConfig, Rulebook};
use tripline_server::{Engine, HttpConfig, METRICS, Server, metrics_reference, schema_status};

use crate::program::{Program, text};
use crate::root;
use crate::stream::{Feed, Lines, NothingLost};

/// How long anything may take that should take a second or so.
const PATIENCE: Duration = Duration::from_secs(60);

/// Matches each event of a kind.
fn rule(id: &str, kind: &str) -> String {
    format!(
        r#"{{"id":"{id}","version":1,"pattern":{{"name":"{id}","edges":[],"nodes":[{{"name":"only","type":"ATOMIC",
        "condition":{{"type":"EXPRESSION","expression":"kind == '{kind}'"}}}}]}}}}"#
    )
}

/// What was answered: the status code, the headers, and the text.
struct Answer {
    code: u16,
    head: String,
    body: String,
}

fn get(address: SocketAddr, path: &str, token: Option<&str>) -> Answer {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let token = token.map_or_else(String::new, |it| format!("Authorization: Bearer {it}\r\n"));
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{token}Connection: close\r\n\r\n")
        .expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = text(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a code");
    Answer { code, head: head.to_lowercase(), body: body.to_owned() }
}

/// Asks until the answer is as it is to be.
fn until(address: SocketAddr, path: &str, is: impl Fn(&Answer) -> bool) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = get(address, path, None);
        if is(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{path}: {}\n{}", answer.head, answer.body);
        std::thread::yield_now();
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

/// The program, over its standard input.
struct Running {
    child: Child,
    events: Option<ChildStdin>,
    log: Receiver<String>,
    /// From the first one on that a test asks for: until then nobody takes them.
    outputs: Option<Receiver<String>>,
    rules: TempDir,
    /// What the log said so far.
    said: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let rules = tempfile::tempdir().expect("a folder");
        fs::write(rules.path().join("a.json"), rule("first", "a")).expect("written");
        let folder = rules.path().to_str().expect("UTF-8").to_owned();
        Self::with(rules, &[&["--rules", &folder], arguments].concat())
    }

    fn with(rules: TempDir, arguments: &[&str]) -> Self {
        let mut child = Program::new("run")
            .args(arguments)
            .args(["--events", "-", "--key", "user", "--summary", "json"])
            .env("TRIPLINE_STORE_PASSWORD", "swordfish")
            .spawn();
        let log = lines(child.stderr.take().expect("a pipe"));
        let events = child.stdin.take();
        Self { child, events, log, outputs: None, rules, said: String::new() }
    }

    fn log_has(&mut self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("no log of `{part}`:\n{}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Where it listens, by its log.
    fn address(&mut self) -> SocketAddr {
        let line = self.log_has("listening on http://");
        let (_, address) = line.split_once("http://").expect("it says where");
        address.split('"').next().and_then(|it| it.trim_end().parse().ok()).expect("an address")
    }

    fn send(&mut self, lines: &str) {
        let events = self.events.as_mut().expect("open");
        events.write_all(lines.as_bytes()).and_then(|()| events.flush()).expect("it reads");
    }

    fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(self.child.id().to_string());
        assert!(kill.status().expect("there is kill").success());
    }

    /// The next output.
    fn output(&mut self) -> String {
        let child = &mut self.child;
        let outputs =
            self.outputs.get_or_insert_with(|| lines(child.stdout.take().expect("a pipe")));
        outputs.recv_timeout(PATIENCE).expect("an output")
    }

    /// Tells it to end; the exit code, and the whole log.
    fn end(mut self) -> (i32, String) {
        self.signal("TERM");
        let code = self.child.wait().expect("it ends").code().expect("by itself");
        let rest: Vec<String> = self.log.iter().collect();
        (code, format!("{}{}", self.said, rest.join("\n")))
    }
}

fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
    std::thread::spawn(move || lines.try_for_each(|line| sender.send(line).ok()));
    receiver
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        assert!(self.rules.path().exists());
    }
}

#[test]
fn a_running_engine_tells_of_itself() {
    let mut running = Running::start(&["--http", "127.0.0.1:0"]);
    let address = running.address();
    assert_eq!(get(address, "/healthz", None).body, "ok\n");
    until(address, "/readyz", |answer| answer.code == 200 && answer.body == "ready\n");
    assert_eq!(get(address, "/nowhere", None).code, 404);
    for n in 0..10 {
        running.send(&format!("{{\"kind\":\"a\",\"user\":\"mata-hari\",\"ts\":{n}}}\n"));
    }
    running.send("what is this\n{\"kind\":\"a\",\"user\":\"mata-hari\",\"ts\":3}\n");
    let all_read = |answer: &Answer| {
        let records = &json(answer)["records"];
        records["read"] == 12 && records["in_flight"] == 0
    };
    let answer = until(address, "/status", all_read);
    assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
    let status = json(&answer);
    let schema = jsonschema::validator_for(&schema_status()).expect("a schema");
    let faults: Vec<_> = schema.iter_errors(&status).map(|error| error.to_string()).collect();
    assert_eq!(faults, [""; 0]);
    let counts = |of: &str| {
        let counts = status[of].as_object().expect("counts").values();
        counts.map(|count| count.as_u64().expect("a number")).collect::<Vec<_>>()
    };
    // Read, processed, late, duplicate, rejected, in flight.
    assert_eq!(counts("records"), [12, 10, 1, 0, 1, 0]);
    let outputs = counts("outputs");
    assert_eq!((outputs[0], outputs[0]), (10, outputs[1..].iter().sum()), "{outputs:?}");
    assert_eq!((&status["ready"], &status["not_ready"]), (&true.into(), &Value::Null));
    assert_eq!(status["sources"][0]["name"], "-");
    assert_eq!(status["rules"][0]["nodes"]["only"]["met"], 10);
    assert!(status["process"]["resident_bytes"].as_u64() > Some(1_000_000), "{status}");
    let metrics = get(address, "/metrics", None);
    assert!(metrics.head.contains("content-type: application/openmetrics-text"));
    for (line, value) in [
        ("tripline_ready", 1.0),
        ("tripline_events_processed_total", 10.0),
        ("tripline_records_late_total{source=\"-\"}", 1.0),
        ("tripline_rule_matches_total{rule=\"first\"}", 10.0),
        ("tripline_node_events_total{rule=\"first\",node=\"only\"}", 10.0),
        ("tripline_records_unaccounted", 0.0),
        ("tripline_outputs_unaccounted", 0.0),
    ] {
        let found = metrics.body.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(' '));
        let found: f64 = found.and_then(|it| it.parse().ok()).expect(line);
        assert!((found - value).abs() < 1e-9, "{line}: {found}");
    }
    for metric in METRICS {
        let name = metric.query_name();
        let name = name.trim_end_matches("_total");
        assert!(metrics.body.contains(&format!("# HELP {name} ")), "{name}");
    }
    assert!(metrics.body.ends_with("# EOF\n"));
    for told in [&metrics.body, &answer.body] {
        assert!(!told.contains("mata-hari"), "no key and no event is told: {told}");
    }
    let (code, log) = running.end();
    assert_eq!(code, 0, "{log}");
    for part in ["tripline 0.1.0 starts", "reading -, with 1 rules", "SIGTERM", "ended by a signal"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains("mata-hari"), "{log}");
}

#[test]
fn many_who_look_are_one_look_a_second() {
    let mut running = Running::start(&["--http", "127.0.0.1:0"]);
    let address = running.address();
    until(address, "/readyz", |answer| answer.code == 200);
    let begin = Instant::now();
    let mut looks = BTreeSet::new();
    std::thread::scope(|scope| {
        let ask = || (0..25).map(|_| json(&get(address, "/status", None))["seen_at_ms"].as_i64());
        let asking: Vec<_> =
            (0..4).map(|_| scope.spawn(move || ask().collect::<Vec<_>>())).collect();
        looks.extend(asking.into_iter().flat_map(|asking| asking.join().expect("no panic")));
    });
    let most = begin.elapsed().as_secs() + 2;
    assert!((looks.len() as u64) <= most, "{looks:?}");
    assert!(!looks.contains(&None), "{looks:?}");
}

#[test]
fn a_run_that_stands_still_is_told_of() {
    let mut running = Running::start(&["--http", "127.0.0.1:0"]);
    let address = running.address();
    until(address, "/readyz", |answer| answer.code == 200);
    until(address, "/status", |answer| json(answer)["seen_at_ms"].is_number());
    let mut events = running.events.take().expect("open");
    // Nobody takes the outputs.
    std::thread::spawn(move || {
        let mut n = 0_u64;
        while writeln!(events, "{{\"kind\":\"a\",\"user\":\"u\",\"ts\":{n}}}").is_ok() {
            n += 1;
        }
    });
    let standing = until(address, "/metrics", |answer| {
        let mut ages = answer.body.lines();
        let age = ages.find_map(|line| line.strip_prefix("tripline_look_age_seconds "));
        age.and_then(|age| age.parse::<f64>().ok()).is_some_and(|age| age > 1.5)
    });
    assert_eq!(standing.code, 200);
    assert_eq!(get(address, "/healthz", None).code, 200);
}

#[test]
fn who_has_no_token_is_told_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let token = "open-sesame-open-sesame";
    fs::write(&file, format!("{token}\n")).expect("written");
    let set = format!("http.token_file='{}'", file.display());
    let mut running = Running::start(&["--http", "127.0.0.1:0", "--set", &set]);
    let address = running.address();
    until(address, "/readyz", |answer| answer.code == 200);
    assert_eq!(get(address, "/healthz", None).code, 200);
    for path in ["/metrics", "/status"] {
        let refused = get(address, path, None);
        assert_eq!(refused.code, 401);
        assert!(refused.head.contains("www-authenticate: bearer"), "{}", refused.head);
        assert_eq!(get(address, path, Some("open-sesame-open-sesamf")).code, 401);
        assert_eq!(get(address, path, Some(token)).code, 200);
    }
    let (code, log) = running.end();
    assert_eq!((code, log.contains(token)), (0, false), "{log}");
    // A token that is none, and none where one is needed.
    fs::write(&file, "short").expect("written");
    let refused = |arguments: &[&str]| {
        let done =
            Program::new("run").args(["--rules", ".", "--events", "-"]).args(arguments).run();
        (done.code, text(&done.stderr))
    };
    let (code, said) = refused(&["--http", "127.0.0.1:0", "--set", &set]);
    assert!(code == 1 && said.contains("visible ASCII") && !said.contains("short"), "{said}");
    let (code, said) = refused(&["--http", "0.0.0.0:0"]);
    assert!(code == 2 && said.contains("token_file"), "{said}");
    let (code, said) = refused(&["--set", "http.listen='0.0.0.0:0'"]);
    assert!(code == 2 && said.contains("E0803"), "{said}");
}

#[test]
fn it_is_not_ready_while_it_waits_for_its_rules() {
    let rules = tempfile::tempdir().expect("a folder");
    let store =
        ["--store", "mysql://tripline:swordfish@127.0.0.1:1/rules", "--http", "127.0.0.1:0"];
    let mut running = Running::with(rules, &store);
    let address = running.address();
    let waiting = until(address, "/readyz", |answer| answer.body.contains("rule store"));
    assert_eq!(waiting.code, 503);
    assert_eq!(get(address, "/healthz", None).code, 200);
    let status = json(&get(address, "/status", None));
    assert_eq!((&status["ready"], &status["store"]["reachable"]), (&false.into(), &false.into()));
    assert_eq!(status["seen_at_ms"], Value::Null);
    running.log_has("waiting for it");
    assert!(!running.said.contains("swordfish"), "{}", running.said);
}

#[test]
fn a_log_of_objects_has_nothing_else_in_it() {
    let mut running =
        Running::start(&["--log", "json", "--log-level", "info", "--http", "127.0.0.1:0"]);
    running.address();
    running.send("what is this\n{\"kind\":\"a\",\"user\":\"u\",\"ts\":1}\n");
    running.output();
    let (code, log) = running.end();
    assert_eq!(code, 0);
    let mut messages = Vec::new();
    for line in log.lines() {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        messages.extend(object["message"].as_str().map(str::to_owned));
    }
    assert!(messages.iter().any(|message| message.starts_with("line 1 is rejected")), "{log}");
    assert!(messages.iter().any(|message| message.contains("SIGTERM")), "{log}");
}

#[test]
fn rules_of_files_are_read_anew_on_a_hangup() {
    let config = tempfile::tempdir().expect("a folder");
    let file = config.path().join("tripline.toml");
    fs::write(&file, "[log]\nlevel = 'warn'\n").expect("written");
    let mut running = Running::start(&["--config", file.to_str().expect("UTF-8")]);
    running.send(
        "{\"kind\":\"a\",\"user\":\"u\",\"ts\":1}\n{\"kind\":\"b\",\"user\":\"u\",\"ts\":2}\n",
    );
    assert!(running.output().contains("\"first\""));
    let folder = running.rules.path().to_owned();
    fs::write(folder.join("b.json"), rule("second", "b")).expect("written");
    fs::write(&file, "[log]\nlevel = 'info'\n[time]\nfield = 'when'\n").expect("written");
    running.signal("HUP");
    running.log_has("[time] has changed: that counts after a restart");
    running.log_has("rule second version 1 comes into force");
    running.log_has("rules are reloaded: 2 in force");
    running.send("{\"kind\":\"b\",\"user\":\"u\",\"ts\":3}\n");
    assert!(running.output().contains("\"second\""));
    // What is not valid leaves what is in force; what is gone goes.
    fs::write(folder.join("b.json"), rule("second", "b'")).expect("written");
    fs::remove_file(folder.join("a.json")).expect("removed");
    running.signal("HUP");
    running.log_has("rule first is gone");
    running.log_has("rule second version 1 is rejected");
    running.log_has("rules are reloaded: 1 in force");
    running.send(
        "{\"kind\":\"a\",\"user\":\"u\",\"ts\":4}\n{\"kind\":\"b\",\"user\":\"u\",\"ts\":5}\n",
    );
    assert!(running.output().contains("\"second\""), "and no match of the first");
    let (code, log) = running.end();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("ended by a signal"), "the new level is in force: {log}");
}

#[test]
fn ten_thousand_rules_have_no_ten_thousand_labels() {
    let source = |number: usize| RuleSource {
        id: RuleId::new(&format!("rule \"{number}\"")),
        version: RuleVersion(1),
        text: Arc::from(rule(&format!(r#"rule \"{number}\""#), "a")),
        default_key: vec!["user".to_owned()],
    };
    let sources: Vec<RuleSource> = (0..5).map(source).collect();
    let (mut book, _) = Rulebook::of(Registry::with_builtins(), &sources);
    assert_eq!(book.running().set.rules().count(), 5);
    let (mut pipeline, _) = Pipeline::new(&mut book, PipelineConfig::default());
    let engine = Arc::new(Engine::new());
    engine.runs(pipeline.probe(), vec!["events".to_owned()]);
    let listen = "127.0.0.1:0".parse().expect("an address");
    let config = HttpConfig { listen, token: None, without_token: false, max_rule_labels: 2 };
    let server = Server::start(config, engine).expect("it listens");
    let (events, feed) = Feed::new();
    let running = std::thread::spawn(move || {
        let source = tripline_runtime::Source::bounded(feed.records());
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
        pipeline.run(vec![source], format, &mut Lines::default(), &mut NothingLost)
    });
    events.send("{\"kind\":\"a\",\"user\":1,\"ts\":1}\n".to_owned()).expect("it reads");
    let metrics = until(server.address(), "/metrics", |answer| {
        answer.body.contains("tripline_rule_matches_total{rule=\"(others)\"} 3")
    });
    let labelled =
        metrics.body.lines().filter(|line| line.starts_with("tripline_rule_matches_total{"));
    assert_eq!(labelled.count(), 3, "{}", metrics.body);
    assert!(metrics.body.contains(r#"tripline_rule_matches_total{rule="rule \"1\""} 1"#));
    assert!(!metrics.body.contains(r#"tripline_node_events_total{rule="(others)""#));
    drop(events);
    running.join().expect("no panic").expect("no fault");
}

#[test]
fn the_page_and_the_dashboard_know_the_metrics() {
    let page = fs::read_to_string(root("docs/operations.md")).expect("the page");
    let marks = ["<!-- metrics: written by `cargo xtask schemas` -->", "<!-- metrics: end -->"];
    let table = format!("{}\n\n{}\n{}", marks[0], metrics_reference(), marks[1]);
    assert!(page.contains(&table), "docs/operations.md is not fresh: run `cargo xtask schemas`");
    let known: BTreeSet<String> = METRICS.iter().map(tripline_server::Metric::query_name).collect();
    assert_eq!(known.len(), METRICS.len(), "each name stands once");
    let name = Regex::new(r"\btripline_[a-z_]+\b").expect("a pattern");
    // The name of a crate, in an example of a filter.
    for found in name.find_iter(&page.replace("tripline_runtime", "")) {
        assert!(known.contains(found.as_str()), "docs/operations.md: {}", found.as_str());
    }
    let dashboard = fs::read_to_string(root("docs/grafana/tripline.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&dashboard).expect("JSON");
    let mut queries = 0;
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    for target in panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default())
    {
        let query = target["expr"].as_str().expect("a query");
        let mut names = name.find_iter(query).peekable();
        assert!(names.peek().is_some(), "{query}");
        for found in names {
            assert!(known.contains(found.as_str()), "{query}");
        }
        queries += 1;
    }
    assert!(queries > 20, "{queries} queries");
}
