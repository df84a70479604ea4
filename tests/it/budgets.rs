//! A rule that holds or takes more than it may hurts itself and nobody else, and everybody sees it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Budget, BudgetExceeded, BudgetLimit, Budgets, Code, Event, EventPosition, OnExceeded, Output,
    Registry, RuleEdit, RuleEffect, RuleId, RuleSet, RuleSetBuilder, RuleSource, RuleVersion,
    RunEnd, ShardState, Timestamp, Watermark, decode_snapshot, encode_snapshot,
};
use tripline_runtime::{
    BudgetGuard, JsonLines, OutputFormat, Pipeline, PipelineConfig, Rulebook, RunSummary,
    SharedRules,
};

use crate::live::{Engine, PROBE, eventually};
use crate::program::{Program, text};
use crate::stream::{Lines, NothingLost, source};

fn node(name: &str, quantifier: &str) -> String {
    format!(
        r#"{{"name":"{name}","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == '{name}'"}}{quantifier}}}"#
    )
}

/// `a b`, any of them, perhaps with a window in ms and a skip strategy.
fn pair(window_ms: u32, strategy: &str) -> String {
    let window = if window_ms == 0 {
        String::new()
    } else {
        format!(
            r#","window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MILLISECONDS","size":{window_ms}}}}}"#
        )
    };
    format!(
        r#"{{"name":"r","nodes":[{},{}],"edges":[{{"source":"a","target":"b","type":"SKIP_TILL_ANY"}}],"afterMatchStrategy":{{"type":"{strategy}"}}{window}}}"#,
        node("a", ""),
        node("b", "")
    )
}

/// `a`s in a greedy loop, and a `b` that may never come: each event begins an attempt, and all earlier ones take it.
fn greedy() -> String {
    let greedy =
        r#","quantifier":{"consumingStrategy":"SKIP_TILL_NEXT","properties":["LOOPING","GREEDY"]}"#;
    format!(
        r#"{{"name":"r","nodes":[{},{}],"edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}]}}"#,
        node("a", greedy),
        node("b", "")
    )
}

/// Attempts double with each `b`.
pub(crate) fn doubling() -> String {
    let any = r#","quantifier":{"consumingStrategy":"SKIP_TILL_ANY","properties":["LOOPING"]}"#;
    format!(
        r#"{{"name":"r","nodes":[{},{},{}],"edges":[{{"source":"a","target":"b","type":"SKIP_TILL_ANY"}},{{"source":"b","target":"c","type":"SKIP_TILL_ANY"}}]}}"#,
        node("a", ""),
        node("b", any),
        node("c", "")
    )
}

pub(crate) fn rule(id: &str, text: &str) -> RuleSource {
    RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(text),
        default_key: vec!["user".to_owned()],
    }
}

fn budgets(budget: Budget) -> Budgets {
    Budgets { default: budget, ..Budgets::default() }
}

pub(crate) fn few(max_runs_per_key: usize) -> Budget {
    Budget { max_runs_per_key, ..Budget::default() }
}

/// One shard, by hand.
struct Shard {
    builder: RuleSetBuilder,
    set: RuleSet,
    state: ShardState,
    next: u64,
    /// Of each output the key and the times of its events, and a `!` if it is degraded.
    found: Vec<String>,
}

impl Shard {
    fn new(rules: &[String], budget: Budget) -> Self {
        let mut builder = RuleSetBuilder::new(Registry::with_builtins());
        builder.set_budgets(budgets(budget));
        let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let sources: Vec<RuleSource> =
            (0..).zip(rules).map(|(at, text): (i32, _)| rule(&format!("r{at}"), text)).collect();
        let (set, failures) = builder.build(&empty, &sources);
        assert!(failures.is_empty(), "{failures:?}");
        let mut state = ShardState::new();
        state.swap(&set);
        Self { builder, set, state, next: 0, found: Vec::new() }
    }

    fn event(&mut self, time_ms: i64, user: &str, kind: &str) {
        self.advance(time_ms - 1);
        let payload = format!(r#"{{"user":"{user}","kind":"{kind}"}}"#);
        let mut values = Vec::new();
        JsonDecoder::new(self.set.fields()).decode(payload.as_bytes(), &mut values).expect("JSON");
        let position = EventPosition { offset: self.next, ..EventPosition::default() };
        self.next += 1;
        let time = Timestamp::from_millis(time_ms);
        let event =
            Event { time, happened: time, position, values: &values, payload: payload.as_bytes() };
        let found = &mut self.found;
        self.state.process(&self.set, &event, &mut |output: &Output<'_>| keep(found, output));
    }

    fn advance(&mut self, time_ms: i64) {
        let found = &mut self.found;
        let watermark = Watermark(Timestamp::from_millis(time_ms));
        self.state.advance_to(&self.set, watermark, &mut |output: &Output<'_>| keep(found, output));
    }

    fn found(&mut self) -> String {
        std::mem::take(&mut self.found).join(" ")
    }

    fn counters(&self) -> tripline::RuleCounters {
        self.state.counters(&self.set).remove(0)
    }
}

fn keep(found: &mut Vec<String>, output: &Output<'_>) {
    let key: Vec<String> = output.key.values().map(|part| part.to_string()).collect();
    let times: Vec<String> =
        output.events().map(|(_, event)| event.time.as_millis().to_string()).collect();
    let mark = if output.degraded { "!" } else { "" };
    found.push(format!("{}:{}{mark}", key.join(","), times.join("-")));
}

#[test]
fn the_oldest_give_way_and_later_outputs_say_so() {
    let mut shard = Shard::new(&[pair(0, "NO_SKIP")], few(4));
    for time in 1..=4 {
        shard.event(time, "u", "a");
    }
    shard.event(5, "v", "a");
    assert_eq!(shard.counters().budget_exceeded, 0, "as many as may be");
    shard.event(6, "u", "a");
    shard.event(7, "u", "b");
    shard.event(7, "v", "b");
    assert_eq!(shard.found(), "u:4-7! u:6-7! v:5-7", "down to half, and only this key");
    let counters = shard.counters();
    assert_eq!((counters.budget_exceeded, counters.ended(RunEnd::Budget)), (1, 3));
    assert_eq!((counters.live_runs, counters.held_events), (3, 3), "b leaves attempts open");
}

#[test]
fn a_key_without_attempts_begins_anew() {
    let mut shard = Shard::new(&[pair(10, "NO_SKIP")], few(4));
    for time in 1..=5 {
        shard.event(time, "u", "a");
    }
    shard.event(6, "u", "b");
    assert_eq!(shard.found(), "u:4-6! u:5-6!");
    shard.advance(20);
    // As windows close, each open attempt gives its timeout.
    assert_eq!(shard.found(), "u:4! u:5!");
    shard.event(21, "u", "a");
    shard.event(22, "u", "b");
    assert_eq!(shard.found(), "u:21-22");
}

#[test]
fn with_a_skip_strategy_all_of_the_key_goes_and_marks_what_it_might_have_pruned() {
    for (window_ms, later) in [(10, "u:40-41"), (0, "u:40-41!")] {
        let mut shard = Shard::new(&[pair(window_ms, "SKIP_PAST_LAST_EVENT")], few(4));
        for time in 1..=5 {
            shard.event(time, "u", "a");
        }
        let counters = shard.counters();
        // The start state is one of them.
        assert_eq!((counters.live_runs, counters.held_events), (1, 1), "{window_ms}");
        shard.event(6, "u", "x");
        shard.event(7, "u", "b");
        assert_eq!(shard.found(), "u:5-7!", "{window_ms}");
        shard.advance(30);
        let bytes = encode_snapshot(&shard.state.snapshot(&shard.set)).expect("it can be kept");
        let snapshot = decode_snapshot(&bytes).expect("it can be read");
        (shard.state, _) = ShardState::restore(&snapshot, &shard.set);
        shard.event(40, "u", "a");
        shard.event(41, "u", "b");
        assert_eq!(shard.found(), later, "{window_ms}");
    }
}

#[test]
fn a_snapshot_keeps_what_is_held_and_what_was_dropped() {
    let mut shard = Shard::new(&[pair(0, "NO_SKIP")], few(4));
    for time in 1..=6 {
        shard.event(time, "u", "a");
    }
    let before = shard.counters();
    let snapshot = shard.state.snapshot(&shard.set);
    (shard.state, _) = ShardState::restore(&snapshot, &shard.set);
    let after = shard.counters();
    assert_eq!(after.held_events, before.held_events);
    assert_eq!((after.budget_exceeded, after.live_runs), (1, 3));
    shard.event(7, "u", "b");
    assert_eq!(shard.found(), "u:4-7! u:5-7! u:6-7!");
}

#[test]
fn events_that_are_held_count_too() {
    let budget = Budget { max_events_per_key: 1000, ..Budget::default() };
    let mut shard = Shard::new(&[greedy()], budget);
    let mut most = 0;
    for time in 0..500 {
        shard.event(time, "u", "a");
        most = most.max(shard.counters().held_events);
    }
    // One event gives each of some forty attempts one more.
    assert!((900..=1000).contains(&most), "{most}");
    let counters = shard.counters();
    assert!(counters.budget_exceeded > 5, "{counters:?}");
    assert_eq!(shard.state.held().1 as u64, counters.held_events, "one rule holds all links");
    let told = shard.state.budget_exceeded(&shard.set);
    let limit = BudgetLimit::EventsOfKey(1000);
    assert!(matches!(&told[..], [one] if one.limit == limit && !one.suspend), "{told:?}");
    assert_eq!(shard.state.budget_exceeded(&shard.set), [], "told once");
}

#[test]
fn limits_of_all_keys() {
    for budget in [
        Budget { max_runs: 50, ..Budget::default() },
        Budget { max_events: 50, ..Budget::default() },
    ] {
        let mut shard = Shard::new(&[pair(0, "NO_SKIP")], budget);
        for time in 0..1000 {
            shard.event(time, &format!("u{}", time % 40), "a");
            let counters = shard.counters();
            assert!(counters.live_runs <= 52 && counters.held_events <= 52, "{counters:?}");
        }
        assert!(shard.counters().ended(RunEnd::Budget) > 900);
    }
}

/// A step makes runs out of runs: even that has an end before the step has.
#[test]
fn one_event_cannot_make_runs_without_end() {
    let options: Vec<String> = (0..14)
        .map(|at| {
            format!(
                r#"{{"name":"o{at}","type":"ATOMIC","quantifier":{{"properties":["OPTIONAL"]}},"condition":{{"type":"EXPRESSION","expression":"kind == 'b'"}}}}"#
            )
        })
        .collect();
    let edges: Vec<String> = (0..15)
        .map(|at| {
            let name = |at: i32| match at {
                0 => "a".to_owned(),
                15 => "c".to_owned(),
                at => format!("o{}", at - 1),
            };
            format!(
                r#"{{"source":"{}","target":"{}","type":"SKIP_TILL_ANY"}}"#,
                name(at),
                name(at + 1)
            )
        })
        .collect();
    for strategy in ["NO_SKIP", "SKIP_PAST_LAST_EVENT"] {
        let text = format!(
            r#"{{"name":"r","nodes":[{},{},{}],"edges":[{}],"afterMatchStrategy":{{"type":"{strategy}"}}}}"#,
            node("a", ""),
            options.join(","),
            node("c", ""),
            edges.join(",")
        );
        let mut shard = Shard::new(&[text], few(100));
        for time in 0..100 {
            shard.event(time, "u", "a");
        }
        let mut reached = 0;
        for time in 100..110 {
            shard.event(time, "u", "b");
            let counters = shard.counters();
            let all: u64 = counters.nodes.iter().map(|node| node.reached).sum();
            // A hundred runs with fourteen ways on each.
            assert!(all - reached < 2000, "{strategy}: {} runs in one step", all - reached);
            reached = all;
            assert!(counters.live_runs <= 100, "{strategy}: {}", counters.live_runs);
        }
        assert!(shard.counters().budget_exceeded > 0);
        assert_eq!(shard.state.held().1 as u64, shard.counters().held_events);
    }
}

static CLOCK_NS: AtomicU64 = AtomicU64::new(0);

/// A clock that goes on by 2 ms whenever it is asked.
fn slow_ns() -> u64 {
    CLOCK_NS.fetch_add(2_000_000, Ordering::Relaxed)
}

#[test]
fn a_rule_that_takes_too_much_time_is_told_of_if_it_is_over_a_limit() {
    let time = |exceeded: &[BudgetExceeded]| {
        exceeded.iter().any(|one| matches!(one.limit, BudgetLimit::Time { .. }) && one.suspend)
    };
    for (budget, expected) in [
        (few(200), true),
        // As busy, and within all limits.
        (Budget { max_runs_per_key: 10_000, ..Budget::default() }, false),
        (Budget { max_runs_per_key: 10_000, max_time_percent: 10, ..Budget::default() }, true),
        (Budget { max_time_percent_over_limit: 100, ..few(200) }, false),
    ] {
        let mut shard = Shard::new(&[pair(0, "NO_SKIP"), pair(7, "NO_SKIP")], budget);
        shard.state.set_stopwatch(slow_ns);
        let mut told = Vec::new();
        for at in 0..1500 {
            shard.event(at, "u", "a");
            told.extend(shard.state.budget_exceeded(&shard.set));
        }
        assert_eq!(time(&told), expected, "{budget:?}: {told:?}");
        // The other one has never more than eight attempts.
        let other = told.iter().any(|one| one.slot == 1);
        assert_eq!(other, budget.max_time_percent < 100, "{budget:?}: {told:?}");
        assert!(shard.counters().evaluation_ns > 1_000_000_000);
    }
}

#[test]
fn a_suspended_rule_does_nothing_until_it_is_put_anew() {
    let mut shard = Shard::new(&[pair(0, "NO_SKIP"), pair(0, "NO_SKIP")], few(4));
    for time in 0..6 {
        shard.event(time, "u", "a");
    }
    let told = shard.state.budget_exceeded(&shard.set);
    assert_eq!(told.len(), 2);
    let first = told.into_iter().find(|one| one.slot == 0).expect("it is over");
    let BudgetExceeded { slot, epoch, limit, .. } = first;
    let edit = |shard: &mut Shard, edit: RuleEdit| {
        let built = shard.builder.update(&shard.set, vec![edit]);
        shard.set = built.set;
        let effects = shard.state.swap(&shard.set);
        (built.outcomes.into_iter().map(|outcome| outcome.effect).next(), effects)
    };
    let suspend = RuleEdit::Suspend { slot, epoch, limit: limit.clone() };
    let (_, effects) = edit(&mut shard, suspend.clone());
    assert_eq!((effects.len(), effects[0].dropped), (1, 3), "{effects:?}");
    assert_eq!(shard.set.rule_in(0).expect("it stays").suspended(), Some(&limit));
    let counters = shard.counters();
    assert_eq!((counters.budget_exceeded, counters.live_runs), (1, 0), "what it did is still seen");
    for (time, kind) in [(6, "a"), (7, "b")] {
        shard.event(time, "u", kind);
    }
    assert_eq!(shard.found(), "u:3-7! u:4-7! u:5-7! u:6-7!", "of the other rule");
    assert_eq!(shard.counters().held_events, 0);
    let (_, effects) = edit(&mut shard, suspend);
    assert_eq!(effects, [], "it is another by now");
    let put = |version, text: &str| {
        RuleEdit::Put(RuleSource { version: RuleVersion(version), ..rule("r0", text) })
    };
    let graph = pair(0, "NO_SKIP");
    let row = format!(r#"{{"id":"r0","version":2,"on_update":"drain","pattern":{graph}}}"#);
    assert_eq!(edit(&mut shard, put(1, &graph)).0, Some(RuleEffect::Unchanged));
    shard.event(8, "u", "a");
    assert_eq!(shard.counters().live_runs, 0);
    assert!(matches!(edit(&mut shard, put(2, &row)).0, Some(RuleEffect::Replaced { .. })));
    assert!(shard.set.draining().is_empty(), "it has nothing to finish");
    shard.event(9, "u", "a");
    assert_eq!(shard.counters().live_runs, 1);
}

/// What rules find with so many shards, and the summary.
pub(crate) fn run(
    rules: &[RuleSource],
    budgets: Budgets,
    shards: usize,
    events: &str,
) -> (String, RunSummary) {
    let mut book = Rulebook::new(Registry::with_builtins());
    book.set_budgets(budgets);
    let failures = book.replace(rules);
    assert!(failures.is_empty(), "{failures:?}");
    let config = PipelineConfig { shards, batch_max_events: 16, ..PipelineConfig::default() };
    let (mut pipeline, swaps) = Pipeline::new(&mut book, config);
    let guard = BudgetGuard::start(SharedRules::new(book, swaps)).expect("a thread");
    let mut lines = Lines::default();
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
    pipeline
        .run(vec![source(events.to_owned())], format, &mut lines, &mut NothingLost)
        .expect("no fault");
    guard.stop();
    (lines.0, pipeline.summary())
}

#[test]
fn limits_of_a_key_give_the_same_with_any_number_of_shards() {
    let mut events = String::new();
    for at in 0..2000 {
        let kind = if at % 50 == 49 { "b" } else { "a" };
        writeln!(events, r#"{{"user":{},"kind":"{kind}","ts":{at}}}"#, at % 7).expect("written");
    }
    let budget = Budget { max_runs_per_key: 20, max_events_per_key: 100, ..Budget::default() };
    let rules = [
        rule("pair", &pair(0, "NO_SKIP")),
        rule("skip", &pair(500, "SKIP_TO_NEXT")),
        rule("greedy", &greedy()),
    ];
    let mut first: Option<String> = None;
    for shards in [1, 2, 4, 16] {
        let (lines, summary) = run(&rules, budgets(budget), shards, &events);
        assert!(summary.rules.iter().all(|rule| rule.counters.budget_exceeded > 10));
        assert!(
            lines.lines().filter(|line| line.contains(r#","degraded":true,"events""#)).count()
                > 100
        );
        assert_eq!(first.get_or_insert_with(|| lines.clone()), &lines, "{shards} shards");
    }
}

#[test]
fn a_rule_is_suspended_if_that_is_asked_for_and_the_others_go_on() {
    let suspends = Budget { on_exceeded: OnExceeded::Suspend, ..few(50) };
    let mut budgets = Budgets::default();
    budgets.by_rule.insert(RuleId::new("bad"), suspends);
    let rules = [rule("bad", &doubling()), rule("good", &pair(3, "NO_SKIP"))];
    let mut count = 20_000;
    // A run may be over before anybody looks at what the shards ask for; then a longer one is not.
    let (alone, summary) = loop {
        let mut events = String::new();
        for at in 0..count {
            let kind = if at % 2 == 1 { "b" } else { "a" };
            writeln!(events, r#"{{"user":{},"kind":"{kind}","ts":{at}}}"#, at % 3)
                .expect("written");
        }
        let (_, alone) = run(&rules[1..], Budgets::default(), 2, &events);
        let (_, summary) = run(&rules, budgets.clone(), 2, &events);
        count *= 2;
        if summary.rules[0].suspended || count > 1_000_000 {
            break (alone, summary);
        }
    };
    let [bad, good] = &summary.rules[..] else { panic!("{summary:?}") };
    assert!(bad.suspended && !good.suspended, "{summary:?}");
    let codes: Vec<Code> = bad.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::BudgetExceeded, Code::RuleSuspended]);
    assert!(bad.faults[1].message.to_string().contains("more than 50 open attempts of one key"));
    assert!(good.faults.is_empty());
    assert_eq!(good.counters.matches, alone.rules[0].counters.matches);
    assert_eq!(bad.counters.live_runs, 0);
}

#[test]
fn the_status_of_a_rule_says_so_and_a_new_version_wakes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("rules.db").display());
    let push = |id: &str, pattern: &str, version: i64| {
        let path = folder.path().join(format!("{id}.json"));
        let row = format!(r#"{{"id":"{id}","version":{version},"pattern":{pattern}}}"#);
        std::fs::write(&path, row).expect("written");
        let done = Program::new("rules").args(["push", "--store", &store]).arg(&path).run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
    };
    let done = Program::new("store").args(["migrate", "--store", &store]).run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    push("probe", PROBE, 1);
    push("bad", &pair(0, "NO_SKIP").replace("kind", "action"), 1);
    let status = || {
        let done = Program::new("rules")
            .args(["status", "bad", "--format", "json", "--store", &store])
            .run();
        text(&done.stdout)
    };
    let limits =
        ["engine.state_limits.max_runs_per_key=3", "engine.state_limits.on_exceeded=suspend"];
    let mut engine =
        Engine::start(&["--store", &store, "--set", limits[0], "--set", limits[1]], "");
    for _ in 0..5 {
        engine.event("u", "a", "");
    }
    engine.log_has("has more than 3 open attempts of one key: it is suspended");
    let said = eventually("suspended", status, |found| found.contains("suspended"));
    assert!(said.contains("W0706") && said.contains("a new version"), "{said}");
    engine.event("u", "b", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    push("bad", &pair(50_000, "NO_SKIP").replace("kind", "action"), 2);
    let said = eventually("awake", status, |found| !found.contains("suspended"));
    assert!(said.contains("active") && !said.contains("W0706"), "{said}");
    engine.event("u", "a", "");
    engine.event("u", "b", "");
    assert_eq!(engine.found(), ["bad@2 u"]);
    let (code, log) = engine.end();
    assert_eq!(code, 0, "{log}");
}

#[test]
fn the_summary_says_what_a_rule_took() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("r.json"), pair(0, "NO_SKIP")).expect("written");
    let mut events = String::new();
    for at in 0..10 {
        writeln!(events, r#"{{"user":1,"kind":"a","ts":{at}}}"#).expect("written");
    }
    std::fs::write(path("events.jsonl"), events).expect("written");
    let run = || {
        let program = Program::new("run").arg("--rules").arg(path("r.json"));
        program.arg("--events").arg(path("events.jsonl")).args(["--key", "user"])
    };
    std::fs::write(path("c.toml"), "[engine.rule_limits.r]\nmax_runs_per_key = 4\n")
        .expect("written");
    let done = run().arg("--config").arg(path("c.toml")).run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    let said = text(&done.stderr);
    assert!(said.contains("W0705") && said.contains("attempts were dropped"), "{said}");
    let done = run().args(["--summary", "json"]).run();
    let said: Value =
        serde_json::from_str(text(&done.stderr).lines().last().expect("a line")).expect("JSON");
    let rule = &said["rules"][0];
    assert_eq!(
        (&rule["held_events"], &rule["budget_exceeded"], &rule["suspended"]),
        (&10.into(), &0.into(), &false.into())
    );
}
