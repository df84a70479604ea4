//! Files of results that are rotated, and results in the log, through the program.

use std::fs;

use serde_json::Value;

use crate::connectors::{Folder, Running, await_that};
use crate::program::text;

const RULE: &str = r#"{"id": "r", "name": "r", "version": 1, "severity": "SEVERITY", "pattern": {"name": "r", "nodes": [
  {"name": "it", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "n >= 0"}}], "edges": []}}"#;

fn events(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| format!("{{\"tx\":1,\"n\":{number},\"ts\":{number}}}\n")).collect()
}

/// The results in the files of a folder, by their names, and how many files there are.
fn rotated(folder: &Folder) -> (Vec<u64>, usize) {
    let files = fs::read_dir(folder.path("out")).expect("the folder");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let texts = files.iter().map(|path| fs::read_to_string(path).unwrap_or_default());
    let texts: String = texts.collect();
    let numbers = texts.lines().filter_map(|line| {
        let output: Value = serde_json::from_str(line).ok()?;
        output["events"]["it"][0]["n"].as_u64()
    });
    (numbers.collect(), files.len())
}

/// Each result is there once, whichever file it was in when the program was killed.
#[test]
fn rotated_files_are_cut_back_across_files() {
    let folder = Folder::new(
        "[sources.in]\ntype='file'\npath='DIR/in'\nfollow=true\n\
         [sinks.out]\ntype='file'\npath='DIR/out/all.jsonl'\nrotate_bytes=600\nkeep=1000\n\
         [checkpoint]\ndir='DIR/kept'\ninterval='50ms'\n",
    );
    folder.write("one.json", &RULE.replace("SEVERITY", "info"));
    folder.write("in", "");
    folder.write("out/other.txt", "");
    let mut sent = 0;
    for kill in 0..8 {
        let run = Running(folder.run().args(["--summary", "none"]).spawn());
        folder.append("in", &events(sent..sent + 10));
        sent += 10;
        let most = if kill % 2 == 0 { sent } else { sent - 7 };
        await_that("results", || rotated(&folder).0.len() >= most as usize);
        run.kill();
    }
    let run = Running(folder.run().args(["--summary", "none"]).spawn());
    // It has begun once this is there.
    folder.append("in", &events(sent..sent + 1));
    sent += 1;
    let expected: Vec<u64> = (0..sent.into()).collect();
    await_that("all results", || rotated(&folder).0 == expected);
    run.stop();
    assert_eq!(rotated(&folder).0, expected);
    assert!(rotated(&folder).1 > 20, "{}", rotated(&folder).1);
}

#[test]
fn results_stand_in_the_log_by_their_severity() {
    for (severity, level) in
        [("info", "INFO"), ("warning", "WARN"), ("error", "ERROR"), ("critical", "ERROR")]
    {
        let folder =
            Folder::new("[sources.in]\ntype='file'\npath='DIR/in'\n[sinks.shown]\ntype='log'\n");
        folder.write("one.json", &RULE.replace("SEVERITY", severity));
        folder.write("in", &events(7..8));
        let run = |more: &[&str]| {
            folder.run().args(["--summary", "none", "--log", "json"]).args(more).run()
        };
        let done = run(&["--log-level", "info"]);
        assert_eq!((done.code, text(&done.stdout)), (0, String::new()));
        let said = text(&done.stderr);
        let lines = said
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}")));
        let found: Vec<Value> = lines.filter(|line| line["sink"] == "shown").collect();
        assert_eq!(found.len(), 1, "{said}");
        assert_eq!((&found[0]["level"], &found[0]["kind"]), (&level.into(), &"match".into()));
        let output: Value =
            serde_json::from_str(found[0]["message"].as_str().expect("a text")).expect("JSON");
        assert_eq!(output["events"]["it"][0]["n"], 7);
        assert_eq!(output["id"], found[0]["id"]);
    }
}
