//! The automaton as text, state by state.

use tripline::{CompiledRule, StateKind, TransitionAction};

use super::label::{Labels, duration, quoted};

/// Writes the states, from the start to the end, with their ways out.
pub(super) fn write(rule: &CompiledRule, labels: &Labels, lines: &mut Vec<String>) {
    let states = rule.nfa.states();
    let name = |index: usize| states.get(index).map_or("", |state| state.name.as_str());
    let count = crate::lang::plural(states.len(), "state");
    lines.push(format!("Automaton: {count}"));
    lines.push(
        "  (take adds the event to the match, ignore passes it over, proceed lets the next state decide about it; a \
         condition that is unknown counts as not met)"
            .to_owned(),
    );
    // The compiler builds from the end to the start.
    for (index, state) in states.iter().enumerate().rev() {
        // A start is known by its number: with one element only it could be of another kind.
        let start = usize::from(rule.nfa.start().0) == index;
        let kind = kind(state.kind, start);
        let limit = match state.window_ms {
            0 => String::new(),
            limit => format!(", until {} after the event before", duration(limit)),
        };
        lines.push(format!("  {} ({kind}){limit}", quoted(&state.name)));
        for transition in &state.transitions {
            let target = quoted(name(usize::from(transition.target.0)));
            let guard = labels
                .guard(&transition.guard)
                .map_or_else(String::new, |guard| format!(" if {guard}"));
            let action = action(transition.action);
            lines.push(format!("    {action:7} -> {target}{guard}"));
        }
    }
}

/// What a state is, in a word.
pub(super) const fn kind(kind: StateKind, start: bool) -> &'static str {
    match kind {
        _ if start => "start",
        StateKind::Start => "start",
        StateKind::Normal => "normal",
        StateKind::Pending => "pending: matches when the time is over",
        StateKind::Stop => "stop",
        StateKind::Final => "final",
    }
}

/// What a transition does, in a word.
pub(super) const fn action(action: TransitionAction) -> &'static str {
    match action {
        TransitionAction::Take => "take",
        TransitionAction::Ignore => "ignore",
        TransitionAction::Proceed => "proceed",
    }
}
