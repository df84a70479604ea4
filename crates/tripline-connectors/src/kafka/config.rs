//! What the configuration says of Kafka.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::format::KafkaFormat;
use crate::coded::RegistryConfig;
use crate::shape::Shaping;
use crate::{ChangeOp, MapConfig, Secret};

/// A topic, each partition of which is read by itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct KafkaSource {
    /// The brokers to begin with, `HOST:PORT`, separated by commas.
    pub servers: String,
    /// The topic.
    pub topic: String,
    /// Where to begin while no checkpoint says it: at the offsets `committed` to the group, and where there are none at the
    /// earliest; at the `earliest` or the `latest` record; or at a time, in ms since 1970. `committed` unless given.
    #[serde(default)]
    pub start: KafkaStart,
    /// The partitions to be read: `all`, those among them that come later, or a list of numbers. `all` unless given.
    #[serde(default)]
    pub partitions: Partitions,
    /// The fields by which events are given to partitions: where an instance reads some partitions only, rules whose key
    /// lacks one of them are refused (E1301).
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub partitioned_by: Option<Vec<String>>,
    /// The group that offsets are committed to after each checkpoint, for those who watch lag; nobody else may consume in
    /// it. `tripline.NAME` with the name of the source unless given.
    #[serde(default)]
    #[schemars(with = "String")]
    pub group: Option<String>,
    /// How records are written: `json`, an object each; `avro` or `protobuf`, with their schemas in `registry`; `text`, lines
    /// that `pattern` takes apart; or changes of rows as `debezium` or `canal` writes them. `json` unless given.
    #[serde(default)]
    pub format: KafkaFormat,
    /// With `avro` and `protobuf`: the schema registry, with its `url`, `user`, `password` and `ca`, as
    /// [formats.md](formats.md) says.
    #[serde(default)]
    #[schemars(with = "RegistryConfig")]
    pub registry: Option<RegistryConfig>,
    /// With `text`: a regular expression; its groups with names, as `(?<user>\S+)`, become fields.
    #[serde(default)]
    #[schemars(with = "String")]
    pub pattern: Option<String>,
    /// With `debezium` and `canal`: which changes become events, of `insert`, `snapshot`, `update` and `delete`; all but
    /// `delete` unless given.
    #[serde(default)]
    #[schemars(with = "Vec<ChangeOp>")]
    pub ops: Option<Vec<ChangeOp>>,
    /// What is done with the fields of events: `rename`, `time`, `only` and `set`, as [formats.md](formats.md) says.
    #[serde(default)]
    #[schemars(with = "MapConfig")]
    pub map: Option<MapConfig>,
    /// Options of librdkafka, such as `"security.protocol" = "SASL_SSL"`; a secret is `{ env = "NAME" }` or
    /// `{ file = "PATH" }`.
    #[serde(default)]
    pub options: BTreeMap<String, KafkaOption>,
}

/// A topic that results are written to, with the key of the stream as the record's key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct KafkaSink {
    /// The brokers to begin with, `HOST:PORT`, separated by commas.
    pub servers: String,
    /// The topic.
    pub topic: String,
    /// The field of what is written, a JSON object, whose value is the record's key; the key of the stream, as JSON, unless
    /// given, and where the field is missing.
    #[serde(default)]
    #[schemars(with = "String")]
    pub key_field: Option<String>,
    /// `at_least_once`, or `exactly_once` for those who read committed records only: results are written in transactions,
    /// which are committed with each checkpoint. `at_least_once` unless given.
    #[serde(default)]
    pub delivery: KafkaDelivery,
    /// What transactions are known by at the broker; each run needs its own. `tripline.NAME` with the name of the sink unless
    /// given.
    #[serde(default)]
    #[schemars(with = "String")]
    pub transactional_id: Option<String>,
    /// Options of librdkafka, such as `"linger.ms" = 20`; a secret is `{ env = "NAME" }` or `{ file = "PATH" }`.
    #[serde(default)]
    pub options: BTreeMap<String, KafkaOption>,
}

/// How often a result is there.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum KafkaDelivery {
    /// After a restart results since the last checkpoint may come again, with the same id.
    #[default]
    AtLeastOnce,
    /// Each once, among committed records.
    ExactlyOnce,
}

/// Where a source begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KafkaStart {
    /// At the offsets committed to the group, else at the earliest.
    #[default]
    Committed,
    /// At the earliest record.
    Earliest,
    /// Behind the latest record.
    Latest,
    /// At the first record of this time or later, in ms since 1970.
    Time(i64),
}

impl<'de> Deserialize<'de> for KafkaStart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrTime;

        impl Visitor<'_> for WordOrTime {
            type Value = KafkaStart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"committed\", \"earliest\", \"latest\" or a time in ms since 1970")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<KafkaStart, E> {
                match word {
                    "committed" => Ok(KafkaStart::Committed),
                    "earliest" => Ok(KafkaStart::Earliest),
                    "latest" => Ok(KafkaStart::Latest),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
                }
            }

            fn visit_i64<E: Error>(self, at_ms: i64) -> Result<KafkaStart, E> {
                Ok(KafkaStart::Time(at_ms))
            }

            fn visit_u64<E: Error>(self, at_ms: u64) -> Result<KafkaStart, E> {
                i64::try_from(at_ms).map(KafkaStart::Time).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(WordOrTime)
    }
}

impl JsonSchema for KafkaStart {
    fn schema_name() -> Cow<'static, str> {
        "KafkaStart".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"enum": ["committed", "earliest", "latest"]}, {"type": "integer"}]})
    }
}

/// The partitions that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Partitions {
    /// All, also those that come later.
    #[default]
    All,
    /// These.
    List(Vec<i32>),
}

impl<'de> Deserialize<'de> for Partitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllOrList;

        impl<'de> Visitor<'de> for AllOrList {
            type Value = Partitions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\" or a list of numbers")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Partitions, E> {
                match word {
                    "all" => Ok(Partitions::All),
                    "group" => Err(E::custom(BY_GROUP)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Partitions, A::Error> {
                let mut all = Vec::new();
                while let Some(partition) = list.next_element::<u16>()? {
                    all.push(i32::from(partition));
                }
                all.sort_unstable();
                all.dedup();
                match all.is_empty() {
                    true => Err(A::Error::custom("the list is empty")),
                    false => Ok(Partitions::List(all)),
                }
            }
        }

        deserializer.deserialize_any(AllOrList)
    }
}

impl JsonSchema for Partitions {
    fn schema_name() -> Cow<'static, str> {
        "Partitions".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"enum": ["all"]},
            {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}, "minItems": 1},
        ]})
    }
}

/// Why a group does not give out the partitions.
const BY_GROUP: &str = "a group cannot give out the partitions: the open attempts of a partition's keys lie in this \
    instance's checkpoint, and a partition that moved to another instance would leave them behind; give each instance a \
    list of partitions and a checkpoint folder of its own";

/// The value of an option of librdkafka.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum KafkaOption {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// `true` or `false`.
    Flag(bool),
    /// Where a secret stands.
    Secret(Secret),
}

impl JsonSchema for KafkaOption {
    fn schema_name() -> Cow<'static, str> {
        "KafkaOption".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = Secret::json_schema(generator);
        json_schema!({"anyOf": [{"type": ["string", "integer", "boolean"]}, secret]})
    }
}

/// Options that are not for the configuration, and why.
const NOT_OPTIONS: &[(&str, &str)] = &[
    ("bootstrap.servers", "say it with `servers`"),
    ("metadata.broker.list", "say it with `servers`"),
    ("group.id", "say it with `group`"),
    ("auto.offset.reset", "say it with `start`"),
    ("group.instance.id", BY_GROUP),
    ("group.protocol", BY_GROUP),
    ("partition.assignment.strategy", BY_GROUP),
    ("enable.auto.commit", "offsets are committed after each checkpoint"),
    ("enable.auto.offset.store", "offsets are committed after each checkpoint"),
    ("enable.partition.eof", "the source goes on for ever"),
    (
        "enable.idempotence",
        "the sink is always idempotent: otherwise results could come twice, and in another order",
    ),
    ("acks", "a result counts as written only when all replicas in sync have it"),
    ("message.timeout.ms", "a result is tried until the broker has it: giving up would lose it"),
    ("delivery.timeout.ms", "a result is tried until the broker has it: giving up would lose it"),
    ("transactional.id", "say it with `transactional_id`"),
    ("dr_cb", "it is for programs"),
];

/// Whether the value of an option is a secret.
fn is_secret(name: &str) -> bool {
    ["password", "secret", "ssl.key.pem", "sasl.jaas"].iter().any(|part| name.contains(part))
}

fn problems_of(
    servers: &str,
    topic: &str,
    options: &BTreeMap<String, KafkaOption>,
) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    if servers.trim().is_empty() {
        problems.push(("servers", "it names no broker".to_owned()));
    }
    let sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '-');
    if topic.is_empty() || topic.len() > 249 || !topic.chars().all(sign) {
        let text = "it is no name of a topic: up to 249 letters, digits, `.`, `_` and `-`";
        problems.push(("topic", text.to_owned()));
    }
    for (name, value) in options {
        if let Some((_, why)) = NOT_OPTIONS.iter().find(|(other, _)| other == name) {
            problems.push(("options", format!("`{name}` cannot be set: {why}")));
        } else if is_secret(name) && !matches!(value, KafkaOption::Secret(_)) {
            let text = format!(
                "`{name}` is a secret, and no secret stands in the configuration: name the environment variable or the file \
                 that holds it"
            );
            problems.push(("options", text));
        }
    }
    problems
}

impl KafkaSource {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = problems_of(&self.servers, &self.topic, &self.options);
        if self.group.as_deref() == Some("") {
            problems.push(("group", "the name is empty".to_owned()));
        }
        problems.extend(self.shaping().problems());
        problems.extend(self.format.problem(self.registry.is_some()));
        problems.extend(self.registry.iter().flat_map(RegistryConfig::problems));
        match self.partitioned_by.as_deref() {
            Some([]) => problems.push(("partitioned_by", "the list is empty".to_owned())),
            Some(fields) if fields.iter().any(String::is_empty) => {
                problems.push(("partitioned_by", "the name of a field is empty".to_owned()));
            }
            _ => {}
        }
        problems
    }

    /// How records become events.
    pub(super) fn shaping(&self) -> Shaping<'_> {
        Shaping {
            format: self.format.of_messages(),
            pattern: self.pattern.as_deref(),
            ops: self.ops.as_deref(),
            map: self.map.as_ref(),
        }
    }
}

impl KafkaSink {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = problems_of(&self.servers, &self.topic, &self.options);
        if self.key_field.as_deref() == Some("") {
            problems.push(("key_field", "the name of a field is empty".to_owned()));
        }
        match (self.delivery, self.transactional_id.as_deref()) {
            (_, Some("")) => problems.push(("transactional_id", "the name is empty".to_owned())),
            (KafkaDelivery::AtLeastOnce, Some(_)) => {
                let text = "it means nothing without `delivery = \"exactly_once\"`";
                problems.push(("transactional_id", text.to_owned()));
            }
            _ => {}
        }
        problems
    }
}
