use std::path::PathBuf;

use tripline::{
    CompiledRule, Diagnostics, FieldTable, Registry, RuleId, RuleVersion, compile_rule,
};

use crate::lang::Lang;

use super::label::duration;
use super::{RuleFile, dot, text};

fn compile(rule: &str) -> (CompiledRule, Diagnostics) {
    let check = compile_rule(rule, &Registry::with_builtins(), &mut FieldTable::new());
    (check.rule.expect("the rule is valid"), check.diagnostics)
}

/// Whether `rule` is explained in these words.
fn check(rule: &str, expected: &str) {
    let (compiled, diagnostics) = compile(rule);
    let file = RuleFile {
        path: PathBuf::from("r.json"),
        text: rule.into(),
        id: RuleId::new("r"),
        version: RuleVersion(1),
        is_row: false,
    };
    let shown = text(&file, &compiled, &diagnostics, Lang::En);
    assert_eq!(shown, expected, "\n{shown}");
}

const CART: &str = r#"{"name": "cart", "nodes": [
    {"name": "add", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "type == 'cart' &&\n   price > 200"}},
    {"name": "buy", "type": "ATOMIC", "condition": {"type": "AVIATOR", "expression": "type == 'buy'"}}],
  "edges": [{"source": "add", "target": "buy", "type": "SKIP_TILL_NEXT"}],
  "window": {"type": "FIRST_AND_LAST", "time": {"unit": "MINUTES", "size": 10}},
  "afterMatchStrategy": {"type": "SKIP_PAST_LAST_EVENT"}}"#;

#[test]
fn explains_a_plain_rule() {
    check(CART, include_str!("expected/cart.txt"));
}

#[test]
fn explains_repetitions_and_a_final_absence() {
    let rule = r#"{"name": "coupon", "nodes": [
        {"name": "coupon", "type": "ATOMIC", "quantifier": {"properties": ["OPTIONAL"]},
         "condition": {"type": "EXPRESSION", "expression": "type == 'coupon'"}},
        {"name": "cart", "type": "ATOMIC", "quantifier": {"properties": ["LOOPING"], "times": {"from": 2}},
         "condition": {"type": "EXPRESSION", "expression": "type == 'cart'"}},
        {"name": "pay", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "type == 'pay'"}}],
      "edges": [{"source": "coupon", "target": "cart", "type": "SKIP_TILL_NEXT"},
                {"source": "cart", "target": "pay", "type": "NOT_FOLLOW"}],
      "window": {"type": "FIRST_AND_LAST", "time": {"unit": "HOURS", "size": 1}}}"#;
    check(rule, include_str!("expected/coupon.txt"));
}

#[test]
fn explains_a_row_with_a_group() {
    let rule = r#"{"id": "支付", "version": 3, "name": "Pay\u001b[2J", "key_by": ["user.id", "shop"], "severity": "critical",
      "pattern": {"name": "g", "nodes": [
        {"name": "登录", "type": "ATOMIC", "condition": {"type": "CLASS", "className": "RichOrCondition", "nestedConditions": [
          {"type": "EXPRESSION", "expression": "type == 'login'"},
          {"type": "CLASS", "className": "RichNotCondition", "nestedConditions": [
            {"type": "EXPRESSION", "expression": "vip == 'no'"}]}]}},
        {"name": "rounds", "type": "COMPOSITE", "quantifier": {"properties": ["TIMES"], "times": {"from": 1, "to": 2}},
         "nodes": [
           {"name": "buy", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "type == 'buy'"},
            "quantifier": {"properties": ["LOOPING"], "consumingStrategy": "STRICT",
                           "untilCondition": {"type": "EXPRESSION", "expression": "type == 'stop'"}}},
           {"name": "refund", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "type == 'refund'"}},
           {"name": "any", "type": "ATOMIC"}],
         "edges": [{"source": "buy", "target": "refund", "type": "NOT_FOLLOW"},
                   {"source": "refund", "target": "any", "type": "SKIP_TILL_ANY"}]},
        {"name": "ship", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "type == 'ship'"}}],
      "edges": [{"source": "登录", "target": "rounds", "type": "SKIP_TILL_ANY"},
                {"source": "rounds", "target": "ship", "type": "STRICT"}],
      "window": {"type": "PREVIOUS_AND_CURRENT", "time": {"unit": "SECONDS", "size": 90}}}}"#;
    check(rule, include_str!("expected/group.txt"));
}

#[test]
fn the_graph_is_escaped() {
    let (rule, _) = compile(
        r#"{"name": "r", "nodes": [{"name": "a\"b\\n\n购&lt;", "type": "ATOMIC",
            "condition": {"type": "EXPRESSION", "expression": "x == 'A' && y == 1"}}], "edges": []}"#,
    );
    let expected = r#"digraph "my \"id\"" {
  rankdir=LR;
  node [shape=ellipse];
  start [shape=point, label=""];
  start -> s1;
  s1 [label="a\"b\\n 购&amp;lt;"];
  s0 [label="$endState$", shape=doublecircle];
  s1 -> s0 [label="take\nx == 'A' && y == 1", style=solid];
}
"#;
    assert_eq!(dot::dot("my \"id\"", &rule), expected);
}

#[test]
fn long_conditions_are_named_on_transitions() {
    let long = format!("type == '{}'", "x".repeat(100));
    let rule = CART.replace("type == 'buy'", &long);
    let shown = dot::dot("r", &compile(&rule).0);
    assert!(shown.contains("take\\nthe condition of `buy`"), "{shown}");
    assert!(shown.contains("ignore\\nnot (the condition of `buy`)"), "{shown}");
}

#[test]
fn durations_are_whole_numbers_of_a_unit() {
    for (millis, expected) in [
        (0, "0 ms"),
        (1, "1 ms"),
        (1_000, "1 second"),
        (90_000, "90 seconds"),
        (600_000, "10 minutes"),
        (3_600_000, "1 hour"),
        (604_800_000, "7 days"),
        (i64::MAX, "9223372036854775807 ms"),
    ] {
        assert_eq!(duration(millis), expected);
    }
}
