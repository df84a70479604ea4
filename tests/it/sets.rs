//! `in_set` and what actions do to sets, beside a plain computation; the number of shards, snapshots and the order of the
//! rules change nothing.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tripline::{Action, ActionOutputs, AddTo, Registry, RuleSource, SetTarget, Stay, Value};

use crate::program::{Program, text};
use crate::root;
use crate::stat::{World, asks, condition, source};

/// An event: time, user, kind.
type Given = (i64, u8, char);

fn target(set: &str) -> SetTarget {
    SetTarget { set: set.to_owned(), member: vec!["user".to_owned()] }
}

fn adds(name: &str, set: &str, stay: Stay) -> Action {
    let add_to = Some(AddTo { target: target(set), stay });
    Action { name: name.to_owned(), add_to, ..Action::default() }
}

fn registry() -> Registry {
    let mut registry = Registry::with_builtins();
    let removes = Action { remove_from: Some(target("flagged")), ..named("unflag") };
    let slow = adds("slow", "slow", Stay::Forever);
    let only = ActionOutputs { matches: false, timeouts: true, aggregates: false };
    registry.set_actions([
        adds("flag", "flagged", Stay::For(20)),
        removes,
        adds("busy", "busy", Stay::For(10)),
        Action { outputs: only, ..slow },
    ]);
    registry
}

fn named(name: &str) -> Action {
    Action { name: name.to_owned(), ..Action::default() }
}

fn with_action(id: &str, action: &str, pattern: &Json) -> RuleSource {
    source(id, &json!({"function": action, "pattern": pattern}))
}

fn ms(size: i64) -> Json {
    json!({"unit": "MILLISECONDS", "size": size})
}

fn rules() -> Vec<RuleSource> {
    let busy = json!({
        "name": "busy", "type": "AGGREGATE", "groupBy": ["user"], "emit": "ON_CROSSING",
        "window": {"type": "TRAILING", "size": ms(30)}, "having": condition("n >= 4"),
        "aggregates": {"n": {"function": "COUNT"}},
    });
    let counted = json!({
        "name": "counted", "type": "AGGREGATE", "groupBy": ["kind"],
        "window": {"type": "TUMBLING", "size": ms(50)},
        "condition": condition("!in_set('flagged', user)"),
        "aggregates": {"n": {"function": "COUNT"}},
    });
    let slow = json!({
        "name": "slow", "nodes": [
            {"name": "a", "type": "ATOMIC", "condition": condition("kind == 'a'")},
            {"name": "b", "type": "ATOMIC", "condition": condition("kind == 'b'")},
        ],
        "edges": [{"source": "a", "target": "b", "type": "SKIP_TILL_NEXT"}],
        "window": {"type": "FIRST_AND_LAST", "time": ms(10)},
    });
    vec![
        source("open", &asks("kind == 'c' && !in_set('flagged', user)")),
        source("calm", &asks("kind != 'x' && in_set('busy', user)")),
        source("is_slow", &asks("kind == 'd' && in_set('slow', user)")),
        source("counted", &counted),
        with_action("unflag", "unflag", &asks("kind == 'b' && in_set('flagged', user)")),
        with_action("flag", "flag", &asks("kind == 'a'")),
        with_action("busy", "busy", &busy),
        with_action("slow", "slow", &slow),
    ]
}

/// What must be found, in plain words.
fn expected(events: &[Given]) -> Vec<String> {
    let mut found = Vec::new();
    let mut flagged: BTreeMap<u8, i64> = BTreeMap::new();
    let mut busy: BTreeMap<u8, i64> = BTreeMap::new();
    let mut crossed: BTreeMap<u8, bool> = BTreeMap::new();
    let mut counted: BTreeMap<(i64, char), usize> = BTreeMap::new();
    for (at, &(now, user, kind)) in events.iter().enumerate() {
        let mut hit = |rule: &str, holds: bool| {
            if holds {
                found.push(format!("{rule} {at}"));
            }
            holds
        };
        let is_in = |set: &BTreeMap<u8, i64>| set.get(&user).is_some_and(|until| now < *until);
        if hit("flag", kind == 'a') {
            let until = if is_in(&flagged) { flagged[&user].max(now + 20) } else { now + 20 };
            flagged.insert(user, until);
        }
        // The last thirty ms, whenever the fourth comes into them.
        let recent = events[..=at].iter().filter(|it| it.1 == user && it.0 > now - 30).count();
        let others = |until: i64| {
            events[..at]
                .iter()
                .filter(|it| it.1 == user && it.0 > until - 30 && it.0 <= until)
                .count()
        };
        let was = *crossed.get(&user).unwrap_or(&false)
            && (events[..at].iter().rev().find(|it| it.1 == user))
                .is_some_and(|last| (last.0..=now).all(|moment| others(moment) >= 4));
        if recent >= 4 && !was {
            busy.insert(user, busy.get(&user).copied().unwrap_or(i64::MIN).max(now + 10));
            found.push(format!("busy [{},{}) {user} {recent}", now - 29, now + 1));
        }
        crossed.insert(user, recent >= 4);
        let mut hit = |rule: &str, holds: bool| {
            if holds {
                found.push(format!("{rule} {at}"));
            }
            holds
        };
        hit("calm", kind != 'x' && is_in(&busy));
        if hit("unflag", kind == 'b' && is_in(&flagged)) {
            flagged.remove(&user);
        }
        hit("open", kind == 'c' && !is_in(&flagged));
        if !is_in(&flagged) {
            *counted.entry((now.div_euclid(50) * 50, kind)).or_default() += 1;
        }
        // A timeout of the user's own key is given before the event at that moment.
        let was_slow = (0..at).any(|first| {
            let (then, other, kind) = events[first];
            let paid = |it: &Given| it.1 == user && it.2 == 'b' && it.0 < then + 10;
            other == user
                && kind == 'a'
                && then + 10 <= now
                && !events[first + 1..at].iter().any(paid)
        });
        hit("is_slow", kind == 'd' && was_slow);
    }
    for ((start, kind), count) in counted {
        found.push(format!("counted [{start},{}) {kind} {count}", start + 50));
    }
    found.retain(|line| !line.starts_with("slow"));
    found.sort();
    found
}

fn some_events(count: usize) -> Vec<Given> {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below).expect("small")
    };
    let mut time = 0;
    let one = |_| {
        time += [0, 1, 2, 3, 5, 8, 13][next(7)];
        (time, u8::try_from(next(5)).expect("small"), ['a', 'b', 'c', 'd', 'x'][next(5)])
    };
    (0..count).map(one).collect()
}

#[test]
fn sets_change_between_who_changes_them_and_who_asks() {
    let events = some_events(600);
    let expected = expected(&events);
    for rule in ["flag", "unflag", "open", "calm", "busy", "is_slow", "counted"] {
        let mine = expected.iter().filter(|found| found.starts_with(&format!("{rule} "))).count();
        assert!(mine > 10, "{rule} is worth little: {mine}");
    }
    for (shards, through_bytes, backwards) in
        [(1, false, false), (4, false, true), (1, true, true), (4, true, false)]
    {
        let mut world = World::new(registry(), shards, through_bytes);
        let mut rules = rules();
        if backwards {
            rules.reverse();
        }
        world.put(&rules);
        for (time, user, kind) in &events {
            world.offer(*time, &json!({"user": user, "kind": kind.to_string()}));
        }
        world.end();
        let mut found = std::mem::take(&mut world.found);
        // Its matches and timeouts are those of any pattern.
        found.retain(|line| !line.starts_with("slow"));
        found.sort();
        assert_eq!(found, expected, "{shards} shards, {through_bytes}, {backwards}");
        for shard in &world.shards {
            let held = shard.sets(&world.set);
            assert!(held.iter().all(|(name, all)| name == "slow" || all.len() < 5), "{held:?}");
        }
    }
}

#[test]
fn a_set_that_is_full_takes_no_more_and_says_so() {
    let mut world = World::new(registry(), 1, false);
    world.put(&rules());
    world.shards[0].set_max_set_members(2);
    for user in 0..4 {
        world.offer(1, &json!({"user": user, "kind": "a"}));
    }
    let told = world.shards[0].budget_exceeded(&world.set);
    let told: Vec<String> = told.iter().map(|one| one.limit.to_string()).collect();
    assert_eq!(told, ["puts members into a set that has 2 of them"]);
    let held = world.shards[0].sets(&world.set);
    let flagged = held.iter().find(|(name, _)| name == "flagged").expect("it has members");
    let members = flagged.1.iter().flat_map(|(member, _)| member.values());
    assert_eq!(members.collect::<Vec<_>>(), [Value::from(0), Value::from(1)]);
}

#[test]
fn a_rule_that_is_let_go_leaves_its_members_until_their_time_is_over() {
    let mut world = World::new(registry(), 1, true);
    world.put(&rules());
    world.offer(1, &json!({"user": 1, "kind": "a"}));
    // Nobody names the set any more; a rule that does so later finds it as it was left.
    world.update(rules().into_iter().map(|rule| tripline::RuleEdit::Remove(rule.id)).collect());
    world.offer(2, &json!({"user": 2, "kind": "a"}));
    world.found.clear();
    world.put(&[source("open", &asks("kind == 'c' && in_set('flagged', user)"))]);
    for (time, user) in [(20, 1), (20, 2), (21, 1)] {
        world.offer(time, &json!({"user": user, "kind": "c"}));
    }
    assert_eq!(world.found, ["open 2"]);
}

/// The outputs of the rules that ship, with their actions, on clicks: the warnings, and how many clicks are left.
fn blacklisted(events: &[&str]) -> (Vec<i64>, i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let left = json!({
        "id": "left", "version": 1, "pattern": {
            "name": "left", "type": "AGGREGATE", "groupBy": [],
            "window": {"type": "TUMBLING", "size": {"unit": "DAYS", "size": 365}},
            "condition": condition("!in_set('ad-blacklist', userId, adId)"),
            "aggregates": {"n": {"function": "COUNT"}},
        },
    });
    let path = folder.path().join("left.json");
    std::fs::write(&path, left.to_string()).expect("written");
    let mut found = None;
    for shards in ["1", "4"] {
        let program = Program::new("run").arg("--config").arg(root("rules/actions.toml"));
        let program = program.arg("--rules").arg(root("rules/marketing/ad_blacklist"));
        let program = program.arg("--rules").arg(root("rules/statistics/ad_clicks_by_province"));
        let program = program.arg("--rules").arg(&path).args(["--shards", shards]);
        let done = program.args(["--format", "json", "--summary", "none"]).args(events).run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        let out = text(&done.stdout);
        if let Some(before) = found.replace(out.clone()) {
            assert_eq!(before, out, "the number of shards changes nothing");
        }
    }
    let out = found.expect("a run");
    let lines = out.lines().map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let (mut warnings, mut left) = (Vec::new(), 0);
    for line in lines {
        match line["rule"]["id"].as_str() {
            Some("ad_blacklist") => {
                warnings.push(line["values"]["clicks"].as_i64().expect("a count"));
            }
            Some("left") => left += line["values"]["n"].as_i64().expect("a count"),
            _ => {}
        }
    }
    (warnings, left)
}

#[test]
fn who_clicks_too_often_is_taken_out_of_the_statistics() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clicks.jsonl");
    // 121 clicks of one user on one ad among 22 others, all within an hour.
    let clicks = (0..143).map(|at| {
        let user = if at % 13 == 5 || at % 13 == 9 { 100 + at } else { 937_166 };
        json!({"ts": 1_511_658_000_000_i64 + at * 25_000, "userId": user, "adId": 1715, "province": "beijing"})
    });
    let clicks: Vec<String> = clicks.map(|click| click.to_string()).collect();
    assert_eq!(clicks.iter().filter(|click| click.contains("937166")).count(), 121);
    std::fs::write(&path, clicks.join("\n")).expect("written");
    assert_eq!(blacklisted(&["--events", path.to_str().expect("UTF-8")]), (vec![101], 122));
}

/// The log of a well-known course on stream processing: `TRIPLINE_CLICK_LOG=…/AdClickLog.csv`, where there is one.
#[test]
#[expect(clippy::disallowed_methods, reason = "says where the log is")]
fn the_clicks_of_a_log_are_counted_without_those_of_the_blacklist() {
    let Ok(path) = std::env::var("TRIPLINE_CLICK_LOG") else { return };
    let columns = "userId,adId,province,city,timestamp";
    let events = ["--events", &path, "--csv-columns", columns];
    let time = ["--time-field", "timestamp", "--time-unit", "s"];
    let events: Vec<&str> = events.into_iter().chain(time).collect();
    assert_eq!(blacklisted(&events), (vec![101], 122));
}

#[test]
fn what_makes_no_sense_in_a_configuration_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |action: &str, expected: &str| {
        let path = folder.path().join("actions.toml");
        std::fs::write(&path, format!("[actions.a]\n{action}\n")).expect("written");
        let program = Program::new("config").arg("check").arg(&path);
        let done = program.args(["--format", "json"]).run();
        let out = text(&done.stdout);
        assert_eq!(done.code, 3, "{action}: {out}");
        assert!(out.contains(expected), "{action}: {out}");
    };
    check(r#"add_to = {set = "", member = ["u"]}"#, "/actions/a/add_to/set");
    check(r#"add_to = {set = "s", member = []}"#, "a member has at least one part");
    check(r#"add_to = {set = "s"}"#, "member");
    check(
        r#"add_to = {set = "s", member = ["u"], ttl = "1h", until = "midnight"}"#,
        "and not both",
    );
    check(r#"add_to = {set = "s", member = ["u"], ttl = "0ms"}"#, "too short");
    check(r#"add_to = {set = "s", member = ["u"], until = "noon"}"#, "/actions/a/add_to/until");
    check(r#"add_to = {set = "s", member = ["u"], time_zone = "UTC"}"#, "without `until`");
    check(
        r#"add_to = {set = "s", member = ["u"], until = "midnight", time_zone = "Asia/Shanghia"}"#,
        "/actions/a/add_to/time_zone",
    );
    check(r#"remove_from = {set = "s", member = ["u"], ttl = "1h"}"#, "there is no such key");
}
