//! Any text in both dialects: never a panic; what parses prints to a text that parses to the same, and evaluates.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tripline::{
    Binder, Context, Dialect, Event, EventPosition, FieldTable, Timestamp, Value,
    compile_expression, parse_expression,
};

fuzz_target!(|text: &str| {
    for dialect in [Dialect::Tripline, Dialect::Aviator] {
        if let Ok(ast) = parse_expression(text, dialect) {
            let printed = ast.to_string();
            assert_eq!(parse_expression(&printed, Dialect::Tripline).as_ref(), Ok(&ast), "{printed}");
        }
        let mut fields = FieldTable::new();
        let mut binder = Binder::new(&mut fields, &["a", "b"]);
        let Ok(bound) = compile_expression(text, dialect, &mut binder) else { continue };
        let items = [Value::from(3), Value::Missing, Value::from("a"), Value::from(2.5)];
        let values = [Value::Missing, Value::from(3), Value::from(2.5), Value::from("a"), true.into()];
        for value in values.into_iter().chain([Value::List(items.as_slice().into())]) {
            let values = vec![value; fields.len()];
            let event = Event {
                time: Timestamp::from_millis(7),
                happened: Timestamp::from_millis(7),
                position: EventPosition::default(),
                values: &values,
                payload: b"{}",
            };
            let nothing = &Nothing;
            let context = Context { event, matched: nothing };
            let _truth = bound.condition.evaluate(&context);
        }
    }
});

struct Nothing;

impl tripline::MatchedEvents for Nothing {
    fn count(&self, _: tripline::NodeIndex) -> usize {
        2
    }

    fn value(&self, _: tripline::NodeIndex, index: usize, _: tripline::FieldId) -> Value {
        Value::Int(i64::try_from(index).unwrap_or(i64::MAX))
    }

    fn time(&self, _: tripline::NodeIndex, _: usize) -> Option<Timestamp> {
        Some(Timestamp::MIN)
    }

    fn sum(&self, _: tripline::NodeIndex, _: tripline::FieldId) -> Value {
        Value::Int(i64::MAX)
    }
}
