//! Any text is parsed or refused, and what is printed parses to the same.

use proptest::prelude::*;
use tripline_event::{Event, EventPosition, FieldId, FieldTable, Timestamp, Value};

use crate::expression::ast::{Arithmetic, Ast, AstKind, Field, Literal, Name, Operator, Relation};
use crate::expression::function;
use crate::parameter::{ParameterPath, Step};
use crate::{
    Binder, Context, Dialect, MatchedEvents, NodeIndex, compile_with_warnings, parse_expression,
};

fn ast(kind: AstKind) -> Ast {
    Ast { kind, span: 0..0 }
}

fn name() -> impl Strategy<Value = Name> {
    "[a-zé中_]{1,2}[0-9]{0,1}".prop_map(|text| Name { text, span: 0..0 })
}

/// Parts of a path; some need backticks.
fn path() -> impl Strategy<Value = Vec<String>> {
    let odd = prop_oneof![
        "[a-z0-9 .'-]{1,3}",
        Just("ts".to_owned()),
        Just("nil".to_owned()),
        Just("params".to_owned()),
        Just("map".to_owned()),
        Just("in".to_owned()),
    ];
    let part = prop_oneof![4 => name().prop_map(|name| name.text), 1 => odd];
    prop::collection::vec(part, 1..4)
}

fn node() -> impl Strategy<Value = Name> {
    prop_oneof![3 => name(), 1 => "[a-z -]{1,4}".prop_map(|text| Name { text, span: 0..0 })]
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![Just(Field::Time), path().prop_map(|parts| Field::Path(parts.join(".")))]
}

fn parameter() -> impl Strategy<Value = ParameterPath> {
    let step = prop_oneof![
        3 => name().prop_map(|name| Step::Member(name.text)),
        1 => (0..5_usize).prop_map(Step::Item),
    ];
    (name(), prop::collection::vec(step, 0..3)).prop_map(|(first, rest)| {
        ParameterPath([Step::Member(first.text)].into_iter().chain(rest).collect())
    })
}

fn text() -> impl Strategy<Value = Literal> {
    r#"[a-z'"\\\n中 ]{0,6}"#.prop_map(Literal::Text)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<bool>().prop_map(Literal::Bool),
        (0..=i64::MAX).prop_map(Literal::Int),
        prop::num::f64::POSITIVE.prop_filter_map("finite", |value| {
            value.is_finite().then_some(Literal::Float(value))
        }),
        text(),
    ]
}

fn operators() -> impl Strategy<Value = Vec<Operator>> {
    let level = prop_oneof![
        Just(vec![Operator::Or]),
        Just(vec![Operator::And]),
        Just(vec![Operator::Relation(Relation::Equal), Operator::Relation(Relation::NotEqual),]),
        Just(vec![
            Operator::Relation(Relation::Less),
            Operator::Relation(Relation::LessOrEqual),
            Operator::Relation(Relation::Greater),
            Operator::Relation(Relation::GreaterOrEqual),
        ]),
        Just(vec![
            Operator::Arithmetic(Arithmetic::Add),
            Operator::Arithmetic(Arithmetic::Subtract),
        ]),
        Just(vec![
            Operator::Arithmetic(Arithmetic::Multiply),
            Operator::Arithmetic(Arithmetic::Divide),
            Operator::Arithmetic(Arithmetic::Remainder),
        ]),
    ];
    level.prop_flat_map(|of_level| prop::collection::vec(prop::sample::select(of_level), 1..4))
}

fn any_ast() -> impl Strategy<Value = Ast> {
    let leaf = prop_oneof![
        literal().prop_map(AstKind::Literal),
        Just(AstKind::Nil),
        Just(AstKind::Time),
        path().prop_map(AstKind::Path),
        parameter().prop_map(AstKind::Parameter),
        (node(), field()).prop_map(|(node, field)| AstKind::Column { node, field }),
    ]
    .prop_map(ast);
    leaf.prop_recursive(5, 60, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let items = || prop::collection::vec(inner.clone(), 1..4);
        let list = prop_oneof![
            items().prop_map(AstKind::List),
            path().prop_map(AstKind::Path),
            parameter().prop_map(AstKind::Parameter),
        ]
        .prop_map(ast);
        let pattern = prop_oneof![
            text().prop_map(AstKind::Literal),
            parameter().prop_map(AstKind::Parameter),
        ]
        .prop_map(|kind| Box::new(ast(kind)));
        let argument = prop_oneof![3 => inner.clone(), 1 => list.clone()];
        prop_oneof![
            boxed().prop_map(AstKind::Not),
            boxed().prop_map(AstKind::Negate),
            (boxed(), list).prop_map(|(item, list)| AstKind::In { item, list: Box::new(list) }),
            (boxed(), boxed(), boxed()).prop_map(|(item, low, high)| AstKind::Between {
                item,
                low,
                high
            }),
            (boxed(), pattern).prop_map(|(item, pattern)| AstKind::Matches { item, pattern }),
            (boxed(), boxed(), boxed()).prop_map(|(test, then, otherwise)| AstKind::Choose {
                test,
                then,
                otherwise
            }),
            (node(), boxed(), field()).prop_map(|(node, index, field)| AstKind::Item {
                node,
                index,
                field
            }),
            (function(), prop::collection::vec(argument, 0..3))
                .prop_map(|(function, arguments)| AstKind::Call { function, arguments }),
            (boxed(), operators(), prop::collection::vec(inner.clone(), 3)).prop_map(
                |(first, operators, operands)| AstKind::Chain {
                    first,
                    rest: operators.into_iter().zip(operands).collect(),
                }
            ),
        ]
        .prop_map(ast)
    })
}

/// The name of a function, mostly one that there is.
fn function() -> impl Strategy<Value = Name> {
    let names: Vec<&str> = function::names().collect();
    let known =
        prop::sample::select(names).prop_map(|text| Name { text: text.to_owned(), span: 0..0 });
    prop_oneof![5 => known, 1 => name()]
}

const TOKENS: &[&str] = &[
    "a",
    "cart",
    "b.c",
    "size(",
    "sum(",
    "map(",
    "(",
    ")",
    "[",
    "]",
    "0",
    "1.5",
    "'x'",
    "\"",
    "'",
    "==",
    "!=",
    "<",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "=~",
    "?",
    ":",
    ",",
    ".",
    "in",
    "nil",
    "true",
    "ts",
    "\\",
    "é",
    "＝",
    "=",
    "&",
    "e",
    "1e",
    "f(",
    "cart[0].",
    "in [1, 2]",
    "between",
    "and",
    "not",
    "matches",
    "/a.*/",
    "`",
    "`a b`",
    "1h30m",
    "99d",
    "params.x",
    "params.list[0]",
    "cart.a",
    "avg(",
    "max(",
    "distinct(",
    "first(",
    "include(",
    "seq.list(",
    "contains(",
    "slice(",
    "hour(",
    "timestamp(",
    "'UTC'",
    "'2026-01-31'",
];

/// Tokens in any order reach further into the parser than characters do.
fn token_soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..25).prop_map(|tokens| tokens.join(" "))
}

/// Two events for every node, with values of all kinds.
struct Anything;

impl MatchedEvents for Anything {
    fn count(&self, _: NodeIndex) -> usize {
        2
    }

    fn value(&self, _: NodeIndex, index: usize, field: FieldId) -> Value {
        let values = values();
        values.get((index + field.index()) % values.len()).cloned().unwrap_or_default()
    }

    fn time(&self, _: NodeIndex, _: usize) -> Option<Timestamp> {
        Some(Timestamp::MIN)
    }

    fn sum(&self, _: NodeIndex, _: FieldId) -> Value {
        Value::Int(i64::MAX)
    }
}

fn values() -> [Value; 9] {
    [
        Value::Missing,
        Value::Int(3),
        Value::Int(i64::MIN),
        Value::Float(0.5),
        Value::Float(-1e300),
        Value::from(""),
        Value::from("a中文 that is longer than what is held inline"),
        Value::from("2026-01-31"),
        Value::Bool(true),
    ]
}

fn compile_and_evaluate(text: &str) {
    for dialect in [Dialect::Tripline, Dialect::Aviator] {
        if let Ok(ast) = parse_expression(text, dialect) {
            let printed = ast.to_string();
            assert_eq!(parse_expression(&printed, Dialect::Tripline), Ok(ast), "{printed}");
        }
        let params = serde_json::json!({"x": 1, "list": ["a", 2, null]});
        let params = params.as_object().unwrap();
        let mut fields = FieldTable::new();
        let mut binder = Binder::new(&mut fields, &["cart", "a"]).with_params(params);
        let mut warnings = Vec::new();
        let bound = compile_with_warnings(text, dialect, &mut binder, &mut warnings);
        for warning in warnings {
            assert!(text.get(warning.span.clone()).is_some(), "{warning:?}");
        }
        match bound {
            Ok(bound) => {
                for value in values() {
                    let values = vec![value; fields.len()];
                    bound.condition.evaluate(&Context {
                        event: Event {
                            time: Timestamp::from_millis(1),
                            happened: Timestamp::from_millis(1),
                            position: EventPosition::default(),
                            values: &values,
                            payload: b"",
                        },
                        matched: &Anything,
                    });
                }
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                for error in errors {
                    assert!(text.get(error.span.clone()).is_some(), "{error:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_compiled_or_refused(text in any::<String>()) {
        compile_and_evaluate(&text);
    }

    #[test]
    fn any_tokens_are_compiled_or_refused(text in token_soup()) {
        compile_and_evaluate(&text);
    }

    #[test]
    fn printing_and_parsing_again_gives_the_same(ast in any_ast()) {
        let text = ast.to_string();
        prop_assert_eq!(parse_expression(&text, Dialect::Tripline), Ok(ast), "{}", text);
        compile_and_evaluate(&text);
    }
}
