//! When there is a warning, and when there is none.

use tripline_condition::Registry;
use tripline_event::FieldTable;

use crate::compile_rule;

/// A rule in short: nodes `name`, or `name=expression`, with a quantifier after `/`; edges between them, `>` SKIP_TILL_NEXT,
/// `.` STRICT, `*` SKIP_TILL_ANY, `!` NOT_FOLLOW, `!.` NOT_NEXT; then members of the graph, and of the row around it.
fn check(short: &str, graph: &str, row: &str, expected: &[&str]) {
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    let mut link = "";
    let mut before = String::new();
    for word in short.split_whitespace() {
        if let Some(kind) = edge(word) {
            link = kind;
            continue;
        }
        let (node, quantifier) = word.split_once('/').unwrap_or((word, ""));
        let (name, asked) = node.split_once('=').unwrap_or((node, ""));
        let asked = asked.replace('~', " ");
        let asked = if asked.is_empty() { format!("type == '{name}'") } else { asked };
        let quantifier = quantifier_of(quantifier);
        nodes.push(format!(
            r#"{{"name":"{name}","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"{asked}"}}{quantifier}}}"#
        ));
        if !before.is_empty() {
            edges.push(format!(r#"{{"source":"{before}","target":"{name}","type":"{link}"}}"#));
        }
        before = name.to_owned();
    }
    let text = format!(
        r#"{{"id":"r","version":1,"key_by":["k"]{row},"pattern":{{"name":"r","nodes":[{}],"edges":[{}]{graph}}}}}"#,
        nodes.join(","),
        edges.join(",")
    );
    let check = compile_rule(&text, &Registry::with_builtins(), &mut FieldTable::new());
    let mut found: Vec<&str> = check.diagnostics.iter().map(|item| item.code.id()).collect();
    found.sort_unstable();
    assert_eq!(found, expected, "{text}: {:#?}", check.diagnostics);
}

fn edge(word: &str) -> Option<&'static str> {
    Some(match word {
        ">" => "SKIP_TILL_NEXT",
        "." => "STRICT",
        "*" => "SKIP_TILL_ANY",
        "!" => "NOT_FOLLOW",
        "!." => "NOT_NEXT",
        _ => return None,
    })
}

/// `+`, `2`, `1-3`, with `?`, `g` (GREEDY), `s` (STRICT) and `a` (SKIP_TILL_ANY) after it.
fn quantifier_of(short: &str) -> String {
    if short.is_empty() {
        return String::new();
    }
    let mut words = Vec::new();
    let numbers: String = short.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    let mut times = String::new();
    if short.contains('+') {
        words.push("\"LOOPING\"");
    } else if !numbers.is_empty() {
        let (from, to) = numbers.split_once('-').unwrap_or((&numbers, &numbers));
        words.push("\"TIMES\"");
        times = format!(r#","times":{{"from":{from},"to":{to}}}"#);
    }
    words.extend(short.contains('?').then_some("\"OPTIONAL\""));
    words.extend(short.contains('g').then_some("\"GREEDY\""));
    let inner = match short {
        _ if short.contains('s') => r#","consumingStrategy":"STRICT""#,
        _ if short.contains('a') => r#","consumingStrategy":"SKIP_TILL_ANY""#,
        _ => "",
    };
    format!(r#","quantifier":{{"properties":[{}]{times}{inner}}}"#, words.join(","))
}

const WINDOW: &str = r#","window":{"type":"FIRST_AND_LAST","time":{"unit":"MINUTES","size":10}}"#;
const GAP: &str =
    r#","window":{"type":"PREVIOUS_AND_CURRENT","time":{"unit":"MINUTES","size":10}}"#;
const TIMEOUT: &str = r#","labels":{"alert":"timeout"}"#;

fn skip(strategy: &str) -> String {
    format!(r#"{WINDOW},"afterMatchStrategy":{{"type":"{strategy}"}}"#)
}

#[test]
fn plain_rules_have_no_warnings() {
    let past = skip("SKIP_PAST_LAST_EVENT");
    for short in [
        "a",
        "a > b > c",
        "a . b",
        "a * b",
        "a ! x > b",
        "a ! x",
        "a !. x > b",
        "a/3",
        "a/3s",
        "a > b/2 > c",
    ] {
        check(short, WINDOW, "", &[]);
        check(short, &past, "", &[]);
    }
    for short in ["a", "a . b", "a/3s"] {
        check(short, "", "", &[]);
    }
    for short in ["a > b", "a > b > c", "a ! x > b", "a/2 > b"] {
        check(short, WINDOW, TIMEOUT, &[]);
    }
    check("a > b", GAP, "", &[]);
    check("a > b/+ > c", WINDOW, "", &[]);
    check("a > b/? > c", WINDOW, "", &[]);
    check("a/+g > b", &past, "", &[]);
    check("a > b=type=='b'~&&~ts-a[0].ts>=9m > c", WINDOW, "", &[]);
}

#[test]
fn what_can_never_match_is_found() {
    check("a=x==1~&&~x==2", WINDOW, "", &["W0203", "W0501"]);
    check("a > b=price~>~last(b.price)", WINDOW, "", &["W0203"]);
    check("a > b/3=x==1", WINDOW, "", &[]);
    check("a > b=ts-a[0].ts>=10m", WINDOW, "", &["W0203"]);
    check("a > b=ts~>~a[0].ts+10m", WINDOW, "", &["W0203"]);
    check("a > b=ts-a[0].ts>=599999", WINDOW, "", &[]);
    check("a ! x=type=='b' > b=type=='b'~&&~v>1 > c", WINDOW, "", &["W0203"]);
    check("a ! x=type=='b' > b=type=='b'~&&~v>1", WINDOW, "", &[]);
    check("a ! x=type=='b' > b > c/?", WINDOW, "", &["W0305"]);
    check("a !. x=type=='b' . b", WINDOW, "", &["W0203"]);
    check("a !. x=type=='b' > b", WINDOW, "", &[]);
    check("a ! x=true > b", WINDOW, "", &["W0204"]);
    check("a ! x=true", WINDOW, "", &[]);
}

#[test]
fn quantifiers_are_looked_at() {
    check("a > b/+", WINDOW, "", &["W0305"]);
    check("a > b/1-3", &skip("SKIP_TO_NEXT"), "", &["W0415"]);
    check("a > b/+g", WINDOW, "", &["W0304"]);
    check("a > b/2g > c", WINDOW, "", &["W0304"]);
    check("a > b/+g . c", WINDOW, "", &["W0304"]);
    check("a > b/+g . c=v>1", WINDOW, "", &[]);
    check("a > b/+g > c", WINDOW, "", &[]);
    check("a/+g > b", WINDOW, "", &["W0307"]);
    check("a > b/2s", WINDOW, "", &["W0306"]);
    check("a * b/2s", WINDOW, "", &[]);
    check("a . b/2s", WINDOW, "", &[]);
    check("a/? > b", WINDOW, "", &["W0309"]);
    check("a > b/+a > c", WINDOW, "", &["W0311"]);
    check("a > b/3a > c", WINDOW, "", &["W0311"]);
    check("a * b * c * d", WINDOW, "", &["W0311"]);
    check("a * b * c > d", WINDOW, "", &[]);
    check("a > b=true/+ > c", WINDOW, "", &["W0312"]);
    check("a=true/11", WINDOW, "", &[]);
    check("a ! x > b/? > c", WINDOW, "", &["W0413"]);
    check("a/2 ! x > b", WINDOW, "", &["W0412"]);
    check("a !. x", WINDOW, "", &["W0411"]);
    check("a/+ ! x", WINDOW, "", &["W0404"]);
}

#[test]
fn limits_are_looked_at() {
    check("a > b", "", "", &["W0408"]);
    check("a/+s . b", "", "", &["W0408"]);
    check("a > b", r#","afterMatchStrategy":{"type":"SKIP_TO_NEXT"}"#, "", &["W0405"]);
    check("a/3s", r#","afterMatchStrategy":{"type":"SKIP_TO_NEXT"}"#, "", &[]);
    check("a > b > c", GAP, "", &["W0406"]);
    check("a > b/?", GAP, "", &["W0305", "W0407"]);
    check("a . b", WINDOW, TIMEOUT, &["W0409"]);
    check("a . b", WINDOW, "", &[]);
    check("a > b", &skip("SKIP_TO_NEXT"), TIMEOUT, &["W0409"]);
    check("a * b", WINDOW, TIMEOUT, &["W0410"]);
    check("a/+ > b", WINDOW, TIMEOUT, &["W0410"]);
}

#[test]
fn what_is_held_back_is_found() {
    let past = skip("SKIP_PAST_LAST_EVENT");
    check("a > b=v==a[0].v", &past, "", &["W0416"]);
    check("a > b=k==a[0].k", &past, "", &[]);
    check("a > b=v!=a[0].v", &past, "", &[]);
    check("a . b=v==a[0].v", &past, "", &[]);
    check("a > b=v==a[0].v", WINDOW, "", &[]);
}

#[test]
fn labels_allow_warnings() {
    let labels = |labels: &str| format!(r#","labels":{{{labels}}}"#);
    check("a > b/+", WINDOW, &labels(r#""allow.W0305":"each is wanted""#), &[]);
    check("a > b/+", WINDOW, &labels(r#""allow.W0305":" ""#), &["W0105", "W0305"]);
    check("a > b/+", WINDOW, &labels(r#""allow.W0304":"no""#), &["W0305"]);
    check("a > b", WINDOW, &labels(r#""allow.E0203":"no""#), &["W0105"]);
    check("a > b", WINDOW, &labels(r#""allow.w0305":"no""#), &["W0105"]);
    check("a > b", WINDOW, &labels(r#""allow.":"no""#), &["W0105"]);
}
