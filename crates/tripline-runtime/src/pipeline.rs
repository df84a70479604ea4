//! The way of an event: record, values, order, shards, outputs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tripline::{HeldState, KeyGroups, RestoreReport, ShardState, Snapshot};
use tripline_connectors::{ConnectorError, FileIdentity, Mark, Position, Sink};

use crate::batch::Settings;
use crate::checkpoint::{
    CheckpointError, CheckpointStats, Checkpoints, Job, Journal, JournalFile, Replay, RuleLog,
    SavedRun, SavedSource, Writer, replay,
};
use crate::clock::{Stopwatch, steady_ns};
use crate::collect::{Collector, Keeper, Observer};
use crate::config::{PipelineConfig, Source};
use crate::forward::Forward;
use crate::handler::OutputFormat;
use crate::hub::{Collectable, Hub, SourceAdder, Work};
use crate::live::{Answer, Probe};
use crate::order::{Recorder, SavedSequencer, Sequencer};
use crate::origin::Origin;
use crate::rules::{Rulebook, RunningRules};
use crate::shard::Shard;
use crate::stop::Stopper;
use crate::summary::{RunSummary, SourceSummary};
use crate::swap::SwapSender;
use crate::throttle::Throttle;
use crate::watermark::Silence;

/// Why a run ended early.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// A source or sink failed.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// A thread stopped in a way that it never should.
    #[error("a worker of the engine failed: {reason}; please report it, with the rules in force")]
    Worker {
        /// What it said.
        reason: String,
    },
    /// The run cannot be kept, or cannot go on.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// There was no thread to be had.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] std::io::Error),
}

/// Runs rules over sources, while they change.
///
/// Workers, of which the thread that calls [`Pipeline::run`] is one, own a share of the keys each; any of them decodes. A
/// thread for each source reads ahead. New rules come in between two batches.
#[derive(Debug)]
pub struct Pipeline {
    settings: Settings,
    rules: Arc<RunningRules>,
    shards: Vec<ShardState>,
    summary: RunSummary,
    hub: Arc<Hub>,
    keeping: Option<Keeping>,
    checkpoint_stats: Arc<Mutex<CheckpointStats>>,
}

/// How a run is kept, and what it goes on from.
#[derive(Debug)]
struct Keeping {
    checkpoints: Checkpoints,
    log: Arc<RuleLog>,
    resumed: Option<Resumed>,
    next_checkpoint: u64,
}

/// What a run goes on from.
#[derive(Debug)]
struct Resumed {
    sequencer: SavedSequencer,
    throttle: Vec<(u128, i64)>,
    /// The sources, and where they were, at the checkpoint.
    before: Vec<SavedSource>,
    /// Where they are to be opened.
    sources: Vec<SavedSource>,
    /// What was read of each and may come again.
    marks: Vec<Vec<Mark>>,
    replay: Replay,
    /// The journal to go on with, and its length.
    journal: (u64, Option<u64>),
    notes: Vec<String>,
}

impl Pipeline {
    /// A pipeline that runs the rules of `book`, and where later ones are given to it.
    #[must_use]
    pub fn new(book: &mut Rulebook, config: PipelineConfig) -> (Self, SwapSender) {
        let settings = Settings::new(book, config);
        // So that the decoder knows these fields.
        book.apply(Vec::new());
        let rules = Arc::clone(book.running());
        let count = settings.config.shards;
        let shards = (0..count).map(|shard| {
            let mut state = ShardState::owning(KeyGroups::of_shard(shard, count));
            state.swap(&rules.set);
            state.set_stopwatch(steady_ns);
            state.set_allowed_lateness(settings.config.allowed_lateness_ms);
            state
        });
        Self::with_shards(shards.collect(), settings, rules)
    }

    fn with_shards(
        shards: Vec<ShardState>,
        settings: Settings,
        rules: Arc<RunningRules>,
    ) -> (Self, SwapSender) {
        let (sender, reports) = channel();
        let clock = settings.config.clock.clone();
        let hub = Arc::new(Hub::new(shards.len(), clock, Arc::clone(&rules), sender));
        let pipeline = Self {
            shards,
            settings,
            rules,
            summary: RunSummary::default(),
            hub: Arc::clone(&hub),
            keeping: None,
            checkpoint_stats: Arc::default(),
        };
        (pipeline, SwapSender::new(hub, reports))
    }

    /// What ends the run where it is, for another thread.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::new(Arc::clone(&self.hub))
    }

    /// What adds sources to the run, for another thread.
    #[must_use]
    pub fn source_adder(&self) -> SourceAdder {
        SourceAdder::new(Arc::clone(&self.hub), self.settings.config.batch_max_events)
    }

    /// What looks at the run while it goes on, for another thread.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe::new(Arc::clone(&self.hub))
    }

    /// As [`Pipeline::new`], and keeps what is needed to go on after the process was killed.
    pub fn kept(
        book: &mut Rulebook,
        config: PipelineConfig,
        checkpoints: Checkpoints,
    ) -> (Self, SwapSender) {
        let (mut pipeline, swaps) = Self::new(book, config);
        let log = Arc::new(RuleLog::default());
        book.log_to(Arc::clone(&log));
        pipeline.keeping = Some(Keeping { checkpoints, log, resumed: None, next_checkpoint: 1 });
        (pipeline, swaps)
    }

    /// A pipeline that goes on from what a run left; `book` has no rules yet, and gets those that were in force at last.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot go on from there.
    pub fn resume(
        book: &mut Rulebook,
        config: PipelineConfig,
        checkpoints: Checkpoints,
        mut saved: SavedRun,
    ) -> Result<(Self, SwapSender), CheckpointError> {
        let mut settings = Settings::new(book, config);
        saved.restore_rules(book);
        book.apply(Vec::new());
        let rules = Arc::clone(book.running());
        // They were read when it was loaded.
        let snapshots = saved.checkpoint.snapshots().unwrap_or_default();
        let snapshots: Vec<&Snapshot> = snapshots.iter().collect();
        let mut dropped = RestoreReport::default();
        let count = settings.config.shards;
        let shards = (0..count).map(|shard| {
            let groups = KeyGroups::of_shard(shard, count);
            let first = shard == 0;
            let (mut state, report) =
                ShardState::restore_part(&snapshots, &rules.set, groups, first);
            state.set_stopwatch(steady_ns);
            state.set_allowed_lateness(settings.config.allowed_lateness_ms);
            dropped.add(&report);
            state
        });
        let shards: Vec<ShardState> = shards.collect();
        saved.note_dropped(&dropped);
        let scanned = saved.scan(book)?;
        settings.config.clock = settings.config.clock.after(scanned.clock);
        let (mut pipeline, swaps) = Self::with_shards(shards, settings, rules);
        let log = Arc::new(RuleLog::default());
        book.log_to(Arc::clone(&log));
        let SavedRun { checkpoint, next_number: next_checkpoint, notes, .. } = saved;
        pipeline.hub.will_replay();
        pipeline.summary = checkpoint.summary;
        let resumed = Resumed {
            sequencer: checkpoint.sequencer,
            throttle: checkpoint.throttle,
            before: checkpoint.sources,
            sources: scanned.sources,
            marks: scanned.marks,
            replay: scanned.replay,
            journal: scanned.end,
            notes,
        };
        let resumed = Some(resumed);
        pipeline.keeping = Some(Keeping { checkpoints, log, resumed, next_checkpoint });
        Ok((pipeline, swaps))
    }

    /// Where a source is to be opened, if the run goes on from a checkpoint that knows it.
    #[must_use]
    pub fn source_position(&self, name: &str) -> Option<(Position, Option<FileIdentity>)> {
        let resumed = self.keeping.as_ref()?.resumed.as_ref()?;
        let source = resumed.sources.iter().find(|source| source.name == name)?;
        Some((source.position, source.identity))
    }

    /// What was read of a source and the other side may bring again, if the run goes on from a checkpoint that knows it.
    #[must_use]
    pub fn source_marks(&self, name: &str) -> Vec<Mark> {
        let resumed = self.keeping.as_ref().and_then(|keeping| keeping.resumed.as_ref());
        let all =
            resumed.into_iter().flat_map(|resumed| resumed.sources.iter().zip(&resumed.marks));
        let found = all.filter(|(source, _)| source.name == name);
        found.flat_map(|(_, marks)| marks.iter().copied()).collect()
    }

    /// What is to be told of how the run goes on.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        let resumed = self.keeping.as_ref().and_then(|keeping| keeping.resumed.as_ref());
        resumed.map_or(&[], |resumed| &resumed.notes)
    }

    /// How its checkpoints go, also while it runs.
    #[must_use]
    pub fn checkpoint_stats(&self) -> Arc<Mutex<CheckpointStats>> {
        Arc::clone(&self.checkpoint_stats)
    }

    /// The rules in force: before the run those that it begins with, after it the last ones.
    #[must_use]
    pub fn rules(&self) -> &RunningRules {
        &self.rules
    }

    /// Runs the rules over all records of the sources, once; hands on what was found in each batch when it is done.
    ///
    /// A run that goes on from another takes its sources in the order that they had there; those that are new come behind
    /// them.
    ///
    /// `format` makes what writes the outputs of a shard, for each of them.
    ///
    /// # Ordering and time
    /// Outputs come in the order of the run (`docs/decisions/0011-one-sequence-of-items.md`), whatever the number of shards.
    ///
    /// # Errors
    /// [`RunError`]; the summary then tells of what was done before. A reader may then still wait for its source.
    pub fn run(
        &mut self,
        sources: Vec<Source>,
        format: &mut dyn FnMut() -> Box<dyn OutputFormat>,
        sink: &mut dyn Sink,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let clock = Stopwatch::start();
        let ran = self.run_sources(sources, format, sink, observer);
        self.summary.elapsed = clock.elapsed();
        ran
    }

    fn run_sources(
        &mut self,
        mut sources: Vec<Source>,
        format: &mut dyn FnMut() -> Box<dyn OutputFormat>,
        sink: &mut dyn Sink,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let (adder, hub) = (self.source_adder(), Arc::clone(&self.hub));
        let resumed = self.keeping.as_ref().and_then(|keeping| keeping.resumed.as_ref());
        if let Some(resumed) = resumed {
            sources = in_order(&resumed.sources, sources, &adder)?;
        }
        for source in &sources {
            self.hub.know(source);
        }
        self.summary.sources.resize(sources.len(), SourceSummary::default());
        let known = resumed.map_or(sources.len(), |resumed| resumed.before.len());
        let silences: Vec<Silence> = sources.iter().take(known).map(Silence::from).collect();
        let now = self.settings.config.clock.now();
        let rules = Arc::clone(&self.rules);
        let mut sequencer = Sequencer::new(self.settings.clone(), rules, &silences, now);
        sequencer.sources = sources.iter().take(known).map(saved).collect();
        let mut collector = Collector {
            sink,
            observer,
            summary: &mut self.summary,
            throttle: Throttle::default(),
            keeper: None,
            forward: Forward::new(self.settings.config.forward.clone()),
            hub: &hub,
            untold: Vec::new(),
            told: Stopwatch::start(),
        };
        let Some(keeping) = self.keeping.take() else {
            self.hub.begin(sequencer);
            read(&self.hub, adder, sources, None)?;
            return work(
                &self.hub,
                &self.settings,
                &mut self.rules,
                &mut self.shards,
                collector,
                format,
            );
        };
        let Keeping { checkpoints, log, resumed, next_checkpoint } = keeping;
        let writer =
            Writer { checkpoints: &checkpoints, stats: Arc::clone(&self.checkpoint_stats) };
        let journal = Arc::new(Journal::default());
        let kept = sources.iter().take(known).map(|source| source.kept).collect();
        let live = resumed.is_none();
        let recorder = Recorder { journal: Arc::clone(&journal), log, kept, live, next_checkpoint };
        let folder = checkpoints.folder.path();
        let (file, replay) = match resumed {
            None => {
                let file = JournalFile::create(folder, 0)?;
                let barrier = Arc::new(sequencer.state(0, now, false));
                let shards = self.shards.iter().map(|shard| shard.snapshot(&self.rules.set));
                let (shards, outputs) = (shards.collect(), collector.commit()?);
                let summary = collector.summary.clone();
                let throttle = Vec::new();
                writer.write(Job { barrier, shards, outputs, throttle, summary, last: false })?;
                (file, None)
            }
            Some(resumed) => {
                let mut before = resumed.before;
                for (before, source) in before.iter_mut().zip(&sources) {
                    before.identity = source.kept.identity();
                }
                sequencer.restore(resumed.sequencer, before);
                collector.throttle = Throttle::restore(resumed.throttle);
                let file = match resumed.journal {
                    (segment, Some(length)) => JournalFile::go_on(folder, segment, length)?,
                    (segment, None) => JournalFile::create(folder, segment)?,
                };
                (file, Some(resumed.replay))
            }
        };
        sequencer.recorder = Some(recorder);
        let (jobs, to_do) = channel();
        collector.keeper = Some(Keeper { journal, file, jobs });
        let Self { hub, settings, rules, shards, .. } = self;
        hub.begin(sequencer);
        read(hub, adder, sources, replay)?;
        std::thread::scope(|scope| {
            let writing = std::thread::Builder::new().name("checkpoints".to_owned());
            let (writer, hub) = (&writer, &**hub);
            let writing = writing.spawn_scoped(scope, move || writer.run(&to_do, hub));
            let writing = writing.map_err(|error| {
                hub.fail(RunError::Worker { reason: String::new() });
                RunError::Thread(error)
            })?;
            let ran = work(hub, settings, rules, shards, collector, format);
            let written = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            ran.and(written.map_err(RunError::from))
        })
    }

    /// What the run did so far.
    #[must_use]
    pub fn summary(&self) -> RunSummary {
        let set = &self.rules.set;
        let mut shards = self.shards.iter().map(|state| state.counters(set));
        let mut counters = shards.next().unwrap_or_default();
        for more in shards {
            counters.iter_mut().zip(&more).for_each(|(all, more)| all.add(more));
        }
        let held = HeldState::default();
        let answer = Answer { rules: Arc::clone(&self.rules), counters, held };
        let summary = RunSummary { rules: answer.into_rules(), ..self.summary.clone() };
        self.hub.with_under_way(summary)
    }
}

/// The sources in the order of the checkpoint, since events know theirs by its number; new ones are added later.
fn in_order(
    before: &[SavedSource],
    mut sources: Vec<Source>,
    adder: &SourceAdder,
) -> Result<Vec<Source>, CheckpointError> {
    let mut known = Vec::new();
    let now: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    for SavedSource { name, .. } in before {
        let Some(at) = sources.iter().position(|source| source.name == *name) else {
            let before: Vec<&str> = before.iter().map(|source| source.name.as_str()).collect();
            return Err(CheckpointError::Sources {
                before: before.join(", "),
                now: now.join(", "),
            });
        };
        known.push(sources.remove(at));
    }
    sources.into_iter().for_each(|source| adder.add(source));
    Ok(known)
}

/// A source as a checkpoint has it that was made before anything of it was read.
fn saved(source: &Source) -> SavedSource {
    let (name, identity) = (source.name.clone(), source.kept.identity());
    SavedSource { name, identity, position: source.reader.position() }
}

/// Starts the readers, after a replay if there is one. They end by themselves: with the input, or when nobody takes what
/// they have read.
fn read(
    hub: &Arc<Hub>,
    adder: SourceAdder,
    mut sources: Vec<Source>,
    journal: Option<Replay>,
) -> Result<(), RunError> {
    let Some(journal) = journal else { return start_readers(hub, &adder, sources) };
    let again = Arc::clone(hub);
    let thread = std::thread::Builder::new().name("replay".to_owned());
    let replaying = thread.spawn(move || {
        let replaying = AssertUnwindSafe(|| replay(journal, &mut sources, &again));
        let replayed = catch_unwind(replaying).unwrap_or_else(|_| Err(reader_fault().into()));
        let started = replayed.and_then(|goes_on| {
            if goes_on {
                again.go_live();
                start_readers(&again, &adder, sources)?;
            }
            Ok(())
        });
        if let Err(error) = started {
            again.fail(error);
        }
    });
    replaying.map(drop).map_err(|error| cannot_start(hub, error))
}

fn start_readers(
    hub: &Arc<Hub>,
    adder: &SourceAdder,
    sources: Vec<Source>,
) -> Result<(), RunError> {
    for (number, source) in (0..).zip(sources) {
        start_reader(hub, adder.batch_max_events, number, source)?;
    }
    adder.begin();
    Ok(())
}

/// Starts the thread that reads a source.
pub(crate) fn start_reader(
    hub: &Arc<Hub>,
    batch_max_events: usize,
    number: u32,
    source: Source,
) -> Result<(), RunError> {
    let ours = Arc::clone(hub);
    let thread = std::thread::Builder::new().name(format!("reader {number}"));
    let reading = thread.spawn(move || {
        let end = read_ahead(source, number, batch_max_events, &ours);
        ours.end(number, end);
    });
    reading.map(drop).map_err(|error| cannot_start(hub, error))
}

fn cannot_start(hub: &Hub, error: std::io::Error) -> RunError {
    hub.fail(RunError::Worker { reason: String::new() });
    RunError::Thread(error)
}

/// Does the work, in this thread and others.
fn work(
    hub: &Hub,
    settings: &Settings,
    rules: &mut Arc<RunningRules>,
    shards: &mut [ShardState],
    collector: Collector<'_>,
    format: &mut dyn FnMut() -> Box<dyn OutputFormat>,
) -> Result<(), RunError> {
    let collector = Mutex::new(collector);
    let mut workers = Vec::new();
    for (number, state) in shards.iter_mut().enumerate() {
        let shard = Shard::new(number, state, Arc::clone(rules), format());
        workers.push(Worker { hub, settings, shard, collector: &collector });
    }
    let last = std::thread::scope(|scope| {
        let mut workers = workers.into_iter();
        let first = workers.next();
        for worker in workers {
            let name = format!("worker {}", worker.shard.number);
            let started = std::thread::Builder::new().name(name).spawn_scoped(scope, move || {
                worker.run();
            });
            if let Err(error) = started {
                hub.fail(RunError::Thread(error));
            }
        }
        first.map(Worker::run)
    });
    if let Some(last) = last {
        *rules = last;
    }
    hub.take_failure().map_or(Ok(()), Err)
}

/// Reads batch after batch, as far ahead as there is room.
fn read_ahead(source: Source, number: u32, most: usize, hub: &Hub) -> Result<(), ConnectorError> {
    let Source { name, mut reader, max_future_skew_ms, is_remote, .. } = source;
    let origin = Origin::of(&name);
    while let Some(mut batch) = hub.batch(number) {
        (batch.source, batch.origin, batch.max_future_skew_ms) =
            (number, origin, max_future_skew_ms);
        // A fault of ours in a codec must not leave the shards waiting for ever.
        let next = AssertUnwindSafe(|| reader.next_batch(&mut batch.records, most));
        match catch_unwind(next) {
            Ok(Ok(true)) if batch.records.is_empty() => {
                hub.give_back(batch);
                if is_remote {
                    hub.nothing_came(number, reader.is_at_end());
                }
            }
            Ok(Ok(true)) => {
                batch.end = reader.position();
                hub.push(batch);
            }
            Ok(Ok(false)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(reader_fault()),
        }
    }
    Ok(())
}

/// The thread that reads failed, and not its source.
fn reader_fault() -> ConnectorError {
    let source = std::io::Error::other("the reading thread failed: it panicked");
    ConnectorError::Read { name: "events".to_owned(), line: 0, source }
}

/// A thread that decodes, runs a shard, and hands on, whatever is to be done next.
struct Worker<'a, 'c> {
    hub: &'a Hub,
    settings: &'a Settings,
    shard: Shard<'a>,
    collector: &'a Mutex<Collector<'c>>,
}

impl Worker<'_, '_> {
    /// Works until the run is over; the rules that the shard has then.
    fn run(mut self) -> Arc<RunningRules> {
        let hub = self.hub;
        let work = AssertUnwindSafe(|| while self.step() {});
        if let Err(panic) = catch_unwind(work) {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let reason = text.or_else(|| panic.downcast_ref::<String>().cloned());
            hub.fail(RunError::Worker { reason: reason.unwrap_or_default() });
        }
        self.shard.rules
    }

    /// Does the next piece of work; whether there may be more.
    fn step(&mut self) -> bool {
        let hub = self.hub;
        match hub.work(self.shard.number, self.shard.has_chores()) {
            Work::Decode(number, mut batch, rules) => {
                batch.decode(self.settings, &rules);
                drop(rules);
                hub.decoded(number, batch);
            }
            Work::Sequence(mut sequencer, input) => {
                let item = sequencer.sequence(input);
                hub.sequenced(self.shard.number, sequencer, item);
            }
            Work::Run(item, outputs) => {
                let done = self.shard.run(&item, outputs);
                let number = item.number;
                // Whoever collects it can then use its batches again.
                drop(item);
                hub.done(self.shard.number, Some(number), done);
            }
            Work::Sweep(outputs) => {
                let done = self.shard.sweep(outputs);
                hub.done(self.shard.number, None, done);
            }
            Work::Collect(mut collectable) => {
                let mut collector = self.collector.lock().unwrap_or_else(PoisonError::into_inner);
                let collected = match &mut collectable {
                    Collectable::Extra(outputs) => collector.extra(outputs),
                    Collectable::Item(finished) => {
                        let snapshots = std::mem::take(&mut finished.snapshots);
                        collector.item(&finished.item, &finished.found, snapshots)
                    }
                };
                let totals = collectable.is_probe().then(|| collector.summary.clone());
                drop(collector);
                match collected {
                    Ok(()) => hub.collected(collectable, totals),
                    Err(error) => hub.not_collected(&collectable, error),
                }
            }
            Work::Stop => return false,
        }
        true
    }
}
