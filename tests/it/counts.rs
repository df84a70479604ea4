//! What is read and what is found is accounted for: at the end of a run, and at any moment before.

#![expect(
    clippy::disallowed_methods,
    reason = "waits for what another thread does, up to a deadline"
)]

use std::fmt::{Display, Write as _};
use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tripline::{EncodedOutput, Event, Output, OutputKind, Registry, RuleId, RuleMeta, RuleSource};
use tripline_connectors::{
    ConnectorError, EncodedRecord, Format, Position, RecordBatch, RecordReader, RejectedAt, Sink,
    read_records,
};
use tripline_runtime::{
    JsonLines, Observer, OutputFormat, Pipeline, PipelineConfig, Rulebook, RunSummary, Seen, Source,
};

use crate::program::{Program, text};
use crate::stream::Lines;

/// How long anything may take that should take a second or two.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each third event, and whoever does not come back within ten milliseconds.
const RULES: [(&str, &str); 2] = [
    (
        "third",
        r#"{"id":"third","version":1,"labels":{"alert":"match"},"pattern":{"name":"third","nodes":[
          {"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"n % 3 == 0"}}],"edges":[]}}"#,
    ),
    (
        "gone",
        r#"{"id":"gone","version":1,"labels":{"alert":"match"},"pattern":{"name":"gone","nodes":[
          {"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"n % 2 == 0"}},
          {"name":"b","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"n < 0"}}],
         "edges":[{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}],
         "window":{"type":"FIRST_AND_LAST","time":{"unit":"MILLISECONDS","size":10}}}}"#,
    ),
];

/// Lines of which each tenth is no event and each seventh far too late.
fn lines(from: usize, count: usize) -> String {
    let mut lines = String::new();
    for n in from..from + count {
        match n {
            _ if n % 10 == 9 => lines.push_str("what is this\n"),
            _ => {
                let ts = if n % 7 == 6 { n.saturating_sub(10_000) } else { n };
                writeln!(lines, r#"{{"n":{n},"user":{},"ts":{ts}}}"#, n % 13).expect("memory");
            }
        }
    }
    lines
}

/// Never ends.
#[derive(Debug)]
struct Endless(usize);

impl RecordReader for Endless {
    fn append(&mut self, batch: &mut RecordBatch, most: usize) -> Result<bool, ConnectorError> {
        let lines = lines(self.0, most);
        self.0 += most;
        read_records(Box::new(Cursor::new(lines)), "endless", &Format::Ndjson).append(batch, most)
    }

    fn position(&self) -> Position {
        Position::default()
    }
}

/// Leaves timeouts out.
struct OnlyMatches(JsonLines);

impl OutputFormat for OnlyMatches {
    fn write(
        &mut self,
        output: &Output<'_>,
        rule: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        match output.kind {
            OutputKind::Match => self.0.write(output, rule, text),
            OutputKind::Timeout { .. } | OutputKind::Aggregate { .. } => None,
        }
    }
}

fn format() -> Box<dyn OutputFormat> {
    Box::new(OnlyMatches(JsonLines::default()))
}

#[derive(Default)]
struct Lost {
    rejected: u64,
    late: u64,
}

impl Observer for Lost {
    fn rejected(
        &mut self,
        _: RejectedAt<'_>,
        _: &dyn Display,
        _: &[u8],
    ) -> Result<(), ConnectorError> {
        self.rejected += 1;
        Ok(())
    }

    fn late(&mut self, _: &Event<'_>) -> Result<(), ConnectorError> {
        self.late += 1;
        Ok(())
    }
}

fn pipeline(shards: usize) -> Pipeline {
    let source = |(id, text): &(&str, &str)| RuleSource {
        id: RuleId::new(id),
        version: tripline::RuleVersion(1),
        text: Arc::from(*text),
        default_key: vec!["user".to_owned()],
    };
    let rules: Vec<RuleSource> = RULES.iter().map(source).collect();
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &rules);
    assert!(failures.is_empty(), "{failures:?}");
    let config = PipelineConfig {
        shards,
        max_out_of_order_ms: 100,
        batch_max_events: 100,
        ..PipelineConfig::default()
    };
    Pipeline::new(&mut book, config).0
}

/// Nothing is missing, and the parts tell the same as what happened elsewhere.
fn assert_even(summary: &RunSummary) {
    let (records, outputs) = (summary.records(), summary.outputs);
    assert_eq!(records.unaccounted(), 0, "{records:?}");
    assert_eq!(outputs.unaccounted(), 0, "{outputs:?}");
    for source in &summary.sources {
        assert!(source.read >= source.late + source.rejected, "{source:?}");
    }
}

/// Events and outputs as the rules themselves counted them; true of a run whose rules do not change.
fn given_out(summary: &RunSummary) -> u64 {
    summary.rules.iter().map(|rule| rule.counters.matches + rule.counters.timeouts).sum()
}

#[test]
fn nothing_is_missing_at_the_end() {
    for shards in [1, 4] {
        let mut pipeline = pipeline(shards);
        let source = |from| {
            let lines = Cursor::new(lines(from, 30_000));
            Source::bounded(read_records(Box::new(lines), "lines", &Format::Ndjson))
        };
        let (mut sink, mut lost) = (Lines::default(), Lost::default());
        let ran = pipeline.run(vec![source(0), source(500)], &mut format, &mut sink, &mut lost);
        ran.expect("no fault");
        let summary = pipeline.summary();
        assert_even(&summary);
        let (records, outputs) = (summary.records(), summary.outputs);
        assert_eq!((records.read, records.in_flight, outputs.in_flight), (60_000, 0, 0));
        assert_eq!((records.late, records.rejected), (lost.late, lost.rejected));
        assert!(lost.late > 1000 && lost.rejected > 1000, "{records:?}");
        assert_eq!(outputs.delivered, sink.0.lines().count() as u64);
        assert_eq!(outputs.found, given_out(&summary));
        let timeouts: u64 = summary.rules.iter().map(|rule| rule.counters.timeouts).sum();
        assert!(timeouts > 1000 && outputs.filtered == timeouts, "{outputs:?}");
    }
}

#[test]
fn nothing_is_missing_while_a_run_goes_on() {
    for shards in [1, 4] {
        let mut pipeline = pipeline(shards);
        let (probe, stopper) = (pipeline.probe(), pipeline.stopper());
        assert!(probe.look(Duration::ZERO).is_none(), "it has not begun");
        let running = std::thread::spawn(move || {
            // The second is behind the first, which is held back for it.
            let source = |from| Source::bounded(Box::new(Endless(from)));
            let (mut sink, mut lost) = (Forgets, Lost::default());
            let sources = vec![source(5_000), source(0)];
            pipeline.run(sources, &mut format, &mut sink, &mut lost).expect("no fault");
            pipeline.summary()
        });
        let until = Instant::now() + PATIENCE;
        let mut seen: Vec<Arc<Seen>> = Vec::new();
        while seen.len() < 3 {
            assert!(Instant::now() < until, "it is seen");
            let Some(now) = probe.look(PATIENCE) else { continue };
            if seen.last().is_some_and(|last| last.at_ms == now.at_ms) {
                std::thread::yield_now();
                continue;
            }
            assert_even(&now.summary);
            assert_eq!(now.summary.rules.len(), RULES.len());
            seen.push(now);
        }
        // Asked for at most once a second; a busy machine may answer late.
        assert!(seen[2].at_ms - seen[0].at_ms >= 1000, "at most one a second");
        assert!(seen[1].events_per_second > Some(1.0), "{:?}", seen[1].events_per_second);
        assert!(seen.windows(2).all(|two| two[0].summary.events < two[1].summary.events));
        assert!(seen.iter().any(|seen| seen.summary.records().in_flight > 0), "{seen:#?}");
        let last = seen.last().expect("three");
        assert!(
            last.held.runs > 0 && last.held.events > 0 && last.held.bytes > 0,
            "{:?}",
            last.held
        );
        stopper.stop();
        let summary = running.join().expect("no panic");
        assert_even(&summary);
        assert!(summary.records().in_flight > 0, "what waits for earlier events went on waiting");
        assert_eq!(summary.outputs.found, given_out(&summary));
        let last = probe.look(Duration::ZERO).expect("what was seen last");
        assert!(last.summary.events <= summary.events);
    }
}

/// Takes all, and keeps nothing.
#[derive(Debug)]
struct Forgets;

impl Sink for Forgets {
    fn write(&mut self, _: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}

/// Takes so many, and then none.
#[derive(Debug)]
struct Full(u64);

impl Sink for Full {
    fn write(&mut self, _: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let left = self.0.checked_sub(1);
        self.0 = left.ok_or_else(|| ConnectorError::Closed { name: "a full sink".to_owned() })?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}

#[test]
fn nothing_is_missing_when_a_sink_fails() {
    for shards in [1, 4] {
        let mut pipeline = pipeline(shards);
        let source = Source::bounded(Box::new(Endless(0)));
        let (mut sink, mut lost) = (Full(1000), Lost::default());
        let ran = pipeline.run(vec![source], &mut format, &mut sink, &mut lost);
        ran.expect_err("the sink takes no more");
        let summary = pipeline.summary();
        assert_even(&summary);
        assert!(summary.outputs.failed > 0, "{:?}", summary.outputs);
        assert!((1..=1000).contains(&summary.outputs.delivered), "{:?}", summary.outputs);
    }
}

#[test]
fn the_summary_of_the_program_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    for (id, rule) in RULES {
        std::fs::write(folder.path().join(format!("{id}.json")), rule).expect("written");
    }
    let done = Program::new("run")
        .arg("--rules")
        .arg(folder.path())
        .args(["--events", "-", "--key", "user", "--alerts", "--summary", "json"])
        .args(["--max-out-of-order", "100ms"])
        .stdin(lines(0, 20_000).as_bytes())
        .run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    let said = text(&done.stderr);
    let summary: Value = serde_json::from_str(said.lines().last().expect("it")).expect("JSON");
    let sum = |of: &str, parts: &[&str]| {
        let number = |part: &&str| summary[of][*part].as_u64().unwrap_or_else(|| panic!("{said}"));
        parts.iter().map(number).sum::<u64>()
    };
    let parts = ["processed", "late", "duplicate", "rejected", "in_flight"];
    assert_eq!((sum("records", &["read"]), sum("records", &parts)), (20_000, 20_000), "{said}");
    let parts = ["delivered", "throttled", "filtered", "failed", "in_flight"];
    let found = sum("outputs", &["found"]);
    assert_eq!(sum("outputs", &parts), found, "{said}");
    let delivered = done.stdout.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(sum("outputs", &["delivered"]), delivered);
    assert!(sum("outputs", &["filtered"]) > 1000 && delivered > 1000, "{said}");
    assert!(sum("records", &["late"]) > 1000 && sum("records", &["rejected"]) == 2000, "{said}");
}
