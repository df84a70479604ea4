//! E-mail as a sink.
//!
//! `config` is what can be said of it, `sink` writes mails and sends them.

mod config;
mod sink;

pub use config::{EmailSink, EmailTls};
