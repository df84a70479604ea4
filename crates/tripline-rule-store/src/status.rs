//! What became of the rules, written where their authors look.

use tripline_event::{RuleId, RuleVersion};

/// A running engine, as it makes itself known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name; unique among the engines of a store.
    pub name: String,
    /// Tells two processes of one name apart.
    pub process: String,
    /// When it started, in ms since 1970.
    pub started_at_ms: i64,
    /// How often it looks for changes, in ms.
    pub poll_interval_ms: i64,
}

/// What became of one rule in one engine (`tripline_rule_status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleStatus {
    /// Which rule; of rows without an id, `(no id)`.
    pub rule_id: RuleId,
    /// The version that runs, if one does.
    pub version_in_force: Option<RuleVersion>,
    /// `active`, `pending`, `expired`, `suspended`, `disabled` or `rejected`.
    pub state: String,
    /// The highest version in the store.
    pub latest_version: Option<RuleVersion>,
    /// What became of that: the same words.
    pub latest_state: String,
    /// All diagnostics of the highest version: a JSON array.
    pub diagnostics: String,
    /// Open attempts that the last change dropped.
    pub dropped_runs: u64,
    /// Open attempts that the last change kept.
    pub kept_runs: u64,
    /// Since when it is so, in ms since 1970.
    pub since_ms: i64,
    /// When this was written, in ms since 1970.
    pub updated_at_ms: i64,
}

/// A status with the engine that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceStatus {
    /// The engine's name.
    pub instance: String,
    /// When the engine was last heard of, in ms since 1970.
    pub heartbeat_at_ms: i64,
    /// Whether it was heard of so long ago that it no longer runs, or was stopped.
    pub stale: bool,
    /// What it wrote.
    pub status: RuleStatus,
}
