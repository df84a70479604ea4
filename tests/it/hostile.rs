//! Rules that nobody means well: each is refused or works, soon.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tripline::{Code, FieldTable, Registry, compile_rule};

/// Far more than any of them needs, on a busy machine too.
const DEADLINE: Duration = Duration::from_secs(60);

/// Checks a rule on a thread with a small stack: whether it is valid, and which errors it has.
fn checked(name: &str, rule: String) -> (bool, Vec<Code>) {
    let (send, receive) = mpsc::channel();
    let work = move || {
        let registry = Registry::with_builtins();
        let check = compile_rule(&rule, &registry, &mut FieldTable::new());
        let codes: Vec<Code> = check.diagnostics.errors().map(|error| error.code).collect();
        // The receiver is gone once the deadline has passed.
        drop(send.send((check.rule.is_some(), codes)));
    };
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread");
    let result = receive
        .recv_timeout(DEADLINE)
        .unwrap_or_else(|error| panic!("{name} is not checked in time: {error}"));
    thread.join().expect("the check ends");
    result
}

/// The rule is refused with this code, or else accepted.
fn check(name: &str, rule: String, expected: Option<Code>) {
    let (valid, codes) = checked(name, rule);
    match expected {
        None => assert!(valid, "{name} is refused: {:?}", codes.first()),
        Some(code) => {
            assert!(!valid, "{name} is accepted");
            assert!(codes.contains(&code), "{name}: {code} is not among {:?}", codes.first());
        }
    }
}

/// Accepted, or refused as too large: only how long it takes counts.
fn either(name: &str, rule: String) {
    let (valid, codes) = checked(name, rule);
    assert!(valid || codes == [Code::AutomatonTooLarge], "{name}: {codes:?}");
}

fn node(name: &str, quantifier: &str) -> String {
    format!(r#"{{"name":{name:?},"type":"ATOMIC","quantifier":{quantifier}}}"#)
}

/// Edges from each to the next.
fn edges(names: &[String]) -> String {
    let edge = |pair: &[String]| {
        format!(r#"{{"source":{:?},"target":{:?},"type":"SKIP_TILL_NEXT"}}"#, pair[0], pair[1])
    };
    names.windows(2).map(edge).collect::<Vec<_>>().join(",")
}

/// A chain of nodes, each after the one before.
fn chain(names: &[String], quantifier: &str) -> String {
    let nodes: Vec<String> = names.iter().map(|name| node(name, quantifier)).collect();
    format!(r#"{{"name":"r","nodes":[{}],"edges":[{}]}}"#, nodes.join(","), edges(names))
}

fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{prefix}{at}")).collect()
}

const OPTIONAL: &str = r#"{"properties":["OPTIONAL"]}"#;

#[test]
fn nested_too_deep() {
    let deep = |open: &str, close: &str| open.repeat(10_000) + &close.repeat(10_000);
    check("arrays", deep("[", "]"), Some(Code::NestedTooDeep));
    check("objects", deep(r#"{"nodes":"#, "}"), Some(Code::NestedTooDeep));
    check("open arrays", "[".repeat(1_000_000), Some(Code::NestedTooDeep));
    let graphs = deep(r#"{"name":"g","type":"COMPOSITE","edges":[],"nodes":["#, "]}");
    check("graphs", graphs, Some(Code::NestedTooDeep));
    let parts = "(".repeat(10_000) + "a" + &")".repeat(10_000);
    let rule = format!(
        r#"{{"name":"r","edges":[],"nodes":[{{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"{parts}"}}}}]}}"#
    );
    check("parentheses", rule, Some(Code::ExpressionTooLong));
    let rule = format!(
        r#"{{"name":"r","edges":[],"nodes":[{{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"{}a"}}}}]}}"#,
        "!".repeat(10_000)
    );
    check("negations", rule, Some(Code::ExpressionTooDeep));
}

#[test]
fn numbers_without_measure() {
    for (from, to) in [(4_000_000_000_u64, 4_000_000_000_u64), (1, 4_000_000_000)] {
        let times = format!(r#"{{"properties":["TIMES"],"times":{{"from":{from},"to":{to}}}}}"#);
        check("times", chain(&["a".to_owned()], &times), Some(Code::AutomatonTooLarge));
    }
    let looping = r#"{"properties":["LOOPING"],"times":{"from":9223372036854775807}}"#;
    check("looping", chain(&["a".to_owned()], looping), Some(Code::AutomatonTooLarge));
    let past = r#"{"properties":["TIMES"],"times":{"from":1,"to":1e400}}"#;
    check("past every range", chain(&["a".to_owned()], past), Some(Code::NumberOutOfRange));
    let nested = (0..20).fold(node("a", "null"), |inner, level| {
        format!(
            r#"{{"name":"g{level}","type":"COMPOSITE","edges":[],"nodes":[{inner}],
                "quantifier":{{"properties":["TIMES"],"times":{{"from":9,"to":9}}}}}}"#
        )
    });
    let rule = format!(r#"{{"name":"r","edges":[],"nodes":[{nested}]}}"#);
    check("9 times 9 times …", rule, Some(Code::AutomatonTooLarge));
}

#[test]
fn texts_without_measure() {
    check("100 MB of space", " ".repeat(100 << 20), Some(Code::TextTooLarge));
    let name = "x".repeat(100 << 20);
    check("a name of 100 MB", chain(&[name], "null"), Some(Code::TextTooLarge));
    check(
        "a name of 300 characters",
        chain(&["x".repeat(300)], "null"),
        Some(Code::InvalidNodeName),
    );
    let keys: Vec<String> = (0..60_000).map(|at| format!("\"k{at}\":0")).collect();
    let rule =
        format!(r#"{{"name":"r","nodes":[{}],"edges":[],{}}}"#, node("a", "null"), keys.join(","));
    check("60,000 unknown keys", rule, None);
    let many = chain(&numbered("n", 1_001), "null");
    check("1,001 nodes", many, Some(Code::TooManyNodes));
}

#[test]
fn names_that_stand_twice() {
    // The edges of such a graph can be followed for ever.
    let ring =
        |nodes: &str, edge: &str| format!(r#"{{"name":"r","nodes":[{nodes}],"edges":[{edge}]}}"#);
    let twice = [node("a", "null"), node("a", "null")].join(",");
    let edge = r#"{"source":"a","target":"a","type":"STRICT"}"#;
    check("two of a name", ring(&twice, edge), Some(Code::DuplicateNode));
    check("one and itself", ring(&node("a", "null"), edge), Some(Code::NoBegin));
    let thrice = format!("{},{twice}", node("b", "null"));
    check("three of two names", ring(&thrice, edge), Some(Code::DuplicateNode));
}

#[test]
fn optional_parts_without_measure() {
    let groups = |count: usize| {
        let names = numbered("g", count);
        let nodes: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let inner = chain(&[format!("a{at}"), format!("b{at}")], OPTIONAL);
                inner.replacen(
                    r#""name":"r""#,
                    &format!(r#""name":"{name}","type":"COMPOSITE""#),
                    1,
                )
            })
            .collect();
        format!(r#"{{"name":"r","nodes":[{}],"edges":[{}]}}"#, nodes.join(","), edges(&names))
    };
    // Their number decides, not the way they nest: whatever is accepted is quick to run.
    for count in [3, 10, 30, 100] {
        either("optional groups", groups(count));
    }
    for count in [10, 100, 1_000] {
        either("optional nodes", chain(&numbered("n", count), OPTIONAL));
    }
    // A text of just under 1 MiB, all of it nodes.
    let long: Vec<String> = (0..1_000).map(|at| format!("{at:04}{}", "é".repeat(140))).collect();
    let rule = chain(&long, OPTIONAL);
    assert!(rule.len() > 900_000 && rule.len() < 1 << 20, "{} bytes", rule.len());
    either("a text of 1 MiB", rule);
    let looping = r#"{"properties":["LOOPING","OPTIONAL"]}"#;
    for count in [10, 30, 1_000] {
        either("optional loops", chain(&numbered("n", count), looping));
    }
}

#[test]
fn names_of_every_kind() {
    let names = [
        "é",
        "e\u{301}",
        "名前",
        "👩‍👩‍👧",
        "\u{202e}tfel",
        "\u{0}",
        "\u{7f}",
        "\u{feff}",
        "a b",
        "\"",
        "\\",
        "\u{2028}",
        "İ",
        "ß",
        "ﬁ",
        "\u{10ffff}",
        "__proto__",
        "a.b",
        "a[0]",
        "$",
        "~1/",
    ];
    for name in names {
        let quoted = serde_json::to_string(name).expect("a string");
        let rule = format!(
            r#"{{"name":{quoted},"nodes":[{{"name":{quoted},"type":"ATOMIC"}}],"edges":[]}}"#
        );
        check(name, rule, None);
    }
    for name in ["", "a:1", "$endState$"] {
        check(name, chain(&[name.to_owned()], "null"), Some(Code::InvalidNodeName));
    }
    let lone = r#"{"name":"\ud800","nodes":[],"edges":[]}"#;
    check("half a character", lone.to_owned(), Some(Code::InvalidJson));
}
