//! Rules of type AGGREGATE, as far as conformance cases do not have them: trailing windows, updates, versions that follow
//! one another, budgets, and that what is over is forgotten.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Budget, Budgets, Event, EventPosition, Output, OutputKind, Registry, RuleEdit, RuleEffect,
    RuleId, RuleSet, RuleSetBuilder, RuleSource, RuleVersion, ShardState, Timestamp, Watermark,
    decode_snapshot, encode_snapshot,
};

use crate::program::{Program, text};

struct Run {
    builder: RuleSetBuilder,
    set: RuleSet,
    state: ShardState,
    version: i64,
    found: Vec<String>,
    events: u64,
    lateness_ms: i64,
}

impl Run {
    fn new(rule: &Json, budget: Budget) -> Self {
        let mut builder = RuleSetBuilder::new(Registry::with_builtins());
        builder.set_budgets(Budgets { default: budget, ..Budgets::default() });
        let set = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let state = ShardState::new();
        let mut run =
            Self { builder, set, state, version: 0, found: Vec::new(), events: 0, lateness_ms: 0 };
        assert_eq!(run.put(rule), RuleEffect::Started);
        run
    }

    fn put(&mut self, rule: &Json) -> RuleEffect {
        self.version += 1;
        let version = self.version;
        let row = json!({"id": "r", "version": version, "on_update": "migrate", "pattern": rule});
        let source = RuleSource {
            id: RuleId::new("r"),
            version: RuleVersion(version),
            text: Arc::from(row.to_string()),
            default_key: Vec::new(),
        };
        let mut built = self.builder.update(&self.set, vec![RuleEdit::Put(source)]);
        self.set = built.set;
        self.state.swap(&self.set);
        let outcome = built.outcomes.remove(0);
        assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
        outcome.effect
    }

    /// Offers events, each its time and other fields.
    fn events(&mut self, events: &[(i64, Json)]) -> &mut Self {
        for (time, event) in events {
            self.offer(*time, *time, event);
        }
        self
    }

    /// Offers an event when time has come to `now`.
    fn late(&mut self, now: i64, (time, event): &(i64, Json)) -> &mut Self {
        self.offer(now, *time, event);
        self
    }

    fn offer(&mut self, now: i64, happened: i64, event: &Json) {
        let payload = event.to_string();
        let mut values = Vec::new();
        let decoder = JsonDecoder::new(self.set.fields());
        decoder.decode(payload.as_bytes(), &mut values).expect("an event");
        let position = EventPosition { offset: self.events, ..EventPosition::default() };
        self.events += 1;
        let event = Event {
            time: Timestamp::from_millis(now),
            happened: Timestamp::from_millis(happened),
            position,
            values: &values,
            payload: payload.as_bytes(),
        };
        let found = &mut self.found;
        self.state.process(&self.set, &event, &mut |output: &Output<'_>| add(found, output));
        // What is kept must be all that there is.
        let bytes = encode_snapshot(&self.state.snapshot(&self.set)).expect("a snapshot");
        let snapshot = decode_snapshot(&bytes).expect("the same");
        (self.state, _) = ShardState::restore(&snapshot, &self.set);
        self.state.set_allowed_lateness(self.lateness_ms);
        assert_eq!(self.state.snapshot(&self.set), snapshot);
    }

    fn allow(&mut self, lateness_ms: i64) -> &mut Self {
        self.lateness_ms = lateness_ms;
        self.state.set_allowed_lateness(lateness_ms);
        self
    }

    fn pass(&mut self, time: i64) -> &mut Self {
        let found = &mut self.found;
        let watermark = Watermark(Timestamp::from_millis(time));
        let mut add = |output: &Output<'_>| add(found, output);
        self.state.advance_to(&self.set, watermark, &mut add);
        self
    }

    #[track_caller]
    fn gave(&mut self, expected: &[&str]) -> &mut Self {
        assert_eq!(std::mem::take(&mut self.found), expected);
        self
    }

    /// Ends the input; nothing is kept after it.
    fn end(&mut self) -> &mut Self {
        self.pass(i64::MAX);
        let held = self.state.held_state();
        assert_eq!((held.keys, held.links), (0, 0), "all windows are over");
        self
    }
}

/// `[start,end) group values`, with the rank, the revision and the time of the event where there are.
fn add(found: &mut Vec<String>, output: &Output<'_>) {
    let OutputKind::Aggregate { start, end, rank, revision, event } = output.kind else {
        panic!("no aggregate");
    };
    let words = |values: Vec<String>| values.join(",");
    let group = words(output.key.values().map(|value| value.to_string()).collect());
    let values = words(output.values.iter().map(ToString::to_string).collect());
    let mut line = format!("[{},{}) {group} {values}", start.as_millis(), end.as_millis());
    if let Some(rank) = rank {
        line.push_str(&format!(" #{rank}"));
    }
    if revision > 0 {
        line.push_str(&format!(" again {revision}"));
    }
    if let Some((time, _)) = event {
        line.push_str(&format!(" at {}", time.as_millis()));
    }
    if output.degraded {
        line.push_str(" degraded");
    }
    found.push(line);
}

fn ms(size: i64) -> Json {
    json!({"unit": "MILLISECONDS", "size": size})
}

/// A rule that counts as `n` and sums as `s`, by `k`.
fn rule(window: Json, more: Json) -> Json {
    let mut rule = json!({"name": "r", "type": "AGGREGATE", "groupBy": ["k"],
        "aggregates": {"n": {"function": "COUNT"}, "s": {"function": "SUM", "field": "x"}}});
    rule["window"] = window;
    if let Json::Object(members) = more {
        rule.as_object_mut().expect("an object").extend(members);
    }
    rule
}

fn having(expression: &str) -> Json {
    json!({"type": "EXPRESSION", "expression": expression})
}

fn event(time: i64, group: &str, x: i64) -> (i64, Json) {
    (time, json!({"ts": time, "k": group, "x": x}))
}

fn run(rule: &Json) -> Run {
    Run::new(rule, Budget::default())
}

#[test]
fn a_trailing_window_crosses_whenever_it_was_below_before() {
    let window = json!({"type": "TRAILING", "size": ms(10)});
    let more = json!({"having": having("s > 5"), "emit": "ON_CROSSING"});
    run(&rule(window, more))
        .events(&[event(0, "a", 6), event(0, "b", 5), event(1, "a", 1)])
        .gave(&["[-9,1) a 1,6 at 0"])
        // What is exactly ten older is not in it: it was below in between.
        .events(&[event(10, "a", 6), event(12, "a", 9)])
        .gave(&["[1,11) a 2,7 at 10"])
        .end()
        .gave(&[]);
}

#[test]
fn a_trailing_window_is_given_out_with_each_event() {
    let window = json!({"type": "TRAILING", "size": ms(10)});
    run(&rule(window.clone(), json!({})))
        .events(&[event(0, "a", 1), event(0, "a", 2), event(9, "a", 4), event(10, "a", 8)])
        .gave(&[
            "[-9,1) a 1,1 at 0",
            "[-9,1) a 2,3 again 1 at 0",
            "[0,10) a 3,7 at 9",
            "[1,11) a 2,12 at 10",
        ])
        .end();
    let more = json!({"emit": "ON_UPDATE", "every": ms(5)});
    run(&rule(window, more))
        .events(&[event(0, "a", 1), event(4, "a", 1), event(5, "a", 1)])
        .gave(&["[-9,1) a 1,1 at 0", "[-4,6) a 3,3 at 5"])
        .end();
}

#[test]
fn windows_are_given_out_while_they_go_on() {
    let window = json!({"type": "TUMBLING", "size": ms(10)});
    run(&rule(window.clone(), json!({"emit": "ON_UPDATE"})))
        .events(&[event(1, "a", 1), event(2, "a", 2)])
        .gave(&["[0,10) a 1,1 at 1", "[0,10) a 2,3 again 1 at 2"])
        .end()
        .gave(&[]);
    run(&rule(window, json!({"emit": "ON_UPDATE", "every": ms(4)})))
        .events(&[event(1, "a", 1), event(2, "a", 2), event(9, "a", 4)])
        .gave(&["[0,10) a 2,3"])
        .end()
        .gave(&["[0,10) a 3,7 again 1"]);
    let session = json!({"type": "SESSION", "gap": ms(5)});
    run(&rule(session, json!({"emit": "ON_UPDATE", "every": ms(4)})))
        .events(&[event(1, "a", 1), event(6, "a", 2)])
        .gave(&["[1,6) a 1,1"])
        .end()
        .gave(&["[1,11) a 2,3 again 1"]);
}

#[test]
fn another_question_is_asked_of_the_windows_that_are_open() {
    let window = json!({"type": "SLIDING", "size": ms(20), "slide": ms(10)});
    let asks = |expression: &str| rule(window.clone(), json!({"having": having(expression)}));
    let mut run = run(&asks("n > 5"));
    run.events(&[event(1, "a", 1), event(2, "a", 1), event(3, "b", 1)]).pass(9).gave(&[]);
    let migrated =
        |effect: &RuleEffect| matches!(effect, RuleEffect::Replaced { obstacle: None, .. });
    assert!(migrated(&run.put(&asks("n > 1"))));
    run.pass(19).gave(&["[0,20) a 2,2"]);
    run.events(&[event(21, "b", 7)]);
    // Another filter counts from here on, and what was counted stays.
    let mut filtered = asks("n > 0");
    filtered["condition"] = having("x > 5");
    assert!(migrated(&run.put(&filtered)));
    run.events(&[event(22, "b", 1), event(23, "b", 6)]);
    run.end().gave(&["[10,30) b 2,13", "[20,40) b 2,13"]);
}

#[test]
fn another_window_begins_anew_and_says_so() {
    let window = |size: i64| json!({"type": "TUMBLING", "size": ms(size)});
    let mut run = run(&rule(window(10), json!({})));
    run.events(&[event(1, "a", 1)]);
    let effect = run.put(&rule(window(20), json!({})));
    let RuleEffect::Replaced { obstacle: Some(obstacle), .. } = effect else {
        panic!("{effect:?}");
    };
    assert_eq!(obstacle.to_string(), "the window changed");
    run.events(&[event(2, "a", 1)]);
    run.end().gave(&["[0,20) a 1,1"]);
}

#[test]
fn more_or_fewer_may_rank() {
    let window = json!({"type": "TUMBLING", "size": ms(10)});
    let top = |n: i64| rule(window.clone(), json!({"top": {"n": n, "by": "s"}}));
    let mut run = run(&top(1));
    run.events(&[event(1, "a", 1), event(2, "b", 3), event(3, "c", 3), event(11, "a", 1)])
        .gave(&["[0,10) b 1,3 #1"]);
    run.put(&top(2));
    run.events(&[event(12, "b", 5), event(13, "c", 4)]);
    run.end().gave(&["[10,20) b 1,5 #1", "[10,20) c 1,4 #2"]);
}

#[test]
fn windows_that_are_over_are_given_out_once_more() {
    let window = json!({"type": "SLIDING", "size": ms(20), "slide": ms(10)});
    run(&rule(window, json!({"having": having("n > 1")})))
        .allow(15)
        .events(&[event(1, "a", 1), event(2, "a", 2), event(3, "b", 1), event(21, "a", 8)])
        .gave(&["[-10,10) a 2,3", "[0,20) a 2,3"])
        // One window is over and one is open.
        .late(21, &event(11, "a", 4))
        .gave(&["[0,20) a 3,7 again 1 at 11"])
        .late(22, &event(12, "b", 4))
        .gave(&["[0,20) b 2,5 at 12"])
        .late(30, &event(15, "b", 1))
        .gave(&["[10,30) a 2,12", "[0,20) b 3,6 again 1 at 15", "[10,30) b 2,5 at 15"])
        .end();
    let window = json!({"type": "TUMBLING", "size": ms(10)});
    run(&rule(window, json!({"top": {"n": 1, "by": "s"}})))
        .allow(10)
        .events(&[event(1, "a", 2), event(2, "b", 1), event(11, "a", 1)])
        .gave(&["[0,10) a 1,2 #1"])
        .late(12, &event(3, "b", 4))
        .gave(&["[0,10) b 2,5 #1 again 1 at 3"])
        .late(12, &event(4, "c", 4))
        .gave(&["[0,10) b 2,5 #1 again 2 at 4"])
        .end()
        .gave(&["[10,20) a 1,1 #1"]);
}

#[test]
fn what_comes_late_joins_sessions_and_crosses() {
    let window = json!({"type": "SESSION", "gap": ms(5)});
    run(&rule(window, json!({})))
        .allow(20)
        .events(&[event(1, "a", 1), event(10, "a", 2), event(20, "a", 4)])
        .gave(&["[1,6) a 1,1", "[10,15) a 1,2"])
        .late(20, &event(6, "a", 8))
        .gave(&["[1,15) a 3,11 again 2 at 6"])
        .late(20, &event(15, "a", 16))
        .gave(&[])
        .end()
        .gave(&["[1,25) a 5,31 again 3"]);
    let window = json!({"type": "TUMBLING", "size": ms(10)});
    run(&rule(window.clone(), json!({"having": having("s > 5"), "emit": "ON_CROSSING"})))
        .allow(15)
        .events(&[event(1, "a", 4), event(15, "a", 1)])
        .late(15, &event(2, "a", 4))
        .gave(&["[0,10) a 2,8 at 2"])
        .late(15, &event(3, "a", 4))
        .end()
        .gave(&[]);
    run(&rule(window, json!({"emit": "ON_UPDATE", "every": ms(4)})))
        .allow(10)
        .events(&[event(1, "a", 1), event(11, "a", 1)])
        .gave(&["[0,10) a 1,1"])
        .late(11, &event(2, "a", 1))
        .gave(&["[0,10) a 2,2 again 1 at 2"])
        .end()
        .gave(&["[10,20) a 1,1"]);
    let window = json!({"type": "TRAILING", "size": ms(10)});
    run(&rule(window, json!({})))
        .allow(10)
        .events(&[event(1, "a", 1), event(9, "a", 1)])
        .gave(&["[-8,2) a 1,1 at 1", "[0,10) a 2,2 at 9"])
        .late(9, &event(2, "a", 4))
        .gave(&["[-7,3) a 2,5 at 2", "[0,10) a 3,6 again 1 at 2"])
        // What had left the window of this moment was in it.
        .events(&[event(11, "a", 1)])
        .gave(&["[2,12) a 3,6 at 11"])
        .late(11, &event(9, "a", 2))
        .gave(&["[0,10) a 4,8 again 2 at 9", "[2,12) a 4,8 again 1 at 9"])
        .end()
        .gave(&[]);
}

#[test]
fn what_comes_late_crosses_once_a_stretch() {
    let window = json!({"type": "TRAILING", "size": ms(10)});
    let more = json!({"having": having("s > 5"), "emit": "ON_CROSSING"});
    run(&rule(window.clone(), more))
        .allow(20)
        .events(&[event(1, "a", 3), event(8, "a", 4), event(30, "a", 1)])
        .gave(&["[-1,9) a 2,7 at 8"])
        // It was told of the same stretch.
        .late(30, &event(7, "a", 3))
        .gave(&[])
        // Of this one it was not.
        .late(30, &event(25, "a", 5))
        .gave(&["[21,31) a 2,6 at 25"])
        .late(30, &event(24, "a", 5))
        .gave(&[])
        .events(&[event(31, "a", 1)])
        .gave(&[])
        .end()
        .gave(&[]);
    run(&rule(window, json!({"emit": "ON_UPDATE", "every": ms(5)})))
        .allow(10)
        .events(&[event(1, "a", 1), event(3, "a", 1), event(12, "a", 1)])
        .gave(&["[-8,2) a 1,1 at 1", "[3,13) a 2,2 at 12"])
        .late(12, &event(2, "a", 4))
        .gave(&[])
        .late(12, &event(6, "a", 4))
        .gave(&["[-3,7) a 4,10 at 6", "[3,13) a 3,6 again 1 at 6"])
        .end()
        .gave(&[]);
}

#[test]
fn the_program_revises_what_comes_late() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let window = json!({"type": "TUMBLING", "size": ms(10)});
    let (events, rules) = (folder.path().join("events.jsonl"), folder.path().join("rule.json"));
    std::fs::write(&rules, rule(window, json!({})).to_string()).expect("written");
    let lines: Vec<String> = [(1, 1), (12, 2), (3, 4), (25, 8), (4, 16)]
        .map(|(time, x)| format!("{}\n", event(time, "a", x).1))
        .into();
    std::fs::write(&events, lines.concat()).expect("written");
    for shards in ["1", "4"] {
        let done = Program::new("run")
            .arg("--rules")
            .arg(&rules)
            .arg("--events")
            .arg(&events)
            .args(["--shards", shards, "--allowed-lateness", "15ms", "--max-out-of-order", "0"])
            .run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        let rows = text(&done.stdout);
        let rows = rows.lines().map(|line| {
            let row: Json = serde_json::from_str(line).expect("JSON");
            format!("{} {} {} {}", row["start"], row["values"]["s"], row["revision"], row["at"])
        });
        let rows: Vec<String> = rows.collect();
        // The last one is later than that.
        assert_eq!(rows, ["0 1 0 null", "0 5 1 3", "10 2 0 null", "20 8 0 null"], "{shards}");
    }
}

#[test]
fn sets_are_kept_within_their_budget() {
    let mut distinct = rule(json!({"type": "TUMBLING", "size": ms(100)}), json!({}));
    distinct["aggregates"] = json!({"d": {"function": "COUNT_DISTINCT", "field": "x"}});
    let budget = Budget { max_events_per_key: 5, ..Budget::default() };
    let mut run = Run::new(&distinct, budget);
    let events: Vec<(i64, Json)> = (0..50).map(|at| event(at, "a", at)).collect();
    run.events(&events).events(&[event(60, "b", 1), event(61, "b", 2)]);
    assert_eq!(run.state.counters(&run.set)[0].budget_exceeded, 46);
    run.end().gave(&["[0,100) a 4 degraded", "[0,100) b 2"]);
}

#[test]
fn the_program_says_what_the_budget_left_out() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut distinct = rule(json!({"type": "TUMBLING", "size": ms(1_000)}), json!({}));
    distinct["aggregates"] = json!({"d": {"function": "COUNT_DISTINCT", "field": "x"}});
    let (events, rules) = (folder.path().join("events.jsonl"), folder.path().join("rule.json"));
    std::fs::write(&rules, distinct.to_string()).expect("written");
    let lines = (0..50).map(|at| format!("{}\n", event(at, "a", at).1));
    std::fs::write(&events, lines.collect::<String>()).expect("written");
    let done = Program::new("run")
        .arg("--rules")
        .arg(&rules)
        .arg("--events")
        .arg(&events)
        .args(["--set", "engine.state_limits.max_events_per_key=11"])
        .run();
    let (rows, said) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.code, 0, "{said}");
    let row: Json = serde_json::from_str(&rows).expect("one row");
    // A pane and ten members.
    assert_eq!((&row["values"]["d"], &row["degraded"]), (&json!(10), &json!(true)), "{rows}");
    for part in [
        "W0705: the statistic would have held more than its budget has: 40 events were left out",
        "holds more than 11 panes and members of sets of one group: events are left out",
        "`\"mode\": \"APPROXIMATE\"`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn updates_come_in_both_hours_that_have_one_name() {
    // 2024-11-03 in New York, 1:10 for the first time; at 2:00 it is 1:00 again.
    const FIRST: i64 = 1_730_610_600_000;
    const MINUTE: i64 = 60_000;
    let window = json!({"type": "TUMBLING", "size": {"unit": "DAYS", "size": 1},
        "timeZone": "America/New_York"});
    let more = json!({"emit": "ON_UPDATE", "every": {"unit": "MINUTES", "size": 30}});
    let row = |rest: &str| format!("[1730606400000,1730696400000) a {rest}");
    run(&rule(window, more))
        .events(&[event(FIRST, "a", 1)])
        .pass(FIRST + 20 * MINUTE - 2)
        .gave(&[])
        .pass(FIRST + 20 * MINUTE - 1)
        .gave(&[&row("1,1")])
        .events(&[event(FIRST + 40 * MINUTE, "a", 1)])
        .pass(FIRST + 50 * MINUTE - 2)
        .gave(&[])
        .pass(FIRST + 50 * MINUTE - 1)
        .gave(&[&row("2,2 again 1")])
        // 1:10 for the second time.
        .events(&[event(FIRST + 60 * MINUTE, "a", 1)])
        .pass(FIRST + 80 * MINUTE - 1)
        .gave(&[&row("3,3 again 2")])
        .end()
        .gave(&[]);
}

#[test]
fn about_and_percentiles() {
    let mut about = rule(json!({"type": "TUMBLING", "size": ms(1_000_000)}), json!({}));
    about["aggregates"] = json!({
        "about": {"function": "COUNT_DISTINCT", "field": "x", "mode": "APPROXIMATE"},
        "median": {"function": "PERCENTILE", "field": "x", "percentile": 50},
    });
    let mut run = run(&about);
    let events: Vec<(i64, Json)> = (0..200).map(|at| event(at, "a", at % 101)).collect();
    run.events(&events);
    run.pass(i64::MAX);
    let line = run.found.remove(0);
    let values = line.rsplit(' ').next().expect("values");
    let (about, median) = values.split_once(',').expect("two");
    assert_eq!(about, "101", "few are counted exactly");
    let median: f64 = median.parse().expect("a number");
    assert!((median - 49.5).abs() < 1.5, "{median}");
}
