//! The one place that reads the wall clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

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
