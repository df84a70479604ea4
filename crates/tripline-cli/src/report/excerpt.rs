//! The part of a line that is shown.

use std::ops::Range;

/// The most characters shown before the place.
const BEFORE: usize = 50;
/// The most characters that are marked.
const MARKED: usize = 50;
/// The most characters shown from the place on.
const AFTER: usize = 80;
/// Stands where something was cut; in ASCII, since the ellipsis is of uncertain width.
const CUT: &str = "...";

/// One line around a place, ready to be printed.
///
/// # Shape
/// Without line breaks; never empty; the mark is never empty and lies inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    text: String,
    mark: Range<usize>,
}

impl Excerpt {
    /// Cuts the line of `text` in which `span`, in bytes, begins; a span of several lines is marked up to its first end.
    ///
    /// # Cost
    /// Bounded, however long the text is.
    pub(crate) fn new(text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.ceil_char_boundary(span.end.max(start));
        let (before, rest) = text.split_at(start);
        let marked = end - start;

        let mut head: Vec<char> = Vec::new();
        let mut cut_before = false;
        for c in before.chars().rev().take_while(|&c| c != '\n') {
            cut_before = head.len() == BEFORE;
            if cut_before {
                break;
            }
            head.push(c);
        }
        // A byte order mark is no part of the first line.
        if head.last() == Some(&'\u{feff}') {
            head.pop();
        }
        let mut line = String::new();
        if cut_before {
            line.push_str(CUT);
        }
        head.iter().rev().for_each(|&c| push(&mut line, c));

        let mark_start = line.len();
        let mut mark_end = mark_start;
        let mut cut_after = false;
        for (count, (at, c)) in rest
            .char_indices()
            .take_while(|&(_, c)| c != '\n')
            .enumerate()
        {
            cut_after = count == AFTER;
            if cut_after {
                break;
            }
            push(&mut line, c);
            if at < marked && count < MARKED {
                mark_end = line.len();
            }
        }
        if cut_after {
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
        Self {
            text: line,
            mark: mark_start..mark_end,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`Excerpt::text`] that are meant.
    pub(crate) fn mark(&self) -> Range<usize> {
        self.mark.clone()
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
