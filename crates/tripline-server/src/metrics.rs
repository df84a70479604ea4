//! The metrics: one table, out of which `/metrics` and its reference are made.

mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use tripline::NodeCounters;
use tripline_runtime::RuleSummary;

use crate::engine::Look;
pub use table::METRICS;

/// What the rules that have no label of their own are called.
pub(crate) const OTHERS: &str = "(others)";

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows, but for a restart; its name ends in `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// A metric.
pub struct Metric {
    /// Its name, without what follows for its kind.
    name: &'static str,
    /// How it moves.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it is: one sentence.
    pub help: &'static str,
    /// When to worry: one sentence, or empty.
    pub worry: &'static str,
    read: Read,
}

/// How the values of a metric are read.
type Read = fn(&Facts<'_>, &mut Samples<'_>);

impl std::fmt::Debug for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Metric {
    /// The name that a query has.
    #[must_use]
    pub fn query_name(&self) -> String {
        match self.kind {
            MetricKind::Counter => format!("{}_total", self.name),
            MetricKind::Gauge => self.name.to_owned(),
        }
    }
}

/// What values are read from.
struct Facts<'a> {
    look: &'a Look,
    /// By id; the versions of a rule that are in force together, and rules without a label of their own, added up.
    rules: BTreeMap<&'a str, RuleFacts<'a>>,
}

/// What is known of a rule, in all its versions.
#[derive(Default)]
struct RuleFacts<'a> {
    versions: Vec<&'a RuleSummary>,
    /// Whether it has a label of its own.
    named: bool,
}

impl RuleFacts<'_> {
    fn sum(&self, of: impl Fn(&RuleSummary) -> u64) -> u64 {
        self.versions.iter().map(|version| of(version)).sum()
    }

    /// The nodes of all versions by name, in the order of the versions and of their patterns, each with a sum.
    fn nodes<'f>(
        &'f self,
        of: &impl Fn(&NodeCounters) -> u64,
    ) -> impl Iterator<Item = (&'f str, u64)> {
        let mut nodes: Vec<(&str, u64)> = Vec::new();
        for version in &self.versions {
            for (name, counters) in version.nodes.iter().zip(&version.counters.nodes) {
                match nodes.iter_mut().find(|(known, _)| known == name) {
                    Some((_, sum)) => *sum += of(counters),
                    None => nodes.push((name, of(counters))),
                }
            }
        }
        nodes.into_iter()
    }
}

impl<'a> Facts<'a> {
    fn new(look: &'a Look, max_rule_labels: usize) -> Self {
        let mut rules: BTreeMap<&str, RuleFacts<'_>> = BTreeMap::new();
        for rule in look.seen.iter().flat_map(|seen| &seen.summary.rules) {
            rules.entry(rule.id.as_str()).or_default().versions.push(rule);
        }
        let others = rules.keys().nth(max_rule_labels).copied();
        let others = others.map(|first| rules.split_off(first)).unwrap_or_default();
        rules.values_mut().for_each(|rule| rule.named = true);
        if !others.is_empty() {
            // A rule that is called so too is added to them.
            let all = rules.entry(OTHERS).or_default();
            all.named = false;
            all.versions.extend(others.into_values().flat_map(|rule| rule.versions));
        }
        Self { look, rules }
    }
}

/// Takes the values of one metric.
struct Samples<'a> {
    encoder: MetricEncoder<'a>,
    metric: &'a Metric,
    result: std::fmt::Result,
}

impl Samples<'_> {
    /// A value with its labels, in the order of [`Metric::labels`].
    fn add(&mut self, labels: &[&str], value: f64) {
        let labels: Vec<(&str, &str)> =
            self.metric.labels.iter().copied().zip(labels.iter().copied()).collect();
        let labels = labels.as_slice();
        let kind = self.metric.kind;
        let encode = |encoder: &mut MetricEncoder<'_>| match kind {
            MetricKind::Counter => encoder.encode_counter::<NoLabelSet, _, u64>(&value, None),
            MetricKind::Gauge => encoder.encode_gauge(&value),
        };
        let encoded = if labels.is_empty() {
            encode(&mut self.encoder)
        } else {
            self.encoder.encode_family(&labels).and_then(|mut encoder| encode(&mut encoder))
        };
        self.result = self.result.and(encoded);
    }
}

/// What is told at one request.
#[derive(Debug)]
struct Scrape {
    look: Look,
    max_rule_labels: usize,
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let facts = Facts::new(&self.look, self.max_rule_labels);
        for metric in METRICS {
            let kind = match metric.kind {
                MetricKind::Counter => MetricType::Counter,
                MetricKind::Gauge => MetricType::Gauge,
            };
            let encoder = encoder.encode_descriptor(metric.name, metric.help, None, kind)?;
            let mut samples = Samples { encoder, metric, result: Ok(()) };
            (metric.read)(&facts, &mut samples);
            samples.result?;
        }
        Ok(())
    }
}

/// All metrics, as Prometheus reads them.
pub(crate) fn metrics_text(look: Look, max_rule_labels: usize) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape { look, max_rule_labels }));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// The metrics as a table, in Markdown: what stands in `docs/operations.md`.
#[must_use]
pub fn metrics_reference() -> String {
    let mut text =
        "| Metric | Kind | Labels | What | When to worry |\n|---|---|---|---|---|\n".to_owned();
    for metric in METRICS {
        let kind = match metric.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, labels) = (metric.query_name(), labels.join(", "));
        let Metric { help, worry, .. } = metric;
        // Writing to a text does not fail.
        let _infallible = writeln!(text, "| `{name}` | {kind} | {labels} | {help} | {worry} |");
    }
    text
}
