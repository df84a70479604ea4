//! Waiting between tries: longer each time, and not in step with others.

use std::time::Duration;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double from `shortest` to half a minute, each taken at random between its half and the whole.
#[derive(Debug)]
pub struct Backoff {
    shortest: Duration,
    next: Duration,
    tries: u64,
}

impl Backoff {
    /// Waits of which the first takes up to `shortest`.
    #[must_use]
    pub const fn new(shortest: Duration) -> Self {
        Self { shortest, next: shortest, tries: 0 }
    }

    /// Whether nothing has been tried in vain yet.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.tries == 0
    }

    /// How long to wait after one more try in vain.
    pub fn wait(&mut self) -> Duration {
        let whole = self.next;
        self.tries += 1;
        self.next = (whole * 2).min(LONGEST).max(self.shortest);
        whole.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// A try was good.
    pub const fn reset(&mut self) {
        self.next = self.shortest;
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_minute_and_start_again() {
        let mut backoff = Backoff::new(Duration::from_secs(1));
        for whole in [1, 2, 4, 8, 16, 30, 30] {
            let whole = Duration::from_secs(whole);
            let wait = backoff.wait();
            assert!(whole / 2 <= wait && wait <= whole, "{wait:?} of {whole:?}");
        }
        backoff.reset();
        assert!(backoff.is_first());
        assert!(backoff.wait() <= Duration::from_secs(1));
    }
}
