//! Pattern to automaton: the construction of Flink's `NFACompiler`, state by state.
//!
//! From the last element to the first: each element is turned into states that lead into what follows (its *sink*).
//! Which states come to be, their order, their transitions' order and even their names decide what matches
//! (SEMANTICS W5, N2, G1), so the construction keeps Flink's, corners included.

mod guards;
mod states;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use tripline_condition::NodeIndex;
use tripline_engine::{Guard, Nfa, NfaBuilder, NfaError, StateId, StateKind};

use crate::pattern::{Element, ElementKind, Link, Pattern, Repetition};

/// What only the automaton shows to be wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A limit between two events is larger than the one from first to last.
    #[error(
        "the limit of {gap_ms} ms between two events is larger than that of {window_ms} ms from the first event to the \
         last"
    )]
    GapAboveWindow {
        /// The larger limit.
        gap_ms: i64,
        /// The smaller limit.
        window_ms: i64,
    },
    /// A final absence without an end.
    #[error("the pattern ends in NOT_FOLLOW and has no window")]
    FinalNotFollowWithoutWindow,
    /// The automaton cannot be built.
    #[error(transparent)]
    Nfa(#[from] NfaError),
}

/// The name of the final state, which no node may have.
pub(crate) const END_NAME: &str = "$endState$";
/// The name of states that belong to a group and to no node of it.
const GROUP_NAME: &str = "GroupPattern";
/// How deep a copy of following optional states may go; keeps the stack small.
const MAX_COPY_DEPTH: usize = 1_000;

/// Compiles a pattern.
///
/// # Errors
/// [`CompileError`].
///
/// # Cost
/// Grows with the states, which `TIMES` unrolls; at most [`NfaBuilder::MAX_STATES`].
pub fn compile(pattern: &Pattern) -> Result<Nfa, CompileError> {
    let mut compiler = Compiler {
        builder: NfaBuilder::new(pattern.nodes.clone(), pattern.conditions.clone()),
        pattern,
        names: BTreeSet::new(),
        counters: BTreeMap::new(),
        stops: BTreeMap::new(),
        originals: BTreeMap::new(),
        window_ms: None,
        groups: Vec::new(),
        following: None,
    };
    let start = compiler.compile()?;
    let window_ms = compiler.window_ms.unwrap_or(0);
    let nfa = compiler.builder.build(start, window_ms, pattern.skip, pattern.final_absence)?;
    Ok(nfa)
}

/// A chain and a position in it: Flink's `currentPattern`, whose `getPrevious` is the position before.
#[derive(Clone, Copy)]
struct At<'p> {
    chain: &'p [Element],
    index: usize,
}

impl<'p> At<'p> {
    const fn last(chain: &'p [Element]) -> Self {
        Self { chain, index: chain.len().saturating_sub(1) }
    }

    fn element(self) -> Option<&'p Element> {
        self.chain.get(self.index)
    }

    fn previous(self) -> Option<Self> {
        self.index.checked_sub(1).map(|index| Self { index, ..self })
    }
}

/// A group under construction.
struct OpenGroup<'p> {
    element: &'p Element,
    /// Whether the states are those of its first round (Flink's `firstOfLoopMap`).
    first_round: bool,
}

struct Compiler<'p> {
    builder: NfaBuilder,
    pattern: &'p Pattern,
    names: BTreeSet<String>,
    /// The next number to try for a base name that is taken.
    counters: BTreeMap<String, u32>,
    stops: BTreeMap<NodeIndex, StateId>,
    /// Copies of states made before greed changed them, by the state changed.
    originals: BTreeMap<StateId, StateId>,
    window_ms: Option<i64>,
    groups: Vec<OpenGroup<'p>>,
    following: Option<&'p Element>,
}

/// The guards of a state that takes events.
#[derive(Clone)]
struct Guards {
    take: Guard,
    /// `None` under STRICT: nothing may be passed over.
    ignore: Option<Guard>,
}

impl<'p> Compiler<'p> {
    fn compile(&mut self) -> Result<StateId, CompileError> {
        let last = At::last(&self.pattern.elements);
        let sink = self.builder.add_state(END_NAME.to_owned(), None, StateKind::Final)?;
        self.window_ms = last.element().and_then(|element| element.within_ms);
        let (sink, first) = self.middle_states(last, sink)?;
        let start = self.convert(first, sink)?;
        self.check_windows(last)?;
        Ok(start)
    }

    /// Flink's `checkPatternWindowTimes`, and its check of a final absence.
    fn check_windows(&self, last: At<'p>) -> Result<(), CompileError> {
        let gaps = || {
            (0..=u16::MAX)
                .map_while(|id| self.builder.state(StateId(id)))
                .map(|state| state.window_ms)
        };
        let largest = gaps().max().unwrap_or(0);
        if let Some(window_ms) = self.window_ms
            && largest > window_ms
        {
            return Err(CompileError::GapAboveWindow { gap_ms: largest, window_ms });
        }
        let element = last.element();
        let gap = element.and_then(|element| element.gap_ms).unwrap_or(0);
        let ends_absent = element.is_some_and(|element| element.link == Link::NotFollow)
            && self.pattern.elements.len() > 1;
        if ends_absent && gap <= 0 && self.window_ms.unwrap_or(0) == 0 {
            return Err(CompileError::FinalNotFollowWithoutWindow);
        }
        Ok(())
    }

    /// All elements of a chain but the first; gives the state to enter and the first element.
    fn middle_states(
        &mut self,
        last: At<'p>,
        sink: StateId,
    ) -> Result<(StateId, At<'p>), CompileError> {
        let (mut at, mut sink) = (last, sink);
        while let (Some(previous), Some(element)) = (at.previous(), at.element()) {
            sink = match element.link {
                Link::NotFollow => self.not_follow(at, element, sink)?,
                Link::NotNext => self.not_next(at, element, sink)?,
                Link::Follows(_) => self.convert(at, sink)?,
            };
            self.following = Some(element);
            at = previous;
            let within = previous.element().and_then(|element| element.within_ms);
            if let Some(within) = within
                && within < self.window_ms.unwrap_or(i64::MAX)
            {
                self.window_ms = Some(within);
            }
        }
        Ok((sink, at))
    }

    /// A NOT_FOLLOW becomes part of its neighbours; at the end it is a state of its own that waits for the window.
    fn not_follow(
        &mut self,
        at: At<'p>,
        element: &'p Element,
        sink: StateId,
    ) -> Result<StateId, CompileError> {
        let bounded = element.gap_ms.is_some() || self.window_ms.unwrap_or(0) > 0;
        if !bounded || self.kind(sink) != StateKind::Final {
            return Ok(sink);
        }
        let pending = self.add_taking_state(at, StateKind::Pending)?;
        let stop = self.stop_state(element)?;
        let guard = self.take_guard(element);
        self.proceed(pending, stop, guard.clone());
        self.ignore(pending, pending, guard.negate());
        Ok(pending)
    }

    fn not_next(
        &mut self,
        at: At<'p>,
        element: &'p Element,
        sink: StateId,
    ) -> Result<StateId, CompileError> {
        let state = self.add_taking_state(at, StateKind::Normal)?;
        let stop = self.stop_state(element)?;
        let guard = self.take_guard(element);
        if self.kind(sink) == StateKind::Final {
            // So that the match is not complete before another event has come.
            self.ignore(state, sink, guard.clone().negate());
        } else {
            self.proceed(state, sink, guard.clone().negate());
        }
        self.proceed(state, stop, guard);
        Ok(state)
    }

    /// The states of one element (Flink's `convertPattern`).
    fn convert(&mut self, at: At<'p>, sink: StateId) -> Result<StateId, CompileError> {
        let Some(element) = at.element() else {
            return Ok(sink);
        };
        let first = match element.quantifier.repetition {
            Repetition::Looping { from } => {
                // Once the loop has begun, a NOT before an optional element no longer counts.
                let after = self.copy_without_nots(at, sink, 0)?;
                let looping = self.looping(at, element, after)?;
                self.times(at, element, looping, sink, from, from)?
            }
            Repetition::Times { from, to } => self.times(at, element, sink, sink, from, to)?,
            Repetition::Single => {
                let guards = self.guards(at, element);
                self.singleton(
                    at,
                    element,
                    sink,
                    Some(sink),
                    guards,
                    element.quantifier.optional,
                    true,
                )?
            }
        };
        self.add_stops(at, first)?;
        Ok(first)
    }

    /// `from` to `to` copies in a row (Flink's `createTimesState`).
    fn times(
        &mut self,
        at: At<'p>,
        element: &'p Element,
        sink: StateId,
        proceed: StateId,
        from: u32,
        to: u32,
    ) -> Result<StateId, CompileError> {
        let quantifier = &element.quantifier;
        let inner = self.inner_guards(at, element);
        if quantifier.greedy && from != to && !self.waits_for_absence(sink) {
            if quantifier.until.is_some() {
                let copy = self.copy(sink)?;
                self.originals.insert(sink, copy);
            }
            self.add_greed(sink, &inner.take);
        }
        let mut next = sink;
        for _ in from..to {
            next = self.singleton(at, element, next, Some(proceed), inner.clone(), true, false)?;
            self.add_stop_to_loop(next)?;
        }
        for _ in 1..from {
            next = self.singleton(at, element, next, None, inner.clone(), false, false)?;
            self.add_stop_to_loop(next)?;
        }
        let guards = Guards { take: inner.take, ignore: self.guards(at, element).ignore };
        self.singleton(at, element, next, Some(proceed), guards, quantifier.optional, true)
    }

    /// One state that takes one event, or one round of a group (Flink's `createSingletonState`).
    #[expect(clippy::too_many_arguments, reason = "the parts of Flink's construction, each used")]
    fn singleton(
        &mut self,
        at: At<'p>,
        element: &'p Element,
        sink: StateId,
        proceed: Option<StateId>,
        guards: Guards,
        optional: bool,
        first_round: bool,
    ) -> Result<StateId, CompileError> {
        if let ElementKind::Group(chain) = &element.kind {
            let skip_to = proceed.filter(|_| optional);
            return self.group(element, chain, sink, skip_to, first_round);
        }
        let state = self.add_taking_state(at, StateKind::Normal)?;
        let after = self.copy_without_nots(at, sink, 0)?;
        self.take(state, after, guards.take.clone());
        if let Some(proceed) = proceed.filter(|_| optional) {
            self.proceed_unless_until(state, proceed, element);
        }
        if let Some(ignore) = guards.ignore {
            let waiting = if optional || self.heads_optional_group(at) {
                // Without the way past the element, so that each way out branches off once only.
                let waiting = self.add_state(at, StateKind::Normal)?;
                self.take(waiting, after, guards.take);
                self.ignore(waiting, waiting, ignore.clone());
                self.add_stops(at, waiting)?;
                waiting
            } else {
                state
            };
            self.ignore(state, waiting, ignore);
        }
        Ok(state)
    }

    /// Whether this is the final absence of a rule with `finalAbsence`: greed would end what waits there.
    fn waits_for_absence(&self, sink: StateId) -> bool {
        self.pattern.final_absence && self.kind(sink) == StateKind::Pending
    }

    /// One round of a group; `skip_to` is where the whole group may be left out to.
    fn group(
        &mut self,
        element: &'p Element,
        chain: &'p [Element],
        sink: StateId,
        skip_to: Option<StateId>,
        first_round: bool,
    ) -> Result<StateId, CompileError> {
        // Outside of the group: the until condition of the group itself does not guard the way past it.
        let guard = self.until_guard();
        let first = self.round(element, chain, sink, first_round)?;
        if let Some(target) = skip_to {
            self.proceed(first, target, guard);
        }
        Ok(first)
    }

    /// The states of a group's chain, entered once.
    fn round(
        &mut self,
        element: &'p Element,
        chain: &'p [Element],
        sink: StateId,
        first_round: bool,
    ) -> Result<StateId, CompileError> {
        let following = self.following;
        self.groups.push(OpenGroup { element, first_round });
        let (sink, first) = self.middle_states(At::last(chain), sink)?;
        let state = self.convert(first, sink);
        self.groups.pop();
        self.following = following;
        state
    }

    /// The state of a loop after its first rounds (Flink's `createLooping`).
    fn looping(
        &mut self,
        at: At<'p>,
        element: &'p Element,
        sink: StateId,
    ) -> Result<StateId, CompileError> {
        if let ElementKind::Group(chain) = &element.kind {
            let guard = self.until_guard();
            let turn = self.add_taking_state(at, StateKind::Normal)?;
            let first = self.round(element, chain, turn, false)?;
            self.proceed(first, sink, guard.clone());
            self.proceed(turn, first, guard);
            return Ok(first);
        }
        let guards = self.inner_guards(at, element);
        let state = self.add_taking_state(at, StateKind::Normal)?;
        let may_end = guards.ignore.is_none() || element.quantifier.until.is_some();
        if element.quantifier.greedy && !(may_end && self.waits_for_absence(sink)) {
            if element.quantifier.until.is_some() {
                let copy = self.copy(sink)?;
                self.originals.insert(sink, copy);
            }
            self.proceed_unless_until(state, sink, element);
            let take = self.take_guard(element);
            self.add_greed(sink, &take);
        } else {
            let guard = self.until_guard();
            self.proceed(state, sink, guard);
        }
        self.take(state, state, guards.take.clone());
        self.add_stop_to_loop(state)?;
        if let Some(ignore) = guards.ignore {
            let waiting = self.add_state(at, StateKind::Normal)?;
            self.take(waiting, state, guards.take);
            self.ignore(waiting, waiting, ignore.clone());
            self.ignore(state, waiting, ignore);
            self.add_stop_to_loop(waiting)?;
        }
        Ok(state)
    }
}
