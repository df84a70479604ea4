//! The kinds of sources and sinks, and what the configuration says of one.

use std::fmt;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_path_to_error::Segment;

#[cfg(feature = "email")]
use crate::email::EmailSink;
#[cfg(feature = "http")]
use crate::http::{HttpSink, HttpSource};
#[cfg(feature = "kafka")]
use crate::kafka::{KafkaSink, KafkaSource};
#[cfg(feature = "mysql")]
use crate::mysql::{MySqlSink, MySqlSource};
use crate::open::{OpenedSource, SinkStart, SourceStart};
#[cfg(feature = "rabbitmq")]
use crate::rabbitmq::{RabbitMqSink, RabbitMqSource};
use crate::{ConnectorError, FileSink, FileSource, LogSink, Sink, StdinSource, StdoutSink};

/// A source, as `[sources.NAME]` has it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SourceConfig {
    /// A file, or a folder of files.
    File(FileSource),
    /// The standard input.
    Stdin(StdinSource),
    /// An address that events are posted to.
    #[cfg(feature = "http")]
    Http(HttpSource),
    /// A topic of Kafka.
    #[cfg(feature = "kafka")]
    Kafka(KafkaSource),
    /// A table of MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    MySql(MySqlSource),
    /// A queue of RabbitMQ.
    #[cfg(feature = "rabbitmq")]
    RabbitMq(RabbitMqSource),
}

/// A sink, as `[sinks.NAME]` has it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SinkConfig {
    /// A file.
    File(FileSink),
    /// The program's own log.
    Log(LogSink),
    /// The standard output.
    Stdout(StdoutSink),
    /// A webhook, or a robot of a messenger.
    #[cfg(feature = "http")]
    Http(HttpSink),
    /// E-mail.
    #[cfg(feature = "email")]
    Email(EmailSink),
    /// A topic of Kafka.
    #[cfg(feature = "kafka")]
    Kafka(KafkaSink),
    /// A table of MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    MySql(MySqlSink),
    /// An exchange of RabbitMQ.
    #[cfg(feature = "rabbitmq")]
    RabbitMq(RabbitMqSink),
}

impl SourceConfig {
    /// The brokers and the topic that it reads, if it does.
    #[must_use]
    pub fn topic(&self) -> Option<(&str, &str)> {
        match self {
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => Some((&kafka.servers, &kafka.topic)),
            _ => None,
        }
    }

    /// Opens it; waits for the other side while that is away.
    ///
    /// # Errors
    /// What trying again would not help against, with what to do.
    pub fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        match self {
            Self::File(file) => file.open(start),
            Self::Stdin(stdin) => stdin.open(start),
            #[cfg(feature = "http")]
            Self::Http(http) => http.open(start),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.open(start),
            #[cfg(feature = "mysql")]
            Self::MySql(mysql) => mysql.open(start),
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq(rabbitmq) => rabbitmq.open(start),
        }
    }

    /// Whether it can be reached and has what is asked for; tries once, for a few seconds.
    ///
    /// # Errors
    /// Why not.
    pub fn try_out(&self) -> Result<(), ConnectorError> {
        match self {
            Self::File(file) => file.try_out(),
            Self::Stdin(_) => Ok(()),
            #[cfg(feature = "http")]
            Self::Http(http) => http.try_out(),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.try_out(),
            #[cfg(feature = "mysql")]
            Self::MySql(mysql) => mysql.try_out(),
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq(rabbitmq) => rabbitmq.try_out(),
        }
    }

    /// What types cannot say: each key that is wrong, and what about it.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::File(file) => file.problems(),
            Self::Stdin(stdin) => stdin.problems(),
            #[cfg(feature = "http")]
            Self::Http(http) => http.problems(),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.problems(),
            #[cfg(feature = "mysql")]
            Self::MySql(mysql) => mysql.problems(),
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq(rabbitmq) => rabbitmq.problems(),
        }
    }
}

impl SourceConfig {
    /// The fields by which events are split among instances, if this one gets some of them only.
    #[must_use]
    pub fn split_by(&self) -> Option<&[String]> {
        match self {
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) if kafka.partitions != crate::kafka::Partitions::All => {
                kafka.partitioned_by.as_deref()
            }
            _ => None,
        }
    }
}

impl SinkConfig {
    /// Opens it; waits for the other side while that is away.
    ///
    /// # Errors
    /// What trying again would not help against, with what to do.
    pub fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        Ok(match self {
            Self::File(file) => file.open(start)?,
            Self::Log(_) => LogSink::open(start),
            #[cfg(feature = "email")]
            Self::Email(email) => email.open(start)?,
            Self::Stdout(stdout) => Box::new(stdout.open(start)),
            #[cfg(feature = "http")]
            Self::Http(http) => http.open(start)?,
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.open(start)?,
            #[cfg(feature = "mysql")]
            Self::MySql(mysql) => mysql.open(start)?,
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq(rabbitmq) => rabbitmq.open(start)?,
        })
    }

    /// Whether it can be reached and has what is asked for; tries once, for a few seconds, and writes nothing.
    ///
    /// # Errors
    /// Why not.
    pub fn try_out(&self) -> Result<(), ConnectorError> {
        match self {
            Self::File(file) => file.try_out(),
            Self::Log(_) => Ok(()),
            #[cfg(feature = "email")]
            Self::Email(email) => email.try_out(),
            Self::Stdout(_) => Ok(()),
            #[cfg(feature = "http")]
            Self::Http(http) => http.try_out(),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.try_out(),
            #[cfg(feature = "mysql")]
            Self::MySql(mysql) => mysql.try_out(),
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq(rabbitmq) => rabbitmq.try_out(),
        }
    }

    /// The brokers and the topic that it writes to, if it does.
    #[must_use]
    pub fn topic(&self) -> Option<(&str, &str)> {
        match self {
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => Some((&kafka.servers, &kafka.topic)),
            _ => None,
        }
    }

    /// How long a transaction may be open, in ms, if it writes in transactions: one from each checkpoint to the next.
    #[must_use]
    pub fn transaction_timeout_ms(&self) -> Option<i64> {
        match self {
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.transaction_timeout_ms(),
            _ => None,
        }
    }

    /// As [`SourceConfig::problems`].
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::File(file) => file.problems(),
            Self::Log(_) => Vec::new(),
            #[cfg(feature = "email")]
            Self::Email(email) => email.problems(),
            Self::Stdout(_) => Vec::new(),
            #[cfg(feature = "http")]
            Self::Http(http) => http.problems(),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.problems(),
            #[cfg(feature = "mysql")]
            Self::MySql(mysql) => mysql.problems(),
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq(rabbitmq) => rabbitmq.problems(),
        }
    }
}

/// The path of a value that is wrong, and serde's words for what is wrong with it.
pub type WrongValue = (Vec<String>, String);

/// A kind of source or sink: what `type` names.
pub struct Kind<C> {
    /// As `type` has it; its page is `docs/connectors/NAME.md`.
    pub name: &'static str,
    /// What stands on its page before its keys, in Markdown.
    pub page: &'static str,
    /// The JSON Schema of its keys, without `type`.
    pub schema: fn() -> Json,
    /// Reads the values of its keys, without `type`.
    ///
    /// # Errors
    /// The path of the first value that is wrong, and serde's words for what is wrong with it.
    pub read: fn(Json) -> Result<C, WrongValue>,
}

impl<C> fmt::Debug for Kind<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).finish_non_exhaustive()
    }
}

fn schema<T: JsonSchema>() -> Json {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

fn read<T: DeserializeOwned>(values: Json) -> Result<T, WrongValue> {
    serde_path_to_error::deserialize(values).map_err(|error| {
        let names = error.path().iter().map_while(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            _ => None,
        });
        (names.collect(), error.inner().to_string())
    })
}

/// The kinds of sources.
pub const SOURCES: &[Kind<SourceConfig>] = &[
    Kind {
        name: "file",
        page: include_str!("file/page.md"),
        schema: schema::<FileSource>,
        read: |values| read(values).map(SourceConfig::File),
    },
    #[cfg(feature = "http")]
    Kind {
        name: "http",
        page: include_str!("http/page.md"),
        schema: schema::<HttpSource>,
        read: |values| read(values).map(SourceConfig::Http),
    },
    #[cfg(feature = "kafka")]
    Kind {
        name: "kafka",
        page: include_str!("kafka/page.md"),
        schema: schema::<KafkaSource>,
        read: |values| read(values).map(SourceConfig::Kafka),
    },
    #[cfg(feature = "mysql")]
    Kind {
        name: "mysql",
        page: include_str!("mysql/page.md"),
        schema: schema::<MySqlSource>,
        read: |values| read(values).map(SourceConfig::MySql),
    },
    #[cfg(feature = "rabbitmq")]
    Kind {
        name: "rabbitmq",
        page: include_str!("rabbitmq/page.md"),
        schema: schema::<RabbitMqSource>,
        read: |values| read(values).map(SourceConfig::RabbitMq),
    },
    Kind {
        name: "stdin",
        page: include_str!("stdio/page.md"),
        schema: schema::<StdinSource>,
        read: |values| read(values).map(SourceConfig::Stdin),
    },
];

/// The kinds of sinks.
pub const SINKS: &[Kind<SinkConfig>] = &[
    #[cfg(feature = "email")]
    Kind {
        name: "email",
        page: include_str!("email/page.md"),
        schema: schema::<EmailSink>,
        read: |values| read(values).map(SinkConfig::Email),
    },
    Kind {
        name: "file",
        page: include_str!("file/page.md"),
        schema: schema::<FileSink>,
        read: |values| read(values).map(SinkConfig::File),
    },
    #[cfg(feature = "http")]
    Kind {
        name: "http",
        page: include_str!("http/page.md"),
        schema: schema::<HttpSink>,
        read: |values| read(values).map(SinkConfig::Http),
    },
    #[cfg(feature = "kafka")]
    Kind {
        name: "kafka",
        page: include_str!("kafka/page.md"),
        schema: schema::<KafkaSink>,
        read: |values| read(values).map(SinkConfig::Kafka),
    },
    Kind {
        name: "log",
        page: include_str!("log/page.md"),
        schema: schema::<LogSink>,
        read: |values| read(values).map(SinkConfig::Log),
    },
    #[cfg(feature = "mysql")]
    Kind {
        name: "mysql",
        page: include_str!("mysql/page.md"),
        schema: schema::<MySqlSink>,
        read: |values| read(values).map(SinkConfig::MySql),
    },
    #[cfg(feature = "rabbitmq")]
    Kind {
        name: "rabbitmq",
        page: include_str!("rabbitmq/page.md"),
        schema: schema::<RabbitMqSink>,
        read: |values| read(values).map(SinkConfig::RabbitMq),
    },
    Kind {
        name: "stdout",
        page: include_str!("stdio/page.md"),
        schema: schema::<StdoutSink>,
        read: |values| read(values).map(SinkConfig::Stdout),
    },
];
