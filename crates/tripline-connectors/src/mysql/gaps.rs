//! Which rows may be read: none behind a number that may still come.
//!
//! A number is given to a row when it is inserted, and the row is seen when its transaction is at its end; so a row may be
//! seen before one with a smaller number. What is read must be in order and whole, so a missing number is waited for: as
//! long as a transaction holds it, and otherwise until it is old enough never to come.

use std::time::Duration;

/// What is known of the numbers of a table.
#[derive(Debug)]
pub(super) struct Gaps {
    wait: Duration,
    /// A number up to here that is not there, not even in a transaction, will never be.
    old: u64,
    /// What will be old once it has waited long enough.
    young: Option<(u64, Duration)>,
}

/// What is to be asked before more can be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Nothing: so many of the rows may be read.
    Nothing(usize),
    /// The greatest number that there is.
    Greatest(usize),
    /// Which numbers are there in transactions, up to this one.
    Uncommitted(usize, u64),
}

impl Gaps {
    pub(super) const fn new(wait: Duration) -> Self {
        Self { wait, old: 0, young: None }
    }

    /// Looks at the numbers of rows that were seen, from `next` on.
    pub(super) fn look(&self, next: u64, rows: &[u64]) -> Ask {
        let whole = rows.iter().zip(next..).take_while(|(row, next)| *row == next).count();
        let Some(&beyond) = rows.get(whole) else { return Ask::Nothing(whole) };
        if beyond > self.old {
            return match self.young {
                Some(_) => Ask::Nothing(whole),
                None => Ask::Greatest(whole),
            };
        }
        let last = rows.iter().rev().find(|row| **row <= self.old);
        Ask::Uncommitted(whole, last.copied().unwrap_or(beyond))
    }

    /// The greatest number is this: what is missing below it begins to wait.
    pub(super) fn greatest(&mut self, greatest: u64) {
        self.young = Some((greatest, Duration::ZERO));
    }

    /// Time has passed.
    pub(super) fn waited(&mut self, time: Duration) {
        if let Some((greatest, waited)) = &mut self.young {
            *waited += time;
            if *waited >= self.wait {
                self.old = *greatest;
                self.young = None;
            }
        }
    }

    /// How many of the rows may be read, given the numbers that are there, in transactions too.
    pub(super) fn readable(&self, next: u64, rows: &[u64], there: &[u64]) -> usize {
        let held = there.iter().find(|number| **number >= next && !rows.contains(number));
        let mut next = next;
        let readable = rows.iter().take_while(|row| {
            let whole = **row == next || **row <= self.old;
            next = row.saturating_add(1);
            whole && held.is_none_or(|held| *row < held)
        });
        readable.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_millis(100);

    #[test]
    fn nothing_is_read_behind_a_number_that_may_come() {
        let mut gaps = Gaps::new(WAIT);
        assert_eq!(gaps.look(1, &[]), Ask::Nothing(0));
        assert_eq!(gaps.look(1, &[1, 2, 3]), Ask::Nothing(3));
        assert_eq!(gaps.look(1, &[1, 3]), Ask::Greatest(1));
        gaps.greatest(5);
        assert_eq!(gaps.look(2, &[3, 5]), Ask::Nothing(0), "it waits");
        gaps.waited(WAIT / 2);
        assert_eq!(gaps.look(2, &[3, 5, 9]), Ask::Nothing(0));
        gaps.waited(WAIT / 2);
        assert_eq!(gaps.look(2, &[3, 5, 9]), Ask::Uncommitted(0, 5));
        assert_eq!(gaps.readable(2, &[3, 5, 9], &[2, 3, 5]), 0, "a transaction holds 2");
        assert_eq!(gaps.readable(2, &[3, 5, 9], &[3, 4, 5]), 1, "a transaction holds 4");
        assert_eq!(gaps.readable(2, &[3, 5, 9], &[3, 5]), 2, "9 is too young to know of 6");
        assert_eq!(gaps.readable(2, &[3, 5, 6], &[3, 5]), 3, "6 follows 5");
        assert_eq!(gaps.look(6, &[9]), Ask::Greatest(0));
    }
}
