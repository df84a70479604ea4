//! How the records of a topic are written.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::client::refused;
use super::config::KafkaSource;
use crate::coded::{Decoder, Language};
use crate::{ConnectorError, Health, MessageFormat};

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum KafkaFormat {
    /// A JSON object each.
    #[default]
    Json,
    /// A line of text each.
    Text,
    /// A change of a row each, as Debezium writes it.
    Debezium,
    /// A change of rows each, as Canal writes it (`flatMessage`).
    Canal,
    /// Avro, with its schema in a registry.
    #[cfg(feature = "avro")]
    Avro,
    /// Protobuf, with its schema in a registry.
    #[cfg(feature = "protobuf")]
    Protobuf,
}

impl KafkaFormat {
    /// What becomes of a record once it has been decoded.
    pub(super) const fn of_messages(self) -> MessageFormat {
        match self {
            Self::Json => MessageFormat::Json,
            Self::Text => MessageFormat::Text,
            Self::Debezium => MessageFormat::Debezium,
            Self::Canal => MessageFormat::Canal,
            #[cfg(feature = "avro")]
            Self::Avro => MessageFormat::Json,
            #[cfg(feature = "protobuf")]
            Self::Protobuf => MessageFormat::Json,
        }
    }

    /// What it is decoded by.
    const fn language(self) -> Option<Language> {
        match self {
            #[cfg(feature = "avro")]
            Self::Avro => Some(Language::Avro),
            #[cfg(feature = "protobuf")]
            Self::Protobuf => Some(Language::Protobuf),
            _ => None,
        }
    }

    /// Whether there is a registry just where one is needed.
    pub(super) fn problem(self, has_registry: bool) -> Option<(&'static str, String)> {
        let text = match (self.language(), has_registry) {
            (Some(_), false) => {
                "these messages need the registry that has their schemas: say its `url`"
            }
            (None, true) => "it means nothing without format = \"avro\" or \"protobuf\"",
            _ => return None,
        };
        Some(("registry", text.to_owned()))
    }
}

impl KafkaSource {
    /// What decodes its records, if they are not text.
    pub(super) fn decoder(&self, health: &Arc<Health>) -> Result<Option<Decoder>, ConnectorError> {
        if let Some((key, problem)) = self.format.problem(self.registry.is_some()) {
            return Err(refused(health.name(), format!("`{key}`: {problem}")));
        }
        let both = self.format.language().zip(self.registry.as_ref());
        both.map(|(language, registry)| Decoder::new(language, registry, health)).transpose()
    }
}
