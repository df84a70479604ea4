//! What is valid and can hardly be meant.

use tripline_event::FieldTable;

use crate::{Binder, Dialect, WarningKind, compile_with_warnings};

/// `expected`: kind, the text in doubt, a part of the message or the hint.
fn check_in(dialect: Dialect, text: &str, expected: &[(WarningKind, &str, &str)]) {
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &["cart", "view", "pay"]);
    binder.reachable = 2;
    let mut warnings = Vec::new();
    compile_with_warnings(text, dialect, &mut binder, &mut warnings)
        .unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let found: Vec<_> =
        warnings.iter().map(|each| (each.kind, text.get(each.span.clone()).unwrap())).collect();
    let wanted: Vec<_> = expected.iter().map(|each| (each.0, each.1)).collect();
    assert_eq!(found, wanted, "{text}: {warnings:#?}");
    for (warning, (_, _, part)) in warnings.iter().zip(expected) {
        let said = format!(
            "{}; {}",
            warning.message,
            warning.hint.as_ref().map(ToString::to_string).unwrap_or_default()
        );
        assert!(said.contains(part), "{text}: `{said}` does not say `{part}`");
    }
}

fn check(text: &str, expected: &[(WarningKind, &str, &str)]) {
    check_in(Dialect::Tripline, text, expected);
}

#[test]
fn comparisons_that_are_decided() {
    use WarningKind::Decided;

    check("name == 'a' && price > 1 && flag == true && x == nil", &[]);
    check("1 == '1'", &[(Decided, "'1'", "a number compared with a string by `==` never holds")]);
    check("price + 1 != 'a'", &[(Decided, "'a'", "always holds")]);
    check("length(name) > '3'", &[(Decided, "'3'", "a number compared with a string")]);
    check("ts > '2026-01-31'", &[(Decided, "'2026-01-31'", "values of one kind")]);
    check("1 < price < 5", &[(Decided, "5", "a boolean compared with a number")]);
    check("flag < true", &[(Decided, "true", "by `==` or `!=`")]);
    check("ts between 1 and 'x'", &[(Decided, "'x'", "a number compared with a string")]);
    check("ts in ['a', 'b']", &[(Decided, "ts in ['a', 'b']", "never in this list")]);
    check("ts in ['a', 1]", &[]);
    for text in [
        "p > 5 && p < 3",
        "p > 5 && p < 5",
        "p >= 5 && p < 5",
        "p == 1 && p == 2",
        "p >= 5 && p > 5 && p <= 5",
        "p <= 5 && p < 5 && p >= 5",
        "t == 'a' && t == 'b'",
        "t == 'a' && x && t > 5",
        "p between 5 and 1",
        "x || (p > 5 && p <= 5)",
        "!(p > 5 && 3 > p)",
        "a ? b : (p > 5 && p < 3)",
    ] {
        check(text, &[(Decided, text.trim(), "meets all that is asked")]);
    }
    for text in [
        "p > 3 && p < 5",
        "p >= 5 && p <= 5",
        "p > 5 || p < 3",
        "p != 1 && p == 2",
        "p > 5 && q < 3",
        "p > 9007199254740992 && p <= 9007199254740993",
    ] {
        check(text, &[]);
    }
}

#[test]
fn operands_that_give_nothing() {
    use WarningKind::{AviatorDiffers, Meaningless};

    check(
        "'a' + name == 'ab'",
        &[
            (Meaningless, "'a'", "`+` gives nothing for a string"),
            (WarningKind::Decided, "'ab'", "a number compared with a string"),
        ],
    );
    check("-'a' > 1", &[(Meaningless, "'a'", "`-` gives nothing")]);
    check("price && x", &[]);
    check("5 && x", &[(Meaningless, "5", "`&&` never asks about a number")]);
    check("x || price + 1", &[(Meaningless, "price + 1", "never ask about a number")]);
    check("!(price + 1)", &[(Meaningless, "price + 1", "`!` gives nothing for a number")]);
    check("'a' ? x : y", &[(Meaningless, "'a'", "`? :` gives nothing for a string")]);
    check_in(Dialect::Aviator, "name + '-x' == y", &[(AviatorDiffers, "'-x'", "`concat(x, y)`")]);
}

#[test]
fn nodes_that_come_later() {
    check("price > cart[0].price && size(view) > 1", &[]);
    check(
        "price > pay[0].price || avg(pay.price) > 1",
        &[
            (WarningKind::LaterNode, "pay", "no events yet"),
            (WarningKind::LaterNode, "pay", "a node that comes before"),
        ],
    );
}

#[test]
fn fields_where_nodes_may_be_meant() {
    check(
        "price > cart.price",
        &[(WarningKind::ReadAsField, "cart.price", "`cart[0].price` or `last(cart.price)`")],
    );
    check("price > `cart`.price && price > last(cart.price) && price in cart.price", &[]);
    check("price > basket.price && cart > 1", &[]);
    check_in(Dialect::Aviator, "price > cart.price", &[]);
}

#[test]
fn arrays_where_nodes_may_be_meant() {
    let check = |text: &str, expected: &[_]| check(text, expected);
    check("offers[0].price > 1", &[(WarningKind::ReadAsArray, "offers", "no node of the pattern")]);
    check("`offers`[0].price > 1 && order.items[0].price > 1 && tags[0] == 'a'", &[]);
    check_in(Dialect::Aviator, "offers[0].price > 1", &[]);
}
