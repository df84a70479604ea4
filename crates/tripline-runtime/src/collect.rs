//! The rim: what all shards found goes to the sink, what left the main way to the observer.

use tripline::Event;
use tripline_connectors::{ConnectorError, Sink};

use crate::item::Item;
use crate::outputs::{Outputs, write_merged};
use crate::summary::RunSummary;

/// Is told what leaves the main way, and how far the run is; by default it takes no notice.
pub trait Observer: Send {
    /// A line that no event could be read from.
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn rejected(
        &mut self,
        line: u64,
        reason: &dyn std::fmt::Display,
        text: &[u8],
    ) -> Result<(), ConnectorError> {
        let _ = (line, reason, text);
        Ok(())
    }

    /// An event that came after later ones had been processed.
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        let _ = event;
        Ok(())
    }

    /// An event that came before; told only where duplicates are told (`PipelineConfig::dedup`).
    ///
    /// # Errors
    /// It cannot be kept; the run then ends.
    fn duplicate(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        let _ = event;
        Ok(())
    }

    /// A batch is done, and its outputs are handed on.
    ///
    /// # Errors
    /// What was kept cannot be written; the run then ends.
    fn batch_done(&mut self, events: u64) -> Result<(), ConnectorError> {
        let _ = events;
        Ok(())
    }
}

/// Takes items that all shards have done, one after the other.
pub(crate) struct Collector<'a> {
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) summary: &'a mut RunSummary,
}

impl Collector<'_> {
    /// Hands on what came of an item.
    pub(crate) fn item(&mut self, item: &Item, found: &[Outputs]) -> Result<(), ConnectorError> {
        self.count(item);
        let delivered = self.hand_on(item, found);
        self.count_outputs(found, delivered)
    }

    /// Counts what is known of an item whether or not its outputs can be handed on.
    fn count(&mut self, item: &Item) {
        let summary = &mut *self.summary;
        if let Some(batch) = &item.arrived {
            let (rejected, late) = (batch.rejected_len() as u64, batch.late.len() as u64);
            let duplicate = batch.duplicates.len() as u64;
            summary.rejected += rejected;
            summary.late += late;
            summary.duplicate += duplicate;
            summary.without_id += batch.without_id() as u64;
            if let Some(source) = summary.sources.get_mut(batch.source as usize) {
                source.read += batch.read_len();
                source.rejected += rejected;
                source.late += late;
                source.duplicate += duplicate;
            }
        }
        summary.events += item.processed();
        summary.forced += item.forced;
        summary.forgotten_ids += item.forgotten_ids;
        summary.held = item.held as u64;
        summary.swaps += u64::from(item.swap.is_some());
        summary.stopped |= item.stopped;
    }

    fn count_outputs(
        &mut self,
        found: &[Outputs],
        delivered: Result<u64, ConnectorError>,
    ) -> Result<(), ConnectorError> {
        let counts = &mut self.summary.outputs;
        let (found, filtered) = found.iter().fold((0, 0), |(found, filtered), outputs| {
            (found + outputs.found, filtered + outputs.filtered)
        });
        counts.found += found;
        counts.filtered += filtered;
        match &delivered {
            Ok(delivered) => counts.delivered += delivered,
            // Some of them may have gone out; nobody knows.
            Err(_) => counts.failed += found - filtered,
        }
        delivered.map(drop)
    }

    /// Hands on what came of an item; how many outputs that were.
    fn hand_on(&mut self, item: &Item, found: &[Outputs]) -> Result<u64, ConnectorError> {
        let Self { sink, observer, summary } = self;
        if let Some(batch) = &item.arrived {
            for bad in batch.records.bad() {
                observer.rejected(bad.line, &bad.reason, &bad.text)?;
            }
            for (record, reason) in batch.rejected() {
                observer.rejected(record.line, reason, record.bytes)?;
            }
            for &late in &batch.late {
                if let Some((event, _)) = batch.event(late) {
                    observer.late(&event)?;
                }
            }
            for &duplicate in &batch.duplicates {
                if let Some((event, _)) = batch.event(duplicate) {
                    observer.duplicate(&event)?;
                }
            }
        }
        let found_any = found.iter().any(|outputs| !outputs.is_empty());
        let delivered = if found_any { write_merged(found, *sink)? } else { 0 };
        if found_any || item.arrived.is_some() || item.last {
            sink.flush()?;
            observer.batch_done(summary.events)?;
        }
        Ok(delivered)
    }

    /// Hands on what was found between two items.
    pub(crate) fn extra(&mut self, found: &Outputs) -> Result<(), ConnectorError> {
        let found = std::slice::from_ref(found);
        let written = write_merged(found, self.sink);
        let delivered = written.and_then(|written| self.sink.flush().map(|()| written));
        self.count_outputs(found, delivered)
    }
}
