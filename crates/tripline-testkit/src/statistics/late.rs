//! The same where events come late: what is over is looked for again with each of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Clock, Found, Group, Row, Statistic, Windows};

/// A window of a group, or of a ranking: where it begins, and the number of the group or the text of what it ranks in.
type Place = (i64, String);

impl Statistic {
    /// All that comes of rows in the order of their arrival, each with the moment up to which time had come: with
    /// `ON_CLOSE` only. Sorted.
    #[must_use]
    pub fn late_answers(&self, rows: &[(i64, Row)]) -> Vec<Answer> {
        let rows: Vec<(i64, Row)> =
            rows.iter().map(|(now, row)| (*now, self.of_group(row))).collect();
        let mut all = match self.windows {
            Windows::Aligned { size, slide } => self.late_aligned(&rows, size, slide),
            Windows::Session { gap } => self.late_sessions(&rows, gap),
            Windows::Trailing { .. } => Vec::new(),
        };
        all.sort();
        all
    }

    /// What came so far, by group.
    fn groups_of(rows: &[(i64, Row)]) -> Vec<Group<'_>> {
        let mut groups: BTreeMap<_, Group<'_>> = BTreeMap::new();
        for (position, (_, row)) in (0..).zip(rows).filter(|(_, (_, row))| row.counts) {
            let key = row.group.each_ref().map(super::Datum::order);
            groups.entry(key).or_default().push((position, row));
        }
        for group in groups.values_mut() {
            group.sort_by_key(|(_, row)| row.time_ms);
        }
        groups.into_values().collect()
    }

    fn late_aligned(&self, rows: &[(i64, Row)], size: i64, slide: i64) -> Vec<Answer> {
        let clock = Clock::of(self.zone);
        let mut given: BTreeMap<Place, u32> = BTreeMap::new();
        let mut all = Vec::new();
        // Rows of all groups of one window, or of those that rank with the one at hand.
        let mut give = |known: &[(i64, Row)], start: i64, of: Option<(u64, &Row)>| {
            let mut found = Vec::new();
            for group in Self::groups_of(known) {
                let has = |row: &Row| (start..start + size).contains(&clock.says(row.time_ms));
                let part: Group<'_> = group.iter().filter(|(_, row)| has(row)).copied().collect();
                let Some((_, first)) = part.first() else { continue };
                let together = of.is_none_or(|(_, row)| match self.top {
                    Some((_, _, per)) => !per || row.group[0].text() == first.group[0].text(),
                    None => {
                        row.group.each_ref().map(super::Datum::order)
                            == first.group.each_ref().map(super::Datum::order)
                    }
                });
                let window = (clock.at(start + size), clock.at(start));
                let one = Found::of(&part, window, 0, of.map(|(position, _)| position));
                if together && self.asks(&one) {
                    found.push(one);
                }
            }
            let mut answers = self.ranked(found);
            let mut seen = BTreeSet::new();
            for answer in &mut answers {
                let part = match self.top {
                    Some((_, _, true)) => answer.group[0].clone(),
                    Some(_) => String::new(),
                    None => format!("{:?}", answer.group),
                };
                let count = given.entry((start, part.clone())).or_default();
                *count += u32::from(seen.insert(part));
                answer.revision = *count - 1;
            }
            all.extend(answers);
        };
        let starts = |known: &[(i64, Row)]| -> BTreeSet<i64> {
            let counted = known.iter().filter(|(_, row)| row.counts);
            counted.flat_map(|(_, row)| covering(clock.says(row.time_ms), size, slide)).collect()
        };
        let mut before = i64::MIN;
        for (at, (now, row)) in rows.iter().enumerate() {
            for start in starts(&rows[..at]) {
                let over = clock.over(start + size);
                if before < over && over <= *now {
                    give(&rows[..at], start, None);
                }
            }
            before = *now;
            if row.counts && row.time_ms < *now {
                for start in covering(clock.says(row.time_ms), size, slide) {
                    if clock.over(start + size) <= *now {
                        give(&rows[..=at], start, Some((at as u64, row)));
                    }
                }
            }
        }
        for start in starts(rows) {
            if before < clock.over(start + size) {
                give(rows, start, None);
            }
        }
        all
    }

    fn late_sessions(&self, rows: &[(i64, Row)], gap: i64) -> Vec<Answer> {
        let mut outputs: Vec<u64> = Vec::new();
        let mut settled: BTreeSet<Vec<u64>> = BTreeSet::new();
        let mut all = Vec::new();
        let mut settle = |known: &[(i64, Row)], now: i64, event: Option<u64>| {
            for group in Self::groups_of(known) {
                for session in Self::sessions_of(&group, gap) {
                    let positions: Vec<u64> = session.iter().map(|(at, _)| *at).collect();
                    let (first, last) =
                        (session[0].1.time_ms, session[session.len() - 1].1.time_ms);
                    if last + gap >= now || !settled.insert(positions.clone()) {
                        continue;
                    }
                    let revision = outputs.iter().filter(|one| positions.contains(one)).count();
                    let revision = u32::try_from(revision).expect("few");
                    let found = Found::of(&session, (last + gap, first), revision, event);
                    if self.asks(&found) {
                        outputs.push(positions[0]);
                        all.push(found.answer(self.fields));
                    }
                }
            }
        };
        for (at, (now, row)) in rows.iter().enumerate() {
            settle(&rows[..at], *now, None);
            if row.counts && row.time_ms < *now {
                settle(&rows[..=at], *now, Some(at as u64));
            }
        }
        settle(rows, i64::MAX, None);
        all
    }
}

/// Where the windows begin that have a moment.
pub(super) fn covering(local: i64, size: i64, slide: i64) -> impl Iterator<Item = i64> {
    let last = local.div_euclid(slide) * slide;
    (0..).map(move |step| last - step * slide).take_while(move |&start| local < start + size)
}
