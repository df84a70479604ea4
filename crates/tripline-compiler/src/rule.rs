//! Whole rules: text to automaton, and sets of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tripline_condition::Registry;
use tripline_engine::{Budget, Nfa, NfaError, RuleDefinition, RuleSet};
use tripline_event::{FieldTable, RuleId, RuleVersion};
use tripline_spec::{
    Code, Diagnostic, Diagnostics, GraphSpec, RowSpec, RuleDocument, SourceMap, parse_rule,
};

use crate::chain::MAX_STATES;
use crate::compile::{CompileError, compile};
use crate::lower::lower;
use crate::pattern::Pattern;

/// A rule that can run.
#[derive(Clone, Debug)]
pub struct CompiledRule {
    /// The document, as written.
    pub document: RuleDocument,
    /// The rule as meant.
    pub pattern: Pattern,
    /// Its automaton.
    pub nfa: Arc<Nfa>,
}

/// What checking a rule's text gives.
#[derive(Debug)]
pub struct RuleCheck {
    /// The rule, if it can run.
    pub rule: Option<CompiledRule>,
    /// All findings, with line and column.
    pub diagnostics: Diagnostics,
    /// Where things stand in the text.
    pub source: SourceMap,
}

/// Checks a rule's text and compiles it; `fields` gains the fields that its conditions read.
#[must_use]
pub fn compile_rule(text: &str, registry: &Registry, fields: &mut FieldTable) -> RuleCheck {
    let parsed = parse_rule(text);
    let mut diagnostics = parsed.diagnostics;
    let source = parsed.source;
    let rule = parsed.document.and_then(|document| {
        let graph = document.pattern();
        let lowered = lower(graph, registry, fields);
        diagnostics.extend(lowered.diagnostics);
        let pattern = lowered.pattern?;
        let nfa = compile(&pattern);
        let nfa = nfa.map_err(|error| diagnostics.push(explain(&error, graph, &pattern))).ok()?;
        Some(CompiledRule { document, pattern, nfa: Arc::new(nfa) })
    });
    diagnostics.locate(&source);
    let rule = rule.filter(|_| diagnostics.is_valid());
    RuleCheck { rule, diagnostics, source }
}

/// The diagnostic for what only the automaton showed.
fn explain(error: &CompileError, graph: &GraphSpec, pattern: &Pattern) -> Diagnostic {
    let window = graph.window.as_ref().map_or(&graph.pointer, |window| &window.pointer);
    let too_large =
        "use smaller numbers in `times`, fewer nested repetitions, or LOOPING instead of TIMES";
    match error {
        CompileError::GapAboveWindow { .. } => {
            Diagnostic::new(Code::GapAboveWindow, window, error.to_string())
                .with_hint("make the limit between two events (PREVIOUS_AND_CURRENT or `windowTime`) the smaller one")
        }
        CompileError::FinalNotFollowWithoutWindow => {
            let name = pattern.nodes.last().map_or("", |node| node.name.as_str());
            let at = graph
                .edges
                .iter()
                .position(|edge| edge.target == name)
                .and_then(|index| graph.edges.get(index))
                .map_or(&graph.pointer, |edge| &edge.pointer);
            let message = format!(
                "the rule ends in NOT_FOLLOW into `{name}` and has no window, so it could never be decided"
            );
            Diagnostic::new(Code::FinalNotFollowWithoutWindow, at, message)
                .with_hint("add \"window\": {\"type\": \"FIRST_AND_LAST\", \"time\": {\"unit\": \"MINUTES\", \"size\": 10}}")
        }
        CompileError::Nfa(NfaError::EndlessProceed { node }) => {
            let name = node.and_then(|node| pattern.nodes.get(usize::from(node.0)));
            let which = name
                .map_or_else(String::new, |node| format!(" that begins with `{}`", node.name));
            let message = format!("the repeated group{which} can match no event at all");
            Diagnostic::new(Code::LoopOfNothing, &graph.pointer, message)
                .with_hint("make at least one node of the group required")
        }
        CompileError::Nfa(NfaError::TooManyStates { .. }) => {
            let message = format!("the rule needs more than {MAX_STATES} states to run");
            Diagnostic::new(Code::AutomatonTooLarge, &graph.pointer, message).with_hint(too_large)
        }
        CompileError::Nfa(error) => {
            Diagnostic::new(Code::AutomatonTooLarge, &graph.pointer, error.to_string())
                .with_hint(too_large)
        }
    }
}

/// A rule as it came from a file or a row.
#[derive(Clone, Debug)]
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

/// Builds rule sets, each out of the one before: what did not change is not compiled again.
#[derive(Debug)]
pub struct RuleSetBuilder {
    registry: Registry,
    fields: FieldTable,
    known: BTreeMap<RuleId, Known>,
    budget: Budget,
}

#[derive(Debug)]
struct Known {
    text: Arc<str>,
    rule: CompiledRule,
}

impl RuleSetBuilder {
    /// A builder that knows these conditions.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self {
            registry,
            fields: FieldTable::new(),
            known: BTreeMap::new(),
            budget: Budget::default(),
        }
    }

    /// Sets what each rule may hold, for rules compiled from now on.
    pub const fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// The number of a field that the runtime itself reads, such as the time.
    pub fn field(&mut self, path: &str) -> tripline_event::FieldId {
        self.fields.intern(path)
    }

    /// The compiled rule of an id, as it is in the last set built.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&CompiledRule> {
        self.known.get(id).map(|known| &known.rule)
    }

    /// The set with exactly the valid ones of `sources`, sharing with `before` what is the same, and the others.
    ///
    /// One bad rule never stops the others. A row that is not enabled is in neither.
    pub fn build(
        &mut self,
        before: &RuleSet,
        sources: &[RuleSource],
    ) -> (RuleSet, Vec<RuleFailure>) {
        let mut failures = Vec::new();
        let mut definitions = Vec::new();
        let mut known = BTreeMap::new();
        for source in sources {
            let same = self.known.remove(&source.id).filter(|known| known.text == source.text);
            let rule = same.map(|known| known.rule).or_else(|| {
                let check = compile_rule(&source.text, &self.registry, &mut self.fields);
                if check.rule.is_none() {
                    let (id, version) = (source.id.clone(), source.version);
                    failures.push(RuleFailure { id, version, diagnostics: check.diagnostics });
                }
                check.rule
            });
            let Some(rule) = rule else { continue };
            if matches!(&rule.document, RuleDocument::Row(row) if !row.enabled) {
                // It stays known, so that switching it on again compiles nothing.
                known.insert(source.id.clone(), Known { text: Arc::clone(&source.text), rule });
                continue;
            }
            let key = match &rule.document {
                RuleDocument::Row(row) => key_by(row).unwrap_or(&source.default_key),
                _ => &source.default_key,
            };
            let key = key.iter().map(|path| self.fields.intern(path)).collect();
            definitions.push(RuleDefinition {
                id: source.id.clone(),
                version: source.version,
                nfa: Arc::clone(&rule.nfa),
                key,
                budget: self.budget,
            });
            known.insert(source.id.clone(), Known { text: Arc::clone(&source.text), rule });
        }
        self.known = known;
        (before.replaced_by(definitions, self.fields.clone()), failures)
    }
}

fn key_by(row: &RowSpec) -> Option<&Vec<String>> {
    row.key_by.as_ref()
}
