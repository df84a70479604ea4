use std::fs;
use std::io::Write;

use flate2::write::GzEncoder;

use super::{read_all, read_bytes};
use crate::{ConnectorError, CsvOptions, Format, Input};

/// The extension of a file, and how its content is packed.
type Packer = (&'static str, fn(&[u8]) -> Vec<u8>);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// What is read of a file of this name and content.
fn read_file(name: &str, bytes: &[u8]) -> Result<Vec<String>, ConnectorError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let input = Input::new(&path);
    read_all(input.open(&input.format(&CsvOptions::default()))?, 1000)
}

#[test]
fn compressed_files_are_unpacked() {
    let many = "{\"a\":\"some text\"}\n".repeat(100_000);
    let (first, second) = many.split_at(many.len() / 2 + 3);
    let expected: Vec<String> =
        (1..=100_000).map(|line| format!("{line}: {{\"a\":\"some text\"}}")).collect();
    let packers: [Packer; 3] = [("", <[u8]>::to_vec), (".gz", gzip), (".zst", zstd)];
    for (extension, pack) in packers {
        let whole = pack(many.as_bytes());
        let pieces = [pack(first.as_bytes()), pack(b""), pack(second.as_bytes())].concat();
        for bytes in [whole, pieces] {
            // By name, and by the first bytes.
            for name in [format!("a.jsonl{extension}"), "a".to_owned()] {
                assert_eq!(read_file(&name, &bytes).unwrap(), expected, "{name}");
            }
        }
        let small = pack(b"a,b\n1,\n");
        let records = read_file(&format!("a.csv{extension}"), &small).unwrap();
        assert_eq!(records, [r#"2: {"a":1}"#]);
        assert_eq!(read_bytes(&pack(b"x\ny"), &Format::Ndjson).unwrap(), ["1: x", "2: y"]);
    }
}

#[test]
fn damaged_data_is_an_error() {
    let check = |name: &str, bytes: &[u8], expected: &str| {
        let message = read_file(name, bytes).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
        assert!(message.contains(expected), "{message}");
    };
    let text = "0123456789\n".repeat(1000);
    let packed = gzip(text.as_bytes());
    check("a.gz", &packed[..packed.len() - 5], "the gzip data is damaged or cut off");
    check("a", &packed[..packed.len() - 5], "after line 1000: the gzip data is damaged");
    check("a.gz", b"{\"a\":1}\n", "after line 0: the gzip data is damaged or cut off");
    let packed = zstd(text.as_bytes());
    check("a.zst", &packed[..packed.len() - 5], "the zstd data is damaged or cut off");
    check("a.zst", b"{\"a\":1}\n", "the zstd data is damaged or cut off");
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("none.jsonl")] {
        let error = Input::new(&path).open(&Format::Ndjson).unwrap_err();
        assert!(matches!(error, ConnectorError::Open { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}
