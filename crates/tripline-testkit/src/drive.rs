//! The real engine, and the reference, over the same rules and events.
//!
//! Time moves as it does in `tripline run` ([`run_live`], [`reference_live`]: `docs/language.md` L-TIME-2 to L-TIME-4) or
//! as in a conformance case ([`run_as_case`], [`reference_as_case`]: L-TIME-6).

use std::collections::BTreeMap;
use std::sync::Arc;

use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Event, EventPosition, FieldTable, Output, OutputKind, Registry, RuleId, RuleSet,
    RuleSetBuilder, RuleSource, RuleVersion, ShardState, Timestamp, Value, Watermark, compile_rule,
    decode_snapshot, encode_snapshot,
};

use crate::reference::{Reference, TooManyRuns};

/// Why there is a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// A complete match.
    Match,
    /// A window closed.
    Timeout {
        /// When, in ms.
        due: i64,
    },
}

/// An output, owned and comparable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The key, as text.
    pub key: String,
    /// Why there is a finding.
    pub kind: FindingKind,
    /// Positions of events by node, in pattern order.
    pub events: Vec<(String, Vec<u64>)>,
}

impl Finding {
    /// The finding that an output is.
    #[must_use]
    pub fn of(output: &Output<'_>) -> Self {
        let nodes = output.rule.nfa().nodes();
        let mut events: Vec<(String, Vec<u64>)> = Vec::new();
        for (node, event) in output.events() {
            let name = &nodes[usize::from(node.0)].name;
            if events.last().is_none_or(|(last, _)| last != name) {
                events.push((name.clone(), Vec::new()));
            }
            if let Some((_, positions)) = events.last_mut() {
                positions.push(event.position.offset);
            }
        }
        let kind = match output.kind {
            // Patterns only: the reference matcher knows no aggregates.
            OutputKind::Match | OutputKind::Aggregate { .. } => FindingKind::Match,
            OutputKind::Timeout { due } => FindingKind::Timeout { due: due.as_millis() },
        };
        Self { key: key_text(output.key.values()), kind, events }
    }
}

fn key_text(values: impl Iterator<Item = Value>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// An event in its place: its time and the JSON object as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedEvent {
    /// In ms.
    pub time_ms: i64,
    /// Its position in the source.
    pub position: u64,
    /// A JSON object.
    pub json: String,
}

/// What is done before an event, and must change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// The state goes through its bytes.
    Restart,
    /// The next version of every rule, compiled anew, takes over what is open.
    Swap,
    /// A rule set with one more rule comes and goes.
    OtherRule,
    /// The watermark moves as far as it may.
    Watermark,
}

/// Rules in the engine.
#[derive(Debug)]
pub struct Engine {
    builder: RuleSetBuilder,
    sources: Vec<RuleSource>,
    set: RuleSet,
    state: ShardState,
    /// What was found so far, by rule.
    pub found: BTreeMap<String, Vec<Finding>>,
}

impl Engine {
    /// An engine with these rules, called `r0`, `r1` …; `None` if one of them is refused.
    #[must_use]
    pub fn new(rules: &[String], key: &[&str]) -> Option<Self> {
        let sources: Vec<RuleSource> = rules
            .iter()
            .enumerate()
            .map(|(at, text)| source(&format!("r{at}"), text, key))
            .collect();
        let mut builder = RuleSetBuilder::new(Registry::with_builtins());
        let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let (set, failures) = builder.build(&empty, &sources);
        if !failures.is_empty() {
            return None;
        }
        let mut state = ShardState::new();
        state.swap(&set);
        Some(Self { builder, sources, set, state, found: BTreeMap::new() })
    }

    /// The shard's state.
    #[must_use]
    pub const fn state(&self) -> &ShardState {
        &self.state
    }

    /// The rules in force.
    #[must_use]
    pub const fn set(&self) -> &RuleSet {
        &self.set
    }

    /// Offers an event.
    pub fn process(&mut self, event: &TimedEvent) {
        let mut values = Vec::new();
        let decoder = JsonDecoder::new(self.set.fields());
        decoder.decode(event.json.as_bytes(), &mut values).expect("a JSON object");
        let event = borrowed(event, &values);
        let Self { set, state, found, .. } = self;
        state.process(set, &event, &mut |output: &Output<'_>| collect(found, output));
    }

    /// Moves the watermark.
    pub fn advance_to(&mut self, watermark: Timestamp) {
        let Self { set, state, found, .. } = self;
        let mut sink = |output: &Output<'_>| collect(found, output);
        state.advance_to(set, Watermark(watermark), &mut sink);
    }

    /// Moves the time of all keys in one step.
    pub fn jump_to(&mut self, now: i64) {
        let Self { set, state, found, .. } = self;
        let mut sink = |output: &Output<'_>| collect(found, output);
        state.jump_to(set, Timestamp::from_millis(now), &mut sink);
    }

    /// Does what must change nothing, before an event at `time_ms`.
    pub fn disturb(&mut self, disturbance: Disturbance, time_ms: i64) {
        match disturbance {
            Disturbance::Restart => {
                let bytes = encode_snapshot(&self.state.snapshot(&self.set)).expect("encodes");
                let snapshot = decode_snapshot(&bytes).expect("decodes");
                let (state, report) = ShardState::restore(&snapshot, &self.set);
                assert!(report.dropped.is_empty(), "dropped {report:?}");
                assert_eq!(state.held(), self.state.held(), "held after a restart");
                assert_eq!(state.live_keys(), self.state.live_keys(), "keys after a restart");
                self.state = state;
            }
            Disturbance::Swap => {
                for source in &mut self.sources {
                    *source = next_version(source);
                }
                self.swap(&self.sources.clone());
            }
            Disturbance::OtherRule => {
                let mut more = self.sources.clone();
                more.insert(0, source("other", ANY, &[]));
                self.swap(&more);
                self.swap(&self.sources.clone());
            }
            Disturbance::Watermark => self.advance_to(Timestamp::from_millis(time_ms - 1)),
        }
    }

    fn swap(&mut self, sources: &[RuleSource]) {
        let (set, failures) = self.builder.build(&self.set, sources);
        assert!(failures.is_empty(), "{failures:?}");
        self.set = set;
        self.state.swap(&self.set);
    }
}

/// The same pattern as a row that keeps the runs of the version before; its own parameters have it compiled anew.
fn next_version(source: &RuleSource) -> RuleSource {
    let version = source.version.0 + 1;
    let row: serde_json::Value = serde_json::from_str(&source.text).expect("a rule");
    let pattern = row.get("pattern").unwrap_or(&row);
    let row = serde_json::json!({
        "id": source.id.as_str(), "version": version, "on_update": "migrate",
        "params": {"version": version}, "pattern": pattern,
    });
    RuleSource { version: RuleVersion(version), text: row.to_string().into(), ..source.clone() }
}

/// A rule that every event matches.
const ANY: &str = r#"{"name":"any","nodes":[{"name":"any","type":"ATOMIC"}],"edges":[]}"#;

fn source(id: &str, text: &str, key: &[&str]) -> RuleSource {
    RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(text),
        default_key: key.iter().map(|&path| path.to_owned()).collect(),
    }
}

fn collect(found: &mut BTreeMap<String, Vec<Finding>>, output: &Output<'_>) {
    found.entry(output.rule.id.as_str().to_owned()).or_default().push(Finding::of(output));
}

fn borrowed<'a>(event: &'a TimedEvent, values: &'a [Value]) -> Event<'a> {
    Event {
        time: Timestamp::from_millis(event.time_ms),
        happened: Timestamp::from_millis(event.time_ms),
        position: EventPosition { offset: event.position, ..EventPosition::default() },
        values,
        payload: event.json.as_bytes(),
    }
}

/// Runs `engine` over events in order, as `tripline run` does: `before` says what happens before each event.
pub fn run_live(
    engine: &mut Engine,
    events: &[TimedEvent],
    before: impl Fn(usize) -> Option<Disturbance>,
) {
    for (at, event) in events.iter().enumerate() {
        if let Some(disturbance) = before(at) {
            engine.disturb(disturbance, event.time_ms);
        }
        engine.process(event);
    }
    engine.advance_to(Timestamp::MAX);
}

/// Runs `engine` over events in order, as a conformance case does.
pub fn run_as_case(engine: &mut Engine, events: &[TimedEvent], final_watermark: Option<i64>) {
    let mut now = None;
    for event in events {
        if now.replace(event.time_ms) != Some(event.time_ms) {
            engine.jump_to(event.time_ms);
        }
        engine.process(event);
    }
    if let Some(end) = final_watermark {
        engine.jump_to(end);
    }
}

/// What the reference finds in events, live; `None` if the rule is refused.
///
/// # Errors
/// [`TooManyRuns`].
#[must_use]
pub fn reference_live(
    rule: &str,
    key: Option<&str>,
    events: &[TimedEvent],
) -> Option<Result<Vec<Finding>, TooManyRuns>> {
    let keys = Keys::new(rule, key)?;
    Some(keys.run(events, |reference, to, found| {
        while let Some(due) = reference.next_due().filter(|due| to.is_none_or(|to| *due <= to)) {
            reference.advance(due, found);
        }
        if let Some(to) = to {
            reference.advance(to, found);
        }
    }))
}

/// What the reference finds in events, as a conformance case moves time; `None` if the rule is refused.
///
/// # Errors
/// [`TooManyRuns`].
#[must_use]
pub fn reference_as_case(
    rule: &str,
    events: &[TimedEvent],
    final_watermark: Option<i64>,
) -> Option<Result<Vec<Finding>, TooManyRuns>> {
    let keys = Keys::new(rule, None)?;
    Some(keys.run(events, |reference, to, found| {
        if let Some(now) = to.or(final_watermark) {
            reference.advance(now, found);
        }
    }))
}

/// A reference for each key.
struct Keys {
    rule: tripline::CompiledRule,
    decoder: JsonDecoder,
    key: Option<tripline::FieldId>,
    now: BTreeMap<String, i64>,
    references: BTreeMap<String, Reference>,
}

impl Keys {
    fn new(rule: &str, key: Option<&str>) -> Option<Self> {
        let mut fields = FieldTable::new();
        let rule = compile_rule(rule, &Registry::with_builtins(), &mut fields).rule?;
        let key = key.map(|path| fields.intern(path));
        let decoder = JsonDecoder::new(&fields);
        Some(Self { rule, decoder, key, now: BTreeMap::new(), references: BTreeMap::new() })
    }

    /// `advance` moves time to an event's timestamp, or at the end to the end (`None`).
    fn run(
        mut self,
        events: &[TimedEvent],
        mut advance: impl FnMut(&mut Reference, Option<i64>, &mut Vec<Finding>),
    ) -> Result<Vec<Finding>, TooManyRuns> {
        let mut found = Vec::new();
        let mut values = Vec::new();
        for event in events {
            self.decoder.decode(event.json.as_bytes(), &mut values).expect("a JSON object");
            let key = match self.key.map(|field| &values[field.index()]) {
                None => String::new(),
                Some(Value::Missing) => continue,
                Some(value) => value.to_string(),
            };
            let reference = self
                .references
                .entry(key.clone())
                .or_insert_with(|| Reference::new(Arc::clone(&self.rule.nfa), key.clone()));
            if self.now.insert(key, event.time_ms) != Some(event.time_ms) {
                advance(reference, Some(event.time_ms), &mut found);
            }
            reference.process(&borrowed(event, &values), &mut found)?;
        }
        for reference in self.references.values_mut() {
            advance(reference, None, &mut found);
        }
        Ok(found)
    }
}
