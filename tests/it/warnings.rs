//! What warnings say is so: the doubtful form does the surprising thing, the better one what was meant, and what is
//! said to be impossible never happens in any conformance case.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tripline::case::{Case, Found, Mode, Outcome, run_case};
use tripline::{Code, FieldTable, Matcher, Registry, compile_rule};
use tripline_testkit::corpus;

use crate::root;

const MINUTE_MS: i64 = 60_000;

/// Runs both examples of a page on the events of `tests/diagnostics/rewrites.txt`, which are named by what they are and
/// their minute; `cart5:price=3` has a field `price`.
#[test]
fn each_better_form_does_what_was_meant() {
    let text = fs::read_to_string(root("tests/diagnostics/rewrites.txt")).expect("the list");
    let mut faults = Vec::new();
    let mut seen = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [code, events, doubtful, better] = parts[..] else { panic!("{line}") };
        let code = *Code::ALL.iter().find(|known| known.id() == code).expect("a code");
        seen.push(code);
        let examples = code.entry().examples.expect("examples");
        for (rule, expected) in [(examples.wrong, doubtful), (examples.right, better)] {
            let found = outputs(rule, events);
            if found != expected {
                faults.push(format!(
                    "{code} on {events}:\n  expected {expected}\n  found    {found}"
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // Those that say something of matching, and not only of what is read.
    let silent = [Code::SkipWithoutWindow, Code::WindowIgnored];
    let of_matching = |code: &&Code| {
        ["W02", "W03", "W04"].iter().any(|family| code.id().starts_with(family))
            && code.id() > "W0202"
            && !silent.contains(code)
    };
    let old = ["W0301", "W0302", "W0303", "W0401"];
    for code in Code::ALL.iter().filter(of_matching).filter(|code| !old.contains(&code.id())) {
        assert!(seen.contains(code), "{code} is not in tests/diagnostics/rewrites.txt");
    }
}

fn outputs(rule: &str, events: &str) -> String {
    let mut matcher = Matcher::new(rule, &["userId"], Registry::with_builtins()).expect("valid");
    let mut lines = Vec::new();
    for word in events.split(' ') {
        let (name, fields) = word.split_once(':').unwrap_or((word, ""));
        let digits = name.find(|c: char| c.is_ascii_digit()).expect("a minute");
        let (kind, minute) = name.split_at(digits);
        let time: i64 = minute.parse::<i64>().expect("a minute") * MINUTE_MS;
        let mut event = json!({"eventType": kind, "userId": "u", "word": name, "productId": 0});
        for field in fields.split(',').filter(|field| !field.is_empty()) {
            let (field, value) = field.split_once('=').expect("a value");
            event[field] = Value::from(value.parse::<i64>().expect("a number"));
        }
        matcher.process_json(event.to_string().as_bytes(), time, &mut lines).expect("an event");
    }
    matcher.advance_to(1_000 * MINUTE_MS, &mut lines);
    let mut text = String::new();
    for line in lines {
        let output: Value = serde_json::from_str(&line).expect("JSON");
        let events = output["events"].as_object().expect("events");
        let all = events.values().flat_map(|list| list.as_array().expect("a list"));
        let mut words: Vec<&str> =
            all.map(|event| event["word"].as_str().expect("a word")).collect();
        words.sort_by_key(|word| {
            word.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok()
        });
        let mark = if output["kind"] == "timeout" { "T" } else { "" };
        write!(text, "{}{mark}{{{}}}", if text.is_empty() { "" } else { " " }, words.join(" "))
            .expect("a text");
    }
    text
}

/// What `case` gives, and the codes of the warnings of its rule with their pointers.
fn warned(case: &Case) -> Vec<(Code, String)> {
    let check = compile_rule(case.rule.get(), &Registry::with_builtins(), &mut FieldTable::new());
    if check.rule.is_none() {
        return Vec::new();
    }
    check.diagnostics.iter().map(|found| (found.code, found.pointer.clone())).collect()
}

fn cases() -> Vec<Case> {
    let files = corpus::files(&root("tests/conformance"), ".jsonl.zst");
    files.iter().flat_map(|path| corpus::cases(path)).collect()
}

fn matches(case: &Case) -> Vec<Found> {
    match run_case(case, Mode::Plain, &Registry::with_builtins()).expect("it runs") {
        Outcome::Ran { matches, .. } => matches,
        Outcome::Refused(reasons) => panic!("{}: {reasons:?}", case.id),
    }
}

/// Cases in which a match is withheld, so that its attempt goes on meanwhile and is given out with the tail that it
/// would otherwise never have.
const WITHHELD: [&str; 2] = ["generated/skip/s1-161", "generated/skip/s1-717"];

#[test]
fn what_is_said_of_a_rule_holds_in_every_case() {
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for mut case in cases() {
        for (code, pointer) in warned(&case) {
            let holds = match code {
                Code::NeverMatches => matches(&case).is_empty(),
                Code::EndUnreachable if WITHHELD.contains(&case.id.as_str()) => continue,
                Code::EndUnreachable => {
                    let (name, most) = node_at(&case, &pointer);
                    let count = |found: &Found| found.get(&name).map_or(0, Vec::len);
                    matches(&case).iter().all(|found| count(found) <= most)
                }
                Code::GreedyWithoutEffect => {
                    let before =
                        run_case(&case, Mode::Plain, &Registry::with_builtins()).expect("it runs");
                    without_greedy(&mut case, &pointer);
                    before
                        == run_case(&case, Mode::Plain, &Registry::with_builtins())
                            .expect("it runs")
                }
                _ => continue,
            };
            if !holds {
                faults.push(format!("{}: {code} at {pointer}", case.id));
            }
            *seen.entry(code).or_default() += 1;
        }
    }
    assert!(faults.is_empty(), "{} of {seen:?}: {faults:#?}", faults.len());
    for code in [Code::NeverMatches, Code::EndUnreachable, Code::GreedyWithoutEffect] {
        assert!(seen.get(&code).is_some_and(|count| *count > 10), "{seen:?}");
    }
}

/// The name of the node whose quantifier, or what is in it, `pointer` leads to, and how often it comes at most if what
/// is warned of holds.
fn node_at(case: &Case, pointer: &str) -> (String, usize) {
    let rule: Value = serde_json::from_str(case.rule.get()).expect("JSON");
    let node = pointer.split("/quantifier").next().expect("a pointer");
    let node = rule.pointer(node).expect("a node");
    let quantifier = &node["quantifier"];
    let words = quantifier["properties"].as_array().or_else(|| quantifier["details"].as_array());
    let has = |word: &str| words.is_some_and(|words| words.iter().any(|found| found == word));
    let from = node.pointer("/quantifier/times/from").or_else(|| node.pointer("/times/from"));
    let from = from.and_then(Value::as_u64).unwrap_or(1);
    let most = if has("OPTIONAL") { 0 } else { from };
    (node["name"].as_str().expect("a name").to_owned(), usize::try_from(most).expect("small"))
}

fn without_greedy(case: &mut Case, pointer: &str) {
    let mut rule: Value = serde_json::from_str(case.rule.get()).expect("JSON");
    let words = rule.pointer_mut(pointer).and_then(Value::as_array_mut).expect("properties");
    words.retain(|word| word != "GREEDY");
    case.rule = serde_json::value::to_raw_value(&rule).expect("JSON");
}

/// The warnings that the shipped rules have, each of which their README explains; all others must stay silent.
#[test]
fn shipped_rules_have_these_warnings_and_no_others() {
    let mut found = Vec::new();
    for path in rule_files() {
        let text = fs::read_to_string(&path).expect("a rule");
        let check = compile_rule(&text, &Registry::with_builtins(), &mut FieldTable::new());
        let folder = path.parent().and_then(|folder| folder.file_name()).expect("a folder");
        let folder = folder.to_string_lossy().into_owned();
        found.extend(check.diagnostics.iter().map(|item| format!("{folder} {}", item.code)));
    }
    let expected = [
        "high_intent_same_product W0416",
        "order_timeout_demo W0409",
        "churn_published W0411",
        "coupon_cart_unpaid_published W0309",
        "coupon_cart_unpaid_published W0404",
    ];
    assert_eq!(found, expected);
}

fn rule_files() -> Vec<std::path::PathBuf> {
    let mut folders = vec![root("rules")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        files.extend(entries.iter().filter(|path| path.ends_with("rule.json")).cloned());
        folders.extend(entries.into_iter().filter(|path| path.is_dir()).rev());
    }
    files
}
