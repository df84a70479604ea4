//! Guards: when a transition may be used.

use tripline_engine::{Guard, StateId};

use super::{At, Compiler, Guards, OpenGroup};
use crate::pattern::{Contiguity, Element, ElementKind, Link};

impl<'p> Compiler<'p> {
    /// The way past a repetition; a greedy loop with an until leaves to the sink as it was before greed changed it.
    pub(super) fn proceed_unless_until(
        &mut self,
        state: StateId,
        target: StateId,
        element: &Element,
    ) {
        let guard = self.until_guard();
        match element.quantifier.until.filter(|_| element.quantifier.greedy) {
            Some(until) => {
                let original = self.originals.get(&target).copied().unwrap_or(target);
                self.proceed(state, original, guard.clone().and(Guard::Holds(until)));
                self.proceed(state, target, guard.and(Guard::Fails(until)));
            }
            None => self.proceed(state, target, guard),
        }
    }

    /// What follows a greedy element may not have what the element would take.
    pub(super) fn add_greed(&mut self, sink: StateId, take: &Guard) {
        if let Some(state) = self.builder.state_mut(sink) {
            for transition in &mut state.transitions {
                let guard = std::mem::replace(&mut transition.guard, Guard::Always);
                transition.guard = guard.and(take.clone().negate());
            }
        }
    }

    /// The condition of an element's node, and that the group's until has not come.
    pub(super) fn take_guard(&self, element: &Element) -> Guard {
        self.until_guard().and(condition_guard(element))
    }

    /// That the until condition of the group under construction has not come.
    pub(super) fn until_guard(&self) -> Guard {
        let until = self.groups.last().and_then(|group| group.element.quantifier.until);
        until.map_or(Guard::Always, Guard::Fails)
    }

    /// The guards of an element that is entered from the one before it.
    pub(super) fn guards(&self, at: At<'p>, element: &'p Element) -> Guards {
        let own = match element.link {
            Link::Follows(contiguity) if at.index > 0 => contiguity,
            _ => Contiguity::Strict,
        };
        let contiguity = match self.headed_group(at) {
            Some(group) if group.first_round => group_contiguity(group.element),
            Some(group) => group.element.quantifier.inner,
            None => own,
        };
        self.guards_for(element, contiguity)
    }

    /// The guards of an element's further repetitions.
    pub(super) fn inner_guards(&self, at: At<'p>, element: &'p Element) -> Guards {
        let contiguity = match self.headed_group(at) {
            Some(group) => group.element.quantifier.inner,
            None => element.quantifier.inner,
        };
        let guards = self.guards_for(element, contiguity);
        match element.quantifier.until {
            Some(until) => Guards {
                take: Guard::Fails(until).and(guards.take),
                ignore: guards.ignore.map(|guard| Guard::Fails(until).and(guard)),
            },
            None => guards,
        }
    }

    pub(super) fn guards_for(&self, element: &Element, contiguity: Contiguity) -> Guards {
        let ignore = match contiguity {
            Contiguity::Strict => None,
            Contiguity::SkipTillNext => Some(condition_guard(element).negate()),
            Contiguity::SkipTillAny => Some(Guard::Always),
        };
        Guards {
            take: self.take_guard(element),
            ignore: ignore.map(|guard| self.until_guard().and(guard)),
        }
    }

    /// The group that this element is the first of.
    pub(super) fn headed_group(&self, at: At<'p>) -> Option<&OpenGroup<'p>> {
        self.groups.last().filter(|_| at.index == 0)
    }

    pub(super) fn heads_optional_group(&self, at: At<'p>) -> bool {
        self.headed_group(at)
            .is_some_and(|group| group.first_round && group.element.quantifier.optional)
    }
}

/// How a group is entered from the element before it.
const fn group_contiguity(element: &Element) -> Contiguity {
    match element.link {
        Link::Follows(contiguity) => contiguity,
        Link::NotNext | Link::NotFollow => Contiguity::Strict,
    }
}

/// The condition of an element's node alone.
fn condition_guard(element: &Element) -> Guard {
    match element.kind {
        ElementKind::Node { condition: Some(condition), .. } => Guard::Holds(condition),
        _ => Guard::Always,
    }
}
