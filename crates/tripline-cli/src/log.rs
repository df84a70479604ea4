//! The log: what the engine says of itself, on stderr, as text or as JSON.
//!
//! The rule it keeps: no password or token is ever in it; what may have one shows itself without.

use std::io::IsTerminal as _;
use std::str::FromStr;
use std::sync::OnceLock;

use clap::Args;
use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

use crate::config::{LogConfig, LogFormat};

/// How the log is written; what is not said here may stand in the configuration.
#[derive(Clone, Debug, Args)]
pub(crate) struct LogArgs {
    /// How the log on stderr is written; text unless given
    #[arg(long, value_enum, value_name = "text|json")]
    log: Option<LogFormat>,
    /// What is logged: error, warn, info, debug or trace, or a filter such as info,tripline_runtime=debug
    #[arg(long, value_name = "LEVEL|FILTER")]
    log_level: Option<LogLevel>,
}

/// What is logged.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LogLevel(Targets);

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unfit = || {
            "it is no level of the log: give error, warn, info, debug or trace, or a filter such as \
             \"info,tripline_runtime=debug\""
                .to_owned()
        };
        if text.trim().is_empty() {
            return Err(unfit());
        }
        if let Ok(level) = text.parse::<LevelFilter>() {
            return Ok(Self::of(level));
        }
        text.parse().map(Self).map_err(|_| unfit())
    }
}

impl TryFrom<String> for LogLevel {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl LogLevel {
    /// All that this program says, and nothing of its libraries.
    fn of(level: LevelFilter) -> Self {
        Self(Targets::new().with_target("tripline", level))
    }
}

/// The filter in force; `None` within if somebody who runs this as a library has a log of his own.
static FILTER: OnceLock<Option<Handle<Targets, Registry>>> = OnceLock::new();

/// Whether lines are objects, so that what is said to people has to be one too.
static SPEAKS_JSON: OnceLock<()> = OnceLock::new();

/// Whether the log is written as JSON.
pub(crate) fn speaks_json() -> bool {
    SPEAKS_JSON.get().is_some()
}

impl LogArgs {
    /// Lets what the engine says be read on stderr; `usual` counts if nothing else is said.
    pub(crate) fn start(&self, config: &LogConfig, usual: LevelFilter) {
        let format = self.log.or(config.format).unwrap_or(LogFormat::Text);
        let level = self.level(config, usual);
        FILTER.get_or_init(|| {
            let (filter, handle) = reload::Layer::new(level.0);
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
            let lines = match format {
                LogFormat::Text => {
                    let terminal = std::io::stderr().is_terminal();
                    lines.with_ansi(terminal).with_target(false).boxed()
                }
                LogFormat::Json => {
                    SPEAKS_JSON.get_or_init(|| ());
                    lines.json().flatten_event(true).boxed()
                }
            };
            let log = tracing_subscriber::registry().with(lines.with_filter(filter));
            log.try_init().ok().map(|()| handle)
        });
    }

    /// Changes what is logged.
    pub(crate) fn reload(&self, config: &LogConfig, usual: LevelFilter) {
        if let Some(Some(handle)) = FILTER.get() {
            // It lives as long as the process.
            drop(handle.reload(self.level(config, usual).0));
        }
    }

    fn level(&self, config: &LogConfig, usual: LevelFilter) -> LogLevel {
        let said = self.log_level.clone().or_else(|| config.level.clone());
        said.unwrap_or_else(|| LogLevel::of(usual))
    }
}

#[cfg(test)]
mod tests {
    use super::LogLevel;

    #[test]
    fn a_level_is_a_word_or_a_filter() {
        for fit in ["info", "WARN", "off", "info,tripline_runtime=debug", "tripline_server=trace"] {
            assert!(fit.parse::<LogLevel>().is_ok(), "{fit}");
        }
        for unfit in ["", " ", "tripline=loud", "a=b=c"] {
            assert!(unfit.parse::<LogLevel>().is_err(), "{unfit}");
        }
    }
}
