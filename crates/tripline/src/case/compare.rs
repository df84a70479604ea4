//! What a case should give against what it gave.

use std::collections::BTreeMap;

use super::{Expect, Found, Outcome, Row, statistics};

/// Where an outcome is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The rule was refused and should not have been.
    Refused {
        /// Why it was refused.
        reasons: Vec<String>,
    },
    /// The rule was accepted and should have been refused.
    Accepted {
        /// Why it should have been.
        expected: String,
    },
    /// Matches differ.
    Matches(Bags),
    /// Timeouts differ.
    Timeouts(Bags),
    /// Rows of an aggregate differ.
    Results(Bags),
}

/// What is expected and missing, and what is there and not expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bags {
    /// Expected, but not given, each as often as it lacks.
    pub missing: Vec<String>,
    /// Given, but not expected.
    pub extra: Vec<String>,
}

/// All differences; empty if the case passes.
#[must_use]
pub fn compare(expect: &Expect, outcome: &Outcome) -> Vec<Difference> {
    let (matches, timeouts, results) = match (outcome, &expect.error) {
        (Outcome::Refused(_), Some(_)) => return Vec::new(),
        (Outcome::Refused(reasons), None) => {
            return vec![Difference::Refused { reasons: reasons.clone() }];
        }
        (Outcome::Ran { .. }, Some(expected)) => {
            return vec![Difference::Accepted { expected: expected.clone() }];
        }
        (Outcome::Ran { matches, timeouts, results }, None) => (matches, timeouts, results),
    };
    let mut differences = Vec::new();
    let mut check =
        |expected: Option<Vec<String>>, got: Vec<String>, make: fn(Bags) -> Difference| {
            if let Some(bags) = expected.and_then(|expected| bags(&expected, &got)) {
                differences.push(make(bags));
            }
        };
    check(by_node(expect.matches.as_ref()), texts(matches), Difference::Matches);
    check(by_node(expect.timeouts.as_ref()), texts(timeouts), Difference::Timeouts);
    check(flat(expect.flat_matches.as_ref()), flat_texts(matches), Difference::Matches);
    check(flat(expect.flat_timeouts.as_ref()), flat_texts(timeouts), Difference::Timeouts);
    let rows = |rows: &[Row]| rows.iter().map(statistics::text).collect::<Vec<_>>();
    check(expect.results.as_deref().map(rows), rows(results), Difference::Results);
    differences
}

fn by_node(found: Option<&Vec<Found>>) -> Option<Vec<String>> {
    found.map(|found| texts(found))
}

fn texts(found: &[Found]) -> Vec<String> {
    found.iter().map(text).collect()
}

/// A match as text: nodes with their positions.
fn text(found: &Found) -> String {
    let nodes: Vec<String> = found
        .iter()
        .filter(|(_, events)| !events.is_empty())
        .map(|(node, events)| format!("{node}{events:?}"))
        .collect();
    format!("{{{}}}", nodes.join(" "))
}

fn flat(found: Option<&Vec<Vec<usize>>>) -> Option<Vec<String>> {
    found.map(|found| {
        found
            .iter()
            .map(|events| {
                let mut events = events.clone();
                events.sort_unstable();
                format!("{events:?}")
            })
            .collect()
    })
}

fn flat_texts(found: &[Found]) -> Vec<String> {
    let events = found.iter().map(|found| found.values().flatten().copied().collect()).collect();
    flat(Some(&events)).unwrap_or_default()
}

/// The difference of two multisets; `None` if they are equal.
fn bags(expected: &[String], got: &[String]) -> Option<Bags> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for item in expected {
        *counts.entry(item).or_default() += 1;
    }
    for item in got {
        *counts.entry(item).or_default() -= 1;
    }
    let mut bags = Bags::default();
    for (item, count) in counts {
        let into = if count > 0 { &mut bags.missing } else { &mut bags.extra };
        for _ in 0..count.unsigned_abs() {
            into.push(item.to_owned());
        }
    }
    (bags != Bags::default()).then_some(bags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(node: &str, events: &[usize]) -> Found {
        [(node.to_owned(), events.to_vec())].into_iter().collect()
    }

    #[test]
    fn multisets_differ_by_count() {
        let matches = vec![found("a", &[1]), found("a", &[1])];
        let outcome = Outcome::Ran { matches, timeouts: vec![], results: vec![] };
        let once = Expect { matches: Some(vec![found("a", &[1])]), ..Expect::default() };
        let differences = compare(&once, &outcome);
        let extra = Bags { missing: vec![], extra: vec!["{a[1]}".to_owned()] };
        assert_eq!(differences, [Difference::Matches(extra)]);
        let flat = Expect { flat_matches: Some(vec![vec![1], vec![1]]), ..Expect::default() };
        assert_eq!(compare(&flat, &outcome), []);
        let refused = Expect { error: Some("no".to_owned()), ..Expect::default() };
        assert_eq!(compare(&refused, &outcome).len(), 1);
    }
}
