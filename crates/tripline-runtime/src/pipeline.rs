//! The way of an event: record, values, order, shards, outputs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tripline::{HeldState, KeyGroups, ShardState};
use tripline_connectors::{ConnectorError, RecordReader, Sink};

use crate::batch::Settings;
use crate::clock::Stopwatch;
use crate::collect::{Collector, Observer};
use crate::config::{IdleTimeout, MAX_SHARDS, PipelineConfig, Source};
use crate::dedup::{DedupBy, DedupConfig};
use crate::handler::OutputFormat;
use crate::hub::{Collectable, Hub, Work};
use crate::live::{Answer, Probe};
use crate::order::Sequencer;
use crate::rules::{Rulebook, RunningRules};
use crate::shard::Shard;
use crate::stop::Stopper;
use crate::summary::{RunSummary, SourceSummary};
use crate::swap::SwapSender;

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
}

impl Pipeline {
    /// A pipeline that runs the rules of `book`, and where later ones are given to it.
    #[must_use]
    pub fn new(book: &mut Rulebook, mut config: PipelineConfig) -> (Self, SwapSender) {
        config.shards = config.shards.clamp(1, MAX_SHARDS);
        config.batch_max_events = config.batch_max_events.max(1);
        let time_field = book.field(&config.time.field);
        let id_field = match &config.dedup {
            Some(DedupConfig { by: DedupBy::Field(path), .. }) => Some(book.field(path)),
            _ => None,
        };
        // So that the decoder knows these fields.
        book.apply(Vec::new());
        let rules = Arc::clone(book.running());
        let (sender, reports) = channel();
        let hub = Hub::new(config.shards, config.clock.clone(), Arc::clone(&rules), sender);
        let hub = Arc::new(hub);
        let shards = (0..config.shards).map(|shard| {
            let mut state = ShardState::owning(KeyGroups::of_shard(shard, config.shards));
            state.swap(&rules.set);
            state
        });
        let pipeline = Self {
            shards: shards.collect(),
            settings: Settings { config, time_field, id_field },
            rules,
            summary: RunSummary::default(),
            hub: Arc::clone(&hub),
        };
        (pipeline, SwapSender::new(hub, reports))
    }

    /// What ends the run where it is, for another thread.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::new(Arc::clone(&self.hub))
    }

    /// What looks at the run while it goes on, for another thread.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe::new(Arc::clone(&self.hub))
    }

    /// The rules in force: before the run those that it begins with, after it the last ones.
    #[must_use]
    pub fn rules(&self) -> &RunningRules {
        &self.rules
    }

    /// Runs the rules over all records of the sources, once; hands on what was found in each batch when it is done.
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
        self.summary.sources = vec![SourceSummary::default(); sources.len()];
        let idle: Vec<IdleTimeout> = sources.iter().map(|source| source.idle).collect();
        let settings = self.settings.clone();
        self.hub.begin(|rules, now| Sequencer::new(settings, rules, &idle, now), &self.rules);
        let read = self.read(sources);
        let ran = read.and_then(|()| self.work(format, sink, observer));
        self.summary.elapsed = clock.elapsed();
        ran
    }

    /// Starts the readers. They end by themselves: with the input, or when nobody takes what they have read.
    fn read(&self, sources: Vec<Source>) -> Result<(), RunError> {
        for (number, source) in (0..).zip(sources) {
            let hub = Arc::clone(&self.hub);
            let most = self.settings.config.batch_max_events;
            let thread = std::thread::Builder::new().name(format!("reader {number}"));
            let read = thread.spawn(move || {
                let mut reader = source.reader;
                let end =
                    read_ahead(reader.as_mut(), number, source.max_future_skew_ms, most, &hub);
                hub.end(number, end);
            });
            if let Err(error) = read {
                self.hub.fail(RunError::Worker { reason: String::new() });
                return Err(RunError::Thread(error));
            }
        }
        Ok(())
    }

    /// Does the work, in this thread and others.
    fn work(
        &mut self,
        format: &mut dyn FnMut() -> Box<dyn OutputFormat>,
        sink: &mut dyn Sink,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let Self { settings, rules, shards, summary, hub } = self;
        let collector = Mutex::new(Collector { sink, observer, summary });
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
                let started =
                    std::thread::Builder::new().name(name).spawn_scoped(scope, move || {
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

/// Reads batch after batch, as far ahead as there is room.
fn read_ahead(
    reader: &mut dyn RecordReader,
    source: u32,
    max_future_skew_ms: Option<i64>,
    most: usize,
    hub: &Hub,
) -> Result<(), ConnectorError> {
    while let Some(mut batch) = hub.batch(source) {
        (batch.source, batch.max_future_skew_ms) = (source, max_future_skew_ms);
        // A fault of ours in a codec must not leave the shards waiting for ever.
        let next = AssertUnwindSafe(|| reader.next_batch(&mut batch.records, most));
        match catch_unwind(next) {
            Ok(Ok(true)) => hub.push(batch),
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
struct Worker<'a> {
    hub: &'a Hub,
    settings: &'a Settings,
    shard: Shard<'a>,
    collector: &'a Mutex<Collector<'a>>,
}

impl Worker<'_> {
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
            Work::Collect(collectable) => {
                let mut collector = self.collector.lock().unwrap_or_else(PoisonError::into_inner);
                let collected = match &collectable {
                    Collectable::Extra(outputs) => collector.extra(outputs),
                    Collectable::Item(finished) => collector.item(&finished.item, &finished.found),
                };
                let totals = collectable.is_probe().then(|| collector.summary.clone());
                drop(collector);
                match collected {
                    Ok(()) => hub.collected(collectable, totals),
                    Err(error) => hub.not_collected(&collectable, error.into()),
                }
            }
            Work::Stop => return false,
        }
        true
    }
}
