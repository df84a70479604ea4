//! How a pipeline runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tripline_connectors::{Acknowledge, FileIdentity, RecordReader};

use crate::clock::Clock;
use crate::dedup::DedupConfig;
use crate::time::TimeConfig;

/// The most shards a pipeline has.
pub const MAX_SHARDS: usize = 64;

/// How a pipeline reads events, moves time, and spreads the work.
#[derive(Clone, Debug)]
pub struct PipelineConfig {
    /// How many threads work, each with its share of the keys; 1 to [`MAX_SHARDS`]. Changes nothing that is found.
    pub shards: usize,
    /// Events a batch takes at most; of a pipe it takes what is there. Changes nothing that is found.
    pub batch_max_events: usize,
    /// Whose time counts.
    pub mode: TimeMode,
    /// Where an event's time stands, in [`TimeMode::Event`].
    pub time: TimeConfig,
    /// How far an event may be behind the latest one of its source, in ms, inclusive.
    pub max_out_of_order_ms: i64,
    /// How late an event may be and still be processed, by patterns as of the earliest moment that is still open; in ms,
    /// inclusive.
    pub allowed_lateness_ms: i64,
    /// How events that came before are told and left out; without it they are not.
    pub dedup: Option<DedupConfig>,
    /// Whether the end of the input closes all windows.
    pub close_at_end: bool,
    /// Says when events come.
    pub clock: Clock,
    /// The sinks to which the events of a source go as they are, by the name of the source, as a set of their numbers.
    pub forward: BTreeMap<String, u64>,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self {
            shards: 1,
            batch_max_events: 1024,
            mode: TimeMode::Event,
            time: TimeConfig::default(),
            max_out_of_order_ms: 0,
            allowed_lateness_ms: 0,
            dedup: None,
            close_at_end: true,
            clock: Clock::default(),
            forward: BTreeMap::new(),
        }
    }
}

/// Whose time counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeMode {
    /// When events happened, as a field of theirs says.
    #[default]
    Event,
    /// When they come, by the clock; windows close by the clock too.
    Processing,
}

/// When a source that sends nothing no longer holds time back.
///
/// # Ordering and time
/// From then on the other sources decide how far time is. If none sends anything, time moves on with the clock: as far
/// behind it as the latest event was, and the timeout or the out-of-orderness, whichever is longer, behind that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdleTimeout {
    /// Never: time moves with events only. Right for what ends, such as files.
    #[default]
    Off,
    /// After [`IdleTimeout::LIVE_MS`], while the latest event of the source was at most [`IdleTimeout::LIVE_WITHIN_MS`]
    /// old when it came. So a replay of old events through a pipe that stalls loses none of them.
    WhileLive,
    /// After so many ms.
    After(i64),
}

impl IdleTimeout {
    /// The timeout of [`IdleTimeout::WhileLive`], in ms.
    pub const LIVE_MS: i64 = 500;
    /// How old the events of a live source are at most, in ms.
    pub const LIVE_WITHIN_MS: i64 = 60_000;
}

/// A source of events, and what is to be expected of it.
pub struct Source {
    /// Its name, by which a checkpoint knows it.
    pub name: String,
    /// Its records.
    pub reader: Box<dyn RecordReader>,
    /// When it no longer holds time back.
    pub idle: IdleTimeout,
    /// Whether it has another side that may be away: then it is idle only while its reader says that there is nothing more
    /// ([`RecordReader::is_at_end`]), so that an outage makes no event late.
    pub is_remote: bool,
    /// How far ahead of the clock an event may be, in ms; one further ahead is rejected. `None` for any.
    pub max_future_skew_ms: Option<i64>,
    /// Whether it can be read again from where it was; if not, the journal keeps what it says.
    pub kept: Kept,
    /// Who is told how far it was processed for good.
    pub acknowledge: Option<Arc<dyn Acknowledge>>,
}

/// What a run does so that a source can be read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: its reader is opened where it was; a file, told from others by its beginning.
    InItself(Option<FileIdentity>),
    /// The journal keeps all that was read of it.
    #[default]
    InJournal,
    /// Nothing: what was read of it since the last checkpoint is lost when the process is killed, and what came of it may
    /// have been given out.
    Not,
}

impl Kept {
    pub(crate) const fn identity(self) -> Option<FileIdentity> {
        match self {
            Self::InItself(identity) => identity,
            Self::InJournal | Self::Not => None,
        }
    }
}

impl Source {
    /// A source that ends, such as a file.
    #[must_use]
    pub fn bounded(reader: Box<dyn RecordReader>) -> Self {
        Self {
            name: "events".to_owned(),
            reader,
            idle: IdleTimeout::Off,
            is_remote: false,
            max_future_skew_ms: None,
            kept: Kept::InItself(None),
            acknowledge: None,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("reader", &self.reader).finish_non_exhaustive()
    }
}
