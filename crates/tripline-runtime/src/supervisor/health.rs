//! How it goes with the store.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How it goes with the store, for metrics.
#[derive(Debug, Default)]
pub struct StoreHealth {
    pub(super) reachable: AtomicBool,
    pub(super) polls: AtomicU64,
    pub(super) failed_polls: AtomicU64,
    pub(super) rejected: AtomicU64,
}

impl StoreHealth {
    /// Whether the last try to reach the store was good.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.reachable.load(Ordering::Relaxed)
    }

    /// How often it was asked.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// How many rules are not valid in their highest version.
    #[must_use]
    pub fn rejected_rules(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// How often it did not answer, or not as it must.
    #[must_use]
    pub fn failed_polls(&self) -> u64 {
        self.failed_polls.load(Ordering::Relaxed)
    }
}
