//! All spellings that users' rules have give the same rule.

use serde_json::{Value, json};

use super::{clean, found, printed};
use crate::{
    AfterMatchSkipStrategySpec, AtomicSpec, ConditionSpec, ContiguitySpec, EdgeSpec, EdgeTypeSpec,
    GraphSpec, NodeSpec, Pointer, QuantifierPropertySpec, QuantifierSpec, RuleDocument,
    SkipStrategySpec, TimeSpec, TimeUnitSpec, TimesSpec, WindowSpec, WindowTypeSpec, parse_rule,
};

/// Coupon, at least three carts, no payment within ten minutes: as the vendors' console exports it.
const COUPON: &str = r#"{
  "name": "end",
  "quantifier": {
    "consumingStrategy": "SKIP_TILL_NEXT", "properties": ["SINGLE"], "times": null, "untilCondition": null
  },
  "condition": null,
  "nodes": [
    {
      "name": "end",
      "quantifier": {
        "consumingStrategy": "SKIP_TILL_NEXT", "properties": ["SINGLE"], "times": null, "untilCondition": null
      },
      "condition": {"className": "com.example.condition.EndCondition", "type": "CLASS"},
      "type": "ATOMIC"
    },
    {
      "name": "middle",
      "quantifier": {
        "consumingStrategy": "SKIP_TILL_NEXT", "properties": ["LOOPING"],
        "times": {"from": 3, "to": 3, "windowTime": null}, "untilCondition": null
      },
      "condition": {"className": "com.example.condition.MiddleCondition", "type": "CLASS"},
      "type": "ATOMIC"
    },
    {
      "name": "start",
      "quantifier": {
        "consumingStrategy": "SKIP_TILL_NEXT", "properties": ["SINGLE", "OPTIONAL"],
        "times": null, "untilCondition": null
      },
      "condition": {"expression": "action == 0", "type": "AVIATOR"},
      "type": "ATOMIC"
    }
  ],
  "edges": [
    {"source": "middle", "target": "end", "type": "NOT_FOLLOW"},
    {"source": "start", "target": "middle", "type": "SKIP_TILL_NEXT"}
  ],
  "window": {"type": "FIRST_AND_LAST", "time": {"unit": "MINUTES", "size": 10}},
  "afterMatchStrategy": {"type": "NO_SKIP", "patternName": null},
  "type": "COMPOSITE",
  "version": 1
}"#;

fn graph(text: &str) -> GraphSpec {
    match clean(text) {
        RuleDocument::Graph(graph) => *graph,
        _ => panic!("{text} is no bare graph"),
    }
}

fn atomic(
    name: &str,
    properties: &[QuantifierPropertySpec],
    times: Option<TimesSpec>,
    condition: ConditionSpec,
) -> NodeSpec {
    NodeSpec::Atomic(AtomicSpec {
        name: name.to_owned(),
        quantifier: QuantifierSpec {
            consuming_strategy: Some(ContiguitySpec::SkipTillNext),
            properties: properties.iter().copied().collect(),
            times,
            until_condition: None,
            pointer: Pointer::root(),
        },
        condition: Some(condition),
        window: None,
        pointer: Pointer::root(),
    })
}

fn class(name: &str) -> ConditionSpec {
    ConditionSpec::Class {
        class_name: name.to_owned(),
        args: None,
        nested: Vec::new(),
        sub_class_name: None,
        pointer: Pointer::root(),
    }
}

fn edge(source: &str, target: &str, kind: EdgeTypeSpec) -> EdgeSpec {
    EdgeSpec {
        source: source.to_owned(),
        target: target.to_owned(),
        kind,
        pointer: Pointer::root(),
    }
}

#[test]
fn the_vendors_example_says_what_it_says() {
    use QuantifierPropertySpec::{Looping, Optional, Single};
    let here = Pointer::root;
    let times = TimesSpec { from: 3, to: Some(3), window_time: None, pointer: here() };
    let coupon = ConditionSpec::Aviator { expression: "action == 0".to_owned(), pointer: here() };
    let minutes = TimeSpec { unit: TimeUnitSpec::Minutes, size: 10, pointer: here() };
    let parsed = graph(COUPON);
    let expected = GraphSpec {
        name: "end".to_owned(),
        version: 1,
        quantifier: QuantifierSpec {
            consuming_strategy: Some(ContiguitySpec::SkipTillNext),
            properties: [Single].into(),
            ..QuantifierSpec::default()
        },
        nodes: vec![
            atomic("end", &[Single], None, class("com.example.condition.EndCondition")),
            atomic(
                "middle",
                &[Looping],
                Some(times),
                class("com.example.condition.MiddleCondition"),
            ),
            atomic("start", &[Single, Optional], None, coupon),
        ],
        edges: vec![
            edge("middle", "end", EdgeTypeSpec::NotFollow),
            edge("start", "middle", EdgeTypeSpec::SkipTillNext),
        ],
        window: Some(WindowSpec {
            kind: WindowTypeSpec::FirstAndLast,
            time: minutes,
            pointer: here(),
        }),
        after_match: Some(AfterMatchSkipStrategySpec {
            strategy: SkipStrategySpec::NoSkip,
            pointer: here(),
        }),
        final_absence: false,
        pointer: here(),
        nodes_pointer: here(),
    };
    assert_eq!(parsed, expected);
    assert!(parsed.quantifier.is_single());
    let pointers: Vec<_> = parsed.nodes.iter().map(|node| node.pointer().as_str()).collect();
    assert_eq!(pointers, ["/nodes/0", "/nodes/1", "/nodes/2"]);
    assert_eq!(parsed.edges[1].pointer.as_str(), "/edges/1");
    assert_eq!(parsed.window.expect("a window").time.pointer.as_str(), "/window/time");
}

/// A rule of one node, with more keys of the node and of the rule.
fn rule_of(node: &Value, more: &Value) -> String {
    let mut all = json!({"name": "a", "type": "ATOMIC"});
    let mut rule = json!({"name": "r", "edges": []});
    all.as_object_mut().expect("an object").extend(node.as_object().expect("an object").clone());
    rule["nodes"] = json!([all]);
    rule.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    rule.to_string()
}

#[test]
fn other_spellings_of_a_node_say_the_same() {
    let check = |other: Value, canonical: Value| {
        let left = graph(&rule_of(&other, &json!({})));
        let right = graph(&rule_of(&canonical, &json!({})));
        assert_eq!(left, right, "{other}");
        assert_ne!(left, graph(&rule_of(&json!({}), &json!({}))), "{other} was read as nothing");
    };
    let times = json!({"from": 2, "to": 3});
    let until = json!({"type": "EXPRESSION", "expression": "x == 1"});
    check(
        json!({"quantifier": {"details": ["LOOPING"]}}),
        json!({"quantifier": {"properties": ["LOOPING"]}}),
    );
    check(
        json!({"quantifier": {"properties": ["TIMES", "OPTIONAL", "TIMES"]}}),
        json!({"quantifier": {"properties": ["OPTIONAL", "TIMES"]}}),
    );
    check(
        json!({"quantifier": {"innerConsumingStrategy": "STRICT"}}),
        json!({"quantifier": {"consumingStrategy": "STRICT"}}),
    );
    check(json!({"times": times}), json!({"quantifier": {"times": times}}));
    check(json!({"untilCondition": until}), json!({"quantifier": {"untilCondition": until}}));
    check(
        json!({"times": times, "quantifier": {"times": null}}),
        json!({"quantifier": {"times": {"from": 2.0, "to": 3e0, "windowTime": null}}}),
    );
    check(
        json!({"condition": {"type": "aviator", "expression": "x"}}),
        json!({"condition": {"type": "AVIATOR", "expression": "x", "className": null}}),
    );
    check(
        json!({"condition": {"type": "custom_args", "className": "a.B", "args": "x,y"}}),
        json!({"condition": {"type": "CLASS", "className": "a.B", "args": "x,y"}}),
    );
    check(
        json!({"condition": {"type": "class", "className": "a.b.MyRichNotCondition", "nestedConditions": [until]}}),
        json!({"condition": {"type": "CLASS", "className": "RichNotCondition", "nestedConditions": [until]}}),
    );
    check(
        json!({"condition": {"type": "CLASS", "className": "a.SubtypeCondition", "subClassName": "a.b.Sub", "args": null}}),
        json!({"condition": {"type": "Class", "className": "a.SubtypeCondition", "subClassName": "a.b.Sub"}}),
    );
    let time = json!({"unit": "SECONDS", "size": 5});
    check(
        json!({"window": {"type": "PREVIOUS_AND_CURRENT", "time": time}}),
        json!({"window": {"time": time, "type": "PREVIOUS_AND_CURRENT"}}),
    );
}

#[test]
fn other_spellings_of_a_graph_say_the_same() {
    let check = |other: &str, canonical: &str| {
        assert_eq!(graph(other), graph(canonical), "{other}");
    };
    check(
        r#"{"name":"r","nodes":[],"edges":[],"afterMatchSkipStrategy":{"type":"SKIP_TO_LAST","patternName":"a"}}"#,
        r#"{"name":"r","nodes":[],"edges":[],"afterMatchStrategy":{"type":"SKIP_TO_LAST","patternName":"a"}}"#,
    );
    check(
        r#"{"name":"r","edges":[],"nodes":[{"name":"g","type":"COMPOSITE","times":{"from":1},
            "graph":{"nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]}}]}"#,
        r#"{"name":"r","edges":[],"nodes":[{"name":"g","type":"COMPOSITE","quantifier":{"times":{"from":1}},
            "nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]}]}"#,
    );
    check(
        "\u{feff}{\"$schema\":\"rule.schema.json\",\"name\":\"r\",\"type\":\"COMPOSITE\",\"nodes\":[],\"edges\":[]}",
        r#"{"name":"r","nodes":[],"edges":[],"quantifier":null,"window":null,"version":null}"#,
    );
    let wrapped = graph(
        r#"{"name":"r","edges":[],"nodes":[{"name":"g","type":"COMPOSITE",
            "graph":{"nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]}}]}"#,
    );
    let NodeSpec::Composite(group) = &wrapped.nodes[0] else { panic!("a group") };
    assert_eq!(group.nodes_pointer.as_str(), "/nodes/0/graph/nodes");
    assert_eq!(group.nodes[0].pointer().as_str(), "/nodes/0/graph/nodes/0");
}

#[test]
fn the_stronger_spelling_wins() {
    let check = |node: Value, more: Value, canonical: Value, warnings: &[(&str, &str)]| {
        let parsed = parse_rule(&rule_of(&node, &more));
        assert_eq!(found(&parsed), warnings);
        assert_eq!(printed(&parsed.document.expect("no errors")), canonical);
    };
    check(
        json!({"quantifier": {
            "consumingStrategy": "STRICT", "innerConsumingStrategy": "SKIP_TILL_ANY",
            "properties": ["TIMES"], "details": ["LOOPING"], "times": {"from": 1}},
            "times": {"from": 2}}),
        json!({"afterMatchStrategy": {"type": "NO_SKIP"}, "afterMatchSkipStrategy": {"type": "SKIP_TO_NEXT"}}),
        json!({"type": "COMPOSITE", "name": "r", "version": 1, "edges": [],
            "nodes": [{"type": "ATOMIC", "name": "a", "quantifier": {
                "consumingStrategy": "SKIP_TILL_ANY", "properties": ["TIMES"], "times": {"from": 1}}}],
            "afterMatchStrategy": {"type": "NO_SKIP"}}),
        &[
            ("W0102", "/nodes/0/quantifier/consumingStrategy"),
            ("W0102", "/nodes/0/quantifier/details"),
            ("W0102", "/nodes/0/times"),
            ("W0102", "/afterMatchSkipStrategy"),
        ],
    );
    // The same said twice is no contradiction.
    check(
        json!({"quantifier": {"consumingStrategy": "STRICT", "innerConsumingStrategy": "STRICT"}}),
        json!({}),
        json!({"type": "COMPOSITE", "name": "r", "version": 1, "edges": [],
            "nodes": [{"type": "ATOMIC", "name": "a", "quantifier": {"consumingStrategy": "STRICT"}}]}),
        &[],
    );
}

#[test]
fn rows_in_all_spellings() {
    let RuleDocument::Row(row) = clean(
        r#"{"id": 7, "version": 3, "name": null, "key_by": ["userId", "a.b"], "enabled": 0, "function": "f",
            "params": {"n": [1, 2.5, 12345678901234567890]}, "severity": "critical", "on_update": "drain",
            "effective_from": "2026-01-31T08:00:00+08:00", "effective_until": 1800000000000,
            "labels": {"team": "risk"}, "updated_by": "me", "created_at": 0,
            "pattern": "{\"name\": \"r\", \"nodes\": [], \"edges\": []}"}"#,
    ) else {
        panic!("a row")
    };
    assert_eq!(
        serde_json::to_value(&row).expect("a row can be printed"),
        json!({"id": "7", "version": 3, "key_by": ["userId", "a.b"], "function": "f", "enabled": false,
            "params": {"n": [1, 2.5, 12_345_678_901_234_567_890_u64]}, "severity": "critical", "on_update": "drain",
            "effective_from": 1_769_817_600_000_i64, "effective_until": 1_800_000_000_000_i64,
            "labels": {"team": "risk"},
            "pattern": {"type": "COMPOSITE", "name": "r", "version": 1, "nodes": [], "edges": []}})
    );
    let RuleDocument::Row(least) =
        clean(r#"{"id": "x", "version": 1, "pattern": {"name": "r", "nodes": [], "edges": []}}"#)
    else {
        panic!("a row")
    };
    assert!(least.enabled && least.key_by.is_none());
    assert_eq!(
        serde_json::to_value(&least).expect("a row can be printed"),
        json!({"id": "x", "version": 1, "severity": "info", "enabled": true, "on_update": "restart",
            "pattern": {"type": "COMPOSITE", "name": "r", "version": 1, "nodes": [], "edges": []}})
    );
}
