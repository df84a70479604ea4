//! Which texts a listing asks to be looked at, and which version of a rule is to be in force.
//!
//! The highest version counts. While it is not valid, the best that is known stays or comes into force: the last valid
//! text, or a valid version in the store that is at least as high. So start-up and change are one path.

use std::collections::{BTreeMap, BTreeSet};

use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{Listing, RowEntry, RowFault};

/// What was made of the rows that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    rules: BTreeMap<RuleId, Considered>,
    faults: Vec<RowFault>,
    faults_told: bool,
}

/// The rows of one rule that were looked at, from the highest version down to the first valid one.
#[derive(Debug, Default)]
struct Considered {
    rows: Vec<(RuleVersion, u128)>,
    /// The condition classes that they name.
    classes: BTreeSet<String>,
    /// Whether the last of them is valid, so that those below it mean nothing.
    settled: bool,
}

/// What a listing changes.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// The rows to be looked at first: the highest of each rule that changed.
    pub(crate) changed: Vec<RowEntry>,
    /// Rules that are no longer there.
    pub(crate) gone: Vec<RuleId>,
}

impl Catalog {
    /// What is different in `listing`.
    pub(crate) fn compare(&mut self, listing: &Listing) -> Difference {
        let mut difference = Difference::default();
        let mut rest = std::mem::take(&mut self.rules);
        for rows in by_rule(listing) {
            let Some(top) = rows.first() else { continue };
            match rest.remove(&top.id) {
                Some(known) if known.still_holds(rows) => {
                    self.rules.insert(top.id.clone(), known);
                }
                _ => {
                    difference.changed.push(top.clone());
                    self.rules.insert(top.id.clone(), Considered::default());
                }
            }
        }
        // A rule whose only row cannot be read any more is not gone: its author has made a mistake.
        let faulty: BTreeSet<&str> =
            listing.faults.iter().filter_map(|fault| fault.id.as_deref()).collect();
        let (kept, gone): (Vec<_>, _) =
            rest.into_keys().partition(|id: &RuleId| faulty.contains(id.as_str()));
        difference.gone = gone;
        let faulty = faulty.into_iter().map(RuleId::new);
        for id in kept.into_iter().chain(faulty) {
            self.rules.entry(id).or_default();
        }
        if self.faults != listing.faults {
            self.faults.clone_from(&listing.faults);
            self.faults_told = false;
        }
        difference
    }

    /// The rows that are no version of any rule, if they have not been told of since they changed.
    pub(crate) fn untold_faults(&mut self) -> Option<&[RowFault]> {
        let told = std::mem::replace(&mut self.faults_told, true);
        (!told).then_some(&self.faults[..])
    }

    /// Has the rules that name one of these classes looked at again; whether there are any.
    pub(crate) fn reconsider(&mut self, classes: &BTreeSet<String>) -> bool {
        let mut any = false;
        for considered in self.rules.values_mut() {
            if !considered.classes.is_disjoint(classes) {
                *considered = Considered::default();
                any = true;
            }
        }
        any
    }

    /// Notes that a row was looked at: `hash` is of what was read, which may be newer than the listing.
    pub(crate) fn note(
        &mut self,
        id: &RuleId,
        (version, hash): (RuleVersion, u128),
        classes: BTreeSet<String>,
        valid: bool,
    ) {
        let considered = self.rules.entry(id.clone()).or_default();
        considered.rows.push((version, hash));
        considered.classes.extend(classes);
        considered.settled = valid;
    }

    /// Whether the rule is there.
    pub(crate) fn contains(&self, id: &RuleId) -> bool {
        self.rules.contains_key(id)
    }
}

impl Considered {
    /// Whether looking at these rows would give the same again.
    fn still_holds(&self, rows: &[RowEntry]) -> bool {
        let same = self.rows.iter().zip(rows).all(|(known, row)| *known == (row.version, row.hash));
        same && !self.rows.is_empty()
            && if self.settled {
                self.rows.len() <= rows.len()
            } else {
                self.rows.len() == rows.len()
            }
    }
}

/// The rows of each rule, highest version first, as the listing has them.
pub(crate) fn by_rule(listing: &Listing) -> impl Iterator<Item = &[RowEntry]> {
    listing.rows.chunk_by(|a, b| a.id == b.id)
}

/// The next row to be tried after one of `version` was not valid, if a row below it may come into force: as long as the
/// version in force is in the store, only one that is at least as high.
pub(crate) fn next_candidate<'a>(
    listing: &'a Listing,
    id: &RuleId,
    version: RuleVersion,
    in_force: Option<RuleVersion>,
) -> Option<&'a RowEntry> {
    let start = listing.rows.partition_point(|row| row.id < *id);
    let rows = listing.rows.get(start..)?.iter().take_while(|row| row.id == *id);
    let in_force = in_force.filter(|in_force| rows.clone().any(|row| row.version == *in_force));
    let mut lower = rows.filter(|row| row.version < version);
    lower.next().filter(|row| in_force.is_none_or(|in_force| row.version >= in_force))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(rows: &[(&str, i64, u128)]) -> Listing {
        let rows = rows.iter().map(|&(id, version, hash)| RowEntry {
            id: RuleId::new(id),
            version: RuleVersion(version),
            hash,
        });
        Listing { rows: rows.collect(), faults: Vec::new() }
    }

    /// Compares, and takes the version that `valid` names of each changed rule, and every row above it for bad.
    fn step(catalog: &mut Catalog, rows: &[(&str, i64, u128)], valid: &[(&str, i64)]) -> String {
        let listing = listing(rows);
        let difference = catalog.compare(&listing);
        for top in &difference.changed {
            let mut at = Some(top.clone());
            while let Some(row) = at {
                let good = valid.contains(&(row.id.as_str(), row.version.0));
                let classes = classes_of(row.version.0);
                catalog.note(&row.id, (row.version, row.hash), classes, good);
                at =
                    next_candidate(&listing, &row.id, row.version, None).filter(|_| !good).cloned();
            }
        }
        let changed: Vec<_> =
            difference.changed.iter().map(|row| format!("{}@{}", row.id, row.version)).collect();
        let gone: Vec<_> = difference.gone.iter().map(|id| format!("-{id}")).collect();
        [changed, gone].concat().join(" ")
    }

    #[test]
    fn only_what_can_make_a_difference_is_looked_at() {
        let mut catalog = Catalog::default();
        let first = [("a", 2, 20), ("a", 1, 10), ("b", 1, 11)];
        assert_eq!(step(&mut catalog, &first, &[("a", 2), ("b", 1)]), "a@2 b@1");
        assert_eq!(step(&mut catalog, &first, &[]), "", "nothing changed");
        let lower = [("a", 2, 20), ("a", 1, 99), ("b", 1, 11)];
        assert_eq!(step(&mut catalog, &lower, &[]), "", "a lower version means nothing");
        let edited = [("a", 2, 21), ("a", 1, 99), ("b", 1, 11)];
        assert_eq!(step(&mut catalog, &edited, &[("a", 2)]), "a@2", "edited in place");
        let deleted = [("a", 1, 99)];
        assert_eq!(step(&mut catalog, &deleted, &[("a", 1)]), "a@1 -b");
        let newer = [("a", 3, 30), ("a", 1, 99)];
        assert_eq!(step(&mut catalog, &newer, &[("a", 1)]), "a@3", "3 is bad, so 1 is in force");
        assert_eq!(step(&mut catalog, &newer, &[]), "");
        let lower = [("a", 3, 30), ("a", 1, 98)];
        assert_eq!(step(&mut catalog, &lower, &[("a", 1)]), "a@3", "now 1 means something");
        let between = [("a", 3, 30), ("a", 2, 5), ("a", 1, 98)];
        assert_eq!(step(&mut catalog, &between, &[("a", 2)]), "a@3");
    }

    /// A text of version 3 names the class `X3`, and so on.
    fn classes_of(version: i64) -> BTreeSet<String> {
        BTreeSet::from([format!("X{version}")])
    }

    #[test]
    fn a_class_that_means_something_else_has_its_rules_looked_at() {
        let mut catalog = Catalog::default();
        let rows = [("a", 3, 30), ("a", 2, 20), ("a", 1, 10), ("b", 1, 11)];
        assert_eq!(step(&mut catalog, &rows, &[("a", 2), ("b", 1)]), "a@3 b@1");
        let mut check = |version: i64, expected: &str| {
            catalog.reconsider(&classes_of(version));
            assert_eq!(step(&mut catalog, &rows, &[("a", 2), ("b", 1)]), expected, "{version}");
            assert_eq!(step(&mut catalog, &rows, &[]), "", "once");
        };
        check(4, "");
        check(3, "a@3");
        check(2, "a@3");
        check(1, "b@1");
    }

    #[test]
    fn no_version_below_the_one_in_force_comes_up() {
        let listing = listing(&[("a", 5, 0), ("a", 4, 0), ("a", 2, 0), ("b", 1, 0)]);
        let next = |version, in_force: Option<i64>| {
            let id = RuleId::new("a");
            next_candidate(&listing, &id, RuleVersion(version), in_force.map(RuleVersion))
                .map(|row| row.version.0)
        };
        assert_eq!(next(5, None), Some(4));
        assert_eq!(next(5, Some(3)), Some(4));
        assert_eq!(next(4, Some(3)), Some(2), "3 was deleted");
        assert_eq!(next(4, Some(6)), Some(2), "so was 6");
        assert_eq!(next(5, Some(4)), Some(4), "its text may have been edited");
        assert_eq!(next(4, Some(4)), None);
        assert_eq!(next(2, None), None, "b is another rule");
    }
}
