//! The formula on a transition.

/// The number of a condition in an [`Nfa`](crate::Nfa).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionId(pub u16);

/// When a transition may be used: a formula over the conditions of the nodes.
///
/// Two-valued: a condition that is unknown does not hold, and its negation does.
/// The three values of SQL live inside a condition, not between them (Flink's `RichNotCondition` negates a filter).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// On every event.
    Always,
    /// On no event.
    Never,
    /// If the condition holds.
    Holds(ConditionId),
    /// If the condition does not hold.
    Fails(ConditionId),
    /// If all of two or more hold.
    All(Vec<Self>),
    /// If one of two or more holds.
    Any(Vec<Self>),
}

impl Guard {
    /// Holds where both do.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, guard) | (guard, Self::Always) => guard,
            (Self::All(mut parts), Self::All(more)) => {
                parts.extend(more);
                Self::All(parts)
            }
            (Self::All(mut parts), part) => {
                parts.push(part);
                Self::All(parts)
            }
            (first, second) => Self::All(vec![first, second]),
        }
    }

    /// Holds where this does not.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Holds(condition) => Self::Fails(condition),
            Self::Fails(condition) => Self::Holds(condition),
            Self::All(parts) => Self::Any(parts.into_iter().map(Self::negate).collect()),
            Self::Any(parts) => Self::All(parts.into_iter().map(Self::negate).collect()),
        }
    }

    /// Whether the guard holds, given which conditions do; asks only for what it needs.
    pub(crate) fn test(&self, holds: &mut impl FnMut(ConditionId) -> bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Holds(condition) => holds(*condition),
            Self::Fails(condition) => !holds(*condition),
            Self::All(parts) => parts.iter().all(|part| part.test(holds)),
            Self::Any(parts) => parts.iter().any(|part| part.test(holds)),
        }
    }

    /// Calls `visit` with every condition of the formula.
    pub(crate) fn conditions(&self, visit: &mut impl FnMut(ConditionId)) {
        match self {
            Self::Always | Self::Never => {}
            Self::Holds(condition) | Self::Fails(condition) => visit(*condition),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.conditions(visit);
                }
            }
        }
    }

    /// The conditions that must hold for the guard to hold, as far as they are plain conjuncts.
    pub(crate) fn required(&self) -> Vec<ConditionId> {
        match self {
            Self::Holds(condition) => vec![*condition],
            Self::All(parts) => parts.iter().flat_map(Self::required).collect(),
            _ => Vec::new(),
        }
    }
}
