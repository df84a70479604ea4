//! What becomes of rules that exceed their budgets: they are told of, and suspended.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::warn;
use tripline::{
    BudgetExceeded, BudgetLimit, Code, Rule, RuleCounters, RuleEdit, RuleSet, RunEnd, Text, text,
};

use crate::finding::RuleFinding;
use crate::rules::Rulebook;
use crate::swap::{SwapReport, SwapSender};

/// How often to look whether a rule is to be suspended.
const LOOK: Duration = Duration::from_millis(20);

/// The rule that a report is about, unless it has changed since.
pub(crate) fn rule_of<'a>(set: &'a RuleSet, exceeded: &BudgetExceeded) -> Option<&'a Arc<Rule>> {
    set.rule_in(exceeded.slot).filter(|rule| rule.epoch() == exceeded.epoch)
}

/// The edit that suspends a rule.
pub(crate) fn suspension(exceeded: &BudgetExceeded) -> RuleEdit {
    let BudgetExceeded { slot, epoch, limit, .. } = exceeded;
    RuleEdit::Suspend { slot: *slot, epoch: *epoch, limit: limit.clone() }
}

/// What to tell the author of a rule that is over a limit.
pub(crate) fn exceeded_finding(rule: &Rule, limit: &BudgetLimit) -> RuleFinding {
    if rule.aggregate().is_some() {
        return RuleFinding {
            code: Code::BudgetExceeded,
            message: text!(
                "the statistic {limit}, so events are left out",
                limit = limit_of_statistic(limit)
            ),
            hint: advice_for_statistic(),
        };
    }
    RuleFinding {
        code: Code::BudgetExceeded,
        message: text!(
            "the rule {limit}, so the oldest give way, and matches are missing",
            limit = limit_text(limit)
        ),
        hint: advice(),
    }
}

/// What to tell the author of a rule that is suspended.
pub(crate) fn suspended_finding(limit: &BudgetLimit) -> RuleFinding {
    RuleFinding {
        code: Code::RuleSuspended,
        message: text!(
            "the rule {limit}, and is suspended: it takes no events",
            limit = limit_text(limit)
        ),
        hint: text!(
            "{advice}; a new version, or disabling and enabling it, lets it run again",
            advice = advice()
        ),
    }
}

fn advice() -> Text {
    text!(
        "give the rule a window, a narrower condition, or a more selective key; SKIP_TILL_ANY multiplies attempts"
    )
}

fn advice_for_statistic() -> Text {
    text!(
        "count about (`\"mode\": \"APPROXIMATE\"`), take shorter windows, a longer `slide` or fewer groups, or allow more (`[engine.rule_limits.ID]`)"
    )
}

/// What a statistic does that it must not, to stand after its name.
fn limit_of_statistic(limit: &BudgetLimit) -> Text {
    match *limit {
        BudgetLimit::Runs(most) => {
            text!(
                "has more than {most} groups with open windows, or a shard its part of them",
                most
            )
        }
        BudgetLimit::EventsOfKey(most) => {
            text!("holds more than {most} panes and members of sets of one group", most)
        }
        BudgetLimit::Events(most) => {
            text!(
                "holds more than {most} panes and members of sets, or a shard its part of them",
                most
            )
        }
        BudgetLimit::RunsOfKey(_) | BudgetLimit::Time { .. } | BudgetLimit::SetMembers(_) => {
            limit_text(limit)
        }
    }
}

/// What a rule does that it must not, to stand after its name; in English as `BudgetLimit` says it.
fn limit_text(limit: &BudgetLimit) -> Text {
    match *limit {
        BudgetLimit::RunsOfKey(most) => {
            text!("has more than {most} open attempts of one key", most)
        }
        BudgetLimit::Runs(most) => {
            text!("has more than {most} open attempts, or a shard its part of them", most)
        }
        BudgetLimit::EventsOfKey(most) => {
            text!("holds more than {most} events for the open attempts of one key", most)
        }
        BudgetLimit::Events(most) => {
            text!(
                "holds more than {most} events for open attempts, or a shard its part of them",
                most
            )
        }
        BudgetLimit::SetMembers(most) => {
            text!("puts members into a set that has {most} of them", most)
        }
        BudgetLimit::Time { percent, most } => text!(
            "takes {percent} % of the time of a shard, and may take {most} %",
            percent = u32::from(percent),
            most = u32::from(most)
        ),
    }
}

/// What to tell of a rule and its budget after a run.
pub(crate) fn findings(rule: &Rule, counters: &RuleCounters) -> Vec<RuleFinding> {
    let mut found = Vec::new();
    if counters.budget_exceeded > 0 {
        let dropped = counters.ended(RunEnd::Budget);
        let times = counters.budget_exceeded;
        let (message, hint) = if rule.aggregate().is_some() {
            let message = text!(
                "the statistic would have held more than its budget has: {times} events were left out",
                times
            );
            (message, advice_for_statistic())
        } else {
            let message = text!(
                "the rule held more than its budget has {times} times; {dropped} attempts were dropped, and matches are missing",
                times,
                dropped
            );
            (message, advice())
        };
        found.push(RuleFinding { code: Code::BudgetExceeded, message, hint });
    }
    found.extend(rule.suspended().map(suspended_finding));
    found
}

/// One line for the log.
pub(crate) fn line(rule: &Rule, exceeded: &BudgetExceeded) -> String {
    let id = crate::supervisor::printable(&rule.id);
    let (limit, left_out) = if rule.aggregate().is_some() {
        (limit_of_statistic(&exceeded.limit).to_string(), "events are left out")
    } else {
        (exceeded.limit.to_string(), "the oldest of them give way")
    };
    let what = if exceeded.suspend {
        "it is suspended until it is changed, or disabled and enabled"
    } else {
        left_out
    };
    format!("rule {id} version {} {limit}: {what}", rule.version)
}

/// Rules and the way to the shards, where several change them.
#[derive(Clone, Debug)]
pub struct SharedRules(Arc<Mutex<(Rulebook, SwapSender)>>);

impl SharedRules {
    /// Shares the rules of a run; `book` is what its pipeline was made with.
    #[must_use]
    pub fn new(book: Rulebook, swaps: SwapSender) -> Self {
        Self(Arc::new(Mutex::new((book, swaps))))
    }

    /// Changes rules, and puts what came of it into force.
    pub fn change<T>(&self, change: impl FnOnce(&mut Rulebook) -> T) -> T {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (book, swaps) = &mut *both;
        let changed = change(book);
        // Those that the shards have already are left alone.
        swaps.swap(Arc::clone(book.running()));
        changed
    }
}

/// Suspends the rules that are to be, and takes out versions that have drained, where no
/// [`Supervisor`](crate::Supervisor) does.
#[derive(Debug)]
pub struct BudgetGuard {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl BudgetGuard {
    /// Begins to guard a run.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start(rules: SharedRules) -> std::io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = std::thread::Builder::new().name("budgets".to_owned());
        let thread = thread.spawn(move || {
            let mut told = BTreeSet::new();
            while !stop.load(Ordering::Relaxed) {
                std::thread::park_timeout(LOOK);
                guard(&rules, &mut told);
            }
        })?;
        Ok(Self { over, thread })
    }

    /// Ends it, after the run.
    pub fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        // That it panicked was said when it did, and what was found is right without it.
        drop(self.thread.join());
    }
}

/// Does what the shards ask for; `told` are the versions of which the log has said that something of theirs gives way.
fn guard(rules: &SharedRules, told: &mut BTreeSet<(usize, u64)>) {
    let mut both = rules.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (book, swaps) = &mut *both;
    let mut edits = Vec::new();
    for report in swaps.reports() {
        match report {
            SwapReport::Applied { .. } => {}
            SwapReport::Drained { slot, epoch } => edits.push(RuleEdit::Retire { slot, epoch }),
            SwapReport::Exceeded(exceeded) => {
                let Some(rule) = rule_of(&book.running().set, &exceeded) else { continue };
                if exceeded.suspend || told.insert((exceeded.slot, exceeded.epoch)) {
                    warn!("{}", line(rule, &exceeded));
                }
                if exceeded.suspend {
                    edits.push(suspension(&exceeded));
                }
            }
        }
    }
    if !edits.is_empty() {
        book.apply(edits);
        swaps.swap(Arc::clone(book.running()));
    }
}

#[cfg(test)]
mod tests {
    use super::{BudgetLimit, limit_text};

    #[test]
    fn limits_are_told_as_the_engine_does() {
        for limit in [
            BudgetLimit::RunsOfKey(5),
            BudgetLimit::Runs(6),
            BudgetLimit::EventsOfKey(7),
            BudgetLimit::Events(8),
            BudgetLimit::SetMembers(9),
            BudgetLimit::Time { percent: 60, most: 50 },
        ] {
            assert_eq!(limit_text(&limit), limit.to_string().as_str());
        }
    }
}
