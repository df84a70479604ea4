use tripline_event::FieldTable;

use super::{EventSchemaError, EventSchemas, Field, Kinds};
use crate::{Binder, Dialect, Registry, compile_with_warnings};

/// A shop as one writes it, with all that is understood of JSON Schema.
const SHOP: &str = r##"{
  "$defs": {
    "money": {"type": ["number", "null"]},
    "person": {"properties": {"name": {"type": "string"}, "friend": {"$ref": "#/$defs/person"}}},
    "kind": {"enum": ["view", "cart"]}
  },
  "type": "object",
  "required": ["eventType"],
  "properties": {
    "eventType": {"anyOf": [{"$ref": "#/$defs/kind"}, {"const": "purchase"}]},
    "userId": {"type": "string"},
    "price": {"$ref": "#/$defs/money"},
    "paid": {"type": "boolean"},
    "level": {"enum": [1, 2, 3]},
    "any": {},
    "user": {"$ref": "#/$defs/person"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "items": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}, "n": {"type": "integer"}}}},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true},
    "free": {"type": "object"},
    "closed": {"type": "object", "additionalProperties": false},
    "patterned": {"properties": {}, "patternProperties": {"^x": {}}},
    "never": false,
    "a.b": {"type": "string"},
    "订单金额": {"type": "number"}
  },
  "oneOf": [
    {"properties": {"view": {"properties": {"page": {"type": "string"}}}}},
    {"allOf": [{"properties": {"cart": {"type": "object", "properties": {"size": {"type": "integer"}}}}}, {"required": ["cart"]}]}
  ]
}"##;

fn shop() -> EventSchemas {
    let mut schemas = EventSchemas::new();
    schemas.add("shop", SHOP).unwrap();
    schemas
}

#[test]
fn fields_are_found_by_path() {
    let schemas = shop();
    let kinds = |path: &str, expected: Kinds| match schemas.field(path) {
        Field::Known { kinds, .. } => assert_eq!(kinds, expected, "{path}"),
        other => panic!("{path}: {other:?}"),
    };
    kinds("userId", Kinds::TEXT);
    kinds("eventType", Kinds::TEXT);
    kinds("price", Kinds::NUMBER | Kinds::NULL);
    kinds("level", Kinds::NUMBER);
    kinds("any", Kinds::ALL);
    kinds("user", Kinds::ALL);
    kinds("user.friend.friend.name", Kinds::TEXT);
    kinds("tags", Kinds::ARRAY);
    kinds("tags[]", Kinds::TEXT);
    kinds("tags[3]", Kinds::TEXT);
    kinds("items[0].n", Kinds::NUMBER);
    kinds("items[].sku", Kinds::TEXT);
    kinds("labels.whatever", Kinds::TEXT);
    kinds("view.page", Kinds::TEXT);
    kinds("cart.size", Kinds::NUMBER);
    kinds("a.b", Kinds::TEXT);
    kinds("订单金额", Kinds::NUMBER);
    for open in ["any.x", "any[0]", "open.b", "free.x.y", "patterned.y"] {
        assert_eq!(schemas.field(open), Field::Open, "{open}");
    }
    for unknown in [
        "usreId",
        "UserId",
        "user.nam",
        "userId.x",
        "userId[0]",
        "tags.x",
        "items[0].sk",
        "closed.x",
        "never",
        "a.c",
        "view.pag",
        "cart.price",
        "订单",
        "",
        "ts",
    ] {
        assert_eq!(schemas.field(unknown), Field::Unknown, "{unknown}");
    }
    assert_eq!(EventSchemas::new().field("x"), Field::Open);
}

#[test]
fn several_schemas_are_several_kinds_of_events() {
    let mut schemas = EventSchemas::new();
    schemas.add("a", r#"{"properties": {"id": {"const": "a"}, "x": {"type": "string"}}}"#).unwrap();
    schemas
        .add("b", r#"{"properties": {"id": {"type": "integer"}, "y": {"enum": ["p"]}}}"#)
        .unwrap();
    assert!(schemas.unknown("x").is_none() && schemas.unknown("y").is_none());
    let kinds = Kinds::TEXT | Kinds::NUMBER;
    assert_eq!(schemas.field("id"), Field::Known { kinds, values: None });
    let doubt = schemas.unknown("z.y").unwrap();
    assert_eq!(doubt.message, "none of the event schemas has a field `z.y`");
    assert_eq!(doubt.hint.unwrap(), "did you mean `y`?");
    schemas.add("c", r#"{"properties": {"z": {}}, "additionalProperties": true}"#).unwrap();
    assert!(schemas.unknown("whatever").is_none(), "one of them is open");
}

#[test]
fn what_is_no_event_schema_is_refused() {
    let check = |text: &str, expected: &str| {
        let said = match EventSchemas::new().add("x", text) {
            Ok(()) => "fine".to_owned(),
            Err(EventSchemaError::NotJson { line, column, reason }) => {
                format!("{line}:{column} {reason}")
            }
            Err(EventSchemaError::NotSchema { pointer, reason }) => format!("{pointer} {reason}"),
        };
        assert!(said.starts_with(expected), "{text}: {said}");
    };
    check("{\n \"a\" 1}", "2:6 expected `:`");
    check("[]", " ");
    check("{}", " it says nothing of any field");
    check(r#"{"type": "string"}"#, " it is no schema of an object");
    check(r#"{"properties": {"a": {"type": "strin"}}}"#, "/properties/a/type it is no schema: ");
    check(
        r##"{"properties": {"a": {"$ref": "#/$defs/x"}}}"##,
        "/properties/a/$ref `#/$defs/x` leads to nothing",
    );
    check(
        r#"{"properties": {"a/b": {"$ref": "x.json"}}}"#,
        "/properties/a~1b/$ref `x.json` is in another file",
    );
    check(r#"{"properties": {"a": {}}}"#, "fine");
    check(
        r##"{"$ref": "#/$defs/e", "$defs": {"e": {"properties": {"a": {"const": {"$ref": "x"}}}}}}"##,
        "fine",
    );
    check(&format!("\"{}\"", "a".repeat(1 << 20)), " it has more than 1048576 bytes");
}

/// A schema that doubles with each level, and one that is in itself, must neither hang nor overflow.
#[test]
fn no_schema_takes_for_ever() {
    let mut defs: Vec<String> = (0..64)
        .map(|at| {
            let next = format!("{{\"$ref\": \"#/$defs/d{}\"}}", at + 1);
            format!("\"d{at}\": {{\"anyOf\": [{next}, {next}], \"properties\": {{\"x\": {next}}}}}")
        })
        .collect();
    defs.push("\"d64\": {\"allOf\": [{\"$ref\": \"#/$defs/d64\"}]}".to_owned());
    let text = format!(r##"{{"$ref": "#/$defs/d0", "$defs": {{{}}}}}"##, defs.join(","));
    let mut schemas = EventSchemas::new();
    schemas.add("deep", &text).unwrap();
    let path = vec!["x"; 60].join(".");
    let _found = schemas.field(&path);
    assert!(schemas.unknown(&format!("{path}.y")).is_none(), "what is not reached is open");
}

/// What is said of an expression, each as `start..end: message; hint`.
fn check(expression: &str, expected: &[&str]) {
    let (schemas, mut fields) = (shop(), FieldTable::new());
    let mut binder = Binder::new(&mut fields, &["first", "more"]).with_event_schemas(&schemas);
    let mut warnings = Vec::new();
    let bound = compile_with_warnings(expression, Dialect::Tripline, &mut binder, &mut warnings);
    assert!(bound.is_ok(), "{expression}: {bound:?}");
    let said: Vec<String> = warnings
        .iter()
        .map(|found| {
            let hint = found.hint.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{}..{}: {}; {hint}", found.span.start, found.span.end, found.message)
        })
        .collect();
    assert_eq!(said, expected, "{expression}");
    assert!(binder.take_warnings().is_empty());
}

#[test]
fn fields_of_expressions_are_known() {
    for fine in [
        "eventType == 'cart' && price > 200 && userId != nil",
        "price < first[0].price && ts - first[0].ts < 1h && size(more) > 2",
        "sum(more.price) + price > 10 || avg(items[].n) > 1 || distinct(more.userId) == 2",
        "'a' in tags && userId in more.userId && items[0].sku in ['x'] && `a.b` == ''",
        "user.friend.name matches 'A.*' && contains(userId, 'x') && any.thing > 1",
        "eventType in ['view', 'purchase'] && level in [1, 2.0] && paid && !paid",
        "timestamp(userId) > 5 && timestamp(price) > 5 && coalesce(price, 0) > 1 && any > 'x'",
        "free.x == 1 && labels.colour == 'red' && first(more.userId) == userId && 订单金额 > 1",
        "(paid ? price : level) > 2 && price between 1 and 2 && max(price, 3) == price",
    ] {
        check(fine, &[]);
    }
    check(
        "usreId == 'x'",
        &["0..6: the event schema `shop` has no field `usreId`; did you mean `userId`?"],
    );
    check(
        "usreId == 'x' || usreId == nil",
        &["0..6: the event schema `shop` has no field `usreId`; did you mean `userId`?"],
    );
    check(
        "price > first[0].prise",
        &["8..22: the event schema `shop` has no field `prise`; did you mean `price`?"],
    );
    check(
        "sum(more.prices) > 1",
        &["4..15: the event schema `shop` has no field `prices`; did you mean `price`?"],
    );
    check(
        "userId.name == 'x'",
        &[
            "0..11: `userId` is a string in the event schemas, so it has no `userId.name`; did you mean `user.name`, `user.friend.name` or `user.friend.friend.name`?",
        ],
    );
    check(
        "name == 'x'",
        &[
            "0..4: the event schema `shop` has no field `name`; did you mean `user.name`, `user.friend.name` or `user.friend.friend.name`?",
        ],
    );
    check(
        "zzzzzzzzz == 'x'",
        &[
            "0..9: the event schema `shop` has no field `zzzzzzzzz`; add it to the event schema if events have it",
        ],
    );
}

#[test]
fn values_are_of_the_kind_that_events_have() {
    check(
        "price > '200'",
        &[
            "8..13: `price` is a number in the event schemas, so compared with a string by `>` it never holds; compare values of one kind",
        ],
    );
    check(
        "'200' != price",
        &[
            "9..14: `price` is a number in the event schemas, so compared with a string by `!=` it always holds; compare values of one kind",
        ],
    );
    check(
        "userId == first[0].price",
        &[
            "10..24: `userId` is a string in the event schemas, so compared with a number by `==` it never holds; compare values of one kind",
        ],
    );
    check(
        "userId between 1 and 9",
        &[
            "15..16: `userId` is a string in the event schemas, so compared with a number by `>=` it never holds; compare values of one kind",
            "21..22: `userId` is a string in the event schemas, so compared with a number by `<=` it never holds; compare values of one kind",
        ],
    );
    check(
        "paid in more.price",
        &[
            "0..4: `paid` is a boolean in the event schemas, so compared with a number by `==` it never holds; compare values of one kind",
        ],
    );
    check(
        "eventType == 'crat'",
        &[
            "13..19: 'crat' is none of the values that `eventType` has in the event schemas; did you mean `cart`?",
        ],
    );
    check(
        "eventType in ['view', 'order']",
        &[
            "22..29: 'order' is none of the values that `eventType` has in the event schemas; the values are `cart`, `purchase`, `view`; add it to the event schema if events have it",
        ],
    );
    check(
        "level == 4",
        &[
            "9..10: 4 is none of the values that `level` has in the event schemas; add it to the event schema if events have it",
        ],
    );
    check(
        "userId + 1 > 2",
        &[
            "0..6: `userId` is a string in the event schemas, and `+` takes a number; write `double(userId)`",
        ],
    );
    check(
        "price matches '2.*'",
        &[
            "0..5: `price` is a number in the event schemas, and `matches` takes a string; write `str(price)`",
        ],
    );
    check(
        "sum(more.userId) > 2",
        &[
            "4..15: `userId` is a string in the event schemas, and `sum` takes a number; write `double(userId)`",
        ],
    );
    check(
        "closed == nil",
        &[
            "0..6: `closed` is an object in the event schemas, and a condition sees no value in it; name what is inside it: `closed.…`",
        ],
    );
    check(
        "tags == 'x'",
        &[
            "0..4: `tags` is an array in the event schemas, and a condition sees no value in it; name what is inside it: `tags[0]`",
        ],
    );
}

/// What is said of a condition, each as `field: message`.
fn check_condition(name: &str, args: &str, expected: &[&str]) {
    let (schemas, mut fields) = (shop(), FieldTable::new());
    let mut binder = Binder::new(&mut fields, &[]).with_event_schemas(&schemas);
    let args = serde_json::from_str(args).unwrap();
    let bound = Registry::with_builtins().get(name).unwrap().bind(&args, &mut binder);
    assert!(bound.is_ok(), "{name}: {bound:?}");
    let said: Vec<String> = binder
        .take_warnings()
        .iter()
        .map(|found| {
            format!("{}: {}", found.field.as_deref().unwrap_or("-"), found.warning.message)
        })
        .collect();
    assert_eq!(said, expected, "{name} {args}");
}

#[test]
fn fields_of_arguments_are_known() {
    let unknown = |name: &str| format!("{name}: the event schema `shop` has no field `{name}`");
    check_condition("InList", r#"{"field": "eventType", "values": ["cart"]}"#, &[]);
    check_condition("InList", r#"["A"]"#, &[&unknown("tag")]);
    check_condition(
        "InList",
        r#"{"field": "eventType", "values": ["cart", "crat"]}"#,
        &["eventType: 'crat' is none of the values that `eventType` has in the event schemas"],
    );
    check_condition(
        "Compare",
        r#"["userId", ">", "100"]"#,
        &[
            "userId: `userId` is a string in the event schemas, so compared with a number by `>` it never holds",
        ],
    );
    check_condition("Between", r#"{"field": "prise", "low": 1, "high": 2}"#, &[&unknown("prise")]);
    check_condition(
        "WithinDistance",
        r#"{"latitude_field": "lat", "longitude_field": "lon", "latitude": 1, "longitude": 1, "km": 5}"#,
        &[&unknown("lat"), &unknown("lon")],
    );
    check_condition("DayOfWeek", r#"{"days": ["monday"]}"#, &[]);
}
