use super::{OwnedColumns, RowColumns, compose_row, split_row};
use crate::{Diagnostics, parse_rule};

const PATTERN: &str =
    "{\"name\": \"r\",\n  \"nodes\": [{\"name\": \"a\", \"type\": \"ATOMIC\"}],\n  \"edges\": [] }";

fn row() -> RowColumns<'static> {
    RowColumns { pattern: PATTERN, ..RowColumns::new("cart", 3) }
}

/// What is found in the columns, by whatever stage.
fn found(columns: &RowColumns<'_>) -> Diagnostics {
    match compose_row(columns) {
        Ok(row) => {
            let mut found = parse_rule(row.text()).diagnostics;
            row.relocate(&mut found);
            for item in &found {
                let (_, text) = row.column(&item.pointer).expect("a column");
                let span = item.span.clone().expect("located");
                assert!(text.get(span).is_some(), "{item:?}");
            }
            found
        }
        Err(found) => found,
    }
}

#[track_caller]
fn check(columns: &RowColumns<'_>, expected: &[(&str, &str, u32, u32)]) {
    let found = found(columns);
    let places: Vec<_> = found
        .iter()
        .map(|item| (item.code.id(), item.pointer.as_str(), item.line, item.column))
        .collect();
    assert_eq!(places, expected, "{found:#?}");
}

#[test]
fn a_row_is_a_document() {
    let columns = RowColumns {
        name: Some("a \"name\"\n规"),
        key_by: Some(" [\"user\"]"),
        params: Some("{\"n\": 1e2}"),
        severity: Some("warning"),
        enabled: Some(false),
        effective_from_ms: Some(-1),
        on_update: Some("drain"),
        ..row()
    };
    let composed = compose_row(&columns).expect("sound columns");
    let expected = format!(
        "{{\n  \"id\": \"cart\",\n  \"version\": 3,\n  \"name\": \"a \\\"name\\\"\\n规\",\n  \"key_by\":  [\"user\"],\n  \
         \"params\": {{\"n\": 1e2}},\n  \"severity\": \"warning\",\n  \"enabled\": false,\n  \"effective_from\": -1,\n  \
         \"on_update\": \"drain\",\n  \"pattern\": {PATTERN}\n}}\n"
    );
    assert_eq!(composed.text(), expected);
    check(&columns, &[]);
}

#[test]
fn findings_are_placed_in_the_columns() {
    let with = |pattern: &'static str| RowColumns { pattern, ..row() };
    // The pattern, as its author sees it.
    check(
        &with(
            "{\"name\": \"r\",\n  \"nodes\": [{\"name\": \"a\", \"type\": \"ATOMC\"}],\n \"edges\": []}",
        ),
        &[("E0107", "/pattern/nodes/0/type", 2, 35)],
    );
    check(
        &with("\u{feff}{\"name\": 1, \"nodes\": [],\n\"edges\": {}}"),
        &[("E0106", "/pattern/name", 1, 10), ("E0106", "/pattern/edges", 2, 10)],
    );
    check(
        &with("{\"nodes\": [],\n\"edges\": [], \"nodes\": []}"),
        &[("E0105", "/pattern/name", 1, 1), ("E0104", "/pattern/nodes", 2, 14)],
    );
    // A pattern that is a string with JSON in it, and one with something else in it.
    check(
        &with("\"{\\\"name\\\": 1, \\\"nodes\\\": [], \\\"edges\\\": []}\""),
        &[("E0106", "/pattern/name", 1, 13)],
    );
    check(&with("\"x\""), &[("E0102", "/pattern", 1, 2)]);
    // The other columns.
    let columns = RowColumns {
        name: Some("\u{1}"),
        key_by: Some("[1,\n2]"),
        params: Some("[]"),
        severity: Some("grave"),
        effective_from_ms: Some(5),
        effective_until_ms: Some(5),
        labels: Some("{\"a\":\n 1}"),
        ..row()
    };
    check(
        &columns,
        &[
            ("E0106", "/key_by/0", 1, 2),
            ("E0106", "/key_by/1", 2, 1),
            ("E0106", "/params", 1, 1),
            ("E0107", "/severity", 1, 1),
            ("W0602", "/effective_until", 1, 1),
            ("E0106", "/labels/a", 2, 2),
        ],
    );
    check(&RowColumns { id: "", ..row() }, &[("E0109", "/id", 1, 1)]);
}

#[test]
fn what_is_no_json_never_makes_a_document() {
    let with = |pattern| RowColumns { pattern, ..row() };
    check(&with(""), &[("E0102", "/pattern", 1, 1)]);
    check(&with("{\n \"name\": }"), &[("E0102", "/pattern", 2, 10)]);
    // Each of these would be a document, of another meaning, if it were pasted in.
    check(&with("{}, \"enabled\": false"), &[("E0102", "/pattern", 1, 3)]);
    check(&with("{}} {"), &[("E0102", "/pattern", 1, 3)]);
    check(&RowColumns { params: Some("{}, \"x\": {}"), ..row() }, &[("E0102", "/params", 1, 3)]);
    check(&with("[]"), &[("E0106", "/pattern", 1, 1)]);
    check(&with("null"), &[("E0105", "/pattern", 1, 1)]);
    check(&with("7"), &[("E0106", "/pattern", 1, 1)]);
    // What is sound is looked at all the same.
    let columns =
        RowColumns { labels: Some(""), severity: Some("x"), key_by: Some("[1]"), ..with("{") };
    check(
        &columns,
        &[
            ("E0102", "/labels", 1, 1),
            ("E0102", "/pattern", 1, 2),
            ("E0106", "/key_by/0", 1, 2),
            ("E0107", "/severity", 1, 1),
        ],
    );
}

#[test]
fn limits_are_said_of_the_column() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let pattern = format!("\n{}", deep(64));
    check(&RowColumns { pattern: &pattern, ..row() }, &[("E0103", "/pattern", 2, 64)]);
    check(&RowColumns { pattern: &deep(65), ..row() }, &[("E0103", "/pattern", 1, 65)]);
    let large = format!("{PATTERN}{}", " ".repeat((1 << 20) - PATTERN.len()));
    check(&RowColumns { pattern: &large, ..row() }, &[("E0101", "/pattern", 1, 1)]);
    check(&RowColumns { pattern: &format!("{large} "), ..row() }, &[("E0101", "/pattern", 1, 1)]);
}

#[test]
fn a_pattern_that_was_cut_off_is_told() {
    let code = |text: &str| {
        let found = found(&RowColumns { pattern: text, ..row() });
        let item = found.errors().next().expect("an error");
        (item.code.id(), item.pointer.clone())
    };
    let of_file = |text: &str| {
        parse_rule(text).diagnostics.errors().next().map_or("", |error| error.code.id())
    };
    let cut = ("E0111", "/pattern".to_owned());
    let other = ("E0102", "/pattern".to_owned());
    let fill = |tail: &str, chars: usize| {
        let head = "{\"name\": \"";
        let filler = chars - head.chars().count() - tail.chars().count();
        format!("{head}{}{tail}", "a".repeat(filler))
    };
    for tail in [
        "",
        "\"",
        "\",",
        "\", \"x\": tr",
        "\\",
        "\\u12",
        "\\ud83d\\u",
        "\", \"x\": -",
        "\", \"x\": [1",
    ] {
        assert_eq!(code(&fill(tail, 4_096)), cut, "{tail}");
        assert_eq!(of_file(&fill(tail, 4_096)), "E0111", "{tail}");
        assert_eq!(of_file(&format!("{}\r\n", fill(tail, 4_096))), "E0111", "{tail}");
        assert_eq!(code(&fill(tail, 4_095)), other, "{tail}");
        assert_eq!(code(&fill(tail, 4_097)), other, "{tail}");
    }
    // Characters count, and bytes.
    let wide = format!("{{\"name\": \"{}", "规".repeat(4_096 - 10));
    assert_eq!(code(&wide), cut);
    let bytes = format!("{{\"name\": \"{}", "é".repeat((4_096 - 10) / 2));
    assert_eq!((bytes.len(), code(&bytes)), (4_096, cut));
    // A fault before the end is another one.
    for tail in ["\", }", "\", x", "\"} true", "\\q"] {
        assert_eq!(code(&fill(tail, 4_096)), other, "{tail}");
    }
    // Rows of files, whose pattern is a string.
    let text = serde_json::json!({"id": "r", "version": 1, "pattern": fill("", 4_096)}).to_string();
    let found = parse_rule(&text).diagnostics;
    assert_eq!(found.errors().map(|error| error.code.id()).collect::<Vec<_>>(), ["E0111"]);
}

#[test]
fn a_document_is_taken_apart() {
    let text = format!("\u{feff} {PATTERN}\n");
    let expected = OwnedColumns { pattern: PATTERN.to_owned(), ..OwnedColumns::default() };
    assert_eq!(split_row(&text), Ok(expected.clone()));
    let text = format!(
        "{{\"id\": 7, \"version\": 2, \"params\": {{\"n\" : 1e2}}, \"key_by\": null, \"labels\": {{ }},\n\"enabled\": 0,
          \"severity\": \"info\", \"effective_from\": \"1970-01-01T00:00:01Z\", \"other\": 1, \"pattern\": {PATTERN}}}"
    );
    let expected = OwnedColumns {
        id: Some("7".to_owned()),
        version: Some(2),
        params: Some("{\"n\" : 1e2}".to_owned()),
        labels: Some("{ }".to_owned()),
        enabled: Some(false),
        severity: Some("info".to_owned()),
        effective_from_ms: Some(1_000),
        ..expected
    };
    assert_eq!(split_row(&text), Ok(expected));
    let text = serde_json::json!({"id": "r", "version": 1, "pattern": PATTERN}).to_string();
    assert_eq!(split_row(&text).expect("a rule").pattern, PATTERN);
    assert!(split_row("{}").is_err());
    assert!(split_row("x").is_err());
}
