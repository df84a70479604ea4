//! Rules as rows of a table: the pattern is one text, and the other settings stand in columns of their own.
//!
//! [`compose_row`] makes the document of the columns that [`parse_rule`] reads, [`split_row`] takes a document apart.
//!
//! * What stands in a column as JSON goes into the document letter by letter, and back.
//! * A column that is not JSON gives diagnostics, never a document that says something else.
//! * [`ComposedRow::relocate`] brings what is found in the document back to the columns: line 12 is line 12 of the
//!   pattern as its author sees it.
//!
//! ```
//! use tripline_spec::{RowColumns, compose_row, parse_rule};
//!
//! let columns = RowColumns { pattern: "{\n\"name\": 1}", ..RowColumns::new("cart", 3) };
//! let row = compose_row(&columns).unwrap();
//! let mut found = parse_rule(row.text()).diagnostics;
//! row.relocate(&mut found);
//! let first = found.errors().find(|error| error.code.id() == "E0106").unwrap();
//! assert_eq!((first.pointer.as_str(), first.line, first.column), ("/pattern/name", 2, 9));
//! ```

mod split;

use std::fmt::Write as _;
use std::ops::Range;

use tripline_message::{Code, text};

use crate::decode::syntax_diagnostic;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::json::{LineIndex, parse};
use crate::parse_rule;
use crate::pointer::Pointer;

pub use split::{OwnedColumns, split_row};

const PATTERN: &str = "pattern";

/// The columns of a rule, as they stand in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowColumns<'a> {
    /// Which rule.
    pub id: &'a str,
    /// Which version.
    pub version: i64,
    /// The pattern: JSON text that may be anything.
    pub pattern: &'a str,
    /// A name for people.
    pub name: Option<&'a str>,
    /// What the rule is for.
    pub description: Option<&'a str>,
    /// The action that handles matches.
    pub function: Option<&'a str>,
    /// The key fields: a JSON array, as text.
    pub key_by: Option<&'a str>,
    /// The parameters: a JSON object, as text.
    pub params: Option<&'a str>,
    /// How grave a match is.
    pub severity: Option<&'a str>,
    /// Whether it is to run.
    pub enabled: Option<bool>,
    /// From when on it is in force, in ms since 1970.
    pub effective_from_ms: Option<i64>,
    /// Until when it is in force, in ms since 1970, exclusive.
    pub effective_until_ms: Option<i64>,
    /// What happens to open attempts of the version before.
    pub on_update: Option<&'a str>,
    /// Labels: a JSON object, as text.
    pub labels: Option<&'a str>,
}

impl<'a> RowColumns<'a> {
    /// A row of this rule in which nothing else is said.
    #[must_use]
    pub const fn new(id: &'a str, version: i64) -> Self {
        Self {
            id,
            version,
            pattern: "",
            name: None,
            description: None,
            function: None,
            key_by: None,
            params: None,
            severity: None,
            enabled: None,
            effective_from_ms: None,
            effective_until_ms: None,
            on_update: None,
            labels: None,
        }
    }

    /// All columns that say something, in the order of the document.
    fn cells(&self) -> Vec<(&'static str, Cell<'a>)> {
        let text = |text: Option<&'a str>| text.map(Cell::Text);
        let json = |text: Option<&'a str>| text.map(Cell::Json);
        let number = |number: Option<i64>| number.map(|number| Cell::Plain(number.to_string()));
        let columns = [
            ("id", Some(Cell::Text(self.id))),
            ("version", number(Some(self.version))),
            ("name", text(self.name)),
            ("description", text(self.description)),
            ("key_by", json(self.key_by)),
            ("function", text(self.function)),
            ("params", json(self.params)),
            ("severity", text(self.severity)),
            ("enabled", self.enabled.map(|enabled| Cell::Plain(enabled.to_string()))),
            ("effective_from", number(self.effective_from_ms)),
            ("effective_until", number(self.effective_until_ms)),
            ("on_update", text(self.on_update)),
            ("labels", json(self.labels)),
            (PATTERN, Some(Cell::Json(self.pattern))),
        ];
        columns.into_iter().filter_map(|(name, cell)| Some((name, cell?))).collect()
    }
}

/// What a column holds.
enum Cell<'a> {
    /// A text, which the document has as a string.
    Text(&'a str),
    /// JSON, which the document has as it is.
    Json(&'a str),
    /// A number or a truth value.
    Plain(String),
}

/// A column in the document.
#[derive(Debug, Clone)]
struct Part {
    /// Its name, and the key.
    name: &'static str,
    /// Its value in the document.
    range: Range<usize>,
    /// The text of the column, where the document has it in another spelling.
    text: Option<String>,
    /// The bytes of the column before what the document has letter by letter; `None` if it is spelled otherwise.
    verbatim_from: Option<usize>,
}

/// The columns of a rule as one document.
#[derive(Debug, Clone)]
pub struct ComposedRow {
    text: String,
    parts: Vec<Part>,
}

/// Makes the document of a row: what [`parse_rule`] reads, one column a line, the pattern last.
///
/// # Errors
/// Columns that are not JSON but should be: `pattern`, `key_by`, `params`, `labels`.
/// The diagnostics have line and column within that column; what [`parse_rule`] finds in the others is among them.
pub fn compose_row(columns: &RowColumns<'_>) -> Result<ComposedRow, Diagnostics> {
    let mut broken = Diagnostics::new();
    let mut sound = Vec::new();
    for (name, cell) in columns.cells() {
        match cell {
            Cell::Json(text) if let Some(fault) = json_fault(name, text) => {
                broken.push(fault);
                // Stands for any pattern, so that the document is known for a row.
                if name == PATTERN {
                    sound.push((name, Cell::Plain("{}".to_owned())));
                }
            }
            cell => sound.push((name, cell)),
        }
    }
    let row = ComposedRow::new(sound);
    if broken.is_empty() {
        return Ok(row);
    }
    let mut others = parse_rule(row.text()).diagnostics;
    row.relocate(&mut others);
    let known: Vec<String> = broken.iter().map(|fault| fault.pointer.clone()).collect();
    broken.extend(others.into_iter().filter(|other| {
        !known.iter().any(|known| {
            other
                .pointer
                .strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }));
    Err(broken)
}

/// What is wrong with a column that should be JSON, if it is not.
fn json_fault(name: &str, text: &str) -> Option<Diagnostic> {
    let error = parse(text).err()?;
    let mut fault = syntax_diagnostic(text, &error, &Pointer::root().key(name));
    (fault.line, fault.column) = LineIndex::new(text).line_column(text, error.offset);
    if fault.code == Code::InvalidJson && fault.hint.is_none() && text.trim().is_empty() {
        fault.hint = Some(match name {
            PATTERN => text!("write the pattern graph as JSON"),
            _ => text!("leave `{name}` NULL, or write it as JSON", name),
        });
    }
    Some(fault)
}

impl ComposedRow {
    fn new(cells: Vec<(&'static str, Cell<'_>)>) -> Self {
        let mut text = String::from("{");
        let mut parts: Vec<Part> = Vec::new();
        for (name, cell) in cells {
            let comma = if parts.is_empty() { "" } else { "," };
            // Writing to a text cannot fail.
            let _written = write!(text, "{comma}\n  \"{name}\": ");
            let start = text.len();
            let (kept, verbatim_from) = match cell {
                Cell::Json(json) => {
                    // A mark of the byte order may only stand where a text begins.
                    let bare = json.strip_prefix('\u{feff}').unwrap_or(json);
                    text.push_str(bare);
                    let mark = json.len() - bare.len();
                    ((mark > 0).then(|| json.to_owned()), Some(mark))
                }
                Cell::Text(meant) => {
                    let _written = write!(text, "{}", serde_json::Value::from(meant));
                    (Some(meant.to_owned()), None)
                }
                Cell::Plain(plain) => {
                    text.push_str(&plain);
                    (None, Some(0))
                }
            };
            parts.push(Part { name, range: start..text.len(), text: kept, verbatim_from });
        }
        text.push_str("\n}\n");
        Self { text, parts }
    }

    /// The document.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name and the text of the column that a pointer leads into: what relocated spans, lines and columns count in.
    #[must_use]
    pub fn column(&self, pointer: &str) -> Option<(&'static str, &str)> {
        self.part(pointer).map(|part| (part.name, self.column_text(part)))
    }

    /// Brings diagnostics, located in [`ComposedRow::text`], back to the columns; to be done once.
    ///
    /// Span, line and column are then within the text of the column that the pointer leads into; pointers stay.
    /// What is wrong with the row as a whole, such as its size, is said of its pattern.
    pub fn relocate(&self, diagnostics: &mut Diagnostics) {
        diagnostics.each_mut(|item| {
            let Some(span) = item.span.clone() else { return };
            let inside = |part: &&Part| part.range.contains(&span.start);
            let whole = item.pointer.is_empty();
            let found =
                if whole { self.parts.iter().find(inside) } else { self.part(&item.pointer) };
            let Some(part) = found.or_else(|| self.parts.last()) else { return };
            if whole {
                item.pointer = format!("/{}", part.name);
            }
            let text = self.column_text(part);
            let span = match part.verbatim_from {
                Some(from) if inside(&part) => {
                    let start = span.start - part.range.start + from;
                    start..(span.end - part.range.start + from).min(text.len())
                }
                Some(_) => 0..0,
                None => 0..text.len(),
            };
            (item.line, item.column) = LineIndex::new(text).line_column(text, span.start);
            item.span = Some(span);
        });
    }

    fn part(&self, pointer: &str) -> Option<&Part> {
        let name = pointer.split('/').nth(1)?;
        self.parts.iter().find(|part| part.name == name)
    }

    fn column_text<'a>(&'a self, part: &'a Part) -> &'a str {
        let written = || self.text.get(part.range.clone()).unwrap_or_default();
        part.text.as_deref().unwrap_or_else(written)
    }
}

#[cfg(test)]
mod tests;
