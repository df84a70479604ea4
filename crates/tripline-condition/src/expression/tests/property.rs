//! Any text is parsed or refused, and what is printed parses to the same.

use proptest::prelude::*;
use tripline_event::{Event, EventPosition, FieldTable, Timestamp, Value};

use crate::expression::ast::{Arithmetic, Ast, AstKind, Literal, Name, Operator, Relation};
use crate::{Binder, Context, Dialect, NoMatchedEvents, compile_expression, parse_expression};

fn ast(kind: AstKind) -> Ast {
    Ast { kind, span: 0..0 }
}

fn name() -> impl Strategy<Value = Name> {
    "[a-zé中_]{1,2}[0-9]{0,1}".prop_map(|text| Name { text, span: 0..0 })
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..4).prop_map(|names| {
        let names: Vec<String> = names.into_iter().map(|name| name.text).collect();
        names.join(".")
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

fn list_item() -> impl Strategy<Value = Literal> {
    prop_oneof![literal(), (-i64::MAX..0).prop_map(Literal::Int), Just(Literal::Float(-0.5)),]
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
        ]),
    ];
    level.prop_flat_map(|of_level| prop::collection::vec(prop::sample::select(of_level), 1..4))
}

fn any_ast() -> impl Strategy<Value = Ast> {
    let leaf = prop_oneof![
        literal().prop_map(AstKind::Literal),
        Just(AstKind::Nil),
        path().prop_filter_map("not a keyword", |path| {
            let first = path.split('.').next()?;
            let keyword = matches!(first, "true" | "false" | "nil" | "null");
            (!keyword).then_some(AstKind::Path(path))
        }),
        name().prop_map(AstKind::Size),
        (name(), path()).prop_map(|(node, path)| AstKind::Sum { node, path }),
    ]
    .prop_map(ast);
    leaf.prop_recursive(5, 60, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(AstKind::Not),
            boxed().prop_map(AstKind::Negate),
            (boxed(), prop::collection::vec(list_item(), 1..4))
                .prop_map(|(item, list)| AstKind::In { item, list }),
            (name(), boxed(), path()).prop_map(|(node, index, path)| AstKind::Item {
                node,
                index,
                path
            }),
            (name(), prop::collection::vec(inner.clone(), 0..3))
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
];

/// Tokens in any order reach further into the parser than characters do.
fn token_soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..25).prop_map(|tokens| tokens.join(" "))
}

fn compile_and_evaluate(text: &str) {
    for dialect in [Dialect::Tripline, Dialect::Aviator] {
        let mut fields = FieldTable::new();
        let mut binder = Binder { fields: &mut fields, nodes: &["cart", "a"] };
        match compile_expression(text, dialect, &mut binder) {
            Ok(bound) => {
                let values = [Value::Int(1), Value::from("x"), Value::Float(0.0)];
                bound.condition.evaluate(&Context {
                    event: Event {
                        time: Timestamp::from_millis(1),
                        position: EventPosition::default(),
                        values: &values,
                        payload: b"",
                    },
                    matched: &NoMatchedEvents,
                });
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
