//! The inside of JSON strings: escapes, and the way back from a string as meant to the text.

use std::ops::Range;

use tripline_message::{Text, text};

use super::{JsonSyntaxError, JsonSyntaxErrorKind};

/// One character of a string, or its end.
pub(super) enum Piece {
    /// A character as meant, and the byte of the text after its spelling.
    Char(char, usize),
    /// The closing quote, and the byte after it.
    End(usize),
}

/// Reads the character of a string that begins at byte `at` of `text`.
pub(super) fn next_piece(text: &str, at: usize) -> Result<Piece, JsonSyntaxError> {
    let Some(c) = char_at(text, at) else {
        return Err(fault(at, text!("the text ends inside a string: a closing `\"` is missing")));
    };
    match c {
        '"' => Ok(Piece::End(at + 1)),
        '\\' => escape(text, at),
        '\n' | '\r' => Err(fault(
            at,
            text!("a string cannot go over the end of a line; close it or write `\\n`"),
        )),
        '\u{0}'..='\u{1f}' => Err(fault(
            at,
            text!(
                "the control character `{escape}` must be written as an escape",
                escape = format!("\\u{:04x}", u32::from(c))
            ),
        )),
        _ => Ok(Piece::Char(c, at + c.len_utf8())),
    }
}

/// Leads from bytes of a string as meant to the bytes of the text that spell them.
#[derive(Debug, Clone)]
pub(crate) struct SpellingMap {
    /// Byte of the string as meant, and byte of the text; the first is the beginning, the others come at intervals.
    marks: Vec<(usize, usize)>,
}

/// The least distance between two marks of a [`SpellingMap`], in bytes of the string as meant.
const MARK_INTERVAL: usize = 256;

impl SpellingMap {
    /// Prepares for a single question about the string at `span` of a text, quotes included.
    pub(crate) fn unprepared(span: &Range<usize>) -> Self {
        Self { marks: vec![(0, span.start + 1)] }
    }

    /// Prepares for many questions about the string at `span` of `text`, quotes included.
    ///
    /// # Cost
    /// Walks the string once; a question then costs the same wherever it points.
    pub(crate) fn prepared(text: &str, span: &Range<usize>) -> Self {
        let mut marks = vec![(0, span.start + 1)];
        let (mut meant, mut raw) = (0, span.start + 1);
        let mut marked = 0;
        while let Ok(Piece::Char(c, next)) = next_piece(text, raw) {
            meant += c.len_utf8();
            raw = next;
            if meant - marked >= MARK_INTERVAL {
                marks.push((meant, raw));
                marked = meant;
            }
        }
        Self { marks }
    }

    /// The bytes of `text` that spell the bytes `inside` of the string as meant.
    ///
    /// A range beyond the end of the string is cut off there; inside a character it means the whole character.
    pub(crate) fn range(&self, text: &str, inside: &Range<usize>) -> Range<usize> {
        let start = self.walk(text, inside.start, |meant, c| meant + c.len_utf8() <= inside.start);
        let end = self.walk(text, inside.end, |meant, _| meant < inside.end);
        start..end.max(start)
    }

    /// Goes on from the last mark before `offset` as long as `go_on` allows to step over a character.
    fn walk(&self, text: &str, offset: usize, go_on: impl Fn(usize, char) -> bool) -> usize {
        let mark = self.marks.partition_point(|&(meant, _)| meant <= offset).saturating_sub(1);
        let (mut meant, mut raw) = self.marks.get(mark).copied().unwrap_or_default();
        while let Ok(Piece::Char(c, next)) = next_piece(text, raw)
            && go_on(meant, c)
        {
            meant += c.len_utf8();
            raw = next;
        }
        raw
    }
}

fn escape(text: &str, at: usize) -> Result<Piece, JsonSyntaxError> {
    let c = match char_at(text, at + 1) {
        Some('"') => '"',
        Some('\\') => '\\',
        Some('/') => '/',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unicode_escape(text, at),
        Some(other) => {
            return Err(fault(
                at,
                text!("unknown escape `\\{other}`; a backslash itself is written `\\\\`", other),
            ));
        }
        None => return Err(fault(at, text!("the text ends inside a string"))),
    };
    Ok(Piece::Char(c, at + 2))
}

fn unicode_escape(text: &str, at: usize) -> Result<Piece, JsonSyntaxError> {
    let first = hex4(text, at)?;
    if let Some(c) = char::from_u32(first) {
        return Ok(Piece::Char(c, at + 6));
    }
    let pair = (0xd800..0xdc00).contains(&first).then(|| hex4(text, at + 6).ok()).flatten();
    let c = pair
        .filter(|low| (0xdc00..0xe000).contains(low))
        .and_then(|low| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00)));
    match c {
        Some(c) => Ok(Piece::Char(c, at + 12)),
        None => Err(fault(
            at,
            text!(
                "half of a surrogate pair stands alone; such a character takes two `\\u` escapes"
            ),
        )),
    }
}

/// The number of the escape `\uXXXX` at byte `at`.
fn hex4(text: &str, at: usize) -> Result<u32, JsonSyntaxError> {
    text.get(at..at + 2)
        .filter(|&start| start == "\\u")
        .and_then(|_| text.get(at + 2..at + 6))
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .ok_or_else(|| fault(at, text!("`\\u` must be followed by four hexadecimal digits")))
}

fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

fn fault(offset: usize, message: Text) -> JsonSyntaxError {
    JsonSyntaxError { kind: JsonSyntaxErrorKind::Syntax, offset, message }
}
