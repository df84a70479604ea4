//! The event-only conditions that all rules of a set share.

#![expect(clippy::indexing_slicing, reason = "numbers are issued here")]

use std::sync::Arc;

use hashbrown::HashMap;
use tripline_condition::{BoundCondition, Condition};

/// The number of an event-only condition that all rules of a set share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PredicateId(pub(crate) u32);

/// Conditions by number; equal ones, which have the same canonical text, are one.
///
/// A number is free again when no rule of the set uses it: answers are kept for one event at most, so that a later
/// condition may have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predicates {
    numbers: HashMap<Arc<str>, u32, foldhash::fast::FixedState>,
    slots: Vec<Option<Predicate>>,
    free: Vec<u32>,
    /// How many conditions there ever were.
    stamps: u64,
}

#[derive(Clone, Debug)]
struct Predicate {
    canonical: Arc<str>,
    condition: Arc<dyn Condition>,
    uses: u32,
    /// Tells it from others that had its number, from 1.
    stamp: u64,
}

impl Predicates {
    /// The number of a condition, used once more.
    pub(crate) fn add(&mut self, bound: &BoundCondition) -> PredicateId {
        if let Some(&number) = self.numbers.get(&bound.canonical) {
            if let Some(predicate) = &mut self.slots[number as usize] {
                predicate.uses += 1;
            }
            return PredicateId(number);
        }
        self.stamps += 1;
        let predicate = Predicate {
            canonical: Arc::clone(&bound.canonical),
            condition: Arc::clone(&bound.condition),
            uses: 1,
            stamp: self.stamps,
        };
        let number = match self.free.pop() {
            Some(number) => {
                self.slots[number as usize] = Some(predicate);
                number
            }
            None => {
                self.slots.push(Some(predicate));
                u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.numbers.insert(Arc::clone(&bound.canonical), number);
        PredicateId(number)
    }

    /// Gives up one use of a condition.
    pub(crate) fn remove(&mut self, id: PredicateId) {
        let slot = &mut self.slots[id.0 as usize];
        if let Some(predicate) = slot {
            predicate.uses -= 1;
            if predicate.uses == 0 {
                self.numbers.remove(&predicate.canonical);
                self.free.push(id.0);
                *slot = None;
            }
        }
    }

    /// One more than the highest number.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Tells the condition of a number from others that had it before; 0 where there is none.
    pub(crate) fn stamp(&self, id: PredicateId) -> u64 {
        self.slots[id.0 as usize].as_ref().map_or(0, |predicate| predicate.stamp)
    }

    /// The condition of a number that a rule of the set has.
    pub(crate) fn get(&self, id: PredicateId) -> Option<&dyn Condition> {
        self.slots[id.0 as usize].as_ref().map(|predicate| predicate.condition.as_ref())
    }
}
