//! Messages that the crate `apache_avro` writes are read; what nobody writes does no harm.

use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{BigDecimal, Days, Decimal, Duration, Millis, Months};
use proptest::prelude::*;

use super::Schema;
use crate::coded::json::Json;

fn read(schema: &Schema, message: &[u8]) -> Result<String, String> {
    let mut json = Json::default();
    schema.write(message, &mut json).map_err(|why| why.to_string())?;
    Ok(String::from_utf8(json.bytes().to_vec()).unwrap())
}

/// What is read of a value that the crate has written by a schema.
fn written(schema: &str, value: Value) -> String {
    let parsed = apache_avro::Schema::parse_str(schema).unwrap();
    let writer = GenericDatumWriter::builder(&parsed).build().unwrap();
    let message = writer.write_value_to_vec(value).unwrap();
    let schema = Schema::new(schema, &[]).unwrap();
    for cut in 0..message.len() {
        let said = read(&schema, &message[..cut]).unwrap_err();
        assert!(said.contains("it ends in the middle of a value"), "{said}");
    }
    let said = read(&schema, &[&message[..], &[0]].concat()).unwrap_err();
    assert!(said.contains("1 bytes are left"), "{said}");
    read(&schema, &message).unwrap()
}

#[test]
fn each_type_is_read() {
    let decimal = |unscaled: &[u8]| Value::Decimal(Decimal::from(unscaled));
    let logical =
        |base: &str, logical: &str| format!(r#"{{"type":"{base}","logicalType":"{logical}"}}"#);
    let uuid = "2d3e8f5c-0a1b-4c6d-8e9f-001122334455".parse().unwrap();
    let big: BigDecimal = "200.10".parse().unwrap();
    for (schema, value, expected) in [
        (r#""null""#.to_owned(), Value::Null, "null"),
        (r#""boolean""#.to_owned(), Value::Boolean(true), "true"),
        (r#""int""#.to_owned(), Value::Int(-1), "-1"),
        (r#""int""#.to_owned(), Value::Int(i32::MIN), "-2147483648"),
        (r#""long""#.to_owned(), Value::Long(i64::MAX), "9223372036854775807"),
        (r#""long""#.to_owned(), Value::Long(i64::MIN), "-9223372036854775808"),
        (r#""float""#.to_owned(), Value::Float(0.1), "0.1"),
        (r#""double""#.to_owned(), Value::Double(200.1), "200.1"),
        (r#""double""#.to_owned(), Value::Double(f64::NAN), "null"),
        (r#""bytes""#.to_owned(), Value::Bytes(vec![0, 255, 1, 2]), r#""AP8BAg==""#),
        (r#""string""#.to_owned(), Value::String("a\"\n规".into()), r#""a\"\n规""#),
        (
            r#"{"type":"fixed","name":"f","size":3}"#.to_owned(),
            Value::Fixed(3, vec![1, 2, 3]),
            r#""AQID""#,
        ),
        (
            r#"{"type":"enum","name":"e","symbols":["A","B"]}"#.to_owned(),
            Value::Enum(1, "B".into()),
            r#""B""#,
        ),
        (
            r#"{"type":"array","items":"int"}"#.to_owned(),
            Value::Array(vec![Value::Int(1), Value::Int(2)]),
            "[1,2]",
        ),
        (r#"{"type":"array","items":"int"}"#.to_owned(), Value::Array(vec![]), "[]"),
        (
            r#"{"type":"map","values":"long"}"#.to_owned(),
            Value::Map([("a b".to_owned(), Value::Long(7))].into()),
            r#"{"a b":7}"#,
        ),
        (
            r#"["null","string"]"#.to_owned(),
            Value::Union(1, Box::new(Value::String("x".into()))),
            r#""x""#,
        ),
        (r#"["null","string"]"#.to_owned(), Value::Union(0, Box::new(Value::Null)), "null"),
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#.to_owned(),
            decimal(&[0x4E, 0x2A]),
            "200.10",
        ),
        (
            r#"{"type":{"type":"fixed","name":"d","size":4},"logicalType":"decimal","precision":9,"scale":2}"#
                .to_owned(),
            decimal(&[0xFF, 0xFF, 0xB1, 0xD6]),
            "-200.10",
        ),
        (logical("bytes", "big-decimal"), Value::BigDecimal(big), "200.10"),
        (logical("string", "uuid"), Value::Uuid(uuid), r#""2d3e8f5c-0a1b-4c6d-8e9f-001122334455""#),
        (
            r#"{"type":"fixed","name":"u","size":16,"logicalType":"uuid"}"#.to_owned(),
            Value::Uuid(uuid),
            r#""2d3e8f5c-0a1b-4c6d-8e9f-001122334455""#,
        ),
        (logical("int", "date"), Value::Date(20_778), r#""2026-11-21""#),
        (logical("int", "date"), Value::Date(-1), r#""1969-12-31""#),
        (logical("int", "time-millis"), Value::TimeMillis(29_730_250), r#""08:15:30.250""#),
        (logical("long", "time-micros"), Value::TimeMicros(1), r#""00:00:00.000001""#),
        (logical("long", "time-micros"), Value::TimeMicros(86_399_000_000), r#""23:59:59""#),
        (
            logical("long", "timestamp-millis"),
            Value::TimestampMillis(1_795_219_200_123),
            "1795219200123",
        ),
        (
            logical("long", "timestamp-micros"),
            Value::TimestampMicros(1_795_219_200_123_999),
            "1795219200123",
        ),
        (logical("long", "timestamp-micros"), Value::TimestampMicros(-1), "-1"),
        (logical("long", "timestamp-nanos"), Value::TimestampNanos(1_999_999), "1"),
        (
            logical("long", "local-timestamp-micros"),
            Value::LocalTimestampMicros(1_795_219_200_123_999),
            "1795219200123",
        ),
        (
            r#"{"type":"fixed","name":"p","size":12,"logicalType":"duration"}"#.to_owned(),
            Value::Duration(Duration::new(Months::new(1), Days::new(2), Millis::new(3))),
            r#"{"months":1,"days":2,"millis":3}"#,
        ),
    ] {
        assert_eq!(written(&schema, value), expected, "{schema}");
    }
}

#[test]
fn records_lie_in_records() {
    let schema = r#"{"type":"record","name":"order","namespace":"shop","fields":[
        {"name":"id","type":"string"},
        {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},
        {"name":"kind","type":{"type":"enum","name":"kind","symbols":["NEW","OLD"]}},
        {"name":"before","type":["null","kind"]},
        {"name":"parent","type":["null","order"]},
        {"name":"nothing","type":{"type":"record","name":"nothing","fields":[]}}]}"#;
    let order = |id: &str, parent: Option<Value>| {
        let some = |value: Value| Value::Union(1, Box::new(value));
        let none = Value::Union(0, Box::new(Value::Null));
        let text = |text: &str| Value::String(text.to_owned());
        let fields = [
            ("id", text(id)),
            ("price", Value::Decimal(Decimal::from([0x4E, 0x2A]))),
            ("kind", Value::Enum(1, "OLD".into())),
            ("before", some(Value::Enum(0, "NEW".into()))),
            ("parent", parent.map_or(none, some)),
            ("nothing", Value::Record(vec![])),
        ];
        Value::Record(fields.map(|(name, value)| (name.to_owned(), value)).into())
    };
    let row = |id: &str, parent: &str| {
        format!(
            r#"{{"id":"{id}","price":200.10,"kind":"OLD","before":"NEW","parent":{parent},"nothing":{{}}}}"#
        )
    };
    let found = written(schema, order("b", Some(order("a", None))));
    assert_eq!(found, row("b", &row("a", "null")));
}

#[test]
fn a_schema_may_refer_to_others() {
    let money = r#"{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"amount","type":"long"},{"name":"in","type":"Currency"}]}"#;
    let currency =
        r#"{"type":"enum","name":"Currency","namespace":"shop","symbols":["CNY","EUR"]}"#;
    let order = r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"a","type":"Money"},{"name":"b","type":["null","shop.Money"]}]}"#;
    for references in [[money, currency], [currency, money]] {
        let schema = Schema::new(order, &references).unwrap();
        let found = read(&schema, &[14, 2, 2, 16, 0]).unwrap();
        assert_eq!(found, r#"{"a":{"amount":7,"in":"EUR"},"b":{"amount":8,"in":"CNY"}}"#);
    }
    for broken in ["", "{", r#""nothing""#, r#"{"type":"record"}"#] {
        assert!(Schema::new(broken, &[]).is_err(), "{broken}");
    }
    assert!(Schema::new(order, &[money]).is_err());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let order = r#"{"type":"record","name":"o","fields":[{"name":"item","type":{"type":"record","name":"i","fields":[
        {"name":"kind","type":{"type":"enum","name":"e","symbols":["A"]}},{"name":"by","type":{"type":"map","values":"boolean"}}]}}]}"#;
    let text = r#""string""#;
    let day = r#"{"type":"int","logicalType":"date"}"#;
    let time = r#"{"type":"int","logicalType":"time-millis"}"#;
    for (schema, message, expected) in [
        (order, &[2][..], "field `item.kind`: there is no symbol 1, but 1"),
        (order, &[0, 2, 2, b'x', 2], "field `item.by.x`: 2 is neither true nor false"),
        (r#"["null"]"#, &[4], "there is no branch of the union 2, but 1"),
        (r#"["null"]"#, &[1], "there is no branch of the union -1, but 1"),
        (text, &[1], "a length is less than nothing"),
        (text, &[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], "it ends in the middle"),
        (text, &[2, 0xFF], "a text is not valid UTF-8"),
        (r#""int""#, &[0x80, 0x80, 0x80, 0x80, 0x10], "2147483648 is no `int`"),
        (r#""long""#, &[0xFF; 11], "a number is longer than 64 bits"),
        (r#""long""#, &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2], "64 bits"),
        (day, &[0xFE, 0xFF, 0xFF, 0xFF, 0x0F], "2147483647 days from 1970 is no date"),
        (time, &[1], "-1000 µs after midnight is no time of day"),
    ] {
        let found = read(&Schema::new(schema, &[]).unwrap(), message).unwrap_err();
        assert!(found.contains(expected), "{schema}: {found}");
    }
}

#[test]
fn a_few_bytes_cannot_become_many_values() {
    // A list of 2^62 times nothing, and one that goes on in blocks with their lengths.
    let nulls = Schema::new(r#"{"type":"array","items":"null"}"#, &[]).unwrap();
    let huge = [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
    assert!(read(&nulls, &huge).unwrap_err().contains("longer than"));
    assert_eq!(read(&nulls, &[3, 0, 2, 0]).unwrap(), "[null,null,null]");
    // A record of itself, without end and with.
    let endless = r#"{"type":"record","name":"r","fields":[{"name":"a","type":"r"},{"name":"b","type":"r"}]}"#;
    let found = read(&Schema::new(endless, &[]).unwrap(), &[]).unwrap_err();
    assert!(found.contains("more than 64 deep"), "{found}");
    let chain = r#"{"type":"record","name":"r","fields":[{"name":"a","type":["null","r"]}]}"#;
    let chain = Schema::new(chain, &[]).unwrap();
    let deep = |count| read(&chain, &[vec![2; count], vec![0]].concat());
    assert!(deep(63).is_ok());
    assert!(deep(64).unwrap_err().contains("more than 64 deep"));
    assert!(deep(1 << 20).is_err());
}

proptest! {
    #[test]
    fn no_bytes_do_harm(message in proptest::collection::vec(any::<u8>(), 0..200)) {
        let schema = r#"{"type":"record","name":"r","fields":[
            {"name":"many","type":{"type":"array","items":["null","r","string","double",
                {"type":"map","values":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
                {"type":"int","logicalType":"date"},{"type":"enum","name":"e","symbols":["A","B"]},
                {"type":"fixed","name":"u","size":16,"logicalType":"uuid"},
                {"type":"bytes","logicalType":"big-decimal"},{"type":"long","logicalType":"time-micros"}]}},
            {"name":"f","type":"float"}]}"#;
        let schema = Schema::new(schema, &[]).unwrap();
        if let Ok(json) = read(&schema, &message) {
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(), "{}", json);
        }
    }
}
