//! The type of a cell.

use std::fmt;
use std::io::Write;

use serde::Deserialize;

/// What a cell is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellType {
    /// Text, whatever it looks like.
    Text,
    /// A 64-bit integer; leading zeros and a plus sign are allowed.
    Int,
    /// A double.
    Float,
    /// `true` or `false`, in any case.
    Bool,
}

impl CellType {
    /// The type of this name on the command line.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "int" => Some(Self::Int),
            "float" => Some(Self::Float),
            "bool" => Some(Self::Bool),
            _ => None,
        }
    }
}

impl fmt::Display for CellType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Int => "an integer of 64 bits",
            Self::Float => "a number",
            Self::Bool => "`true` or `false`",
        })
    }
}

/// Appends a cell as a JSON value: of the type asked for, else of the type it is written as.
///
/// Fails with the type that it is not; what is appended is to be thrown away then.
pub(super) fn write_cell(
    out: &mut Vec<u8>,
    text: &str,
    quoted: bool,
    cell_type: Option<CellType>,
) -> Result<(), CellType> {
    match cell_type {
        Some(CellType::Text) => write_json(out, text),
        Some(CellType::Int) => {
            let value: i64 = text.trim().parse().map_err(|_| CellType::Int)?;
            write_json(out, &value)
        }
        Some(CellType::Float) => {
            let value: f64 = text.trim().parse().map_err(|_| CellType::Float)?;
            if !value.is_finite() {
                return Err(CellType::Float);
            }
            write_json(out, &value)
        }
        Some(CellType::Bool) => match text.trim().to_ascii_lowercase().as_str() {
            name @ ("true" | "false") => out.write_all(name.as_bytes()).map_err(|_| CellType::Bool),
            _ => Err(CellType::Bool),
        },
        None if !quoted && is_json_scalar(text) => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        None => write_json(out, text),
    }
}

/// Whether the text is a number as JSON writes one and a double can hold it, or `true` or `false`.
pub(crate) fn is_json_scalar(text: &str) -> bool {
    if matches!(text, "true" | "false") {
        return true;
    }
    let like_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    // Space around it would be JSON too, but is no number in CSV.
    like_number
        && text.ends_with(|last: char| last.is_ascii_digit())
        && serde_json::from_str::<f64>(text).is_ok()
}

fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), CellType> {
    // Text and finite numbers can always be written.
    serde_json::to_writer(out, value).map_err(|_| CellType::Text)
}
