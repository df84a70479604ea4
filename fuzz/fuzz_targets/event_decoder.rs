//! Any bytes: accepted exactly if they are a JSON object, and with the same scalars.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tripline::json::JsonDecoder;
use tripline::{FieldTable, Value};

fuzz_target!(|line: &[u8]| {
    let mut fields = FieldTable::new();
    let asked = ["ts", "name", "price", "a", "b"].map(|path| (path, fields.intern(path)));
    fields.intern("a.b");
    fields.intern("a.b.c");
    let mut values = Vec::new();
    let decoded = JsonDecoder::new(&fields).decode(line, &mut values);
    let reference = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line);
    assert_eq!(decoded.is_ok(), reference.is_ok(), "{decoded:?} {reference:?}");
    let Ok(reference) = reference else { return };
    for (path, field) in asked {
        let expected = match reference.get(path) {
            Some(serde_json::Value::Bool(value)) => Value::Bool(*value),
            Some(serde_json::Value::String(text)) => Value::from(text.as_str()),
            Some(serde_json::Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Value::Int(integer),
                (None, Some(double)) => Value::Float(double),
                (None, None) => Value::Missing,
            },
            _ => Value::Missing,
        };
        assert_eq!(values[field.index()], expected, "{path}");
    }
});
