//! `tripline explain`: what a rule matches, in words, and the automaton it becomes.

mod aggregate;
mod automaton;
mod dot;
mod label;
mod outline;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tripline::{CompiledRule, Diagnostics, FieldTable, Registry, RuleDocument, compile_rule};

use crate::config::ConfigArgs;
use crate::exit::Exit;
use crate::lang::Lang;
use crate::report::{self, Look, printable};
use crate::stdout::Stdout;
use tripline_rule_store::files::{RuleFile, RuleFileProblem, find_rules};

/// The arguments of `tripline explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The rule: a file, or - for stdin
    #[arg(required = true)]
    file: PathBuf,
    /// How the rule is shown
    #[arg(long, value_enum, default_value_t)]
    format: ExplainFormat,
    #[command(flatten)]
    config: ConfigArgs,
}

/// How a rule is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ExplainFormat {
    /// In words, with the states of the automaton
    #[default]
    Text,
    /// The automaton for Graphviz
    Dot,
}

impl Explain {
    pub(crate) fn run(&self, registry: &Registry) -> Exit {
        let registry = &match self.config.registry(registry) {
            Ok(registry) => registry,
            Err(exit) => return exit,
        };
        let mut out = Stdout::lock();
        let exit = self.explain(registry, &mut out);
        out.finish(exit)
    }

    fn explain(&self, registry: &Registry, out: &mut Stdout) -> Exit {
        let (files, problems) = find_rules(std::slice::from_ref(&self.file));
        let mut exit = Exit::Success;
        for problem in &problems {
            if let RuleFileProblem::NotUtf8 { path, text, offset } = problem {
                let name = path.to_string_lossy();
                write_invalid(
                    out,
                    &name,
                    text,
                    &report::not_utf8(text, *offset),
                    self.config.lang(),
                );
                exit = exit.or(Exit::Invalid);
            } else {
                super::complain(&printable(&problem.to_string()));
                exit = exit.or(match problem {
                    RuleFileProblem::SameId { .. } => Exit::Invalid,
                    _ => Exit::Failure,
                });
            }
        }
        if files.is_empty() && problems.is_empty() {
            super::complain("no rule was found: a folder's rules are the .json files below it");
            exit = Exit::Failure;
        }
        for (index, file) in files.iter().enumerate() {
            if index > 0 {
                out.print(|out| writeln!(out));
            }
            exit = exit.or(self.explain_file(registry, out, file));
        }
        exit
    }

    fn explain_file(&self, registry: &Registry, out: &mut Stdout, file: &RuleFile) -> Exit {
        let check = compile_rule(&file.text, registry, &mut FieldTable::new());
        let Some(rule) = check.rule else {
            let name = file.path.to_string_lossy();
            write_invalid(out, &name, &file.text, &check.diagnostics, self.config.lang());
            return Exit::Invalid;
        };
        let shown = match self.format {
            ExplainFormat::Text => text(file, &rule, &check.diagnostics, self.config.lang()),
            ExplainFormat::Dot => dot::dot(file.id.as_str(), &rule),
        };
        out.print(|out| out.write_all(shown.as_bytes()));
        Exit::Success
    }
}

fn write_invalid(out: &mut Stdout, name: &str, text: &str, diagnostics: &Diagnostics, lang: Lang) {
    let look = Look::of_stdout();
    out.print(|out| report::write_findings(out, name, text, diagnostics, lang, look));
}

/// The whole explanation in words.
fn text(file: &RuleFile, rule: &CompiledRule, diagnostics: &Diagnostics, lang: Lang) -> String {
    let mut lines = heading(file, rule);
    let labels = label::Labels::new(rule);
    let aggregate = rule.document.aggregate();
    match aggregate {
        Some(spec) => aggregate::write(spec, &mut lines),
        None => outline::write(rule, &labels, &mut lines),
    }
    if !diagnostics.is_empty() {
        lines.push(String::new());
        lines.push(lang.warnings().to_owned());
        for found in diagnostics {
            let message = printable(&found.message.render(lang.into()));
            lines.push(format!("  {}", lang.in_line(found.code, found.line, &message)));
            if let Some(hint) = &found.hint {
                let hint = printable(&hint.render(lang.into()));
                lines.push(format!("    {}: {hint}", lang.help()));
            }
        }
    }
    lines.push(String::new());
    if aggregate.is_none() {
        automaton::write(rule, &labels, &mut lines);
        lines.push(String::new());
    }
    lines.join("\n")
}

/// What the rule is called, and what its row says beside the pattern.
fn heading(file: &RuleFile, rule: &CompiledRule) -> Vec<String> {
    let (id, version) = (printable(file.id.as_str()), file.version);
    let mut lines = vec![format!("Rule `{id}`, version {version}")];
    let RuleDocument::Row(row) = &rule.document else {
        if rule.aggregate.is_none() {
            lines.push("  key: as the configuration says".to_owned());
        }
        return lines;
    };
    for (what, value) in [("name", &row.name), ("about", &row.description)] {
        if let Some(value) = value {
            lines.push(format!("  {what}: {}", printable(value)));
        }
    }
    let key = match row.key_by.as_deref() {
        None => "as the configuration says".to_owned(),
        Some([]) => "none: all events belong together".to_owned(),
        Some(fields) => printable(&fields.join(", ")),
    };
    if rule.aggregate.is_none() {
        lines.push(format!("  key: {key}"));
    }
    lines.push(format!("  severity: {}", row.severity));
    if !row.enabled {
        lines.push("  disabled: it does not run".to_owned());
    }
    if let Some(from) = row.effective_from {
        lines.push(format!("  in force from {from} ms since 1970"));
    }
    if let Some(until) = row.effective_until {
        lines.push(format!("  in force until {until} ms since 1970, exclusive"));
    }
    lines
}
