//! Whole rules: text to automaton.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Map;
use tripline_condition::{Action, Ask, BoundAction, BoundCondition, Registry};
use tripline_engine::{AggregatePlan, AtEnd, Effective, Nfa, NfaError};
use tripline_event::{FieldTable, Timestamp};
use tripline_message::{Text, text};
use tripline_spec::{
    Code, Diagnostic, Diagnostics, GraphSpec, OnUpdateSpec, RowSpec, RuleDocument, SourceMap,
    parse_rule,
};

use crate::action;
use crate::aggregate::plan;
use crate::chain::MAX_STATES;
use crate::classes::class_names;
use crate::compile::{CompileError, compile};
use crate::lower::lower;
use crate::partitioning;
use crate::pattern::Pattern;
use crate::warning::allow;

/// A rule that can run.
#[derive(Clone, Debug)]
pub struct CompiledRule {
    /// The document, as written.
    pub document: RuleDocument,
    /// The rule as meant.
    pub pattern: Pattern,
    /// Its automaton.
    pub nfa: Arc<Nfa>,
    /// What becomes of the events that the automaton takes, if the rule is an aggregate.
    pub aggregate: Option<Arc<AggregatePlan>>,
    /// What is done with its outputs, if it names an action that there is.
    pub action: Option<Arc<BoundAction>>,
}

impl CompiledRule {
    /// The row, if the rule came with one: without it, all its settings are the defaults.
    #[must_use]
    pub const fn row(&self) -> Option<&RowSpec> {
        match &self.document {
            RuleDocument::Row(row) => Some(row),
            _ => None,
        }
    }

    /// Whether its author wants it to run.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.row().is_none_or(|row| row.enabled)
    }

    /// What its author wants done with the open runs of the version before.
    #[must_use]
    pub fn on_update(&self) -> OnUpdateSpec {
        self.row().map_or(OnUpdateSpec::Restart, |row| row.on_update)
    }

    /// When it is in force.
    #[must_use]
    pub fn effective(&self) -> Effective {
        let Some(row) = self.row() else { return Effective::ALWAYS };
        Effective {
            from: row.effective_from.map_or(Timestamp::MIN, Timestamp::from_millis),
            until: row.effective_until.map_or(Timestamp::MAX, Timestamp::from_millis),
            at_end: match row.on_update {
                OnUpdateSpec::Restart => AtEnd::Drop,
                OnUpdateSpec::Drain | OnUpdateSpec::Migrate => AtEnd::Finish,
            },
        }
    }

    /// What its conditions ask for beside events, each once.
    #[must_use]
    pub fn asks(&self) -> Vec<Ask> {
        let mut asks: Vec<Ask> =
            self.nfa.conditions().iter().flat_map(BoundCondition::asks).collect();
        asks.sort_unstable();
        asks.dedup();
        asks
    }

    /// The action, if it changes sets.
    #[must_use]
    pub fn writes(&self) -> Option<&Action> {
        let action = self.action.as_ref().filter(|bound| !bound.sets.is_empty())?;
        Some(&action.action)
    }

    /// Its key fields, if it names its own.
    #[must_use]
    pub fn key_by(&self) -> Option<&[String]> {
        self.row()?.key_by.as_deref()
    }
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
    /// The condition classes that it names, whether there are such conditions or not.
    pub classes: BTreeSet<String>,
}

/// Checks a rule's text and compiles it; `fields` gains the fields that its conditions read.
#[must_use]
pub fn compile_rule(text: &str, registry: &Registry, fields: &mut FieldTable) -> RuleCheck {
    let parsed = parse_rule(text);
    let mut diagnostics = parsed.diagnostics;
    let source = parsed.source;
    let mut classes = BTreeSet::new();
    let rule = parsed.document.and_then(|document| {
        let graph = document.pattern();
        classes = class_names(&document);
        let lowered = lower(&document, registry, fields);
        diagnostics.extend(lowered.diagnostics);
        let pattern = lowered.pattern?;
        let nfa = compile(&pattern);
        let nfa = nfa.map_err(|error| diagnostics.push(explain(&error, graph, &pattern))).ok()?;
        let aggregate = match document.aggregate() {
            None => None,
            Some(spec) => {
                let params = document.row().map_or_else(Map::new, |row| row.params.clone());
                Some(Arc::new(plan(spec, &params, registry, fields, &mut diagnostics)?))
            }
        };
        if let RuleDocument::Row(row) = &document {
            check_key(row, registry, &mut diagnostics);
            allow(row, &mut diagnostics);
        }
        partitioning::check(&document, registry, &mut diagnostics);
        let action = match &document {
            RuleDocument::Row(row) => {
                let nodes: Vec<&str> = nfa.nodes().iter().map(|node| node.name.as_str()).collect();
                action::bind(row, &nodes, registry, &mut diagnostics)
            }
            _ => None,
        };
        Some(CompiledRule { document, pattern, nfa: Arc::new(nfa), aggregate, action })
    });
    diagnostics.locate(&source);
    let rule = rule.filter(|_| diagnostics.is_valid());
    RuleCheck { rule, diagnostics, source, classes }
}

/// Warns of key fields that no event has: all events would have the same key then.
fn check_key(row: &RowSpec, registry: &Registry, diagnostics: &mut Diagnostics) {
    if row.pattern.aggregate().is_some() && row.key_by.is_some() {
        let message = text!("`key_by` means nothing to a rule of type `AGGREGATE` and is ignored");
        let hint = text!("its keys are its groups: use `groupBy`");
        let at = row.pointer.key("key_by");
        diagnostics.push(Diagnostic::new(Code::KeyOfAggregate, &at, message).with_hint(hint));
        return;
    }
    for (index, path) in row.key_by.iter().flatten().enumerate() {
        if let Some(doubt) = registry.event_schemas().unknown(path) {
            let at = row.pointer.key("key_by").key(&index.to_string());
            let found = Diagnostic::new(Code::UnknownField, &at, doubt.message);
            diagnostics.push(found.with_hint(doubt.hint));
        }
    }
}

/// The diagnostic for what only the automaton showed.
fn explain(error: &CompileError, graph: &GraphSpec, pattern: &Pattern) -> Diagnostic {
    let window = graph.window.as_ref().map_or(&graph.pointer, |window| &window.pointer);
    let too_large = text!(
        "use smaller numbers in `times`, fewer nested repetitions, or LOOPING instead of TIMES"
    );
    match error {
        CompileError::GapAboveWindow { gap_ms, window_ms } => {
            let message = text!(
                "the limit of {gap} ms between two events is larger than that of {window} ms from the first event to the last",
                gap = *gap_ms,
                window = *window_ms
            );
            Diagnostic::new(Code::GapAboveWindow, window, message).with_hint(text!(
                "make the limit between two events (PREVIOUS_AND_CURRENT or `windowTime`) the smaller one"
            ))
        }
        CompileError::FinalNotFollowWithoutWindow => {
            let name = pattern.nodes.last().map_or("", |node| node.name.as_str());
            let at = graph
                .edges
                .iter()
                .position(|edge| edge.target == name)
                .and_then(|index| graph.edges.get(index))
                .map_or(&graph.pointer, |edge| &edge.pointer);
            let message = text!(
                "the rule ends in NOT_FOLLOW into `{name}` and has no window, so it could never be decided",
                name
            );
            let example =
                r#""window": {"type": "FIRST_AND_LAST", "time": {"unit": "MINUTES", "size": 10}}"#;
            Diagnostic::new(Code::FinalNotFollowWithoutWindow, at, message)
                .with_hint(text!("add {example}", example))
        }
        CompileError::Nfa(NfaError::EndlessProceed { node }) => {
            let name = node.and_then(|node| pattern.nodes.get(usize::from(node.0)));
            let message = match name {
                Some(node) => text!(
                    "the repeated group that begins with `{name}` can match no event at all",
                    name = &node.name
                ),
                None => text!("the repeated group can match no event at all"),
            };
            Diagnostic::new(Code::LoopOfNothing, &graph.pointer, message)
                .with_hint(text!("make at least one node of the group required"))
        }
        CompileError::Nfa(NfaError::TooManyStates { .. }) => {
            let message =
                text!("the rule needs more than {limit} states to run", limit = MAX_STATES);
            Diagnostic::new(Code::AutomatonTooLarge, &graph.pointer, message).with_hint(too_large)
        }
        CompileError::Nfa(error) => {
            // No rule is known to get here; what the builder says is better than nothing.
            let message = Text::verbatim(error.to_string());
            Diagnostic::new(Code::AutomatonTooLarge, &graph.pointer, message).with_hint(too_large)
        }
    }
}
