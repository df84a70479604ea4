//! The part of a line that is shown.

use std::ops::Range;

/// The most columns of a line that are shown.
const LINE: usize = 88;
/// The columns before the place that are shown in any case, if there are so many.
const BEFORE: usize = 42;
/// The most lines shown after the first.
const FURTHER_LINES: usize = 3;
/// Stands where something was cut; in ASCII, since the ellipsis is of uncertain width.
const CUT: &str = "...";

/// The line around a place, and a few more that the place goes on in, ready to be printed.
///
/// # Shape
/// Never empty; the mark is never empty and lies inside the first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    text: String,
    mark: Range<usize>,
}

impl Excerpt {
    /// Cuts the line of `text` in which `span`, in bytes, begins; a span of several lines is marked up to its first end.
    ///
    /// # Cost
    /// Bounded, however long the text is, but for finding the ends of the lines that follow.
    pub(crate) fn new(text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.ceil_char_boundary(span.end.max(start));
        let (before, rest) = text.split_at(start);
        // Backwards, so that what is left out is far from the place.
        let head = Piece::new(before.chars().rev(), LINE);
        let tail = Piece::new(rest.chars(), LINE);
        let before_columns = BEFORE.max(LINE.saturating_sub(tail.columns));
        let head = Piece::new(before.chars().rev(), before_columns.min(head.columns));
        let tail = Piece::new(rest.chars(), LINE.saturating_sub(head.columns));

        let mut line = String::new();
        if head.cut {
            line.push_str(CUT);
        }
        // A byte order mark is no part of the first line.
        let shown = head.chars.iter().rev().filter(|&&c| c != '\u{feff}');
        shown.for_each(|&c| push(&mut line, c));
        let mark_start = line.len();
        let mut mark_end = mark_start;
        let mut at = 0;
        for &c in &tail.chars {
            push(&mut line, c);
            if at < end - start {
                mark_end = line.len();
            }
            at += c.len_utf8();
        }
        // Of an object or array that does not fit, its beginning says as much as all that is shown.
        if at < end - start && rest.starts_with(['{', '[']) {
            mark_end = mark_start + 1;
        }
        if tail.cut {
            line.push_str(CUT);
        }
        // At the end of a line there is nothing to mark but the place itself.
        if mark_end == mark_start {
            let next = line.get(mark_start..).and_then(|rest| rest.chars().next());
            if next.is_none() {
                line.push(' ');
            }
            mark_end += next.map_or(1, char::len_utf8);
        }
        let spanned = rest.get(..end - start).unwrap_or_default();
        for further in spanned.lines().skip(1).take(FURTHER_LINES) {
            let further = Piece::new(further.chars(), LINE);
            line.push('\n');
            further.chars.iter().for_each(|&c| push(&mut line, c));
            if further.cut {
                line.push_str(CUT);
            }
        }
        Self { text: line, mark: mark_start..mark_end }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`Excerpt::text`] that are meant.
    pub(crate) fn mark(&self) -> Range<usize> {
        self.mark.clone()
    }
}

/// The characters of a line as far as they fit.
struct Piece {
    chars: Vec<char>,
    columns: usize,
    /// Whether there are more.
    cut: bool,
}

impl Piece {
    fn new(text: impl Iterator<Item = char>, limit: usize) -> Self {
        let mut piece = Self { chars: Vec::new(), columns: 0, cut: false };
        // What has no width is counted all the same, so that the piece is bounded.
        let columns = |c| if c < '\u{1100}' { 1 } else { 2 };
        for c in text.take_while(|&c| c != '\n') {
            if piece.columns + columns(c) > limit {
                piece.cut = true;
                break;
            }
            piece.columns += columns(c);
            piece.chars.push(c);
        }
        piece
    }
}

/// Adds a character in a form whose width every terminal agrees on.
fn push(line: &mut String, c: char) {
    match c {
        '\t' => line.push(' '),
        '\r' => {}
        c if is_joining(c) => {}
        c if is_unsafe(c) => line.push('?'),
        c => line.push(c),
    }
}

/// Whether it makes one picture of several: a terminal may show that in the width of one or of all.
///
/// Left out, each picture stands for itself and has the width that it has alone.
const fn is_joining(c: char) -> bool {
    matches!(
        c,
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'
    )
}

/// Whether it steers the terminal, turns the direction of writing, or cannot be seen.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}
