//! `tripline run`: rules over a file or a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::LevelFilter;
use tripline::{Code, Event, Registry, RuleFailure, RuleSource, Text, text};
use tripline_connectors::{
    Committed, Connected, ConnectorError, CsvOptions, EncodedRecord, LineSink, RejectedAt,
    RejectedSink, Sink,
};
use tripline_runtime::{
    BudgetGuard, Checkpoints, JsonLines, Observer, OutputFormat, Pipeline, PipelineConfig,
    Rulebook, RunError, RunSummary, SharedRules, StoreHealth, SwapSender,
};
use tripline_server::{Engine, ServerError};

use super::alert::{AlertFilter, HumanLines};
use super::connect::{Inputs, open_out};
use super::flow::FlowArgs;
use super::http::{HttpArgs, HttpError};
use super::keep::{Folder, KeepArgs};
use super::live::{LiveArgs, RunToBe};
use super::reload::{FileRules, Reload};
use super::signals::{STOP_WITHIN_MS, heed_signals};
use super::{Format, complain, summary};
use crate::config::{Config, ConfigArgs, Loaded, tell_broken};
use crate::exit::Exit;
use crate::log::LogArgs;
use crate::progress::Progress;
use crate::report::{Look, printable, write_findings};
use crate::store_url::StoreArgs;
use tripline_rule_store::files::{RuleFile, RuleFileProblem, find_rules};

/// The arguments of `tripline run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Rule files, and folders of them
    #[arg(long, num_args = 1.., value_name = "DIR|FILE", conflicts_with = "StoreArgs")]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    store: Option<StoreArgs>,
    #[command(flatten)]
    live: LiveArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// The events: a file (NDJSON, or CSV by its name; also .gz and .zst), or - for the standard input; without it, the
    /// sources of the configuration
    #[arg(long, value_name = "FILE|-")]
    events: Option<PathBuf>,
    /// Key fields of rules that name none, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "FIELD,…")]
    key: Vec<String>,
    #[command(flatten)]
    flow: FlowArgs,
    #[command(flatten)]
    keep: KeepArgs,
    /// The columns of CSV events without a header
    #[arg(long, value_name = "NAME,…")]
    csv_columns: Option<String>,
    /// Types of CSV columns: text, int, double or bool, such as zip:text
    #[arg(long, value_name = "NAME:TYPE,…")]
    csv_types: Option<String>,
    /// Where outputs go, - for the standard output; without it, to the sinks of the configuration, or else to the
    /// standard output
    #[arg(long, value_name = "FILE|-")]
    out: Option<PathBuf>,
    /// Where lines go that no event could be read from, each with its reason
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Where events go that came too late
    #[arg(long, value_name = "FILE")]
    late: Option<PathBuf>,
    /// Where events go that came before, if such are told
    #[arg(long, value_name = "FILE")]
    duplicates: Option<PathBuf>,
    /// Leave windows open at the end of the input
    #[arg(long)]
    no_final: bool,
    /// Give out only the kinds (match, timeout) that a rule's label `alert` names
    #[arg(long)]
    alerts: bool,
    /// How outputs are written
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    log: LogArgs,
    /// How the summary is written to stderr
    #[arg(long, value_enum, default_value_t)]
    summary: SummaryFormat,
}

/// How the summary is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum SummaryFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// Not at all.
    None,
}

impl Run {
    pub(crate) fn run(&self, mut registry: Registry) -> Exit {
        let loaded = match self.config.load() {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        registry.set_event_schemas(loaded.event_schemas());
        registry.set_actions(loaded.actions());
        let key = self.default_key(&loaded.config);
        registry.set_partitioning(loaded.partitioning(Some(key)));
        if let Some(problem) = self.flow.problem(&loaded.config) {
            complain(problem);
            return Exit::Usage;
        }
        if self.events.is_none() && loaded.config.sources.is_empty() {
            complain(
                "say where the events are: --events FILE|-, or [sources.NAME] in the configuration",
            );
            return Exit::Usage;
        }
        let engine = Arc::new(Engine::new());
        let store = self.store(&loaded.config);
        self.log.start(&loaded.config.log, self.usual_level(&loaded.config));
        tracing::info!("tripline {} starts", env!("CARGO_PKG_VERSION"));
        if let Err(error) = self.http.start(&loaded.config.http, &engine) {
            complain(&error.to_string());
            return match error {
                HttpError::Server(ServerError::Open { .. }) => Exit::Usage,
                _ => Exit::Failure,
            };
        }
        let folder = match self.keep.open(&loaded.config) {
            Ok(Some(folder)) => folder,
            Ok(None) => return Exit::Success,
            Err(exit) => return exit,
        };
        match store {
            None if self.rules.is_empty() && loaded.config.forward.is_empty() => {
                complain(
                    "say which rules to run: --rules DIR|FILE, or --store URL to follow a rule store",
                );
                Exit::Usage
            }
            None => self.run_files(registry, &loaded, &engine, folder),
            Some(store) => self.run_store(&store, registry, &loaded, &engine, folder),
        }
    }

    /// What is logged unless something else is said: of short runs over a file only what is wrong.
    fn usual_level(&self, config: &Config) -> LevelFilter {
        if self.store(config).is_some() || self.http.is_on(&config.http) {
            LevelFilter::INFO
        } else {
            LevelFilter::WARN
        }
    }

    /// The store to follow: of the flags, or of the configuration if no rules are named.
    fn store(&self, config: &Config) -> Option<StoreArgs> {
        let configured = || {
            let url = config.store.url.as_ref().filter(|_| self.rules.is_empty())?;
            Some(StoreArgs::of_configuration(url.0.clone(), config.store.rule_table.clone()))
        };
        self.store.clone().or_else(configured)
    }

    fn pipeline_config(&self, config: &Config) -> PipelineConfig {
        // Another output is in the place of all sinks.
        let forward = if self.out.is_some() { BTreeMap::new() } else { config.forward_to() };
        PipelineConfig { close_at_end: !self.no_final, forward, ..self.flow.config(config) }
    }

    /// The key fields of rules that name none.
    fn default_key<'a>(&'a self, config: &'a Config) -> &'a [String] {
        match &config.engine.default_key {
            Some(key) if self.key.is_empty() => key,
            _ => &self.key,
        }
    }

    /// Rules as a store has them, while they change.
    fn run_store(
        &self,
        store: &StoreArgs,
        registry: Registry,
        loaded: &Loaded,
        engine: &Arc<Engine>,
        mut folder: Folder,
    ) -> Exit {
        let key = self.default_key(&loaded.config);
        let config = self.pipeline_config(&loaded.config);
        let run = RunToBe { config, kept: folder.take() };
        let run = self.live.start(store, registry, loaded, key, engine, run);
        let (mut pipeline, follower) = match run {
            Ok(run) => run,
            Err(error) => {
                complain(&error.to_string());
                return error.exit();
            }
        };
        self.warn_of_missing_keys(&pipeline);
        let reload = self.reload(&loaded.config, None);
        let health = Some(follower.health());
        let result = self.stream(&mut pipeline, &loaded.config, &folder, health, engine, reload);
        let exit = follower.stop();
        ended(&result, exit)
    }

    /// Rules as they stand in files now.
    fn run_files(
        &self,
        mut registry: Registry,
        loaded: &Loaded,
        engine: &Arc<Engine>,
        mut folder: Folder,
    ) -> Exit {
        registry.set_aliases(loaded.aliases());
        tell_broken(registry.aliases(), self.config.lang());
        let key = self.default_key(&loaded.config);
        let (files, problems) = find_rules(&self.rules);
        let mut exit = problems.iter().fold(Exit::Success, |exit, problem| {
            complain(&problem.to_string());
            exit.or(match problem {
                RuleFileProblem::Unreadable { .. } => Exit::Failure,
                RuleFileProblem::NotUtf8 { .. } | RuleFileProblem::SameId { .. } => Exit::Invalid,
            })
        });
        // Events may go on without a rule.
        let needs_rules = !self.rules.is_empty();
        if files.is_empty() && needs_rules {
            if problems.is_empty() {
                complain("there are no rules in what --rules names; a rule is a *.json file");
            }
            return exit.or(Exit::Failure);
        }
        let sources: Vec<RuleSource> = files.iter().map(|file| source(file, key)).collect();
        let mut book = Rulebook::new(registry);
        book.set_budgets(loaded.config.engine.budgets());
        let config = self.pipeline_config(&loaded.config);
        let resumed = match folder.take() {
            (Some(checkpoints), Some(saved)) => {
                match Pipeline::resume(&mut book, config.clone(), checkpoints, saved) {
                    Ok(pipeline) => Resumed::Is(pipeline),
                    Err(error) => {
                        complain(&error.to_string());
                        return Exit::Failure;
                    }
                }
            }
            (checkpoints, _) => Resumed::Not(checkpoints),
        };
        book.set_aliases(loaded.aliases());
        let failures = book.replace(&sources);
        for failure in &failures {
            exit = exit.or(Exit::Invalid);
            if let Some(file) = files.iter().find(|file| file.id == failure.id) {
                self.show_failure(file, failure);
            }
        }
        if failures.len() == files.len() && needs_rules {
            complain("no valid rule is left to run");
            return exit;
        }
        if !failures.is_empty() {
            complain(&format!(
                "{} of {} rules are invalid and do not run",
                failures.len(),
                files.len()
            ));
        }
        let running = book.running().set.rules().count();
        if running == 0 && needs_rules {
            complain(
                "every valid rule is disabled (\"enabled\": false), so there is nothing to run",
            );
            return exit;
        }
        if running + failures.len() < files.len() {
            let disabled = files.len() - failures.len() - running;
            complain(&format!("{disabled} of {} rules are disabled and do not run", files.len()));
        }
        let (mut pipeline, swaps) = match resumed {
            Resumed::Is((pipeline, swaps)) => {
                // What is different in the files now comes behind what the journal says.
                swaps.swap(Arc::clone(book.running()));
                (pipeline, swaps)
            }
            Resumed::Not(Some(checkpoints)) => Pipeline::kept(&mut book, config, checkpoints),
            Resumed::Not(None) => Pipeline::new(&mut book, config),
        };
        self.warn_of_missing_keys(&pipeline);
        let rules = SharedRules::new(book, swaps);
        let guard = match BudgetGuard::start(rules.clone()) {
            Ok(guard) => guard,
            Err(error) => {
                complain(&format!("cannot start what guards the budgets of rules: {error}"));
                return Exit::Failure;
            }
        };
        let (paths, default_key) = (self.rules.clone(), key.to_vec());
        let reload = self.reload(&loaded.config, Some(FileRules { paths, default_key, rules }));
        let result = self.stream(&mut pipeline, &loaded.config, &folder, None, engine, reload);
        guard.stop();
        ended(&result, exit)
    }

    fn reload(&self, config: &Config, rules: Option<FileRules>) -> Reload {
        Reload {
            arguments: self.config.clone(),
            log: self.log.clone(),
            usual_level: self.usual_level(config),
            config: config.clone(),
            rules,
        }
    }

    fn show_failure(&self, file: &RuleFile, failure: &RuleFailure) {
        let name = file.path.display().to_string();
        let mut err = std::io::stderr().lock();
        // A report that cannot be shown must not stop the good rules.
        let _shown = write_findings(
            &mut err,
            &name,
            &file.text,
            &failure.diagnostics,
            self.config.lang(),
            Look::of_stderr(),
        );
    }

    /// Says so if what rules find goes nowhere.
    fn warn_of_sinks(&self, pipeline: &Pipeline, config: &Config) {
        let forwarded = config.forward_to().values().fold(0, |all, set| all | set);
        let all_forwarded = forwarded.count_ones() as usize == config.sinks.len();
        let has_rules = pipeline.rules().set.rules().next().is_some();
        if self.out.is_none() && !config.sinks.is_empty() && all_forwarded && has_rules {
            complain(
                "every sink is named in [forward], so what rules find goes to none that no action names; add a sink for it",
            );
        }
    }

    fn warn_of_missing_keys(&self, pipeline: &Pipeline) {
        let set = &pipeline.rules().set;
        let keyless: Vec<&str> = set
            .rules()
            .filter(|rule| rule.aggregate().is_none() && set.key_fields(rule).is_empty())
            .map(|rule| rule.id.as_str())
            .collect();
        if !keyless.is_empty() {
            let lang = self.config.lang();
            let word = lang.severity(Code::NoKey.severity());
            let message = text!(
                "{rules} run without a key, so events of all users match with one another",
                rules = Text::list(keyless.into_iter().map(Text::from))
            );
            let hint = text!(
                "name key fields in the rule (`key_by`), with `--key` or in the configuration"
            );
            let [message, hint] = [message, hint].map(|text| printable(&text.render(lang.into())));
            complain(&format!("{word} {}: {message}; {hint}", Code::NoKey));
        }
    }

    fn stream(
        &self,
        pipeline: &mut Pipeline,
        config: &Config,
        folder: &Folder,
        store: Option<&StoreHealth>,
        engine: &Arc<Engine>,
        mut reload: Reload,
    ) -> Result<(), RunError> {
        for note in pipeline.notes() {
            complain(note);
        }
        self.warn_of_sinks(pipeline, config);
        let csv = CsvOptions::parse(self.csv_columns.as_deref(), self.csv_types.as_deref())?;
        let expected = self.flow.expected(config);
        let inputs = match &self.events {
            Some(path) => {
                let terminal = std::io::stderr().is_terminal();
                Inputs::of_path(path, &csv, expected, folder, pipeline, terminal)
            }
            None => Inputs::of_config(config, expected, folder, pipeline, engine),
        }?;
        let kept = inputs.kept();
        let mut out = open_out(self.out.as_deref(), config, folder, kept, engine)?;
        let Inputs { sources, connected, names, progress } = inputs;
        let mut format = || -> Box<dyn OutputFormat> {
            let lines: Box<dyn OutputFormat> = match self.format {
                Format::Json => Box::new(JsonLines::default()),
                Format::Human => Box::<HumanLines>::default(),
            };
            if self.alerts { Box::new(AlertFilter::new(lines)) } else { lines }
        };
        let mut observer = Rim {
            rejected: self
                .rejected
                .as_ref()
                .map(|path| folder.sink("rejected", path, kept))
                .transpose()?
                .map(RejectedSink::new),
            late: self.late.as_ref().map(|path| folder.sink("late", path, kept)).transpose()?,
            duplicates: self
                .duplicates
                .as_ref()
                .map(|path| folder.sink("duplicates", path, kept))
                .transpose()?,
            names_sources: self.events.is_none(),
            shown: 0,
            progress,
        };
        let stop_within_ms = config.engine.stop_within.map_or(STOP_WITHIN_MS, |within| within.0);
        let stop_within = Duration::from_millis(u64::try_from(stop_within_ms).unwrap_or_default());
        let (stopper, ending) = (pipeline.stopper(), Arc::clone(engine));
        let stop = move || {
            ending.ends();
            stopper.stop();
        };
        if let Err(error) = heed_signals(move || reload.reload(), stop, stop_within) {
            complain(&format!("signals end the program at once, and not in order: {error}"));
        }
        let known = sources.iter().map(|source| source.name.clone());
        let known: Vec<String> = if names.is_empty() { known.collect() } else { names.clone() };
        tracing::info!(
            "reading {}, with {} rules and {} shards",
            printable(&known.join(", ")),
            pipeline.rules().set.rules().count(),
            self.pipeline_config(config).shards
        );
        engine.runs(pipeline.probe(), names);
        if folder.is_kept() {
            engine.keeps(pipeline.checkpoint_stats());
        }
        let result = pipeline.run(sources, &mut format, out.as_mut(), &mut observer);
        engine.ends();
        connected.into_iter().for_each(Connected::close);
        observer.progress.finish();
        tell_end(&pipeline.summary());
        let unshown = pipeline.summary().rejected.saturating_sub(u64::from(observer.shown));
        if unshown > 0 {
            complain(&format!(
                "{unshown} more lines were rejected; --rejected FILE keeps them all"
            ));
        }
        match self.summary {
            SummaryFormat::Human => summary::human(&pipeline.summary(), store, self.config.lang()),
            SummaryFormat::Json => summary::json(&pipeline.summary(), store),
            SummaryFormat::None => {}
        }
        result
    }
}

/// Says in the log what a run did.
fn tell_end(summary: &RunSummary) {
    let (records, outputs) = (summary.records(), summary.outputs);
    tracing::info!(
        read = records.read,
        processed = records.processed,
        late = records.late,
        rejected = records.rejected,
        in_flight = records.in_flight,
        delivered = outputs.delivered,
        failed = outputs.failed,
        swaps = summary.swaps,
        "{}",
        if summary.stopped { "ended by a signal" } else { "ended" }
    );
}

pub(super) fn source(file: &RuleFile, default_key: &[String]) -> RuleSource {
    RuleSource {
        id: file.id.clone(),
        version: file.version,
        text: Arc::clone(&file.text),
        default_key: default_key.to_vec(),
    }
}

/// How the program ends after a stream, if the rules would have it end with `exit`.
fn ended(result: &Result<(), RunError>, exit: Exit) -> Exit {
    match result {
        Ok(()) => exit,
        Err(RunError::Connector(error)) if error.is_closed() => exit,
        Err(error) => {
            complain(&error.to_string());
            exit.or(Exit::Failure)
        }
    }
}

/// Whether a run goes on from another.
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
enum Resumed {
    Is((Pipeline, SwapSender)),
    /// And where it is to be kept.
    Not(Option<Checkpoints>),
}

/// What leaves the main way.
struct Rim {
    rejected: Option<RejectedSink>,
    late: Option<LineSink>,
    duplicates: Option<LineSink>,
    /// Whether there may be several sources.
    names_sources: bool,
    /// Rejected lines said on stderr.
    shown: u8,
    progress: Progress,
}

/// How many rejected lines are said on stderr.
const MAX_SHOWN: u8 = 10;

impl Observer for Rim {
    fn rejected(
        &mut self,
        at: RejectedAt<'_>,
        reason: &dyn std::fmt::Display,
        text: &[u8],
    ) -> Result<(), ConnectorError> {
        if self.shown < MAX_SHOWN {
            self.shown += 1;
            let source =
                if self.names_sources { format!("{}: ", at.source) } else { String::new() };
            let place = match at.line {
                0 => format!("the record at offset {}", at.number),
                line => format!("line {line}"),
            };
            self.progress.say(&format!("{source}{place} is rejected: {reason}"));
        }
        let named = self.names_sources;
        self.rejected.as_mut().map_or(Ok(()), |sink| sink.write(at, named, &reason, text))
    }

    fn late(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        let record =
            EncodedRecord { kind: "late", bytes: event.payload, ..EncodedRecord::default() };
        self.late.as_mut().map_or(Ok(()), |sink| sink.write(&record))
    }

    fn duplicate(&mut self, event: &Event<'_>) -> Result<(), ConnectorError> {
        let record =
            EncodedRecord { kind: "duplicate", bytes: event.payload, ..EncodedRecord::default() };
        self.duplicates.as_mut().map_or(Ok(()), |sink| sink.write(&record))
    }

    fn commit(&mut self) -> Result<Vec<(String, Committed)>, ConnectorError> {
        let rejected = self.rejected.as_mut().map(RejectedSink::commit).transpose()?.flatten();
        let late = self.late.as_mut().map(Sink::commit).transpose()?.flatten();
        let duplicates = self.duplicates.as_mut().map(Sink::commit).transpose()?.flatten();
        let named = [("rejected", rejected), ("late", late), ("duplicates", duplicates)];
        let named = named.into_iter().filter_map(|(name, sink)| Some((name.to_owned(), sink?)));
        Ok(named.collect())
    }

    fn batch_done(&mut self, events: u64) -> Result<(), ConnectorError> {
        self.progress.events(events);
        if let Some(sink) = &mut self.rejected {
            sink.flush()?;
        }
        for sink in [&mut self.late, &mut self.duplicates].into_iter().flatten() {
            sink.flush()?;
        }
        Ok(())
    }
}
