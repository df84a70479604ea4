//! What a run reads and writes: of the command line, or of `[sources.NAME]` and `[sinks.NAME]`.

use std::path::Path;
use std::sync::Arc;

use tripline_connectors::{
    Connected, ConnectorError, CsvOptions, Health, Input, OpenedReader, Sink, SinkStart, Sinks,
    SourceStart,
};
use tripline_runtime::{Kept, Pipeline, RunError, Source};
use tripline_server::{ConnectorKind, Engine};

use super::flow::Expected;
use super::keep::{EVENTS, Folder};
use crate::config::Config;
use crate::progress::Progress;

/// What a run reads.
pub(super) struct Inputs {
    pub(super) sources: Vec<Source>,
    /// What is to be closed behind them.
    pub(super) connected: Vec<Box<dyn Connected>>,
    /// For people; empty if the sources' own names will do.
    pub(super) names: Vec<String>,
    pub(super) progress: Progress,
}

impl Inputs {
    /// Opens the one file or pipe that the command line names.
    pub(super) fn of_path(
        path: &Path,
        csv: &CsvOptions,
        expected: Expected,
        folder: &Folder,
        pipeline: &Pipeline,
        is_terminal: bool,
    ) -> Result<Self, RunError> {
        let input = Input::new(path);
        let progress = Progress::new(&input, is_terminal);
        let reader = folder.reader(pipeline, &input, csv, &progress)?;
        let source = expected.source(input.is_live(), reader, folder.kept(&input)?);
        Ok(Self {
            sources: vec![Source { name: EVENTS.to_owned(), ..source }],
            connected: Vec::new(),
            names: vec![path.display().to_string()],
            progress,
        })
    }

    /// Opens the sources of the configuration.
    pub(super) fn of_config(
        config: &Config,
        expected: Expected,
        folder: &Folder,
        pipeline: &Pipeline,
        engine: &Engine,
    ) -> Result<Self, RunError> {
        let mut inputs = Self {
            sources: Vec::new(),
            connected: Vec::new(),
            names: Vec::new(),
            progress: Progress::none(),
        };
        let keeps = folder.keeps();
        let source = move |opened: OpenedReader| {
            let kept = keeps.of(&opened);
            let OpenedReader { name, reader, is_live, is_remote, acknowledge, .. } = opened;
            Source { name, is_remote, acknowledge, ..expected.source(is_live, reader, kept) }
        };
        for (name, configured) in &config.sources {
            let health = Arc::new(Health::new(format!("the source `{name}`")));
            engine.connects(ConnectorKind::Source, name, Arc::clone(&health));
            let adder = pipeline.source_adder();
            let opened = configured.open(&SourceStart {
                name,
                saved: &|reader| pipeline.source_position(reader),
                marks: &|reader| pipeline.source_marks(reader),
                later: Arc::new(move |opened| adder.add(source(opened))),
                health,
            })?;
            inputs.sources.extend(opened.readers.into_iter().map(source));
            inputs.connected.extend(opened.connected);
        }
        Ok(inputs)
    }

    /// How all of them can be read again: as the one that can worst.
    pub(super) fn kept(&self) -> Kept {
        let not = self.sources.iter().any(|source| source.kept == Kept::Not);
        if not { Kept::Not } else { Kept::InJournal }
    }
}

/// Opens what a run writes its results to.
pub(super) fn open_out(
    out: Option<&Path>,
    config: &Config,
    folder: &Folder,
    kept: Kept,
    engine: &Engine,
) -> Result<Box<dyn Sink>, ConnectorError> {
    if out.is_some() || config.sinks.is_empty() {
        let path = out.unwrap_or_else(|| Path::new("-"));
        return Ok(Box::new(folder.sink("out", path, kept)?));
    }
    let forwarded = config.forward_to();
    // What cannot be read again is not there for a run that goes on.
    let is_kept = folder.is_kept() && kept != Kept::Not;
    let mut sinks = Sinks::default().apart(forwarded.values().fold(0, |all, set| all | set));
    for (name, configured) in &config.sinks {
        let health = Arc::new(Health::new(format!("the sink `{name}`")));
        engine.connects(ConnectorKind::Sink, name, Arc::clone(&health));
        let known = format!("sinks/{name}");
        let from = folder.sink_from(&known, kept);
        sinks.add(known, configured.open(&SinkStart { name, from, is_kept, health })?);
    }
    Ok(Box::new(sinks))
}
