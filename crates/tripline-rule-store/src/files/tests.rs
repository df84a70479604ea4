use std::fs;
use std::path::{Path, PathBuf};

use super::{RuleFileProblem, find_rules};

const MAX_TEXT_BYTES: usize = 1024 * 1024;

const GRAPH: &str = r#"{"name":"g","nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]}"#;

/// Writes files below a folder, and gives what is found at `paths` there: `path id version`, then problems.
fn check(files: &[(&str, &[u8])], paths: &[&str], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
    let (found, problems) = find_rules(&paths);
    let short = |path: &Path| {
        let path = path.strip_prefix(folder.path()).unwrap();
        path.to_string_lossy().into_owned()
    };
    let mut lines: Vec<String> = found
        .iter()
        .map(|file| format!("{} {} {}", short(&file.path), file.id, file.version))
        .collect();
    lines.extend(problems.iter().map(|problem| match problem {
        RuleFileProblem::Unreadable { path, .. } => format!("{} unreadable", short(path)),
        RuleFileProblem::NotUtf8 { path, offset, .. } => {
            format!("{} not utf-8 at {offset}", short(path))
        }
        RuleFileProblem::SameId { first, file } => {
            format!("{} again in {}: {}", file.id, short(&file.path), short(first))
        }
    }));
    assert_eq!(lines, expected, "{paths:?}");
}

fn row(id: &str, version: &str) -> String {
    format!(r#"{{"id":{id},"version":{version},"pattern":{GRAPH}}}"#)
}

#[test]
fn derives_ids() {
    let graph = GRAPH.as_bytes();
    let string =
        format!(r#"{{"id":"s","version":2,"pattern":{}}}"#, serde_json::to_string(GRAPH).unwrap());
    check(&[("a.json", graph)], &["a.json"], &["a.json a 1"]);
    check(&[("a.b.json", graph)], &["a.b.json"], &["a.b.json a.b 1"]);
    check(&[("a.txt", graph)], &["a.txt"], &["a.txt a.txt 1"]);
    check(&[("购物.json", graph)], &["购物.json"], &["购物.json 购物 1"]);
    let shipped = "retail/cart/rule.json";
    check(&[(shipped, graph)], &[""], &["retail/cart/rule.json cart 1"]);
    check(&[("x/y/rule.json", graph)], &["x/z/../y/rule.json"], &["x/z/../y/rule.json unreadable"]);
    for (text, id) in [
        (row(r#""r""#, "7"), "r 7"),
        (row("12", "3"), "12 3"),
        (string, "s 2"),
        // What makes no id is a rule all the same; whether it is valid is for the compiler to say.
        (row(r#""""#, "7"), "f 1"),
        (row("null", "7"), "f 1"),
        (row(r#""r""#, "1.5"), "r 1"),
        ("{".to_owned(), "f 1"),
        (r#"{"id":"r","pattern":null,"nodes":[]}"#.to_owned(), "f 1"),
    ] {
        let expected = format!("f.json {id}");
        check(&[("f.json", text.as_bytes())], &["f.json"], &[&expected]);
    }
}

#[test]
fn finds_the_rules_of_a_folder() {
    let graph = GRAPH.as_bytes();
    check(
        &[
            ("b.json", graph),
            ("a/rule.json", graph),
            ("a/events.json", graph),
            ("a/events.jsonl", graph),
            ("a/expected.sample.json", graph),
            ("a/README.md", graph),
            (".git/x.json", graph),
            (".x.json", graph),
            ("c/eventsource.json", graph),
        ],
        &[""],
        &["a/rule.json a 1", "b.json b 1", "c/eventsource.json eventsource 1"],
    );
    check(&[("a/x.txt", graph)], &[""], &[]);
    // Data that is named is taken.
    check(&[("events.json", graph)], &["events.json"], &["events.json events 1"]);
}

#[test]
fn tells_problems() {
    let graph = GRAPH.as_bytes();
    let files: &[(&str, &[u8])] = &[("a.json", graph)];
    check(files, &["b.json", "a.json"], &["a.json a 1", "b.json unreadable"]);
    check(&[("a.json", b"{\"\xff")], &["a.json"], &["a.json not utf-8 at 2"]);
    check(&[("a.json", b"{\"\xe4\xbd")], &["a.json"], &["a.json not utf-8 at 2"]);
    check(
        &[("x/a.json", graph), ("y/a.json", graph)],
        &[""],
        &["x/a.json a 1", "a again in y/a.json: x/a.json"],
    );
    // The same file is not the same id in two files.
    check(files, &["a.json", "", "a.json"], &["a.json a 1"]);
}

#[test]
fn reads_a_little_more_than_a_rule_may_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.json");
    for filler in ["x", "é", "购", "🛒"] {
        for pad in 0..4 {
            let text = format!("{}{}", "x".repeat(pad), filler.repeat(MAX_TEXT_BYTES + 10));
            fs::write(&path, text).unwrap();
            let (files, problems) = find_rules(std::slice::from_ref(&path));
            assert!(problems.is_empty(), "{filler} {pad}: {problems:?}");
            let length = files[0].text.len();
            assert!(length > MAX_TEXT_BYTES && length <= MAX_TEXT_BYTES + 4);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_ring_of_links_ends() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), GRAPH).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("ring")).unwrap();
    let (files, problems) = find_rules(&[folder.path().to_path_buf()]);
    assert_eq!((files.len(), problems.len()), (1, 0));
}
