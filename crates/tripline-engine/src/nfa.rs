//! The automaton of one rule: immutable, shared by all keys and shards.
//!
//! The compiler targets [`NfaBuilder`]; what it yields is valid: every transition leads to a state, one state is the
//! start, one is final, and no cycle of PROCEED transitions exists.

use std::fmt;

use thiserror::Error;
use tripline_condition::{BoundCondition, NodeIndex};

use crate::{ConditionId, Guard};

/// The number of a state in an [`Nfa`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u16);

impl StateId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a run in a state is (Flink's `State.StateType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// Waits for the first event; never left for good.
    Start,
    /// Waits for an event.
    Normal,
    /// All is matched but for a final absence: matches when the window closes.
    Pending,
    /// A negated node was met: the run dies.
    Stop,
    /// All is matched.
    Final,
}

/// What a transition does with the event (Flink's `StateTransitionAction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitionAction {
    /// Adds it to the match.
    Take,
    /// Passes it over.
    Ignore,
    /// Moves on without consuming it: the target state is asked about the same event.
    Proceed,
}

/// A way out of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What happens with the event.
    pub action: TransitionAction,
    /// Where it leads.
    pub target: StateId,
    /// When it may be used.
    pub guard: Guard,
}

/// A state of an [`Nfa`].
#[derive(Clone, Debug)]
pub struct State {
    /// Unique name: the node's name, with a number where the node needs several states. Names survive snapshots.
    pub name: String,
    /// The node whose event a TAKE out of this state adds; `None` for the final state.
    pub node: Option<NodeIndex>,
    /// What a run here is.
    pub kind: StateKind,
    /// Ways out, in the order in which Flink's compiler adds them: the order of matches depends on it.
    pub transitions: Vec<Transition>,
    /// A run here dies when this long has passed since the event it took last, in ms, exclusive; 0 for no limit.
    pub window_ms: i64,
    /// The until condition of the loop that this state belongs to: tells why a run died here.
    pub until: Option<ConditionId>,
}

/// A node of the pattern, as outputs and counters name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Unique name.
    pub name: String,
    /// Whether its event must not come.
    pub negated: bool,
    /// What it asks of events: its condition and that of its loop's end, as far as it has them.
    pub conditions: Vec<ConditionId>,
}

/// What happens to overlapping matches once one is found (Flink's `AfterMatchSkipStrategy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMatchSkip {
    /// Nothing: every match is given.
    NoSkip,
    /// Drops what started with the same event.
    ToNext,
    /// Drops what started anywhere in the match.
    PastLastEvent,
    /// Drops what started before the first event of the node.
    ToFirst(NodeIndex),
    /// Drops what started before the last event of the node.
    ToLast(NodeIndex),
}

/// What the engine derives from a state's transitions once, when the automaton is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derived {
    /// Whether all guards asked when a run is here read the current event only, so that one decision serves all runs.
    pub(crate) event_only: bool,
    /// Whether the final state can be reached without another event.
    pub(crate) reaches_final: bool,
    /// Whether the pending state can be reached without another event; see [`NfaBuilder::final_absence`].
    pub(crate) reaches_pending: bool,
    /// Whether a run here decides on the next event without taking it: a NOT_NEXT.
    pub(crate) decides_next: bool,
    /// Whether a run here has met all but the final absence, so that its timeout is not one (`finalAbsence` only).
    pub(crate) satisfied: bool,
    /// The nodes whose events a run here can take next, in pattern order.
    pub(crate) waiting_for: Vec<NodeIndex>,
}

/// The automaton of one rule.
#[derive(Clone, Debug)]
pub struct Nfa {
    pub(crate) states: Vec<State>,
    pub(crate) derived: Vec<Derived>,
    pub(crate) start: StateId,
    pub(crate) conditions: Vec<BoundCondition>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) window_ms: i64,
    pub(crate) skip: AfterMatchSkip,
    pub(crate) final_absence: bool,
}

impl Nfa {
    /// The states; a transition's target is a position here.
    #[must_use]
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The state in which every attempt begins.
    #[must_use]
    pub const fn start(&self) -> StateId {
        self.start
    }

    /// The conditions that guards name.
    #[must_use]
    pub fn conditions(&self) -> &[BoundCondition] {
        &self.conditions
    }

    /// The nodes, in pattern order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// A match must end less than this long after it began, in ms; 0 for no limit.
    #[must_use]
    pub const fn window_ms(&self) -> i64 {
        self.window_ms
    }

    /// What happens to overlapping matches.
    #[must_use]
    pub const fn skip(&self) -> AfterMatchSkip {
        self.skip
    }

    /// Whether a run of one can go on as a run of the other: nodes, states and transitions are the same; conditions and
    /// durations need not be.
    #[must_use]
    pub fn has_shape_of(&self, other: &Self) -> bool {
        let ways = |state: &State| -> Vec<(TransitionAction, StateId)> {
            state.transitions.iter().map(|way| (way.action, way.target)).collect()
        };
        let same = |a: &State, b: &State| {
            a.name == b.name
                && a.node == b.node
                && a.kind == b.kind
                && a.until.is_some() == b.until.is_some()
                && ways(a) == ways(b)
        };
        self.nodes.len() == other.nodes.len()
            && self
                .nodes
                .iter()
                .zip(&other.nodes)
                .all(|(a, b)| a.name == b.name && a.negated == b.negated)
            && self.start == other.start
            && self.skip == other.skip
            && self.final_absence == other.final_absence
            && self.states.len() == other.states.len()
            && self.states.iter().zip(&other.states).all(|(a, b)| same(a, b))
    }

    /// Whether the rule asked for `finalAbsence`.
    #[must_use]
    pub const fn final_absence(&self) -> bool {
        self.final_absence
    }
}

/// Why an automaton cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NfaError {
    /// The pattern needs more states than allowed.
    #[error("the pattern needs more than {limit} states")]
    TooManyStates {
        /// The limit in force.
        limit: usize,
    },
    /// A loop around parts that may all be absent would turn for ever without an event.
    #[error("a repeated part can match no event at all, so that it would repeat for ever")]
    EndlessProceed {
        /// The node at which the cycle was found.
        node: Option<NodeIndex>,
    },
    /// Optional parts can be left out in too many ways.
    #[error("the optional parts can be left out in more than {limit} ways at one point")]
    TooManyPaths {
        /// The limit in force.
        limit: usize,
    },
    /// A transition, condition or node number that does not exist, or no start: a fault of the caller.
    #[error("the automaton is inconsistent: {what}")]
    Inconsistent {
        /// What is missing.
        what: &'static str,
    },
}

/// Assembles an [`Nfa`] state by state.
pub struct NfaBuilder {
    states: Vec<State>,
    conditions: Vec<BoundCondition>,
    nodes: Vec<Node>,
    max_states: usize,
}

impl fmt::Debug for NfaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NfaBuilder").field("states", &self.states.len()).finish_non_exhaustive()
    }
}

impl NfaBuilder {
    /// The most states an automaton may have.
    pub const MAX_STATES: usize = 10_000;

    /// An automaton over these nodes and conditions, without states yet.
    #[must_use]
    pub const fn new(nodes: Vec<Node>, conditions: Vec<BoundCondition>) -> Self {
        Self { states: Vec::new(), conditions, nodes, max_states: Self::MAX_STATES }
    }

    /// Adds a state without transitions.
    ///
    /// # Errors
    /// [`NfaError::TooManyStates`].
    pub fn add_state(
        &mut self,
        name: String,
        node: Option<NodeIndex>,
        kind: StateKind,
    ) -> Result<StateId, NfaError> {
        let limit = self.max_states;
        let id = u16::try_from(self.states.len()).ok().filter(|_| self.states.len() < limit);
        let id = id.ok_or(NfaError::TooManyStates { limit })?;
        self.states.push(State {
            name,
            node,
            kind,
            transitions: Vec::new(),
            window_ms: 0,
            until: None,
        });
        Ok(StateId(id))
    }

    /// Adds a transition after those that `source` has.
    pub fn add_transition(
        &mut self,
        source: StateId,
        action: TransitionAction,
        target: StateId,
        guard: Guard,
    ) {
        if let Some(state) = self.states.get_mut(source.index()) {
            state.transitions.push(Transition { action, target, guard });
        }
    }

    /// The state with this number.
    #[must_use]
    pub fn state(&self, id: StateId) -> Option<&State> {
        self.states.get(id.index())
    }

    /// The state with this number, to change it.
    pub fn state_mut(&mut self, id: StateId) -> Option<&mut State> {
        self.states.get_mut(id.index())
    }

    /// Checks and finishes the automaton.
    ///
    /// With `final_absence`, a run that has met all but a final NOT_FOLLOW waits for the window's end from its last
    /// event on, loops included, and gives no timeout; without it, as Flink does (SEMANTICS N2).
    ///
    /// # Errors
    /// [`NfaError::Inconsistent`] and [`NfaError::EndlessProceed`].
    pub fn build(
        mut self,
        start: StateId,
        window_ms: i64,
        skip: AfterMatchSkip,
        final_absence: bool,
    ) -> Result<Nfa, NfaError> {
        self.check(start)?;
        if let Some(state) = self.states.get_mut(start.index()) {
            state.kind = StateKind::Start;
        }
        let derived = derive::derive(&self.states, &self.conditions, final_absence)?;
        Ok(Nfa {
            states: self.states,
            derived,
            start,
            conditions: self.conditions,
            nodes: self.nodes,
            window_ms,
            skip,
            final_absence,
        })
    }

    fn check(&self, start: StateId) -> Result<(), NfaError> {
        let inconsistent = |what| Err(NfaError::Inconsistent { what });
        if start.index() >= self.states.len() {
            return inconsistent("no start state");
        }
        let mut asked = self.nodes.iter().flat_map(|node| &node.conditions);
        if asked.any(|condition| usize::from(condition.0) >= self.conditions.len()) {
            return inconsistent("a node with no such condition");
        }
        for state in &self.states {
            if state.node.is_some_and(|node| usize::from(node.0) >= self.nodes.len()) {
                return inconsistent("a state of no node");
            }
            for transition in &state.transitions {
                if transition.target.index() >= self.states.len() {
                    return inconsistent("a transition to no state");
                }
                let mut known = true;
                transition.guard.conditions(&mut |condition| {
                    known &= usize::from(condition.0) < self.conditions.len();
                });
                if !known {
                    return inconsistent("a guard over no condition");
                }
            }
        }
        Ok(())
    }
}

#[path = "derive.rs"]
mod derive;

/// Names a condition for [`Guard`].
impl From<u16> for ConditionId {
    fn from(index: u16) -> Self {
        Self(index)
    }
}
