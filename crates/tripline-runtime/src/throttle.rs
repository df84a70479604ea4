//! At most one output of a rule and key in a period.

use std::collections::{BTreeMap, BTreeSet};

use tripline::{Throttled, Timestamp};

/// Rules and keys that are remembered at once; of more, those are forgotten whose period ends first.
const LIMIT: usize = 1 << 20;

/// Which rules and keys have had their output, and until when.
///
/// It stands where the outputs of all shards have become one row, so it is the same with any number of them.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    ends: BTreeMap<u128, i64>,
    by_end: BTreeSet<(i64, u128)>,
}

impl Throttle {
    /// As it was [saved](Self::save).
    pub(crate) fn restore(saved: Vec<(u128, i64)>) -> Self {
        let by_end = saved.iter().map(|&(subject, end)| (end, subject)).collect();
        Self { ends: saved.into_iter().collect(), by_end }
    }

    /// For a checkpoint.
    pub(crate) fn save(&self) -> Vec<(u128, i64)> {
        self.ends.iter().map(|(&subject, &end)| (subject, end)).collect()
    }

    /// Whether an output of this moment goes out: strictly before the end of a period it does not.
    pub(crate) fn lets_through(&mut self, output: Throttled, now: Timestamp) -> bool {
        let now = now.as_millis();
        while self.by_end.first().is_some_and(|(end, _)| *end <= now) {
            self.forget_first();
        }
        if self.ends.contains_key(&output.subject) {
            return false;
        }
        if self.ends.len() >= LIMIT {
            self.forget_first();
        }
        let end = now.saturating_add(output.period_ms);
        self.ends.insert(output.subject, end);
        self.by_end.insert((end, output.subject));
        true
    }

    fn forget_first(&mut self) {
        if let Some((_, subject)) = self.by_end.pop_first() {
            self.ends.remove(&subject);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(throttle: &mut Throttle, subject: u128, at_ms: i64) -> bool {
        let output = Throttled { subject, period_ms: 100 };
        throttle.lets_through(output, Timestamp::from_millis(at_ms))
    }

    #[test]
    fn one_goes_out_in_a_period_and_the_next_exactly_at_its_end() {
        let mut throttle = Throttle::default();
        let at = [0, 1, 99, 100, 150, 200].map(|at_ms| asks(&mut throttle, 7, at_ms));
        assert_eq!(at, [true, false, false, true, false, true]);
    }

    #[test]
    fn what_is_held_back_does_not_lengthen_the_period() {
        let mut throttle = Throttle::default();
        let at = [0, 90, 110].map(|at_ms| asks(&mut throttle, 7, at_ms));
        assert_eq!(at, [true, false, true]);
    }

    #[test]
    fn subjects_do_not_know_each_other_and_are_forgotten_in_time() {
        let mut throttle = Throttle::default();
        assert!(asks(&mut throttle, 1, 0) && asks(&mut throttle, 2, 50));
        assert!(!asks(&mut throttle, 1, 60));
        assert!(asks(&mut throttle, 3, 120));
        assert_eq!(throttle.save(), [(2, 150), (3, 220)]);
    }

    #[test]
    fn it_goes_on_as_it_was_saved() {
        let mut throttle = Throttle::default();
        assert!(asks(&mut throttle, 1, 0));
        let mut again = Throttle::restore(throttle.save());
        assert!(!asks(&mut again, 1, 99));
        assert!(asks(&mut again, 1, 100));
    }

    #[test]
    fn it_remembers_only_so_many() {
        let mut throttle = Throttle::default();
        for subject in 0..=LIMIT as u128 {
            assert!(asks(&mut throttle, subject, 0));
        }
        assert_eq!(throttle.ends.len(), LIMIT);
        assert_eq!(throttle.by_end.len(), LIMIT);
    }
}
