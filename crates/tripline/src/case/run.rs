//! Runs a case.

use std::sync::Arc;

use thiserror::Error;
use tripline_compiler::{RuleSetBuilder, RuleSource};
use tripline_condition::Registry;
use tripline_engine::{Output, OutputKind, RuleSet, ShardState};
use tripline_event::json::{JsonDecoder, JsonEventError, JsonPayloadDecoder};
use tripline_event::{Event, EventPosition, RuleId, RuleVersion, Timestamp, Value};

use super::{Case, CaseError, Found};
use crate::snapshot::{SnapshotError, decode_snapshot, encode_snapshot};

/// What happens between two events, and must change nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    #[default]
    Plain,
    /// The state goes through its serialised form.
    Snapshot,
    /// A next version of the rule, compiled anew, takes over what is open (`on_update`: `migrate`).
    Swap,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule is refused, for these reasons.
    Refused(Vec<String>),
    /// The rule ran.
    Ran {
        /// The matches, in the order in which they came.
        matches: Vec<Found>,
        /// The timeouts.
        timeouts: Vec<Found>,
    },
}

/// Why a case could not be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunFailure {
    /// The case itself is wrong.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// An event is not a JSON object.
    #[error("event {index}: {error}")]
    Event {
        /// Its position, from 0.
        index: usize,
        /// What is wrong with it.
        error: JsonEventError,
    },
    /// A snapshot did not come back.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// A version of the one rule.
fn version(version: i64, text: String) -> RuleSource {
    RuleSource {
        id: RuleId::new("rule"),
        version: RuleVersion(version),
        text: Arc::from(text),
        default_key: Vec::new(),
    }
}

/// The rule as a row that keeps the runs of the version before; its own parameters have it compiled anew.
fn migrating(case: &Case, version: i64) -> String {
    let pattern = case.rule.get();
    format!(
        r#"{{"id":"rule","version":{version},"on_update":"migrate","params":{{"version":{version}}},"pattern":{pattern}}}"#
    )
}

/// Runs a case in one of the modes.
///
/// # Errors
/// [`RunFailure`]; a rule that is refused is an [`Outcome`].
pub fn run_case(case: &Case, mode: Mode, registry: &Registry) -> Result<Outcome, RunFailure> {
    let times = case.times()?;
    let mut builder = RuleSetBuilder::new(registry.clone());
    let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
    let (mut set, failures) = builder.build(&empty, &[version(1, case.rule.get().to_owned())]);
    if let Some(failure) = failures.first() {
        let errors = failure.diagnostics.errors();
        let reasons = errors.map(|error| format!("{} {}", error.code, error.message));
        return Ok(Outcome::Refused(reasons.collect()));
    }
    let mut state = ShardState::new();
    state.swap(&set);
    let decoder = JsonDecoder::new(set.fields());
    let mut found = Collected::default();
    let mut values = Vec::new();
    let mut order: Vec<usize> = (0..case.events.len()).collect();
    order.sort_by_key(|&index| times.get(index).copied());
    let mut now = None;
    for index in order {
        let (Some(payload), Some(&time)) = (case.events.get(index), times.get(index)) else {
            continue;
        };
        let time = Timestamp::from_millis(time);
        if now != Some(time) {
            state.jump_to(&set, time, &mut |output: &Output<'_>| found.add(output));
            now = Some(time);
        }
        let payload = payload.get().as_bytes();
        decoder.decode(payload, &mut values).map_err(|error| RunFailure::Event { index, error })?;
        let event = event(index, time, &values, payload);
        state.process(&set, &event, &mut |output: &Output<'_>| found.add(output));
        match mode {
            Mode::Plain => {}
            Mode::Snapshot => {
                let bytes = encode_snapshot(&state.snapshot(&set))?;
                (state, _) = ShardState::restore(&decode_snapshot(&bytes)?, &set);
            }
            Mode::Swap => {
                let number = i64::try_from(index).unwrap_or(i64::MAX - 2) + 2;
                (set, _) = builder.build(&set, &[version(number, migrating(case, number))]);
                state.swap(&set);
            }
        }
    }
    if let Some(end) = case.final_watermark {
        let end = Timestamp::from_millis(end);
        state.jump_to(&set, end, &mut |output: &Output<'_>| found.add(output));
    }
    Ok(Outcome::Ran { matches: found.matches, timeouts: found.timeouts })
}

fn event<'a>(index: usize, time: Timestamp, values: &'a [Value], payload: &'a [u8]) -> Event<'a> {
    let position = EventPosition { offset: index as u64, ..EventPosition::default() };
    Event { time, position, values, payload }
}

#[derive(Default)]
struct Collected {
    matches: Vec<Found>,
    timeouts: Vec<Found>,
}

impl Collected {
    fn add(&mut self, output: &Output<'_>) {
        let nodes = output.rule.nfa().nodes();
        let mut found = Found::new();
        for (node, event) in output.events() {
            let name = nodes.get(usize::from(node.0)).map_or("", |node| node.name.as_str());
            let index = usize::try_from(event.position.offset).unwrap_or(usize::MAX);
            found.entry(name.to_owned()).or_default().push(index);
        }
        match output.kind {
            OutputKind::Match => self.matches.push(found),
            OutputKind::Timeout { .. } => self.timeouts.push(found),
        }
    }
}
