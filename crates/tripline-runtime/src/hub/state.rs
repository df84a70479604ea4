//! What is under way: what is to be done next, what each shard found, and what may be used again.

use std::collections::VecDeque;
use std::sync::Arc;

use tripline::{SwapEffect, Timestamp};

use super::{AT_END_FOR_MS, Collectable, Finished, IDLE_TICK_MS, Raw, State, UnderWay, Work};
use crate::clock::Now;
use crate::order::Input;
use crate::outputs::Outputs;
use crate::shard::Swapped;
use crate::summary::RunSummary;
use crate::watermark::Wake;

impl UnderWay {
    /// Something is under way no longer.
    pub(super) fn take_out(&mut self, collectable: &Collectable) {
        self.outputs -= collectable.found();
        if let Collectable::Item(finished) = collectable
            && let Some(batch) = &finished.item.arrived
        {
            self.records -= batch.read_len();
        }
    }

    pub(super) fn added_to(self, mut summary: RunSummary) -> RunSummary {
        summary.under_way = self.records;
        summary.outputs.found += self.outputs;
        summary.outputs.in_flight = self.outputs;
        summary
    }
}

impl Finished {
    pub(super) fn add(&mut self, shard: usize, found: Outputs, swapped: Option<Swapped>) {
        self.left &= !(1 << shard);
        self.found.push(found);
        match (&mut self.swapped, swapped) {
            (Some(all), Some(more)) => all.add(more),
            (none, more) => *none = more,
        }
    }
}

impl Swapped {
    /// Adds what it did in another shard.
    pub(super) fn add(&mut self, more: Self) {
        self.pause = self.pause.max(more.pause);
        for effect in more.effects {
            let same =
                |other: &&mut SwapEffect| (other.slot, other.epoch) == (effect.slot, effect.epoch);
            match self.effects.iter_mut().find(same) {
                Some(other) => {
                    other.dropped += effect.dropped;
                    other.kept += effect.kept;
                }
                None => self.effects.push(effect),
            }
        }
    }
}

impl State {
    pub(super) fn finished_item(&mut self, number: u64) -> Option<&mut Finished> {
        let first = self.finished.front()?.item.number;
        self.finished.get_mut(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    pub(super) fn add_input(&mut self, input: Input) {
        self.inputs.insert(self.next, input);
        self.next += 1;
    }

    /// Time is about to move: who has not said for a while that there is nothing more does not know it any more.
    pub(super) fn doubt(&mut self, now: Now) {
        let Self { at_end, raw, .. } = self;
        at_end.retain(|&source, said_ms| {
            let knows = now.steady_ms.saturating_sub(*said_ms) <= AT_END_FOR_MS;
            if !knows {
                raw.push_back(Raw::Input(Input::AtEnd(source, false, now)));
            }
            knows
        });
    }

    pub(super) fn recycle(&mut self, outputs: impl Iterator<Item = Outputs>) {
        for mut outputs in outputs {
            outputs.clear();
            if self.spare_outputs.len() < 4 * self.queues.len() {
                self.spare_outputs.push(outputs);
            }
        }
    }

    /// When to let time pass, by the steady clock.
    pub(super) fn tick_at_ms(&self, now: Now) -> Option<i64> {
        // Something that is due at an instant happens once that has passed.
        let due_ms = self.next_due.iter().flatten().min().map(|due| due.saturating_add(1));
        let at_ms = |ahead_ms: i64| {
            let steady_ms = |time: Timestamp| time.as_millis().saturating_sub(ahead_ms);
            let first = due_ms.into_iter().chain(self.first_held).map(steady_ms).min();
            let shown = self.last_tick_ms.saturating_add(IDLE_TICK_MS);
            first.map_or(shown, |first| first.min(shown))
        };
        match self.wake {
            Wake::Never => None,
            Wake::At(at_ms) => Some(at_ms),
            Wake::Moving(ahead_ms) => Some(at_ms(ahead_ms)),
            Wake::Wall => Some(at_ms(now.wall_ms.saturating_sub(now.steady_ms))),
        }
    }

    /// What a shard found between two items, if those before it are collected.
    ///
    /// It must not overtake a checkpoint whose snapshot has it no more.
    fn next_extra(&mut self) -> Option<Outputs> {
        let ready = |(after, _): &(u64, Outputs)| *after <= self.next_out;
        let at = self.extra.iter().position(ready)?;
        self.extra.remove(at).map(|(_, outputs)| outputs)
    }

    pub(super) fn next_work(&mut self, worker: usize, sweeps: bool) -> Option<Work> {
        if self.over {
            return Some(Work::Stop);
        }
        while let Some(Raw::Input(_)) = self.raw.front()
            && let Some(Raw::Input(input)) = self.raw.pop_front()
        {
            if let Input::Swap(rules) = &input {
                self.rules = Arc::clone(rules);
            }
            self.add_input(input);
        }
        if self.sequencer.is_some()
            && let Some(input) = self.inputs.remove(&self.next_item)
            && let Some(sequencer) = self.sequencer.take()
        {
            return Some(Work::Sequence(sequencer, input));
        }
        if !self.collecting {
            if let Some(extra) = self.next_extra() {
                self.collecting = true;
                return Some(Work::Collect(Collectable::Extra(extra)));
            }
            if self.finished.front().is_some_and(|finished| finished.left == 0)
                && let Some(finished) = self.finished.pop_front()
            {
                self.collecting = true;
                return Some(Work::Collect(Collectable::Item(Box::new(finished))));
            }
        }
        if let Some(item) = self.queues.get_mut(worker).and_then(VecDeque::pop_front) {
            return Some(Work::Run(item, self.spare_outputs.pop().unwrap_or_default()));
        }
        if let Some(Raw::Batch(batch)) = self.raw.pop_front() {
            let number = self.next;
            self.next += 1;
            return Some(Work::Decode(number, batch, Arc::clone(&self.rules)));
        }
        sweeps.then(|| Work::Sweep(self.spare_outputs.pop().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tripline::Registry;

    use super::*;
    use crate::Rulebook;
    use crate::clock::Clock;
    use crate::hub::Hub;

    #[test]
    fn what_is_found_between_two_items_comes_between_them() {
        let (reports, _told) = channel();
        let book = Rulebook::new(Registry::with_builtins());
        let hub = Hub::new(2, Clock::manual(0).0, Arc::clone(book.running()), reports);
        let mut state = hub.lock();
        // One shard is two items ahead of the other when it finds something.
        for after in [2, 1] {
            let mut outputs = Outputs::default();
            outputs.found += after;
            state.extra.push_back((after, outputs));
        }
        let mut next = |next_out| {
            state.next_out = next_out;
            state.next_extra().map(|outputs| outputs.found)
        };
        let found = [next(0), next(1), next(1), next(2), next(3)];
        assert_eq!(found, [None, Some(1), None, Some(2), None]);
    }
}
