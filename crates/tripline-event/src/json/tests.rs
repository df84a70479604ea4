use proptest::prelude::*;

use super::*;

/// What the decoder makes of `line` for `paths`.
fn decode(line: &[u8], paths: &[&str]) -> Result<Vec<Value>, JsonEventError> {
    let mut fields = FieldTable::new();
    for path in paths {
        fields.intern(path);
    }
    let mut values = vec![Value::from("left over")];
    let result = JsonDecoder::new(&fields).decode(line, &mut values);
    match result {
        Ok(()) => Ok(values),
        Err(error) => {
            assert_eq!(values, [], "{line:?}");
            Err(error)
        }
    }
}

/// The same by way of `serde_json::Value`.
fn reference(line: &[u8], paths: &[&str]) -> Option<Vec<Value>> {
    let event: serde_json::Value = serde_json::from_slice(line).ok()?;
    let object = event.as_object()?;
    let value = |path: &&str| {
        if let Some(literal) = object.get(*path) {
            return scalar(Some(literal));
        }
        let Some((list, inside)) = path.split_once("[]") else {
            return scalar(find(&event, path));
        };
        let Some(serde_json::Value::Array(items)) = find(&event, list) else {
            return Value::Missing;
        };
        let inside = inside.strip_prefix('.');
        let item = |item| scalar(inside.map_or(Some(item), |inside| find(item, inside)));
        Value::List(items.iter().map(item).collect())
    };
    Some(paths.iter().map(value).collect())
}

/// What a path without lists leads to.
fn find<'v>(value: &'v serde_json::Value, path: &str) -> Option<&'v serde_json::Value> {
    path.split('.').try_fold(value, |value, part| {
        let mut words = part.split('[');
        let member = value.as_object()?.get(words.next()?);
        words.try_fold(member?, |value, index| {
            value.as_array()?.get(index.strip_suffix(']')?.parse::<usize>().ok()?)
        })
    })
}

fn scalar(value: Option<&serde_json::Value>) -> Value {
    match value {
        Some(serde_json::Value::Bool(value)) => Value::Bool(*value),
        Some(serde_json::Value::String(value)) => Value::from(value.as_str()),
        Some(serde_json::Value::Number(value)) => match value.as_i64() {
            Some(value) => Value::Int(value),
            None => Value::Float(value.as_f64().unwrap()),
        },
        _ => Value::Missing,
    }
}

#[test]
fn values_are_found_by_path() {
    let long = "x".repeat(50);
    let check = |line: &str, path: &str, expected: Value| {
        assert_eq!(
            decode(line.as_bytes(), &["other", path]),
            Ok(vec![Value::Missing, expected.clone()]),
            "{line}"
        );
        assert_eq!(JsonPayloadDecoder.value(line.as_bytes(), path), expected);
    };
    let none = Value::Missing;
    check(r#"{}"#, "a", none.clone());
    check(r#"{"a":1}"#, "a", 1.into());
    check(" {\t\"a\" : -7 ,\"b\":2}\r\n", "a", (-7).into());
    check(r#"{"a":9223372036854775807}"#, "a", i64::MAX.into());
    check(r#"{"a":9223372036854775808}"#, "a", 9_223_372_036_854_775_808.0.into());
    check(r#"{"a":1e3,"b":[1,{"a":2}]}"#, "a", Value::Float(1000.0));
    check(
        r#"{"a":123456789012345678901234567890}"#,
        "a",
        123_456_789_012_345_678_901_234_567_890.0.into(),
    );
    // One unit in the last place away if it is not read to the nearest double.
    check(r#"{"a":0.10000000000000000555}"#, "a", 0.1.into());
    check(r#"{"a":true}"#, "a", true.into());
    check(r#"{"a":null}"#, "a", none.clone());
    check(r#"{"a":[1]}"#, "a", none.clone());
    check(r#"{"a":{"b":1}}"#, "a", none.clone());
    check(r#"{"a":"价 \u4ef7 \ud83d\ude00\n"}"#, "a", "价 价 😀\n".into());
    check(r#"{"\u0061":"b"}"#, "a", "b".into());
    check(&format!(r#"{{"a":"{long}"}}"#), "a", long.as_str().into());
    check(r#"{"a":{"x":0,"b":{"c":"d"}}}"#, "a.b.c", "d".into());
    check(r#"{"a":[{"b":1}]}"#, "a.b", none.clone());
    check(r#"{"a":1,"":{"":2}}"#, ".", 2.into());
    // The last of members with the same name counts, and only what is inside it.
    check(r#"{"a":1,"a":"two"}"#, "a", "two".into());
    check(r#"{"a":1,"a":{}}"#, "a", none.clone());
    check(r#"{"a":{"b":1},"a":{"c":2}}"#, "a.b", none.clone());
    check(r#"{"a":{"b":1},"a":3}"#, "a.b", none.clone());
    check(r#"{"a":{"b":{"c":1}},"a":3}"#, "a.b.c", none.clone());
    // A literal name wins, wherever it stands.
    check(r#"{"a.b":1}"#, "a.b", 1.into());
    check(r#"{"a.b":1,"a":{"b":2}}"#, "a.b", 1.into());
    check(r#"{"a":{"b":2},"a.b":null}"#, "a.b", none);
}

#[test]
fn a_path_and_one_inside_it_can_both_be_asked_for() {
    let line = br#"{"a":{"b":1},"c":2}"#;
    let expected = vec![Value::Missing, 1.into(), 2.into()];
    assert_eq!(decode(line, &["a", "a.b", "c"]), Ok(expected));
    let line = br#"{"a":5,"c":2}"#;
    let expected = vec![5.into(), Value::Missing, 2.into()];
    assert_eq!(decode(line, &["a", "a.b", "c"]), Ok(expected));
}

#[test]
fn items_of_arrays_are_found() {
    let line = br#"{"tags":["a",1,null,{"x":2}],"cart":{"items":[{"price":1.5},{"name":"n"},{"price":2}]}}"#;
    let paths =
        ["tags[1]", "tags[]", "cart.items[2].price", "cart.items[].price", "tags[9]", "tags[3].x"];
    let list = |values: &[Value]| Value::List(values.into());
    let expected = vec![
        1.into(),
        list(&["a".into(), 1.into(), Value::Missing, Value::Missing]),
        2.into(),
        list(&[1.5.into(), Value::Missing, 2.into()]),
        Value::Missing,
        2.into(),
    ];
    assert_eq!(decode(line, &paths), Ok(expected));
    // The last of members with the same name counts.
    let line = br#"{"a":[1,{"b":[2]}],"a":[[3]]}"#;
    let expected = vec![Value::Missing, list(&[Value::Missing]), 3.into(), Value::Missing];
    assert_eq!(decode(line, &["a[1].b[0]", "a[]", "a[0][0]", "a[0]"]), Ok(expected));
    let expected = vec![list(&[]), Value::Missing];
    assert_eq!(decode(br#"{"a":[],"b":1}"#, &["a[]", "b[]"]), Ok(expected));
    // What is no path is a name.
    assert_eq!(decode(br#"{"a[x]":1,"a[]":2}"#, &["a[x]", "a[]"]), Ok(vec![1.into(), 2.into()]));
}

#[test]
fn a_very_long_list_is_missing() {
    for (length, missing) in [(10_000, false), (10_001, true)] {
        let line = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(length - 1));
        let values = decode(line.as_bytes(), &["a[]", "a[5]"]).unwrap();
        assert_eq!(values[0].is_missing(), missing);
        assert_eq!(values[1], 1.into());
    }
}

#[test]
fn hundreds_of_paths_are_told_apart() {
    let names: Vec<String> = (0..300).map(|i| format!("f{i}")).collect();
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    let members: Vec<String> = (0..600).map(|i| format!("\"f{i}\":{i}")).collect();
    let line = format!("{{{}}}", members.join(","));
    let expected: Vec<Value> = (0..300).map(Value::Int).collect();
    assert_eq!(decode(line.as_bytes(), &paths), Ok(expected));
}

#[test]
fn a_path_of_very_many_names_does_no_harm() {
    let path = "a.".repeat(300_000);
    let line = format!(r#"{{"{path}":1}}"#);
    assert_eq!(decode(line.as_bytes(), &[&path, "b"]), Ok(vec![1.into(), Value::Missing]));
}

#[test]
fn what_is_no_event_is_rejected_with_its_place() {
    let check = |line: &[u8], expected: &str| {
        let error = decode(line, &["a"]).unwrap_err();
        assert_eq!(error.to_string(), expected, "{}", String::from_utf8_lossy(line));
    };
    check(b"", "column 0: EOF while parsing a value");
    check(br#"{"a":01}"#, "column 7: invalid number");
    check("{\"价\":tru}".as_bytes(), "column 9: expected ident");
    check(b"{\"a\":\"\xff\"}", "column 7: the text is not valid UTF-8");
    check(b"[1]", "column 0: invalid type: sequence, expected a JSON object");
    check(b"{} {}", "column 4: trailing characters");
}

/// Lines that must be told apart whether or not somebody asks for the value.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "01",
    "-01",
    "1.",
    ".5",
    "-",
    "--1",
    "+1",
    "1e",
    "1e+",
    "1E5",
    "1e-5",
    "1e400",
    "-1e400",
    "1e-400",
    "0e999999999",
    "1e99999999999999",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "1.7976931348623157e308",
    "NaN",
    "Infinity",
    "0x1",
    "1_000",
    "1 2",
];
const STRINGS: &[&str] = &[
    r#""\ud800""#,
    r#""\udc00""#,
    r#""\ud83d\ude00""#,
    r#""\ud800\u0041""#,
    r#""\ud800x""#,
    r#""\u12""#,
    r#""\x""#,
    r#""\""#,
    r#""a"#,
    "\"\u{1}\"",
    "\"\t\"",
    "\"\u{7f}\"",
    "'a'",
    r#""\/\b\f""#,
    "\"\u{feff}\"",
];
const OTHERS: &[&str] = &[
    "",
    "tru",
    "nul",
    "nullx",
    "True",
    "[",
    "]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{",
    r#"{"b"}"#,
    r#"{"b":}"#,
    r#"{"b":1,}"#,
    r#"{,}"#,
    r#"{b:1}"#,
    "[[]",
    "[]]",
    "[{}]",
    r#"{"b":[{"c":[]}]}"#,
    "1}{",
    "/**/1",
];

fn agrees(line: &[u8]) {
    let paths = [
        &["a", "b.c"][..],
        &["a.b", "a", "c"],
        &[],
        &["a[0]", "a[1].b", "a", "b[0][1]", "a.b[2]"],
        &["a[]", "a[1].b", "b.c[]", "a[].b", "x[]", "a[0]"],
        &["a[0].a[]", "a[].a", "a[].b.c", "a[0].a", "a.a[].b"],
        &["a[].b", "a[0][]", "a[0]", "b[]"],
    ];
    for paths in paths {
        assert_eq!(
            decode(line, paths).ok(),
            reference(line, paths),
            "{}",
            String::from_utf8_lossy(line)
        );
    }
}

#[test]
fn lines_are_accepted_and_rejected_as_serde_json_does() {
    for value in [NUMBERS, STRINGS, OTHERS].concat() {
        for name in ["a", "b", "x"] {
            agrees(format!(r#"{{"{name}":{value}}}"#).as_bytes());
            agrees(format!(r#"{{"x":[{value}],"{name}":{{"c":{value}}}}}"#).as_bytes());
        }
        agrees(value.as_bytes());
    }
    let digits = "9".repeat(400);
    agrees(format!(r#"{{"x":{digits}}}"#).as_bytes());
    agrees(format!(r#"{{"x":{digits}e-300}}"#).as_bytes());
    for depth in [1, 100, 125, 126, 127, 128, 129] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            agrees(format!(r#"{{"a":{nested}}}"#).as_bytes());
            agrees(format!(r#"{{"x":{nested}}}"#).as_bytes());
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for name in ["a", "x"] {
        for open in ["[", r#"{"a":"#] {
            let line = format!(r#"{{"{name}":{}"#, open.repeat(200_000));
            assert!(decode(line.as_bytes(), &["a.a.a.a"]).is_err());
        }
    }
}

/// Random JSON, with the names that are asked for often among it.
fn json() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("c".to_owned()),
        Just("a.b".to_owned()),
        Just("\\u0061".to_owned()),
        "[a-z\u{4e00}-\u{4e10}]{0,12}",
    ];
    let scalar = prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| format!("{value:e}")),
        (0_u8..100).prop_map(|value| format!("{value}.5")),
        Just("true".to_owned()),
        Just("null".to_owned()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::sample::select(NUMBERS).prop_map(str::to_owned),
        prop::sample::select(STRINGS).prop_map(str::to_owned),
    ];
    let value = scalar.prop_recursive(4, 24, 4, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        let members = prop::collection::vec((name.clone(), inner), 0..5);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(", "))),
            members.prop_map(|members| object(&members)),
        ]
    });
    let top = prop::sample::select(&["a", "b", "c", "a.b", "x", "a"][..]).prop_map(str::to_owned);
    prop::collection::vec((top, value), 0..6).prop_map(|members| object(&members))
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_json_is_read_as_serde_json_reads_it(line in json()) {
        agrees(line.as_bytes());
    }

    #[test]
    fn damaged_json_is_read_as_serde_json_reads_it(
        line in json(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..4),
    ) {
        let mut bytes = line.into_bytes();
        for (at, byte, kind) in damage {
            let at = at.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                1 => bytes.insert(at, b"{}[]\",:\\u0 -"[usize::from(byte) % 12]),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        agrees(&bytes);
    }
}
