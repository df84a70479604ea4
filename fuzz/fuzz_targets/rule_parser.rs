//! Any text: never a panic; what parses prints to a text that parses to the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tripline::{RuleDocument, parse_rule};

fuzz_target!(|text: &str| {
    let parsed = parse_rule(text);
    assert_eq!(parsed.document.is_some(), parsed.diagnostics.is_valid());
    let Some(document) = parsed.document else { return };
    let printed = match &document {
        RuleDocument::Graph(graph) => serde_json::to_string(graph),
        RuleDocument::Row(row) => serde_json::to_string(row),
        _ => return,
    }
    .expect("a document prints");
    let again = parse_rule(&printed);
    assert_eq!(Some(document), again.document, "{printed}\n{:?}", again.diagnostics);
});
