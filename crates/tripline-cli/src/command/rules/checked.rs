//! Rules of files, looked at before any of them goes into a store.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use tripline::{Registry, RuleId};

use super::{ReportLook, RulesError};
use crate::command::validate_rule::{Verdict, check_file, check_problem, set};
use crate::command::{Format, complain};
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;
use tripline_rule_store::files::{RuleFile, RuleFileProblem, find_rules};

/// What was found at some paths.
pub(super) struct Files {
    pub(super) rules: Vec<RuleFile>,
    pub(super) problems: Vec<RuleFileProblem>,
}

/// A rule of a file that can run, with what was found in it.
pub(super) struct Checked<'a> {
    pub(super) file: &'a RuleFile,
    pub(super) verdict: Verdict<'a>,
}

impl Files {
    pub(super) fn read(paths: &[PathBuf]) -> Self {
        let (rules, problems) = find_rules(paths);
        Self { rules, problems }
    }

    /// Takes files of the same id for versions of it, if their versions differ, and sorts them.
    pub(super) fn with_versions(mut self) -> Self {
        let mut rest = Vec::new();
        for problem in self.problems {
            match problem {
                RuleFileProblem::SameId { file, .. } => {
                    let same =
                        |other: &&RuleFile| other.id == file.id && other.version == file.version;
                    match self.rules.iter().find(same).map(|other| other.path.clone()) {
                        Some(first) => rest.push(RuleFileProblem::SameId { first, file }),
                        None => self.rules.push(file),
                    }
                }
                other => rest.push(other),
            }
        }
        self.rules.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
        Self { rules: self.rules, problems: rest }
    }

    /// Whether several files have versions of this rule.
    pub(super) fn has_versions(&self, id: &RuleId) -> bool {
        self.rules.iter().filter(|rule| rule.id == *id).nth(1).is_some()
    }

    /// Checks all as `validate-rule` does; if one of them cannot be pushed, says so of all, and how to end.
    pub(super) fn check(
        &self,
        registry: &Registry,
        strict: bool,
        look: ReportLook,
        out: &mut Stdout,
    ) -> Result<Vec<Checked<'_>>, Exit> {
        let checked: Vec<_> = self
            .rules
            .iter()
            .map(|file| Checked { file, verdict: check_file(file, registry, None) })
            .collect();
        let problems: Vec<_> =
            self.problems.iter().filter_map(|problem| check_problem(problem, registry)).collect();
        let invalid =
            checked.iter().filter(|rule| !rule.verdict.is_valid(strict)).count() + problems.len();
        let mut exit = if invalid > 0 { Exit::Invalid } else { Exit::Success };
        for problem in &self.problems {
            if let RuleFileProblem::Unreadable { .. } = problem {
                complain(&printable(&problem.to_string()));
                exit = exit.or(Exit::Failure);
            }
        }
        if self.rules.is_empty() && self.problems.is_empty() {
            exit = RulesError::NoRules.complain();
        }
        if exit == Exit::Success {
            return Ok(checked);
        }
        for verdict in checked.iter().map(|rule| &rule.verdict).chain(&problems) {
            let valid = verdict.is_valid(strict)
                && !problems.iter().any(|other| std::ptr::eq(other, verdict));
            let result = if valid { "not_pushed" } else { "invalid" };
            write(out, look, verdict, valid, result);
        }
        if invalid > 0 {
            let rules = self.rules.len() + problems.len();
            complain(&format!("nothing was pushed: {invalid} of {rules} rules cannot be"));
        }
        Err(exit)
    }
}

/// Writes what was found in a rule that stays where it is.
fn write(out: &mut Stdout, look: ReportLook, verdict: &Verdict<'_>, valid: bool, result: &str) {
    match look.format {
        Format::Json => {
            let mut line = verdict.json(valid, look.lang);
            set(&mut line, "result", Value::from(result));
            out.print(|out| writeln!(out, "{line}"));
        }
        Format::Human if valid && verdict.diagnostics.is_empty() => {}
        Format::Human => out.print(|out| verdict.write_human(out, valid, look.lang)),
    }
}
