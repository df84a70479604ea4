//! What the configuration can say. The comments here are what `docs/configuration.md` says of each key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use tripline_runtime::{TimeUnit, parse_duration_ms};

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
    /// Where rules are kept, and how they are followed.
    #[serde(deserialize_with = "table")]
    pub(crate) store: StoreConfig,
    /// What condition classes stand for, by the class name that rules have: the name of a condition or an expression,
    /// or a condition with some of its arguments.
    #[serde(deserialize_with = "map")]
    pub(crate) condition_aliases: BTreeMap<String, AliasConfig>,
}

/// How rules run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineConfig {
    /// Key fields of rules that name none (`--key`).
    #[schemars(with = "Vec<String>")]
    pub(crate) default_key: Option<Vec<String>>,
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
                f.write_str("a text, or { condition = \"…\", args = { … } }")
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
