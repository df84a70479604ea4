//! Reads a table as it grows.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;

use super::config::{MySqlSource, TableStart};
use super::gaps::{Ask, Gaps};
use super::link::{Fault, Link};
use super::table::{Columns, greatest, uncommitted_too};
use crate::open::{OpenedReader, OpenedSource, SourceStart};
use crate::shape::Shape;
use crate::{ConnectorError, Health, Position, RecordBatch, RecordReader};

/// About how many bytes of rows are read at once.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The longest time to come back without a row.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// What is said to each connection: what others have not brought to its end is not there, unless it is asked for.
const HELLO: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET autocommit = 1";

/// Reads the rows of a table; a record's number is that of its row.
#[derive(Debug)]
struct TableReader {
    link: Link,
    table: String,
    id: String,
    columns: Columns,
    select: String,
    /// The next number.
    next: u64,
    gaps: Gaps,
    poll: Duration,
    /// How long it is since the last look.
    waited: Duration,
    /// How many rows the next page may have: fewer where rows are large.
    most_rows: usize,
    is_at_end: bool,
    shape: Shape,
}

impl MySqlSource {
    fn link(&self, health: &Arc<Health>) -> Result<Link, ConnectorError> {
        Link::new(&self.url, self.password.as_ref(), HELLO, health)
    }

    /// Opens it; waits until the server is there.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        let mut link = self.link(&start.health)?;
        let columns = link.insist(async |connection| {
            Columns::of(connection, &self.table, &self.id, &self.columns).await
        })?;
        let columns = columns.map_err(|reason| link.refused(reason))?;
        let table = (self.table.as_str(), self.id.as_str());
        let next = match ((start.saved)(start.name), self.start) {
            (Some((position, _)), _) => position.record,
            (None, TableStart::Earliest) => 1,
            (None, TableStart::Latest) => {
                link.insist(async |connection| greatest(connection, table).await)?.saturating_add(1)
            }
        };
        let reader = TableReader {
            select: columns.select(&self.table, &self.id),
            link,
            table: self.table.clone(),
            id: self.id.clone(),
            columns,
            next,
            gaps: Gaps::new(Duration::from_millis(self.gap_wait_ms)),
            poll: Duration::from_millis(self.poll_interval_ms),
            waited: Duration::MAX,
            most_rows: usize::MAX,
            is_at_end: false,
            shape: self.shaping().shape(start.name, start.health.name())?,
        };
        let reader = OpenedReader {
            name: start.name.to_owned(),
            reader: Box::new(reader),
            is_live: true,
            is_remote: true,
            can_be_read_again: true,
            identity: None,
            acknowledge: None,
        };
        Ok(OpenedSource { readers: vec![reader], connected: None })
    }

    /// Whether it can be reached and the table has the columns.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let mut link = self.link(&Arc::new(Health::new("the source".to_owned())))?;
        let looked = link.work(async |connection| {
            Columns::of(connection, &self.table, &self.id, &self.columns).await
        });
        match looked {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(reason))
            | Err(Fault::Away(reason) | Fault::Refused(reason) | Fault::Values(reason)) => {
                Err(link.refused(reason))
            }
        }
    }
}

impl TableReader {
    /// The next rows that may be read; empty if there are none now.
    fn page(&mut self, most: usize) -> Result<Vec<(u64, String)>, Fault> {
        let Self { link, columns, select, next, gaps, table, id, .. } = self;
        let asked = most.min(self.most_rows);
        let (next, limit) = (*next, u64::try_from(asked).unwrap_or(u64::MAX));
        let rows = link.work(async |connection| {
            let query = sqlx::query(AssertSqlSafe(select.clone())).bind(next).bind(limit);
            let mut found = query.fetch(connection);
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while bytes < PAGE_BYTES
                && let Some(row) = found.try_next().await?
            {
                let row = columns.row(&row)?;
                bytes += row.1.len();
                rows.push(row);
            }
            Ok((rows, bytes))
        })?;
        let (mut rows, bytes): (Vec<(u64, String)>, usize) = rows;
        // Whatever was asked for comes over the wire, be it read or not.
        self.most_rows = match bytes < PAGE_BYTES {
            true => self.most_rows.saturating_mul(2),
            false => rows.len(),
        };
        self.is_at_end = rows.is_empty();
        let numbers: Vec<u64> = rows.iter().map(|(number, _)| *number).collect();
        let table = (table.as_str(), id.as_str());
        let readable = match gaps.look(next, &numbers) {
            Ask::Nothing(readable) => readable,
            Ask::Greatest(readable) => {
                gaps.greatest(link.work(async |connection| greatest(connection, table).await)?);
                readable
            }
            Ask::Uncommitted(_, last) => {
                let there = link.work(async |connection| {
                    uncommitted_too(connection, table, (next, last)).await
                })?;
                gaps.readable(next, &numbers, &there)
            }
        };
        rows.truncate(readable);
        Ok(rows)
    }

    /// Lets time pass until the next look.
    fn rest(&mut self) {
        let time = self.poll.saturating_sub(self.waited).min(LONGEST_WAIT);
        std::thread::sleep(time);
        self.waited += time;
        self.gaps.waited(time);
    }
}

impl RecordReader for TableReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        if self.waited < self.poll {
            self.rest();
            if self.waited < self.poll {
                return Ok(true);
            }
        }
        let most = max_records.saturating_sub(batch.count()).max(1);
        match self.page(most) {
            Ok(rows) if rows.is_empty() => {
                self.waited = Duration::ZERO;
                self.rest();
            }
            Ok(rows) => {
                for (number, row) in rows {
                    self.shape.push(batch, number, 0, row.as_bytes());
                    self.next = number.saturating_add(1);
                }
                self.waited = self.poll;
            }
            Err(Fault::Away(_)) => {
                self.is_at_end = false;
                self.link.wait_at_most(LONGEST_WAIT);
            }
            Err(Fault::Refused(reason) | Fault::Values(reason)) => {
                return Err(self.link.refused(reason));
            }
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { record: self.next, ..Position::default() }
    }

    fn is_at_end(&self) -> bool {
        self.is_at_end
    }
}
