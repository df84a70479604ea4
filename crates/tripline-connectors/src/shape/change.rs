//! Changes of rows, as Debezium and Canal write them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::config::ChangeOp;
use super::map::TS;
use super::row::{Row, words};
use crate::BadRecordReason;

/// The field that says what became of the row.
const OP: &str = "op";

/// The most rows of one message: each has a number of its own.
const MAX_ROWS: usize = 1 << super::ROW_BITS;

/// Which changes become events: of insert, snapshot and update the row as it is then, of delete the row as it was.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    envelope: Envelope,
    ops: Vec<ChangeOp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Envelope {
    Debezium,
    Canal,
}

/// What a message is about.
#[derive(Debug)]
pub(super) enum Change<'a> {
    /// Nothing that becomes an event.
    Skipped,
    Row(Row<'a>),
    Rows(Vec<Row<'a>>),
}

/// A change as Debezium writes it; with a schema beside it, it is the `payload`.
#[derive(Deserialize)]
struct Debezium<'a> {
    op: Option<Cow<'a, str>>,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    #[serde(borrow)]
    after: Option<&'a RawValue>,
    source: Option<Origin>,
    ts_ms: Option<i64>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// Where Debezium has a change from.
#[derive(Deserialize)]
struct Origin {
    ts_ms: Option<i64>,
}

/// A change as Canal writes it.
#[derive(Deserialize)]
struct Canal<'a> {
    #[serde(rename = "type")]
    op: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Vec<&'a RawValue>>,
    #[serde(borrow, rename = "mysqlType")]
    types: Option<&'a RawValue>,
    es: Option<i64>,
    ts: Option<i64>,
    #[serde(rename = "isDdl", default)]
    is_ddl: bool,
}

impl Changes {
    pub(super) fn debezium(ops: Option<&[ChangeOp]>) -> Self {
        Self::new(Envelope::Debezium, ops)
    }

    pub(super) fn canal(ops: Option<&[ChangeOp]>) -> Self {
        Self::new(Envelope::Canal, ops)
    }

    fn new(envelope: Envelope, ops: Option<&[ChangeOp]>) -> Self {
        let usual = [ChangeOp::Insert, ChangeOp::Snapshot, ChangeOp::Update];
        Self { envelope, ops: ops.unwrap_or(&usual).to_vec() }
    }

    /// The rows of a message.
    pub(super) fn rows<'a>(&self, record: &'a [u8]) -> Result<Change<'a>, BadRecordReason> {
        match self.envelope {
            Envelope::Debezium => self.of_debezium(record),
            Envelope::Canal => self.of_canal(record),
        }
    }

    fn takes(&self, op: ChangeOp) -> bool {
        self.ops.contains(&op)
    }

    fn of_debezium<'a>(&self, record: &'a [u8]) -> Result<Change<'a>, BadRecordReason> {
        let mut change: Debezium<'a> =
            serde_json::from_slice(record).map_err(|_| BadRecordReason::NoChange)?;
        if change.op.is_none()
            && let Some(payload) = change.payload
        {
            change = serde_json::from_str(payload.get()).map_err(|_| BadRecordReason::NoChange)?;
        }
        let (op, row) = match change.op.as_deref() {
            Some("c") => (ChangeOp::Insert, change.after),
            Some("r") => (ChangeOp::Snapshot, change.after),
            Some("u") => (ChangeOp::Update, change.after),
            Some("d") => (ChangeOp::Delete, change.before),
            // All rows of a table are gone, and messages between programs.
            Some("t" | "m") => return Ok(Change::Skipped),
            _ => return Err(BadRecordReason::NoChange),
        };
        if !self.takes(op) {
            return Ok(Change::Skipped);
        }
        let at_ms = change.source.and_then(|source| source.ts_ms).filter(|ms| *ms > 0);
        let row = row.and_then(|row| Row::of_object(row.get().as_bytes()));
        let row = row.ok_or(BadRecordReason::NoRow)?;
        Ok(Change::Row(described(row, op, at_ms.or(change.ts_ms))))
    }

    fn of_canal<'a>(&self, record: &'a [u8]) -> Result<Change<'a>, BadRecordReason> {
        let change: Canal<'a> =
            serde_json::from_slice(record).map_err(|_| BadRecordReason::NoChange)?;
        let op = match change.op.as_deref() {
            Some(op) if op.eq_ignore_ascii_case("insert") => ChangeOp::Insert,
            Some(op) if op.eq_ignore_ascii_case("update") => ChangeOp::Update,
            Some(op) if op.eq_ignore_ascii_case("delete") => ChangeOp::Delete,
            // Of the table, and not of a row.
            Some(_) => return Ok(Change::Skipped),
            None => return Err(BadRecordReason::NoChange),
        };
        if change.is_ddl || !self.takes(op) {
            return Ok(Change::Skipped);
        }
        let types = change.types.and_then(|types| Row::of_object(types.get().as_bytes()));
        let data = change.data.unwrap_or_default();
        if data.is_empty() || data.len() > MAX_ROWS {
            return Err(BadRecordReason::NoRow);
        }
        let at_ms = change.es.or(change.ts);
        let rows = data.iter().map(|row| {
            let mut row = Row::of_object(row.get().as_bytes()).ok_or(BadRecordReason::NoRow)?;
            if let Some(types) = &types {
                row.map(|name, json| unquote_number(types.get(name), json));
            }
            Ok(described(row, op, at_ms))
        });
        rows.collect::<Result<_, _>>().map(Change::Rows)
    }
}

/// Says of a row what became of it, and when, unless it has fields of these names.
fn described(mut row: Row<'_>, op: ChangeOp, at_ms: Option<i64>) -> Row<'_> {
    row.set_missing(
        OP,
        match op {
            ChangeOp::Insert => "\"insert\"",
            ChangeOp::Snapshot => "\"snapshot\"",
            ChangeOp::Update => "\"update\"",
            ChangeOp::Delete => "\"delete\"",
        },
    );
    if let Some(at_ms) = at_ms {
        row.set_missing(TS, at_ms.to_string());
    }
    row
}

/// Canal writes all values as texts: one of a column of numbers becomes the number, digit by digit.
fn unquote_number(column_type: Option<&str>, json: &mut Cow<'_, str>) {
    const NUMBERS: [&str; 10] = [
        "tinyint",
        "smallint",
        "mediumint",
        "int",
        "bigint",
        "decimal",
        "numeric",
        "float",
        "double",
        "year",
    ];
    let Some(column_type) = column_type.map(words) else { return };
    let begins = column_type.split(['(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    if !NUMBERS.contains(&begins.as_str()) {
        return;
    }
    let inner = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    let Some(inner) = inner.filter(|inner| crate::codec::is_json_scalar(inner)) else { return };
    *json = Cow::Owned(inner.to_owned());
}
