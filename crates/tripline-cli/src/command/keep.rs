//! What `tripline run` keeps to go on after it was killed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tripline_connectors::{
    ConnectorError, CsvOptions, FileIdentity, Input, LineSink, OpenedReader, RecordReader,
    SinkFrom, append_file, continue_file, create_file, open_file_at, open_stdin_from, open_stdout,
};
use tripline_runtime::{
    CheckpointError, CheckpointFolder, Checkpoints, Kept, Pipeline, RunError, SavedRun,
    parse_duration_ms,
};

use super::complain;
use crate::config::{Config, MIN_CHECKPOINT_MS};
use crate::exit::Exit;
use crate::progress::Progress;

/// How often a checkpoint is made, in ms, unless something else is said.
const INTERVAL_MS: i64 = 10_000;

/// How many checkpoints are kept unless something else is said.
const KEEP: u16 = 3;

/// The name of the one source of a run.
pub(super) const EVENTS: &str = "events";

/// What a run keeps.
#[derive(Debug, Args)]
pub(super) struct KeepArgs {
    /// Keep checkpoints and a journal in this folder, and go on from what is there
    #[arg(long, value_name = "DIR")]
    checkpoint: Option<PathBuf>,
    /// How often to make a checkpoint; every 10 seconds unless given
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    checkpoint_interval: Option<i64>,
}

/// The folder of a run, and what is in it.
pub(super) struct Folder {
    checkpoints: Option<Checkpoints>,
    saved: Option<SavedRun>,
    /// The lengths that outputs are cut back to, by name.
    lengths: Vec<(String, u64)>,
    kept: bool,
    resumes: bool,
    input_journal: bool,
}

/// How configured sources can be read again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeps {
    input_journal: bool,
}

impl Keeps {
    pub(super) const fn of(self, opened: &OpenedReader) -> Kept {
        match (opened.can_be_read_again, self.input_journal) {
            (true, _) => Kept::InItself(opened.identity),
            (false, true) => Kept::InJournal,
            (false, false) => Kept::Not,
        }
    }
}

impl KeepArgs {
    /// Opens the folder, if there is to be one, and reads what is in it; `None` if there is nothing left to do.
    pub(super) fn open(&self, config: &Config) -> Result<Option<Folder>, Exit> {
        let said = &config.checkpoint;
        let mut folder = Folder {
            checkpoints: None,
            saved: None,
            lengths: Vec::new(),
            kept: false,
            resumes: false,
            input_journal: said.input_journal.unwrap_or(true),
        };
        let Some(path) = self.checkpoint.as_ref().or(said.dir.as_ref()) else {
            if self.checkpoint_interval.is_some() {
                complain("--checkpoint-interval means nothing without --checkpoint DIR");
                return Err(Exit::Usage);
            }
            return Ok(Some(folder));
        };
        let interval_ms = self.checkpoint_interval.or(said.interval.map(|interval| interval.0));
        let interval_ms = interval_ms.unwrap_or(INTERVAL_MS);
        if interval_ms < MIN_CHECKPOINT_MS {
            complain(&format!(
                "`{interval_ms}ms` is too short for --checkpoint-interval: give at least {MIN_CHECKPOINT_MS}ms"
            ));
            return Err(Exit::Usage);
        }
        let failed = |error: CheckpointError| {
            complain(&error.to_string());
            Exit::Failure
        };
        let opened = CheckpointFolder::open(path).map_err(failed)?;
        let saved = opened.load().map_err(failed)?;
        folder.kept = true;
        folder.checkpoints = Some(Checkpoints {
            folder: opened,
            interval: Duration::from_millis(u64::try_from(interval_ms).unwrap_or_default()),
            keep: said.keep.map_or(KEEP, |keep| keep.0).into(),
        });
        if let Some(saved) = saved {
            if saved.is_finished() {
                complain(&format!(
                    "the run of `{}` came to the end of its events, so nothing is left to do; give another run a folder of \
                     its own",
                    path.display()
                ));
                return Ok(None);
            }
            folder.resumes = true;
            folder.lengths = saved.output_lengths().to_vec();
            complain(&format!(
                "going on from checkpoint {} in `{}`",
                saved.number(),
                path.display()
            ));
            folder.saved = Some(saved);
        }
        Ok(Some(folder))
    }
}

impl Folder {
    /// What a pipeline is to be made with: where it is kept, and what it goes on from.
    pub(super) const fn take(&mut self) -> (Option<Checkpoints>, Option<SavedRun>) {
        (self.checkpoints.take(), self.saved.take())
    }

    /// Whether the run is kept.
    pub(super) const fn is_kept(&self) -> bool {
        self.kept
    }

    /// How a source can be read again.
    pub(super) fn kept(&self, input: &Input) -> Result<Kept, ConnectorError> {
        match input {
            Input::File(path) if input.can_be_read_again() => {
                FileIdentity::of(path).map(|identity| Kept::InItself(Some(identity)))
            }
            _ if self.input_journal => Ok(Kept::InJournal),
            _ => Ok(Kept::Not),
        }
    }

    /// How configured sources can be read again.
    pub(super) const fn keeps(&self) -> Keeps {
        Keeps { input_journal: self.input_journal }
    }

    /// Where a configured sink goes on; a checkpoint knows it by `name`.
    pub(super) fn sink_from(&self, name: &str, kept: Kept) -> SinkFrom {
        match (self.resumes, kept) {
            (false, _) => SinkFrom::Begin,
            (true, Kept::Not) => SinkFrom::End,
            (true, _) => SinkFrom::Checkpoint(self.length(name)),
        }
    }

    fn length(&self, name: &str) -> Option<u64> {
        self.lengths.iter().find(|(other, _)| other == name).map(|(_, length)| *length)
    }

    /// Opens the events where the run goes on.
    pub(super) fn reader(
        &self,
        pipeline: &Pipeline,
        input: &Input,
        csv: &CsvOptions,
        progress: &Progress,
    ) -> Result<Box<dyn RecordReader>, RunError> {
        let format = input.format(csv);
        let Some((position, identity)) = pipeline.source_position(EVENTS) else {
            return Ok(progress.open(input, &format)?);
        };
        match input {
            Input::File(path) if input.can_be_read_again() => {
                if let Some(identity) = identity
                    && !identity.is_of(path)?
                {
                    let name = path.display().to_string();
                    let reason = "it begins with something else".to_owned();
                    return Err(CheckpointError::SourceChanged { name, reason }.into());
                }
                Ok(open_file_at(path, &format, position)?)
            }
            Input::File(_) => Ok(input.open(&format)?),
            Input::Stdin => Ok(open_stdin_from(&format, position.record)),
        }
    }

    /// Opens an output, where it was if the run goes on.
    pub(super) fn sink(
        &self,
        name: &str,
        path: &Path,
        kept: Kept,
    ) -> Result<LineSink, ConnectorError> {
        if path.as_os_str() == "-" {
            return Ok(open_stdout());
        }
        if !self.resumes {
            return create_file(path);
        }
        match (kept, self.length(name)) {
            (Kept::Not, _) => append_file(path),
            (_, Some(length)) => continue_file(path, length),
            // It was not there before, or is no file.
            (_, None) => create_file(path),
        }
    }
}
