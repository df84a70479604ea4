//! Which groups have which panes: what comes late changes the ranks of those in its windows, and of no others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hashbrown::HashMap;

/// The groups of a rule, by their places, by where their panes begin on the wall clock and by what they rank in.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupants(BTreeMap<i64, HashMap<u64, BTreeSet<u32>, foldhash::fast::FixedState>>);

impl Occupants {
    /// The group at `at` has a pane that begins at `start`.
    pub(super) fn add(&mut self, start: i64, route: u64, at: u32) {
        self.0.entry(start).or_default().entry(route).or_default().insert(at);
    }

    /// Those of one ranking that have a pane which begins in `starts`.
    pub(super) fn of(&self, starts: Range<i64>, route: u64) -> BTreeSet<u32> {
        let panes = self.0.range(starts).filter_map(|(_, groups)| groups.get(&route));
        panes.flatten().copied().collect()
    }

    /// How many groups it has, once for each pane.
    pub(super) fn len(&self) -> usize {
        self.0.values().flat_map(HashMap::values).map(BTreeSet::len).sum()
    }

    /// Lets go of panes from the first on, as long as they are gone.
    pub(super) fn forget(&mut self, gone: impl Fn(i64) -> bool) {
        while let Some(pane) = self.0.first_entry()
            && gone(*pane.key())
        {
            pane.remove();
        }
    }
}
