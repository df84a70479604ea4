//! What can be said of a condition before any event has come.

use std::ops::Not;

use tripline_event::FieldId;

use crate::{NodeIndex, Truth};

/// Which of the three truths a condition can have at all.
///
/// It leaves a truth out only if no event whatsoever gives it; so it says less than there is to know, and nothing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    can_be_true: bool,
    can_be_unknown: bool,
    can_be_false: bool,
}

impl Outlook {
    /// Nothing is known.
    pub const OPEN: Self = Self { can_be_true: true, can_be_unknown: true, can_be_false: true };

    /// Decided.
    #[must_use]
    pub const fn only(truth: Truth) -> Self {
        Self {
            can_be_true: matches!(truth, Truth::True),
            can_be_unknown: matches!(truth, Truth::Unknown),
            can_be_false: matches!(truth, Truth::False),
        }
    }

    /// Whether no event can meet the condition.
    #[must_use]
    pub const fn never_holds(self) -> bool {
        !self.can_be_true
    }

    /// Whether every event meets the condition.
    #[must_use]
    pub const fn always_holds(self) -> bool {
        !self.can_be_unknown && !self.can_be_false
    }

    /// The same, but never true.
    #[must_use]
    pub const fn without_true(self) -> Self {
        Self { can_be_true: false, ..self }
    }

    /// The same, but never unknown.
    #[must_use]
    pub const fn without_unknown(self) -> Self {
        Self { can_be_unknown: false, ..self }
    }

    /// What `x && y` can be.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            can_be_true: self.can_be_true && other.can_be_true,
            can_be_unknown: self.can_be_unknown && (other.can_be_unknown || other.can_be_true)
                || other.can_be_unknown && self.can_be_true,
            can_be_false: self.can_be_false || other.can_be_false,
        }
    }

    /// What `x || y` can be.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// What one of them or the other can be.
    #[must_use]
    pub const fn either(self, other: Self) -> Self {
        Self {
            can_be_true: self.can_be_true || other.can_be_true,
            can_be_unknown: self.can_be_unknown || other.can_be_unknown,
            can_be_false: self.can_be_false || other.can_be_false,
        }
    }
}

impl Not for Outlook {
    type Output = Self;

    fn not(self) -> Self {
        Self { can_be_true: self.can_be_false, can_be_false: self.can_be_true, ..self }
    }
}

/// Something that holds whenever a condition holds, which those who look for doubtful rules ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// The event has the same value in a field as an event that `node` has taken.
    SameField {
        /// The field.
        field: FieldId,
        /// The node.
        node: NodeIndex,
    },
    /// The event comes at least so long after an event that `node` has taken.
    After {
        /// The node.
        node: NodeIndex,
        /// How long; inclusive.
        least_ms: i64,
    },
}

#[cfg(test)]
mod tests {
    use super::Outlook;
    use crate::Truth;

    const ALL: [Truth; 3] = [Truth::False, Truth::Unknown, Truth::True];

    fn of(truths: &[Truth]) -> Outlook {
        truths.iter().map(|truth| Outlook::only(*truth)).reduce(Outlook::either).unwrap()
    }

    /// Against all pairs that two sets of truths give.
    #[test]
    fn joins_as_the_truths_do() {
        let sets: Vec<Vec<Truth>> = (1..8)
            .map(|bits| {
                ALL.into_iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).collect()
            })
            .map(|set: Vec<(usize, Truth)>| set.into_iter().map(|(_, truth)| truth).collect())
            .collect();
        for a in &sets {
            let not: Vec<Truth> = a.iter().map(|truth| !*truth).collect();
            assert_eq!(!of(a), of(&not));
            for b in &sets {
                let pairs = || a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y)));
                let and: Vec<Truth> = pairs().map(|(x, y)| x.and(y)).collect();
                let or: Vec<Truth> = pairs().map(|(x, y)| x.or(y)).collect();
                assert_eq!(of(a).and(of(b)), of(&and), "{a:?} && {b:?}");
                assert_eq!(of(a).or(of(b)), of(&or), "{a:?} || {b:?}");
            }
        }
    }
}
