//! Writes checkpoints, in a thread of its own.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::{info, warn};
use tripline::Snapshot;
use tripline_connectors::Committed;

use super::data::{Parts, SavedRules};
use super::folder::checkpoint_name;
use super::rules::{SavedAlias, SavedRows};
use super::{CheckpointError, Checkpoints};
use crate::clock::Stopwatch;
use crate::hub::Hub;
use crate::item::Barrier;
use crate::summary::RunSummary;

/// How long to wait before asking again for a barrier that could not be, at most.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// What is to become a checkpoint.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) barrier: Arc<Barrier>,
    pub(crate) shards: Vec<Snapshot>,
    /// Outputs that can be cut back.
    pub(crate) outputs: Vec<(String, Committed)>,
    /// Which rules and keys have had their output for now.
    pub(crate) throttle: Vec<(u128, i64)>,
    pub(crate) summary: RunSummary,
    /// Whether the run ends with it.
    pub(crate) last: bool,
}

/// How checkpoints went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckpointStats {
    /// How many were written.
    pub written: u64,
    /// How many could not be.
    pub failed: u64,
    /// When the last one was made, in ms since 1970; `None` before the first.
    pub last_at_ms: Option<i64>,
    /// How long the last one took to be written.
    pub last_took: Duration,
    /// How many bytes it has.
    pub last_bytes: u64,
}

/// Makes a checkpoint every interval, and the last one.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) checkpoints: &'a Checkpoints,
    pub(crate) stats: Arc<Mutex<CheckpointStats>>,
}

impl Writer<'_> {
    /// Works until nobody sends jobs any more.
    pub(crate) fn run(&self, jobs: &Receiver<Job>, hub: &Hub) -> Result<(), CheckpointError> {
        let interval = self.checkpoints.interval;
        let mut since = Stopwatch::start();
        let mut wait = interval;
        let mut awaited = false;
        loop {
            match jobs.recv_timeout(wait) {
                Ok(job) => {
                    let (last, barrier) = (job.last, Arc::clone(&job.barrier));
                    match self.write(job) {
                        Err(error) if last => return Err(error),
                        Err(error) => warn!("{error}; the run goes on, and it is tried again"),
                        Ok(()) => hub.acknowledge(barrier.positions()),
                    }
                    awaited = false;
                    since = Stopwatch::start();
                    wait = interval;
                }
                Err(RecvTimeoutError::Timeout) => {
                    let due = since.elapsed() >= interval;
                    if due && !awaited {
                        awaited = hub.barrier();
                    }
                    wait = if awaited { interval } else { interval.min(AGAIN_AFTER) };
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Writes a checkpoint, and forgets those that are not needed any more.
    pub(crate) fn write(&self, job: Job) -> Result<(), CheckpointError> {
        let clock = Stopwatch::start();
        let (number, at_ms) = (job.barrier.number, job.barrier.clock.wall_ms);
        let written = self.write_job(job);
        let mut stats = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Ok(bytes) => {
                stats.written += 1;
                stats.last_at_ms = Some(at_ms);
                stats.last_took = clock.elapsed();
                stats.last_bytes = bytes;
                Ok(())
            }
            Err(reason) => {
                stats.failed += 1;
                let path = self.checkpoints.folder.path.display().to_string();
                Err(CheckpointError::Write { path, number, reason })
            }
        }
    }

    fn write_job(&self, job: Job) -> Result<u64, String> {
        let Job { barrier, shards, outputs, throttle, summary, last: _ } = job;
        // What was given out must be there for good before a checkpoint says so.
        for (_, output) in &outputs {
            output.sync().map_err(|error| error.to_string())?;
        }
        let outputs = outputs.into_iter().map(|(name, output)| (name, output.length)).collect();
        let rules = SavedRules {
            rules: barrier.rules.saved(),
            aliases: barrier.rules.aliases().iter().filter_map(SavedAlias::new).collect(),
            rows: SavedRows::of(&barrier.rules.set),
        };
        let parts = Parts {
            number: barrier.number,
            finished: barrier.finished,
            clock: barrier.clock,
            rules,
            sequencer: barrier.sequencer.save(),
            shards,
            sources: barrier.sources.clone(),
            outputs,
            throttle,
            summary,
        };
        let bytes = parts.encode()?;
        let folder = &self.checkpoints.folder;
        let put = folder.storage.put(&checkpoint_name(barrier.number), &bytes);
        put.map_err(|error| error.to_string())?;
        if let Err(error) = folder.tidy(self.checkpoints.keep) {
            warn!("cannot remove old checkpoints from `{}`: {error}", folder.path.display());
        }
        info!("checkpoint {} is written: {} bytes", barrier.number, bytes.len());
        Ok(bytes.len() as u64)
    }
}
