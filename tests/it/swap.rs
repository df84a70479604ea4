//! What a swap does to users half-way through a rule: `restart`, `drain`, `migrate`, and when rules begin and end.

use std::fmt::Write as _;
use std::sync::Arc;

use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Event, EventPosition, OnUpdate, Output, OutputKind, Registry, RuleEdit, RuleEffect, RuleId,
    RuleSet, RuleSetBuilder, RuleSource, RuleVersion, ShardState, SwapEffect, Timestamp, Value,
    Watermark,
};

/// An engine whose rules change while events come.
struct Live {
    builder: RuleSetBuilder,
    set: RuleSet,
    state: ShardState,
    values: Vec<Value>,
    next: u64,
    /// `rule@version kind user node:events …`, one after the other.
    found: Vec<String>,
}

impl Live {
    fn new() -> Self {
        Self {
            builder: RuleSetBuilder::new(Registry::with_builtins()),
            set: RuleSet::empty(Arc::new(JsonPayloadDecoder)),
            state: ShardState::new(),
            values: Vec::new(),
            next: 0,
            found: Vec::new(),
        }
    }

    fn edit(&mut self, edits: Vec<RuleEdit>) -> (Vec<RuleEffect>, Vec<SwapEffect>) {
        let built = self.builder.update(&self.set, edits);
        self.set = built.set;
        let effects = self.state.swap(&self.set);
        (built.outcomes.into_iter().map(|outcome| outcome.effect).collect(), effects)
    }

    /// Puts a version of a rule; gives what happened, and the runs dropped and kept.
    fn put(&mut self, text: &str) -> (RuleEffect, u64, u64) {
        let row: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let source = RuleSource {
            id: RuleId::new(row["id"].as_str().expect("an id")),
            version: RuleVersion(row["version"].as_i64().expect("a version")),
            text: Arc::from(text),
            default_key: vec!["user".to_owned()],
        };
        let (mut outcomes, effects) = self.edit(vec![RuleEdit::Put(source)]);
        let (dropped, kept) = effects
            .iter()
            .fold((0, 0), |(dropped, kept), effect| (dropped + effect.dropped, kept + effect.kept));
        (outcomes.remove(0), dropped, kept)
    }

    fn remove(&mut self, id: &str) -> u64 {
        let (_, effects) = self.edit(vec![RuleEdit::Remove(RuleId::new(id))]);
        effects.iter().map(|effect| effect.dropped).sum()
    }

    /// An event of a user: `user kind`, perhaps with a number `n`.
    fn event(&mut self, time: i64, user: &str, kind: &str, n: i64) {
        let payload = format!(r#"{{"user":"{user}","kind":"{kind}","n":{n},"at":{time}}}"#);
        JsonDecoder::new(self.set.fields())
            .decode(payload.as_bytes(), &mut self.values)
            .expect("an event");
        let time = Timestamp::from_millis(time);
        self.advance(time.as_millis() - 1);
        let position = EventPosition { offset: self.next, ..EventPosition::default() };
        self.next += 1;
        let event = Event {
            time,
            happened: time,
            position,
            values: &self.values,
            payload: payload.as_bytes(),
        };
        let found = &mut self.found;
        self.state.process(&self.set, &event, &mut |output: &Output<'_>| note(found, output));
    }

    fn advance(&mut self, to: i64) {
        let found = &mut self.found;
        let watermark = Watermark(Timestamp::from_millis(to));
        self.state.advance_to(&self.set, watermark, &mut |output: &Output<'_>| note(found, output));
    }

    fn end(&mut self) {
        self.advance(i64::MAX);
    }

    fn found(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }
}

fn note(found: &mut Vec<String>, output: &Output<'_>) {
    let kind = match output.kind {
        OutputKind::Match => "match".to_owned(),
        OutputKind::Timeout { due } => format!("timeout@{}", due.as_millis()),
        OutputKind::Aggregate { end, .. } => {
            format!("aggregate@{} {:?}", end.as_millis(), output.values)
        }
    };
    let user: Vec<String> = output.key.values().map(|part| part.to_string()).collect();
    let mut line = format!("{}@{} {kind} {}", output.rule.id, output.rule.version, user.join(","));
    for (node, event) in output.events() {
        let name = &output.rule.nfa().nodes()[usize::from(node.0)].name;
        write!(line, " {name}:{}", event.time.as_millis()).expect("text");
    }
    found.push(line);
}

/// `a`, then `b` with at least `params.least`, within `window` ms.
fn rule(version: i64, on_update: &str, least: i64, window: i64, rest: &str) -> String {
    format!(
        r#"{{"id":"r","version":{version},"on_update":"{on_update}","params":{{"least":{least}}}{rest},
            "pattern":{{"name":"r","nodes":[
              {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'a'"}}}},
              {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b' && n >= params.least"}}}}],
             "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
             "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MILLISECONDS","size":{window}}}}}}}}}"#
    )
}

/// The same with a node more.
fn longer_rule(version: i64, on_update: &str) -> String {
    rule(version, on_update, 0, 100, "")
        .replace("],\n             \"edges\":[", r#",{"name":"c","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'c'"}}],"edges":[{"source":"b","target":"c","type":"STRICT"},"#)
}

const fn replaced(on_update: OnUpdate) -> RuleEffect {
    RuleEffect::Replaced { on_update, obstacle: None }
}

/// Two users are half-way when version 2 comes, which asks for less of `b`.
fn half_way(on_update: &str) -> (Live, (RuleEffect, u64, u64)) {
    let mut live = Live::new();
    assert_eq!(live.put(&rule(1, "restart", 10, 100, "")), (RuleEffect::Started, 0, 0));
    live.event(1, "u", "a", 0);
    live.event(2, "v", "a", 0);
    live.event(3, "u", "b", 5);
    assert_eq!(live.found(), Vec::<String>::new(), "5 is too little for version 1");
    let change = live.put(&rule(2, on_update, 5, 100, ""));
    live.event(4, "u", "b", 5);
    live.event(5, "w", "a", 0);
    live.event(6, "w", "b", 5);
    live.event(7, "v", "b", 10);
    live.end();
    (live, change)
}

#[test]
fn restart_drops_what_is_open() {
    let (mut live, change) = half_way("restart");
    assert_eq!(change, (replaced(OnUpdate::Restart), 2, 0));
    assert_eq!(live.found(), ["r@2 match w a:5 b:6"], "u and v began under version 1");
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn drain_lets_users_finish_what_they_began() {
    let (mut live, change) = half_way("drain");
    assert_eq!(change, (replaced(OnUpdate::Drain), 0, 2));
    assert_eq!(
        live.found(),
        ["r@2 match w a:5 b:6", "r@1 match v a:2 b:7", "r@1 timeout@101 u a:1"],
        "of u, version 1 wants more, and version 2 saw nothing"
    );
    let drained: Vec<_> = live.state.drained(&live.set).collect();
    let [(slot, epoch)] = drained[..] else { panic!("one version is drained: {drained:?}") };
    live.edit(vec![RuleEdit::Retire { slot, epoch }]);
    assert_eq!(live.set.rules().count(), 1);
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn migrate_keeps_users_where_they_are() {
    let (mut live, change) = half_way("migrate");
    assert_eq!(change, (replaced(OnUpdate::Migrate), 0, 2));
    assert_eq!(
        live.found(),
        ["r@2 match u a:1 b:4", "r@2 match w a:5 b:6", "r@2 match v a:2 b:7"],
        "all of them under the new version"
    );
    assert_eq!(live.state.held(), (0, 0));
}

/// Why open attempts are dropped that were to be kept.
fn obstacle(effect: &RuleEffect) -> Option<String> {
    match effect {
        RuleEffect::Replaced { on_update: OnUpdate::Restart, obstacle } => {
            obstacle.as_ref().map(ToString::to_string)
        }
        _ => None,
    }
}

#[test]
fn migrate_says_why_it_could_not() {
    let mut live = Live::new();
    live.put(&rule(1, "migrate", 0, 100, ""));
    live.event(1, "u", "a", 0);
    let (effect, dropped, kept) = live.put(&longer_rule(2, "migrate"));
    assert_eq!(obstacle(&effect), Some("node `c` is new".to_owned()));
    assert_eq!((dropped, kept), (1, 0));
    live.event(2, "u", "b", 0);
    live.event(3, "u", "c", 0);
    assert_eq!(live.found(), Vec::<String>::new());
    let cases = [
        (r#","key_by":["n"]"#, "", "", "the key fields changed"),
        ("", "SKIP_TILL_NEXT", "SKIP_TILL_ANY", "the edge into `b` changed"),
        (
            "",
            r#""name":"b","type":"ATOMIC""#,
            r#""name":"b","type":"ATOMIC","quantifier":{"properties":["LOOPING"]}"#,
            "the quantifier of `b` changed",
        ),
        (
            "",
            r#""pattern":{"#,
            r#""pattern":{"afterMatchStrategy":{"type":"SKIP_TO_NEXT"},"#,
            "the after-match skip strategy changed",
        ),
        ("", r#""pattern":{"#, r#""pattern":{"finalAbsence":true,"#, "`finalAbsence` changed"),
    ];
    for (rest, from, to, expected) in cases {
        let mut live = Live::new();
        live.put(&rule(1, "migrate", 0, 100, ""));
        live.event(1, "u", "a", 0);
        let text = rule(2, "migrate", 0, 100, rest).replace(from, to);
        let (effect, dropped, _) = live.put(&text);
        assert_eq!(obstacle(&effect), Some(expected.to_owned()));
        assert_eq!(dropped, 1, "{expected}");
    }
}

#[test]
fn migrate_moves_the_end_of_windows() {
    // Longer: a user whose window would have closed can still finish.
    let mut live = Live::new();
    live.put(&rule(1, "migrate", 0, 100, ""));
    live.event(0, "u", "a", 0);
    live.event(0, "v", "a", 0);
    live.put(&rule(2, "migrate", 0, 150, ""));
    live.event(120, "u", "b", 0);
    live.end();
    assert_eq!(live.found(), ["r@2 match u a:0 b:120", "r@2 timeout@150 v a:0"]);
    // Shorter: what is too late already closes with the next step of time, when it would have.
    let mut live = Live::new();
    live.put(&rule(1, "migrate", 0, 100, ""));
    live.event(0, "u", "a", 0);
    live.event(30, "v", "a", 0);
    live.event(60, "w", "a", 0);
    live.put(&rule(2, "migrate", 0, 50, ""));
    live.event(60, "u", "b", 0);
    live.advance(61);
    assert_eq!(live.found(), ["r@2 timeout@50 u a:0"], "not a match at 60");
    live.event(79, "v", "b", 0);
    live.end();
    assert_eq!(live.found(), ["r@2 match v a:30 b:79", "r@2 timeout@110 w a:60"]);
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn migrate_adds_up_what_was_taken_before() {
    let summing = |version: i64, asked: &str| {
        format!(
            r#"{{"id":"r","version":{version},"on_update":"migrate","pattern":{{"name":"r","nodes":[
              {{"name":"a","type":"ATOMIC","quantifier":{{"properties":["LOOPING"]}},
                "condition":{{"type":"EXPRESSION","expression":"kind == 'a'"}}}},
              {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b' && {asked}"}}}}],
             "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
             "afterMatchStrategy":{{"type":"SKIP_PAST_LAST_EVENT"}},
             "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"SECONDS","size":100}}}}}}}}"#
        )
    };
    let mut live = Live::new();
    live.put(&summing(1, "sum(a.n) >= 1000"));
    live.event(10, "u", "a", 1);
    live.event(20, "u", "a", 2);
    // Version 2 sums another field, version 3 the first one again.
    live.put(&summing(2, "sum(a.at) >= 60 && avg(a.at) == 20 && max(a.at) == 30"));
    live.event(30, "u", "a", 4);
    live.event(31, "u", "b", 0);
    assert_eq!(live.found(), ["r@2 match u a:10 a:20 a:30 b:31"], "10 + 20 + 30");
    live.event(40, "v", "a", 1);
    live.event(50, "v", "a", 2);
    live.put(&summing(3, "sum(a.n) >= 7 && min(a.n) == 1 && max(a.n) == 4 && avg(a.n) > 2.3"));
    live.event(60, "v", "a", 4);
    live.event(61, "v", "b", 0);
    assert_eq!(live.found(), ["r@3 match v a:40 a:50 a:60 b:61"], "1 + 2 + 4");
}

#[test]
fn a_bad_text_leaves_the_last_good_one_running() {
    let mut live = Live::new();
    live.put(&rule(1, "migrate", 5, 100, ""));
    live.event(1, "u", "a", 0);
    let bad = rule(2, "migrate", 0, 100, "").replace("kind == 'b'", "kind ==");
    assert_eq!(live.put(&bad), (RuleEffect::Rejected, 0, 0));
    assert_eq!(live.put(&bad), (RuleEffect::Rejected, 0, 0), "again");
    live.event(2, "u", "b", 5);
    assert_eq!(live.found(), ["r@1 match u a:1 b:2"]);
    live.event(3, "u", "a", 0);
    assert_eq!(live.put(&rule(2, "migrate", 0, 100, "")).0, replaced(OnUpdate::Migrate));
    live.event(4, "u", "b", 0);
    assert_eq!(live.found(), ["r@2 match u a:3 b:4"]);
}

#[test]
fn what_does_not_touch_matching_keeps_what_is_open() {
    let mut live = Live::new();
    live.put(&rule(1, "restart", 5, 100, ""));
    live.event(1, "u", "a", 0);
    let relabelled =
        rule(1, "restart", 5, 100, r#","name":"R","severity":"critical","labels":{"team":"x"}"#);
    assert_eq!(live.put(&relabelled), (RuleEffect::Relabelled, 0, 0));
    assert_eq!(live.put(&relabelled), (RuleEffect::Unchanged, 0, 0));
    let until = rule(1, "restart", 5, 100, r#","effective_until":50"#);
    assert_eq!(live.put(&until), (RuleEffect::Relabelled, 0, 1));
    live.event(2, "u", "b", 5);
    assert_eq!(live.found(), ["r@1 match u a:1 b:2"]);
}

#[test]
fn a_disabled_or_removed_rule_lets_go_of_everything() {
    let mut live = Live::new();
    live.put(&rule(1, "restart", 5, 100, ""));
    live.event(1, "u", "a", 0);
    live.put(&rule(2, "drain", 5, 100, ""));
    live.event(2, "v", "a", 0);
    assert_eq!(live.put(&rule(3, "drain", 5, 100, r#","enabled":false"#)).0, RuleEffect::Disabled);
    assert_eq!(live.set.rules().count(), 0, "the version that drained is gone too");
    live.event(3, "v", "b", 5);
    assert_eq!(live.found(), Vec::<String>::new());
    assert_eq!(live.put(&rule(3, "drain", 5, 100, "")).0, RuleEffect::Started);
    live.event(4, "v", "a", 0);
    assert_eq!(live.remove("r"), 1);
    live.event(5, "v", "b", 5);
    live.end();
    assert_eq!(live.found(), Vec::<String>::new());
    assert_eq!((live.state.held(), live.state.live_keys()), ((0, 0), 0));
    assert_eq!(live.put(&rule(4, "drain", 5, 100, "")).0, RuleEffect::Started);
    live.event(6, "v", "b", 5);
    assert_eq!(live.found(), Vec::<String>::new(), "nothing of before is left");
}

#[test]
fn runs_of_a_dropped_version_go_though_their_keys_never_come_back() {
    let windowless = |version: i64| {
        let text = rule(version, "restart", 0, 100, "");
        let window = text.find(",\n             \"window\"").expect("a window");
        format!("{}}}}}", text.get(..window).expect("a rule"))
    };
    let mut live = Live::new();
    live.put(&windowless(1));
    for user in 0..1000 {
        live.event(user, &format!("u{user}"), "a", 0);
    }
    assert_eq!(live.state.live_keys(), 1000);
    let (_, dropped, _) = live.put(&windowless(2));
    assert_eq!(dropped, 1000);
    for at in 0..20 {
        live.event(2000 + at, "other", "x", 0);
    }
    assert_eq!((live.state.held(), live.state.live_keys()), ((0, 0), 0));
}

#[test]
fn versions_that_drain_are_few() {
    let mut live = Live::new();
    live.put(&rule(1, "drain", 0, 1_000_000, ""));
    let mut dropped = 0;
    for version in 2..30 {
        live.event(version, "u", "a", 0);
        dropped += live.put(&rule(version, "drain", 0, 1_000_000, "")).1;
    }
    assert_eq!(live.set.draining().len(), 8);
    assert_eq!(dropped, 28 - 8, "and what the oldest held is counted");
    live.event(40, "u", "b", 0);
    assert_eq!(live.found().len(), 8);
}

#[test]
fn swaps_in_quick_succession_leave_nothing_behind() {
    let mut live = Live::new();
    live.put(&rule(1, "restart", 0, 1_000_000_000, ""));
    for user in 0..1000 {
        live.event(user, &format!("u{user}"), "a", 0);
    }
    for version in 2..60 {
        live.put(&rule(version, "restart", 0, 1_000_000_000, ""));
        live.event(2000 + version, "v", "a", 0);
    }
    assert!(live.state.live_keys() <= 2, "{} keys", live.state.live_keys());
}

#[test]
fn shorter_windows_close_though_no_event_comes() {
    let mut live = Live::new();
    live.put(&rule(1, "migrate", 0, 1_000_000, ""));
    for user in 0..1000 {
        live.event(user, &format!("u{user}"), "a", 0);
    }
    live.advance(5000);
    live.put(&rule(2, "migrate", 0, 10, ""));
    let mut found = Vec::new();
    while live.state.is_swapping() {
        live.state
            .continue_swap(&live.set, 100, &mut |output: &Output<'_>| note(&mut found, output));
    }
    assert_eq!(found.len(), 1000);
    assert!(found.contains(&"r@2 timeout@509 u499 a:499".to_owned()), "{:?}", found.first());
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn what_an_event_found_overdue_is_closed_before_windows_grow_again() {
    let mut live = Live::new();
    live.put(&rule(1, "migrate", 0, 1_000_000, ""));
    live.event(0, "u", "a", 0);
    live.advance(5000);
    live.put(&rule(2, "migrate", 0, 10, ""));
    // It looks through all runs, and time stands still.
    live.event(5001, "v", "x", 0);
    assert!(live.state.has_old_times() && live.state.is_swapping());
    let mut found = Vec::new();
    let mut note = |output: &Output<'_>| note(&mut found, output);
    live.state.continue_swap(&live.set, 100, &mut note);
    assert!(!live.state.has_old_times() && !live.state.is_swapping());
    live.put(&rule(3, "migrate", 0, 1_000_000, ""));
    assert_eq!(found, ["r@2 timeout@10 u a:0"]);
}

#[test]
fn two_versions_of_one_number_drain_side_by_side_through_a_snapshot() {
    let mut live = Live::new();
    for (least, user) in [(1, "u"), (2, "v")] {
        live.put(&rule(1, "drain", least, 1000, ""));
        live.event(least, user, "a", 0);
    }
    live.put(&rule(1, "drain", 3, 1000, ""));
    let open = |state: &ShardState, set: &RuleSet| -> Vec<u64> {
        state.counters(set).iter().map(|counters| counters.live_runs).collect()
    };
    let before = open(&live.state, &live.set);
    let (restored, report) = ShardState::restore(&live.state.snapshot(&live.set), &live.set);
    assert!(report.dropped.is_empty(), "{report:?}");
    assert_eq!(open(&restored, &live.set), before);
    live.state = restored;
    live.event(10, "u", "b", 1);
    live.event(11, "v", "b", 1);
    assert_eq!(live.found(), ["r@1 match u a:1 b:10"], "the version of v wants 2");
}

#[test]
fn a_text_that_does_not_run_leaves_no_fields_behind() {
    let mut live = Live::new();
    live.put(&rule(1, "restart", 0, 100, ""));
    let fields = live.set.fields().len();
    let bad = rule(2, "restart", 0, 100, "")
        .replace("kind == 'a'", "mistyped == 'a'")
        .replace("kind == 'b'", "kind ==");
    live.put(&bad);
    live.put(&rule(3, "restart", 0, 100, ""));
    assert_eq!(live.set.fields().len(), fields);
}

#[test]
fn a_rule_begins_and_ends_in_event_time() {
    let gates = r#","effective_from":10,"effective_until":50"#;
    for (on_update, expected) in [
        ("restart", vec!["r@1 match u a:10 b:40"]),
        ("drain", vec!["r@1 match u a:10 b:40", "r@1 match v a:49 b:60", "r@1 timeout@148 w a:48"]),
        (
            "migrate",
            vec!["r@1 match u a:10 b:40", "r@1 match v a:49 b:60", "r@1 timeout@148 w a:48"],
        ),
    ] {
        let mut live = Live::new();
        live.put(&rule(1, on_update, 5, 100, gates));
        live.event(9, "early", "a", 0);
        live.event(10, "u", "a", 0);
        live.event(11, "early", "b", 5);
        live.event(40, "u", "b", 5);
        live.event(48, "w", "a", 0);
        live.event(49, "v", "a", 0);
        live.event(50, "late", "a", 0);
        live.event(60, "v", "b", 5);
        live.event(61, "late", "b", 5);
        live.end();
        assert_eq!(live.found(), expected, "{on_update}");
        assert_eq!((live.state.held(), live.state.live_keys()), ((0, 0), 0), "{on_update}");
        let counters = live.state.counters(&live.set);
        let expired = counters[0].ended(tripline::RunEnd::Expired);
        assert_eq!(expired, if on_update == "restart" { 2 } else { 0 });
    }
}

#[test]
fn a_window_that_closes_as_the_rule_ends_still_gives_its_timeout() {
    let mut live = Live::new();
    live.put(&rule(1, "restart", 5, 40, r#","effective_until":50"#));
    live.event(10, "u", "a", 0);
    live.event(11, "v", "a", 0);
    live.advance(49);
    live.advance(50);
    assert_eq!(live.found(), ["r@1 timeout@50 u a:10"], "v was dropped");
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn moving_the_end_of_a_running_rule_does_what_it_says() {
    let mut live = Live::new();
    live.put(&rule(1, "restart", 5, 100, r#","effective_until":50"#));
    live.event(10, "u", "a", 0);
    live.event(10, "v", "a", 0);
    live.put(&rule(1, "restart", 5, 100, r#","effective_until":90"#));
    live.event(60, "u", "b", 5);
    assert_eq!(live.found(), ["r@1 match u a:10 b:60"], "a later end");
    live.put(&rule(1, "restart", 5, 100, r#","effective_until":20"#));
    live.event(60, "v", "b", 5);
    live.end();
    assert_eq!(live.found(), Vec::<String>::new(), "an end that has passed");
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn skip_strategies_keep_their_order_while_a_version_drains() {
    let skipping = |version: i64, on_update: &str| {
        rule(version, on_update, 0, 100, "").replace(
            r#""pattern":{"#,
            r#""pattern":{"afterMatchStrategy":{"type":"SKIP_PAST_LAST_EVENT"},"#,
        )
    };
    let mut live = Live::new();
    live.put(&skipping(1, "restart"));
    live.event(1, "u", "a", 0);
    live.event(2, "u", "a", 0);
    live.put(&skipping(2, "drain"));
    live.event(3, "u", "a", 0);
    live.event(4, "u", "b", 0);
    live.end();
    let mut found = live.found();
    // Which version comes first means nothing.
    found.sort();
    assert_eq!(
        found,
        ["r@1 match u a:1 b:4", "r@2 match u a:3 b:4"],
        "version 1 began nothing at 3, and dropped what it began at 2"
    );
    assert_eq!(live.state.held(), (0, 0));
}

#[test]
fn versions_of_one_set_of_sets_never_share_an_epoch() {
    // Two successors of one set, as a writer makes that tries twice: runs of the one are not those of the other.
    let mut live = Live::new();
    live.put(&rule(1, "restart", 0, 100, ""));
    let fork = live.set.clone();
    live.put(&rule(2, "restart", 0, 100, ""));
    live.event(1, "u", "a", 0);
    let text: Arc<str> = Arc::from(rule(3, "restart", 0, 100, ""));
    let source = RuleSource {
        id: RuleId::new("r"),
        version: RuleVersion(3),
        text,
        default_key: vec!["user".to_owned()],
    };
    live.set = live.builder.update(&fork, vec![RuleEdit::Put(source)]).set;
    live.state.swap(&live.set);
    live.event(2, "u", "b", 0);
    assert_eq!(live.found(), Vec::<String>::new());
}
