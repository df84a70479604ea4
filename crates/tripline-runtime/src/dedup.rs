//! Tells events that came before: by their ids, as far back as is asked for and there is room.

use std::collections::VecDeque;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use tripline::{EventId, Timestamp};

/// How events that came before are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupConfig {
    /// What makes two events one.
    pub by: DedupBy,
    /// How far apart the times of two events are at most, in ms, inclusive, for the second to be taken for the first.
    pub within_ms: i64,
    /// How many events are remembered at most; beyond it the ones that came first are forgotten, and counted.
    pub max_ids: usize,
}

impl DedupConfig {
    /// An hour, in ms.
    pub const WITHIN_MS: i64 = 3_600_000;
    /// A million: some 40 MB.
    pub const MAX_IDS: usize = 1_000_000;
    /// The most that [`DedupConfig::max_ids`] may be; more count as this.
    pub const MOST_IDS: usize = 1_000_000_000;
}

/// What makes two events one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DedupBy {
    /// The value of a field; an event that lacks it is never a duplicate.
    Field(String),
    /// All bytes of it.
    WholeEvent,
}

/// The events that were let through, as far as they may have to be told again.
///
/// # Ordering and time
/// An event is a duplicate if the last one with its id that was let through is at most `within` from it in event time,
/// before or after. One that is let through is remembered with its own time; a duplicate does not renew it.
/// No clock is asked, and neither are batches, so the same events in the same order always give the same duplicates.
///
/// # Cost
/// One look into a table an event; 24 bytes an event, and 6 to 12 of the table.
#[derive(Clone, Debug)]
pub(crate) struct Dedup {
    config: DedupConfig,
    /// In the order in which they were let through.
    seen: VecDeque<Seen>,
    /// The number of the first of `seen`; numbers begin anew after the highest.
    first: u32,
    /// The number of the last event with each id.
    numbers: HashTable<u32>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Seen {
    id: EventId,
    time: Timestamp,
}

/// What a checkpoint holds of a [`Dedup`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DedupState {
    by: DedupBy,
    seen: Vec<Seen>,
}

impl Dedup {
    pub(crate) fn new(mut config: DedupConfig) -> Self {
        config.max_ids = config.max_ids.clamp(1, DedupConfig::MOST_IDS);
        Self { config, seen: VecDeque::new(), first: 0, numbers: HashTable::new() }
    }

    /// Whether an event came before; `open` is the earliest time that is not yet late, and with [`Dedup::remember`] never
    /// goes back.
    pub(crate) fn is_duplicate(&self, id: EventId, time: Timestamp, open: Timestamp) -> bool {
        self.last(id).is_some_and(|seen| {
            // The second is so that it does not matter whether what is over has been forgotten by now.
            distance_ms(seen.time, time) <= self.config.within_ms && !self.is_over(seen, open)
        })
    }

    /// Remembers an event that is let through; how many had to be forgotten for it that might have been told again.
    ///
    /// No event will come any more whose time is before `open`, or it will be late.
    pub(crate) fn remember(&mut self, id: EventId, time: Timestamp, open: Timestamp) -> u64 {
        let mut forgotten = 0;
        while let Some(first) = self.seen.front() {
            let is_over = self.is_over(first, open);
            if !is_over && self.seen.len() < self.config.max_ids {
                break;
            }
            let might_come_again = self.forget_first() && !is_over;
            forgotten += u64::from(might_come_again);
        }
        let number = self.first.wrapping_add(u32::try_from(self.seen.len()).unwrap_or(u32::MAX));
        let Self { seen, first, numbers, .. } = self;
        seen.push_back(Seen { id, time });
        let of = |number: &u32| seen.get(number.wrapping_sub(*first) as usize);
        let same = |other: &u32| of(other).is_some_and(|seen| seen.id == id);
        let bits = |other: &u32| of(other).map_or(0, |seen| seen.id.bits());
        *numbers.entry(id.bits(), same, bits).or_insert(number).into_mut() = number;
        forgotten
    }

    fn last(&self, id: EventId) -> Option<&Seen> {
        let of = |number: &u32| self.seen.get(number.wrapping_sub(self.first) as usize);
        of(self.numbers.find(id.bits(), |number| of(number).is_some_and(|seen| seen.id == id))?)
    }

    /// Whether no event that is not late can be a duplicate of this one.
    fn is_over(&self, seen: &Seen, open: Timestamp) -> bool {
        seen.time < open.saturating_add(self.config.within_ms.saturating_neg())
    }

    /// Forgets the first event; whether it was the last one with its id.
    fn forget_first(&mut self) -> bool {
        let Some(first) = self.seen.pop_front() else { return false };
        let number = self.first;
        self.first = self.first.wrapping_add(1);
        let found = self.numbers.find_entry(first.id.bits(), |other| *other == number);
        found.map(|found| found.remove()).is_ok()
    }

    /// What a checkpoint is to hold.
    ///
    /// # Cost
    /// Copies 24 bytes an event.
    pub(crate) fn snapshot(&self) -> DedupState {
        DedupState { by: self.config.by.clone(), seen: self.seen.iter().copied().collect() }
    }

    /// Goes on from a checkpoint; how many events are forgotten since there is less room now. Ids of another kind tell
    /// nothing, and are left out.
    pub(crate) fn restore(config: DedupConfig, state: DedupState) -> (Self, u64) {
        let mut dedup = Self::new(config);
        let seen = if state.by == dedup.config.by { state.seen } else { Vec::new() };
        let forgotten =
            seen.iter().map(|seen| dedup.remember(seen.id, seen.time, Timestamp::MIN)).sum();
        (dedup, forgotten)
    }
}

/// How far two moments are apart, in ms.
fn distance_ms(one: Timestamp, other: Timestamp) -> i64 {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn id(number: i64) -> EventId {
        EventId::of_value(&number.into()).unwrap()
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn config(within_ms: i64, max_ids: usize) -> DedupConfig {
        DedupConfig { by: DedupBy::WholeEvent, within_ms, max_ids }
    }

    /// Offers `(id, time)`s, of which none is late by more than `lateness`; a `d` for each duplicate, a `.` for others.
    fn offer(dedup: &mut Dedup, events: &[(i64, i64)], lateness: i64) -> (String, u64) {
        let (mut latest, mut forgotten) = (i64::MIN / 2, 0);
        let mut said = String::new();
        for &(number, time) in events {
            let open = at(latest - lateness);
            latest = latest.max(time);
            let open_then = at(latest - lateness);
            if dedup.is_duplicate(id(number), at(time), open) {
                said.push('d');
            } else {
                forgotten += dedup.remember(id(number), at(time), open_then);
                said.push('.');
            }
        }
        (said, forgotten)
    }

    fn check(within: i64, max: usize, events: &[(i64, i64)], expected: &str, forgotten: u64) {
        let found = offer(&mut Dedup::new(config(within, max)), events, 100);
        assert_eq!(found, (expected.to_owned(), forgotten), "{within} {max} {events:?}");
    }

    #[test]
    fn a_second_event_with_an_id_is_a_duplicate_within_the_bound() {
        check(10, 9, &[(1, 0), (1, 0), (1, 10), (2, 10), (1, 11)], ".dd..", 0);
        check(10, 9, &[(1, 20), (1, 10), (1, 9)], ".d.", 0);
        check(0, 9, &[(1, 5), (1, 5), (1, 6)], ".d.", 0);
        check(10, 9, &[(1, 0), (1, 8), (1, 16)], ".d.", 0);
    }

    #[test]
    fn beyond_its_room_it_forgets_what_came_first_and_counts_it() {
        check(10, 2, &[(1, 0), (2, 0), (3, 0), (1, 0), (3, 0)], "....d", 2);
        // What is over is not missed.
        check(10, 2, &[(1, 0), (2, 0), (3, 500), (4, 500), (3, 500)], "....d", 0);
        // One from the far future keeps the others from going, until its turn comes.
        check(10, 2, &[(1, 9000), (2, 0), (3, 0)], "...", 1);
    }

    #[test]
    fn an_id_that_is_let_through_again_is_found_at_its_last_place() {
        check(10, 3, &[(1, 0), (1, 20), (2, 20), (3, 20), (1, 20), (4, 20)], "....d.", 1);
    }

    #[test]
    fn what_is_restored_goes_on_where_it_was() {
        let events: Vec<(i64, i64)> = (0..500).map(|at| (at * 7 % 60, at)).collect();
        let whole = offer(&mut Dedup::new(config(90, 40)), &events, 100);
        for cut in [0, 1, 250, 499, 500] {
            let mut dedup = Dedup::new(config(90, 40));
            let (before, after) = events.split_at(cut);
            let mut said = offer(&mut dedup, before, 100).0;
            let (mut restored, lost) = Dedup::restore(config(90, 40), dedup.snapshot());
            assert_eq!(lost, 0);
            said += &offer(&mut restored, after, 100).0;
            assert_eq!(said, whole.0, "cut at {cut}");
        }
        let mut full = Dedup::new(config(90, 40));
        offer(&mut full, &events, 100);
        let (_, lost) = Dedup::restore(config(90, 10), full.snapshot());
        assert_eq!(lost, 30);
        let by = DedupBy::Field("x".to_owned());
        let (other, _) = Dedup::restore(DedupConfig { by, ..config(90, 40) }, full.snapshot());
        assert_eq!(other.seen.len(), 0, "ids of another kind");
    }

    #[test]
    fn it_does_what_remembering_everything_does() {
        for seed in 0..300 {
            fastrand::seed(seed);
            let within = fastrand::i64(0..60);
            let mut latest = 0;
            let events: Vec<(i64, i64)> = (0..400)
                .map(|_| {
                    latest += fastrand::i64(0..4);
                    (fastrand::i64(0..50), latest - fastrand::i64(0..=20))
                })
                .collect();
            let mut last: BTreeMap<i64, i64> = BTreeMap::new();
            let expected: String = events
                .iter()
                .map(|&(id, time)| match last.get(&id) {
                    Some(seen) if (seen - time).abs() <= within => 'd',
                    _ => {
                        last.insert(id, time);
                        '.'
                    }
                })
                .collect();
            let mut dedup = Dedup::new(config(within, 100_000));
            let (found, forgotten) = offer(&mut dedup, &events, 20);
            assert_eq!((found, forgotten), (expected, 0), "seed {seed}, within {within}");
            assert!(dedup.seen.len() < 200, "what is over goes: {}", dedup.seen.len());
        }
    }

    /// `cargo test --release -p tripline-runtime -- --ignored --nocapture dedup_costs`
    #[test]
    #[ignore = "measures"]
    #[expect(clippy::print_stdout, clippy::cast_sign_loss, reason = "measures")]
    fn dedup_costs() {
        const IDS: i64 = 1_000_000;
        let mut dedup = Dedup::new(config(i64::MAX, 1_000_000));
        for round in 0..3 {
            let clock = crate::clock::Stopwatch::start();
            let ids: Vec<EventId> = (0..IDS).map(|at| id(round * IDS + at)).collect();
            let hashed = clock.elapsed();
            for (at, id) in (0..).zip(&ids) {
                let time = self::at(round * IDS + at);
                if !dedup.is_duplicate(*id, time, time) {
                    dedup.remember(*id, time, time);
                }
            }
            let all = clock.elapsed();
            let dups = (0..IDS).filter(|&at| {
                let id = ids[(at * 7919 % IDS) as usize];
                dedup.is_duplicate(id, self::at((round + 1) * IDS), Timestamp::MIN)
            });
            assert_eq!(dups.count(), 1_000_000);
            let found = clock.elapsed() - all;
            let table = dedup.numbers.allocation_size() + dedup.seen.capacity() * size_of::<Seen>();
            println!(
                "{round}: hash {:?}, look up and remember {:?}, find a duplicate {:?}; {table} bytes",
                hashed / 1_000_000,
                (all - hashed) / 1_000_000,
                found / 1_000_000
            );
        }
    }
}
