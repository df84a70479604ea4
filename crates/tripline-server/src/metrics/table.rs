//! The table of metrics.

use std::time::Duration;

use tripline::RunEnd;
use tripline_connectors::{Connection, Health};
use tripline_runtime::{OutputCounts, RecordCounts, RuleSummary, RunSummary, Seen, SourceSummary};

use super::{Facts, Metric, MetricKind, OTHERS, RuleFacts, Samples};

use MetricKind::{Counter, Gauge};

/// Numbers of this size are exact in a metric up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
const fn number(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// A number of the run as a whole.
fn of_run(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&Seen) -> Option<f64>) {
    if let Some(value) = facts.look.seen.as_deref().and_then(of) {
        samples.add(&[], value);
    }
}

fn summed(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&RunSummary) -> u64) {
    of_run(facts, samples, |seen| Some(number(of(&seen.summary))));
}

fn records(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&RecordCounts) -> u64) {
    summed(facts, samples, |summary| of(&summary.records()));
}

fn outputs(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&OutputCounts) -> u64) {
    summed(facts, samples, |summary| of(&summary.outputs));
}

fn by_source(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&SourceSummary) -> u64) {
    for (name, source) in facts.look.sources() {
        samples.add(&[&name], number(of(source)));
    }
}

fn by_connector(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&Health) -> f64) {
    for (kind, name, health) in facts.look.connectors() {
        samples.add(&[kind.word(), &name], of(&health));
    }
}

fn each_rule<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = (&'f str, &'f RuleFacts<'f>)> {
    facts.rules.iter().map(|(id, rule)| (if rule.named { *id } else { OTHERS }, rule))
}

fn by_rule(facts: &Facts<'_>, samples: &mut Samples<'_>, of: impl Fn(&RuleSummary) -> u64) {
    for (id, rule) in each_rule(facts) {
        samples.add(&[id], number(rule.sum(&of)));
    }
}

/// How much event time has passed since the oldest of something began.
fn oldest(
    facts: &Facts<'_>,
    samples: &mut Samples<'_>,
    since: impl Fn(&RuleSummary) -> Option<tripline::Timestamp>,
) {
    let latest_ms = facts.look.seen.as_ref().and_then(|seen| seen.meters.latest_ms);
    for (id, rule) in each_rule(facts) {
        let oldest = rule.versions.iter().filter_map(|version| since(version)).min();
        if let Some((oldest, latest_ms)) = oldest.zip(latest_ms) {
            let age_ms = latest_ms.saturating_sub(oldest.as_millis()).max(0);
            samples.add(&[id], seconds(age_ms));
        }
    }
}

/// Values of the nodes of rules that have a label of their own; `skip_zero` leaves out what has not happened.
fn by_node(
    facts: &Facts<'_>,
    samples: &mut Samples<'_>,
    skip_zero: bool,
    of: impl Fn(&tripline::NodeCounters) -> u64,
) {
    for (id, rule) in facts.rules.iter().filter(|(_, rule)| rule.named) {
        for (node, value) in rule.nodes(&of) {
            if value > 0 || !skip_zero {
                samples.add(&[id, node], number(value));
            }
        }
    }
}

/// All metrics, in the order in which they are told.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "tripline_info",
        kind: Gauge,
        labels: &["version"],
        help: "1, and with it the version of the program.",
        worry: "",
        read: |_, samples| samples.add(&[env!("CARGO_PKG_VERSION")], 1.0),
    },
    Metric {
        name: "tripline_start_time_seconds",
        kind: Gauge,
        labels: &[],
        help: "When the program started, in seconds since 1970.",
        worry: "It changes often: the program is restarted again and again; its log says why.",
        read: |facts, samples| samples.add(&[], seconds(facts.look.started_at_ms())),
    },
    Metric {
        name: "tripline_ready",
        kind: Gauge,
        labels: &[],
        help: "1 while events are processed, 0 while the program starts, waits for its rules, or ends.",
        worry: "0 for longer than a start takes.",
        read: |facts, samples| samples.add(&[], flag(facts.look.not_ready().is_none())),
    },
    Metric {
        name: "tripline_look_age_seconds",
        kind: Gauge,
        labels: &[],
        help: "How old the numbers of the run are that are told here.",
        worry: "More than a few seconds: the run stands still, since its sink takes nothing or a condition never returns.",
        read: |facts, samples| {
            if facts.look.seen.is_some() {
                samples.add(&[], facts.look.age.as_secs_f64());
            }
        },
    },
    Metric {
        name: "tripline_records_read",
        kind: Counter,
        labels: &["source"],
        help: "Records read of a source, once their batch is through the engine.",
        worry: "It does not grow though the source has something to read.",
        read: |facts, samples| by_source(facts, samples, |source| source.read),
    },
    Metric {
        name: "tripline_records_late",
        kind: Counter,
        labels: &["source"],
        help: "Events of a source that came too late, and were not processed.",
        worry: "It grows: `max_out_of_order` is too short for this source, or its producers' clocks differ.",
        read: |facts, samples| by_source(facts, samples, |source| source.late),
    },
    Metric {
        name: "tripline_records_duplicate",
        kind: Counter,
        labels: &["source"],
        help: "Events of a source that came before, and were not processed again (`[dedup]`).",
        worry: "It jumps: the source, or who fills it, sends again what it has sent.",
        read: |facts, samples| by_source(facts, samples, |source| source.duplicate),
    },
    Metric {
        name: "tripline_records_rejected",
        kind: Counter,
        labels: &["source"],
        help: "Records of a source that no event could be read from, or one of the far future.",
        worry: "It grows: somebody has changed what the source sends; `--rejected FILE` keeps them with their reasons.",
        read: |facts, samples| by_source(facts, samples, |source| source.rejected),
    },
    Metric {
        name: "tripline_connector_up",
        kind: Gauge,
        labels: &["kind", "name"],
        help: "Whether the other side of a source or sink of the configuration is there.",
        worry: "It is 0: `/status` says why; nothing is lost, and nothing comes or goes until it is back.",
        read: |facts, samples| {
            by_connector(facts, samples, |health| flag(health.connection() == Connection::Up));
        },
    },
    Metric {
        name: "tripline_connector_reconnects",
        kind: Counter,
        labels: &["kind", "name"],
        help: "How often the other side of a source or sink was back after it had been away.",
        worry: "It grows steadily: the network or the other side is not well.",
        read: |facts, samples| {
            by_connector(facts, samples, |health| number(health.reconnects()));
        },
    },
    Metric {
        name: "tripline_connector_errors",
        kind: Counter,
        labels: &["kind", "name"],
        help: "How often something failed at a source or sink, and was tried again.",
        worry: "It grows: the log has the reasons.",
        read: |facts, samples| by_connector(facts, samples, |health| number(health.errors())),
    },
    Metric {
        name: "tripline_events_processed",
        kind: Counter,
        labels: &[],
        help: "Events that rules were asked about.",
        worry: "Its rate is far from what it is at this time on other days.",
        read: |facts, samples| records(facts, samples, |counts| counts.processed),
    },
    Metric {
        name: "tripline_records_in_flight",
        kind: Gauge,
        labels: &[],
        help: "Records that were read and are not processed yet: they wait for earlier ones, or for a thread.",
        worry: "It stays high: the sink or the machine is too slow, or one source is far behind another.",
        read: |facts, samples| records(facts, samples, |counts| counts.in_flight),
    },
    Metric {
        name: "tripline_events_held",
        kind: Gauge,
        labels: &[],
        help: "Events that wait for earlier ones, as `max_out_of_order` has it or since another source is behind.",
        worry: "Near a million: the earliest then go before their turn.",
        read: |facts, samples| summed(facts, samples, |summary| summary.held),
    },
    Metric {
        name: "tripline_events_forced",
        kind: Counter,
        labels: &[],
        help: "Events processed before their turn, since too many waited.",
        worry: "It grows: what comes after them and is earlier counts as late.",
        read: |facts, samples| summed(facts, samples, |summary| summary.forced),
    },
    Metric {
        name: "tripline_events_without_id",
        kind: Counter,
        labels: &[],
        help: "Events without the field by which duplicates are told.",
        worry: "It grows: the field is misspelt, or somebody leaves it out.",
        read: |facts, samples| summed(facts, samples, |summary| summary.without_id),
    },
    Metric {
        name: "tripline_event_ids_forgotten",
        kind: Counter,
        labels: &[],
        help: "Events forgotten too early to tell their duplicates, since there were more than `max_ids`.",
        worry: "It grows: raise `max_ids`, or shorten the time in which duplicates are told.",
        read: |facts, samples| summed(facts, samples, |summary| summary.forgotten_ids),
    },
    Metric {
        name: "tripline_records_unaccounted",
        kind: Gauge,
        labels: &[],
        help: "Records read less those processed, late, duplicate, rejected and in flight.",
        worry: "Anything but 0 is a fault of the program: please report it.",
        read: |facts, samples| {
            of_run(facts, samples, |seen| Some(whole(seen.summary.records().unaccounted())));
        },
    },
    Metric {
        name: "tripline_outputs_found",
        kind: Counter,
        labels: &[],
        help: "Matches and timeouts that rules gave out.",
        worry: "",
        read: |facts, samples| outputs(facts, samples, |counts| counts.found),
    },
    Metric {
        name: "tripline_outputs_delivered",
        kind: Counter,
        labels: &[],
        help: "Outputs that the sink took.",
        worry: "It does not grow while `tripline_outputs_found_total` does.",
        read: |facts, samples| outputs(facts, samples, |counts| counts.delivered),
    },
    Metric {
        name: "tripline_outputs_throttled",
        kind: Counter,
        labels: &[],
        help: "Outputs held back by the `throttle` of an action.",
        worry: "",
        read: |facts, samples| outputs(facts, samples, |counts| counts.throttled),
    },
    Metric {
        name: "tripline_outputs_filtered",
        kind: Counter,
        labels: &[],
        help: "Outputs of a kind that is not given out (`--alerts`).",
        worry: "",
        read: |facts, samples| outputs(facts, samples, |counts| counts.filtered),
    },
    Metric {
        name: "tripline_outputs_failed",
        kind: Counter,
        labels: &[],
        help: "Outputs that the sink did not take.",
        worry: "Anything but 0: they are lost to whoever waits for them, and the run ends.",
        read: |facts, samples| outputs(facts, samples, |counts| counts.failed),
    },
    Metric {
        name: "tripline_outputs_in_flight",
        kind: Gauge,
        labels: &[],
        help: "Outputs on their way to the sink.",
        worry: "It stays high: the sink is too slow.",
        read: |facts, samples| outputs(facts, samples, |counts| counts.in_flight),
    },
    Metric {
        name: "tripline_outputs_unaccounted",
        kind: Gauge,
        labels: &[],
        help: "Outputs found less those delivered, throttled, filtered, failed and in flight.",
        worry: "Anything but 0 is a fault of the program: please report it.",
        read: |facts, samples| {
            of_run(facts, samples, |seen| Some(whole(seen.summary.outputs.unaccounted())));
        },
    },
    Metric {
        name: "tripline_lag_seconds",
        kind: Gauge,
        labels: &[],
        help: "How far behind the clock the latest event was when it had been processed.",
        worry: "It grows: events come late, or faster than they are processed. Of an old recording it is large.",
        read: |facts, samples| of_run(facts, samples, |seen| seen.meters.lag_ms.map(seconds)),
    },
    Metric {
        name: "tripline_event_time_seconds",
        kind: Gauge,
        labels: &[],
        help: "The latest time of an event, in seconds since 1970.",
        worry: "It stands still: no events come.",
        read: |facts, samples| of_run(facts, samples, |seen| seen.meters.latest_ms.map(seconds)),
    },
    Metric {
        name: "tripline_watermark_delay_seconds",
        kind: Gauge,
        labels: &[],
        help: "How far event time, by which windows close, is behind the clock.",
        worry: "It grows while events come: one source is silent and is waited for (`idle_timeout`).",
        read: |facts, samples| {
            if let Some(delay_ms) = facts.look.watermark_delay_ms() {
                samples.add(&[], seconds(delay_ms));
            }
        },
    },
    Metric {
        name: "tripline_rules",
        kind: Gauge,
        labels: &[],
        help: "Versions of rules in force, those that only finish what they began among them.",
        worry: "Fewer than there should be: rules are refused, or disabled; `tripline rules status` says which.",
        read: |facts, samples| summed(facts, samples, |summary| summary.rules.len() as u64),
    },
    Metric {
        name: "tripline_rule_matches",
        kind: Counter,
        labels: &["rule"],
        help: "Matches that a rule gave out since its version came into force.",
        worry: "Its rate is far from what it was: the rule, or what it watches, has changed.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.matches),
    },
    Metric {
        name: "tripline_rule_timeouts",
        kind: Counter,
        labels: &["rule"],
        help: "Timeouts that a rule gave out since its version came into force.",
        worry: "",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.timeouts),
    },
    Metric {
        name: "tripline_rule_open_runs",
        kind: Gauge,
        labels: &["rule"],
        help: "Attempts at a match of a rule that are open.",
        worry: "It only grows: the rule has no window, or too long a one.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.live_runs),
    },
    Metric {
        name: "tripline_rule_oldest_run_seconds",
        kind: Gauge,
        labels: &["rule"],
        help: "How much event time has passed since the oldest open attempt of a rule began.",
        worry: "More than the rule's window.",
        read: |facts, samples| oldest(facts, samples, |rule| rule.counters.open_since),
    },
    Metric {
        name: "tripline_rule_withheld",
        kind: Gauge,
        labels: &["rule"],
        help: "Complete matches of a rule that wait for an earlier attempt to end, as its skip strategy has it.",
        worry: "It only grows: what people wait for does not come; another skip strategy or a window helps.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.withheld),
    },
    Metric {
        name: "tripline_rule_oldest_withheld_seconds",
        kind: Gauge,
        labels: &["rule"],
        help: "How much event time has passed since the oldest match began that a rule withholds.",
        worry: "Longer than people may wait for it.",
        read: |facts, samples| oldest(facts, samples, |rule| rule.counters.withheld_since),
    },
    Metric {
        name: "tripline_rule_pruned_matches",
        kind: Counter,
        labels: &["rule"],
        help: "Complete matches of a rule that its skip strategy dropped.",
        worry: "",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.pruned_matches),
    },
    Metric {
        name: "tripline_rule_held_events",
        kind: Gauge,
        labels: &["rule"],
        help: "Events that the open attempts and withheld matches of a rule hold; what attempts share counts once.",
        worry: "It only grows: the rule has no window, or too long a one.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.held_events),
    },
    Metric {
        name: "tripline_rule_budget_exceeded",
        kind: Counter,
        labels: &["rule"],
        help: "How often attempts of a rule had to give way, since it held more than its budget has; of a statistic, how many events were left out.",
        worry: "It grows: matches are missing; the rule needs a window, a narrower condition or a more selective key.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.budget_exceeded),
    },
    Metric {
        name: "tripline_rule_suspended",
        kind: Gauge,
        labels: &["rule"],
        help: "1 if a rule takes no events, since it took more than its budget has.",
        worry: "Anything but 0: the rule matches nothing until it has a new version, or is disabled and enabled.",
        read: |facts, samples| by_rule(facts, samples, |rule| u64::from(rule.suspended)),
    },
    Metric {
        name: "tripline_rule_evaluation_seconds",
        kind: Counter,
        labels: &["rule"],
        help: "Time that a rule took of all shards together, as estimated from samples.",
        worry: "Its rate comes near the number of shards: the rule slows all others; a narrower condition, a window or a budget (`[engine.rule_limits.ID]`) helps.",
        read: |facts, samples| {
            for (id, rule) in each_rule(facts) {
                let took_ns = rule.sum(|version| version.counters.evaluation_ns);
                samples.add(&[id], Duration::from_nanos(took_ns).as_secs_f64());
            }
        },
    },
    Metric {
        name: "tripline_rule_events_without_key",
        kind: Counter,
        labels: &["rule"],
        help: "Events that lack a key field of a rule and were not offered to it.",
        worry: "It grows as fast as `tripline_events_processed_total`: the key field is misspelt.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.counters.without_key),
    },
    Metric {
        name: "tripline_rule_warnings",
        kind: Gauge,
        labels: &["rule"],
        help: "Things that went wrong in the condition plugins of a rule or with its budget, each kind at each node counted once.",
        worry: "Anything but 0: the status of the rule and `/status` say what.",
        read: |facts, samples| by_rule(facts, samples, |rule| rule.faults.len() as u64),
    },
    Metric {
        name: "tripline_node_events",
        kind: Counter,
        labels: &["rule", "node"],
        help: "Events that at least one attempt took at a node.",
        worry: "0 at the first node: its condition is never met.",
        read: |facts, samples| by_node(facts, samples, false, |node| node.met),
    },
    Metric {
        name: "tripline_node_runs",
        kind: Counter,
        labels: &["rule", "node"],
        help: "Attempts that took an event at a node.",
        worry: "0 at a node whose predecessor is reached: it is what the rule fails at.",
        read: |facts, samples| by_node(facts, samples, false, |node| node.reached),
    },
    Metric {
        name: "tripline_node_unknown",
        kind: Counter,
        labels: &["rule", "node"],
        help: "How often the conditions of a node could not tell, since a field was missing or of another type.",
        worry: "It grows with the events: a field is misspelt, or its type has changed.",
        read: |facts, samples| by_node(facts, samples, true, |node| node.unknown),
    },
    Metric {
        name: "tripline_node_runs_ended",
        kind: Counter,
        labels: &["rule", "node", "end"],
        help: "Attempts that ended while they waited at a node, by what ended them.",
        worry: "`budget` at all: the rule takes too much, and attempts are dropped.",
        read: |facts, samples| {
            for (id, rule) in facts.rules.iter().filter(|(_, rule)| rule.named) {
                for end in RunEnd::ALL {
                    let ended = |node: &tripline::NodeCounters| {
                        node.ended.get(end as usize).copied().unwrap_or_default()
                    };
                    for (node, count) in rule.nodes(&ended).filter(|(_, count)| *count > 0) {
                        samples.add(&[id, node, end.name()], number(count));
                    }
                }
            }
        },
    },
    Metric {
        name: "tripline_state_keys",
        kind: Gauge,
        labels: &[],
        help: "Keys that have open attempts.",
        worry: "It only grows: rules without a window keep every key.",
        read: |facts, samples| of_run(facts, samples, |seen| Some(number(seen.held.keys))),
    },
    Metric {
        name: "tripline_state_runs",
        kind: Gauge,
        labels: &[],
        help: "Open attempts and withheld matches of all rules.",
        worry: "It only grows.",
        read: |facts, samples| of_run(facts, samples, |seen| Some(number(seen.held.runs))),
    },
    Metric {
        name: "tripline_state_events",
        kind: Gauge,
        labels: &[],
        help: "Events that attempts have taken and hold.",
        worry: "It only grows.",
        read: |facts, samples| of_run(facts, samples, |seen| Some(number(seen.held.events))),
    },
    Metric {
        name: "tripline_state_bytes",
        kind: Gauge,
        labels: &[],
        help: "About how much memory the attempts and their events take.",
        worry: "It comes near the memory of the machine.",
        read: |facts, samples| of_run(facts, samples, |seen| Some(number(seen.held.bytes))),
    },
    Metric {
        name: "tripline_swaps",
        kind: Counter,
        labels: &[],
        help: "How often new rules came into force.",
        worry: "It does not grow though rules are changed.",
        read: |facts, samples| summed(facts, samples, |summary| summary.swaps),
    },
    Metric {
        name: "tripline_last_swap_seconds",
        kind: Gauge,
        labels: &[],
        help: "How long the last new rules kept a shard from processing events.",
        worry: "",
        read: |facts, samples| {
            of_run(facts, samples, |seen| Some(seen.meters.last_swap.as_secs_f64()));
        },
    },
    Metric {
        name: "tripline_longest_swap_seconds",
        kind: Gauge,
        labels: &[],
        help: "How long new rules kept a shard from processing events at most.",
        worry: "More than 0.1.",
        read: |facts, samples| {
            of_run(facts, samples, |seen| Some(seen.meters.longest_swap.as_secs_f64()));
        },
    },
    Metric {
        name: "tripline_checkpoints",
        kind: Counter,
        labels: &[],
        help: "Checkpoints written.",
        worry: "It does not grow while events come.",
        read: |facts, samples| of_checkpoints(facts, samples, |stats| Some(number(stats.written))),
    },
    Metric {
        name: "tripline_checkpoint_failures",
        kind: Counter,
        labels: &[],
        help: "Checkpoints that could not be written; the log says why.",
        worry: "It grows: after a kill more has to be replayed, and the journal fills the disk.",
        read: |facts, samples| of_checkpoints(facts, samples, |stats| Some(number(stats.failed))),
    },
    Metric {
        name: "tripline_checkpoint_age_seconds",
        kind: Gauge,
        labels: &[],
        help: "How old the last checkpoint is; while nothing happens none is made.",
        worry: "Many times the interval while events come.",
        read: |facts, samples| {
            of_checkpoints(facts, samples, |_| facts.look.checkpoint_age_ms().map(seconds));
        },
    },
    Metric {
        name: "tripline_last_checkpoint_seconds",
        kind: Gauge,
        labels: &[],
        help: "How long the last checkpoint took to be written, beside the run.",
        worry: "More than the interval.",
        read: |facts, samples| {
            of_checkpoints(facts, samples, |stats| Some(stats.last_took.as_secs_f64()));
        },
    },
    Metric {
        name: "tripline_last_checkpoint_bytes",
        kind: Gauge,
        labels: &[],
        help: "How many bytes the last checkpoint has.",
        worry: "It grows from day to day: some rule has no window.",
        read: |facts, samples| {
            of_checkpoints(facts, samples, |stats| Some(number(stats.last_bytes)));
        },
    },
    Metric {
        name: "tripline_store_reachable",
        kind: Gauge,
        labels: &[],
        help: "1 if the last try to reach the rule store was good.",
        worry: "0 for minutes: changes of rules do not come in; the rules in force stay.",
        read: |facts, samples| of_store(facts, samples, |store| flag(store.is_reachable())),
    },
    Metric {
        name: "tripline_store_polls",
        kind: Counter,
        labels: &[],
        help: "How often the rule store was asked.",
        worry: "It does not grow: the store is no longer followed; the log says why.",
        read: |facts, samples| of_store(facts, samples, |store| number(store.polls())),
    },
    Metric {
        name: "tripline_store_failed_polls",
        kind: Counter,
        labels: &[],
        help: "How often the rule store did not answer, or not as it must.",
        worry: "It grows.",
        read: |facts, samples| of_store(facts, samples, |store| number(store.failed_polls())),
    },
    Metric {
        name: "tripline_store_rejected_rules",
        kind: Gauge,
        labels: &[],
        help: "Rules of the store that are not valid in their highest version.",
        worry: "Anything but 0: `tripline rules status` says what is wrong with them.",
        read: |facts, samples| of_store(facts, samples, |store| number(store.rejected_rules())),
    },
    Metric {
        name: "tripline_process_resident_bytes",
        kind: Gauge,
        labels: &[],
        help: "Memory of the process (Linux).",
        worry: "It comes near the memory of the machine, or grows while `tripline_state_bytes` does not.",
        read: |facts, samples| {
            if let Some(process) = facts.look.process {
                samples.add(&[], number(process.resident_bytes));
            }
        },
    },
    Metric {
        name: "tripline_process_open_files",
        kind: Gauge,
        labels: &[],
        help: "Files and sockets that the process has open (Linux).",
        worry: "It grows, or comes near `tripline_process_max_open_files`.",
        read: |facts, samples| {
            if let Some(process) = facts.look.process {
                samples.add(&[], number(process.open_files));
            }
        },
    },
    Metric {
        name: "tripline_process_max_open_files",
        kind: Gauge,
        labels: &[],
        help: "How many files the process may have open (Linux).",
        worry: "",
        read: |facts, samples| {
            if let Some(most) = facts.look.process.and_then(|process| process.max_open_files) {
                samples.add(&[], number(most));
            }
        },
    },
];

#[expect(clippy::cast_precision_loss, reason = "it is 0 or a fault")]
const fn whole(value: i64) -> f64 {
    value as f64
}

fn of_checkpoints(
    facts: &Facts<'_>,
    samples: &mut Samples<'_>,
    of: impl Fn(&tripline_runtime::CheckpointStats) -> Option<f64>,
) {
    if let Some(value) = facts.look.checkpoints().and_then(|stats| of(&stats)) {
        samples.add(&[], value);
    }
}

fn of_store(
    facts: &Facts<'_>,
    samples: &mut Samples<'_>,
    of: impl Fn(&tripline_runtime::StoreHealth) -> f64,
) {
    if let Some(store) = facts.look.store() {
        samples.add(&[], of(store));
    }
}
