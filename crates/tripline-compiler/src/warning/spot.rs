//! The places of a rule, each with what a warning needs to know of it.

use std::collections::BTreeSet;

use tripline_condition::{BoundCondition, Fact, NodeIndex, conjuncts};
use tripline_engine::{AfterMatchSkip, ConditionId, Node};
use tripline_event::{FieldId, Value};
use tripline_message::Text;
use tripline_spec::{Code, Diagnostic, Diagnostics, GraphSpec, Pointer};

use crate::lower::{Content, Level, Step};
use crate::pattern::{Contiguity, Element, ElementKind, Link, Repetition};

/// The whole rule.
pub(super) struct Rule<'a> {
    pub(super) graph: &'a GraphSpec,
    pub(super) conditions: &'a [BoundCondition],
    pub(super) nodes: &'a [Node],
    pub(super) skip: AfterMatchSkip,
    /// Whether its author acts on timeouts (L-DOC-14).
    pub(super) alerts_timeouts: bool,
    pub(super) chain: Chain<'a>,
}

/// One level of it.
#[derive(Clone, Copy)]
pub(super) struct Chain<'a> {
    pub(super) level: &'a Level<'a>,
    pub(super) elements: &'a [Element],
    /// It is the whole rule.
    pub(super) top: bool,
    /// What is required in it is required in the rule.
    pub(super) required: bool,
    /// The end of it is the end of the rule.
    pub(super) tail: bool,
    /// The rule may be complete with the end of it.
    pub(super) may_end: bool,
    /// Around it something loops without end.
    pub(super) looped: bool,
}

/// One element in its place.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) chain: Chain<'a>,
    pub(super) at: usize,
    pub(super) element: &'a Element,
    pub(super) step: &'a Step<'a>,
}

impl<'a> Rule<'a> {
    /// All elements of all levels, each before those within it.
    pub(super) fn spots(&self) -> Vec<Spot<'a>> {
        let (mut spots, mut left) = (Vec::new(), vec![self.chain]);
        while let Some(chain) = left.pop() {
            for spot in chain.spots() {
                left.extend(spot.inner());
                spots.push(spot);
            }
        }
        spots
    }

    pub(super) fn condition(&self, id: Option<ConditionId>) -> Option<&'a BoundCondition> {
        self.conditions.get(usize::from(id?.0))
    }

    /// FIRST_AND_LAST of the whole rule, if there is one: the smallest, and none if that is 0 (L-WIN-4).
    pub(super) fn window_ms(&self) -> Option<i64> {
        let spots = self.spots().into_iter().filter(|spot| spot.chain.top || !spot.is_last());
        let least = spots.filter_map(|spot| spot.element.within_ms).min();
        least.filter(|window_ms| *window_ms > 0)
    }

    /// Whether whatever meets `one` meets `other` as well; nothing is asked of what has no condition.
    pub(super) fn implies(&self, one: Option<ConditionId>, other: Option<ConditionId>) -> bool {
        let Some(other) = self.condition(other) else { return true };
        if other.condition.outlook(&|_| false).always_holds() {
            return true;
        }
        let Some(one) = self.condition(one) else { return false };
        let given: BTreeSet<&str> = conjuncts(&one.canonical).into_iter().collect();
        conjuncts(&other.canonical).iter().all(|asked| given.contains(asked))
    }

    /// Whether no event meets both, as far as can be told.
    pub(super) fn exclude(&self, one: Option<ConditionId>, other: Option<ConditionId>) -> bool {
        let required = |id| self.condition(id)?.required_equality.as_ref();
        let differ = |a: &(FieldId, Value), b: &(FieldId, Value)| a.0 == b.0 && a.1 != b.1;
        required(one).zip(required(other)).is_some_and(|(one, other)| differ(one, other))
    }

    /// Whether every event meets it.
    pub(super) fn takes_all(&self, id: Option<ConditionId>) -> bool {
        self.condition(id).is_none_or(|found| found.condition.outlook(&|_| false).always_holds())
    }

    /// What holds whenever the condition does.
    pub(super) fn facts(&self, id: Option<ConditionId>) -> Vec<Fact> {
        let mut facts = Vec::new();
        if let Some(bound) = self.condition(id) {
            bound.condition.facts(&mut |fact| facts.push(fact));
        }
        facts
    }

    pub(super) fn name(&self, node: NodeIndex) -> &'a str {
        self.nodes.get(usize::from(node.0)).map_or("", |node| node.name.as_str())
    }

    /// Where the skip strategy stands.
    pub(super) fn skip_pointer(&self) -> &'a Pointer {
        self.graph.after_match.as_ref().map_or(&self.graph.pointer, |spec| &spec.pointer)
    }

    /// The strategy as it is written.
    pub(super) fn skip_word(&self) -> String {
        let spec = self.graph.after_match.as_ref();
        spec.map_or_else(String::new, |spec| spec.strategy.kind().to_string())
    }
}

impl<'a> Chain<'a> {
    pub(super) fn spots(self) -> impl DoubleEndedIterator<Item = Spot<'a>> {
        let pairs = self.elements.iter().zip(&self.level.steps).enumerate();
        let count = self.elements.len().min(self.level.steps.len());
        let pairs: Vec<_> = pairs.take(count).collect();
        pairs.into_iter().map(move |(at, (element, step))| Spot { chain: self, at, element, step })
    }

    pub(super) fn spot(self, at: usize) -> Option<Spot<'a>> {
        let (element, step) = (self.elements.get(at)?, self.level.steps.get(at)?);
        Some(Spot { chain: self, at, element, step })
    }
}

impl<'a> Spot<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.step.node.name()
    }

    /// Where the edge into it stands, or it itself if it is the first.
    pub(super) fn link_pointer(&self) -> &'a Pointer {
        self.step.edge.map_or(self.step.node.pointer(), |edge| &edge.pointer)
    }

    /// Where the words of its quantifier stand.
    pub(super) fn properties_pointer(&self) -> Pointer {
        let spec = self.step.node.quantifier();
        if spec.properties.is_empty() {
            return self.step.node.pointer().clone();
        }
        spec.pointer.key("properties")
    }

    /// Where its condition stands, or it itself if it has none.
    pub(super) fn condition_pointer(&self) -> &'a Pointer {
        match &self.step.content {
            Content::Atomic(atomic, _) => {
                atomic.condition.as_ref().map_or(&atomic.pointer, |spec| spec.pointer())
            }
            Content::Nested(level) => &level.graph.pointer,
        }
    }

    /// Its node and condition, unless it is a group.
    pub(super) fn atomic(&self) -> Option<(NodeIndex, Option<ConditionId>)> {
        match &self.element.kind {
            ElementKind::Node { node, condition } => Some((*node, *condition)),
            ElementKind::Group(_) => None,
        }
    }

    /// The chain within it, if it is a group.
    pub(super) fn inner(&self) -> Option<Chain<'a>> {
        let (ElementKind::Group(elements), Content::Nested(level)) =
            (&self.element.kind, &self.step.content)
        else {
            return None;
        };
        let quantifier = &self.element.quantifier;
        Some(Chain {
            level,
            elements,
            top: false,
            required: self.chain.required && !quantifier.optional,
            tail: self.is_end() && quantifier.repetition == Repetition::Single,
            may_end: self.may_end() && self.least() == 1,
            looped: self.chain.looped || self.loops(),
        })
    }

    pub(super) fn is_first(&self) -> bool {
        self.at == 0
    }

    pub(super) fn is_last(&self) -> bool {
        self.at + 1 == self.chain.elements.len()
    }

    /// Whether the rule ends with it.
    pub(super) fn is_end(&self) -> bool {
        self.is_last() && self.chain.tail
    }

    pub(super) fn next(&self) -> Option<Self> {
        self.chain.spot(self.at + 1)
    }

    pub(super) fn before(&self) -> Option<Self> {
        self.chain.spot(self.at.checked_sub(1)?)
    }

    pub(super) fn is_negated(&self) -> bool {
        matches!(self.element.link, Link::NotNext | Link::NotFollow)
    }

    /// Whether every match has an event of it.
    pub(super) fn is_required(&self) -> bool {
        let own = self.chain.required && !self.element.quantifier.optional && !self.is_negated();
        // Recursion is bounded as the nesting of graphs is.
        own && self.inner().is_none_or(|inner| inner.spots().any(|spot| spot.is_required()))
    }

    /// Whether the rule may be complete with it, since all that follows may be left out.
    pub(super) fn may_end(&self) -> bool {
        let after = self.chain.spots().skip(self.at + 1);
        self.chain.may_end
            && after.into_iter().all(|spot| spot.element.quantifier.optional && !spot.is_negated())
    }

    pub(super) fn loops(&self) -> bool {
        matches!(self.element.quantifier.repetition, Repetition::Looping { .. })
    }

    pub(super) fn repeats(&self) -> bool {
        self.element.quantifier.repetition != Repetition::Single
    }

    /// Whether there are several numbers of repetitions that suffice.
    pub(super) fn varies(&self) -> bool {
        match self.element.quantifier.repetition {
            Repetition::Looping { .. } => true,
            Repetition::Times { from, to } => from != to,
            Repetition::Single => false,
        }
    }

    /// How often at least.
    pub(super) fn least(&self) -> u32 {
        match self.element.quantifier.repetition {
            Repetition::Looping { from } | Repetition::Times { from, .. } => from,
            Repetition::Single => 1,
        }
    }

    /// Whether an attempt waits for it however many events pass.
    pub(super) fn is_awaited(&self) -> bool {
        let relaxed = |contiguity| contiguity != Contiguity::Strict;
        let found_late = !(self.is_first() && self.chain.top)
            && matches!(self.element.link, Link::Follows(how) if relaxed(how));
        found_late || (self.repeats() && relaxed(self.element.quantifier.inner))
    }
}

/// Adds a warning.
pub(super) fn warn(
    diagnostics: &mut Diagnostics,
    code: Code,
    at: &Pointer,
    (message, hint): (Text, Text),
) {
    diagnostics.push(Diagnostic::new(code, at, message).with_hint(hint));
}

/// `5 MINUTES` and the like as a duration of an expression; exactly.
pub(super) fn duration(millis: i64) -> String {
    const UNITS: [(i64, &str); 4] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = UNITS.iter().find(|(length, _)| millis > 0 && millis % length == 0);
    unit.map_or_else(
        || format!("{millis}ms"),
        |(length, unit)| format!("{}{unit}", millis / length),
    )
}
