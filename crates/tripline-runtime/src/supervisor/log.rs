//! Lines for the log: one for each change, never one for each try.

use tripline::{RuleEffect, RuleId};
use tripline_rule_store::{RowFault, RuleRow};

/// An id as it can stand in a line of a log.
pub(crate) fn printable(id: &RuleId) -> String {
    id.as_str().chars().flat_map(char::escape_debug).collect()
}

/// One line for rows that are no version of any rule.
pub(crate) fn fault_line(id: &RuleId, faults: &[&RowFault]) -> String {
    let problem = faults.first().map(|fault| fault.problem.to_string()).unwrap_or_default();
    match faults.len() {
        0 | 1 => format!("a row of rule {} cannot be read: {problem}", printable(id)),
        rows => format!(
            "{rows} rows of rule {} cannot be read, the first since {problem}",
            printable(id)
        ),
    }
}

/// One line for a row that is not valid.
pub(crate) fn rejection(row: &RuleRow, diagnostics: &str) -> String {
    let found: Vec<serde_json::Value> = serde_json::from_str(diagnostics).unwrap_or_default();
    let mut errors = found.iter().filter(|item| item["severity"] == "error");
    let first = errors.next();
    let text = |key: &str| first.and_then(|error| error[key].as_str()).unwrap_or_default();
    let line = first.and_then(|error| error["line"].as_u64()).unwrap_or_default();
    let place = if line == 0 { String::new() } else { format!(" (line {line})") };
    let more = match errors.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "rule {} version {} is rejected: {} {}{place}{more}",
        printable(&row.id),
        row.version,
        text("code"),
        text("message")
    )
}

/// One line for a valid row, if it changes anything.
pub(crate) fn news_of(row: &RuleRow, effect: &RuleEffect) -> Option<String> {
    let rule = format!("rule {} version {}", printable(&row.id), row.version);
    match effect {
        RuleEffect::Unchanged => None,
        RuleEffect::Disabled => Some(format!("{rule} is disabled")),
        RuleEffect::Replaced { obstacle: Some(obstacle), .. } => {
            Some(format!("{rule} comes into force; open attempts are dropped, since {obstacle}"))
        }
        _ => Some(format!("{rule} comes into force")),
    }
}
