//! Outputs as JSON lines (`schemas/output.schema.json`).

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::action::give;
use tripline_compiler::CompiledRule;
use tripline_condition::{BoundAction, NodeIndex, Payload};
use tripline_engine::{Output, OutputKind, Rule};
use tripline_event::{EventPosition, Value};
use tripline_spec::{GraphSpec, Keyword as _, RuleDocument, SeveritySpec};
use xxhash_rust::xxh3::xxh3_128;

/// What an output says of its rule.
#[derive(Clone, Debug)]
pub struct RuleMeta {
    /// The rule's name for people.
    pub name: String,
    /// How grave an output of it is.
    pub severity: SeveritySpec,
    /// The paths of the key fields.
    pub key: Vec<String>,
    /// What the rule's author noted.
    pub labels: BTreeMap<String, String>,
    /// What is done with its outputs, if it names an action that there is.
    pub action: Option<Arc<BoundAction>>,
    /// What stands in every line of the rule: from after the kind to the key.
    head: Vec<u8>,
    /// The paths of the key fields and the nodes' names as JSON.
    key_names: Vec<Vec<u8>>,
    node_names: Vec<Vec<u8>>,
    /// The names of the aggregates as JSON.
    value_names: Vec<Vec<u8>>,
}

impl RuleMeta {
    /// What a compiled rule says of itself; `key` are the key fields in force.
    #[must_use]
    pub fn of(rule: &Rule, compiled: &CompiledRule, key: Vec<String>) -> Self {
        let graph_name = |graph: &GraphSpec| graph.name.clone();
        let action = compiled.action.clone();
        let (name, severity, labels) = match &compiled.document {
            RuleDocument::Row(row) => {
                let name = row.name.clone().unwrap_or_else(|| graph_name(row.pattern.graph()));
                (name, row.severity, row.labels.clone())
            }
            other => (graph_name(other.pattern()), SeveritySpec::Info, BTreeMap::new()),
        };
        let said = action.as_ref().and_then(|bound| bound.action.severity.as_deref());
        let severity = said.and_then(SeveritySpec::from_spelling).unwrap_or(severity);
        let mut head = b",\"rule\":{\"id\":".to_vec();
        text(&mut head, rule.id.as_str());
        head.extend_from_slice(b",\"version\":");
        integer(&mut head, rule.version.0);
        head.extend_from_slice(b",\"name\":");
        text(&mut head, &name);
        head.extend_from_slice(b"},\"severity\":");
        text(&mut head, severity.spelling());
        head.extend_from_slice(b",\"key\":");
        let json = |name: &str| {
            let mut json = Vec::new();
            text(&mut json, name);
            json
        };
        let key_names = key.iter().map(|path| json(path)).collect();
        let node_names = rule.nfa().nodes().iter().map(|node| json(&node.name)).collect();
        let aggregates = rule.aggregate().map_or(&[][..], |plan| plan.aggregates.as_slice());
        let value_names = aggregates.iter().map(|aggregate| json(&aggregate.name)).collect();
        Self { name, severity, key, labels, action, head, key_names, node_names, value_names }
    }

    fn node_name(&self, node: NodeIndex) -> &[u8] {
        self.node_names.get(usize::from(node.0)).map_or(b"\"\"", Vec::as_slice)
    }
}

/// Where parts of an encoded line stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodedOutput {
    /// The id, without its quotes.
    pub id: Range<usize>,
    /// The key, a JSON object.
    pub key: Range<usize>,
    /// What is given out in the place of the whole, behind it: what the rule's action made of it.
    pub shown: Option<Range<usize>>,
    /// To which sinks it goes, as a set of their numbers; nothing for all.
    pub sinks: Option<u64>,
    /// Whose output it is, if the rule's action gives out at most one in a period.
    pub throttled: Option<Throttled>,
}

/// What an action that throttles goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// A hash of the rule's id and the key, the same for all versions of the rule.
    pub subject: u128,
    /// At most one output goes out in so many ms.
    pub period_ms: i64,
}

/// Writes outputs; keeps its buffers from one to the next.
///
/// The id of an output is a hash of its kind, rule, version, key and events by node, of when a timeout was due, and of
/// its ordinal among equal outputs of the same step: the same wherever and whenever the same input is processed.
#[derive(Debug, Default)]
pub struct OutputEncoder {
    step: u64,
    /// The outputs of this step.
    seen: Seen,
    /// What the id of the output at hand is the hash of.
    identity: Vec<u8>,
    /// What an action made of the output at hand.
    shown: String,
}

impl OutputEncoder {
    /// An encoder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the output as one line to `line`, without the line's end.
    pub fn encode(
        &mut self,
        output: &Output<'_>,
        meta: &RuleMeta,
        line: &mut Vec<u8>,
    ) -> EncodedOutput {
        let id = self.id(output);
        line.extend_from_slice(b"{\"id\":\"");
        let id_start = line.len();
        hexadecimal(line, id);
        line.extend_from_slice(match output.kind {
            OutputKind::Match => b"\",\"kind\":\"match\"",
            OutputKind::Timeout { .. } => b"\",\"kind\":\"timeout\"",
            OutputKind::Aggregate { .. } => b"\",\"kind\":\"aggregate\"",
        });
        line.extend_from_slice(&meta.head);
        let key_start = line.len();
        object(line, &meta.key_names, output.key.values());
        let key = key_start..line.len();
        line.extend_from_slice(b",\"start\":");
        integer(line, output.start().as_millis());
        line.extend_from_slice(b",\"end\":");
        integer(line, output.end().as_millis());
        line.extend_from_slice(b",\"due\":");
        match output.kind {
            OutputKind::Timeout { due } => integer(line, due.as_millis()),
            OutputKind::Match | OutputKind::Aggregate { .. } => line.extend_from_slice(b"null"),
        }
        line.extend_from_slice(b",\"waiting_for\":[");
        for (index, &node) in output.waiting_for.iter().enumerate() {
            comma(line, index);
            line.extend_from_slice(meta.node_name(node));
        }
        line.push(b']');
        if output.degraded {
            line.extend_from_slice(b",\"degraded\":true");
        }
        if let OutputKind::Aggregate { rank, revision, event, .. } = output.kind {
            let at = event.map(|(time, _)| time.as_millis());
            values_of(output, meta, (rank, revision, at), line);
            return EncodedOutput { id: id_start..id_start + 32, key, ..EncodedOutput::default() };
        }
        line.extend_from_slice(b",\"events\":{");
        let mut open = None;
        for (node, event) in output.events() {
            if open == Some(node) {
                line.push(b',');
            } else {
                line.extend_from_slice(if open.is_some() { b"]," } else { b"" });
                line.extend_from_slice(meta.node_name(node));
                line.extend_from_slice(b":[");
                open = Some(node);
            }
            line.extend_from_slice(&event.payload);
        }
        line.extend_from_slice(if open.is_some() { b"]}}" } else { b"}}" });
        EncodedOutput { id: id_start..id_start + 32, key, ..EncodedOutput::default() }
    }

    /// Does with the output what the rule's action says, if it has one, and appends it: nothing if it is left out.
    pub fn encode_for_action(
        &mut self,
        output: &Output<'_>,
        meta: &RuleMeta,
        line: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        self.shown.clear();
        let mut given = give(meta, output, &mut self.shown);
        if given == Payload::Nothing {
            return None;
        }
        let begin = line.len();
        let mut encoded = self.encode(output, meta, line);
        if let Some(bound) = &meta.action {
            encoded.sinks = bound.action.sinks;
            let period_ms = bound.action.throttle_ms;
            encoded.throttled = (period_ms > 0).then(|| {
                let subject = self.subject(output, line.get(encoded.key.clone()));
                Throttled { subject, period_ms }
            });
        }
        let plugin = meta.action.as_ref().and_then(|bound| bound.plugin.as_ref());
        if let (Payload::Whole, Some(plugin)) = (given, plugin) {
            let whole = line.get(begin..).and_then(|whole| std::str::from_utf8(whole).ok());
            given = plugin.give(whole.unwrap_or_default(), &mut self.shown);
            if given == Payload::Nothing {
                line.truncate(begin);
                return None;
            }
        }
        if given == Payload::Text {
            let start = line.len();
            line.extend_from_slice(self.shown.as_bytes());
            encoded.shown = Some(start..line.len());
        }
        Some(encoded)
    }

    fn subject(&mut self, output: &Output<'_>, key: Option<&[u8]>) -> u128 {
        self.identity.clear();
        push_text(&mut self.identity, output.rule.id.as_str());
        self.identity.extend_from_slice(key.unwrap_or_default());
        xxh3_128(&self.identity)
    }

    fn id(&mut self, output: &Output<'_>) -> u128 {
        if self.step != output.step {
            self.step = output.step;
            self.seen.clear();
        }
        let identity = &mut self.identity;
        identity.clear();
        match output.kind {
            OutputKind::Match => identity.push(0),
            // The same events can time out twice, in two states with windows of their own.
            OutputKind::Timeout { due } => {
                identity.push(1);
                identity.extend_from_slice(&due.as_millis().to_le_bytes());
            }
            OutputKind::Aggregate { start, end, revision, event, .. } => {
                identity.push(2);
                for time in [start, end] {
                    identity.extend_from_slice(&time.as_millis().to_le_bytes());
                }
                identity.extend_from_slice(&revision.to_le_bytes());
                if let Some((_, EventPosition { source, partition, offset })) = event {
                    identity.extend_from_slice(&source.to_le_bytes());
                    identity.extend_from_slice(&partition.to_le_bytes());
                    identity.extend_from_slice(&offset.to_le_bytes());
                }
            }
        }
        push_text(identity, output.rule.id.as_str());
        identity.extend_from_slice(&output.rule.version.0.to_le_bytes());
        for part in output.key.values() {
            match part {
                // A group may lack a field; no key has a list.
                Value::Missing | Value::List(_) => identity.push(0),
                Value::Bool(value) => identity.extend_from_slice(&[1, u8::from(value)]),
                Value::Int(value) => {
                    identity.push(2);
                    identity.extend_from_slice(&value.to_le_bytes());
                }
                Value::Float(value) => {
                    identity.push(3);
                    identity.extend_from_slice(&value.to_bits().to_le_bytes());
                }
                Value::Text(value) => {
                    identity.push(4);
                    push_text(identity, &value);
                }
            }
        }
        for (node, event) in output.events() {
            let EventPosition { source, partition, offset } = event.position;
            identity.extend_from_slice(&node.0.to_le_bytes());
            identity.extend_from_slice(&source.to_le_bytes());
            identity.extend_from_slice(&partition.to_le_bytes());
            identity.extend_from_slice(&offset.to_le_bytes());
        }
        let content = xxh3_128(identity);
        let ordinal = self.seen.count(content);
        if ordinal == 0 {
            return content;
        }
        identity.extend_from_slice(&ordinal.to_le_bytes());
        xxh3_128(identity)
    }
}

/// Writes what an aggregate has in place of events.
fn values_of(
    output: &Output<'_>,
    meta: &RuleMeta,
    (rank, revision, at): (Option<u32>, u32, Option<i64>),
    line: &mut Vec<u8>,
) {
    let optional = |line: &mut Vec<u8>, name: &[u8], number: Option<i64>| {
        line.extend_from_slice(name);
        match number {
            Some(number) => integer(line, number),
            None => line.extend_from_slice(b"null"),
        }
    };
    line.extend_from_slice(b",\"group\":");
    object(line, &meta.key_names, output.key.values());
    line.extend_from_slice(b",\"values\":");
    object(line, &meta.value_names, output.values.iter().cloned());
    optional(line, b",\"rank\":", rank.map(i64::from));
    optional(line, b",\"revision\":", Some(i64::from(revision)));
    optional(line, b",\"at\":", at);
    line.push(b'}');
}

/// Writes a JSON object.
fn object(line: &mut Vec<u8>, names: &[Vec<u8>], values: impl Iterator<Item = Value>) {
    line.push(b'{');
    for (index, (name, part)) in names.iter().zip(values).enumerate() {
        comma(line, index);
        line.extend_from_slice(name);
        line.push(b':');
        value(line, &part);
    }
    line.push(b'}');
}

/// How often each content has come in one step: nearly always one output, but thousands where many windows close at once.
#[derive(Debug, Default)]
struct Seen {
    few: Vec<u128>,
    many: BTreeMap<u128, u64>,
}

impl Seen {
    /// As many as this are compared one by one.
    const FEW: usize = 16;

    fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// How often `content` came before; counts it.
    fn count(&mut self, content: u128) -> u64 {
        let before = self.few.iter().filter(|seen| **seen == content).count() as u64;
        if self.few.len() < Self::FEW {
            self.few.push(content);
            return before;
        }
        let more = self.many.entry(content).or_default();
        *more += 1;
        before + *more - 1
    }
}

/// The length first, so that two texts in a row cannot be taken for two others.
fn push_text(identity: &mut Vec<u8>, text: &str) {
    identity.extend_from_slice(&(text.len() as u64).to_le_bytes());
    identity.extend_from_slice(text.as_bytes());
}

/// Writes 32 hexadecimal digits.
fn hexadecimal(line: &mut Vec<u8>, number: u128) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in number.to_be_bytes() {
        for digit in [byte >> 4, byte & 15] {
            line.extend(DIGITS.get(usize::from(digit)));
        }
    }
}

fn integer(line: &mut Vec<u8>, number: i64) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
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
        Value::Missing | Value::List(_) => serde_json::to_writer(line, &()),
        Value::Bool(value) => serde_json::to_writer(line, value),
        Value::Int(value) => {
            integer(line, *value);
            Ok(())
        }
        Value::Float(value) => serde_json::to_writer(line, value),
        Value::Text(value) => serde_json::to_writer(line, value.as_str()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_are_counted_however_many_there_are() {
        let mut seen = Seen::default();
        for round in 0..3 {
            for content in 0..40 {
                assert_eq!(seen.count(content), round, "content {content}");
            }
        }
        seen.clear();
        assert_eq!(seen.count(7), 0);
    }
}
