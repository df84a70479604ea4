//! What went wrong in a plugin while it was asked, counted for each condition that was bound.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// An answer that took this long, in ns, or longer counts as slow.
const SLOW_NS: u64 = 10_000_000;

/// Slow answers that took less than this in all, in ns, are not worth a word: the machine may have been busy.
const WORTH_TELLING_NS: u64 = 100_000_000;

/// The faults of one bound condition; rules that share the condition share them.
#[derive(Debug)]
pub struct Faults {
    plugin: Arc<str>,
    panics: AtomicU64,
    first_panic: OnceLock<String>,
    unkept: AtomicU64,
    slow: AtomicU64,
    slow_ns: AtomicU64,
    slowest_ns: AtomicU64,
    /// Of all conditions of the plugin.
    all_panics: Arc<AtomicU64>,
}

/// The faults of a condition at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultReport {
    /// The name of the plugin.
    pub plugin: Arc<str>,
    /// How often it panicked instead of answering.
    pub panics: u64,
    /// What the first panic said.
    pub first_panic: Option<String>,
    /// How often it held although the equality that it said it requires did not.
    pub unkept: u64,
    /// How often it took 10 ms or longer to answer; 0 while that took less than 0.1 s in all.
    pub slow: u64,
    /// How long those answers took in all, in ms.
    pub slow_ms: u64,
    /// The longest of them, in ms.
    pub slowest_ms: u64,
}

impl FaultReport {
    /// Whether there is nothing to tell.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.panics == 0 && self.unkept == 0 && self.slow == 0
    }
}

impl Faults {
    pub(super) fn new(plugin: Arc<str>, all_panics: Arc<AtomicU64>) -> Self {
        Self {
            plugin,
            panics: AtomicU64::new(0),
            first_panic: OnceLock::new(),
            unkept: AtomicU64::new(0),
            slow: AtomicU64::new(0),
            slow_ns: AtomicU64::new(0),
            slowest_ns: AtomicU64::new(0),
            all_panics,
        }
    }

    /// What there is so far.
    #[must_use]
    pub fn report(&self) -> FaultReport {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let slow_ns = read(&self.slow_ns);
        let telling = slow_ns >= WORTH_TELLING_NS;
        let told = |value: u64| if telling { value } else { 0 };
        FaultReport {
            plugin: Arc::clone(&self.plugin),
            panics: read(&self.panics),
            first_panic: self.first_panic.get().cloned(),
            unkept: read(&self.unkept),
            slow: told(read(&self.slow)),
            slow_ms: told(slow_ns / 1_000_000),
            slowest_ms: told(read(&self.slowest_ns) / 1_000_000),
        }
    }

    /// A panic; counted after what it said is kept, so that whoever sees the count sees that too.
    #[cold]
    pub(super) fn panicked(&self, message: String) {
        let _first = self.first_panic.set(message);
        self.panics.fetch_add(1, Ordering::Relaxed);
        self.all_panics.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    pub(super) fn broke_equality(&self) {
        self.unkept.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn took(&self, ns: u64) {
        if ns >= SLOW_NS {
            self.was_slow(ns);
        }
    }

    #[cold]
    fn was_slow(&self, ns: u64) {
        self.slow.fetch_add(1, Ordering::Relaxed);
        self.slow_ns.fetch_add(ns, Ordering::Relaxed);
        self.slowest_ns.fetch_max(ns, Ordering::Relaxed);
    }
}
