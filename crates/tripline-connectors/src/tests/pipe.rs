use std::io::{PipeWriter, Write};
use std::sync::mpsc;
use std::thread;

use crate::{CsvOptions, Format, RecordBatch, read_records};

/// The second line is written only when the first has been read: a reader that waited for more would wait for ever.
fn check(format: &Format, expected: [&str; 2], wrap: fn(PipeWriter) -> Box<dyn Write>) {
    let (reader, writer) = std::io::pipe().unwrap();
    let (seen, wait) = mpsc::channel();
    let writing = thread::spawn(move || {
        let mut out = wrap(writer);
        out.write_all(b"first\n").unwrap();
        out.flush().unwrap();
        wait.recv().unwrap();
        out.write_all(b"sec").unwrap();
        out.flush().unwrap();
        out.write_all(b"ond\n").unwrap();
    });
    let mut reader = read_records(Box::new(reader), "pipe", format);
    let mut batch = RecordBatch::default();
    for expected in expected {
        assert!(reader.next_batch(&mut batch, 1000).unwrap());
        let records: Vec<_> = batch.records().map(|record| record.bytes).collect();
        assert_eq!(records, [expected.as_bytes()]);
        // After the second line nobody waits any more.
        seen.send(()).ok();
    }
    assert!(!reader.next_batch(&mut batch, 1000).unwrap());
    writing.join().unwrap();
}

#[test]
fn a_record_from_a_pipe_is_there_at_once() {
    let csv = Format::Csv(CsvOptions::parse(Some("a"), None).unwrap());
    for (format, expected) in
        [(Format::Ndjson, ["first", "second"]), (csv, [r#"{"a":"first"}"#, r#"{"a":"second"}"#])]
    {
        check(&format, expected, |pipe| Box::new(pipe));
        check(&format, expected, |pipe| {
            let level = flate2::Compression::fast();
            Box::new(flate2::write::GzEncoder::new(pipe, level))
        });
        check(&format, expected, |pipe| {
            Box::new(zstd::Encoder::new(pipe, 1).unwrap().auto_finish())
        });
    }
}
