//! `tripline validate-rule`: everything that is wrong or doubtful in rules, and where.

mod explain_code;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tripline::{Diagnostics, FieldTable, Registry, compile_rule};

use super::Format;
use super::rules::with_aliases;
use crate::config::ConfigArgs;
use crate::exit::Exit;
use crate::lang::{Counts, Lang};
use crate::report::{self, Look, printable};
use crate::stdout::Stdout;
use crate::store_url::StoreArgs;
use tripline_rule_store::files::{RuleFile, RuleFileProblem, find_rules};

/// The arguments of `tripline validate-rule`.
#[derive(Debug, Args)]
pub(crate) struct ValidateRule {
    /// Rules: files, folders (every .json below, but for hidden ones and events or expected data), or - for stdin
    #[arg(required_unless_present = "explain")]
    paths: Vec<PathBuf>,
    /// Say what a diagnostic code means, with a wrong and a right example, and look at no rule; may be repeated
    #[arg(long, value_name = "CODE", num_args = 1.., conflicts_with_all = ["paths", "strict"])]
    explain: Vec<String>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    store: Option<StoreArgs>,
    #[command(flatten)]
    config: ConfigArgs,
}

/// One rule, looked at.
pub(super) struct Verdict<'a> {
    path: &'a Path,
    text: &'a str,
    /// The id and the version, if it could be read.
    rule: Option<&'a RuleFile>,
    pub(super) diagnostics: Diagnostics,
    /// The file that has a rule of the same id.
    same_id: Option<&'a Path>,
}

impl ValidateRule {
    pub(crate) fn run(&self, registry: &Registry) -> Exit {
        let mut out = Stdout::lock();
        let exit = if !self.explain.is_empty() {
            explain_code::run(&self.explain, self.format, self.config.lang(), &mut out)
        } else {
            match with_aliases(registry, &self.config, self.store.as_ref()) {
                Ok(registry) => self.check(&registry, &mut out),
                Err(error) => error.complain(),
            }
        };
        out.finish(exit)
    }

    fn check(&self, registry: &Registry, out: &mut Stdout) -> Exit {
        let lang = self.config.lang();
        let (files, problems) = find_rules(&self.paths);
        let mut exit = Exit::Success;
        let mut counts = Counts::default();
        let rules = files.iter().map(|file| check_file(file, registry, None));
        let others = problems.iter().filter_map(|problem| check_problem(problem, registry));
        for verdict in rules.chain(others) {
            let warnings = verdict.diagnostics.warnings().count();
            let valid = verdict.is_valid(self.strict);
            counts.rules += 1;
            counts.warnings += warnings;
            if !valid {
                counts.invalid += 1;
                exit = exit.or(Exit::Invalid);
            }
            match self.format {
                Format::Json => out.print(|out| writeln!(out, "{}", verdict.json(valid, lang))),
                Format::Human => out.print(|out| verdict.write_human(out, valid, lang)),
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
            out.print(|out| writeln!(out, "{}", lang.summary(&counts)));
        }
        exit
    }
}

impl Verdict<'_> {
    /// Whether the rule can run; with `strict` it must have no warnings either.
    pub(super) fn is_valid(&self, strict: bool) -> bool {
        self.diagnostics.is_valid()
            && self.same_id.is_none()
            && !(strict && self.diagnostics.warnings().next().is_some())
    }

    /// Writes what was found, for people.
    pub(super) fn write_human(
        &self,
        out: &mut impl Write,
        valid: bool,
        lang: Lang,
    ) -> std::io::Result<()> {
        let name = self.path.to_string_lossy();
        let word = if valid { lang.valid() } else { lang.invalid() };
        let identity = self.rule.map_or_else(String::new, |rule| {
            printable(&format!(" ({} v{})", rule.id, rule.version))
        });
        writeln!(out, "{}{identity}: {word}", printable(&name))?;
        if let (Some(first), Some(rule)) = (self.same_id, self.rule) {
            let (id, first) = (rule.id.as_str(), first.to_string_lossy());
            writeln!(out, "  {}", printable(&lang.same_id(id, &first, &name)))?;
        }
        if !self.diagnostics.is_empty() {
            writeln!(out)?;
        }
        report::write_findings(out, &name, self.text, &self.diagnostics, lang, Look::of_stdout())
    }

    /// What was found, for programs.
    pub(super) fn json(&self, valid: bool, lang: Lang) -> Value {
        let diagnostics = self.diagnostics.in_lang(lang.into());
        let file = self.path.to_string_lossy();
        let mut object = json!({"file": file, "valid": valid, "diagnostics": diagnostics});
        if self.diagnostics.omitted() > 0 {
            set(&mut object, "omitted", self.diagnostics.omitted().into());
        }
        if let Some(first) = self.same_id {
            set(&mut object, "same_id_as", first.to_string_lossy().into_owned().into());
        }
        object
    }
}

/// Adds a member to an object.
pub(super) fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

/// Looks at a rule; `same_id` is the file that has a rule of the same id.
pub(super) fn check_file<'a>(
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
pub(super) fn check_problem<'a>(
    problem: &'a RuleFileProblem,
    registry: &Registry,
) -> Option<Verdict<'a>> {
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

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use tripline::{Registry, RuleId, RuleVersion};

    use super::{Lang, RuleFile, RuleFileProblem, check_file, check_problem};

    fn file(text: &str) -> RuleFile {
        RuleFile {
            path: PathBuf::from("b.json"),
            text: text.into(),
            id: RuleId::new("b"),
            version: RuleVersion(1),
            is_row: false,
        }
    }

    fn json(verdict: &super::Verdict<'_>, valid: bool) -> String {
        verdict.json(valid, Lang::En).to_string()
    }

    #[test]
    fn gives_an_object_a_line() {
        let registry = Registry::with_builtins();
        let bad = file("[]x");
        let good = file(r#"{"name":"g","nodes":[{"name":"a","type":"ATOMIC"}],"edges":[]}"#);
        assert_eq!(
            json(&check_file(&good, &registry, None), true),
            "{\"file\":\"b.json\",\"valid\":true,\"diagnostics\":[]}"
        );
        assert_eq!(
            json(&check_file(&good, &registry, Some(Path::new("a.json"))), false),
            "{\"file\":\"b.json\",\"valid\":false,\"diagnostics\":[],\"same_id_as\":\"a.json\"}"
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
