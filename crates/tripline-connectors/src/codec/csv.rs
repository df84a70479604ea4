//! CSV: each record becomes a compact JSON object, so that all behind it sees one format.
//!
//! Whether a cell was quoted decides its type, and the `csv` crate does not tell.
//! `csv-core` does the parsing here, cell by cell: a cell is quoted exactly if its first byte is a double quote, which
//! is how `csv-core` itself decides it.
//!
//! A record must have as many cells as there are columns.
//! Columns without a name are left out.

mod cell;
mod record;

use std::ops::Range;

pub use self::cell::CellType;
pub(crate) use self::cell::is_json_scalar;
use self::cell::write_cell;
use self::record::RecordParser;
use super::TOO_LONG;
use crate::line::{Filled, LineReader};
use crate::{
    BadRecord, BadRecordReason, ConnectorError, MAX_RECORD_BYTES, MAX_SHOWN_BYTES, Position,
    RecordBatch, RecordReader,
};

/// How to read a CSV file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The names of the columns if the file has no header; empty if it has one.
    pub columns: Vec<String>,
    /// Types of columns by name, where they are not to be told from each cell.
    pub types: Vec<(String, CellType)>,
}

impl CsvOptions {
    /// Reads the values of the options `--csv-columns a,b,c` and `--csv-types a:text,b:int`.
    ///
    /// # Errors
    /// If a column has no name, or a type is none.
    pub fn parse(columns: Option<&str>, types: Option<&str>) -> Result<Self, ConnectorError> {
        let mut options = Self::default();
        if let Some(value) = columns {
            options.columns = value.split(',').map(|name| name.trim().to_owned()).collect();
            if options.columns.iter().all(String::is_empty) {
                return Err(ConnectorError::Option {
                    option: "--csv-columns",
                    value: value.to_owned(),
                    reason: "write the names of the columns, as in `a,b,c`".to_owned(),
                });
            }
        }
        if let Some(value) = types {
            options.types = value
                .split(',')
                .map(|part| {
                    let (name, cell_type) = part.trim().rsplit_once(':')?;
                    Some((name.to_owned(), CellType::of_name(cell_type)?))
                })
                .collect::<Option<_>>()
                .ok_or_else(|| ConnectorError::Option {
                    option: "--csv-types",
                    value: value.to_owned(),
                    reason: "write columns with one of the types text, int, float, bool, as in `a:text,b:int`"
                        .to_owned(),
                })?;
        }
        Ok(options)
    }
}

/// Reads CSV records as JSON objects.
#[derive(Debug)]
pub(crate) struct CsvReader {
    lines: LineReader,
    options: CsvOptions,
    /// `None` until the header has been read.
    columns: Option<Vec<Column>>,
    parser: RecordParser,
    /// What is left of the line under way, in the buffer of `lines`: a lone carriage return ends a record too, so that
    /// there can be several in a line.
    rest: Range<usize>,
    /// The text of the record under way, perhaps of several lines.
    text: Vec<u8>,
    /// The line where it began.
    line: u64,
    /// Where the record after the last one begins.
    next: Position,
}

/// A column of the file.
#[derive(Debug)]
struct Column {
    name: String,
    /// `"name":`, or nothing for a column without a name.
    member: Option<Vec<u8>>,
    cell_type: Option<CellType>,
}

impl CsvReader {
    pub(crate) fn new(lines: LineReader, options: CsvOptions, record: u64) -> Self {
        Self {
            lines,
            options,
            columns: None,
            parser: RecordParser::new(),
            rest: 0..0,
            text: Vec::new(),
            line: 0,
            next: Position { record, ..Position::default() },
        }
    }

    /// Goes on at a position, in an input that begins there; the columns are as before.
    pub(crate) fn at(mut self, lines: LineReader, position: Position) -> Self {
        self.lines = lines;
        (self.rest, self.line) = (0..0, position.line);
        self.parser.reset();
        self.text.clear();
        self.next = position;
        self
    }

    /// Reads the header, if there is to be one; the records in its line are lost.
    pub(crate) fn read_header(&mut self) -> Result<(), ConnectorError> {
        let mut batch = RecordBatch::default();
        while self.awaits_header() {
            match self.lines.fill()? {
                Filled::Silence => {}
                Filled::End => return Ok(()),
                Filled::TooLong { .. } => self.reject(&mut batch, TOO_LONG)?,
                Filled::Lines => {
                    self.begin_line(&mut batch)?;
                    if self.parse() {
                        self.record(&mut batch)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A record, good or bad, is complete: the next one begins here. Gives its number.
    fn advance(&mut self) -> u64 {
        let number = self.next.record;
        self.next = self.lines.input_position(number + 1);
        if !self.rest.is_empty() {
            self.next.byte -= self.rest.len() as u64;
            self.next.line -= 1;
        }
        number
    }

    /// Takes up to `max_records` from the lines that have come.
    fn take(&mut self, batch: &mut RecordBatch, max_records: usize) -> Result<(), ConnectorError> {
        while batch.count() < max_records {
            if self.rest.is_empty() && !self.begin_line(batch)? {
                break;
            }
            if self.parse() {
                self.record(batch)?;
            }
            if !self.parser.is_within_record() && self.rest.is_empty() {
                self.text.clear();
            }
        }
        Ok(())
    }

    /// Goes on to the next line; whether one has come.
    fn begin_line(&mut self, batch: &mut RecordBatch) -> Result<bool, ConnectorError> {
        let Some((range, line)) = self.lines.next_line() else {
            return Ok(false);
        };
        if self.text.is_empty() {
            self.line = line;
        }
        self.text.extend_from_slice(self.lines.bytes(range.clone()));
        if self.text.len() > MAX_RECORD_BYTES + 2 {
            self.reject(batch, TOO_LONG)?;
        } else {
            self.rest = range;
        }
        Ok(true)
    }

    /// Goes to the end of a record, or of the line; whether it is the end of a record.
    fn parse(&mut self) -> bool {
        let mut rest = self.lines.bytes(self.rest.clone());
        // The last line of the input may lack its end.
        let lacks_end = !rest.is_empty() && !rest.ends_with(b"\n");
        let complete = self.parser.feed(&mut rest)
            || (lacks_end && rest.is_empty() && self.parser.feed(&mut &b"\n"[..]));
        self.rest.start = self.rest.end - rest.len();
        complete
    }

    /// The record that the parser holds: the header, or data.
    fn record(&mut self, batch: &mut RecordBatch) -> Result<(), ConnectorError> {
        if self.awaits_header() {
            let names: Option<Vec<String>> = self
                .parser
                .cells()
                .map(|cell| String::from_utf8(cell.text.to_vec()).ok())
                .collect();
            self.parser.clear();
            let names =
                names.ok_or_else(|| self.unusable("the header is not valid UTF-8".into()))?;
            self.columns = Some(self.columns_of(&names)?);
            return Ok(());
        }
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => self.columns_of(&self.options.columns)?,
        };
        let start = batch.bytes_mut().len();
        let written = write_object(batch.bytes_mut(), &columns, &self.parser);
        self.columns = Some(columns);
        match written {
            Ok(()) => {
                let end = batch.bytes_mut().len();
                let number = self.advance();
                batch.push(number, self.line, start..end);
                self.parser.clear();
            }
            Err(reason) => {
                batch.bytes_mut().truncate(start);
                self.reject(batch, reason)?;
            }
        }
        Ok(())
    }

    fn columns_of(&self, names: &[String]) -> Result<Vec<Column>, ConnectorError> {
        let types = &self.options.types;
        if let Some((name, _)) = types.iter().find(|(name, _)| !names.contains(name)) {
            let all = names.join("`, `");
            return Err(
                self.unusable(format!("`--csv-types` names `{name}`, but the columns are `{all}`"))
            );
        }
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for name in names {
            if !name.is_empty() && columns.iter().any(|column| column.name == *name) {
                return Err(self.unusable(format!(
                    "there are two of the name `{name}`; rename one, or give names with `--csv-columns`"
                )));
            }
            let mut member = serde_json::to_vec(name).unwrap_or_default();
            member.push(b':');
            let own_type = types.iter().find(|(other, _)| other == name);
            columns.push(Column {
                name: name.clone(),
                member: (!name.is_empty()).then_some(member),
                cell_type: own_type.map(|(_, cell_type)| *cell_type),
            });
        }
        Ok(columns)
    }

    fn unusable(&self, reason: String) -> ConnectorError {
        ConnectorError::Columns { name: self.lines.name().to_owned(), reason }
    }

    /// Gives up the record under way; the next one begins with the next line.
    fn reject(
        &mut self,
        batch: &mut RecordBatch,
        reason: BadRecordReason,
    ) -> Result<(), ConnectorError> {
        if self.awaits_header() {
            return Err(self.unusable(format!("the header cannot be read: {reason}")));
        }
        let number = self.advance();
        let text = crate::line::without_line_end(&self.text);
        batch.push_bad(BadRecord {
            number,
            line: self.line,
            reason,
            text: text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec(),
        });
        self.parser.reset();
        self.text.clear();
        Ok(())
    }

    const fn awaits_header(&self) -> bool {
        self.columns.is_none() && self.options.columns.is_empty()
    }
}

impl RecordReader for CsvReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        let before = batch.count();
        let most = max_records.max(before + 1);
        while batch.count() == before {
            if !self.rest.is_empty() {
                self.take(batch, most)?;
                continue;
            }
            match self.lines.fill()? {
                Filled::Lines => self.take(batch, most)?,
                Filled::TooLong { line, text } => {
                    if !self.parser.is_within_record() {
                        self.line = line;
                        self.text = text;
                    }
                    self.reject(batch, TOO_LONG)?;
                }
                Filled::Silence => return Ok(true),
                Filled::End if self.parser.is_within_record() => {
                    self.reject(batch, BadRecordReason::OpenQuote)?;
                }
                Filled::End => return Ok(false),
            }
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        self.next
    }
}

/// Appends the record as a JSON object; what is empty or has no column name is left out.
fn write_object(
    out: &mut Vec<u8>,
    columns: &[Column],
    record: &RecordParser,
) -> Result<(), BadRecordReason> {
    let found = record.cells().len();
    if found != columns.len() {
        let expected = columns.len();
        return Err(BadRecordReason::CellCount { found, expected });
    }
    out.push(b'{');
    let mut first = true;
    for (column, cell) in columns.iter().zip(record.cells()) {
        let Some(member) = &column.member else {
            continue;
        };
        if cell.text.is_empty() && !cell.quoted {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(member);
        let text = std::str::from_utf8(cell.text).map_err(|_| BadRecordReason::NotUtf8)?;
        write_cell(out, text, cell.quoted, column.cell_type).map_err(|cell_type| {
            BadRecordReason::CellType {
                column: column.name.clone(),
                cell: text.chars().take(100).collect(),
                cell_type,
            }
        })?;
    }
    out.push(b'}');
    Ok(())
}
