//! JSON for reading, letter by letter as it was written but for the space between.

use tripline_spec::json::{JsonKind, JsonNode, parse};

/// The widest line that an object or array is put on, in bytes.
const WIDTH: usize = 100;

/// A JSON text over several lines, if its author has put it on a single one; another text as it is.
///
/// What fits a line stays on it. Numbers and strings keep their spelling.
pub(super) fn pretty(text: &str, indent: usize) -> String {
    if text.trim_end().contains('\n') {
        return text.to_owned();
    }
    let Ok(root) = parse(text) else { return text.to_owned() };
    let mut out = String::new();
    write(&mut out, text, &root, indent);
    out
}

/// Writes a value whose first line begins at `indent`; nesting is bounded by the parser.
fn write(out: &mut String, text: &str, node: &JsonNode, indent: usize) {
    let start = out.len();
    inline(out, text, node);
    let is_empty = match &node.kind {
        JsonKind::Array(elements) => elements.is_empty(),
        JsonKind::Object(members) => members.is_empty(),
        _ => true,
    };
    if is_empty || out.len() - start + indent <= WIDTH {
        return;
    }
    out.truncate(start);
    let line = |out: &mut String, first: bool| {
        out.push_str(if first { "\n" } else { ",\n" });
        out.push_str(&" ".repeat(indent + 2));
    };
    match &node.kind {
        JsonKind::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                line(out, index == 0);
                write(out, text, element, indent + 2);
            }
        }
        JsonKind::Object(members) => {
            out.push('{');
            for (index, member) in members.iter().enumerate() {
                line(out, index == 0);
                out.push_str(text.get(member.name_span.clone()).unwrap_or_default());
                out.push_str(": ");
                write(out, text, &member.value, indent + 2);
            }
        }
        _ => {}
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(if matches!(node.kind, JsonKind::Array(_)) { ']' } else { '}' });
}

/// Writes a value on one line.
fn inline(out: &mut String, text: &str, node: &JsonNode) {
    match &node.kind {
        JsonKind::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                inline(out, text, element);
            }
            out.push(']');
        }
        JsonKind::Object(members) => {
            out.push('{');
            for (index, member) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                out.push_str(text.get(member.name_span.clone()).unwrap_or_default());
                out.push_str(": ");
                inline(out, text, &member.value);
            }
            out.push('}');
        }
        _ => out.push_str(text.get(node.span.clone()).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn breaks_long_lines_and_keeps_spelling() {
        let check = |text: &str, expected: &str| assert_eq!(pretty(text, 2), expected);
        check(r#"{"a":1e2,"b":[1.0,"\u0041",null]}"#, r#"{"a": 1e2, "b": [1.0, "\u0041", null]}"#);
        check("{\"a\":\n1}", "{\"a\":\n1}");
        check("no json", "no json");
        let name = "x".repeat(60);
        check(
            &format!(r#"{{"a":"{name}","b":[{{"c":"{name}"}},{{}},[]]}}"#),
            &format!(
                "{{\n    \"a\": \"{name}\",\n    \"b\": [{{\"c\": \"{name}\"}}, {{}}, []]\n  }}"
            ),
        );
        check(
            &format!(r#"["{name}","{name}"]"#),
            &format!("[\n    \"{name}\",\n    \"{name}\"\n  ]"),
        );
    }
}
