//! What a run did, on stderr: totals, and for each rule how far its runs came and what ended them.

use serde_json::json;
use tripline::{NodeCounters, RunEnd};
use tripline_runtime::{RunSummary, StoreHealth};
use tripline_server::{OutputStatus, RecordStatus, RuleStatus, StoreStatus};

use crate::lang::Lang;
use crate::report::printable;

use super::{say, time_text};

/// For people.
pub(crate) fn human(summary: &RunSummary, store: Option<&StoreHealth>, lang: Lang) {
    for line in human_lines(summary, lang) {
        say(&line);
    }
    if let Some(store) = store {
        let now = if store.is_reachable() { "answers" } else { "is away" };
        say(&format!(
            "rule store: {now}; asked {} times, {} in vain; {} changes of rules in force",
            store.polls(),
            store.failed_polls(),
            summary.swaps
        ));
    }
}

/// One JSON object.
pub(crate) fn json(summary: &RunSummary, store: Option<&StoreHealth>) {
    let rules: Vec<_> = summary.rules.iter().map(RuleStatus::of).collect();
    let object = json!({
        "records": RecordStatus::from(summary.records()),
        "outputs": OutputStatus::from(summary.outputs),
        "events": summary.events,
        "rejected": summary.rejected,
        "late": summary.late,
        "duplicate": summary.duplicate,
        "without_id": summary.without_id,
        "forgotten_ids": summary.forgotten_ids,
        "forced": summary.forced,
        "swaps": summary.swaps,
        "stopped": summary.stopped,
        "store": store.map(StoreStatus::of),
        "seconds": summary.elapsed.as_secs_f64(),
        "rules": rules,
    });
    say(&object.to_string());
}

fn human_lines(summary: &RunSummary, lang: Lang) -> Vec<String> {
    let mut lines = vec![format!(
        "{} events in {:.2} s ({:.0} events/s), {} lines rejected, {} events late",
        summary.events,
        summary.elapsed.as_secs_f64(),
        summary.events_per_second(),
        summary.rejected,
        summary.late
    )];
    for (count, what) in [
        (
            summary.outputs.filtered,
            "outputs were left out, as the actions or labels of their rules say",
        ),
        (summary.outputs.throttled, "outputs were held back, as the actions of their rules say"),
        (summary.duplicate, "events came before and were left out"),
        (
            summary.without_id,
            "events have no id, so that it cannot be told whether they came before",
        ),
        (
            summary.forgotten_ids,
            "ids were forgotten too early, since there is room for no more (--dedup-max-ids)",
        ),
    ] {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    }
    if summary.forced > 0 {
        lines.push(format!(
            "{} events were processed before their turn, since too many waited",
            summary.forced
        ));
    }
    if summary.stopped {
        lines.push(
            "ended by a signal: what was read is processed, and windows stay open".to_owned(),
        );
    }
    for rule in &summary.rules {
        let counters = &rule.counters;
        let mut line = if rule.aggregate {
            format!(
                "{} (version {}): {} outputs of windows",
                rule.id, rule.version, counters.matches
            )
        } else {
            format!(
                "{} (version {}): {} matches, {} timeouts",
                rule.id, rule.version, counters.matches, counters.timeouts
            )
        };
        let extra = [
            (counters.live_runs, "attempts still open"),
            (counters.withheld, "matches withheld until an earlier attempt ends"),
            (counters.pruned_matches, "matches dropped by the skip strategy"),
            (counters.without_key, "events without a key field"),
        ];
        for (count, what) in extra {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        for (since, what) in [
            (counters.withheld_since, "the oldest withheld match began"),
            (counters.open_since, "the oldest open attempt began"),
        ] {
            if let Some(since) = since {
                line.push_str(&format!("; {what} {}", time_text(since)));
            }
        }
        lines.push(line);
        for fault in &rule.faults {
            let (word, help) = (lang.severity(fault.code.severity()), lang.help());
            let message = fault.message.render(lang.into());
            lines.push(format!("  {word} {}: {}", fault.code, printable(&message)));
            lines.push(format!("    {help}: {}", fault.hint.render(lang.into())));
        }
        let width = rule.nodes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, node) in rule.nodes.iter().zip(&counters.nodes) {
            let padding = " ".repeat(width.saturating_sub(name.chars().count()));
            let text = if rule.aggregate { counted_text(node) } else { node_text(node) };
            lines.push(format!("  {name}{padding}  {text}"));
        }
    }
    lines
}

fn node_text(node: &NodeCounters) -> String {
    let ends: Vec<String> = RunEnd::ALL
        .iter()
        .zip(node.ended)
        .filter(|(_, count)| *count > 0)
        .map(|(end, count)| format!("{count} {}", end_text(*end)))
        .collect();
    let ends =
        if ends.is_empty() { String::new() } else { format!("; ended here: {}", ends.join(", ")) };
    format!("{} events, taken {} times{ends}{}", node.met, node.reached, unknown_text(node))
}

/// For the one node of an aggregate.
fn counted_text(node: &NodeCounters) -> String {
    format!("{} events counted{}", node.met, unknown_text(node))
}

fn unknown_text(node: &NodeCounters) -> String {
    match node.unknown {
        0 => String::new(),
        unknown => {
            format!("; could not tell {unknown} times (a field missing, or of another type)")
        }
    }
}

const fn end_text(end: RunEnd) -> &'static str {
    match end {
        RunEnd::Matched => "matched",
        RunEnd::TimedOut => "timed out",
        RunEnd::Strict => "broken by another event (STRICT)",
        RunEnd::Not => "stopped by this event (NOT)",
        RunEnd::Until => "stopped by untilCondition",
        RunEnd::Skipped => "dropped by the skip strategy",
        RunEnd::Budget => "dropped by the budget",
        RunEnd::Updated => "dropped by an update",
        RunEnd::Expired => "dropped when the rule ended (effective_until)",
    }
}
