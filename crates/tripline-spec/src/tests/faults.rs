//! Every fault of shape is found, with its place, all at once.

use super::found;
use crate::json::{MAX_DEPTH, MAX_TEXT_BYTES};
use crate::{MAX_DIAGNOSTICS, parse_rule};

/// Checks codes and pointers of a text, in the order of the text.
#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let parsed = parse_rule(text);
    assert_eq!(found(&parsed), expected, "{text}");
    let has_errors = expected.iter().any(|(code, _)| code.starts_with('E'));
    assert_eq!(parsed.document.is_none(), has_errors, "{text}");
    assert_eq!(parsed.diagnostics.is_valid(), !has_errors);
    for item in &parsed.diagnostics {
        let span = item.span.clone().expect("a located diagnostic has a span");
        assert!(parsed.source.text().get(span).is_some(), "{item:?} is outside the text");
        let message = item.message.to_string();
        let one_line = !message.contains('\n') && !message.ends_with('.');
        assert!(one_line && item.line > 0 && item.column > 0, "{item:?}");
    }
}

/// Checks a rule with one node, which has more keys.
#[track_caller]
fn check_node(keys: &str, expected: &[(&str, &str)]) {
    let text =
        format!(r#"{{"name":"r","edges":[],"nodes":[{{"name":"a","type":"ATOMIC",{keys}}}]}}"#);
    check(&text, expected);
}

#[test]
fn json() {
    check("", &[("E0102", "")]);
    check("{", &[("E0102", "")]);
    check(r#"{"name": "r", "nodes": [], "edges": [],}"#, &[("E0102", "")]);
    check("[]", &[("E0106", "")]);
    check("null", &[("E0106", "")]);
    check("{} {}", &[("E0102", "")]);
    check(
        r#"{"name":"r","nodes":[],"edges":[],"name":"s","x":{"y":[{"~/":1,"~/":2}]}}"#,
        &[("E0104", "/name"), ("W0101", "/x"), ("E0104", "/x/y/0/~0~1")],
    );
}

#[test]
fn limits() {
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(MAX_TEXT_BYTES));
    check(&large, &[("E0101", "")]);
    check(&large.replace('{', "{{"), &[("E0101", "")]);
    check(&"[".repeat(10_000), &[("E0103", "")]);
    let arrays = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let args = |depth| {
        format!(
            r#"{{"id":"x","version":1,"params":{{"p":{}}},"pattern":{{"name":"r","nodes":[],"edges":[]}}}}"#,
            arrays(depth)
        )
    };
    check(&args(MAX_DEPTH - 2), &[]);
    check(&args(MAX_DEPTH - 1), &[("E0103", "")]);
    let deep_rule = format!("{}{}", r#"{"nodes":["#.repeat(10_000), "]}".repeat(10_000));
    check(&deep_rule, &[("E0103", "")]);
    let inner = serde_json::to_string(&deep_rule).expect("a string");
    check(&format!(r#"{{"id":"x","version":1,"pattern":{inner}}}"#), &[("E0103", "/pattern")]);
}

/// A text whose pointers, if all were written down, would have gigabytes.
#[test]
fn long_keys_and_many_faults_stay_cheap() {
    let key = "k".repeat(MAX_TEXT_BYTES / 2);
    let members = r#""a":{},"#.repeat(MAX_TEXT_BYTES / 20);
    let text = format!(r#"{{"{key}":{{{members}"b":[{}0]}}}}"#, "[],".repeat(1_000));
    let parsed = parse_rule(&text);
    assert!(!parsed.diagnostics.is_valid());
    assert!(parsed.diagnostics.len() < 10, "{}", parsed.diagnostics.len());
    let unknown: String = (0..5_000).map(|n| format!(r#""x{n}":0,"#)).collect();
    let parsed = parse_rule(&format!(r#"{{{unknown}"nodes":[],"edges":0}}"#));
    assert!(parsed.diagnostics.len() <= MAX_DIAGNOSTICS);
    let errors: Vec<_> = parsed.diagnostics.errors().map(|item| item.code.id()).collect();
    assert_eq!(errors, ["E0105", "E0106"], "warnings do not push out errors");
}

#[test]
fn shape() {
    check("{}", &[("E0105", "/name"), ("E0105", "/nodes"), ("E0105", "/edges")]);
    check(
        r#"{"name":1,"nodes":{},"edges":[3,{"source":"a"}],"window":5,"type":"ATOMIC"}"#,
        &[
            ("E0106", "/name"),
            ("E0106", "/nodes"),
            ("E0106", "/edges/0"),
            ("E0105", "/edges/1/target"),
            ("E0105", "/edges/1/type"),
            ("E0106", "/window"),
            ("E0109", "/type"),
        ],
    );
    check(
        r#"{"name":"r","edges":[],"version":2,"condition":{},"nodes":[{"name":"a"},7,{"type":"ATOMC"},{"type":"COMPOSITE"}],
           "graph":{"edges":[],"node":[]},"finalAbsence":"yes","afterMatchStrategy":{"type":"SKIP"}}"#,
        &[
            ("W0103", "/version"),
            ("E0212", "/condition"),
            ("E0105", "/nodes/0/type"),
            ("E0106", "/nodes/1"),
            ("E0105", "/nodes/2/name"),
            ("E0107", "/nodes/2/type"),
            ("E0105", "/nodes/3/name"),
            ("E0105", "/nodes/3/nodes"),
            ("E0105", "/nodes/3/edges"),
            ("W0101", "/graph/node"),
            ("E0106", "/finalAbsence"),
            ("E0107", "/afterMatchStrategy/type"),
        ],
    );
    check(
        r#"{"type":"aggregate","windows":3}"#,
        &[
            ("E0105", "/name"),
            ("E0105", "/window"),
            ("E0105", "/aggregates"),
            ("W0101", "/windows"),
        ],
    );
}

#[test]
fn quantifiers_and_windows() {
    check_node(
        r#""quantifier":{"consumingStrategy":"LOOSE","properties":["MANY"],"times":{"to":1.5}}"#,
        &[
            ("E0107", "/nodes/0/quantifier/consumingStrategy"),
            ("E0107", "/nodes/0/quantifier/properties/0"),
            ("E0105", "/nodes/0/quantifier/times/from"),
            ("E0108", "/nodes/0/quantifier/times/to"),
        ],
    );
    check_node(r#""times":{"from":9223372036854775808}"#, &[("E0108", "/nodes/0/times/from")]);
    check_node(
        r#""window":{"type":"FIRST_AND_LAST","time":{"unit":"DAYS","size":-1}}"#,
        &[("E0406", "/nodes/0/window/time/size")],
    );
    check_node(
        r#""times":{"from":1,"windowTime":{"unit":"DAYS","size":106751991168}}"#,
        &[("E0406", "/nodes/0/times/windowTime/size")],
    );
    check(
        r#"{"name":"r","nodes":[],"edges":[],"afterMatchStrategy":{"type":"SKIP_TO_LAST","patternName":""}}"#,
        &[("E0405", "/afterMatchStrategy/patternName")],
    );
    check(
        r#"{"name":"r","nodes":[],"edges":[],"afterMatchStrategy":{"type":"NO_SKIP","patternName":"a"}}"#,
        &[("W0401", "/afterMatchStrategy/patternName")],
    );
}

#[test]
fn conditions() {
    let at = "/nodes/0/condition";
    let check_condition = |condition: &str, expected: &[(&str, &str)]| {
        let expected: Vec<_> =
            expected.iter().map(|(code, below)| (*code, format!("{at}{below}"))).collect();
        let expected: Vec<_> = expected.iter().map(|(code, at)| (*code, at.as_str())).collect();
        check_node(&format!(r#""condition":{condition}"#), &expected);
    };
    check_condition("7", &[("E0106", "")]);
    check_condition("{}", &[("E0105", "/type")]);
    check_condition(r#"{"type":"SPEL"}"#, &[("E0501", "/type")]);
    check_condition(r#"{"type":"GROOVY"}"#, &[("E0105", "/expression")]);
    check_condition(r#"{"type":"CLASS","className":""}"#, &[("E0109", "/className")]);
    check_condition(
        r#"{"type":"CLASS","className":"a.B","args":{"n":[0,1e999]},"expression":"x"}"#,
        &[("E0108", "/args/n/1"), ("W0104", "/expression")],
    );
    let x = r#"{"type":"EXPRESSION","expression":"x"}"#;
    let combined = |class: &str, nested: &str| {
        format!(r#"{{"type":"CLASS","className":"a.b.{class}","nestedConditions":{nested}}}"#)
    };
    check_condition(&combined("RichAndCondition", "[]"), &[("E0508", "/nestedConditions")]);
    check_condition(&combined("RichOrCondition", "null"), &[("E0508", "/nestedConditions")]);
    check_condition(&combined("RichNotCondition", "[]"), &[("E0507", "/nestedConditions")]);
    check_condition(
        &combined("RichNotCondition", &format!("[{x},{x}]")),
        &[("E0507", "/nestedConditions")],
    );
    // What cannot be read is not also called missing.
    check_condition(
        &combined("RichAndCondition", &format!("[{x},{{}}]")),
        &[("E0105", "/nestedConditions/1/type")],
    );
    check_condition(&combined("RichAndCondition", &format!("[{x},{x},{x}]")), &[]);
}

#[test]
fn rows() {
    check(
        r#"{"id":"","version":"1","key_by":["a",""],"severity":"fatal","enabled":2,"effective_from":"soon",
           "on_update":"stop","labels":{"a":1},"params":[],"patern":0,"pattern":[]}"#,
        &[
            ("E0109", "/id"),
            ("E0106", "/version"),
            ("E0109", "/key_by/1"),
            ("E0107", "/severity"),
            ("E0106", "/enabled"),
            ("E0109", "/effective_from"),
            ("E0107", "/on_update"),
            ("E0106", "/labels/a"),
            ("E0106", "/params"),
            ("W0101", "/patern"),
            ("E0106", "/pattern"),
        ],
    );
    check(r#"{"id":"x","version":1,"pattern":"text"}"#, &[("E0102", "/pattern")]);
    check(
        r#"{"id":"x","version":1,"pattern":"{\"name\":\"r\",\"nodes\":[],\"nodes\":[],\"edges\":7}"}"#,
        &[("E0104", "/pattern/nodes"), ("E0106", "/pattern/edges")],
    );
    check(
        r#"{"id":"x","version":1,"effective_from":5,"effective_until":5,
           "pattern":{"name":"r","nodes":[],"edges":[]}}"#,
        &[("W0602", "/effective_until")],
    );
}

#[test]
fn diagnostics_print_as_the_interface_says() {
    let parsed = parse_rule("{\"name\": \"规则\",\n \"nodes\": [],\n \"规则\": 1, \"edgs\": []}");
    assert_eq!(
        serde_json::to_string(&parsed.diagnostics).expect("diagnostics can be printed"),
        concat!(
            r#"[{"code":"E0105","severity":"error","pointer":"/edges","line":1,"column":1,"#,
            r#""message":"`edges` is missing","hint":"add `edges`"},"#,
            r#"{"code":"W0101","severity":"warning","pointer":"/规则","line":3,"column":2,"#,
            r#""message":"the unknown key `规则` is ignored","hint":""},"#,
            r#"{"code":"W0101","severity":"warning","pointer":"/edgs","line":3,"column":11,"#,
            r#""message":"the unknown key `edgs` is ignored","hint":"did you mean `edges`?"}]"#,
        )
    );
}
