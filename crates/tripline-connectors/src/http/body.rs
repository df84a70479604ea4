//! What a request has in it: events, one a line or in a list.

use std::ops::Range;

use serde_json::value::RawValue;

/// An event of a request: where it stands in the body, and what senders know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) range: Range<usize>,
    /// Its line, or its place in the list; from 1.
    pub(super) line: u32,
}

/// Takes a body apart: a JSON list of events, or an event a line; blank lines are passed over.
///
/// # Errors
/// Why it is no JSON list, if it begins as one does: then nobody can tell where its events are.
pub(super) fn parts(body: &[u8]) -> Result<Vec<Part>, String> {
    let start = body.len() - body.trim_ascii_start().len();
    if body.get(start) == Some(&b'[') {
        return list(body);
    }
    let mut parts = Vec::new();
    let (mut from, mut line) = (0, 0_u32);
    while from < body.len() {
        let rest = body.get(from..).unwrap_or_default();
        let end = from + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        line = line.saturating_add(1);
        let text = body.get(from..end).unwrap_or_default();
        let begin = from + (text.len() - text.trim_ascii_start().len());
        let text = text.trim_ascii();
        if !text.is_empty() {
            parts.push(Part { range: begin..begin + text.len(), line });
        }
        from = end + 1;
    }
    Ok(parts)
}

fn list(body: &[u8]) -> Result<Vec<Part>, String> {
    let items: Vec<&RawValue> = serde_json::from_slice(body)
        .map_err(|error| format!("the body begins as a JSON list, and is none: {error}"))?;
    let begin = body.as_ptr().addr();
    let part = |(line, item): (u32, &RawValue)| {
        // They are borrowed from the body.
        let from = item.get().as_ptr().addr().saturating_sub(begin);
        Part { range: from..from + item.get().len(), line }
    };
    Ok((1..).zip(items).map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[(u32, &str)]) {
        let parts = parts(body.as_bytes()).unwrap();
        let found: Vec<(u32, &str)> =
            parts.iter().map(|part| (part.line, body.get(part.range.clone()).unwrap())).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn events_are_found() {
        check("", &[]);
        check(" \n\r\n", &[]);
        check("{\"a\":1}", &[(1, "{\"a\":1}")]);
        check("{\"a\":1}\r\n\n {\"b\":2} \nno\n", &[(1, "{\"a\":1}"), (3, "{\"b\":2}"), (4, "no")]);
        check(" [{\"a\":\n1} , 7,\"x\"]", &[(1, "{\"a\":\n1}"), (2, "7"), (3, "\"x\"")]);
        check("[]", &[]);
        for broken in ["[{]", "[1,", "[1] x"] {
            assert!(parts(broken.as_bytes()).unwrap_err().contains("is none"), "{broken}");
        }
    }
}
