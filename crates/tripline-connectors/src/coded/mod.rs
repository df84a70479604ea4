//! Messages that only their schema tells how to read: Avro and Protobuf, with a schema registry.
//!
//! Decoding comes before all else that is done with a record: what it gives is JSON, a number digit by digit.
//! `config` is what can be said of a registry, `registry` asks it and keeps what it said, `decoder` takes a message apart
//! from what stands before it; `avro` and `protobuf` read schemas and messages, `decimal` and `json` write.

#[cfg(feature = "avro")]
mod avro;
mod config;
#[cfg(feature = "registry")]
mod decimal;
#[cfg(feature = "registry")]
mod decoder;
#[cfg(feature = "registry")]
mod json;
#[cfg(not(feature = "registry"))]
mod none;
#[cfg(feature = "protobuf")]
mod protobuf;
#[cfg(feature = "registry")]
mod registry;
#[cfg(feature = "registry")]
mod why;

pub use config::RegistryConfig;
#[cfg(feature = "registry")]
pub(crate) use decoder::Decoder;
#[cfg(not(feature = "registry"))]
pub(crate) use none::Decoder;

/// What schemas are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    #[cfg(feature = "avro")]
    Avro,
    #[cfg(feature = "protobuf")]
    Protobuf,
}

/// Why there is no JSON of a message.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "registry"), expect(dead_code, reason = "nothing is decoded"))]
pub(crate) enum Undecoded {
    /// It is no message of its schema, or has none.
    Bad(String),
    /// It has to wait.
    Held(Held),
}

/// Why a message has to wait.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "registry"), expect(dead_code, reason = "nothing is decoded"))]
pub(crate) enum Held {
    /// The registry is away, and is asked again.
    Later,
    /// Asking the registry again would not help, and why.
    Refused(String),
}
