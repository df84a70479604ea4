//! `tripline config`: whether a configuration is right.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use tripline::{Code, Registry};

use super::Format;
use crate::config::{Checked, Finding, SetArgs, event_schemas, pointer_of};
use crate::exit::Exit;
use crate::lang::LangArgs;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline config`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say everything that is wrong with a configuration
    Check(Check),
}

#[derive(Debug, Args)]
struct Check {
    /// The configuration: a TOML file
    file: PathBuf,
    #[command(flatten)]
    values: SetArgs,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    lang: LangArgs,
}

impl Config {
    pub(crate) fn run(&self, registry: Registry) -> Exit {
        let Action::Check(check) = &self.action;
        let mut out = Stdout::lock();
        let exit = check.run(registry, &mut out);
        out.finish(exit)
    }
}

impl Check {
    fn run(&self, mut registry: Registry, out: &mut Stdout) -> Exit {
        let mut checked = match self.values.check(Some(&self.file)) {
            Ok(checked) => checked,
            Err(exit) => return exit,
        };
        if checked.findings.is_empty() {
            registry.set_aliases(checked.loaded.aliases());
            registry.set_actions(checked.loaded.actions());
            add_broken(&mut checked, &registry);
            let schemas = checked.loaded.config.engine.event_schemas.clone().unwrap_or_default();
            for problem in event_schemas::read(&schemas).err().into_iter().flatten() {
                checked.push(problem.finding());
            }
        }
        let lang = self.lang.get();
        let Checked { findings, file, .. } = &checked;
        match self.format {
            Format::Json => {
                let valid = findings.is_empty();
                let found: Vec<_> = findings.iter().map(|finding| finding.json(lang)).collect();
                let line = json!({"file": file, "valid": valid, "diagnostics": found});
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human if findings.is_empty() => {
                out.print(|out| writeln!(out, "{}: all is well", printable(file)));
            }
            Format::Human => {
                for finding in findings {
                    out.print(|out| finding.write(out, file, lang));
                }
            }
        }
        if findings.is_empty() { Exit::Success } else { Exit::Invalid }
    }
}

/// Adds the aliases that cannot be used.
fn add_broken(checked: &mut Checked, registry: &Registry) {
    for alias in registry.aliases() {
        if let Err(problem) = alias.meaning() {
            let path = ["condition_aliases".to_owned(), alias.alias().class_name.clone()];
            let finding =
                Finding::new(Code::BrokenAlias, pointer_of(&path), problem.message.clone());
            checked.push(finding.with_hint(problem.hint.clone()));
        }
    }
}
