//! A pattern as a list of steps, and what is reported of it.

use tripline::{
    AfterMatchSkip, CompiledRule, Contiguity, Element, ElementKind, Link, Quantifier, Repetition,
    StateKind,
};
use tripline_spec::{GraphSpec, NodeSpec};

use super::label::{Labels, chain, duration, quoted};

/// Writes the steps of the pattern and what becomes of them.
pub(super) fn write(rule: &CompiledRule, labels: &Labels, lines: &mut Vec<String>) {
    let outline = Outline { rule, labels };
    let elements = &rule.pattern.elements;
    lines.push(String::new());
    lines.push("Pattern:".to_owned());
    outline.steps(rule.document.pattern(), elements, None, lines);
    lines.push(String::new());
    let window = rule.nfa.window_ms();
    lines.push(match window {
        0 => "Window: none".to_owned(),
        window => format!(
            "Window: less than {} from the first event to the last; an event exactly then is too late",
            duration(window)
        ),
    });
    lines.push(format!("Match: {}", outline.matches()));
    lines.push(format!("Timeout: {}", outline.timeouts()));
    lines.push(format!("Overlaps: {}", outline.overlaps()));
    let notes = outline.notes();
    if !notes.is_empty() {
        lines.push("Good to know:".to_owned());
        lines.extend(notes.iter().map(|note| format!("  - {note}")));
    }
}

struct Outline<'a> {
    rule: &'a CompiledRule,
    labels: &'a Labels,
}

impl Outline<'_> {
    /// The steps of one level, numbered `1.`; of a group with the number `2.` and a strategy between its rounds `2.1.`.
    fn steps(
        &self,
        graph: &GraphSpec,
        elements: &[Element],
        group: Option<(&str, Contiguity)>,
        lines: &mut Vec<String>,
    ) {
        let number = group.map_or("", |(number, _)| number);
        let nodes = chain(graph);
        for (index, (element, node)) in elements.iter().zip(&nodes).enumerate() {
            let own = format!("{number}{}.", index + 1);
            let indent = "  ".repeat(own.matches('.').count());
            let what = match (&element.kind, element.link) {
                (ElementKind::Node { .. }, Link::NotNext) if index > 0 => {
                    format!("and the very next event is no {}", self.node(element))
                }
                (ElementKind::Node { .. }, Link::NotFollow) if index > 0 => {
                    let rest = elements.get(index + 1..).unwrap_or_default();
                    let nodes = nodes.get(index + 1..).unwrap_or_default();
                    let end = self.end_of_absence(element, rest, nodes, number.is_empty());
                    format!("and no {}, {end}", self.node(element))
                }
                (kind, link) => {
                    let link = if index == 0 { "" } else { follows(link) };
                    let what = match kind {
                        ElementKind::Node { .. } => self.node(element),
                        ElementKind::Group(_) => format!("the group {}", quoted(node.name())),
                    };
                    let mut parts = vec![format!("{link}{what}")];
                    // The strategy of a group replaces that of its first node (SEMANTICS G1).
                    let head = group.filter(|_| index == 0).map(|(_, rounds)| rounds);
                    let inner = head.unwrap_or(element.quantifier.inner);
                    parts.extend(self.quantifier(&element.quantifier, inner));
                    parts.extend(gap(element, index));
                    parts.join("; ")
                }
            };
            lines.push(format!("{indent}{own} {what}"));
            // The parser bounds how deep graphs nest.
            if let (ElementKind::Group(inner), NodeSpec::Composite(nested)) = (&element.kind, node)
            {
                let rounds = element.quantifier.inner;
                self.steps(nested, inner, Some((&own, rounds)), lines);
            }
        }
    }

    /// A node and what it asks of an event.
    fn node(&self, element: &Element) -> String {
        let ElementKind::Node { node, condition } = element.kind else {
            return String::new();
        };
        let condition =
            condition.map_or_else(|| "any event".to_owned(), |id| self.labels.condition(id.0));
        format!("{}: {condition}", self.labels.node(node))
    }

    /// Until when a negated node may not come.
    fn end_of_absence(
        &self,
        element: &Element,
        rest: &[Element],
        nodes: &[&NodeSpec],
        top: bool,
    ) -> String {
        // A negated node ends at the next that is taken; that may be the one after an optional one.
        let mut names = Vec::new();
        for (element, node) in rest.iter().zip(nodes) {
            if matches!(element.link, Link::Follows(_)) {
                names.push(quoted(node.name()));
                if !element.quantifier.optional {
                    break;
                }
            }
        }
        let window = self.rule.nfa.window_ms();
        match (names.is_empty(), top, element.gap_ms) {
            (false, ..) => format!("before {}", names.join(" or ")),
            (true, false, _) => {
                "before what comes after the group, or until the window closes".to_owned()
            }
            (true, true, gap) if window == 0 => {
                let gap = duration(gap.unwrap_or(0));
                format!("until {gap} after the event before")
            }
            (true, true, _) => format!("until {} after the first event", duration(window)),
        }
    }

    fn quantifier(&self, quantifier: &Quantifier, inner: Contiguity) -> Vec<String> {
        let mut parts = Vec::new();
        let (count, repeats) = match quantifier.repetition {
            Repetition::Single => (None, false),
            Repetition::Times { from, to } if from == to => (Some(times(from)), from > 1),
            Repetition::Times { from, to } => (Some(format!("{from} to {to} times")), true),
            Repetition::Looping { from } => (Some(format!("{} or more", times(from))), true),
        };
        let between = match inner {
            Contiguity::Strict => "one directly after the other",
            Contiguity::SkipTillNext => "events that do not fit may come between",
            Contiguity::SkipTillAny => "any events may come between, those that fit as well",
        };
        parts.extend(count.map(
            |count| {
                if repeats { format!("{count}, {between}") } else { count }
            },
        ));
        if quantifier.greedy {
            parts.push(
                "an event that the next step could take as well is taken here (GREEDY)".to_owned(),
            );
        }
        if let Some(until) = quantifier.until {
            let until = self.labels.condition(until.0);
            parts.push(format!("ends before an event with {until}"));
        }
        if let Some(gap) = quantifier.step_window_ms.filter(|&gap| gap > 0) {
            let gap = duration(gap);
            parts.push(format!(
                "less than {gap} between some repetitions (`windowTime`, see W0403)"
            ));
        }
        if quantifier.optional {
            parts.push("may be left out".to_owned());
        }
        parts
    }

    /// When a match is reported, and with what.
    fn matches(&self) -> String {
        let nodes = self.rule.pattern.nodes.iter().filter(|node| !node.negated);
        let names: Vec<_> = nodes.map(|node| quoted(&node.name)).collect();
        let when = match self.rule.pattern.elements.last().map(|last| last.link) {
            Some(Link::NotFollow) if self.is_chain() => "when the time of the last step is over",
            Some(Link::NotNext) if self.is_chain() => {
                "when one more event of the key has come, which is no part of it"
            }
            _ => "as soon as its last event comes",
        };
        format!("reported with the events of {}, {when}", names.join(", "))
    }

    /// When a timeout is reported.
    fn timeouts(&self) -> String {
        let states = self.rule.nfa.states();
        let open = |kind| states.iter().any(|state| state.kind == kind);
        let window = self.rule.nfa.window_ms();
        let absence = self.is_chain()
            && matches!(self.rule.pattern.elements.last(), Some(last) if last.link == Link::NotFollow);
        let complete = if absence { "at its last step" } else { "complete" };
        if !open(StateKind::Normal) && !open(StateKind::Pending) {
            "none: the first event completes the match".to_owned()
        } else if window > 0 {
            format!(
                "reported with the events so far, when an attempt is not {complete} {} after its first event",
                duration(window)
            )
        } else if states.iter().any(|state| state.window_ms > 0) {
            "reported with the events so far, when the next event of an attempt is too late after the one before"
                .to_owned()
        } else {
            "none: without a window an attempt stays open until it matches or is broken off"
                .to_owned()
        }
    }

    /// What happens to overlapping matches.
    fn overlaps(&self) -> String {
        let held = "a match is held back while an attempt that began earlier is open";
        match self.rule.pattern.skip {
            AfterMatchSkip::NoSkip => "every match is reported (NO_SKIP)".to_owned(),
            AfterMatchSkip::ToNext => {
                format!(
                    "after a match, others that began with the same event are dropped (SKIP_TO_NEXT); {held}"
                )
            }
            AfterMatchSkip::PastLastEvent => {
                format!(
                    "after a match, all that began up to its last event is dropped (SKIP_PAST_LAST_EVENT); {held}"
                )
            }
            AfterMatchSkip::ToFirst(node) => format!(
                "after a match, all that began before its first {} is dropped (SKIP_TO_FIRST); {held}",
                self.labels.node(node)
            ),
            AfterMatchSkip::ToLast(node) => format!(
                "after a match, all that began before its last {} is dropped (SKIP_TO_LAST); {held}",
                self.labels.node(node)
            ),
        }
    }

    fn is_chain(&self) -> bool {
        self.rule.pattern.elements.len() > 1
    }

    /// Corners of the matching that this rule touches.
    fn notes(&self) -> Vec<&'static str> {
        let elements = &self.rule.pattern.elements;
        let (Some(first), Some(last)) = (elements.first(), elements.last()) else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        let all = self.rule.pattern.skip == AfterMatchSkip::NoSkip;
        let window = self.rule.nfa.window_ms() > 0;
        let follows = matches!(last.link, Link::Follows(_)) || !self.is_chain();
        if self.is_chain() && first.quantifier.optional {
            notes.push("the first step may be left out: an event of the second begins an attempt as well, even after one of the first");
        }
        if follows && varies(last) && all {
            notes.push("the last step repeats: every further event that fits gives a further, longer match");
        }
        if follows && self.is_chain() && last.quantifier.optional && all {
            notes.push("the last step may be left out: there is a match without it, and a further one when it comes");
        }
        if follows && window && (varies(last) || (self.is_chain() && last.quantifier.optional)) {
            notes.push("an attempt that has matched and could go on is reported as a timeout as well when the window closes");
        }
        if self.rule.pattern.final_absence {
            notes.push("`finalAbsence`: the rule matches for a key that falls silent, after repetitions as well");
        }
        if anywhere(elements, &absent_after_repetition) {
            notes.push("a negated node after a repeated step counts from the first repetition on");
        }
        if anywhere(elements, &can_break) {
            notes.push("an attempt that a wrong next event or a negated node ends is gone without a timeout");
        }
        notes
    }
}

/// Whether `test` holds of a level.
fn anywhere(elements: &[Element], test: &impl Fn(&[Element]) -> bool) -> bool {
    // The parser bounds how deep graphs nest.
    let inside = elements.iter().any(|element| match &element.kind {
        ElementKind::Group(inner) => anywhere(inner, test),
        ElementKind::Node { .. } => false,
    });
    inside || test(elements)
}

fn absent_after_repetition(elements: &[Element]) -> bool {
    elements.windows(2).any(|pair| {
        matches!(pair, [before, after] if after.link == Link::NotFollow
            && before.quantifier.repetition != Repetition::Single)
    })
}

/// Whether something can end an attempt before its time.
fn can_break(elements: &[Element]) -> bool {
    let linked = elements.iter().skip(1).any(|element| {
        use Contiguity::{SkipTillAny, SkipTillNext};
        !matches!(element.link, Link::Follows(SkipTillNext | SkipTillAny))
    });
    linked
        || elements.iter().any(|element| {
            let quantifier = &element.quantifier;
            quantifier.repetition != Repetition::Single && quantifier.inner == Contiguity::Strict
        })
}

const fn follows(link: Link) -> &'static str {
    match link {
        Link::Follows(Contiguity::Strict) => "then, as the very next event, ",
        Link::Follows(Contiguity::SkipTillNext) => "then, later, the first that fits, ",
        Link::Follows(Contiguity::SkipTillAny) => "then, later, any that fits, ",
        // A group is never negated.
        Link::NotNext | Link::NotFollow => "and no ",
    }
}

/// The limit since the event before, where the engine checks it (SEMANTICS W2 to W4).
fn gap(element: &Element, index: usize) -> Option<String> {
    let gap = duration(element.gap_ms.filter(|&gap| gap > 0)?);
    let node = matches!(element.kind, ElementKind::Node { .. });
    if !node || element.quantifier.repetition != Repetition::Single || index == 0 {
        return None;
    }
    let until =
        if element.quantifier.optional { ", as long as no event was passed over" } else { "" };
    Some(format!("less than {gap} after the event before{until}"))
}

const fn varies(element: &Element) -> bool {
    match element.quantifier.repetition {
        Repetition::Single => false,
        Repetition::Times { from, to } => from != to,
        Repetition::Looping { .. } => true,
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
