//! Kafka: a topic as a source, a topic as a sink.
//!
//! `config` and `format` are what can be said of them, `client` connects and tells errors that pass from those that do not, `source`
//! opens partitions and watches them, `partition` reads one, `sink` writes, in transactions (`transaction`) if that is asked for.

mod client;
mod config;
mod ends;
mod format;
mod partition;
mod sink;
mod source;
mod transaction;

pub use config::{KafkaDelivery, KafkaOption, KafkaSink, KafkaSource, KafkaStart, Partitions};
pub use format::KafkaFormat;
