use serde_json::{Value, json};

use super::diff;
use crate::{RuleDocument, parse_rule};

fn document(value: &Value) -> RuleDocument {
    let parsed = parse_rule(&value.to_string());
    parsed.document.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

/// A row whose pattern has the nodes `a`, `b`, a group `g` of `c` and `d`, and `a` to `b` to `g`.
fn row() -> Value {
    let expression = |text: &str| json!({"type": "EXPRESSION", "expression": text});
    json!({
        "id": "r", "version": 1, "pattern": {
            "name": "r",
            "nodes": [
                {"name": "a", "type": "ATOMIC", "condition": expression("price > 100")},
                {"name": "b", "type": "ATOMIC",
                 "quantifier": {"properties": ["TIMES"], "times": {"from": 3, "to": 3}}},
                {"name": "g", "type": "COMPOSITE",
                 "nodes": [{"name": "c", "type": "ATOMIC"}, {"name": "d", "type": "ATOMIC"}],
                 "edges": [{"source": "c", "target": "d", "type": "STRICT"}]},
            ],
            "edges": [
                {"source": "a", "target": "b", "type": "SKIP_TILL_NEXT"},
                {"source": "b", "target": "g", "type": "STRICT"},
            ],
            "window": {"type": "FIRST_AND_LAST", "time": {"unit": "MINUTES", "size": 10}},
        },
    })
}

/// Sets what a pointer leads to; the last step may be new, or `-` for one more element.
fn set(row: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match row.pointer_mut(parent).expect("a parent") {
        Value::Array(items) if key == "-" => items.push(value),
        parent => match key.parse::<usize>() {
            Ok(index) => parent[index] = value,
            Err(_) => parent[key] = value,
        },
    }
}

/// Checks what a change of the row gives as `kind pointer message`, and that the way back gives as much.
#[track_caller]
fn check(edits: &[(&str, Value)], expected: &[&str]) {
    let (before, mut after) = (row(), row());
    for (pointer, value) in edits {
        set(&mut after, pointer, value.clone());
    }
    let (before, after) = (document(&before), document(&after));
    let lines: Vec<String> = diff(&before, &after)
        .iter()
        .map(|change| {
            let kind = serde_json::to_value(change.kind).unwrap();
            format!("{} {} {}", kind.as_str().unwrap(), change.pointer, change.message)
        })
        .collect();
    assert_eq!(lines, expected);
    assert_eq!(diff(&after, &before).len(), expected.len(), "{edits:?}");
    assert_eq!(diff(&after, &after), []);
}

#[test]
fn nodes_edges_and_windows() {
    let condition = |kind: &str, text: &str| json!({"type": kind, "expression": text});
    let time = |unit: &str, size: i64| json!({"unit": unit, "size": size});
    let node = "/pattern/nodes/0";
    check(
        &[("/pattern/nodes/0/condition", condition("EXPRESSION", "price > 200"))],
        &[
            "changed /pattern/nodes/0/condition condition of `a`: `price > 100` becomes `price > 200`",
        ],
    );
    check(
        &[("/pattern/nodes/0/condition", condition("AVIATOR", "price > 100"))],
        &[
            "changed /pattern/nodes/0/condition condition of `a`: EXPRESSION `price > 100` becomes AVIATOR `price > 100`",
        ],
    );
    check(
        &[
            ("/pattern/nodes/0/condition", Value::Null),
            ("/pattern/nodes/1/condition", condition("EXPRESSION", "x")),
        ],
        &[
            "removed /pattern/nodes/0/condition condition of `a`: `price > 100` removed",
            "added /pattern/nodes/1/condition condition of `b`: `x` added",
        ],
    );
    check(
        &[("/pattern/window/time", time("MINUTES", 15))],
        &["changed /pattern/window window: 10 minutes becomes 15 minutes"],
    );
    check(
        &[("/pattern/window/type", json!("PREVIOUS_AND_CURRENT"))],
        &["changed /pattern/window window: 10 minutes becomes 10 minutes between two events"],
    );
    check(
        &[("/pattern/window", Value::Null)],
        &["removed /pattern/window window: 10 minutes removed"],
    );
    check(
        &[("/pattern/nodes/2/window", json!({"type": "FIRST_AND_LAST", "time": time("DAYS", 1)}))],
        &["added /pattern/nodes/2/window window of `g`: 1 day added"],
    );
    check(
        &[("/pattern/edges/1/type", json!("SKIP_TILL_ANY"))],
        &["changed /pattern/edges/1/type `b` to `g`: STRICT becomes SKIP_TILL_ANY"],
    );
    check(
        &[
            ("/pattern/nodes/-", json!({"name": "e", "type": "ATOMIC"})),
            ("/pattern/edges/-", json!({"source": "g", "target": "e", "type": "STRICT"})),
        ],
        &[
            "added /pattern/nodes/3 node `e` added after `g`",
            "added /pattern/edges/2 `g` to `e`: STRICT added",
        ],
    );
    check(
        &[
            ("/pattern/nodes/2/nodes/0/name", json!("x")),
            ("/pattern/nodes/2/edges/0/source", json!("x")),
        ],
        &[
            "removed /pattern/nodes/2/nodes/0 node `c` removed",
            "added /pattern/nodes/2/nodes/0 node `x` added at the beginning",
            "removed /pattern/nodes/2/edges/0 `c` to `d`: STRICT removed",
            "added /pattern/nodes/2/edges/0 `x` to `d`: STRICT added",
        ],
    );
    check(
        &[(
            node,
            json!({"name": "a", "type": "COMPOSITE", "nodes": [{"name": "c", "type": "ATOMIC"}], "edges": []}),
        )],
        &["changed /pattern/nodes/0 `a`: a node becomes a group"],
    );
    check(
        &[("/pattern/afterMatchStrategy", json!({"type": "SKIP_TO_LAST", "patternName": "b"}))],
        &["changed /pattern/afterMatchStrategy skip strategy: NO_SKIP becomes SKIP_TO_LAST of `b`"],
    );
    check(
        &[("/pattern/name", json!("s")), ("/pattern/finalAbsence", json!(true))],
        &[
            "changed /pattern/name name of the pattern: `r` becomes `s`",
            "changed /pattern/finalAbsence finalAbsence: false becomes true",
        ],
    );
}

#[test]
fn quantifiers() {
    let at = "/pattern/nodes/1/quantifier";
    let becomes = |quantifier: Value, expected: &[&str]| check(&[(at, quantifier)], expected);
    let times = "changed /pattern/nodes/1/quantifier/times times of `b`: 3 becomes";
    becomes(
        json!({"properties": ["TIMES"], "times": {"from": 2, "to": 4}}),
        &[&format!("{times} 2 to 4")],
    );
    becomes(json!({"properties": ["LOOPING"]}), &[&format!("{times} 1 or more")]);
    becomes(json!({"properties": ["SINGLE"]}), &[&format!("{times} once")]);
    becomes(
        json!({"properties": ["TIMES", "OPTIONAL", "GREEDY"], "consumingStrategy": "STRICT",
            "times": {"from": 3, "windowTime": {"unit": "SECONDS", "size": 1}},
            "untilCondition": {"type": "EXPRESSION", "expression": "x"}}),
        &[
            "changed /pattern/nodes/1/quantifier/properties `b` becomes optional",
            "changed /pattern/nodes/1/quantifier/properties `b` becomes greedy",
            "changed /pattern/nodes/1/quantifier/consumingStrategy between repetitions of `b`: SKIP_TILL_NEXT becomes STRICT",
            "added /pattern/nodes/1/quantifier/times/windowTime largest gap between repetitions of `b`: 1 second added",
            "added /pattern/nodes/1/quantifier/untilCondition until condition of `b`: `x` added",
        ],
    );
    check(
        &[("/pattern/nodes/2/quantifier", json!({"properties": ["OPTIONAL"]}))],
        &["changed /pattern/nodes/2/quantifier/properties `g` becomes optional"],
    );
}

#[test]
fn settings() {
    check(
        &[
            ("/name", json!("n")),
            ("/key_by", json!(["user", "shop"])),
            ("/params", json!({"threshold": 5})),
            ("/severity", json!("error")),
            ("/enabled", json!(false)),
            ("/effective_from", json!("2026-01-31T08:00:00+08:00")),
            ("/on_update", json!("migrate")),
            ("/labels", json!({"team/x": "fraud"})),
            ("/function", json!("page")),
            ("/description", json!("d")),
            ("/version", json!(9)),
            ("/id", json!("other")),
        ],
        &[
            "added /name name: `n` added",
            "added /description description: `d` added",
            "changed /key_by key_by: the default key becomes `user`, `shop`",
            "added /function function: `page` added",
            "added /params/threshold params.threshold: 5 added",
            "changed /severity severity: info becomes error",
            "changed /enabled enabled: true becomes false",
            "added /effective_from effective_from: 2026-01-31T00:00:00Z added",
            "changed /on_update on_update: restart becomes migrate",
            "added /labels/team~1x labels.team/x: `fraud` added",
        ],
    );
    let mut before = row();
    before["params"] = json!({"a": 3, "b": {"x": [1]}, "c": 1});
    let mut after = before.clone();
    after["params"] = json!({"d": null, "c": 1, "b": {"x": [2]}});
    let messages: Vec<_> = diff(&document(&before), &document(&after))
        .into_iter()
        .map(|change| change.message)
        .collect();
    assert_eq!(
        messages,
        [
            "params.a: 3 removed",
            "params.b: {\"x\":[1]} becomes {\"x\":[2]}",
            "params.d: null added"
        ]
    );
}

#[test]
fn what_says_the_same_is_no_change() {
    check(
        &[
            ("/severity", json!("info")),
            ("/enabled", json!(true)),
            ("/on_update", json!("restart")),
            ("/params", json!({})),
            ("/pattern/afterMatchStrategy", json!({"type": "NO_SKIP"})),
            (
                "/pattern/nodes/0/quantifier",
                json!({"properties": ["SINGLE"], "consumingStrategy": "SKIP_TILL_NEXT"}),
            ),
        ],
        &[],
    );
    let mut turned = row();
    turned["pattern"]["nodes"].as_array_mut().unwrap().reverse();
    turned["pattern"]["edges"].as_array_mut().unwrap().reverse();
    assert_eq!(diff(&document(&row()), &document(&turned)), []);
    // A bare pattern is a row that says nothing else.
    assert_eq!(diff(&document(&row()["pattern"]), &document(&row())), []);
    let mut named = row();
    named["name"] = json!("n");
    let [change] = &diff(&document(&named), &document(&row()["pattern"]))[..] else { panic!() };
    assert_eq!((change.pointer.as_str(), &*change.message), ("/name", "name: `n` removed"));
}

#[test]
fn conditions_in_words() {
    let expression = |text: &str| json!({"type": "EXPRESSION", "expression": text});
    let class = |name: &str, nested: &[Value]| json!({"type": "CLASS", "className": name, "nestedConditions": nested});
    let check_text = |condition: Value, expected: &str| {
        check(
            &[("/pattern/nodes/1/condition", condition)],
            &[&format!("added /pattern/nodes/1/condition condition of `b`: `{expected}` added")],
        );
    };
    let either = class("RichOrCondition", &[expression("x"), expression("y")]);
    check_text(
        class("RichAndCondition", &[either.clone(), expression("z")]),
        "((x) || (y)) && (z)",
    );
    check_text(class("RichNotCondition", &[either]), "!((x) || (y))");
    check_text(json!({"type": "CLASS", "className": "a.B", "args": ["x", 1]}), "a.B([\"x\",1])");
    check_text(json!({"type": "CLASS", "className": "a.B"}), "a.B");
}

#[test]
fn long_texts_show_where_they_differ() {
    let long =
        |middle: &str, tail: usize| format!("{}{middle}{}", "规".repeat(300), "z".repeat(tail));
    let mut before = row();
    before["description"] = json!(long("one", 10));
    let mut after = before.clone();
    after["description"] = json!(long("two", 500));
    let changes = diff(&document(&before), &document(&after));
    let same = "规".repeat(40);
    let expected = format!(
        "description: `...{same}onezzzzzzzzzz` becomes `...{same}two{}...`",
        "z".repeat(200 - 43)
    );
    assert_eq!(changes[0].message, expected);
    let [change] = &diff(&document(&row()), &document(&before))[..] else { panic!() };
    assert_eq!(change.message, format!("description: `{}...` added", "规".repeat(199)));
    let line = serde_json::to_value(change).unwrap();
    assert_eq!(line["pointer"], "/description");
    assert_eq!(line["kind"], "added");
}
