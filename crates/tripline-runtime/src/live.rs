//! Looks at a run while it goes on.
//!
//! A look is an item of the sequence, so that all shards tell of the same moment; at most one is under way, and at most
//! one a second, however many ask.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tripline::{HeldState, RuleCounters};

use crate::budget;
use crate::clock::Now;
use crate::faults::findings;
use crate::hub::Hub;
use crate::rules::RunningRules;
use crate::summary::{RuleSummary, RunSummary};

/// How old what was seen may be to do for those who ask, in ms.
const FRESH_MS: i64 = 1000;

/// Looks at a run from another thread.
#[derive(Clone, Debug)]
pub struct Probe {
    hub: Arc<Hub>,
}

/// What was seen of a run.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it did up to then. Ages of runs may be those of the look before.
    pub summary: RunSummary,
    /// What its shards held.
    pub held: HeldState,
    /// How time stood.
    pub meters: Meters,
    /// Events processed a second since the look before; `None` at the first.
    pub events_per_second: Option<f64>,
    /// When that was, in ms since 1970.
    pub at_ms: i64,
    steady_ms: i64,
}

/// How time stands in a run, and how long swaps take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// The latest event time that has come, in ms since 1970.
    pub latest_ms: Option<i64>,
    /// How far behind the clock that was when the batch with it had been processed, in ms.
    pub lag_ms: Option<i64>,
    /// How far event time is: nothing before it is still to come; in ms since 1970.
    pub watermark_ms: Option<i64>,
    /// How long the shard that took longest stood still for the last new rules, and for any.
    pub last_swap: Duration,
    /// The longest of them.
    pub longest_swap: Duration,
}

impl Seen {
    fn rate_since(&self, before: &Self) -> Option<f64> {
        let ms = u64::try_from(self.steady_ms.saturating_sub(before.steady_ms)).ok()?;
        let events = self.summary.events.saturating_sub(before.summary.events);
        #[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
        let rate = events as f64 * 1000.0 / ms as f64;
        (ms > 0).then_some(rate)
    }
}

impl Probe {
    pub(crate) const fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    /// What the run did so far, as of a second ago at most; of the last time that it could be seen, if it does not answer
    /// within `patience`, since it stands still.
    ///
    /// `None` if it has not answered yet.
    #[must_use]
    pub fn look(&self, patience: Duration) -> Option<Arc<Seen>> {
        self.hub.probes().ask(patience, || self.hub.now(), || self.hub.probe())
    }

    /// How long ago something was seen.
    #[must_use]
    pub fn age(&self, seen: &Seen) -> Duration {
        let age_ms = self.hub.now().steady_ms.saturating_sub(seen.steady_ms);
        Duration::from_millis(u64::try_from(age_ms).unwrap_or_default())
    }

    /// The names of the run's sources, in the order of its summary.
    #[must_use]
    pub fn source_names(&self) -> Vec<String> {
        self.hub.source_names()
    }

    /// The time of day by the clock of the run, in ms since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.hub.now().wall_ms
    }
}

/// What the shards say of themselves when they are asked, all together.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The rules that the counters are of.
    pub(crate) rules: Arc<RunningRules>,
    /// By slot.
    pub(crate) counters: Vec<RuleCounters>,
    pub(crate) held: HeldState,
}

impl Answer {
    /// Adds what another shard says.
    pub(crate) fn add(&mut self, other: &Self) {
        self.counters.iter_mut().zip(&other.counters).for_each(|(all, more)| all.add(more));
        self.held.add(&other.held);
    }

    /// What happened to each rule.
    pub(crate) fn into_rules(mut self) -> Vec<RuleSummary> {
        let set = &self.rules.set;
        let rules = set.rules().map(|rule| {
            let counters = self.counters.get_mut(rule.slot());
            let counters = counters.map(std::mem::take).unwrap_or_default();
            let mut faults = findings(set, rule, self.rules.meta(rule.slot()));
            faults.extend(budget::findings(rule, &counters));
            RuleSummary {
                id: rule.id.clone(),
                version: rule.version,
                aggregate: rule.aggregate().is_some(),
                faults,
                suspended: rule.suspended().is_some(),
                nodes: rule.nfa().nodes().iter().map(|node| node.name.clone()).collect(),
                counters,
            }
        });
        rules.collect()
    }
}

/// Where those who ask and those who answer meet.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whether an item is on its way.
    under_way: bool,
    /// An answer that nobody has taken yet. Who asks makes it up, and not a shard.
    fresh: Option<(Answer, RunSummary, Meters, Now)>,
    last: Option<Arc<Seen>>,
    over: bool,
}

impl Probes {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, with the totals as of then.
    pub(crate) fn answer(&self, answer: Answer, totals: RunSummary, meters: Meters, now: Now) {
        let mut state = self.lock();
        state.under_way = false;
        state.fresh = Some((answer, totals, meters, now));
        self.answered.notify_all();
    }

    /// There will be no more answers.
    pub(crate) fn close(&self) {
        self.lock().over = true;
        self.answered.notify_all();
    }

    /// What was seen last, asking again if that is too old.
    fn ask(
        &self,
        patience: Duration,
        now: impl Fn() -> Now,
        ask: impl FnOnce(),
    ) -> Option<Arc<Seen>> {
        let is_fresh = |seen: Option<&Seen>| {
            seen.is_some_and(|seen| now().steady_ms.saturating_sub(seen.steady_ms) < FRESH_MS)
        };
        let mut state = self.lock();
        state = self.take_in(state);
        if is_fresh(state.last.as_deref()) || state.over {
            return state.last.clone();
        }
        let asks = !std::mem::replace(&mut state.under_way, true);
        drop(state);
        if asks {
            // Never while holding the lock: who answers holds that of the hub.
            ask();
        }
        let waits = |state: &mut State| {
            state.fresh.is_none() && !state.over && !is_fresh(state.last.as_deref())
        };
        let waited = self.answered.wait_timeout_while(self.lock(), patience, waits);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.take_in(state).last.clone()
    }

    /// Makes up an answer that has come, without the lock.
    fn take_in<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let Some((answer, totals, meters, now)) = state.fresh.take() else { return state };
        drop(state);
        let held = answer.held;
        let summary = RunSummary { rules: answer.into_rules(), ..totals };
        let (at_ms, steady_ms) = (now.wall_ms, now.steady_ms);
        let events_per_second = None;
        let mut seen = Seen { summary, held, meters, events_per_second, at_ms, steady_ms };
        let mut state = self.lock();
        seen.events_per_second = state.last.as_deref().and_then(|last| seen.rate_since(last));
        if state.last.as_ref().is_none_or(|last| last.steady_ms <= seen.steady_ms) {
            state.last = Some(Arc::new(seen));
        }
        self.answered.notify_all();
        state
    }
}
