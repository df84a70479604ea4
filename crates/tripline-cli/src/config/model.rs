//! What the configuration can say. The comments here are what `docs/configuration.md` says of each key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use crate::log::LogLevel;
use clap::ValueEnum;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use tripline_connectors::{SinkConfig, SourceConfig};
use tripline_runtime::{TimeError, TimeUnit, parse_duration_ms};

use super::actions::ActionConfig;
use super::dedup::DedupConfig;
use super::limits::RuleLimits;

/// The configuration of Tripline. A flag of the command line counts before it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Tripline configuration")]
pub(crate) struct Config {
    /// How rules run.
    #[serde(deserialize_with = "table")]
    pub(crate) engine: EngineConfig,
    /// Where the time of an event stands.
    #[serde(deserialize_with = "table")]
    pub(crate) time: TimeConfig,
    /// How events that come twice are told and left out; they are not unless `id_field` or `whole_event` says so.
    #[serde(deserialize_with = "table")]
    pub(crate) dedup: DedupConfig,
    /// Where rules are kept, and how they are followed.
    #[serde(deserialize_with = "table")]
    pub(crate) store: StoreConfig,
    /// What the program says of itself over HTTP: `/healthz`, `/readyz`, `/metrics` and `/status`.
    #[serde(deserialize_with = "table")]
    pub(crate) http: HttpConfig,
    /// The log, which is on stderr.
    #[serde(deserialize_with = "table")]
    pub(crate) log: LogConfig,
    /// Where a run keeps what it needs to go on after it was killed.
    #[serde(deserialize_with = "table")]
    pub(crate) checkpoint: CheckpointConfig,
    /// What becomes of what rules find, by the name that rules have as their `function`; [actions.md](actions.md) says what
    /// each can be told: `outputs`, `when`, `severity`, `template`, `add_to` and `remove_from`.
    #[serde(deserialize_with = "table")]
    pub(crate) actions: BTreeMap<String, ActionConfig>,
    /// Where events come from, by names of your own: an event has the name in its field `stream`, unless it has a field of
    /// that name. There may be several; `type` says what each is, and the pages in `connectors` what it can be told
    /// (`--events` counts before them).
    #[serde(deserialize_with = "table")]
    pub(crate) sources: BTreeMap<String, SourceConfig>,
    /// Where results go, by names of your own: each takes all of them (`--out` counts before them).
    #[serde(deserialize_with = "table")]
    pub(crate) sinks: BTreeMap<String, SinkConfig>,
    /// Sources that also go straight to sinks, without a rule: by the name of the source, the names of the sinks. A sink
    /// that is named here gets results of rules only from actions that name it.
    #[serde(deserialize_with = "map")]
    pub(crate) forward: BTreeMap<String, Vec<String>>,
    /// What condition classes stand for, by the class name that rules have: the name of a condition or an expression,
    /// or a condition with some of its arguments.
    #[serde(deserialize_with = "map")]
    pub(crate) condition_aliases: BTreeMap<String, AliasConfig>,
}

impl Config {
    /// Where sources go without a rule: by their names, the numbers of sinks as a set.
    pub(crate) fn forward_to(&self) -> BTreeMap<String, u64> {
        let set = |names: &Vec<String>| {
            let sinks = (0_u32..64).zip(self.sinks.keys());
            let named = sinks.filter(|(_, sink)| names.contains(sink));
            named.fold(0, |set, (number, _)| set | 1 << number)
        };
        self.forward.iter().map(|(source, names)| (source.clone(), set(names))).collect()
    }
}

/// How rules run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineConfig {
    /// Key fields of rules that name none (`--key`).
    #[schemars(with = "Vec<String>")]
    pub(crate) default_key: Option<Vec<String>>,
    /// What events look like: JSON Schemas, or folders of them, against which the fields that rules name are checked
    /// (`--event-schema`). They are read at the start.
    #[schemars(with = "Vec<PathBuf>")]
    pub(crate) event_schemas: Option<Vec<PathBuf>>,
    /// How many threads work, each with its share of the keys, 1 to 64; as many as the machine has cores unless given
    /// (`--shards`). It changes nothing that is found.
    #[schemars(with = "Shards")]
    pub(crate) shards: Option<Shards>,
    /// How many events a batch takes at most; `1024` unless given. It changes nothing that is found.
    #[schemars(with = "BatchEvents")]
    pub(crate) batch_max_events: Option<BatchEvents>,
    /// What each rule may take.
    #[serde(deserialize_with = "table")]
    pub(crate) state_limits: RuleLimits,
    /// What single rules may take, by id: `[engine.rule_limits.ID]`, with the keys of `[engine.state_limits]`.
    #[serde(deserialize_with = "table")]
    pub(crate) rule_limits: BTreeMap<String, RuleLimits>,
    /// How long the run may take to end after SIGTERM or SIGINT: what was read is processed first; `30s` unless given.
    /// After that, or on a second signal, the program ends at once, with a code that is not 0.
    #[schemars(with = "Duration")]
    pub(crate) stop_within: Option<Duration>,
}

/// A number of shards.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "u64")]
#[schemars(inline)]
pub(crate) struct Shards(#[schemars(range(min = 1, max = 64))] pub(crate) u8);

impl TryFrom<u64> for Shards {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match u8::try_from(number) {
            Ok(shards @ 1..=64) => Ok(Self(shards)),
            _ => Err(format!("{number} is no number of shards: give 1 to 64")),
        }
    }
}

/// A number of events.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "u64")]
#[schemars(inline)]
pub(crate) struct BatchEvents(#[schemars(range(min = 1, max = 65_536))] pub(crate) u32);

impl TryFrom<u64> for BatchEvents {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match u32::try_from(number) {
            Ok(events @ 1..=65_536) => Ok(Self(events)),
            _ => Err(format!("{number} is no size of a batch: give 1 to 65536")),
        }
    }
}

/// Where the time of an event stands.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TimeConfig {
    /// The field that holds an event's time; `ts` unless given (`--time-field`).
    #[schemars(with = "String")]
    pub(crate) field: Option<String>,
    /// How the time is written: `ms`, `s` or `us` since 1970, or `rfc3339`; `ms` unless given (`--time-unit`).
    #[schemars(with = "Unit")]
    pub(crate) unit: Option<Unit>,
    /// How far an event may be behind the latest one; `0` unless given (`--max-out-of-order`).
    #[schemars(with = "Duration")]
    pub(crate) max_out_of_order: Option<Duration>,
    /// How late beyond that an event may be and still be processed: by patterns as if it happened at the earliest moment
    /// still open, while statistics give out once more what it changes; `0` unless given (`--allowed-lateness`).
    #[schemars(with = "Duration")]
    pub(crate) allowed_lateness: Option<Duration>,
    /// After how much silence of a pipe time moves on with the clock, or `off`; `500ms` unless given, as long as events
    /// are at most a minute old when they come (`--idle-timeout`).
    #[schemars(with = "Limit")]
    pub(crate) idle_timeout: Option<Limit>,
    /// How far ahead of the clock an event may be, or `off`; `5m` unless given for a pipe, and `off` for a file
    /// (`--max-future-skew`).
    #[schemars(with = "Limit")]
    pub(crate) max_future_skew: Option<Limit>,
    /// Whose time counts: that of the `event`, or with `processing` that of the clock as events come; `event` unless given
    /// (`--time-mode`).
    #[schemars(with = "Mode")]
    pub(crate) mode: Option<Mode>,
}

/// Whose time counts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Mode {
    #[value(help = "That of events")]
    Event,
    #[value(help = "That of the clock, as they come")]
    Processing,
}

/// Where rules are kept, and how they are followed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    /// The rule store: `mysql://USER@HOST:PORT/DATABASE`, `sqlite:FILE` or `dir:PATH` (`--store`). A password may stand
    /// in it, and is never printed.
    #[schemars(with = "String")]
    pub(crate) url: Option<UrlText>,
    /// Another table of rules in that database, with the columns `id`, `version`, `pattern` and `function`; it is only
    /// read (`--rule-table`).
    #[schemars(with = "String")]
    pub(crate) rule_table: Option<String>,
    /// How often to look for changes, at least `10ms`; `1s` unless given (`--poll-interval`).
    #[schemars(with = "Duration")]
    pub(crate) poll_interval: Option<Duration>,
    /// What a start does while the store is away: `wait` for it, or begin with the rules that were `last_seen`; `wait`
    /// unless given.
    #[schemars(with = "OnUnavailable")]
    pub(crate) on_unavailable: Option<OnUnavailable>,
    /// The file that keeps the rules last seen; needed with `on_unavailable = "last_seen"`, and only then
    /// (`--last-seen`).
    #[schemars(with = "PathBuf")]
    pub(crate) last_seen_file: Option<PathBuf>,
    /// The name of this engine in the statuses of rules; the name of the machine unless given (`--instance`).
    #[schemars(with = "String")]
    pub(crate) instance: Option<String>,
}

/// What the program says of itself over HTTP.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpConfig {
    /// The address, such as `127.0.0.1:9140`; with port 0 the system chooses one, and the log says which (`--http`).
    /// Without it nothing is told.
    #[schemars(with = "String")]
    pub(crate) listen: Option<SocketAddr>,
    /// A file with the token that `/metrics` and `/status` ask for (`Authorization: Bearer …`); needed if other machines
    /// can reach the address.
    #[schemars(with = "PathBuf")]
    pub(crate) token_file: Option<PathBuf>,
    /// Whether other machines may be told without a token; `false` unless given.
    #[schemars(with = "bool")]
    pub(crate) without_token: Option<bool>,
    /// How many rules have a label of their own in `/metrics`, the first by their ids; the others are added up. `500` unless
    /// given.
    #[schemars(with = "u32")]
    pub(crate) max_rule_labels: Option<u32>,
}

/// The log.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// How lines are written: `text`, or `json`, one object a line; `text` unless given (`--log`).
    #[schemars(with = "LogFormat")]
    pub(crate) format: Option<LogFormat>,
    /// What is told: `error`, `warn`, `info`, `debug` or `trace`, or a filter as `info,tripline_runtime=debug`; `info`
    /// unless given, and `warn` for rules of files without `[http]` (`--log-level`).
    #[schemars(with = "String")]
    pub(crate) level: Option<LogLevel>,
}

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum LogFormat {
    #[value(help = "For people")]
    Text,
    #[value(help = "For programs: one JSON object a line")]
    Json,
}

/// Where a run keeps what it needs to go on after it was killed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CheckpointConfig {
    /// The folder for checkpoints and the journal (`--checkpoint`). Without it nothing is kept.
    #[schemars(with = "PathBuf")]
    pub(crate) dir: Option<PathBuf>,
    /// How often a checkpoint is made, at least `10ms`; `10s` unless given (`--checkpoint-interval`).
    #[schemars(with = "Duration")]
    pub(crate) interval: Option<Duration>,
    /// How many checkpoints are kept; `3` unless given. An older one is used where the last is damaged.
    #[schemars(with = "Keep")]
    pub(crate) keep: Option<Keep>,
    /// Whether the journal keeps what was read of a source that cannot be read again, such as the standard input; `true`
    /// unless given. Without it, what was read of it since the last checkpoint is lost when the process is killed.
    #[schemars(with = "bool")]
    pub(crate) input_journal: Option<bool>,
}

/// A number of checkpoints.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "u64")]
#[schemars(inline)]
pub(crate) struct Keep(#[schemars(range(min = 1, max = 1000))] pub(crate) u16);

impl TryFrom<u64> for Keep {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match u16::try_from(number) {
            Ok(keep @ 1..=1000) => Ok(Self(keep)),
            _ => Err(format!("{number} is no number of checkpoints to keep: give 1 to 1000")),
        }
    }
}

/// How a time is written.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Unit {
    Ms,
    S,
    Us,
    Rfc3339,
}

impl From<Unit> for TimeUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Ms => Self::Milliseconds,
            Unit::S => Self::Seconds,
            Unit::Us => Self::Microseconds,
            Unit::Rfc3339 => Self::Rfc3339,
        }
    }
}

/// What a start does while the store is away.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum OnUnavailable {
    Wait,
    LastSeen,
}

/// A URL, perhaps with a password; it is not shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct UrlText(pub(crate) String);

impl fmt::Debug for UrlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UrlText(..)")
    }
}

/// A duration in ms, written as `500ms`, `10s`, `5m`, `2h` or `1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) i64);

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Duration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration as a text, such as \"10s\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
                parse_duration_ms(text).map(Duration).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(0|[0-9]+(ms|s|m|h|d))$"})
    }
}

/// A duration in ms, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Off,
    Ms(i64),
}

impl FromStr for Limit {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        if text == "off" { Ok(Self::Off) } else { parse_duration_ms(text).map(Self::Ms) }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Limit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration as a text, such as \"10s\", or \"off\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Limit, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(off|0|[0-9]+(ms|s|m|h|d))$"})
    }
}

/// What a class stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AliasConfig {
    pub(crate) condition: String,
    /// An object, or null.
    pub(crate) args: Json,
}

impl<'de> Deserialize<'de> for AliasConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            condition: String,
            args: Option<serde_json::Map<String, Json>>,
        }

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = AliasConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table with `condition` and `args`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AliasConfig, E> {
                Ok(AliasConfig { condition: text.to_owned(), args: Json::Null })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AliasConfig, A::Error> {
                let Table { condition, args } =
                    Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(AliasConfig { condition, args: args.map_or(Json::Null, Json::Object) })
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

impl JsonSchema for AliasConfig {
    fn schema_name() -> Cow<'static, str> {
        "Alias".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What a class stands for.",
            "anyOf": [
                {
                    "description": "The name of a condition, or an expression.",
                    "type": "string",
                    "minLength": 1,
                },
                {
                    "description": "A condition with some of its arguments; the rule's own go to the others.",
                    "type": "object",
                    "properties": {
                        "condition": {
                            "description": "The name of the condition; without `args` also an expression.",
                            "type": "string",
                            "minLength": 1,
                        },
                        "args": {"description": "Arguments by parameter name.", "type": "object"},
                    },
                    "required": ["condition"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// A section: a list would do for a struct too, and mean nothing that anybody wants to read.
fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct OnlyTable<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyTable<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a section of keys and values")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(OnlyTable(std::marker::PhantomData))
}

fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    let map: BTreeMap<String, T> = table(deserializer)?;
    if map.contains_key("") {
        return Err(D::Error::custom("a class name is empty"));
    }
    Ok(map)
}
