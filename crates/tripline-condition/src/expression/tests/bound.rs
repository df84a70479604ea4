//! What the engine is told of a condition.

use tripline_event::{FieldTable, Value};

use crate::{Binder, BoundCondition, Dialect, NodeIndex, compile_expression};

fn bind(text: &str, fields: &mut FieldTable) -> BoundCondition {
    let mut binder = Binder::new(fields, &["cart", "view"]);
    compile_expression(text, Dialect::Tripline, &mut binder).unwrap()
}

fn check_canonical(text: &str, expected: &str) {
    // Numbers of fields must not show: the second table has other ones.
    let mut other = FieldTable::new();
    for path in ["z", "y", "x", "price", "name"] {
        other.intern(path);
    }
    for mut fields in [FieldTable::new(), other] {
        assert_eq!(&*bind(text, &mut fields).canonical, expected, "{text}");
    }
}

#[test]
fn canonical() {
    for (text, expected) in [
        ("name=='a'", r#"(name == "a")"#),
        ("'a' == name", r#"(name == "a")"#),
        ("name in ['a']", r#"(name == "a")"#),
        ("name in ('b', 'a', 'b')", r#"(name in ["a", "b"])"#),
        ("10 < a.price", "(a.price > 10)"),
        ("price > 1.0", "(price > 1.0)"),
        ("price > -1", "(price > -1)"),
        ("price > -x", "(price > -x)"),
        ("b && (a == 1 && b)", "((a == 1) && is_not_false(b))"),
        ("c || (b == 1 || a == 1)", "((a == 1) || (b == 1) || is_true(c))"),
        ("flag", "boolean(flag)"),
        ("!flag", "!boolean(flag)"),
        ("a - b - c == 1", "((a - b - c) == 1)"),
        ("a - (b - c) == 1", "((a - (b - c)) == 1)"),
        ("1 < a < 2", "(1 < a < 2)"),
        ("nil != a", "(a != nil)"),
        ("sum(view.map(e, e.price)) > size(cart)", "(sum(#1.price) > size(#0))"),
        ("view[size(view)-1].price < ts", "(#1[(size(#1) - 1)].price < ts)"),
        ("sum(cart.ts) > cart[0].ts", "(sum(#0.ts) > #0[0].ts)"),
        ("(a < b) == true", "((a < b) == true)"),
        ("a between 1 and 2", "((a <= 2) && (a >= 1))"),
        ("a + 1 between 1 and b", "((a + 1) between 1 and b)"),
        ("a not between 1 and 2", "!((a <= 2) && (a >= 1))"),
        ("a in [b, 1]", "(a in [b, 1])"),
        ("a in [b]", "(a == b)"),
        ("include(tuple(2, 1), a)", "(a in [1, 2])"),
        ("a in cart.b", "(a in #0.b)"),
        ("name =~ /a.b/", r#"(name matches "a.b")"#),
        ("name not matches 'a.b'", r#"!(name matches "a.b")"#),
        ("a ? b : c == 1", "(boolean(a) ? boolean(b) : (c == 1))"),
        ("(a ? b : c) == 1", "((boolean(a) ?: b : c) == 1)"),
        ("ts - 1h > 5", "((ts - 3600000) > 5)"),
        ("first(cart.a) == last(cart.ts)", "(#0[0].a == #0[(size(#0) - 1)].ts)"),
        ("avg(cart.a) > count(cart.ts)", "(avg(#0.a) > count(#0.ts))"),
        ("count(cart) > size(cart)", "(size(#0) > size(#0))"),
        ("max(a, 1) > 2", "(Max(a, 1) > 2)"),
        ("string.contains(name, 'x')", r#"boolean(Contains(name, "x"))"#),
        ("hour(ts, 'Asia/Shanghai') > 1", "(Hour(ts, Asia/Shanghai) > 1)"),
        ("hour(ts) > 1", "(Hour(ts, UTC) > 1)"),
        ("power(a, 2) > greatest(a, 1)", "(Pow(a, 2) > Max(a, 1))"),
        ("ts > timestamp('1970-01-02')", "(ts > 86400000)"),
        ("timestamp(name) > 1", "(timestamp(name, UTC) > 1)"),
        ("`user-id` == `a.b`.`ts`", r#"(field("user-id") == a.b.ts)"#),
        ("`ts` == `nil`", r#"(field("ts") == field("nil"))"#),
    ] {
        check_canonical(text, expected);
    }
}

#[test]
fn different_predicates_have_different_texts() {
    let texts = [
        "a == 1",
        "a == 1.0",
        "a == '1'",
        "a == true",
        "a == \"true\"",
        "a == nil",
        "a",
        "a && true",
        "a || true",
        "!a",
        "a == b",
        "a in [1, 2]",
        "a in ['1', '2']",
        "a < 1",
        "a <= 1",
        "a == -1",
        "a == - b",
        "size(cart) == 1",
        "size == 1",
        "a == 'b'",
        "a in [b, 1]",
        "a in [b, '1']",
        "a matches 'b'",
        "a matches '(?i)b'",
        "a between b and c",
        "a ? b : c",
        "(a ? b : c) == 1",
        "hour(a) == 1",
        "hour(a, 'Asia/Tokyo') == 1",
        "minute(a) == 1",
        "lower(a) == '1'",
        "upper(a) == '1'",
        "min(a, b) == 1",
        "min(cart.a) == 1",
        "max(cart.a) == 1",
        "max(view.a) == 1",
        "a in cart.a",
        "a in cart.b",
        "a % 2 == 1",
        "a / 2 == 1",
        "`ts` == 1",
        "ts == 1",
        "`a.b` == 1",
        "`a-b` == 1",
    ];
    let mut fields = FieldTable::new();
    let canonicals: std::collections::BTreeSet<_> =
        texts.iter().map(|text| bind(text, &mut fields).canonical).collect();
    assert_eq!(canonicals.len(), texts.len());
}

#[test]
fn required_equality() {
    let check = |text: &str, expected: Option<(&str, Value)>| {
        let mut fields = FieldTable::new();
        let found = bind(text, &mut fields).required_equality;
        let expected = expected.map(|(path, value)| (fields.id(path).unwrap(), value));
        assert_eq!(found, expected, "{text}");
    };
    check("type == 'cart' && price > 200", Some(("type", "cart".into())));
    check("price > 200 && ('cart' == type && x)", Some(("type", "cart".into())));
    check("id == 5", Some(("id", Value::Int(5))));
    check("flag == true && id == 5", Some(("id", Value::Int(5))));
    check("id == 5 && a == 'x' && b == 'y'", Some(("a", "x".into())));
    check("true == flag", Some(("flag", Value::Bool(true))));
    check("type in ['cart']", Some(("type", "cart".into())));
    check("id == 5.0", None);
    // Above 2^53 one double equals several integers.
    check("id == 9007199254740992", Some(("id", Value::Int(1 << 53))));
    check("id == 9007199254740993", None);
    check("type != 'cart'", None);
    check("type == 'cart' || price > 200", None);
    check("!(type == 'cart')", None);
    check("type == nil", None);
    check("ts == 5", None);
    check("cart[0].type == 'cart'", None);
    check("type == other", None);
    check("type in ['cart'] && price between 1 and 2", Some(("type", "cart".into())));
    check("x ? type == 'cart' : false", None);
}

#[test]
fn what_is_read_of_matched_events() {
    let check = |text: &str, iterative: bool, matched: &[&str], sums: &[(u16, &str)]| {
        let mut fields = FieldTable::new();
        let bound = bind(text, &mut fields);
        let id = |path: &str| fields.id(path).unwrap();
        assert_eq!(bound.iterative, iterative, "{text}");
        let matched: Vec<_> = matched.iter().map(|path| id(path)).collect();
        assert_eq!(bound.matched_fields, matched, "{text}");
        let sums: Vec<_> = sums.iter().map(|&(node, path)| (NodeIndex(node), id(path))).collect();
        assert_eq!(bound.sums, sums, "{text}");
    };
    check("price > 1 && cart == 'x'", false, &[], &[]);
    check("size(cart) > 1", true, &[], &[]);
    check("cart[0].ts > 1", true, &[], &[]);
    check("sum(cart.ts) > 1", true, &[], &[]);
    check("cart[0].b > cart[view[0].a].b", true, &["b", "a"], &[]);
    check("distinct(cart.a) > 1 && x in view.b", true, &["a", "b"], &[]);
    check("avg(cart.a) > 1 && x in view.b", true, &["b"], &[(0, "a")]);
    check("min(cart.a) > 1 && max(cart.a) > sum(cart.a)", true, &[], &[(0, "a")]);
    check("first(cart.a) > 1 && last(cart.ts) > 1", true, &["a"], &[]);
    check("avg(cart.ts) > 1 && count(cart) > 1", true, &[], &[]);
    check("max(a, b) > 1 && size([1, 2]) == 2", false, &[], &[]);
    check(
        "sum(view.b) > sum(cart.b) + sum(cart.a) + sum(cart.b)",
        true,
        &[],
        &[(0, "b"), (0, "a"), (1, "b")],
    );
}
