//! From nodes and edges to a chain, and what is wrong where they do not make one.

use std::collections::BTreeMap;

use tripline_engine::NfaBuilder;
use tripline_message::{Text, text};
use tripline_spec::{Code, Diagnostic, Diagnostics, EdgeSpec, GraphSpec, NodeSpec, did_you_mean};

use crate::compile::END_NAME;

/// The longest name of a node, in characters; inclusive.
const MAX_NAME_CHARS: usize = 256;
/// The most nodes of a rule, over all levels; inclusive.
const MAX_NODES: usize = 1_000;

/// The nodes of one level in order, each with the edge that leads into it.
pub(crate) type Chain<'s> = Vec<(&'s NodeSpec, Option<&'s EdgeSpec>)>;

/// Checks the names of all nodes of a rule.
pub(crate) fn check_names(graph: &GraphSpec, diagnostics: &mut Diagnostics) {
    let mut atomic = BTreeMap::new();
    let mut count = 0;
    let mut levels = vec![graph];
    while let Some(level) = levels.pop() {
        let mut siblings = BTreeMap::new();
        if level.nodes.is_empty() {
            let message = text!("the graph `{name}` has no nodes", name = &level.name);
            diagnostics.push(
                Diagnostic::new(Code::NoNodes, &level.nodes_pointer, message)
                    .with_hint(text!("give it at least one node in `nodes`")),
            );
        }
        for node in &level.nodes {
            count += 1;
            check_name(node, diagnostics);
            let twice_here = siblings.insert(node.name(), ()).is_some();
            let twice_in_rule =
                matches!(node, NodeSpec::Atomic(_)) && atomic.insert(node.name(), ()).is_some();
            if twice_here || twice_in_rule {
                let message = text!("there are two nodes named `{name}`", name = node.name());
                diagnostics.push(
                    Diagnostic::new(Code::DuplicateNode, &node.pointer().key("name"), message)
                        .with_hint(text!(
                            "give each node of the rule, nested graphs included, a name of its own"
                        )),
                );
            }
            if let NodeSpec::Composite(nested) = node {
                levels.push(nested);
            }
        }
    }
    if count > MAX_NODES {
        let message = text!(
            "the rule has {count} nodes, which exceeds the limit of {limit}",
            count,
            limit = MAX_NODES
        );
        diagnostics.push(
            Diagnostic::new(Code::TooManyNodes, &graph.nodes_pointer, message)
                .with_hint(text!("use a quantifier for repetitions, or split the rule")),
        );
    }
}

fn check_name(node: &NodeSpec, diagnostics: &mut Diagnostics) {
    let name = node.name();
    let atomic = matches!(node, NodeSpec::Atomic(_));
    let wrong = if name.is_empty() {
        text!("a node name is empty")
    } else if name.chars().count() > MAX_NAME_CHARS {
        text!("a node name has more than {limit} characters", limit = MAX_NAME_CHARS)
    } else if name.contains(':') && atomic {
        text!("the node name `{name}` contains `:`", name)
    } else if name == END_NAME {
        text!("the node name `{name}` is reserved", name)
    } else {
        return;
    };
    diagnostics.push(
        Diagnostic::new(Code::InvalidNodeName, &node.pointer().key("name"), wrong)
            .with_hint(text!("use a short name without `:`, such as `add_to_cart`")),
    );
}

/// Puts the nodes of one level in order; `None` if they are not a chain, with all reasons reported.
pub(crate) fn order<'s>(graph: &'s GraphSpec, diagnostics: &mut Diagnostics) -> Option<Chain<'s>> {
    let faults_before = diagnostics.errors().count();
    let index: BTreeMap<&str, usize> =
        graph.nodes.iter().enumerate().rev().map(|(at, node)| (node.name(), at)).collect();
    let mut into: Vec<Option<&EdgeSpec>> = vec![None; graph.nodes.len()];
    let mut out: Vec<Option<&EdgeSpec>> = vec![None; graph.nodes.len()];
    for edge in &graph.edges {
        let source = end(graph, &index, edge, "source", &edge.source, diagnostics);
        let target = end(graph, &index, edge, "target", &edge.target, diagnostics);
        let (Some(source), Some(target)) = (source, target) else {
            continue;
        };
        let (Some(leaving), Some(entering)) = (out.get_mut(source), into.get_mut(target)) else {
            continue;
        };
        if let Some(first) = leaving {
            let message = text!(
                "a second edge leaves `{source}`: to `{target}`, after the one to `{first}`",
                source = &edge.source,
                target = &edge.target,
                first = &first.target
            );
            let hint = text!(
                "a pattern is a chain; write alternatives as one node with `||` in its condition"
            );
            diagnostics
                .push(Diagnostic::new(Code::SecondEdgeOut, &edge.pointer, message).with_hint(hint));
        } else if let Some(first) = entering {
            let message = text!(
                "a second edge leads into `{target}`: from `{source}`, after the one from `{first}`",
                target = &edge.target,
                source = &edge.source,
                first = &first.source
            );
            diagnostics.push(
                Diagnostic::new(Code::SecondEdgeIn, &edge.pointer, message)
                    .with_hint(text!("a pattern is a chain; each node follows exactly one other")),
            );
        } else {
            *leaving = Some(edge);
            *entering = Some(edge);
        }
    }
    // Where two nodes share a name the edges say too little to follow them; `check_names` has reported it.
    let ambiguous = index.len() < graph.nodes.len();
    if graph.nodes.is_empty() || ambiguous || diagnostics.errors().count() > faults_before {
        return None;
    }
    walk(graph, &index, &into, &out, diagnostics)
}

fn end(
    graph: &GraphSpec,
    index: &BTreeMap<&str, usize>,
    edge: &EdgeSpec,
    key: &str,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Option<usize> {
    if let Some(&at) = index.get(name) {
        return Some(at);
    }
    let message =
        text!("the edge names the node `{name}`, which does not exist at this level", name);
    let names = graph.nodes.iter().map(NodeSpec::name);
    let hint = did_you_mean(name, names.clone()).map_or_else(
        || text!("the nodes here are {names}", names = list(names)),
        |close| text!("did you mean `{close}`?", close),
    );
    diagnostics
        .push(Diagnostic::new(Code::UnknownNode, &edge.pointer.key(key), message).with_hint(hint));
    None
}

/// Follows the edges from the only node that none leads into.
fn walk<'s>(
    graph: &'s GraphSpec,
    index: &BTreeMap<&str, usize>,
    into: &[Option<&'s EdgeSpec>],
    out: &[Option<&'s EdgeSpec>],
    diagnostics: &mut Diagnostics,
) -> Option<Chain<'s>> {
    let begins: Vec<&NodeSpec> = graph
        .nodes
        .iter()
        .zip(into)
        .filter(|(_, edge)| edge.is_none())
        .map(|(node, _)| node)
        .collect();
    let [begin] = begins.as_slice() else {
        let leaves = |node: &NodeSpec| {
            index.get(node.name()).is_some_and(|&at| out.get(at).is_some_and(Option::is_some))
        };
        if begins.iter().filter(|node| leaves(node)).count() == 1 {
            for node in begins.iter().filter(|node| !leaves(node)) {
                let message = text!("no edge leads into `{name}` or out of it", name = node.name());
                diagnostics.push(
                    Diagnostic::new(Code::UnreachableNode, node.pointer(), message)
                        .with_hint(text!("connect it to the chain by `edges`, or take it away")),
                );
            }
            return None;
        }
        let (code, message, hint) = if begins.is_empty() {
            (
                Code::NoBegin,
                text!(
                    "no node can be the first: each has an edge into it, so the edges form a cycle"
                ),
                text!("take away the edge into the node that begins the pattern"),
            )
        } else {
            (
                Code::SeveralBegins,
                text!(
                    "{names} have no edge into them; only the first node may have none",
                    names = list(begins.iter().map(|node| node.name()))
                ),
                text!("connect all nodes by `edges` into one chain"),
            )
        };
        diagnostics.push(Diagnostic::new(code, &graph.nodes_pointer, message).with_hint(hint));
        return None;
    };
    let mut chain: Chain<'s> = vec![(begin, None)];
    let mut at = index.get(begin.name()).copied();
    while let Some(edge) = at.and_then(|at| out.get(at).copied().flatten()) {
        at = index.get(edge.target.as_str()).copied();
        let node = at.and_then(|at| graph.nodes.get(at))?;
        chain.push((node, Some(edge)));
    }
    if chain.len() < graph.nodes.len() {
        let left: Vec<&NodeSpec> = graph
            .nodes
            .iter()
            .filter(|node| !chain.iter().any(|(reached, _)| reached.name() == node.name()))
            .collect();
        let pointer = left.first().map_or(&graph.nodes_pointer, |node| node.pointer());
        let message = text!(
            "{names} cannot be reached from `{begin}`: their edges form a cycle",
            names = list(left.iter().map(|node| node.name())),
            begin = begin.name()
        );
        diagnostics.push(
            Diagnostic::new(Code::Cycle, pointer, message)
                .with_hint(text!("connect all nodes by `edges` into one chain")),
        );
        return None;
    }
    Some(chain)
}

/// Names for a message: in back-quotes, at most a few.
pub(crate) fn list<'a>(names: impl Iterator<Item = &'a str>) -> Text {
    const SHOWN: usize = 8;
    let mut names: Vec<Text> = names.map(|name| Text::names([name])).collect();
    if names.len() > SHOWN {
        let more = names.len() - SHOWN;
        names.truncate(SHOWN);
        names.push(text!("{count} more", count = more));
    }
    Text::list(names)
}

/// The most states of an automaton, for messages.
pub(crate) const MAX_STATES: usize = NfaBuilder::MAX_STATES;
