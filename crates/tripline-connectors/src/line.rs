//! Cuts an input into lines, with bounded memory.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr;

use crate::{ConnectorError, MAX_RECORD_BYTES, MAX_SHOWN_BYTES, Position};

/// Bytes read at a time: over a thousand events, and within a processor's cache.
const CHUNK_BYTES: usize = 256 * 1024;
/// Room for the longest line and its end.
const MAX_BUFFER_BYTES: usize = MAX_RECORD_BYTES + CHUNK_BYTES;

/// The lines of an input, several at a time.
///
/// A line is yielded once all of it has come; a line of more than [`MAX_RECORD_BYTES`] is passed over.
pub(crate) struct LineReader {
    input: Box<dyn Read + Send>,
    name: String,
    buffer: Vec<u8>,
    /// What has been read and not yet yielded: `start..end` of the buffer.
    start: usize,
    end: usize,
    /// No line ends before here.
    searched: usize,
    /// How many bytes of the input came before those in the buffer.
    passed: u64,
    /// How many lines have been yielded or passed over.
    line: u64,
    /// In the middle of a line that is passed over.
    passing_over: bool,
    input_ended: bool,
}

/// What there is to be had after [`LineReader::fill`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// At least one line, from [`LineReader::next_line`].
    Lines,
    /// A line that is too long begins; the rest of it will be passed over.
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// Its beginning.
        text: Vec<u8>,
    },
    /// Nothing yet: the input may be silent for long.
    Silence,
    /// Nothing, for ever.
    End,
}

impl LineReader {
    pub(crate) fn new(input: Box<dyn Read + Send>, name: &str) -> Self {
        Self {
            input,
            name: name.to_owned(),
            buffer: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            searched: 0,
            passed: 0,
            line: 0,
            passing_over: false,
            input_ended: false,
        }
    }

    /// Goes on in an input of which so much has been read before.
    pub(crate) const fn at(mut self, position: &Position) -> Self {
        self.passed = position.byte;
        self.line = position.line;
        self.passing_over = position.within_long_line;
        self
    }

    /// Where the next line begins, or the rest of one that is passed over; of the whole input.
    pub(crate) const fn input_position(&self, record: u64) -> Position {
        Position {
            file: 0,
            record,
            line: self.line,
            byte: self.passed + self.start as u64,
            within_long_line: self.passing_over,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The bytes at `range`, which [`next_line`](Self::next_line) gave since the last [`fill`](Self::fill).
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Where the next line begins.
    pub(crate) const fn position(&self) -> usize {
        self.start
    }

    /// Reads until there is a line; waits only if there is none.
    pub(crate) fn fill(&mut self) -> Result<Filled, ConnectorError> {
        loop {
            let line_end = self.find_line_end();
            if self.passing_over {
                self.start = line_end.map_or(self.end, |at| at + 1);
                self.searched = self.start;
                if line_end.is_some() {
                    self.passing_over = false;
                    continue;
                }
            } else if line_end.is_some() {
                return Ok(Filled::Lines);
            }
            // Two bytes more for a line end that is still to come.
            if self.end - self.start > MAX_RECORD_BYTES + 2 {
                return Ok(self.pass_over());
            }
            if self.input_ended {
                let rest = self.start < self.end;
                return Ok(if rest { Filled::Lines } else { Filled::End });
            }
            if !self.read()? {
                return Ok(Filled::Silence);
            }
        }
    }

    /// The next line with its end, and its number from 1; `None` if it has not wholly come yet.
    pub(crate) fn next_line(&mut self) -> Option<(Range<usize>, u64)> {
        let end = match self.find_line_end() {
            Some(at) => at + 1,
            None if self.input_ended && self.start < self.end => self.end,
            None => return None,
        };
        let mut start = self.start;
        self.start = end;
        self.searched = end;
        self.line += 1;
        if self.line == 1 && self.bytes(start..end).starts_with("\u{FEFF}".as_bytes()) {
            start += "\u{FEFF}".len();
        }
        Some((start..end, self.line))
    }

    fn find_line_end(&mut self) -> Option<usize> {
        let found = memchr(b'\n', self.bytes(self.searched..self.end));
        let at = found.map(|at| self.searched + at);
        self.searched = at.unwrap_or(self.end);
        at
    }

    fn pass_over(&mut self) -> Filled {
        let shown = self.start..self.end.min(self.start + MAX_SHOWN_BYTES + 1);
        let text = self.bytes(shown).to_vec();
        self.passing_over = true;
        self.line += 1;
        Filled::TooLong { line: self.line, text }
    }

    /// Reads what is there, at most as much as there is room for; `false` if the input says that it is silent
    /// ([`io::ErrorKind::WouldBlock`]).
    fn read(&mut self) -> Result<bool, ConnectorError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.passed += self.start as u64;
        self.end -= self.start;
        self.searched -= self.start;
        self.start = 0;
        if self.buffer.len() - self.end < CHUNK_BYTES / 2 {
            let longer = (self.buffer.len() * 2).min(MAX_BUFFER_BYTES);
            self.buffer.resize(longer.max(self.buffer.len()), 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.input.read(room) {
            Ok(0) => self.input_ended = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(source) => {
                return Err(ConnectorError::Read {
                    name: self.name.clone(),
                    line: self.line,
                    source,
                });
            }
        }
        Ok(true)
    }
}

impl fmt::Debug for LineReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineReader")
            .field("name", &self.name)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// A line without its end.
pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
