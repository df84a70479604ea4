//! What runs, but perhaps not as its author thinks.

use tripline_engine::AfterMatchSkip;
use tripline_message::text;
use tripline_spec::{
    Code, Diagnostic, Diagnostics, GraphSpec, NodeSpec, QuantifierPropertySpec as Property,
    SkipTypeSpec, WindowTypeSpec,
};

use crate::lower::{Content, Level};
use crate::pattern::{Element, ElementKind, Link, Repetition};

/// Warns of corners of the matching that surprise (SEMANTICS W3, W5, W7, Q3, N2, S1).
pub(crate) fn warn(
    graph: &GraphSpec,
    level: &Level<'_>,
    elements: &[Element],
    skip: AfterMatchSkip,
    diagnostics: &mut Diagnostics,
) {
    ignored(graph, level, diagnostics);
    final_absence(graph, level, elements, diagnostics);
    windows(level, elements, true, diagnostics);
    let unbounded = !elements.iter().any(|element| element.within_ms.unwrap_or(0) > 0);
    let can_stay_open = elements.iter().any(|element| {
        matches!(element.link, Link::Follows(_))
            && (element.quantifier.repetition != Repetition::Single || elements.len() > 1)
    });
    if skip != AfterMatchSkip::NoSkip && unbounded && can_stay_open {
        let at = graph.after_match.as_ref().map_or(&graph.pointer, |spec| &spec.pointer);
        diagnostics.push(
            Diagnostic::new(
                Code::SkipWithoutWindow,
                at,
                text!(
                    "with this skip strategy a match waits until no earlier attempt is open, and without a window an attempt may stay open for ever"
                ),
            )
            .with_hint(text!("give the rule a FIRST_AND_LAST window")),
        );
    }
}

/// Warns of what is read and means nothing.
fn ignored(graph: &GraphSpec, level: &Level<'_>, diagnostics: &mut Diagnostics) {
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

fn final_absence(
    graph: &GraphSpec,
    level: &Level<'_>,
    elements: &[Element],
    diagnostics: &mut Diagnostics,
) {
    let [.., before, last] = elements else { return };
    if last.link != Link::NotFollow || graph.final_absence {
        return;
    }
    let varies = match before.quantifier.repetition {
        Repetition::Looping { .. } => true,
        Repetition::Times { from, to } => from != to,
        Repetition::Single => false,
    };
    if varies && let Some(edge) = level.steps.last().and_then(|step| step.edge) {
        diagnostics.push(
            Diagnostic::new(
                Code::FinalAbsenceAfterLoop,
                &edge.pointer,
                text!(
                    "`{name}` may repeat before the final NOT_FOLLOW, so the rule stays silent for a key that has no further event before the window closes",
                    name = &edge.source
                ),
            )
            .with_hint(text!(
                "use TIMES with an exact number, or set \"finalAbsence\": true on the rule"
            )),
        );
    }
}

/// Warns of windows and GREEDY that have no effect, at each level.
fn windows(level: &Level<'_>, elements: &[Element], top: bool, diagnostics: &mut Diagnostics) {
    for (at, (element, step)) in elements.iter().zip(&level.steps).enumerate() {
        let last = at + 1 == elements.len();
        let quantifier = &element.quantifier;
        let exact = matches!(quantifier.repetition, Repetition::Times { from, to } if from == to);
        if quantifier.greedy && (exact || (last && top)) {
            let at = step.node.quantifier().pointer.key("properties");
            let name = step.node.name();
            let message = if exact {
                text!("GREEDY on `{name}` has no effect at an exact number of times", name)
            } else {
                text!("GREEDY on `{name}` has no effect at the end of the pattern", name)
            };
            diagnostics
                .push(Diagnostic::new(Code::GreedyWithoutEffect, &at, message).with_hint(text!(
                    "take GREEDY away, or add the node that ends the repetition"
                )));
        }
        if quantifier.step_window_ms.is_some() {
            let spec = step.node.quantifier();
            let at = spec.times.as_ref().map_or(&spec.pointer, |times| &times.pointer);
            let at = at.key("windowTime");
            diagnostics.push(
                Diagnostic::new(
                    Code::WindowTimeWithoutEffect,
                    &at,
                    text!(
                        "`windowTime` of `{name}` does not limit every gap between repetitions, as in Flink",
                        name = step.node.name()
                    ),
                )
                .with_hint(text!(
                    "compare times in the condition: `size(n) == 0 || ts - n[size(n)-1].ts < 60000`"
                )),
            );
        }
        if let (ElementKind::Group(inner), Content::Nested(nested)) = (&element.kind, &step.content)
        {
            windows(nested, inner, false, diagnostics);
        }
    }
    let (Some(window), Some(last)) = (&level.graph.window, elements.last()) else {
        return;
    };
    let group = matches!(last.kind, ElementKind::Group(_));
    let name = level.steps.last().map_or("", |step| NodeSpec::name(step.node));
    let message = match window.kind {
        _ if window.time.size == 0 => text!("a window of 0 is no window (`{name}`)", name),
        WindowTypeSpec::PreviousAndCurrent if group => {
            text!("PREVIOUS_AND_CURRENT is ignored where the last node is a group (`{name}`)", name)
        }
        WindowTypeSpec::PreviousAndCurrent if last.quantifier.repetition != Repetition::Single => {
            text!("PREVIOUS_AND_CURRENT is ignored where the last node repeats (`{name}`)", name)
        }
        WindowTypeSpec::PreviousAndCurrent => return,
        WindowTypeSpec::FirstAndLast if !top => {
            text!("FIRST_AND_LAST inside a group is ignored (`{name}`)", name)
        }
        WindowTypeSpec::FirstAndLast => return,
    };
    diagnostics.push(Diagnostic::new(Code::WindowIgnored, &window.pointer, message).with_hint(
        text!("use FIRST_AND_LAST on the whole rule, or compare times in the condition"),
    ));
}
