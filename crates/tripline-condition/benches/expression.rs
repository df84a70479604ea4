//! One condition on one event: compiled once, bound once, evaluated over and over.
//!
//! What stands in the event is set before the clock runs, for all three alike: `cel` gets its variables in a context,
//! `rhai` in a scope, Tripline as the values of a field table.

use divan::{Bencher, black_box};
use tripline_condition::{
    Binder, BoundCondition, Context, Dialect, NoMatchedEvents, compile_expression,
};
use tripline_event::{Event, EventPosition, FieldTable, Timestamp, Value};

/// The condition in the spelling of all three, and whether it holds for the event.
const CONDITIONS: [(&str, &str, bool); 4] = [
    ("holds", "eventType == 'cart' && price > 200", true),
    ("fails_first", "eventType == 'view' && price > 200", false),
    ("fails_last", "eventType == 'cart' && price > 900", false),
    ("arithmetic", "price * 2.0 + 10.5 > 500.0", true),
];

const NAMES: [&str; 4] = ["holds", "fails_first", "fails_last", "arithmetic"];

fn main() {
    divan::main();
}

fn condition(name: &str) -> (&'static str, bool) {
    let found = CONDITIONS.into_iter().find(|each| each.0 == name).expect("a known condition");
    (found.1, found.2)
}

fn bind(text: &str, fields: &mut FieldTable) -> BoundCondition {
    let mut binder = Binder::new(fields, &[]);
    compile_expression(text, Dialect::Tripline, &mut binder).expect("a valid expression")
}

#[divan::bench(args = NAMES)]
fn tripline(bencher: Bencher<'_, '_>, name: &str) {
    let (text, holds) = condition(name);
    let mut fields = FieldTable::new();
    fields.intern("eventType");
    fields.intern("price");
    let bound = bind(text, &mut fields);
    let price = if name == "arithmetic" { Value::Float(250.5) } else { Value::Int(250) };
    let values = [Value::from("cart"), price];
    let context = Context {
        event: Event {
            time: Timestamp::from_millis(1),
            happened: Timestamp::from_millis(1),
            position: EventPosition::default(),
            values: &values,
            payload: b"",
        },
        matched: &NoMatchedEvents,
    };
    assert_eq!(bound.condition.evaluate(&context).holds(), holds);
    bencher.bench_local(|| black_box(&bound).condition.evaluate(black_box(&context)));
}

#[divan::bench(args = NAMES)]
fn cel(bencher: Bencher<'_, '_>, name: &str) {
    let (text, holds) = condition(name);
    let program = cel::Program::compile(text).expect("a valid expression");
    let mut context = cel::Context::default();
    context.add_variable("eventType", "cart").expect("a text");
    if name == "arithmetic" {
        context.add_variable("price", 250.5).expect("a number");
    } else {
        context.add_variable("price", 250).expect("a number");
    }
    assert_eq!(program.execute(&context).expect("a value"), holds.into());
    bencher.bench_local(|| black_box(&program).execute(black_box(&context)));
}

#[divan::bench(args = NAMES)]
fn rhai(bencher: Bencher<'_, '_>, name: &str) {
    let (text, holds) = condition(name);
    let engine = rhai::Engine::new();
    // Its texts stand in double quotes.
    let ast = engine.compile_expression(text.replace('\'', "\"")).expect("a valid expression");
    let mut scope = rhai::Scope::new();
    scope.push("eventType", rhai::ImmutableString::from("cart"));
    if name == "arithmetic" {
        scope.push("price", 250.5_f64);
    } else {
        scope.push("price", 250_i64);
    }
    let result = engine.eval_ast_with_scope::<bool>(&mut scope, &ast);
    assert_eq!(result.expect("a value"), holds);
    bencher.bench_local(|| engine.eval_ast_with_scope::<bool>(&mut scope, black_box(&ast)));
}

/// What other conditions cost that rules have.
#[divan::bench(args = [
    "eventType in ['view', 'cart', 'purchase']",
    "price between 100 and 300",
    "eventType matches 'c.*t'",
    "contains(eventType, 'ar')",
    "lower(eventType) == 'cart'",
    "price == nil ? false : price > 200",
    "hour(ts, 'Asia/Shanghai') between 9 and 17",
    "abs(price - 250) < 1",
])]
fn others(bencher: Bencher<'_, '_>, text: &str) {
    let mut fields = FieldTable::new();
    fields.intern("eventType");
    fields.intern("price");
    let bound = bind(text, &mut fields);
    let values = [Value::from("cart"), Value::Int(250)];
    let context = Context {
        event: Event {
            time: Timestamp::from_millis(1_769_817_600_000),
            happened: Timestamp::from_millis(1_769_817_600_000),
            position: EventPosition::default(),
            values: &values,
            payload: b"",
        },
        matched: &NoMatchedEvents,
    };
    bencher.bench_local(|| black_box(&bound).condition.evaluate(black_box(&context)));
}
