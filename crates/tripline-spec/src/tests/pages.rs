//! Every code has its page, every page its code, and the examples of the pages are right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Code, parse_rule};

/// The codes that this crate raises; the others are for later stages.
const RAISED_HERE: [Code; 23] = [
    Code::TextTooLarge,
    Code::InvalidJson,
    Code::NestedTooDeep,
    Code::DuplicateKey,
    Code::MissingKey,
    Code::WrongType,
    Code::UnknownWord,
    Code::NumberOutOfRange,
    Code::InvalidValue,
    Code::AggregateNotYet,
    Code::PatternCutOff,
    Code::ConditionOnGraph,
    Code::SkipNameMissing,
    Code::DurationOutOfRange,
    Code::UnknownConditionType,
    Code::NotTakesOne,
    Code::NestedConditionsMissing,
    Code::UnknownKey,
    Code::BothSpellings,
    Code::FormatVersion,
    Code::ConditionKeyIgnored,
    Code::SkipNameUnused,
    Code::NeverInForce,
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics")
}

/// The JSON examples of a page, in order.
fn examples(page: &str) -> Vec<&str> {
    page.split("```json\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn pages_and_codes_agree() {
    let pages: BTreeSet<String> = fs::read_dir(folder())
        .expect("the folder can be read")
        .map(|entry| entry.expect("the entry can be read").file_name())
        .map(|name| name.to_string_lossy().trim_end_matches(".md").to_owned())
        .filter(|name| name != "README")
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.id().to_owned()).collect();
    assert_eq!(codes.len(), Code::ALL.len(), "an id is used twice");
    assert_eq!(pages, codes);
    let index = fs::read_to_string(folder().join("README.md")).expect("the index can be read");
    for code in Code::ALL {
        let path = folder().join(format!("{code}.md"));
        let page = fs::read_to_string(path).expect("the page can be read");
        assert_eq!(page.lines().next(), Some(&*format!("# {code}: {}", code.title())));
        let line = format!("| [{code}]({code}.md) | {} |", code.title());
        assert!(index.contains(&line), "the index has no line `{line}`");
    }
}

#[test]
fn examples_show_what_they_say() {
    for code in Code::ALL {
        let page = fs::read_to_string(folder().join(format!("{code}.md"))).expect("a page");
        let examples = examples(&page);
        let [wrong, right] = examples[..] else {
            assert!(examples.is_empty(), "{code} has one example");
            continue;
        };
        let raises = |text| parse_rule(text).diagnostics.iter().any(|item| item.code == *code);
        assert_eq!(raises(wrong), RAISED_HERE.contains(code), "{code}, first example");
        let parsed = parse_rule(right);
        assert!(parsed.diagnostics.is_empty(), "{code}, second: {:?}", parsed.diagnostics);
        if !RAISED_HERE.contains(code) {
            assert!(parse_rule(wrong).diagnostics.is_valid(), "{code}, first example");
        }
    }
}
