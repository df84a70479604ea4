//! The one place that reads the wall clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

/// Measures how long a run takes; nothing that is found depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "the one clock of the project")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it started.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Ns since the first call, for how long condition plugins take.
pub(crate) fn steady_ns() -> u64 {
    static FIRST: OnceLock<Stopwatch> = OnceLock::new();
    let elapsed = FIRST.get_or_init(Stopwatch::start).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// The time of day, in ms since 1970: for what people read, never for what is found.
#[expect(clippy::disallowed_methods, reason = "the one clock of the project")]
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A moment of a [`Clock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Now {
    /// The time of day, in ms since 1970; it can be set back.
    pub(crate) wall_ms: i64,
    /// Ms since some moment; never goes back.
    pub(crate) steady_ms: i64,
}

/// What tells a pipeline when events come, and how long none has.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Since when, and what it showed then, in ms.
    System(Stopwatch, i64),
    Manual(Arc<AtomicI64>),
}

/// Moves a clock by hand, for tests.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Moves the clock on by so many ms.
    pub fn advance_ms(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self(Kind::System(Stopwatch::start(), 0))
    }
}

impl Clock {
    /// A clock that stands at this moment, in ms since 1970, until it is moved.
    #[must_use]
    pub fn manual(now_ms: i64) -> (Self, ManualClock) {
        let now = Arc::new(AtomicI64::new(now_ms));
        (Self(Kind::Manual(Arc::clone(&now))), ManualClock(now))
    }

    /// The time of day, in ms since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now().wall_ms
    }

    /// A clock that goes on where that of another process stood at a moment: the time between was time too.
    pub(crate) fn after(self, before: Now) -> Self {
        match self.0 {
            Kind::System(..) => {
                let between_ms = now_ms().saturating_sub(before.wall_ms).max(0);
                let before_ms = before.steady_ms.saturating_add(between_ms);
                Self(Kind::System(Stopwatch::start(), before_ms))
            }
            manual @ Kind::Manual(_) => Self(manual),
        }
    }

    pub(crate) fn now(&self) -> Now {
        match &self.0 {
            Kind::System(started, before_ms) => {
                let steady_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
                Now { wall_ms: now_ms(), steady_ms: steady_ms.saturating_add(*before_ms) }
            }
            Kind::Manual(now) => {
                let now = now.load(Ordering::Relaxed);
                Now { wall_ms: now, steady_ms: now }
            }
        }
    }

    /// How long to wait, at most, until the clock may have come to a moment.
    pub(crate) fn until(&self, now: Now, steady_ms: i64) -> Duration {
        let left = u64::try_from(steady_ms.saturating_sub(now.steady_ms)).unwrap_or(0);
        match &self.0 {
            Kind::System(..) => Duration::from_millis(left),
            // It moves when somebody moves it.
            Kind::Manual(_) => Duration::from_millis(left.min(1)),
        }
    }
}
