//! Times that were seen, in one line.

use std::time::Duration;

/// Times, to be shown by their quantiles.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Duration>);

impl Figures {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Median, 99th and 99.9th percentile and the longest, and how many there are.
    pub(crate) fn line(&mut self) -> String {
        self.0.sort_unstable();
        let at = |share: f64| {
            let index = ((self.0.len() as f64 * share).ceil() as usize).saturating_sub(1);
            self.0.get(index).copied().unwrap_or_default()
        };
        format!(
            "p50 {:?}, p99 {:?}, p99.9 {:?}, max {:?} ({} times)",
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0),
            self.0.len()
        )
    }
}
