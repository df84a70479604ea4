//! Tests of the crate as a whole.

mod faults;
mod pages;
mod property;
mod schema;
mod spellings;

use serde_json::Value;

use crate::{Parsed, RuleDocument, parse_rule};

/// The codes and pointers of all diagnostics of a text.
fn found(parsed: &Parsed) -> Vec<(&'static str, &str)> {
    parsed.diagnostics.iter().map(|item| (item.code.id(), item.pointer.as_str())).collect()
}

/// The canonical spelling of a document.
fn printed(document: &RuleDocument) -> Value {
    match document {
        RuleDocument::Graph(graph) => serde_json::to_value(graph),
        RuleDocument::Aggregate(aggregate) => serde_json::to_value(aggregate),
        RuleDocument::Row(row) => serde_json::to_value(row),
    }
    .expect("a rule can be printed")
}

/// Parses a text that has no diagnostics at all.
#[track_caller]
fn clean(text: &str) -> RuleDocument {
    let parsed = parse_rule(text);
    assert_eq!(found(&parsed), [], "{text}");
    parsed.document.expect("a text without errors has a document")
}
