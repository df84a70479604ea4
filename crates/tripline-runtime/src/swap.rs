//! How new rules reach the thread that runs them: the newest lies ready, and a message says that it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::time::Duration;

use arc_swap::ArcSwap;
use tripline::{SwapEffect, Timestamp};

use crate::pipeline::Message;
use crate::rules::RunningRules;

/// What a shard says of swaps.
#[derive(Debug)]
pub enum SwapReport {
    /// New rules are in force.
    Applied {
        /// The rules.
        rules: Arc<RunningRules>,
        /// The rules before, to be freed by who gets this and not by the shard.
        before: Arc<RunningRules>,
        /// What became of open runs.
        effects: Vec<SwapEffect>,
        /// How long the shard stood still for it.
        pause: Duration,
    },
    /// A version that was draining has no run left.
    Drained {
        /// Its slot.
        slot: usize,
        /// Its epoch.
        epoch: u64,
    },
}

/// The end of the way that gives new rules.
#[derive(Debug)]
pub struct SwapSender {
    latest: Arc<Latest>,
    wake: SyncSender<Message>,
    reports: Receiver<SwapReport>,
}

/// What both ends look at.
#[derive(Debug)]
struct Latest {
    rules: ArcSwap<RunningRules>,
    /// How far event time is, in ms.
    watermark_ms: AtomicI64,
}

impl SwapSender {
    /// Puts rules in force at the next event that the shard has not begun with.
    pub fn swap(&self, rules: Arc<RunningRules>) {
        self.latest.rules.store(rules);
        // A full queue has a message already, at which the shard looks up; one that is gone needs no rules.
        drop(self.wake.try_send(Message::Swap));
    }

    /// What the shard has said since the last time, without waiting.
    pub fn reports(&mut self) -> impl Iterator<Item = SwapReport> {
        self.reports.try_iter()
    }

    /// The next thing that the shard says, if it does so within `timeout`.
    #[must_use]
    pub fn next_report(&mut self, timeout: Duration) -> Option<SwapReport> {
        self.reports.recv_timeout(timeout).ok()
    }

    /// How far event time is; `None` before the first event.
    #[must_use]
    pub fn watermark(&self) -> Option<Timestamp> {
        let millis = self.latest.watermark_ms.load(Ordering::Relaxed);
        (millis != i64::MIN).then(|| Timestamp::from_millis(millis))
    }
}

/// The shard's end.
#[derive(Debug)]
pub(crate) struct SwapReceiver {
    latest: Arc<Latest>,
    reports: Sender<SwapReport>,
    /// Versions said to be drained, so that it is said once.
    drained: Vec<u64>,
}

impl SwapReceiver {
    /// Rules other than `current`, if there are newer ones.
    pub(crate) fn newer(&self, current: &Arc<RunningRules>) -> Option<Arc<RunningRules>> {
        let latest = self.latest.rules.load();
        (!Arc::ptr_eq(&latest, current) && latest.set.generation() > current.set.generation())
            .then(|| Arc::clone(&latest))
    }

    pub(crate) fn report(&self, report: SwapReport) {
        // Nobody may be there to hear it any more.
        drop(self.reports.send(report));
    }

    pub(crate) fn report_drained(&mut self, slot: usize, epoch: u64) {
        if !self.drained.contains(&epoch) {
            self.drained.push(epoch);
            self.report(SwapReport::Drained { slot, epoch });
        }
    }

    /// Forgets what was drained in sets before this one.
    pub(crate) fn keep_draining(&mut self, rules: &RunningRules) {
        let set = &rules.set;
        let draining = |epoch: &u64| {
            let mut slots = set.draining().iter().filter_map(|&slot| set.rule_in(slot));
            slots.any(|rule| rule.epoch() == *epoch)
        };
        self.drained.retain(draining);
    }

    pub(crate) fn watermark(&self, watermark: Timestamp) {
        self.latest.watermark_ms.store(watermark.as_millis(), Ordering::Relaxed);
    }
}

/// Both ends, with `rules` in force; `wake` is the shard's queue.
pub(crate) fn swap_channel(
    rules: Arc<RunningRules>,
    wake: SyncSender<Message>,
) -> (SwapSender, SwapReceiver) {
    let (sender, receiver) = channel();
    let latest =
        Arc::new(Latest { rules: ArcSwap::new(rules), watermark_ms: AtomicI64::new(i64::MIN) });
    let to_shard = SwapSender { latest: Arc::clone(&latest), wake, reports: receiver };
    (to_shard, SwapReceiver { latest, reports: sender, drained: Vec::new() })
}
