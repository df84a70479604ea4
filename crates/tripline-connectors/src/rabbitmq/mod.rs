//! RabbitMQ: a queue as a source, an exchange as a sink.
//!
//! `config` is what can be said of them, `client` connects and tells what passes from what does not, `book` knows what was
//! read and what may come again, `source` reads, `sink` writes.

mod book;
mod client;
mod config;
mod sink;
mod source;

pub use config::{RabbitMqSink, RabbitMqSource};
