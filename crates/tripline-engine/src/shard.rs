//! A shard: all runs of all rules and keys that one thread owns.

#![expect(clippy::indexing_slicing, reason = "slots are issued by this shard's own slabs")]

mod ages;
mod aggregates;
mod budget;
mod sets;
mod slabs;

pub use ages::HeldState;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashTable;
use tripline_event::{Event, Key, KeyGroups, Timestamp, Value, Watermark};

pub use budget::BudgetExceeded;
use budget::{Spending, Timing};
pub(crate) use sets::SetChanges;

use crate::chain::MatchChains;
use crate::counters::{RuleCounters, RunEnd, first};
use crate::decide::Decider;
use crate::nfa::AfterMatchSkip;
use crate::output::{OutputSink, Place};
use crate::rule_set::{Pass, Rule, RuleSet};
use crate::run::{Current, KeyRuns, NEVER, Scratch, Step, earliest_due};

/// The end of a list of slots.
const END: u32 = u32::MAX;

/// The runs of one rule and key, in the list of their key.
#[derive(Clone, Debug)]
pub(crate) struct RuleRuns {
    pub(crate) slot: u32,
    epoch: u64,
    /// Under which durations `runs.next_due` was worked out, as [`Rule::timing`].
    timing: u64,
    pub(crate) key_spec: u32,
    pub(crate) key: u32,
    next: u32,
    pub(crate) runs: KeyRuns,
    /// The moment for which a timer is set; [`NEVER`] if none.
    armed: Timestamp,
    /// Tells the timers of an earlier tenant of this slot from those of this one.
    tenant: u32,
    pub(crate) live: bool,
}

impl RuleRuns {
    pub(crate) fn belongs_to(&self, rule: &Rule) -> bool {
        self.epoch == rule.epoch
    }
}

#[derive(Clone, Debug)]
struct KeyEntry {
    key: Key,
    hash: u64,
    first: u32,
}

/// The keys with runs, for the rules that share key fields.
#[derive(Clone, Debug, Default)]
struct KeyTable {
    index: HashTable<u32>,
    entries: Vec<KeyEntry>,
    free: Vec<u32>,
    without_key: u64,
}

/// When to look at the runs of a rule and key, in order of time, of keys, and then of arming: the same with any number of
/// shards, as a key has one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    due: Timestamp,
    /// Of the key.
    hash: u64,
    number: u64,
    runs: u32,
    tenant: u32,
}

/// All that changes: the runs of all rules and keys of a shard. A value: it can be cloned, snapshot and restored.
///
/// # Ordering and time
/// Time moves through the arguments of [`ShardState::process`] and [`ShardState::advance_to`] and in no other way.
#[derive(Clone, Debug, Default)]
pub struct ShardState {
    owned: KeyGroups,
    pub(crate) chains: MatchChains,
    /// What is to become of sets once all have seen the event.
    changes: SetChanges,
    /// The values of an aggregate on their way out.
    values: Vec<Value>,
    tables: Vec<KeyTable>,
    pub(crate) rule_runs: Vec<RuleRuns>,
    free_runs: Vec<u32>,
    timers: BinaryHeap<Reverse<Timer>>,
    timers_armed: u64,
    pub(crate) next_order: u64,
    pub(crate) watermark: Option<Timestamp>,
    slots: Vec<SlotState>,
    pub(crate) decider: Decider,
    scratch: Scratch,
    starting: Vec<u32>,
    /// The arrival number of the last event that may start a rule, by slot.
    starts: Vec<u64>,
    steps: u64,
    /// Of the outputs of the step at hand.
    place: Place,
    timing: Timing,
    /// What has not been told of yet.
    exceeded: Vec<BudgetExceeded>,
    /// Where to look next for runs of dropped versions and for old due times, and in how many slots of `rule_runs`.
    sweep_at: u32,
    sweep_left: u32,
    ages: ages::Ages,
    /// Whether runs are left that are overdue since durations changed.
    sweep_times: bool,
}

/// What the shard keeps of each rule slot.
#[derive(Clone, Debug, Default)]
struct SlotState {
    /// Whose runs `counters` tell of; 0 before the first rule, which none has.
    epoch: u64,
    timing: u64,
    draining: bool,
    counters: RuleCounters,
    spending: Spending,
}

/// What a swap did to the open runs of a rule, withheld matches included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwapEffect {
    /// The slot that the rule had before the swap.
    pub slot: usize,
    /// The epoch that it had before the swap.
    pub epoch: u64,
    /// Runs that will never end by themselves.
    pub dropped: u64,
    /// Runs that go on.
    pub kept: u64,
}

/// How many slots of runs an event looks through after a swap.
const SWEEP_STEP: u32 = 64;

/// What is known of an event's key under one key spec.
struct Found {
    hash: u64,
    entry: Option<u32>,
}

impl ShardState {
    /// A shard without runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A shard without runs that owns some of the keys.
    #[must_use]
    pub fn owning(groups: KeyGroups) -> Self {
        Self { owned: groups, ..Self::default() }
    }

    /// Offers an event to the rules of `set`, as [`ShardState::process_part`] for the one shard that there is.
    pub fn process(&mut self, set: &RuleSet, event: &Event<'_>, out: &mut dyn OutputSink) {
        self.process_part(set, event, true, out);
    }

    /// Offers an event to the rules of `set`, with the keys that this shard owns.
    ///
    /// Of the shards that an event goes to ([`RuleSet::key_groups`]), `counts` is true in one: it counts for which rules
    /// the event has no key.
    ///
    /// # Ordering and time
    /// Events come in the order of their timestamps; those of one timestamp in the order of arrival.
    /// Windows of the event's key that are due at or before it close first, one instant after the other.
    ///
    /// # Cost
    /// One key lookup for each distinct key of the set, plus what the runs of that key that the event touches cost.
    pub fn process_part(
        &mut self,
        set: &RuleSet,
        event: &Event<'_>,
        counts: bool,
        out: &mut dyn OutputSink,
    ) {
        self.prepare(set);
        if self.sweep_left > 0 {
            self.sweep_some(set, SWEEP_STEP);
        }
        let before = event.time.saturating_add(-1);
        if self.decider.aggregates.timers.next_due().is_some_and(|due| due <= before) {
            self.close_aggregates(set, (before, u64::MAX), out);
        }
        self.decider.memo.begin_event(set.predicate_count());
        self.next_order += 1;
        let mut current = Current { event, order: self.next_order, kept: None };
        self.change_sets(set);
        self.decider.sets.pass(event.time);
        for (order, &pass) in set.passes.iter().enumerate() {
            if pass.begins_phase {
                self.change_sets(set);
            }
            let (number, spec) = (pass.spec, &set.key_specs[pass.spec]);
            self.place = Place { time: event.time, due: false, order: order as u64 };
            let Some(hash) = spec.hash_of(event) else {
                self.tables[number].without_key += u64::from(counts);
                continue;
            };
            if !self.owned.contains(spec.group_of(hash)) {
                continue;
            }
            if spec.groups {
                self.process_aggregates(set, pass, hash, event, out);
                continue;
            }
            let parts = || spec.fields.iter().map(|&field| event.value(field));
            let table = &self.tables[number];
            let entry =
                table.index.find(hash, |&at| table.entries[at as usize].key.matches(parts()));
            let found = Found { hash, entry: entry.copied() };
            self.starting.clear();
            spec.starts(event, &mut self.starting);
            if pass.mixed {
                self.starting.retain(|slot| set.phase_of(*slot as usize) == pass.phase);
            }
            if found.entry.is_none() && self.starting.is_empty() {
                continue;
            }
            self.process_key(set, pass, parts, &found, &mut current, out);
        }
        self.change_sets(set);
        if let Some(slot) = current.kept {
            self.chains.release_event(slot);
        }
    }

    fn process_key<'v, I: Iterator<Item = &'v Value>>(
        &mut self,
        set: &RuleSet,
        pass: Pass,
        parts: impl Fn() -> I,
        found: &Found,
        current: &mut Current<'_>,
        out: &mut dyn OutputSink,
    ) {
        let spec = pass.spec;
        for &slot in &self.starting {
            self.starts[slot as usize] = current.order;
        }
        let mut entry = found.entry;
        let mut at = entry.map_or(END, |entry| self.tables[spec].entries[entry as usize].first);
        while at != END {
            let next = self.rule_runs[at as usize].next;
            if let Some(rule) = self.rule_of(set, at) {
                if pass.mixed && set.phase_of(rule.slot()) != pass.phase {
                    at = next;
                    continue;
                }
                let starts = self.starts[rule.slot()] == current.order;
                self.starts[rule.slot()] = 0;
                self.process_rule(set, rule, at, current, starts, out);
            }
            self.tidy(at);
            at = next;
        }
        // The key's entry went if its last run did.
        if let Some(known) = entry
            && self.tables[spec].entries[known as usize].first == END
        {
            entry = None;
        }
        let starting = std::mem::take(&mut self.starting);
        for &slot in &starting {
            if self.starts[slot as usize] != current.order {
                continue;
            }
            self.starts[slot as usize] = 0;
            let Some(rule) = set.rule_in(slot as usize) else {
                continue;
            };
            if !rule.may_start(current.event.time) {
                continue;
            }
            self.decider.begin_rule(&rule.nfa);
            if !self.decider.can_start(set, rule, &self.chains, current.event) {
                continue;
            }
            let key = *entry.get_or_insert_with(|| {
                let key = Key::from_values(parts());
                self.add_key(spec, key, found.hash)
            });
            let at = self.add_runs(rule, spec, key);
            self.rule_runs[at as usize].runs.now = current.event.time;
            self.step(set, rule, at, out, |step, runs| {
                step.process(runs, current, true);
            });
            self.tidy(at);
            if self.tables[spec].entries[key as usize].first == END {
                entry = None;
            }
        }
        self.starting = starting;
    }

    fn process_rule(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        at: u32,
        current: &mut Current<'_>,
        starts: bool,
        out: &mut dyn OutputSink,
    ) {
        let now = current.event.time;
        if self.rule_runs[at as usize].runs.now < now {
            self.close_windows(set, rule, at, now, out);
            self.rule_runs[at as usize].runs.now = now;
        }
        let starts = starts && rule.may_start(now);
        self.decider.begin_rule(&rule.nfa);
        self.step(set, rule, at, out, |step, runs| {
            step.process(runs, current, starts);
        });
    }

    /// Moves the time of one rule and key to each due instant up to `now`, earliest first.
    fn close_windows(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        at: u32,
        now: Timestamp,
        out: &mut dyn OutputSink,
    ) {
        loop {
            let due = self.rule_runs[at as usize].runs.next_due;
            if due == NEVER || due > now {
                return;
            }
            self.step(set, rule, at, out, |step, runs| step.advance_to(runs, due));
            let runs = &mut self.rule_runs[at as usize].runs;
            runs.now = runs.now.max(due);
        }
    }

    fn step(
        &mut self,
        set: &RuleSet,
        rule: &Rule,
        at: u32,
        out: &mut dyn OutputSink,
        work: impl FnOnce(&mut Step<'_>, &mut KeyRuns),
    ) {
        self.steps += 1;
        let rule_runs = &mut self.rule_runs[at as usize];
        let runs = &mut rule_runs.runs;
        let before = live(rule, runs);
        let links_before = self.chains.links_held();
        let measured = self.timing.begin(self.steps, runs.runs.len().max(runs.links));
        let table = &self.tables[rule_runs.key_spec as usize];
        let counters = &mut self.slots[rule.slot()].counters;
        let mut step = Step {
            set,
            rule,
            key: &table.entries[rule_runs.key as usize].key,
            chains: &mut self.chains,
            decider: &mut self.decider,
            scratch: &mut self.scratch,
            counters,
            out,
            number: self.steps,
            place: self.place,
            links_before,
            groups: rule.share_of(self.owned),
            changes: &mut self.changes,
            degraded: runs.degraded,
            exceeded: None,
        };
        work(&mut step, runs);
        let exceeded = step.exceeded.take();
        counters.live_runs = (counters.live_runs + live(rule, runs)).saturating_sub(before);
        let links = self.chains.links_held();
        runs.links = (runs.links + links).saturating_sub(links_before);
        counters.held_events =
            (counters.held_events + links as u64).saturating_sub(links_before as u64);
        if let Some(measured) = measured {
            measured.end(counters);
        }
        if let Some(limit) = exceeded {
            self.note_exceeded(rule, limit);
        }
    }

    /// Moves time on: nothing at or before `watermark` is still to come, so every window due by then closes.
    ///
    /// # Ordering and time
    /// Each rule and key gets one step an instant, the earliest instant first.
    pub fn advance_to(&mut self, set: &RuleSet, watermark: Watermark, out: &mut dyn OutputSink) {
        if self.watermark.is_some_and(|before| before >= watermark.0) {
            return;
        }
        self.watermark = Some(watermark.0);
        if self.sweep_left > 0 && watermark == Watermark::MAX {
            // At the end of all input nothing may be left over.
            self.prepare(set);
            self.sweep_some(set, u32::MAX);
        }
        if self.next_due().is_none_or(|due| due > watermark.0) {
            return;
        }
        self.prepare(set);
        self.close_due(set, watermark.0, out);
        self.change_sets(set);
    }

    /// A moment before which nothing is due without an event; `None` if nothing ever is.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let runs = self.timers.peek().map(|Reverse(timer)| timer.due);
        first(runs, self.decider.aggregates.timers.next_due())
    }

    /// Closes what is due at or before `now`.
    fn close_due(&mut self, set: &RuleSet, now: Timestamp, out: &mut dyn OutputSink) {
        loop {
            let head = self.timers.peek().copied().filter(|Reverse(timer)| timer.due <= now);
            let bound = head.map_or((now, u64::MAX), |Reverse(timer)| (timer.due, timer.hash));
            self.close_aggregates(set, bound, out);
            let Some(Reverse(timer)) = head else { return };
            self.timers.pop();
            let rule_runs = &mut self.rule_runs[timer.runs as usize];
            if !rule_runs.live || rule_runs.tenant != timer.tenant {
                continue;
            }
            if rule_runs.armed == timer.due {
                rule_runs.armed = NEVER;
            }
            self.place = Place { time: timer.due, due: true, order: timer.hash };
            if let Some(rule) = self.rule_of(set, timer.runs) {
                // Up to this instant only: a later one takes its turn after what is due before it elsewhere.
                self.close_windows(set, rule, timer.runs, timer.due, out);
            }
            self.tidy(timer.runs);
        }
    }

    /// Moves the time of every rule and key to `now` in one step, whatever was due on the way.
    ///
    /// This is not how time moves in Tripline; it is how it moves in a conformance case, where Flink's operator was
    /// given one watermark (`docs/language.md` L-TIME-6).
    pub fn jump_to(&mut self, set: &RuleSet, now: Timestamp, out: &mut dyn OutputSink) {
        self.prepare(set);
        self.close_aggregates(set, (now, u64::MAX), out);
        for at in 0..self.rule_runs.len() {
            let Ok(at) = u32::try_from(at) else { return };
            if !self.rule_runs[at as usize].live {
                continue;
            }
            if let Some(rule) = self.rule_of(set, at) {
                self.step(set, rule, at, out, |step, runs| step.advance_to(runs, now));
                self.rule_runs[at as usize].runs.now = now;
            }
            self.tidy(at);
        }
        self.change_sets(set);
    }

    /// The rule that runs belong to; without one its version is gone, and so are they.
    fn rule_of<'s>(&mut self, set: &'s RuleSet, at: u32) -> Option<&'s Rule> {
        let rule_runs = &mut self.rule_runs[at as usize];
        let rule = set.rule_in(rule_runs.slot as usize).map(AsRef::as_ref);
        if let Some(rule) = rule
            && rule.epoch == rule_runs.epoch
        {
            if rule_runs.timing != rule.timing {
                rule_runs.timing = rule.timing;
                let runs = &mut rule_runs.runs;
                let due = earliest_due(rule, runs);
                let before = std::mem::replace(&mut runs.next_due, due);
                if due < before {
                    // What shorter durations make overdue closes before the next event, even one of the same timestamp.
                    runs.now = runs.now.min(due.saturating_add(-1));
                }
            }
            return Some(rule);
        }
        let runs = &mut rule_runs.runs;
        for run in runs.runs.drain(..).chain(runs.completed.drain(..)) {
            if !run.is_start() {
                self.chains.release(run.chain);
            }
        }
        runs.next_due = NEVER;
        (runs.links, runs.degraded, runs.degraded_until) = (0, false, Timestamp::MIN);
        None
    }

    /// Tells the shard that `set` is now in force: counters of new versions begin, and the runs of dropped ones are
    /// counted as they were left. Says what became of the open runs of each rule that changed.
    ///
    /// # Cost
    /// A pass over the slots of the set. The runs themselves go when their key is next touched or due, or with the events
    /// that follow, a few at a time: no pause over all keys.
    pub fn swap(&mut self, set: &RuleSet) -> Vec<SwapEffect> {
        self.prepare(set);
        self.decider.sets.adopt(set.fields());
        let mut effects = Vec::new();
        for (slot, state) in self.slots.iter_mut().enumerate() {
            let rule = set.rule_in(slot);
            let (epoch, timing, draining) =
                rule.map_or((0, 0, false), |rule| (rule.epoch, rule.timing, rule.is_draining()));
            if (state.epoch, state.timing, state.draining) == (epoch, timing, draining) {
                continue;
            }
            let open = state.counters.live_runs + state.counters.withheld;
            let goes_on = state.epoch == epoch;
            self.decider.aggregates.swap(slot, rule.map(AsRef::as_ref), self.watermark);
            if state.epoch != 0 {
                let (kept, dropped) = if goes_on { (open, 0) } else { (0, open) };
                effects.push(SwapEffect { slot, epoch: state.epoch, dropped, kept });
            }
            if !goes_on {
                // What a rule did before it was suspended is still to be seen.
                match rule {
                    Some(rule) if rule.suspended().is_some() && rule.timing == state.timing => {
                        state.counters.without_runs();
                    }
                    _ => {
                        let nodes = rule.map_or(0, |rule| rule.nfa.nodes.len());
                        state.counters = RuleCounters::new(nodes);
                    }
                }
                state.spending = Spending::default();
            }
            if open > 0 && (!goes_on || state.timing != timing) {
                // Once around from where it is, so that swaps in quick succession do not keep it at the beginning.
                self.sweep_left = u32::try_from(self.rule_runs.len()).unwrap_or(u32::MAX);
                self.sweep_times |= goes_on;
            }
            (state.epoch, state.timing, state.draining) = (epoch, timing, draining);
        }
        effects
    }

    /// Lets go of runs of dropped versions, and works out anew when others are due, in the next `slots` slots.
    fn sweep_some(&mut self, set: &RuleSet, slots: u32) {
        for _ in 0..slots.min(self.sweep_left) {
            if self.sweep_at as usize >= self.rule_runs.len() {
                self.sweep_at = 0;
            }
            let at = self.sweep_at;
            self.sweep_at += 1;
            self.sweep_left -= 1;
            if self.rule_runs[at as usize].live {
                let _rule = self.rule_of(set, at);
                self.tidy(at);
            }
        }
    }

    /// Whether runs are left that other durations may have made overdue: they have to be closed, by
    /// [`ShardState::continue_swap`], before durations change again, or what they give would depend on how far that went.
    #[must_use]
    pub const fn has_old_times(&self) -> bool {
        self.sweep_times
    }

    /// Whether a swap left something to be done with the events that follow, or by [`ShardState::continue_swap`].
    #[must_use]
    pub const fn is_swapping(&self) -> bool {
        self.sweep_left > 0 || self.sweep_times
    }

    /// Does a part of what a swap left to be done, while there are no events: lets go of runs of dropped versions, and
    /// closes windows that shorter durations have made overdue.
    ///
    /// # Cost
    /// Looks at `slots` runs' places at most.
    pub fn continue_swap(&mut self, set: &RuleSet, slots: u32, out: &mut dyn OutputSink) {
        self.prepare(set);
        self.sweep_some(set, slots);
        if let Some(watermark) = self.watermark {
            self.close_due(set, watermark, out);
            self.change_sets(set);
        }
        // An event looks through runs as well, but what it finds overdue may wait for time to move.
        self.sweep_times &= self.sweep_left > 0;
    }

    /// The draining versions of `set` that have no run left in this shard.
    pub fn drained(&self, set: &RuleSet) -> impl Iterator<Item = (usize, u64)> {
        let draining = set.draining().iter().filter_map(|&slot| set.rule_in(slot));
        draining
            .filter(|rule| {
                self.slots.get(rule.slot()).is_none_or(|state| {
                    state.epoch != rule.epoch
                        || state.counters.live_runs + state.counters.withheld == 0
                })
            })
            .map(|rule| (rule.slot(), rule.epoch))
    }

    /// How many keys have runs, over all key specs.
    #[must_use]
    pub fn live_keys(&self) -> usize {
        self.tables.iter().map(|table| table.index.len()).sum()
    }

    /// How many taken events and chain links are held.
    #[must_use]
    pub fn held(&self) -> (usize, usize) {
        self.chains.held()
    }

    pub(crate) fn counted(&self, rule: &Rule) -> RuleCounters {
        let state = self.slots.get(rule.slot()).filter(|state| state.epoch == rule.epoch);
        state.map(|state| state.counters.clone()).unwrap_or_default()
    }

    pub(crate) fn counters_mut(&mut self, rule: &Rule) -> &mut RuleCounters {
        &mut self.slots[rule.slot()].counters
    }

    /// Ends all runs of the shard, counted as updated.
    pub fn clear(&mut self, set: &RuleSet) {
        for at in 0..self.rule_runs.len() {
            let Ok(at) = u32::try_from(at) else { return };
            if self.rule_runs[at as usize].live {
                if let Some(rule) = self.rule_of(set, at) {
                    let out: &mut dyn OutputSink = &mut |_: &crate::Output<'_>| {};
                    self.step(set, rule, at, out, |step, runs| {
                        step.drop_all(runs, RunEnd::Updated);
                    });
                }
                self.tidy(at);
            }
        }
    }
}

/// How many runs there are, the start state apart.
fn live(rule: &Rule, runs: &KeyRuns) -> u64 {
    let start = rule.nfa.skip != AfterMatchSkip::NoSkip && !runs.runs.is_empty();
    (runs.runs.len() - usize::from(start)) as u64
}
