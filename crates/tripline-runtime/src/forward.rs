//! Events that go to sinks as they came, without a rule.

use std::collections::BTreeMap;

use tripline_connectors::{ConnectorError, EncodedRecord, Sink};

use crate::batch::Batch;

/// Which sources are handed on, and where to: by the name of the source, the numbers of sinks as a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forward(BTreeMap<String, u64>);

impl Forward {
    pub(crate) const fn new(sinks: BTreeMap<String, u64>) -> Self {
        Self(sinks)
    }

    /// Whether nothing is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the events of a reader go, by its name: that of its source, and perhaps `/` and a partition.
    pub(crate) fn sinks(&self, reader: &str) -> Option<u64> {
        let source = reader.split_once('/').map_or(reader, |(source, _)| source);
        self.0.get(source).copied()
    }

    /// Writes the events of a batch in the order in which they came, late ones among them; those that came before were
    /// written then.
    pub(crate) fn write(
        reader: &str,
        sinks: u64,
        batch: &Batch,
        sink: &mut dyn Sink,
    ) -> Result<(), ConnectorError> {
        for number in 0..u32::try_from(batch.events.len()).unwrap_or(u32::MAX) {
            // They are in order.
            if batch.duplicates.binary_search(&number).is_ok() {
                continue;
            }
            let Some((event, _)) = batch.event(number) else { continue };
            sink.write(&EncodedRecord {
                id: &format!("{reader}/{}", event.position.offset),
                kind: "event",
                bytes: event.payload,
                output: event.payload,
                sinks: Some(sinks),
                ..EncodedRecord::default()
            })?;
        }
        Ok(())
    }
}
