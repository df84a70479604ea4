//! The rules in force: immutable, shared by all shards, replaced as a whole.
//!
//! What does not change from one set to the next is shared: automata, predicates, and the numbers of fields, predicates
//! and rule slots, which only ever grow.

#![expect(clippy::indexing_slicing, reason = "slots and predicate numbers are issued here")]

use std::sync::Arc;

use hashbrown::HashTable;
use indexmap::IndexMap;
use tripline_condition::{Condition, NodeIndex};
use tripline_event::{Event, FieldId, FieldTable, Key, PayloadDecoder, RuleId, RuleVersion, Value};

use crate::nfa::{StateKind, TransitionAction};
use crate::{ConditionId, Nfa};

/// The number of an event-only condition that all rules of a set share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PredicateId(pub(crate) u32);

/// How the engine gets the truth of a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Binding {
    /// Once an event, for all rules.
    Predicate(PredicateId),
    /// Run by run.
    Iterative,
}

/// The most that a rule may hold; what exceeds it gives way, and is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Runs of one key.
    pub max_runs_per_key: usize,
    /// Runs of all keys of a shard.
    pub max_runs: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { max_runs_per_key: 20_000, max_runs: 20_000_000 }
    }
}

/// A compiled rule, ready for a [`RuleSet`].
#[derive(Clone, Debug)]
pub struct RuleDefinition {
    /// Identity of the running rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    /// The automaton.
    pub nfa: Arc<Nfa>,
    /// Key fields; empty for one global key.
    pub key: Vec<FieldId>,
    /// What the rule may hold.
    pub budget: Budget,
}

/// A rule in force.
#[derive(Debug)]
pub struct Rule {
    /// Identity of the running rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    pub(crate) nfa: Arc<Nfa>,
    pub(crate) slot: u32,
    /// The generation that brought this version: runs of another epoch are dead.
    pub(crate) epoch: u64,
    pub(crate) key_spec: usize,
    pub(crate) budget: Budget,
    pub(crate) bindings: Vec<Binding>,
    /// The summed fields of each node.
    pub(crate) sums: Vec<Vec<FieldId>>,
}

impl Rule {
    /// The automaton.
    #[must_use]
    pub fn nfa(&self) -> &Arc<Nfa> {
        &self.nfa
    }

    /// The rule's place in its set: stays while the rule does.
    #[must_use]
    pub const fn slot(&self) -> usize {
        self.slot as usize
    }
}

/// The key fields that some rules share, and which of those rules an event can start.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySpec {
    pub(crate) fields: Vec<FieldId>,
    pub(crate) rules: usize,
    /// Slots of rules without an equality that a first event must meet.
    always: Vec<u32>,
    by_value: Vec<StartsByValue>,
}

#[derive(Clone, Debug)]
struct StartsByValue {
    field: FieldId,
    slots: HashTable<(Key, Vec<u32>)>,
}

/// Up to this many values are compared one by one, which is quicker than a hash.
const FEW_VALUES: usize = 4;

const HASHER: foldhash::fast::FixedState = foldhash::fast::FixedState::with_seed(0);

impl KeySpec {
    /// Collects the slots of rules that may start on an event with these values, some perhaps twice.
    pub(crate) fn starts(&self, event: &Event<'_>, slots: &mut Vec<u32>) {
        slots.extend_from_slice(&self.always);
        for index in &self.by_value {
            let value = event.value(index.field);
            let parts = || std::iter::once(value);
            if index.slots.len() <= FEW_VALUES {
                if let Some((_, found)) = index.slots.iter().find(|(key, _)| key.matches(parts())) {
                    slots.extend_from_slice(found);
                }
                continue;
            }
            if let Some(hash) = Key::hash_values(parts(), &HASHER)
                && let Some((_, found)) = index.slots.find(hash, |(key, _)| key.matches(parts()))
            {
                slots.extend_from_slice(found);
            }
        }
    }

    fn index(&mut self, rule: &Rule) {
        self.rules += 1;
        let Some(equalities) = start_equalities(&rule.nfa) else {
            self.always.push(rule.slot);
            return;
        };
        for (field, value) in equalities {
            let Some(key) = Key::from_values(std::iter::once(&value)) else {
                continue;
            };
            let at = self.by_value.iter().position(|index| index.field == field);
            let at = at.unwrap_or_else(|| {
                self.by_value.push(StartsByValue { field, slots: HashTable::new() });
                self.by_value.len() - 1
            });
            let entry = self.by_value[at].slots.entry(
                key.hash_with(&HASHER),
                |(other, _)| *other == key,
                |(other, _)| other.hash_with(&HASHER),
            );
            let slots = &mut entry.or_insert_with(|| (key.clone(), Vec::new())).into_mut().1;
            if !slots.contains(&rule.slot) {
                slots.push(rule.slot);
            }
        }
    }
}

/// For each event that can start a match, an equality it must meet; `None` if one can start without any.
fn start_equalities(nfa: &Nfa) -> Option<Vec<(FieldId, Value)>> {
    let mut equalities = Vec::new();
    let mut reached = vec![nfa.start];
    let mut next = 0;
    while let Some(&state) = reached.get(next) {
        next += 1;
        for transition in &nfa.states[state.index()].transitions {
            match transition.action {
                TransitionAction::Proceed => {
                    if nfa.states[transition.target.index()].kind != StateKind::Stop
                        && !reached.contains(&transition.target)
                    {
                        reached.push(transition.target);
                    }
                }
                TransitionAction::Take => {
                    let required = transition.guard.required();
                    let equality = required.iter().find_map(|condition| {
                        nfa.conditions[usize::from(condition.0)].required_equality.clone()
                    });
                    equalities.push(equality?);
                }
                TransitionAction::Ignore => {}
            }
        }
    }
    Some(equalities)
}

/// All rules in force.
#[derive(Clone, Debug)]
pub struct RuleSet {
    generation: u64,
    rules: Vec<Option<Arc<Rule>>>,
    pub(crate) key_specs: Vec<KeySpec>,
    predicates: IndexMap<Arc<str>, Arc<dyn Condition>, foldhash::fast::FixedState>,
    fields: FieldTable,
    captures: Vec<FieldId>,
    capture_of: Vec<Option<u32>>,
    decoder: Arc<dyn PayloadDecoder>,
}

impl RuleSet {
    /// The set without rules.
    #[must_use]
    pub fn empty(decoder: Arc<dyn PayloadDecoder>) -> Self {
        Self {
            generation: 0,
            rules: Vec::new(),
            key_specs: Vec::new(),
            predicates: IndexMap::default(),
            fields: FieldTable::new(),
            captures: Vec::new(),
            capture_of: Vec::new(),
            decoder,
        }
    }

    /// The set with exactly these rules, sharing with this one what is the same.
    ///
    /// A rule is the same if id, version, key and automaton (the same allocation) are; it keeps its slot and its runs.
    /// `fields` must have grown out of this set's table. Of two rules with one id the later counts.
    #[must_use]
    pub fn replaced_by(&self, definitions: Vec<RuleDefinition>, fields: FieldTable) -> Self {
        let mut next = Self {
            generation: self.generation + 1,
            rules: vec![None; self.rules.len()],
            key_specs: self
                .key_specs
                .iter()
                .map(|spec| KeySpec { fields: spec.fields.clone(), ..KeySpec::default() })
                .collect(),
            predicates: self.predicates.clone(),
            fields,
            captures: self.captures.clone(),
            capture_of: self.capture_of.clone(),
            decoder: Arc::clone(&self.decoder),
        };
        let mut slot_of: IndexMap<RuleId, usize, foldhash::fast::FixedState> = self
            .rules
            .iter()
            .enumerate()
            .filter_map(|(slot, rule)| Some((rule.as_ref()?.id.clone(), slot)))
            .collect();
        let mut fresh = Vec::new();
        for definition in definitions {
            match slot_of.get(&definition.id) {
                Some(&slot) => next.rules[slot] = Some(next.rule(slot, definition, self)),
                None => fresh.push(definition),
            }
        }
        for definition in fresh {
            // A slot is free for a new rule once it was empty for a whole generation.
            let free = slot_of.get(&definition.id).copied().or_else(|| {
                (0..next.rules.len()).find(|&slot| {
                    next.rules[slot].is_none()
                        && self.rules.get(slot).is_none_or(|rule| rule.is_none())
                })
            });
            let slot = free.unwrap_or_else(|| {
                next.rules.push(None);
                next.rules.len() - 1
            });
            slot_of.insert(definition.id.clone(), slot);
            next.rules[slot] = Some(next.rule(slot, definition, self));
        }
        for rule in next.rules.iter().flatten() {
            next.key_specs[rule.key_spec].index(rule);
        }
        next
    }

    /// The rule in force for a definition: the one before if it is the same.
    fn rule(&mut self, slot: usize, definition: RuleDefinition, before: &Self) -> Arc<Rule> {
        if let Some(Some(rule)) = before.rules.get(slot)
            && rule.id == definition.id
            && rule.version == definition.version
            && rule.budget == definition.budget
            && Arc::ptr_eq(&rule.nfa, &definition.nfa)
            && before.key_specs[rule.key_spec].fields == definition.key
        {
            return Arc::clone(rule);
        }
        let key_spec = self.key_specs.iter().position(|spec| spec.fields == definition.key);
        let key_spec = key_spec.unwrap_or_else(|| {
            self.key_specs.push(KeySpec { fields: definition.key, ..KeySpec::default() });
            self.key_specs.len() - 1
        });
        let nfa = definition.nfa;
        let mut sums = vec![Vec::new(); nfa.nodes.len()];
        let mut bindings = Vec::with_capacity(nfa.conditions.len());
        for bound in &nfa.conditions {
            for &field in &bound.matched_fields {
                self.capture(field);
            }
            for &(NodeIndex(node), field) in &bound.sums {
                if let Some(fields) = sums.get_mut(usize::from(node))
                    && !fields.contains(&field)
                {
                    fields.push(field);
                }
            }
            bindings.push(if bound.iterative {
                Binding::Iterative
            } else {
                let entry = self.predicates.entry(Arc::clone(&bound.canonical));
                let index = entry.index();
                entry.or_insert_with(|| Arc::clone(&bound.condition));
                Binding::Predicate(PredicateId(u32::try_from(index).unwrap_or(u32::MAX)))
            });
        }
        Arc::new(Rule {
            id: definition.id,
            version: definition.version,
            nfa,
            slot: u32::try_from(slot).unwrap_or(u32::MAX),
            epoch: self.generation,
            key_spec,
            budget: definition.budget,
            bindings,
            sums,
        })
    }

    fn capture(&mut self, field: FieldId) {
        if self.capture_of.len() <= field.index() {
            self.capture_of.resize(field.index() + 1, None);
        }
        if self.capture_of[field.index()].is_none() {
            self.capture_of[field.index()] = u32::try_from(self.captures.len()).ok();
            self.captures.push(field);
        }
    }

    /// Counts the sets since the first, empty one.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The rules, by slot.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter().flatten()
    }

    /// The rule in a slot.
    #[must_use]
    pub fn rule_in(&self, slot: usize) -> Option<&Arc<Rule>> {
        self.rules.get(slot)?.as_ref()
    }

    /// The fields in use: what a decoder must look for.
    #[must_use]
    pub const fn fields(&self) -> &FieldTable {
        &self.fields
    }

    /// The key fields of a rule.
    #[must_use]
    pub fn key_fields(&self, rule: &Rule) -> &[FieldId] {
        &self.key_specs[rule.key_spec].fields
    }

    pub(crate) fn slots(&self) -> usize {
        self.rules.len()
    }

    pub(crate) fn predicate_count(&self) -> usize {
        self.predicates.len()
    }

    pub(crate) fn predicate(&self, id: PredicateId) -> &dyn Condition {
        self.predicates[id.0 as usize].as_ref()
    }

    /// The fields kept with a taken event, by capture number.
    pub(crate) fn captures(&self) -> &[FieldId] {
        &self.captures
    }

    /// The value of `field` in an event taken under this set or an earlier one.
    pub(crate) fn captured(&self, values: &[Value], payload: &[u8], field: FieldId) -> Value {
        let number = self.capture_of.get(field.index()).copied().flatten();
        match number.and_then(|number| values.get(number as usize)) {
            Some(value) => value.clone(),
            None => self
                .fields
                .path(field)
                .map_or(Value::Missing, |path| self.decoder.value(payload, path)),
        }
    }

    pub(crate) fn binding(rule: &Rule, condition: ConditionId) -> Binding {
        rule.bindings[usize::from(condition.0)]
    }
}
