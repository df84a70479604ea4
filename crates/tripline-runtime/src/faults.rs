//! What went wrong in condition plugins, and what other rules no longer have, as warnings to the authors of the rules that
//! ask for it.

use tripline::{Code, FaultReport, Rule, RuleMeta, RuleSet, Text, text};

use crate::finding::RuleFinding;

/// What to tell of the plugins and of the statistics that a rule of `set` asks, and of the plugin that is its action.
pub(crate) fn findings(set: &RuleSet, rule: &Rule, meta: Option<&RuleMeta>) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    let action = meta.and_then(|meta| meta.action.as_ref()?.plugin.as_ref());
    if let Some(report) = action.map(|action| action.faults().report()) {
        of_action(&report, &mut findings);
    }
    for fault in set.faults(rule) {
        let report = &fault.report;
        let nodes = rule.nfa().nodes();
        let node = fault.node.and_then(|node| nodes.get(usize::from(node.0)));
        let plugin = &*report.plugin;
        let condition = node.map_or_else(
            || text!("the condition `{plugin}`", plugin),
            |node| text!("the condition `{plugin}` at node `{node}`", plugin, node = &node.name),
        );
        if report.panics > 0 {
            let first = report.first_panic.as_deref();
            findings.push(RuleFinding {
                code: Code::PluginPanicked,
                message: text!(
                    "{condition} panicked on {evaluations} and was taken as unknown; the first time it said: {first}",
                    condition = &condition,
                    evaluations = evaluations(report.panics),
                    first = first.map_or_else(|| text!("nothing that is text"), Text::from)
                ),
                hint: text!("mend the plugin; until then the rule misses what it cannot tell"),
            });
        }
        if report.unkept > 0 {
            findings.push(RuleFinding {
                code: Code::PluginInconsistent,
                message: text!(
                    "{condition} held on {evaluations} for which the equality that it requires did not, and was taken as unknown",
                    condition = &condition,
                    evaluations = evaluations(report.unkept)
                ),
                hint: text!(
                    "mend the plugin: `required_equality` must hold whenever the condition does"
                ),
            });
        }
        if report.slow > 0 {
            findings.push(RuleFinding {
                code: Code::PluginSlow,
                message: text!(
                    "{condition} took 10 ms or longer on {evaluations}, {all_ms} ms in all and {longest_ms} ms at most",
                    condition = &condition,
                    evaluations = evaluations(report.slow),
                    all_ms = report.slow_ms,
                    longest_ms = report.slowest_ms
                ),
                hint: text!("a condition must not wait for anything; all rules wait for it"),
            });
        }
    }
    for (asked, name) in set.unanswered(rule) {
        findings.push(RuleFinding {
            code: Code::StatGone,
            message: text!(
                "`{asked}` is missing, as no rule in force has it any more",
                asked = format!("stat('{asked}').{name}")
            ),
            hint: text!(
                "put the rule `{rule}` again with these groups, or change this rule",
                rule = asked
            ),
        });
    }
    findings
}

fn of_action(report: &FaultReport, findings: &mut Vec<RuleFinding>) {
    let action = &*report.plugin;
    if report.panics > 0 {
        let first = report.first_panic.as_deref();
        findings.push(RuleFinding {
            code: Code::PluginPanicked,
            message: text!(
                "the action `{action}` panicked on {count} outputs, which were given out whole; the first time it said: {first}",
                action,
                count = report.panics,
                first = first.map_or_else(|| text!("nothing that is text"), Text::from)
            ),
            hint: text!("mend the action of the program"),
        });
    }
    if report.slow > 0 {
        findings.push(RuleFinding {
            code: Code::PluginSlow,
            message: text!(
                "the action `{action}` took 10 ms or longer on {count} outputs, {all_ms} ms in all and {longest_ms} ms at most",
                action,
                count = report.slow,
                all_ms = report.slow_ms,
                longest_ms = report.slowest_ms
            ),
            hint: text!("an action must not wait for anything; all rules wait for it"),
        });
    }
}

/// An evaluation is of one event, but several attempts may ask about the same.
fn evaluations(count: u64) -> Text {
    if count == 1 { text!("1 evaluation") } else { text!("{count} evaluations", count) }
}
