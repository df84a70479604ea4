//! What becomes of a record before it is an event: its format, its fields, its time, its stream.
//!
//! A number keeps its text all the way: `200.10` stays `200.10`.
//! `config` is what can be said of it, `row` the fields of an event, `text` and `change` read formats, `map` and `time` are
//! the mapping.

mod change;
mod config;
mod map;
mod row;
mod text;
mod time;

pub(crate) use config::Shaping;
pub use config::{ChangeOp, MapConfig, MapTime, MessageFormat};

use change::{Change, Changes};
use map::Map;
pub(crate) use row::{Row, words};
use text::Lines;

use crate::stream::StreamTag;
use crate::{BadRecord, BadRecordReason, MAX_SHOWN_BYTES, RecordBatch};

/// How records are read.
#[derive(Clone, Debug)]
enum Form {
    /// Each is an event.
    Json,
    /// Each is a line of text.
    Text(Lines),
    /// Each is a change of a row, or of several.
    Changes(Changes),
}

/// Makes events of records.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    form: Form,
    finish: Finish,
}

/// What is done with all events, whatever they were made of.
#[derive(Clone, Debug)]
struct Finish {
    map: Option<Map>,
    tag: StreamTag,
    scratch: Vec<u8>,
}

/// The number of a record, and its line.
type Place = (u64, u64);

impl Shape {
    /// Takes a record into a batch, as an event or several, as what is none, or as what is passed over.
    pub(crate) fn push(&mut self, batch: &mut RecordBatch, number: u64, line: u64, record: &[u8]) {
        let Self { form, finish } = self;
        let place = (number, line);
        match form {
            Form::Json if finish.map.is_none() => finish.plain(batch, place, record),
            Form::Json => match Row::of_object(record) {
                Some(row) => finish.row(batch, place, Ok(row), record),
                // Whoever reads its fields tells what is wrong with it.
                None => finish.plain(batch, place, record),
            },
            Form::Text(lines) => {
                let row = lines.row(record);
                finish.row(batch, place, row, record);
            }
            Form::Changes(changes) => match changes.rows(record) {
                Ok(Change::Skipped) => batch.skip(),
                Ok(Change::Row(row)) => finish.row(batch, place, Ok(row), record),
                Ok(Change::Rows(rows)) => {
                    let before = batch.count();
                    for (at, row) in (0_u64..).zip(rows) {
                        // Each has a number of its own, which comes of that of the record.
                        let place = (number << ROW_BITS | at, line);
                        finish.row(batch, place, Ok(row), record);
                    }
                    batch.count_as(before + 1);
                }
                Err(reason) => finish.row(batch, place, Err(reason), record),
            },
        }
    }

    /// Takes a record that is there and has nothing in it.
    pub(crate) fn push_nothing(&self, batch: &mut RecordBatch, number: u64) {
        match self.form {
            // What follows the deletion of a row.
            Form::Changes(_) => batch.skip(),
            _ => batch.push_bad(bad((number, 0), BadRecordReason::NoValue, b"")),
        }
    }
}

impl Finish {
    /// Takes a record as it is.
    fn plain(&mut self, batch: &mut RecordBatch, (number, line): Place, record: &[u8]) {
        let Self { tag, scratch, .. } = self;
        if memchr::memchr2(b'\n', b'\r', record).is_none() {
            return tag.push(batch, number, line, record);
        }
        // Between the parts of JSON they are as good as a space; and an output is one line.
        scratch.clear();
        scratch.extend(record.iter().map(|sign| match sign {
            b'\n' | b'\r' => b' ',
            sign => *sign,
        }));
        tag.push(batch, number, line, scratch);
    }

    /// Maps a row, and takes it as JSON.
    fn row(
        &mut self,
        batch: &mut RecordBatch,
        (number, line): Place,
        row: Result<Row<'_>, BadRecordReason>,
        record: &[u8],
    ) {
        let Self { map, tag, scratch } = self;
        let mapped = row.and_then(|mut row| {
            if let Some(map) = map {
                map.apply(&mut row)?;
            }
            scratch.clear();
            row.write(scratch);
            Ok(())
        });
        match mapped {
            Ok(()) => tag.push(batch, number, line, scratch),
            Err(reason) => batch.push_bad(bad((number, line), reason, record)),
        }
    }
}

/// How many bits of a number tell the rows of one record apart.
const ROW_BITS: u32 = 16;

fn bad((number, line): Place, reason: BadRecordReason, text: &[u8]) -> BadRecord {
    let text = text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec();
    BadRecord { number, line, reason, text }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What becomes of a record: events, or why not.
    fn shaped(config: &str, record: &str) -> Vec<String> {
        let mut shape = shape(config);
        let mut batch = RecordBatch::default();
        shape.push(&mut batch, 7, 3, record.as_bytes());
        assert_eq!(batch.count(), 1, "{record}");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let events = batch.records().map(|record| text(record.bytes));
        events.chain(batch.bad().iter().map(|bad| format!("! {}", bad.reason))).collect()
    }

    /// The keys of a source that are about this, as any that reads messages has them.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Keys {
        #[serde(default)]
        format: MessageFormat,
        pattern: Option<String>,
        ops: Option<Vec<ChangeOp>>,
        map: Option<MapConfig>,
    }

    fn shape(keys: &str) -> Shape {
        let keys: Keys = serde_json::from_str(keys).unwrap();
        let shaping = Shaping {
            format: keys.format,
            pattern: keys.pattern.as_deref(),
            ops: keys.ops.as_deref(),
            map: keys.map.as_ref(),
        };
        assert_eq!(shaping.problems(), []);
        shaping.shape("s", "the source `s`").unwrap()
    }

    #[test]
    fn a_record_becomes_an_event() {
        for (config, record, expected) in [
            ("{}", "{\"price\":\n200.10}", vec![r#"{"stream":"s","price": 200.10}"#]),
            ("{}", "nothing", vec!["nothing"]),
            (
                r#"{"map":{"rename":{"userId":"user.id","price":"amount"},"only":["userId","price","stream"],
                    "set":{"shop":"a","n":1.5}}}"#,
                r#"{"user":{"id":"u","x":1},"amount":200.10,"other":[1],"stream":"own"}"#,
                vec![r#"{"stream":"own","price":200.10,"userId":"u","n":1.5,"shop":"a"}"#],
            ),
            (
                r#"{"map":{"time":{"field":"at","format":"%Y-%m-%d %H:%M:%S","zone":"+08:00"}}}"#,
                r#"{"at":"2026-11-21 08:00:00","x":1e2}"#,
                vec![r#"{"stream":"s","at":"2026-11-21 08:00:00","x":1e2,"ts":1795219200000}"#],
            ),
            (
                r#"{"map":{"time":{"field":"at","format":"rfc3339"}}}"#,
                r#"{"at":"soon"}"#,
                vec!["! the time field `at` holds `soon`, which is not rfc3339"],
            ),
            (
                r#"{"format":"text","pattern":"^(?<ip>\\S+) \\[(?<at>[^\\]]+)\\] (?<code>\\d+) (?<size>\\d+)?",
                    "map":{"time":{"field":"at","format":"%d/%b/%Y:%H:%M:%S %z"},"only":["ip","code","size"]}}"#,
                "83.149.9.216 [17/May/2015:10:05:03 +0000] 200 ",
                vec![r#"{"stream":"s","ip":"83.149.9.216","code":200,"ts":1431857103000}"#],
            ),
            (
                r#"{"format":"text","pattern":"^(?<a>x)"}"#,
                "y",
                vec!["! the line does not match `pattern`"],
            ),
        ] {
            assert_eq!(shaped(config, record), expected, "{config} {record}");
        }
    }

    #[test]
    fn a_change_becomes_rows() {
        let debezium = r#"{"format":"debezium"}"#;
        let row = r#"{"before":{"id":1,"price":"1.00"},"after":{"id":1,"price":200.10},"source":{"ts_ms":5,"table":"t"},"op":"u","ts_ms":9}"#;
        let canal = r#"{"format":"canal","ops":["insert","delete"]}"#;
        let rows = |kind: &str| {
            format!(
                r#"{{"data":[{{"id":"1","price":"200.10","name":"7","x":null}},{{"id":"2","price":"","name":"b"}}],"es":5,"ts":9,"isDdl":false,"type":"{kind}","mysqlType":{{"id":"bigint(20) unsigned","price":"decimal(10,2)","name":"varchar(9)"}}}}"#
            )
        };
        for (config, record, expected) in [
            (
                debezium,
                row.to_owned(),
                vec![r#"{"stream":"s","id":1,"price":200.10,"op":"update","ts":5}"#],
            ),
            (
                debezium,
                format!(r#"{{"schema":{{}},"payload":{row}}}"#),
                vec![r#"{"stream":"s","id":1,"price":200.10,"op":"update","ts":5}"#],
            ),
            (debezium, row.replace(r#""op":"u""#, r#""op":"d""#), vec![]),
            (
                r#"{"format":"debezium","ops":["delete"]}"#,
                row.replace(r#""op":"u""#, r#""op":"d""#),
                vec![r#"{"stream":"s","id":1,"price":"1.00","op":"delete","ts":5}"#],
            ),
            (debezium, r#"{"op":"c","after":null}"#.to_owned(), vec!["! the change has no row"]),
            (debezium, "{}".to_owned(), vec!["! it is no change as `format` has it"]),
            (
                canal,
                rows("INSERT"),
                vec![
                    r#"{"stream":"s","id":1,"price":200.10,"name":"7","x":null,"op":"insert","ts":5}"#,
                    r#"{"stream":"s","id":2,"price":"","name":"b","op":"insert","ts":5}"#,
                ],
            ),
            (canal, rows("UPDATE"), vec![]),
            (canal, r#"{"isDdl":true,"type":"ALTER","data":null,"sql":"x"}"#.to_owned(), vec![]),
        ] {
            assert_eq!(shaped(config, &record), expected, "{record}");
        }
    }

    #[test]
    fn rows_of_one_record_have_numbers_of_their_own() {
        let mut shape = shape(r#"{"format":"canal"}"#);
        let mut batch = RecordBatch::default();
        shape.push(&mut batch, 7, 0, br#"{"data":[{"a":"1"},{"a":"2"}],"type":"INSERT","es":1}"#);
        shape.push_nothing(&mut batch, 8);
        let numbers: Vec<u64> = batch.records().map(|record| record.number).collect();
        assert_eq!((numbers, batch.count()), (vec![7 << 16, 7 << 16 | 1], 2));
    }
}
