//! Two instances, each with half of the partitions and a checkpoint folder of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::connectors::{Folder, Running, await_that};
use crate::exactly_once::{ALL, values};
use crate::kafka::Kafka;
use crate::program::{Program, text};

fn config(servers: &str, partition: u32) -> String {
    let source = |name: &str| {
        format!(
            "[sources.{name}]\ntype='kafka'\nservers='{servers}'\ntopic='{name}'\nstart='earliest'\n\
             partitions=[{partition}]\npartitioned_by=['tx']\ngroup='half.{partition}.{name}'\n"
        )
    };
    format!(
        "{}{}[sinks.alerts]\ntype='kafka'\nservers='{servers}'\ntopic='alerts'\n\
         [time]\nmax_out_of_order='1ms'\nidle_timeout='off'\n[checkpoint]\ndir='DIR/kept'\ninterval='50ms'\n",
        source("payments"),
        source("receipts")
    )
}

/// The payments that matched, by the ids of the results; how often each came does not count.
fn matched(kafka: &Kafka) -> BTreeMap<String, u64> {
    let values = values(kafka, "alerts", ALL);
    let results = values.iter().map(|value| serde_json::from_str::<Value>(value).expect("JSON"));
    let matches = results.filter(|result| result["kind"] == "match");
    matches
        .map(|result| {
            let tx = result["events"]["pay"][0]["tx"].as_u64().expect("a number");
            (result["id"].as_str().expect("an id").to_owned(), tx)
        })
        .collect()
}

#[test]
fn every_match_is_there_once_though_one_of_two_is_killed() {
    let kafka = Kafka::start();
    kafka.create(&[("payments", 2), ("receipts", 2), ("alerts", 1)]);
    let folders = [0, 1].map(|partition| Folder::new(&config(&kafka.servers(), partition)));
    let start = |folder: &Folder| Running(folder.run().args(["--summary", "none"]).spawn());
    let mut sent = 0_u32;
    let mut send = |count: u32| {
        let mut records = Vec::new();
        for tx in sent..sent + count {
            let event = |ts| format!("{{\"tx\":{tx},\"n\":{tx},\"ts\":{ts}}}");
            records.push(("payments", tx % 2, event(tx * 1000)));
            records.push(("receipts", tx % 2, event(tx * 1000 + 1)));
        }
        kafka.send_all(&records);
        sent += count;
    };
    let (left, right) = (start(&folders[0]), start(&folders[1]));
    send(200);
    await_that("results of both", || {
        let found = matched(&kafka);
        [0, 1].iter().all(|half| found.values().any(|tx| tx % 2 == *half))
    });
    left.kill();
    send(200);
    await_that("results of the other", || matched(&kafka).values().any(|tx| *tx > 300));
    let left = start(&folders[0]);
    // The last of each half waits for what comes behind it.
    send(2);
    await_that("all results", || matched(&kafka).len() >= 400);
    left.stop();
    right.stop();
    let mut found: Vec<u64> = matched(&kafka).into_values().collect();
    found.sort_unstable();
    found.truncate(400);
    assert_eq!(found, (0..400).collect::<Vec<u64>>());
}

#[test]
fn a_rule_whose_key_is_split_is_refused() {
    let folder = Folder::new(&config("127.0.0.1:1", 0));
    let rule = |key: &str| {
        folder.write(
            "keyed.json",
            &format!(
                r#"{{"id":"r","version":1,"key_by":{key},"pattern":{{"name":"r","nodes":[{{"name":"one","type":"ATOMIC"}}],"edges":[]}}}}"#
            ),
        );
        let check = Program::new("validate-rule")
            .args(["--config".into(), folder.path("tripline.toml"), folder.path("keyed.json")])
            .args(["--format", "json"])
            .run();
        (check.code, text(&check.stdout))
    };
    let (code, said) = rule(r#"["userId"]"#);
    assert_eq!(code, 3, "{said}");
    for part in ["E1301", "/key_by", "`payments`", "`tx`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(rule(r#"["userId","tx"]"#).0, 0);
    // One without a key has that of the command line.
    let run = |key: &[&str]| {
        let program = Program::new("run")
            .args(["--config".into(), folder.path("tripline.toml")])
            .args(["--rules".into(), folder.path("one.json")])
            .args(["--events", "-", "--out", "-"])
            .args(key);
        let done = program.run();
        (done.code, text(&done.stderr))
    };
    let (code, said) = run(&[]);
    assert!(code == 3 && said.contains("E1301"), "{code}: {said}");
    assert_eq!(run(&["--key", "tx"]).0, 0);
}
