//! From bytes of a text to lines and columns.

/// Where the lines of a text begin.
#[derive(Debug, Clone, Default)]
pub struct LineIndex {
    /// The byte after each line feed; the first line begins at 0 or after a byte order mark.
    starts: Vec<usize>,
}

impl LineIndex {
    /// Finds the lines of `text`: each ends with a line feed, with or without a carriage return before it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let feeds = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        Self { starts: std::iter::once(first).chain(feeds.map(|(at, _)| at + 1)).collect() }
    }

    /// The line and the column of the byte `offset` of the same text, both from 1, the column in characters.
    ///
    /// An offset beyond the end means the end; one inside a character means that character.
    ///
    /// # Cost
    /// Grows with the length of that line.
    #[must_use]
    pub fn line_column(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(start..end).map_or(0, |part| part.chars().count());
        (saturate(line), saturate(before + 1))
    }
}

fn saturate(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
