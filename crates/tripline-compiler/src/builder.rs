//! Sets of rules, each built out of the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tripline_condition::{Alias, Ask, Registry};
use tripline_engine::{Budget, BudgetLimit, OnUpdate, RuleChange, RuleDefinition, RuleSet};
use tripline_event::{FieldId, FieldTable, Key, RuleId, RuleVersion, Timestamp};
use tripline_message::{Text, text};
use tripline_spec::{Diagnostics, OnUpdateSpec};

use crate::migration::migration_obstacle;
use crate::rule::{CompiledRule, compile_rule};
use crate::stat;
use crate::writer::writer;

/// A rule as it came from a file or a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSource {
    /// Identity of the running rule.
    pub id: RuleId,
    /// Its version.
    pub version: RuleVersion,
    /// The rule text: a graph or a row.
    pub text: Arc<str>,
    /// Key fields where the text does not name its own.
    pub default_key: Vec<String>,
}

/// A rule that did not get into the set.
#[derive(Debug)]
pub struct RuleFailure {
    /// Which rule.
    pub id: RuleId,
    /// Which version.
    pub version: RuleVersion,
    /// Why, with line and column.
    pub diagnostics: Diagnostics,
}

/// A change of what should be in force.
#[derive(Clone, Debug)]
pub enum RuleEdit {
    /// This text of a rule is to be in force, unless it is disabled.
    Put(RuleSource),
    /// A rule is not to run, though its text, which was not looked at or is not valid, stays what it is.
    Disable {
        /// Which rule.
        id: RuleId,
        /// The version that says so.
        version: RuleVersion,
    },
    /// A rule is to be no more.
    Remove(RuleId),
    /// A version that was draining has no runs left.
    Retire {
        /// Its slot in the set before.
        slot: usize,
        /// Its epoch.
        epoch: u64,
    },
    /// A version has taken more than it may: it stays what it is and does nothing, until it is changed, or disabled and
    /// enabled. One that was draining goes.
    Suspend {
        /// Its slot in the set before.
        slot: usize,
        /// Its epoch.
        epoch: u64,
        /// Of what it took more.
        limit: BudgetLimit,
    },
    /// Rows of the table of sets come, change or go.
    Rows {
        /// The name of the set.
        set: String,
        /// Members, as [`set_member`](tripline_engine::set_member) makes them, each with the first moment at which it is
        /// out; nothing if its row is gone.
        members: Vec<(Key, Option<Timestamp>)>,
    },
}

/// What became of an edit.
#[derive(Debug)]
pub struct RuleOutcome {
    /// Which rule.
    pub id: RuleId,
    /// The version that was to be put, or that went.
    pub version: RuleVersion,
    /// What happened.
    pub effect: RuleEffect,
    /// All findings on the text, with line and column; warnings only, unless it was rejected.
    pub diagnostics: Diagnostics,
    /// The condition classes that the text names, and the rules that it waits for ([`waits_for_rule`]): when one of them
    /// gets another meaning, the rule is to be put again.
    pub classes: BTreeSet<String>,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleEffect {
    /// The text is not valid: what was in force still is.
    Rejected,
    /// All is as it was.
    Unchanged,
    /// What changed does not touch matching, as a name: open runs go on.
    Relabelled,
    /// It runs, and did not before.
    Started,
    /// It runs in place of another version.
    Replaced {
        /// What happens to the open runs of that.
        on_update: OnUpdate,
        /// Why `migrate`, which the rule asked for, could not be: its open runs are dropped instead.
        obstacle: Option<Text>,
    },
    /// It is disabled, and its open runs are dropped.
    Disabled,
    /// It is gone, and its open runs with it.
    Removed,
}

/// What rules may take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// What rules may that are not among the others.
    pub default: Budget,
    /// By rule.
    pub by_rule: BTreeMap<RuleId, Budget>,
}

impl Budgets {
    /// What a rule may take.
    #[must_use]
    pub fn of(&self, id: &RuleId) -> Budget {
        self.by_rule.get(id).copied().unwrap_or(self.default)
    }
}

/// A rule set, and how it came about.
#[derive(Debug)]
pub struct Built {
    /// The set.
    pub set: RuleSet,
    /// What became of each edit, in their order; of [`RuleEdit::Retire`], [`RuleEdit::Suspend`] and
    /// [`RuleEdit::Rows`] nothing is said.
    pub outcomes: Vec<RuleOutcome>,
}

/// Builds rule sets, each out of the one before: what did not change is not compiled again.
///
/// A text that is not valid never takes the last valid one of its rule out of force.
#[derive(Debug)]
pub struct RuleSetBuilder {
    registry: Registry,
    fields: FieldTable,
    known: BTreeMap<RuleId, Known>,
    /// The texts refused last, so that none is compiled twice.
    rejected: BTreeMap<RuleId, Rejected>,
    budgets: Budgets,
}

/// The last valid text of a rule.
#[derive(Debug)]
struct Known {
    source: RuleSource,
    meanings: Meanings,
    rule: Arc<CompiledRule>,
    warnings: Diagnostics,
}

/// A text that is not valid.
#[derive(Debug)]
struct Rejected {
    source: RuleSource,
    meanings: Meanings,
    diagnostics: Diagnostics,
    /// Whether it asks for what other rules have, so that it may be valid with others.
    asks: bool,
}

/// A rule that asks for statistics of others.
#[derive(Clone, Debug)]
struct Asking {
    source: RuleSource,
    asked: BTreeSet<RuleId>,
}

/// When a rule is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Put {
    /// Before others that come with it.
    First,
    /// After them.
    Last,
    /// After a restart: whatever it asks for, it ran before.
    Restored,
}

/// What class names meant when a text was compiled.
#[derive(Debug)]
struct Meanings {
    /// Those that the text names.
    classes: BTreeSet<String>,
    /// Those of them that are aliases, by name.
    aliases: Vec<Alias>,
}

impl Meanings {
    fn new(registry: &Registry, classes: BTreeSet<String>) -> Self {
        let aliases = aliases(registry, &classes).cloned().collect();
        Self { classes, aliases }
    }

    /// Whether the names mean the same now.
    fn still_hold(&self, registry: &Registry) -> bool {
        aliases(registry, &self.classes).eq(&self.aliases)
    }

    /// Whether other meanings are the same, wherever they are written.
    fn is_same(&self, other: &Self) -> bool {
        let targets = |of: &Self| -> Vec<_> {
            of.aliases
                .iter()
                .map(|alias| (alias.class_name.clone(), alias.target.clone()))
                .collect()
        };
        targets(self) == targets(other)
    }
}

/// Those of `classes` that are aliases, by name.
fn aliases<'a>(
    registry: &'a Registry,
    classes: &'a BTreeSet<String>,
) -> impl Iterator<Item = &'a Alias> {
    classes.iter().filter_map(|name| registry.alias_of(name)).map(|alias| alias.alias())
}

impl RuleSetBuilder {
    /// A builder that knows these conditions.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self {
            registry,
            fields: FieldTable::new(),
            known: BTreeMap::new(),
            rejected: BTreeMap::new(),
            budgets: Budgets::default(),
        }
    }

    /// Gives class names their meaning, for rules put from now on.
    ///
    /// A rule that is there keeps what it was compiled with until it is put again, which then is a change of it.
    pub fn set_aliases(&mut self, aliases: impl IntoIterator<Item = Alias>) {
        self.registry.set_aliases(aliases);
    }

    /// The conditions that rules are compiled with.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The aliases that [`RuleSetBuilder::rule`] was compiled with, by name.
    #[must_use]
    pub fn aliases(&self, id: &RuleId) -> &[Alias] {
        self.known.get(id).map_or(&[], |known| &known.meanings.aliases)
    }

    /// Sets what each rule may hold, for rules put from now on.
    pub fn set_budgets(&mut self, budgets: Budgets) {
        self.budgets = budgets;
    }

    /// The number of a field that the runtime itself reads, such as the time.
    pub fn field(&mut self, path: &str) -> FieldId {
        self.fields.intern(path)
    }

    /// The last valid text of a rule, compiled, whether it runs or is disabled.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Arc<CompiledRule>> {
        self.known.get(id).map(|known| &known.rule)
    }

    /// The ids of all rules that have a valid text, or had one refused.
    pub fn ids(&self) -> impl Iterator<Item = &RuleId> {
        self.known.keys().chain(self.rejected.keys())
    }

    /// The last valid texts of all rules.
    pub fn sources(&self) -> impl Iterator<Item = &RuleSource> {
        self.known.values().map(|known| &known.source)
    }

    /// The source of [`RuleSetBuilder::rule`].
    #[must_use]
    pub fn source(&self, id: &RuleId) -> Option<&RuleSource> {
        self.known.get(id).map(|known| &known.source)
    }

    /// The set after these edits of `before`, which must be the last set built, or the empty one for the first.
    ///
    /// One bad rule never stops the others.
    ///
    /// # Cost
    /// Compiles what changed, and nothing else.
    pub fn update(&mut self, before: &RuleSet, edits: Vec<RuleEdit>) -> Built {
        let mut changes = Vec::new();
        let mut outcomes = Vec::with_capacity(edits.len());
        // What asks for a statistic that is not there yet waits for what comes with it.
        let mut waiting: Vec<(usize, Asking)> = Vec::new();
        for edit in edits {
            match edit {
                RuleEdit::Put(source) => match self.put(source, Put::First, &mut changes) {
                    Ok(outcome) => {
                        let id = outcome.id.clone();
                        outcomes.push(outcome);
                        self.put_waiting(Some(&id), &mut waiting, &mut changes, &mut outcomes);
                    }
                    Err(asking) => {
                        waiting.push((outcomes.len(), asking.clone()));
                        outcomes.push(to_come(asking.source));
                    }
                },
                RuleEdit::Disable { id, version } => {
                    if self.known.remove(&id).is_some_and(|known| known.rule.is_enabled()) {
                        changes.push(RuleChange::Remove(id.clone()));
                    }
                    outcomes.push(RuleOutcome {
                        id,
                        version,
                        effect: RuleEffect::Disabled,
                        diagnostics: Diagnostics::new(),
                        classes: BTreeSet::new(),
                    });
                }
                RuleEdit::Remove(id) => {
                    self.rejected.remove(&id);
                    if let Some(known) = self.known.remove(&id) {
                        changes.push(RuleChange::Remove(id.clone()));
                        outcomes.push(RuleOutcome {
                            id,
                            version: known.source.version,
                            effect: RuleEffect::Removed,
                            diagnostics: Diagnostics::new(),
                            classes: BTreeSet::new(),
                        });
                    }
                }
                RuleEdit::Retire { slot, epoch } => {
                    changes.push(RuleChange::Retire { slot, epoch });
                }
                RuleEdit::Rows { set, members } => {
                    let set = self.fields.set(&set);
                    changes.push(RuleChange::Rows { set, members });
                }
                RuleEdit::Suspend { slot, epoch, limit } => {
                    changes.push(RuleChange::Suspend { slot, epoch, limit });
                }
            }
        }
        self.put_waiting(None, &mut waiting, &mut changes, &mut outcomes);
        Built { set: before.with(changes, self.fields.clone()), outcomes }
    }

    /// Puts the rules that wait for the rule `come`, or all that are left: at once, so that the same edits lead to the same
    /// rules however they are cut into steps.
    fn put_waiting(
        &mut self,
        come: Option<&RuleId>,
        waiting: &mut Vec<(usize, Asking)>,
        changes: &mut Vec<RuleChange>,
        outcomes: &mut [RuleOutcome],
    ) {
        let is_ready =
            |(_, one): &mut (usize, Asking)| come.is_none_or(|id| one.asked.contains(id));
        let ready: Vec<(usize, Asking)> = waiting.extract_if(.., is_ready).collect();
        for (at, Asking { source, .. }) in ready {
            let put = if come.is_some() { Put::First } else { Put::Last };
            match (self.put(source, put, changes), outcomes.get_mut(at)) {
                (Ok(outcome), Some(place)) => *place = outcome,
                (Err(asking), _) => waiting.push((at, asking)),
                (Ok(_), None) => {}
            }
        }
    }

    /// The set in which these versions ran before, each with the aliases that it was compiled with; of a rule the oldest
    /// first, and all but its last version drain.
    ///
    /// # Errors
    /// None; a text that is not valid any more, as it names a condition that is not there, is among the outcomes, and if it is
    /// the last one its rule does not run.
    pub fn restore(&mut self, before: &RuleSet, versions: Vec<(RuleSource, Vec<Alias>)>) -> Built {
        let mut changes = Vec::new();
        let mut outcomes = Vec::with_capacity(versions.len());
        let mut aliases: Option<Vec<Alias>> = None;
        for (source, own) in versions {
            // Most have none, and setting them looks at all of them.
            if aliases.as_ref() != Some(&own) {
                self.registry.set_aliases(own.iter().cloned());
                aliases = Some(own);
            }
            let (id, so_far) = (source.id.clone(), changes.len());
            let Ok(outcome) = self.put(source, Put::Restored, &mut changes) else { continue };
            if let Some(RuleChange::Put { on_update, .. }) = changes.get_mut(so_far) {
                *on_update = OnUpdate::Drain;
            }
            if outcome.effect == RuleEffect::Rejected && self.known.remove(&id).is_some() {
                // An older version must not begin anything again.
                changes.push(RuleChange::Remove(id));
            }
            outcomes.push(outcome);
        }
        Built { set: before.with(changes, self.fields.clone()), outcomes }
    }

    /// The set with exactly the rules of `sources`, as [`RuleSetBuilder::update`] would make it out of `before`, and the
    /// texts that are not valid.
    ///
    /// A rule whose new text is not valid goes on with the last valid one. A row that is not enabled is in neither.
    pub fn build(
        &mut self,
        before: &RuleSet,
        sources: &[RuleSource],
    ) -> (RuleSet, Vec<RuleFailure>) {
        let here: BTreeSet<&RuleId> = sources.iter().map(|source| &source.id).collect();
        let all = self.known.keys().chain(self.rejected.keys());
        let gone: BTreeSet<RuleId> = all.filter(|id| !here.contains(id)).cloned().collect();
        let puts = sources.iter().cloned().map(RuleEdit::Put);
        let edits = gone.into_iter().map(RuleEdit::Remove).chain(puts).collect();
        let built = self.update(before, edits);
        let rejected = built
            .outcomes
            .into_iter()
            .filter(|outcome| outcome.effect == RuleEffect::Rejected)
            .map(|RuleOutcome { id, version, diagnostics, .. }| RuleFailure {
                id,
                version,
                diagnostics,
            });
        (built.set, rejected.collect())
    }

    /// Puts a rule; gives it back if it asks for what may only come with it.
    fn put(
        &mut self,
        source: RuleSource,
        put: Put,
        changes: &mut Vec<RuleChange>,
    ) -> Result<RuleOutcome, Asking> {
        let (id, version) = (source.id.clone(), source.version);
        let outcome = |effect, diagnostics, classes: &BTreeSet<String>| RuleOutcome {
            id,
            version,
            effect,
            diagnostics,
            classes: classes.clone(),
        };
        if let Some(known) = self.known.get(&source.id)
            && known.source == source
            && known.meanings.still_hold(&self.registry)
        {
            self.rejected.remove(&source.id);
            let classes = &known.meanings.classes;
            return Ok(outcome(RuleEffect::Unchanged, known.warnings.clone(), classes));
        }
        if let Some(rejected) = self.rejected.get(&source.id)
            && rejected.source == source
            && !rejected.asks
            && rejected.meanings.still_hold(&self.registry)
        {
            let classes = &rejected.meanings.classes;
            return Ok(outcome(RuleEffect::Rejected, rejected.diagnostics.clone(), classes));
        }
        let mark = self.fields.mark();
        let mut check = compile_rule(&source.text, &self.registry, &mut self.fields);
        let mut waits_for = Vec::new();
        let asks = check.rule.as_ref().is_some_and(stat::asks) && put != Put::Restored;
        if let Some(rule) = check.rule.as_ref().filter(|_| asks) {
            let key = rule.key_by().unwrap_or(&source.default_key);
            let asked = |id: &str| self.known.get(&RuleId::new(id)).map(|known| &*known.rule);
            let ids = || self.known.keys().map(RuleId::as_str);
            let own = stat::Asking { rule, key, pinned: self.is_pinned(rule) };
            let pinned = |rule: &CompiledRule| self.is_pinned(rule);
            let mut found = stat::check(&own, &self.fields, asked, pinned, ids);
            if put == Put::First && !found.is_valid() {
                let asked = stat::asked(rule, &self.fields);
                self.fields.forget_after(mark);
                return Err(Asking { source, asked });
            }
            if !found.is_valid() {
                waits_for.extend(stat::asked(rule, &self.fields).iter().map(waits_for_rule));
            }
            found.locate(&check.source);
            check.diagnostics.extend(found);
            check.rule = check.rule.filter(|_| check.diagnostics.is_valid());
        }
        let meanings = Meanings::new(&self.registry, check.classes.clone());
        let Some(rule) = check.rule else {
            // What a text that does not run would have read must not be looked for in every event.
            self.fields.forget_after(mark);
            let diagnostics = check.diagnostics;
            let rejected = Rejected { source, meanings, diagnostics: diagnostics.clone(), asks };
            self.rejected.insert(rejected.source.id.clone(), rejected);
            check.classes.extend(waits_for);
            return Ok(outcome(RuleEffect::Rejected, diagnostics, &check.classes));
        };
        self.rejected.remove(&source.id);
        let effect = self.replace(source, meanings, rule, &check.diagnostics, changes);
        Ok(outcome(effect, check.diagnostics, &check.classes))
    }

    /// Puts a valid rule in the place of what is known of its id.
    fn replace(
        &mut self,
        source: RuleSource,
        meanings: Meanings,
        mut rule: CompiledRule,
        warnings: &Diagnostics,
        changes: &mut Vec<RuleChange>,
    ) -> RuleEffect {
        let before = self.known.get(&source.id);
        let running = before.filter(|known| known.rule.is_enabled());
        if let Some(known) = running
            && known.rule.document.pattern() == rule.document.pattern()
            && known.rule.document.aggregate() == rule.document.aggregate()
            && params(&known.rule) == params(&rule)
            && known.meanings.is_same(&meanings)
        {
            // The same automaton, which the engine knows by its address.
            rule.nfa = Arc::clone(&known.rule.nfa);
            rule.aggregate.clone_from(&known.rule.aggregate);
        }
        let effect = if !rule.is_enabled() {
            if running.is_some() {
                changes.push(RuleChange::Remove(source.id.clone()));
            }
            RuleEffect::Disabled
        } else if let Some(known) = running {
            let same_shard = self.is_pinned(&known.rule) == self.is_pinned(&rule);
            let effect = transition(known, &source, &rule, same_shard);
            let same_gates = known.rule.effective() == rule.effective();
            let on_update = match &effect {
                RuleEffect::Replaced { on_update, .. } => Some(*on_update),
                // The gates may have changed, or what becomes of sets.
                _ => (!same_gates || known.rule.writes() != rule.writes())
                    .then_some(OnUpdate::Migrate),
            };
            if let Some(on_update) = on_update {
                let definition = self.definition(&source, &rule);
                changes.push(RuleChange::Put { definition, on_update });
            }
            effect
        } else {
            let definition = self.definition(&source, &rule);
            changes.push(RuleChange::Put { definition, on_update: OnUpdate::Restart });
            RuleEffect::Started
        };
        let known = Known { rule: Arc::new(rule), warnings: warnings.clone(), meanings, source };
        self.known.insert(known.source.id.clone(), known);
        effect
    }

    /// Whether one shard must see all events of a rule: it changes sets, or asks for one that actions change.
    fn is_pinned(&self, rule: &CompiledRule) -> bool {
        rule.writes().is_some() || {
            let written: BTreeSet<&str> = self.registry.written_sets().collect();
            let named = |ask| match ask {
                Ask::Set(set) => self.fields.set_name(set),
                Ask::Stat(_) => None,
            };
            !written.is_empty()
                && rule.asks().into_iter().filter_map(named).any(|set| written.contains(set))
        }
    }

    fn definition(&mut self, source: &RuleSource, rule: &CompiledRule) -> RuleDefinition {
        let key = match &rule.aggregate {
            Some(plan) => plan.route_fields(),
            None => {
                let key = rule.key_by().unwrap_or(&source.default_key);
                key.iter().map(|path| self.fields.intern(path)).collect()
            }
        };
        RuleDefinition {
            id: source.id.clone(),
            version: source.version,
            nfa: Arc::clone(&rule.nfa),
            aggregate: rule.aggregate.clone(),
            key,
            effective: rule.effective(),
            budget: self.budgets.of(&source.id),
            writer: writer(rule, &mut self.fields),
            pinned: self.is_pinned(rule),
        }
    }
}

/// What stands among the classes of a rule that is refused as the rule `id` is not there, or does not fit: when that
/// one comes, it is to be put again. No class has a name like it.
#[must_use]
pub fn waits_for_rule(id: &RuleId) -> String {
    format!("stat('{id}')")
}

/// The place of an outcome that is to come.
fn to_come(source: RuleSource) -> RuleOutcome {
    let RuleSource { id, version, .. } = source;
    let (diagnostics, classes) = (Diagnostics::new(), BTreeSet::new());
    RuleOutcome { id, version, effect: RuleEffect::Unchanged, diagnostics, classes }
}

/// What a new text does to a rule that runs.
fn transition(
    before: &Known,
    source: &RuleSource,
    rule: &CompiledRule,
    same_shard: bool,
) -> RuleEffect {
    let key = |source: &RuleSource, rule: &CompiledRule| -> Vec<String> {
        if rule.aggregate.is_some() {
            return Vec::new();
        }
        rule.key_by().unwrap_or(&source.default_key).to_vec()
    };
    let same_key = key(&before.source, &before.rule) == key(source, rule);
    if before.source.version == source.version
        && same_key
        && same_shard
        && Arc::ptr_eq(&before.rule.nfa, &rule.nfa)
    {
        return RuleEffect::Relabelled;
    }
    let (on_update, obstacle) = match rule.on_update() {
        OnUpdateSpec::Restart => (OnUpdate::Restart, None),
        OnUpdateSpec::Drain if rule.aggregate.is_some() || before.rule.aggregate.is_some() => {
            (OnUpdate::Restart, Some(text!("the windows of an aggregate cannot drain")))
        }
        OnUpdateSpec::Drain => (OnUpdate::Drain, None),
        OnUpdateSpec::Migrate => {
            let found = migration_obstacle(&before.rule, rule);
            let found = found.or_else(|| (!same_key).then(|| text!("the key fields changed")));
            let found = found.or_else(|| {
                (!same_shard).then(|| {
                    text!("it begins or ceases to have to do with a set that actions change")
                })
            });
            let on_update = if found.is_some() { OnUpdate::Restart } else { OnUpdate::Migrate };
            (on_update, found)
        }
    };
    RuleEffect::Replaced { on_update, obstacle }
}

fn params(rule: &CompiledRule) -> Option<&serde_json::Map<String, serde_json::Value>> {
    rule.row().map(|row| &row.params).filter(|params| !params.is_empty())
}
