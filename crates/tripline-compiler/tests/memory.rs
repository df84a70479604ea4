//! What the engine says that the windows of statistics take of memory, beside what the allocator was asked for.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test, and rules as values are short to write"
)]

use std::alloc::System;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tripline_compiler::{RuleSetBuilder, RuleSource};
use tripline_condition::Registry;
use tripline_engine::{Output, RuleSet, ShardState};
use tripline_event::json::{JsonDecoder, JsonPayloadDecoder};
use tripline_event::{Event, EventPosition, RuleId, RuleVersion, Timestamp};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// An event every millisecond.
struct Events {
    count: i64,
    /// The event that comes at a time.
    event: fn(i64) -> String,
}

fn set_of(rule: &Json) -> RuleSet {
    let source = RuleSource {
        id: RuleId::new("r"),
        version: RuleVersion(1),
        text: Arc::from(rule.to_string()),
        default_key: Vec::new(),
    };
    let mut builder = RuleSetBuilder::new(Registry::with_builtins());
    let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
    let (set, failures) = builder.build(&empty, &[source]);
    assert!(failures.is_empty(), "{failures:?}");
    set
}

/// How many bytes it says that it holds, and how many it asked for.
fn measure(rule: &Json, lateness_ms: i64, events: &Events) -> (f64, f64) {
    let set = set_of(rule);
    let region = Region::new(ALLOCATOR);
    let mut state = ShardState::new();
    state.swap(&set);
    state.set_allowed_lateness(lateness_ms);
    {
        let (decoder, mut values) = (JsonDecoder::new(set.fields()), Vec::new());
        for at in 0..events.count {
            let payload = (events.event)(at);
            let payload = payload.as_bytes();
            decoder.decode(payload, &mut values).expect("an event");
            let time = Timestamp::from_millis(at);
            let position = EventPosition { offset: at.unsigned_abs(), ..EventPosition::default() };
            let event = Event { time, happened: time, position, values: &values, payload };
            state.process(&set, &event, &mut |_: &Output<'_>| {});
        }
    }
    let asked = region.change();
    let asked = asked.bytes_allocated as f64 - asked.bytes_deallocated as f64;
    (state.held_state().bytes as f64, asked)
}

fn ms(size: i64) -> Json {
    json!({"unit": "MILLISECONDS", "size": size})
}

fn sliding(size: i64, slide: i64) -> Json {
    json!({"type": "SLIDING", "size": ms(size), "slide": ms(slide)})
}

fn trailing(size: i64) -> Json {
    json!({"type": "TRAILING", "size": ms(size)})
}

/// A rule with a `having` that is never met.
fn rule(window: Json, aggregates: Json) -> Json {
    let having = json!({"type": "EXPRESSION", "expression": "n > 1000000000"});
    let mut rule = json!({"name": "r", "type": "AGGREGATE", "groupBy": ["g"], "window": window,
        "aggregates": aggregates, "having": having});
    rule["aggregates"]["n"] = json!({"function": "COUNT"});
    rule
}

/// One aggregate, or two.
fn of(functions: &[&str]) -> Json {
    let named = functions.iter().map(|function| {
        let mut aggregate = json!({"function": function, "field": "x"});
        if *function == "PERCENTILE" {
            aggregate["percentile"] = json!(95);
        }
        (function.to_lowercase(), aggregate)
    });
    named.collect::<serde_json::Map<_, _>>().into()
}

/// Events of so many groups in turn; `x` is the how many-th it is of its group.
fn turns<const GROUPS: i64>(at: i64) -> String {
    format!(r#"{{"g":{},"x":{}}}"#, at % GROUPS, at / GROUPS)
}

fn texts(at: i64) -> String {
    format!(
        r#"{{"g":"the group with the number {}","x":"the visitor with the number {at}"}}"#,
        at % 100
    )
}

fn one_has_most(at: i64) -> String {
    format!(r#"{{"g":{}}}"#, if at % 10 == 0 { at } else { 1 })
}

#[test]
fn what_is_estimated_is_near_what_is_held() {
    let tumbling = || json!({"type": "TUMBLING", "size": ms(10_000_000)});
    let session = json!({"type": "SESSION", "gap": ms(30_000)});
    let none = || json!({});
    let many = || of(&["SUM", "AVG", "MIN", "FIRST", "LAST"]);
    let mut about = rule(tumbling(), of(&["COUNT_DISTINCT"]));
    about["aggregates"]["count_distinct"]["mode"] = json!("APPROXIMATE");
    let mut updates = rule(sliding(100_000, 1_000), none());
    (updates["emit"], updates["every"]) = (json!("ON_UPDATE"), ms(1_000));
    let mut ranks = rule(sliding(50_000, 1_000), none());
    (ranks["top"], ranks["having"]) = (json!({"n": 3, "by": "n"}), json!(null));
    let check = |what: &str, rule: Json, lateness_ms: i64, count: i64, event: fn(i64) -> String| {
        let (said, asked) = measure(&rule, lateness_ms, &Events { count, event });
        assert!((0.77..1.3).contains(&(said / asked)), "{what}: {said} said, {asked} asked for");
    };
    check("few panes", rule(sliding(100_000, 100), none()), 0, 60_000, turns::<20_000>);
    check("many panes", rule(sliding(100_000, 100), none()), 0, 90_000, turns::<100>);
    check("functions", rule(sliding(100_000, 100), many()), 0, 60_000, turns::<2_000>);
    check("tumbling", rule(tumbling(), many()), 0, 60_000, turns::<20_000>);
    check("sets", rule(tumbling(), of(&["COUNT_DISTINCT"])), 0, 90_000, turns::<100>);
    check("sets of texts", rule(tumbling(), of(&["COUNT_DISTINCT"])), 0, 90_000, texts);
    let sets = rule(sliding(40_000, 1_000), of(&["COUNT_DISTINCT"]));
    check("moving sets", sets, 0, 60_000, turns::<100>);
    check("sketches", about, 0, 90_000, turns::<30>);
    check("percentiles", rule(tumbling(), of(&["PERCENTILE"])), 0, 90_000, turns::<300>);
    check("updates", updates, 0, 90_000, turns::<1_000>);
    check("sessions", rule(session, many()), 0, 60_000, turns::<20_000>);
    check("trailing", rule(trailing(50_000), none()), 0, 90_000, turns::<300>);
    check("one has most", rule(trailing(80_000), none()), 0, 90_000, one_has_most);
    check("late", rule(sliding(20_000, 1_000), none()), 40_000, 90_000, turns::<500>);
    check("late trailing", rule(trailing(10_000), none()), 40_000, 90_000, turns::<500>);
    check("ranks", ranks, 0, 90_000, turns::<5_000>);
}
