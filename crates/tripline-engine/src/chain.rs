//! Taken events and the chains that runs hold of them.
//!
//! A run points at the last link of its [`MatchChain`]; links point back at the one before and are shared by the runs
//! that branched off later. Links and events are counted: what no run holds is free at once.
//! Reusing slots keeps the steady path free of allocation.

#![expect(clippy::indexing_slicing, reason = "slots are issued by the arenas and freed at count 0")]

use std::borrow::Cow;

use tripline_condition::{NodeIndex, Totals};
use tripline_event::{Event, EventPosition, FieldId, Timestamp, Value};

/// The slot of a taken event.
pub(crate) type EventSlot = u32;
/// The slot of a link; [`NO_LINK`] stands for the empty chain.
pub(crate) type Link = u32;
/// The empty chain.
pub(crate) const NO_LINK: Link = u32::MAX;

/// An event that at least one run has taken.
#[derive(Clone, Debug, Default)]
pub struct TakenEvent {
    /// When it happened.
    pub time: Timestamp,
    /// Where it came from.
    pub position: EventPosition,
    /// The record as it came.
    pub payload: Vec<u8>,
    /// Its number in the order in which the shard processed events.
    pub(crate) order: u64,
    /// Values of the fields that conditions read of matched events, by capture number.
    pub(crate) captured: Vec<Value>,
    holds: u32,
}

#[derive(Clone, Copy, Debug)]
struct ChainLink {
    previous: Link,
    event: EventSlot,
    node: NodeIndex,
    /// The link before this node's unbroken stretch of links: what a search for another node leaps to.
    leap: Link,
    /// How many events this node has taken, this one included.
    count: u32,
    /// The first event of this node, as a link.
    first: Link,
    /// Where the running values after this event stand; only links of nodes that totals are asked of have any.
    sums: u32,
    holds: u32,
}

/// All taken events and chains of a shard.
#[derive(Clone, Debug, Default)]
pub(crate) struct MatchChains {
    events: Vec<TakenEvent>,
    free_events: Vec<EventSlot>,
    /// Of the payloads of events that are held.
    payload_bytes: usize,
    links: Vec<ChainLink>,
    free_links: Vec<Link>,
    sums: Vec<Vec<Option<Totals>>>,
    free_sums: Vec<u32>,
}

const NO_SUMS: u32 = u32::MAX;

impl MatchChains {
    /// Keeps a copy of `event`, held once by the caller.
    pub(crate) fn keep(&mut self, event: &Event<'_>, order: u64, capture: &[FieldId]) -> EventSlot {
        let slot = self.free_events.pop().unwrap_or_else(|| {
            self.events.push(TakenEvent::default());
            slot_number(self.events.len() - 1)
        });
        let kept = &mut self.events[slot as usize];
        kept.time = event.time;
        kept.position = event.position;
        kept.order = order;
        kept.payload.extend_from_slice(event.payload);
        self.payload_bytes += event.payload.len();
        kept.captured.extend(capture.iter().map(|&field| event.value(field).clone()));
        kept.holds = 1;
        slot
    }

    /// Gives up one hold of an event.
    pub(crate) fn release_event(&mut self, slot: EventSlot) {
        let event = &mut self.events[slot as usize];
        event.holds -= 1;
        if event.holds == 0 {
            self.payload_bytes -= event.payload.len();
            event.payload.clear();
            // One huge event must not pin its size for ever.
            event.payload.shrink_to(4096);
            event.captured.clear();
            self.free_events.push(slot);
        }
    }

    /// Appends an event to a chain; the new link is held once by the caller.
    ///
    /// `summed` gives, for each field of the node with running values, the value that this event adds.
    pub(crate) fn append(
        &mut self,
        previous: Link,
        event: EventSlot,
        node: NodeIndex,
        summed: &[Value],
    ) -> Link {
        let before = self.last_of(previous, node);
        let (count, first) = match before {
            Some(link) => (self.links[link as usize].count + 1, self.links[link as usize].first),
            None => (1, NO_LINK),
        };
        let sums = if summed.is_empty() {
            NO_SUMS
        } else {
            self.add_sums(before.map(|link| self.links[link as usize].sums), summed)
        };
        if previous != NO_LINK {
            self.hold(previous);
        }
        self.events[event as usize].holds += 1;
        let leap = match self.links.get(previous as usize) {
            Some(before) if before.node == node => before.leap,
            _ => previous,
        };
        let link = ChainLink { previous, event, node, leap, count, first, sums, holds: 1 };
        let slot = match self.free_links.pop() {
            Some(slot) => {
                self.links[slot as usize] = link;
                slot
            }
            None => {
                self.links.push(link);
                slot_number(self.links.len() - 1)
            }
        };
        if first == NO_LINK {
            self.links[slot as usize].first = slot;
        }
        slot
    }

    fn add_sums(&mut self, before: Option<u32>, summed: &[Value]) -> u32 {
        let slot = self.free_sums.pop().unwrap_or_else(|| {
            self.sums.push(Vec::new());
            slot_number(self.sums.len() - 1)
        });
        let mut sums = std::mem::take(&mut self.sums[slot as usize]);
        for (index, value) in summed.iter().enumerate() {
            let mut totals = match before {
                None => Some(Totals::default()),
                // Not summed so far, so not from here on: see `totals_of`.
                Some(before) => {
                    let sums = self.sums.get(before as usize);
                    sums.and_then(|sums| sums.get(index).cloned()).unwrap_or_default()
                }
            };
            if let Some(totals) = &mut totals {
                totals.add(value);
            }
            sums.push(totals);
        }
        self.sums[slot as usize] = sums;
        slot
    }

    /// Takes one more hold of a link.
    pub(crate) fn hold(&mut self, link: Link) {
        self.links[link as usize].holds += 1;
    }

    /// Gives up one hold of a link, and of what only it held; iterative, whatever the length.
    pub(crate) fn release(&mut self, mut link: Link) {
        while link != NO_LINK {
            let slot = &mut self.links[link as usize];
            slot.holds -= 1;
            if slot.holds > 0 {
                return;
            }
            let ChainLink { previous, event, sums, .. } = *slot;
            self.free_links.push(link);
            if let Some(values) = self.sums.get_mut(sums as usize) {
                values.clear();
                self.free_sums.push(sums);
            }
            self.release_event(event);
            link = previous;
        }
    }

    /// The last link of `node` at or before `link`.
    fn last_of(&self, mut link: Link, node: NodeIndex) -> Option<Link> {
        while link != NO_LINK {
            let here = &self.links[link as usize];
            if here.node == node {
                return Some(link);
            }
            link = here.leap;
        }
        None
    }

    /// How many events of the chain node `node` has taken.
    pub(crate) fn count(&self, chain: Link, node: NodeIndex) -> usize {
        self.last_of(chain, node).map_or(0, |link| self.links[link as usize].count as usize)
    }

    /// The event that `node` took as its `index`-th, from 0.
    pub(crate) fn event_of(&self, chain: Link, node: NodeIndex, index: usize) -> Option<EventSlot> {
        let mut link = self.last_of(chain, node)?;
        let last = self.links[link as usize];
        if index == 0 {
            return Some(self.links[last.first as usize].event);
        }
        loop {
            let here = &self.links[link as usize];
            let position = here.count as usize - 1;
            if position == index {
                return Some(here.event);
            }
            if position < index {
                return None;
            }
            link = self.last_of(here.previous, node)?;
        }
    }

    /// The events that `node` took, newest first; leaps over those of other nodes.
    pub(crate) fn events_of(
        &self,
        chain: Link,
        node: NodeIndex,
    ) -> impl Iterator<Item = EventSlot> {
        std::iter::successors(self.last_of(chain, node), move |&link| {
            self.last_of(self.links[link as usize].previous, node)
        })
        .map(|link| self.links[link as usize].event)
    }

    /// The running values number `index` of `node`; `None` if they were not kept from the first event on.
    pub(crate) fn totals_of(
        &self,
        chain: Link,
        node: NodeIndex,
        index: usize,
    ) -> Option<Cow<'_, Totals>> {
        let Some(link) = self.last_of(chain, node) else {
            return Some(Cow::Owned(Totals::default()));
        };
        let sums = self.sums.get(self.links[link as usize].sums as usize)?;
        sums.get(index)?.as_ref().map(Cow::Borrowed)
    }

    /// The event in a slot.
    pub(crate) fn event(&self, slot: EventSlot) -> &TakenEvent {
        &self.events[slot as usize]
    }

    /// The chain from its last event back to its first.
    pub(crate) fn walk(&self, chain: Link) -> impl Iterator<Item = (Link, NodeIndex, EventSlot)> {
        std::iter::successors((chain != NO_LINK).then_some(chain), |&link| {
            let previous = self.links[link as usize].previous;
            (previous != NO_LINK).then_some(previous)
        })
        .map(|link| {
            let here = &self.links[link as usize];
            (link, here.node, here.event)
        })
    }

    /// About how many bytes it takes: what is held, and the room for more that it keeps.
    pub(crate) fn bytes(&self) -> usize {
        self.payload_bytes
            + self.events.capacity() * size_of::<TakenEvent>()
            + self.links.capacity() * size_of::<ChainLink>()
            + self.sums.capacity() * size_of::<Vec<Option<Totals>>>()
            + (self.free_events.capacity() + self.free_links.capacity()) * size_of::<u32>()
    }

    /// How many links are held.
    #[inline]
    pub(crate) fn links_held(&self) -> usize {
        self.links.len() - self.free_links.len()
    }

    /// How many events and links are held.
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.events.len() - self.free_events.len(), self.links_held())
    }
}

/// Slots are numbered in 32 bits; the budgets of the rules keep a shard far below that.
fn slot_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `nodes`: who takes event 0, 1, 2, …; `expected`: those of node 0, newest first.
    fn check(nodes: &[u16], expected: &[EventSlot]) {
        let mut chains = MatchChains::default();
        let mut chain = NO_LINK;
        for (order, &node) in (0..).zip(nodes) {
            let event = Event {
                time: Timestamp::from_millis(0),
                happened: Timestamp::from_millis(0),
                position: EventPosition::default(),
                values: &[],
                payload: b"",
            };
            let slot = chains.keep(&event, order, &[]);
            let longer = chains.append(chain, slot, NodeIndex(node), &[]);
            chains.release_event(slot);
            if chain != NO_LINK {
                chains.release(chain);
            }
            chain = longer;
        }
        let found: Vec<_> = chains.events_of(chain, NodeIndex(0)).collect();
        assert_eq!(found, expected, "{nodes:?}");
        assert_eq!(chains.count(chain, NodeIndex(0)), expected.len(), "{nodes:?}");
        for (index, slot) in expected.iter().rev().enumerate() {
            assert_eq!(chains.event_of(chain, NodeIndex(0), index), Some(*slot), "{nodes:?}");
        }
        chains.release(chain);
        assert_eq!(chains.held(), (0, 0), "{nodes:?}");
    }

    #[test]
    fn events_of_a_node_come_newest_first() {
        check(&[], &[]);
        check(&[1, 2, 1], &[]);
        check(&[0, 0, 0], &[2, 1, 0]);
        check(&[0, 1, 1, 0, 2, 0, 0, 1], &[6, 5, 3, 0]);
        check(&[1, 1, 0, 2, 2], &[2]);
    }
}
