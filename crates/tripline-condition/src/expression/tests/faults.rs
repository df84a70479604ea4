//! What is wrong with an expression, and where.

use tripline_event::FieldTable;

use crate::{
    Binder, Dialect, ErrorKind, ExpressionError, MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH,
    compile_expression,
};

fn errors_of(text: &str, dialect: Dialect) -> Vec<ExpressionError> {
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &["cart", "view", "start"]);
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
        let said = format!(
            "{}; {}",
            error.message,
            error.hint.as_ref().map(ToString::to_string).unwrap_or_default()
        );
        assert!(said.contains(part), "{text}: `{said}` does not say `{part}`");
    }
}

fn check(text: &str, expected: &[(ErrorKind, &str, &str)]) {
    check_in(Dialect::Tripline, text, expected);
}

#[test]
fn syntax() {
    use ErrorKind::{NumberRange, Syntax};

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
    check("price > 1.5h", &[(Syntax, "1.5h", "duration")]);
    check("price > 1.2.3", &[(Syntax, "1.2.3", "not a number")]);
    check("price > 1e", &[(Syntax, "1e", "not a number")]);
    check("id == 9223372036854775808", &[(NumberRange, "9223372036854775808", "64 bits")]);
    check("id == 1e999", &[(NumberRange, "1e999", "64 bits")]);
    check("tag in 'a'", &[(Syntax, "'a'", "in brackets")]);
    check("tag in []", &[(Syntax, "]", "the list is empty")]);
    check("tag in [a,]", &[(Syntax, "]", "expected a field, a constant")]);
    check("cart[0] == 1", &[(Syntax, "cart[0]", "node[0].field")]);
    check("a.b[0].c == 1", &[]);
    check("sum(cart.map(e, f.price)) > 1", &[(Syntax, "f", "expected `e`")]);
    check("a between 1 or 2", &[(Syntax, "or", "`x between 1 and 5`")]);
    check("a is nil", &[(Syntax, "is", "`== nil`")]);
    check("a like 'b%'", &[(Syntax, "like", "`contains(field, 'text')`")]);
    check("a IN [1]", &[(Syntax, "IN", "`in` in lower case")]);
    check("[1, 2] == a", &[(Syntax, "[", "a list can only stand after `in`")]);
    check("a ? 1", &[(Syntax, "", "expected `:`")]);
    check("a =~ b.c", &[(ErrorKind::BadPattern, "b.c", "a constant text")]);
    check("a =~ 5", &[(Syntax, "5", "`name =~ /A.*/`")]);
    check("a =~ /b", &[(Syntax, "/b", "close it with `/`")]);
    check(
        "`a b == 1",
        &[(Syntax, "`a b == 1", "backtick"), (Syntax, "", "the expression is empty")],
    );
    check("`` == 1", &[(Syntax, "``", "the name is empty"), (Syntax, "==", "expected a field")]);
    check("`size`(cart) > 1", &[(Syntax, "(", "an operator or the end")]);
}

#[test]
fn other_languages() {
    use ErrorKind::{Syntax, UnknownFunction};

    check("a <> 1", &[(Syntax, "<>", "write `!=`")]);
    check("a === 1", &[(Syntax, "===", "write `==`")]);
    check("a !== 1", &[(Syntax, "!==", "write `!=`")]);
    check("a ** 2 == 4", &[(Syntax, "**", "write `pow(x, y)`")]);
    check("not a", &[(Syntax, "a", "write `!`")]);
    check("ts - cart[0].ts < 1 h", &[(Syntax, "h", "one word: `1h`")]);
    check("ts - cart[0].ts < 10 minutes", &[(Syntax, "minutes", "one word: `10m`")]);
    let statement = "one expression, without statements";
    check("let b", &[(Syntax, "b", statement)]);
    check("return a > 1", &[(Syntax, "a", statement)]);
    check("a > 1;", &[(Syntax, ";", statement)]);
    for (name, hint) in [
        ("mod", "`x % y`"),
        ("exp", "`pow(2.718281828459045, x)`"),
        ("log", "`ln(x)` or `log10(x)`"),
        ("string.split", "no function makes"),
        ("string.join", "no function makes"),
        ("string.replace_all", "no function makes"),
        ("replace", "no function makes"),
        ("sort", "come from nodes and arrays"),
        ("seq.contains_key", "come from nodes and arrays"),
        ("math.sin", "`WithinDistance`"),
        ("day_of_week", "1 on Monday"),
        ("dayofmonth", "`day(ts)`"),
        ("instr", "counts from 0"),
        ("left", "counts from 0"),
        ("cast", "`double(x)`"),
        ("datediff", "`ts - node[0].ts < 1h`"),
        ("unix_timestamp", "`ts`"),
    ] {
        check(&format!("{name}(a) == 1"), &[(UnknownFunction, name, hint)]);
    }
}

#[test]
fn meaning() {
    use ErrorKind::{NilOperand, NotBoolean, UnknownFunction, UnknownNode, WrongArguments};

    check("price < crat[0].price", &[(UnknownNode, "crat", "did you mean `cart`?")]);
    check(
        "size(xyz) > sum(vew.price)",
        &[
            (UnknownNode, "xyz", "its nodes are `cart`, `view`, `start`"),
            (UnknownNode, "vew", "did you mean `view`?"),
        ],
    );
    check(
        "siz(cart) > 1 && xyz(cart.price, size(strat)) > 2",
        &[
            (UnknownFunction, "siz", "did you mean `size`?"),
            (UnknownFunction, "xyz", "the functions are `size`, `count`, `sum`"),
            (UnknownNode, "strat", "did you mean `start`?"),
        ],
    );
    check("sum(price) > 1", &[(WrongArguments, "price", "sum(node.field)")]);
    check("avg(cart) > 1", &[(WrongArguments, "cart", "avg(node.field)")]);
    check("size(1) > 1", &[(WrongArguments, "1", "`size(node)`")]);
    check("avg(cart.a, 2) > 1", &[(WrongArguments, "avg(cart.a, 2)", "does not take 2 arguments")]);
    check("contains(name)", &[(WrongArguments, "contains(name)", "1 argument;")]);
    check("length(1) > 1", &[(WrongArguments, "1", "takes a string here, and this is a number")]);
    check("abs('a') > 1", &[(WrongArguments, "'a'", "takes a number")]);
    check("5 matches 'a'", &[(WrongArguments, "5", "`str(x) matches")]);
    check("cart.map(e, e.a) > 1", &[(WrongArguments, "cart.map(e, e.a)", "a list stands")]);
    check("seq.list(1) == 1", &[(WrongArguments, "seq.list(1)", "`value in [1, 2]`")]);
    check("substring(a, 1, 2) == 'b'", &[(UnknownFunction, "substring", "counts from 0")]);
    check("now() > 5", &[(UnknownFunction, "now", "`ts`")]);
    check("string.contain(a, 'b')", &[(UnknownFunction, "string.contain", "`string.contains`")]);
    check(
        "hour(ts, 'Asia/Shanghia') > 1",
        &[(ErrorKind::UnknownZone, "'Asia/Shanghia'", "`Asia/Shanghai`")],
    );
    check("hour(ts, zone) > 1", &[(ErrorKind::UnknownZone, "zone", "must be a constant")]);
    check(
        "ts > timestamp('31.1.2026')",
        &[(ErrorKind::BadTime, "'31.1.2026'", "no date and time")],
    );
    check("name matches 'a('", &[(ErrorKind::BadPattern, "'a('", "unclosed group")]);
    check("name =~ /(?=a)b/", &[(ErrorKind::BadPattern, "/(?=a)b/", "`!` where needed")]);
    check(
        "name =~ /(a{1000}){1000}/",
        &[(ErrorKind::BadPattern, "/(a{1000}){1000}/", "too large")],
    );
    check("tag in tags", &[]);
    check("tag in cart", &[(WrongArguments, "cart", "no list")]);
    check("tags[] == 'a'", &[(WrongArguments, "tags[]", "a single value")]);
    check("size(tags) > 1", &[(UnknownNode, "tags", "no node")]);
    check("size(tags[]) > 1 && items[0].price > 1 && a.b[2] == 1 && c[1][2].d == 2", &[]);
    check("crat[0].price > 1", &[(UnknownNode, "crat", "`cart`")]);
    check("cart[0] > 1", &[(ErrorKind::Syntax, "cart[0]", "is an event")]);
    check("a.b[i] > 1", &[(ErrorKind::Syntax, "[i", "constant index")]);
    check("items[i] > 1", &[(ErrorKind::Syntax, "[i]", "constant index")]);
    check("x in a[].b[]", &[(ErrorKind::Syntax, "[]", "list of lists")]);
    check("x in cart.a[0].b[]", &[(ErrorKind::Syntax, "cart.a[0].b[]", "is a node")]);
    check("x in other.a[0].b[]", &[]);
    check("cart[0].tags[] == 1", &[(ErrorKind::Syntax, "tags[]", "a single value")]);
    check("tag in crat.tag", &[(UnknownNode, "crat", "`cart`")]);
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
        "price + 1 = crt[0].a",
        &[(ErrorKind::Syntax, "=", "write `==`"), (UnknownNode, "crt", "")],
    );
}

#[test]
fn aviator() {
    use ErrorKind::{MatchedEvents, Syntax};

    let check = |text: &str, expected: &[_]| check_in(Dialect::Aviator, text, expected);
    check("action == 0 || action == 2", &[]);
    check("eventName == 'car' && eventArgs.detail.price > 10000", &[]);
    check("body.level == \"ERROR\" && x != nil", &[]);
    check(r"name == 'it\'s'", &[]);
    check(r"name == 'a\d'", &[(Syntax, r"\d", "backslash")]);
    check("price < cart[0].price", &[(MatchedEvents, "cart", "type EXPRESSION")]);
    check("size(cart) > 1", &[(MatchedEvents, "cart", "type EXPRESSION")]);
    check(r"(name =~ /A.*\d/) && x == 1", &[]);
    check("a > 1 ? b > 2 : c > 3", &[]);
    check("string.contains(s,'x') && include(seq.list(1, 2), x)", &[]);
    check("price > 10.5M && id == 5N && n % 2 == 1", &[]);
    check("count(seq) > 1 && include(seq, x) && items[0].price > sum(items[].price) / 2", &[]);
}

#[test]
fn costs() {
    let many = |each: &str, count: usize| vec![each; count].join(" && ");
    for (each, most) in [
        ("abs(a) > 1", 256),
        ("distinct(cart.a) > 1", 32),
        ("sum(cart.ts) > 1", 32),
        ("a =~ /b/", 100),
    ] {
        assert_eq!(errors_of(&many(each, most), Dialect::Tripline), [], "{each}");
        let errors = errors_of(&many(each, most + 1), Dialect::Tripline);
        assert_eq!(errors[0].kind, ErrorKind::TooCostly, "{each}");
    }
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
