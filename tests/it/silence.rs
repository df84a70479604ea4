//! How time moves when nothing comes, when several sources do, and when events come from elsewhere in time.

use std::fmt::{Display, Write as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use tripline::{
    EncodedOutput, Event, Output, OutputKind, Registry, RuleId, RuleMeta, RuleSource, RuleVersion,
};
use tripline_connectors::{ConnectorError, RejectedAt};
use tripline_runtime::{
    Clock, IdleTimeout, ManualClock, Observer, OutputFormat, Pipeline, PipelineConfig, Rulebook,
    RunSummary, Source, TimeMode,
};

use crate::program::Program;
use crate::stream::{Feed, Lines, NothingLost, ToTest, source};

/// How long anything may take that should take no time.
const PATIENCE: Duration = Duration::from_secs(60);

/// 2026-11-20T08:00:00Z.
const START_MS: i64 = 1_795_161_600_000;

/// A cart that is not paid for within a minute; and, so that a test sees that an event has been processed, every probe.
const RULES: [(&str, &str); 2] = [
    (
        "cart",
        r#"{"name":"cart","nodes":[
          {"name":"cart","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'cart'"}},
          {"name":"pay","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'pay'"}}],
         "edges":[{"source":"cart","target":"pay","type":"SKIP_TILL_NEXT"}],
         "window":{"type":"FIRST_AND_LAST","time":{"unit":"MINUTES","size":1}}}"#,
    ),
    (
        "probe",
        r#"{"name":"probe","nodes":[{"name":"p","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'probe'"}}],"edges":[]}"#,
    ),
];

/// An output, short: what, whose, and when its window closed since the start, or of which time its last event was.
struct Brief;

impl OutputFormat for Brief {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let key: Vec<String> = output.key.values().map(|part| part.to_string()).collect();
        let (kind, time) = match output.kind {
            OutputKind::Match => ("match", output.end()),
            OutputKind::Timeout { due } => ("timeout", due),
            OutputKind::Aggregate { end, .. } => ("aggregate", end),
        };
        let mut line = String::new();
        let rule = output.rule.id.as_str();
        write!(line, "{rule} {kind} {} {}", key.join(","), time.as_millis() - START_MS)
            .expect("memory");
        text.extend_from_slice(line.as_bytes());
        Some(EncodedOutput::default())
    }
}

/// Sends reasons of rejections and late events to a test, and when a batch is done.
struct Lost(Sender<String>, Sender<()>);

impl Observer for Lost {
    fn rejected(
        &mut self,
        _: RejectedAt<'_>,
        reason: &dyn Display,
        _: &[u8],
    ) -> Result<(), ConnectorError> {
        drop(self.0.send(format!("rejected: {reason}")));
        Ok(())
    }

    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        drop(self.0.send(format!("late: {}", event.time.as_millis() - START_MS)));
        Ok(())
    }

    fn batch_done(&mut self, _: u64) -> Result<(), ConnectorError> {
        let _ended = self.1.send(());
        Ok(())
    }
}

/// A pipeline in a thread of its own, with sources that a test writes to.
struct Live {
    feeds: Vec<Sender<String>>,
    clock: ManualClock,
    found: Receiver<String>,
    lost: Receiver<String>,
    batches: Receiver<()>,
    running: JoinHandle<RunSummary>,
}

fn rules() -> Vec<RuleSource> {
    let source = |(id, text): &(&str, &str)| RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(*text),
        default_key: vec!["user".to_owned()],
    };
    RULES.iter().map(source).collect()
}

impl Live {
    fn start(sources: usize, idle: IdleTimeout, config: PipelineConfig) -> Self {
        let (clock, hand) = Clock::manual(START_MS);
        let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &rules());
        assert!(failures.is_empty(), "{failures:?}");
        let (mut pipeline, _) = Pipeline::new(&mut book, PipelineConfig { clock, ..config });
        let (feeds, readers): (Vec<_>, Vec<_>) = (0..sources).map(|_| Feed::new()).unzip();
        let sources = readers.into_iter().map(|feed| Source {
            idle,
            max_future_skew_ms: Some(300_000),
            ..Source::bounded(feed.records())
        });
        let sources = sources.collect();
        let ((sent, found), (drop, lost), (done, batches)) = (channel(), channel(), channel());
        let running = std::thread::spawn(move || {
            let format = &mut || -> Box<dyn OutputFormat> { Box::new(Brief) };
            pipeline.run(sources, format, &mut ToTest(sent), &mut Lost(drop, done)).expect("runs");
            pipeline.summary()
        });
        Self { feeds, clock: hand, found, lost, batches, running }
    }

    /// Sends an event, and waits until all shards have seen it or it is held back.
    fn send(&self, source: usize, kind: &str, user: &str, time: i64) {
        let time = START_MS + time;
        self.line(source, format!("{{\"kind\":\"{kind}\",\"user\":\"{user}\",\"ts\":{time}}}\n"));
    }

    fn line(&self, source: usize, line: String) {
        while self.batches.try_recv().is_ok() {}
        self.feeds[source].send(line).expect("it reads");
        self.batches.recv_timeout(PATIENCE).expect("it is read");
    }

    fn next(&self) -> String {
        self.found.recv_timeout(PATIENCE).expect("an output")
    }

    fn end(self) -> (Vec<String>, Vec<String>, RunSummary) {
        drop(self.feeds);
        let summary = self.running.join().expect("no panic");
        (self.found.iter().collect(), self.lost.iter().collect(), summary)
    }
}

fn shards(shards: usize) -> PipelineConfig {
    PipelineConfig { shards, ..PipelineConfig::default() }
}

#[test]
fn a_silent_key_times_out_though_no_event_comes() {
    for number in [1, 4] {
        for idle in [IdleTimeout::WhileLive, IdleTimeout::After(500)] {
            let live = Live::start(1, idle, shards(number));
            live.send(0, "cart", "u", 0);
            live.send(0, "probe", "v", 1);
            assert_eq!(live.next(), "probe match v 1");
            // Half a second behind the clock, and the instant itself has to pass.
            live.clock.advance_ms(60_500 + 2);
            assert_eq!(live.next(), "cart timeout u 60000");
            // And the stream goes on from there.
            live.send(0, "cart", "u", 60_503);
            live.send(0, "pay", "u", 60_504);
            assert_eq!(live.next(), "cart match u 60504");
            let (_, lost, summary) = live.end();
            assert_eq!((lost.len(), summary.late), (0, 0), "{lost:?}");
        }
    }
}

#[test]
fn what_is_held_back_goes_on_when_nothing_comes() {
    let config = PipelineConfig { max_out_of_order_ms: 10_000, ..shards(2) };
    let live = Live::start(1, IdleTimeout::After(500), config);
    live.send(0, "probe", "u", 5);
    live.clock.advance_ms(10_000);
    assert_eq!(live.next(), "probe match u 5");
    // It was held as long as the bound, so an event of that time is late now, and a later one is not.
    live.send(0, "probe", "v", 6);
    live.send(0, "probe", "w", 4);
    let (found, lost, _) = live.end();
    assert_eq!((found, lost), (vec!["probe match v 6".to_owned()], vec!["late: 4".to_owned()]));
}

#[test]
fn a_replay_of_old_events_loses_none_when_its_pipe_stalls() {
    let live = Live::start(1, IdleTimeout::WhileLive, shards(2));
    let hour = 3_600_000;
    live.send(0, "probe", "u", -hour);
    assert_eq!(live.next(), format!("probe match u -{hour}"));
    live.clock.advance_ms(10_000);
    live.send(0, "probe", "u", 1 - hour);
    let (found, lost, _) = live.end();
    assert_eq!((found.len(), lost.len()), (1, 0), "{lost:?}");
}

#[test]
fn a_source_that_sends_nothing_is_waited_for_until_it_is_idle() {
    let live = Live::start(2, IdleTimeout::After(1000), shards(2));
    live.send(0, "probe", "u", 10);
    live.send(1, "probe", "v", 5);
    assert_eq!(live.next(), "probe match v 5", "before the later one of the other source");
    live.clock.advance_ms(1000);
    assert_eq!(live.next(), "probe match u 10", "source 1 is left out");
    live.send(1, "probe", "w", 3);
    let (found, lost, summary) = live.end();
    assert_eq!((found.len(), lost), (0, vec!["late: 3".to_owned()]));
    assert_eq!((summary.sources[0].late, summary.sources[1].late), (0, 1), "by source");
}

#[test]
fn sources_that_end_are_put_in_one_order() {
    let line = |time: i64, user: i64| {
        let time = START_MS + time;
        (time, format!("{{\"kind\":\"probe\",\"user\":{user},\"ts\":{time}}}\n"))
    };
    let first: Vec<(i64, String)> = (0..3000).map(|at| line(at / 2, at)).collect();
    let second: Vec<(i64, String)> = (0..700).map(|at| line(at * 2, -1 - at)).collect();
    let mut all: Vec<&(i64, String)> = first.iter().chain(&second).collect();
    all.sort_by_key(|(time, _)| *time);
    let text =
        |lines: &[(i64, String)]| lines.iter().map(|(_, line)| line.as_str()).collect::<String>();
    let run = |sources: Vec<Source>, config: PipelineConfig| {
        let (mut book, _) = Rulebook::of(Registry::with_builtins(), &rules());
        let (mut pipeline, _) = Pipeline::new(&mut book, config);
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(Brief) };
        let mut lines = Lines::default();
        pipeline.run(sources, format, &mut lines, &mut NothingLost).expect("runs");
        lines.0
    };
    let together: String = all.iter().map(|(_, line)| line.as_str()).collect();
    let expected = run(vec![source(together)], shards(1));
    for number in [1, 4] {
        for batch_max_events in [1, 50] {
            let sources = vec![source(text(&first)), source(text(&second))];
            let found = run(sources, PipelineConfig { batch_max_events, ..shards(number) });
            assert!(found == expected, "{number} shards, batches of {batch_max_events}");
        }
    }
}

#[test]
fn an_event_of_the_far_future_closes_no_window() {
    let live = Live::start(1, IdleTimeout::Off, shards(2));
    live.send(0, "cart", "u", 0);
    live.send(0, "probe", "u", 300_001);
    live.send(0, "pay", "u", 30_000);
    assert_eq!(live.next(), "cart match u 30000");
    let (_, lost, summary) = live.end();
    assert!(lost[0].contains("300001 ms ahead"), "{lost:?}");
    assert_eq!((summary.events, summary.rejected, summary.late), (2, 1, 0));
}

#[test]
fn late_events_are_taken_as_far_as_is_allowed() {
    let config = PipelineConfig { allowed_lateness_ms: 10, ..shards(2) };
    let live = Live::start(1, IdleTimeout::Off, config);
    for time in [100, 90, 89] {
        live.send(0, "probe", "u", time);
    }
    let (found, lost, summary) = live.end();
    // As of the earliest moment that was still open.
    assert_eq!(found, ["probe match u 100", "probe match u 100"]);
    assert_eq!(lost, ["late: 89"]);
    assert_eq!((summary.events, summary.late), (2, 1));
}

#[test]
fn in_processing_time_the_clock_closes_windows() {
    let config = PipelineConfig { mode: TimeMode::Processing, ..shards(2) };
    let live = Live::start(1, IdleTimeout::Off, config);
    live.line(0, "{\"kind\":\"cart\",\"user\":\"u\"}\n".to_owned());
    live.line(0, "{\"kind\":\"probe\",\"user\":\"u\",\"ts\":1}\n".to_owned());
    assert_eq!(live.next(), "probe match u 0", "as it came");
    live.clock.advance_ms(60_001);
    assert_eq!(live.next(), "cart timeout u 60000");
    live.line(0, "{\"kind\":\"probe\",\"user\":\"u\"}\n".to_owned());
    assert_eq!(live.next(), "probe match u 60001");
    let (_, lost, _) = live.end();
    assert_eq!(lost.len(), 0, "{lost:?}");
}

/// The program, its defaults, and a pipe that stays open without a word.
#[test]
#[expect(clippy::disallowed_methods, reason = "a live stream has the time of day")]
fn the_program_lets_a_cart_of_a_silent_user_time_out() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("cart.json");
    std::fs::write(&path, RULES[0].1.replace("MINUTES", "SECONDS")).expect("written");
    for shards in ["1", "2"] {
        let mut child = Program::new("run")
            .arg("--rules")
            .arg(&path)
            .args(["--events", "-", "--key", "user", "--no-final", "--shards", shards])
            .spawn();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sent, found) = channel();
        let reading = std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                drop(sent.send(line));
            }
        });
        let mut events = child.stdin.take().expect("a pipe");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let line = format!("{{\"kind\":\"cart\",\"user\":\"u\",\"ts\":{}}}\n", now.as_millis());
        events.write_all(line.as_bytes()).expect("it reads");
        let found =
            found.recv_timeout(PATIENCE).expect("the cart times out while the pipe is open");
        assert!(found.contains(r#""kind":"timeout""#), "{found}");
        drop(events);
        assert!(child.wait().expect("it ends").success());
        reading.join().expect("no panic");
    }
}
