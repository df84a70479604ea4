//! What went wrong in condition plugins, as warnings to the authors of the rules that ask them.

use serde_json::{Value, json};
use tripline::{Code, Rule, RuleSet};

/// A warning that comes up while a rule runs, of a condition plugin or of its budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFinding {
    /// What it is about.
    pub code: Code,
    /// What was counted: lower case, no full stop; names the plugin, if it is of one, and the node if there is one.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl PluginFinding {
    /// As diagnostics of rules are, without a place in the text.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "code": self.code.id(), "severity": "warning", "pointer": "", "line": 0, "column": 0,
            "message": self.message, "hint": self.hint,
        })
    }
}

/// What to tell of the plugins that a rule of `set` asks.
pub(crate) fn findings(set: &RuleSet, rule: &Rule) -> Vec<PluginFinding> {
    let mut findings = Vec::new();
    for fault in set.faults(rule) {
        let report = &fault.report;
        let nodes = rule.nfa().nodes();
        let node = fault.node.and_then(|node| nodes.get(usize::from(node.0)));
        let at = node.map_or_else(String::new, |node| format!(" at node `{}`", node.name));
        let plugin = format!("the condition `{}`{at}", report.plugin);
        if report.panics > 0 {
            let first = report.first_panic.as_deref().unwrap_or("nothing");
            findings.push(PluginFinding {
                code: Code::PluginPanicked,
                message: format!(
                    "{plugin} panicked on {} and was taken as unknown; the first time it said: {first}",
                    events(report.panics)
                ),
                hint: "mend the plugin; until then the rule misses what it cannot tell".to_owned(),
            });
        }
        if report.unkept > 0 {
            findings.push(PluginFinding {
                code: Code::PluginInconsistent,
                message: format!(
                    "{plugin} held on {} for which the equality that it requires did not, and was taken as unknown",
                    events(report.unkept)
                ),
                hint: "mend the plugin: `required_equality` must hold whenever the condition does"
                    .to_owned(),
            });
        }
        if report.slow > 0 {
            findings.push(PluginFinding {
                code: Code::PluginSlow,
                message: format!(
                    "{plugin} took 10 ms or longer on {}, {} ms in all and {} ms at most",
                    events(report.slow),
                    report.slow_ms,
                    report.slowest_ms
                ),
                hint: "a condition must not wait for anything; all rules wait for it".to_owned(),
            });
        }
    }
    findings
}

/// An evaluation is of one event, but several attempts may ask about the same.
fn events(count: u64) -> String {
    if count == 1 { "1 evaluation".to_owned() } else { format!("{count} evaluations") }
}
