//! Time: closing windows, and the end of a rule.

use tripline_event::Timestamp;

use super::{KeyRuns, NEVER, Run, Step, earliest_due, node_of};
use crate::counters::RunEnd;
use crate::heap;
use crate::nfa::StateKind;

impl Step<'_> {
    /// Moves time to `now`: closes windows (Flink's `NFA.advanceTime`), and drops what is left when the rule has ended.
    pub(crate) fn advance_to(&mut self, runs: &mut KeyRuns, now: Timestamp) {
        let end = self.rule.effective.drop_at();
        if now >= runs.degraded_until {
            runs.degraded_until = Timestamp::MIN;
        }
        self.close_windows(runs, now.min(end));
        if now >= end && end != NEVER {
            self.drop_all(runs, RunEnd::Expired);
        }
    }

    fn close_windows(&mut self, runs: &mut KeyRuns, now: Timestamp) {
        let skips = self.skips();
        let mut next = std::mem::take(&mut self.scratch.next);
        for run in runs.runs.drain(..) {
            match self.overdue(&run, now) {
                None if skips => heap::add(&mut next, run),
                None => next.push(run),
                Some(due) => match self.kind(&run) {
                    StateKind::Pending => self.scratch.complete.push(run),
                    _ => self.scratch.timeouts.push((run, due)),
                },
            }
        }
        std::mem::swap(&mut runs.runs, &mut next);
        self.scratch.next = next;
        self.settle(runs);
        let mut timeouts = std::mem::take(&mut self.scratch.timeouts);
        for (run, due) in timeouts.drain(..) {
            self.emit_timeout(&run, due);
        }
        self.scratch.timeouts = timeouts;
        runs.next_due = earliest_due(self.rule, runs);
    }

    /// When the run was too late, if that has come; the window since the previous event counts first, as in Flink.
    pub(super) fn overdue(&self, run: &Run, now: Timestamp) -> Option<Timestamp> {
        if run.is_start() {
            return None;
        }
        let nfa = &self.rule.nfa;
        let since_previous = nfa.states.get(run.state.index()).map_or(0, |state| state.window_ms);
        if since_previous > 0 && now.since(run.previous_time) >= since_previous {
            return Some(run.previous_time.saturating_add(since_previous));
        }
        (nfa.window_ms > 0 && now.since(run.start_time) >= nfa.window_ms)
            .then(|| run.start_time.saturating_add(nfa.window_ms))
    }

    /// Ends all runs and withheld matches without output.
    pub(crate) fn drop_all(&mut self, runs: &mut KeyRuns, end: RunEnd) {
        self.counters.withheld = self.counters.withheld.saturating_sub(runs.completed.len() as u64);
        for run in runs.runs.drain(..).filter(|run| !run.is_start()) {
            self.counters.end(node_of(self.rule, &run), end);
            self.chains.release(run.chain);
        }
        for run in runs.completed.drain(..) {
            let last = self.chains.walk(run.chain).next().map(|(_, node, _)| node);
            self.counters.end(last, end);
            self.chains.release(run.chain);
        }
        (runs.next_due, runs.degraded_until) = (NEVER, Timestamp::MIN);
    }
}
