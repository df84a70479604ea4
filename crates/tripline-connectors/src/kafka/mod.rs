//! Kafka: a topic as a source, a topic as a sink.
//!
//! `config` is what can be said of them, `client` connects and tells errors that pass from those that do not, `source`
//! opens partitions and watches them, `partition` reads one, `sink` writes.

mod client;
mod config;
mod ends;
mod partition;
mod sink;
mod source;

pub use config::{KafkaOption, KafkaSink, KafkaSource, KafkaStart, Partitions};
