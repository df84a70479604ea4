//! Outputs for people, and for those who want only what a rule is meant to tell.

use tripline::{EncodedOutput, Output, OutputEncoder, OutputKind, RuleMeta};
use tripline_runtime::OutputFormat;

use super::time_text;

/// Hands on only the kinds of output that a rule's label `alert` names (`match`, `timeout`, or both).
///
/// A rule without the label has all handed on.
pub(crate) struct AlertFilter {
    next: Box<dyn OutputFormat>,
}

impl AlertFilter {
    pub(crate) fn new(next: Box<dyn OutputFormat>) -> Self {
        Self { next }
    }
}

impl OutputFormat for AlertFilter {
    fn write(
        &mut self,
        output: &Output<'_>,
        rule: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let kind = kind_name(output.kind);
        let wanted = rule
            .labels
            .get("alert")
            .is_none_or(|kinds| kinds.split([',', ' ']).any(|named| named == kind))
            // It has one kind only.
            || kind == "aggregate";
        if wanted { self.next.write(output, rule, text) } else { None }
    }
}

const fn kind_name(kind: OutputKind) -> &'static str {
    match kind {
        OutputKind::Match => "match",
        OutputKind::Timeout { .. } => "timeout",
        OutputKind::Aggregate { .. } => "aggregate",
    }
}

/// Writes each output as one line for people: when, what, for whom, and how many events of which node.
#[derive(Debug, Default)]
pub(crate) struct HumanLines(OutputEncoder);

impl OutputFormat for HumanLines {
    fn write(
        &mut self,
        output: &Output<'_>,
        rule: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let mut encoded = self.0.encode_for_action(output, rule, text)?;
        // What the action says stands behind the line.
        let said = encoded.shown.take().map(|shown| text.split_off(shown.start));
        let when = match output.kind {
            OutputKind::Match => output.end(),
            OutputKind::Timeout { due } => due,
            OutputKind::Aggregate { event, end, .. } => event.map_or(end, |(time, _)| time),
        };
        let key: Vec<String> = rule
            .key
            .iter()
            .zip(output.key.values())
            .map(|(path, value)| format!("{path}={value}"))
            .collect();
        let nodes = output.rule.nfa().nodes();
        let name = |index: usize| nodes.get(index).map_or("", |node| node.name.as_str());
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for (node, _) in output.events() {
            match counts.last_mut() {
                Some((last, count)) if *last == usize::from(node.0) => *count += 1,
                _ => counts.push((usize::from(node.0), 1)),
            }
        }
        let events: Vec<String> = counts
            .iter()
            .map(|&(node, count)| match count {
                1 => name(node).to_owned(),
                _ => format!("{} x{count}", name(node)),
            })
            .collect();
        let mut line = format!(
            "{}  {:<8} {:<20} {}  {}",
            time_text(when),
            kind_name(output.kind),
            output.rule.id.as_str(),
            key.join(" "),
            events.join(", ")
        );
        if let (OutputKind::Aggregate { rank, .. }, Some(plan)) =
            (output.kind, output.rule.aggregate())
        {
            if let Some(rank) = rank {
                line.push_str(&format!("#{rank} "));
            }
            let pairs = plan.aggregates.iter().zip(output.values);
            let values: Vec<String> =
                pairs.map(|(aggregate, value)| format!("{}={value}", aggregate.name)).collect();
            line.push_str(&values.join(" "));
        }
        if !output.waiting_for.is_empty() {
            let missing: Vec<&str> =
                output.waiting_for.iter().map(|node| name(usize::from(node.0))).collect();
            line.push_str(&format!("; no {}", missing.join(" or ")));
        }
        if output.degraded {
            line.push_str("; the rule exceeded its budget for this key");
        }
        if let Some(said) = said {
            line.push_str(&format!("; {}", String::from_utf8_lossy(&said)));
        }
        let start = text.len();
        text.extend_from_slice(line.as_bytes());
        encoded.shown = Some(start..text.len());
        Some(encoded)
    }
}
