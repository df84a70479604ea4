//! Event time, in milliseconds since the epoch.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment in event time.
///
/// # Units
/// Milliseconds since 1970-01-01T00:00:00Z; negative before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The end of time: where a bounded input's windows all close.
    pub const MAX: Self = Self(i64::MAX);
    /// Before every event.
    pub const MIN: Self = Self(i64::MIN);

    /// The moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment moved by `duration_ms`; stays at the ends of the range rather than wrapping.
    #[must_use]
    pub const fn saturating_add(self, duration_ms: i64) -> Self {
        Self(self.0.saturating_add(duration_ms))
    }

    /// Milliseconds from `earlier` to this moment; negative if `earlier` is later. Saturates.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A promise that no event at or before a moment is still to come.
///
/// # Ordering and time
/// The bound is inclusive: after `Watermark(t)` every event has a timestamp greater than `t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Watermark(pub Timestamp);

impl Watermark {
    /// Nothing is promised yet.
    pub const MIN: Self = Self(Timestamp::MIN);
    /// Nothing will come any more.
    pub const MAX: Self = Self(Timestamp::MAX);
}
