//! `tripline sets`: who is in which set, by rows of a store, and by rules as a checkpoint has it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use tripline::{Key, Timestamp, Value};
use tripline_rule_store::{SetListing, SetRow};
use tripline_runtime::{CheckpointSets, checkpoint_sets, member_of_row, parse_duration_ms};

use super::session::{Access, Session};
use super::table::{moment, or_dash, table};
use super::{Common, RulesError};
use crate::command::{Format, complain};
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline sets`.
#[derive(Debug, Args)]
pub(crate) struct Sets {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the sets, and how many members each has
    List(List),
    /// List the members of a set
    Show(Show),
    /// Put a member into a set, or change what was said of it; engines that follow the store take it up while they run
    Add(Add),
    /// Take out a member that was put in so
    Remove(Remove),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    from: Places,
}

#[derive(Debug, Args)]
struct Show {
    /// The name of the set
    name: String,
    #[command(flatten)]
    from: Places,
}

/// Where members are looked for.
#[derive(Debug, Args)]
struct Places {
    /// Show what rules have put in as well, as the last checkpoint in this folder has it
    #[arg(long, value_name = "DIR")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Add {
    /// The name of the set
    name: String,
    /// The member: a value, or several for `in_set('name', x, y)`
    #[arg(required = true)]
    member: Vec<String>,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    value: Option<String>,
    /// The first moment at which it is out, in event time: `2026-01-31T08:00:00+08:00`
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How long it stays from now on: `24h`
    #[arg(long, value_name = "DURATION", conflicts_with = "until")]
    ttl: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Remove {
    /// The name of the set
    name: String,
    /// The member: a value, or several
    #[arg(required = true)]
    member: Vec<String>,
    #[command(flatten)]
    common: Common,
}

impl Sets {
    pub(crate) fn run(&self) -> Exit {
        let mut out = Stdout::lock();
        let result = match &self.action {
            Action::List(list) => list.run(&mut out),
            Action::Show(show) => show.run(&mut out),
            Action::Add(add) => add.run(&mut out),
            Action::Remove(remove) => remove.run(&mut out),
        };
        let exit = result.unwrap_or_else(|error| error.complain());
        out.finish(exit)
    }
}

/// A member as it is shown.
struct Shown {
    member: Json,
    value: Option<String>,
    until_ms: Option<i64>,
    /// `row` or `rule`.
    by: &'static str,
}

impl Places {
    /// All members by set: rows first.
    fn all(&self) -> Result<BTreeMap<String, Vec<Shown>>, RulesError> {
        let mut all: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
        for row in self.rows()? {
            let member = member_of_row(&row.member);
            let member = member.map_or_else(|| Json::from(row.member.as_str()), |key| shown(&key));
            let (value, until_ms) = (row.value, row.until_ms);
            all.entry(row.name).or_default().push(Shown { member, value, until_ms, by: "row" });
        }
        for (name, members) in self.put_by_rules()?.sets {
            let put = members.into_iter().map(|(member, until)| Shown {
                member: shown(&member),
                value: None,
                until_ms: (until < Timestamp::MAX).then_some(until.as_millis()),
                by: "rule",
            });
            all.entry(name).or_default().extend(put);
        }
        Ok(all)
    }

    fn rows(&self) -> Result<Vec<SetRow>, RulesError> {
        let mut session = match self.common.open(Access::Existing) {
            // Who asks for a checkpoint alone has said enough.
            Err(RulesError::NoStore) if self.checkpoint.is_some() => return Ok(Vec::new()),
            session => session?,
        };
        let SetListing { place, rows, problem } = session.sets()?;
        if let Some(problem) = problem {
            complain(&printable(&format!("warning: {place} cannot be read: {problem}")));
        }
        Ok(rows)
    }

    fn put_by_rules(&self) -> Result<CheckpointSets, RulesError> {
        let Some(folder) = &self.checkpoint else { return Ok(CheckpointSets::default()) };
        Ok(checkpoint_sets(folder)?.unwrap_or_default())
    }
}

/// A member for people and programs: its value, or a list of several.
fn shown(member: &Key) -> Json {
    let value = |value: Value| match value {
        Value::Int(number) => Json::from(number),
        other => Json::from(other.to_string()),
    };
    let mut parts: Vec<Json> = member.values().map(value).collect();
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => parts.into_iter().chain(last).collect(),
    }
}

/// As a person would write it.
fn plain(member: &Json) -> String {
    match member {
        Json::String(text) => text.clone(),
        Json::Array(parts) => parts.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

impl List {
    fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let all = self.from.all()?;
        let by = |members: &[Shown], who: &str| members.iter().filter(|one| one.by == who).count();
        let counted = all.iter().map(|(name, all)| (name, by(all, "row"), by(all, "rule")));
        match self.from.common.format {
            Format::Json => {
                for (name, rows, rules) in counted {
                    let line = json!({"set": name, "rows": rows, "by_rules": rules});
                    out.print(|out| writeln!(out, "{line}"));
                }
            }
            Format::Human => {
                let lines: Vec<Vec<String>> = counted
                    .map(|(name, rows, rules)| {
                        vec![name.clone(), rows.to_string(), rules.to_string()]
                    })
                    .collect();
                let text = table(&["SET", "ROWS", "BY RULES"], &lines);
                out.print(|out| write!(out, "{text}"));
            }
        }
        Ok(Exit::Success)
    }
}

impl Show {
    fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut all = self.from.all()?;
        let members = all.remove(&self.name).unwrap_or_default();
        if members.is_empty() {
            let names: BTreeSet<&str> = all.keys().map(String::as_str).collect();
            let hint = tripline_spec::did_you_mean(&self.name, names)
                .map(|other| format!("; did you mean `{other}`?"))
                .unwrap_or_default();
            return Err(RulesError::NoSet { name: self.name.clone(), hint });
        }
        match self.from.common.format {
            Format::Json => {
                for Shown { member, value, until_ms, by } in &members {
                    let until = until_ms.map(|ms| moment(Some(ms)));
                    let line = json!({"set": self.name, "member": member, "value": value, "until": until, "by": by});
                    out.print(|out| writeln!(out, "{line}"));
                }
            }
            Format::Human => {
                let lines: Vec<Vec<String>> = members
                    .iter()
                    .map(|one| {
                        let value = or_dash(one.value.as_deref());
                        vec![plain(&one.member), value, moment(one.until_ms), one.by.to_owned()]
                    })
                    .collect();
                let text = table(&["MEMBER", "VALUE", "UNTIL", "BY"], &lines);
                out.print(|out| write!(out, "{text}"));
            }
        }
        Ok(Exit::Success)
    }
}

/// The column for a member of these parts.
fn column(parts: &[String]) -> String {
    match parts {
        // One that looks like a list would be read as one.
        [only] if !only.starts_with('[') => only.clone(),
        parts => json!(parts).to_string(),
    }
}

/// The row of the member, however it is written there.
fn row_of(
    session: &mut Session,
    name: &str,
    parts: &[String],
) -> Result<Option<String>, RulesError> {
    let wanted = member_of_row(&column(parts));
    let rows = session.sets()?.rows;
    let mut own = rows.into_iter().filter(|row| row.name == name);
    Ok(own.find(|row| member_of_row(&row.member) == wanted).map(|row| row.member))
}

impl Add {
    fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let until_ms = match (&self.until, &self.ttl) {
            (Some(until), _) => {
                let until: Result<jiff::Timestamp, _> = until.parse();
                let wrong = "--until is no moment: write 2026-01-31T08:00:00Z";
                Some(until.map_err(|_| RulesError::Usage(wrong))?.as_millisecond())
            }
            (None, Some(ttl)) => {
                let ttl = parse_duration_ms(ttl);
                let wrong = "--ttl is no duration: write 30m, 24h or 7d";
                let ttl = ttl.map_err(|_| RulesError::Usage(wrong))?;
                Some(tripline_runtime::Clock::default().now_ms().saturating_add(ttl))
            }
            (None, None) => None,
        };
        let mut session = self.common.open(Access::OrNew)?;
        let member = row_of(&mut session, &self.name, &self.member)?;
        let member = member.unwrap_or_else(|| column(&self.member));
        let row = SetRow { name: self.name.clone(), member, value: self.value.clone(), until_ms };
        session.put_member(&row)?;
        self.common.said(&self.name, &self.member, "added", out);
        Ok(Exit::Success)
    }
}

impl Remove {
    fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let store = session.name();
        let removed = match row_of(&mut session, &self.name, &self.member)? {
            Some(member) => session.remove_member(&self.name, &member)?,
            None => false,
        };
        if !removed {
            let (name, member) = (self.name.clone(), self.member.join(", "));
            return Err(RulesError::NoMember { name, member, store });
        }
        self.common.said(&self.name, &self.member, "removed", out);
        Ok(Exit::Success)
    }
}

impl Common {
    fn said(&self, name: &str, member: &[String], what: &str, out: &mut Stdout) {
        match self.format {
            Format::Json => {
                let line = json!({"set": name, "member": member, "result": what});
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human => {
                let how = if what == "added" { "is in" } else { "is out of" };
                let line = format!("{} {how} {name}", member.join(", "));
                out.print(|out| writeln!(out, "{}", printable(&line)));
            }
        }
    }
}
