//! Every diagnostic code: the wrong example of the catalogue raises it and nothing else, the right one nothing.
//!
//! What the program says of the wrong ones stands in `tests/diagnostics`: reports in each language, and the JSON.
//! What each form of condition becomes stands there too.
//! `UPDATE_EXPECT=1` writes these files anew, to be read before they are committed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tripline::{
    Code, Diagnostics, EventSchemas, FieldTable, Lang, Registry, RuleCheck, compile_rule,
};

use crate::program::Program;
use crate::root;

/// Codes whose examples are too large for a page, with a rule that raises them.
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

/// Raised by nothing any more.
const RETIRED: [Code; 1] = [Code::AggregateNotYet];

/// Raised where rules run, or with more than a rule: `tests/it/said_elsewhere.rs` has what is said of them.
pub(crate) const RAISED_ELSEWHERE: [Code; 20] = [
    Code::ActionUnfit,
    Code::KeyIsSplit,
    Code::UnknownAction,
    Code::NoKey,
    Code::UnreadableRow,
    Code::NotMigrated,
    Code::BrokenAlias,
    Code::ConfigNotToml,
    Code::ConfigUnknownKey,
    Code::ConfigValue,
    Code::EventSchemaNotJson,
    Code::EventSchemaWrong,
    Code::PluginFault,
    Code::PluginPanicked,
    Code::PluginInconsistent,
    Code::PluginSlow,
    Code::BudgetExceeded,
    Code::RuleSuspended,
    Code::StatUnfit,
    Code::StatGone,
];

/// Whether no rule's text raises a code.
fn has_no_rule(code: Code) -> bool {
    RAISED_ELSEWHERE.contains(&code) || RETIRED.contains(&code)
}

fn compile(text: &str) -> RuleCheck {
    compile_rule(text, &Registry::with_builtins(), &mut FieldTable::new())
}

/// What is found in a rule that stands for a code, whose example may have an event schema.
fn check(code: Code, text: &str) -> Diagnostics {
    let mut registry = Registry::with_builtins();
    if let Some(schema) = event_schema(code) {
        let mut schemas = EventSchemas::new();
        schemas.add("shop", schema).expect("an event schema");
        registry.set_event_schemas(Arc::new(schemas));
    }
    compile_rule(text, &registry, &mut FieldTable::new()).diagnostics
}

fn event_schema(code: Code) -> Option<&'static str> {
    code.entry().examples?.event_schema
}

/// Compares a text with a file of `tests/diagnostics`.
pub(crate) fn expect(name: &str, text: &str) {
    let path = root(&format!("tests/diagnostics/{name}"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, text).expect("the file can be written");
    }
    let expected = fs::read_to_string(&path).expect("the file can be read");
    for (line, expected) in text.lines().zip(expected.lines()) {
        assert_eq!(line, expected, "{name}: UPDATE_EXPECT=1 writes the file anew");
    }
    assert_eq!(text.lines().count(), expected.lines().count(), "{name}");
}

#[test]
fn the_wrong_example_raises_the_code_and_the_right_one_nothing() {
    let written_here = written_here();
    let mut faults = Vec::new();
    for &code in Code::ALL {
        let here = written_here.iter().any(|(written, _)| *written == code);
        let Some(examples) = code.entry().examples else {
            let here = here || has_no_rule(code);
            assert!(here, "{code} has no example in the catalogue and none in this test");
            continue;
        };
        assert!(!here, "{code} has an example in the catalogue");
        let raised: BTreeSet<Code> =
            check(code, examples.wrong).iter().map(|item| item.code).collect();
        let expected: BTreeSet<Code> =
            [code].into_iter().filter(|code| !has_no_rule(*code)).collect();
        if raised != expected {
            faults.push(format!("{code}: the wrong example raises {raised:?}"));
        }
        let raised: Vec<Code> = check(code, examples.right).iter().map(|item| item.code).collect();
        if !raised.is_empty() {
            faults.push(format!("{code}: the right example raises {raised:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A wrong rule for each code, in the order of the codes.
fn wrong_rules() -> Vec<(Code, String)> {
    let of_catalogue = Code::ALL
        .iter()
        .filter(|code| !has_no_rule(**code))
        .filter_map(|&code| Some((code, code.entry().examples?.wrong.to_owned())));
    let mut rules: Vec<(Code, String)> = of_catalogue.chain(written_here()).collect();
    rules.sort_by_key(|(code, _)| code.id());
    rules
}

/// What the program writes of the rules in `folder`, each by itself, since rows may have the same id.
fn said(folder: &Path, rules: &[(Code, String)], options: &[&str]) -> String {
    let mut all = String::new();
    for (code, _) in rules {
        let mut rule = Program::new("validate-rule").arg(format!("{code}.json")).args(options);
        if let Some(schema) = event_schema(*code) {
            let events = folder.join(format!("events-{code}"));
            fs::create_dir_all(&events).expect("a folder");
            fs::write(events.join("shop.json"), schema).expect("a file");
            rule = rule.arg("--event-schema").arg(events);
        }
        let done = rule.current_dir(folder).run();
        assert!(done.code == 0 || done.code == 3, "{code}: {done:?}");
        all.push_str(&String::from_utf8(done.stdout).expect("UTF-8"));
    }
    all
}

#[test]
fn each_code_is_reported_in_both_languages_and_as_json() {
    let rules = wrong_rules();
    assert_eq!(rules.len() + RAISED_ELSEWHERE.len() + RETIRED.len(), Code::ALL.len());
    let folder = tempfile::tempdir().expect("a folder");
    for (code, text) in &rules {
        fs::write(folder.path().join(format!("{code}.json")), text).expect("a file");
    }
    for lang in Lang::ALL.map(Lang::code) {
        let human = said(folder.path(), &rules, &["--lang", lang]);
        expect(&format!("reports.{lang}.txt"), &human);
        let json = said(folder.path(), &rules, &["--lang", lang, "--format", "json"]);
        expect(&format!("findings.{lang}.jsonl"), &json);
        for ((code, _), line) in rules.iter().zip(json.lines()) {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let findings = line["diagnostics"].as_array().expect("a list");
            let found = findings.iter().find(|found| found["code"] == code.id());
            let found = found.unwrap_or_else(|| panic!("{code} is not raised: {line}"));
            let message = found["message"].as_str().expect("a text");
            assert!(!message.is_empty() && !message.ends_with(['.', '。']), "{code}: {message}");
            assert_eq!(message.is_ascii(), lang == "en", "{code}: {message}");
        }
    }
}

#[test]
fn no_message_of_the_examples_is_left_out_of_the_catalogue() {
    for (code, text) in wrong_rules() {
        for found in &check(code, &text) {
            assert!(found.message.phrase().is_some(), "{code}: {}", found.message);
            let hint = found.hint.as_ref();
            assert!(hint.is_none_or(|hint| hint.phrase().is_some()), "{code}: {hint:?}");
        }
    }
}

/// Every form of condition that existing rules have, with what is odd about some.
const CONDITIONS: [(&str, &str); 31] = [
    ("class", r#"{"type":"CLASS","className":"InList","args":{"field":"tag","values":["A"]}}"#),
    ("class, unknown", r#"{"type":"CLASS","className":"a.b.C"}"#),
    ("class, arguments by position", r#"{"type":"CLASS","className":"InList","args":["A","B"]}"#),
    ("class, one argument", r#"{"type":"CLASS","className":"InList","args":"A"}"#),
    ("class, wrong argument", r#"{"type":"CLASS","className":"InList","args":{"values":[[1]]}}"#),
    ("class, unknown argument", r#"{"type":"CLASS","className":"InList","args":{"value":["A"]}}"#),
    ("class, no arguments", r#"{"type":"CLASS","className":"InList"}"#),
    ("class, old spelling", r#"{"type":"CUSTOM_ARGS","className":"InList","args":"A"}"#),
    ("class, lower case", r#"{"type":"class","className":"InList","args":["A"]}"#),
    ("class, no name", r#"{"type":"CLASS","args":["A"]}"#),
    (
        "and",
        r#"{"type":"CLASS","className":"org.apache.flink.cep.pattern.conditions.RichAndCondition","nestedConditions":[{"type":"AVIATOR","expression":"a == 1"},{"type":"EXPRESSION","expression":"b == 2"},{"type":"CLASS","className":"InList","args":["A","B"]}]}"#,
    ),
    (
        "or",
        r#"{"type":"CLASS","className":"RichOrCondition","nestedConditions":[{"type":"AVIATOR","expression":"a == 1"},{"type":"AVIATOR","expression":"a == 2"}]}"#,
    ),
    (
        "not",
        r#"{"type":"CLASS","className":"x.RichNotCondition","nestedConditions":[{"type":"AVIATOR","expression":"a == 1"}]}"#,
    ),
    ("and, of nothing", r#"{"type":"CLASS","className":"RichAndCondition","nestedConditions":[]}"#),
    ("or, without the key", r#"{"type":"CLASS","className":"RichOrCondition"}"#),
    (
        "not, of two",
        r#"{"type":"CLASS","className":"RichNotCondition","nestedConditions":[{"type":"AVIATOR","expression":"a == 1"},{"type":"AVIATOR","expression":"a == 2"}]}"#,
    ),
    (
        "sub-type",
        r#"{"type":"CLASS","className":"org.apache.flink.cep.pattern.conditions.SubtypeCondition","subClassName":"a.b.Sub"}"#,
    ),
    ("Aviator, equality", r#"{"type":"AVIATOR","expression":"action == 0"}"#),
    ("Aviator, or", r#"{"type":"AVIATOR","expression":"action == 0 || action == 2"}"#),
    (
        "Aviator, nested field",
        r#"{"type":"AVIATOR","expression":"eventName == 'car' && eventArgs.detail.price > 10000"}"#,
    ),
    ("Aviator, pattern", r#"{"type":"AVIATOR","expression":"name =~ /A.*/"}"#),
    ("Aviator, nil", r#"{"type":"AVIATOR","expression":"name == nil"}"#),
    ("Aviator, ternary", r#"{"type":"AVIATOR","expression":"a > 1 ? b == 1 : c == 1"}"#),
    (
        "Aviator, functions",
        r#"{"type":"AVIATOR","expression":"string.contains(s,'x') && include(seq.list(1, 2), x)"}"#,
    ),
    ("Aviator, matched events", r#"{"type":"AVIATOR","expression":"price > n[0].price"}"#),
    ("Aviator, lower case", r#"{"type":"aviator","expression":"a == 1"}"#),
    ("Groovy", r#"{"type":"GROOVY","expression":"event.action == 0"}"#),
    ("expression", r#"{"type":"EXPRESSION","expression":"price > 10 && size(n) < 3"}"#),
    ("expression, wrong", r#"{"type":"EXPRESSION","expression":"price >"}"#),
    ("unknown type", r#"{"type":"MVEL","expression":"a == 1"}"#),
    ("null", "null"),
];

#[test]
fn each_form_of_condition_becomes_what_it_says() {
    let mut table = String::from("| form | condition | becomes |\n|---|---|---|\n");
    for (form, condition) in CONDITIONS {
        let rule = format!(
            r#"{{"name":"r","edges":[],"nodes":[{{"name":"n","type":"ATOMIC","condition":{condition}}}]}}"#
        );
        let found = compile(&rule);
        let mut becomes: Vec<String> = found
            .diagnostics
            .iter()
            .map(|item| {
                format!("{} {} / {}", item.code, item.message, item.message.render(Lang::Zh))
            })
            .collect();
        if let Some(rule) = &found.rule {
            let bound = rule.pattern.conditions.first();
            becomes.push(
                bound.map_or("every event".to_owned(), |bound| format!("`{}`", bound.canonical)),
            );
        }
        let row = format!("| {form} | `{condition}` | {} |", becomes.join("; "));
        writeln!(table, "{}", row.replace("||", "\\|\\|")).expect("a text");
    }
    expect("conditions.md", &table);
}

#[test]
fn explains_a_code_without_a_rule() {
    let explain = |ids: &[&str], options: &[&str]| {
        let done = Program::new("validate-rule").arg("--explain").args(ids).args(options).run();
        let stdout = String::from_utf8(done.stdout).expect("UTF-8");
        (done.code, stdout, String::from_utf8(done.stderr).expect("UTF-8"))
    };
    let (code, said, _) = explain(&["e0203", "W0402"], &[]);
    let both = [Code::UnknownNode, Code::WindowIgnored].map(|code| code.explain(Lang::En));
    assert_eq!((code, said), (0, both.join("\n")));
    let (code, said, _) = explain(&["E0203"], &["--lang", "zh"]);
    assert_eq!((code, said), (0, Code::UnknownNode.explain(Lang::Zh)));
    let (code, said, _) = explain(&["E0203", "W0701"], &["--format", "json"]);
    let lines: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((code, lines.len()), (0, 2));
    assert_eq!(lines[0]["title"], Code::UnknownNode.title());
    assert_eq!(lines[1]["wrong"], Value::Null);
    let (code, said, complaint) = explain(&["E0203", "E0230"], &[]);
    assert_eq!((code, said), (2, Code::UnknownNode.explain(Lang::En)));
    assert_eq!(complaint, "tripline: there is no code `E0230`; did you mean E0203?\n");
}

#[test]
fn the_locale_chooses_the_language() {
    let check = |variables: &[(&str, &str)], options: &[&str], lang: Lang| {
        let program = Program::new("validate-rule").args(["--explain", "E0102"]).args(options);
        let program =
            variables.iter().fold(program, |program, (name, value)| program.env(name, value));
        let said = String::from_utf8(program.run().stdout).expect("UTF-8");
        assert_eq!(said, Code::InvalidJson.explain(lang), "{variables:?}");
    };
    check(&[("LC_ALL", "zh_CN.UTF-8")], &[], Lang::Zh);
    check(&[("LC_ALL", "zh_CN.UTF-8")], &["--lang", "en"], Lang::En);
    check(&[("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", "zh_TW")], &[], Lang::Zh);
    check(&[("LC_ALL", ""), ("LC_MESSAGES", "en_GB"), ("LANG", "zh_TW")], &[], Lang::En);
    check(&[("LC_ALL", "C"), ("LANG", "zh_CN")], &[], Lang::En);
}
