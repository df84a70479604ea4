//! Rules change while events come at full speed: none is lost, none is judged twice, and versions only go forward.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tripline::{
    EncodedOutput, Output, Registry, RuleEdit, RuleEffect, RuleId, RuleMeta, RuleSource,
    RuleVersion,
};
use tripline_runtime::{OutputFormat, Pipeline, PipelineConfig, Rulebook, SwapReport, SwapSender};

use crate::stream::{Lines, NothingLost, source};

const RULES: usize = 1_000;
const EVENTS: usize = 100_000;

/// Every event of kind `k{number}`, whatever the version says besides.
fn rule(number: usize, version: i64, on_update: &str) -> RuleSource {
    let text = format!(
        r#"{{"id":"r{number}","version":{version},"on_update":"{on_update}","params":{{"version":{version}}},
            "pattern":{{"name":"r","edges":[],"nodes":[{{"name":"a","type":"ATOMIC",
            "condition":{{"type":"EXPRESSION","expression":"kind == 'k{number}' && params.version > 0"}}}}]}}}}"#
    );
    RuleSource {
        id: RuleId::new(&format!("r{number}")),
        version: RuleVersion(version),
        text: Arc::from(text),
        default_key: vec!["user".to_owned()],
    }
}

/// Writes the number of the rule, the version that judged, and the event.
struct Judged;

impl OutputFormat for Judged {
    fn write(
        &mut self,
        output: &Output<'_>,
        meta: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let number = output.rule.id.as_str().trim_start_matches('r');
        let (_, event) = output.events().next().expect("an event");
        assert_eq!(meta.labels.len(), 0, "the rule's own words");
        write!(text, "{number} {} {}", output.rule.version, event.position.offset).expect("memory");
        Some(EncodedOutput::default())
    }
}

/// Changes one rule after the other until the stream has ended; gives the last version of each.
fn change_rules(mut book: Rulebook, mut shard: SwapSender, ended: &AtomicBool) -> Vec<i64> {
    let mut versions = vec![1; RULES];
    let mut number = 0;
    while !ended.load(Ordering::Relaxed) {
        // One rule is changed all the time, the others in turn.
        let changed = if number % 2 == 0 { 0 } else { number % RULES };
        let on_update = ["restart", "drain", "migrate"][number % 3];
        versions[changed] += 1;
        let mut edits = vec![RuleEdit::Put(rule(changed, versions[changed], on_update))];
        for report in shard.reports() {
            if let SwapReport::Drained { slot, epoch } = report {
                edits.push(RuleEdit::Retire { slot, epoch });
            }
        }
        let outcomes = book.apply(edits);
        assert!(matches!(outcomes[0].effect, RuleEffect::Replaced { .. }), "{outcomes:?}");
        shard.swap(Arc::clone(book.running()));
        number += 1;
    }
    versions
}

#[test]
fn no_event_is_lost_or_judged_twice() {
    for shards in [1, 4] {
        run_while_rules_change(shards);
    }
}

fn run_while_rules_change(shards: usize) {
    let mut events = String::new();
    for at in 0..EVENTS {
        // Every second event is for the rule that changes all the time.
        let kind = if at % 2 == 0 { 0 } else { (at / 2) % RULES };
        writeln!(events, r#"{{"kind":"k{kind}","user":{},"ts":{at}}}"#, at % 97).expect("text");
    }
    let sources: Vec<RuleSource> = (0..RULES).map(|number| rule(number, 1, "restart")).collect();
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &sources);
    assert!(failures.is_empty(), "{failures:?}");
    let (mut pipeline, shard) =
        Pipeline::new(&mut book, PipelineConfig { shards, ..PipelineConfig::default() });
    let mut lines = Lines::default();
    let ended = AtomicBool::new(false);
    let versions = std::thread::scope(|scope| {
        let changing = scope.spawn(|| change_rules(book, shard, &ended));
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(Judged) };
        let ran = pipeline.run(vec![source(events)], format, &mut lines, &mut NothingLost);
        ran.expect("reads to the end");
        ended.store(true, Ordering::Relaxed);
        changing.join().expect("no panic")
    });
    assert!(pipeline.summary().swaps > 3, "{} swaps", pipeline.summary().swaps);
    // Those that drained since the shards last said so are still there.
    let drained = versions.iter().sum::<i64>().unsigned_abs() / 3;
    let left = (pipeline.rules().set.rules().count() - RULES) as u64;
    assert!(left <= 10 + drained / 4, "versions that drained go: {left} of {drained}");
    // By rule: the events judged, each with the version that did.
    let mut judged: BTreeMap<usize, Vec<(u64, i64)>> = BTreeMap::new();
    for line in lines.0.lines() {
        let [number, version, offset] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("three words: {line}");
        };
        let judged = judged.entry(number.parse().expect("a number")).or_default();
        judged.push((offset.parse().expect("a number"), version.parse().expect("a number")));
    }
    let mut count = 0;
    for (number, last) in versions.into_iter().enumerate() {
        let judged = judged.remove(&number).unwrap_or_default();
        let kind_of = |at: usize| if at.is_multiple_of(2) { 0 } else { (at / 2) % RULES };
        let expected = (0..EVENTS).filter(|at| kind_of(*at) == number).map(|at| at as u64);
        let positions: Vec<u64> = judged.iter().map(|(position, _)| *position).collect();
        assert!(positions.iter().copied().eq(expected), "rule {number}: each event once, in order");
        let found: Vec<i64> = judged.iter().map(|(_, version)| *version).collect();
        assert!(found.is_sorted(), "rule {number}: versions only go forward");
        assert!(found.iter().all(|version| (1..=last).contains(version)), "rule {number}");
        count += judged.len();
    }
    assert_eq!(count, EVENTS);
}
