//! `tests/data/*.csv`: an expression, an event, the events matched before it by node, and what comes out: T, F or U;
//! four cells between semicolons, as they stand.
//!
//! `expressions.csv` is written by hand; `oracle.csv` holds random expressions with the answers of the evaluator that
//! the conformance cases were made with.

use serde_json::{Map, Value as Json};
use tripline_event::json::JsonPayloadDecoder;
use tripline_event::{
    Event, EventPosition, FieldId, FieldTable, PayloadDecoder as _, Timestamp, Value,
};

use crate::{
    Binder, Context, Dialect, MatchedEvents, NodeIndex, Truth, add_to_sum, compile_expression,
};

type Object = Map<String, Json>;

struct MatchedObjects<'a> {
    nodes: Vec<&'a Vec<Json>>,
    fields: &'a FieldTable,
}

fn value_of(object: &Json, path: &str) -> Value {
    JsonPayloadDecoder.value(object.to_string().as_bytes(), path)
}

fn time_of(object: &Json) -> Timestamp {
    Timestamp::from_millis(object.get("ts").and_then(Json::as_i64).unwrap_or(0))
}

impl MatchedEvents for MatchedObjects<'_> {
    fn count(&self, node: NodeIndex) -> usize {
        self.nodes[usize::from(node.0)].len()
    }

    fn value(&self, node: NodeIndex, index: usize, field: FieldId) -> Value {
        self.nodes[usize::from(node.0)]
            .get(index)
            .map_or(Value::Missing, |object| value_of(object, self.fields.path(field).unwrap()))
    }

    fn time(&self, node: NodeIndex, index: usize) -> Option<Timestamp> {
        self.nodes[usize::from(node.0)].get(index).map(time_of)
    }

    fn sum(&self, node: NodeIndex, field: FieldId) -> Value {
        let values = (0..self.count(node)).map(|index| self.value(node, index, field));
        values.fold(Value::Int(0), |sum, value| add_to_sum(&sum, &value))
    }
}

fn evaluate(expression: &str, event: &str, matched: &str) -> Truth {
    let event: Json = serde_json::from_str(event).unwrap();
    let matched: Object = serde_json::from_str(matched).unwrap();
    let none = Vec::new();
    let nodes = ["cart", "A", "B", "C"];
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &nodes);
    let bound = compile_expression(expression, Dialect::Tripline, &mut binder)
        .unwrap_or_else(|errors| panic!("{expression}: {errors:?}"));
    let values: Vec<Value> = fields.paths().map(|path| value_of(&event, path)).collect();
    let matched = MatchedObjects {
        nodes: nodes
            .iter()
            .map(|node| matched.get(*node).and_then(Json::as_array).unwrap_or(&none))
            .collect(),
        fields: &fields,
    };
    bound.condition.evaluate(&Context {
        event: Event {
            time: time_of(&event),
            happened: time_of(&event),
            position: EventPosition::default(),
            values: &values,
            payload: b"",
        },
        matched: &matched,
    })
}

fn check(table: &str) {
    let mut rows = 0;
    let mut wrong = Vec::new();
    let lines = table.lines().skip(1);
    for line in lines.filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split(';').collect();
        let [expression, event, matched, expected] = cells[..] else {
            panic!("not four cells: {line}");
        };
        let found = match evaluate(expression, event, matched) {
            Truth::True => "T",
            Truth::False => "F",
            Truth::Unknown => "U",
        };
        if found != expected {
            wrong.push(format!("{line} but {found}"));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 50, "only {rows} rows");
}

#[test]
fn expressions_written_by_hand() {
    check(include_str!("../../../tests/data/expressions.csv"));
}

#[test]
fn expressions_that_the_oracle_answered() {
    check(include_str!("../../../tests/data/oracle.csv"));
}
