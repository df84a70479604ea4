//! The part of `tripline run` that follows a rule store.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use clap::Args;
use thiserror::Error;
use tokio::sync::oneshot;
use tripline::Registry;
use tripline_rule_store::{RuleStore, StoreError, StoreOptions, StoreUrl};
use tripline_runtime::{
    CheckpointError, Checkpoints, OpenStore, Pipeline, PipelineConfig, SavedRun, StartError,
    StoreHealth, Supervisor, SupervisorConfig, parse_duration_ms,
};

use tripline_server::Engine;

use crate::config::{Loaded, MIN_POLL_MS};
use crate::exit::Exit;
use crate::store_url::{StoreArgs, StoreArgsError};

/// How often to look for changed rules, in ms, unless something else is said.
const POLL_MS: i64 = 1_000;

/// How a rule store is followed.
#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// How often to look for changed rules; every second unless given
    #[arg(
        long, value_name = "DURATION", value_parser = parse_duration_ms, conflicts_with = "rules"
    )]
    poll_interval: Option<i64>,
    /// Keep the rules last seen in this file, and start from them while the store is away; without it, wait for it
    #[arg(long, value_name = "FILE", conflicts_with = "rules")]
    last_seen: Option<PathBuf>,
    /// The name of this engine in the statuses of rules; without it, the name of the machine
    #[arg(long, value_name = "NAME", conflicts_with = "rules")]
    instance: Option<String>,
}

/// Why the store cannot be followed.
#[derive(Debug, Error)]
pub(super) enum LiveError {
    #[error(transparent)]
    Arguments(#[from] StoreArgsError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("`{0}ms` is too short for --poll-interval: give at least 10ms")]
    PollInterval(i64),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("cannot start what follows the rule store: {0}")]
    Thread(#[from] std::io::Error),
}

impl LiveError {
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Arguments(error) => error.exit(),
            Self::PollInterval(_) => Exit::Usage,
            Self::Start(_) | Self::Checkpoint(_) | Self::Thread(_) => Exit::Failure,
        }
    }
}

/// What follows the store beside the run.
pub(super) struct Follower {
    health: Arc<StoreHealth>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Follower {
    pub(super) fn health(&self) -> &StoreHealth {
        &self.health
    }

    /// Lets it say its last words; how the program ends if nothing else went wrong.
    pub(super) fn stop(self) -> Exit {
        // It may have ended already.
        let _ended = self.stop.send(());
        // That it panicked was said when it did.
        if self.thread.join().is_err() {
            return Exit::Failure;
        }
        if self.health.rejected_rules() > 0 { Exit::Invalid } else { Exit::Success }
    }
}

/// How a run flows, and where it is kept.
pub(super) struct RunToBe {
    pub(super) config: PipelineConfig,
    /// The folder, and what is in it.
    pub(super) kept: (Option<Checkpoints>, Option<SavedRun>),
}

impl LiveArgs {
    /// Gets the first rules, which may take until the store is there, and follows the store from then on.
    pub(super) fn start(
        &self,
        store: &StoreArgs,
        registry: Registry,
        loaded: &Loaded,
        default_key: &[String],
        engine: &Engine,
        run: RunToBe,
    ) -> Result<(Pipeline, Follower), LiveError> {
        let RunToBe { config, kept } = run;
        let said = &loaded.config.store;
        let poll_interval = self.poll_interval.or(said.poll_interval.map(|interval| interval.0));
        let poll_interval = poll_interval.unwrap_or(POLL_MS);
        if poll_interval < MIN_POLL_MS {
            return Err(LiveError::PollInterval(poll_interval));
        }
        let poll_interval = u64::try_from(poll_interval).unwrap_or_default();
        let (url, options) = store.resolve()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let supervised = SupervisorConfig {
            default_key: default_key.to_vec(),
            aliases: loaded.aliases(),
            poll_interval: Duration::from_millis(poll_interval),
            last_seen: self.last_seen.clone().or_else(|| said.last_seen_file.clone()),
            instance: self
                .instance
                .clone()
                .or_else(|| said.instance.clone())
                .unwrap_or_else(machine_name),
        };
        let opener = Box::new(Opener { url, options });
        let mut supervisor = Supervisor::new(opener, registry, supervised);
        engine.follows(supervisor.health());
        supervisor.book().set_budgets(loaded.config.engine.budgets());
        let (pipeline, shard) = match kept {
            (Some(checkpoints), Some(saved)) => {
                let resumed = Pipeline::resume(supervisor.book(), config, checkpoints, saved)?;
                supervisor.resumed();
                runtime.block_on(supervisor.start())?;
                resumed
            }
            (checkpoints, _) => {
                runtime.block_on(supervisor.start())?;
                match checkpoints {
                    Some(checkpoints) => Pipeline::kept(supervisor.book(), config, checkpoints),
                    None => Pipeline::new(supervisor.book(), config),
                }
            }
        };
        let health = supervisor.health();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("rules".to_owned());
        let thread = thread.spawn(move || {
            let _said = SaysIfItPanics;
            runtime.block_on(supervisor.follow(shard, stopped));
            // A file system that hangs must not keep the program from ending.
            runtime.shutdown_background();
        })?;
        Ok((pipeline, Follower { health, stop, thread }))
    }
}

/// A fault of ours in what follows the store: the run goes on, and nobody must believe that rules still change.
struct SaysIfItPanics;

impl Drop for SaysIfItPanics {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(
                "the rule store is no longer followed, by a fault of this program: the rules in force stay, and changes \
                 come in only after a restart"
            );
        }
    }
}

struct Opener {
    url: StoreUrl,
    options: StoreOptions,
}

#[async_trait]
impl OpenStore for Opener {
    async fn open(&mut self) -> Result<Box<dyn RuleStore>, StoreError> {
        tripline_rule_store::open(&self.url, &self.options).await
    }
}

/// The machine's name, or that there is none.
fn machine_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    if name.is_empty() { "tripline".to_owned() } else { name }
}
