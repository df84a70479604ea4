//! A run that is broken off and goes on, again and again, finds what an unbroken one finds.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tripline::{BudgetLimit, Event, Registry, RuleEdit, RuleId, RuleSource, RuleVersion};
use tripline_connectors::{
    Committed, ConnectorError, EncodedRecord, FileIdentity, Format, LineSink, RejectedAt,
    RejectedSink, Sink, continue_file, create_file, open_file_at,
};
use tripline_runtime::{
    CheckpointError, CheckpointFolder, CheckpointStorage, Checkpoints, DedupBy, DedupConfig,
    JsonLines, Kept, LocalStorage, Observer, OutputFormat, Pipeline, PipelineConfig, Rulebook,
    RunError, RunSummary, Source, SwapSender,
};

use crate::shards::{BOUND_MS, events_of_several_keys, rules_of_several_keys, shuffled};

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) % limit
    }
}

/// What was given out, by whichever process.
type Given = Arc<Mutex<BTreeSet<String>>>;

/// Passes records on until it has had enough, as a process does that is killed.
#[derive(Debug)]
struct Breaks {
    out: LineSink,
    left: u64,
    /// Since the last flush.
    taken: Vec<String>,
    given: Given,
}

impl Breaks {
    fn count(&mut self) -> Result<(), ConnectorError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| ConnectorError::Write {
            name: "out".to_owned(),
            source: io::Error::other("broken off"),
        })?;
        Ok(())
    }
}

impl Sink for Breaks {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.count()?;
        self.taken.push(String::from_utf8(record.bytes.to_vec()).unwrap());
        self.out.write(record)
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        self.count()?;
        self.given.lock().unwrap().extend(self.taken.drain(..));
        self.out.flush()
    }

    fn commit(&mut self) -> Result<Option<Committed>, ConnectorError> {
        self.count()?;
        self.out.commit()
    }
}

/// Keeps late events and rejected lines.
struct Rim {
    late: LineSink,
    rejected: RejectedSink,
}

impl Observer for Rim {
    fn rejected(
        &mut self,
        at: RejectedAt<'_>,
        reason: &dyn std::fmt::Display,
        text: &[u8],
    ) -> Result<(), ConnectorError> {
        self.rejected.write(at, false, reason, text)
    }

    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        self.late.write(&EncodedRecord {
            kind: "late",
            bytes: event.payload,
            ..EncodedRecord::default()
        })
    }

    fn commit(&mut self) -> Result<Vec<(String, Committed)>, ConnectorError> {
        let late = self.late.commit()?.map(|committed| ("late".to_owned(), committed));
        let rejected = self.rejected.commit()?.map(|committed| ("rejected".to_owned(), committed));
        Ok(late.into_iter().chain(rejected).collect())
    }
}

/// What a run is given, and where it leaves what it found.
struct Bench {
    folder: tempfile::TempDir,
    rules: Vec<RuleSource>,
    /// Files, each a source.
    events: Vec<PathBuf>,
    config: PipelineConfig,
    /// Whether the sources cannot be read again.
    piped: bool,
    given: Given,
}

impl Bench {
    fn new(rules: Vec<RuleSource>, events: &[String], config: PipelineConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: usize| folder.path().join(format!("events-{number}.jsonl"));
        for (number, lines) in events.iter().enumerate() {
            fs::write(path(number), lines).unwrap();
        }
        let events = (0..events.len()).map(path).collect();
        Self { folder, rules, events, config, piped: false, given: Given::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn checkpoints(&self) -> Result<Checkpoints, CheckpointError> {
        // A process that another test is just starting holds what is open here until it runs its own program.
        let until = Instant::now() + Duration::from_secs(2);
        let folder = loop {
            match CheckpointFolder::open(&self.path("checkpoints")) {
                Err(CheckpointError::Locked { .. }) if Instant::now() < until => {
                    std::thread::yield_now();
                }
                opened => break opened?,
            }
        };
        Ok(Checkpoints { folder, interval: Duration::from_micros(300), keep: 2 })
    }

    /// Runs until the end, or until so many writes to the sink: goes on from what is in the folder.
    fn live(&self, writes: u64, config: PipelineConfig) -> Result<Life, RunError> {
        self.live_in(self.checkpoints()?, writes, config, &AtomicBool::default(), &mut |_, _| {})
    }

    /// As [`Bench::live`], in a folder; `beside` is called while it runs, and told when it is over.
    fn live_in(
        &self,
        checkpoints: Checkpoints,
        writes: u64,
        config: PipelineConfig,
        over: &AtomicBool,
        beside: &mut (dyn FnMut(&mut Rulebook, &SwapSender) + Send),
    ) -> Result<Life, RunError> {
        let saved = checkpoints.folder.load()?;
        if saved.as_ref().is_some_and(|saved| saved.is_finished()) {
            return Ok(Life { finished: true, notes: Vec::new(), summary: RunSummary::default() });
        }
        let output = |name: &str| -> Result<LineSink, ConnectorError> {
            let length = saved.as_ref().and_then(|saved| saved.output_length(name));
            let path = self.path(name);
            length.map_or_else(|| create_file(&path), |length| continue_file(&path, length))
        };
        let out = output("out")?;
        let mut rim =
            Rim { late: output("late")?, rejected: RejectedSink::new(output("rejected")?) };
        let (mut book, mut pipeline, swaps);
        match saved {
            None => {
                (book, _) = Rulebook::of(Registry::with_builtins(), &self.rules);
                (pipeline, swaps) = Pipeline::kept(&mut book, config, checkpoints);
            }
            Some(saved) => {
                book = Rulebook::new(Registry::with_builtins());
                (pipeline, swaps) = Pipeline::resume(&mut book, config, checkpoints, saved)?;
            }
        }
        let sources = self.sources(&pipeline)?;
        let notes = pipeline.notes().to_vec();
        let given = Arc::clone(&self.given);
        let mut sink = Breaks { out, left: writes, taken: Vec::new(), given };
        std::thread::scope(|scope| {
            scope.spawn(move || beside(&mut book, &swaps));
            let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
            let ran = pipeline.run(sources, format, &mut sink, &mut rim);
            over.store(true, Ordering::Relaxed);
            ran
        })?;
        Ok(Life { finished: true, notes, summary: pipeline.summary() })
    }

    fn sources(&self, pipeline: &Pipeline) -> Result<Vec<Source>, RunError> {
        let source = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let known = pipeline.source_position(&name);
            let position = known.map(|(position, _)| position).unwrap_or_default();
            if let Some((_, Some(identity))) = known
                && !identity.is_of(path)?
            {
                let reason = "it begins with something else".to_owned();
                return Err(CheckpointError::SourceChanged { name, reason }.into());
            }
            let kept = match self.piped {
                true => Kept::InJournal,
                false => Kept::InItself(Some(FileIdentity::of(path)?)),
            };
            let reader = open_file_at(path, &Format::Ndjson, position)?;
            Ok(Source { name, kept, ..Source::bounded(reader) })
        };
        self.events.iter().map(source).collect()
    }

    /// What is in the outputs: each in lines, in no order.
    fn outputs(&self) -> Vec<Vec<String>> {
        let lines = |name: &str| {
            let text = fs::read_to_string(self.path(name)).unwrap();
            assert!(text.is_empty() || text.ends_with('\n'), "{name} ends with a whole line");
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        ["out", "late", "rejected"].map(lines).to_vec()
    }

    /// What was given out once is given out at last, whoever did it.
    fn check_given(&self) {
        let last = fs::read_to_string(self.path("out")).unwrap();
        let last: BTreeSet<&str> = last.lines().collect();
        let given = self.given.lock().unwrap();
        let lost: Vec<&String> =
            given.iter().filter(|line| !last.contains(line.as_str())).collect();
        assert!(lost.is_empty(), "{} were given out and are gone, as {:?}", lost.len(), lost[0]);
    }

    /// Breaks the run off at random until it ends; how often.
    fn live_often(&self, random: &mut Random, most_writes: u64) -> (usize, RunSummary) {
        for life in 0..1000 {
            // A slow machine comes further with each life.
            let most_writes = most_writes + life as u64 * 50;
            let config = PipelineConfig {
                shards: [1, 2, 3, 7][usize::try_from(random.below(4)).unwrap()],
                batch_max_events: [1, 7, 64][usize::try_from(random.below(3)).unwrap()],
                ..self.config.clone()
            };
            match self.live(1 + random.below(most_writes), config) {
                Ok(found) => return (life, found.summary),
                Err(RunError::Connector(error)) if error.to_string().contains("broken off") => {}
                Err(error) => panic!("life {life}: {error}"),
            }
        }
        panic!("it does not come to an end");
    }
}

struct Life {
    finished: bool,
    notes: Vec<String>,
    summary: RunSummary,
}

/// Lines with some that are no events, and some that come too late.
fn with_faults(events: &[(i64, String)]) -> String {
    let mut lines = String::new();
    for (at, (_, line)) in events.iter().enumerate() {
        lines.push_str(line);
        if at % 13 == 0 {
            lines.push_str("no event\n");
        }
        if at % 17 == 0 {
            lines.push_str("{\"user\":1,\"kind\":\"a\",\"ts\":-500}\n");
        }
    }
    lines
}

/// A run that is broken off at random places leaves exactly what one leaves that is not.
fn check(events: &[String], config: &PipelineConfig, piped: bool) {
    let rules = rules_of_several_keys();
    let unbroken = Bench { piped, ..Bench::new(rules.clone(), events, config.clone()) };
    let expected_summary = unbroken.live(u64::MAX, config.clone()).unwrap().summary;
    let expected = unbroken.outputs();
    assert!(expected.iter().all(|lines| lines.len() > 100));
    let mut broken = 0;
    for seed in 1..=4 {
        let mut random = Random(seed);
        let bench = Bench { piped, ..Bench::new(rules.clone(), events, config.clone()) };
        let (lives, summary) = bench.live_often(&mut random, 2500);
        broken += lives;
        let found = bench.outputs();
        for (found, expected) in found.iter().zip(&expected) {
            let difference = found.iter().zip(expected).find(|(a, b)| a != b);
            assert!(found == expected, "seed {seed}, {lives} lives: {difference:#?}");
        }
        bench.check_given();
        assert_eq!(summary.events, expected_summary.events, "seed {seed}");
        assert_eq!(summary.duplicate > 0, config.dedup.is_some());
        assert_eq!(summary.sources, expected_summary.sources, "seed {seed}");
        let matches = |summary: &RunSummary| -> Vec<u64> {
            summary.rules.iter().map(|rule| rule.counters.matches).collect()
        };
        assert_eq!(matches(&summary), matches(&expected_summary), "seed {seed}");
        assert!(bench.live(0, config.clone()).unwrap().finished, "there is nothing left to do");
    }
    assert!(broken > 8, "it was broken off {broken} times");
}

#[test]
fn a_run_that_is_broken_off_finds_what_an_unbroken_one_finds() {
    let events = events_of_several_keys();
    let config = PipelineConfig::default();
    check(&[with_faults(&events)], &config, false);
    check(&[with_faults(&events)], &config, true);
    let bound = PipelineConfig { max_out_of_order_ms: BOUND_MS, ..config };
    let mixed: Vec<(i64, String)> =
        shuffled(&events).lines().map(|line| (0, format!("{line}\n"))).collect();
    check(&[with_faults(&mixed)], &bound, false);
}

#[test]
fn several_sources_go_on_where_they_were() {
    let events = events_of_several_keys();
    let (even, odd): (Vec<_>, Vec<_>) =
        events.into_iter().enumerate().partition(|(at, _)| at % 3 == 0);
    let only = |events: Vec<(usize, (i64, String))>| -> Vec<(i64, String)> {
        events.into_iter().map(|(_, event)| event).collect()
    };
    let events = [with_faults(&only(even)), with_faults(&only(odd))];
    check(&events, &PipelineConfig::default(), false);
    let bound = PipelineConfig { max_out_of_order_ms: 5, ..PipelineConfig::default() };
    check(&events, &bound, false);
}

#[test]
fn what_came_before_a_break_is_known_behind_it() {
    let lines = with_faults(&events_of_several_keys());
    let mut twice = String::new();
    let mut behind = std::collections::VecDeque::new();
    for line in lines.lines() {
        behind.push_back(line);
        twice.push_str(line);
        twice.push('\n');
        if behind.len() > 40
            && let Some(before) = behind.pop_front()
            && before.contains("session")
        {
            twice.push_str(before);
            twice.push('\n');
        }
    }
    let by = DedupBy::WholeEvent;
    let dedup = Some(DedupConfig { by, within_ms: 1000, max_ids: 500 });
    check(&[twice], &PipelineConfig { dedup, ..PipelineConfig::default() }, false);
}

/// A rule of each way to be updated, in some version: what it finds says which.
fn versioned(on_update: &str, version: i64) -> RuleSource {
    let text = format!(
        r#"{{"id":"{on_update}","version":{version},"on_update":"{on_update}","pattern":{{"name":"{on_update}","nodes":[
          {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'a' && user != {version}"}}}},
          {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b' && user != {version}"}}}}],
         "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
         "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MILLISECONDS","size":{}}}}}}}}}"#,
        40 + version % 20
    );
    RuleSource {
        id: RuleId::new(on_update),
        version: RuleVersion(version),
        text: Arc::from(text),
        default_key: vec!["user".to_owned()],
    }
}

const WAYS: [&str; 3] = ["restart", "drain", "migrate"];

/// Rules change all the time: what was given out is given out again, so a replay has the changes where they were.
#[test]
fn changes_of_rules_are_repeated_where_they_were() {
    let lines = with_faults(&events_of_several_keys());
    for seed in 1..=4 {
        let rules = WAYS.map(|way| versioned(way, 1)).to_vec();
        let bench = Bench::new(rules, std::slice::from_ref(&lines), PipelineConfig::default());
        let mut random = Random(seed);
        let (mut version, mut lives) = (1, 0);
        loop {
            let config = PipelineConfig {
                shards: [1, 2, 5][lives % 3],
                batch_max_events: 7,
                ..PipelineConfig::default()
            };
            let over = AtomicBool::new(false);
            let mut change = |book: &mut Rulebook, swaps: &SwapSender| {
                while !over.load(Ordering::Relaxed) {
                    version += 1;
                    let edits = WAYS.map(|way| RuleEdit::Put(versioned(way, version)));
                    book.apply(edits.to_vec());
                    swaps.swap(Arc::clone(book.running()));
                    if version % 64 == 0 {
                        book.apply(vec![RuleEdit::Remove(RuleId::new("restart"))]);
                    }
                    if version % 32 == 0 {
                        suspend(book, "drain");
                    }
                    std::thread::yield_now();
                }
            };
            let checkpoints = bench.checkpoints().unwrap();
            // A slow machine comes further with each life.
            let writes = 1 + random.below(900 + 10 * lives as u64);
            let ran = bench.live_in(checkpoints, writes, config, &over, &mut change);
            match ran {
                Ok(_) => break,
                Err(RunError::Connector(error)) if error.to_string().contains("broken off") => {}
                Err(error) => panic!("life {lives}: {error}"),
            }
            lives += 1;
            assert!(lives < 200, "it does not come to an end");
        }
        assert!(lives > 1 && version > 20, "{lives} lives, {version} versions");
        bench.check_given();
    }
}

/// Suspends a rule, as is done when it takes more than it may.
fn suspend(book: &mut Rulebook, id: &str) {
    let rule = Arc::clone(book.running().set.rule(&RuleId::new(id)).unwrap());
    let (slot, epoch, limit) = (rule.slot(), rule.epoch(), BudgetLimit::Runs(1));
    book.apply(vec![RuleEdit::Suspend { slot, epoch, limit }]);
}

/// A rule that was suspended is so in every life after, whether a checkpoint or the journal says it.
#[test]
fn a_rule_that_was_suspended_stays_so() {
    let lines = with_faults(&events_of_several_keys());
    for seed in 1..=4 {
        let rules = WAYS.map(|way| versioned(way, 1)).to_vec();
        let bench = Bench::new(rules, std::slice::from_ref(&lines), PipelineConfig::default());
        let mut random = Random(seed);
        let (mut lives, mut was_suspended) = (0, false);
        let summary = loop {
            let mut change = |book: &mut Rulebook, swaps: &SwapSender| {
                let rule = Arc::clone(book.running().set.rule(&RuleId::new("restart")).unwrap());
                match rule.suspended() {
                    Some(limit) => {
                        was_suspended = true;
                        assert_eq!(limit, &BudgetLimit::Runs(1), "life {lives}");
                    }
                    // A life may break off before it takes it in.
                    None => {
                        assert!(!was_suspended, "life {lives}");
                        suspend(book, "restart");
                        swaps.swap(Arc::clone(book.running()));
                    }
                }
            };
            let config = PipelineConfig { shards: 1 + lives % 3, ..PipelineConfig::default() };
            let writes = 100 + random.below(900 + 10 * lives as u64);
            let checkpoints = bench.checkpoints().unwrap();
            match bench.live_in(checkpoints, writes, config, &AtomicBool::default(), &mut change) {
                Ok(life) => break life.summary,
                Err(error) => assert!(error.to_string().contains("broken off"), "{error}"),
            }
            lives += 1;
            assert!(lives < 200, "it does not come to an end");
        };
        assert!(lives > 1 && was_suspended, "{lives} lives");
        let restart = summary.rules.iter().find(|rule| rule.id.as_str() == "restart").unwrap();
        assert!(restart.suspended, "{restart:?}");
        bench.check_given();
        // In its first life it may have found something before that.
        let found = bench.outputs().remove(0);
        let of = |way: &str| found.iter().filter(|line| line.contains(way)).count();
        assert!(of("\"drain\"") > 2 * of("\"restart\""), "{} of it", of("\"restart\""));
    }
}

/// A run that was broken off somewhere in its middle, after a few checkpoints.
fn broken_off() -> Bench {
    let events = with_faults(&events_of_several_keys());
    let bench = Bench::new(rules_of_several_keys(), &[events], PipelineConfig::default());
    let config = PipelineConfig { batch_max_events: 7, ..PipelineConfig::default() };
    let mut writes = 1500;
    loop {
        let error = bench.live(writes, config.clone()).err().expect("it is broken off");
        assert!(error.to_string().contains("broken off"), "{error}");
        let saved = bench.checkpoints().unwrap().folder.load().unwrap();
        let far =
            saved.and_then(|saved| saved.output_length("out")).is_some_and(|out| out > 30_000);
        if far && bench.files("checkpoint").len() == 2 && bench.files("journal").len() >= 2 {
            return bench;
        }
        // Too quick for two of them, or too slow for one.
        writes += 200;
        if writes > 3000 {
            writes = 400;
            fs::remove_dir_all(bench.path("checkpoints")).unwrap();
        }
    }
}

impl Bench {
    /// The files of a kind in the folder of checkpoints, the oldest first.
    fn files(&self, kind: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("checkpoints")).unwrap();
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(kind))
            .collect();
        paths.sort();
        paths
    }

    /// Goes on to the end, and says what was told of how.
    fn finish(&self) -> Result<Vec<String>, RunError> {
        self.live(u64::MAX, self.config.clone()).map(|life| life.notes)
    }
}

fn expected_outputs() -> Vec<Vec<String>> {
    let events = with_faults(&events_of_several_keys());
    let bench = Bench::new(rules_of_several_keys(), &[events], PipelineConfig::default());
    bench.finish().unwrap();
    bench.outputs()
}

/// Changes the bytes of a file.
fn change(path: &PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_one_before_is_used() {
    let expected = expected_outputs();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(Damage, &str); 5] = [
        (|bytes| bytes.truncate(bytes.len() / 2), "cut off or was changed"),
        (|bytes| bytes.truncate(20), "cut off or was changed"),
        (Vec::clear, "it is no checkpoint"),
        (
            |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
            },
            "cut off or was changed",
        ),
        (|bytes| bytes[8] = 77, "format 77, and this version of Tripline reads format"),
    ];
    for (damage, says) in damages {
        let bench = broken_off();
        change(bench.files("checkpoint").last().unwrap(), damage);
        let notes = bench.finish().unwrap();
        assert!(notes.iter().any(|note| note.contains(says)), "{says}: {notes:?}");
        assert!(bench.outputs() == expected, "{says}");
        bench.check_given();
        let bench = broken_off();
        bench.files("checkpoint").iter().for_each(|path| change(path, damage));
        let error = bench.finish().unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("move the folder away"), "{error}");
    }
}

#[test]
fn a_damaged_journal_is_told() {
    let expected = expected_outputs();
    // Cut off within its last entry, as by a kill.
    let bench = broken_off();
    let last = bench.files("journal").last().unwrap().clone();
    let had_entries = fs::metadata(&last).unwrap().len() > 8;
    change(&last, |bytes| bytes.truncate(bytes.len() - 1));
    let notes = bench.finish().unwrap();
    let torn = notes.iter().any(|note| note.contains("were not completely written"));
    assert_eq!(torn, had_entries, "{notes:?}");
    assert!(bench.outputs() == expected);
    // Changed before that.
    let bench = broken_off();
    let first = bench.files("journal")[0].clone();
    change(&first, |bytes| bytes[30] ^= 1);
    change(bench.files("checkpoint").last().unwrap(), Vec::clear);
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("is damaged at byte 8"), "{error}");
    // Gone.
    let bench = broken_off();
    change(bench.files("checkpoint").last().unwrap(), Vec::clear);
    fs::remove_file(&bench.files("journal")[0]).unwrap();
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("is gone") && error.contains("journal-"), "{error}");
}

#[test]
fn a_run_goes_on_with_the_same_events_only() {
    let bench = broken_off();
    change(&bench.events[0], |bytes| bytes.truncate(4200));
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("it ends at byte 4200, but was read up to byte"), "{error}");
    let bench = broken_off();
    change(&bench.events[0], |bytes| bytes[0] = b' ');
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("it begins with something else"), "{error}");
    let mut bench = broken_off();
    let other = bench.path("other.jsonl");
    fs::rename(&bench.events[0], &other).unwrap();
    bench.events[0] = other;
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("sources events-0.jsonl, and there are other.jsonl now"), "{error}");
    let bench = broken_off();
    change(&bench.path("out"), Vec::clear);
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("something else has changed it"), "{error}");
}

#[test]
fn a_folder_is_of_one_process() {
    let bench = broken_off();
    let _held = bench.checkpoints().unwrap();
    let error = bench.finish().unwrap_err().to_string();
    assert!(error.contains("another process uses the checkpoint folder"), "{error}");
    // A file in its place.
    let error = CheckpointFolder::open(&bench.events[0]).unwrap_err().to_string();
    assert!(error.contains("check that it may be written to"), "{error}");
}

/// A storage on a disk that is full after some checkpoints.
#[derive(Debug)]
struct Full {
    disk: LocalStorage,
    left: Mutex<u32>,
    refused: Arc<Mutex<u32>>,
}

impl CheckpointStorage for Full {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut left = self.left.lock().unwrap();
        match left.checked_sub(1) {
            Some(less) => {
                *left = less;
                self.disk.put(name, bytes)
            }
            None => {
                *self.refused.lock().unwrap() += 1;
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
        }
    }

    fn get(&self, name: &str) -> io::Result<Vec<u8>> {
        self.disk.get(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        self.disk.delete(name)
    }
}

#[test]
fn where_checkpoints_cannot_be_written_a_run_goes_on_and_says_so_at_its_end() {
    let events = with_faults(&events_of_several_keys());
    let bench = Bench::new(rules_of_several_keys(), &[events], PipelineConfig::default());
    let live = |checkpoints: u32, writes: u64| {
        let path = bench.path("checkpoints");
        fs::create_dir_all(&path).unwrap();
        let refused = Arc::default();
        let left = Mutex::new(checkpoints);
        let disk = LocalStorage::new(path.clone());
        let storage = Box::new(Full { disk, left, refused: Arc::clone(&refused) });
        let folder = CheckpointFolder::with_storage(&path, storage).unwrap();
        let checkpoints = Checkpoints { folder, interval: Duration::from_micros(300), keep: 2 };
        let config = PipelineConfig { batch_max_events: 7, ..PipelineConfig::default() };
        let over = AtomicBool::default();
        let ran = bench.live_in(checkpoints, writes, config, &over, &mut |_, _| {});
        let refused = *refused.lock().unwrap();
        (ran, refused)
    };
    // Not even the first: nothing is begun.
    let (ran, _) = live(0, u64::MAX);
    let error = ran.err().expect("no checkpoint").to_string();
    assert!(error.contains("cannot write checkpoint 0 to"), "{error}");
    assert_eq!(fs::read(bench.path("out")).unwrap(), b"");
    // Later ones are tried again and again; the last one is missed.
    let (ran, refused) = live(2, u64::MAX);
    let error = ran.err().expect("no last checkpoint").to_string();
    assert!(error.contains("cannot write checkpoint"), "{error}");
    assert!(refused > 0, "{refused}");
    // All was given out, and with room again it comes to its end.
    let expected = expected_outputs();
    assert!(bench.outputs() == expected);
    bench.finish().unwrap();
    assert!(bench.outputs() == expected);
}
