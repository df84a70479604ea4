//! An event that comes twice is processed once.

use std::fmt::Write as _;
use std::sync::Arc;

use tripline::{Event, Registry, RuleId, RuleSource, RuleVersion};
use tripline_connectors::ConnectorError;
use tripline_runtime::{
    Clock, DedupBy, DedupConfig, IdleTimeout, JsonLines, Observer, OutputFormat, Pipeline,
    PipelineConfig, Rulebook, RunSummary, TimeMode,
};

use crate::program::{Program, text};
use crate::stream::{Lines, source};

const RULE: &str = r#"{"name":"twice","nodes":[
  {"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'a'"},
   "quantifier":{"properties":["TIMES"],"times":{"from":2,"to":2}}}],"edges":[],
  "window":{"type":"FIRST_AND_LAST","time":{"unit":"SECONDS","size":1}}}"#;

/// Keeps what leaves the main way.
#[derive(Debug, Default)]
struct Lost {
    late: Vec<String>,
    duplicates: Vec<String>,
}

impl Observer for Lost {
    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        self.late.push(String::from_utf8_lossy(event.payload).into_owned());
        Ok(())
    }

    fn duplicate(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        self.duplicates.push(String::from_utf8_lossy(event.payload).into_owned());
        Ok(())
    }
}

fn by_field(within_ms: i64, max_ids: usize) -> DedupConfig {
    DedupConfig { by: DedupBy::Field("id".to_owned()), within_ms, max_ids }
}

/// What is found in the lines of each source, and what is not processed.
fn run(config: PipelineConfig, sources: &[&str]) -> (String, Lost, RunSummary) {
    let rule = RuleSource {
        id: RuleId::new("twice"),
        version: RuleVersion(1),
        text: Arc::from(RULE),
        default_key: vec!["user".to_owned()],
    };
    let (mut book, refused) = Rulebook::of(Registry::with_builtins(), &[rule]);
    assert!(refused.is_empty(), "{refused:?}");
    let (mut pipeline, _) = Pipeline::new(&mut book, config);
    let (mut lines, mut lost) = (Lines::default(), Lost::default());
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
    let sources = sources.iter().map(|lines| source((*lines).to_owned())).collect();
    pipeline.run(sources, format, &mut lines, &mut lost).expect("no fault");
    (lines.0, lost, pipeline.summary())
}

/// A stream in which much comes again: soon, within the bound, and after it.
fn repeated(events: i64) -> (String, String) {
    let (mut with, mut without) = (String::new(), String::new());
    let mut lines = Vec::new();
    for at in 0..events {
        let (user, time) = (at % 37, at * 10);
        let id = if at % 3 == 0 { format!("\"e{at}\"") } else { at.to_string() };
        let line = format!("{{\"id\":{id},\"user\":{user},\"kind\":\"a\",\"ts\":{time}}}\n");
        lines.push(line.clone());
        with.push_str(&line);
        without.push_str(&line);
        for back in [0, 1, 7, 40] {
            if at % (back + 5) == 0 && at >= back {
                with.push_str(&lines[usize::try_from(at - back).expect("seen")]);
            }
        }
    }
    (with, without)
}

#[test]
fn outputs_are_those_of_the_stream_without_repetitions() {
    let (with, without) = repeated(3000);
    let records = with.lines().count() as u64;
    let mut first: Option<(Vec<String>, u64)> = None;
    for (bound_ms, shards, batch_max_events) in
        [(0, 1, 1), (0, 1, 1024), (0, 4, 7), (0, 16, 1), (400, 1, 7), (400, 4, 1024), (400, 16, 7)]
    {
        let config = PipelineConfig {
            shards,
            batch_max_events,
            max_out_of_order_ms: bound_ms,
            ..PipelineConfig::default()
        };
        let (expected, _, clean) = run(config.clone(), &[&without]);
        assert!(expected.lines().count() > 1000);
        let config = PipelineConfig { dedup: Some(by_field(400, 100_000)), ..config };
        let (found, lost, summary) = run(config, &[&with]);
        // An id has where its events stood in it, and they stand elsewhere.
        let contents = |lines: &str| -> Vec<String> {
            lines.lines().map(|line| line.split_at(40).1.to_owned()).collect()
        };
        assert_eq!(contents(&found), contents(&expected), "{shards} {batch_max_events} {bound_ms}");
        assert_eq!((summary.events, summary.late), (clean.events, 0));
        assert_eq!(summary.events + summary.duplicate, records);
        assert_eq!((summary.records().read, summary.records().unaccounted()), (records, 0));
        assert_eq!(summary.sources[0].duplicate, summary.duplicate);
        assert_eq!(lost.duplicates.len() as u64, summary.duplicate);
        assert_eq!((summary.without_id, summary.forgotten_ids), (0, 0));
        let (duplicates, forgotten) =
            first.get_or_insert_with(|| (lost.duplicates.clone(), summary.forgotten_ids));
        assert_eq!((&lost.duplicates, summary.forgotten_ids), (&*duplicates, *forgotten));
    }
}

#[test]
fn what_is_forgotten_is_counted_and_depends_on_no_batch() {
    let (with, _) = repeated(3000);
    let mut first = None;
    for (shards, batch_max_events) in [(1, 1), (1, 1024), (4, 7)] {
        let config = PipelineConfig {
            shards,
            batch_max_events,
            max_out_of_order_ms: 400,
            dedup: Some(by_field(400, 20)),
            ..PipelineConfig::default()
        };
        let (_, lost, summary) = run(config, &[&with]);
        assert!(summary.forgotten_ids > 2000, "{}", summary.forgotten_ids);
        let said = (summary.events, summary.forgotten_ids, lost.duplicates);
        assert_eq!(first.get_or_insert_with(|| said.clone()), &said);
    }
}

fn lines(events: &[(&str, i64)]) -> String {
    events.iter().fold(String::new(), |mut lines, (id, time)| {
        let id = if id.is_empty() { String::new() } else { format!("\"id\":{id},") };
        writeln!(lines, "{{{id}\"user\":1,\"kind\":\"b\",\"ts\":{time}}}").expect("written");
        lines
    })
}

/// `(processed, late, duplicate, without id)`, and of the second source the duplicates.
fn count(config: PipelineConfig, sources: &[&str]) -> ((u64, u64, u64, u64), u64) {
    let (_, _, summary) = run(config, sources);
    let RunSummary { events, late, duplicate, without_id, .. } = summary;
    let second = summary.sources.get(1).map_or(0, |source| source.duplicate);
    ((events, late, duplicate, without_id), second)
}

#[test]
fn what_came_before_is_a_duplicate_and_not_late() {
    let dedup =
        |within| PipelineConfig { dedup: Some(by_field(within, 100)), ..PipelineConfig::default() };
    let sent_again = lines(&[("1", 0), ("2", 10), ("3", 20), ("1", 0), ("2", 10), ("4", 5)]);
    assert_eq!(count(dedup(50), &[&sent_again]).0, (3, 1, 2, 0), "all but 4, which is new");
    assert_eq!(count(dedup(15), &[&sent_again]).0, (3, 2, 1, 0), "1 is further back");
    // What was not processed did not come before.
    let retried = lines(&[("1", 10), ("2", 5), ("2", 10)]);
    assert_eq!(count(dedup(50), &[&retried]).0, (2, 1, 0, 0));
    // With allowed lateness as well, and then as of its own time.
    let allowed = PipelineConfig { allowed_lateness_ms: 10, ..dedup(5) };
    let late = lines(&[("1", 10), ("2", 5), ("2", 5), ("2", 10), ("2", 11)]);
    assert_eq!(count(allowed, &[&late]).0, (3, 0, 2, 0));
}

#[test]
fn events_without_an_id_are_processed_and_counted() {
    let config = PipelineConfig { dedup: Some(by_field(50, 100)), ..PipelineConfig::default() };
    let some =
        lines(&[("", 0), ("", 0), ("null", 0), ("[1]", 0), ("1", 0), ("1.0", 0), ("\"1\"", 0)]);
    assert_eq!(count(config, &[&some]).0, (6, 0, 1, 4), "1 and 1.0 are one");
}

#[test]
fn by_all_of_an_event() {
    let dedup = DedupConfig { by: DedupBy::WholeEvent, within_ms: 50, max_ids: 100 };
    let config = PipelineConfig { dedup: Some(dedup), ..PipelineConfig::default() };
    let some = lines(&[("1", 0), ("1", 0), ("2", 0), ("1", 1)]);
    assert_eq!(count(config, &[&some]).0, (3, 0, 1, 0));
}

#[test]
fn in_processing_time_by_the_clock() {
    let (clock, _) = Clock::manual(1_795_161_600_000);
    let config = PipelineConfig {
        mode: TimeMode::Processing,
        clock,
        dedup: Some(by_field(0, 100)),
        ..PipelineConfig::default()
    };
    let some = lines(&[("1", 0), ("1", 99_999_999), ("2", 0)]);
    assert_eq!(count(config, &[&some]).0, (2, 0, 1, 0));
}

#[test]
fn a_copy_from_another_source_is_one_too_and_moves_its_time() {
    let config = PipelineConfig {
        max_out_of_order_ms: 1000,
        dedup: Some(by_field(1000, 10_000)),
        ..PipelineConfig::default()
    };
    let events: Vec<(String, i64)> = (0..500).map(|at| (at.to_string(), at)).collect();
    let events: Vec<(&str, i64)> = events.iter().map(|(id, at)| (id.as_str(), *at)).collect();
    let some = lines(&events);
    let ((events, late, duplicate, _), _) = count(config, &[&some, &some]);
    assert_eq!((events, late, duplicate), (500, 0, 500));
    assert_eq!(IdleTimeout::default(), IdleTimeout::Off, "else one might not wait for the other");
}

#[test]
fn the_program_keeps_what_came_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("rule.json"), RULE).expect("written");
    std::fs::write(path("events.jsonl"), lines(&[("1", 0), ("2", 1), ("1", 0), ("", 2)]))
        .expect("written");
    let run = || {
        let program = Program::new("run").arg("--rules").arg(path("rule.json"));
        program.arg("--events").arg(path("events.jsonl")).args(["--key", "user"])
    };
    let done = run()
        .args(["--dedup-id", "id", "--summary", "json"])
        .arg("--duplicates")
        .arg(path("duplicates.jsonl"))
        .run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    let said: serde_json::Value =
        serde_json::from_str(text(&done.stderr).lines().last().expect("a line")).expect("JSON");
    assert_eq!(
        (&said["events"], &said["duplicate"], &said["without_id"]),
        (&3.into(), &1.into(), &1.into())
    );
    let kept = std::fs::read_to_string(path("duplicates.jsonl")).expect("read");
    assert_eq!(kept, lines(&[("1", 0)]));
    std::fs::write(path("c.toml"), "[dedup]\nwhole_event = true\nwithin = '1m'\nmax_ids = 10\n")
        .expect("written");
    let done = run().arg("--config").arg(path("c.toml")).run();
    assert!(text(&done.stderr).contains("1 events came before and were left out"));
    let done = run().args(["--dedup-within", "1s"]).run();
    assert_eq!(done.code, 2);
    assert!(
        text(&done.stderr).contains("mean nothing unless --dedup-id"),
        "{}",
        text(&done.stderr)
    );
}
