//! Aggregate rules in a shard.

use tripline_event::Event;

use super::ShardState;
use crate::aggregate::{Bound, Emitter};
use crate::counters::RuleCounters;
use crate::output::{OutputSink, Place};
use crate::rule_set::{Pass, Rule, RuleSet};

impl ShardState {
    /// Says by how much [`Event::happened`] may be before the event's time, in ms; `0` unless said.
    ///
    /// Windows of aggregates are kept so much longer, and given out once more when such an event comes.
    pub fn set_allowed_lateness(&mut self, lateness_ms: i64) {
        self.decider.aggregates.lateness_ms = lateness_ms.max(0);
    }

    /// Offers an event to the aggregates with these key fields; `hash` is that of its key.
    pub(super) fn process_aggregates(
        &mut self,
        set: &RuleSet,
        pass: Pass,
        hash: u64,
        event: &Event<'_>,
        out: &mut dyn OutputSink,
    ) {
        let Some(fields) = set.key_specs.get(pass.spec) else { return };
        let mut starting = std::mem::take(&mut self.starting);
        starting.clear();
        fields.starts(event, &mut starting);
        // Found under several values a rule still counts the event once.
        starting.sort_unstable();
        starting.dedup();
        if pass.mixed {
            starting.retain(|slot| set.phase_of(*slot as usize) == pass.phase);
        }
        for &slot in &starting {
            let Some(rule) = set.rule_in(slot as usize) else { continue };
            if !rule.may_start(event.time) {
                continue;
            }
            self.decider.begin_rule(&rule.nfa);
            if !self.decider.can_start(set, rule, &self.chains, event) {
                continue;
            }
            let groups = rule.share_of(self.owned);
            self.with_emitter(rule, out, |aggregates, out| {
                if let Some(node) = out.counters.nodes.first_mut() {
                    node.met += 1;
                }
                aggregates.process(event, (hash, groups), out);
            });
        }
        self.starting = starting;
    }

    /// Gives out the windows of aggregates that are over, up to `bound`.
    pub(super) fn close_aggregates(
        &mut self,
        set: &RuleSet,
        bound: Bound,
        out: &mut dyn OutputSink,
    ) {
        while let Some(timer) = self.decider.aggregates.timers.pop_before(bound) {
            let Some(rule) = set.rule_in(timer.slot as usize) else { continue };
            self.place = Place { time: timer.due, due: true, order: timer.hash };
            self.with_emitter(rule, out, |aggregates, out| aggregates.pass(&timer, out));
        }
    }

    fn with_emitter(
        &mut self,
        rule: &Rule,
        out: &mut dyn OutputSink,
        work: impl FnOnce(&mut crate::aggregate::Aggregates, &mut Emitter<'_>),
    ) {
        let Some(plan) = rule.aggregate() else { return };
        self.steps += 1;
        let measured = self.timing.begin(self.steps, 0);
        let Some(state) = self.slots.get_mut(rule.slot()) else { return };
        let counters: &mut RuleCounters = &mut state.counters;
        let mut emitter = Emitter::new(
            (rule, plan),
            &self.chains,
            out,
            counters,
            (self.steps, self.place),
            (&mut self.values, &mut self.changes),
        );
        work(&mut self.decider.aggregates, &mut emitter);
        let exceeded = emitter.exceeded.take();
        let (groups, held) = self.decider.aggregates.held(rule);
        (counters.live_runs, counters.held_events) = (groups, held);
        if let Some(measured) = measured {
            measured.end(counters);
        }
        if let Some(limit) = exceeded {
            self.note_exceeded(rule, limit);
        }
    }
}
