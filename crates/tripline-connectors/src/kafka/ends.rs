//! Where silent partitions end, as the brokers say: so that one whose broker is away is not taken for one that is silent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use super::client::Context;

/// How long brokers may take to answer.
const PATIENCE: Duration = Duration::from_millis(400);

/// After how many answers the records before the end would have come: longer than librdkafka waits before it fetches again
/// from a broker that is back.
const SETTLED: u32 = 15;

/// How often an answer may be believed: who reads comes by a few times a second, and no new answer may mean that the broker
/// is away.
const BELIEVED: u32 = 3;

/// What is known of the ends of partitions that are silent.
#[derive(Debug, Default)]
pub(super) struct Ends(Mutex<BTreeMap<i32, Option<End>>>);

/// What a broker has just said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    /// The offset behind the last record.
    offset: u64,
    /// How often it said so before, without a gap.
    again: u32,
    /// How often it was believed.
    believed: u32,
}

impl Ends {
    /// A partition is silent, so that its end is asked for, or not any more.
    pub(super) fn watch(&self, partition: i32, is_silent: bool) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_silent {
            ends.insert(partition, None);
        } else {
            ends.remove(&partition);
        }
    }

    /// Whether there is nothing behind `next`, as far as is known for sure.
    ///
    /// The last offsets may be those of the ends of transactions, which are never read: an end further on counts once
    /// nothing came for long though the broker was there.
    pub(super) fn is_reached(&self, partition: i32, next: u64) -> bool {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Some(end)) = ends.get_mut(&partition) else { return false };
        end.believed = end.believed.saturating_add(1);
        end.believed <= BELIEVED && (end.offset <= next || end.again >= SETTLED)
    }

    /// Asks for the ends of the silent partitions, if there are any.
    pub(super) fn ask(&self, consumer: &BaseConsumer<Context>, topic: &str) {
        let silent: Vec<i32> = {
            let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            ends.keys().copied().collect()
        };
        if silent.is_empty() {
            return;
        }
        let mut asked = TopicPartitionList::new();
        for &partition in &silent {
            // What cannot be asked has no answer.
            let _added = asked.add_partition_offset(topic, partition, Offset::End);
        }
        let said = consumer.offsets_for_times(asked, PATIENCE).ok();
        self.answered(&silent, |partition| {
            let end = said.as_ref()?.find_partition(topic, partition)?;
            match (end.error(), end.offset()) {
                (Ok(()), Offset::Offset(offset)) => u64::try_from(offset).ok(),
                _ => None,
            }
        });
    }

    fn answered(&self, asked: &[i32], said: impl Fn(i32) -> Option<u64>) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for &partition in asked {
            let Some(known) = ends.get_mut(&partition) else { continue };
            *known = said(partition).map(|offset| match *known {
                Some(before) if before.offset == offset => {
                    End { offset, again: before.again.saturating_add(1), believed: 0 }
                }
                _ => End { offset, again: 0, believed: 0 },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_broker_that_answers_makes_a_partition_silent() {
        let ends = Ends::default();
        assert!(!ends.is_reached(0, 7), "nobody has asked");
        ends.watch(0, true);
        ends.answered(&[0], |_| Some(7));
        assert!(ends.is_reached(0, 7));
        for _ in 1..BELIEVED {
            assert!(ends.is_reached(0, 7));
        }
        assert!(!ends.is_reached(0, 7), "the answer is old");
        ends.answered(&[0], |_| Some(7));
        assert!(ends.is_reached(0, 7));
        ends.answered(&[0], |_| None);
        assert!(!ends.is_reached(0, 7), "it is away");
        for again in 0..=SETTLED {
            assert!(!ends.is_reached(0, 7), "{again}: there is more");
            ends.answered(&[0], |_| Some(8));
        }
        assert!(ends.is_reached(0, 7), "which is no record");
        ends.answered(&[0], |_| Some(9));
        assert!(!ends.is_reached(0, 7), "but that is");
        ends.watch(0, false);
        ends.answered(&[0], |_| Some(7));
        assert!(!ends.is_reached(0, 7), "it is not silent any more");
    }
}
