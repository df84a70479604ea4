//! `tripline rules push` and `tripline rules rollback`: new versions of rules.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tripline::{Registry, RuleId};
use tripline_rule_store::{Listing, NewRule, RuleRow, StoreError};

use super::candidate::{Candidate, Comparison, stored};
use super::checked::{Checked, Files};
use super::reading::Content;
use super::session::{Access, Session, of_rule};
use super::{Author, Common, ReportLook, RulesError};
use crate::command::Format;
use crate::command::validate_rule::set;
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules push`.
#[derive(Debug, Args)]
pub(super) struct Push {
    /// Rules: files, folders, or - for stdin
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The version, of a single rule; unless given that of the file if it is the highest, else the highest and one
    #[arg(long = "version", value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    version: Option<i64>,
    /// Warnings count as errors
    #[arg(long, conflicts_with = "allow_warnings")]
    strict: bool,
    /// Warnings are shown, and the rule is pushed; so it is unless --strict is given
    #[arg(long)]
    allow_warnings: bool,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    common: Common,
}

/// The arguments of `tripline rules rollback`.
#[derive(Debug, Args)]
pub(super) struct Rollback {
    /// The id of the rule
    id: String,
    /// The version that is to be in force again
    #[arg(long, value_name = "N")]
    to: i64,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    common: Common,
}

impl Push {
    pub(super) fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let registry = &self.common.registry(registry)?;
        let files = Files::read(&self.paths);
        if self.version.is_some() && files.rules.len() > 1 {
            return Err(RulesError::Usage("--version is for a single rule"));
        }
        let look = self.common.look();
        let checked = match files.check(registry, self.strict, look, out) {
            Ok(checked) => checked,
            Err(exit) => return Ok(exit),
        };
        let session = self.common.open(Access::OrNew)?;
        let mut pusher = Pusher::new(session, registry, self.author.name(), look)?;
        for rule in &checked {
            let version = self.version.map_or(Wanted::Next, Wanted::Given);
            pusher.push(rule, version, out)?;
        }
        Ok(Exit::Success)
    }
}

impl Rollback {
    pub(super) fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let registry = &self.common.registry(registry)?;
        let mut session = self.common.open(Access::Existing)?;
        let rows = session.versions(&self.id)?;
        let latest = session.pick(&rows, None)?;
        let old = session.pick(&rows, Some(self.to))?;
        let outcome = if old.version == latest.version {
            Outcome::unchanged(&old)
        } else {
            let columns = match Content::of(&old) {
                Content::Columns(columns) => *columns,
                Content::Unread { problem, .. } => {
                    return Err(RulesError::Invalid { id: self.id.clone(), problem });
                }
            };
            let candidate = Candidate::of_columns(columns, &old.id, registry)?;
            let rule =
                candidate.new_rule(latest.version.0.saturating_add(1), self.author.name())?;
            push(&mut session, &rule, Wanted::Next)?;
            Outcome::pushed(&rule, Some(candidate.against(&latest, registry)), &candidate)
        };
        match self.common.format {
            Format::Json => {
                let mut line = json!({});
                outcome.add_to(&mut line);
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human => out.print(|out| out.write_all(outcome.text().as_bytes())),
        }
        Ok(Exit::Success)
    }
}

/// Which version a rule is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// That of its document if it is the highest, else the next one if it says something new.
    Next,
    /// This one.
    Given(i64),
    /// That of its document, since there are other versions of it to come.
    OfDocument,
}

/// Pushes checked rules, one after the other.
pub(super) struct Pusher<'a> {
    session: Session,
    listing: Listing,
    registry: &'a Registry,
    by: Option<String>,
    look: ReportLook,
    /// The highest versions that were pushed here.
    pushed: BTreeMap<RuleId, RuleRow>,
}

impl<'a> Pusher<'a> {
    pub(super) fn new(
        mut session: Session,
        registry: &'a Registry,
        by: Option<String>,
        look: ReportLook,
    ) -> Result<Self, RulesError> {
        let listing = session.list()?;
        Ok(Self { session, listing, registry, by, look, pushed: BTreeMap::new() })
    }

    pub(super) fn store_name(&self) -> String {
        self.session.name()
    }

    /// Pushes a rule, unless it says what is there; tells whether it did.
    pub(super) fn push(
        &mut self,
        rule: &Checked<'_>,
        wanted: Wanted,
        out: &mut Stdout,
    ) -> Result<bool, RulesError> {
        let outcome = self.push_silently(rule, wanted)?;
        let verdict = &rule.verdict;
        match self.look.format {
            Format::Json => {
                let mut line = verdict.json(true, self.look.lang);
                outcome.add_to(&mut line);
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human => out.print(|out| {
                if !verdict.diagnostics.is_empty() {
                    verdict.write_human(out, true, self.look.lang)?;
                }
                out.write_all(outcome.text().as_bytes())
            }),
        }
        Ok(outcome.pushed)
    }

    fn push_silently(&mut self, rule: &Checked<'_>, wanted: Wanted) -> Result<Outcome, RulesError> {
        let (id, text) = (&rule.file.id, &rule.file.text);
        let latest = self.latest(id)?;
        // Versions of an archive say themselves whether they are enabled.
        let carried = latest.as_ref().filter(|_| wanted != Wanted::OfDocument);
        let candidate = Candidate::of_document(text, id, carried, self.registry)?;
        let highest = latest.as_ref().map(|latest| latest.version.0);
        let version = match (wanted, highest, candidate.version) {
            (Wanted::Given(version), _, _) => version,
            (Wanted::Next | Wanted::OfDocument, None, version) => version.unwrap_or(1),
            (_, Some(highest), Some(version)) if version > highest => version,
            (Wanted::OfDocument, Some(_), version) => {
                return self.known(&candidate, id, version.unwrap_or(1));
            }
            (Wanted::Next, Some(highest), _) => {
                if let Some(latest) = &latest
                    && candidate.is_said_by(latest, self.registry)
                {
                    return Ok(Outcome::unchanged(latest));
                }
                highest.saturating_add(1)
            }
        };
        let new = candidate.new_rule(version, self.by.clone())?;
        push(&mut self.session, &new, wanted)?;
        self.pushed.insert(id.clone(), stored(&new));
        let comparison = latest.map(|latest| candidate.against(&latest, self.registry));
        Ok(Outcome::pushed(&new, comparison, &candidate))
    }

    /// Of a version that is not the highest: whether it is there and says this.
    fn known(
        &mut self,
        candidate: &Candidate,
        id: &RuleId,
        version: i64,
    ) -> Result<Outcome, RulesError> {
        let row = of_rule(&self.listing, id.as_str()).find(|row| row.version.0 == version).cloned();
        if let Some(row) = row {
            let row = self.session.load_one(&row)?;
            if candidate.is_said_by(&row, self.registry) {
                return Ok(Outcome::unchanged(&row));
            }
        }
        Err(RulesError::Taken {
            id: id.to_string(),
            found: self.latest(id)?.map_or(version, |latest| latest.version.0),
            advice: format!("version {version} cannot be added below it, or changed"),
        })
    }

    /// The highest version of a rule.
    fn latest(&mut self, id: &RuleId) -> Result<Option<RuleRow>, RulesError> {
        if let Some(row) = self.pushed.get(id) {
            return Ok(Some(row.clone()));
        }
        let row = of_rule(&self.listing, id.as_str()).next().cloned();
        row.map(|row| {
            self.session.load_one(&row).map_err(|error| match error {
                // A folder keeps one version, so the one that was there a moment ago has gone.
                RulesError::Store(StoreError::NotFound { .. }) => RulesError::Taken {
                    id: id.to_string(),
                    found: row.version.0,
                    advice: at_the_same_time(id.as_str()),
                },
                error => error,
            })
        })
        .transpose()
    }
}

fn at_the_same_time(id: &str) -> String {
    format!(
        "somebody else has pushed it at the same time; see `tripline rules history {id}`, then push again"
    )
}

/// Adds a version, and says what to do if it cannot be added.
fn push(session: &mut Session, rule: &NewRule, wanted: Wanted) -> Result<(), RulesError> {
    session.push(rule).map_err(|error| match error {
        RulesError::Store(StoreError::VersionTaken { id, found }) => {
            let advice = match wanted {
                Wanted::Given(_) => "leave out --version, or name a higher one".to_owned(),
                Wanted::Next | Wanted::OfDocument => at_the_same_time(id.as_str()),
            };
            RulesError::Taken { id: id.to_string(), found: found.0, advice }
        }
        error => error,
    })
}

/// What became of a rule.
struct Outcome {
    id: String,
    version: i64,
    pushed: bool,
    comparison: Option<Comparison>,
    stays_disabled: bool,
}

impl Outcome {
    fn unchanged(row: &RuleRow) -> Self {
        let (id, version) = (row.id.to_string(), row.version.0);
        Self { id, version, pushed: false, comparison: None, stays_disabled: false }
    }

    fn pushed(rule: &NewRule, comparison: Option<Comparison>, candidate: &Candidate) -> Self {
        let (id, version) = (rule.id.to_string(), rule.version.0);
        Self { id, version, pushed: true, comparison, stays_disabled: candidate.stays_disabled }
    }

    fn text(&self) -> String {
        let Self { id, version, .. } = self;
        if !self.pushed {
            return printable(&format!("unchanged `{id}` version {version}")) + "\n";
        }
        let mut lines = Vec::new();
        match &self.comparison {
            None => lines.push(format!("pushed `{id}` version {version}, the first")),
            Some(Comparison { version: before, found }) => {
                lines.push(format!("pushed `{id}` version {version} after version {before}"));
                match found {
                    Ok((changes, attempts)) => {
                        lines.extend(changes.iter().map(|change| format!("  {}", change.message)));
                        lines.push(format!("  open attempts: {}", attempts.text()));
                    }
                    Err(problem) => {
                        lines.push(format!("  version {before} is invalid: {problem}"));
                    }
                }
            }
        }
        if self.stays_disabled {
            lines.push(format!("  it stays disabled until `tripline rules enable {id}`"));
        }
        lines.iter().map(|line| printable(line) + "\n").collect()
    }

    fn add_to(&self, line: &mut Value) {
        let result = if self.pushed { "pushed" } else { "unchanged" };
        set(line, "id", Value::from(self.id.as_str()));
        set(line, "version", Value::from(self.version));
        set(line, "result", Value::from(result));
        let comparison = self.comparison.as_ref();
        set(line, "before", comparison.map(|comparison| comparison.version).into());
        let found = comparison.and_then(|comparison| comparison.found.as_ref().ok());
        set(line, "changes", found.map_or(Value::Null, |(changes, _)| json!(changes)));
        set(line, "open_attempts", found.map_or(Value::Null, |(_, attempts)| attempts.json()));
    }
}
