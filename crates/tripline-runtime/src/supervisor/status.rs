//! What became of each rule, as its author reads it.

use std::collections::{BTreeMap, BTreeSet};

use tripline::{
    Code, Diagnostics, Effective, OnUpdate, RuleEffect, RuleId, RuleVersion, SwapEffect, Text,
    Timestamp, text,
};
use tripline_rule_store::{RowFault, RowProblem, RuleStatus};

use crate::finding::{RuleFinding, all_of, without_place};

/// The id under which rows without one are told of.
pub(crate) const NO_ID: &str = "(no id)";

/// What the highest row of a rule came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Latest {
    /// It is in force, or waits for its time.
    Good,
    /// It is switched off.
    Disabled,
    /// It is not valid.
    Rejected,
}

/// All that is known of one rule.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) in_force: Option<(RuleVersion, Effective)>,
    pub(crate) latest: Option<(RuleVersion, Latest)>,
    /// What `latest` was before the rows were looked at again.
    pub(crate) last: Option<(RuleVersion, Latest)>,
    /// A JSON array.
    pub(crate) diagnostics: String,
    pub(crate) dropped_runs: u64,
    pub(crate) kept_runs: u64,
    /// Findings on rows that are no version of it: a JSON array.
    pub(crate) faults: Option<String>,
    /// What went wrong in its condition plugins.
    plugin_faults: Vec<RuleFinding>,
    /// What it took beyond its budget.
    pub(crate) over_budget: Vec<RuleFinding>,
    /// Whether it does nothing for that reason.
    pub(crate) suspended: bool,
    since_ms: i64,
}

/// What was last said of each rule, and what is to be said now.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    rules: BTreeMap<RuleId, Standing>,
    said: BTreeMap<RuleId, RuleStatus>,
    /// The rules of which there may be something to be said, so that a look at the store costs nothing for the others.
    touched: BTreeSet<RuleId>,
}

impl Standings {
    /// The standing of a rule, to be changed.
    pub(crate) fn of(&mut self, id: &RuleId, now_ms: i64) -> &mut Standing {
        self.touched.insert(id.clone());
        self.rules.entry(id.clone()).or_insert_with(|| Standing {
            in_force: None,
            latest: None,
            last: None,
            diagnostics: "[]".to_owned(),
            dropped_runs: 0,
            kept_runs: 0,
            faults: None,
            plugin_faults: Vec::new(),
            over_budget: Vec::new(),
            suspended: false,
            since_ms: now_ms,
        })
    }

    /// How many rules are not valid in their highest version.
    pub(crate) fn rejected(&self) -> u64 {
        let rejected = |standing: &&Standing| {
            standing.faults.is_some() || matches!(standing.latest, Some((_, Latest::Rejected)))
        };
        self.rules.values().filter(rejected).count() as u64
    }

    /// Forgets the rows that were no version of any rule, and the rules that were nothing else.
    pub(crate) fn clear_faults(&mut self) {
        for (id, standing) in &mut self.rules {
            if standing.faults.take().is_some() {
                self.touched.insert(id.clone());
            }
        }
        self.rules.retain(|_, standing| standing.latest.is_some() || standing.in_force.is_some());
    }

    /// Takes in what went wrong in the condition plugins of all rules.
    pub(crate) fn set_plugin_faults(&mut self, mut all: BTreeMap<RuleId, Vec<RuleFinding>>) {
        for (id, standing) in &mut self.rules {
            let found = all.remove(id).unwrap_or_default();
            if standing.plugin_faults != found {
                standing.plugin_faults = found;
                self.touched.insert(id.clone());
            }
        }
    }

    /// Forgets a rule.
    pub(crate) fn remove(&mut self, id: &RuleId) {
        self.rules.remove(id);
        self.touched.insert(id.clone());
    }

    /// Adds what a swap did to the open runs of a rule; false if the rule is gone.
    pub(crate) fn add_effect(&mut self, id: &RuleId, effect: &SwapEffect) -> bool {
        let standing = self.rules.get_mut(id);
        let is_there = standing.is_some();
        if let Some(standing) = standing {
            self.touched.insert(id.clone());
            standing.dropped_runs += effect.dropped;
            standing.kept_runs += effect.kept;
        }
        is_there
    }

    /// What has to be said anew at this moment, event time being at `watermark`, and what of no longer; at most `limit` of
    /// the first.
    pub(crate) fn unsaid(
        &mut self,
        watermark: Option<Timestamp>,
        now_ms: i64,
        limit: usize,
    ) -> (Vec<RuleStatus>, Vec<RuleId>) {
        let mut changed = Vec::new();
        let mut gone = Vec::new();
        let mut settled = Vec::new();
        for id in &self.touched {
            let Some(standing) = self.rules.get(id) else {
                if self.said.contains_key(id) {
                    gone.push(id.clone());
                } else {
                    settled.push(id.clone());
                }
                continue;
            };
            let mut status = standing.status(id, watermark, now_ms);
            if let Some(said) = self.said.get(id) {
                if same(said, &status) {
                    if !standing.has_gates() {
                        settled.push(id.clone());
                    }
                    continue;
                }
                if (&said.state, said.version_in_force) == (&status.state, status.version_in_force)
                {
                    status.since_ms = said.since_ms;
                }
            }
            changed.push(status);
            if changed.len() == limit {
                break;
            }
        }
        for id in settled {
            self.touched.remove(&id);
        }
        (changed, gone)
    }

    /// Notes what was said.
    pub(crate) fn said(&mut self, changed: Vec<RuleStatus>, gone: &[RuleId]) {
        for id in gone {
            self.said.remove(id);
        }
        for status in changed {
            self.said.insert(status.rule_id.clone(), status);
        }
    }

    /// Has everything said again, to a store that may have forgotten.
    pub(crate) fn say_all_again(&mut self) {
        for said in self.said.values_mut() {
            // Differs from whatever there is to say, and keeps since when it is so.
            said.diagnostics.clear();
        }
        self.touched.extend(self.rules.keys().cloned());
    }
}

/// Whether two statuses say the same, but for when.
fn same(a: &RuleStatus, b: &RuleStatus) -> bool {
    let what = |status: &RuleStatus| RuleStatus { since_ms: 0, updated_at_ms: 0, ..status.clone() };
    what(a) == what(b)
}

impl Standing {
    /// Whether event time alone can change what there is to say.
    fn has_gates(&self) -> bool {
        self.in_force.is_some_and(|(_, effective)| {
            (effective.from, effective.until) != (Timestamp::MIN, Timestamp::MAX)
        })
    }

    fn all_diagnostics(&self) -> String {
        let mut all = self.diagnostics.clone();
        if let Some(faults) = &self.faults {
            all = joined(&all, faults);
        }
        if !self.plugin_faults.is_empty() || !self.over_budget.is_empty() {
            let found = self.plugin_faults.iter().chain(&self.over_budget);
            let found = found.map(RuleFinding::json).collect();
            all = joined(&all, &serde_json::Value::Array(found).to_string());
        }
        all
    }

    fn status(&self, id: &RuleId, watermark: Option<Timestamp>, now_ms: i64) -> RuleStatus {
        let running = self.in_force.map(|(_, effective)| match state_of(effective, watermark) {
            _ if self.suspended => "suspended",
            state => state,
        });
        let latest_state = match &self.latest {
            Some((_, Latest::Rejected)) => "rejected",
            Some((_, Latest::Disabled)) => "disabled",
            _ => running.unwrap_or("rejected"),
        };
        let state = running.unwrap_or(latest_state);
        RuleStatus {
            rule_id: id.clone(),
            version_in_force: self.in_force.map(|(version, _)| version),
            state: state.to_owned(),
            latest_version: self.latest.as_ref().map(|(version, _)| *version),
            latest_state: latest_state.to_owned(),
            diagnostics: self.all_diagnostics(),
            dropped_runs: self.dropped_runs,
            kept_runs: self.kept_runs,
            since_ms: now_ms.max(self.since_ms),
            updated_at_ms: now_ms,
        }
    }
}

/// Two JSON arrays as one.
fn joined(a: &str, b: &str) -> String {
    let items =
        |array: &str| -> Vec<serde_json::Value> { serde_json::from_str(array).unwrap_or_default() };
    serde_json::Value::Array([items(a), items(b)].concat()).to_string()
}

/// Whether a valid, enabled rule is in force at this moment of event time.
fn state_of(effective: Effective, watermark: Option<Timestamp>) -> &'static str {
    match watermark {
        Some(now) if now >= effective.until => "expired",
        Some(now) if now >= effective.from => "active",
        // Before the first event nobody can know.
        None if effective.from == Timestamp::MIN => "active",
        _ => "pending",
    }
}

/// Findings as a JSON array, with a note on what a change did where it did not do what was asked for.
pub(crate) fn diagnostics_json(diagnostics: &Diagnostics, effect: &RuleEffect) -> String {
    let mut all = all_of(diagnostics);
    if let RuleEffect::Replaced { on_update: OnUpdate::Restart, obstacle: Some(obstacle) } = effect
    {
        let message =
            text!("open attempts could not be kept, since {obstacle}; they were dropped", obstacle);
        let hint = text!("with `drain` they finish under the version they began with");
        all.push(without_place(Code::NotMigrated, "/on_update", &message, &hint));
    }
    serde_json::Value::Array(all).to_string()
}

/// The findings on rows that are no version of any rule, as a JSON array.
pub(crate) fn faults_json(faults: &[&RowFault]) -> String {
    let shown = faults.iter().take(MAX_FAULTS).map(|fault| {
        let problem = problem_text(&fault.problem);
        row_problem(&match (&fault.id, &fault.version) {
            (Some(id), _) => text!("a row of rule `{id}`: {problem}", id, problem),
            (None, Some(version)) => {
                text!("a row of version `{version}`: {problem}", version, problem)
            }
            (None, None) => text!("a row: {problem}", problem),
        })
    });
    let more = faults.len().saturating_sub(MAX_FAULTS);
    let rest =
        (more > 0).then(|| row_problem(&text!("{count} more rows cannot be read", count = more)));
    serde_json::Value::Array(shown.chain(rest).collect()).to_string()
}

/// The most unreadable rows of a rule that are told of one by one.
const MAX_FAULTS: usize = 100;

/// A finding on a row that cannot be read as a rule.
pub(crate) fn row_problem(message: &Text) -> serde_json::Value {
    let hint = text!("mend the row; the last valid version of the rule stays in force");
    without_place(Code::UnreadableRow, "", message, &hint)
}

/// What keeps a row from being read; in English as the store says it.
pub(crate) fn problem_text(problem: &RowProblem) -> Text {
    match problem {
        RowProblem::NoId => text!("the row has no id (`id` is NULL or empty)"),
        RowProblem::IdTooLong { chars } => {
            text!("the id has {chars} characters; at most 256 are allowed", chars = *chars)
        }
        RowProblem::InvalidId { id } => text!(
            "the id `{id}` cannot be used: spaces around it, control characters and, in MySQL, letters other than ASCII are not allowed",
            id
        ),
        RowProblem::NoVersion => text!("the row has no version (`version` is NULL)"),
        RowProblem::InvalidVersion { version } => text!(
            "the version `{version}` is not a whole number from 0 to 9007199254740991",
            version
        ),
        RowProblem::DuplicateVersion { rows } => text!(
            "{rows} rows have this id and version, so it cannot be told which of them is meant",
            rows = *rows
        ),
        RowProblem::NoPattern => text!("the row has no pattern (`pattern` is NULL)"),
        RowProblem::TooLong { column, bytes, limit } => text!(
            "`{column}` has {bytes} bytes; at most {limit} are allowed",
            column = *column,
            bytes = *bytes,
            limit = *limit
        ),
        RowProblem::NotUtf8 { column, offset } => text!(
            "`{column}` is not UTF-8: the byte at offset {offset} is wrong",
            column = *column,
            offset = *offset
        ),
        RowProblem::SameId { id, first, second } => text!(
            "the rule id `{id}` stands twice: in `{first}` and in `{second}`",
            id,
            first,
            second
        ),
        // What the system says of a file.
        RowProblem::File(reason) => text!("the file cannot be used: {reason}", reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective(from: i64, until: i64) -> Effective {
        let at = Timestamp::from_millis;
        Effective { from: at(from), until: at(until), at_end: tripline::AtEnd::Drop }
    }

    /// What is said at a moment of event time, `rule state/latest since`, and then taken as said.
    fn say(standings: &mut Standings, watermark: Option<i64>, now_ms: i64) -> Vec<String> {
        let watermark = watermark.map(Timestamp::from_millis);
        let (changed, gone) = standings.unsaid(watermark, now_ms, 10);
        let mut lines: Vec<String> = changed
            .iter()
            .map(|status| {
                let RuleStatus { rule_id, state, latest_state, since_ms, .. } = status;
                format!("{rule_id} {state}/{latest_state} {since_ms}")
            })
            .collect();
        lines.extend(gone.iter().map(|id| format!("-{id}")));
        standings.said(changed, &gone);
        lines
    }

    #[test]
    fn rows_are_told_of_as_the_store_does() {
        for problem in [
            RowProblem::NoId,
            RowProblem::IdTooLong { chars: 300 },
            RowProblem::InvalidId { id: " a".to_owned() },
            RowProblem::NoVersion,
            RowProblem::InvalidVersion { version: "1.5".to_owned() },
            RowProblem::DuplicateVersion { rows: 2 },
            RowProblem::NoPattern,
            RowProblem::TooLong { column: "pattern", bytes: 2, limit: 1 },
            RowProblem::NotUtf8 { column: "pattern", offset: 3 },
            RowProblem::SameId {
                id: "r".to_owned(),
                first: "a".to_owned(),
                second: "b".to_owned(),
            },
        ] {
            assert_eq!(problem_text(&problem), problem.to_string().as_str());
        }
    }

    #[test]
    fn a_rule_is_pending_then_active_then_expired() {
        let mut standings = Standings::default();
        let id = RuleId::new("r");
        let standing = standings.of(&id, 1);
        standing.in_force = Some((RuleVersion(1), effective(10, 20)));
        standing.latest = Some((RuleVersion(1), Latest::Good));
        let nothing = Vec::<String>::new();
        assert_eq!(say(&mut standings, None, 1), ["r pending/pending 1"]);
        assert_eq!(say(&mut standings, Some(9), 2), nothing);
        assert_eq!(say(&mut standings, Some(10), 3), ["r active/active 3"]);
        assert_eq!(say(&mut standings, Some(19), 4), nothing);
        assert_eq!(say(&mut standings, Some(20), 5), ["r expired/expired 5"]);
        standings.of(&id, 6).latest = Some((RuleVersion(2), Latest::Rejected));
        assert_eq!(say(&mut standings, Some(21), 6), ["r expired/rejected 5"], "since 5 it is so");
        standings.remove(&id);
        assert_eq!(say(&mut standings, Some(22), 7), ["-r"]);
        assert_eq!(say(&mut standings, Some(23), 8), nothing);
    }

    #[test]
    fn everything_is_said_again_to_a_store_that_was_away() {
        let mut standings = Standings::default();
        for id in ["a", "b"] {
            let standing = standings.of(&RuleId::new(id), 1);
            standing.in_force = Some((RuleVersion(1), Effective::ALWAYS));
            standing.latest = Some((RuleVersion(1), Latest::Good));
        }
        assert_eq!(say(&mut standings, None, 1), ["a active/active 1", "b active/active 1"]);
        assert_eq!(say(&mut standings, None, 2), Vec::<String>::new());
        standings.say_all_again();
        let again = ["a active/active 1", "b active/active 1"];
        assert_eq!(say(&mut standings, None, 3), again, "since when it was so");
    }

    #[test]
    fn rows_without_an_id_are_told_of_until_they_are_gone() {
        let mut standings = Standings::default();
        let fault = RowFault { id: None, version: None, problem: RowProblem::NoId };
        let id = RuleId::new(NO_ID);
        standings.of(&id, 1).faults = Some(faults_json(&[&fault]));
        assert_eq!(standings.rejected(), 1);
        let (changed, _) = standings.unsaid(None, 1, 10);
        assert!(changed[0].diagnostics.contains("E0701"), "{}", changed[0].diagnostics);
        standings.said(changed, &[]);
        standings.clear_faults();
        assert_eq!(say(&mut standings, None, 2), ["-(no id)"]);
    }
}
