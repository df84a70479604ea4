//! Lines for the log: one for each change, never one for each try.

use tripline::{Alias, AliasTarget, RuleEffect, RuleId};
use tripline_rule_store::{RowFault, RuleRow};

/// An id as it can stand in a line of a log.
pub(crate) fn printable(id: &RuleId) -> String {
    id.as_str().chars().flat_map(char::escape_debug).collect()
}

/// A text as it can stand in a line of a log.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for sign in text.chars() {
        if sign.is_control() {
            line.extend(sign.escape_debug());
        } else {
            line.push(sign);
        }
    }
    line
}

/// One line for an alias that is new or means something else.
pub(crate) fn alias_line(alias: &Alias) -> String {
    let target = match &alias.target {
        AliasTarget::Condition { condition, args: serde_json::Value::Null } => condition.clone(),
        AliasTarget::Condition { condition, args } => format!("{condition} with {args}"),
        AliasTarget::Unreadable(_) => "what cannot be read".to_owned(),
    };
    one_line(&format!("the class {} stands for {target} ({})", alias.class_name, alias.origin))
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
