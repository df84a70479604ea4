use super::SourceMap;
use crate::diagnostic::Anchor;
use crate::json::parse;
use crate::parse_rule;

/// Checks which text a pointer, with a range inside a string, leads to.
#[track_caller]
fn check(source: &SourceMap, pointer: &str, inside: Option<(usize, usize)>, expected: &str) {
    let location = source.locate(pointer, inside.map(|(start, end)| start..end));
    let text = source.text().get(location.span.clone());
    assert_eq!(text, Some(expected), "{pointer} {inside:?}");
    let before = source.text().get(..location.span.start).expect("a span is within the text");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    assert_eq!((location.line as usize, location.column as usize), (line, column), "{pointer}");
}

#[test]
fn follows_pointers_and_escapes() {
    let text = "{\"a/b\": [10, {\"e\": \"x\\t\\u4e2d == \\\"ü\\\" && y\"}],\n \"\": true}";
    let source = SourceMap::new(text, parse(text).ok());
    check(&source, "", None, text);
    check(&source, "/a~1b/0", None, "10");
    check(&source, "/", None, "true");
    // What is not there means what it would stand in.
    check(&source, "/nodes/0/name", None, text);
    check(&source, "/a~1b/7", None, "[10, {\"e\": \"x\\t\\u4e2d == \\\"ü\\\" && y\"}]");
    check(&source, "/a~1b/0/x", None, "10");
    // As meant: x, tab, 中, ` == "ü" && y`.
    let at = "/a~1b/1/e";
    check(&source, at, Some((0, 1)), "x");
    check(&source, at, Some((1, 2)), "\\t");
    check(&source, at, Some((2, 5)), "\\u4e2d");
    check(&source, at, Some((3, 4)), "\\u4e2d");
    check(&source, at, Some((9, 13)), "\\\"ü\\\"");
    check(&source, at, Some((17, 18)), "y");
    check(&source, at, Some((18, 18)), "");
    check(&source, at, Some((99, 120)), "");
    check(&source, "/a~1b/0", Some((0, 1)), "10");
    assert_eq!(text.get(source.span("/a~1b/1/e", &Anchor::Key)), Some("\"e\""));
}

#[test]
fn looks_into_a_pattern_that_is_text() {
    let expression = r#"a == \\\"中\\n\\\" && b"#;
    let text = format!(
        "{{\"id\": \"x\", \"version\": 1,\n \"pattern\": \"{{\\\"name\\\": \\\"r\\\", \\\"edges\\\": [], \\\"nodes\\\":\\n \
         [{{\\\"name\\\": \\\"n\\\", \\\"type\\\": \\\"ATOMIC\\\", \\\"condition\\\": \
         {{\\\"type\\\": \\\"EXPRESSION\\\", \\\"expression\\\": \\\"{expression}\\\"}}}}]}}\"}}"
    );
    let parsed = parse_rule(&text);
    assert!(parsed.document.is_some(), "{:?}", parsed.diagnostics);
    let at = "/pattern/nodes/0/condition/expression";
    check(&parsed.source, "/pattern/name", None, "\\\"r\\\"");
    check(&parsed.source, "/id", None, "\"x\"");
    check(&parsed.source, at, Some((0, 1)), "a");
    check(&parsed.source, at, Some((5, 11)), r#"\\\"中\\n\\\""#);
    check(&parsed.source, at, Some((15, 16)), "b");
}

/// A string so long that it has marks, with escapes everywhere.
#[test]
fn looks_far_into_a_pattern_that_is_text() {
    let inner = format!(
        "{{\"name\": \"{}\", \"nodes\": [], \"edges\": [{}{{\"source\": \"ü\"}}]}}",
        "规\\t\u{1F600}".repeat(300),
        "{},\n".repeat(300)
    );
    let quoted = serde_json::to_string(&inner).expect("a string");
    let text = format!("{{\"id\": \"x\",\n \"version\": 1, \"pattern\": {quoted}}}");
    let source = parse_rule(&text).source;
    check(&source, "/pattern/edges/300/source", None, "\\\"ü\\\"");
    check(&source, "/pattern/edges/299", None, "{}");
    check(&source, "/pattern/edges/0", None, "{}");
    check(&source, "/pattern/name", Some((0, 3)), "规");
    check(&source, "/pattern/name", Some((3, 4)), "\\\\t");
    check(&source, "/pattern/name", Some((2_400 - 8, 2_400)), "规\\\\t\u{1F600}");
    check(&source, "/pattern", Some((0, 3)), "{\\\"n");
}

#[test]
fn nothing_to_look_into() {
    let source = SourceMap::new("{", None);
    check(&source, "/a", Some((1, 2)), "");
    check(&SourceMap::default(), "/a", None, "");
}
