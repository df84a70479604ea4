//! Key fields, and which rules an event can start: what keeps the cost of an event apart from the number of rules.

#![expect(clippy::indexing_slicing, reason = "positions are issued here")]

use hashbrown::HashTable;
use smallvec::SmallVec;
use tripline_event::{Event, FieldId, Key, KeyGroup, Value};

use crate::Nfa;
use crate::nfa::{StateKind, TransitionAction};

/// The key fields that some rules share, and which of those rules an event can start.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySpec {
    pub(crate) fields: Vec<FieldId>,
    /// Whether they are those of aggregates: an event that lacks one has a group of its own.
    pub(crate) groups: bool,
    /// Whether all of them are in one key group.
    pub(crate) pinned: bool,
    /// How many rules have these key fields, those included that no longer start.
    pub(crate) rules: usize,
    /// Slots of rules without an equality that a first event must meet.
    always: Vec<u32>,
    by_value: Vec<StartsByValue>,
}

/// Slots in ascending order.
type Slots = SmallVec<[u32; 2]>;

#[derive(Clone, Debug)]
struct StartsByValue {
    field: FieldId,
    slots: HashTable<(Key, Slots)>,
}

/// What an event must be equal to in order to start a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Starts {
    /// Any event may start it.
    Always,
    /// One of these values in one of these fields.
    ByValue(Vec<(FieldId, Key)>),
    /// None: the rule only finishes what it began.
    Never,
}

/// The key group in which rules of one shard have all their keys: that of the global key.
pub(crate) const PINNED: KeyGroup = KeyGroup::of_hash(0);

/// The key group of a key with this hash.
pub(super) const fn group_of(pinned: bool, hash: u64) -> KeyGroup {
    if pinned { PINNED } else { KeyGroup::of_hash(hash) }
}

/// Up to this many values are compared one by one, which is quicker than a hash.
const FEW_VALUES: usize = 4;

impl KeySpec {
    /// Key fields that no rule has yet.
    pub(crate) fn new(fields: Vec<FieldId>, groups: bool, pinned: bool) -> Self {
        Self { fields, groups, pinned, ..Self::default() }
    }

    /// The key group of a key with this hash.
    pub(crate) const fn group_of(&self, hash: u64) -> KeyGroup {
        group_of(self.pinned, hash)
    }

    /// The hash of an event's key; `None` if it has none.
    pub(crate) fn hash_of(&self, event: &Event<'_>) -> Option<u64> {
        let parts = self.fields.iter().map(|&field| event.value(field));
        if self.groups {
            return Some(Key::stable_hash_of_group(parts));
        }
        Key::stable_hash_of(parts)
    }

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
            if let Some(hash) = Key::stable_hash_of(parts())
                && let Some((_, found)) = index.slots.find(hash, |(key, _)| key.matches(parts()))
            {
                slots.extend_from_slice(found);
            }
        }
    }

    /// Adds a rule.
    pub(crate) fn add(&mut self, slot: u32, starts: &Starts) {
        self.rules += 1;
        match starts {
            Starts::Always => insert(&mut self.always, slot),
            Starts::ByValue(values) => {
                for (field, key) in values {
                    self.add_value(slot, *field, key);
                }
            }
            Starts::Never => {}
        }
    }

    fn add_value(&mut self, slot: u32, field: FieldId, key: &Key) {
        let at = self.by_value.iter().position(|index| index.field == field);
        let at = at.unwrap_or_else(|| {
            self.by_value.push(StartsByValue { field, slots: HashTable::new() });
            self.by_value.len() - 1
        });
        let entry = self.by_value[at].slots.entry(
            key.stable_hash(),
            |(other, _)| other == key,
            |(other, _)| other.stable_hash(),
        );
        let slots = &mut entry.or_insert_with(|| (key.clone(), Slots::new())).into_mut().1;
        if let Err(at) = slots.binary_search(&slot) {
            slots.insert(at, slot);
        }
    }

    /// Takes out a rule that was added with the same `starts`.
    pub(crate) fn remove(&mut self, slot: u32, starts: &Starts) {
        self.rules -= 1;
        match starts {
            Starts::Always => self.always.retain(|other| *other != slot),
            Starts::ByValue(values) => {
                for (field, key) in values {
                    self.remove_value(slot, *field, key);
                }
            }
            Starts::Never => {}
        }
    }

    fn remove_value(&mut self, slot: u32, field: FieldId, key: &Key) {
        let Some(at) = self.by_value.iter().position(|index| index.field == field) else {
            return;
        };
        let table = &mut self.by_value[at].slots;
        if let Ok(mut entry) = table.find_entry(key.stable_hash(), |(other, _)| other == key) {
            let slots = &mut entry.get_mut().1;
            slots.retain(|other| *other != slot);
            if slots.is_empty() {
                entry.remove();
            }
        }
        if self.by_value[at].slots.is_empty() {
            self.by_value.remove(at);
        }
    }
}

fn insert(slots: &mut Vec<u32>, slot: u32) {
    if let Err(at) = slots.binary_search(&slot) {
        slots.insert(at, slot);
    }
}

impl Starts {
    /// What an event must be equal to in order to start a match of `nfa`.
    pub(crate) fn of(nfa: &Nfa) -> Self {
        let mut values = Vec::new();
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
                        let Some((field, value)) = equality else { return Self::Always };
                        // A value that is no key can be equal to nothing.
                        if let Some(key) = key_of(&value) {
                            values.push((field, key));
                        }
                    }
                    TransitionAction::Ignore => {}
                }
            }
        }
        Self::ByValue(values)
    }
}

fn key_of(value: &Value) -> Option<Key> {
    Key::from_values(std::iter::once(value))
}
