//! What is found does not depend on threads, batches, or the order in which events come within the bound.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;
use tripline::case::Case;
use tripline::{
    EncodedOutput, Output, OutputKind, Registry, RuleEdit, RuleId, RuleMeta, RuleSource,
    RuleVersion,
};
use tripline_connectors::{
    ConnectorError, Format, Position, RecordBatch, RecordReader, read_records,
};
use tripline_runtime::{
    JsonLines, Observer, OutputFormat, Pipeline, PipelineConfig, Rulebook, RunError, RunSummary,
    Source, SwapReport,
};
use tripline_testkit::corpus;

use crate::program::{Program, text};
use crate::root;
use crate::stream::{Feed, Lines, NothingLost, ToTest, source};

/// Cases whose events are mixed, and whose rules run together.
const TOGETHER: usize = 12;

/// Within how many ms of order the events are when they are shuffled.
pub(crate) const BOUND_MS: i64 = 40;

fn rule(id: &str, text: &str, key: &str) -> RuleSource {
    RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(text),
        default_key: key.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
    }
}

/// Rule, kind, time, key and payloads: all of an output but its id, which says where its events stood.
struct Content;

impl OutputFormat for Content {
    fn write(
        &mut self,
        output: &Output<'_>,
        meta: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let mut line = Vec::new();
        let encoded = JsonLines::default().write(output, meta, &mut line)?;
        text.extend_from_slice(&line[encoded.id.end..]);
        Some(EncodedOutput::default())
    }
}

/// What rules find in events: the lines, and the summary.
fn find(rules: &[RuleSource], config: PipelineConfig, events: String) -> (String, RunSummary) {
    let (mut book, refused) = Rulebook::of(Registry::with_builtins(), rules);
    // Some cases are of rules that are refused.
    assert!(refused.len() < rules.len(), "{refused:?}");
    let (mut pipeline, _) = Pipeline::new(&mut book, config);
    let mut lines = Lines::default();
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(Content) };
    pipeline.run(vec![source(events)], format, &mut lines, &mut NothingLost).expect("no fault");
    (lines.0, pipeline.summary())
}

/// Lines in another order: none is more than [`BOUND_MS`] late, and those of one time stay as they are.
pub(crate) fn shuffled(events: &[(i64, String)]) -> String {
    // Each time is delayed by what its digits happen to be.
    let delay = |time: i64| {
        (time.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()) >> 33).rem_euclid(BOUND_MS)
    };
    let mut events: Vec<&(i64, String)> = events.iter().collect();
    events.sort_by_key(|(time, _)| time + delay(*time));
    events.into_iter().map(|(_, line)| line.as_str()).collect()
}

/// The same with every number of shards, size of batches, and order of events.
fn check_all(rules: &[RuleSource], events: &[(i64, String)], what: &str) {
    let in_order: String = events.iter().map(|(_, line)| line.as_str()).collect();
    let out_of_order = shuffled(events);
    let mut expected: Option<(String, u64)> = None;
    for shards in [1, 2, 4, 16] {
        for batch_max_events in [1, 7, 1024] {
            for (max_out_of_order_ms, lines) in [(0, &in_order), (BOUND_MS, &out_of_order)] {
                let config = PipelineConfig {
                    shards,
                    batch_max_events,
                    max_out_of_order_ms,
                    ..PipelineConfig::default()
                };
                let (found, summary) = find(rules, config, lines.clone());
                assert_eq!(summary.events, events.len() as u64);
                let taken = summary.rules.iter().map(|rule| rule.counters.matches).sum();
                let (lines, matches) = expected.get_or_insert_with(|| (found.clone(), taken));
                let difference = lines.lines().zip(found.lines()).find(|(a, b)| a != b);
                assert!(
                    *lines == found && *matches == taken,
                    "{what}: {shards} shards, batches of {batch_max_events}, bound {max_out_of_order_ms}: {difference:#?}"
                );
            }
        }
    }
}

#[test]
fn every_case_gives_the_same_whatever_the_threads_and_batches() {
    let folder = root("tests/conformance");
    let files = corpus::files(&folder, ".jsonl.zst");
    let mut cases: Vec<Case> = files.iter().flat_map(|path| corpus::cases(path)).collect();
    // Aggregates have groups in place of the key that tells the cases apart here.
    cases.retain(|case| case.expect.results.is_none());
    assert!(cases.len() > 4000);
    let mut outputs = 0;
    for together in cases.chunks(TOGETHER) {
        let mut rules = Vec::new();
        let mut events: Vec<(i64, String)> = Vec::new();
        for case in together {
            rules.push(rule(&case.id, case.rule.get(), "case_of"));
            for event in &case.events {
                let mut event: Value = serde_json::from_str(event.get()).expect("an event");
                let time = event["ts"].as_i64().expect("a time");
                event["case_of"] = case.id.as_str().into();
                events.push((time, format!("{event}\n")));
            }
        }
        events.sort_by_key(|(time, _)| *time);
        check_all(&rules, &events, &together[0].id);
        outputs += events.len();
    }
    assert!(outputs > 10_000, "{outputs} events");
}

/// Rules with keys of their own, and one for all: an event goes to several shards.
pub(crate) fn rules_of_several_keys() -> Vec<RuleSource> {
    let rule_of = |id: &str, key: &str| {
        let text = format!(
            r#"{{"id":"{id}","version":1,"key_by":{key},"pattern":{{"name":"{id}","nodes":[
              {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'a'"}}}},
              {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b'"}}}}],
             "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
             "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MILLISECONDS","size":50}}}}}}}}"#
        );
        rule(id, &text, "user")
    };
    [("u", "null"), ("s", r#"["session"]"#), ("us", r#"["user","session"]"#), ("all", "[]")]
        .into_iter()
        .map(|(id, key)| rule_of(id, key))
        .collect()
}

pub(crate) fn events_of_several_keys() -> Vec<(i64, String)> {
    let mut random = 7_u64;
    let mut below = |limit: u64| {
        random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (random >> 33) % limit
    };
    (0..3000)
        .map(|at| {
            let (user, session, kind) =
                (below(20), below(50), ["a", "b", "x"][usize::try_from(below(3)).expect("small")]);
            // Users are numbers in two spellings, and now and then there is no session.
            let user = if below(2) == 0 { format!("{user}") } else { format!("{user}.0") };
            let session =
                if below(10) == 0 { String::new() } else { format!(r#""session":"s{session}","#) };
            let time = at / 3;
            (time, format!("{{{session}\"user\":{user},\"kind\":\"{kind}\",\"ts\":{time}}}\n"))
        })
        .collect()
}

#[test]
fn an_event_is_judged_once_under_each_of_its_keys() {
    let rules = rules_of_several_keys();
    let events = events_of_several_keys();
    assert_eq!(Rulebook::of(Registry::with_builtins(), &rules).1.len(), 0, "all are valid");
    check_all(&rules, &events, "several keys");
    let lines: String = events.iter().map(|(_, line)| line.as_str()).collect();
    let without = events.iter().filter(|(_, line)| !line.contains("session")).count() as u64;
    for shards in [1, 3, 16] {
        let config = PipelineConfig { shards, ..PipelineConfig::default() };
        let (found, summary) = find(&rules, config, lines.clone());
        let counted = |id: &str| {
            let rule = summary.rules.iter().find(|rule| rule.id.as_str() == id).expect("a rule");
            (rule.counters.without_key, rule.counters.nodes[0].met)
        };
        let starts =
            events.iter().filter(|(_, line)| line.contains(r#""kind":"a""#)).count() as u64;
        assert_eq!(counted("u"), (0, starts), "{shards} shards");
        assert_eq!(counted("all"), (0, starts), "{shards} shards");
        assert_eq!(counted("s").0, without, "{shards} shards");
        assert_eq!(counted("us").0, without, "{shards} shards");
        for id in ["u", "s", "us", "all"] {
            assert!(found.contains(&format!(r#""rule":{{"id":"{id}""#)), "{id} finds something");
        }
    }
}

/// What is read is processed, late or rejected, whatever it is.
#[test]
fn every_record_is_accounted_for() {
    struct Counts;
    impl Observer for Counts {}
    let mut lines = String::new();
    for (at, (_, line)) in events_of_several_keys().iter().enumerate() {
        lines.push_str(line);
        if at % 7 == 0 {
            lines.push_str("no event\n");
        }
        if at % 11 == 0 {
            lines.push_str("{\"user\":1,\"kind\":\"a\",\"ts\":\"late\"}\n{\"user\":1,\"kind\":\"a\",\"ts\":-50}\n");
        }
    }
    let records = lines.lines().count() as u64;
    let mut first = None;
    for (shards, batch_max_events) in [(1, 1024), (1, 3), (4, 1024), (4, 5), (16, 64)] {
        for max_out_of_order_ms in [0, 5] {
            let (mut book, _) = Rulebook::of(Registry::with_builtins(), &rules_of_several_keys());
            let config = PipelineConfig {
                shards,
                batch_max_events,
                max_out_of_order_ms,
                ..PipelineConfig::default()
            };
            let (mut pipeline, _) = Pipeline::new(&mut book, config);
            let format = &mut || -> Box<dyn OutputFormat> { Box::new(Content) };
            let mut sink = Lines::default();
            pipeline
                .run(vec![source(lines.clone())], format, &mut sink, &mut Counts)
                .expect("runs");
            let summary = pipeline.summary();
            let RunSummary { events, late, rejected, .. } = summary;
            assert_eq!(events + late + rejected, records, "{shards} shards");
            assert_eq!(summary.sources[0].read, records);
            assert_eq!((summary.sources[0].late, summary.sources[0].rejected), (late, rejected));
            let counts = *first.get_or_insert((events, late, rejected));
            assert_eq!(counts, (events, late, rejected), "{shards} shards of {batch_max_events}");
        }
    }
    assert!(first.is_some_and(|(_, late, rejected)| late > 100 && rejected > 400), "{first:?}");
}

/// Writes something until a certain event comes.
struct Panics;

impl OutputFormat for Panics {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        _: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        assert!(output.end().as_millis() < 500, "it is late enough");
        None
    }
}

#[derive(Debug)]
struct PanickingReader(Box<dyn RecordReader>, u32);

impl RecordReader for PanickingReader {
    fn append(&mut self, batch: &mut RecordBatch, most: usize) -> Result<bool, ConnectorError> {
        self.1 += 1;
        assert!(self.1 < 10, "enough is read");
        self.0.append(batch, most)
    }

    fn position(&self) -> Position {
        self.0.position()
    }
}

/// A fault of ours ends the run with an error, and soon.
#[test]
fn a_panic_in_any_thread_ends_the_run() {
    let lines: String = events_of_several_keys().into_iter().map(|(_, line)| line).collect();
    for shards in [1, 4] {
        let run = |source: Source, panics: bool| {
            let (mut book, _) = Rulebook::of(Registry::with_builtins(), &rules_of_several_keys());
            let config =
                PipelineConfig { shards, batch_max_events: 10, ..PipelineConfig::default() };
            let (mut pipeline, _) = Pipeline::new(&mut book, config);
            let (done, ended) = channel();
            std::thread::spawn(move || {
                let format = &mut || -> Box<dyn OutputFormat> {
                    if panics { Box::new(Panics) } else { Box::new(Content) }
                };
                let mut sink = Lines::default();
                let ran = pipeline.run(vec![source], format, &mut sink, &mut NothingLost);
                drop(done.send(ran));
            });
            ended.recv_timeout(Duration::from_secs(60)).expect("the run ends")
        };
        let error = run(source(lines.clone()), true).expect_err("a worker panicked");
        assert!(
            matches!(&error, RunError::Worker { reason } if reason.contains("late enough")),
            "{error}"
        );
        let reader =
            read_records(Box::new(std::io::Cursor::new(lines.clone())), "events", &Format::Ndjson);
        let reader = Source::bounded(Box::new(PanickingReader(reader, 0)));
        let error = run(reader, false).expect_err("the reader panicked");
        assert!(error.to_string().contains("reading"), "{error}");
    }
}

/// Kind, user and due of each output.
struct Brief;

impl OutputFormat for Brief {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let key: Vec<String> = output.key.values().map(|part| part.to_string()).collect();
        let mut line = String::new();
        match output.kind {
            OutputKind::Match => write!(line, "match {}", key.join(",")),
            OutputKind::Timeout { due } => write!(line, "timeout {} {due}", key.join(",")),
            OutputKind::Aggregate { end, .. } => {
                write!(line, "aggregate {} {end} {:?}", key.join(","), output.values)
            }
        }
        .expect("memory");
        text.extend_from_slice(line.as_bytes());
        Some(EncodedOutput::default())
    }
}

/// Versions are in force, and drained, once all shards say so; what became of runs is of all of them.
#[test]
fn reports_on_swaps_are_of_all_shards() {
    let of_version = |version: i64, on_update: &str| {
        let text = format!(
            r#"{{"id":"r","version":{version},"on_update":"{on_update}","params":{{"v":{version}}},"pattern":{{"name":"r","nodes":[
              {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'a' && params.v > 0"}}}},
              {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b'"}}}}],
             "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
             "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MILLISECONDS","size":100}}}}}}}}"#
        );
        RuleSource { version: RuleVersion(version), ..rule("r", &text, "user") }
    };
    let (mut book, _) = Rulebook::of(Registry::with_builtins(), &[of_version(1, "restart")]);
    let config = PipelineConfig { shards: 4, ..PipelineConfig::default() };
    let (mut pipeline, mut swaps) = Pipeline::new(&mut book, config);
    let (events, feed) = Feed::new();
    let (sent, found) = channel();
    let running = std::thread::spawn(move || {
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(Brief) };
        let source = vec![Source::bounded(feed.records())];
        pipeline.run(source, format, &mut ToTest(sent), &mut NothingLost).expect("runs");
        pipeline.summary()
    });
    let event = |user: usize, kind: &str, time: i64| {
        format!("{{\"user\":\"u{user}\",\"kind\":\"{kind}\",\"ts\":{time}}}\n")
    };
    let patience = Duration::from_secs(60);
    let open: String = (0..100).map(|user| event(user, "a", 1)).collect();
    // The match says that all before it has been processed.
    events.send(open + &event(1000, "a", 2) + &event(1000, "b", 2)).expect("reads");
    assert_eq!(found.recv_timeout(patience).expect("a match"), "match u1000");
    book.apply(vec![RuleEdit::Put(of_version(2, "drain"))]);
    swaps.swap(Arc::clone(book.running()));
    let Some(SwapReport::Applied { rules, effects, .. }) = swaps.next_report(patience) else {
        panic!("the rules are in force, though no event comes");
    };
    assert_eq!(rules.set.generation(), book.running().set.generation());
    let dropped: u64 = effects.iter().map(|effect| effect.dropped).sum();
    let kept: u64 = effects.iter().map(|effect| effect.kept).sum();
    assert_eq!((dropped, kept, effects.len()), (0, 100, 1));
    // All but one finish; then that one times out.
    let finish: String = (0..99).map(|user| event(user, "b", 3)).collect();
    events.send(finish).expect("reads");
    for user in 0..99 {
        assert_eq!(found.recv_timeout(patience).expect("a match"), format!("match u{user}"));
    }
    assert_eq!(swaps.reports().count(), 0, "one shard still has a run");
    events.send(event(2000, "x", 102)).expect("reads");
    assert_eq!(found.recv_timeout(patience).expect("a timeout"), "timeout u99 101");
    let drained = swaps.next_report(patience);
    let Some(SwapReport::Drained { slot, epoch }) = drained else { panic!("{drained:?}") };
    book.apply(vec![RuleEdit::Retire { slot, epoch }]);
    swaps.swap(Arc::clone(book.running()));
    assert!(matches!(swaps.next_report(patience), Some(SwapReport::Applied { .. })));
    drop(events);
    let summary = running.join().expect("no panic");
    assert_eq!(summary.swaps, 2);
    assert_eq!(summary.rules.len(), 1);
}

/// The program, with 100,000 clicks.
#[test]
fn the_program_writes_the_same_with_any_number_of_shards() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let clicks = corpus::read(&root("tests/due/events.jsonl.zst"));
    let time_of = |line: &str| -> i64 {
        let event: Value = serde_json::from_str(line).expect("an event");
        event["ts"].as_i64().expect("a time")
    };
    let events: Vec<(i64, String)> =
        clicks.lines().map(|line| (time_of(line), format!("{line}\n"))).collect();
    let (in_order, out_of_order) = (folder.path().join("a.jsonl"), folder.path().join("b.jsonl"));
    std::fs::write(&in_order, &clicks).expect("written");
    std::fs::write(&out_of_order, shuffled(&events)).expect("written");
    let rules = ["cross_sell", "abandoned_cart", "price_drop"];
    let run = |events: &std::path::Path, arguments: &[&str]| {
        let mut program = Program::new("run").arg("--rules");
        for rule in rules {
            program = program.arg(root(&format!("tests/due/{rule}.json")));
        }
        let done =
            program.arg("--events").arg(events).args(["--key", "userId"]).args(arguments).run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        done.stdout
    };
    let expected = run(&in_order, &["--shards", "1"]);
    assert!(text(&expected).lines().count() > 1000);
    for shards in ["2", "4", "16"] {
        let found = run(&in_order, &["--shards", shards]);
        assert!(found == expected, "{shards} shards: {}", text(&found).lines().count());
    }
    // Ids say where events stood.
    let without_ids = |lines: &[u8]| -> Vec<String> {
        text(lines).lines().map(|line| line.split_once(',').expect("a line").1.to_owned()).collect()
    };
    let expected = without_ids(&expected);
    for shards in ["1", "4"] {
        let found = run(&out_of_order, &["--shards", shards, "--max-out-of-order", "40ms"]);
        assert!(without_ids(&found) == expected, "{shards} shards, shuffled");
    }
}
