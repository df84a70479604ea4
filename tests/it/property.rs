//! What must hold of every rule and every sequence of events.
//!
//! A failing case is printed with what it shrank to, and kept in `proptest-regressions/`, to be run first from then on.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};
use tripline::Timestamp;
use tripline_testkit::drive::{
    Disturbance, Engine, Finding, TimedEvent, reference_as_case, reference_live, run_as_case,
    run_live,
};
use tripline_testkit::generate::{RuleModel, events, rule, windowed_rule};

const KEY: &[&str] = &["u"];

fn live(rules: &[String], events: &[TimedEvent]) -> Option<BTreeMap<String, Vec<Finding>>> {
    let mut engine = Engine::new(rules, KEY)?;
    run_live(&mut engine, events, |_| None);
    Some(engine.found)
}

fn sorted(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort();
    found
}

fn of_first(mut found: BTreeMap<String, Vec<Finding>>) -> Vec<Finding> {
    found.remove("r0").unwrap_or_default()
}

/// The findings of one key, in the order in which they came, matches and timeouts apart: of both, Flink promises one.
fn in_order(found: &[Finding], rule: &RuleModel) -> BTreeMap<String, Vec<Finding>> {
    let mut by_key: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in found {
        by_key.entry(finding.key.clone()).or_default().push(finding.clone());
    }
    if !rule.skips() {
        // Without a skip strategy the order within a step is free.
        by_key.values_mut().for_each(|found| found.sort());
    }
    by_key
}

fn disturbance() -> impl Strategy<Value = Option<Disturbance>> {
    prop_oneof![
        3 => proptest::strategy::Just(None),
        2 => proptest::strategy::Just(Some(Disturbance::Restart)),
        2 => proptest::strategy::Just(Some(Disturbance::Swap)),
        1 => proptest::strategy::Just(Some(Disturbance::OtherRule)),
        1 => proptest::strategy::Just(Some(Disturbance::Watermark)),
    ]
}

/// A rule with or without a window.
fn any_rule() -> impl Strategy<Value = RuleModel> {
    prop_oneof![rule(), windowed_rule()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_engine_finds_what_the_reference_finds(rule in rule(), events in events(12)) {
        let text = rule.to_json();
        if let Some(Ok(expected)) = reference_live(&text, Some("u"), &events) {
            let found = of_first(live(&[text], &events).expect("the reference took the rule"));
            prop_assert_eq!(in_order(&found, &rule), in_order(&expected, &rule));
        }
    }

    #[test]
    fn and_as_a_conformance_case_moves_time(
        rule in rule(),
        events in events(10),
        end in proptest::option::of(0_i64..60),
    ) {
        let text = rule.to_json();
        let end = end.map(|after| events.last().map_or(0, |last| last.time_ms) + after);
        if let Some(Ok(expected)) = reference_as_case(&text, &events, end) {
            let mut engine = Engine::new(&[text], &[]).expect("the reference took the rule");
            run_as_case(&mut engine, &events, end);
            let found = of_first(engine.found);
            prop_assert_eq!(in_order(&found, &rule), in_order(&expected, &rule));
        }
    }

    #[test]
    fn restarts_swaps_and_watermarks_change_nothing(
        rules in vec(any_rule(), 1..3),
        events in events(14),
        disturbances in vec(disturbance(), 14),
    ) {
        let rules: Vec<String> = rules.iter().map(RuleModel::to_json).collect();
        if let Some(mut engine) = Engine::new(&rules, KEY) {
            run_live(&mut engine, &events, |at| disturbances[at]);
            let mut found = engine.found;
            let other = found.remove("other");
            prop_assert!(other.is_none(), "the other rule came and went between two events");
            let sort = |found: BTreeMap<String, Vec<Finding>>| -> Vec<_> {
                found.into_iter().map(|(rule, found)| (rule, sorted(found))).collect()
            };
            let expected = live(&rules, &events).expect("the same rules");
            prop_assert_eq!(sort(found), sort(expected));
        }
    }

    #[test]
    fn a_key_among_others_is_as_a_key_alone(rule in any_rule(), events in events(16)) {
        let rules = [rule.to_json()];
        if let Some(found) = live(&rules, &events) {
            let found = of_first(found);
            let mut alone = Vec::new();
            for user in 0..3 {
                let of_user = format!("\"u\":{user}}}");
                let own: Vec<TimedEvent> =
                    events.iter().filter(|event| event.json.ends_with(&of_user)).cloned().collect();
                alone.extend(of_first(live(&rules, &own).expect("the same rule")));
            }
            prop_assert_eq!(in_order(&found, &rule), in_order(&alone, &rule));
        }
    }

    #[test]
    fn a_rule_among_others_is_as_a_rule_alone(
        rules in vec(any_rule(), 2..5),
        events in events(12),
    ) {
        let texts: Vec<String> = rules.iter().map(RuleModel::to_json).collect();
        if let Some(mut found) = live(&texts, &events) {
            for (at, (rule, text)) in rules.iter().zip(&texts).enumerate() {
                let together = found.remove(&format!("r{at}")).unwrap_or_default();
                let alone = of_first(live(std::slice::from_ref(text), &events).expect("one of them"));
                prop_assert_eq!(in_order(&together, rule), in_order(&alone, rule), "rule {}", at);
            }
        }
    }

    #[test]
    fn nothing_is_held_once_all_windows_have_closed(
        rules in vec(windowed_rule(), 1..3),
        events in events(16),
        swap_at in any::<proptest::sample::Index>(),
    ) {
        let rules: Vec<String> = rules.iter().map(RuleModel::to_json).collect();
        if let Some(mut engine) = Engine::new(&rules, KEY) {
            let swap_at = swap_at.index(events.len() + 1);
            run_live(&mut engine, &events, |at| (at == swap_at).then_some(Disturbance::Swap));
            prop_assert_eq!(engine.state().held(), (0, 0), "events and links held");
            prop_assert_eq!(engine.state().live_keys(), 0);
            for rule in engine.set().rules() {
                let counters = &engine.state().counters(engine.set())[rule.slot()];
                prop_assert_eq!((counters.live_runs, counters.withheld), (0, 0));
            }
        }
    }

    #[test]
    fn runs_of_a_rule_that_went_are_let_go(rule in any_rule(), events in events(16)) {
        if let Some(mut engine) = Engine::new(&[rule.to_json()], KEY) {
            for event in &events {
                engine.process(event);
            }
            let set = engine.set().clone();
            let mut state = engine.state().clone();
            state.clear(&set);
            prop_assert_eq!(state.held(), (0, 0), "events and links held");
            prop_assert_eq!(state.live_keys(), 0);
        }
    }
}

/// The generators must not make empty work: most rules are taken, and many find something.
#[test]
fn generated_rules_are_mostly_valid_and_often_match() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut valid, mut found, mut compared) = (0, 0, 0);
    let total = 500;
    for _ in 0..total {
        let tree = (rule(), events(12)).new_tree(&mut runner).expect("a rule and events");
        let (rule, events) = tree.current();
        let text = rule.to_json();
        if let Some(engine) = live(std::slice::from_ref(&text), &events) {
            valid += 1;
            found += usize::from(!of_first(engine).is_empty());
            compared +=
                usize::from(matches!(reference_live(&text, Some("u"), &events), Some(Ok(_))));
        }
    }
    assert!(valid * 10 >= total * 8, "{valid} of {total} rules are valid");
    assert!(found * 3 >= total, "{found} of {total} rules find something");
    assert!(compared * 10 >= valid * 9, "{compared} of {valid} valid rules can be compared");
}

#[test]
fn a_loop_without_an_end_stays_within_its_budget() {
    let rule = r#"{"name":"r","nodes":[
        {"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"k == 'a'"}},
        {"name":"b","type":"ATOMIC","quantifier":{"consumingStrategy":"SKIP_TILL_ANY","properties":["LOOPING"]},
         "condition":{"type":"EXPRESSION","expression":"k == 'b'"}},
        {"name":"c","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"k == 'c'"}}],
        "edges":[{"source":"a","target":"b","type":"SKIP_TILL_ANY"},{"source":"b","target":"c","type":"SKIP_TILL_ANY"}]}"#;
    let window = r#""window":{"type":"FIRST_AND_LAST","time":{"unit":"DAYS","size":1}}"#;
    for (strategy, window) in
        [("NO_SKIP", None), ("NO_SKIP", Some(window)), ("SKIP_TO_NEXT", Some(window))]
    {
        let text = rule.trim_end_matches('}').to_owned()
            + window.map_or(String::new(), |window| format!(",{window}")).as_str()
            + &format!(",\"afterMatchStrategy\":{{\"type\":\"{strategy}\"}}}}");
        let mut engine = Engine::new(&[text], KEY).expect("a valid rule");
        let mut most = 0;
        let events = if window.is_some() { 200 } else { 2_000 };
        for at in 0_u32..events {
            let kind = if at == 0 { 'a' } else { 'b' };
            let event = TimedEvent {
                time_ms: i64::from(at),
                position: u64::from(at),
                json: format!("{{\"k\":\"{kind}\",\"u\":1}}"),
            };
            engine.process(&event);
            let counters = engine.state().counters(engine.set());
            let runs: u64 = counters.iter().map(|rule| rule.live_runs).sum();
            most = most.max(runs);
        }
        assert!(most <= 20_000, "{strategy}: {most} runs at a time");
        let dropped = engine.state().counters(engine.set())[0].ended(tripline::RunEnd::Budget);
        assert!(dropped > 0, "{strategy}: what was dropped is counted");
        engine.advance_to(Timestamp::MAX);
        if window.is_some() {
            assert_eq!(engine.state().held(), (0, 0), "{strategy}: what was dropped is let go");
        }
    }
}
