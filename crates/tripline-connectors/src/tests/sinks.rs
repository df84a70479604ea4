use std::fs;

use crate::{
    ConnectorError, EncodedRecord, LineSink, MAX_SHOWN_BYTES, RejectedAt, RejectedSink, Sink,
    create_file,
};

fn record(bytes: &[u8]) -> EncodedRecord<'_> {
    EncodedRecord { id: "1", key: b"{}", kind: "match", bytes, ..EncodedRecord::default() }
}

#[test]
fn a_file_is_written_anew_and_flushed_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    fs::write(&path, "old text that is longer than the new one\n").unwrap();
    let mut sink = create_file(&path).unwrap();
    sink.write(&record(b"{\"a\":1}")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    sink.flush().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n");
    sink.write(&record(b"{}")).unwrap();
    drop(sink);
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{}\n");
}

#[test]
fn a_file_that_cannot_be_created_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = create_file(&folder.path().join("none/out")).unwrap_err();
    assert!(matches!(error, ConnectorError::Create { .. }), "{error}");
}

#[test]
fn a_closed_pipe_is_told_from_other_faults() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut sink = LineSink::new(Box::new(writer), "pipe");
    sink.write(&record(b"{}")).unwrap();
    let error = sink.flush().unwrap_err();
    assert!(error.is_closed(), "{error}");
    assert_eq!(error.to_string(), "nobody reads `pipe` any more");
}

#[test]
fn rejected_lines_are_json() {
    let check = |text: &[u8], expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejected.jsonl");
        let mut sink = RejectedSink::new(create_file(&path).unwrap());
        let at = RejectedAt { source: "events", line: 7, number: 6 };
        sink.write(at, false, &"no `ts`", text).unwrap();
        sink.flush().unwrap();
        let expected = format!("{{\"line\":7,\"reason\":\"no `ts`\",\"text\":{expected}}}\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    };
    check(b"{\"a\":\n", r#""{\"a\":\n""#);
    check(b"a\xffb", "\"a\u{FFFD}b\"");
    let max = MAX_SHOWN_BYTES;
    let full = "x".repeat(max);
    check(full.as_bytes(), &format!("\"{full}\""));
    check(format!("{full}x").as_bytes(), &format!("\"{full}\",\"cut\":true"));
    // Not half of a character, if the cut would be in one.
    for before in 0..=4 {
        let text = format!("{}😀{}", "x".repeat(max - before), "y".repeat(9));
        let shown = match before {
            0..4 => "x".repeat(max - before),
            _ => format!("{}😀", "x".repeat(max - before)),
        };
        check(text.as_bytes(), &format!("\"{shown}\",\"cut\":true"));
    }
    check(&vec![0x80; max + 1], &format!("\"{}\",\"cut\":true", "\u{FFFD}".repeat(max)));
}
