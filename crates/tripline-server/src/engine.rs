//! What is known of the program, and who tells it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tripline_connectors::Health;
use tripline_runtime::{CheckpointStats, Clock, Probe, Seen, SourceSummary, StoreHealth};

use crate::process::ProcessUse;

/// How long a run may take to answer before what was seen last has to do.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of the program that runs rules.
#[derive(Debug, Default)]
pub struct Engine {
    clock: Clock,
    started_at_ms: i64,
    run: OnceLock<Run>,
    store: OnceLock<Arc<StoreHealth>>,
    checkpoints: OnceLock<Arc<Mutex<CheckpointStats>>>,
    connectors: Mutex<Vec<(ConnectorKind, String, Arc<Health>)>>,
    ending: AtomicBool,
}

/// What a connector does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorKind {
    /// It reads.
    Source,
    /// It writes.
    Sink,
}

impl ConnectorKind {
    /// One word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

#[derive(Debug)]
struct Run {
    probe: Probe,
    sources: Vec<String>,
}

impl Engine {
    /// A program that has just started.
    #[must_use]
    pub fn new() -> Self {
        let clock = Clock::default();
        Self { started_at_ms: clock.now_ms(), clock, ..Self::default() }
    }

    /// It follows a rule store.
    pub fn follows(&self, store: Arc<StoreHealth>) {
        // The first one counts.
        let _known = self.store.set(store);
    }

    /// It has a source or sink, whose health is looked at.
    pub fn connects(&self, kind: ConnectorKind, name: &str, health: Arc<Health>) {
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.push((kind, name.to_owned(), health));
    }

    /// Its state is kept.
    pub fn keeps(&self, checkpoints: Arc<Mutex<CheckpointStats>>) {
        let _known = self.checkpoints.set(checkpoints);
    }

    /// It has rules, its sources are open, and events are processed from now on; `sources` are their names, or none if
    /// those that they have will do.
    pub fn runs(&self, probe: Probe, sources: Vec<String>) {
        let _known = self.run.set(Run { probe, sources });
    }

    /// It is about to end.
    pub fn ends(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// What keeps it from processing events; `None` if nothing does.
    pub(crate) fn not_ready(&self) -> Option<&'static str> {
        if self.ending.load(Ordering::Relaxed) {
            return Some("it is ending");
        }
        match (self.run.get(), self.store.get()) {
            (Some(_), _) => None,
            (None, Some(store)) if !store.is_reachable() => {
                Some("it waits for the rule store, since there are no rules to start with")
            }
            (None, _) => Some("it is starting"),
        }
    }

    /// Looks at it now; takes as long as a batch of events, and a second at most.
    pub(crate) fn look(self: &Arc<Self>) -> Look {
        let run = self.run.get();
        let seen = run.and_then(|run| run.probe.look(PATIENCE));
        let age = run.zip(seen.as_deref()).map(|(run, seen)| run.probe.age(seen));
        Look {
            engine: Arc::clone(self),
            now_ms: run.map_or_else(|| self.clock.now_ms(), |run| run.probe.now_ms()),
            process: ProcessUse::now(),
            seen,
            age: age.unwrap_or_default(),
        }
    }
}

/// What a request goes by.
#[derive(Debug)]
pub(crate) struct Look {
    engine: Arc<Engine>,
    pub(crate) now_ms: i64,
    /// Where the system tells.
    pub(crate) process: Option<ProcessUse>,
    /// `None` before the run has begun.
    pub(crate) seen: Option<Arc<Seen>>,
    /// How long ago that was.
    pub(crate) age: Duration,
}

impl Look {
    pub(crate) fn not_ready(&self) -> Option<&'static str> {
        self.engine.not_ready()
    }

    pub(crate) fn started_at_ms(&self) -> i64 {
        self.engine.started_at_ms
    }

    pub(crate) fn store(&self) -> Option<&StoreHealth> {
        self.engine.store.get().map(AsRef::as_ref)
    }

    /// How its checkpoints go; `None` if there are none.
    pub(crate) fn checkpoints(&self) -> Option<CheckpointStats> {
        let stats = self.engine.checkpoints.get()?;
        Some(stats.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// How old the last checkpoint is, in ms.
    pub(crate) fn checkpoint_age_ms(&self) -> Option<i64> {
        Some(self.now_ms.saturating_sub(self.checkpoints()?.last_at_ms?).max(0))
    }

    /// The sources with their names, and what came of each.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (String, &SourceSummary)> {
        let names = self.engine.run.get().map(|run| match run.sources.is_empty() {
            true => run.probe.source_names(),
            false => run.sources.clone(),
        });
        let names = names.unwrap_or_default();
        let sources = self.seen.iter().flat_map(|seen| seen.summary.sources.iter().enumerate());
        sources.map(move |(at, source)| {
            (names.get(at).cloned().unwrap_or_else(|| at.to_string()), source)
        })
    }

    /// The sources and sinks that were opened.
    pub(crate) fn connectors(&self) -> Vec<(ConnectorKind, String, Arc<Health>)> {
        self.engine.connectors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How far event time is behind the clock, in ms.
    pub(crate) fn watermark_delay_ms(&self) -> Option<i64> {
        let watermark_ms = self.seen.as_ref()?.meters.watermark_ms?;
        Some(self.now_ms.saturating_sub(watermark_ms))
    }
}
