//! What can go wrong with a store.

use thiserror::Error;
use tripline_event::{RuleId, RuleVersion};

/// Why a store did not do what it was asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no store.
    #[error("`{url}` names no rule store: {reason}")]
    Url {
        /// As it was given, without a password.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The store cannot be reached, or did not answer in time: worth another try.
    #[error("cannot reach {store}: {reason}")]
    Unavailable {
        /// The store, without a password.
        store: String,
        /// Why.
        reason: String,
    },
    /// The store answers, but has not what is asked for, or does not allow it: another try will not help by itself.
    #[error("{store}: {reason}")]
    Refused {
        /// The store, without a password.
        store: String,
        /// What is missing, and what to do.
        reason: String,
    },
    /// Somebody has added this version, or a higher one, in the meantime.
    #[error("rule `{id}` has version {found} already")]
    VersionTaken {
        /// Which rule.
        id: RuleId,
        /// The highest version there is.
        found: RuleVersion,
    },
    /// There is no such rule, or no such version of it.
    #[error("there is no rule `{id}`{}", version.map_or_else(String::new, |version| format!(" of version {version}")))]
    NotFound {
        /// Which rule.
        id: RuleId,
        /// Which version, if one was named.
        version: Option<RuleVersion>,
    },
    /// The engine is not known by this name, or no longer: it was silent so long that it was taken to be dead.
    ///
    /// It must register again, and then report all statuses.
    #[error("the engine `{instance}` is not registered, or no longer")]
    NotRegistered {
        /// The engine's name.
        instance: String,
    },
    /// This kind of store cannot do it.
    #[error("{store} {reason}")]
    Unsupported {
        /// The store.
        store: String,
        /// What it cannot do, and what to do instead.
        reason: &'static str,
    },
}
