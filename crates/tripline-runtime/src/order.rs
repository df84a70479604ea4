//! Puts events in order of their time, as far as they may be out of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tripline::{Event, EventPosition, Timestamp, Value};

/// The most events held back; beyond it the earliest go on before their time.
const MAX_HELD: usize = 1_000_000;

/// An event that waits for earlier ones.
#[derive(Debug)]
struct Held {
    time: Timestamp,
    arrival: u64,
    position: EventPosition,
    values: Vec<Value>,
    payload: Vec<u8>,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        (self.time, self.arrival) == (other.time, other.arrival)
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.arrival).cmp(&(other.time, other.arrival))
    }
}

/// What becomes of an event on arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// No earlier one can come: it may be processed at once.
    Ready,
    /// An earlier one may come.
    Early,
    /// Later ones have been processed.
    Late,
}

/// Holds events back until no earlier one can come.
///
/// # Ordering and time
/// With a bound of `b` ms, an event is late if one more than `b` ms after it has come; an event exactly `b` ms behind is
/// not. Events of one timestamp keep their order of arrival.
#[derive(Debug)]
pub(crate) struct OrderBuffer {
    bound_ms: i64,
    /// The latest time that has come.
    latest: Option<Timestamp>,
    /// The time of the last event let go before its turn, since too many were held.
    forced: Option<Timestamp>,
    held: BinaryHeap<Reverse<Held>>,
    arrivals: u64,
    spare: Vec<(Vec<Value>, Vec<u8>)>,
    pub(crate) forced_events: u64,
}

impl OrderBuffer {
    pub(crate) const fn new(bound_ms: i64) -> Self {
        Self {
            bound_ms,
            latest: None,
            forced: None,
            held: BinaryHeap::new(),
            arrivals: 0,
            spare: Vec::new(),
            forced_events: 0,
        }
    }

    /// Says what becomes of an event of this time, and moves time on with it.
    pub(crate) fn arrive(&mut self, time: Timestamp) -> Arrival {
        if self.horizon().is_some_and(|horizon| time < horizon) {
            return Arrival::Late;
        }
        self.latest = self.latest.max(Some(time));
        // Everything that is held has another time or came earlier, so with nothing held it is this one's turn.
        if self.held.is_empty() && self.horizon() == Some(time) {
            Arrival::Ready
        } else {
            Arrival::Early
        }
    }

    /// The earliest time that an event may still have.
    pub(crate) fn horizon(&self) -> Option<Timestamp> {
        let horizon = self.latest.map(|latest| latest.saturating_add(-self.bound_ms));
        horizon.max(self.forced)
    }

    /// Holds an event back.
    pub(crate) fn hold(&mut self, event: &Event<'_>) {
        let (mut values, mut payload) = self.spare.pop().unwrap_or_default();
        values.clear();
        values.extend_from_slice(event.values);
        payload.clear();
        payload.extend_from_slice(event.payload);
        self.arrivals += 1;
        self.held.push(Reverse(Held {
            time: event.time,
            arrival: self.arrivals,
            position: event.position,
            values,
            payload,
        }));
    }

    /// Gives the next event whose turn it is, or with `all` the next of all that are held.
    pub(crate) fn release(&mut self, all: bool, process: &mut impl FnMut(&Event<'_>)) -> bool {
        let Some(Reverse(first)) = self.held.peek() else { return false };
        let too_many = self.held.len() > MAX_HELD;
        let ready = self.horizon().is_some_and(|horizon| first.time <= horizon);
        if !(all || ready || too_many) {
            return false;
        }
        let Some(Reverse(held)) = self.held.pop() else { return false };
        if !all && !ready {
            self.forced_events += 1;
            self.forced = self.forced.max(Some(held.time));
        }
        process(&Event {
            time: held.time,
            position: held.position,
            values: &held.values,
            payload: &held.payload,
        });
        if self.spare.len() < 1024 {
            self.spare.push((held.values, held.payload));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times in, times out in order of release; late ones are marked by a minus.
    fn check(bound_ms: i64, input: &[i64], expected: &[i64]) {
        let mut order = OrderBuffer::new(bound_ms);
        let mut out = Vec::new();
        for &time in input {
            let time = Timestamp::from_millis(time);
            let event =
                Event { time, position: EventPosition::default(), values: &[], payload: b"{}" };
            match order.arrive(time) {
                Arrival::Ready => out.push(time.as_millis()),
                Arrival::Early => order.hold(&event),
                Arrival::Late => out.push(-time.as_millis()),
            }
            while order.release(false, &mut |event| out.push(event.time.as_millis())) {}
        }
        while order.release(true, &mut |event| out.push(event.time.as_millis())) {}
        assert_eq!(out, expected, "bound {bound_ms}, input {input:?}");
    }

    #[test]
    fn without_a_bound_events_go_on_at_once() {
        check(0, &[1, 2, 2, 3], &[1, 2, 2, 3]);
        check(0, &[5, 4, 5], &[5, -4, 5]);
    }

    #[test]
    fn within_the_bound_they_are_put_in_order() {
        check(3, &[5, 3, 4, 8, 2, 9], &[3, 4, 5, -2, 8, 9]);
        check(3, &[5, 2, 1], &[2, -1, 5]);
    }
}
