//! The automaton for Graphviz.

use tripline::{CompiledRule, StateKind, TransitionAction};

use super::automaton::action;
use super::label::{Labels, duration};
use crate::report::printable;

/// The automaton as a graph in the DOT language, in UTF-8.
pub(super) fn dot(id: &str, rule: &CompiledRule) -> String {
    let labels = Labels::new(rule);
    let states = rule.nfa.states();
    let mut out = vec![
        format!("digraph {} {{", string(id)),
        "  rankdir=LR;".to_owned(),
        "  node [shape=ellipse];".to_owned(),
        "  start [shape=point, label=\"\"];".to_owned(),
        format!("  start -> s{};", rule.nfa.start().0),
    ];
    for (index, state) in states.iter().enumerate().rev() {
        let mut label = vec![state.name.clone()];
        if state.window_ms > 0 {
            label.push(format!("until {} after the event before", duration(state.window_ms)));
        }
        let look = match state.kind {
            StateKind::Start | StateKind::Normal => "",
            StateKind::Pending => ", peripheries=2, style=dashed",
            StateKind::Stop => ", shape=octagon",
            StateKind::Final => ", shape=doublecircle",
        };
        out.push(format!("  s{index} [label={}{look}];", lines(&label)));
    }
    for (index, state) in states.iter().enumerate().rev() {
        for transition in &state.transitions {
            let mut label = vec![action(transition.action).to_owned()];
            label.extend(labels.guard(&transition.guard));
            let style = match transition.action {
                TransitionAction::Take => "solid",
                TransitionAction::Ignore => "dashed",
                TransitionAction::Proceed => "dotted",
            };
            let (target, label) = (transition.target.0, lines(&label));
            out.push(format!("  s{index} -> s{target} [label={label}, style={style}];"));
        }
    }
    out.push("}\n".to_owned());
    out.join("\n")
}

/// A label of several lines.
fn lines(parts: &[String]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| escaped(part)).collect();
    format!("\"{}\"", parts.join("\\n"))
}

fn string(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// A text inside a quoted string: neither quotes nor backslashes nor HTML entities of its own mean anything.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' if chars.peek().is_some_and(|next| *next == '#' || next.is_ascii_alphabetic()) => {
                out.push_str("&amp;");
            }
            c => out.push(c),
        }
    }
    out
}
