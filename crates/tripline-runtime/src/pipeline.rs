//! The way of an event: record, values, order, shard, outputs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use thiserror::Error;
use tripline::{
    Event, EventPosition, FieldId, Output, RuleMeta, RuleSet, ShardState, Timestamp, Value,
    Watermark,
};
use tripline_connectors::{ConnectorError, RecordBatch, RecordReader};

use crate::clock::Stopwatch;
use crate::faults::findings;
use crate::handler::OutputHandler;
use crate::order::{Arrival, OrderBuffer};
use crate::rules::{Rulebook, RunningRules};
use crate::summary::{RuleSummary, RunSummary};
use crate::swap::{SwapReceiver, SwapReport, SwapSender, swap_channel};
use crate::time::TimeConfig;

/// Records a batch takes at most; of a pipe it takes what is there.
const BATCH_RECORDS: usize = 4096;

/// Slots of runs looked through at once after a swap while no event comes.
const IDLE_SWAP_STEP: u32 = 4096;

/// Batches read ahead of the shard.
const BATCHES_AHEAD: usize = 3;

/// How a pipeline reads events and moves time.
#[derive(Clone, Debug)]
pub struct PipelineConfig {
    /// Where an event's time stands.
    pub time: TimeConfig,
    /// How far an event may be behind the latest one, in ms, inclusive.
    pub max_out_of_order_ms: i64,
    /// Whether the end of the input closes all windows.
    pub close_at_end: bool,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self { time: TimeConfig::default(), max_out_of_order_ms: 0, close_at_end: true }
    }
}

/// Why a run ended early.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// A source or sink failed.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
}

/// Is told what leaves the main way, and how far the run is.
pub trait Observer {
    /// A line that no event could be read from.
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn rejected(
        &mut self,
        line: u64,
        reason: &dyn std::fmt::Display,
        text: &[u8],
    ) -> Result<(), ConnectorError>;

    /// An event that came after later ones had been processed.
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError>;

    /// A batch is done, and its outputs are handed on.
    ///
    /// # Errors
    /// What was kept cannot be written; the run then ends.
    fn batch_done(&mut self, events: u64) -> Result<(), ConnectorError>;
}

/// What stands in the queue of a shard.
#[derive(Debug)]
pub(crate) enum Message {
    /// Records to be processed.
    Batch(RecordBatch),
    /// New rules lie ready.
    Swap,
    /// The input has ended, or cannot be read any further.
    End(Result<(), ConnectorError>),
}

/// Runs rules over a source, while they change.
///
/// One thread reads ahead; the thread that calls [`Pipeline::run`] does everything else. New rules come in between two
/// batches.
#[derive(Debug)]
pub struct Pipeline {
    config: PipelineConfig,
    rules: Arc<RunningRules>,
    state: ShardState,
    time_field: FieldId,
    order: OrderBuffer,
    summary: RunSummary,
    /// Values of an event that was held back while more fields came into use.
    redecoded: Vec<Value>,
    queue: (SyncSender<Message>, Receiver<Message>),
    swaps: SwapReceiver,
}

impl Pipeline {
    /// A pipeline that runs the rules of `book`, and where later ones are given to it.
    #[must_use]
    pub fn new(book: &mut Rulebook, config: PipelineConfig) -> (Self, SwapSender) {
        let time_field = book.field(&config.time.field);
        // So that the decoder knows the time field.
        book.apply(Vec::new());
        let rules = Arc::clone(book.running());
        let queue = sync_channel(BATCHES_AHEAD);
        let (sender, swaps) = swap_channel(Arc::clone(&rules), queue.0.clone());
        let mut state = ShardState::new();
        state.swap(&rules.set);
        let pipeline = Self {
            order: OrderBuffer::new(config.max_out_of_order_ms),
            summary: RunSummary::default(),
            redecoded: Vec::new(),
            config,
            rules,
            state,
            time_field,
            queue,
            swaps,
        };
        (pipeline, sender)
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &RunningRules {
        &self.rules
    }

    /// Runs the rules over all records of a source; hands on the outputs of each batch when it is done.
    ///
    /// # Errors
    /// [`RunError`]; the summary then tells of what was done before. The reader may then still wait for its source.
    pub fn run(
        &mut self,
        reader: Box<dyn RecordReader>,
        handler: &mut dyn OutputHandler,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let clock = Stopwatch::start();
        let result = self.run_to_end(reader, handler, observer);
        self.summary.elapsed = clock.elapsed();
        result
    }

    fn run_to_end(
        &mut self,
        reader: Box<dyn RecordReader>,
        handler: &mut dyn OutputHandler,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        // What comes of the queue goes back to the reader, to be filled again.
        let (empty, emptied) = sync_channel(BATCHES_AHEAD + 1);
        let queue = self.queue.0.clone();
        // It ends by itself: with the input, or when nobody takes what it has read.
        let thread = std::thread::Builder::new().name("reader".to_owned());
        let read = thread.spawn(move || read_ahead(reader, &queue, &emptied));
        read.map_err(|error| reader_fault(&error.to_string()))?;
        let mut values = Vec::new();
        // The pipeline holds a sender itself, so there is always a message to come.
        while let Some(message) = self.next_message(handler)? {
            self.adopt_new_rules();
            match message {
                Message::Batch(batch) => {
                    self.process_batch(&batch, &mut values, handler, observer)?;
                    handler.flush()?;
                    observer.batch_done(self.summary.events)?;
                    drop(empty.try_send(batch));
                }
                Message::Swap => {}
                Message::End(result) => {
                    result?;
                    break;
                }
            }
            for (slot, epoch) in self.state.drained(&self.rules.set) {
                self.swaps.report_drained(slot, epoch);
            }
        }
        self.finish(handler, observer)
    }

    /// Waits for a message; as long as there is none, goes on with what a swap left to be done.
    fn next_message(
        &mut self,
        handler: &mut dyn OutputHandler,
    ) -> Result<Option<Message>, RunError> {
        while self.state.is_swapping() {
            match self.queue.1.try_recv() {
                Ok(message) => return Ok(Some(message)),
                Err(TryRecvError::Disconnected) => return Ok(None),
                Err(TryRecvError::Empty) => {}
            }
            let mut out = Out { handler, rules: &self.rules, failure: None };
            self.state.continue_swap(&self.rules.set, IDLE_SWAP_STEP, &mut |output: &Output<
                '_,
            >| {
                out.give(output);
            });
            out.result()?;
            handler.flush()?;
        }
        Ok(self.queue.1.recv().ok())
    }

    /// Lets go of what waits, and closes the windows.
    fn finish(
        &mut self,
        handler: &mut dyn OutputHandler,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let Self { config, order, rules, state, summary, redecoded, .. } = self;
        let mut out = Out { handler, rules, failure: None };
        while order.release(true, &mut |event| {
            process_held(rules, state, event, redecoded, &mut out);
            summary.events += 1;
        }) {}
        if config.close_at_end {
            let out = &mut |output: &Output<'_>| out.give(output);
            state.advance_to(&rules.set, Watermark::MAX, out);
        }
        out.result()?;
        handler.flush()?;
        observer.batch_done(self.summary.events)?;
        Ok(())
    }

    /// Puts the newest rules in force, between two events.
    fn adopt_new_rules(&mut self) {
        let Some(rules) = self.swaps.newer(&self.rules) else { return };
        let clock = Stopwatch::start();
        let effects = self.state.swap(&rules.set);
        let before = std::mem::replace(&mut self.rules, rules);
        let pause = clock.elapsed();
        self.swaps.keep_draining(&self.rules);
        self.summary.swaps += 1;
        let rules = Arc::clone(&self.rules);
        self.swaps.report(SwapReport::Applied { rules, before, effects, pause });
    }

    fn process_batch(
        &mut self,
        batch: &RecordBatch,
        values: &mut Vec<Value>,
        handler: &mut dyn OutputHandler,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        for bad in batch.bad() {
            self.summary.rejected += 1;
            observer.rejected(bad.line, &bad.reason, &bad.text)?;
        }
        let Self { config, rules, state, time_field, order, summary, redecoded, .. } = self;
        let mut out = Out { handler, rules, failure: None };
        for record in batch.records() {
            if let Err(error) = rules.decoder.decode(record.bytes, values) {
                summary.rejected += 1;
                observer.rejected(record.line, &error, record.bytes)?;
                continue;
            }
            let value = values.get(time_field.index()).unwrap_or(&Value::Missing);
            let time = match config.time.time(value) {
                Ok(time) => time,
                Err(error) => {
                    summary.rejected += 1;
                    observer.rejected(record.line, &error, record.bytes)?;
                    continue;
                }
            };
            let position = EventPosition { offset: record.number, ..EventPosition::default() };
            let event = Event { time, position, values, payload: record.bytes };
            match order.arrive(time) {
                Arrival::Late => {
                    summary.late += 1;
                    observer.late(&event)?;
                    continue;
                }
                Arrival::Ready => {
                    process(&rules.set, state, &event, &mut out);
                    summary.events += 1;
                }
                Arrival::Early => order.hold(&event),
            }
            while order.release(false, &mut |event| {
                process_held(rules, state, event, redecoded, &mut out);
                summary.events += 1;
            }) {}
        }
        summary.forced = order.forced_events;
        // No earlier event can come, and of the events at the horizon itself more may.
        if let Some(horizon) = order.horizon() {
            let passed = Watermark(horizon.saturating_add(-1));
            state.advance_to(&rules.set, passed, &mut |output: &Output<'_>| out.give(output));
            self.swaps.watermark(horizon);
        }
        Ok(out.result()?)
    }

    /// What the run did so far.
    #[must_use]
    pub fn summary(&self) -> RunSummary {
        let mut counters = self.state.counters(&self.rules.set);
        let rules = self.rules.set.rules().map(|rule| RuleSummary {
            id: rule.id.clone(),
            version: rule.version,
            faults: findings(&self.rules.set, rule),
            nodes: rule.nfa().nodes().iter().map(|node| node.name.clone()).collect(),
            counters: counters.get_mut(rule.slot()).map(std::mem::take).unwrap_or_default(),
        });
        RunSummary { rules: rules.collect(), ..self.summary.clone() }
    }
}

/// Reads batch after batch, at most as far ahead as the queue is long.
fn read_ahead(
    mut reader: Box<dyn RecordReader>,
    queue: &SyncSender<Message>,
    emptied: &Receiver<RecordBatch>,
) {
    loop {
        let mut batch = emptied.try_recv().unwrap_or_default();
        // A fault of ours in a codec must not leave the shard waiting for ever.
        let next = AssertUnwindSafe(|| reader.next_batch(&mut batch, BATCH_RECORDS));
        let message = match catch_unwind(next) {
            Ok(Ok(true)) => Message::Batch(batch),
            Ok(Ok(false)) => Message::End(Ok(())),
            Ok(Err(error)) => Message::End(Err(error)),
            Err(_) => Message::End(Err(reader_fault("it panicked"))),
        };
        let ends = matches!(message, Message::End(_));
        if queue.send(message).is_err() || ends {
            return;
        }
    }
}

/// The thread that reads failed, and not its source.
fn reader_fault(reason: &str) -> ConnectorError {
    let source = std::io::Error::other(format!("the reading thread failed: {reason}"));
    ConnectorError::Read { name: "events".to_owned(), line: 0, source }
}

/// Moves time up to the event, then offers it to the rules.
fn process(set: &RuleSet, state: &mut ShardState, event: &Event<'_>, out: &mut Out<'_>) {
    let before = Timestamp::saturating_add(event.time, -1);
    state.advance_to(set, Watermark(before), &mut |output: &Output<'_>| out.give(output));
    state.process(set, event, &mut |output: &Output<'_>| out.give(output));
}

/// The same for an event that was held back, perhaps since before more fields came into use.
fn process_held(
    rules: &RunningRules,
    state: &mut ShardState,
    event: &Event<'_>,
    redecoded: &mut Vec<Value>,
    out: &mut Out<'_>,
) {
    if event.values.len() < rules.set.fields().len()
        // It was decoded before, so it can be again.
        && rules.decoder.decode(event.payload, redecoded).is_ok()
    {
        process(&rules.set, state, &Event { values: redecoded, ..*event }, out);
    } else {
        process(&rules.set, state, event, out);
    }
}

/// Hands outputs on; remembers the first failure, since the engine cannot stop in the middle of an event.
struct Out<'a> {
    handler: &'a mut dyn OutputHandler,
    rules: &'a RunningRules,
    failure: Option<ConnectorError>,
}

impl Out<'_> {
    fn give(&mut self, output: &Output<'_>) {
        if self.failure.is_some() {
            return;
        }
        let meta: Option<&RuleMeta> = self.rules.meta(output.rule.slot());
        if let Some(meta) = meta
            && let Err(error) = self.handler.output(output, meta)
        {
            self.failure = Some(error);
        }
    }

    fn result(self) -> Result<(), ConnectorError> {
        self.failure.map_or(Ok(()), Err)
    }
}
