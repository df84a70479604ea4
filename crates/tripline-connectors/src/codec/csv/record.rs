//! One CSV record, cell by cell.

use csv_core::ReadFieldResult;

/// Puts a record together from lines.
#[derive(Debug)]
pub(super) struct RecordParser {
    reader: csv_core::Reader,
    /// The cells' text one after another; what is past `len` means nothing.
    text: Vec<u8>,
    len: usize,
    cells: Vec<CellEnd>,
    /// Whether the cell under way is quoted; `None` between two cells.
    under_way: Option<bool>,
}

#[derive(Debug)]
struct CellEnd {
    end: usize,
    quoted: bool,
}

/// A cell without its quotes.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) text: &'a [u8],
    pub(super) quoted: bool,
}

impl RecordParser {
    pub(super) fn new() -> Self {
        Self {
            // Not its `default`, which has no transitions yet.
            reader: csv_core::Reader::new(),
            text: Vec::new(),
            len: 0,
            cells: Vec::new(),
            under_way: None,
        }
    }

    /// Consumes `input` up to the end of the record; whether it came to it.
    pub(super) fn feed(&mut self, input: &mut &[u8]) -> bool {
        loop {
            if self.under_way.is_none() {
                if self.cells.is_empty() {
                    // Blank lines, and the second half of a line end, belong to no record.
                    while let Some((b'\r' | b'\n', rest)) = input.split_first() {
                        *input = rest;
                    }
                }
                let Some(first) = input.first() else {
                    return false;
                };
                self.under_way = Some(*first == b'"');
            }
            // Text never grows by parsing, so that this is room enough.
            let needed = self.len + input.len() + 1;
            if self.text.len() < needed {
                self.text.resize(needed, 0);
            }
            let room = self.text.get_mut(self.len..).unwrap_or_default();
            let (result, read, written) = self.reader.read_field(input, room);
            *input = input.get(read..).unwrap_or_default();
            self.len += written;
            match result {
                ReadFieldResult::Field { record_end } => {
                    let quoted = self.under_way.take().unwrap_or_default();
                    self.cells.push(CellEnd { end: self.len, quoted });
                    if record_end {
                        return true;
                    }
                }
                ReadFieldResult::InputEmpty | ReadFieldResult::End => return false,
                ReadFieldResult::OutputFull => {}
            }
        }
    }

    /// The cells of the record.
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = Cell<'_>> {
        let mut start = 0;
        self.cells.iter().map(move |cell| {
            let text = self.text.get(start..cell.end).unwrap_or_default();
            start = cell.end;
            Cell { text, quoted: cell.quoted }
        })
    }

    /// Whether a record has begun and not been cleared.
    pub(super) fn is_within_record(&self) -> bool {
        self.under_way.is_some() || !self.cells.is_empty()
    }

    /// Makes ready for the next record.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.cells.clear();
    }

    /// Forgets also what stands behind the record.
    pub(super) fn reset(&mut self) {
        self.clear();
        self.under_way = None;
        self.reader.reset();
    }
}
