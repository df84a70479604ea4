//! `tripline rules`: the rules of a store, their versions, and what became of them.
//!
//! Each command has a file of its own below `rules/`.
//! Results go to stdout, as tables or as one JSON object a line (`docs/rules-command.md`); remarks go to stderr.

mod alias;
mod candidate;
mod checked;
mod diff;
mod export;
mod history;
mod import;
mod list;
mod pretty;
mod push;
mod reading;
mod session;
mod sets;
mod show;
mod status;
mod switch;
mod table;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use thiserror::Error;
use tripline::Registry;
use tripline_rule_store::StoreError;
use tripline_runtime::CheckpointError;

use super::{Format, complain};
use crate::config::{ConfigArgs, tell_broken};
use crate::exit::Exit;
use crate::lang::Lang;
use crate::report::printable;
use crate::stdout::Stdout;
use crate::store_url::{StoreArgs, StoreArgsError};

use session::{Access, Session};

pub(super) use session::block_on;
pub(super) use sets::Sets;

/// The arguments of `tripline rules`.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the rules: of each the highest version
    List(list::List),
    /// Print a rule as it is stored
    Show(show::Show),
    /// Add versions of rules, if they are valid
    Push(push::Push),
    /// Say what changed between two versions, or what a file would change
    Diff(diff::Diff),
    /// List all versions of a rule, and what each changed
    History(history::History),
    /// Bring back an old version, as a new one
    Rollback(push::Rollback),
    /// Switch a rule on: its highest version, in place
    Enable(switch::Switch),
    /// Switch a rule off: its highest version, in place
    Disable(switch::Switch),
    /// Say what became of the rules in the engines that run them
    Status(status::Status),
    /// Write all rules into a folder, one row document a rule
    Export(export::Export),
    /// Add all rules of files and folders that differ from those of the store, if all are valid
    Import(import::Import),
    /// Say what condition classes of other engines stand for, and list it
    Alias(alias::Alias),
}

/// What all of them are told.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    store: Option<StoreArgs>,
    #[command(flatten)]
    config: ConfigArgs,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Common {
    fn look(&self) -> ReportLook {
        ReportLook { format: self.format, lang: self.config.lang() }
    }
}

/// How reports on rules are written.
#[derive(Clone, Copy, Debug)]
struct ReportLook {
    format: Format,
    lang: Lang,
}

impl Common {
    /// The store of the flags, else that of the configuration.
    fn store(&self) -> Result<StoreArgs, RulesError> {
        if let Some(store) = &self.store {
            return Ok(store.clone());
        }
        self.config.load().map_err(RulesError::Told)?.store().ok_or(RulesError::NoStore)
    }

    fn open(&self, access: Access) -> Result<Session, RulesError> {
        Session::open(&self.store()?, access)
    }

    /// The conditions, with what the configuration and the store say that class names stand for.
    fn registry(&self, registry: &Registry) -> Result<Registry, RulesError> {
        with_aliases(registry, &self.config, Some(&self.store()?))
    }
}

/// The conditions, with what a configuration and a store say that class names stand for; of the latter, what it says of
/// the same name counts.
pub(super) fn with_aliases(
    registry: &Registry,
    config: &ConfigArgs,
    store: Option<&StoreArgs>,
) -> Result<Registry, RulesError> {
    let loaded = config.load().map_err(RulesError::Told)?;
    let mut aliases = loaded.aliases();
    if let Some(store) = store {
        aliases.extend(session::aliases(store)?);
    }
    let mut registry = registry.clone();
    registry.set_event_schemas(loaded.event_schemas());
    registry.set_actions(loaded.actions());
    registry.set_partitioning(loaded.partitioning(None));
    registry.set_aliases(aliases);
    tell_broken(registry.aliases(), config.lang());
    Ok(registry)
}

/// Who does it.
#[derive(Debug, Args)]
struct Author {
    /// Who does it, for the history; the user of this machine unless given
    #[arg(long = "by", value_name = "WHO")]
    by: Option<String>,
}

impl Author {
    fn name(&self) -> Option<String> {
        let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(std::env::var_os);
        self.by
            .clone()
            .or_else(|| user().map(|name| name.to_string_lossy().into_owned()))
            .filter(|name| !name.is_empty())
    }
}

impl Rules {
    pub(crate) fn run(&self, registry: &Registry) -> Exit {
        let mut out = Stdout::lock();
        let result = match &self.action {
            Action::List(command) => command.run(&mut out),
            Action::Show(command) => command.run(&mut out),
            Action::Push(command) => command.run(registry, &mut out),
            Action::Diff(command) => command.run(registry, &mut out),
            Action::History(command) => command.run(registry, &mut out),
            Action::Rollback(command) => command.run(registry, &mut out),
            Action::Enable(command) => command.run(&mut out, true),
            Action::Disable(command) => command.run(&mut out, false),
            Action::Status(command) => command.run(&mut out),
            Action::Export(command) => command.run(&mut out),
            Action::Import(command) => command.run(registry, &mut out),
            Action::Alias(command) => command.run(registry, &mut out),
        };
        let exit = result.unwrap_or_else(|error| error.complain());
        out.finish(exit)
    }
}

/// Why a command could not do what it was asked to.
#[derive(Debug, Error)]
pub(super) enum RulesError {
    /// It cannot be told which store is meant.
    #[error(transparent)]
    Arguments(#[from] StoreArgsError),
    /// Nothing says which store is meant.
    #[error("say which rule store: --store URL, or --config FILE with `url` under [store]")]
    NoStore,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store is a file that is not there.
    #[error(
        "there is no file `{path}`: `tripline store migrate --store sqlite:{path}` makes an empty store, \
         and so does `tripline rules push`"
    )]
    NoFile {
        /// The file.
        path: String,
    },
    /// There is no such rule.
    #[error("there is no rule `{id}` in {store}{hint}")]
    NoRule {
        /// The id.
        id: String,
        /// The store.
        store: String,
        /// What may have been meant.
        hint: String,
    },
    /// There is no such version.
    #[error("rule `{id}` has no version {version} in {store}; it has {versions}")]
    NoVersion {
        /// The rule.
        id: String,
        /// The version.
        version: i64,
        /// The store.
        store: String,
        /// Those it has.
        versions: String,
    },
    /// What is stored cannot be read as a rule.
    #[error("version {version} of rule `{id}` cannot be read: {problem}")]
    Unread {
        /// The rule.
        id: String,
        /// The version.
        version: i64,
        /// Why.
        problem: String,
    },
    /// A rule cannot run, so it is not stored or compared.
    #[error("rule `{id}` is invalid: {problem}")]
    Invalid {
        /// The rule.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// A version that is not higher than what is there.
    #[error("rule `{id}` has version {found} already: {advice}")]
    Taken {
        /// The rule.
        id: String,
        /// The highest version.
        found: i64,
        /// What to do.
        advice: String,
    },
    /// What a class is to stand for cannot be used.
    #[error("`{name}` cannot stand for that: {problem}")]
    BrokenAlias {
        /// The class.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Nothing is said of the class.
    #[error("nothing is said of the class `{name}` in {store}")]
    NoAlias {
        /// The class.
        name: String,
        /// The store.
        store: String,
    },
    /// No set of that name has members.
    #[error("the set `{name}` has no members{hint}")]
    NoSet {
        /// The set.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// No row has the member.
    #[error(
        "`{member}` is not in the set `{name}` of {store}: what rules put in goes when its time is over, or by an action with `remove_from`"
    )]
    NoMember {
        /// The set.
        name: String,
        /// The member.
        member: String,
        /// The store.
        store: String,
    },
    /// A checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// No file has a rule.
    #[error("no rule was found: a folder's rules are the .json files below it")]
    NoRules,
    /// A file or folder cannot be written.
    #[error("cannot write `{path}`: {source}", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The program cannot even begin.
    #[error("cannot talk to the store: {0}")]
    Runtime(#[source] std::io::Error),
    /// Wrong usage that only shows after parsing.
    #[error("{0}")]
    Usage(&'static str),
    /// Something that has been told already.
    #[error("it has been told")]
    Told(Exit),
}

impl RulesError {
    /// Says so on stderr.
    pub(super) fn complain(&self) -> Exit {
        if let Self::Told(exit) = self {
            return *exit;
        }
        complain(&printable(&self.to_string()));
        match self {
            Self::Arguments(error) => error.exit(),
            Self::NoStore => Exit::Usage,
            Self::Store(StoreError::Url { .. }) | Self::Usage(_) => Exit::Usage,
            Self::Invalid { .. } | Self::Unread { .. } | Self::BrokenAlias { .. } => Exit::Invalid,
            _ => Exit::Failure,
        }
    }
}
