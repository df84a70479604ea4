//! Graphs, nodes and edges.

use std::collections::{BTreeMap, BTreeSet};

use tripline_spec::{
    ConditionSpec, ContiguitySpec, EdgeSpec, GraphSpec, NodeSpec, QuantifierPropertySpec,
    QuantifierSpec, TimesSpec, WindowSpec,
};

use super::words::{self, becomes, quoted};
use super::{At, ChangeKind, Changes};

/// The deepest nesting of groups that is compared; no deeper one can be read.
const MAX_DEPTH: usize = 64;

/// Compares the patterns of two rules.
pub(super) fn compare(changes: &mut Changes, before: &GraphSpec, after: &GraphSpec) {
    let at = At::of(&before.pointer, &after.pointer);
    let names = (&before.name, &after.name);
    changes.value(&at.key("name"), "name of the pattern", names, |name| quoted(name));
    // Only that of the whole rule counts.
    let skips = (words::skip(before.after_match.as_ref()), words::skip(after.after_match.as_ref()));
    let skip_at = at.key("afterMatchStrategy");
    changes.value(&skip_at, "skip strategy", (&skips.0, &skips.1), Clone::clone);
    let absences = (&before.final_absence, &after.final_absence);
    changes.value(&at.key("finalAbsence"), "finalAbsence", absences, ToString::to_string);
    window(changes, &at, "window", (before.window.as_ref(), after.window.as_ref()));
    inside(changes, before, after, 0);
}

fn window(
    changes: &mut Changes,
    at: &At,
    what: &str,
    pair: (Option<&WindowSpec>, Option<&WindowSpec>),
) {
    // A window of nothing is none.
    let limit =
        |window: Option<&WindowSpec>| window.filter(|window| window.time.size != 0).cloned();
    let (before, after) = (limit(pair.0), limit(pair.1));
    changes.option(&at.key("window"), what, (before.as_ref(), after.as_ref()), words::window);
}

/// Compares what is in two graphs of the same place.
fn inside(changes: &mut Changes, before: &GraphSpec, after: &GraphSpec, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    let old: BTreeMap<&str, &NodeSpec> =
        before.nodes.iter().map(|node| (node.name(), node)).collect();
    let new: BTreeSet<&str> = after.nodes.iter().map(NodeSpec::name).collect();
    let into: BTreeMap<&str, &str> =
        after.edges.iter().map(|edge| (edge.target.as_str(), edge.source.as_str())).collect();
    for node in before.nodes.iter().filter(|node| !new.contains(node.name())) {
        let message = format!("{} {} removed", kind(node), quoted(node.name()));
        changes.add(&At::of(node.pointer(), node.pointer()), ChangeKind::Removed, message);
    }
    for node in &after.nodes {
        match old.get(node.name()) {
            Some(old) => compare_nodes(changes, old, node, depth),
            None => {
                let what = format!("{} {} added", kind(node), quoted(node.name()));
                let message = match into.get(node.name()) {
                    Some(source) => format!("{what} after {}", quoted(source)),
                    None => format!("{what} at the beginning"),
                };
                changes.add(&At::of(node.pointer(), node.pointer()), ChangeKind::Added, message);
            }
        }
    }
    edges(changes, &before.edges, &after.edges);
}

const fn kind(node: &NodeSpec) -> &'static str {
    match node {
        NodeSpec::Atomic(_) => "node",
        NodeSpec::Composite(_) => "group",
    }
}

fn edges(changes: &mut Changes, before: &[EdgeSpec], after: &[EdgeSpec]) {
    fn ends(edge: &EdgeSpec) -> (&str, &str) {
        (&edge.source, &edge.target)
    }
    let what = |edge: &EdgeSpec| format!("{} to {}", quoted(&edge.source), quoted(&edge.target));
    // Two edges between the same nodes are an error of the graph; the last of them is compared.
    let old: BTreeMap<_, _> = before.iter().map(|edge| (ends(edge), edge)).collect();
    let new: BTreeMap<_, _> = after.iter().map(|edge| (ends(edge), edge)).collect();
    for edge in before.iter().filter(|edge| !new.contains_key(&ends(edge))) {
        let message = format!("{}: {} removed", what(edge), edge.kind);
        changes.add(&At::of(&edge.pointer, &edge.pointer), ChangeKind::Removed, message);
    }
    for edge in after {
        let Some(old) = old.get(&ends(edge)) else {
            let message = format!("{}: {} added", what(edge), edge.kind);
            changes.add(&At::of(&edge.pointer, &edge.pointer), ChangeKind::Added, message);
            continue;
        };
        let at = At::of(&old.pointer, &edge.pointer).key("type");
        changes.value(&at, &what(edge), (&old.kind, &edge.kind), ToString::to_string);
    }
}

fn compare_nodes(changes: &mut Changes, before: &NodeSpec, after: &NodeSpec, depth: usize) {
    let name = quoted(after.name());
    let at = At::of(before.pointer(), after.pointer());
    match (before, after) {
        (NodeSpec::Atomic(old), NodeSpec::Atomic(new)) => {
            let conditions = (old.condition.as_ref(), new.condition.as_ref());
            condition(changes, &at.key("condition"), &format!("condition of {name}"), conditions);
            quantifier(changes, &name, &old.quantifier, &new.quantifier);
            let windows = (old.window.as_ref(), new.window.as_ref());
            window(changes, &at, &format!("window of {name}"), windows);
        }
        (NodeSpec::Composite(old), NodeSpec::Composite(new)) => {
            quantifier(changes, &name, &old.quantifier, &new.quantifier);
            let windows = (old.window.as_ref(), new.window.as_ref());
            window(changes, &at, &format!("window of {name}"), windows);
            inside(changes, old, new, depth + 1);
        }
        (_, after) => {
            let message = format!("{name}: a {} becomes a {}", kind(before), kind(after));
            changes.add(&at, ChangeKind::Changed, message);
        }
    }
}

fn condition(
    changes: &mut Changes,
    at: &At,
    what: &str,
    pair: (Option<&ConditionSpec>, Option<&ConditionSpec>),
) {
    let text = |condition: &ConditionSpec| words::condition(condition, false);
    match pair {
        // The same words in another dialect.
        (Some(before), Some(after)) if before != after && text(before) == text(after) => {
            let (before, after) = (words::condition(before, true), words::condition(after, true));
            changes.add(at, ChangeKind::Changed, becomes(what, &before, &after));
        }
        pair => changes.option(at, what, pair, text),
    }
}

fn quantifier(changes: &mut Changes, name: &str, before: &QuantifierSpec, after: &QuantifierSpec) {
    let at = At::of(&before.pointer, &after.pointer);
    let times = (words::times(before), words::times(after));
    changes.value(
        &at.key("times"),
        &format!("times of {name}"),
        (&times.0, &times.1),
        Clone::clone,
    );
    for (property, word) in
        [(QuantifierPropertySpec::Optional, "optional"), (QuantifierPropertySpec::Greedy, "greedy")]
    {
        let message = match (before.has(property), after.has(property)) {
            (false, true) => format!("{name} becomes {word}"),
            (true, false) => format!("{name} is no longer {word}"),
            _ => continue,
        };
        changes.add(&at.key("properties"), ChangeKind::Changed, message);
    }
    let strategy = |quantifier: &QuantifierSpec| {
        quantifier.consuming_strategy.unwrap_or(ContiguitySpec::SkipTillNext)
    };
    let strategies = (&strategy(before), &strategy(after));
    let what = format!("between repetitions of {name}");
    changes.value(&at.key("consumingStrategy"), &what, strategies, ToString::to_string);
    let gap =
        |times: &Option<TimesSpec>| times.as_ref().and_then(|times| times.window_time.clone());
    let gaps = (gap(&before.times), gap(&after.times));
    let what = format!("largest gap between repetitions of {name}");
    let gap_at = at.key("times").key("windowTime");
    changes.option(&gap_at, &what, (gaps.0.as_ref(), gaps.1.as_ref()), words::duration);
    let until = (before.until_condition.as_ref(), after.until_condition.as_ref());
    condition(changes, &at.key("untilCondition"), &format!("until condition of {name}"), until);
}
