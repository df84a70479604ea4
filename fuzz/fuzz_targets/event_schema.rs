//! Any text as an event schema: never a panic or a hang, whatever path it is asked for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tripline::{EventSchemas, Lang};

fuzz_target!(|text: &str| {
    let mut schemas = EventSchemas::new();
    if schemas.add("shop", text).is_err() {
        return;
    }
    for path in ["ts", "a", "a.b", "a[0].b", "items[].price", "`a.b`", "", ".", "a..b", "a[", "规则"] {
        if let Some(doubt) = schemas.unknown(path) {
            for lang in Lang::ALL {
                assert!(!doubt.message.render(lang).is_empty());
            }
        }
    }
});
