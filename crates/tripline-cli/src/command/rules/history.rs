//! `tripline rules history`.

use std::io::Write as _;

use clap::Args;
use serde_json::{Value, json};
use tripline::Registry;
use tripline::diff::{Change, diff};
use tripline_rule_store::RuleRow;

use super::reading::{Content, Reading};
use super::session::Access;
use super::table::{moment, or_dash};
use super::{Common, RulesError};
use crate::command::Format;
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules history`.
#[derive(Debug, Args)]
pub(super) struct History {
    /// The id of the rule
    id: String,
    #[command(flatten)]
    common: Common,
}

/// A version, looked at.
struct Version {
    row: RuleRow,
    content: Content,
    reading: Result<Reading, String>,
}

impl History {
    pub(super) fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let registry = &self.common.registry(registry)?;
        let mut session = self.common.open(Access::Existing)?;
        let rows = session.versions(&self.id)?;
        let mut newer: Option<Version> = None;
        let mut number = 0;
        let mut tell = |newer: &Version, older: Option<&Version>| {
            match self.common.format {
                Format::Json => out.print(|out| writeln!(out, "{}", newer.json(older))),
                Format::Human => out.print(|out| {
                    if number > 0 {
                        writeln!(out)?;
                    }
                    out.write_all(newer.text(older).as_bytes())
                }),
            }
            number += 1;
        };
        session.each(&rows, |row| {
            let (content, reading) = (Content::of(&row), Reading::of(&row, registry));
            let version = Version { row, content, reading };
            if let Some(newer) = &newer {
                tell(newer, Some(&version));
            }
            newer = Some(version);
            Ok(())
        })?;
        if let Some(first) = &newer {
            tell(first, None);
        }
        Ok(Exit::Success)
    }
}

impl Version {
    /// What changed since `older`, or why that cannot be told.
    fn changes(&self, older: &Self) -> Result<Vec<Change>, String> {
        let document = |version: &'_ Self| match &version.reading {
            Ok(reading) => reading.document().cloned(),
            Err(problem) => Err(problem.clone()),
        };
        let told = |version: &Self, problem: String| {
            format!("version {} is invalid: {problem}", version.row.version)
        };
        let before = document(older).map_err(|problem| told(older, problem))?;
        let after = document(self).map_err(|problem| told(self, problem))?;
        Ok(diff(&before, &after))
    }

    fn text(&self, older: Option<&Self>) -> String {
        let (by, at) = self.content.origin();
        let state = if self.content.is_enabled() { "" } else { ", disabled" };
        let mut text = printable(&format!(
            "version {}, by {}, {}{state}",
            self.row.version,
            or_dash(by),
            moment(at)
        ));
        text.push('\n');
        let lines = match older.map(|older| self.changes(older)) {
            None => vec!["the first version".to_owned()],
            Some(Err(problem)) => vec![problem],
            Some(Ok(changes)) if changes.is_empty() => vec!["says the same".to_owned()],
            Some(Ok(changes)) => changes.into_iter().map(|change| change.message).collect(),
        };
        for line in lines {
            text.push_str(&format!("  {}\n", printable(&line)));
        }
        text
    }

    fn json(&self, older: Option<&Self>) -> Value {
        let (by, at) = self.content.origin();
        let (changes, problem) = match older.map(|older| self.changes(older)) {
            None => (None, None),
            Some(Ok(changes)) => (Some(changes), None),
            Some(Err(problem)) => (None, Some(problem)),
        };
        json!({
            "id": self.row.id.as_str(),
            "version": self.row.version.0,
            "enabled": self.content.is_enabled(),
            "updated_by": by,
            "created_at": at,
            "before": older.map(|older| older.row.version.0),
            "changes": changes,
            "problem": problem,
        })
    }
}
