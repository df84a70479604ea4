//! The rule as meant: a chain of elements whose every combination has a meaning.
//!
//! [`lower`](crate::lower) makes a [`Pattern`] of a written graph and refuses what Flink refuses; what stands here can be
//! compiled, but for limits that only the automaton shows.

use tripline_condition::{BoundCondition, NodeIndex};
use tripline_engine::{AfterMatchSkip, ConditionId, Node};

/// How events must follow one another (Flink's `ConsumingStrategy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contiguity {
    /// The very next event: `next`, `consecutive()`.
    Strict,
    /// The next event that fits: `followedBy`.
    SkipTillNext,
    /// Any later event that fits: `followedByAny`, `allowCombinations()`.
    SkipTillAny,
}

/// How an element follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It must come.
    Follows(Contiguity),
    /// It must not be the next event: `notNext`.
    NotNext,
    /// It must not come before the next element, or before the window closes: `notFollowedBy`.
    NotFollow,
}

/// How often an element comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// Once.
    Single,
    /// From `from` to `to` times, both at least 1.
    Times {
        /// The fewest.
        from: u32,
        /// The most.
        to: u32,
    },
    /// `from` times or more, at least 1.
    Looping {
        /// The fewest.
        from: u32,
    },
}

/// How often an element comes, and how its repetitions follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantifier {
    /// How often.
    pub repetition: Repetition,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether an event that both could take goes to the repetition and not to the next element.
    pub greedy: bool,
    /// How repetitions follow one another.
    pub inner: Contiguity,
    /// What ends a loop.
    pub until: Option<ConditionId>,
    /// The largest gap between repetitions in ms; what Flink really checks is SEMANTICS W5.
    pub step_window_ms: Option<i64>,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// One node; without a condition every event fits.
    Node {
        /// The node.
        node: NodeIndex,
        /// Its condition.
        condition: Option<ConditionId>,
    },
    /// A chain as one element.
    Group(Vec<Element>),
}

/// One element of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What it is.
    pub kind: ElementKind,
    /// How it follows the element before; of the first element it means nothing.
    pub link: Link,
    /// How often it comes.
    pub quantifier: Quantifier,
    /// The limit from the first event of the match to the last, in ms (FIRST_AND_LAST).
    pub within_ms: Option<i64>,
    /// The limit since the event before, in ms (PREVIOUS_AND_CURRENT).
    pub gap_ms: Option<i64>,
}

/// A checked pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The chain; never empty.
    pub elements: Vec<Element>,
    /// The nodes, in pattern order over all levels.
    pub nodes: Vec<Node>,
    /// The conditions that nodes and quantifiers name.
    pub conditions: Vec<BoundCondition>,
    /// What happens to overlapping matches.
    pub skip: AfterMatchSkip,
    /// Whether a final NOT_FOLLOW matches for a quiet key, after loops too.
    pub final_absence: bool,
}
