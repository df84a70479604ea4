//! How new rules reach the shards: as an item between two batches, the same one for all of them.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tripline::{BudgetExceeded, SwapEffect, Timestamp};

use crate::hub::Hub;
use crate::rules::RunningRules;

/// What the shards say of swaps.
#[derive(Debug)]
pub enum SwapReport {
    /// New rules are in force, in all shards.
    Applied {
        /// The rules.
        rules: Arc<RunningRules>,
        /// The rules before, to be freed by who gets this and not by a shard.
        before: Arc<RunningRules>,
        /// What became of open runs, in all shards together.
        effects: Vec<SwapEffect>,
        /// How long the shard that took longest stood still for it.
        pause: Duration,
    },
    /// A version that was draining has no run left in any shard.
    Drained {
        /// Its slot.
        slot: usize,
        /// Its epoch.
        epoch: u64,
    },
    /// A rule took more than its budget has, in one shard.
    Exceeded(BudgetExceeded),
}

/// The end of the way that gives new rules.
#[derive(Debug)]
pub struct SwapSender {
    hub: Arc<Hub>,
    reports: Receiver<SwapReport>,
}

impl SwapSender {
    pub(crate) const fn new(hub: Arc<Hub>, reports: Receiver<SwapReport>) -> Self {
        Self { hub, reports }
    }

    /// Puts rules in force at the next event that has not been read yet.
    pub fn swap(&self, rules: Arc<RunningRules>) {
        self.hub.swap(rules);
    }

    /// What the shards have said since the last time, without waiting.
    pub fn reports(&mut self) -> impl Iterator<Item = SwapReport> {
        self.reports.try_iter()
    }

    /// The next thing that the shards say, if they do so within `timeout`.
    #[must_use]
    pub fn next_report(&mut self, timeout: Duration) -> Option<SwapReport> {
        self.reports.recv_timeout(timeout).ok()
    }

    /// How far event time is; `None` before the first event.
    #[must_use]
    pub fn watermark(&self) -> Option<Timestamp> {
        let millis = self.hub.watermark_ms();
        (millis != i64::MIN).then(|| Timestamp::from_millis(millis))
    }
}
