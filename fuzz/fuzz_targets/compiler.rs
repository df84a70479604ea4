//! Any text: never a panic or a hang; a rule comes with no error, and every finding has its place, in both languages.
//! What is known of events adds warnings, and nothing else.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tripline::{EventSchemas, FieldTable, Lang, Registry, Severity, compile_rule};

const EVENTS: &str = r##"{"properties": {"ts": {"type": "integer"}, "action": {"enum": ["cart", "pay", 1]},
    "price": {"type": "number"}, "tags": {"type": "array", "items": {"type": "string"}},
    "items": {"type": "array", "items": {"properties": {"price": {"type": "number"}}}},
    "detail": {"$ref": "#/$defs/detail"}}, "$defs": {"detail": {"properties": {"price": {"type": ["number", "null"]}}}}}"##;

static SHOP: LazyLock<Arc<EventSchemas>> = LazyLock::new(|| {
    let mut schemas = EventSchemas::new();
    schemas.add("shop", EVENTS).expect("an event schema");
    Arc::new(schemas)
});

fuzz_target!(|text: &str| {
    let check = compile_rule(text, &Registry::with_builtins(), &mut FieldTable::new());
    assert_eq!(check.rule.is_some(), check.diagnostics.is_valid());
    for finding in &check.diagnostics {
        assert!(finding.line >= 1 && finding.column >= 1, "{finding:?}");
        for lang in Lang::ALL {
            assert!(!finding.message.render(lang).is_empty());
        }
    }
    let mut registry = Registry::with_builtins();
    registry.set_event_schemas(Arc::clone(&SHOP));
    let against = compile_rule(text, &registry, &mut FieldTable::new());
    assert_eq!(against.rule.is_some(), check.rule.is_some());
    let errors = |found: &tripline::Diagnostics| {
        found.iter().filter(|item| item.code.severity() == Severity::Error).count()
    };
    assert_eq!(errors(&against.diagnostics), errors(&check.diagnostics));
});
