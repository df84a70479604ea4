//! The one place that reads the wall clock.

use std::time::{Duration, Instant};

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
