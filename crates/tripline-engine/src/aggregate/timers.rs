//! When to look at which group.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tripline_event::Timestamp;

/// What to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A group; before the ranking that it is in.
    Group {
        at: u32,
        tenant: u32,
    },
    Ranking {
        tenant: u32,
    },
}

/// When to look, in order of time, of keys, rules, windows, kinds, and then of setting: the same with any number of
/// shards, as a key has one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) due: Timestamp,
    /// Of the key by which events come to the shard.
    pub(crate) hash: u64,
    pub(crate) slot: u32,
    /// The end of the window on the wall clock: of several that are over at one moment, as clocks change, the first.
    pub(super) end: i64,
    is_ranking: bool,
    number: u64,
    pub(super) epoch: u64,
    pub(super) subject: Subject,
}

/// Up to which timer others have their turn: the moment, and the hash of the key, inclusive or not.
pub(crate) type Bound = (Timestamp, u64);

#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    set: u64,
}

impl Timers {
    pub(super) fn set(
        &mut self,
        (due, end): (Timestamp, i64),
        hash: u64,
        slot: u32,
        epoch: u64,
        subject: Subject,
    ) {
        self.set += 1;
        let is_ranking = matches!(subject, Subject::Ranking { .. });
        let timer = Timer { due, hash, slot, end, is_ranking, number: self.set, epoch, subject };
        self.heap.push(Reverse(timer));
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<Timer>()
    }

    /// When something is next due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(timer)| timer.due)
    }

    /// The next timer, if it comes before `bound`.
    pub(crate) fn pop_before(&mut self, bound: Bound) -> Option<Timer> {
        let Reverse(timer) = self.heap.peek()?;
        if (timer.due, timer.hash) >= bound {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer)
    }
}
