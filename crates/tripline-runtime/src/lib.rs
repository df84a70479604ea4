//! The running engine: reads records, puts them in order of event time, runs the rules, hands out what they find.
//!
//! Effects live here and at the rim: records come from a [`RecordReader`](tripline_connectors::RecordReader), outputs
//! go to an [`OutputHandler`], the wall clock is read in `clock` and nowhere else.
//! What is found depends on none of them: batches and speed change nothing.
//!
//! One shard for now: all keys are run by the thread that calls [`Pipeline::run`].

mod clock;
mod handler;
mod order;
mod pipeline;
mod summary;
mod time;

pub use handler::{JsonLines, OutputHandler};
pub use pipeline::{Observer, Pipeline, PipelineConfig, RunError};
pub use summary::{RuleSummary, RunSummary};
pub use time::{TimeConfig, TimeError, TimeUnit, parse_duration_ms};
