use std::fs;
use std::path::Path;

use crate::{
    CsvOptions, FileIdentity, Format, MAX_RECORD_BYTES, Position, RecordBatch, RecordReader,
    continue_file, open_file, open_file_at,
};

/// The records of the next batch, and the position after it.
fn next(reader: &mut dyn RecordReader, most: usize) -> Option<(Vec<String>, Position)> {
    let mut batch = RecordBatch::default();
    reader.next_batch(&mut batch, most).unwrap().then(|| {
        let mut all: Vec<(u64, String)> = Vec::new();
        for record in batch.records() {
            let text = String::from_utf8_lossy(record.bytes);
            all.push((record.number, format!("{} {}: {text}", record.number, record.line)));
        }
        for bad in batch.bad() {
            all.push((bad.number, format!("{} {}! {}", bad.number, bad.line, bad.reason)));
        }
        all.sort();
        (all.into_iter().map(|(_, text)| text).collect(), reader.position())
    })
}

/// Reads a file in one go, and from every place where a batch ended; expects the same.
fn check(path: &Path, format: &Format) {
    for most in [1, 3] {
        let mut whole = open_file(path, format).unwrap();
        let mut batches = Vec::new();
        while let Some(batch) = next(whole.as_mut(), most) {
            batches.push(batch);
        }
        assert!(!batches.is_empty());
        for at in 0..batches.len() {
            let (_, position) = batches[at];
            let mut rest = open_file_at(path, format, position).unwrap();
            for expected in &batches[at + 1..] {
                assert_eq!(next(rest.as_mut(), most).as_ref(), Some(expected), "{path:?} {most}");
            }
            assert_eq!(next(rest.as_mut(), most), None);
        }
    }
}

#[test]
fn reading_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let texts: [(&str, &str); 5] = [
        ("a.jsonl", "\u{FEFF}{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}\n  \n{\"a\":4}\n{\"a\":5}"),
        ("header.csv", "\u{FEFF}a,b\n1,2\n\n\"x\ny\",3\n4\n5,\"6\n\n7\"\n8,9"),
        ("returns.csv", "a,b\r1,2\r3,4\r5,6\n7,8\r9,0\r\n1,1"),
        ("open.csv", "a,b\n1,2\n3,\"4\n5,6"),
        ("columns.csv", "1,2\n3,4\n5\n7,8\n"),
    ];
    for (name, text) in texts {
        let columns = if name == "columns.csv" { Some("a,b") } else { None };
        let csv = CsvOptions::parse(columns, None).unwrap();
        for packed in [false, true] {
            let name = if packed { format!("{name}.zst") } else { name.to_owned() };
            let bytes = text.as_bytes();
            let path = folder.path().join(&name);
            let packed_bytes = packed.then(|| zstd::encode_all(bytes, 1).unwrap());
            fs::write(&path, packed_bytes.as_deref().unwrap_or(bytes)).unwrap();
            check(&path, &Format::of_name(&path, &csv));
        }
    }
}

#[test]
fn a_line_that_is_too_long_is_passed_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(MAX_RECORD_BYTES + 2_000_000);
    let path = folder.path().join("long.jsonl");
    fs::write(&path, format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}\n")).unwrap();
    check(&path, &Format::Ndjson);
    let path = folder.path().join("long.csv");
    fs::write(&path, format!("a\n1\n{long}\n2\n\"{long}\n3\n\"\n4\n")).unwrap();
    check(&path, &Format::of_name(&path, &CsvOptions::default()));
}

#[test]
fn another_file_in_its_place_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "{\"a\":1}\n{\"a\":2}\n").unwrap();
    let identity = FileIdentity::of(&path).unwrap();
    fs::write(&path, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n").unwrap();
    assert!(identity.is_of(&path).unwrap(), "it has grown");
    fs::write(&path, "{\"a\":1}\n{\"a\":3}\n").unwrap();
    assert!(!identity.is_of(&path).unwrap());
    let position = Position { file: 0, record: 2, line: 2, byte: 40, within_long_line: false };
    let error = open_file_at(&path, &Format::Ndjson, position).unwrap_err().to_string();
    assert!(error.contains("it ends at byte 16, but was read up to byte 40"), "{error}");
}

#[test]
fn a_sink_is_cut_back_to_where_it_was() {
    use crate::{EncodedRecord, Sink as _, create_file};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let record = |bytes| EncodedRecord { kind: "match", bytes, ..EncodedRecord::default() };
    let mut sink = create_file(&path).unwrap();
    sink.write(&record(b"one")).unwrap();
    let committed = sink.commit().unwrap().unwrap();
    committed.sync().unwrap();
    sink.write(&record(b"lost")).unwrap();
    drop(sink);
    let mut sink = continue_file(&path, committed.length).unwrap();
    sink.write(&record(b"two")).unwrap();
    assert_eq!(sink.commit().unwrap().unwrap().length, 8);
    assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    let error = continue_file(&path, 9).unwrap_err().to_string();
    assert!(error.contains("it has 8 bytes, but 9 were written to it before"), "{error}");
}
