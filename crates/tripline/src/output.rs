//! Outputs as JSON lines (`schemas/output.schema.json`).

use std::io::Write as _;

use tripline_compiler::CompiledRule;
use tripline_engine::{Nfa, Output, OutputKind, Rule};
use tripline_event::{EventPosition, RuleVersion, Value};
use tripline_spec::{GraphSpec, RuleDocument, SeveritySpec};
use xxhash_rust::xxh3::Xxh3;

/// What an output says of its rule besides id and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMeta {
    /// The rule's name for people.
    pub name: String,
    /// How grave an output of it is.
    pub severity: SeveritySpec,
    /// The paths of the key fields.
    pub key: Vec<String>,
}

impl RuleMeta {
    /// What a compiled rule says of itself; `key` are the key fields in force.
    #[must_use]
    pub fn of(rule: &CompiledRule, key: Vec<String>) -> Self {
        let graph_name = |graph: &GraphSpec| graph.name.clone();
        let (name, severity) = match &rule.document {
            RuleDocument::Row(row) => (
                row.name.clone().unwrap_or_else(|| graph_name(&row.pattern)),
                row.severity,
            ),
            other => (graph_name(other.pattern()), SeveritySpec::Info),
        };
        Self {
            name,
            severity,
            key,
        }
    }
}

/// Writes outputs; keeps its buffers from one to the next.
///
/// The id of an output is a hash of its kind, rule, version, key and events by node, and of its ordinal among equal
/// outputs of the same step: the same wherever and whenever the same input is processed.
#[derive(Debug, Default)]
pub struct OutputEncoder {
    step: u64,
    /// Hashes of the outputs of this step.
    seen: Vec<u128>,
}

impl OutputEncoder {
    /// An encoder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the output as one line to `line`, without the line's end; gives its id.
    pub fn encode(&mut self, output: &Output<'_>, meta: &RuleMeta, line: &mut Vec<u8>) -> u128 {
        let id = self.id(output);
        let nfa = output.rule.nfa();
        let kind = match output.kind {
            OutputKind::Match => "match",
            OutputKind::Timeout { .. } => "timeout",
        };
        // Writing into memory cannot fail.
        let _infallible = write!(
            line,
            "{{\"id\":\"{id:032x}\",\"kind\":\"{kind}\",\"rule\":{{\"id\":"
        );
        text(line, output.rule.id.as_str());
        let RuleVersion(version) = output.rule.version;
        let _infallible = write!(line, ",\"version\":{version},\"name\":");
        text(line, &meta.name);
        line.extend_from_slice(b"},\"severity\":");
        text(line, severity_name(meta.severity));
        line.extend_from_slice(b",\"key\":{");
        for (index, (path, part)) in meta.key.iter().zip(output.key.values()).enumerate() {
            comma(line, index);
            text(line, path);
            line.push(b':');
            value(line, &part);
        }
        let (start, end) = (output.start(), output.end());
        let _infallible = write!(line, "}},\"start\":{start},\"end\":{end},\"due\":");
        let _infallible = match output.kind {
            OutputKind::Match => write!(line, "null"),
            OutputKind::Timeout { due } => write!(line, "{due}"),
        };
        line.extend_from_slice(b",\"waiting_for\":[");
        for (index, node) in output.waiting_for.iter().enumerate() {
            comma(line, index);
            text(line, node_name(nfa, usize::from(node.0)));
        }
        line.extend_from_slice(b"],\"events\":{");
        let mut open = None;
        for (node, event) in output.events() {
            if open == Some(node) {
                line.push(b',');
            } else {
                line.extend_from_slice(if open.is_some() { b"]," } else { b"" });
                text(line, node_name(nfa, usize::from(node.0)));
                line.extend_from_slice(b":[");
                open = Some(node);
            }
            line.extend_from_slice(&event.payload);
        }
        line.extend_from_slice(if open.is_some() { b"]}}" } else { b"}}" });
        id
    }

    fn id(&mut self, output: &Output<'_>) -> u128 {
        if self.step != output.step {
            self.step = output.step;
            self.seen.clear();
        }
        let mut hash = Xxh3::new();
        let rule: &Rule = output.rule;
        hash.update(&[match output.kind {
            OutputKind::Match => 0,
            OutputKind::Timeout { .. } => 1,
        }]);
        hash_text(&mut hash, rule.id.as_str());
        hash.update(&rule.version.0.to_le_bytes());
        for part in output.key.values() {
            match part {
                Value::Missing => hash.update(&[0]),
                Value::Bool(value) => hash.update(&[1, u8::from(value)]),
                Value::Int(value) => {
                    hash.update(&[2]);
                    hash.update(&value.to_le_bytes());
                }
                Value::Float(value) => {
                    hash.update(&[3]);
                    hash.update(&value.to_bits().to_le_bytes());
                }
                Value::Text(value) => {
                    hash.update(&[4]);
                    hash_text(&mut hash, &value);
                }
            }
        }
        for (node, event) in output.events() {
            let EventPosition {
                source,
                partition,
                offset,
            } = event.position;
            hash.update(&node.0.to_le_bytes());
            hash.update(&source.to_le_bytes());
            hash.update(&partition.to_le_bytes());
            hash.update(&offset.to_le_bytes());
        }
        let content = hash.digest128();
        let ordinal = self.seen.iter().filter(|seen| **seen == content).count();
        self.seen.push(content);
        if ordinal == 0 {
            return content;
        }
        hash.update(&ordinal.to_le_bytes());
        hash.digest128()
    }
}

/// The length first, so that two texts in a row cannot be taken for two others.
fn hash_text(hash: &mut Xxh3, text: &str) {
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

const fn severity_name(severity: SeveritySpec) -> &'static str {
    match severity {
        SeveritySpec::Info => "info",
        SeveritySpec::Warning => "warning",
        SeveritySpec::Error => "error",
        SeveritySpec::Critical => "critical",
    }
}

fn node_name(nfa: &Nfa, index: usize) -> &str {
    nfa.nodes().get(index).map_or("", |node| node.name.as_str())
}

fn comma(line: &mut Vec<u8>, index: usize) {
    if index > 0 {
        line.push(b',');
    }
}

fn text(line: &mut Vec<u8>, text: &str) {
    // Writing into memory cannot fail, and any text is a JSON string.
    let _infallible = serde_json::to_writer(line, text);
}

fn value(line: &mut Vec<u8>, value: &Value) {
    let _infallible = match value {
        Value::Missing => serde_json::to_writer(line, &()),
        Value::Bool(value) => serde_json::to_writer(line, value),
        Value::Int(value) => serde_json::to_writer(line, value),
        Value::Float(value) => serde_json::to_writer(line, value),
        Value::Text(value) => serde_json::to_writer(line, value.as_str()),
    };
}
