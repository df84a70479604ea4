//! The examples of the shipped plugins, run; and what they refuse.

use serde_json::{Value as Json, json};
use tripline_event::{Event, EventPosition, FieldTable, Timestamp, Value};
use tripline_message::{Lang, Text};

use super::{NAMES, factories};
use crate::plugin::{COMBINATIONS, Origin, ParameterDoc};
use crate::{Binder, BoundCondition, Context, Dialect, NoMatchedEvents, Registry, Truth};

fn bind(name: &str, args: &Json, fields: &mut FieldTable) -> BoundCondition {
    let registry = Registry::with_builtins();
    let bound = registry.get(name).unwrap().bind(args, &mut Binder::new(fields, &[]));
    bound.unwrap_or_else(|error| panic!("{name} {args}: {error:?}"))
}

fn evaluate(bound: &BoundCondition, event: &str, fields: &FieldTable) -> Truth {
    let json: Json = serde_json::from_str(event).unwrap();
    let value = |path: &str| match path.split('.').fold(&json, |value, part| &value[part]) {
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap()), Value::Int)
        }
        Json::String(text) => Value::from(text.as_str()),
        _ => Value::Missing,
    };
    let values: Vec<Value> = fields.paths().map(value).collect();
    let time = Timestamp::from_millis(json["ts"].as_i64().unwrap());
    let position = EventPosition::default();
    let event = Event { time, happened: time, position, values: &values, payload: b"" };
    bound.condition.evaluate(&Context { event, matched: &NoMatchedEvents })
}

#[test]
fn the_examples_are_true() {
    for factory in factories() {
        let examples = factory.examples();
        assert!(examples.len() >= 2, "{} has too few examples", factory.name());
        for example in examples {
            let mut fields = FieldTable::new();
            let args: Json = serde_json::from_str(example.args).unwrap();
            let bound = bind(factory.name(), &args, &mut fields);
            let truth = evaluate(&bound, example.event, &fields);
            assert_eq!(truth, example.truth, "{}: {}", factory.name(), example.about);
        }
        for wanted in [Truth::True, Truth::False, Truth::Unknown] {
            let shown = examples.iter().any(|example| example.truth == wanted);
            assert!(shown, "no example of {} shows {wanted:?}", factory.name());
        }
    }
}

#[test]
fn names_and_descriptions() {
    let registry = Registry::with_builtins();
    assert!(factories().iter().map(|factory| factory.name()).eq(NAMES));
    assert!(NAMES.is_sorted());
    for name in NAMES {
        assert_eq!(registry.origin(name), Some(Origin::Shipped));
        let schema = registry.get(name).unwrap().parameters_schema();
        for (parameter, schema) in schema["properties"].as_object().unwrap() {
            assert!(schema["description"].is_string(), "{name}: {parameter} is not described");
        }
    }
}

#[test]
fn what_an_expression_says_too_is_shared_with_it() {
    let check = |name: &str, args: Json, text: &str| {
        let mut fields = FieldTable::new();
        let bound = bind(name, &args, &mut fields);
        let mut binder = Binder::new(&mut fields, &[]);
        let written = crate::compile_expression(text, Dialect::Tripline, &mut binder).unwrap();
        assert_eq!(bound.canonical, written.canonical, "{name} {args}");
        assert_eq!(bound.required_equality, written.required_equality, "{name} {args}");
    };
    check("Compare", json!(["a", "==", "x"]), "a == 'x'");
    check("Compare", json!(["a", "<", "1.5"]), "a < 1.5");
    check("Compare", json!({"field": "a", "operator": ">=", "other_field": "b"}), "a >= b");
    check("Compare", json!(["ts", ">", 5]), "ts > 5");
    check("Between", json!(["a", 1, "2.5"]), "a between 1 and 2.5");
    check("Between", json!(["a", 1, 2, false]), "a > 1 && a <= 2");
    check("Matches", json!(["a", "x+"]), "a matches 'x+'");
    check("Text", json!(["a", "contains", "x"]), "contains(a, 'x')");
    check("Text", json!(["a", "ends_with", "X", true]), "ends_with(lower(a), 'x')");
    check("DayOfWeek", json!(["sunday", "monday"]), "weekday(ts, 'UTC') in [1, 7]");
    check("SubtypeCondition", json!(["a.b$C"]), "type in ['a.b$C', 'C']");
    check("SubtypeCondition", json!(["C"]), "type == 'C'");
    check("InList", json!({"field": "ts", "values": [1, 2]}), "ts in [1, 2]");
}

/// `expected`: the pointer of each error, and a part of what is said of it.
#[test]
fn what_does_not_fit() {
    let check = |name: &str, args: Json, expected: &[(&str, &str)]| {
        let mut fields = FieldTable::new();
        let registry = Registry::with_builtins();
        let bound = registry.get(name).unwrap().bind(&args, &mut Binder::new(&mut fields, &[]));
        let error = bound.err().unwrap_or_else(|| panic!("{name} {args} is bound"));
        let found: Vec<_> = error
            .all()
            .map(|each| {
                let hint = each.hint.as_ref().map(ToString::to_string).unwrap_or_default();
                (each.pointer.clone(), format!("{}; {hint}", each.message))
            })
            .collect();
        let is_found = |(at, part): &(&str, &str)| {
            found.iter().any(|(pointer, said)| pointer == at && said.contains(part))
        };
        let all = found.len() == expected.len() && expected.iter().all(is_found);
        assert!(all, "{name} {args}: {found:#?}");
    };
    check("Compare", json!(["a", "=<", 1]), &[("/1", "expected one of `==`")]);
    check("Compare", json!(["a", "<"]), &[("", "nothing to compare with")]);
    check("Compare", json!(["a", "<", 1, "b"]), &[("/3", "both given")]);
    check("Between", json!(["a", 2, "1"]), &[("/2", "`high` is below `low`")]);
    check(
        "Between",
        json!({"feild": "a", "low": "x", "hihg": 3}),
        &[
            ("/feild", "did you mean `field`?"),
            ("/hihg", "did you mean `high`?"),
            ("/low", "expected a number, found `\"x\"`; `low` is a number: The lower bound"),
            ("", "the parameter `field` is missing; `field` is a text: The path of the field"),
            ("", "the parameter `high` is missing"),
        ],
    );
    check("Matches", json!(["a", "(x"]), &[("/1", "is no regular expression")]);
    check("Text", json!(["a", "start_with", "x"]), &[("/1", "did you mean `starts_with`?")]);
    check("TimeOfDay", json!(["9", "25:00"]), &[("/0", "`9` is no time of day")]);
    check("TimeOfDay", json!(["09:00", "9:00"]), &[("/1", "`9:00` is no time of day")]);
    check("TimeOfDay", json!(["09:00", "09:00"]), &[("/1", "no time is in the range")]);
    let paris = json!({"days": ["sunday"], "zone": "Europe/Pari"});
    check("DayOfWeek", paris, &[("/zone", "did you mean `Europe/Paris`")]);
    check("DayOfWeek", json!(["sunnday"]), &[("/0", "did you mean `sunday`?")]);
    check("DayOfWeek", json!({"days": []}), &[("/days", "expected a list of 1 or more")]);
    let networks = json!({"field": "ip", "networks": ["10.0.0.0/33", "10.0.0.0/8", "x"]});
    check(
        "IpInNetwork",
        networks,
        &[("/networks/0", "is no network"), ("/networks/2", "is no network")],
    );
    check(
        "WithinDistance",
        json!(["lat", "lon", 91, 0, -1]),
        &[("/2", "expected 90"), ("/4", "expected 0")],
    );
    let rates = json!({"USD": 0, "EUR": 2});
    let amount = json!({"field": "a", "currency_field": "c", "operator": "<", "value": 1, "currency": "EUR", "rates": rates});
    check("AmountInCurrency", amount, &[("/rates/USD", "is not above 0")]);
    check("SubtypeCondition", json!(["a.b."]), &[("/0", "is no name of a class")]);
    check("InList", json!({"field": "", "values": [1]}), &[("/field", "is empty")]);
}

#[test]
fn networks_in_and_beside_one_another() {
    let mut fields = FieldTable::new();
    let args = json!(["ip", "10.1.0.0/16", "10.0.0.0/8", "10.9.9.9", "11.0.0.0/8", "::1"]);
    let bound = bind("IpInNetwork", &args, &mut fields);
    let check = |ip: &str, expected: bool| {
        let event = format!(r#"{{"ts":1,"ip":"{ip}"}}"#);
        assert_eq!(evaluate(&bound, &event, &fields), Truth::from(expected), "{ip}");
    };
    for (ip, expected) in [
        ("9.255.255.255", false),
        ("10.0.0.0", true),
        ("10.1.2.3", true),
        ("11.255.255.255", true),
        ("12.0.0.0", false),
        ("::1", true),
        ("::2", false),
    ] {
        check(ip, expected);
    }
}

#[test]
fn all_that_they_say_of_themselves_is_said_in_chinese_too() {
    let check = |english: &str| {
        let chinese = Text::of_condition(english).render(Lang::Zh);
        let translated = chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(
            translated,
            "write the Chinese of `{english}` into crates/tripline-message/src/catalogue/conditions.rs"
        );
    };
    for (_, factory) in Registry::with_builtins().conditions() {
        check(factory.description());
        factory.examples().iter().for_each(|example| check(example.about));
        for parameter in ParameterDoc::all(&factory.parameters_schema()) {
            check(&parameter.description);
        }
    }
    for combination in COMBINATIONS {
        check(combination.description);
        check(combination.takes);
        combination.examples.iter().for_each(|example| check(example.about));
    }
}
