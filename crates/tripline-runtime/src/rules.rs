//! The rules in force with all that runs them, made off the hot path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checkpoint::{RuleLog, SavedRule, steps};
use crate::clock::steady_ns;
use crate::faults::findings;
use crate::finding::RuleFinding;
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Alias, Budgets, Built, FieldId, Registry, RuleEdit, RuleEffect, RuleFailure, RuleId, RuleMeta,
    RuleOutcome, RuleSet, RuleSetBuilder, RuleSource,
};

/// A rule set with what the runtime needs beside it; never changes.
#[derive(Debug)]
pub struct RunningRules {
    /// The rules.
    pub set: RuleSet,
    /// Reads the fields that they ask for.
    pub(crate) decoder: JsonDecoder,
    /// What else is known of the rules, by slot.
    known: Vec<Option<Known>>,
    /// What class names stood for when the last of them came.
    aliases: Arc<[Alias]>,
}

/// What is known of a version beside what the engine has of it.
#[derive(Clone, Debug)]
struct Known {
    /// What it says of itself.
    meta: Arc<RuleMeta>,
    origin: Arc<RuleOrigin>,
}

/// What a version was compiled from.
#[derive(Clone, Debug)]
pub(crate) struct RuleOrigin {
    pub(crate) source: RuleSource,
    pub(crate) aliases: Vec<Alias>,
}

impl RunningRules {
    /// What went wrong so far in the condition plugins of each rule; nothing of rules without any.
    pub(crate) fn faults(&self) -> BTreeMap<RuleId, Vec<RuleFinding>> {
        let mut all: BTreeMap<RuleId, Vec<RuleFinding>> = BTreeMap::new();
        for rule in self.set.rules() {
            let found = findings(&self.set, rule, self.meta(rule.slot()));
            if !found.is_empty() {
                // A version that drains is of the same rule.
                all.entry(rule.id.clone()).or_default().extend(found);
            }
        }
        all
    }

    /// What the rule in a slot says of itself.
    #[must_use]
    pub fn meta(&self, slot: usize) -> Option<&RuleMeta> {
        self.known.get(slot)?.as_ref().map(|known| known.meta.as_ref())
    }

    /// What class names stood for when the last rule came.
    pub(crate) fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// All versions as a checkpoint holds them, those that drain among them; of each rule the oldest first.
    pub(crate) fn saved(&self) -> Vec<SavedRule> {
        let mut rules: Vec<_> = self.set.rules().collect();
        rules.sort_by_key(|rule| rule.epoch());
        let saved = rules.into_iter().filter_map(|rule| {
            let known = self.known.get(rule.slot())?.as_ref()?;
            Some(SavedRule::new(&known.origin, rule.suspended().cloned()))
        });
        saved.collect()
    }
}

/// Makes one [`RunningRules`] out of the one before, as texts of rules come and go.
#[derive(Debug)]
pub struct Rulebook {
    builder: RuleSetBuilder,
    running: Arc<RunningRules>,
    aliases: Arc<[Alias]>,
    /// Where changes are written down, if they are.
    log: Option<Arc<RuleLog>>,
}

impl Rulebook {
    /// A book without rules.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        registry.set_stopwatch(steady_ns);
        let set = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let decoder = JsonDecoder::new(set.fields());
        let aliases: Arc<[Alias]> = registry.aliases().map(|found| found.alias().clone()).collect();
        let running =
            RunningRules { set, decoder, known: Vec::new(), aliases: Arc::clone(&aliases) };
        Self {
            builder: RuleSetBuilder::new(registry),
            running: Arc::new(running),
            aliases,
            log: None,
        }
    }

    /// A book with the valid ones of `sources`, and the others with what is wrong with them.
    #[must_use]
    pub fn of(registry: Registry, sources: &[RuleSource]) -> (Self, Vec<RuleFailure>) {
        let mut book = Self::new(registry);
        let failures = book.replace(sources);
        (book, failures)
    }

    /// Puts exactly these rules into force, in the place of all others; those that are not valid, with what is wrong.
    pub fn replace(&mut self, sources: &[RuleSource]) -> Vec<RuleFailure> {
        let here: BTreeSet<&RuleId> = sources.iter().map(|source| &source.id).collect();
        let gone = self.builder.ids().filter(|id| !here.contains(id)).cloned();
        let gone: BTreeSet<RuleId> = gone.collect();
        let puts = sources.iter().cloned().map(RuleEdit::Put);
        let edits = gone.into_iter().map(RuleEdit::Remove).chain(puts).collect();
        let rejected = self.apply(edits).into_iter();
        let rejected = rejected.filter(|outcome| outcome.effect == RuleEffect::Rejected);
        let failures = rejected.map(|outcome| RuleFailure {
            id: outcome.id,
            version: outcome.version,
            diagnostics: outcome.diagnostics,
        });
        failures.collect()
    }

    /// Sets what rules may take, for rules put from now on.
    pub fn set_budgets(&mut self, budgets: Budgets) {
        self.builder.set_budgets(budgets);
    }

    /// The rules in force.
    #[must_use]
    pub const fn running(&self) -> &Arc<RunningRules> {
        &self.running
    }

    /// The number of a field that the runtime itself reads, known to decoders from the next change on.
    pub(crate) fn field(&mut self, path: &str) -> FieldId {
        self.builder.field(path)
    }

    /// The last valid text of a rule.
    #[must_use]
    pub fn source(&self, id: &RuleId) -> Option<&RuleSource> {
        self.builder.source(id)
    }

    /// The builder, to ask what it knows.
    #[must_use]
    pub const fn builder(&self) -> &RuleSetBuilder {
        &self.builder
    }

    /// Gives class names their meaning, for rules put from now on.
    pub fn set_aliases(&mut self, aliases: impl IntoIterator<Item = Alias>) {
        self.aliases = aliases.into_iter().collect();
        if let Some(log) = &self.log {
            log.aliases(self.running.set.generation(), &self.aliases);
        }
        self.builder.set_aliases(self.aliases.iter().cloned());
    }

    /// Writes down what changes from now on.
    pub(crate) fn log_to(&mut self, log: Arc<RuleLog>) {
        self.log = Some(log);
    }

    /// Puts versions into force that ran before, into a book without rules; of each rule the oldest first, and all but its
    /// last version drain.
    pub(crate) fn restore(&mut self, versions: Vec<RuleOrigin>) -> Vec<RuleOutcome> {
        // Of each rule one version at a time: what one says of itself is known while it is the last.
        let mut rounds: Vec<Vec<(RuleSource, Vec<Alias>)>> = Vec::new();
        let mut seen: BTreeMap<RuleId, usize> = BTreeMap::new();
        for RuleOrigin { source, aliases } in versions {
            let round = seen.entry(source.id.clone()).or_default();
            if rounds.len() == *round {
                rounds.push(Vec::new());
            }
            if let Some(versions) = rounds.get_mut(*round) {
                versions.push((source, aliases));
            }
            *round += 1;
        }
        let mut outcomes = Vec::new();
        for round in rounds {
            let built = self.builder.restore(&self.running.set, round);
            outcomes.extend(self.take_in(built));
        }
        outcomes
    }

    /// Puts these edits into force; what became of each.
    ///
    /// # Cost
    /// Compiles what changed; copies a list of pointers as long as there are rules.
    pub fn apply(&mut self, edits: Vec<RuleEdit>) -> Vec<RuleOutcome> {
        let before = Arc::clone(&self.running);
        let logged = self.log.as_ref().map(|log| (Arc::clone(log), edits.clone()));
        let built = self.builder.update(&before.set, edits);
        let outcomes = self.take_in(built);
        if let Some((log, edits)) = logged {
            let steps = steps(&before.set, &edits, &outcomes);
            log.edits(self.running.set.generation(), steps);
        }
        outcomes
    }

    /// Makes the rules of a new set those that run.
    fn take_in(&mut self, built: Built) -> Vec<RuleOutcome> {
        let before = Arc::clone(&self.running);
        let mut known = before.known.clone();
        known.resize(built.set.slots(), None);
        // What a rule says of itself can change while the rule does not.
        let named: BTreeSet<&RuleId> = built
            .outcomes
            .iter()
            .filter(|outcome| outcome.effect != RuleEffect::Unchanged)
            .map(|outcome| &outcome.id)
            .collect();
        for (slot, known) in known.iter_mut().enumerate() {
            match built.set.rule_in(slot) {
                None => *known = None,
                // A version that drains speaks as it did.
                Some(rule) if rule.is_draining() => {
                    let was = before.set.rules().find(|was| was.epoch() == rule.epoch());
                    *known = was.and_then(|was| before.known.get(was.slot()).cloned().flatten());
                }
                Some(rule) => {
                    let same = before.set.rule_in(slot).is_some_and(|was| Arc::ptr_eq(was, rule));
                    if !same || named.contains(&rule.id) {
                        *known = self.known(&built.set, rule);
                    }
                }
            }
        }
        let decoder = if built.set.fields().len() == before.set.fields().len() {
            before.decoder.clone()
        } else {
            JsonDecoder::new(built.set.fields())
        };
        let aliases = Arc::clone(&self.aliases);
        self.running = Arc::new(RunningRules { set: built.set, decoder, known, aliases });
        built.outcomes
    }

    fn known(&self, set: &RuleSet, rule: &tripline::Rule) -> Option<Known> {
        let compiled = self.builder.rule(&rule.id)?;
        let paths = set.key_fields(rule).iter().filter_map(|&field| set.fields().path(field));
        let meta = Arc::new(RuleMeta::of(rule, compiled, paths.map(str::to_owned).collect()));
        let source = self.builder.source(&rule.id)?.clone();
        let aliases = self.builder.aliases(&rule.id).to_vec();
        Some(Known { meta, origin: Arc::new(RuleOrigin { source, aliases }) })
    }
}
