//! Whether the open runs of one version can go on under the next.

use tripline_engine::PlanChange;
use tripline_message::{Text, text};

use crate::pattern::{Element, ElementKind, Pattern};
use crate::rule::CompiledRule;

/// What keeps the open runs of `before` from going on under `after`, in words; `None` if nothing does.
///
/// They can where nodes, edges and quantifiers are the same, and the skip strategy, and the key: conditions, arguments,
/// parameters and durations may differ.
#[must_use]
pub fn migration_obstacle(before: &CompiledRule, after: &CompiledRule) -> Option<Text> {
    match (&before.aggregate, &after.aggregate) {
        (None, None) => {}
        (Some(before), Some(after)) => return after.obstacle(before).map(plan_obstacle),
        _ => return Some(text!("the type of the rule changed")),
    }
    let found = pattern_obstacle(&before.pattern, &after.pattern);
    found.or_else(|| {
        if before.key_by() != after.key_by() {
            return Some(text!("the key fields changed"));
        }
        (!before.nfa.has_shape_of(&after.nfa)).then(|| text!("the automaton changed"))
    })
}

fn plan_obstacle(change: PlanChange) -> Text {
    match change {
        PlanChange::Groups => text!("`groupBy` changed"),
        PlanChange::Window => text!("the window changed"),
        PlanChange::Aggregates => text!("the aggregates changed"),
        PlanChange::Ranking => text!("`top` came, went, or ranks per other fields"),
        PlanChange::Emit => text!("`emit` or `every` changed"),
    }
}

fn pattern_obstacle(before: &Pattern, after: &Pattern) -> Option<Text> {
    for node in &after.nodes {
        if !before.nodes.iter().any(|other| other.name == node.name) {
            return Some(text!("node `{node}` is new", node = &node.name));
        }
    }
    for node in &before.nodes {
        if !after.nodes.iter().any(|other| other.name == node.name) {
            return Some(text!("node `{node}` is gone", node = &node.name));
        }
    }
    if before.nodes.iter().zip(&after.nodes).any(|(a, b)| a.name != b.name) {
        return Some(text!("the order of the nodes changed"));
    }
    if let Some(obstacle) = chain_obstacle(&before.elements, &after.elements, after) {
        return Some(obstacle);
    }
    if before.skip != after.skip {
        return Some(text!("the after-match skip strategy changed"));
    }
    (before.final_absence != after.final_absence).then(|| text!("`finalAbsence` changed"))
}

/// The rule's text bounds how deep groups nest, and so how deep this goes.
fn chain_obstacle(before: &[Element], after: &[Element], pattern: &Pattern) -> Option<Text> {
    if before.len() != after.len() {
        return Some(text!("groups of nodes changed"));
    }
    before.iter().zip(after).enumerate().find_map(|(at, (a, b))| {
        let element = element_name(b, pattern);
        // How the first element follows means nothing.
        if at > 0 && a.link != b.link {
            return Some(text!("the edge into {element} changed", element));
        }
        let (p, q) = (&a.quantifier, &b.quantifier);
        let same = (p.repetition, p.optional, p.greedy, p.inner, p.until.is_some())
            == (q.repetition, q.optional, q.greedy, q.inner, q.until.is_some());
        if !same {
            return Some(text!("the quantifier of {element} changed", element));
        }
        match (&a.kind, &b.kind) {
            (ElementKind::Node { node: a, .. }, ElementKind::Node { node: b, .. }) if a == b => {
                None
            }
            (ElementKind::Group(a), ElementKind::Group(b)) => chain_obstacle(a, b, pattern),
            _ => Some(text!("groups of nodes changed")),
        }
    })
}

fn element_name(element: &Element, pattern: &Pattern) -> Text {
    let mut first = element;
    loop {
        match &first.kind {
            ElementKind::Node { node, .. } => {
                let node = pattern.nodes.get(usize::from(node.0));
                let name = node.map_or("", |node| node.name.as_str());
                return match element.kind {
                    ElementKind::Group(_) => {
                        text!("the group that begins with `{node}`", node = name)
                    }
                    ElementKind::Node { .. } => Text::names([name]),
                };
            }
            ElementKind::Group(elements) => match elements.first() {
                Some(element) => first = element,
                None => return text!("a group of nodes"),
            },
        }
    }
}
