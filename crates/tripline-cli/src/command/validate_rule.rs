//! `tripline validate-rule`: everything that is wrong or doubtful in rules, and where.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tripline::{Diagnostics, FieldTable, Registry, compile_rule};

use super::Format;
use crate::exit::Exit;
use crate::lang::{Counts, Lang};
use crate::report::{self, Look, printable};
use crate::rule_files::{RuleFile, RuleFileProblem, find_rules};
use crate::stdout::Stdout;

/// The arguments of `tripline validate-rule`.
#[derive(Debug, Args)]
pub(crate) struct ValidateRule {
    /// Rules: files, folders (every .json below, but for hidden ones and events or expected data), or - for stdin
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The language of the report; the messages of findings are in English
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// One rule, looked at.
struct Verdict<'a> {
    path: &'a Path,
    text: &'a str,
    /// The id and the version, if it could be read.
    rule: Option<&'a RuleFile>,
    diagnostics: Diagnostics,
    /// The file that has a rule of the same id.
    same_id: Option<&'a Path>,
}

impl ValidateRule {
    pub(crate) fn run(&self) -> Exit {
        let mut out = Stdout::lock();
        let exit = self.check(&mut out);
        out.finish(exit)
    }

    fn check(&self, out: &mut Stdout) -> Exit {
        let (files, problems) = find_rules(&self.paths);
        let registry = Registry::with_builtins();
        let mut exit = Exit::Success;
        let mut counts = Counts::default();
        let rules = files.iter().map(|file| check_file(file, &registry, None));
        let others = problems.iter().filter_map(|problem| check_problem(problem, &registry));
        for verdict in rules.chain(others) {
            let warnings = verdict.diagnostics.warnings().count();
            let valid = verdict.diagnostics.is_valid()
                && verdict.same_id.is_none()
                && !(self.strict && warnings > 0);
            counts.rules += 1;
            counts.warnings += warnings;
            if !valid {
                counts.invalid += 1;
                exit = exit.or(Exit::Invalid);
            }
            match self.format {
                Format::Json => out.print(|out| write_json(out, &verdict, valid)),
                Format::Human => out.print(|out| self.write_human(out, &verdict, valid)),
            }
        }
        for problem in &problems {
            if let RuleFileProblem::Unreadable { .. } = problem {
                super::complain(&printable(&problem.to_string()));
                counts.unread += 1;
                exit = exit.or(Exit::Failure);
            }
        }
        if counts == Counts::default() {
            super::complain("no rule was found: a folder's rules are the .json files below it");
            exit = exit.or(Exit::Failure);
        }
        if self.format == Format::Human {
            out.print(|out| writeln!(out, "{}", self.lang.summary(&counts)));
        }
        exit
    }

    fn write_human(
        &self,
        out: &mut impl Write,
        verdict: &Verdict<'_>,
        valid: bool,
    ) -> std::io::Result<()> {
        let lang = self.lang;
        let name = verdict.path.to_string_lossy();
        let word = if valid { lang.valid() } else { lang.invalid() };
        let identity = verdict.rule.map_or_else(String::new, |rule| {
            printable(&format!(" ({} v{})", rule.id, rule.version))
        });
        writeln!(out, "{}{identity}: {word}", printable(&name))?;
        if let (Some(first), Some(rule)) = (verdict.same_id, verdict.rule) {
            let (id, first) = (rule.id.as_str(), first.to_string_lossy());
            writeln!(out, "  {}", printable(&lang.same_id(id, &first, &name)))?;
        }
        if !verdict.diagnostics.is_empty() {
            writeln!(out)?;
        }
        let (text, found) = (verdict.text, &verdict.diagnostics);
        report::write_findings(out, &name, text, found, lang, Look::of_stdout())
    }
}

fn check_file<'a>(
    file: &'a RuleFile,
    registry: &Registry,
    same_id: Option<&'a Path>,
) -> Verdict<'a> {
    let check = compile_rule(&file.text, registry, &mut FieldTable::new());
    Verdict {
        path: &file.path,
        text: &file.text,
        rule: Some(file),
        diagnostics: check.diagnostics,
        same_id,
    }
}

/// What can be said of a rule that is a problem in itself; nothing of a file that cannot be read.
fn check_problem<'a>(problem: &'a RuleFileProblem, registry: &Registry) -> Option<Verdict<'a>> {
    match problem {
        RuleFileProblem::Unreadable { .. } => None,
        RuleFileProblem::NotUtf8 { path, text, offset } => Some(Verdict {
            path,
            text,
            rule: None,
            diagnostics: report::not_utf8(text, *offset),
            same_id: None,
        }),
        RuleFileProblem::SameId { first, file } => Some(check_file(file, registry, Some(first))),
    }
}

fn write_json(out: &mut impl Write, verdict: &Verdict<'_>, valid: bool) -> std::io::Result<()> {
    let diagnostics: Vec<_> = verdict.diagnostics.iter().collect();
    let file = verdict.path.to_string_lossy();
    let mut line = json!({"file": file, "valid": valid, "diagnostics": diagnostics});
    if let Some(object) = line.as_object_mut() {
        if verdict.diagnostics.omitted() > 0 {
            object.insert("omitted".to_owned(), verdict.diagnostics.omitted().into());
        }
        if let Some(first) = verdict.same_id {
            let first = first.to_string_lossy().into_owned();
            object.insert("same_id_as".to_owned(), first.into());
        }
    }
    writeln!(out, "{line}")
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use tripline::{Registry, RuleId, RuleVersion};

    use super::{RuleFile, RuleFileProblem, check_file, check_problem, write_json};

    fn file(text: &str) -> RuleFile {
        RuleFile {
            path: PathBuf::from("b.json"),
            text: text.into(),
            id: RuleId::new("b"),
            version: RuleVersion(1),
        }
    }

    fn json(verdict: &super::Verdict<'_>, valid: bool) -> String {
        let mut line = Vec::new();
        write_json(&mut line, verdict, valid).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn gives_an_object_a_line() {
        let registry = Registry::with_builtins();
        let bad = file("[]x");
        let good = file(r#"{"name":"g","nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]}"#);
        assert_eq!(
            json(&check_file(&good, &registry, None), true),
            "{\"file\":\"b.json\",\"valid\":true,\"diagnostics\":[]}\n"
        );
        assert_eq!(
            json(&check_file(&good, &registry, Some(Path::new("a.json"))), false),
            "{\"file\":\"b.json\",\"valid\":false,\"diagnostics\":[],\"same_id_as\":\"a.json\"}\n"
        );
        let line = json(&check_file(&bad, &registry, None), false);
        let start = r#"{"file":"b.json","valid":false,"diagnostics":[{"code":"E0102","severity":"error","pointer":"","line":1,"column":3,"message":""#;
        assert!(line.starts_with(start), "{line}");
        let problem = RuleFileProblem::NotUtf8 {
            path: PathBuf::from("b.json"),
            text: "{\n?".to_owned(),
            offset: 2,
        };
        let line = json(&check_problem(&problem, &registry).unwrap(), false);
        assert!(
            line.contains(r#""code":"E0102","severity":"error","pointer":"","line":2,"column":1"#),
            "{line}"
        );
    }
}
