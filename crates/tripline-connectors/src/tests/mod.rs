mod csv;
mod files;
mod lines;
mod pipe;
mod resume;
mod rotation;
mod sinks;

use std::io::{self, Read};

use crate::{ConnectorError, Format, RecordBatch, RecordReader, read_records};

/// An input that hands over at most so many bytes at a time.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    size: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.size.min(buffer.len()).min(self.bytes.len() - self.at);
        buffer[..len].copy_from_slice(&self.bytes[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}

/// All of an input: good records as `line: text`, bad ones as `line! reason`, each behind the other, and whether the
/// record numbers go up by one.
fn read_all(mut reader: Box<dyn RecordReader>, max: usize) -> Result<Vec<String>, ConnectorError> {
    let mut batch = RecordBatch::default();
    let mut all = Vec::new();
    while reader.next_batch(&mut batch, max)? {
        assert!(!batch.is_empty());
        assert!(batch.len() <= max);
        for record in batch.records() {
            let text = String::from_utf8_lossy(record.bytes);
            all.push((record.number, format!("{}: {text}", record.line)));
        }
        for bad in batch.bad() {
            all.push((bad.number, format!("{}! {}", bad.line, bad.reason)));
        }
    }
    assert!(!reader.next_batch(&mut batch, max)?, "the end is the end");
    all.sort();
    assert!(all.iter().map(|(number, _)| *number).eq(0..all.len() as u64));
    Ok(all.into_iter().map(|(_, text)| text).collect())
}

/// Reads `bytes` in pieces of several sizes, and expects the same each time.
fn read_bytes(bytes: &[u8], format: &Format) -> Result<Vec<String>, ConnectorError> {
    let sizes: &[(usize, usize)] = match bytes.len() {
        0..1000 => &[(1, 1), (1, 1000), (3, 2), (7, 1000), (1 << 20, 1)],
        _ => &[(1 << 16, 1000)],
    };
    let read = |(size, max): (usize, usize)| {
        let bytes = bytes.to_vec();
        let pieces = Pieces { bytes, at: 0, size };
        read_all(read_records(Box::new(pieces), "input", format), max)
    };
    let expected = read((1 << 20, 1000));
    for sizes in sizes {
        assert_eq!(
            format!("{:?}", read(*sizes)),
            format!("{expected:?}"),
            "in pieces of {sizes:?}"
        );
    }
    expected
}
