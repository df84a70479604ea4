//! Graphs, nodes, edges, windows, skip strategies.

use tripline_message::{Code, text};

use super::decoder::{Decoder, Fields};
use crate::diagnostic::Diagnostic;
use crate::json::JsonNode;
use crate::pointer::Pointer;
use crate::spec::{
    AfterMatchSkipStrategySpec, AtomicSpec, EdgeSpec, GraphSpec, Keyword, NodeSpec, NodeTypeSpec,
    SkipStrategySpec, SkipTypeSpec, TimeSpec, WindowSpec,
};

const GRAPH_KEYS: [&str; 15] = [
    "name",
    "type",
    "version",
    "quantifier",
    "condition",
    "nodes",
    "edges",
    "window",
    "afterMatchStrategy",
    "afterMatchSkipStrategy",
    "finalAbsence",
    "graph",
    "times",
    "untilCondition",
    // Only the whole document names its schema, but a copied one does no harm.
    "$schema",
];
const ATOMIC_KEYS: [&str; 7] =
    ["name", "type", "quantifier", "condition", "window", "times", "untilCondition"];

impl Decoder {
    /// Reads the pattern of a rule.
    pub(super) fn top_graph(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<GraphSpec> {
        let graph = self.graph(node, pointer);
        if let Some(kind) = node.get("type").filter(|kind| !kind.is_null()) {
            let at = pointer.key("type");
            if self.keyword::<NodeTypeSpec>(kind, &at)? == NodeTypeSpec::Atomic {
                let hint = text!("put the node into `nodes` of a graph, with `edges` `[]`");
                self.error(
                    Code::InvalidValue,
                    &at,
                    text!("a rule must be a graph, `COMPOSITE`"),
                    hint,
                );
            }
        }
        graph
    }

    fn graph(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<GraphSpec> {
        let fields = self.fields(node, pointer, &GRAPH_KEYS)?;
        let wrapped = self.optional(&fields, "graph", |decoder, node, pointer| {
            decoder.fields(node, pointer, &["nodes", "edges"])
        });
        let name = self.required(&fields, "name", Self::string);
        let version = self.format_version(&fields);
        let quantifier = self.quantifier(&fields);
        self.refuse_condition(&fields);
        let inner = |key| wrapped.as_ref().and_then(|wrapped| wrapped.find(key));
        let nodes = self.first_of([fields.find("nodes"), inner("nodes")]);
        let nodes = self.must_have(&fields, "nodes", nodes);
        let nodes_pointer = nodes.as_ref().map(|found| found.pointer.clone());
        let nodes = nodes.and_then(|found| self.array(found.node, &found.pointer, Self::node));
        let edges = self.first_of([fields.find("edges"), inner("edges")]);
        let edges = self.must_have(&fields, "edges", edges);
        let edges = edges.and_then(|found| self.array(found.node, &found.pointer, Self::edge));
        let window = self.optional(&fields, "window", Self::window);
        let skip = self
            .first_of([fields.find("afterMatchStrategy"), fields.find("afterMatchSkipStrategy")]);
        let after_match = skip.and_then(|found| self.after_match(found.node, &found.pointer));
        let final_absence = self.optional(&fields, "finalAbsence", Self::boolean);
        Some(GraphSpec {
            name: name?,
            version,
            quantifier,
            nodes: nodes?,
            edges: edges?,
            window,
            after_match,
            final_absence: final_absence.unwrap_or(false),
            pointer: fields.pointer,
            nodes_pointer: nodes_pointer?,
        })
    }

    pub(super) fn format_version(&mut self, fields: &Fields<'_>) -> i64 {
        let version = self.optional(fields, "version", Self::integer).unwrap_or(1);
        if version != 1 {
            let message = text!("`version` {version} of a graph has no meaning", version);
            let hint = text!(
                "this is the version of the format, always 1; that of the rule is in its row"
            );
            let at = fields.pointer.key("version");
            self.diagnostics
                .push(Diagnostic::new(Code::FormatVersion, &at, message).with_hint(hint));
        }
        version
    }

    fn refuse_condition(&mut self, fields: &Fields<'_>) {
        if let Some(condition) = fields.find("condition") {
            let hint = text!("remove it, or move it to the nodes that take events");
            self.error(
                Code::ConditionOnGraph,
                &condition.pointer,
                text!("a graph takes no events itself and has no condition"),
                hint,
            );
        }
    }

    fn node(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<NodeSpec> {
        let kind = match node.get("type").filter(|kind| !kind.is_null()) {
            Some(kind) => self.keyword::<NodeTypeSpec>(kind, &pointer.key("type")),
            None => {
                // Something else than an object is reported below.
                if node.get("name").or(node.get("nodes")).is_some() {
                    let at = pointer.key("type");
                    let message = text!("`{key}` is missing", key = "type");
                    let hint = text!("add `\"type\": \"ATOMIC\"`, or `COMPOSITE` for a group");
                    self.error(Code::MissingKey, &at, message, hint);
                }
                None
            }
        };
        // A node of no type is still read for what else may be wrong with it.
        let has_nodes = node.get("nodes").or(node.get("graph")).is_some();
        let graph = kind.map_or(has_nodes, |kind| kind == NodeTypeSpec::Composite);
        let read = if graph {
            self.graph(node, pointer).map(NodeSpec::Composite)
        } else {
            self.atomic(node, pointer).map(NodeSpec::Atomic)
        };
        kind.and(read)
    }

    fn atomic(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<AtomicSpec> {
        let fields = self.fields(node, pointer, &ATOMIC_KEYS)?;
        let name = self.required(&fields, "name", Self::string);
        let quantifier = self.quantifier(&fields);
        let condition = self.optional(&fields, "condition", Self::condition);
        let window = self.optional(&fields, "window", Self::window);
        Some(AtomicSpec { name: name?, quantifier, condition, window, pointer: fields.pointer })
    }

    fn edge(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<EdgeSpec> {
        let fields = self.fields(node, pointer, &["source", "target", "type"])?;
        let source = self.required(&fields, "source", Self::string);
        let target = self.required(&fields, "target", Self::string);
        let kind = self.required(&fields, "type", Self::keyword);
        Some(EdgeSpec { source: source?, target: target?, kind: kind?, pointer: fields.pointer })
    }

    fn window(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<WindowSpec> {
        let fields = self.fields(node, pointer, &["type", "time"])?;
        let kind = self.required(&fields, "type", Self::keyword);
        let time = self.required(&fields, "time", Self::time);
        Some(WindowSpec { kind: kind?, time: time?, pointer: fields.pointer })
    }

    pub(super) fn time(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<TimeSpec> {
        let fields = self.fields(node, pointer, &["unit", "size"])?;
        let unit = self.required(&fields, "unit", Self::keyword);
        let size = self.required(&fields, "size", Self::integer);
        let time = TimeSpec { unit: unit?, size: size?, pointer: fields.pointer };
        if let Err(error) = time.to_millis() {
            let at = time.pointer.key("size");
            self.error(Code::DurationOutOfRange, &at, error.text(), None);
            return None;
        }
        Some(time)
    }

    fn after_match(
        &mut self,
        node: &JsonNode,
        pointer: &Pointer,
    ) -> Option<AfterMatchSkipStrategySpec> {
        let fields = self.fields(node, pointer, &["type", "patternName"])?;
        let kind = self.required(&fields, "type", Self::keyword::<SkipTypeSpec>);
        let name = self.optional(&fields, "patternName", Self::string);
        let name = name.filter(|name| !name.is_empty());
        let at = pointer.key("patternName");
        let kind = kind?;
        let (strategy, unused) = match (kind, name) {
            (SkipTypeSpec::NoSkip, name) => (SkipStrategySpec::NoSkip, name),
            (SkipTypeSpec::SkipToNext, name) => (SkipStrategySpec::SkipToNext, name),
            (SkipTypeSpec::SkipPastLastEvent, name) => (SkipStrategySpec::SkipPastLastEvent, name),
            (SkipTypeSpec::SkipToFirst, Some(pattern_name)) => {
                (SkipStrategySpec::SkipToFirst { pattern_name }, None)
            }
            (SkipTypeSpec::SkipToLast, Some(pattern_name)) => {
                (SkipStrategySpec::SkipToLast { pattern_name }, None)
            }
            (SkipTypeSpec::SkipToFirst | SkipTypeSpec::SkipToLast, None) => {
                let message = text!("`{kind}` needs `patternName`", kind = kind.spelling());
                let hint = text!("name the node to skip to");
                self.error(Code::SkipNameMissing, &at, message, hint);
                return None;
            }
        };
        if unused.is_some() {
            let message = text!("`patternName` is not used by `{kind}`", kind = kind.spelling());
            let hint = text!("remove it, or use `SKIP_TO_FIRST` or `SKIP_TO_LAST`");
            self.diagnostics
                .push(Diagnostic::new(Code::SkipNameUnused, &at, message).with_hint(hint));
        }
        Some(AfterMatchSkipStrategySpec { strategy, pointer: fields.pointer })
    }
}
