use std::path::Path;

use super::read_bytes;
use crate::{CsvOptions, Format, Input, MAX_RECORD_BYTES};

/// What is read of `input`, or the error.
fn read(input: &[u8], columns: Option<&str>, types: Option<&str>) -> Vec<String> {
    match CsvOptions::parse(columns, types) {
        Ok(options) => {
            read_bytes(input, &Format::Csv(options)).unwrap_or_else(|error| vec![error.to_string()])
        }
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn cells_have_the_type_they_are_written_as() {
    let check = |cell: &str, expected: &str| {
        let input = format!("a,b\n{cell},x\n");
        let expected = match expected {
            "" => r#"2: {"b":"x"}"#.to_owned(),
            value => format!(r#"2: {{"a":{value},"b":"x"}}"#),
        };
        assert_eq!(read(input.as_bytes(), None, None), [expected], "{cell}");
    };
    for number in
        ["0", "-0", "17", "-17", "1.50", "1e5", "1E+5", "-1.5e-7", "123456789012345678901234567890"]
    {
        check(number, number);
        check(&format!("\"{number}\""), &format!("\"{number}\""));
    }
    for text in [
        "00123", "1e5x", "1.", ".5", "-", "+1", "1e", "0x10", " 1", "1 ", "1e999", "NaN", "True",
        "null", "[]", "价",
    ] {
        check(text, &format!("\"{text}\""));
    }
    check("true", "true");
    check("false", "false");
    check("\"true\"", "\"true\"");
    check("", "");
    check("\"\"", "\"\"");
    check("\"a,\"\"b\"\"\\\"", r#""a,\"b\"\\""#);
    check("a\"b\"", r#""a\"b\"""#);
    check("\u{1}", r#""\u0001""#);
}

#[test]
fn types_can_be_asked_for() {
    let check = |column_type: &str, cell: &str, expected: &str| {
        let input = format!("a,b\n{cell},x\n");
        let types = format!("a:{column_type}");
        let records = read(input.as_bytes(), None, Some(&types));
        assert_eq!(records, [format!("2{expected}")], "{column_type} {cell}");
    };
    check("text", "17", r#": {"a":"17","b":"x"}"#);
    check("text", "", r#": {"b":"x"}"#);
    check("int", "\"0017\"", r#": {"a":17,"b":"x"}"#);
    check("int", " +5", r#": {"a":5,"b":"x"}"#);
    check("int", "1.0", "! `1.0` in column `a` is not an integer of 64 bits");
    check(
        "int",
        "9223372036854775808",
        "! `9223372036854775808` in column `a` is not an integer of 64 bits",
    );
    check("float", "5", r#": {"a":5.0,"b":"x"}"#);
    check("float", ".5", r#": {"a":0.5,"b":"x"}"#);
    check("float", "inf", "! `inf` in column `a` is not a number");
    check("bool", "TRUE", r#": {"a":true,"b":"x"}"#);
    check("bool", "1", "! `1` in column `a` is not `true` or `false`");
}

#[test]
fn records_may_span_lines_and_keep_their_line_numbers() {
    let check = |input: &str, columns: Option<&str>, expected: &[&str]| {
        assert_eq!(read(input.as_bytes(), columns, None), expected, "{input:?}");
    };
    check("", None, &[]);
    check("a,b\n", None, &[]);
    check("a,b", None, &[]);
    check("\u{FEFF}\"a\",b\r\n\r\n1,2", None, &[r#"3: {"a":1,"b":2}"#]);
    check("a,b\n1,\n,2\n,\n", None, &[r#"2: {"a":1}"#, r#"3: {"b":2}"#, "4: {}"]);
    check("a,b\n1,", None, &[r#"2: {"a":1}"#]);
    check(
        "a,b\n\"x\r\n\r\ny\",2\n\n3,4\n",
        None,
        &[r#"2: {"a":"x\r\n\r\ny","b":2}"#, r#"6: {"a":3,"b":4}"#],
    );
    check("1,2\n3,4\n", Some("a, b"), &[r#"1: {"a":1,"b":2}"#, r#"2: {"a":3,"b":4}"#]);
    check("a\r1\r2", None, &[r#"1: {"a":1}"#, r#"1: {"a":2}"#]);
    check(",a\n0,1\n", None, &[r#"2: {"a":1}"#]);
    check("a\"\\\n1\n", None, &[r#"2: {"a\"\\":1}"#]);
    check(
        "a,b\n1\n1,2,3\n4,5\n",
        None,
        &[
            "2! 1 cells, but there are 2 columns",
            "3! 3 cells, but there are 2 columns",
            r#"4: {"a":4,"b":5}"#,
        ],
    );
    check(
        "a\n1\n\"2\n3\n",
        None,
        &[r#"2: {"a":1}"#, "3! a cell begins with a double quote that is never closed"],
    );
}

#[test]
fn text_that_is_not_utf8_is_rejected() {
    let records = read(b"a\n\xff\nb\n", None, None);
    assert_eq!(records, ["2! the text is not valid UTF-8", r#"3: {"a":"b"}"#]);
}

#[test]
fn a_record_that_is_too_long_is_passed_over() {
    let line = "x".repeat(MAX_RECORD_BYTES / 3);
    let long = "! longer than 8388608 bytes";
    for record in [
        "x".repeat(MAX_RECORD_BYTES * 2),
        format!("\"{line}\n{line}\n{line}\n{line}"),
        format!("\"\n{}", "x".repeat(MAX_RECORD_BYTES * 2)),
    ] {
        let records = read(format!("a\n1\n{record}\n5\n").as_bytes(), None, None);
        assert_eq!(records[0], r#"2: {"a":1}"#);
        assert_eq!(records[1], format!("3{long}"));
        assert_eq!(records.len(), 3);
        assert!(records[2].ends_with(r#": {"a":5}"#), "{}", records[2]);
        let error = read(format!("{record}\n5\n").as_bytes(), None, None);
        assert_eq!(
            error,
            [
                "the columns of `input` cannot be used: the header cannot be read: longer than 8388608 bytes"
            ]
        );
    }
}

#[test]
fn columns_that_cannot_be_used_are_an_error() {
    let check = |input: &str, columns: Option<&str>, types: Option<&str>, expected: &str| {
        assert_eq!(read(input.as_bytes(), columns, types), [expected], "{input}");
    };
    check(
        "a,a\n1,2\n",
        None,
        None,
        "the columns of `input` cannot be used: there are two of the name `a`; rename one, or give names with `--csv-columns`",
    );
    check(
        "a,b\n1,2\n",
        None,
        Some("c:int"),
        "the columns of `input` cannot be used: `--csv-types` names `c`, but the columns are `a`, `b`",
    );
    check(
        "",
        Some(""),
        None,
        "`` is not usable for --csv-columns: write the names of the columns, as in `a,b,c`",
    );
    for types in ["a", "a:", "a:number", "a:int,"] {
        check(
            "",
            None,
            Some(types),
            &format!(
                "`{types}` is not usable for --csv-types: write columns with one of the types text, int, float, bool, as in `a:text,b:int`"
            ),
        );
    }
}

#[test]
fn the_format_follows_from_the_name() {
    let csv = CsvOptions::parse(Some("a"), None).unwrap();
    let check = |name: &str, expected: &Format| {
        assert_eq!(Input::new(Path::new(name)).format(&csv), *expected, "{name}");
    };
    for name in ["a.csv", "x/a.CSV", "a.csv.gz", "a.csv.zst", "-"] {
        check(name, &Format::Csv(csv.clone()));
    }
    for name in ["a.jsonl", "a.json.gz", "csv", "a.csv.bak", "a"] {
        check(name, &Format::Ndjson);
    }
    assert_eq!(Input::Stdin.format(&CsvOptions::default()), Format::Ndjson);
}
