//! By what the events of a source are known, whatever other sources there are.

use tripline::EventPosition;
use tripline_connectors::RawRecord;
use xxhash_rust::xxh3::xxh3_64;

/// A source and its partition, as the positions of its events have them: ids of outputs come of it, so it must be the same
/// in another process, with other sources beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    source: u32,
    partition: u32,
}

impl Origin {
    /// The one source of a command line, which has no name of its own.
    const EVENTS: &str = "events";

    /// What `NAME` or `NAME/PARTITION` stands for.
    pub(crate) fn of(name: &str) -> Self {
        let (source, partition) = match name.split_once('/') {
            Some((source, partition)) => (source, partition.parse().unwrap_or_default()),
            None => (name, 0),
        };
        if source == Self::EVENTS {
            return Self { source: 0, partition };
        }
        // Half of it is enough to tell a handful of names apart.
        let [a, b, c, d, ..] = xxh3_64(source.as_bytes()).to_le_bytes();
        Self { source: u32::from_le_bytes([a, b, c, d]), partition }
    }

    /// Where a record of it came from.
    pub(crate) const fn position(self, record: &RawRecord<'_>) -> EventPosition {
        EventPosition { source: self.source, partition: self.partition, offset: record.number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_the_same_for_ever() {
        // Ids that were given out depend on it.
        let of = |name| {
            let Origin { source, partition } = Origin::of(name);
            (source, partition)
        };
        assert_eq!(of("events"), (0, 0));
        assert_eq!(of("clicks").0, of("clicks/7").0);
        assert_eq!(of("clicks/7").1, 7);
        assert_ne!(of("clicks").0, of("orders").0);
        assert_eq!(of("clicks").0, 3_150_202_023);
    }
}
