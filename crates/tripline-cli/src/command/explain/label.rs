//! Names and conditions as people read them.

use tripline::{CompiledRule, Guard, NodeIndex};
use tripline_spec::{ConditionSpec, EdgeSpec, GraphSpec, NodeSpec};

use crate::lang::plural;
use crate::report::printable;

/// The most characters of a condition on a transition.
const SHORT_CHARS: usize = 80;
/// The most characters of a condition in the outline.
const LONG_CHARS: usize = 1_000;
/// How deep a guard is shown; the compiler nests them hardly.
const MAX_GUARD_DEPTH: usize = 32;

/// What the parts of a rule are called.
pub(super) struct Labels {
    nodes: Vec<String>,
    /// By number of the condition: its text, and whose it is.
    conditions: Vec<(String, String)>,
}

impl Labels {
    pub(super) fn new(rule: &CompiledRule) -> Self {
        let nodes = rule.pattern.nodes.iter().map(|node| quoted(&node.name));
        let unknown = || ("?".to_owned(), "the condition".to_owned());
        let mut labels = Self {
            nodes: nodes.collect(),
            conditions: rule.pattern.conditions.iter().map(|_| unknown()).collect(),
        };
        labels.name_conditions(rule.document.pattern(), &rule.pattern.elements);
        labels
    }

    /// Finds the written form of each condition: elements and nodes in order say the same.
    fn name_conditions(&mut self, graph: &GraphSpec, elements: &[tripline::Element]) {
        for (element, node) in elements.iter().zip(chain(graph)) {
            let until = element.quantifier.until.map(|until| until.0);
            let spec = node.quantifier().until_condition.as_ref();
            self.name_condition(until, spec, node.name(), "the until condition of");
            match (&element.kind, node) {
                (tripline::ElementKind::Node { condition, .. }, NodeSpec::Atomic(atomic)) => {
                    let (number, spec) = (condition.map(|id| id.0), atomic.condition.as_ref());
                    self.name_condition(number, spec, &atomic.name, "the condition of");
                }
                // The parser bounds how deep graphs nest.
                (tripline::ElementKind::Group(inner), NodeSpec::Composite(nested)) => {
                    self.name_conditions(nested, inner);
                }
                _ => {}
            }
        }
    }

    fn name_condition(
        &mut self,
        number: Option<u16>,
        spec: Option<&ConditionSpec>,
        name: &str,
        whose: &str,
    ) {
        if let (Some(number), Some(spec)) = (number, spec)
            && let Some(label) = self.conditions.get_mut(usize::from(number))
            && label.0 == "?"
        {
            *label = (condition(spec), format!("{whose} {}", quoted(name)));
        }
    }

    /// The name of a node, in back-quotes.
    pub(super) fn node(&self, node: NodeIndex) -> &str {
        self.nodes.get(usize::from(node.0)).map_or("`?`", String::as_str)
    }

    /// The text of a condition, by number.
    pub(super) fn condition(&self, number: u16) -> String {
        self.conditions
            .get(usize::from(number))
            .map_or_else(String::new, |(text, _)| cut(text, LONG_CHARS))
    }

    /// The text of a condition if it is short, else whose it is.
    fn short(&self, number: u16) -> &str {
        let Some((text, whose)) = self.conditions.get(usize::from(number)) else {
            return "?";
        };
        if text.chars().nth(SHORT_CHARS).is_some() { whose } else { text }
    }

    /// A guard in words; `None` if it always holds.
    pub(super) fn guard(&self, guard: &Guard) -> Option<String> {
        match guard {
            Guard::Always => None,
            guard => Some(self.formula(guard, 0)),
        }
    }

    fn formula(&self, guard: &Guard, depth: usize) -> String {
        if depth > MAX_GUARD_DEPTH {
            return "...".to_owned();
        }
        let join = |parts: &[Guard], word: &str| {
            let parts: Vec<_> = parts.iter().map(|part| self.formula(part, depth + 1)).collect();
            let joined = parts.join(word);
            if depth == 0 { joined } else { format!("[{joined}]") }
        };
        match guard {
            Guard::Always => "always".to_owned(),
            Guard::Never => "never".to_owned(),
            Guard::Holds(id) if depth == 0 => self.short(id.0).to_owned(),
            Guard::Holds(id) => format!("({})", self.short(id.0)),
            Guard::Fails(id) => format!("not ({})", self.short(id.0)),
            Guard::All(parts) => join(parts, " and "),
            Guard::Any(parts) => join(parts, " or "),
        }
    }
}

/// The nodes of a level in order; of a level that is no chain, what of it is.
pub(super) fn chain(graph: &GraphSpec) -> Vec<&NodeSpec> {
    let into = |node: &NodeSpec| graph.edges.iter().any(|edge| edge.target == node.name());
    let by_name = |name: &str| graph.nodes.iter().find(|node| node.name() == name);
    let mut next = graph.nodes.iter().find(|node| !into(node));
    let mut chain = Vec::new();
    while let Some(node) = next.filter(|_| chain.len() < graph.nodes.len()) {
        chain.push(node);
        let edge = graph.edges.iter().find(|edge| edge.source == node.name());
        next = edge.and_then(|edge: &EdgeSpec| by_name(&edge.target));
    }
    chain
}

/// A name in back-quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", printable(name))
}

/// A condition on one line.
pub(super) fn condition(spec: &ConditionSpec) -> String {
    let join = |nested: &[ConditionSpec], word: &str| {
        let parts: Vec<_> = nested.iter().map(condition).collect();
        match parts.as_slice() {
            [one] => one.clone(),
            parts => format!("({})", parts.join(word)),
        }
    };
    match spec {
        ConditionSpec::Expression { expression, .. }
        | ConditionSpec::Aviator { expression, .. }
        | ConditionSpec::Groovy { expression, .. } => {
            let words: Vec<_> = expression.split(['\n', '\r', '\t']).map(str::trim).collect();
            printable(words.join(" ").trim())
        }
        ConditionSpec::And { nested, .. } => join(nested, ") && ("),
        ConditionSpec::Or { nested, .. } => join(nested, ") || ("),
        ConditionSpec::Not { nested, .. } => format!("!({})", condition(nested)),
        ConditionSpec::Class { class_name, args, nested, sub_class_name, .. } => {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(sub_class_name.clone());
            parts.extend(args.as_ref().map(ToString::to_string));
            parts.extend(nested.iter().map(condition));
            let arguments =
                if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
            printable(&format!("{class_name}{arguments}"))
        }
        // A form that this command does not know yet.
        _ => "a condition".to_owned(),
    }
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A duration in the largest unit that gives a whole number.
pub(super) fn duration(millis: i64) -> String {
    let units = [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second")];
    let whole = units.into_iter().find(|(length, _)| millis != 0 && millis % length == 0);
    match whole {
        Some((length, noun)) => plural(usize::try_from(millis / length).unwrap_or(0), noun),
        None => format!("{millis} ms"),
    }
}
