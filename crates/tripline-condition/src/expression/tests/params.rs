//! `params.x`: what it becomes, and what is wrong with it.

use serde_json::{Map, Value as Json, json};
use tripline_event::FieldTable;

use crate::{Binder, BoundCondition, Dialect, ErrorKind, ExpressionError, compile_expression};

fn params() -> Map<String, Json> {
    let params = json!({
        "threshold": 200, "ratio": 1.5, "name": "cart", "on": true, "low": -3, "none": null,
        "tags": ["b", "a", null], "ids": [1, 2], "empty": [], "mixed": [1, [2]],
        "limit": {"min": 5, "steps": [10, {"to": 20}]},
        "big": 18446744073709551615_u64, "数量": 7,
    });
    params.as_object().unwrap().clone()
}

fn bind(text: &str) -> Result<BoundCondition, Vec<ExpressionError>> {
    let params = params();
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &["cart"]).with_params(&params);
    compile_expression(text, Dialect::Tripline, &mut binder)
}

/// A parameter is as good as the constant written in its place.
#[test]
fn a_parameter_is_a_constant() {
    let check = |with: &str, without: &str| {
        let (with, without) = (bind(with).unwrap(), bind(without).unwrap());
        assert_eq!(with.canonical, without.canonical);
        assert_eq!(with.required_equality, without.required_equality);
    };
    check("price > params.threshold", "price > 200");
    check("params.threshold < price", "price > 200");
    check("price > params.ratio", "price > 1.5");
    check("type == params.name", "type == 'cart'");
    check("flag == params.on", "flag == true");
    check("price > params.low", "price > -3");
    check("price > -params.low", "price > 3");
    check("price > params.limit.min", "price > 5");
    check("price > params.limit.steps[0]", "price > 10");
    check("price > params.limit.steps[1].to", "price > 20");
    check("price > params.数量", "price > 7");
    check("tag in params.tags", "tag in ['a', 'b']");
    check("id in params.ids && x", "id in [1, 2] && x");
    check("cart[params.ids[0]].price > 1", "cart[1].price > 1");
    check("params > 1 && params.on", "true && params > 1");
}

#[test]
fn what_is_wrong_with_a_parameter() {
    use ErrorKind::{NumberRange, ParameterType, Syntax, UnknownParameter};

    let check = |text: &str, kind: ErrorKind, at: &str, said: &str| {
        let errors = bind(text).unwrap_err();
        let error = errors.first().unwrap();
        assert_eq!(
            (error.kind, text.get(error.span.clone()).unwrap()),
            (kind, at),
            "{text}: {errors:?}"
        );
        let all = format!(
            "{error}; {}",
            error.hint.as_ref().map(ToString::to_string).unwrap_or_default()
        );
        assert!(all.contains(said), "{text}: {all}");
    };
    check(
        "price > params.treshold && x",
        UnknownParameter,
        "params.treshold",
        "did you mean `params.threshold`?",
    );
    check("price > params.limit.mim", UnknownParameter, "params.limit.mim", "`params.limit.min`");
    check("price > params.limit.abcdef", UnknownParameter, "params.limit.abcdef", "`min`, `steps`");
    check("price > params.ids[2]", UnknownParameter, "params.ids[2]", "has 2 items");
    check("price > params.name.x", UnknownParameter, "params.name.x", "neither a list");
    check("price > params.ids", ParameterType, "params.ids", "`field in params.ids`");
    check("price > params.limit", ParameterType, "params.limit", "an object");
    check("x in params.name", ParameterType, "params.name", "no list");
    check("x in params.mixed", ParameterType, "params.mixed", "`params.mixed[1]`");
    check("price > params.big", NumberRange, "params.big", "64 bits");
    check("price > params.ids[x]", Syntax, "x", "an index");

    let mut fields = FieldTable::new();
    let mut bare = Binder::new(&mut fields, &[]);
    let errors = compile_expression("a > params.x", Dialect::Aviator, &mut bare).unwrap_err();
    assert_eq!(errors[0].message, "the rule has no parameter `params.x`");
    assert_eq!(errors[0].hint.as_ref().unwrap(), &"add it to `params` of the rule");
}

#[test]
fn null_is_nil() {
    for (text, canonical) in [
        ("params.none == nil", "(missing() == nil)"),
        ("price > params.none", "(price > missing())"),
        ("x in params.empty", "(x in [])"),
    ] {
        assert_eq!(&*bind(text).unwrap().canonical, canonical);
    }
}
