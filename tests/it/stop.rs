//! A run that is told to end: behind what was read, with windows open, and within a bound.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tripline::{Registry, RuleId, RuleSource, RuleVersion};
use tripline_connectors::{
    ConnectorError, EncodedRecord, Format, Position, RecordBatch, RecordReader, Sink, read_records,
};
use tripline_runtime::{
    JsonLines, OutputFormat, Pipeline, PipelineConfig, Rulebook, RunSummary, Source,
};

use crate::program::{Program, text};
use crate::stream::NothingLost;

/// How long anything may take that should take no time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Matches every event, and opens a window of an hour that nothing closes.
const RULES: [(&str, &str); 2] = [
    (
        "each",
        r#"{"name":"each","nodes":[{"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"n >= 0"}}],"edges":[]}"#,
    ),
    (
        "open",
        r#"{"name":"open","nodes":[
          {"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"n >= 0"}},
          {"name":"b","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"n < 0"}}],
         "edges":[{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}],
         "window":{"type":"FIRST_AND_LAST","time":{"unit":"HOURS","size":1}}}"#,
    ),
];

/// Hands over some batches, says so, and then waits for ever.
#[derive(Debug)]
struct Stuck {
    batches: usize,
    next: usize,
    waits: Sender<()>,
    never: Receiver<()>,
}

/// Events of a batch of [`Stuck`].
const EVENTS: usize = 10;

impl RecordReader for Stuck {
    fn append(&mut self, batch: &mut RecordBatch, most: usize) -> Result<bool, ConnectorError> {
        if self.batches == 0 {
            let _gone = self.waits.send(());
            assert!(self.never.recv().is_err(), "nobody sends anything");
            return Ok(false);
        }
        self.batches -= 1;
        let mut lines = String::new();
        for _ in 0..EVENTS {
            writeln!(lines, r#"{{"n":{},"user":{},"ts":{}}}"#, self.next, self.next % 7, self.next)
                .expect("memory");
            self.next += 1;
        }
        let mut reader =
            read_records(Box::new(std::io::Cursor::new(lines)), "lines", &Format::Ndjson);
        reader.append(batch, most)
    }

    fn position(&self) -> Position {
        Position::default()
    }
}

/// Takes nothing until it may.
#[derive(Debug)]
struct Shut {
    opened: Receiver<()>,
    open: bool,
    kinds: Vec<String>,
}

impl Sink for Shut {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        if !self.open {
            self.opened.recv_timeout(PATIENCE).expect("somebody opens it");
            self.open = true;
        }
        self.kinds.push(record.kind.to_owned());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}

/// Stops a run whose reader has handed over `batches` and waits, while the sink has taken nothing yet.
fn stopped(batches: usize, config: PipelineConfig) -> (RunSummary, Vec<String>) {
    let source = |(id, text): &(&str, &str)| RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(*text),
        default_key: vec!["user".to_owned()],
    };
    let rules: Vec<RuleSource> = RULES.iter().map(source).collect();
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &rules);
    assert!(failures.is_empty(), "{failures:?}");
    let (mut pipeline, _) = Pipeline::new(&mut book, config);
    let stopper = pipeline.stopper();
    let (waits, waiting) = channel();
    let (_kept, never) = channel();
    let (open, opened) = channel();
    let (done, ended) = channel();
    let running = std::thread::spawn(move || {
        let mut sink = Shut { opened, open: false, kinds: Vec::new() };
        let source = Source::bounded(Box::new(Stuck { batches, next: 0, waits, never }));
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
        let ran = pipeline.run(vec![source], format, &mut sink, &mut NothingLost);
        ran.expect("no fault");
        drop(done.send((pipeline.summary(), sink.kinds)));
    });
    waiting.recv_timeout(PATIENCE).expect("the reader hands over all it has");
    stopper.stop();
    stopper.stop();
    open.send(()).expect("the sink is there");
    let done = ended.recv_timeout(PATIENCE).expect("the run ends though the reader waits");
    running.join().expect("no panic");
    done
}

#[test]
fn what_was_read_is_processed_and_windows_stay_open() {
    for shards in [1, 4] {
        // As many as may be under way, but for the one that the reader is to fill.
        let batches = 2 * shards + 1;
        let config = PipelineConfig { shards, ..PipelineConfig::default() };
        let (summary, kinds) = stopped(batches, config);
        let events = (batches * EVENTS) as u64;
        assert!(summary.stopped);
        assert_eq!((summary.events, summary.sources[0].read), (events, events));
        assert_eq!(kinds, vec!["match"; batches * EVENTS], "no window closes");
        let open = summary.rules.iter().find(|rule| rule.id.as_str() == "open").expect("the rule");
        assert!(open.counters.live_runs > 0 && open.counters.timeouts == 0, "{open:?}");
    }
}

#[test]
fn events_that_wait_for_earlier_ones_go_on_waiting() {
    let config = PipelineConfig { max_out_of_order_ms: 15, ..PipelineConfig::default() };
    let (summary, kinds) = stopped(3, config);
    assert_eq!(summary.sources[0].read, 30);
    assert_eq!((summary.events, kinds.len()), (15, 15), "of those at 14 and before, all have come");
}

#[test]
fn a_run_that_is_stopped_before_it_begins_reads_nothing() {
    let (mut book, _) = Rulebook::of(Registry::with_builtins(), &[]);
    let (mut pipeline, _) = Pipeline::new(&mut book, PipelineConfig::default());
    pipeline.stopper().stop();
    let (waits, _) = channel();
    let (_kept, never) = channel();
    let source = Source::bounded(Box::new(Stuck { batches: 3, next: 0, waits, never }));
    let (_, opened) = channel();
    let mut sink = Shut { opened, open: false, kinds: Vec::new() };
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
    pipeline.run(vec![source], format, &mut sink, &mut NothingLost).expect("no fault");
    assert_eq!((pipeline.summary().stopped, pipeline.summary().events), (true, 0));
}

/// The program over its standard input, with the rules of this test.
struct Running {
    child: Child,
    folder: tempfile::TempDir,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (id, rule) in RULES {
            std::fs::write(folder.path().join(format!("{id}.json")), rule).expect("written");
        }
        let child = Program::new("run")
            .arg("--rules")
            .arg(folder.path())
            .args(["--events", "-", "--key", "user", "--summary", "json"])
            .args(arguments)
            .spawn();
        Self { child, folder }
    }

    /// Sends a signal by its name.
    fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(self.child.id().to_string());
        assert!(kill.status().expect("there is kill").success());
    }

    /// Waits for its end, which a test does not wait for without a bound; the exit code.
    fn code(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code().expect("it ends by itself, and not by a signal");
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        assert!(self.folder.path().exists());
    }
}

#[test]
fn a_signal_ends_the_program_in_order() {
    for name in ["TERM", "INT"] {
        let mut running = Running::start(&[]);
        let mut events = running.child.stdin.take().expect("a pipe");
        writeln!(events, r#"{{"n":1,"user":"u","ts":1}}"#).expect("it reads");
        events.flush().expect("it reads");
        let mut outputs = BufReader::new(running.child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        outputs.read_line(&mut first).expect("an output");
        assert!(first.contains(r#""id":"each""#), "{first}");
        running.signal(name);
        // The stream stays open: the program is not to wait for its end.
        assert_eq!(running.code(), 0, "{name}");
        let mut rest = String::new();
        outputs.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "", "windows stay open");
        let mut said = Vec::new();
        running.child.stderr.take().expect("a pipe").read_to_end(&mut said).expect("text");
        let said = text(&said);
        assert!(said.contains(&format!("SIG{name}")), "{said}");
        let summary: Value =
            serde_json::from_str(said.lines().last().expect("a summary")).expect("JSON");
        assert_eq!((&summary["stopped"], &summary["events"]), (&true.into(), &1.into()), "{said}");
        drop(events);
    }
}

/// A program whose outputs nobody takes, told to end; what it says on stderr from then on.
fn jammed(arguments: &[&str]) -> (Running, BufReader<std::process::ChildStderr>) {
    let mut running = Running::start(arguments);
    let mut events = running.child.stdin.take().expect("a pipe");
    let stdout = running.child.stdout.as_mut().expect("a pipe");
    let mut line = String::new();
    for n in 0..20_000 {
        writeln!(line, r#"{{"n":{n},"user":"u","ts":{n}}}"#).expect("memory");
    }
    // Until it blocks, for it reads no more.
    std::thread::spawn(move || drop(events.write_all(line.as_bytes())));
    stdout.read_exact(&mut [0]).expect("an output");
    running.signal("TERM");
    let mut said = BufReader::new(running.child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("SIGTERM") {
        line.clear();
        assert!(said.read_line(&mut line).expect("text") > 0, "it says that it ends");
    }
    (running, said)
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (mut running, mut said) = jammed(&[]);
    running.signal("INT");
    assert_eq!(running.code(), 130);
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("text");
    assert!(rest.contains("SIGINT"), "{rest}");
}

#[test]
fn it_ends_within_a_bound() {
    let (mut running, mut said) = jammed(&["--set", "engine.stop_within=50ms"]);
    assert_eq!(running.code(), 1);
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("text");
    assert!(rest.contains("stop_within"), "{rest}");
}
