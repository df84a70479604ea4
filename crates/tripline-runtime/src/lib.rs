//! The running engine: reads records, puts them in order of event time, runs the rules, hands out what they find.
//!
//! Effects live here and at the rim: records come from a [`RecordReader`](tripline_connectors::RecordReader), outputs
//! go to an [`OutputHandler`], the wall clock is read in `clock` and nowhere else.
//! What is found depends on none of them: batches and speed change nothing.
//!
//! New rules are made beside it, in a [`Rulebook`], and come into force between two batches; a [`Supervisor`] follows a
//! rule store and hands them over.
//!
//! One shard for now: all keys are run by the thread that calls [`Pipeline::run`].

mod aliases;
mod backoff;
mod clock;
mod faults;
mod handler;
mod order;
mod pipeline;
mod rules;
mod summary;
mod supervisor;
mod swap;
mod time;

pub use aliases::store_aliases;
pub use faults::PluginFinding;
pub use handler::{JsonLines, OutputHandler};
pub use pipeline::{Observer, Pipeline, PipelineConfig, RunError};
pub use rules::{Rulebook, RunningRules};
pub use summary::{RuleSummary, RunSummary};
pub use supervisor::{OpenStore, StartError, StoreHealth, Supervisor, SupervisorConfig};
pub use swap::{SwapReport, SwapSender};
pub use time::{TimeConfig, TimeError, TimeUnit, parse_duration_ms};
