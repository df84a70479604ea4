//! Plugins that do what no plugin should.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tripline_event::{Event, EventPosition, FieldId, FieldTable, Timestamp, Value};

use super::{ConditionFactory, FaultReport, Registry, RegistryError};
use crate::{
    ArgsError, Binder, BoundCondition, Condition, Context, NoMatchedEvents, NodeIndex, Truth,
};

/// What a plugin does wrong; most do nothing wrong but one thing.
type Bind = fn(&Json, &mut Binder<'_>) -> Result<BoundCondition, ArgsError>;

struct Bad {
    name: &'static str,
    describe: fn() -> &'static str,
    schema: fn() -> Json,
    bind: Bind,
}

impl std::fmt::Debug for Bad {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("it cannot be printed")
    }
}

impl ConditionFactory for Bad {
    fn name(&self) -> &str {
        self.name
    }

    fn description(&self) -> &str {
        (self.describe)()
    }

    fn parameters_schema(&self) -> Json {
        (self.schema)()
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        (self.bind)(args, binder)
    }
}

/// Asks a function.
struct Asked(fn(&Context<'_>) -> Truth);

impl std::fmt::Debug for Asked {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("it cannot be printed")
    }
}

impl Condition for Asked {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        (self.0)(context)
    }
}

fn bound(condition: impl Condition + 'static) -> BoundCondition {
    BoundCondition {
        condition: Arc::new(condition),
        canonical: "(a == 1)".into(),
        iterative: false,
        required_equality: None,
        matched_fields: Vec::new(),
        sums: Vec::new(),
    }
}

fn holds(_: &Context<'_>) -> Truth {
    Truth::True
}

fn bad(bind: Bind) -> Bad {
    Bad { name: "Bad", describe: || "is bad", schema: || json!({"type": "object"}), bind }
}

fn register(bad: Bad) -> Result<Registry, RegistryError> {
    let mut registry = Registry::with_builtins();
    registry.register_factory(Arc::new(bad)).map(|()| registry)
}

fn try_bind(bind: Bind, fields: &mut FieldTable) -> Result<BoundCondition, ArgsError> {
    let registry = register(bad(bind)).unwrap();
    registry.get("Bad").unwrap().bind(&json!([1]), &mut Binder::new(fields, &["node"]))
}

/// Evaluates the condition over an event whose first field is 1, and says what went wrong so far.
fn evaluate(bound: &BoundCondition) -> (Truth, FaultReport) {
    let values = [Value::Int(1)];
    let position = EventPosition::default();
    let event = Event {
        time: Timestamp::from_millis(0),
        happened: Timestamp::from_millis(0),
        position,
        values: &values,
        payload: b"",
    };
    let truth = bound.condition.evaluate(&Context { event, matched: &NoMatchedEvents });
    let mut report = None;
    bound.condition.faults(&mut |faults| report = Some(faults.report()));
    (truth, report.unwrap())
}

#[test]
fn what_it_says_of_itself() {
    let refused = |bad: Bad| match register(bad) {
        Err(error @ RegistryError::Faulty { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let good: Bind = |_, _| Ok(bound(Asked(holds)));
    let error = refused(Bad { describe: || panic!("no words"), ..bad(good) });
    assert!(error.contains("panicked") && error.contains("no words"), "{error}");
    let error = refused(Bad { schema: || panic!("no schema"), ..bad(good) });
    assert!(error.contains("no schema"), "{error}");
    let error = refused(Bad { schema: || json!([1]), ..bad(good) });
    assert!(error.contains("no JSON object"), "{error}");
    for name in ["", "(tag == \"A\")", "a b", "my.RichOrCondition", "x{"] {
        refused(Bad { name, ..bad(good) });
    }
    // A schema that is no schema, and one that describes nothing: the plugin reads its arguments itself.
    for schema in [|| json!({"type": 5}), || json!({"properties": [1, 2]})] {
        let registry = register(Bad { schema, ..bad(good) }).unwrap();
        let mut fields = FieldTable::new();
        let mut binder = Binder::new(&mut fields, &[]);
        registry.get("Bad").unwrap().bind(&json!({"x": 1}), &mut binder).unwrap();
    }
}

/// Something whose memory cannot be given back without a panic.
struct Sticky;

impl Drop for Sticky {
    fn drop(&mut self) {
        panic!("sticky");
    }
}

impl std::fmt::Debug for Sticky {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl Condition for Sticky {
    fn evaluate(&self, _: &Context<'_>) -> Truth {
        panic_any(Self)
    }
}

#[test]
fn panics() {
    let mut fields = FieldTable::new();
    fields.intern("kept");
    let error = try_bind(
        |_, binder| {
            binder.field("left behind");
            panic!("thirteen {}", 13)
        },
        &mut fields,
    )
    .unwrap_err();
    assert!(error.is_fault() && error.message.to_string().ends_with("thirteen 13"), "{error:?}");
    assert_eq!(fields.paths().collect::<Vec<_>>(), ["kept"], "and its fields are not looked for");

    let asked = try_bind(|_, _| Ok(bound(Asked(|_| panic!("fourteen")))), &mut fields).unwrap();
    evaluate(&asked);
    let (truth, report) = evaluate(&asked);
    assert_eq!((truth, report.panics), (Truth::Unknown, 2));
    assert_eq!(report.first_panic.as_deref(), Some("fourteen"));
    assert!(format!("{asked:?}").contains("Guarded"));

    let sticky = try_bind(|_, _| Ok(bound(Sticky)), &mut fields).unwrap();
    assert_eq!(evaluate(&sticky).1.first_panic.as_deref(), Some("it said nothing"));
    drop(sticky);
    assert!(!crate::in_guarded_plugin());

    let long = try_bind(|_, _| Err(ArgsError::new("/x", "y".repeat(1 << 20))), &mut fields);
    assert_eq!(long.unwrap_err().message.to_string().len(), 500);
}

#[test]
fn what_it_says_of_its_condition() {
    /// A number of another table, which has more fields.
    fn far() -> FieldId {
        let mut other = FieldTable::new();
        (0..100).map(|number| other.intern(&number.to_string())).last().unwrap()
    }
    let check = |bind: Bind, expected: &str| {
        let error = try_bind(bind, &mut FieldTable::new()).unwrap_err();
        assert!(error.is_fault() && error.message.to_string().contains(expected), "{error:?}");
    };
    let no_field = "a field that there is not";
    check(
        |_, _| Ok(BoundCondition { matched_fields: vec![far()], ..bound(Asked(holds)) }),
        no_field,
    );
    let required = |_: &Json, _: &mut Binder<'_>| {
        let required_equality = Some((far(), Value::Int(1)));
        Ok(BoundCondition { required_equality, ..bound(Asked(holds)) })
    };
    check(required, no_field);
    let sums = |_: &Json, _: &mut Binder<'_>| {
        Ok(BoundCondition { sums: vec![(NodeIndex(0), far())], ..bound(Asked(holds)) })
    };
    check(sums, no_field);
    let nodes = |_: &Json, binder: &mut Binder<'_>| {
        let sums = vec![(NodeIndex(9), binder.field("a"))];
        Ok(BoundCondition { sums, ..bound(Asked(holds)) })
    };
    check(nodes, "a node that there is not");
    let giant = |_: &Json, _: &mut Binder<'_>| {
        Ok(BoundCondition { canonical: "x".repeat(1 << 20).into(), ..bound(Asked(holds)) })
    };
    check(giant, "exceeds the limit of 65536");
    let many = |_: &Json, binder: &mut Binder<'_>| {
        (0..2_000).for_each(|number| {
            binder.field(&number.to_string());
        });
        Ok(bound(Asked(holds)))
    };
    check(many, "exceeds the limit of 1000");

    let twice = try_bind(
        |_, binder| {
            let field = binder.field("a");
            Ok(BoundCondition { matched_fields: vec![field; 3], ..bound(Asked(holds)) })
        },
        &mut FieldTable::new(),
    )
    .unwrap();
    assert_eq!((twice.matched_fields.len(), twice.iterative), (1, true));
    assert_eq!(&*twice.canonical, "Bad[1]: (a == 1)", "it cannot take the place of an expression");
}

#[test]
fn an_equality_that_it_does_not_keep() {
    fn field_a() -> FieldId {
        FieldTable::new().intern("a")
    }
    let mut fields = FieldTable::new();
    fields.intern("a");
    static VALUE: Mutex<Value> = Mutex::new(Value::Missing);
    for (value, expected) in [
        (Value::Int(1), (Truth::True, 0)),
        (Value::Float(1.0), (Truth::True, 0)),
        (Value::Int(2), (Truth::Unknown, 1)),
        (Value::Missing, (Truth::Unknown, 1)),
    ] {
        *VALUE.lock().unwrap() = value.clone();
        let equal: Bind = |_, _| {
            let required_equality = Some((field_a(), VALUE.lock().unwrap().clone()));
            Ok(BoundCondition { required_equality, ..bound(Asked(holds)) })
        };
        let (truth, report) = evaluate(&try_bind(equal, &mut fields).unwrap());
        assert_eq!((truth, report.unkept), expected, "{value:?}");
    }
}

#[test]
fn slow_answers() {
    static NOW_NS: AtomicU64 = AtomicU64::new(0);
    let slow: Bind = |_, _| {
        Ok(bound(Asked(|_| {
            NOW_NS.fetch_add(60_000_000, Ordering::Relaxed);
            Truth::True
        })))
    };
    let registry = register(bad(slow)).unwrap();
    registry.set_stopwatch(|| NOW_NS.load(Ordering::Relaxed));
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &[]);
    let asked = registry.get("Bad").unwrap().bind(&Json::Null, &mut binder).unwrap();
    let once = evaluate(&asked).1;
    assert!(once.is_empty(), "once may be the machine: {once:?}");
    let twice = evaluate(&asked).1;
    assert_eq!((twice.slow, twice.slow_ms, twice.slowest_ms), (2, 120, 60));
}
