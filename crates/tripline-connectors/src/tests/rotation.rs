use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use crate::{EncodedRecord, FileSink, Health, Sink, SinkFrom, SinkStart};

fn open(path: &Path, more: &serde_json::Value, from: SinkFrom) -> Result<Box<dyn Sink>, String> {
    let mut config = json!({"path": path});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let config: FileSink = serde_json::from_value(config).unwrap();
    let health = Health::new("the sink".to_owned()).into();
    let opened = config.open(&SinkStart { name: "out", from, is_kept: true, health });
    opened.map_err(|error| error.to_string())
}

fn write(sink: &mut dyn Sink, line: &str) {
    let record = EncodedRecord { bytes: line.as_bytes(), ..EncodedRecord::default() };
    sink.write(&record).unwrap();
}

/// The files of a folder, by their names.
fn files(folder: &Path) -> Vec<(String, String)> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = names
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn all(folder: &Path) -> String {
    files(folder).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_full_file_is_followed_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let rotated = json!({"rotate_bytes": 8, "keep": 3});
    let mut sink = open(&path, &rotated, SinkFrom::Begin).unwrap();
    for line in ["aaa", "bbb", "cc", "larger than a file", "d", "e", "f"] {
        write(&mut *sink, line);
    }
    sink.flush().unwrap();
    let file = |begin: u64, text: &str| (format!("out.{begin:015}.jsonl"), text.to_owned());
    let expected = [file(8, "cc\n"), file(11, "larger than a file\n"), file(30, "d\ne\nf\n")];
    assert_eq!(files(folder.path()), expected);
    drop(sink);
    // Another run leaves them, and goes on behind them.
    fs::write(folder.path().join("out.12.jsonl"), "not one of them").unwrap();
    let mut sink = open(&path, &rotated, SinkFrom::Begin).unwrap();
    write(&mut *sink, "g");
    drop(sink);
    assert!(files(folder.path()).contains(&file(36, "g\n")));
    assert!(files(folder.path()).contains(&file(30, "d\ne\nf\n")));
    // So does one whose source has lost what came since, behind the last whole line.
    fs::write(folder.path().join("out.000000000000036.jsonl"), "g\nhal").unwrap();
    let mut sink = open(&path, &rotated, SinkFrom::End).unwrap();
    write(&mut *sink, "h");
    drop(sink);
    assert!(files(folder.path()).contains(&file(36, "g\nh\n")));
}

#[test]
fn what_a_checkpoint_may_go_back_to_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let rotated = json!({"rotate_bytes": 4, "keep": 1});
    let mut sink = open(&path, &rotated, SinkFrom::Begin).unwrap();
    let mut lengths = Vec::new();
    for line in ["aaa", "bbb", "ccc", "ddd"] {
        lengths.push(sink.commit().unwrap().unwrap().length);
        write(&mut *sink, line);
    }
    sink.flush().unwrap();
    assert_eq!(lengths, [0, 4, 8, 12]);
    // The last checkpoint may not have been written, so the one before counts.
    assert_eq!(all(folder.path()), "ccc\nddd\n");
    drop(sink);
    let mut sink = open(&path, &rotated, SinkFrom::Checkpoint(Some(8))).unwrap();
    for line in ["CCC", "DDD", "EEE"] {
        write(&mut *sink, line);
    }
    drop(sink);
    assert_eq!(all(folder.path()), "CCC\nDDD\nEEE\n", "until there is another checkpoint");
    let error = open(&path, &rotated, SinkFrom::Checkpoint(Some(4))).unwrap_err();
    assert!(error.contains("behind byte 4"), "{error}");
    let error = open(&path, &rotated, SinkFrom::Checkpoint(Some(99))).unwrap_err();
    assert!(error.contains("something else has changed it"), "{error}");
    assert_eq!(all(folder.path()), "CCC\nDDD\nEEE\n", "nothing is lost by it");
}

#[test]
fn a_file_is_for_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let rotated = json!({"rotate_minutes": 1});
    let mut sink = open(&path, &rotated, SinkFrom::Begin).unwrap();
    write(&mut *sink, "a");
    drop(sink);
    let first = folder.path().join("out.000000000000000");
    let old = fs::File::options().write(true).open(&first).unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let then = old.metadata().unwrap().modified().unwrap() - hour;
    old.set_modified(then).unwrap();
    let mut sink = open(&path, &rotated, SinkFrom::End).unwrap();
    write(&mut *sink, "b");
    drop(sink);
    assert_eq!(files(folder.path()).len(), 2);
}

proptest! {
    /// Wherever it is cut off, what is there in the end is what was to be written.
    #[test]
    fn it_is_cut_back_across_files(
        lines in prop::collection::vec("[a-z]{0,9}", 1..40),
        commits in prop::collection::vec(any::<bool>(), 40),
        kills in prop::collection::vec(0_usize..40, 0..5),
        bytes in 1_u64..30,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let rotated = json!({"rotate_bytes": bytes, "keep": 1000});
        let mut sink = open(&path, &rotated, SinkFrom::Begin).unwrap();
        let (mut at, mut kept) = (0, (0, 0));
        let mut kills = kills.into_iter();
        let mut kill = kills.next();
        while at < lines.len() {
            if commits[at] {
                kept = (at, sink.commit().unwrap().unwrap().length);
            }
            write(&mut *sink, &lines[at]);
            at += 1;
            if Some(at) == kill {
                kill = kills.next();
                drop(sink);
                at = kept.0;
                sink = open(&path, &rotated, SinkFrom::Checkpoint(Some(kept.1))).unwrap();
            }
        }
        drop(sink);
        let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
        prop_assert_eq!(all(folder.path()), expected);
        for (name, text) in files(folder.path()) {
            let is_one = text.lines().count() == 1;
            prop_assert!(text.len() as u64 <= bytes || is_one, "{}: {}", name, text);
        }
    }
}
