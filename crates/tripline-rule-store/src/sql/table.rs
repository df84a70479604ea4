//! The table that rules are read from, ours or somebody else's, and what its rows are turned into.

use tripline_event::{RuleId, RuleVersion};
use xxhash_rust::xxh3::Xxh3;

use super::{Cells, ForeignColumn, Sql, quoted};
use crate::error::StoreError;
use crate::row::{RowFault, RowProblem, RuleColumns, RuleText};
use crate::{MAX_ID_CHARS, MAX_TEXT_BYTES, MAX_VERSION};

/// Our own table.
pub(super) const OWN: &str = "tripline_rules";

/// The columns of [`OWN`] that hold text, beside the id.
const TEXTS: [&str; 10] = [
    "pattern",
    "name",
    "description",
    "function",
    "key_by",
    "params",
    "severity",
    "on_update",
    "labels",
    "updated_by",
];

/// The columns of [`OWN`] that hold times, in the order of [`Decoded::numbers`], behind `enabled`.
const TIMES: [&str; 3] = ["effective_from", "effective_until", "created_at"];

/// What a connection knows of the rows from its last look, and until when it holds.
#[derive(Debug)]
pub(crate) struct Seen {
    /// SQLite's own number, which changes when another connection has written.
    pub(super) data_version: i64,
    pub(super) revision: String,
}

/// How to read a table: expressions, quoted.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The name, quoted.
    pub(super) name: String,
    pub(super) is_own: bool,
    pub(super) id: String,
    /// A number in our table, anything in others.
    pub(super) version: String,
    /// The fingerprint of a row, unless it is worked out here.
    hash: Option<String>,
    /// What tells that a row has changed, likewise.
    pub(super) check: Option<String>,
    texts: Vec<Text>,
    /// Every expression that is read, in order; what is listed comes first.
    entry: String,
    whole: String,
}

#[derive(Clone, Debug)]
struct Text {
    name: &'static str,
    read: String,
}

/// Where the columns that both selections have stand.
const ID: usize = 0;
const ID_CHARS: usize = 1;
const VERSION: usize = 2;
const HASH: usize = 3;
const FIRST_TEXT: usize = 4;

impl Table {
    /// Our own table.
    pub(super) fn own<C: Sql>() -> Self {
        let texts = TEXTS.map(|name| Text { name, read: C::as_read(&quoted(name), false) });
        let mut numbers = vec!["enabled".to_owned()];
        numbers.extend(TIMES.map(C::ms_of_time));
        let hashes = [C::ROW_HASH; 2].map(|column| column.map(str::to_owned));
        Self::new::<C>(OWN, true, "id".into(), "version".into(), hashes, texts.into(), &numbers)
    }

    /// Somebody else's table, which has these columns.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn foreign<C: Sql>(name: &str, columns: &[ForeignColumn]) -> Result<Self, String> {
        if columns.is_empty() {
            return Err(format!("there is no table `{name}`, or this user may not read it"));
        }
        let find = |wanted: &str| {
            let found = columns.iter().find(|column| column.name.eq_ignore_ascii_case(wanted));
            found.ok_or_else(|| {
                format!("the table `{name}` has no column `{wanted}`; it needs `id`, `version`, `pattern`, `function`")
            })
        };
        let text = |name: &'static str| {
            find(name).map(|column| Text {
                name,
                read: C::as_read(&quoted(&column.name), column.is_binary),
            })
        };
        let id = C::as_text(&quoted(&find("id")?.name));
        let version = quoted(&find("version")?.name);
        let texts = vec![text("pattern")?, text("function")?];
        let columns = ["id", "version", "pattern", "function"].map(find);
        let columns = columns.into_iter().map(|column| column.map(|column| quoted(&column.name)));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let hashes = [C::row_hash(&columns), C::row_check(&columns)];
        Ok(Self::new::<C>(name, false, id, version, hashes, texts, &[]))
    }

    fn new<C: Sql>(
        name: &str,
        is_own: bool,
        id: String,
        version: String,
        [hash, check]: [Option<String>; 2],
        texts: Vec<Text>,
        numbers: &[String],
    ) -> Self {
        let mut selected = vec![
            format!("SUBSTR({id}, 1, {})", MAX_ID_CHARS + 1),
            C::chars(&id),
            format!("SUBSTR({}, 1, 64)", C::as_text(&version)),
            hash.clone().unwrap_or_else(|| "NULL".to_owned()),
        ];
        let entry = selected.join(", ");
        for Text { read, .. } in &texts {
            // What is too long is measured and stays where it is.
            let bytes = C::bytes(read);
            selected.push(bytes.clone());
            selected.push(format!("CASE WHEN {bytes} <= {MAX_TEXT_BYTES} THEN {read} END"));
        }
        selected.extend_from_slice(numbers);
        let whole = selected.join(", ");
        let entry = if hash.is_some() { entry } else { whole.clone() };
        Self { name: quoted(name), is_own, id, version, hash, check, texts, entry, whole }
    }

    /// The start of a statement that lists rows.
    pub(super) fn select_entries(&self) -> String {
        format!("SELECT {} FROM {}", self.entry, self.name)
    }

    /// The start of a statement that reads rows.
    pub(super) fn select_whole(&self) -> String {
        format!("SELECT {} FROM {}", self.whole, self.name)
    }

    /// The fingerprint of a row that one of both statements gave.
    pub(super) fn row_hash(&self, row: &impl Cells) -> Result<u128, sqlx::Error> {
        if self.hash.is_some() {
            return Ok(row.unsigned(HASH)?.unwrap_or_default().into());
        }
        let mut hash = Xxh3::new();
        let mut add = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => {
                hash.update(&[1]);
                hash.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
                hash.update(bytes);
            }
            None => hash.update(&[0]),
        };
        add(row.bytes(ID)?);
        add(row.bytes(VERSION)?);
        for at in 0..self.texts.len() {
            let at = FIRST_TEXT + 2 * at;
            add(row.integer(at)?.map(i64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
            add(row.bytes(at + 1)?);
        }
        for at in self.number_places() {
            add(row.integer(at)?.map(i64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
        }
        Ok(hash.digest128())
    }

    fn number_places(&self) -> std::ops::Range<usize> {
        let first = FIRST_TEXT + 2 * self.texts.len();
        first..if self.is_own { first + 1 + TIMES.len() } else { first }
    }

    /// The text of a row, or what is wrong with it.
    pub(super) fn text(
        &self,
        row: &impl Cells,
    ) -> Result<Result<RuleText, RowProblem>, sqlx::Error> {
        let mut columns = RuleColumns::default();
        for (index, text) in self.texts.iter().enumerate() {
            let at = FIRST_TEXT + 2 * index;
            let value = match column_text(text.name, row.integer(at)?, row.bytes(at + 1)?) {
                Ok(value) => value,
                Err(problem) => return Ok(Err(problem)),
            };
            match text.name {
                "pattern" => match value {
                    Some(pattern) => columns.pattern = pattern,
                    None => return Ok(Err(RowProblem::NoPattern)),
                },
                "name" => columns.name = value,
                "description" => columns.description = value,
                "function" => columns.function = value,
                "key_by" => columns.key_by = value,
                "params" => columns.params = value,
                "severity" => columns.severity = value,
                "on_update" => columns.on_update = value,
                "labels" => columns.labels = value,
                _ => columns.updated_by = value,
            }
        }
        let mut numbers = [None; 4];
        for (number, at) in numbers.iter_mut().zip(self.number_places()) {
            *number = row.integer(at)?;
        }
        let [enabled, from, until, created] = numbers;
        columns.enabled = enabled.map(|enabled| enabled != 0);
        columns.effective_from_ms = from;
        columns.effective_until_ms = until;
        columns.created_at_ms = created;
        Ok(Ok(RuleText::Columns(Box::new(columns))))
    }
}

/// Which version of which rule a row is.
pub(super) fn row_identity(
    row: &impl Cells,
) -> Result<Result<(RuleId, RuleVersion), RowFault>, sqlx::Error> {
    let id = row.bytes(ID)?.map(|id| String::from_utf8_lossy(id).into_owned());
    let chars = row.integer(ID_CHARS)?.map_or(0, |chars| u64::try_from(chars).unwrap_or(0));
    let version = row.bytes(VERSION)?.map(|text| String::from_utf8_lossy(text).into_owned());
    Ok(identity(id, chars, version))
}

/// The identity that these make, or what is wrong with them.
fn identity(
    id: Option<String>,
    chars: u64,
    version: Option<String>,
) -> Result<(RuleId, RuleVersion), RowFault> {
    let number = version.as_deref().map(parse_version);
    let problem = match (&id, number) {
        (None, _) => RowProblem::NoId,
        (Some(id), _) if id.is_empty() => RowProblem::NoId,
        _ if chars > MAX_ID_CHARS => RowProblem::IdTooLong { chars },
        (_, None) => RowProblem::NoVersion,
        (_, Some(None)) => {
            RowProblem::InvalidVersion { version: version.clone().unwrap_or_default() }
        }
        (Some(id), Some(Some(version))) => return Ok((RuleId::new(id), version)),
    };
    let id = id.filter(|id| !id.is_empty()).map(|id| short(&id));
    Err(RowFault { id, version, problem })
}

/// A version as text: digits only, as other columns than numbers may hold anything.
fn parse_version(text: &str) -> Option<RuleVersion> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<i64>().ok().filter(|number| digits && *number <= MAX_VERSION)?;
    Some(RuleVersion(number))
}

/// The start of an id, for people.
fn short(id: &str) -> String {
    if id.chars().count() <= 64 {
        return id.to_owned();
    }
    id.chars().take(64).chain(['…']).collect()
}

/// The text of one column, of which `bytes` were counted before it was read.
pub(super) fn column_text(
    column: &'static str,
    bytes: Option<i64>,
    text: Option<&[u8]>,
) -> Result<Option<String>, RowProblem> {
    let Some(bytes) = bytes else { return Ok(None) };
    let Some(text) = text else {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        return Err(RowProblem::TooLong { column, bytes, limit: MAX_TEXT_BYTES });
    };
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(error) => {
            let offset = u64::try_from(error.valid_up_to()).unwrap_or(u64::MAX);
            Err(RowProblem::NotUtf8 { column, offset })
        }
    }
}

/// Refuses what our own table would not keep, or not as it is.
pub(super) fn check_id<C: Sql>(store: &str, id: &RuleId) -> Result<(), StoreError> {
    if C::takes_id(id.as_str()) {
        return Ok(());
    }
    let reason = format!(
        "the id `{}` cannot stand in the table: write up to {MAX_ID_CHARS} letters, digits and other signs of ASCII, \
         without spaces around them",
        short(id.as_str())
    );
    Err(StoreError::Refused { store: store.to_owned(), reason })
}
