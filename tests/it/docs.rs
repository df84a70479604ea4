//! The clauses of the rule language: each is written once, and what cites one cites one that is there.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use tripline_testkit::corpus;

use crate::root;

fn clauses(text: &str, pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn the_reference_of_conditions_is_fresh() {
    let page = fs::read_to_string(root("docs/plugins.md")).expect("the page");
    let reference = tripline::conditions_reference();
    let marks =
        ["<!-- conditions: written by `cargo xtask schemas` -->", "<!-- conditions: end -->"];
    let expected = format!("{}\n\n{reference}\n{}", marks[0], marks[1]);
    assert!(page.contains(&expected), "docs/plugins.md is not fresh: run `cargo xtask schemas`");
}

#[test]
fn cited_clauses_exist() {
    let language = fs::read_to_string(root("docs/language.md")).expect("the language");
    let mut written = BTreeSet::new();
    for clause in clauses(&language, r"(?m)^- \*\*(L-[A-Z]+-[0-9]+)\*\*") {
        assert!(written.insert(clause.clone()), "{clause} stands twice");
    }
    assert!(written.len() > 100, "{} clauses are written", written.len());
    let mut cited = 0;
    let code = ["crates", "tests", "xtask"].map(|folder| corpus::files(&root(folder), ".rs"));
    let pages = ["docs", "tests", "crates"].map(|folder| corpus::files(&root(folder), ".md"));
    for path in code.into_iter().chain(pages).flatten() {
        let text = fs::read_to_string(&path).expect("a source");
        for clause in clauses(&text, r"\b(L-[A-Z]+-[0-9]+)\b") {
            assert!(written.contains(&clause), "{}: {clause} is no clause", path.display());
            cited += 1;
        }
    }
    assert!(cited > 100, "{cited} citations were found");
}
