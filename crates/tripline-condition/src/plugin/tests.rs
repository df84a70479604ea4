//! Plugins by name, their arguments, and what becomes of a panic.

use std::panic;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tripline_event::{Event, EventPosition, FieldId, FieldTable, Timestamp, Value};

use super::{ArgsError, ConditionPlugin, PluginCondition, Registry, RegistryError};
use crate::{
    Binder, BoundCondition, Condition, Context, Dialect, NoMatchedEvents, Truth, combine_and,
    combine_not, combine_or, compile_expression,
};

#[derive(Deserialize, JsonSchema)]
struct WithinParameters {
    /// The field.
    field: String,
    low: f64,
    high: Option<i64>,
    #[serde(default)]
    inclusive: bool,
}

#[derive(Debug)]
struct Within {
    field: FieldId,
    low: f64,
    high: i64,
    inclusive: bool,
}

impl Condition for Within {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let Value::Int(value) = *context.event.value(self.field) else {
            return Truth::Unknown;
        };
        assert!(value != 13, "thirteen");
        let above = value as f64 > self.low;
        Truth::from(above && (value < self.high || self.inclusive && value == self.high))
    }
}

impl ConditionPlugin for Within {
    type Parameters = WithinParameters;
    const NAME: &'static str = "Within";
    const DESCRIPTION: &'static str = "holds if a number lies between two others";

    fn bind(
        parameters: WithinParameters,
        binder: &mut Binder<'_>,
    ) -> Result<PluginCondition, ArgsError> {
        let high = parameters.high.unwrap_or(i64::MAX);
        if parameters.low > high as f64 {
            return Err(ArgsError::new("/high", "`high` is below `low`"));
        }
        assert!(high != 13, "thirteen");
        Ok(PluginCondition::of_event(Self {
            field: binder.field(&parameters.field),
            low: parameters.low,
            high,
            inclusive: parameters.inclusive,
        }))
    }
}

#[derive(Deserialize, JsonSchema)]
struct AnyOfParameters {
    field: String,
    values: Vec<i64>,
}

/// A required parameter before a list.
struct AnyOf;

impl ConditionPlugin for AnyOf {
    type Parameters = AnyOfParameters;
    const NAME: &'static str = "AnyOf";
    const DESCRIPTION: &'static str = "holds if a field is one of some integers";

    fn bind(
        parameters: AnyOfParameters,
        binder: &mut Binder<'_>,
    ) -> Result<PluginCondition, ArgsError> {
        let text = format!("{} in {:?}", parameters.field, parameters.values);
        compile_expression(&text, Dialect::Tripline, binder)
            .map(PluginCondition::from)
            .map_err(|errors| ArgsError::new("", errors[0].message.clone()))
    }
}

fn registry() -> Registry {
    let mut registry = Registry::with_builtins();
    registry.register::<Within>().unwrap();
    registry.register::<AnyOf>().unwrap();
    registry.alias("com.example.TagCondition", "InList", &json!({"field": "tag"})).unwrap();
    registry.alias("com.example.PriceWithin", "Within", &json!({"field": "price"})).unwrap();
    registry
}

fn bind(name: &str, args: &Json, fields: &mut FieldTable) -> Result<BoundCondition, ArgsError> {
    let mut binder = Binder::new(fields, &[]);
    registry().get(name).unwrap().bind(args, &mut binder)
}

fn evaluate(bound: &BoundCondition, values: &[Value]) -> Truth {
    bound.condition.evaluate(&Context {
        event: Event {
            time: Timestamp::from_millis(0),
            happened: Timestamp::from_millis(0),
            position: EventPosition::default(),
            values,
            payload: b"",
        },
        matched: &NoMatchedEvents,
    })
}

/// `expected`: the condition's canonical text, or the pointer and a part of the message and hint.
fn check_args(name: &str, args: &Json, expected: Result<&str, (&str, &str)>) {
    let found = bind(name, args, &mut FieldTable::new());
    match (found, expected) {
        (Ok(bound), Ok(canonical)) => assert_eq!(&*bound.canonical, canonical, "{name} {args}"),
        (Err(error), Err((pointer, part))) => {
            assert_eq!(error.pointer, pointer, "{name} {args}: {error:?}");
            let said = format!(
                "{error}; {}",
                error.hint.as_ref().map(ToString::to_string).unwrap_or_default()
            );
            assert!(said.contains(part), "{name} {args}: `{said}`");
        }
        (found, _) => panic!("{name} {args}: {found:?}"),
    }
}

#[test]
fn arguments_in_all_their_forms() {
    let tags = r#"(tag in ["A", "B"])"#;
    for args in [
        &json!(["A", "B"]),
        &json!({"values": ["A", "B"]}),
        &json!({"values": ["B", "A", "A"], "field": "tag"}),
        &json!(["tag", ["A", "B"]]),
    ] {
        check_args("InList", args, Ok(tags));
    }
    check_args("InList", &json!("A"), Ok(r#"(tag == "A")"#));
    check_args("InList", &json!([1, 2.5]), Ok("(tag in [1, 2.5])"));
    check_args("com.example.TagCondition", &json!(["A", "B"]), Ok(tags));
    check_args("com.example.TagCondition", &json!({"values": ["A", "B"]}), Ok(tags));

    // What a plugin says of itself is not trusted to be shared with an expression.
    let any_of = r#"AnyOf{"field":"n","values":[1,2]}: (n in [1, 2])"#;
    check_args("AnyOf", &json!(["n", "1", 2]), Ok(any_of));
    check_args("AnyOf", &json!(["n", ["1", 2]]), Ok(any_of));

    let between = r#"Within{"field":"price","high":5,"inclusive":true,"low":1.5}"#;
    for args in [
        &json!(["price", 1.5, 5, true]),
        &json!(["price", "1.5", "5", "true"]),
        &json!({"field": "price", "low": "1.5", "high": 5, "inclusive": true}),
    ] {
        check_args("Within", args, Ok(between));
    }
    check_args("com.example.PriceWithin", &json!(["1.5", "5", "true"]), Ok(between));
    check_args("Within", &json!(["price", 1]), Ok(r#"Within{"field":"price","low":1}"#));
}

#[test]
fn parameters_of_the_rule() {
    let params = json!({
        "field": "type", "tags": ["A", "B"], "low": 1.5, "limits": {"high": 5}, "one": "A",
    });
    let params = params.as_object().unwrap();
    let bind = |name: &str, args: &Json| {
        let mut fields = FieldTable::new();
        let mut binder = Binder::new(&mut fields, &[]).with_params(params);
        registry().get(name).unwrap().bind(args, &mut binder)
    };
    let check = |name: &str, args: &Json, canonical: &str| {
        assert_eq!(&*bind(name, args).unwrap().canonical, canonical, "{args}");
    };
    check("InList", &json!("params.tags"), r#"(tag in ["A", "B"])"#);
    check("InList", &json!(["params.one", "params"]), r#"(tag in ["A", "params"])"#);
    check("InList", &json!({"values": "params.tags"}), r#"(tag in ["A", "B"])"#);
    check("InList", &json!(["params.field", "params.tags"]), r#"(type in ["A", "B"])"#);
    check("com.example.TagCondition", &json!("params.tags"), r#"(tag in ["A", "B"])"#);
    let between = r#"Within{"field":"price","high":5,"low":1.5}"#;
    check("com.example.PriceWithin", &json!(["params.low", "params.limits.high"]), between);

    let error = bind("InList", &json!({"values": ["A", "params.tag"]})).unwrap_err();
    assert_eq!(error.pointer, "/values/1");
    assert_eq!(error.message, "the rule has no parameter `params.tag`");
    assert_eq!(error.hint.as_ref().unwrap(), &"did you mean `params.tags`?");

    // All that are missing at once, each at its place.
    let args =
        json!({"field": "params.x", "values": ["A", "params.y", "params.one", "params.z.a"]});
    let error = bind("InList", &args).unwrap_err();
    let found: Vec<(&str, String)> =
        error.all().map(|one| (one.pointer.as_str(), one.message.to_string())).collect();
    let missing = |name: &str| format!("the rule has no parameter `params.{name}`");
    assert_eq!(
        found,
        [("/field", missing("x")), ("/values/1", missing("y")), ("/values/3", missing("z.a"))]
    );
}

#[test]
fn arguments_that_do_not_fit() {
    check_args("InList", &Json::Null, Err(("", "`values` is missing")));
    check_args("InList", &json!([]), Err(("", "`values` is missing")));
    check_args("InList", &json!({"values": []}), Err(("/values", "a list of 1 or more")));
    check_args(
        "InList",
        &json!({"values": ["A", null]}),
        Err(("/values/1", "or a text, found `null`")),
    );
    check_args("InList", &json!(["A", null]), Err(("/1", "or a text, found `null`")));
    check_args("InList", &json!(["tag", ["A", null]]), Err(("/1/1", "or a text, found `null`")));
    check_args("InList", &json!({"vals": ["A"]}), Err(("/vals", "the parameters are `field`")));
    check_args("InList", &json!({"value": ["A"]}), Err(("/value", "did you mean `values`?")));
    check_args(
        "com.example.TagCondition",
        &json!(["A", null]),
        Err(("/1", "or a text, found `null`")),
    );
    check_args(
        "com.example.TagCondition",
        &json!({"field": "x", "values": ["A"]}),
        Err(("/field", "unknown parameter `field`")),
    );
    check_args("Within", &json!(["price", "cheap"]), Err(("/1", "expected a number")));
    check_args("Within", &json!(["price", 1, "5.5"]), Err(("/2", "expected an integer")));
    check_args("Within", &json!(["price", 1, 2, true, 4]), Err(("/4", "one too many")));
    check_args("Within", &json!(["price", 9, 2]), Err(("/2", "below `low`")));
    check_args("com.example.PriceWithin", &json!([9, 2]), Err(("/1", "below `low`")));
    check_args("Within", &json!(["price"]), Err(("", "`low` is missing")));
    check_args("AnyOf", &json!(["n", 1, "b"]), Err(("/2", "expected an integer")));
    check_args("AnyOf", &json!(["n"]), Err(("", "`values` is missing")));
}

#[test]
fn names() {
    let mut registry = registry();
    let unknown = registry.get("Withn").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no condition `Withn`");
    assert_eq!(unknown.hint().as_ref().unwrap(), &"did you mean `Within`?");
    let taken = registry.register::<Within>().unwrap_err();
    assert!(matches!(taken, RegistryError::Taken { name } if name == "Within"));
    let taken = registry.alias("InList", "Within", &Json::Null).unwrap_err();
    assert!(matches!(taken, RegistryError::Taken { name } if name == "InList"));
    let unfit = registry.alias("X", "InList", &json!({"feild": 1})).unwrap_err();
    assert_eq!(unfit.hint().as_ref().unwrap(), &"did you mean `field`?");
    let names: Vec<&str> = registry.conditions().map(|(name, _)| name).collect();
    let ours = ["AnyOf", "Within", "com.example.PriceWithin", "com.example.TagCondition"];
    assert!(ours.iter().all(|name| names.contains(name)) && names.contains(&"InList"), "{names:?}");
    let schema = registry.get("com.example.TagCondition").unwrap().parameters_schema();
    assert_eq!(schema.pointer("/properties/field"), None);
    assert!(schema.pointer("/properties/values/description").is_some());
}

#[test]
fn a_list_agrees_with_the_expression() {
    let mut fields = FieldTable::new();
    let list = bind("InList", &json!(["A", "B"]), &mut fields).unwrap();
    for (value, expected) in [
        (Value::from("A"), Truth::True),
        (Value::from("C"), Truth::False),
        (Value::Missing, Truth::Unknown),
    ] {
        assert_eq!(evaluate(&list, &[value]), expected);
    }
    let mut binder = Binder::new(&mut fields, &[]);
    let written = compile_expression("tag in ['A', 'B']", Dialect::Tripline, &mut binder).unwrap();
    assert_eq!(list.canonical, written.canonical);
    let one = bind("InList", &json!(["A"]), &mut fields).unwrap();
    let tag = fields.id("tag").unwrap();
    assert_eq!(one.required_equality, Some((tag, Value::from("A"))));
    // A path that is no name in the language is told from one that is.
    let odd = bind("InList", &json!({"field": "user-id", "values": [1]}), &mut fields).unwrap();
    assert_eq!(&*odd.canonical, r#"(field("user-id") == 1)"#);
}

#[test]
fn a_panic_is_unknown_and_counted() {
    let registry = registry();
    let between = registry.get("Within").unwrap();
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &[]);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let bound = between.bind(&json!(["price", 1]), &mut binder).unwrap();
    let truths = [12, 13, 0].map(|price| evaluate(&bound, &[Value::Int(price)]));
    let refused = between.bind(&json!(["price", 1, 13]), &mut binder);
    panic::set_hook(hook);
    assert_eq!(truths, [Truth::True, Truth::Unknown, Truth::False]);
    assert!(refused.unwrap_err().message.to_string().contains("panicked"));
    assert_eq!(registry.panics().collect::<Vec<_>>(), [("AnyOf", 0), ("Within", 2)]);
}

#[test]
fn combinations() {
    let mut fields = FieldTable::new();
    let mut bound = |text: &str| {
        let mut binder = Binder::new(&mut fields, &["cart"]);
        compile_expression(text, Dialect::Tripline, &mut binder).unwrap()
    };
    let (a, b) = (bound("a == 'x'"), bound("b > 1"));
    let missing = [Value::Missing, Value::Missing];
    let values = |a: &str, b: i64| [Value::from(a), Value::Int(b)];

    let both = combine_and(vec![a.clone(), b.clone()]);
    assert_eq!(both.canonical, combine_and(vec![b.clone(), a.clone()]).canonical);
    assert_eq!(&*both.canonical, r#"((a == "x") && (b > 1))"#);
    assert_eq!(both.required_equality, a.required_equality);
    assert_eq!(evaluate(&both, &values("x", 2)), Truth::True);
    assert_eq!(evaluate(&both, &[Value::Missing, Value::Int(0)]), Truth::False);
    assert_eq!(evaluate(&both, &missing), Truth::Unknown);

    let either = combine_or(vec![a.clone(), b]);
    assert_eq!(&*either.canonical, r#"((a == "x") || (b > 1))"#);
    assert_eq!(either.required_equality, None);
    assert_eq!(evaluate(&either, &[Value::Missing, Value::Int(2)]), Truth::True);
    assert_eq!(evaluate(&either, &values("y", 0)), Truth::False);
    assert_eq!(evaluate(&either, &missing), Truth::Unknown);
    let shared = combine_or(vec![both, a.clone()]);
    assert_eq!(shared.required_equality, a.required_equality);

    let not = combine_not(a.clone());
    assert_eq!(&*not.canonical, r#"!(a == "x")"#);
    assert_eq!(not.required_equality, None);
    assert_eq!(evaluate(&not, &values("y", 0)), Truth::True);
    assert_eq!(evaluate(&not, &missing), Truth::Unknown);

    assert_eq!(combine_and(vec![a.clone()]).canonical, a.canonical);
    assert_eq!(evaluate(&combine_and(vec![]), &missing), Truth::True);
    assert_eq!(evaluate(&combine_or(vec![]), &missing), Truth::False);

    let iterative = combine_or(vec![bound("sum(cart.p) > cart[0].q"), bound("cart[0].p > 1")]);
    assert!(combine_and(vec![a, iterative.clone()]).iterative);
    assert_eq!(iterative.matched_fields.len(), 2);
    assert_eq!(iterative.sums.len(), 1);
}
