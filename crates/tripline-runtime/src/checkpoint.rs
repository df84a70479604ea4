//! Checkpoints and the journal: what is needed to go on after the process was killed, as if it had not been.
//!
//! A checkpoint is all state at one place of the sequence of items, with how far sources were read and how long outputs are.
//! The journal is what came in after it. Going on means: the state of the last checkpoint, outputs cut back to it, the
//! inputs of the journal once more, each as it was, and then what is new. So everything comes out as it would have without a
//! break (`docs/decisions/0014-the-journal-is-the-inputs.md`).

mod data;
mod folder;
mod journal;
mod replay;
mod rules;
mod saved;
mod sets;
mod writer;

use std::io;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;
use tripline_connectors::ConnectorError;

pub(crate) use data::SavedSource;
pub use folder::{CheckpointFolder, CheckpointStorage, LocalStorage};
pub(crate) use journal::{Content, Entry, Journal, JournalFile};
pub(crate) use replay::{Replay, replay};
use rules::RuleStep;
pub(crate) use rules::{RuleLog, SavedRule, steps};
pub use saved::SavedRun;
pub use sets::{CheckpointSets, checkpoint_sets};
pub use writer::CheckpointStats;
pub(crate) use writer::{Job, Writer};

/// How a run keeps what it needs to go on.
#[derive(Debug)]
pub struct Checkpoints {
    /// Where.
    pub folder: CheckpointFolder,
    /// How often.
    pub interval: Duration,
    /// How many checkpoints are kept, at least 1: an older one is used where the last is damaged.
    pub keep: usize,
}

/// Why a run cannot be kept, or cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The folder cannot be used.
    #[error("cannot use the checkpoint folder `{path}`: {source}; check that it may be written to")]
    Folder {
        /// Where.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Another process uses the folder.
    #[error(
        "another process uses the checkpoint folder `{path}`; stop it, or give this one a folder of its own"
    )]
    Locked {
        /// Where.
        path: String,
    },
    /// A file of the folder cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The journal cannot be written.
    #[error(
        "cannot write the journal `{path}`: {source}; nothing that depends on it was given out, and a restart goes on \
         from what was written"
    )]
    Journal {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A checkpoint cannot be written.
    #[error("cannot write checkpoint {number} to `{path}`: {reason}")]
    Write {
        /// Where.
        path: String,
        /// Its number.
        number: u64,
        /// Why.
        reason: String,
    },
    /// There is something in the folder, and nothing to go on from.
    #[error(
        "cannot go on from the checkpoint folder `{path}`: {reasons}; move the folder away to begin anew"
    )]
    NoneUsable {
        /// Where.
        path: String,
        /// What is wrong with each checkpoint.
        reasons: String,
    },
    /// A file of the journal is gone.
    #[error(
        "`{path}` is gone, and with it what happened between two checkpoints; put it back, or move the folder away to \
         begin anew"
    )]
    Gap {
        /// Which file.
        path: String,
    },
    /// The journal is damaged, and not where a process may have ended within a write.
    #[error(
        "the journal `{path}` is damaged at byte {byte}; put back a copy of it, or delete it and the later journals to go \
         on from its checkpoint: what came after is then decided anew, and may differ from what was given out"
    )]
    DamagedJournal {
        /// Which file.
        path: String,
        /// Where.
        byte: u64,
    },
    /// The run was made with other sources.
    #[error(
        "the checkpoint was made with the sources {before}, and there are {now} now; give it all that it \
         had, or another checkpoint folder"
    )]
    Sources {
        /// Those of the checkpoint.
        before: String,
        /// Those of this run.
        now: String,
    },
    /// A source does not say any more what it said before.
    #[error(
        "the source `{name}` is not what it was when the checkpoint was made: {reason}; give it back what it was, or move \
         the checkpoint folder away to begin anew"
    )]
    SourceChanged {
        /// Which.
        name: String,
        /// What is different.
        reason: String,
    },
    /// A source cannot be read where the checkpoint says.
    #[error(transparent)]
    Source(#[from] ConnectorError),
}

impl CheckpointError {
    pub(crate) fn journal(path: &Path, source: io::Error) -> Self {
        Self::Journal { path: path.display().to_string(), source }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.display().to_string(), source }
    }
}
