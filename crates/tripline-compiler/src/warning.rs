//! What runs, but perhaps not as its author thinks.

mod allow;
mod limits;
mod negation;
mod never;
mod repetition;
mod skipping;
mod spot;
#[cfg(test)]
mod tests;

use tripline_condition::{BoundCondition, node_name};
use tripline_engine::{AfterMatchSkip, Node};
use tripline_event::FieldTable;
use tripline_message::{Text, text};
use tripline_spec::{
    Code, Diagnostic, Diagnostics, NodeSpec, QuantifierPropertySpec as Property, RowSpec,
    RuleDocument, SkipTypeSpec, TimeSpec, WindowTypeSpec,
};

pub(crate) use allow::allow;

use crate::lower::{Content, Level};
use crate::pattern::{Element, ElementKind, Repetition};
use spot::{Chain, Rule};

/// A rule as meant, before its automaton is made.
pub(crate) struct Meant<'a> {
    pub(crate) document: &'a RuleDocument,
    pub(crate) level: &'a Level<'a>,
    pub(crate) elements: &'a [Element],
    pub(crate) conditions: &'a [BoundCondition],
    pub(crate) nodes: &'a [Node],
    pub(crate) skip: AfterMatchSkip,
    pub(crate) fields: &'a FieldTable,
}

/// Warns of what is ignored, and of corners of the matching that surprise; which of them, and which not, stands in
/// `docs/flink-differences.md`, section 7.
pub(crate) fn warn(meant: &Meant<'_>, diagnostics: &mut Diagnostics) {
    let Meant { level, elements, skip, .. } = *meant;
    let row = match meant.document {
        RuleDocument::Row(row) => Some(&**row),
        _ => None,
    };
    ignored(level, diagnostics);
    windows(level, elements, true, diagnostics);
    if diagnostics.errors().next().is_some() {
        // A condition that is wrong stands in the elements as if there were none.
        return;
    }
    let rule = Rule {
        graph: level.graph,
        conditions: meant.conditions,
        nodes: meant.nodes,
        skip,
        alerts_timeouts: row.is_some_and(alerts_timeouts),
        chain: Chain {
            level,
            elements,
            top: true,
            required: true,
            tail: true,
            may_end: true,
            looped: false,
        },
    };
    let key = row.and_then(|row| row.key_by.as_deref()).unwrap_or_default();
    never::check(&rule, diagnostics);
    negation::check(&rule, diagnostics);
    repetition::check(&rule, diagnostics);
    limits::check(&rule, diagnostics);
    skipping::check(&rule, key, meant.fields, diagnostics);
}

/// Whether the label `alert` names timeouts (L-DOC-14).
fn alerts_timeouts(row: &RowSpec) -> bool {
    let alert = row.labels.get("alert");
    alert.is_some_and(|kinds| kinds.split([',', ' ']).any(|kind| kind == "timeout"))
}

/// Warns of what is read and means nothing.
fn ignored(level: &Level<'_>, diagnostics: &mut Diagnostics) {
    let graph = level.graph;
    if !graph.quantifier.is_single() {
        diagnostics.push(
            Diagnostic::new(
                Code::TopQuantifierIgnored,
                &graph.quantifier.pointer,
                text!("the quantifier of the whole rule is ignored"),
            )
            .with_hint(text!(
                "to repeat the whole pattern, put it into a nested graph with this quantifier"
            )),
        );
    }
    let mut levels = vec![level];
    while let Some(level) = levels.pop() {
        for step in &level.steps {
            quantifier_ignored(step.node, diagnostics);
            let Content::Nested(nested) = &step.content else { continue };
            let skip = nested.graph.after_match.as_ref();
            if let Some(skip) = skip.filter(|skip| skip.strategy.kind() != SkipTypeSpec::NoSkip) {
                let message =
                    text!("the skip strategy of `{name}` is ignored", name = &nested.graph.name);
                diagnostics.push(
                    Diagnostic::new(Code::NestedSkipIgnored, &skip.pointer, message)
                        .with_hint(text!("a rule has one skip strategy: put it on the whole rule")),
                );
            }
            levels.push(nested);
        }
    }
}

fn quantifier_ignored(node: &NodeSpec, diagnostics: &mut Diagnostics) {
    let (spec, name) = (node.quantifier(), node.name());
    let looping = spec.has(Property::Looping);
    let repeats = looping || spec.has(Property::Times);
    if repeats && spec.has(Property::Single) {
        let at = spec.pointer.key("properties");
        let message = text!("SINGLE on `{name}` is ignored, since it repeats", name);
        diagnostics.push(
            Diagnostic::new(Code::SingleIgnored, &at, message).with_hint(text!("take SINGLE away")),
        );
    }
    let Some(times) = &spec.times else { return };
    if !repeats {
        let message =
            text!("`times` of `{name}` is ignored: it is neither TIMES nor LOOPING", name);
        diagnostics.push(
            Diagnostic::new(Code::TimesIgnored, &times.pointer, message)
                .with_hint(text!("add \"TIMES\" to its `properties`, or take `times` away")),
        );
    } else if looping && times.to.is_some_and(|to| to != times.from) {
        let message = text!("`times.to` of `{name}` is ignored: LOOPING has no end", name);
        diagnostics.push(
            Diagnostic::new(Code::ToIgnored, &times.pointer.key("to"), message)
                .with_hint(text!("use TIMES for a bounded number of repetitions")),
        );
    }
}

/// Warns of windows that have no effect, at each level.
fn windows(level: &Level<'_>, elements: &[Element], top: bool, diagnostics: &mut Diagnostics) {
    for (element, step) in elements.iter().zip(&level.steps) {
        match (&element.kind, &step.content) {
            (ElementKind::Group(inner), Content::Nested(nested)) => {
                windows(nested, inner, false, diagnostics);
            }
            (_, Content::Atomic(atomic, _)) => {
                let repeats = element.quantifier.repetition != Repetition::Single;
                let own = atomic
                    .window
                    .as_ref()
                    .filter(|window| repeats && window.kind == WindowTypeSpec::PreviousAndCurrent);
                if let Some(window) = own {
                    let name = &atomic.name;
                    let message = text!(
                        "PREVIOUS_AND_CURRENT is ignored on the node `{name}`, which repeats",
                        name
                    );
                    diagnostics.push(
                        Diagnostic::new(Code::WindowIgnored, &window.pointer, message)
                            .with_hint(compare_times(name, &window.time)),
                    );
                }
            }
            _ => {}
        }
    }
    let (Some(window), Some(last)) = (&level.graph.window, elements.last()) else {
        return;
    };
    let group = matches!(last.kind, ElementKind::Group(_));
    let name = level.steps.last().map_or("", |step| NodeSpec::name(step.node));
    let (message, hint) = match window.kind {
        _ if window.time.size == 0 => (
            text!("a window of 0 is no window (`{name}`)", name),
            text!("write how long it is, or take it away"),
        ),
        WindowTypeSpec::PreviousAndCurrent if group => (
            text!(
                "PREVIOUS_AND_CURRENT is ignored where the last node is a group (`{name}`)",
                name
            ),
            text!(
                "give the nodes of the group this window, or use FIRST_AND_LAST on the whole rule"
            ),
        ),
        WindowTypeSpec::PreviousAndCurrent if last.quantifier.repetition != Repetition::Single => (
            text!("PREVIOUS_AND_CURRENT is ignored where the last node repeats (`{name}`)", name),
            compare_times(name, &window.time),
        ),
        WindowTypeSpec::PreviousAndCurrent => return,
        WindowTypeSpec::FirstAndLast if !top => (
            text!("FIRST_AND_LAST inside a group is ignored (`{name}`)", name),
            text!("use FIRST_AND_LAST on the whole rule; the group itself cannot be limited"),
        ),
        WindowTypeSpec::FirstAndLast => return,
    };
    diagnostics
        .push(Diagnostic::new(Code::WindowIgnored, &window.pointer, message).with_hint(hint));
}

/// The rewrite that limits the time between the repetitions of a node.
fn compare_times(name: &str, window: &TimeSpec) -> Text {
    let (node, limit) = (node_name(name), spot::duration(window.to_millis().unwrap_or(i64::MAX)));
    text!(
        "use FIRST_AND_LAST on the whole rule; or add `{test}` to the condition, which limits the time since the `{name}` before",
        test = format!("(size({node}) == 0 || ts - last({node}.ts) < {limit})"),
        name
    )
}
