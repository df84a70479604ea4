//! The compiled form agrees with an evaluator that does what the clauses say and nothing else: it walks the tree as
//! written, looks fields up by name, and copies every value.

use std::cmp::Ordering;

use proptest::prelude::*;
use tripline_event::{Event, EventPosition, FieldId, FieldTable, Timestamp, Value};

use crate::expression::ast::{Arithmetic, Ast, AstKind, Field, Literal, Name, Operator, Relation};
use crate::expression::scalar::{Scalar, calculate};
use crate::{Binder, Context, Dialect, MatchedEvents, NodeIndex, Truth, compile_expression};

/// The fields of all events, and the nodes.
const FIELDS: [&str; 3] = ["a", "b", "c"];
const NODES: [&str; 2] = ["N", "M"];

/// An event: its time and its fields.
#[derive(Clone, Debug)]
struct Record {
    time: i64,
    values: [Value; 3],
}

#[derive(Clone, Debug)]
struct World {
    event: Record,
    matched: [Vec<Record>; 2],
}

impl Record {
    fn read(&self, name: &str) -> Value {
        let index = FIELDS.iter().position(|field| *field == name).unwrap();
        self.values[index].clone()
    }

    fn field(&self, field: &Field) -> Value {
        match field {
            Field::Time => Value::Int(self.time),
            Field::Path(path) if path == "ts" => Value::Int(self.time),
            Field::Path(path) => self.read(path),
        }
    }
}

/// The fields have their numbers in the order of [`FIELDS`].
impl MatchedEvents for World {
    fn count(&self, node: NodeIndex) -> usize {
        self.matched[usize::from(node.0)].len()
    }

    fn value(&self, node: NodeIndex, index: usize, field: FieldId) -> Value {
        let records = &self.matched[usize::from(node.0)];
        records.get(index).map_or(Value::Missing, |record| record.values[field.index()].clone())
    }

    fn time(&self, node: NodeIndex, index: usize) -> Option<Timestamp> {
        let record = self.matched[usize::from(node.0)].get(index)?;
        Some(Timestamp::from_millis(record.time))
    }

    fn sum(&self, node: NodeIndex, field: FieldId) -> Value {
        let values: Vec<Value> = self.matched[usize::from(node.0)]
            .iter()
            .map(|record| record.values[field.index()].clone())
            .collect();
        sum(&values)
    }
}

fn sum(values: &[Value]) -> Value {
    let numbers = values.iter().filter(|value| is_number(value));
    numbers.fold(Value::Int(0), |sum, value| arithmetic(Arithmetic::Add, &sum, value))
}

fn number_of(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap())
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

/// The rules of numbers have tables and properties of their own.
fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Value {
    match calculate(operator, &Scalar::from(left), &Scalar::from(right)) {
        Scalar::Int(value) => Value::Int(value),
        Scalar::Float(value) => Value::Float(value),
        _ => Value::Missing,
    }
}

/// Beyond 2^53 a double is a whole number, which 128 bits hold or come nearest to.
#[expect(clippy::cast_possible_truncation, reason = "saturates, far beyond 64 bits")]
fn mixed(left: i64, right: f64) -> Option<Ordering> {
    if right.abs() >= 9_007_199_254_740_992.0 {
        Some(i128::from(left).cmp(&(right as i128)))
    } else {
        (left as f64).partial_cmp(&right)
    }
}

fn relation(relation: Relation, left: &Value, right: &Value) -> Truth {
    let order = match (left, right) {
        (Value::Missing, _) | (_, Value::Missing) => return Truth::Unknown,
        (Value::Int(left), Value::Int(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Float(right)) => mixed(*left, *right),
        (Value::Float(left), Value::Int(right)) => mixed(*right, *left).map(Ordering::reverse),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => left.partial_cmp(right),
        (Value::Bool(left), Value::Bool(right)) if left == right => {
            return Truth::from(relation_is(relation, "=="));
        }
        _ => return Truth::from(relation_is(relation, "!=")),
    };
    Truth::from(match relation {
        Relation::Equal => order.is_some_and(|order| order.is_eq()),
        Relation::NotEqual => order.is_none_or(|order| order.is_ne()),
        Relation::Less => order.is_some_and(|order| order.is_lt()),
        Relation::LessOrEqual => order.is_some_and(|order| order.is_le()),
        Relation::Greater => order.is_some_and(|order| order.is_gt()),
        Relation::GreaterOrEqual => order.is_some_and(|order| order.is_ge()),
    })
}

fn relation_is(relation: Relation, symbol: &str) -> bool {
    relation.symbol() == symbol
}

fn from_truth(truth: Truth) -> Value {
    match truth {
        Truth::True => Value::Bool(true),
        Truth::False => Value::Bool(false),
        Truth::Unknown => Value::Missing,
    }
}

impl World {
    fn records(&self, node: &str) -> &[Record] {
        &self.matched[NODES.iter().position(|known| *known == node).unwrap()]
    }

    /// The values of a list, if `ast` is one.
    fn list(&self, ast: &Ast) -> Vec<Value> {
        match &ast.kind {
            AstKind::List(items) => items.iter().map(|item| self.value(item)).collect(),
            AstKind::Path(parts) => {
                let field = Field::Path(parts[1].clone());
                self.records(&parts[0]).iter().map(|record| record.field(&field)).collect()
            }
            AstKind::Column { node, field } => {
                self.records(&node.text).iter().map(|record| record.field(field)).collect()
            }
            _ => panic!("no list: {ast}"),
        }
    }

    /// A value where a truth is asked for; what is neither boolean nor missing counts as `otherwise`.
    fn truth(&self, ast: &Ast, otherwise: Truth) -> Truth {
        if let AstKind::Choose { test, then, otherwise: other } = &ast.kind {
            return match self.truth(test, Truth::Unknown) {
                Truth::True => self.truth(then, otherwise),
                Truth::False => self.truth(other, otherwise),
                Truth::Unknown => Truth::Unknown,
            };
        }
        match self.value(ast) {
            Value::Bool(value) => value.into(),
            Value::Missing => Truth::Unknown,
            _ => otherwise,
        }
    }

    fn value(&self, ast: &Ast) -> Value {
        match &ast.kind {
            AstKind::Literal(Literal::Bool(value)) => Value::Bool(*value),
            AstKind::Literal(Literal::Int(value)) => Value::Int(*value),
            AstKind::Literal(Literal::Float(value)) => Value::Float(*value),
            AstKind::Literal(Literal::Text(text)) => Value::from(text.as_str()),
            AstKind::Time => Value::Int(self.event.time),
            AstKind::Path(parts) => self.event.read(&parts[0]),
            AstKind::Item { node, index, field } => match self.value(index) {
                Value::Int(index) => usize::try_from(index)
                    .ok()
                    .and_then(|index| self.records(&node.text).get(index))
                    .map_or(Value::Missing, |record| record.field(field)),
                _ => Value::Missing,
            },
            AstKind::Not(operand) => from_truth(!self.truth(operand, Truth::Unknown)),
            AstKind::Negate(operand) => {
                arithmetic(Arithmetic::Subtract, &Value::Int(0), &self.value(operand))
            }
            AstKind::In { item, list } => from_truth(self.is_in(item, list)),
            AstKind::Between { item, low, high } => {
                let item = self.value(item);
                let low = relation(Relation::GreaterOrEqual, &item, &self.value(low));
                from_truth(low.and(relation(Relation::LessOrEqual, &item, &self.value(high))))
            }
            AstKind::Choose { test, then, otherwise } => match self.truth(test, Truth::Unknown) {
                Truth::True => self.value(then),
                Truth::False => self.value(otherwise),
                Truth::Unknown => Value::Missing,
            },
            AstKind::Call { function, arguments } => self.call(&function.text, &arguments[0]),
            AstKind::Chain { first, rest } => self.chain(first, rest),
            _ => panic!("not generated: {ast}"),
        }
    }

    fn is_in(&self, item: &Ast, list: &Ast) -> Truth {
        let item = self.value(item);
        if item.is_missing() {
            return Truth::Unknown;
        }
        // A list of events leaves out those that do not have the field.
        let column = !matches!(list.kind, AstKind::List(_));
        let list = self.list(list);
        let equal = list
            .iter()
            .filter(|value| !(column && value.is_missing()))
            .map(|value| relation(Relation::Equal, &item, value));
        equal.fold(Truth::False, Truth::or)
    }

    fn chain(&self, first: &Ast, rest: &[(Operator, Ast)]) -> Value {
        let operands = || std::iter::once(first).chain(rest.iter().map(|(_, operand)| operand));
        match rest[0].0 {
            Operator::And => {
                let truths = operands().map(|operand| self.truth(operand, Truth::True));
                from_truth(truths.fold(Truth::True, Truth::and))
            }
            Operator::Or => {
                let truths = operands().map(|operand| self.truth(operand, Truth::False));
                from_truth(truths.fold(Truth::False, Truth::or))
            }
            _ => rest.iter().fold(self.value(first), |left, (operator, right)| {
                let nil = |ast: &Ast| matches!(ast.kind, AstKind::Nil);
                match operator {
                    Operator::Relation(_) if nil(right) => Value::Bool(left.is_missing()),
                    Operator::Relation(symbol) => {
                        from_truth(relation(*symbol, &left, &self.value(right)))
                    }
                    Operator::Arithmetic(symbol) => arithmetic(*symbol, &left, &self.value(right)),
                    _ => panic!("mixed levels"),
                }
            }),
        }
    }

    fn call(&self, function: &str, argument: &Ast) -> Value {
        if let ("size", AstKind::Path(parts)) = (function, &argument.kind)
            && let [node] = parts.as_slice()
        {
            return number_of(self.records(node).len());
        }
        let all = self.list(argument);
        let there: Vec<Value> = all.iter().filter(|value| !value.is_missing()).cloned().collect();
        let numbers: Vec<Value> = all.iter().filter(|value| is_number(value)).cloned().collect();
        let best = |wanted: Relation| {
            numbers.iter().rev().cloned().reduce(|best, value| {
                if relation(wanted, &value, &best).holds() { value } else { best }
            })
        };
        match function {
            "sum" => sum(&all),
            "count" => number_of(there.len()),
            "avg" if numbers.is_empty() => Value::Missing,
            "avg" => {
                let count = Value::Float(numbers.len() as f64);
                arithmetic(Arithmetic::Divide, &sum(&numbers), &count)
            }
            "min" => best(Relation::Less).unwrap_or_default(),
            "max" => best(Relation::Greater).unwrap_or_default(),
            "first" => all.first().cloned().unwrap_or_default(),
            "last" => all.last().cloned().unwrap_or_default(),
            "distinct" => {
                let mut different: Vec<Value> = Vec::new();
                for value in there {
                    if !different.iter().any(|each| relation(Relation::Equal, each, &value).holds())
                    {
                        different.push(value);
                    }
                }
                number_of(different.len())
            }
            _ => panic!("not generated: {function}"),
        }
    }
}

fn ast(kind: AstKind) -> Ast {
    Ast { kind, span: 0..0 }
}

/// Few values, so that they meet.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Missing),
        any::<bool>().prop_map(Value::Bool),
        (-2..4_i64).prop_map(Value::Int),
        prop::sample::select(vec![i64::MAX, i64::MIN]).prop_map(Value::Int),
        prop::sample::select(vec![0.1, 0.2, 0.3, -0.5, 1.0, 2.0, 1e300]).prop_map(Value::Float),
        prop::sample::select(vec!["", "a", "b", "1"]).prop_map(Value::from),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    (0..5_i64, [value(), value(), value()]).prop_map(|(time, values)| Record { time, values })
}

fn world() -> impl Strategy<Value = World> {
    let records = || prop::collection::vec(record(), 0..4);
    (record(), [records(), records()]).prop_map(|(event, matched)| World { event, matched })
}

fn literal() -> impl Strategy<Value = AstKind> {
    value().prop_filter_map("a constant", |value| {
        Some(AstKind::Literal(match value {
            Value::Missing | Value::List(_) | Value::Int(i64::MIN) => return None,
            Value::Bool(value) => Literal::Bool(value),
            Value::Int(value) => Literal::Int(value),
            Value::Float(value) => Literal::Float(value),
            Value::Text(text) => Literal::Text(text.to_string()),
        }))
    })
}

fn node() -> impl Strategy<Value = Name> {
    let name = |text: &str| Name { text: text.to_owned(), span: 0..0 };
    prop::sample::select(NODES.to_vec()).prop_map(name)
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(FIELDS.to_vec()).prop_map(str::to_owned)
}

/// A field of all events of a node.
fn column() -> impl Strategy<Value = Ast> {
    let field = prop_oneof![3 => name(), 1 => Just("ts".to_owned())];
    (node(), field, any::<bool>()).prop_map(|(node, field, mapped)| {
        let field_of = |field: String| {
            if field == "ts" { Field::Time } else { Field::Path(field) }
        };
        ast(if mapped {
            AstKind::Column { node, field: field_of(field) }
        } else {
            AstKind::Path(vec![node.text, field])
        })
    })
}

fn operators() -> impl Strategy<Value = Vec<Operator>> {
    let levels: [&[&str]; 6] =
        [&["||"], &["&&"], &["==", "!="], &["<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"]];
    prop::sample::select(levels.to_vec()).prop_flat_map(|symbols| {
        let level = symbols.iter().filter_map(|symbol| Operator::from_symbol(symbol));
        prop::collection::vec(prop::sample::select(level.collect::<Vec<_>>()), 1..3)
    })
}

fn expression() -> impl Strategy<Value = Ast> {
    let functions = vec!["sum", "count", "avg", "min", "max", "first", "last", "distinct"];
    let leaf = prop_oneof![
        literal(),
        literal(),
        Just(AstKind::Time),
        name().prop_map(|name| AstKind::Path(vec![name])),
        name().prop_map(|name| AstKind::Path(vec![name])),
        node().prop_map(|node| AstKind::Call {
            function: Name { text: "size".to_owned(), span: 0..0 },
            arguments: vec![ast(AstKind::Path(vec![node.text]))],
        }),
        (prop::sample::select(functions), column()).prop_map(|(function, column)| AstKind::Call {
            function: Name { text: function.to_owned(), span: 0..0 },
            arguments: vec![column],
        }),
    ]
    .prop_map(ast);
    leaf.prop_recursive(4, 40, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let items = prop::collection::vec(inner.clone(), 1..4);
        let constants = prop::collection::vec(literal().prop_map(ast), 2..12);
        let list = prop_oneof![
            items.prop_map(|items| ast(AstKind::List(items))),
            constants.prop_map(|items| ast(AstKind::List(items))),
            column(),
        ];
        prop_oneof![
            boxed().prop_map(AstKind::Not),
            boxed().prop_map(AstKind::Negate),
            (boxed(), list).prop_map(|(item, list)| AstKind::In { item, list: Box::new(list) }),
            (boxed(), boxed(), boxed()).prop_map(|(item, low, high)| AstKind::Between {
                item,
                low,
                high
            }),
            (boxed(), boxed(), boxed()).prop_map(|(test, then, otherwise)| AstKind::Choose {
                test,
                then,
                otherwise
            }),
            (node(), boxed(), name()).prop_map(|(node, index, field)| AstKind::Item {
                node,
                index,
                field: Field::Path(field),
            }),
            boxed().prop_map(|first| AstKind::Chain {
                first,
                rest: vec![(Operator::Relation(Relation::Equal), ast(AstKind::Nil))],
            }),
            (boxed(), operators(), prop::collection::vec(inner.clone(), 2)).prop_map(
                |(first, operators, operands)| AstKind::Chain {
                    first,
                    rest: operators.into_iter().zip(operands).collect(),
                }
            ),
            (boxed(), operators(), prop::collection::vec(inner.clone(), 2)).prop_map(
                |(first, operators, operands)| AstKind::Chain {
                    first,
                    rest: operators.into_iter().zip(operands).collect(),
                }
            ),
        ]
        .prop_map(ast)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_compiled_form_agrees_with_the_clauses(ast in expression(), world in world()) {
        let text = ast.to_string();
        let mut fields = FieldTable::new();
        for field in FIELDS {
            fields.intern(field);
        }
        let mut binder = Binder::new(&mut fields, &NODES);
        // What is plainly no condition, or costs too much, is refused.
        if let Ok(bound) = compile_expression(&text, Dialect::Tripline, &mut binder) {
            let event = Event {
                time: Timestamp::from_millis(world.event.time),
                happened: Timestamp::from_millis(world.event.time),
                position: EventPosition::default(),
                values: &world.event.values,
                payload: b"",
            };
            let found = bound.condition.evaluate(&Context { event, matched: &world });
            prop_assert_eq!(found, world.truth(&ast, Truth::Unknown), "{}", text);
        }
    }
}
