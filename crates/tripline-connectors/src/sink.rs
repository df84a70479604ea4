//! Where results go.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};

use crate::ConnectorError;

/// Bytes held back until a flush, or until there are more.
const BUFFER_BYTES: usize = 64 * 1024;

/// A result ready to be sent, and what a sink may go by: to leave out what it has, to choose where it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncodedRecord<'a> {
    /// The same for the same result, also after a restart.
    pub id: &'a str,
    /// The key of the stream, as JSON.
    pub key: &'a [u8],
    /// `match`, `timeout` or `aggregate`.
    pub kind: &'a str,
    /// What is to be given out: the whole output as one line without its end, or what the rule's action made of it.
    pub bytes: &'a [u8],
    /// The whole output, as JSON.
    pub output: &'a [u8],
    /// To which sinks it goes, as a set of their numbers; nothing for all.
    pub sinks: Option<u64>,
}

impl EncodedRecord<'_> {
    /// What the action of its rule made of it, if it has a template.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        (self.bytes != self.output).then(|| String::from_utf8_lossy(self.bytes).into_owned())
    }
}

/// Takes results.
pub trait Sink: Send + fmt::Debug {
    /// Takes one result; it has gone out for sure only after the next [`flush`](Self::flush).
    ///
    /// # Errors
    /// If it, or one before it, cannot be written; [`ConnectorError::Closed`] if nobody reads any more.
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError>;

    /// Sends all that has been taken, and need not wait until it is there.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn flush(&mut self) -> Result<(), ConnectorError>;

    /// Waits until all that has been taken is there for good, and says how far it is, for a checkpoint: [`None`] where
    /// results cannot be taken back again.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn commit(&mut self) -> Result<Option<Committed>, ConnectorError> {
        self.flush()?;
        Ok(None)
    }

    /// As [`commit`](Self::commit), for a sink that may be several: how far each is, by what a checkpoint knows it.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn commit_named(&mut self, name: &str) -> Result<Vec<(String, Committed)>, ConnectorError> {
        Ok(self.commit()?.map(|committed| (name.to_owned(), committed)).into_iter().collect())
    }
}

/// How far a sink is that can be cut back to where it was, or knows what it has.
#[derive(Debug)]
pub struct Committed {
    /// Its length in bytes; of one that counts, the number of results.
    pub length: u64,
    /// The file, and its name for people.
    file: Option<(File, String)>,
}

impl Committed {
    /// Of a sink that counts results, and whose results are there for good.
    #[must_use]
    pub const fn count(results: u64) -> Self {
        Self { length: results, file: None }
    }

    /// Makes sure that what was written survives a loss of power.
    ///
    /// # Errors
    /// If that cannot be.
    pub fn sync(&self) -> Result<(), ConnectorError> {
        let Some((file, name)) = &self.file else { return Ok(()) };
        file.sync_data().map_err(|error| ConnectorError::write(name, error))
    }
}

/// Writes results as lines to a file or pipe.
///
/// What is not flushed when it is dropped is written then, but without a word if that fails.
pub struct LineSink {
    out: BufWriter<Box<dyn Write + Send>>,
    name: String,
    /// Bytes in it, and for a file the file once more.
    length: u64,
    file: Option<File>,
}

impl LineSink {
    /// A sink into `out`; `name` stands in errors.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, name: &str) -> Self {
        let out = BufWriter::with_capacity(BUFFER_BYTES, out);
        Self { out, name: name.to_owned(), length: 0, file: None }
    }

    /// A sink into a file that stands at `length`, its end; one that is no plain file cannot be cut back.
    pub(crate) fn to_file(file: File, length: u64, name: &str) -> Self {
        let plain = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let again = plain.then(|| file.try_clone().ok()).flatten();
        Self { length, file: again, ..Self::new(Box::new(file), name) }
    }

    /// How many bytes are in it, with those that are not flushed.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn write_line(&mut self, line: &[u8]) -> Result<(), ConnectorError> {
        let written = self.out.write_all(line);
        self.length += line.len() as u64 + 1;
        written
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|error| ConnectorError::write(&self.name, error))
    }
}

impl Sink for LineSink {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.write_line(record.bytes)
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        let flushed = self.out.flush();
        flushed.map_err(|error| ConnectorError::write(&self.name, error))
    }

    fn commit(&mut self) -> Result<Option<Committed>, ConnectorError> {
        self.flush()?;
        let Some(file) = &self.file else { return Ok(None) };
        let file = file.try_clone().map_err(|error| ConnectorError::write(&self.name, error))?;
        Ok(Some(Committed { length: self.length, file: Some((file, self.name.clone())) }))
    }
}

impl fmt::Debug for LineSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("LineSink");
        debug.field("name", &self.name).finish_non_exhaustive()
    }
}
