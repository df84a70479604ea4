use std::io::{Cursor, Read as _};

use proptest::prelude::*;

use super::{read_all, read_bytes};
use crate::{Format, MAX_RECORD_BYTES, RecordBatch, read_records};

#[test]
fn lines_are_records() {
    let check = |input: &str, expected: &[&str]| {
        let records = read_bytes(input.as_bytes(), &Format::Ndjson).unwrap();
        assert_eq!(records, expected, "{input:?}");
    };
    check("", &[]);
    check("\n\n", &[]);
    check("{}\n", &["1: {}"]);
    check("{\"a\":1}\n{\"b\":2}", &["1: {\"a\":1}", "2: {\"b\":2}"]);
    check("a\r\nb\r\n", &["1: a", "2: b"]);
    check("\n a \n\t\r\n \nb\n\n", &["2:  a ", "5: b"]);
    check("\u{FEFF}a\n\u{FEFF}b\n", &["1: a", "2: \u{FEFF}b"]);
    check("\u{FEFF}\na", &["2: a"]);
    check("(a\n", &["1: (a"]);
    check("(", &["1: ("]);
    check("a\rb\n", &["1: a\rb"]);
}

#[test]
fn a_line_that_is_too_long_is_passed_over() {
    let check = |lengths: &[usize], end: &str, expected: &[&str]| {
        let lines: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
        let input = lines.join(end);
        let records = read_bytes(input.as_bytes(), &Format::Ndjson).unwrap();
        let short = |record: &String| match record.len() {
            0..100 => record.clone(),
            length => format!("{length} bytes"),
        };
        let records: Vec<String> = records.iter().map(short).collect();
        assert_eq!(records, expected, "{lengths:?} {end:?}");
    };
    let max = MAX_RECORD_BYTES;
    let longest = format!("{} bytes", max + 3);
    let long = |line: u64| format!("{line}! longer than 8388608 bytes");
    check(&[max], "\n", &[&longest]);
    check(&[1, max, 2], "\r\n", &["1: x", &longest, "3: xx"]);
    for length in [max + 1, max + 2, max + 3, 3 * max] {
        check(&[length], "\n", &[&long(1)]);
        check(&[length, 2], "\n", &[&long(1), "2: xx"]);
        check(&[1, length, length, 2], "\r\n", &["1: x", &long(2), &long(3), "4: xx"]);
    }
}

#[test]
fn the_longest_line_may_come_apart_from_its_end() {
    let line = "x".repeat(MAX_RECORD_BYTES);
    for (first, second) in [("", "\r\n"), ("\r", "\n"), ("\r\n", "")] {
        let first = Cursor::new(format!("{line}{first}"));
        let second = Cursor::new(format!("{second}y"));
        let reader = read_records(Box::new(first.chain(second)), "input", &Format::Ndjson);
        let records = read_all(reader, 10).unwrap();
        assert_eq!(records, [format!("1: {line}"), "2: y".to_owned()]);
    }
}

#[test]
fn of_a_line_that_is_too_long_the_beginning_is_kept() {
    let input = vec![b'x'; MAX_RECORD_BYTES * 2];
    let mut reader = read_records(Box::new(&*input.leak()), "input", &Format::Ndjson);
    let mut batch = RecordBatch::default();
    assert!(reader.next_batch(&mut batch, 10).unwrap());
    assert_eq!(batch.bad()[0].text, vec![b'x'; 64 * 1024 + 1]);
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_how_they_come(
        lines in prop::collection::vec("[ a-z\r\u{4e00}]{0,20}", 0..20),
        size in 1_usize..50,
        max in 1_usize..10,
    ) {
        let text = lines.join("\n");
        let expected: Vec<String> = (1..)
            .zip(text.split('\n'))
            .map(|(number, line)| (number, line.strip_suffix('\r').unwrap_or(line)))
            .filter(|(_, line)| !line.trim_ascii().is_empty())
            .map(|(number, line): (u64, &str)| format!("{number}: {line}"))
            .collect();
        let pieces = super::Pieces { bytes: text.into_bytes(), at: 0, size };
        let reader = read_records(Box::new(pieces), "input", &Format::Ndjson);
        prop_assert_eq!(read_all(reader, max).unwrap(), expected);
    }
}
