//! 100,000 events of a click stream as the running engine moves time, against Flink (`tests/due/README.md`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tripline::{EncodedOutput, Output, Registry, RuleId, RuleMeta, RuleSource, RuleVersion};
use tripline_runtime::{OutputFormat, Pipeline, PipelineConfig, Rulebook};
use tripline_testkit::corpus;
use tripline_testkit::drive::{Finding, FindingKind};

use crate::root;
use crate::stream::{Lines, NothingLost, source};

const RULES: [&str; 5] = ["cross_sell", "abandoned_cart", "high_intent", "price_drop", "churn"];

/// Outputs as the oracle writes them: kind, key and positions, with how often each came.
type Found = BTreeMap<(bool, String, Vec<(String, Vec<u64>)>), i64>;

/// What was found, by rule.
type ByRule = Arc<Mutex<BTreeMap<String, Found>>>;

struct Collect(ByRule);

impl OutputFormat for Collect {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        _: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let Finding { key, kind, events } = Finding::of(output);
        let mut by_rule = self.0.lock().expect("no panic");
        let found = by_rule.entry(output.rule.id.as_str().to_owned()).or_default();
        *found.entry((kind == FindingKind::Match, key, events)).or_default() += 1;
        None
    }
}

fn expected(rule: &str) -> Found {
    let mut found = Found::new();
    for line in corpus::read(&root(&format!("tests/due/{rule}.expected.jsonl.zst"))).lines() {
        let output: Value = serde_json::from_str(line).expect("a line of the oracle");
        let positions = |list: &Value| -> Vec<u64> {
            list.as_array().expect("positions").iter().filter_map(Value::as_u64).collect()
        };
        let events = output["events"].as_object().expect("events by node");
        let events = events.iter().map(|(node, list)| (node.clone(), positions(list))).collect();
        let key = output["key"].as_str().expect("a key").to_owned();
        *found.entry((output["kind"] == "match", key, events)).or_default() += 1;
    }
    found
}

#[test]
fn a_click_stream_gives_what_flink_gives() {
    let sources: Vec<RuleSource> = RULES
        .iter()
        .map(|id| RuleSource {
            id: RuleId::new(id),
            version: RuleVersion(1),
            text: Arc::from(corpus::read(&root(&format!("tests/due/{id}.json")))),
            default_key: vec!["userId".to_owned()],
        })
        .collect();
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &sources);
    assert!(failures.is_empty(), "{failures:?}");
    let config = PipelineConfig { shards: 4, ..PipelineConfig::default() };
    let (mut pipeline, _) = Pipeline::new(&mut book, config);
    let events = corpus::read(&root("tests/due/events.jsonl.zst"));
    let found = ByRule::default();
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(Collect(Arc::clone(&found))) };
    pipeline
        .run(vec![source(events)], format, &mut Lines::default(), &mut NothingLost)
        .expect("reads to the end");
    assert_eq!(pipeline.summary().events, 100_000);
    let mut found = found.lock().expect("no panic");
    for rule in RULES {
        let mut difference = found.remove(rule).unwrap_or_default();
        let expected = expected(rule);
        assert!(!expected.is_empty(), "the oracle found something for {rule}");
        for (output, count) in &expected {
            *difference.entry(output.clone()).or_default() -= count;
        }
        difference.retain(|_, count| *count != 0);
        for (output, count) in difference.iter().take(5) {
            let what = if *count < 0 { "lacks" } else { "is too much" };
            eprintln!("{rule}: {output:?} {what}");
        }
        assert!(difference.is_empty(), "{rule}: {} outputs differ", difference.len());
    }
}
