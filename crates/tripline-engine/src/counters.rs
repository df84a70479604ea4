//! Why did it not fire: what happened to the runs of a rule, node by node.

use tripline_event::Timestamp;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RunEnd {
    /// The match was complete.
    Matched,
    /// The window closed.
    TimedOut,
    /// The next event was not the one that STRICT contiguity asked for.
    Strict,
    /// The event of a negated node came.
    Not,
    /// The until condition of a loop was met and nothing could follow.
    Until,
    /// An after-match skip strategy dropped it.
    Skipped,
    /// The rule's budget was exceeded.
    Budget,
    /// A new version of the rule came, or the rule went.
    Updated,
    /// The rule was no longer in force (`effective_until`).
    Expired,
}

impl RunEnd {
    /// How many ends there are.
    pub const COUNT: usize = 9;

    /// All ends, in the order of [`NodeCounters::ended`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::Matched,
        Self::TimedOut,
        Self::Strict,
        Self::Not,
        Self::Until,
        Self::Skipped,
        Self::Budget,
        Self::Updated,
        Self::Expired,
    ];

    /// The name used in summaries and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::TimedOut => "timed_out",
            Self::Strict => "strict",
            Self::Not => "not",
            Self::Until => "until",
            Self::Skipped => "skipped",
            Self::Budget => "budget",
            Self::Updated => "updated",
            Self::Expired => "expired",
        }
    }
}

/// What happened at one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeCounters {
    /// Events that at least one run took here; an event counts once, however many runs took it.
    pub met: u64,
    /// Runs that took an event here.
    pub reached: u64,
    /// How often its conditions could not tell, as far as they were asked: a field was missing, or of another type than
    /// the comparison asks for. Conditions on the event alone are asked once an event for all rules that have them,
    /// others once a run.
    pub unknown: u64,
    /// Runs that ended while they waited here, by [`RunEnd`]; a completed match counts at the node of its last event.
    pub ended: [u64; RunEnd::COUNT],
}

/// What happened to one rule since its version came into force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCounters {
    /// Matches given out.
    pub matches: u64,
    /// Timeouts given out.
    pub timeouts: u64,
    /// Events that lacked a key field and were not offered.
    pub without_key: u64,
    /// Runs alive now, start states apart.
    pub live_runs: u64,
    /// Complete matches withheld until earlier runs end, by a skip strategy.
    pub withheld: u64,
    /// When the oldest withheld match began.
    pub withheld_since: Option<Timestamp>,
    /// When the oldest run alive began.
    pub open_since: Option<Timestamp>,
    /// Complete matches that a skip strategy dropped.
    pub pruned_matches: u64,
    /// Events that runs alive and withheld matches hold now; where runs share how they began, that counts once.
    pub held_events: u64,
    /// How often something had to give way, since the rule held more than its budget has.
    pub budget_exceeded: u64,
    /// About how long the rule took, in ns, all shards together; 0 where it is not measured
    /// ([`ShardState::set_stopwatch`](crate::ShardState::set_stopwatch)).
    pub evaluation_ns: u64,
    /// Per node, in pattern order.
    pub nodes: Vec<NodeCounters>,
}

/// The earlier of two moments that may be none.
pub(crate) fn first(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl RuleCounters {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { nodes: vec![NodeCounters::default(); nodes], ..Self::default() }
    }

    pub(crate) fn end(&mut self, node: Option<tripline_condition::NodeIndex>, end: RunEnd) {
        let slot = node.and_then(|node| self.nodes.get_mut(usize::from(node.0)));
        if let Some(count) = slot.and_then(|node| node.ended.get_mut(end as usize)) {
            *count += 1;
        }
    }

    /// Goes on for a rule without runs.
    pub(crate) const fn without_runs(&mut self) {
        self.live_runs = 0;
        self.withheld = 0;
        self.held_events = 0;
    }

    /// Adds what happened in another shard.
    pub fn add(&mut self, other: &Self) {
        self.matches += other.matches;
        self.timeouts += other.timeouts;
        self.without_key += other.without_key;
        self.live_runs += other.live_runs;
        self.withheld += other.withheld;
        self.withheld_since = first(self.withheld_since, other.withheld_since);
        self.open_since = first(self.open_since, other.open_since);
        self.pruned_matches += other.pruned_matches;
        self.held_events += other.held_events;
        self.budget_exceeded += other.budget_exceeded;
        self.evaluation_ns = self.evaluation_ns.saturating_add(other.evaluation_ns);
        if self.nodes.len() < other.nodes.len() {
            self.nodes.resize(other.nodes.len(), NodeCounters::default());
        }
        for (node, more) in self.nodes.iter_mut().zip(&other.nodes) {
            node.met += more.met;
            node.reached += more.reached;
            node.unknown += more.unknown;
            for (count, more) in node.ended.iter_mut().zip(more.ended) {
                *count += more;
            }
        }
    }

    /// How many runs ended so, over all nodes.
    #[must_use]
    pub fn ended(&self, end: RunEnd) -> u64 {
        self.nodes.iter().filter_map(|node| node.ended.get(end as usize)).sum()
    }
}
