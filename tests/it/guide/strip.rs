//! Strips of events under a rule in short, and what comes of them.
//!
//! ```text
//! rule: view next cart+ !pay; STRICT; window 10
//! view1 cart2 pay5      → ✗
//! view1 cart2           → {view1 cart2} timeout {view1 cart2}
//! ```
//!
//! The notation is that of `docs/language.md`: a word is a node and the type of the events it takes, `next` and `any`
//! are the edges STRICT and SKIP_TILL_ANY, `!` negates, `?`, `+`, `{2}`, `{1,3}` repeat; numbers are times.
//! After `;`: how repetitions follow one another, GREEDY, `finalAbsence`, a window, a skip strategy.
//! After the events all windows close.

use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use tripline::Registry;
use tripline::case::{Case, Found, Mode, Outcome, run_case};

/// Later than all windows.
const END: i64 = 1_000_000;

/// Tries all strips of a block, and gives their number.
///
/// # Errors
/// What is not so.
pub(super) fn check(block: &str) -> Result<usize, String> {
    let mut rule = None;
    let mut tried = 0;
    for line in block.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(short) = line.strip_prefix("rule: ") {
            rule = Some(long(short)?);
            continue;
        }
        let rule = rule.as_ref().ok_or("a strip before the first rule")?;
        let (events, expected) = line.split_once('→').ok_or(format!("no `→` in `{line}`"))?;
        let events: Vec<&str> = events.split_whitespace().collect();
        let expected = outputs(expected, &events)?;
        let found = run(rule, &events)?;
        if expected != found {
            return Err(format!("`{line}` gives {found:?}, not {expected:?}"));
        }
        tried += 1;
    }
    Ok(tried)
}

/// The pattern graph of a rule in short.
fn long(short: &str) -> Result<Value, String> {
    let node = Regex::new(r"^(!?)([a-z]+)(\?|\+|\{(\d+)(?:,(\d+))?\})?$").expect("a pattern");
    let mut parts = short.split(';').map(str::trim);
    let chain = parts.next().unwrap_or_default();
    let options: Vec<&str> = parts.collect();
    let (mut nodes, mut edges): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut how = "";
    for word in chain.split_whitespace() {
        if ["next", "any", "!next"].contains(&word) {
            how = word;
            continue;
        }
        let found = node.captures(word).ok_or(format!("`{word}` is no node"))?;
        let name = &found[2];
        if let Some(before) = nodes.last() {
            let kind = match (how, &found[1]) {
                ("next", "") => "STRICT",
                ("any", "") => "SKIP_TILL_ANY",
                ("!next", "") => "NOT_NEXT",
                (_, "!") => "NOT_FOLLOW",
                _ => "SKIP_TILL_NEXT",
            };
            edges.push(json!({"source": before["name"], "target": name, "type": kind}));
        }
        how = "";
        let quantifier = quantifier(&found, &options);
        let expression = format!("type == '{name}'");
        nodes.push(json!({"name": name, "type": "ATOMIC", "quantifier": quantifier,
            "condition": {"type": "EXPRESSION", "expression": expression}}));
    }
    let mut graph = json!({"name": "strip", "nodes": nodes, "edges": edges});
    for option in options {
        let words: Vec<&str> = option.split_whitespace().collect();
        match words[..] {
            ["window", size] => {
                let size: i64 = size.parse().map_err(|_| format!("`{option}` is no window"))?;
                let time = json!({"unit": "MILLISECONDS", "size": size});
                graph["window"] = json!({"type": "FIRST_AND_LAST", "time": time});
            }
            ["finalAbsence"] => graph["finalAbsence"] = json!(true),
            ["STRICT" | "SKIP_TILL_ANY" | "SKIP_TILL_NEXT" | "GREEDY"] => {}
            [strategy] => graph["afterMatchStrategy"] = json!({"type": strategy}),
            [strategy, node] => {
                graph["afterMatchStrategy"] = json!({"type": strategy, "patternName": node});
            }
            _ => return Err(format!("`{option}` is not known")),
        }
    }
    Ok(graph)
}

/// The quantifier of a node, from its sign and what stands after `;`.
fn quantifier(node: &Captures<'_>, options: &[&str]) -> Value {
    let repeats = node.get(3).map_or("", |repeats| repeats.as_str());
    let number = |at| node.get(at).and_then(|digits| digits.as_str().parse::<i64>().ok());
    let mut quantifier = Map::new();
    let mut properties = match repeats.chars().next() {
        None => vec![],
        Some('?') => vec!["OPTIONAL"],
        Some('+') => vec!["LOOPING"],
        Some(_) => {
            let (from, to) = (number(4), number(5).or(number(4)));
            quantifier.insert("times".into(), json!({"from": from, "to": to}));
            vec!["TIMES"]
        }
    };
    if !repeats.is_empty() && repeats != "?" {
        properties.extend(options.iter().filter(|option| **option == "GREEDY"));
        let strategies = ["STRICT", "SKIP_TILL_ANY"];
        let strategy = options.iter().find(|option| strategies.contains(option));
        quantifier.extend(strategy.map(|&own| ("consumingStrategy".into(), json!(own))));
    }
    quantifier.insert("properties".into(), json!(properties));
    Value::Object(quantifier)
}

/// Whether it is a timeout, and the positions of its events.
type Short = (bool, Vec<usize>);

fn outputs(expected: &str, events: &[&str]) -> Result<Vec<Short>, String> {
    if expected.trim() == "✗" {
        return Ok(Vec::new());
    }
    let output = Regex::new(r"(timeout )?\{([^}]*)\}").expect("a pattern");
    let position = |name: &str| {
        let found = events.iter().position(|event| *event == name);
        found.ok_or(format!("`{name}` is not among the events"))
    };
    let mut outputs = Vec::new();
    for found in output.captures_iter(expected) {
        let positions: Result<Vec<usize>, String> =
            found[2].split_whitespace().map(position).collect();
        outputs.push((found.get(1).is_some(), positions?));
    }
    if outputs.is_empty() {
        return Err(format!("`{expected}` says nothing"));
    }
    outputs.sort();
    Ok(outputs)
}

fn run(rule: &Value, events: &[&str]) -> Result<Vec<Short>, String> {
    let event = |word: &&str| {
        let name = word.trim_end_matches(|sign: char| sign.is_ascii_digit());
        let ts: i64 =
            word.trim_start_matches(name).parse().map_err(|_| format!("`{word}` has no time"))?;
        Ok(json!({"ts": ts, "type": name}))
    };
    let events: Vec<Value> = events.iter().map(event).collect::<Result<_, String>>()?;
    let case = json!({"id": "strip", "rule": rule, "events": events, "final_watermark": END,
        "expect": {"matches": []}});
    let case = Case::parse(&case.to_string()).map_err(|error| error.to_string())?;
    let outcome = run_case(&case, Mode::Plain, &Registry::with_builtins());
    match outcome.map_err(|error| error.to_string())? {
        Outcome::Ran { matches, timeouts, .. } => {
            let flat = |found: &Found| {
                let mut positions: Vec<usize> = found.values().flatten().copied().collect();
                positions.sort_unstable();
                positions
            };
            let matches = matches.iter().map(|found| (false, flat(found)));
            let timeouts = timeouts.iter().map(|found| (true, flat(found)));
            let mut outputs: Vec<Short> = matches.chain(timeouts).collect();
            outputs.sort();
            Ok(outputs)
        }
        Outcome::Refused(reasons) => Err(format!("the rule is refused: {reasons:?}")),
    }
}
