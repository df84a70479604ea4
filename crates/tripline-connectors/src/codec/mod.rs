//! The formats of records.

mod csv;
mod ndjson;

use std::path::Path;

use crate::{BadRecordReason, Compression, MAX_RECORD_BYTES};

pub use self::csv::{CellType, CsvOptions};
pub(crate) use self::csv::{CsvReader, is_json_scalar};
pub(crate) use self::ndjson::NdjsonReader;

const TOO_LONG: BadRecordReason = BadRecordReason::TooLong { limit: MAX_RECORD_BYTES };

/// How records are written in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line; blank lines are passed over.
    Ndjson,
    /// CSV, each record of which becomes a JSON object.
    Csv(CsvOptions),
}

impl Format {
    /// CSV if the name ends in `.csv`, in capitals or not, perhaps with `.gz` or `.zst` behind; JSON otherwise.
    ///
    /// `csv` holds what to go by if it is CSV.
    #[must_use]
    pub fn of_name(path: &Path, csv: &CsvOptions) -> Self {
        let stem = match Compression::of_name(path) {
            Some(_) => path.file_stem().map(Path::new),
            None => Some(path),
        };
        let extension = stem.and_then(Path::extension);
        if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            Self::Csv(csv.clone())
        } else {
            Self::Ndjson
        }
    }
}
