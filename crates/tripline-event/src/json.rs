//! Reads the fields in use out of an event written as one JSON object.
//!
//! The first step of every event, and most of its cost: so a single pass over the text, which makes values only of
//! the fields that somebody asks for, and allocates only for text of over 23 bytes.
//!
//! What it keeps to:
//! * A line is accepted or rejected whatever fields are asked for, exactly as `serde_json` does it for a
//!   `serde_json::Value`: valid UTF-8, nothing after the object, no lone surrogate, no number beyond a double, at most
//!   127 levels of nesting. (Its `IgnoredAny` is laxer, hence the type `Skipped`.)
//! * Of members with the same name the last one counts.
//! * A path is names joined by dots; `[2]` behind a name is an item of an array, from 0, and `[]` all of them, as a
//!   [`Value::List`]: `items[0].price`, `tags[]`, `items[].price`. Behind `[]` come only names.
//! * A member whose literal name is a path of several steps wins over the nested one, wherever it stands.
//!   Literal names of that sort are looked for at the top level only.
//!
//! ```
//! use tripline_event::{FieldTable, Value, json::JsonDecoder};
//!
//! let mut fields = FieldTable::new();
//! let price = fields.intern("detail.price");
//! let decoder = JsonDecoder::new(&fields);
//! let mut values = Vec::new();
//! decoder.decode(br#"{"id":"e1","detail":{"price":12.5}}"#, &mut values)?;
//! assert_eq!(values[price.index()], Value::Float(12.5));
//! # Ok::<(), tripline_event::json::JsonEventError>(())
//! ```

mod members;
mod path;
mod read;
#[cfg(test)]
mod tests;

use serde::Deserializer;
use thiserror::Error;

use self::members::Members;
pub use self::path::{Step, steps};
use self::read::EventReader;
use crate::{FieldTable, PayloadDecoder, Value};

/// Why a line is not an event.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {reason}")]
pub struct JsonEventError {
    /// Where in the line, in characters, from 1; 0 before its first character.
    pub column: usize,
    /// What is wrong there, in plain words.
    pub reason: String,
}

/// Reads the values of a [`FieldTable`]'s paths out of JSON lines.
///
/// Knows the paths that the table had when it was made; make a new one when the table has grown.
#[derive(Clone, Debug)]
pub struct JsonDecoder {
    members: Members,
    /// How many values an event has.
    len: usize,
}

impl JsonDecoder {
    /// A decoder for the paths of `fields`.
    #[must_use]
    pub fn new(fields: &FieldTable) -> Self {
        Self::from_paths(fields.paths())
    }

    fn from_paths<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let mut members = Members::default();
        let mut len = 0;
        for (index, path) in paths.enumerate() {
            members.insert(path, index);
            len = index + 1;
        }
        Self { members, len }
    }

    /// Fills `values` with the value of each path of the table, by its number, from the JSON object `line`.
    ///
    /// What the event does not have, or has as `null`, object or array, is [`Value::Missing`], and so is a list of more
    /// than 10,000 items.
    /// Space around the object is allowed, a line break included.
    ///
    /// # Errors
    /// If `line` is not one JSON object in UTF-8; `values` is empty then.
    ///
    /// # Cost
    /// One pass over the line; stack space for at most 127 levels.
    pub fn decode(&self, line: &[u8], values: &mut Vec<Value>) -> Result<(), JsonEventError> {
        values.clear();
        self.append(line, values)
    }

    /// The same, behind the values that are there already.
    ///
    /// # Errors
    /// As [`JsonDecoder::decode`]; `values` is as it was then.
    pub fn append(&self, line: &[u8], values: &mut Vec<Value>) -> Result<(), JsonEventError> {
        let begin = values.len();
        values.resize(begin + self.len, Value::Missing);
        let result = self.fill(line, values.get_mut(begin..).unwrap_or_default());
        if result.is_err() {
            values.truncate(begin);
        }
        result
    }

    fn fill(&self, line: &[u8], values: &mut [Value]) -> Result<(), JsonEventError> {
        // Checked at once for the whole line, which is quicker than string by string.
        let text =
            std::str::from_utf8(line).map_err(|error| not_utf8(line, error.valid_up_to()))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut event = EventReader::new(values);
        deserializer
            .deserialize_map(event.object(&self.members))
            .and_then(|()| deserializer.end())
            .map_err(|error| not_json(text, &error))?;
        event.finish();
        Ok(())
    }
}

/// Reads single fields out of JSON payloads.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonPayloadDecoder;

impl PayloadDecoder for JsonPayloadDecoder {
    /// # Cost
    /// A pass over the whole payload and a few small allocations a call.
    fn value(&self, payload: &[u8], path: &str) -> Value {
        let mut values = Vec::new();
        match JsonDecoder::from_paths(std::iter::once(path)).decode(payload, &mut values) {
            Ok(()) => values.pop().unwrap_or_default(),
            Err(_) => Value::Missing,
        }
    }
}

#[cold]
fn not_utf8(line: &[u8], valid_up_to: usize) -> JsonEventError {
    let before = line.get(..valid_up_to).unwrap_or(line);
    JsonEventError {
        column: String::from_utf8_lossy(before).chars().count() + 1,
        reason: "the text is not valid UTF-8".to_owned(),
    }
}

#[cold]
fn not_json(text: &str, error: &serde_json::Error) -> JsonEventError {
    // serde_json counts bytes, and begins anew after a line break.
    let breaks = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let bytes = breaks.map(str::len).sum::<usize>() + error.column();
    let message = error.to_string();
    let reason = match message.rsplit_once(" at line ") {
        Some((reason, _)) => reason.to_owned(),
        None => message,
    };
    JsonEventError { column: text.char_indices().take_while(|(at, _)| *at < bytes).count(), reason }
}
