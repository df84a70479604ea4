//! The same where events come late: what is over is looked for again with each of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Clock, Emits, Found, Group, Row, Statistic, Windows};

/// A window of a group, or of a ranking: where it begins, and the number of the group or the text of what it ranks in.
type Place = (i64, String);

impl Statistic {
    /// All that comes of rows in the order of their arrival, each with the moment up to which time had come: with
    /// `ON_CLOSE` only, but for TRAILING. Sorted.
    #[must_use]
    pub fn late_answers(&self, rows: &[(i64, Row)]) -> Vec<Answer> {
        let rows: Vec<(i64, Row)> =
            rows.iter().map(|(now, row)| (*now, self.of_group(row))).collect();
        let mut all = match self.windows {
            Windows::Aligned { size, slide } => self.late_aligned(&rows, size, slide),
            Windows::Session { gap } => self.late_sessions(&rows, gap),
            Windows::Trailing { size } => self.late_trailing(&rows, size),
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

/// What is known of a group with TRAILING windows.
struct Trail<'a> {
    /// In the order of their times.
    rows: Group<'a>,
    crossed: bool,
    given: BTreeMap<i64, u32>,
    /// Up to where what leaves was looked at.
    seen: i64,
}

impl Statistic {
    fn late_trailing(&self, rows: &[(i64, Row)], size: i64) -> Vec<Answer> {
        let mut groups: BTreeMap<_, Trail<'_>> = BTreeMap::new();
        let mut all = Vec::new();
        for (position, (now, row)) in (0..).zip(rows).filter(|(_, (_, row))| row.counts) {
            let key = row.group.each_ref().map(super::Datum::order);
            let (rows, crossed, given, seen) = (Vec::new(), false, BTreeMap::new(), *now);
            let trail = groups.entry(key).or_insert(Trail { rows, crossed, given, seen });
            let late = row.time_ms < *now;
            if !late {
                self.leave(trail, size, *now);
            }
            let at = trail.rows.partition_point(|(_, other)| other.time_ms <= row.time_ms);
            trail.rows.insert(at, (position, row));
            if late {
                self.late_in_trail(trail, size, *now, (position, row.time_ms), &mut all);
                continue;
            }
            let Some(found) = self.trailing_at(trail, size, *now, true, position) else { continue };
            if !self.is_new(trail, *now) {
                continue;
            }
            let has = self.asks(&found);
            if has && !(self.emits == Emits::Crossing && trail.crossed) {
                all.push(self.told(trail, *now, found));
            }
            trail.crossed = has;
        }
        all
    }

    /// All moments from that of the event on, once more.
    fn late_in_trail(
        &self,
        trail: &mut Trail<'_>,
        size: i64,
        now: i64,
        (position, happened): (u64, i64),
        all: &mut Vec<Answer>,
    ) {
        let before = self.trailing_at(trail, size, happened, false, position);
        trail.crossed = before.is_some_and(|before| self.asks(&before));
        trail.seen = happened;
        let moments: BTreeSet<i64> = trail.rows.iter().map(|(_, row)| row.time_ms).collect();
        // Stretches of moments at which it is true, each with its first moment, and whether they were told.
        let mut stretches: Vec<(i64, bool)> = Vec::new();
        for &moment in moments.range(happened..) {
            self.leave(trail, size, moment);
            let Some(found) = self.trailing_at(trail, size, moment, true, position) else {
                continue;
            };
            let has = self.asks(&found);
            let given = trail.given.contains_key(&moment);
            if self.emits == Emits::Crossing {
                if has && !trail.crossed {
                    stretches.push((moment, false));
                }
                if let (true, Some(stretch)) = (has && given, stretches.last_mut()) {
                    stretch.1 = true;
                }
                trail.crossed = has;
            } else if has && moment < happened + size && (given || self.is_new(trail, moment)) {
                all.push(self.told(trail, moment, found));
            }
        }
        self.leave(trail, size, now);
        for (moment, _) in stretches.into_iter().filter(|(_, told)| !told) {
            let found = self.trailing_at(trail, size, moment, true, position);
            all.extend(found.map(|found| self.told(trail, moment, found)));
        }
    }

    /// Whether nothing was told yet of the stretch of `every` that has the moment.
    fn is_new(&self, trail: &Trail<'_>, moment: i64) -> bool {
        let Emits::Update(Some(every)) = self.emits else { return true };
        let stretch = moment.div_euclid(every) * every;
        trail.given.range(stretch..stretch + every).next().is_none()
    }

    fn told(&self, trail: &mut Trail<'_>, moment: i64, mut found: Found) -> Answer {
        let given = trail.given.entry(moment).or_default();
        found.revision = *given;
        *given += 1;
        found.answer(self.fields)
    }

    /// What is in the window of a moment, with the events of that moment or without.
    fn trailing_at(
        &self,
        trail: &Trail<'_>,
        size: i64,
        moment: i64,
        with: bool,
        position: u64,
    ) -> Option<Found> {
        let inside =
            |row: &Row| moment - size < row.time_ms && row.time_ms < moment + i64::from(with);
        let rows = trail.rows.iter().filter(|(_, row)| inside(row)).copied();
        let rows: Group<'_> = rows.collect();
        let window = (moment + 1, moment + 1 - size);
        (!rows.is_empty()).then(|| Found::of(&rows, window, 0, Some(position)))
    }

    /// What leaves up to a moment may make it false.
    fn leave(&self, trail: &mut Trail<'_>, size: i64, moment: i64) {
        let leaving: BTreeSet<i64> = trail.rows.iter().map(|(_, row)| row.time_ms + size).collect();
        for &at in leaving.iter().filter(|&&at| trail.seen < at && at <= moment) {
            // Events from `moment` on had not come.
            let left =
                trail.rows.iter().filter(|(_, row)| (at - size + 1..moment).contains(&row.time_ms));
            let left: Group<'_> = left.copied().collect();
            let asked = |left: Group<'_>| self.asks(&Found::of(&left, (0, 0), 0, None));
            trail.crossed &= !left.is_empty() && asked(left);
        }
        trail.seen = trail.seen.max(moment);
    }
}

/// Where the windows begin that have a moment.
pub(super) fn covering(local: i64, size: i64, slide: i64) -> impl Iterator<Item = i64> {
    let last = local.div_euclid(slide) * slide;
    (0..).map(move |step| last - step * slide).take_while(move |&start| local < start + size)
}
