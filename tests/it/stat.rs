//! `stat('rule').name`: what conditions are told of other rules' windows, beside a plain computation; the number of shards,
//! snapshots and the order of the rules change nothing.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Code, Event, EventPosition, KeyGroups, Output, OutputKind, Registry, RuleEdit, RuleEffect,
    RuleId, RuleOutcome, RuleSet, RuleSetBuilder, RuleSource, RuleVersion, ShardState, Timestamp,
    Watermark, decode_snapshot, encode_snapshot,
};

/// An event: time, user, amount, kind.
type Given = (i64, u8, i64, char);

pub(crate) struct World {
    builder: RuleSetBuilder,
    pub(crate) set: RuleSet,
    pub(crate) shards: Vec<ShardState>,
    through_bytes: bool,
    offset: u64,
    /// `rule offset` of each match, and the rows of aggregates.
    pub(crate) found: Vec<String>,
}

impl World {
    pub(crate) fn new(registry: Registry, shards: usize, through_bytes: bool) -> Self {
        let owning = |at| ShardState::owning(KeyGroups::of_shard(at, shards));
        Self {
            builder: RuleSetBuilder::new(registry),
            set: RuleSet::empty(Arc::new(JsonPayloadDecoder)),
            shards: (0..shards).map(owning).collect(),
            through_bytes,
            offset: 0,
            found: Vec::new(),
        }
    }

    pub(crate) fn update(&mut self, edits: Vec<RuleEdit>) -> Vec<RuleOutcome> {
        let built = self.builder.update(&self.set, edits);
        self.set = built.set;
        for shard in &mut self.shards {
            shard.swap(&self.set);
        }
        built.outcomes
    }

    pub(crate) fn put(&mut self, rules: &[RuleSource]) {
        for outcome in self.update(rules.iter().cloned().map(RuleEdit::Put).collect()) {
            assert_ne!(outcome.effect, RuleEffect::Rejected, "{:?}", outcome.diagnostics);
        }
    }

    pub(crate) fn offer(&mut self, time: i64, event: &Json) {
        let payload = event.to_string();
        let mut values = Vec::new();
        let decoder = JsonDecoder::new(self.set.fields());
        decoder.decode(payload.as_bytes(), &mut values).expect("an event");
        let position = EventPosition { offset: self.offset, ..EventPosition::default() };
        self.offset += 1;
        let time = Timestamp::from_millis(time);
        let payload = payload.as_bytes();
        let event = Event { time, happened: time, position, values: &values, payload };
        let found = &mut self.found;
        for shard in &mut self.shards {
            let mut add = |output: &Output<'_>| found.push(line(output));
            shard.advance_to(&self.set, Watermark(time.saturating_add(-1)), &mut add);
            shard.process_part(&self.set, &event, true, &mut add);
        }
        if self.through_bytes {
            self.through_bytes();
        }
    }

    pub(crate) fn end(&mut self) {
        let found = &mut self.found;
        for shard in &mut self.shards {
            let mut add = |output: &Output<'_>| found.push(line(output));
            shard.advance_to(&self.set, Watermark::MAX, &mut add);
        }
    }

    fn through_bytes(&mut self) {
        let bytes = self.shards.iter().map(|shard| encode_snapshot(&shard.snapshot(&self.set)));
        let bytes: Vec<_> = bytes.collect::<Result<_, _>>().expect("bytes");
        let read = bytes.iter().map(|bytes| decode_snapshot(bytes).expect("the same"));
        let (read, count): (Vec<_>, _) = (read.collect(), self.shards.len());
        let read: Vec<_> = read.iter().collect();
        for (at, shard) in self.shards.iter_mut().enumerate() {
            let groups = KeyGroups::of_shard(at, count);
            (*shard, _) = ShardState::restore_part(&read, &self.set, groups, at == 0);
        }
    }
}

fn line(output: &Output<'_>) -> String {
    match output.kind {
        OutputKind::Aggregate { start, end, .. } => {
            let words = |values: &mut dyn Iterator<Item = String>| {
                values.collect::<Vec<String>>().join(",")
            };
            let group = words(&mut output.key.values().map(|value| value.to_string()));
            let values = words(&mut output.values.iter().map(ToString::to_string));
            let (start, end) = (start.as_millis(), end.as_millis());
            format!("{} [{start},{end}) {group} {values}", output.rule.id)
        }
        _ => {
            let last = output.events().last().expect("an event").1;
            format!("{} {}", output.rule.id, last.position.offset)
        }
    }
}

pub(crate) fn source(id: &str, rule: &Json) -> RuleSource {
    let mut row = rule.clone();
    if rule.get("pattern").is_none() {
        row = json!({"pattern": rule});
    }
    row["id"] = id.into();
    row["version"] = 1.into();
    RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(row.to_string()),
        default_key: vec!["user".to_owned()],
    }
}

pub(crate) fn asks(expression: &str) -> Json {
    json!({
        "name": "asks", "edges": [],
        "nodes": [{"name": "a", "type": "ATOMIC", "condition": condition(expression)}],
    })
}

pub(crate) fn condition(expression: &str) -> Json {
    json!({"type": "EXPRESSION", "expression": expression})
}

fn window(kind: &str, sizes: &[(&str, i64)]) -> Json {
    let mut window = json!({"type": kind});
    for (name, ms) in sizes {
        window[*name] = json!({"unit": "MILLISECONDS", "size": ms});
    }
    window
}

/// The aggregate of a test, of events whose kind is not `x`.
fn sums(window: &Json, emit: &str) -> Json {
    json!({
        "name": "sums", "type": "AGGREGATE", "groupBy": ["user"], "window": window, "emit": emit,
        "condition": condition("kind != 'x'"),
        "having": condition("n > 1000000"),
        "aggregates": {
            "n": {"function": "COUNT"},
            "total": {"function": "SUM", "field": "amount"},
            "least": {"function": "MIN", "field": "amount"},
            "kinds": {"function": "COUNT_DISTINCT", "field": "kind"},
        },
    })
}

/// The events of its group that an event's window holds, by what a window is; the event itself is the last of `before`.
fn held(kind: &str, before: &[Given]) -> Vec<Given> {
    let &(now, user, ..) = before.last().expect("an event");
    let mine: Vec<Given> =
        before.iter().filter(|it| it.1 == user && it.3 != 'x').copied().collect();
    match kind {
        "TUMBLING" => {
            mine.into_iter().filter(|it| it.0.div_euclid(50) == now.div_euclid(50)).collect()
        }
        // Of length 60, one each 20; the first to end of those that hold the moment.
        "SLIDING" => {
            let start = (now - 60).div_euclid(20) * 20 + 20;
            mine.into_iter().filter(|it| it.0 >= start).collect()
        }
        "TRAILING" => mine.into_iter().filter(|it| it.0 > now - 50).collect(),
        _ => {
            let mut session: Vec<Given> = Vec::new();
            for it in mine {
                if session.last().is_some_and(|last| last.0 + 15 < it.0) {
                    session.clear();
                }
                session.push(it);
            }
            if session.last().is_some_and(|last| last.0 + 15 < now) {
                session.clear();
            }
            session
        }
    }
}

/// Events that are the same in every run.
fn some_events(count: usize) -> Vec<Given> {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut time = -40;
    let one = |_| {
        time += i64::try_from(next(9)).expect("small");
        let user = u8::try_from(next(3)).expect("small");
        let amount = i64::try_from(next(8)).expect("small");
        (time, user, amount, ['a', 'b', 'c', 'x'][usize::try_from(next(4)).expect("small")])
    };
    (0..count).map(one).collect()
}

/// What the pattern rules of a test must find: `rule offset`.
fn expected(kind: &str, events: &[Given]) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..events.len() {
        let held = held(kind, &events[..=at]);
        let total: i64 = held.iter().map(|it| it.2).sum();
        let mut kinds: Vec<char> = held.iter().map(|it| it.3).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let least = held.iter().map(|it| it.2).min();
        let mut hit = |rule: &str, holds: bool| {
            if holds {
                found.push(format!("{rule} {at}"));
            }
        };
        hit("all", held.len() >= 3 && total > 10 && kinds.len() >= 2);
        hit("least", least == Some(0));
        hit("none", held.is_empty() && least.is_none());
        // A match of two events: the second is asked about its own moment.
        let user = events[at].1;
        let before = (0..at).rev().find(|&one| events[one].1 == user);
        hit("two", before.is_some() && held.len() == 2);
    }
    found.sort();
    found
}

fn rules(kind: &str, emit: &str) -> Vec<RuleSource> {
    let window = match kind {
        "TUMBLING" => window(kind, &[("size", 50)]),
        "SLIDING" => window(kind, &[("size", 60), ("slide", 20)]),
        "TRAILING" => window(kind, &[("size", 50)]),
        _ => window(kind, &[("gap", 15)]),
    };
    let two = json!({
        "name": "two", "nodes": [
            {"name": "a", "type": "ATOMIC"},
            {"name": "b", "type": "ATOMIC", "condition": condition("stat('sums').n == 2")},
        ],
        "edges": [{"source": "a", "target": "b", "type": "STRICT"}],
    });
    vec![
        // What asks stands before what is asked: the order of rules says nothing.
        source(
            "all",
            &asks("stat('sums').n >= 3 && stat('sums').total > 10 && stat('sums').kinds >= 2"),
        ),
        source("least", &asks("stat('sums', 'least') == 0")),
        source(
            "none",
            &asks("stat('sums').n == 0 && stat('sums').total == nil && stat('sums').least == nil"),
        ),
        source("two", &two),
        source("sums", &sums(&window, emit)),
    ]
}

#[test]
fn running_values_are_those_of_a_plain_computation() {
    let events = some_events(400);
    for (kind, emits) in [
        ("TUMBLING", &["ON_CLOSE", "ON_UPDATE", "ON_CROSSING"][..]),
        ("SLIDING", &["ON_CLOSE", "ON_UPDATE", "ON_CROSSING"]),
        ("SESSION", &["ON_CLOSE", "ON_UPDATE"]),
        ("TRAILING", &["ON_UPDATE", "ON_CROSSING"]),
    ] {
        let expected = expected(kind, &events);
        for rule in ["all", "least", "none", "two"] {
            let mine = expected.iter().filter(|found| found.starts_with(rule)).count();
            assert!(mine > 3, "{kind}: {rule} is worth little: {mine}");
        }
        for emit in emits {
            for (shards, through_bytes) in [(1, false), (4, false), (1, true), (4, true)] {
                let mut world = World::new(Registry::with_builtins(), shards, through_bytes);
                world.put(&rules(kind, emit));
                for (time, user, amount, kind) in &events {
                    let event = json!({"user": user, "amount": amount, "kind": kind.to_string()});
                    world.offer(*time, &event);
                }
                let mut found = std::mem::take(&mut world.found);
                found.sort();
                assert_eq!(found, expected, "{kind} {emit}, {shards} shards, {through_bytes}");
            }
        }
    }
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_the_reason() {
    let window = window("TUMBLING", &[("size", 50)]);
    let mut ranked = sums(&window, "ON_CLOSE");
    ranked["top"] = json!({"n": 1, "by": "n"});
    let by = |fields: &[&str]| {
        let mut sums = sums(&window, "ON_CLOSE");
        sums["groupBy"] = json!(fields);
        sums
    };
    let others = [
        source("sums", &sums(&window, "ON_CLOSE")),
        source("ranked", &ranked),
        source("both", &by(&["user", "kind"])),
        source("off", &json!({"enabled": false, "pattern": sums(&window, "ON_CLOSE")})),
        source("pattern", &asks("kind == 'a'")),
    ];
    let check = |asked: &str, message: &str, hint: &str| {
        let mut world = World::new(Registry::with_builtins(), 1, false);
        let mut rules = vec![source("asks", &asks(&format!("{asked} > 1")))];
        rules.extend(others.iter().cloned());
        let edits = rules.into_iter().map(RuleEdit::Put).collect();
        let outcome = world.update(edits).into_iter().next().expect("the first");
        assert_eq!(outcome.effect, RuleEffect::Rejected, "{asked}");
        let found: Vec<_> = outcome.diagnostics.iter().collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, Code::StatUnfit);
        assert_eq!(found[0].message.to_string(), message);
        assert_eq!(found[0].hint.as_ref().expect("a hint").to_string(), hint);
    };
    check(
        "stat('smus').n",
        "`stat('smus').n` asks for the rule `smus`, which there is not",
        "did you mean `sums`?",
    );
    check(
        "stat('another').n",
        "`stat('another').n` asks for the rule `another`, which there is not",
        "put the rule of type AGGREGATE first, or together with this one",
    );
    check(
        "stat('sums').totl",
        "`stat('sums').totl` asks for an aggregate that the rule `sums` does not have",
        "did you mean `total`?",
    );
    check(
        "stat('off').n",
        "`stat('off').n` asks for the rule `off`, which is disabled",
        "enable it, or ask another one",
    );
    check(
        "stat('pattern').n",
        "`stat('pattern').n` asks for the rule `pattern`, which is no aggregate",
        "ask a rule of type AGGREGATE; the events of this rule's own match are read by `count(node)`, `sum(node.field)` and the like",
    );
    check(
        "stat('ranked').n",
        "`stat('ranked').n` asks for a rule with `top`, whose groups are ranked in another place",
        "ask a rule with the same windows and without `top`",
    );
    check(
        "stat('both').n",
        "`stat('both').n` asks for groups by `user`, `kind`, and the key of this rule is `user`",
        "let `key_by` name the fields of `groupBy`, in the same order",
    );
}

#[test]
fn where_it_makes_no_sense_it_is_an_error_of_the_expression() {
    let refused = |rule: &Json| {
        let mut world = World::new(Registry::with_builtins(), 1, false);
        let mut outcomes = world.update(vec![RuleEdit::Put(source("r", rule))]);
        let outcome = outcomes.remove(0);
        assert_eq!(outcome.effect, RuleEffect::Rejected, "{rule}");
        outcome.diagnostics.iter().next().expect("a finding").message.to_string()
    };
    let tumbling = window("TUMBLING", &[("size", 50)]);
    let mut rule = sums(&tumbling, "ON_CLOSE");
    rule["condition"] = condition("stat('other').n > 1");
    assert_eq!(refused(&rule), "the condition of an aggregate cannot ask for `stat`");
    let mut rule = sums(&tumbling, "ON_CLOSE");
    rule["having"] = condition("stat('other').n > n");
    assert_eq!(refused(&rule), "`stat` can only be asked for in the conditions of a rule's nodes");
    assert_eq!(refused(&asks("stat(user).n > 1")), "`stat` takes a constant name here");
    assert_eq!(refused(&asks("stat('sums') > 1")), "`stat` does not take 1 argument");
}

/// What the pattern rule finds after each of these changes.
#[test]
fn what_is_asked_may_go_and_come_back() {
    let window = window("TUMBLING", &[("size", 1000)]);
    let of = |group: &str, version: i64| {
        let mut sums = sums(&window, "ON_CLOSE");
        sums["groupBy"] = json!([group]);
        let mut source = source("sums", &sums);
        source.version = RuleVersion(version);
        source
    };
    let mut world = World::new(Registry::with_builtins(), 1, false);
    world.put(&[source("asks", &asks("stat('sums').n >= 2")), of("user", 1)]);
    let missing = |world: &World| {
        let rule = world.set.rule(&RuleId::new("asks")).expect("in force");
        let all = world.set.unanswered(rule).map(|(rule, name)| format!("{rule}.{name}"));
        all.collect::<Vec<_>>()
    };
    let event = json!({"user": 1, "amount": 1, "kind": "a"});
    let two = |world: &mut World| {
        world.offer(5, &event);
        world.offer(5, &event);
        std::mem::take(&mut world.found).len()
    };
    assert_eq!((missing(&world), two(&mut world)), (vec![], 1));
    world.update(vec![RuleEdit::Remove(RuleId::new("sums"))]);
    assert_eq!((missing(&world), two(&mut world)), (vec!["sums.n".to_owned()], 0));
    // It comes back and counts from now on; the rule that asks is not touched.
    world.put(&[of("user", 2)]);
    assert_eq!((missing(&world), two(&mut world)), (vec![], 1));
    // Other groups are not those of the key.
    world.put(&[of("kind", 3)]);
    assert_eq!((missing(&world), two(&mut world)), (vec!["sums.n".to_owned()], 0));
}
