//! What is read anew while rules run: the level of the log, and rules of files with what their class names stand for.

use std::path::PathBuf;

use tracing_subscriber::filter::LevelFilter;
use tripline::{RuleEdit, RuleEffect, RuleId, RuleOutcome, Severity};
use tripline_rule_store::files::find_rules;
use tripline_runtime::SharedRules;

use super::complain;
use super::run::source;
use crate::config::{Config, ConfigArgs, tell_broken};
use crate::log::LogArgs;
use crate::report::printable;

/// What a reload goes by.
pub(super) struct Reload {
    pub(super) arguments: ConfigArgs,
    pub(super) log: LogArgs,
    pub(super) usual_level: LevelFilter,
    /// As it was when the program started.
    pub(super) config: Config,
    /// Those of files; those of a store are followed anyhow.
    pub(super) rules: Option<FileRules>,
}

/// Rules of files, and where changed ones go.
pub(super) struct FileRules {
    pub(super) paths: Vec<PathBuf>,
    pub(super) default_key: Vec<String>,
    pub(super) rules: SharedRules,
}

impl Reload {
    /// Reads anew what can be; says what came of it, and what stays as it was.
    pub(super) fn reload(&mut self) {
        let Ok(loaded) = self.arguments.load() else {
            complain("the configuration is not usable, and nothing is reloaded");
            return;
        };
        self.log.reload(&loaded.config.log, self.usual_level);
        for section in changed_sections(&self.config, &loaded.config) {
            complain(&format!("[{section}] has changed: that counts after a restart"));
        }
        match &mut self.rules {
            Some(rules) => {
                rules.rules.change(|book| {
                    book.set_aliases(loaded.aliases());
                    tell_broken(book.builder().registry().aliases(), self.arguments.lang());
                });
                rules.reload();
            }
            None if self.config.condition_aliases != loaded.config.condition_aliases => complain(
                "[condition_aliases] has changed: with a rule store that counts after a restart; aliases of the store \
                 count at once",
            ),
            None => {}
        }
    }
}

impl FileRules {
    fn reload(&mut self) {
        let (files, problems) = find_rules(&self.paths);
        for problem in &problems {
            complain(&problem.to_string());
        }
        if !problems.is_empty() {
            complain("not all rules could be read, and those in force stay");
            return;
        }
        let puts = files.iter().map(|file| RuleEdit::Put(source(file, &self.default_key)));
        let (outcomes, in_force) = self.rules.change(|book| {
            let known = book.builder().ids();
            let gone = known.filter(|id| files.iter().all(|file| file.id != **id));
            let gone: Vec<RuleId> = gone.cloned().collect();
            for id in &gone {
                complain(&printable(&format!("rule {id} is gone")));
            }
            let outcomes = book.apply(gone.into_iter().map(RuleEdit::Remove).chain(puts).collect());
            (outcomes, book.running().set.rules().count())
        });
        outcomes.iter().for_each(tell);
        complain(&format!("rules are reloaded: {in_force} in force"));
    }
}

/// Says what became of a rule, if it changed.
fn tell(outcome: &RuleOutcome) {
    let RuleOutcome { id, version, effect, diagnostics, .. } = outcome;
    let what = match effect {
        RuleEffect::Started | RuleEffect::Replaced { .. } => "comes into force".to_owned(),
        RuleEffect::Disabled => "is disabled".to_owned(),
        RuleEffect::Rejected => {
            let first = diagnostics.iter().find(|found| found.code.severity() == Severity::Error);
            let why = first.map(|first| format!("{} {}", first.code, first.message));
            format!("is rejected, and the last good one stays: {}", why.unwrap_or_default())
        }
        _ => return,
    };
    complain(&printable(&format!("rule {id} version {version} {what}")));
}

/// The sections that say something else than before, but for those that can be reloaded.
fn changed_sections(before: &Config, now: &Config) -> Vec<&'static str> {
    // Their `Debug` shows no secret, and so does not show that one has changed.
    let text = |config: &Config| {
        let Config { engine, time, dedup, store, checkpoint, http, log, actions, .. } = config;
        let Config { sources, sinks, .. } = config;
        let url = store.url.as_ref().map(|url| url.0.clone());
        [
            ("engine", format!("{engine:?}")),
            ("time", format!("{time:?}")),
            ("dedup", format!("{dedup:?}")),
            ("store", format!("{store:?}{url:?}")),
            ("checkpoint", format!("{checkpoint:?}")),
            ("http", format!("{http:?}")),
            ("actions", format!("{actions:?}")),
            ("sources", format!("{sources:?}")),
            ("sinks", format!("{sinks:?}")),
            ("log", format!("{:?}", log.format)),
        ]
    };
    let both = text(before).into_iter().zip(text(now));
    both.filter(|(before, now)| before != now).map(|(before, _)| before.0).collect()
}
