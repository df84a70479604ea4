//! The rules in force: immutable, shared by all shards, replaced as a whole.
//!
//! A set is made out of the one before by [`RuleSet::with`]: what did not change is shared, and what a change costs grows
//! with the change (and, for a copy of a list of pointers, with the number of rules).
//! Field numbers only ever grow; the number of a rule or of a predicate is given anew once nothing uses it.

#![expect(clippy::indexing_slicing, reason = "slots and predicate numbers are issued here")]

mod budget;
mod faults;
mod key_spec;
mod order;
mod phases;
mod predicates;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use smallvec::SmallVec;
use tripline_condition::{Ask, BoundCondition, Condition, NodeIndex};
use tripline_event::{
    Event, FieldId, FieldTable, Key, KeyGroup, KeyGroups, PayloadDecoder, RuleId, RuleVersion,
    SetId, Timestamp, Value,
};

pub use budget::{Budget, BudgetLimit, OnExceeded};
pub use faults::RuleFault;
use key_spec::Starts;
pub(crate) use key_spec::{KeySpec, PINNED};
pub(crate) use order::Pass;
use order::StatSource;
pub(crate) use predicates::PredicateId;
use predicates::Predicates;

use crate::sets::Members;
use crate::{AggregatePlan, ConditionId, Nfa, SetWriter};

/// How the engine gets the truth of a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Binding {
    /// Once an event, for all rules.
    Predicate(PredicateId),
    /// Run by run.
    Iterative,
}

/// When a rule is in force, in event time.
///
/// # Ordering and time
/// A run starts on an event at or after `from` and before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The first moment; [`Timestamp::MIN`] for ever before.
    pub from: Timestamp,
    /// The first moment after; [`Timestamp::MAX`] for ever after.
    pub until: Timestamp,
    /// What happens at `until` to the runs that are open.
    pub at_end: AtEnd,
}

/// What happens to open runs when their rule is no longer in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// They are dropped, without outputs; a window that closes at that very moment still gives its timeout.
    Drop,
    /// They go on until they end by themselves.
    Finish,
}

impl Effective {
    /// At all times.
    pub const ALWAYS: Self =
        Self { from: Timestamp::MIN, until: Timestamp::MAX, at_end: AtEnd::Drop };

    /// Whether a run may start at `time`.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.until
    }

    /// When open runs are dropped; [`Timestamp::MAX`] if never.
    pub(crate) fn drop_at(&self) -> Timestamp {
        match self.at_end {
            AtEnd::Drop => self.until,
            AtEnd::Finish => Timestamp::MAX,
        }
    }
}

/// The most versions of a rule that drain at a time; the runs of the oldest are dropped.
const MAX_DRAINING: usize = 8;

/// A compiled rule, ready for a [`RuleSet`].
#[derive(Clone, Debug)]
pub struct RuleDefinition {
    /// Identity of the running rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    /// The automaton; of an aggregate one of a single node, which says what events count.
    pub nfa: Arc<Nfa>,
    /// What becomes of the events that the automaton takes, if the rule is an aggregate.
    pub aggregate: Option<Arc<AggregatePlan>>,
    /// Key fields; empty for one global key. Those of an aggregate are [`AggregatePlan::route_fields`].
    pub key: Vec<FieldId>,
    /// When it is in force.
    pub effective: Effective,
    /// What the rule may hold.
    pub budget: Budget,
    /// What it does to sets with what it finds.
    pub writer: Option<Arc<dyn SetWriter>>,
    /// Whether one shard sees all its events, whatever their keys: a rule that changes sets, or asks for one that rules
    /// change.
    pub pinned: bool,
}

/// What a new version does to the open runs of the one before, withheld matches and pending absences included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUpdate {
    /// They are dropped.
    Restart,
    /// They finish under the version that they began with, which stays in the set until [`RuleChange::Retire`].
    Drain,
    /// They go on under the new version, whose automaton must have the same shape and whose key the same fields.
    Migrate,
}

/// A step from one rule set to the next.
#[derive(Clone, Debug)]
pub enum RuleChange {
    /// A rule comes into force, in place of the version before if there is one.
    Put {
        /// The rule.
        definition: RuleDefinition,
        /// What happens to the runs of the version before.
        on_update: OnUpdate,
    },
    /// A rule goes, with all its versions and runs.
    Remove(RuleId),
    /// A version that was draining goes.
    Retire {
        /// Its slot.
        slot: usize,
        /// Its epoch, as [`Rule::epoch`] gives it: the slot may have another tenant by now.
        epoch: u64,
    },
    /// A version takes no events any more, and its runs are dropped, until another one is put; one that was draining
    /// goes.
    Suspend {
        /// Its slot.
        slot: usize,
        /// Its epoch, as for [`RuleChange::Retire`].
        epoch: u64,
        /// Why.
        limit: BudgetLimit,
    },
    /// Rows of the table of sets come, change or go.
    Rows {
        /// The set.
        set: SetId,
        /// Members, as [`set_member`](crate::set_member) makes them, each with the first moment at which it is out;
        /// nothing if its row is gone.
        members: Vec<(Key, Option<Timestamp>)>,
    },
}

/// A rule in force.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Identity of the running rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    pub(crate) nfa: Arc<Nfa>,
    pub(crate) aggregate: Option<Arc<AggregatePlan>>,
    pub(crate) slot: u32,
    /// Tells whose runs are whose: runs of another epoch are dead. Two versions share it where one migrated to the other.
    pub(crate) epoch: u64,
    /// Changes with everything that changes when a run is due.
    pub(crate) timing: u64,
    pub(crate) key_spec: usize,
    pub(crate) effective: Effective,
    /// Whether it only finishes what it began.
    draining: bool,
    /// Why it does nothing at all, if so.
    suspended: Option<BudgetLimit>,
    pub(crate) budget: Budget,
    pub(crate) bindings: Vec<Binding>,
    /// The fields of each node that running values are kept of.
    pub(crate) sums: Vec<Vec<FieldId>>,
    /// What its conditions ask for beside events, each once.
    asks: Vec<Ask>,
    pub(crate) writer: Option<Arc<dyn SetWriter>>,
    pub(crate) pinned: bool,
    starts: Starts,
}

impl Rule {
    /// The automaton.
    #[must_use]
    pub fn nfa(&self) -> &Arc<Nfa> {
        &self.nfa
    }

    /// What becomes of the events that the automaton takes, if the rule is an aggregate.
    #[must_use]
    pub const fn aggregate(&self) -> Option<&Arc<AggregatePlan>> {
        self.aggregate.as_ref()
    }

    /// The rule's place in its set: stays while the rule does.
    #[must_use]
    pub const fn slot(&self) -> usize {
        self.slot as usize
    }

    /// Tells this version's runs from those of others in the same slot.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether a later version is in force, and this one only finishes what it began.
    #[must_use]
    pub const fn is_draining(&self) -> bool {
        self.draining
    }

    /// When it is in force.
    #[must_use]
    pub const fn effective(&self) -> Effective {
        self.effective
    }

    /// Why it does nothing until another version is put, if so.
    #[must_use]
    pub const fn suspended(&self) -> Option<&BudgetLimit> {
        self.suspended.as_ref()
    }

    /// What its conditions ask for beside events, each once.
    #[must_use]
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// What it may take.
    #[must_use]
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What it does to sets with what it finds.
    #[must_use]
    pub fn writer(&self) -> Option<&Arc<dyn SetWriter>> {
        self.writer.as_ref()
    }

    /// The key group in which its keys with this hash are.
    pub(crate) const fn group_of(&self, hash: u64) -> KeyGroup {
        key_spec::group_of(self.pinned, hash)
    }

    /// How many of the key groups are this shard's, as far as this rule goes: it may have all its keys here.
    pub(crate) const fn share_of(&self, owned: KeyGroups) -> u16 {
        if self.pinned { KeyGroup::COUNT } else { owned.len() }
    }

    /// Whether an event at `time` may start a run.
    pub(crate) fn may_start(&self, time: Timestamp) -> bool {
        !self.draining && self.suspended.is_none() && self.effective.contains(time)
    }
}

/// All rules in force.
#[derive(Clone, Debug)]
pub struct RuleSet {
    generation: u64,
    /// Gives epochs; shared by all sets that come of one first set, so that no two of them give the same.
    epochs: Arc<AtomicU64>,
    rules: Vec<Option<Arc<Rule>>>,
    free_slots: Vec<usize>,
    /// The slots of versions that drain.
    draining: Vec<usize>,
    /// The slots of each rule: of the version in force and of those that drain.
    slots_by_id: Arc<SlotsById>,
    pub(crate) key_specs: Vec<Arc<KeySpec>>,
    /// In which order rules see an event.
    pub(crate) passes: Vec<Pass>,
    /// In which of several looks at an event each rule has its turn, by slot; empty if there is but one.
    phases: Vec<u16>,
    /// Who is in which set as rows of a table say, by number of the set.
    rows: Vec<Arc<Members>>,
    /// Where the statistics that conditions ask for are, by number.
    stats: Vec<Option<StatSource>>,
    predicates: Arc<Predicates>,
    fields: FieldTable,
    captures: Arc<Captures>,
    decoder: Arc<dyn PayloadDecoder>,
}

type SlotsById = HashMap<RuleId, SmallVec<[usize; 2]>, foldhash::fast::FixedState>;

/// The fields kept with a taken event.
#[derive(Clone, Debug, Default)]
struct Captures {
    fields: Vec<FieldId>,
    /// By field, its number among them.
    numbers: Vec<Option<u32>>,
}

impl RuleSet {
    /// The set without rules.
    #[must_use]
    pub fn empty(decoder: Arc<dyn PayloadDecoder>) -> Self {
        Self {
            generation: 0,
            epochs: Arc::default(),
            rules: Vec::new(),
            free_slots: Vec::new(),
            draining: Vec::new(),
            slots_by_id: Arc::default(),
            key_specs: Vec::new(),
            passes: Vec::new(),
            phases: Vec::new(),
            rows: Vec::new(),
            stats: Vec::new(),
            predicates: Arc::default(),
            fields: FieldTable::new(),
            captures: Arc::default(),
            decoder,
        }
    }

    /// The set after these changes, one after the other; this one stays as it is.
    ///
    /// `fields` must have grown out of this set's table. A rule that is not named keeps its slot and its runs.
    ///
    /// # Cost
    /// Grows with the changes; a few lists of pointers as long as there are rules are copied.
    #[must_use]
    pub fn with(&self, changes: Vec<RuleChange>, fields: FieldTable) -> Self {
        let mut next = Self { generation: self.generation + 1, fields, ..self.clone() };
        for change in changes {
            match change {
                RuleChange::Put { definition, on_update } => next.put(definition, on_update),
                RuleChange::Remove(id) => {
                    for slot in next.slots_of(&id) {
                        next.take(slot);
                    }
                }
                RuleChange::Retire { slot, epoch } => {
                    let is_it = |rule: &Rule| rule.draining && rule.epoch == epoch;
                    if next.rule_in(slot).is_some_and(|rule| is_it(rule)) {
                        next.take(slot);
                    }
                }
                RuleChange::Rows { set, members } => next.change_rows(set, &members),
                RuleChange::Suspend { slot, epoch, limit } => {
                    if next.rule_in(slot).is_some_and(|rule| rule.epoch == epoch) {
                        next.suspend(slot, limit);
                    }
                }
            }
        }
        next.put_in_order();
        next
    }

    fn change_rows(&mut self, set: SetId, members: &[(Key, Option<Timestamp>)]) {
        if self.rows.len() <= set.index() {
            self.rows.resize_with(set.index() + 1, Arc::default);
        }
        let Some(rows) = self.rows.get_mut(set.index()) else { return };
        let rows = Arc::make_mut(rows);
        for (member, until) in members {
            rows.set(member, *until);
        }
    }

    /// Who is in a set as rows say.
    pub(crate) fn rows(&self, set: SetId) -> Option<&Members> {
        self.rows.get(set.index()).map(AsRef::as_ref)
    }

    /// Who is in which set as rows say: the name of the set, and its members in order, each with the first moment at
    /// which it is out.
    #[must_use]
    pub fn set_rows(&self) -> Vec<(&str, Vec<(Key, Timestamp)>)> {
        let named = self.fields.sets().zip(&self.rows).filter(|(_, rows)| rows.len() > 0);
        named.map(|(name, rows)| (name, rows.all())).collect()
    }

    /// Leaves the rule in its slot, with what was counted, and takes everything else from it.
    fn suspend(&mut self, slot: usize, limit: BudgetLimit) {
        let Some(rule) = self.take(slot).filter(|rule| !rule.draining) else { return };
        // Runs of another epoch are dead.
        let epoch = self.epochs.fetch_add(1, Ordering::Relaxed) + 1;
        let suspended = Some(limit);
        self.place(Rule { suspended, epoch, starts: Starts::Never, ..(*rule).clone() });
    }

    /// The slots of all versions of a rule.
    fn slots_of(&self, id: &RuleId) -> SmallVec<[usize; 2]> {
        self.slots_by_id.get(id).cloned().unwrap_or_default()
    }

    /// The version of a rule that is in force.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Arc<Rule>> {
        let slots = self.slots_by_id.get(id)?;
        slots.iter().find_map(|&slot| self.rule_in(slot).filter(|rule| !rule.draining))
    }

    fn put(&mut self, definition: RuleDefinition, on_update: OnUpdate) {
        let mut before = None;
        for slot in self.slots_of(&definition.id) {
            let Some(rule) = self.rule_in(slot) else { continue };
            if !rule.draining {
                before = Some(Arc::clone(rule));
            } else if on_update == OnUpdate::Restart {
                // Restart means the runs of every earlier version.
                self.take(slot);
            }
        }
        let slot = match &before {
            None => self.free_slot(),
            // One that was suspended has nothing to finish.
            Some(rule) if on_update == OnUpdate::Drain && rule.suspended.is_none() => {
                let old = self.take(rule.slot());
                if let Some(old) = old {
                    self.place(Rule { draining: true, starts: Starts::Never, ..(*old).clone() });
                }
                self.drop_oldest_draining(&definition.id);
                self.free_slot()
            }
            Some(rule) => {
                self.take(rule.slot());
                rule.slot()
            }
        };
        let inherited = before.filter(|rule| {
            on_update == OnUpdate::Migrate
                && self.key_specs[rule.key_spec].fields == definition.key
                && rule.pinned == definition.pinned
                && rule.nfa.has_shape_of(&definition.nfa)
                && match (&rule.aggregate, &definition.aggregate) {
                    (None, None) => true,
                    (Some(before), Some(after)) => after.obstacle(before).is_none(),
                    _ => false,
                }
        });
        let rule = self.new_rule(slot, definition, inherited.as_deref());
        self.place(rule);
    }

    /// Keeps the versions that drain few: each of them is asked on every event of its keys, and without a window it may
    /// never end.
    fn drop_oldest_draining(&mut self, id: &RuleId) {
        let slots = self.slots_of(id);
        let mut draining: Vec<(u64, usize)> = slots
            .iter()
            .filter_map(|&slot| self.rule_in(slot))
            .filter(|rule| rule.draining)
            .map(|rule| (rule.epoch, rule.slot()))
            .collect();
        draining.sort_unstable();
        let excess = draining.len().saturating_sub(MAX_DRAINING);
        for (_, slot) in draining.into_iter().take(excess) {
            self.take(slot);
        }
    }

    /// The rule of a definition, without its uses of predicates; `inherited` is the version whose runs go on.
    fn new_rule(
        &mut self,
        slot: usize,
        definition: RuleDefinition,
        inherited: Option<&Rule>,
    ) -> Rule {
        let epoch = self.epochs.fetch_add(1, Ordering::Relaxed) + 1;
        let (groups, pinned) = (definition.aggregate.is_some(), definition.pinned);
        let same = |spec: &Arc<KeySpec>| {
            spec.fields == definition.key && (spec.groups, spec.pinned) == (groups, pinned)
        };
        let key_spec = self.key_specs.iter().position(same);
        let key_spec = key_spec.unwrap_or_else(|| {
            self.key_specs.push(Arc::new(KeySpec::new(definition.key, groups, pinned)));
            self.key_specs.len() - 1
        });
        let nfa = definition.nfa;
        // Sums keep their places, so that those of links made before are found.
        let mut sums = inherited.map_or_else(Vec::new, |rule| rule.sums.clone());
        sums.resize(nfa.nodes.len(), Vec::new());
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
        }
        let mut asks: Vec<Ask> = nfa.conditions.iter().flat_map(BoundCondition::asks).collect();
        asks.sort_unstable();
        asks.dedup();
        Rule {
            id: definition.id,
            version: definition.version,
            slot: u32::try_from(slot).unwrap_or(u32::MAX),
            epoch: inherited.map_or(epoch, |rule| rule.epoch),
            timing: epoch,
            key_spec,
            effective: definition.effective,
            draining: false,
            suspended: None,
            budget: definition.budget,
            bindings: Vec::new(),
            sums,
            asks,
            writer: definition.writer,
            pinned,
            starts: Starts::of(&nfa),
            aggregate: definition.aggregate,
            nfa,
        }
    }

    /// Puts a rule into its slot, which is empty.
    fn place(&mut self, mut rule: Rule) {
        let predicates = Arc::make_mut(&mut self.predicates);
        let bind = |bound: &BoundCondition| {
            // What is asked for beside the event is not the same for all rules at all times.
            if bound.iterative || !bound.asks().is_empty() {
                Binding::Iterative
            } else {
                Binding::Predicate(predicates.add(bound))
            }
        };
        rule.bindings = rule.nfa.conditions.iter().map(bind).collect();
        Arc::make_mut(&mut self.key_specs[rule.key_spec]).add(rule.slot, &rule.starts);
        let slot = rule.slot();
        // Mostly the last one.
        if let Some(at) = self.free_slots.iter().rposition(|free| *free == slot) {
            self.free_slots.swap_remove(at);
        }
        Arc::make_mut(&mut self.slots_by_id).entry(rule.id.clone()).or_default().push(slot);
        if rule.draining {
            self.draining.push(slot);
        }
        self.rules[slot] = Some(Arc::new(rule));
    }

    /// Empties a slot.
    fn take(&mut self, slot: usize) -> Option<Arc<Rule>> {
        let rule = self.rules.get_mut(slot)?.take()?;
        Arc::make_mut(&mut self.key_specs[rule.key_spec]).remove(rule.slot, &rule.starts);
        let predicates = Arc::make_mut(&mut self.predicates);
        for binding in &rule.bindings {
            if let Binding::Predicate(id) = binding {
                predicates.remove(*id);
            }
        }
        let slots_by_id = Arc::make_mut(&mut self.slots_by_id);
        if let Some(slots) = slots_by_id.get_mut(&rule.id) {
            slots.retain(|other| *other != slot);
            if slots.is_empty() {
                slots_by_id.remove(&rule.id);
            }
        }
        self.draining.retain(|other| *other != slot);
        self.free_slots.push(slot);
        Some(rule)
    }

    /// An empty slot, which [`RuleSet::place`] fills.
    fn free_slot(&mut self) -> usize {
        self.free_slots.last().copied().unwrap_or_else(|| {
            self.rules.push(None);
            self.free_slots.push(self.rules.len() - 1);
            self.rules.len() - 1
        })
    }

    fn capture(&mut self, field: FieldId) {
        let known = self.captures.numbers.get(field.index()).copied().flatten();
        if known.is_some() {
            return;
        }
        let captures = Arc::make_mut(&mut self.captures);
        if captures.numbers.len() <= field.index() {
            captures.numbers.resize(field.index() + 1, None);
        }
        captures.numbers[field.index()] = u32::try_from(captures.fields.len()).ok();
        captures.fields.push(field);
    }

    /// Counts the sets since the first, empty one.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The rules, by slot; versions that drain among them.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter().flatten()
    }

    /// The rule in a slot.
    #[must_use]
    pub fn rule_in(&self, slot: usize) -> Option<&Arc<Rule>> {
        self.rules.get(slot)?.as_ref()
    }

    /// The slots of the versions that only finish what they began.
    #[must_use]
    pub fn draining(&self) -> &[usize] {
        &self.draining
    }

    /// Whether the version of this epoch only finishes what it began.
    #[must_use]
    pub fn is_draining(&self, epoch: u64) -> bool {
        let mut rules = self.draining.iter().filter_map(|&slot| self.rule_in(slot));
        rules.any(|rule| rule.epoch == epoch)
    }

    /// The fields in use: what a decoder must look for.
    #[must_use]
    pub const fn fields(&self) -> &FieldTable {
        &self.fields
    }

    /// The key fields of a rule; of an aggregate those that make its groups.
    #[must_use]
    pub fn key_fields<'a>(&'a self, rule: &'a Rule) -> &'a [FieldId] {
        match &rule.aggregate {
            Some(plan) => &plan.group_by,
            None => &self.key_specs[rule.key_spec].fields,
        }
    }

    /// The key groups that an event goes to: of each of its distinct keys under the rules of this set; perhaps one twice,
    /// and none of key fields that it lacks.
    pub fn key_groups(&self, event: &Event<'_>) -> impl Iterator<Item = KeyGroup> {
        self.key_specs
            .iter()
            .filter(|spec| spec.rules > 0)
            .filter_map(move |spec| Some(spec.group_of(spec.hash_of(event)?)))
    }

    /// One more than the highest slot.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.rules.len()
    }

    pub(crate) fn predicate_count(&self) -> usize {
        self.predicates.len()
    }

    pub(crate) fn predicate(&self, id: PredicateId) -> Option<&dyn Condition> {
        self.predicates.get(id)
    }

    /// Tells an event-only condition from others that had its number before.
    pub(crate) fn predicate_stamp(&self, id: PredicateId) -> u64 {
        self.predicates.stamp(id)
    }

    /// The fields kept with a taken event, by capture number.
    pub(crate) fn captures(&self) -> &[FieldId] {
        &self.captures.fields
    }

    /// The value of `field` in an event taken under this set or an earlier one.
    pub(crate) fn captured(&self, values: &[Value], payload: &[u8], field: FieldId) -> Value {
        let number = self.captures.numbers.get(field.index()).copied().flatten();
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
