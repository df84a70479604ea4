//! What was read of a queue, and what of it may come again.
//!
//! A message is the broker's until it is acknowledged, and that is after a checkpoint. If the connection breaks before, the
//! broker brings it again: marked as redelivered, and before all that it has not brought yet. By then it was read, and is
//! not to be read twice. It is known by its id, if it has one, and its text; of two that are the same it does not matter
//! which is which, but how many there are.

use std::collections::{BTreeMap, VecDeque};

use crate::Mark;

/// How many messages with ids are still known after the broker has heard that they are done: if it crashes, it may have
/// forgotten that.
const SETTLED: usize = 1000;

/// What was read of a queue, by this process and the one before.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// The number of the next message.
    next: u64,
    /// Those before are in a checkpoint.
    done: u64,
    /// What the broker may bring again.
    read: BTreeMap<u64, Mark>,
    /// Of that, what this connection has not brought yet.
    awaited: BTreeMap<u128, VecDeque<u64>>,
    /// What this connection has brought and the broker was not told of yet: tag and number.
    tags: VecDeque<(u64, u64)>,
    /// The last ones that the broker was told of, which have ids.
    settled: VecDeque<u64>,
    /// Those without ids before this number do not come again.
    settled_before: u64,
}

impl Book {
    /// That of a process which goes on at `next`.
    pub(super) fn new(next: u64, marks: Vec<Mark>) -> Self {
        let read = marks.into_iter().map(|mark| (mark.number, mark)).collect();
        Self { next, read, ..Self::default() }
    }

    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// There is a new connection: what was not acknowledged comes again.
    pub(super) fn connected(&mut self) {
        self.tags.clear();
        self.awaited.clear();
        for mark in self.read.values() {
            self.awaited.entry(mark.hash).or_default().push_back(mark.number);
        }
    }

    /// A message has come; its mark if it is new.
    pub(super) fn delivered(
        &mut self,
        tag: u64,
        redelivered: bool,
        hash: u128,
        has_id: bool,
    ) -> Option<Mark> {
        if !redelivered && !self.awaited.is_empty() {
            self.no_more_again();
        }
        if let Some(number) = self.awaited.get_mut(&hash).and_then(VecDeque::pop_front) {
            self.tags.push_back((tag, number));
            return None;
        }
        let mark = Mark { number: self.next, hash, has_id };
        self.next += 1;
        self.read.insert(mark.number, mark);
        self.tags.push_back((tag, mark.number));
        Some(mark)
    }

    /// What was not brought again by now the broker has not any more; it still may forget what it has just heard of.
    fn no_more_again(&mut self) {
        let Self { awaited, read, settled, .. } = self;
        for number in std::mem::take(awaited).into_values().flatten() {
            if !settled.contains(&number) {
                read.remove(&number);
            }
        }
        self.find_settled();
    }

    /// All before this number is in a checkpoint.
    pub(super) fn done(&mut self, before: u64) {
        self.done = self.done.max(before);
    }

    /// What is to be acknowledged: the last tag, with all before it, and the numbers.
    pub(super) fn due(&mut self) -> Option<(u64, Vec<u64>)> {
        let mut last = None;
        let mut numbers = Vec::new();
        while let Some((tag, number)) = self.tags.front().copied().filter(|(_, at)| *at < self.done)
        {
            self.tags.pop_front();
            last = Some(tag);
            numbers.push(number);
        }
        last.map(|tag| (tag, numbers))
    }

    /// The broker has heard that these are done.
    pub(super) fn settle(&mut self, numbers: Vec<u64>) {
        for number in numbers {
            if self.read.get(&number).is_some_and(|mark| mark.has_id) {
                self.settled.push_back(number);
            } else {
                self.read.remove(&number);
            }
        }
        while self.settled.len() > SETTLED {
            if let Some(number) = self.settled.pop_front() {
                self.read.remove(&number);
            }
        }
        self.find_settled();
    }

    fn find_settled(&mut self) {
        let first = self.read.values().find(|mark| !mark.has_id);
        self.settled_before = first.map_or(self.next, |mark| mark.number);
    }

    /// Of the messages without an id, those before this number do not come again: the journal says so, for the next process
    /// is not to take another message with the same text for one of them.
    pub(super) const fn settled_before(&self) -> u64 {
        self.settled_before
    }

    /// What came before this number and may come again.
    pub(super) fn unacknowledged(&self, before: u64) -> Vec<Mark> {
        self.read.range(..before).map(|(_, mark)| *mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delivers messages with these texts, and tells the numbers of those that are new.
    fn deliver(book: &mut Book, first_tag: u64, redelivered: bool, texts: &[u128]) -> Vec<u64> {
        let tagged = (first_tag..).zip(texts);
        let new = tagged.filter_map(|(tag, text)| book.delivered(tag, redelivered, *text, false));
        new.map(|mark| mark.number).collect()
    }

    #[test]
    fn what_comes_again_is_read_once() {
        let mut book = Book::default();
        book.connected();
        assert_eq!(deliver(&mut book, 1, false, &[7, 8, 7]), [0, 1, 2]);
        assert_eq!(book.due(), None);
        book.done(2);
        assert_eq!(book.due(), Some((2, vec![0, 1])));
        // The connection breaks before the broker has heard of it; two of the same text, and a third that was never read.
        book.connected();
        assert_eq!(deliver(&mut book, 1, true, &[7, 8, 7, 7]), [3]);
        assert_eq!(book.due(), Some((2, vec![0, 1])));
        assert_eq!(book.settled_before(), 0, "it may not have heard");
        book.settle(vec![0, 1]);
        assert_eq!(book.settled_before(), 2);
        // Another process has what was not acknowledged.
        let marks = book.unacknowledged(3);
        assert_eq!(marks.iter().map(|mark| mark.number).collect::<Vec<_>>(), [2]);
        let mut book = Book::new(3, marks);
        book.connected();
        assert_eq!(deliver(&mut book, 1, true, &[7, 7]), [3]);
    }

    #[test]
    fn what_is_new_is_never_taken_for_what_was_read() {
        let mut book = Book::default();
        book.connected();
        assert_eq!(deliver(&mut book, 1, false, &[7, 7]), [0, 1]);
        book.connected();
        // The broker had heard of the first ones, so they do not come again.
        assert_eq!(deliver(&mut book, 1, false, &[7]), [2]);
        assert_eq!(book.settled_before(), 2);
        assert_eq!(deliver(&mut book, 2, true, &[7]), [3]);
        // Nor are they kept for ever.
        assert_eq!(book.unacknowledged(9).len(), 2);
        book.done(4);
        let (tag, numbers) = book.due().unwrap();
        assert_eq!((tag, &numbers), (2, &vec![2, 3]));
        book.settle(numbers);
        assert_eq!(book.unacknowledged(9), []);
        book.connected();
        assert_eq!(deliver(&mut book, 1, true, &[7]), [4], "it was acknowledged");
    }

    #[test]
    fn a_message_with_an_id_is_known_when_the_broker_forgets() {
        let mut book = Book::default();
        book.connected();
        for number in 0..2000_u64 {
            assert!(book.delivered(1 + number, false, number.into(), true).is_some());
        }
        book.done(2000);
        let (_, numbers) = book.due().unwrap();
        book.settle(numbers);
        assert_eq!(book.unacknowledged(2000).len(), SETTLED);
        assert_eq!(book.settled_before(), 2000);
        book.connected();
        assert!(book.delivered(1, true, 1999, true).is_none());
        assert_eq!(book.due(), Some((1, vec![1999])), "it is acknowledged again");
        // What is new does not make it forget them.
        assert!(book.delivered(2, false, 5000, true).is_some());
        book.connected();
        assert!(book.delivered(1, true, 1998, true).is_none());
    }
}
