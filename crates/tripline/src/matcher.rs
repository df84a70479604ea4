//! One rule, run by hand: the smallest way to use the engine.

use std::sync::Arc;

use thiserror::Error;
use tripline_compiler::{RuleSetBuilder, RuleSource};
use tripline_condition::Registry;
use tripline_engine::{Output, RuleSet, ShardState};
use tripline_event::json::{JsonDecoder, JsonEventError, JsonPayloadDecoder};
use tripline_event::{Event, EventPosition, RuleId, RuleVersion, Timestamp, Watermark};
use tripline_spec::Diagnostics;

use crate::{OutputEncoder, RuleMeta};

/// Why a [`Matcher`] cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MatcherError {
    /// The rule is not valid.
    #[error("the rule is not valid: {}", first(.0))]
    InvalidRule(Diagnostics),
}

fn first(diagnostics: &Diagnostics) -> String {
    diagnostics.errors().next().map_or_else(String::new, |error| error.message.to_string())
}

/// A rule set of one rule, with its state.
#[derive(Debug)]
pub struct Matcher {
    set: RuleSet,
    state: ShardState,
    decoder: JsonDecoder,
    meta: RuleMeta,
    encoder: OutputEncoder,
    values: Vec<tripline_event::Value>,
    events: u64,
}

impl Matcher {
    /// A matcher for a rule's text; `key` are its key fields unless the rule names its own.
    ///
    /// # Errors
    /// [`MatcherError::InvalidRule`] with all diagnostics.
    pub fn new(rule: &str, key: &[&str], registry: Registry) -> Result<Self, MatcherError> {
        let mut builder = RuleSetBuilder::new(registry);
        let id = RuleId::new("rule");
        let source = RuleSource {
            id: id.clone(),
            version: RuleVersion(1),
            text: Arc::from(rule),
            default_key: key.iter().map(|&path| path.to_owned()).collect(),
        };
        let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let (set, failures) = builder.build(&empty, &[source]);
        let compiled = builder.rule(&id).zip(set.rules().next());
        let Some((compiled, rule)) = compiled else {
            let diagnostics = failures.into_iter().next().map(|failure| failure.diagnostics);
            return Err(MatcherError::InvalidRule(diagnostics.unwrap_or_default()));
        };
        let paths = set.key_fields(rule).iter().filter_map(|&field| set.fields().path(field));
        let meta = RuleMeta::of(rule, compiled, paths.map(str::to_owned).collect());
        let mut state = ShardState::new();
        state.swap(&set);
        let decoder = JsonDecoder::new(set.fields());
        Ok(Self {
            decoder,
            meta,
            state,
            set,
            encoder: OutputEncoder::new(),
            values: Vec::new(),
            events: 0,
        })
    }

    /// Processes one event, a JSON object; appends an output line for each match and timeout.
    ///
    /// # Ordering and time
    /// Events come in the order of `time_ms`; windows that are due before it close first, for all keys.
    ///
    /// # Errors
    /// The event is not a JSON object; it is left out.
    pub fn process_json(
        &mut self,
        event: &[u8],
        time_ms: i64,
        lines: &mut Vec<String>,
    ) -> Result<(), JsonEventError> {
        self.decoder.decode(event, &mut self.values)?;
        self.advance_to(time_ms.saturating_sub(1), lines);
        let position = EventPosition { offset: self.events, ..EventPosition::default() };
        self.events += 1;
        let event = Event {
            time: Timestamp::from_millis(time_ms),
            happened: Timestamp::from_millis(time_ms),
            position,
            values: &self.values,
            payload: event,
        };
        let Self { set, state, encoder, meta, .. } = self;
        let mut emit = |output: &Output<'_>| push(encoder, meta, output, lines);
        state.process(set, &event, &mut emit);
        Ok(())
    }

    /// Says that no event at or before `time_ms` will come any more: windows due by then close.
    pub fn advance_to(&mut self, time_ms: i64, lines: &mut Vec<String>) {
        let Self { set, state, encoder, meta, .. } = self;
        let mut emit = |output: &Output<'_>| push(encoder, meta, output, lines);
        state.advance_to(set, Watermark(Timestamp::from_millis(time_ms)), &mut emit);
    }
}

fn push(
    encoder: &mut OutputEncoder,
    meta: &RuleMeta,
    output: &Output<'_>,
    lines: &mut Vec<String>,
) {
    let mut line = Vec::new();
    encoder.encode(output, meta, &mut line);
    lines.push(String::from_utf8_lossy(&line).into_owned());
}
