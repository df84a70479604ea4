//! How events flow: whose time counts, how long to wait, how many threads.

use clap::Args;
use tripline_connectors::RecordReader;
use tripline_runtime::{
    IdleTimeout, Kept, MAX_SHARDS, PipelineConfig, Source, TimeConfig, TimeMode, TimeUnit,
    parse_duration_ms,
};

use super::dedup::DedupArgs;
use crate::config::{Config, Limit, Mode};

/// How far ahead of the clock an event of a live source may be, in ms, unless something else is said.
const LIVE_FUTURE_SKEW_MS: i64 = 5 * 60 * 1000;

/// How time moves, and how the work is spread; what is not said here may stand in the configuration.
#[derive(Debug, Args)]
pub(super) struct FlowArgs {
    /// The field that holds an event's time; ts unless given
    #[arg(long, value_name = "FIELD")]
    time_field: Option<String>,
    /// How the time is written: ms (unless given), s or us since 1970, or rfc3339
    #[arg(long, value_name = "UNIT")]
    time_unit: Option<TimeUnit>,
    /// Whose time counts; that of events unless given
    #[arg(long, value_enum)]
    time_mode: Option<Mode>,
    /// How far an event may be behind the latest one, such as 10s; 0 unless given
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    max_out_of_order: Option<i64>,
    /// How late beyond that an event may be and still be processed: by patterns as if it happened at the earliest moment
    /// still open, while statistics give out once more what it changes; 0 unless given
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    allowed_lateness: Option<i64>,
    /// After how much silence of a pipe time moves on with the clock, or off; 500ms unless given, as long as events are at
    /// most a minute old when they come; files always wait for their events
    #[arg(long, value_name = "DURATION|off")]
    idle_timeout: Option<Limit>,
    /// How far ahead of the clock an event may be, or off; 5m unless given for a pipe, and off for a file
    #[arg(long, value_name = "DURATION|off")]
    max_future_skew: Option<Limit>,
    /// How many threads work, each with its share of the keys; as many as the machine has cores unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    shards: Option<u8>,
    #[command(flatten)]
    dedup: DedupArgs,
}

impl FlowArgs {
    pub(super) fn config(&self, config: &Config) -> PipelineConfig {
        let (engine, time, default) = (&config.engine, &config.time, PipelineConfig::default());
        let cores = || std::thread::available_parallelism().map_or(1, usize::from).min(MAX_SHARDS);
        let shards = self.shards.or(engine.shards.map(|shards| shards.0));
        let batch = engine.batch_max_events.and_then(|events| usize::try_from(events.0).ok());
        let field = self.time_field.clone().or_else(|| time.field.clone());
        let unit = self.time_unit.or(time.unit.map(TimeUnit::from));
        let max_out_of_order = time.max_out_of_order.map(|duration| duration.0);
        let allowed_lateness = time.allowed_lateness.map(|duration| duration.0);
        PipelineConfig {
            shards: shards.map_or_else(cores, usize::from),
            batch_max_events: batch.unwrap_or(default.batch_max_events),
            mode: match self.time_mode.or(time.mode).unwrap_or(Mode::Event) {
                Mode::Event => TimeMode::Event,
                Mode::Processing => TimeMode::Processing,
            },
            time: TimeConfig {
                field: field.unwrap_or(default.time.field),
                unit: unit.unwrap_or(default.time.unit),
            },
            max_out_of_order_ms: self.max_out_of_order.or(max_out_of_order).unwrap_or_default(),
            allowed_lateness_ms: self.allowed_lateness.or(allowed_lateness).unwrap_or_default(),
            dedup: self.dedup.config(config),
            close_at_end: true,
            clock: default.clock,
            forward: default.forward,
        }
    }

    /// What is wrong with the arguments, given the configuration.
    pub(super) fn problem(&self, config: &Config) -> Option<&'static str> {
        self.dedup.problem(config)
    }

    /// What is to be expected of sources.
    pub(super) fn expected(&self, config: &Config) -> Expected {
        Expected {
            idle_timeout: self.idle_timeout.or(config.time.idle_timeout),
            max_future_skew: self.max_future_skew.or(config.time.max_future_skew),
        }
    }
}

/// What is to be expected of sources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    idle_timeout: Option<Limit>,
    max_future_skew: Option<Limit>,
}

impl Expected {
    /// A source; `live` is whether it may go on for ever, and send nothing for a while.
    pub(super) fn source(self, live: bool, reader: Box<dyn RecordReader>, kept: Kept) -> Source {
        let idle = match self.idle_timeout {
            _ if !live => IdleTimeout::Off,
            None => IdleTimeout::WhileLive,
            Some(Limit::Off) => IdleTimeout::Off,
            Some(Limit::Ms(ms)) => IdleTimeout::After(ms),
        };
        let max_future_skew_ms = match self.max_future_skew {
            None => live.then_some(LIVE_FUTURE_SKEW_MS),
            Some(Limit::Off) => None,
            Some(Limit::Ms(ms)) => Some(ms),
        };
        Source { idle, max_future_skew_ms, kept, ..Source::bounded(reader) }
    }
}
