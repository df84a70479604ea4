//! The way of an event: record, values, order, shard, outputs.

use std::sync::Arc;

use thiserror::Error;
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Event, EventPosition, FieldId, Output, Registry, RuleFailure, RuleMeta, RuleSet,
    RuleSetBuilder, RuleSource, ShardState, Timestamp, Value, Watermark,
};
use tripline_connectors::{ConnectorError, RecordBatch, RecordReader};

use crate::clock::Stopwatch;
use crate::handler::OutputHandler;
use crate::order::{Arrival, OrderBuffer};
use crate::summary::{RuleSummary, RunSummary};
use crate::time::TimeConfig;

/// Records a batch takes at most; of a pipe it takes what is there.
const BATCH_RECORDS: usize = 4096;

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

/// Runs a set of rules over a source.
#[derive(Debug)]
pub struct Pipeline {
    config: PipelineConfig,
    set: RuleSet,
    state: ShardState,
    decoder: JsonDecoder,
    time_field: FieldId,
    /// By slot.
    metas: Vec<Option<RuleMeta>>,
    order: OrderBuffer,
    summary: RunSummary,
}

impl Pipeline {
    /// A pipeline with the valid ones of `sources`, and the others with what is wrong with them.
    #[must_use]
    pub fn new(
        sources: &[RuleSource],
        registry: Registry,
        config: PipelineConfig,
    ) -> (Self, Vec<RuleFailure>) {
        let mut builder = RuleSetBuilder::new(registry);
        let time_field = builder.field(&config.time.field);
        let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let (set, failures) = builder.build(&empty, sources);
        let mut metas = Vec::new();
        for rule in set.rules() {
            let keys = set.key_fields(rule).iter();
            let paths = keys.filter_map(|&field| set.fields().path(field)).map(str::to_owned);
            if metas.len() <= rule.slot() {
                metas.resize(rule.slot() + 1, None);
            }
            if let (Some(meta), Some(compiled)) =
                (metas.get_mut(rule.slot()), builder.rule(&rule.id))
            {
                *meta = Some(RuleMeta::of(rule, compiled, paths.collect()));
            }
        }
        let mut state = ShardState::new();
        state.swap(&set);
        let pipeline = Self {
            decoder: JsonDecoder::new(set.fields()),
            order: OrderBuffer::new(config.max_out_of_order_ms),
            summary: RunSummary::default(),
            config,
            set,
            state,
            time_field,
            metas,
        };
        (pipeline, failures)
    }

    /// The rules in force.
    #[must_use]
    pub const fn rules(&self) -> &RuleSet {
        &self.set
    }

    /// What rules say of themselves, by slot.
    #[must_use]
    pub fn meta(&self, slot: usize) -> Option<&RuleMeta> {
        self.metas.get(slot)?.as_ref()
    }

    /// Runs the rules over all records of a source; hands on the outputs of each batch when it is done.
    ///
    /// # Errors
    /// [`RunError`]; the summary then tells of what was done before.
    pub fn run(
        &mut self,
        reader: &mut dyn RecordReader,
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
        reader: &mut dyn RecordReader,
        handler: &mut dyn OutputHandler,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        let mut batch = RecordBatch::default();
        let mut values = Vec::new();
        while reader.next_batch(&mut batch, BATCH_RECORDS)? {
            self.process_batch(&batch, &mut values, handler, observer)?;
            handler.flush()?;
            observer.batch_done(self.summary.events)?;
        }
        let mut out = Out { handler, metas: &self.metas, failure: None };
        let Self { order, set, state, summary, .. } = self;
        while order.release(true, &mut |event| {
            process(set, state, event, &mut out);
            summary.events += 1;
        }) {}
        if self.config.close_at_end {
            self.state.advance_to(&self.set, Watermark::MAX, &mut |output: &Output<'_>| {
                out.give(output);
            });
        }
        out.result()?;
        handler.flush()?;
        observer.batch_done(self.summary.events)?;
        Ok(())
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
        let Self { config, set, state, decoder, time_field, metas, order, summary } = self;
        let mut out = Out { handler, metas, failure: None };
        for record in batch.records() {
            if let Err(error) = decoder.decode(record.bytes, values) {
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
                    process(set, state, &event, &mut out);
                    summary.events += 1;
                }
                Arrival::Early => order.hold(&event),
            }
            while order.release(false, &mut |event| {
                process(set, state, event, &mut out);
                summary.events += 1;
            }) {}
        }
        summary.forced = order.forced_events;
        // No earlier event can come, and of the events at the horizon itself more may.
        if let Some(horizon) = order.horizon() {
            let passed = Watermark(horizon.saturating_add(-1));
            state.advance_to(set, passed, &mut |output: &Output<'_>| out.give(output));
        }
        Ok(out.result()?)
    }

    /// What the run did so far.
    #[must_use]
    pub fn summary(&self) -> RunSummary {
        let rules = self.set.rules().map(|rule| RuleSummary {
            id: rule.id.clone(),
            version: rule.version,
            nodes: rule.nfa().nodes().iter().map(|node| node.name.clone()).collect(),
            counters: self.state.counters(rule),
        });
        RunSummary { rules: rules.collect(), ..self.summary.clone() }
    }
}

/// Moves time up to the event, then offers it to the rules.
fn process(set: &RuleSet, state: &mut ShardState, event: &Event<'_>, out: &mut Out<'_>) {
    let before = Timestamp::saturating_add(event.time, -1);
    state.advance_to(set, Watermark(before), &mut |output: &Output<'_>| out.give(output));
    state.process(set, event, &mut |output: &Output<'_>| out.give(output));
}

/// Hands outputs on; remembers the first failure, since the engine cannot stop in the middle of an event.
struct Out<'a> {
    handler: &'a mut dyn OutputHandler,
    metas: &'a [Option<RuleMeta>],
    failure: Option<ConnectorError>,
}

impl Out<'_> {
    fn give(&mut self, output: &Output<'_>) {
        if self.failure.is_some() {
            return;
        }
        if let Some(Some(meta)) = self.metas.get(output.rule.slot())
            && let Err(error) = self.handler.output(output, meta)
        {
            self.failure = Some(error);
        }
    }

    fn result(self) -> Result<(), ConnectorError> {
        self.failure.map_or(Ok(()), Err)
    }
}
