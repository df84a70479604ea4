//! What a configured source or sink becomes when it is opened.

use std::fmt;
use std::sync::Arc;

use crate::{ConnectorError, FileIdentity, Health, Mark, Position, RecordReader, Sink};

/// A place to read from, ready to be read: a source has one, or one for each partition.
pub struct OpenedReader {
    /// By which a checkpoint knows it: the name of the source, with `/` and the partition behind it if it has some.
    pub name: String,
    /// Its records.
    pub reader: Box<dyn RecordReader>,
    /// Whether it may go on for ever, and send nothing for a while.
    pub is_live: bool,
    /// Whether it has another side that may be away: then it counts as idle only while [`RecordReader::is_at_end`].
    pub is_remote: bool,
    /// Whether what was read of it can be read again by another process.
    pub can_be_read_again: bool,
    /// By which a file is told from another.
    pub identity: Option<FileIdentity>,
    /// Who wants to know how far it was processed for good.
    pub acknowledge: Option<Arc<dyn Acknowledge>>,
}

impl fmt::Debug for OpenedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedReader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Is told how far a source was processed for good: what came before will not be asked for again.
pub trait Acknowledge: Send + Sync + fmt::Debug {
    /// All before this place is in a checkpoint; without checkpoints, its outputs have gone out.
    fn acknowledge(&self, position: &Position);

    /// Whether somebody waits to hear that what was read will not be lost, and of each record that is no event.
    ///
    /// # Cost
    /// Then each batch of the source is synced to the journal by itself.
    fn is_waited_for(&self) -> bool {
        false
    }

    /// A record is no event, as `reason` says, and was told of; `number` is its own in the source.
    fn rejected(&self, number: u64, reason: &dyn fmt::Display) {
        let _ = (number, reason);
    }

    /// All before this place is in the journal and survives a kill; without checkpoints, the rules have seen it.
    fn taken(&self, position: &Position) {
        let _ = position;
    }

    /// What came before this place and the other side may bring again, if it ever does: a checkpoint keeps it, and another
    /// process gets it back in [`SourceStart::marks`].
    fn unacknowledged(&self, position: &Position) -> Option<Vec<Mark>> {
        let _ = position;
        None
    }
}

/// What is open as long as the source is read.
pub trait Connected: Send + fmt::Debug {
    /// Ends it in order; takes a few seconds at most.
    fn close(self: Box<Self>);
}

/// An opened source.
#[derive(Debug, Default)]
pub struct OpenedSource {
    /// What there is to be read now.
    pub readers: Vec<OpenedReader>,
    /// What is to be closed at the end.
    pub connected: Option<Box<dyn Connected>>,
}

/// Where a reader was, and of which file.
pub type SavedPlace = (Position, Option<FileIdentity>);

/// What a source is opened with.
pub struct SourceStart<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// Where each of its readers was, if the run goes on from another: by the name of the reader.
    pub saved: &'a dyn Fn(&str) -> Option<SavedPlace>,
    /// What each of its readers had read and the other side may bring again, by the name of the reader.
    pub marks: &'a dyn Fn(&str) -> Vec<Mark>,
    /// Takes readers of partitions that come later.
    pub later: Arc<dyn Fn(OpenedReader) + Send + Sync>,
    /// How it is.
    pub health: Arc<Health>,
}

impl fmt::Debug for SourceStart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceStart").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a sink is opened with.
#[derive(Debug)]
pub struct SinkStart<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// How it goes on.
    pub from: SinkFrom,
    /// Whether there are checkpoints.
    pub is_kept: bool,
    /// How it is.
    pub health: Arc<Health>,
}

/// Where a sink goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkFrom {
    /// It begins, and what was in a file is gone.
    Begin,
    /// Where a checkpoint was: after so many bytes, of one that can be cut back; of one that counts, after so many results.
    Checkpoint(Option<u64>),
    /// At its end, whatever a checkpoint says: the source has lost what came since.
    End,
}

/// Several sinks: each takes what goes to all, and what goes to its number.
#[derive(Debug, Default)]
pub struct Sinks {
    sinks: Vec<(String, Box<dyn Sink>)>,
    /// Those that take only what names them, a bit each.
    apart: u64,
}

impl Sinks {
    /// Adds one under the next number, from 0; a checkpoint knows it by `name`.
    pub fn add(&mut self, name: impl Into<String>, sink: Box<dyn Sink>) {
        self.sinks.push((name.into(), sink));
    }
}

impl Sinks {
    /// Lets these sinks, a bit each, take only what names them.
    #[must_use]
    pub const fn apart(mut self, sinks: u64) -> Self {
        self.apart = sinks;
        self
    }
}

impl Sink for Sinks {
    fn write(&mut self, record: &crate::EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let named = record.sinks.unwrap_or(!self.apart);
        for (number, (_, sink)) in (0_u32..).zip(&mut self.sinks) {
            if named.checked_shr(number).unwrap_or(0) & 1 == 1 {
                sink.write(record)?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        self.sinks.iter_mut().try_for_each(|(_, sink)| sink.flush())
    }

    fn commit_named(&mut self, _: &str) -> Result<Vec<(String, crate::Committed)>, ConnectorError> {
        let mut all = Vec::new();
        for (name, sink) in &mut self.sinks {
            all.extend(sink.commit_named(name)?);
        }
        Ok(all)
    }
}
