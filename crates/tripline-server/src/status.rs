//! The status: all that is known, as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tripline::{NodeCounters, RunEnd, Timestamp};
use tripline_connectors::{Connection, Health};
use tripline_runtime::{
    OutputCounts, RecordCounts, RuleFinding, RuleSummary, SourceSummary, StoreHealth,
};

use crate::engine::{ConnectorKind, Look};

/// What `/status` says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Status of a running Tripline")]
pub struct Status {
    /// The version of the program.
    pub version: String,
    /// When the program started, in ms since 1970.
    pub started_at_ms: i64,
    /// Whether events are processed.
    pub ready: bool,
    /// What keeps them from being processed; null if nothing does.
    pub not_ready: Option<String>,
    /// When what follows was seen, in ms since 1970; null before the run has begun. It may be older than a second only if the
    /// run stands still.
    pub seen_at_ms: Option<i64>,
    /// What became of the records that were read.
    pub records: RecordStatus,
    /// What became of the outputs of rules.
    pub outputs: OutputStatus,
    /// Events processed a second, since somebody looked before; null at the first look.
    pub events_per_second: Option<f64>,
    /// Events processed before their turn, since too many waited.
    pub forced: u64,
    /// Events without the field by which duplicates are told.
    pub without_id: u64,
    /// Events that had to be forgotten, since too many came within the time in which duplicates are told.
    pub forgotten_ids: u64,
    /// How time stands.
    pub time: TimeStatus,
    /// What open attempts take.
    pub state: StateStatus,
    /// How rules changed.
    pub swaps: SwapStatus,
    /// The sources, in the order in which they were given.
    pub sources: Vec<SourceStatus>,
    /// The sources and sinks of the configuration, and whether the other side of each is there.
    pub connectors: Vec<ConnectorStatus>,
    /// How it goes with the rule store; null without one.
    pub store: Option<StoreStatus>,
    /// How checkpoints go; null if nothing is kept.
    pub checkpoints: Option<CheckpointStatus>,
    /// What the process takes of the machine; null where the system does not tell.
    pub process: Option<ProcessStatus>,
    /// The rules in force, versions that only finish what they began among them.
    pub rules: Vec<RuleStatus>,
}

/// What became of the records that were read: `read` is the sum of all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordStatus {
    /// Records read.
    pub read: u64,
    /// Events that rules were asked about.
    pub processed: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events that came before.
    pub duplicate: u64,
    /// Records that no event could be read from, or one of the far future.
    pub rejected: u64,
    /// Records that wait for earlier ones, or for a thread.
    pub in_flight: u64,
}

impl From<RecordCounts> for RecordStatus {
    fn from(counts: RecordCounts) -> Self {
        let RecordCounts { read, processed, late, duplicate, rejected, in_flight } = counts;
        Self { read, processed, late, duplicate, rejected, in_flight }
    }
}

/// What became of the outputs that rules gave out: `found` is the sum of all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutputStatus {
    /// Matches and timeouts given out.
    pub found: u64,
    /// Those that the sink took.
    pub delivered: u64,
    /// Those held back since a rule gave out too many.
    pub throttled: u64,
    /// Those of a kind that is not given out.
    pub filtered: u64,
    /// Those that the sink did not take.
    pub failed: u64,
    /// Those on their way to the sink.
    pub in_flight: u64,
}

impl From<OutputCounts> for OutputStatus {
    fn from(counts: OutputCounts) -> Self {
        let OutputCounts { found, delivered, throttled, filtered, failed, in_flight } = counts;
        Self { found, delivered, throttled, filtered, failed, in_flight }
    }
}

/// How time stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimeStatus {
    /// The latest time of an event, in ms since 1970; null before the first.
    pub latest_ms: Option<i64>,
    /// How far behind the clock that event was when it had been processed, in ms.
    pub lag_ms: Option<i64>,
    /// How far event time is, by which windows close, in ms since 1970.
    pub watermark_ms: Option<i64>,
    /// How far that is behind the clock, in ms.
    pub watermark_delay_ms: Option<i64>,
}

/// What open attempts take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StateStatus {
    /// Keys that have open attempts.
    pub keys: u64,
    /// Open attempts and withheld matches.
    pub runs: u64,
    /// Events that they hold.
    pub events: u64,
    /// Links between attempts and their events.
    pub links: u64,
    /// About how many bytes of memory all of it takes.
    pub bytes: u64,
}

/// How checkpoints go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckpointStatus {
    /// How many were written.
    pub written: u64,
    /// How many could not be written.
    pub failed: u64,
    /// How old the last one is, in ms; null before the first.
    pub age_ms: Option<i64>,
    /// How long the last one took to be written, in ms.
    pub last_took_ms: u64,
    /// How many bytes it has.
    pub last_bytes: u64,
}

/// How rules changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SwapStatus {
    /// How often new rules came into force.
    pub count: u64,
    /// How long the last ones kept a shard from processing events, in us.
    pub last_us: u64,
    /// How long any did at most, in us.
    pub longest_us: u64,
}

/// What came of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// Records read, once their batch is through the engine.
    pub read: u64,
    /// Events that came too late.
    pub late: u64,
    /// Events that came before.
    pub duplicate: u64,
    /// Records that no event could be read from, or one of the far future.
    pub rejected: u64,
}

/// How it goes with one source or sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectorStatus {
    /// `source` or `sink`.
    pub kind: &'static str,
    /// Its name in the configuration.
    pub name: String,
    /// `connecting` before it has answered, then `up` or `down`.
    pub state: &'static str,
    /// Why it is down; null if it is not.
    pub reason: Option<String>,
    /// How often it was back after it had been away.
    pub reconnects: u64,
    /// How often something failed, and was tried again.
    pub errors: u64,
}

impl ConnectorStatus {
    fn of((kind, name, health): (ConnectorKind, String, Arc<Health>)) -> Self {
        let (state, reason) = match health.connection() {
            Connection::Connecting => ("connecting", None),
            Connection::Up => ("up", None),
            Connection::Down(reason) => ("down", Some(reason)),
        };
        let (reconnects, errors) = (health.reconnects(), health.errors());
        Self { kind: kind.word(), name, state, reason, reconnects, errors }
    }
}

/// How it goes with the rule store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoreStatus {
    /// Whether the last try to reach it was good.
    pub reachable: bool,
    /// How often it was asked.
    pub polls: u64,
    /// How often it did not answer, or not as it must.
    pub failed_polls: u64,
    /// How many rules are not valid in their highest version.
    pub rejected_rules: u64,
}

impl StoreStatus {
    /// How it goes with a store now.
    #[must_use]
    pub fn of(store: &StoreHealth) -> Self {
        Self {
            reachable: store.is_reachable(),
            polls: store.polls(),
            failed_polls: store.failed_polls(),
            rejected_rules: store.rejected_rules(),
        }
    }
}

/// What the process takes of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProcessStatus {
    /// Memory, in bytes.
    pub resident_bytes: u64,
    /// Files and sockets that are open.
    pub open_files: u64,
    /// How many may be; null if there is no limit.
    pub max_open_files: Option<u64>,
}

/// What a rule did since its version came into force.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleStatus {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// Matches given out.
    pub matches: u64,
    /// Timeouts given out.
    pub timeouts: u64,
    /// Attempts that are open.
    pub open: u64,
    /// Complete matches that wait for an earlier attempt to end, as its skip strategy has it.
    pub withheld: u64,
    /// When the oldest of those began, in ms since 1970.
    pub withheld_since: Option<i64>,
    /// When the oldest open attempt began, in ms since 1970.
    pub open_since: Option<i64>,
    /// Complete matches that its skip strategy dropped.
    pub pruned_matches: u64,
    /// Events that its open attempts and withheld matches hold.
    pub held_events: u64,
    /// How often something had to give way, since it held more than its budget has.
    pub budget_exceeded: u64,
    /// About how long it took, in seconds of all shards together.
    pub evaluation_seconds: f64,
    /// Whether it takes no events, since it took more than its budget has.
    pub suspended: bool,
    /// Events that lack a key field of it and were not offered to it.
    pub without_key: u64,
    /// What went wrong in its condition plugins, and what it took beyond its budget: diagnostics, as of the rule's text.
    pub faults: Vec<Value>,
    /// Its nodes by name, in the order of the pattern.
    #[schemars(with = "BTreeMap<String, NodeStatus>")]
    pub nodes: Map<String, Value>,
}

/// What happened at a node of a rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NodeStatus {
    /// Events that at least one attempt took here.
    pub met: u64,
    /// Attempts that took an event here.
    pub reached: u64,
    /// How often its conditions could not tell, since a field was missing or of another type.
    pub unknown: u64,
    /// Attempts that ended while they waited here, by what ended them.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub ended: Map<String, Value>,
}

impl RuleStatus {
    /// What a rule did, as JSON has it.
    #[must_use]
    pub fn of(rule: &RuleSummary) -> Self {
        let counters = &rule.counters;
        let nodes = rule.nodes.iter().zip(&counters.nodes);
        let nodes = nodes.map(|(name, node)| (name.clone(), json!(NodeStatus::of(node))));
        let ms = |time: Option<Timestamp>| time.map(Timestamp::as_millis);
        Self {
            id: rule.id.as_str().to_owned(),
            version: rule.version.0,
            matches: counters.matches,
            timeouts: counters.timeouts,
            open: counters.live_runs,
            withheld: counters.withheld,
            withheld_since: ms(counters.withheld_since),
            open_since: ms(counters.open_since),
            pruned_matches: counters.pruned_matches,
            held_events: counters.held_events,
            budget_exceeded: counters.budget_exceeded,
            evaluation_seconds: Duration::from_nanos(counters.evaluation_ns).as_secs_f64(),
            suspended: rule.suspended,
            without_key: counters.without_key,
            faults: rule.faults.iter().map(RuleFinding::json).collect(),
            nodes: nodes.collect(),
        }
    }
}

impl NodeStatus {
    fn of(node: &NodeCounters) -> Self {
        let ended = RunEnd::ALL.iter().zip(node.ended);
        let ended = ended.map(|(end, count)| (end.name().to_owned(), count.into())).collect();
        Self { met: node.met, reached: node.reached, unknown: node.unknown, ended }
    }
}

impl Status {
    pub(crate) fn of(look: &Look) -> Self {
        let seen = look.seen.as_deref();
        let summary = seen.map(|seen| &seen.summary);
        let meters = seen.map(|seen| seen.meters).unwrap_or_default();
        let held = seen.map(|seen| seen.held).unwrap_or_default();
        let not_ready = look.not_ready();
        let us = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at_ms: look.started_at_ms(),
            ready: not_ready.is_none(),
            not_ready: not_ready.map(str::to_owned),
            seen_at_ms: seen.map(|seen| seen.at_ms),
            records: summary.map(|summary| summary.records().into()).unwrap_or_default(),
            outputs: summary.map(|summary| summary.outputs.into()).unwrap_or_default(),
            events_per_second: seen.and_then(|seen| seen.events_per_second),
            forced: summary.map_or(0, |summary| summary.forced),
            without_id: summary.map_or(0, |summary| summary.without_id),
            forgotten_ids: summary.map_or(0, |summary| summary.forgotten_ids),
            time: TimeStatus {
                latest_ms: meters.latest_ms,
                lag_ms: meters.lag_ms,
                watermark_ms: meters.watermark_ms,
                watermark_delay_ms: look.watermark_delay_ms(),
            },
            state: StateStatus {
                keys: held.keys,
                runs: held.runs,
                events: held.events,
                links: held.links,
                bytes: held.bytes,
            },
            swaps: SwapStatus {
                count: summary.map_or(0, |summary| summary.swaps),
                last_us: us(meters.last_swap),
                longest_us: us(meters.longest_swap),
            },
            sources: look.sources().map(|(name, source)| SourceStatus::of(name, source)).collect(),
            connectors: look.connectors().into_iter().map(ConnectorStatus::of).collect(),
            store: look.store().map(StoreStatus::of),
            checkpoints: look.checkpoints().map(|stats| CheckpointStatus {
                written: stats.written,
                failed: stats.failed,
                age_ms: look.checkpoint_age_ms(),
                last_took_ms: us(stats.last_took) / 1000,
                last_bytes: stats.last_bytes,
            }),
            process: look.process.map(|process| ProcessStatus {
                resident_bytes: process.resident_bytes,
                open_files: process.open_files,
                max_open_files: process.max_open_files,
            }),
            rules: summary.iter().flat_map(|summary| &summary.rules).map(RuleStatus::of).collect(),
        }
    }
}

impl SourceStatus {
    const fn of(name: String, source: &SourceSummary) -> Self {
        let SourceSummary { read, rejected, late, duplicate } = *source;
        Self { name, read, late, duplicate, rejected }
    }
}

/// The JSON Schema of `/status`.
#[must_use]
pub fn schema_status() -> Value {
    schemars::schema_for!(Status).to_value()
}
