//! What rules do to sets, in a shard.

use tripline_event::{Key, Timestamp};

use super::ShardState;
use crate::output::Output;
use crate::rule_set::{BudgetLimit, RuleSet};
use crate::sets::{SetChange, SetEdit};

/// What is to become of sets, each with the slot of the rule that says so.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetChanges {
    all: Vec<(Timestamp, usize, SetChange)>,
    /// Those of one output.
    own: Vec<SetChange>,
}

impl SetChanges {
    /// Notes what the rule of an output does with it.
    pub(crate) fn note(&mut self, output: &Output<'_>) {
        let Some(writer) = output.rule.writer() else { return };
        writer.write(output, &mut self.own);
        let (time, slot) = (output.place.time, output.rule.slot());
        self.all.extend(self.own.drain(..).map(|change| (time, slot, change)));
    }
}

impl ShardState {
    /// Has sets change as rules have said: after all rules of a phase have seen the event.
    #[inline]
    pub(super) fn change_sets(&mut self, set: &RuleSet) {
        if !self.changes.all.is_empty() {
            self.change_sets_now(set);
        }
    }

    #[cold]
    fn change_sets_now(&mut self, set: &RuleSet) {
        let mut changes = std::mem::take(&mut self.changes.all);
        // Of one moment nothing depends on which rule came first: what is taken out goes before what is put in.
        changes.sort_by_key(|(time, _, change)| (*time, change.edit != SetEdit::Remove));
        for (_, slot, change) in changes.drain(..) {
            if !self.decider.sets.change(&change)
                && let Some(rule) = set.rule_in(slot)
            {
                let most = self.decider.sets.max_members as u64;
                self.note_exceeded(rule, BudgetLimit::SetMembers(most));
            }
        }
        self.changes.all = changes;
    }

    /// How many members rules may put into one set; [`MAX_SET_MEMBERS`](crate::MAX_SET_MEMBERS) unless said.
    pub fn set_max_set_members(&mut self, most: usize) {
        self.decider.sets.max_members = most;
    }

    /// What rules have put into sets, by name: members in order, each with the first moment at which it is out; those
    /// whose time is over at the last event may be among them.
    ///
    /// # Cost
    /// Sorts the members of all sets.
    #[must_use]
    pub fn sets(&self, set: &RuleSet) -> Vec<(String, Vec<(Key, Timestamp)>)> {
        let saved = self.decider.sets.save(set.fields());
        saved.into_iter().map(|set| (set.name, set.members)).collect()
    }
}
