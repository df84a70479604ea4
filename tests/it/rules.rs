//! The rules that ship: each is valid, explained, and gives on its own events what its folder says.
//!
//! `UPDATE_EXPECT=1` rewrites the outputs (`expected.jsonl`) instead of comparing them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tripline::{
    CompiledRule, FieldTable, Registry, RuleDocument, RuleId, RuleSource, RuleVersion, compile_rule,
};
use tripline_connectors::{Format, open_file};
use tripline_runtime::{JsonLines, OutputFormat, Pipeline, PipelineConfig, Rulebook, Source};

use crate::stream::{Lines, NothingLost};

/// What a folder of a shipped rule holds.
const FILES: [&str; 4] = ["README.md", "events.jsonl", "expected.jsonl", "rule.json"];

#[test]
fn every_shipped_rule_gives_what_its_folder_says() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for folder in rule_folders() {
        let outputs = run(&[read_rule(&folder)], &folder.join("events.jsonl"));
        let expected = folder.join("expected.jsonl");
        if update {
            fs::write(&expected, outputs).unwrap();
        } else if let Some(difference) = first_difference(&read(&expected), &outputs) {
            wrong.push(format!("{}: {difference}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECT=1 rewrites these:\n{}", wrong.join("\n"));
}

#[test]
fn every_shipped_rule_is_valid_and_explained() {
    let mut by_id = BTreeMap::new();
    for folder in rule_folders() {
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, FILES, "{}", folder.display());

        let readme = read(&folder.join("README.md"));
        let rule = check(&folder, &readme);
        let RuleDocument::Row(row) = &rule.document else {
            panic!("{}: not a row", folder.display());
        };
        let id = row.id.as_str();
        assert_eq!(Some(id), folder.file_name().and_then(|name| name.to_str()));
        assert!(row.name.is_some() && row.description.is_some(), "{id}: name and description");
        if rule.aggregate.is_none() {
            assert!(row.key_by.as_ref().is_some_and(|key| !key.is_empty()), "{id}: key_by");
            let alert = row.labels.get("alert").map(String::as_str);
            assert!(
                matches!(alert, Some("match" | "timeout" | "match,timeout")),
                "{id}: {alert:?}"
            );
        }
        let domain = folder.parent().and_then(|parent| parent.file_name()).unwrap();
        assert_eq!(row.labels.get("domain").map(String::as_str), domain.to_str(), "{id}");
        assert!(
            readme.contains(&format!("rules/{}/{id}", domain.display())),
            "{id}: how to try it"
        );
        let other = by_id.insert(id.to_owned(), folder.clone());
        assert!(other.is_none(), "{id} stands twice: {other:?} and {}", folder.display());
    }
    let overview = read(&rules().join("README.md"));
    for (id, folder) in by_id {
        let path = folder.strip_prefix(rules()).unwrap().join("README.md");
        let link = format!("[{id}]({})", path.display());
        assert!(overview.contains(&link), "rules/README.md does not name {link}");
    }
}

/// Rules of one set see the same events, and none changes what another finds.
#[test]
fn rules_find_the_same_alone_and_together() {
    let folders = rule_folders();
    let all: Vec<RuleSource> = folders.iter().map(|folder| read_rule(folder)).collect();
    for folder in folders {
        let events = folder.join("events.jsonl");
        let rule = read_rule(&folder);
        let own = format!(r#""rule":{{"id":"{}","#, rule.id);
        let together = run(&all, &events);
        let mut together: Vec<&str> = together.lines().filter(|line| line.contains(&own)).collect();
        let alone = run(&[rule], &events);
        let mut alone: Vec<&str> = alone.lines().collect();
        // Between keys no order is promised.
        together.sort_unstable();
        alone.sort_unstable();
        assert_eq!(together, alone, "{}", folder.display());
    }
}

/// The demo of the README: the folder holds five rules, no more.
#[test]
fn the_shop_demo_has_five_rules() {
    let mut names: Vec<String> = rule_folders()
        .iter()
        .filter_map(|folder| folder.strip_prefix(rules().join("ecommerce")).ok())
        .map(|name| name.display().to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["abandoned_cart", "churn", "cross_sell", "high_intent", "price_drop"]);
}

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules")
}

/// The folders `rules/<domain>/<id>`, in the order of their paths.
fn rule_folders() -> Vec<PathBuf> {
    let domains = folders_in(&rules());
    let folders: Vec<PathBuf> = domains.iter().flat_map(|domain| folders_in(domain)).collect();
    assert!(!folders.is_empty(), "no rules in {}", rules().display());
    folders
}

fn folders_in(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compiles the rule; a warning is allowed where the README speaks of it.
fn check(folder: &Path, readme: &str) -> CompiledRule {
    let text = read(&folder.join("rule.json"));
    let check = compile_rule(&text, &Registry::with_builtins(), &mut FieldTable::new());
    for diagnostic in check.diagnostics.iter() {
        let code = diagnostic.code.to_string();
        let said = readme.contains(&code);
        assert!(said, "{}: {code}: {}", folder.display(), diagnostic.message);
    }
    check.rule.unwrap_or_else(|| panic!("{}: the rule is invalid", folder.display()))
}

fn read_rule(folder: &Path) -> RuleSource {
    let text = read(&folder.join("rule.json"));
    let row: serde_json::Value = serde_json::from_str(&text).unwrap();
    RuleSource {
        id: RuleId::new(row["id"].as_str().unwrap()),
        version: RuleVersion(row["version"].as_u64().unwrap().try_into().unwrap()),
        text: Arc::from(text),
        default_key: Vec::new(),
    }
}

/// The output lines of the rules on the events, as `tripline run` writes them.
fn run(sources: &[RuleSource], events: &Path) -> String {
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), sources);
    assert!(failures.is_empty(), "{failures:?}");
    let (mut pipeline, _) = Pipeline::new(&mut book, PipelineConfig::default());
    let reader = open_file(events, &Format::Ndjson).unwrap();
    let mut lines = Lines::default();
    let source = vec![Source::bounded(reader)];
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
    pipeline.run(source, format, &mut lines, &mut NothingLost).unwrap();
    lines.0
}

/// Where two outputs part, if they do.
fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut expected, mut found) = (expected.lines(), found.lines());
    for number in 1.. {
        let (wanted, got) = (expected.next(), found.next());
        if wanted != got {
            return Some(format!("line {number}\n  expected {wanted:?}\n  found    {got:?}"));
        }
        if wanted.is_none() {
            break;
        }
    }
    Some("the ends of the lines differ".to_owned())
}
