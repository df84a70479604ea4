//! The rules in force with all that runs them, made off the hot path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::steady_ns;
use crate::faults::{PluginFinding, findings};
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Alias, FieldId, Registry, RuleEdit, RuleEffect, RuleFailure, RuleId, RuleMeta, RuleOutcome,
    RuleSet, RuleSetBuilder, RuleSource,
};

/// A rule set with what the runtime needs beside it; never changes.
#[derive(Debug)]
pub struct RunningRules {
    /// The rules.
    pub set: RuleSet,
    /// Reads the fields that they ask for.
    pub(crate) decoder: JsonDecoder,
    /// What rules say of themselves, by slot.
    metas: Vec<Option<Arc<RuleMeta>>>,
}

impl RunningRules {
    /// What went wrong so far in the condition plugins of each rule; nothing of rules without any.
    pub(crate) fn faults(&self) -> BTreeMap<RuleId, Vec<PluginFinding>> {
        let mut all: BTreeMap<RuleId, Vec<PluginFinding>> = BTreeMap::new();
        for rule in self.set.rules() {
            let found = findings(&self.set, rule);
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
        self.metas.get(slot)?.as_deref()
    }
}

/// Makes one [`RunningRules`] out of the one before, as texts of rules come and go.
#[derive(Debug)]
pub struct Rulebook {
    builder: RuleSetBuilder,
    running: Arc<RunningRules>,
}

impl Rulebook {
    /// A book without rules.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        registry.set_stopwatch(steady_ns);
        let set = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let decoder = JsonDecoder::new(set.fields());
        let running = Arc::new(RunningRules { set, decoder, metas: Vec::new() });
        Self { builder: RuleSetBuilder::new(registry), running }
    }

    /// A book with the valid ones of `sources`, and the others with what is wrong with them.
    #[must_use]
    pub fn of(registry: Registry, sources: &[RuleSource]) -> (Self, Vec<RuleFailure>) {
        let mut book = Self::new(registry);
        let puts = sources.iter().cloned().map(RuleEdit::Put).collect();
        let rejected = book.apply(puts).into_iter();
        let rejected = rejected.filter(|outcome| outcome.effect == RuleEffect::Rejected);
        let failures = rejected.map(|outcome| RuleFailure {
            id: outcome.id,
            version: outcome.version,
            diagnostics: outcome.diagnostics,
        });
        let failures = failures.collect();
        (book, failures)
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
        self.builder.set_aliases(aliases);
    }

    /// Puts these edits into force; what became of each.
    ///
    /// # Cost
    /// Compiles what changed; copies a list of pointers as long as there are rules.
    pub fn apply(&mut self, edits: Vec<RuleEdit>) -> Vec<RuleOutcome> {
        let before = Arc::clone(&self.running);
        let built = self.builder.update(&before.set, edits);
        let mut metas = before.metas.clone();
        metas.resize(built.set.slots(), None);
        // What a rule says of itself can change while the rule does not.
        let named: BTreeSet<&RuleId> = built
            .outcomes
            .iter()
            .filter(|outcome| outcome.effect != RuleEffect::Unchanged)
            .map(|outcome| &outcome.id)
            .collect();
        for (slot, meta) in metas.iter_mut().enumerate() {
            match built.set.rule_in(slot) {
                None => *meta = None,
                // A version that drains speaks as it did.
                Some(rule) if rule.is_draining() => {
                    let was = before.set.rules().find(|was| was.epoch() == rule.epoch());
                    *meta = was.and_then(|was| before.metas.get(was.slot()).cloned().flatten());
                }
                Some(rule) => {
                    let same = before.set.rule_in(slot).is_some_and(|was| Arc::ptr_eq(was, rule));
                    if !same || named.contains(&rule.id) {
                        *meta = self.meta(&built.set, rule);
                    }
                }
            }
        }
        let decoder = if built.set.fields().len() == before.set.fields().len() {
            before.decoder.clone()
        } else {
            JsonDecoder::new(built.set.fields())
        };
        self.running = Arc::new(RunningRules { set: built.set, decoder, metas });
        built.outcomes
    }

    fn meta(&self, set: &RuleSet, rule: &tripline::Rule) -> Option<Arc<RuleMeta>> {
        let compiled = self.builder.rule(&rule.id)?;
        let paths = set.key_fields(rule).iter().filter_map(|&field| set.fields().path(field));
        Some(Arc::new(RuleMeta::of(rule, compiled, paths.map(str::to_owned).collect())))
    }
}
