//! Writes results into a table, each once.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, MySqlConnection};

use super::config::MySqlSink;
use super::link::{Fault, Link, STATEMENT_BYTES, quoted};
use crate::open::SinkStart;
use crate::refused::Refused;
use crate::shape::{self, words};
use crate::{ConnectorError, EncodedRecord, Health, Sink};

/// The most rows of a statement.
const STATEMENT_ROWS: usize = 500;

/// What is said to each connection: rows are there as soon as a statement is done.
/// And nothing is cut to fit without a word.
const HELLO: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET autocommit = 1; \
    SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES')";

/// The table, as its user makes it.
const TABLE: &str = include_str!("alerts.sql");

/// What the server says of a table that is not there.
const NO_SUCH_TABLE: u16 = 1146;

/// The columns of the table of results.
const COLUMNS: [&str; 10] = [
    "match_id", "rule_id", "version", "kind", "severity", "key", "start_at", "end_at", "message",
    "payload",
];

/// A table that is written to.
#[derive(Debug)]
struct Table {
    link: Link,
    table: String,
    content: Content,
    rows: Vec<Row>,
    bytes: usize,
    /// Of one that only looks there is none.
    refused: Option<Refused>,
}

/// A row to be written.
#[derive(Debug)]
struct Row {
    id: String,
    values: Values,
    /// What it was made of.
    output: Box<[u8]>,
}

/// What the columns of a row hold.
#[derive(Debug)]
enum Content {
    /// Those of the table of results.
    Result,
    /// What stands at these paths, by column.
    Fields(Vec<(String, String)>),
}

/// The values of a row, one for each column.
type Values = Vec<Option<String>>;

/// What a row needs of a result.
#[derive(Deserialize)]
struct Known<'a> {
    #[serde(borrow)]
    rule: Rule<'a>,
    #[serde(borrow)]
    severity: std::borrow::Cow<'a, str>,
    start: i64,
    end: i64,
}

#[derive(Deserialize)]
struct Rule<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
    version: i64,
}

/// A moment as MySQL has it; `None` if it cannot have it.
fn moment(at_ms: i64) -> Option<String> {
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    let text = at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    // Four digits of a year from 1000 on.
    let begins = text.as_bytes().first().is_some_and(|sign| (b'1'..=b'9').contains(sign));
    (begins && text.as_bytes().get(4) == Some(&b'-')).then_some(text)
}

impl MySqlSink {
    fn table(&self, health: &Arc<Health>) -> Result<Table, ConnectorError> {
        let link = Link::new(&self.url, self.password.as_ref(), HELLO, health)?;
        let content = if self.columns.is_empty() {
            Content::Result
        } else {
            let columns = self.columns.iter();
            Content::Fields(columns.map(|(name, path)| (name.clone(), path.clone())).collect())
        };
        Ok(Table {
            link,
            table: quoted(&self.table),
            content,
            rows: Vec::new(),
            bytes: 0,
            refused: None,
        })
    }

    /// Opens it.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let mut table = self.table(&start.health)?;
        let look = table.look();
        let there = table.link.insist(async |connection| is_there(connection, &look).await)?;
        if !there {
            return Err(table.missing(&self.table));
        }
        let dead_letter = self.dead_letter.as_deref();
        table.refused = Some(Refused::open(self.on_refused, dead_letter, &start.health)?);
        Ok(Box::new(table))
    }

    /// Whether it can be reached, and has the table with its columns.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let mut table = self.table(&Arc::new(Health::new("the sink".to_owned())))?;
        let look = table.look();
        let looked = table.link.work(async |connection| is_there(connection, &look).await);
        match looked {
            Ok(true) => Ok(()),
            Ok(false) => Err(table.missing(&self.table)),
            Err(Fault::Away(reason) | Fault::Refused(reason) | Fault::Values(reason)) => {
                Err(table.link.refused(reason))
            }
        }
    }
}

/// Whether the table is there; an error if it lacks a column.
async fn is_there(connection: &mut MySqlConnection, look: &str) -> Result<bool, sqlx::Error> {
    match sqlx::query(AssertSqlSafe(look.to_owned())).fetch_optional(connection).await {
        Err(error) if super::link::number(&error) == Some(NO_SUCH_TABLE) => Ok(false),
        other => other.map(|_| true),
    }
}

impl Table {
    /// The names of the columns, as they stand in a statement.
    fn columns(&self) -> Vec<String> {
        match &self.content {
            Content::Result => COLUMNS.into_iter().map(quoted).collect(),
            Content::Fields(columns) => columns.iter().map(|(name, _)| quoted(name)).collect(),
        }
    }

    fn look(&self) -> String {
        format!("SELECT {} FROM {} LIMIT 0", self.columns().join(", "), self.table)
    }

    /// Says that there is no table, and how to make it.
    fn missing(&self, name: &str) -> ConnectorError {
        let reason = match self.content {
            Content::Result => {
                let statement = TABLE.replacen("tripline_alerts", &self.table, 1);
                format!("there is no table `{name}`; make it:\n\n{};\n", statement.trim_end())
            }
            Content::Fields(_) => {
                format!("there is no table `{name}`; make it with the columns that `columns` names")
            }
        };
        self.link.refused(reason)
    }

    /// Writes what has been taken; of rows of which one is refused, all others.
    fn send(&mut self) -> Result<(), ConnectorError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() || self.insert(&rows)?.is_none() {
            return Ok(());
        }
        for row in &rows {
            let Some(reason) = self.insert(std::slice::from_ref(row))? else { continue };
            let left_out = self
                .refused
                .as_mut()
                .map_or(Ok(()), |refused| refused.leave_out(&row.id, &reason, &row.output));
            left_out.map_err(|reason| self.link.refused(reason))?;
        }
        Ok(())
    }

    /// Writes rows, all or none; why the server will not have their values, if so.
    fn insert(&mut self, rows: &[Row]) -> Result<Option<String>, ConnectorError> {
        let names = self.columns();
        let (columns, first) = (names.join(", "), names.first().map_or("", String::as_str));
        let row = format!("({})", vec!["?"; names.len()].join(", "));
        let values = vec![row.as_str(); rows.len()].join(", ");
        // A row that is there already is the same one: nothing changes, not even what people have changed since.
        let sql = format!(
            "INSERT INTO {} ({columns}) VALUES {values} ON DUPLICATE KEY UPDATE {first} = {first}",
            self.table
        );
        loop {
            let worked = self.link.work(async |connection| {
                let mut query = sqlx::query(AssertSqlSafe(sql.clone())).persistent(false);
                for value in rows.iter().flat_map(|row| &row.values) {
                    query = query.bind(value);
                }
                query.execute(connection).await.map(drop)
            });
            match worked {
                Ok(()) => return Ok(None),
                Err(Fault::Away(_)) => self.link.wait(),
                Err(Fault::Values(reason)) => return Ok(Some(reason)),
                Err(Fault::Refused(reason)) => return Err(self.link.refused(reason)),
            }
        }
    }
}

/// The row of a result.
fn of_result(record: &EncodedRecord<'_>) -> Result<Values, serde_json::Error> {
    let known: Known<'_> = serde_json::from_slice(record.output)?;
    let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
    Ok(vec![
        Some(record.id.to_owned()),
        Some(known.rule.id.into_owned()),
        Some(known.rule.version.to_string()),
        Some(record.kind.to_owned()),
        Some(known.severity.into_owned()),
        text(record.key),
        moment(known.start),
        moment(known.end),
        record.message(),
        text(record.output),
    ])
}

/// What stands at paths of an event or a result; `$` is all of it, `$id` its id.
fn of_fields(columns: &[(String, String)], record: &EncodedRecord<'_>) -> Values {
    let row = shape::Row::of_object(record.output).unwrap_or_default();
    let value = |(_, path): &(String, String)| match path.as_str() {
        "$" => Some(String::from_utf8_lossy(record.output).into_owned()),
        "$id" => Some(record.id.to_owned()),
        path => row.at(path).and_then(|json| match json.as_ref() {
            "null" => None,
            "true" => Some("1".to_owned()),
            "false" => Some("0".to_owned()),
            json => Some(words(json).into_owned()),
        }),
    };
    columns.iter().map(value).collect()
}

impl Sink for Table {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let values = match &self.content {
            Content::Result => of_result(record).map_err(|error| {
                let what = "what comes is no result of a rule, or no JSON";
                self.link.refused(format!("{what}: {error}; say with `columns` what to write"))
            })?,
            Content::Fields(columns) => of_fields(columns, record),
        };
        self.bytes += values.iter().flatten().map(String::len).sum::<usize>();
        let (id, output) = (record.id.to_owned(), record.output.into());
        self.rows.push(Row { id, values, output });
        if self.rows.len() >= STATEMENT_ROWS || self.bytes >= STATEMENT_BYTES {
            self.send()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        self.send()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_holds_what_stands_at_its_path() {
        let event = br#"{"id":7,"user":{"name":"\u89c4"},"price":200.10,"ok":true,"none":null,"list":[1, 2]}"#;
        let record =
            EncodedRecord { id: "s/7", output: event, bytes: event, ..EncodedRecord::default() };
        for (path, expected) in [
            ("id", Some("7")),
            ("user.name", Some("规")),
            ("price", Some("200.10")),
            ("ok", Some("1")),
            ("none", None),
            ("missing", None),
            ("list", Some("[1, 2]")),
            ("$id", Some("s/7")),
            ("$", Some(std::str::from_utf8(event).unwrap())),
        ] {
            let values = of_fields(&[("c".to_owned(), path.to_owned())], &record);
            assert_eq!(values, [expected.map(str::to_owned)], "{path}");
        }
    }

    #[test]
    fn the_page_has_the_statement_that_makes_the_table() {
        let page = include_str!("page.md");
        assert!(page.contains(TABLE.trim_end()), "{page}");
    }

    #[test]
    fn a_moment_is_one_that_the_table_can_have() {
        assert_eq!(moment(1_700_000_000_123).as_deref(), Some("2023-11-14 22:13:20.123"));
        assert_eq!(moment(-1).as_deref(), Some("1969-12-31 23:59:59.999"));
        for beyond in [i64::MIN, i64::MAX, -62_135_596_800_000] {
            assert_eq!(moment(beyond), None);
        }
    }
}
