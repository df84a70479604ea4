//! Any text: never a panic or a hang; a rule comes with no error, and every finding has its place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tripline::{FieldTable, Registry, compile_rule};

fuzz_target!(|text: &str| {
    let check = compile_rule(text, &Registry::with_builtins(), &mut FieldTable::new());
    assert_eq!(check.rule.is_some(), check.diagnostics.is_valid());
    for finding in &check.diagnostics {
        assert!(finding.line >= 1 && finding.column >= 1, "{finding:?}");
        assert!(!finding.message.to_string().is_empty());
    }
});
