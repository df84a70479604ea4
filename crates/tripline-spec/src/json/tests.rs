use super::{JsonKind, LineIndex, MAX_DEPTH, parse};

#[test]
fn keeps_spans_and_spelling() {
    let text = "\u{feff} {\"a\\n\": [1.50, \"\\u00e9\\ud83d\\ude00\"], \"a\\n\": null} ";
    let root = parse(text).expect("it is JSON");
    let JsonKind::Object(members) = &root.kind else { panic!("an object") };
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    assert_eq!(text.get(root.span.clone()), Some(trimmed));
    assert_eq!(members[0].name, "a\n");
    assert_eq!(text.get(members[1].name_span.clone()), Some(r#""a\n""#));
    let JsonKind::Array(elements) = &members[0].value.kind else { panic!("an array") };
    assert_eq!(elements[0].kind, JsonKind::Number("1.50".to_owned()));
    assert_eq!(elements[1].kind, JsonKind::String("é😀".to_owned()));
    assert_eq!(text.get(elements[1].span.clone()), Some(r#""\u00e9\ud83d\ude00""#));
}

/// Whether a text is JSON, and if not where the fault is and a piece of its message.
#[test]
fn follows_the_grammar() {
    let check = |text: &str, expected: Result<(), (usize, &str)>| match (parse(text), expected) {
        (Ok(_), Ok(())) => {}
        (Err(error), Err((offset, message))) => {
            assert_eq!(error.offset, offset, "{text}: {error}");
            assert!(error.message.to_string().contains(message), "{text}: {error}");
        }
        (parsed, _) => panic!("{text}: {parsed:?}"),
    };
    for text in
        ["0", "-0", "-1.5e+10", "1E5", "\"\"", "true", " [ ] ", "{ }", "\"\u{7f}\"", "[[1,2],{}]"]
    {
        check(text, Ok(()));
    }
    check("", Err((0, "but the text ends")));
    check("01", Err((1, "begin with `0`")));
    check("+1", Err((0, "found `+`")));
    check("1.", Err((2, "a digit")));
    check(".5", Err((0, "a value")));
    check("1e", Err((2, "a digit")));
    check("-", Err((1, "a digit")));
    check("nul", Err((0, "a value")));
    check("truex", Err((4, "more text")));
    check("[1,]", Err((2, "no comma before `]`")));
    check("[1 2]", Err((3, "`,` or `]`")));
    check("{\"a\" 1}", Err((5, "`:` after a key")));
    check("{a:1}", Err((1, "a key in double quotes")));
    check("{'a':1}", Err((1, "plain double quote")));
    check("{“a”:1}", Err((1, "plain double quote")));
    check("{\"a\"：1}", Err((4, "wide `：`")));
    check("[1] // end", Err((4, "more text")));
    check("[// x\n1]", Err((1, "no comments")));
    check("\"a\nb\"", Err((2, "end of a line")));
    check("\"a\tb\"", Err((2, "control character `\\u0009`")));
    check("\"abc", Err((4, "closing")));
    check("\"\\x\"", Err((1, "unknown escape")));
    check("\"\\u12g4\"", Err((1, "four hexadecimal")));
    check("\"\\ud800\"", Err((1, "surrogate")));
    check("\"\\ud800\\u0041\"", Err((1, "surrogate")));
    check("\"\\udc00\\ud800\"", Err((1, "surrogate")));
    check("\u{a0}1", Err((0, "a value")));
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    check(&nested(MAX_DEPTH), Ok(()));
    check(&nested(MAX_DEPTH + 1), Err((MAX_DEPTH, "nested more than")));
    check(&"{\"a\":".repeat(100_000), Err((5 * MAX_DEPTH, "nested more than")));
}

#[test]
fn agrees_with_serde_json() {
    let texts = [
        "[1, -2.5e3, \"a\\\\\\/\\b\\f\\n\\r\\t\\\"\"]",
        "{\"ключ\": {\"\": []}}",
        "[tru]",
        "[1,,2]",
        "\"\\u0000\"",
    ];
    for text in texts {
        let theirs = serde_json::from_str::<serde_json::Value>(text);
        assert_eq!(parse(text).is_ok(), theirs.is_ok(), "{text}");
    }
}

#[test]
fn lines_and_columns() {
    let text = "\u{feff}ab\r\n规则x\n\nz";
    let lines = LineIndex::new(text);
    let check = |needle: &str, expected| {
        let offset = text.find(needle).expect("it is there");
        assert_eq!(lines.line_column(text, offset), expected, "{needle}");
    };
    check("a", (1, 1));
    check("b", (1, 2));
    check("规", (2, 1));
    check("x", (2, 3));
    check("z", (4, 1));
    assert_eq!(lines.line_column(text, 0), (1, 1));
    assert_eq!(lines.line_column(text, text.find('规').expect("there") + 1), (2, 1));
    assert_eq!(lines.line_column(text, 10_000), (4, 2));
    assert_eq!(LineIndex::default().line_column("", 3), (1, 1));
}
