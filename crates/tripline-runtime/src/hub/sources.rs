//! The sources of a run, which may become more while it goes on.

use std::sync::{Arc, PoisonError};

use tripline_connectors::{Acknowledge, Mark, Position};

use super::{Hub, Raw};
use crate::config::Source;
use crate::order::{Input, OpenedSource};
use crate::pipeline::start_reader;
use crate::watermark::Silence;

/// What is known of a source outside of the sequence.
#[derive(Debug)]
pub(super) struct KnownSource {
    name: String,
    acknowledge: Option<Arc<dyn Acknowledge>>,
}

/// Adds sources to a run.
#[derive(Clone, Debug)]
pub struct SourceAdder {
    hub: Arc<Hub>,
    pub(crate) batch_max_events: usize,
}

impl SourceAdder {
    pub(crate) const fn new(hub: Arc<Hub>, batch_max_events: usize) -> Self {
        Self { hub, batch_max_events }
    }

    /// Adds a source, behind what was read so far, and begins to read it; once the run is ending, does nothing.
    ///
    /// Before the run, and while a journal is replayed, it waits.
    pub fn add(&self, source: Source) {
        let hub = &self.hub;
        let mut state = hub.lock();
        if state.over || state.stopping {
            return;
        }
        if !state.reading {
            state.waiting_sources.push(source);
            return;
        }
        let position = source.reader.position();
        let number = hub.know(&source);
        let opened = OpenedSource {
            name: source.name.clone(),
            position,
            silence: Silence::from(&source),
            kept: source.kept,
            now: hub.clock.now(),
        };
        state.raw.push_back(Raw::Input(Input::Opened(Box::new(opened))));
        hub.wake_any(&mut state);
        drop(state);
        if let Err(error) = start_reader(hub, self.batch_max_events, number, source) {
            hub.fail(error);
        }
    }

    /// Lets sources be added from now on, those first that came before.
    pub(crate) fn begin(&self) {
        let mut state = self.hub.lock();
        state.reading = true;
        let waiting = std::mem::take(&mut state.waiting_sources);
        drop(state);
        waiting.into_iter().for_each(|source| self.add(source));
    }
}

impl Hub {
    /// Gives a source its number.
    pub(crate) fn know(&self, source: &Source) -> u32 {
        let mut known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let (name, acknowledge) = (source.name.clone(), source.acknowledge.clone());
        known.push(KnownSource { name, acknowledge });
        number
    }

    /// The name of a source.
    pub(crate) fn source_name(&self, source: u32) -> String {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(source as usize).map(|known| known.name.clone()).unwrap_or_default()
    }

    /// Whether a source wants to be told how far it was processed.
    pub(crate) fn acknowledges(&self, source: u32) -> bool {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(source as usize).is_some_and(|known| known.acknowledge.is_some())
    }

    /// Who waits to hear that what was read of a source will not be lost.
    pub(crate) fn waits(&self, source: u32) -> Option<Arc<dyn Acknowledge>> {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let acknowledge = known.get(source as usize)?.acknowledge.as_ref()?;
        acknowledge.is_waited_for().then(|| Arc::clone(acknowledge))
    }

    /// The names of all sources, by number.
    pub(crate) fn source_names(&self) -> Vec<String> {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|known| known.name.clone()).collect()
    }

    /// What of the sources may come again though it was before these places, by number.
    pub(crate) fn unacknowledged(
        &self,
        positions: impl Iterator<Item = (u32, Position)>,
    ) -> Vec<(u32, Position, Vec<Mark>)> {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = positions.filter_map(|(source, position)| {
            let acknowledge = known.get(source as usize)?.acknowledge.as_ref()?;
            Some((source, position, acknowledge.unacknowledged(&position)?))
        });
        marks.collect()
    }

    /// Tells sources how far they were processed for good, by number.
    pub(crate) fn acknowledge(&self, positions: impl Iterator<Item = (u32, Position)>) {
        let known = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, position) in positions {
            let known = known.get(source as usize);
            if let Some(acknowledge) = known.and_then(|known| known.acknowledge.as_ref()) {
                acknowledge.acknowledge(&position);
            }
        }
    }
}
