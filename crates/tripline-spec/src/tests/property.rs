//! Laws over arbitrary texts and rules.

use std::cell::Cell;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;
use serde_json::Value;

use super::{found, printed};
use crate::{
    AfterMatchSkipStrategySpec, AtomicSpec, ConditionSpec, EdgeSpec, GraphSpec, Keyword, NodeSpec,
    OnUpdateSpec, PatternSpec, Pointer, QuantifierSpec, RowSpec, RuleDocument, SeveritySpec,
    SkipStrategySpec, TimeSpec, TimeUnitSpec, TimesSpec, WindowSpec, compose_row, parse_rule,
    schema_row, schema_rule, split_row,
};

fn word<K: Keyword + std::fmt::Debug>() -> impl Strategy<Value = K> {
    select(K::ALL)
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9 _\"\\\\规\u{1}]{1,8}"
}

fn size() -> impl Strategy<Value = i64> {
    prop_oneof![0..100_i64, Just(crate::spec::MAX_SAFE_INTEGER)]
}

fn time() -> impl Strategy<Value = TimeSpec> {
    (word::<TimeUnitSpec>(), size()).prop_map(|(unit, size)| {
        let size = size.min(i64::MAX / unit.millis());
        TimeSpec { unit, size, pointer: Pointer::root() }
    })
}

fn window() -> impl Strategy<Value = WindowSpec> {
    (word(), time()).prop_map(|(kind, time)| WindowSpec { kind, time, pointer: Pointer::root() })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no infinities", |n| n.is_finite()).prop_map(Value::from),
        name().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(prop_oneof![inner.clone(), Just(Value::Null)], 0..4).prop_map(Value::from),
            btree_map(name(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn condition() -> impl Strategy<Value = ConditionSpec> {
    let pointer = Pointer::root;
    let leaf = prop_oneof![
        name().prop_map(move |expression| ConditionSpec::Expression {
            expression,
            pointer: pointer()
        }),
        name()
            .prop_map(move |expression| ConditionSpec::Aviator { expression, pointer: pointer() }),
    ];
    leaf.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4)
                .prop_map(move |nested| ConditionSpec::And { nested, pointer: pointer() }),
            vec(inner.clone(), 1..4)
                .prop_map(move |nested| ConditionSpec::Or { nested, pointer: pointer() }),
            inner.clone().prop_map(move |only| ConditionSpec::Not {
                nested: Box::new(only),
                pointer: pointer()
            }),
            (name(), of(any_json()), vec(inner, 0..3), of(name())).prop_map(
                move |(class_name, args, nested, sub_class_name)| ConditionSpec::Class {
                    class_name,
                    args,
                    nested,
                    sub_class_name,
                    pointer: pointer()
                }
            ),
        ]
    })
}

fn times() -> impl Strategy<Value = TimesSpec> {
    (size(), of(size()), of(time())).prop_map(|(from, to, window_time)| TimesSpec {
        from,
        to,
        window_time,
        pointer: Pointer::root(),
    })
}

fn quantifier() -> impl Strategy<Value = QuantifierSpec> {
    (of(word()), btree_set(word(), 0..4), of(times()), of(condition())).prop_map(
        |(consuming_strategy, properties, times, until_condition)| QuantifierSpec {
            consuming_strategy,
            properties,
            times,
            until_condition,
            pointer: Pointer::root(),
        },
    )
}

fn skip() -> impl Strategy<Value = AfterMatchSkipStrategySpec> {
    let strategy = prop_oneof![
        Just(SkipStrategySpec::NoSkip),
        Just(SkipStrategySpec::SkipToNext),
        Just(SkipStrategySpec::SkipPastLastEvent),
        name().prop_map(|pattern_name| SkipStrategySpec::SkipToFirst { pattern_name }),
        name().prop_map(|pattern_name| SkipStrategySpec::SkipToLast { pattern_name }),
    ];
    strategy.prop_map(|strategy| AfterMatchSkipStrategySpec { strategy, pointer: Pointer::root() })
}

fn edge() -> impl Strategy<Value = EdgeSpec> {
    (name(), name(), word()).prop_map(|(source, target, kind)| EdgeSpec {
        source,
        target,
        kind,
        pointer: Pointer::root(),
    })
}

fn graph_of(node: impl Strategy<Value = NodeSpec>) -> impl Strategy<Value = GraphSpec> {
    let rest = (of(window()), of(skip()), any::<bool>());
    (name(), quantifier(), vec(node, 1..4), vec(edge(), 0..4), rest).prop_map(
        |(name, quantifier, nodes, edges, (window, after_match, final_absence))| GraphSpec {
            name,
            version: 1,
            quantifier,
            nodes,
            edges,
            window,
            after_match,
            final_absence,
            pointer: Pointer::root(),
            nodes_pointer: Pointer::root(),
        },
    )
}

fn graph() -> impl Strategy<Value = GraphSpec> {
    let atomic = (name(), quantifier(), of(condition()), of(window())).prop_map(
        |(name, quantifier, condition, window)| {
            let pointer = Pointer::root();
            NodeSpec::Atomic(AtomicSpec { name, quantifier, condition, window, pointer })
        },
    );
    graph_of(atomic.prop_recursive(2, 6, 3, |inner| graph_of(inner).prop_map(NodeSpec::Composite)))
}

fn row() -> impl Strategy<Value = RowSpec> {
    let words = (word::<SeveritySpec>(), word::<OnUpdateSpec>(), any::<bool>());
    let names = (name(), of(name()), of(name()), of(name()));
    let maps = (btree_map(name(), any_json(), 0..3), btree_map(name(), name(), 0..3));
    let rest = (0..9_i64, of(vec(name(), 0..3)), of(-9..9_i64), of(10..20_i64));
    (names, words, maps, rest, graph()).prop_map(
        |(names, (severity, on_update, enabled), (params, labels), rest, pattern)| RowSpec {
            id: names.0,
            version: rest.0,
            name: names.1,
            description: names.2,
            key_by: rest.1,
            function: names.3,
            params: params.into_iter().collect(),
            severity,
            enabled,
            effective_from: rest.2,
            effective_until: rest.3,
            on_update,
            labels,
            pattern: PatternSpec::Graph(Box::new(pattern)),
            pointer: Pointer::root(),
        },
    )
}

/// Checks that a document prints, reads back to itself, and is valid by its schema.
fn round_trip(document: &RuleDocument, schema: &jsonschema::Validator) {
    let value = printed(document);
    let parsed = parse_rule(&value.to_string());
    assert_eq!(parsed.document.as_ref(), Some(document), "{:?}", found(&parsed));
    if let Err(error) = schema.validate(&value) {
        panic!("{error} at {}", error.instance_path());
    }
}

#[test]
fn printing_and_parsing_a_graph_is_identity() {
    let schema = jsonschema::validator_for(&schema_rule()).expect("the schema is a schema");
    proptest!(|(graph in graph())| round_trip(&RuleDocument::Graph(Box::new(graph)), &schema));
}

#[test]
fn printing_and_parsing_a_row_is_identity() {
    let schema = jsonschema::validator_for(&schema_row()).expect("the schema is a schema");
    proptest!(|(row in row())| round_trip(&RuleDocument::Row(Box::new(row)), &schema));
}

/// Takes a document apart, puts it together again, and reads that.
fn through_columns(text: &str, id: &str, version: i64) -> Option<RuleDocument> {
    let columns = split_row(text).expect("a rule");
    let composed = compose_row(&columns.of_rule(id, version)).expect("sound columns");
    parse_rule(composed.text()).document
}

#[test]
fn splitting_and_composing_is_identity() {
    proptest!(|(row in row(), pretty in any::<bool>(), as_text in any::<bool>())| {
        let document = RuleDocument::Row(Box::new(row.clone()));
        let mut value = printed(&document);
        if as_text {
            value["pattern"] = value["pattern"].to_string().into();
        }
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        assert_eq!(through_columns(&text, &row.id, row.version), Some(document));
        let bare = printed(&row.pattern.clone().into_document()).to_string();
        let read = through_columns(&bare, "id", 7).expect("a rule");
        assert_eq!(read.pattern(), row.pattern.graph());
    });
}

/// What a value may be changed to, the empty text for nothing, to come near the borders of what is allowed.
const CHANGES: [&str; 17] = [
    "",
    "null",
    "0",
    "-1",
    "1.0",
    "1e30",
    "\"\"",
    "\"CLASS\"",
    "\"RichNotCondition\"",
    "[]",
    "{}",
    "true",
    "\"SKIP_TO_LAST\"",
    "\"ATOMIC\"",
    "\"DAYS\"",
    "99999999999999",
    "[{}]",
];

/// The pointers of all values inside a value.
fn places(value: &Value, here: &Pointer, found: &mut Vec<Pointer>) {
    found.push(here.clone());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &here.index(index), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                places(item, &here.key(key), found);
            }
        }
        _ => {}
    }
}

/// Takes a member out of its object; does nothing to elements of arrays.
fn remove(value: &mut Value, at: &Pointer) {
    if let Some((parent, key)) = at.as_str().rsplit_once('/')
        && let Some(Value::Object(map)) = value.pointer_mut(parent)
    {
        map.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
    }
}

#[test]
fn what_is_valid_by_the_schema_parses() {
    let schema = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema_row())
        .expect("the schema is a schema");
    let valid = Cell::new(0);
    proptest!(|(row in row(), at in any::<proptest::sample::Index>(), change in select(&CHANGES[..]))| {
        let mut value = printed(&RuleDocument::Row(Box::new(row)));
        let mut found_places = Vec::new();
        places(&value, &Pointer::root(), &mut found_places);
        let place = value.pointer_mut(at.get(&found_places).as_str()).expect("it was found there");
        match change {
            "" => remove(&mut value, at.get(&found_places)),
            _ => *place = serde_json::from_str(change).expect("a change is JSON"),
        }
        if schema.is_valid(&value) {
            valid.set(valid.get() + 1);
            let parsed = parse_rule(&value.to_string());
            assert!(parsed.document.is_some(), "{:?} in {value}", found(&parsed));
        }
    });
    assert!(valid.get() > 0, "no change left a row valid");
}

/// Cuts a text and puts something else in the gap, at the nearest borders of characters.
fn damage(text: &str, from: usize, length: usize, with: &str) -> String {
    let start = text.floor_char_boundary(from.min(text.len()));
    let end = text.ceil_char_boundary(text.len().min(start + length));
    let (before, _) = text.split_at(start);
    let (_, after) = text.split_at(end);
    format!("{before}{with}{after}")
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        assert!(parse_rule(&text).document.is_none());
    }

    #[test]
    fn no_text_of_json_marks_panics(text in r#"[\[\]{},:"\\u0-9a-e\.\-+ \ud7ff\u{1F600}]{0,60}"#) {
        let parsed = parse_rule(&text);
        assert!(parsed.document.is_none());
        let theirs = serde_json::from_str::<Value>(&text).is_ok();
        let ours = crate::json::parse(&text).is_ok();
        // Numbers out of range and duplicate keys aside, both read the same language.
        assert!(ours || !theirs, "{text}");
    }

    #[test]
    fn a_damaged_rule_never_panics(
        row in row(), from in 0_usize..2_000, length in 0_usize..30, with in select(&["", "\"", "\\", "{", "规", "0"][..]),
        as_text in any::<bool>(),
    ) {
        let mut value = printed(&RuleDocument::Row(Box::new(row)));
        if as_text {
            value["pattern"] = value["pattern"].to_string().into();
        }
        let text = damage(&value.to_string(), from, length, with);
        let parsed = parse_rule(&text);
        for item in &parsed.diagnostics {
            assert!(text.get(item.span.clone().expect("located")).is_some(), "{item:?}");
        }
    }
}
