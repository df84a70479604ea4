//! `tripline config`: whether a configuration is right.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use tripline::{Code, Registry, text};
use tripline_connectors::ConnectorError;

use super::Format;
use crate::config::{
    Checked, Config as Configuration, Finding, SetArgs, event_schemas, pointer_of,
};
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
    /// Try to reach each source and sink, too
    #[arg(long)]
    connect: bool,
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
        let tried = self.connect && checked.findings.is_empty();
        let tried = tried.then(|| try_out(&checked.loaded.config));
        let failed = tried.iter().flatten().any(|(_, problem)| problem.is_some());
        let Checked { findings, file, .. } = &checked;
        match self.format {
            Format::Json => {
                let valid = findings.is_empty();
                let found: Vec<_> = findings.iter().map(|finding| finding.json(lang)).collect();
                let mut line = json!({"file": file, "valid": valid, "diagnostics": found});
                if let (Some(tried), Some(line)) = (&tried, line.as_object_mut()) {
                    let each = |(path, problem): &(String, Option<String>)| json!({"connector": path, "ok": problem.is_none(), "problem": problem});
                    line.insert("connections".to_owned(), tried.iter().map(each).collect());
                }
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human if tried.is_some() => {
                for (path, problem) in tried.iter().flatten() {
                    let said = problem.as_deref().unwrap_or("it answers");
                    let line = printable(&format!("{file}: {path}: {said}"));
                    out.print(|out| writeln!(out, "{line}"));
                }
                if !failed {
                    out.print(|out| writeln!(out, "{}: all is well", printable(file)));
                }
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
        match findings.is_empty() {
            true if failed => Exit::Failure,
            true => Exit::Success,
            false => Exit::Invalid,
        }
    }
}

/// Each source and sink, and why it cannot be used, if it cannot.
fn try_out(config: &Configuration) -> Vec<(String, Option<String>)> {
    let problem = |tried: Result<(), ConnectorError>| tried.err().map(|error| error.to_string());
    let sources = config.sources.iter();
    let sources =
        sources.map(|(name, source)| (format!("sources.{name}"), problem(source.try_out())));
    let sinks = config.sinks.iter();
    let sinks = sinks.map(|(name, sink)| (format!("sinks.{name}"), problem(sink.try_out())));
    sources.chain(sinks).collect()
}

/// Adds the aliases and the actions that no rule can use.
fn add_broken(checked: &mut Checked, registry: &Registry) {
    for alias in registry.aliases() {
        if let Err(problem) = alias.meaning() {
            let path = ["condition_aliases".to_owned(), alias.alias().class_name.clone()];
            let finding =
                Finding::new(Code::BrokenAlias, pointer_of(&path), problem.message.clone());
            checked.push(finding.with_hint(problem.hint.clone()));
        }
    }
    for action in registry.actions() {
        for fault in action.faults() {
            let mut path = vec!["actions".to_owned(), action.name.clone()];
            // `template.match` is a key below `template`.
            path.extend(fault.part.split('.').map(str::to_owned));
            let before = fault.text.get(..fault.error.span.start).unwrap_or_default();
            let column = before.chars().count() + 1;
            let message =
                text!("character {column}: {reason}", column, reason = fault.error.message);
            let finding = Finding::new(Code::ActionUnfit, pointer_of(&path), message);
            checked.push(finding.with_hint(fault.error.hint));
        }
    }
}
