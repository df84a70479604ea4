//! `tripline rules status`.

use std::collections::BTreeMap;
use std::io::Write as _;

use clap::Args;
use serde_json::{Value, json};
use tripline::{RuleVersion, Severity};
use tripline_rule_store::InstanceStatus;

use super::session::Access;
use super::table::{moment, table};
use super::{Common, RulesError};
use crate::command::Format;
use crate::exit::Exit;
use crate::lang::Lang;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules status`.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// The id of a rule; all rules unless given
    id: Option<String>,
    #[command(flatten)]
    common: Common,
}

const HEADER: [&str; 8] =
    ["ENGINE", "RULE", "STATE", "IN FORCE", "LATEST", "SINCE", "DROPPED", "KEPT"];

impl Status {
    pub(super) fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let mut statuses = session.statuses()?;
        if let Some(id) = &self.id {
            statuses.retain(|status| status.status.rule_id.as_str() == id);
        }
        let lang = self.common.look().lang;
        if self.common.format == Format::Json {
            for status in &statuses {
                out.print(|out| writeln!(out, "{}", status_json(status, lang)));
            }
            return Ok(Exit::Success);
        }
        let text = if statuses.is_empty() {
            let what = match &self.id {
                Some(id) => format!("no engine has said anything of `{id}`"),
                None => "no engine has said anything of its rules".to_owned(),
            };
            printable(&format!("{}: {what}", session.name())) + "\n"
        } else {
            status_text(&statuses, lang)
        };
        out.print(|out| out.write_all(text.as_bytes()));
        Ok(Exit::Success)
    }
}

/// The table, then what was found in rules, then the engines that are no longer there.
fn status_text(statuses: &[InstanceStatus], lang: Lang) -> String {
    let rows: Vec<_> = statuses.iter().map(cells).collect();
    let mut text = table(&HEADER, &rows);
    for status in statuses {
        let lines = findings(&status.status.diagnostics, lang);
        if lines.is_empty() {
            continue;
        }
        let (id, instance) = (&status.status.rule_id, &status.instance);
        let version = version(status.status.latest_version);
        text.push('\n');
        text.push_str(&printable(&format!("`{id}` version {version} in {instance}:")));
        text.push('\n');
        for line in lines {
            text.push_str(&format!("  {}\n", printable(&line)));
        }
    }
    let stale: BTreeMap<&str, i64> = statuses
        .iter()
        .filter(|status| status.stale)
        .map(|status| (status.instance.as_str(), status.heartbeat_at_ms))
        .collect();
    if !stale.is_empty() {
        text.push('\n');
    }
    for (instance, at) in stale {
        let line = format!("{instance} no longer runs: it was last heard of {}", moment(Some(at)));
        text.push_str(&format!("{}\n", printable(&line)));
    }
    text
}

fn cells(status: &InstanceStatus) -> Vec<String> {
    let rule = &status.status;
    let stale = if status.stale { " (stale)" } else { "" };
    let mut latest = version(rule.latest_version);
    if rule.latest_state != rule.state {
        latest.push_str(&format!(" {}", rule.latest_state));
    }
    vec![
        status.instance.clone(),
        rule.rule_id.to_string(),
        format!("{}{stale}", rule.state),
        version(rule.version_in_force),
        latest,
        moment(Some(rule.since_ms)),
        rule.dropped_runs.to_string(),
        rule.kept_runs.to_string(),
    ]
}

fn version(version: Option<RuleVersion>) -> String {
    version.map_or_else(|| "-".to_owned(), |version| version.to_string())
}

/// The diagnostics of a status as lines; what is no list of diagnostics is shown as it stands.
fn findings(diagnostics: &str, lang: Lang) -> Vec<String> {
    let items = match serde_json::from_str(diagnostics) {
        Ok(Value::Array(items)) => items,
        _ if diagnostics.trim().is_empty() => return Vec::new(),
        _ => return vec![diagnostics.to_owned()],
    };
    let mut lines = Vec::new();
    for item in items.into_iter().map(|item| in_lang(item, lang)) {
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key: &str| item.get(key).and_then(Value::as_u64).unwrap_or_default();
        let severity = match text("severity") {
            "error" => lang.severity(Severity::Error),
            "warning" => lang.severity(Severity::Warning),
            other => other,
        };
        let mut line = format!("{severity}[{}]", text("code"));
        if !text("pointer").is_empty() {
            line.push_str(&format!(" {}", text("pointer")));
        }
        if number("line") > 0 {
            line.push_str(&lang.place(number("line"), number("column")));
        }
        lines.push(format!("{line}: {}", text("message")));
        if !text("hint").is_empty() {
            lines.push(format!("  {}: {}", lang.help(), text("hint")));
        }
    }
    lines
}

/// A diagnostic as engines keep it, in English and under `zh` in Chinese, in one language.
fn in_lang(mut item: Value, lang: Lang) -> Value {
    let Some(members) = item.as_object_mut() else { return item };
    if let (Some(Value::Object(chinese)), Lang::Zh) = (members.remove("zh"), lang) {
        members.extend(chinese);
    }
    item
}

fn status_json(status: &InstanceStatus, lang: Lang) -> Value {
    let rule = &status.status;
    let diagnostics = match serde_json::from_str(&rule.diagnostics) {
        Ok(Value::Array(items)) => items.into_iter().map(|item| in_lang(item, lang)).collect(),
        _ => Value::from(rule.diagnostics.as_str()),
    };
    json!({
        "instance": status.instance,
        "stale": status.stale,
        "heartbeat_at": status.heartbeat_at_ms,
        "id": rule.rule_id.as_str(),
        "state": rule.state,
        "version_in_force": rule.version_in_force.map(|version| version.0),
        "latest_version": rule.latest_version.map(|version| version.0),
        "latest_state": rule.latest_state,
        "diagnostics": diagnostics,
        "dropped_runs": rule.dropped_runs,
        "kept_runs": rule.kept_runs,
        "since": rule.since_ms,
        "updated_at": rule.updated_at_ms,
    })
}

#[cfg(test)]
mod tests {
    use tripline::{RuleId, RuleVersion};
    use tripline_rule_store::{InstanceStatus, RuleStatus};

    use super::{findings, status_json, status_text};
    use crate::lang::Lang;

    fn status(instance: &str, id: &str, stale: bool) -> InstanceStatus {
        InstanceStatus {
            instance: instance.to_owned(),
            heartbeat_at_ms: 0,
            stale,
            status: RuleStatus {
                rule_id: RuleId::new(id),
                version_in_force: Some(RuleVersion(3)),
                state: "active".to_owned(),
                latest_version: Some(RuleVersion(4)),
                latest_state: "rejected".to_owned(),
                diagnostics: r#"[{"code":"E0203","severity":"error","pointer":"/edges/1","line":2,"column":5,"message":"no `x`","hint":"did you mean `y`?","zh":{"message":"没有 `x`","hint":"是不是想写 `y`？"}}]"#.to_owned(),
                dropped_runs: 7,
                kept_runs: 0,
                since_ms: 1_000,
                updated_at_ms: 2_000,
            },
        }
    }

    #[test]
    fn tells_people() {
        let mut good = status("b", "r2", true);
        good.status.latest_version = Some(RuleVersion(3));
        good.status.latest_state = "active".to_owned();
        good.status.diagnostics = "[]".to_owned();
        let expected = "\
ENGINE  RULE  STATE           IN FORCE  LATEST      SINCE                     DROPPED  KEPT
a       r1    active          3         4 rejected  1970-01-01T00:00:01.000Z  7        0
b       r2    active (stale)  3         3           1970-01-01T00:00:01.000Z  7        0

`r1` version 4 in a:
  error[E0203] /edges/1, line 2, column 5: no `x`
    help: did you mean `y`?

b no longer runs: it was last heard of 1970-01-01T00:00:00.000Z
";
        assert_eq!(status_text(&[status("a", "r1", false), good], Lang::En), expected);
        let chinese = findings(&status("a", "r1", false).status.diagnostics, Lang::Zh);
        let expected =
            ["错误[E0203] /edges/1，第 2 行第 5 列: 没有 `x`", "  建议: 是不是想写 `y`？"];
        assert_eq!(chinese, expected);
        assert_eq!(findings("what?", Lang::En), ["what?"]);
        assert_eq!(findings("", Lang::En), [""; 0]);
    }

    #[test]
    fn tells_programs() {
        let line = status_json(&status("a", "r1", false), Lang::En);
        assert_eq!(line["diagnostics"][0]["code"], "E0203");
        assert_eq!((&line["version_in_force"], &line["latest_version"]), (&3.into(), &4.into()));
        assert_eq!(line["since"], 1_000);
        // One language, in the form of all diagnostics.
        assert_eq!(line["diagnostics"][0]["zh"], serde_json::Value::Null);
        assert_eq!(line["diagnostics"][0]["message"], "no `x`");
        let line = status_json(&status("a", "r1", false), Lang::Zh);
        assert_eq!(line["diagnostics"][0]["message"], "没有 `x`");
    }
}
