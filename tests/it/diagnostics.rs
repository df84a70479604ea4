//! The pages of `docs/diagnostics`: the wrong example of each raises its code where it should, the right one does not.
//!
//! `tests/diagnostics/places.csv` says where; `UPDATE_EXPECT=1` writes it anew, to be read before it is committed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use tripline::{Code, Diagnostics, FieldTable, Registry, compile_rule};

use crate::root;

/// Codes whose examples cannot stand on a page, with a rule that raises them.
fn written_here() -> Vec<(Code, String)> {
    let with_condition = |expression: &str| {
        format!(
            r#"{{"name":"r","edges":[],"nodes":[{{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"{expression}"}}}}]}}"#
        )
    };
    let nodes: Vec<String> =
        (0..1_001).map(|at| format!(r#"{{"name":"n{at}","type":"ATOMIC"}}"#)).collect();
    let edges: Vec<String> = (0..1_000)
        .map(|at| format!(r#"{{"source":"n{at}","target":"n{}","type":"STRICT"}}"#, at + 1))
        .collect();
    let many =
        format!(r#"{{"name":"r","nodes":[{}],"edges":[{}]}}"#, nodes.join(","), edges.join(","));
    let cut_off: String = with_condition(&"规".repeat(5_000)).chars().take(4_096).collect();
    vec![
        (Code::PatternCutOff, cut_off),
        (Code::TextTooLarge, " ".repeat((1 << 20) + 1)),
        (Code::NestedTooDeep, "[".repeat(100)),
        (Code::TooManyNodes, many),
        (Code::ExpressionTooLong, with_condition(&"a".repeat(20_000))),
        (Code::ExpressionTooCostly, with_condition(&vec!["lower(a) == b"; 257].join(" || "))),
        (Code::ExpressionTooDeep, with_condition(&("(".repeat(100) + "a" + &")".repeat(100)))),
    ]
}

/// Raised where rules run, or with more than a rule: `tests/it/cli.rs`, `tests/it/live.rs`, `tests/it/aliases.rs`,
/// `tests/it/bad_plugins.rs`.
const RAISED_ELSEWHERE: [Code; 11] = [
    Code::NoKey,
    Code::UnreadableRow,
    Code::NotMigrated,
    Code::BrokenAlias,
    Code::ConfigNotToml,
    Code::ConfigUnknownKey,
    Code::ConfigValue,
    Code::PluginFault,
    Code::PluginPanicked,
    Code::PluginInconsistent,
    Code::PluginSlow,
];

fn check(text: &str) -> Diagnostics {
    compile_rule(text, &Registry::with_builtins(), &mut FieldTable::new()).diagnostics
}

pub(crate) fn page(code: Code) -> String {
    fs::read_to_string(root(&format!("docs/diagnostics/{code}.md"))).expect("a page")
}

/// The JSON examples of a page, in order.
pub(crate) fn examples(page: &str) -> Vec<&str> {
    page.split("```json\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_wrong_example_raises_the_code_and_the_right_one_nothing() {
    let written_here = written_here();
    let mut faults = Vec::new();
    for &code in Code::ALL {
        let page = page(code);
        let pair = examples(&page);
        let here = written_here.iter().any(|(written, _)| *written == code);
        let [wrong, right] = pair[..] else {
            assert!(pair.is_empty(), "{code} has {} examples", pair.len());
            let here = here || RAISED_ELSEWHERE.contains(&code);
            assert!(here, "{code} has no example on its page and none in this test");
            continue;
        };
        assert!(!here, "{code} has an example on its page");
        let raised: BTreeSet<Code> = check(wrong).iter().map(|item| item.code).collect();
        let expected: BTreeSet<Code> =
            [code].into_iter().filter(|code| !RAISED_ELSEWHERE.contains(code)).collect();
        if raised != expected {
            faults.push(format!("{code}: the wrong example raises {raised:?}"));
        }
        let raised: Vec<Code> = check(right).iter().map(|item| item.code).collect();
        if !raised.is_empty() {
            faults.push(format!("{code}: the right example raises {raised:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn each_code_stands_at_its_place() {
    let mut rules: Vec<(Code, String)> = Code::ALL
        .iter()
        .filter(|code| !RAISED_ELSEWHERE.contains(code))
        .filter_map(|&code| {
            let page = page(code);
            Some((code, (*examples(&page).first()?).to_owned()))
        })
        .chain(written_here())
        .collect();
    rules.sort_by_key(|(code, _)| code.id());
    let mut places = String::from("code,pointer,line,column\n");
    for (code, text) in rules {
        for found in check(&text).iter().filter(|found| found.code == code) {
            let message = found.message.to_string();
            assert!(!message.is_empty() && !message.ends_with('.'), "{code}");
            let (pointer, line, column) = (&found.pointer, found.line, found.column);
            writeln!(places, "{code},{pointer},{line},{column}").expect("a text");
        }
    }
    let path = root("tests/diagnostics/places.csv");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &places).expect("the file can be written");
    }
    let expected = fs::read_to_string(&path).expect("the file can be read");
    for (place, expected) in places.lines().zip(expected.lines()) {
        assert_eq!(place, expected, "UPDATE_EXPECT=1 writes the file anew");
    }
    assert_eq!(places.lines().count(), expected.lines().count());
}
