//! How a run ends before its sources do.

use std::sync::Arc;

use crate::hub::Hub;

/// Ends a run where it is.
///
/// # Ordering and time
/// Nothing more is read; what was read is processed, and the outputs are handed on. Time does not move: windows stay open,
/// and events that wait for earlier ones go on waiting. It does not wait for a reader that waits for its source.
#[derive(Clone, Debug)]
pub struct Stopper {
    hub: Arc<Hub>,
}

impl Stopper {
    pub(crate) const fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    /// Ends the run, and returns at once; the second time it does nothing.
    pub fn stop(&self) {
        self.hub.end_here();
    }
}
