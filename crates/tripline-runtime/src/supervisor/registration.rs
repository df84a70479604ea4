//! Under which name the store knows this engine.

/// Whether the store knows this engine.
#[derive(Debug)]
pub(super) enum Registration {
    /// It has not been asked.
    Open,
    /// It does, under this name.
    Done(String),
    /// The store could not keep statuses when it was asked, which may change with a grant or a failover.
    Refused { at_ms: i64 },
}

impl Registration {
    /// Whether it is time to ask the store.
    pub(super) fn is_due(&self, now_ms: i64) -> bool {
        match self {
            Self::Open => true,
            Self::Done(_) => false,
            Self::Refused { at_ms } => {
                !(0..REGISTER_AGAIN_MS).contains(&now_ms.saturating_sub(*at_ms))
            }
        }
    }
}

/// How long to wait, in ms, before a store that would not keep statuses is asked again.
const REGISTER_AGAIN_MS: i64 = 60_000;
