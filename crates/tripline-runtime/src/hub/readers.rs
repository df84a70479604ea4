//! What readers do: they bring batches, what a journal says, and the ends of sources.

use std::sync::PoisonError;

use super::{Hub, Raw, SourceEnd, State};
use crate::batch::Batch;
use crate::order::Input;
use crate::pipeline::RunError;

impl Hub {
    /// A batch to be filled from a source, as soon as there is room for it; `None` once the run is over.
    pub(crate) fn batch(&self, source: u32) -> Option<Box<Batch>> {
        let most = 2 * self.shards + 2;
        let mut state = self.lock();
        loop {
            if state.over || state.stopping {
                return None;
            }
            let ahead = 1_u64.checked_shl(source).unwrap_or(0) & state.ahead != 0;
            if state.under_way < most && !ahead {
                return Some(Box::new(state.spare_batches.pop().unwrap_or_default()));
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A batch in which nothing came.
    pub(crate) fn give_back(&self, batch: Box<Batch>) {
        self.lock().spare_batches.push(*batch);
    }

    /// Nothing came of a source with another side, which has just said that there is nothing more, or has not.
    pub(crate) fn nothing_came(&self, source: u32, at_end: bool) {
        let mut state = self.lock();
        if state.over || state.stopping {
            return;
        }
        let now = self.clock.now();
        let knew = if at_end {
            state.at_end.insert(source, now.steady_ms).is_some()
        } else {
            state.at_end.remove(&source).is_some()
        };
        if knew != at_end {
            state.raw.push_back(Raw::Input(Input::AtEnd(source, at_end, now)));
            self.wake_any(&mut state);
        }
    }

    /// As [`Hub::batch`], for a replay, which says itself what is read when.
    pub(crate) fn batch_for_replay(&self) -> Option<Box<Batch>> {
        self.batch(u32::MAX)
    }

    /// A batch of a journal has been read again.
    pub(crate) fn push_replayed(&self, batch: Box<Batch>) {
        self.push_as_it_came(&mut self.lock(), batch);
    }

    fn push_as_it_came(&self, state: &mut State, batch: Box<Batch>) {
        if state.stopping {
            // It came too late: nobody will say that it was read.
            return;
        }
        state.under_way += 1;
        state.counts.records += batch.read_len();
        state.raw.push_back(Raw::Batch(batch));
        self.wake_any(state);
    }

    /// Something else that a journal says.
    pub(crate) fn replay_input(&self, input: Input) {
        let mut state = self.lock();
        state.raw.push_back(Raw::Input(input));
        self.wake_any(&mut state);
    }

    /// The journal is at its end: from here on things happen anew.
    pub(crate) fn go_live(&self) {
        self.replay_input(Input::Resumed { now: self.clock.now(), live: true });
    }

    /// A batch has been read.
    pub(crate) fn push(&self, mut batch: Box<Batch>) {
        let mut state = self.lock();
        batch.arrived = self.clock.now();
        state.at_end.remove(&batch.source);
        state.doubt(batch.arrived);
        self.push_as_it_came(&mut state, batch);
    }

    /// A source has ended, or cannot be read any further.
    pub(crate) fn end(&self, source: u32, end: SourceEnd) {
        let mut state = self.lock();
        if state.stopping {
            return;
        }
        let now = self.clock.now();
        state.doubt(now);
        drop(state);
        match end {
            Ok(()) => self.replay_input(Input::Ended(source, now)),
            Err(error) => self.end_after_what_was_read(error.into()),
        }
    }

    /// Ends the run behind what was read so far.
    pub(crate) fn end_after_what_was_read(&self, error: RunError) {
        self.lock().reader_error.get_or_insert(error);
        self.replay_input(Input::Broken(self.clock.now()));
    }
}
