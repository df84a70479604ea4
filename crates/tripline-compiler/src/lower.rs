//! From the rule as written to the rule as meant.
//!
//! Everything that is wrong is reported at once: names and edges, quantifiers, windows, the skip strategy, conditions.
//! What is refused is what Flink's `Pattern` refuses (SEMANTICS "Refused at build time"), and what the reference engine
//! gets silently wrong.

use serde_json::Map;
use tripline_condition::{Binder, BoundCondition, MayAsk, NodeIndex, Registry};
use tripline_engine::{AfterMatchSkip, ConditionId, Node};
use tripline_event::FieldTable;
use tripline_message::text;
use tripline_spec::{
    AtomicSpec, Code, ConditionSpec, ContiguitySpec, Diagnostic, Diagnostics, EdgeSpec,
    EdgeTypeSpec, GraphSpec, NodeSpec, QuantifierPropertySpec, QuantifierSpec, RuleDocument,
    SkipStrategySpec, TimeSpec, WindowSpec, WindowTypeSpec, did_you_mean,
};

use crate::chain::{self, Chain, list};
use crate::condition;
use crate::pattern::{Contiguity, Element, ElementKind, Link, Pattern, Quantifier, Repetition};
use crate::quantifier;
use crate::warning::{self, Meant};

/// What lowering gives: a pattern if nothing but conditions was wrong, and what was.
#[derive(Debug)]
pub struct Lowered {
    /// The pattern; a condition that is wrong stands in it as absent, so that the automaton can still be checked.
    pub pattern: Option<Pattern>,
    /// All findings, not yet located in the text.
    pub diagnostics: Diagnostics,
}

/// Lowers the graph of a document; `fields` gains the fields that its conditions read.
#[must_use]
pub fn lower(document: &RuleDocument, registry: &Registry, fields: &mut FieldTable) -> Lowered {
    let (graph, nothing) = (document.pattern(), Map::new());
    let params = match document {
        RuleDocument::Row(row) => &row.params,
        _ => &nothing,
    };
    let mut diagnostics = Diagnostics::new();
    chain::check_names(graph, &mut diagnostics);
    let mut nodes = Vec::new();
    let skeleton = order_all(graph, &mut nodes, &mut diagnostics);
    let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    let mut lowering = Lowering {
        registry,
        binder: Binder::new(fields, &names)
            .with_params(params)
            .with_event_schemas(registry.event_schemas())
            .that_may_ask(match document.aggregate() {
                Some(_) => MayAsk::Sets,
                None => MayAsk::All,
            }),
        conditions: Vec::new(),
        // Where the order of the nodes is not known, none comes later.
        loop_end: (!skeleton.ordered).then_some(names.len()),
        diagnostics,
    };
    let elements = lowering.chain(&skeleton);
    let Lowering { conditions, mut diagnostics, .. } = lowering;
    let structure_errors = diagnostics.errors().filter(|error| !is_condition(error.code)).count();
    let skip = skip_strategy(graph, &names, &mut diagnostics);
    let (Some(skip), Some(elements)) = (skip, elements) else {
        return Lowered { pattern: None, diagnostics };
    };
    if structure_errors > 0 || elements.is_empty() {
        return Lowered { pattern: None, diagnostics };
    }
    let meant = Meant {
        document,
        level: &skeleton,
        elements: &elements,
        conditions: &conditions,
        nodes: &nodes,
        skip,
        fields,
    };
    warning::warn(&meant, &mut diagnostics);
    let final_absence = graph.final_absence;
    note_conditions(&elements, &mut nodes);
    let pattern = Pattern { elements, nodes, conditions, skip, final_absence };
    Lowered { pattern: Some(pattern), diagnostics }
}

/// Tells each node what it asks of events.
fn note_conditions(elements: &[Element], nodes: &mut [Node]) {
    for element in elements {
        match &element.kind {
            ElementKind::Node { node, condition } => {
                if let Some(node) = nodes.get_mut(usize::from(node.0)) {
                    let until = element.quantifier.until;
                    node.conditions = condition.iter().copied().chain(until).collect();
                    node.conditions.dedup();
                }
            }
            // Nesting is as deep as the parser allows.
            ElementKind::Group(group) => note_conditions(group, nodes),
        }
    }
}

/// Whether a finding is about a condition alone, so that the pattern around it still has a shape.
fn is_condition(code: Code) -> bool {
    code.id().starts_with("E05")
}

/// One level in order, or as written where it is not a chain.
pub(crate) struct Level<'s> {
    pub(crate) graph: &'s GraphSpec,
    ordered: bool,
    pub(crate) steps: Vec<Step<'s>>,
}

/// One node of a level.
pub(crate) struct Step<'s> {
    pub(crate) node: &'s NodeSpec,
    pub(crate) edge: Option<&'s EdgeSpec>,
    pub(crate) content: Content<'s>,
}

/// What a node holds.
pub(crate) enum Content<'s> {
    /// An atomic node with its number.
    Atomic(&'s AtomicSpec, NodeIndex),
    /// A nested graph.
    Nested(Level<'s>),
}

impl Content<'_> {
    /// How many nodes there are up to the last one in it; `all` if it is empty.
    fn end(&self, all: usize) -> usize {
        let mut content = self;
        loop {
            match content {
                Content::Atomic(_, node) => return usize::from(node.0) + 1,
                Content::Nested(level) => match level.steps.last() {
                    Some(step) => content = &step.content,
                    None => return all,
                },
            }
        }
    }
}

/// Orders every level and numbers the atomic nodes in pattern order.
fn order_all<'s>(
    graph: &'s GraphSpec,
    nodes: &mut Vec<Node>,
    diagnostics: &mut Diagnostics,
) -> Level<'s> {
    let chain = chain::order(graph, diagnostics);
    let ordered = chain.is_some();
    let steps: Chain<'s> =
        chain.unwrap_or_else(|| graph.nodes.iter().map(|node| (node, None)).collect());
    let steps = steps
        .into_iter()
        .map(|(node, edge)| {
            let content = match node {
                NodeSpec::Atomic(atomic) => {
                    let index = NodeIndex(u16::try_from(nodes.len()).unwrap_or(u16::MAX));
                    nodes.push(Node {
                        name: atomic.name.clone(),
                        negated: edge.is_some_and(|edge| edge.kind.is_negated()),
                        conditions: Vec::new(),
                    });
                    Content::Atomic(atomic, index)
                }
                // The parser bounds how deep graphs nest.
                NodeSpec::Composite(nested) => {
                    Content::Nested(order_all(nested, nodes, diagnostics))
                }
            };
            Step { node, edge, content }
        })
        .collect();
    Level { graph, ordered, steps }
}

/// What lowering carries along.
pub(crate) struct Lowering<'a> {
    registry: &'a Registry,
    binder: Binder<'a>,
    conditions: Vec<BoundCondition>,
    /// Inside a repeated group: how many nodes there are up to the end of the outermost such group, since those after
    /// a node may have taken events in an earlier round.
    loop_end: Option<usize>,
    pub(crate) diagnostics: Diagnostics,
}

impl Lowering<'_> {
    /// All elements of a level; `None` if one of them has no shape.
    fn chain(&mut self, level: &Level<'_>) -> Option<Vec<Element>> {
        let mut elements: Vec<Option<Element>> = Vec::with_capacity(level.steps.len());
        let mut before: Option<Quantifier> = None;
        for (at, step) in level.steps.iter().enumerate() {
            let element = self.element(step, before.as_ref());
            before = element.as_ref().map(|element| element.quantifier.clone());
            elements.push(element.map(|mut element| {
                if at + 1 == level.steps.len() {
                    // The graph's window stands on its last element, and replaces one of its own of that kind.
                    self.set_window(level.graph.window.as_ref(), &mut element);
                }
                element
            }));
        }
        let elements: Option<Vec<Element>> = elements.into_iter().collect();
        elements.filter(|_| level.ordered)
    }

    fn element(&mut self, step: &Step<'_>, before: Option<&Quantifier>) -> Option<Element> {
        let link = step.edge.map_or(Link::Follows(Contiguity::Strict), link);
        let group = matches!(step.content, Content::Nested(_));
        if group && !matches!(link, Link::Follows(_)) {
            let message =
                text!("a NOT edge leads into the group `{name}`", name = step.node.name());
            let at = step.edge.map_or(step.node.pointer(), |edge| &edge.pointer);
            self.diagnostics.push(Diagnostic::new(Code::NegatedGroup, at, message).with_hint(
                text!("only a single node can be negated; negate one node of the group"),
            ));
        }
        if let (Some(edge), Link::NotNext | Link::NotFollow, Some(true)) =
            (step.edge, link, before.map(|before| before.optional))
        {
            let message = text!(
                "the edge into the negated node `{target}` comes straight after the optional node `{source}`",
                target = &edge.target,
                source = &edge.source
            );
            let hint = text!(
                "write two rules, one with the optional node and one without, or put a node between"
            );
            self.diagnostics.push(
                Diagnostic::new(Code::NotAfterOptional, &edge.pointer, message).with_hint(hint),
            );
        }
        let outer_end = self.loop_end;
        let end = step.content.end(self.binder.nodes.len());
        if let Content::Nested(level) = &step.content
            && (repeated(step.node.quantifier()) || !level.ordered)
        {
            self.loop_end = outer_end.or(Some(end));
        }
        self.binder.reachable = self.loop_end.unwrap_or(end);
        let quantifier = quantifier::lower(self, step, link, before);
        let (kind, own_window) = match &step.content {
            Content::Atomic(atomic, node) => {
                let condition = atomic.condition.as_ref().and_then(|spec| self.bind(spec));
                let kind = ElementKind::Node { node: *node, condition };
                (Some(kind), atomic.window.as_ref())
            }
            Content::Nested(level) => (self.chain(level).map(ElementKind::Group), None),
        };
        self.loop_end = outer_end;
        let mut element =
            Element { kind: kind?, link, quantifier: quantifier?, within_ms: None, gap_ms: None };
        self.set_window(own_window, &mut element);
        Some(element)
    }

    fn set_window(&mut self, window: Option<&WindowSpec>, element: &mut Element) {
        let Some(window) = window else { return };
        let millis = self.millis(&window.time);
        match window.kind {
            WindowTypeSpec::FirstAndLast => element.within_ms = millis,
            WindowTypeSpec::PreviousAndCurrent => element.gap_ms = millis,
        }
    }

    /// A duration in ms; one that is out of range is reported.
    pub(crate) fn millis(&mut self, time: &TimeSpec) -> Option<i64> {
        match time.to_millis() {
            Ok(millis) => Some(millis),
            Err(error) => {
                let at = time.pointer.key("size");
                self.diagnostics.push(
                    Diagnostic::new(Code::DurationOutOfRange, &at, error.text()).with_hint(text!(
                        "use a size of 0 or more that fits 64 bits of milliseconds"
                    )),
                );
                None
            }
        }
    }

    /// Binds a condition and numbers it; `None` if it is wrong.
    pub(crate) fn bind(&mut self, spec: &ConditionSpec) -> Option<ConditionId> {
        let bound = condition::bind(spec, self.registry, &mut self.binder, &mut self.diagnostics)?;
        let same = self.conditions.iter().position(|known| known.canonical == bound.canonical);
        let index = same.unwrap_or_else(|| {
            self.conditions.push(bound);
            self.conditions.len() - 1
        });
        u16::try_from(index).ok().map(ConditionId)
    }
}

const fn link(edge: &EdgeSpec) -> Link {
    match edge.kind {
        EdgeTypeSpec::Strict => Link::Follows(Contiguity::Strict),
        EdgeTypeSpec::SkipTillNext => Link::Follows(Contiguity::SkipTillNext),
        EdgeTypeSpec::SkipTillAny => Link::Follows(Contiguity::SkipTillAny),
        EdgeTypeSpec::NotNext => Link::NotNext,
        EdgeTypeSpec::NotFollow => Link::NotFollow,
    }
}

pub(crate) const fn contiguity(spec: ContiguitySpec) -> Contiguity {
    match spec {
        ContiguitySpec::Strict => Contiguity::Strict,
        ContiguitySpec::SkipTillNext => Contiguity::SkipTillNext,
        ContiguitySpec::SkipTillAny => Contiguity::SkipTillAny,
    }
}

/// Whether elements repeat: what consecutive repetitions mean something for.
pub(crate) const fn repeats(repetition: Repetition) -> bool {
    !matches!(repetition, Repetition::Single)
}

/// Whether a quantifier as written asks for several rounds.
fn repeated(quantifier: &QuantifierSpec) -> bool {
    quantifier.has(QuantifierPropertySpec::Looping) || quantifier.has(QuantifierPropertySpec::Times)
}

fn skip_strategy(
    graph: &GraphSpec,
    names: &[&str],
    diagnostics: &mut Diagnostics,
) -> Option<AfterMatchSkip> {
    let Some(spec) = &graph.after_match else {
        return Some(AfterMatchSkip::NoSkip);
    };
    let mut node = |name: &str| {
        let top: Vec<&str> = graph
            .nodes
            .iter()
            .filter(|node| matches!(node, NodeSpec::Atomic(_)))
            .map(NodeSpec::name)
            .collect();
        if top.contains(&name) {
            let index = names.iter().position(|known| *known == name)?;
            return u16::try_from(index).ok().map(NodeIndex);
        }
        let at = spec.pointer.key("patternName");
        let exists = names.contains(&name) || graph.nodes.iter().any(|node| node.name() == name);
        let (code, message) = if exists {
            let what =
                text!("`{name}` is a group, or lies inside one: it cannot be skipped to", name);
            (Code::SkipNameNotAtomic, what)
        } else {
            (Code::UnknownSkipName, text!("there is no node `{name}` to skip to", name))
        };
        let hint = did_you_mean(name, top.iter().copied()).map_or_else(
            || text!("name one of {names}", names = list(top.iter().copied())),
            |close| text!("did you mean `{close}`?", close),
        );
        diagnostics.push(Diagnostic::new(code, &at, message).with_hint(hint));
        None
    };
    Some(match &spec.strategy {
        SkipStrategySpec::NoSkip => AfterMatchSkip::NoSkip,
        SkipStrategySpec::SkipToNext => AfterMatchSkip::ToNext,
        SkipStrategySpec::SkipPastLastEvent => AfterMatchSkip::PastLastEvent,
        SkipStrategySpec::SkipToFirst { pattern_name } => {
            AfterMatchSkip::ToFirst(node(pattern_name)?)
        }
        SkipStrategySpec::SkipToLast { pattern_name } => {
            AfterMatchSkip::ToLast(node(pattern_name)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use tripline_condition::Registry;
    use tripline_event::FieldTable;
    use tripline_spec::Code;

    use crate::compile_rule;

    fn node(name: &str, expression: &str, more: &str) -> String {
        format!(
            r#"{{"name":"{name}","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"{expression}"}}{more}}}"#
        )
    }

    fn group(name: &str, nodes: &[String], more: &str) -> String {
        let (nodes, last) = (nodes.join(","), nodes.len() - 1);
        let edges: Vec<String> = (0..last)
            .map(|at| {
                format!(r#"{{"source":"{name}{at}","target":"{name}{}","type":"STRICT"}}"#, at + 1)
            })
            .collect();
        let edges = edges.join(",");
        format!(
            r#"{{"name":"{name}","type":"COMPOSITE","nodes":[{nodes}],"edges":[{edges}]{more}}}"#
        )
    }

    const TWICE: &str = r#","quantifier":{"properties":["TIMES"],"times":{"from":2}}"#;

    /// `expected`: where a node that comes later is read.
    fn check(rule: &str, expected: &[&str]) {
        let check = compile_rule(rule, &Registry::with_builtins(), &mut FieldTable::new());
        let later = check.diagnostics.iter().filter(|item| item.code == Code::LaterNode);
        let found: Vec<&str> = later.map(|item| item.pointer.as_str()).collect();
        assert_eq!(found, expected, "{rule}: {:#?}", check.diagnostics);
        assert!(check.rule.is_some(), "{rule}");
    }

    #[test]
    fn a_node_that_comes_later_is_read() {
        // r0 (r10 r11) r2
        let rule = |first: &str, inner: [&str; 2], last: &str, more: &str| {
            let inner = [node("r10", inner[0], ""), node("r11", inner[1], "")];
            let nodes = [node("r0", first, ""), group("r1", &inner, more), node("r2", last, "")];
            group("r", &nodes, "")
        };
        let plain = "x == 1";
        let (later, at) = ("size(r11) == 0", "/nodes/1/nodes/0/condition/expression");
        check(&rule(plain, [later, "size(r11) == 0"], "size(r2) == 0 && r0[0].x == 1", ""), &[at]);
        check(&rule(plain, [later, plain], plain, TWICE), &[]);
        let first = "/nodes/0/condition/expression";
        check(&rule(later, [plain, plain], plain, TWICE), &[first]);
        let past = "size(r2) == 0";
        let (zero, one) = (at, "/nodes/1/nodes/1/condition/expression");
        check(&rule(plain, [past, past], past, TWICE), &[zero, one]);
        check(&rule(past, [plain, plain], plain, ""), &[first]);
    }

    #[test]
    fn the_outermost_repeated_group_counts() {
        // ((r000 r001) r01){2} r1, and the inner group repeated as well
        for inner in ["", TWICE] {
            let asked = |expression: &str| {
                let deep = [node("r000", expression, ""), node("r001", "x == 1", "")];
                let middle = [group("r00", &deep, inner), node("r01", "x == 1", "")];
                group("r", &[group("r0", &middle, TWICE), node("r1", "x == 1", "")], "")
            };
            check(&asked("size(r01) == 0"), &[]);
            let at = "/nodes/0/nodes/0/nodes/0/condition/expression";
            check(&asked("size(r1) == 0"), &[at]);
        }
    }

    #[test]
    fn what_ends_a_loop_reads_the_loop() {
        let until = |expression: &str| {
            format!(
                r#","quantifier":{{"properties":["LOOPING"],"untilCondition":{{"type":"EXPRESSION","expression":"{expression}"}}}}"#
            )
        };
        let at = "/nodes/0/quantifier/untilCondition/expression";
        for (expression, expected) in [("size(r0) > 5", &[][..]), ("size(r1) > 0", &[at])] {
            let nodes = [node("r0", "x == 1", &until(expression)), node("r1", "x == 1", "")];
            check(&group("r", &nodes, ""), expected);
        }
        for (expression, expected) in [("size(r01) > 5", &[][..]), ("size(r1) > 0", &[at])] {
            let inner = [node("r00", "x == 1", ""), node("r01", "x == 1", "")];
            let nodes = [group("r0", &inner, &until(expression)), node("r1", "x == 1", "")];
            check(&group("r", &nodes, ""), expected);
        }
    }
}
