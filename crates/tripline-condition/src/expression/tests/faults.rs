//! What is wrong with an expression, and where.

use tripline_event::FieldTable;

use crate::{
    Binder, Dialect, ErrorKind, ExpressionError, MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH,
    compile_expression,
};

fn errors_of(text: &str, dialect: Dialect) -> Vec<ExpressionError> {
    let mut fields = FieldTable::new();
    let mut binder = Binder { fields: &mut fields, nodes: &["cart", "view", "start"] };
    let result = compile_expression(text, dialect, &mut binder);
    if result.is_err() {
        assert!(fields.is_empty(), "`{text}` left fields behind");
    }
    result.err().unwrap_or_default()
}

/// `expected`: kind, the text at fault, a part of the message or of the hint.
fn check_in(dialect: Dialect, text: &str, expected: &[(ErrorKind, &str, &str)]) {
    let errors = errors_of(text, dialect);
    let found: Vec<_> =
        errors.iter().map(|error| (error.kind, text.get(error.span.clone()).unwrap())).collect();
    let wanted: Vec<_> = expected.iter().map(|each| (each.0, each.1)).collect();
    assert_eq!(found, wanted, "{text}: {errors:#?}");
    for (error, (_, _, part)) in errors.iter().zip(expected) {
        let said = format!("{}; {}", error.message, error.hint.as_deref().unwrap_or_default());
        assert!(said.contains(part), "{text}: `{said}` does not say `{part}`");
    }
}

fn check(text: &str, expected: &[(ErrorKind, &str, &str)]) {
    check_in(Dialect::Tripline, text, expected);
}

#[test]
fn syntax() {
    use ErrorKind::{NumberRange, Syntax, Unsupported};

    check("", &[(Syntax, "", "the expression is empty")]);
    check("  ", &[(Syntax, "", "the expression is empty")]);
    check("price >", &[(Syntax, "", "expected a field, a constant or `(`, found the end")]);
    check("price > > 1", &[(Syntax, ">", "found `>`")]);
    check("(price > 1", &[(Syntax, "", "expected `)`")]);
    check("price > 1)", &[(Syntax, ")", "expected an operator or the end")]);
    check("a == 1 and b == 2", &[(Syntax, "and", "write `&&`")]);
    check("price = 1", &[(Syntax, "=", "write `==`")]);
    check(
        "a == 1 & b = 2 | c == 3",
        &[(Syntax, "&", "write `&&`"), (Syntax, "=", "write `==`"), (Syntax, "|", "write `||`")],
    );
    check("name == 'abc", &[(Syntax, "'abc", "close it with `'`")]);
    check("name == “abc”", &[(Syntax, "“", "ASCII"), (Syntax, "”", "ASCII")]);
    check("price ＞ 1", &[(Syntax, "＞", "`>`"), (Syntax, "1", "found a number")]);
    check(r#"name == "\d""#, &[(Syntax, r"\d", "backslash")]);
    check("price > 12abc", &[(Syntax, "12abc", "not a number")]);
    check("price > 1.2.3", &[(Syntax, "1.2.3", "not a number")]);
    check("price > 1e", &[(Syntax, "1e", "not a number")]);
    check("id == 9223372036854775808", &[(NumberRange, "9223372036854775808", "64 bits")]);
    check("id == 1e999", &[(NumberRange, "1e999", "64 bits")]);
    check("tag in 'a'", &[(Syntax, "'a'", "in brackets")]);
    check("tag in []", &[(Syntax, "]", "the list is empty")]);
    check("tag in [a]", &[(Syntax, "a", "expected a constant")]);
    check("tag in [-'a']", &[(Syntax, "'a'", "expected a constant")]);
    check("cart[0] == 1", &[(Syntax, "==", "node[0].field")]);
    check("a.b[0].c == 1", &[(Syntax, "a.b", "not the name of a node")]);
    check("sum(price) > 1", &[(Syntax, ")", "sum(node.field)")]);
    check("sum(cart.map(e, f.price)) > 1", &[(Syntax, "f", "expected `e`")]);
    check("size(1) > 1", &[(Syntax, "1", "the name of a node")]);
    check("a % 2 == 1", &[(Unsupported, "%", "not supported yet")]);
}

#[test]
fn meaning() {
    use ErrorKind::{NilOperand, NotBoolean, UnknownFunction, UnknownNode};

    check("price < crat[0].price", &[(UnknownNode, "crat", "did you mean `cart`?")]);
    check(
        "size(xyz) > sum(vew.price)",
        &[
            (UnknownNode, "xyz", "its nodes are `cart`, `view`, `start`"),
            (UnknownNode, "vew", "did you mean `view`?"),
        ],
    );
    check(
        "siz(cart) > 1 && avg(cart.price, size(strat)) > 2",
        &[
            (UnknownFunction, "siz", "did you mean `size`?"),
            (UnknownFunction, "avg", "the functions are `size`, `sum`"),
            (UnknownNode, "strat", "did you mean `start`?"),
        ],
    );
    check("price + 1", &[(NotBoolean, "price + 1", "never holds")]);
    check("'abc'", &[(NotBoolean, "'abc'", "a string")]);
    check("-price", &[(NotBoolean, "-price", "a number")]);
    check("size(cart)", &[(NotBoolean, "size(cart)", "a number")]);
    check("ts", &[(NotBoolean, "ts", "a number")]);
    check("nil", &[(NilOperand, "nil", "`==`")]);
    check("a > nil", &[(NilOperand, "nil", "`==`")]);
    check("nil == nil", &[(NilOperand, "nil", ""), (NilOperand, "nil", "")]);
    check("a == nil == b", &[(NilOperand, "nil", "one operand")]);
    check("a && nil", &[(NilOperand, "nil", "")]);
    check(
        "price + 1 = xyz[0].a",
        &[(ErrorKind::Syntax, "=", "write `==`"), (UnknownNode, "xyz", "")],
    );
}

#[test]
fn aviator() {
    use ErrorKind::{MatchedEvents, Syntax, Unsupported};

    let check = |text: &str, expected: &[_]| check_in(Dialect::Aviator, text, expected);
    check("action == 0 || action == 2", &[]);
    check("eventName == 'car' && eventArgs.detail.price > 10000", &[]);
    check("body.level == \"ERROR\" && x != nil", &[]);
    check(r"name == 'it\'s'", &[]);
    check(r"name == 'a\d'", &[(Syntax, r"\d", "backslash")]);
    check("price < cart[0].price", &[(MatchedEvents, "cart", "type EXPRESSION")]);
    check(
        "size(cart) > sum(x.price)",
        &[(MatchedEvents, "cart", "type EXPRESSION"), (MatchedEvents, "x", "type EXPRESSION")],
    );
    check(r"(name =~ /A.*\d/) && x == 1", &[(Unsupported, "=~", "regular expression")]);
    check("a > 1 ? b > 2 : c > 3", &[(Unsupported, "?", "`? :`")]);
    check(
        "string.contains(s,'x') && include(seq, x)",
        &[
            (Unsupported, "string.contains", "`string.contains`"),
            (Unsupported, "include", "later version"),
        ],
    );
    check("count(seq) > 1", &[(Unsupported, "count", "not supported yet")]);
}

#[test]
fn limits() {
    let long = |bytes: usize| format!("a == '{}'", "x".repeat(bytes - 7));
    assert_eq!(errors_of(&long(MAX_EXPRESSION_BYTES), Dialect::Tripline), []);
    let errors = errors_of(&long(MAX_EXPRESSION_BYTES + 1), Dialect::Tripline);
    assert_eq!(errors[0].kind, ErrorKind::TooLong);

    for (open, close) in [("(", ")"), ("!", ""), ("-", ""), ("cart[", "].x"), ("f(", ")")] {
        let nested = |depth: usize| format!("1 == {}a{}", open.repeat(depth), close.repeat(depth));
        let too_deep = |depth| {
            errors_of(&nested(depth), Dialect::Tripline)
                .iter()
                .any(|error| error.kind == ErrorKind::TooDeep)
        };
        assert!(!too_deep(MAX_EXPRESSION_DEPTH), "{open}");
        assert!(too_deep(MAX_EXPRESSION_DEPTH + 1), "{open}");
        assert!(too_deep(2_000), "{open}");
    }
    for ternary in ["a ? b : ".repeat(1_500), "a ? ".repeat(3_000)] {
        assert!(!errors_of(&ternary, Dialect::Tripline).is_empty());
    }
    assert_eq!(errors_of(&"#".repeat(10_000), Dialect::Tripline).len(), 20);
}

#[test]
fn chains_of_any_length_are_flat() {
    for operator in ["-", "/", "<", "==", "!=", "&&", "||"] {
        let chain = vec!["a"; 5_400].join(operator);
        let nested = format!("{}1{} == {chain}", "(".repeat(60), ")".repeat(60));
        let errors = errors_of(&nested, Dialect::Tripline);
        assert_eq!(errors, [], "{operator}");
    }
}
