//! What can go wrong with a source or a sink as a whole.

use std::io;

use thiserror::Error;

/// Why a source cannot be read or a sink not be written; what it says names the file and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectorError {
    /// The file cannot be opened for reading.
    #[error("cannot open `{name}`: {source}; check the path and its permissions")]
    Open {
        /// The path.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// Reading failed on the way.
    #[error("cannot read `{name}` any further, after line {line}: {source}")]
    Read {
        /// The path, or what else was read.
        name: String,
        /// How many lines came before.
        line: u64,
        /// The cause; damaged compressed data among them.
        source: io::Error,
    },
    /// The file cannot be created.
    #[error("cannot create `{name}`: {source}; check that its folder exists and may be written to")]
    Create {
        /// The path.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot write to `{name}`: {source}")]
    Write {
        /// The path, or what else was written to.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// The reader of a pipe has gone: usually no fault (`| head`), and nothing more need be written.
    #[error("nobody reads `{name}` any more")]
    Closed {
        /// What was written to.
        name: String,
    },
    /// The columns of a CSV file are not usable.
    #[error("the columns of `{name}` cannot be used: {reason}")]
    Columns {
        /// The path, or what else was read.
        name: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// What is asked for cannot be.
    #[error("cannot use `{name}`: {reason}")]
    Use {
        /// The source or sink, or what it is about.
        name: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A source is not what it was when a checkpoint was made.
    #[error(
        "`{name}` is not what it was when the checkpoint was made: {reason}; give it back what it was, or move the \
         checkpoint folder away to begin anew"
    )]
    Changed {
        /// The source.
        name: String,
        /// What is different.
        reason: String,
    },
    /// The other side does not do what is asked of it, and trying again would not help.
    #[error("{name}: {reason}")]
    Refused {
        /// The source or sink, in words.
        name: String,
        /// What it said, and what to do.
        reason: String,
    },
    /// An option is not written as it must be.
    #[error("`{value}` is not usable for {option}: {reason}")]
    Option {
        /// Its name on the command line.
        option: &'static str,
        /// As it was given.
        value: String,
        /// How it must be written.
        reason: String,
    },
}

impl ConnectorError {
    /// Whether the reader of an output pipe has gone: the moment to stop without a complaint.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    pub(crate) fn write(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed { name },
            _ => Self::Write { name, source },
        }
    }
}
