//! Lines of text, taken apart by a regular expression.

use regex::{CaptureLocations, Regex, RegexBuilder};

use super::row::Row;
use crate::BadRecordReason;
use crate::codec::is_json_scalar;

/// The most memory that an expression may take, compiled and at work, in bytes.
const MAX_BYTES: usize = 2 << 20;

/// Takes lines apart; the groups that have names become fields.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    expression: Regex,
    groups: Vec<(usize, String)>,
    found: CaptureLocations,
}

impl Lines {
    /// Why it cannot be.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let expression = RegexBuilder::new(pattern)
            .size_limit(MAX_BYTES)
            .dfa_size_limit(MAX_BYTES)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
                other => {
                    let text = other.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    format!("it is no regular expression: {}", last.trim_start_matches("error: "))
                }
            })?;
        let names = expression.capture_names().enumerate();
        let groups: Vec<(usize, String)> =
            names.filter_map(|(at, name)| Some((at, name?.to_owned()))).collect();
        if groups.is_empty() {
            return Err("it names no field: write a group as `(?<name>…)`".to_owned());
        }
        let found = expression.capture_locations();
        Ok(Self { expression, groups, found })
    }

    /// The fields of a line: numbers as JSON writes them are numbers, all else is text; a group that took nothing is missing.
    pub(super) fn row<'a>(&'a mut self, record: &'a [u8]) -> Result<Row<'a>, BadRecordReason> {
        let text = std::str::from_utf8(record).map_err(|_| BadRecordReason::NotUtf8)?;
        let Self { expression, groups, found } = self;
        if expression.captures_read(found, text).is_none() {
            return Err(BadRecordReason::Unlike);
        }
        let mut row = Row::default();
        for (group, name) in groups.iter() {
            let range = found.get(*group).map(|(begin, end)| begin..end);
            let value = range.and_then(|range| text.get(range)).unwrap_or_default();
            if value.is_empty() {
                continue;
            }
            if is_json_scalar(value) {
                row.push(name.as_str(), value);
            } else {
                // A text can always be written as JSON.
                row.push(name.as_str(), serde_json::to_string(value).unwrap_or_default());
            }
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let mut lines =
            Lines::new(r#"^(?<who>\S+) "(?<what>[^"]*)" (?<n>\S+)(?: (?<more>.*))?$"#).unwrap();
        for (line, expected) in [
            (r#"a "b \ c" 007"#, Ok(r#"{"who":"a","what":"b \\ c","n":"007"}"#)),
            (r#"1 "" 200.10 "#, Ok(r#"{"who":1,"n":200.10}"#)),
            (r#"规 "true" - x"#, Ok(r#"{"who":"规","what":true,"n":"-","more":"x"}"#)),
            ("a b", Err(BadRecordReason::Unlike)),
        ] {
            let row = lines.row(line.as_bytes()).map(|row| {
                let mut out = Vec::new();
                row.write(&mut out);
                String::from_utf8(out).unwrap()
            });
            assert_eq!(row, expected.map(str::to_owned), "{line}");
        }
        assert_eq!(lines.row(b"a \"\xff\" 1"), Err(BadRecordReason::NotUtf8));
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (pattern, words) in [
            ("(", "no regular expression: unclosed group"),
            ("(a)", "names no field"),
            ("(?<a>.{1000}){1000}", "too large"),
        ] {
            assert!(Lines::new(pattern).unwrap_err().contains(words), "{pattern}");
        }
    }
}
