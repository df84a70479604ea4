//! One shard at work: its state, the rules it has, and what it says of them.

use std::sync::Arc;
use std::time::Duration;

use tripline::{
    BudgetExceeded, Event, ShardState, Snapshot, SwapEffect, Timestamp, Value, Watermark,
};

use crate::clock::Stopwatch;
use crate::handler::OutputFormat;
use crate::item::Item;
use crate::live::Answer;
use crate::outputs::{Encoder, Outputs};
use crate::rules::RunningRules;

/// Slots of runs looked through at once after a swap while there is nothing else to do.
const SWEEP_STEP: u32 = 4096;

/// Places of runs looked at between two items for how old they are.
const AGES_STEP: usize = 4096;

/// What a swap did in one shard.
#[derive(Debug)]
pub(crate) struct Swapped {
    pub(crate) before: Arc<RunningRules>,
    pub(crate) effects: Vec<SwapEffect>,
    pub(crate) pause: Duration,
}

/// What a shard says after a piece of work.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) outputs: Outputs,
    pub(crate) swapped: Option<Swapped>,
    /// Slots and epochs of versions that have no run left here, each said once.
    pub(crate) drained: Vec<(usize, u64)>,
    /// Rules that took more than they may, each said once.
    pub(crate) exceeded: Vec<BudgetExceeded>,
    /// When something is next due.
    pub(crate) next_due: Option<Timestamp>,
    /// What it has done so far, if that was asked.
    pub(crate) answer: Option<Answer>,
    /// The state, for a checkpoint.
    pub(crate) snapshot: Option<Snapshot>,
}

/// A shard, in the hands of the one thread that runs it.
pub(crate) struct Shard<'a> {
    pub(crate) number: usize,
    pub(crate) state: &'a mut ShardState,
    pub(crate) rules: Arc<RunningRules>,
    pub(crate) format: Box<dyn OutputFormat + 'a>,
    /// Values of an event that was decoded before more fields came into use.
    redecoded: Vec<Value>,
    /// Versions said to be drained.
    said_drained: Vec<u64>,
    /// Whether it is finding out how old runs are.
    ageing: bool,
}

impl<'a> Shard<'a> {
    pub(crate) fn new(
        number: usize,
        state: &'a mut ShardState,
        rules: Arc<RunningRules>,
        format: Box<dyn OutputFormat + 'a>,
    ) -> Self {
        let (redecoded, said_drained) = (Vec::new(), Vec::new());
        Self { number, state, rules, format, redecoded, said_drained, ageing: false }
    }

    /// Whether there is something to do between two items.
    pub(crate) const fn has_chores(&self) -> bool {
        self.ageing || self.state.is_swapping()
    }

    /// Does this shard's part of an item; `outputs` is empty.
    pub(crate) fn run(&mut self, item: &Item, mut outputs: Outputs) -> Done {
        if item.swap.is_some() {
            self.finish_times(&mut outputs);
        }
        let swapped = item.swap.as_ref().map(|rules| self.swap(rules));
        let Self { rules, state, format, redecoded, .. } = self;
        let mut encoder =
            Encoder { rules, format: format.as_mut(), outputs: &mut outputs, event: 0 };
        // Nobody waits for a replay, and up to any barrier it gives out what was given out before.
        while item.replayed && state.is_swapping() {
            state.continue_swap(&rules.set, SWEEP_STEP, &mut encoder);
        }
        item.for_shard(self.number, |event, number, counts| {
            encoder.event = number;
            let mut event = *event;
            if event.values.len() < rules.set.fields().len()
                // It was decoded before, so it can be again.
                && rules.decoder.decode(event.payload, redecoded).is_ok()
            {
                event.values = redecoded;
            }
            process(rules, state, &event, counts, &mut encoder);
        });
        if let Some(passed) = item.passed {
            state.advance_to(&rules.set, passed, &mut encoder);
        }
        let mut snapshot = None;
        if item.barrier.is_some() {
            // A snapshot holds no half of a swap.
            while state.is_swapping() {
                state.continue_swap(&rules.set, SWEEP_STEP, &mut encoder);
            }
            snapshot = Some(state.snapshot(&rules.set));
        }
        if item.probe {
            self.state.begin_ages();
            self.ageing = true;
        }
        self.age();
        let answer = item.probe.then(|| Answer {
            rules: Arc::clone(&self.rules),
            counters: self.state.counters_now(&self.rules.set),
            held: self.state.held_state(),
        });
        Done { answer, snapshot, ..self.done(outputs, swapped) }
    }

    fn age(&mut self) {
        self.ageing = self.ageing && self.state.continue_ages(AGES_STEP);
    }

    /// Goes on with what a swap or a look left to be done, while there is nothing else to do.
    pub(crate) fn sweep(&mut self, mut outputs: Outputs) -> Done {
        self.age();
        if !self.state.is_swapping() {
            return self.done(outputs, None);
        }
        let Self { rules, state, format, .. } = self;
        let mut encoder =
            Encoder { rules, format: format.as_mut(), outputs: &mut outputs, event: 0 };
        state.continue_swap(&rules.set, SWEEP_STEP, &mut encoder);
        self.done(outputs, None)
    }

    /// Closes what the last swap made overdue.
    fn finish_times(&mut self, outputs: &mut Outputs) {
        let Self { rules, state, format, .. } = self;
        let mut encoder = Encoder { rules, format: format.as_mut(), outputs, event: 0 };
        while state.has_old_times() {
            state.continue_swap(&rules.set, SWEEP_STEP, &mut encoder);
        }
    }

    fn swap(&mut self, rules: &Arc<RunningRules>) -> Swapped {
        let clock = Stopwatch::start();
        let effects = self.state.swap(&rules.set);
        let before = std::mem::replace(&mut self.rules, Arc::clone(rules));
        let pause = clock.elapsed();
        let set = &self.rules.set;
        self.said_drained.retain(|epoch| set.is_draining(*epoch));
        Swapped { before, effects, pause }
    }

    fn done(&mut self, outputs: Outputs, swapped: Option<Swapped>) -> Done {
        let mut drained: Vec<(usize, u64)> = self.state.drained(&self.rules.set).collect();
        drained.retain(|(_, epoch)| !self.said_drained.contains(epoch));
        self.said_drained.extend(drained.iter().map(|(_, epoch)| *epoch));
        let exceeded = self.state.budget_exceeded(&self.rules.set);
        let next_due = self.state.next_due();
        Done { outputs, swapped, drained, exceeded, next_due, snapshot: None, answer: None }
    }
}

/// Moves time up to the event, then offers it to the rules.
fn process(
    rules: &RunningRules,
    state: &mut ShardState,
    event: &Event<'_>,
    counts: bool,
    out: &mut Encoder<'_>,
) {
    state.advance_to(&rules.set, Watermark(event.time.saturating_add(-1)), out);
    state.process_part(&rules.set, event, counts, out);
}
