//! What the engine gives out.

use tripline_condition::NodeIndex;
use tripline_event::{EventPosition, Key, Timestamp, Value};

use crate::Rule;
use crate::chain::{EventSlot, MatchChains, TakenEvent};

/// Why there is an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// A complete match.
    Match,
    /// A partial match whose window closed.
    Timeout {
        /// When the window closed: the first moment at which it was too late.
        due: Timestamp,
    },
    /// The values of a group in a window.
    Aggregate {
        /// When the window begins, inclusive.
        start: Timestamp,
        /// When it ends, exclusive.
        end: Timestamp,
        /// The rank of the group in the window, from 1, where the rule ranks.
        rank: Option<u32>,
        /// How many outputs of the same group and window came before.
        revision: u32,
        /// When the event happened that brought it, and where it came from; nothing where time did.
        event: Option<(Timestamp, EventPosition)>,
    },
}

/// Where an output stands among those of all shards, but for the order of events of one timestamp, which the engine is
/// not told.
///
/// # Ordering and time
/// A shard gives outputs in this order, save those that a swap made overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The timestamp of the event, or the due instant.
    pub time: Timestamp,
    /// Whether the moment itself brought it, after all its events.
    pub due: bool,
    /// Of an event, the place of the key fields under which it was offered; of a due instant, the hash of the key.
    pub order: u64,
}

/// One match, timeout or aggregate, borrowed from the shard while it is given out.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The key; of an aggregate the group.
    pub key: &'a Key,
    /// Why there is an output.
    pub kind: OutputKind,
    /// The nodes whose events the partial match waited for, in pattern order; empty for a match.
    pub waiting_for: &'a [NodeIndex],
    /// Counts the steps of the shard (an event or an advance of time for one rule and key): equal outputs of one step
    /// are told apart by their order.
    pub step: u64,
    /// Whether something of the rule and key had to be dropped before, as the rule exceeded its budget: of all outputs
    /// from then on until the key has no run left. Others are missing then, and with a skip strategy this one might not
    /// be.
    pub degraded: bool,
    /// Where it stands among the outputs of all shards.
    pub place: Place,
    /// The values of an aggregate, in the order of its plan; empty for others.
    pub values: &'a [Value],
    pub(crate) events: &'a [(NodeIndex, EventSlot)],
    pub(crate) chains: &'a MatchChains,
}

impl<'a> Output<'a> {
    /// The events with their nodes.
    ///
    /// # Ordering and time
    /// Nodes in pattern order, events of a node oldest first; a node without events does not appear.
    pub fn events(&self) -> impl Iterator<Item = (NodeIndex, &'a TakenEvent)> {
        let chains = self.chains;
        self.events.iter().map(move |&(node, slot)| (node, chains.event(slot)))
    }

    /// When the first event happened; of an aggregate when its window begins.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        if let OutputKind::Aggregate { start, .. } = self.kind {
            return start;
        }
        self.events().map(|(_, event)| event.time).min().unwrap_or(Timestamp::MIN)
    }

    /// When the last event happened; of an aggregate when its window ends, exclusive.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        if let OutputKind::Aggregate { end, .. } = self.kind {
            return end;
        }
        self.events().map(|(_, event)| event.time).max().unwrap_or(Timestamp::MIN)
    }
}

/// Takes outputs as they come.
pub trait OutputSink {
    /// Takes one output.
    fn emit(&mut self, output: &Output<'_>);
}

impl<F: FnMut(&Output<'_>)> OutputSink for F {
    fn emit(&mut self, output: &Output<'_>) {
        self(output);
    }
}
