//! The running engine: reads records, puts them in order of event time, runs the rules, hands out what they find.
//!
//! Effects live here and at the rim: records come from a [`RecordReader`](tripline_connectors::RecordReader), outputs
//! go to an [`Sink`](tripline_connectors::Sink), the wall clock is read in `clock` and nowhere else.
//! What is found depends on none of them: batches and speed change nothing.
//!
//! New rules are made beside it, in a [`Rulebook`], and come into force between two batches; a [`Supervisor`] follows a
//! rule store and hands them over.
//!
//! Keys are spread over shards, a thread each (`docs/decisions/0011-one-sequence-of-items.md`); their number changes
//! nothing that is found.

mod aliases;
mod batch;
mod budget;
mod checkpoint;
mod clock;
mod collect;
mod config;
mod dedup;
mod faults;
mod finding;
mod forward;
mod handler;
mod hub;
mod item;
mod live;
mod order;
mod origin;
mod outputs;
mod pipeline;
mod rules;
mod shard;
mod stop;
mod summary;
mod supervisor;
mod swap;
mod throttle;
mod time;
mod watermark;

pub use aliases::store_aliases;
pub use budget::{BudgetGuard, SharedRules};
pub use checkpoint::{
    CheckpointError, CheckpointFolder, CheckpointSets, CheckpointStats, CheckpointStorage,
    Checkpoints, LocalStorage, SavedRun, checkpoint_sets,
};
pub use clock::{Clock, ManualClock};
pub use collect::Observer;
pub use config::{IdleTimeout, Kept, MAX_SHARDS, PipelineConfig, Source, TimeMode};
pub use dedup::{DedupBy, DedupConfig};
pub use finding::RuleFinding;
pub use handler::{JsonLines, OutputFormat};
pub use hub::SourceAdder;
pub use live::{Meters, Probe, Seen};
pub use pipeline::{Pipeline, RunError};
pub use rules::{Rulebook, RunningRules};
pub use stop::Stopper;
pub use summary::{OutputCounts, RecordCounts, RuleSummary, RunSummary, SourceSummary};
pub use supervisor::{
    OpenStore, StartError, StoreHealth, Supervisor, SupervisorConfig, member_of_row,
};
pub use swap::{SwapReport, SwapSender};
pub use time::{TimeConfig, TimeError, TimeUnit, parse_duration_ms};
