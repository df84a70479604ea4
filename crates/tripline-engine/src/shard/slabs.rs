//! Keys and their runs: found, added, and freed with the last run.

#![expect(clippy::indexing_slicing, reason = "slots are issued here")]

use std::cmp::Reverse;

use tripline_event::{Key, Timestamp};

use super::{END, KeyEntry, KeyTable, RuleRuns, ShardState, SlotState, Timer, live};
use crate::rule_set::{Rule, RuleSet};
use crate::run::{KeyRuns, NEVER};

impl ShardState {
    /// Sets a timer for what is due next, or frees the slot of runs that are no more.
    pub(super) fn tidy(&mut self, at: u32) {
        let rule_runs = &mut self.rule_runs[at as usize];
        if rule_runs.runs.is_idle() {
            self.remove_runs(at);
            return;
        }
        // A run can be overdue when it comes about; that is known at the time of its key, and no sooner.
        let due = rule_runs.runs.next_due.max(rule_runs.runs.now);
        if due < rule_runs.armed {
            rule_runs.armed = due;
            self.timers_armed += 1;
            let (number, tenant) = (self.timers_armed, rule_runs.tenant);
            let table = &self.tables[rule_runs.key_spec as usize];
            let hash = table.entries[rule_runs.key as usize].hash;
            self.timers.push(Reverse(Timer { due, hash, number, runs: at, tenant }));
            if self.timers.len() > 1024 + 2 * (self.rule_runs.len() - self.free_runs.len()) {
                let rule_runs = &self.rule_runs;
                self.timers.retain(|Reverse(timer)| {
                    let runs = &rule_runs[timer.runs as usize];
                    runs.live && runs.tenant == timer.tenant && runs.armed == timer.due
                });
            }
        }
    }

    /// Makes room for what `set` has more than the one before.
    pub(super) fn prepare(&mut self, set: &RuleSet) {
        if self.tables.len() < set.key_specs.len() {
            self.tables.resize_with(set.key_specs.len(), KeyTable::default);
        }
        if self.starts.len() < set.slots() {
            self.starts.resize(set.slots(), 0);
        }
        if self.slots.len() < set.slots() {
            self.slots.resize_with(set.slots(), SlotState::default);
        }
    }

    pub(crate) fn key_of(&self, rule_runs: &RuleRuns) -> &Key {
        &self.tables[rule_runs.key_spec as usize].entries[rule_runs.key as usize].key
    }

    /// Finds or makes the runs of a rule for a key: how a snapshot comes back.
    pub(crate) fn restore_runs(&mut self, set: &RuleSet, rule: &Rule, key: Key, runs: KeyRuns) {
        self.prepare(set);
        let hash = key.stable_hash();
        let table = &self.tables[rule.key_spec];
        let known = table.index.find(hash, |&at| table.entries[at as usize].key == key).copied();
        let key = known.unwrap_or_else(|| self.add_key(rule.key_spec, Some(key), hash));
        let at = self.add_runs(rule, rule.key_spec, key);
        let counters = &mut self.slots[rule.slot()].counters;
        counters.live_runs += live(rule, &runs);
        counters.held_events += runs.links as u64;
        self.rule_runs[at as usize].runs = runs;
        self.tidy(at);
    }

    pub(super) fn add_key(&mut self, spec: usize, key: Option<Key>, hash: u64) -> u32 {
        let table = &mut self.tables[spec];
        let entry = KeyEntry { key: key.unwrap_or(Key::GLOBAL), hash, first: END };
        let at = match table.free.pop() {
            Some(at) => {
                table.entries[at as usize] = entry;
                at
            }
            None => {
                table.entries.push(entry);
                u32::try_from(table.entries.len() - 1).unwrap_or(END - 1)
            }
        };
        let entries = &table.entries;
        table.index.insert_unique(hash, at, |&other| entries[other as usize].hash);
        at
    }

    pub(super) fn add_runs(&mut self, rule: &Rule, spec: usize, key: u32) -> u32 {
        let entry = &mut self.tables[spec].entries[key as usize];
        let (key_spec, next) = (u32::try_from(spec).unwrap_or(END), entry.first);
        let at = match self.free_runs.pop() {
            Some(at) => at,
            None => {
                self.rule_runs.push(RuleRuns {
                    slot: 0,
                    epoch: 0,
                    timing: 0,
                    key_spec: 0,
                    key: 0,
                    next: END,
                    runs: KeyRuns::default(),
                    armed: NEVER,
                    tenant: 0,
                    live: false,
                });
                u32::try_from(self.rule_runs.len() - 1).unwrap_or(END - 1)
            }
        };
        let rule_runs = &mut self.rule_runs[at as usize];
        rule_runs.slot = rule.slot;
        rule_runs.epoch = rule.epoch;
        rule_runs.timing = rule.timing;
        rule_runs.key_spec = key_spec;
        rule_runs.key = key;
        rule_runs.next = next;
        rule_runs.armed = NEVER;
        rule_runs.tenant = rule_runs.tenant.wrapping_add(1);
        rule_runs.live = true;
        entry.first = at;
        at
    }

    pub(super) fn remove_runs(&mut self, at: u32) {
        let rule_runs = &mut self.rule_runs[at as usize];
        let (spec, key, next) = (rule_runs.key_spec as usize, rule_runs.key, rule_runs.next);
        rule_runs.live = false;
        rule_runs.runs.runs.clear();
        // One key with many runs must not pin its size for ever.
        rule_runs.runs.runs.shrink_to(64);
        rule_runs.runs.next_due = NEVER;
        rule_runs.runs.now = Timestamp::MIN;
        (rule_runs.runs.links, rule_runs.runs.degraded) = (0, false);
        self.free_runs.push(at);
        let table = &mut self.tables[spec];
        let entry = &mut table.entries[key as usize];
        if entry.first == at {
            entry.first = next;
        } else {
            let mut before = entry.first;
            while before != END && self.rule_runs[before as usize].next != at {
                before = self.rule_runs[before as usize].next;
            }
            if let Some(before) = self.rule_runs.get_mut(before as usize) {
                before.next = next;
            }
        }
        if entry.first == END {
            let hash = entry.hash;
            if let Ok(found) = table.index.find_entry(hash, |&other| other == key) {
                found.remove();
            }
            entry.key = Key::GLOBAL;
            table.free.push(key);
        }
    }
}
