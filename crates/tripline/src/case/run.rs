//! Runs a case.

use std::sync::Arc;

use thiserror::Error;
use tripline_compiler::{RuleSetBuilder, RuleSource};
use tripline_condition::Registry;
use tripline_engine::{Output, OutputKind, RuleSet, ShardState};
use tripline_event::json::{JsonDecoder, JsonEventError, JsonPayloadDecoder};
use tripline_event::{
    Event, EventPosition, KeyGroups, RuleId, RuleVersion, Timestamp, Value, Watermark,
};

use super::statistics::row_of;
use super::{Case, CaseError, Found, Row};
use crate::snapshot::{SnapshotError, decode_snapshot, encode_snapshot};

/// What happens between two events, and must change nothing; at most 300 times, evenly spread, in a case of more events.
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
        /// The rows of a rule of type AGGREGATE, those that the case lists.
        results: Vec<Row>,
    },
}

/// What a mode does between two events is done at most so often in a case: of more events, after every so many.
const MAX_INTERRUPTIONS: usize = 300;

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
    run_case_sharded(case, mode, 1, registry)
}

/// Runs a case in one of the modes, its keys spread over `shards`, which changes nothing.
///
/// # Errors
/// As [`run_case`].
pub fn run_case_sharded(
    case: &Case,
    mode: Mode,
    shards: usize,
    registry: &Registry,
) -> Result<Outcome, RunFailure> {
    let times = case.times()?;
    let mut builder = RuleSetBuilder::new(registry.clone());
    let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
    let (mut set, failures) = builder.build(&empty, &[version(1, case.rule.get().to_owned())]);
    if let Some(failure) = failures.first() {
        let errors = failure.diagnostics.errors();
        let reasons = errors.map(|error| format!("{} {}", error.code, error.message));
        return Ok(Outcome::Refused(reasons.collect()));
    }
    let mut shards = Shards::new(shards, &set);
    let decoder = JsonDecoder::new(set.fields());
    let mut found = Collected::default();
    let mut values = Vec::new();
    let mut order: Vec<usize> = (0..case.events.len()).collect();
    order.sort_by_key(|&index| times.get(index).copied());
    if let Some(blacklist) = &case.blacklist {
        let payload = |index: usize| case.events.get(index).map(|it| it.get().as_bytes().to_vec());
        let time = |index: usize| times.get(index).copied().unwrap_or_default();
        order = blacklist.left(&order, time, payload)?;
    }
    let stride = order.len().div_ceil(MAX_INTERRUPTIONS).max(1);
    let mut now = None;
    for (count, index) in order.into_iter().enumerate() {
        let (Some(payload), Some(&time)) = (case.events.get(index), times.get(index)) else {
            continue;
        };
        let time = Timestamp::from_millis(time);
        if now != Some(time) {
            shards.move_to(&set, time, &mut found);
            now = Some(time);
        }
        let payload = payload.get().as_bytes();
        decoder.decode(payload, &mut values).map_err(|error| RunFailure::Event { index, error })?;
        let event = event(index, time, &values, payload);
        for state in &mut shards.0 {
            let mut add = |output: &Output<'_>| found.add(output, &set);
            state.process_part(&set, &event, true, &mut add);
        }
        match mode {
            _ if count % stride != 0 => {}
            Mode::Plain => {}
            Mode::Snapshot => shards.through_bytes(&set)?,
            Mode::Swap => {
                let number = i64::try_from(index).unwrap_or(i64::MAX - 2) + 2;
                (set, _) = builder.build(&set, &[version(number, migrating(case, number))]);
                for state in &mut shards.0 {
                    state.swap(&set);
                }
            }
        }
    }
    if let Some(end) = case.final_watermark {
        shards.end_at(&set, Timestamp::from_millis(end), &mut found);
    }
    let Collected { matches, timeouts, mut results } = found;
    if let Some(filter) = &case.expect_filter {
        results.retain(|row| filter.takes(row.window_end));
    }
    Ok(Outcome::Ran { matches, timeouts, results })
}

/// The shards of a case.
struct Shards(Vec<ShardState>);

impl Shards {
    fn new(count: usize, set: &RuleSet) -> Self {
        let shard = |at| {
            let mut state = ShardState::owning(KeyGroups::of_shard(at, count));
            state.swap(set);
            state
        };
        Self((0..count.max(1)).map(shard).collect())
    }

    /// Moves time as a case does: patterns in one step to `time`, aggregates to just before it.
    fn move_to(&mut self, set: &RuleSet, time: Timestamp, found: &mut Collected) {
        let is_aggregate = set.rules().any(|rule| rule.aggregate().is_some());
        for state in &mut self.0 {
            let mut add = |output: &Output<'_>| found.add(output, set);
            if is_aggregate {
                state.advance_to(set, Watermark(time.saturating_add(-1)), &mut add);
            } else {
                state.jump_to(set, time, &mut add);
            }
        }
    }

    fn end_at(&mut self, set: &RuleSet, end: Timestamp, found: &mut Collected) {
        for state in &mut self.0 {
            state.jump_to(set, end, &mut |output: &Output<'_>| found.add(output, set));
        }
    }

    /// Restores the state of all shards from its serialised form.
    fn through_bytes(&mut self, set: &RuleSet) -> Result<(), SnapshotError> {
        let saved = self.0.iter().map(|state| encode_snapshot(&state.snapshot(set)));
        let saved: Vec<Vec<u8>> = saved.collect::<Result<_, _>>()?;
        let read = saved.iter().map(|bytes| decode_snapshot(bytes));
        let read: Vec<_> = read.collect::<Result<_, _>>()?;
        let all: Vec<_> = read.iter().collect();
        let count = self.0.len();
        for (at, state) in self.0.iter_mut().enumerate() {
            let groups = KeyGroups::of_shard(at, count);
            (*state, _) = ShardState::restore_part(&all, set, groups, at == 0);
        }
        Ok(())
    }
}

fn event<'a>(index: usize, time: Timestamp, values: &'a [Value], payload: &'a [u8]) -> Event<'a> {
    let position = EventPosition { offset: index as u64, ..EventPosition::default() };
    Event { time, happened: time, position, values, payload }
}

#[derive(Default)]
struct Collected {
    matches: Vec<Found>,
    timeouts: Vec<Found>,
    results: Vec<Row>,
}

impl Collected {
    fn add(&mut self, output: &Output<'_>, set: &RuleSet) {
        if let Some(row) = row_of(output, output.rule, set.fields()) {
            self.results.push(row);
            return;
        }
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
            OutputKind::Aggregate { .. } => {}
        }
    }
}
