//! Messages that the crate `prost_reflect` writes are read; what nobody writes does no harm.

use proptest::prelude::*;
use prost_reflect::prost::Message as _;
use prost_reflect::{DynamicMessage, MapKey, Value};

use super::Schema;
use crate::coded::json::Json;

const SCHEMA: &str = r#"syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
import "confluent/meta.proto";
import "confluent/type/decimal.proto";

enum Kind { NONE = 0; NEW = 1; }

message Outer {
  message First { bool yes = 1; }
  message Second {
    message Third { string text = 1; }
  }
}

message Order {
  option (confluent.message_meta) = { doc: "an order" };
  string order_id = 1;
  int32 a = 2; int64 b = 3; uint32 c = 4; uint64 d = 5; sint32 e = 6; sint64 f = 7;
  fixed32 g = 8; fixed64 h = 9; sfixed32 i = 10; sfixed64 j = 11;
  float k = 12; double l = 13; bool m = 14; bytes n = 15;
  Kind kind = 16;
  optional int32 maybe = 17;
  repeated int32 many = 18;
  map<string, int64> by = 19;
  Order parent = 20;
  oneof either { string left = 21; string right = 22; }
  google.protobuf.Timestamp at = 23;
  google.protobuf.Duration took = 24;
  google.protobuf.Int64Value boxed = 25;
  google.protobuf.Struct free = 26;
  confluent.type.Decimal price = 27;
  repeated Outer.First firsts = 28;
}
"#;

fn read(schema: &Schema, message: &[u8]) -> Result<String, String> {
    let mut json = Json::default();
    schema.write(message, &mut json).map_err(|why| why.to_string())?;
    Ok(String::from_utf8(json.bytes().to_vec()).unwrap())
}

/// An order, as a program of another language would write it.
fn order(schema: &Schema, fields: &[(&str, Value)]) -> DynamicMessage {
    let kind = schema.file.messages().find(|kind| kind.name() == "Order").unwrap();
    let mut order = DynamicMessage::new(kind);
    for (name, value) in fields {
        order.set_field_by_name(name, value.clone());
    }
    order
}

/// What is read of it; the fields that cannot be missing are shown where they are not zero.
fn written(fields: &[(&str, Value)]) -> String {
    let schema = Schema::new(SCHEMA, &[]).unwrap();
    let message = [vec![2, 2], order(&schema, fields).encode_to_vec()].concat();
    let found = read(&schema, &message).unwrap();
    let found: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&found).unwrap();
    let zeros: serde_json::Map<String, serde_json::Value> = serde_json::from_str(ZEROS).unwrap();
    for name in zeros.keys() {
        assert!(found.contains_key(name), "{name}");
    }
    let told = found.into_iter().filter(|(name, value)| zeros.get(name) != Some(value));
    serde_json::to_string(&told.collect::<serde_json::Map<_, _>>()).unwrap()
}

const ZEROS: &str = r#"{"order_id":"","a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0.0,"l":0.0,"m":false,"n":"","kind":"NONE","many":[],"by":{},"firsts":[]}"#;

#[test]
fn each_type_is_read() {
    let schema = Schema::new(SCHEMA, &[]).unwrap();
    let made = |name: &str, fields: &[(&str, Value)]| {
        let kind = schema.file.parent_pool().get_message_by_name(name).unwrap();
        let mut made = DynamicMessage::new(kind);
        for (name, value) in fields {
            made.set_field_by_name(name, value.clone());
        }
        Value::Message(made)
    };
    let text = |text: &str| Value::String(text.to_owned());
    let pair = |name: &str, seconds: i64, nanos: i32| {
        let fields = [("seconds", Value::I64(seconds)), ("nanos", Value::I32(nanos))];
        made(&format!("google.protobuf.{name}"), &fields)
    };
    let json = |field: &str, value: Value| made("google.protobuf.Value", &[(field, value)]);
    let parent = Value::Message(order(&schema, &[("order_id", text("p"))]));
    let by = [("z", 1), ("a", 2)].map(|(key, n)| (MapKey::String(key.into()), Value::I64(n)));
    let free = [
        (MapKey::String("s".into()), json("string_value", text("x"))),
        (MapKey::String("n".into()), json("null_value", Value::EnumNumber(0))),
        (MapKey::String("b".into()), json("bool_value", Value::Bool(true))),
    ];
    let decimal = [
        ("value", Value::Bytes(vec![0x4E, 0x2A].into())),
        ("precision", Value::U32(9)),
        ("scale", Value::I32(2)),
    ];
    for (name, value, expected) in [
        ("order_id", text("a\"规"), r#"{"order_id":"a\"规"}"#.to_owned()),
        ("a", Value::I32(i32::MIN), r#"{"a":-2147483648}"#.to_owned()),
        ("b", Value::I64(i64::MAX), r#"{"b":9223372036854775807}"#.to_owned()),
        ("c", Value::U32(u32::MAX), r#"{"c":4294967295}"#.to_owned()),
        ("d", Value::U64(u64::MAX), r#"{"d":18446744073709551615}"#.to_owned()),
        ("e", Value::I32(-1), r#"{"e":-1}"#.to_owned()),
        ("f", Value::I64(-1), r#"{"f":-1}"#.to_owned()),
        ("g", Value::U32(7), r#"{"g":7}"#.to_owned()),
        ("h", Value::U64(7), r#"{"h":7}"#.to_owned()),
        ("i", Value::I32(-7), r#"{"i":-7}"#.to_owned()),
        ("j", Value::I64(-7), r#"{"j":-7}"#.to_owned()),
        ("k", Value::F32(0.1), r#"{"k":0.1}"#.to_owned()),
        ("l", Value::F64(200.1), r#"{"l":200.1}"#.to_owned()),
        ("l", Value::F64(f64::INFINITY), r#"{"l":null}"#.to_owned()),
        ("m", Value::Bool(true), r#"{"m":true}"#.to_owned()),
        ("n", Value::Bytes(vec![0, 255].into()), r#"{"n":"AP8="}"#.to_owned()),
        ("kind", Value::EnumNumber(1), r#"{"kind":"NEW"}"#.to_owned()),
        ("kind", Value::EnumNumber(9), r#"{"kind":9}"#.to_owned()),
        ("maybe", Value::I32(0), r#"{"maybe":0}"#.to_owned()),
        ("many", Value::List(vec![Value::I32(1), Value::I32(2)]), r#"{"many":[1,2]}"#.to_owned()),
        ("by", Value::Map(by.into()), r#"{"by":{"a":2,"z":1}}"#.to_owned()),
        ("right", text("r"), r#"{"right":"r"}"#.to_owned()),
        ("at", pair("Timestamp", 1_795_219_200, 123_999_999), r#"{"at":1795219200123}"#.to_owned()),
        ("at", pair("Timestamp", -1, 999_000_000), r#"{"at":-1}"#.to_owned()),
        ("took", pair("Duration", -3, -500_000_000), r#"{"took":-3500}"#.to_owned()),
        (
            "boxed",
            made("google.protobuf.Int64Value", &[("value", Value::I64(7))]),
            r#"{"boxed":7}"#.to_owned(),
        ),
        (
            "free",
            made("google.protobuf.Struct", &[("fields", Value::Map(free.into()))]),
            r#"{"free":{"b":true,"n":null,"s":"x"}}"#.to_owned(),
        ),
        ("price", made("confluent.type.Decimal", &decimal), "".to_owned()),
        (
            "parent",
            parent,
            format!(r#"{{"parent":{}}}"#, ZEROS.replace(r#""order_id":"""#, r#""order_id":"p""#)),
        ),
        (
            "firsts",
            Value::List(vec![made("shop.Outer.First", &[])]),
            r#"{"firsts":[{"yes":false}]}"#.to_owned(),
        ),
    ] {
        if name == "price" {
            // Digit by digit, which a double would not be.
            let message = [vec![2, 2], order(&schema, &[(name, value)]).encode_to_vec()].concat();
            let found = read(&schema, &message).unwrap();
            assert!(found.contains(r#""price":200.10"#), "{found}");
        } else {
            assert_eq!(written(&[(name, value)]), expected, "{name}");
        }
    }
    assert_eq!(written(&[]), "{}");
}

#[test]
fn a_message_says_which_it_is() {
    let schema = Schema::new(SCHEMA, &[]).unwrap();
    for (message, expected) in [
        (&[0][..], Ok(r"{}")),
        (&[2, 0], Ok(r"{}")),
        (&[4, 0, 0, 8, 1], Ok(r#"{"yes":true}"#)),
        (&[6, 0, 2, 0, 10, 1, b'x'], Ok(r#"{"text":"x"}"#)),
        (&[2, 4], Err("none of the messages")),
        (&[4, 0, 4], Err("none of the messages")),
        (&[0xFE, 0xFF, 3], Err("none of the messages")),
        (&[], Err("makes no sense")),
        (&[1], Err("makes no sense")),
        (&[2], Err("makes no sense")),
        (&[2, 1], Err("makes no sense")),
        (&[0xFF; 9], Err("makes no sense")),
        (&[4, 0, 0, 10, 9, 1], Err("invalid wire type: LengthDelimited")),
    ] {
        let found = read(&schema, message);
        match expected {
            Ok(expected) => assert_eq!(found.unwrap(), expected, "{message:?}"),
            Err(expected) => {
                let found = found.unwrap_err();
                assert!(found.contains(expected), "{message:?}: {found}");
            }
        }
    }
}

#[test]
fn a_schema_may_import_others() {
    let main =
        r#"syntax = "proto3"; import "shop/money.proto"; message Order { shop.Money price = 1; }"#;
    let money =
        r#"syntax = "proto3"; package shop; import "c.proto"; message Money { Currency in = 1; }"#;
    let currency = r#"syntax = "proto3"; package shop; enum Currency { CNY = 0; EUR = 1; }"#;
    let all = [("shop/money.proto", money), ("c.proto", currency)];
    let schema = Schema::new(main, &all).unwrap();
    assert_eq!(read(&schema, &[0, 10, 2, 8, 1]).unwrap(), r#"{"price":{"in":"EUR"}}"#);
    let missing = Schema::new(main, &all[..1]).unwrap_err().to_string();
    assert!(missing.contains("c.proto"), "{missing}");
    let itself = r#"syntax = "proto3"; package shop; import "shop/money.proto";"#;
    assert!(Schema::new(main, &[("shop/money.proto", itself)]).is_err());
    for broken in ["message {", "syntax = \"proto3\"; message A { B b = 1; }"] {
        assert!(Schema::new(broken, &[]).is_err(), "{broken}");
    }
}

#[test]
fn what_nests_without_end_is_refused() {
    let schema = Schema::new(SCHEMA, &[]).unwrap();
    let mut message = Vec::new();
    for _ in 0..3000 {
        // `parent`.
        let mut outer = vec![0xA2, 1];
        let mut length = message.len();
        while length >= 0x80 {
            outer.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
            length >>= 7;
        }
        outer.push(u8::try_from(length).unwrap());
        outer.extend(message);
        message = outer;
    }
    let found = read(&schema, &[vec![2, 2], message].concat()).unwrap_err();
    assert!(found.contains("recursion limit"), "{found}");
}

proptest! {
    #[test]
    fn no_bytes_do_harm(
        fields in proptest::collection::vec((1_u8..30, 0_u8..6, any::<Vec<u8>>()), 0..20),
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let schema = Schema::new(SCHEMA, &[]).unwrap();
        let mut likely = vec![2, 2];
        for (number, wire, value) in fields {
            let tag = u16::from(number) << 3 | u16::from(wire);
            likely.extend([(tag & 0x7F) as u8 | 0x80, u8::try_from(tag >> 7).unwrap()]);
            likely.extend(value);
        }
        for message in [likely, bytes] {
            if let Ok(json) = read(&schema, &message) {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(), "{}", json);
            }
        }
    }
}
