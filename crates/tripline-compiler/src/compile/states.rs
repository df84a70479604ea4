//! States: their names, their stops, and copies of them.

use tripline_condition::NodeIndex;
use tripline_engine::{
    ConditionId, Guard, NfaBuilder, NfaError, StateId, StateKind, TransitionAction,
};

use super::{At, CompileError, Compiler, GROUP_NAME, MAX_COPY_DEPTH};
use crate::pattern::{Element, ElementKind, Link, Repetition};

impl<'p> Compiler<'p> {
    /// The negated elements that count at this point: before it, with only optional elements between.
    pub(super) fn current_nots(&self, at: At<'p>) -> Vec<&'p Element> {
        let mut nots = Vec::new();
        let mut before = at.previous();
        while let Some((at, element)) = before.and_then(|at| Some((at, at.element()?))) {
            // The first element of a chain has no link before it.
            let negated = at.index > 0 && element.link == Link::NotFollow;
            if negated {
                nots.push(element);
            } else if !element.quantifier.optional {
                break;
            }
            before = at.previous();
        }
        nots
    }

    pub(super) fn add_stops(&mut self, at: At<'p>, state: StateId) -> Result<(), CompileError> {
        for element in self.current_nots(at) {
            let stop = self.stop_state(element)?;
            let guard = self.take_guard(element);
            self.proceed(state, stop, guard);
        }
        Ok(())
    }

    pub(super) fn add_stop_to_loop(&mut self, state: StateId) -> Result<(), CompileError> {
        if let Some(element) = self.following
            && element.link == Link::NotFollow
        {
            let stop = self.stop_state(element)?;
            let guard = self.take_guard(element);
            self.proceed(state, stop, guard);
        }
        Ok(())
    }

    /// The stop state of a negated node: one, however many states lead there.
    pub(super) fn stop_state(&mut self, element: &'p Element) -> Result<StateId, CompileError> {
        let ElementKind::Node { node, .. } = element.kind else {
            return Err(NfaError::Inconsistent { what: "a negated group" }.into());
        };
        if let Some(&stop) = self.stops.get(&node) {
            return Ok(stop);
        }
        let name = self.unique_name(self.node_name(node));
        let stop = self.builder.add_state(name, Some(node), StateKind::Stop)?;
        let guard = self.take_guard(element);
        self.take(stop, stop, guard);
        self.stops.insert(node, stop);
        Ok(stop)
    }

    /// Taking an optional element's event ends the NOTs before it: a copy of what follows without the ways to them
    /// (Flink's `copyWithoutTransitiveNots`).
    pub(super) fn copy_without_nots(
        &mut self,
        at: At<'p>,
        sink: StateId,
        depth: usize,
    ) -> Result<StateId, CompileError> {
        let nots = self.current_nots(at);
        let optional = at.element().is_some_and(|element| element.quantifier.optional);
        if nots.is_empty() || !optional {
            return Ok(sink);
        }
        if depth > MAX_COPY_DEPTH {
            return Err(NfaError::TooManyStates { limit: NfaBuilder::MAX_STATES }.into());
        }
        let Some(source) = self.builder.state(sink).cloned() else {
            return Ok(sink);
        };
        let name = self.unique_name(&source.name);
        let copy = self.builder.add_state(name, source.node, source.kind)?;
        self.copy_until(copy, source.until);
        for transition in source.transitions {
            if transition.action != TransitionAction::Proceed {
                let target = if transition.target == sink { copy } else { transition.target };
                self.builder.add_transition(copy, transition.action, target, transition.guard);
                continue;
            }
            let target = transition.target;
            if self.kind(target) == StateKind::Stop {
                let dropped = nots.iter().any(|element| {
                    let ElementKind::Node { node, .. } = element.kind else {
                        return false;
                    };
                    // By name, as Flink: a stop state that had to take another name stays.
                    self.builder.state(target).is_some_and(|stop| stop.name == self.node_name(node))
                });
                if !dropped {
                    self.proceed(copy, target, transition.guard);
                }
            } else {
                let target = self.copy_without_nots(at, target, depth + 1)?;
                self.proceed(copy, target, transition.guard);
            }
        }
        Ok(copy)
    }

    /// A copy of a state with its transitions.
    pub(super) fn copy(&mut self, sink: StateId) -> Result<StateId, CompileError> {
        let Some(source) = self.builder.state(sink).cloned() else {
            return Ok(sink);
        };
        let original = source.name.split(':').next().unwrap_or_default();
        let name = self.unique_name(original);
        let copy = self.builder.add_state(name, source.node, source.kind)?;
        self.copy_until(copy, source.until);
        for transition in source.transitions {
            let target = if transition.target == sink { copy } else { transition.target };
            self.builder.add_transition(copy, transition.action, target, transition.guard);
        }
        Ok(copy)
    }

    pub(super) fn copy_until(&mut self, state: StateId, until: Option<ConditionId>) {
        if let Some(state) = self.builder.state_mut(state) {
            state.until = until;
        }
    }

    /// A state that events are taken in: the limit since the event before belongs to these (SEMANTICS W2 to W5).
    pub(super) fn add_taking_state(
        &mut self,
        at: At<'p>,
        kind: StateKind,
    ) -> Result<StateId, CompileError> {
        let id = self.add_state(at, kind)?;
        if let (Some(element), Some(state)) = (at.element(), self.builder.state_mut(id)) {
            let quantifier = &element.quantifier;
            let window = match quantifier.repetition {
                Repetition::Single => element.gap_ms,
                _ if state.name.contains(':') => quantifier.step_window_ms,
                _ => None,
            };
            state.window_ms = window.unwrap_or(0);
        }
        Ok(id)
    }

    pub(super) fn add_state(
        &mut self,
        at: At<'p>,
        kind: StateKind,
    ) -> Result<StateId, CompileError> {
        let element = at.element();
        let (node, until) = match element.map(|element| &element.kind) {
            Some(ElementKind::Node { node, .. }) => {
                let group_until =
                    self.groups.last().and_then(|group| group.element.quantifier.until);
                (Some(*node), element.and_then(|element| element.quantifier.until).or(group_until))
            }
            _ => (None, None),
        };
        let name = node.map_or(GROUP_NAME, |node| self.node_name(node)).to_owned();
        let name = self.unique_name(&name);
        let id = self.builder.add_state(name, node, kind)?;
        self.copy_until(id, until);
        Ok(id)
    }

    /// The first unused of `base`, `base:0`, `base:1` … (Flink's `NFAStateNameHandler`).
    pub(super) fn unique_name(&mut self, base: &str) -> String {
        if self.names.insert(base.to_owned()) {
            return base.to_owned();
        }
        // Names of one base are given in order, so the search goes on where it ended.
        let mut counter = self.counters.get(base).copied().unwrap_or(0);
        loop {
            let name = format!("{base}:{counter}");
            counter += 1;
            if self.names.insert(name.clone()) {
                self.counters.insert(base.to_owned(), counter);
                return name;
            }
        }
    }

    pub(super) fn node_name(&self, node: NodeIndex) -> &'p str {
        self.pattern.nodes.get(usize::from(node.0)).map_or("", |node| node.name.as_str())
    }

    pub(super) fn kind(&self, state: StateId) -> StateKind {
        self.builder.state(state).map_or(StateKind::Normal, |state| state.kind)
    }

    pub(super) fn take(&mut self, from: StateId, to: StateId, guard: Guard) {
        self.builder.add_transition(from, TransitionAction::Take, to, guard);
    }

    pub(super) fn ignore(&mut self, from: StateId, to: StateId, guard: Guard) {
        self.builder.add_transition(from, TransitionAction::Ignore, to, guard);
    }

    pub(super) fn proceed(&mut self, from: StateId, to: StateId, guard: Guard) {
        self.builder.add_transition(from, TransitionAction::Proceed, to, guard);
    }
}
