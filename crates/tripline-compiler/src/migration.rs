//! Whether the open runs of one version can go on under the next.

use crate::pattern::{Element, ElementKind, Pattern};
use crate::rule::CompiledRule;

/// What keeps the open runs of `before` from going on under `after`, in words; `None` if nothing does.
///
/// They can where nodes, edges and quantifiers are the same, and the skip strategy, and the key: conditions, arguments,
/// parameters and durations may differ.
#[must_use]
pub fn migration_obstacle(before: &CompiledRule, after: &CompiledRule) -> Option<String> {
    let found = pattern_obstacle(&before.pattern, &after.pattern);
    found.or_else(|| {
        if before.key_by() != after.key_by() {
            return Some("the key fields changed".to_owned());
        }
        (!before.nfa.has_shape_of(&after.nfa)).then(|| "the automaton changed".to_owned())
    })
}

fn pattern_obstacle(before: &Pattern, after: &Pattern) -> Option<String> {
    for node in &after.nodes {
        if !before.nodes.iter().any(|other| other.name == node.name) {
            return Some(format!("node `{}` is new", node.name));
        }
    }
    for node in &before.nodes {
        if !after.nodes.iter().any(|other| other.name == node.name) {
            return Some(format!("node `{}` is gone", node.name));
        }
    }
    if before.nodes.iter().zip(&after.nodes).any(|(a, b)| a.name != b.name) {
        return Some("the order of the nodes changed".to_owned());
    }
    if let Some(obstacle) = chain_obstacle(&before.elements, &after.elements, after) {
        return Some(obstacle);
    }
    if before.skip != after.skip {
        return Some("the after-match skip strategy changed".to_owned());
    }
    (before.final_absence != after.final_absence).then(|| "`finalAbsence` changed".to_owned())
}

/// The rule's text bounds how deep groups nest, and so how deep this goes.
fn chain_obstacle(before: &[Element], after: &[Element], pattern: &Pattern) -> Option<String> {
    if before.len() != after.len() {
        return Some("groups of nodes changed".to_owned());
    }
    before.iter().zip(after).enumerate().find_map(|(at, (a, b))| {
        let name = element_name(b, pattern);
        // How the first element follows means nothing.
        if at > 0 && a.link != b.link {
            return Some(format!("the edge into {name} changed"));
        }
        let (p, q) = (&a.quantifier, &b.quantifier);
        let same = (p.repetition, p.optional, p.greedy, p.inner, p.until.is_some())
            == (q.repetition, q.optional, q.greedy, q.inner, q.until.is_some());
        if !same {
            return Some(format!("the quantifier of {name} changed"));
        }
        match (&a.kind, &b.kind) {
            (ElementKind::Node { node: a, .. }, ElementKind::Node { node: b, .. }) if a == b => {
                None
            }
            (ElementKind::Group(a), ElementKind::Group(b)) => chain_obstacle(a, b, pattern),
            _ => Some("groups of nodes changed".to_owned()),
        }
    })
}

fn element_name(element: &Element, pattern: &Pattern) -> String {
    let mut first = element;
    loop {
        match &first.kind {
            ElementKind::Node { node, .. } => {
                let node = pattern.nodes.get(usize::from(node.0));
                let name = node.map_or("", |node| node.name.as_str());
                let group = matches!(element.kind, ElementKind::Group(_));
                let what = if group { "the group that begins with " } else { "" };
                return format!("{what}`{name}`");
            }
            ElementKind::Group(elements) => match elements.first() {
                Some(element) => first = element,
                None => return "a group".to_owned(),
            },
        }
    }
}
