//! The JSON Schema allows the canonical spelling and nothing that does not parse.

use serde_json::Value;

use crate::{parse_rule, schema_row, schema_rule};

#[test]
fn allows_what_it_should() {
    let rule = jsonschema::validator_for(&schema_rule()).expect("the schema is a schema");
    let row = jsonschema::validator_for(&schema_row()).expect("the schema is a schema");
    let check = |text: &str, valid: bool| {
        let value: Value = serde_json::from_str(text).expect("a case is JSON");
        let schema = if value.get("pattern").is_some() { &row } else { &rule };
        assert_eq!(schema.is_valid(&value), valid, "{text}");
        assert!(
            !valid || parse_rule(text).document.is_some(),
            "{text} is valid but does not parse"
        );
    };
    let check_graph = |keys: &str, valid| {
        check(&format!(r#"{{"name":"r","edges":[],{keys}}}"#), valid);
    };
    let node = r#""nodes":[{"name":"a","type":"ATOMIC"}]"#;
    check_graph(node, true);
    check_graph(&format!(r#"{node},"$schema":"s","type":"COMPOSITE","condition":null"#), true);
    check_graph(&format!(r#"{node},"type":"ATOMIC""#), false);
    check_graph(&format!(r#"{node},"version":2"#), false);
    check_graph(&format!(r#"{node},"condition":{{}}"#), false);
    check_graph(&format!(r#"{node},"windows":null"#), false);
    check_graph(&format!(r#"{node},"afterMatchStrategy":{{"type":"SKIP_TO_LAST"}}"#), false);
    check_graph(
        &format!(r#"{node},"afterMatchStrategy":{{"type":"NO_SKIP","patternName":null}}"#),
        true,
    );
    check_graph(r#""nodes":[]"#, false);
    check_graph(r#""nodes":[{"name":"a:b","type":"ATOMIC"}]"#, false);
    check_graph(r#""nodes":[{"name":"a"}]"#, false);
    let group = r#""name":"g","edges":[],"nodes":[{"name":"a","type":"ATOMIC"}]"#;
    check_graph(&format!(r#""nodes":[{{{group},"type":"COMPOSITE"}}]"#), true);
    check_graph(&format!(r#""nodes":[{{{group}}}]"#), false);
    let condition = |keys: &str| {
        format!(r#""nodes":[{{"name":"a","type":"ATOMIC","condition":{{"type":"CLASS",{keys}}}}}]"#)
    };
    check_graph(&condition(r#""className":"a.B","args":{"x":[]},"nestedConditions":null"#), true);
    check_graph(&condition(r#""className":"a.RichAndCondition""#), false);
    let x = r#"{"type":"EXPRESSION","expression":"x"}"#;
    let combined = |class: &str, nested: &str| {
        condition(&format!(r#""className":"{class}","nestedConditions":[{nested}]"#))
    };
    check_graph(&combined("a.RichOrCondition", x), true);
    check_graph(&combined("RichNotCondition", x), true);
    check_graph(&combined("RichNotCondition", &format!("{x},{x}")), false);
    check_graph(&combined("RichNotCondition", r#"{"type":"GROOVY","expression":"x"}"#), false);
    let window = |unit: &str, size: i64| {
        format!(
            r#"{node},"window":{{"type":"FIRST_AND_LAST","time":{{"unit":"{unit}","size":{size}}}}}"#
        )
    };
    check_graph(&window("DAYS", 106_751_991_167), true);
    check_graph(&window("DAYS", 106_751_991_168), false);
    check_graph(&window("MILLISECONDS", 106_751_991_168), true);
    check_graph(&window("SECONDS", -1), false);
    let pattern = format!(r#""pattern":{{"name":"r","edges":[],{node}}}"#);
    check(&format!(r#"{{"id":"x","version":1,{pattern}}}"#), true);
    check(&format!(r#"{{"id":"","version":1,{pattern}}}"#), false);
    check(&format!(r#"{{"id":"x","version":1,"key_by":[""],{pattern}}}"#), false);
    check(&format!(r#"{{"id":"x","version":1,"severity":"fatal",{pattern}}}"#), false);
    check(r#"{"id":"x","version":1,"pattern":"{}"}"#, false);
}
