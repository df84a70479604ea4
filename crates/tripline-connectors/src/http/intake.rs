//! Requests on their way from those who sent them to the engine, and back with what became of them.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::body::Part;
use crate::open::Acknowledge;
use crate::{BadRecord, BadRecordReason, MAX_RECORD_BYTES, MAX_SHOWN_BYTES, Position, RecordBatch};

/// How many records that are no events an answer names.
const MAX_NAMED: usize = 100;

/// What became of a request.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    /// How many events were taken.
    pub(super) taken: u64,
    /// How many of its parts are no events.
    pub(super) rejected: u64,
    /// The first of those, each with the reason.
    pub(super) reasons: Vec<Reason>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reason {
    /// Its line, or its place in the list; from 1.
    pub(super) line: u32,
    pub(super) reason: String,
}

/// A request that waits to be read.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) body: Vec<u8>,
    pub(super) parts: Vec<Part>,
    pub(super) answer: oneshot::Sender<Told>,
    /// Its share of the room for requests, which is free again once it has been read.
    pub(super) room: OwnedSemaphorePermit,
}

/// A request of which the first so many parts were read.
#[derive(Debug)]
struct Reading {
    body: Vec<u8>,
    parts: Vec<Part>,
    at: usize,
    _room: OwnedSemaphorePermit,
}

/// A request that was read, at least in part, and not answered.
#[derive(Debug)]
struct Asked {
    /// The numbers of its records in the source.
    first: u64,
    end: u64,
    lines: Vec<u32>,
    told: Told,
    answer: oneshot::Sender<Told>,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Waiting>,
    reading: Option<Reading>,
    /// In the order of their numbers.
    asked: VecDeque<Asked>,
    /// The number of the next record.
    next: u64,
    /// The same of the next request.
    next_request: u64,
    closed: bool,
}

/// Where requests wait.
#[derive(Debug)]
pub(super) struct Intake {
    state: Mutex<State>,
    came: Condvar,
}

impl Intake {
    /// One whose next record has this number.
    pub(super) fn new(next: u64) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            reading: None,
            asked: VecDeque::new(),
            next,
            next_request: next,
            closed: false,
        };
        Self { state: Mutex::new(state), came: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request, unless the source is closed: then whoever waits for the answer hears that nobody will give it.
    pub(super) fn push(&self, request: Waiting) {
        let mut state = self.lock();
        if !state.closed {
            state.waiting.push_back(request);
            self.came.notify_one();
        }
    }

    /// Takes nothing more; what was read is still answered.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        state.reading = None;
    }

    /// Answers nobody any more.
    pub(super) fn end(&self) {
        self.close();
        self.lock().asked.clear();
    }

    /// Whether nothing more is taken.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn position(&self) -> Position {
        Position { record: self.lock().next, ..Position::default() }
    }

    /// Adds records to a batch until it holds so many; waits for the first for a while only.
    pub(super) fn read(&self, batch: &mut RecordBatch, max_records: usize, wait: Duration) {
        let mut state = self.lock();
        let is_empty = |state: &mut State| state.reading.is_none() && state.waiting.is_empty();
        if is_empty(&mut state) {
            let waited = self.came.wait_timeout_while(state, wait, is_empty);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        while batch.count() < max_records && state.read_part(batch) {}
    }
}

impl State {
    /// Adds the next record to a batch; whether there was one.
    fn read_part(&mut self, batch: &mut RecordBatch) -> bool {
        let mut reading = match self.reading.take() {
            Some(reading) => reading,
            None => match self.waiting.pop_front() {
                Some(waiting) => self.begin(waiting),
                None => return false,
            },
        };
        let Some(part) = reading.parts.get(reading.at) else { return false };
        let text = reading.body.get(part.range.clone()).unwrap_or_default();
        let number = self.next;
        if text.len() > MAX_RECORD_BYTES {
            let text = text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec();
            let reason = BadRecordReason::TooLong { limit: MAX_RECORD_BYTES };
            batch.push_bad(BadRecord { number, line: 0, reason, text });
        } else {
            batch.push_record(number, 0, text);
        }
        self.next += 1;
        reading.at += 1;
        if reading.at < reading.parts.len() {
            self.reading = Some(reading);
        }
        true
    }

    fn begin(&mut self, waiting: Waiting) -> Reading {
        let Waiting { body, parts, answer, room } = waiting;
        let first = self.next_request;
        self.next_request += parts.len() as u64;
        let lines = parts.iter().map(|part| part.line).collect();
        let (end, told) = (self.next_request, Told::default());
        self.asked.push_back(Asked { first, end, lines, told, answer });
        Reading { body, parts, at: 0, _room: room }
    }
}

impl Acknowledge for Intake {
    fn acknowledge(&self, _: &Position) {
        // Those who sent it have heard before.
    }

    fn is_waited_for(&self) -> bool {
        true
    }

    fn rejected(&self, number: u64, reason: &dyn Display) {
        let mut state = self.lock();
        let of = |asked: &&mut Asked| asked.first <= number && number < asked.end;
        // What comes again out of a journal was answered by another process.
        let Some(asked) = state.asked.iter_mut().find(of) else { return };
        let at = usize::try_from(number - asked.first).unwrap_or(usize::MAX);
        asked.told.rejected += 1;
        if asked.told.reasons.len() < MAX_NAMED {
            let line = asked.lines.get(at).copied().unwrap_or_default();
            asked.told.reasons.push(Reason { line, reason: reason.to_string() });
        }
    }

    fn taken(&self, position: &Position) {
        let mut state = self.lock();
        while state.asked.front().is_some_and(|asked| asked.end <= position.record)
            && let Some(Asked { first, end, mut told, answer, .. }) = state.asked.pop_front()
        {
            told.taken = (end - first).saturating_sub(told.rejected);
            told.reasons.sort_by_key(|reason| reason.line);
            // Whoever asked may have gone.
            drop(answer.send(told));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::super::body::parts;
    use super::*;

    const NO_WAIT: Duration = Duration::ZERO;

    struct Sender {
        intake: Intake,
        room: Arc<Semaphore>,
    }

    impl Sender {
        fn send(&self, body: &str) -> oneshot::Receiver<Told> {
            let (answer, told) = oneshot::channel();
            let size = u32::try_from(body.len()).unwrap();
            let room = Arc::clone(&self.room).try_acquire_many_owned(size).unwrap();
            let body = body.as_bytes().to_vec();
            let parts = parts(&body).unwrap();
            self.intake.push(Waiting { body, parts, answer, room });
            told
        }

        fn read(&self, most: usize) -> Vec<(u64, String)> {
            let mut batch = RecordBatch::default();
            self.intake.read(&mut batch, most, NO_WAIT);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            batch.records().map(|record| (record.number, text(record.bytes))).collect()
        }
    }

    #[test]
    fn a_request_is_answered_once_all_of_it_is_taken() {
        let sender = Sender { intake: Intake::new(7), room: Arc::new(Semaphore::new(100)) };
        let mut first = sender.send("a\n\nb\nc\n");
        let mut second = sender.send("[1]");
        assert_eq!(sender.room.available_permits(), 100 - 7 - 3);
        assert_eq!(sender.read(2), [(7, "a".to_owned()), (8, "b".to_owned())]);
        let at = |record| Position { record, ..Position::default() };
        sender.intake.taken(&sender.intake.position());
        assert!(first.try_recv().is_err(), "one of its events is still to be read");
        sender.intake.rejected(8, &"it is b");
        // Of another process.
        sender.intake.rejected(6, &"it was");
        assert_eq!(sender.read(9), [(9, "c".to_owned()), (10, "1".to_owned())]);
        assert_eq!(sender.room.available_permits(), 100, "there is room again");
        assert_eq!(sender.intake.position(), at(11));
        sender.intake.taken(&at(10));
        let reasons = vec![Reason { line: 3, reason: "it is b".to_owned() }];
        assert_eq!(first.try_recv().unwrap(), Told { taken: 2, rejected: 1, reasons });
        assert!(second.try_recv().is_err());
        sender.intake.taken(&at(11));
        assert_eq!(second.try_recv().unwrap(), Told { taken: 1, ..Told::default() });
        assert!(sender.read(9).is_empty());
    }

    #[test]
    fn nobody_waits_for_a_source_that_is_closed() {
        let sender = Sender { intake: Intake::new(0), room: Arc::new(Semaphore::new(100)) };
        let mut asked = sender.send("a");
        sender.read(1);
        let mut waiting = sender.send("b");
        sender.intake.close();
        let mut late = sender.send("c");
        assert_eq!(asked.try_recv(), Err(oneshot::error::TryRecvError::Empty), "it was read");
        sender.intake.end();
        for told in [&mut asked, &mut waiting, &mut late] {
            assert_eq!(told.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        }
        assert!(sender.intake.is_closed());
        assert_eq!(sender.room.available_permits(), 100);
    }
}
