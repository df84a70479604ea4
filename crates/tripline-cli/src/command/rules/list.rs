//! `tripline rules list`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use clap::Args;
use serde_json::{Value, json};
use tripline_rule_store::{InstanceStatus, RowFault, RuleRow};
use tripline_spec::json::{JsonKind, parse};

use super::reading::Content;
use super::session::{Access, highest};
use super::table::{moment, or_dash, table, yes};
use super::{Common, RulesError};
use crate::command::{Format, say};
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules list`.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
}

impl List {
    pub(super) fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let listing = session.list()?;
        // A store without statuses is still a store of rules.
        let statuses = session.statuses().unwrap_or_default();
        let mut states: BTreeMap<&str, Vec<&InstanceStatus>> = BTreeMap::new();
        for status in statuses.iter().filter(|status| !status.stale) {
            states.entry(status.status.rule_id.as_str()).or_default().push(status);
        }
        let mut lines: Vec<Vec<String>> = Vec::new();
        session.each(&highest(&listing), |row| {
            let states = states.get(row.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            let line = Line { content: Content::of(&row), row, states };
            match self.common.format {
                Format::Json => out.print(|out| writeln!(out, "{}", line.json())),
                Format::Human => lines.push(line.cells(!statuses.is_empty())),
            }
            Ok(())
        })?;
        if self.common.format == Format::Json {
            for fault in &listing.faults {
                out.print(|out| writeln!(out, "{}", fault_json(fault)));
            }
            return Ok(Exit::Success);
        }
        if lines.is_empty() {
            out.print(|out| writeln!(out, "{}: no rules", printable(&session.name())));
        } else {
            let mut header = vec!["ID", "VERSION", "NAME", "ENABLED", "SEVERITY"];
            if !statuses.is_empty() {
                header.push("STATE");
            }
            header.extend(["BY", "CREATED"]);
            out.print(|out| out.write_all(table(&header, &lines).as_bytes()));
        }
        for fault in &listing.faults {
            say(&printable(&fault_text(fault)));
        }
        Ok(Exit::Success)
    }
}

/// A rule in the list.
struct Line<'a> {
    row: RuleRow,
    content: Content,
    /// What living engines say of it.
    states: &'a [&'a InstanceStatus],
}

impl Line<'_> {
    /// The row's name, else that of the pattern.
    fn name(&self) -> Option<String> {
        let columns = self.content.columns()?;
        columns.name.clone().or_else(|| match parse(&columns.pattern).ok()?.get("name")?.kind {
            JsonKind::String(ref name) => Some(name.clone()),
            _ => None,
        })
    }

    fn severity(&self) -> Option<&str> {
        let columns = self.content.columns()?;
        Some(columns.severity.as_deref().unwrap_or("info"))
    }

    /// The states that engines say, each once; that of the highest version as well, where it is another.
    fn state(&self) -> String {
        let states: BTreeSet<String> = self
            .states
            .iter()
            .map(|status| {
                let status = &status.status;
                let latest = &status.latest_state;
                match status.latest_version {
                    Some(version)
                        if status.version_in_force != Some(version) && *latest != status.state =>
                    {
                        format!("{}, version {version} {latest}", status.state)
                    }
                    _ => status.state.clone(),
                }
            })
            .collect();
        if states.is_empty() {
            return "-".to_owned();
        }
        states.into_iter().collect::<Vec<_>>().join("; ")
    }

    fn cells(&self, with_state: bool) -> Vec<String> {
        let (by, at) = self.content.origin();
        let mut cells = vec![self.row.id.to_string(), self.row.version.to_string()];
        match self.content.problem() {
            Some(problem) => cells.push(format!("(unreadable: {problem})")),
            None => cells.push(or_dash(self.name().as_deref())),
        }
        cells.extend([yes(self.content.is_enabled()), or_dash(self.severity())]);
        if with_state {
            cells.push(self.state());
        }
        cells.extend([or_dash(by), moment(at)]);
        cells
    }

    fn json(&self) -> Value {
        let (by, at) = self.content.origin();
        let states: Vec<_> = self
            .states
            .iter()
            .map(|status| {
                json!({
                    "instance": status.instance,
                    "state": status.status.state,
                    "version_in_force": status.status.version_in_force.map(|version| version.0),
                    "latest_state": status.status.latest_state,
                })
            })
            .collect();
        json!({
            "id": self.row.id.as_str(),
            "version": self.row.version.0,
            "name": self.name(),
            "enabled": self.content.is_enabled(),
            "severity": self.severity(),
            "updated_by": by,
            "created_at": at,
            "states": states,
            "problem": self.content.problem(),
        })
    }
}

/// A row that is no version of any rule, for people.
fn fault_text(fault: &RowFault) -> String {
    let (id, version) = (or_dash(fault.id.as_deref()), or_dash(fault.version.as_deref()));
    format!("a row is no rule (id {id}, version {version}): {}", fault.problem)
}

fn fault_json(fault: &RowFault) -> Value {
    json!({"id": fault.id, "version": fault.version, "problem": fault.problem.to_string()})
}
