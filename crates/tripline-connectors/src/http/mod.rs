//! HTTP: a source that events are posted to, and a sink that posts results to a webhook or to the robots of messengers.
//!
//! Of the sink, `config` is what can be said of it, `template` the texts with places, `message` what is posted and what
//! answers mean, `sink` posts. Of the source, `source` listens, `service` answers,
//! `body` finds the events of a request, `intake` has the requests between senders and the engine, and `tls` encrypts. `listener` and
//! `token` are for whatever else listens, too.

mod body;
mod config;
mod intake;
mod listener;
mod message;
mod service;
mod sink;
mod source;
mod template;
mod tls;
mod token;

use std::time::SystemTime;

pub use config::{HttpFormat, HttpSink, TextOrSecret};
pub use listener::{Bounded, BoundedStream};
pub use source::HttpSource;
pub use tls::HttpTls;
pub use token::{Token, TokenError};

/// The time of day, in ms since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "signatures and the numbers of what comes first have it; nothing that is found depends on it"
)]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
