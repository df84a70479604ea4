//! Statistics in windows by a plain computation: every window is looked for in all events, again and again.
//!
//! It shares no code with the engine, and has the wall clock from civil dates. All numbers are eighths, so that sums are
//! exact in any order.

mod late;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant, civil};

/// A value of a field, or a result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// There is none.
    Missing,
    /// It is `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double of so many eighths.
    Eighths(i64),
    /// A text.
    Text(&'static str),
}

/// An event: its time in ms, whether it meets the condition, two fields that make groups, and two that are worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// In ms.
    pub time_ms: i64,
    /// Whether the condition lets it pass.
    pub counts: bool,
    /// The group, and the second field of it.
    pub group: [Datum; 2],
    /// Anything.
    pub x: Datum,
    /// A small number, if anything.
    pub y: Datum,
}

/// The windows; all lengths are in ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// TUMBLING and SLIDING.
    Aligned {
        /// How long.
        size: i64,
        /// From one to the next.
        slide: i64,
    },
    /// SESSION.
    Session {
        /// The longest pause.
        gap: i64,
    },
    /// TRAILING.
    Trailing {
        /// How long.
        size: i64,
    },
}

/// When there is an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emits {
    /// `ON_CLOSE`.
    Close,
    /// `ON_CROSSING`.
    Crossing,
    /// `ON_UPDATE` with or without `every`, in ms.
    Update(Option<i64>),
}

/// What `having` asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Having {
    /// The aggregate, or `g`, the first field of the group.
    pub name: &'static str,
    /// One of `== != < <= > >=`.
    pub operator: &'static str,
    /// What it is compared with.
    pub number: i64,
}

/// A rule over [`Row`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// How many of the two fields make groups.
    pub fields: usize,
    /// The windows.
    pub windows: Windows,
    /// The wall clock, UTC if `None`.
    pub zone: Option<&'static str>,
    /// What is asked of the values.
    pub having: Option<Having>,
    /// How many rank, by which aggregate, and whether per value of the first field.
    pub top: Option<(usize, &'static str, bool)>,
    /// When there is an output.
    pub emits: Emits,
}

/// The aggregates by name, in the order of the names: the function and its field.
pub const AGGREGATES: [(&str, &str, Option<&str>); 10] = [
    ("average", "AVG", Some("y")),
    ("different", "COUNT_DISTINCT", Some("x")),
    ("first", "FIRST", Some("x")),
    ("greatest", "MAX", Some("x")),
    ("last", "LAST", Some("x")),
    ("least", "MIN", Some("x")),
    ("n", "COUNT", None),
    ("small", "SUM", Some("y")),
    ("total", "SUM", Some("x")),
    ("with_x", "COUNT", Some("x")),
];

/// A row of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// The end and the beginning of the window, in ms.
    pub window: (i64, i64),
    /// The group, as text.
    pub group: Vec<String>,
    /// The rank.
    pub rank: Option<u32>,
    /// How many outputs of the group and window came before.
    pub revision: u32,
    /// The values in the order of the names, as text; equal numbers are equal.
    pub values: Vec<String>,
    /// The position of the event that brought it.
    pub event: Option<u64>,
}

impl Datum {
    /// As it stands in an event; `None` if it does not.
    #[must_use]
    pub fn json(&self) -> Option<String> {
        Some(match self {
            Self::Missing => return None,
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Eighths(value) => format!("{:?}", to_double(i128::from(*value))),
            Self::Text(value) => format!("{value:?}"),
        })
    }

    fn is_present(&self) -> bool {
        !matches!(self, Self::Missing | Self::Null)
    }

    fn eighths(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(i128::from(*value) * 8),
            Self::Eighths(value) => Some(i128::from(*value)),
            _ => None,
        }
    }

    /// Text that is the same of equal values only.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Missing | Self::Null => "null".to_owned(),
            Self::Eighths(value) => number_text(to_double(i128::from(*value))),
            other => other.json().unwrap_or_default(),
        }
    }

    /// Missing, booleans, numbers, texts.
    fn order(&self) -> (u8, i128, &'static str) {
        match self {
            Self::Missing | Self::Null => (0, 0, ""),
            Self::Bool(value) => (1, i128::from(*value), ""),
            Self::Text(value) => (3, 0, value),
            number => (2, number.eighths().unwrap_or(0), ""),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "rounded as doubles are")]
fn to_double(eighths: i128) -> f64 {
    eighths as f64 / 8.0
}

/// A double as text, whole ones below 2^53 as integers are.
#[must_use]
pub fn number_text(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        format!("{:.0}", value + 0.0)
    } else {
        format!("{value:?}")
    }
}

/// What came out for one group and window.
struct Worked {
    numbers: BTreeMap<&'static str, i128>,
    texts: Vec<String>,
}

#[expect(clippy::cast_precision_loss, reason = "rounded as doubles are")]
fn total(values: &[&Datum]) -> (Option<i128>, String) {
    let numbers: Vec<i128> = values.iter().filter_map(|value| value.eighths()).collect();
    if numbers.is_empty() {
        return (None, "null".to_owned());
    }
    let ints: i128 =
        values.iter().map(|value| if let Datum::Int(v) = value { i128::from(*v) } else { 0 }).sum();
    let doubles: Vec<i128> = values
        .iter()
        .filter_map(|value| if let Datum::Eighths(v) = value { Some(i128::from(*v)) } else { None })
        .collect();
    let text = if doubles.is_empty() {
        i64::try_from(ints).map_or_else(|_| number_text(ints as f64), |sum| sum.to_string())
    } else {
        number_text(ints as f64 + to_double(doubles.iter().sum()))
    };
    (Some(numbers.iter().sum()), text)
}

#[expect(clippy::cast_precision_loss, reason = "few and small")]
fn work(rows: &[&Row]) -> Worked {
    let mut worked = Worked { numbers: BTreeMap::new(), texts: Vec::new() };
    for (name, function, field) in AGGREGATES {
        let all = rows.iter().map(|row| if field == Some("y") { &row.y } else { &row.x });
        let present: Vec<&Datum> = all.filter(|value| value.is_present()).collect();
        let numbers = || present.iter().filter(|value| value.eighths().is_some());
        let one = |value: Option<&&Datum>| {
            let text = value.map_or_else(|| "null".to_owned(), |value| value.text());
            (value.and_then(|value| value.eighths()), text)
        };
        let count = |count: usize| (i128::try_from(count).ok().map(|n| n * 8), count.to_string());
        let (number, text) = match function {
            "COUNT" => count(if field.is_some() { present.len() } else { rows.len() }),
            "COUNT_DISTINCT" => {
                let texts: BTreeSet<_> = present.iter().map(|value| value.order()).collect();
                count(texts.len())
            }
            "SUM" => total(&present),
            "AVG" => match total(&present) {
                (Some(sum), _) => (None, number_text(to_double(sum) / numbers().count() as f64)),
                none => none,
            },
            "MIN" => one(numbers().min_by_key(|value| value.eighths())),
            "MAX" => one(numbers().max_by_key(|value| value.eighths())),
            "FIRST" => one(present.first()),
            _ => one(present.last()),
        };
        worked.numbers.extend(number.map(|number| (name, number)));
        worked.texts.push(text);
    }
    worked
}

/// The wall clock, in ms since 1970 began on it.
struct Clock(TimeZone);

impl Clock {
    fn of(zone: Option<&str>) -> Self {
        Self(zone.map_or(TimeZone::UTC, |name| {
            jiff::tz::TimeZoneDatabase::bundled().get(name).expect("a zone")
        }))
    }

    fn says(&self, time: i64) -> i64 {
        let now = self.0.to_datetime(Instant::from_millisecond(time).expect("in range"));
        let passed = now.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
        i64::try_from(passed.as_millis()).expect("in range")
    }

    fn at(&self, local: i64) -> i64 {
        let date = civil::date(1970, 1, 1).at(0, 0, 0, 0) + SignedDuration::from_millis(local);
        let zoned = self.0.to_ambiguous_zoned(date).compatible().expect("in range");
        zoned.timestamp().as_millisecond()
    }

    /// The first moment after `time` at which it says a multiple of `step`, or goes over one.
    fn next_multiple(&self, time: i64, step: i64) -> i64 {
        if self.0 == TimeZone::UTC {
            return (time.div_euclid(step) + 1) * step;
        }
        let quarter = 900_000;
        let quarters = (1..).map(|number| (time.div_euclid(quarter) + number) * quarter);
        let is_one = |time: &i64| {
            let (before, now) = (self.says(time - 1), self.says(*time));
            now.rem_euclid(step) == 0 || before.div_euclid(step) < now.div_euclid(step)
        };
        quarters.into_iter().find(is_one).expect("some time")
    }

    /// The first moment from which on it never says anything before `local` again.
    fn over(&self, local: i64) -> i64 {
        if self.0 == TimeZone::UTC {
            return local;
        }
        // No zone is further from UTC than 26 hours, and clocks change by quarters of an hour.
        let quarter = 900_000;
        let steps = (-26 * 4..26 * 4).map(|step| local + step * quarter);
        steps.filter(|&time| self.says(time) < local).max().expect("one") + quarter
    }
}

/// The part of the rows that is looked at: a group, with the positions of its events.
type Group<'a> = Vec<(u64, &'a Row)>;

impl Statistic {
    /// All that comes of rows in the order of their times, sorted.
    #[must_use]
    pub fn answers(&self, rows: &[Row]) -> Vec<Answer> {
        let mut groups: BTreeMap<[(u8, i128, &str); 2], Group<'_>> = BTreeMap::new();
        let rows: Vec<Row> = rows.iter().map(|row| self.of_group(row)).collect();
        for (position, row) in (0..).zip(&rows).filter(|(_, row)| row.counts) {
            let key = row.group.each_ref().map(Datum::order);
            groups.entry(key).or_default().push((position, row));
        }
        let clock = Clock::of(self.zone);
        let mut all = Vec::new();
        for group in groups.values() {
            match self.windows {
                Windows::Aligned { size, slide } => {
                    self.aligned(group, (size, slide), &clock, &mut all);
                }
                Windows::Session { gap } => self.sessions(group, gap, &mut all),
                Windows::Trailing { size } => self.trailing(group, size, &mut all),
            }
        }
        let mut answers = self.ranked(all);
        answers.sort();
        answers
    }

    /// The row without fields that make no group.
    fn of_group(&self, row: &Row) -> Row {
        let mut row = row.clone();
        row.group.iter_mut().skip(self.fields).for_each(|field| *field = Datum::Missing);
        row
    }

    fn aligned(
        &self,
        group: &Group<'_>,
        (size, slide): (i64, i64),
        clock: &Clock,
        all: &mut Vec<Found>,
    ) {
        let covering = |row: &Row| late::covering(clock.says(row.time_ms), size, slide);
        let starts: BTreeSet<i64> = group.iter().flat_map(|(_, row)| covering(row)).collect();
        for start in starts {
            let has = |row: &Row| (start..start + size).contains(&clock.says(row.time_ms));
            let inside: Group<'_> = group.iter().filter(|(_, row)| has(row)).copied().collect();
            let window = |_: &Group<'_>| (clock.at(start + size), clock.at(start));
            let due = |row: &Row, every: i64| {
                clock.next_multiple(row.time_ms, every).min(clock.over(start + size))
            };
            self.of_window(&inside, window, due, all);
        }
    }

    fn sessions_of<'a>(group: &Group<'a>, gap: i64) -> Vec<Group<'a>> {
        let mut sessions: Vec<Group<'a>> = Vec::new();
        for &(position, row) in group {
            match sessions.last_mut() {
                Some(session)
                    if row.time_ms - session.last().expect("an event").1.time_ms <= gap =>
                {
                    session.push((position, row));
                }
                _ => sessions.push(vec![(position, row)]),
            }
        }
        sessions
    }

    fn sessions(&self, group: &Group<'_>, gap: i64, all: &mut Vec<Found>) {
        let window = |part: &Group<'_>| {
            let (first, last) = (part.first().expect("one").1, part.last().expect("one").1);
            (last.time_ms + gap, first.time_ms)
        };
        let due = |row: &Row, every: i64| (row.time_ms.div_euclid(every) + 1) * every;
        for session in &Self::sessions_of(group, gap) {
            self.of_window(session, window, due, all);
        }
    }

    /// What one group gives in one window, whose extent depends on the events so far.
    fn of_window(
        &self,
        inside: &Group<'_>,
        window: impl Fn(&Group<'_>) -> (i64, i64),
        due: impl Fn(&Row, i64) -> i64,
        all: &mut Vec<Found>,
    ) {
        let mut revision = 0;
        let mut give = |part: &Group<'_>, event: Option<u64>, revision: &mut u32| {
            let found = Found::of(part, window(part), *revision, event);
            let shown = self.asks(&found);
            if shown {
                all.push(found);
                *revision += 1;
            }
            shown
        };
        match self.emits {
            Emits::Close => {
                give(inside, None, &mut revision);
            }
            Emits::Update(Some(every)) => {
                let dues: BTreeSet<i64> = inside.iter().map(|(_, row)| due(row, every)).collect();
                let mut shown = 0;
                for now in dues {
                    let part = inside.iter().filter(|(_, row)| row.time_ms < now).copied();
                    let part: Group<'_> = part.collect();
                    // Where clocks go back, what waited for another may have been given out already.
                    if std::mem::replace(&mut shown, part.len()) < part.len() {
                        give(&part, None, &mut revision);
                    }
                }
            }
            Emits::Update(None) | Emits::Crossing => {
                for count in 1..=inside.len() {
                    let part: Group<'_> = inside[..count].to_vec();
                    let position = Some(part[count - 1].0);
                    if give(&part, position, &mut revision) && self.emits == Emits::Crossing {
                        break;
                    }
                }
            }
        }
    }

    fn trailing(&self, group: &Group<'_>, size: i64, all: &mut Vec<Found>) {
        let mut crossed = false;
        let mut stretch = None;
        let mut given: BTreeMap<i64, u32> = BTreeMap::new();
        for at in 0..group.len() {
            let (position, row) = group[at];
            let before: Group<'_> = group[..at].to_vec();
            // Whenever something leaves, it is asked again.
            let leaving: BTreeSet<i64> = before.iter().map(|(_, row)| row.time_ms + size).collect();
            for moment in leaving.range(..=row.time_ms) {
                let left = before.iter().filter(|(_, row)| row.time_ms > moment - size).copied();
                let left: Group<'_> = left.collect();
                // What left before the event that came last was seen then.
                let seen = before.last().is_some_and(|(_, last)| *moment <= last.time_ms);
                if !seen {
                    crossed &= !left.is_empty() && self.asks(&Found::of(&left, (0, 0), 0, None));
                }
            }
            let inside =
                group[..=at].iter().filter(|(_, other)| other.time_ms > row.time_ms - size);
            let window = (row.time_ms + 1, row.time_ms + 1 - size);
            let revision = given.get(&row.time_ms).copied().unwrap_or_default();
            let found = Found::of(&inside.copied().collect(), window, revision, Some(position));
            if !self.asks(&found) {
                crossed = false;
                continue;
            }
            let shown = match self.emits {
                Emits::Crossing => !crossed,
                Emits::Update(Some(every)) => {
                    stretch.replace(row.time_ms.div_euclid(every))
                        != Some(row.time_ms.div_euclid(every))
                }
                _ => true,
            };
            crossed = true;
            if shown {
                *given.entry(row.time_ms).or_default() += 1;
                all.push(found);
            }
        }
    }

    fn asks(&self, found: &Found) -> bool {
        let Some(having) = self.having else { return true };
        let number = match having.name {
            "g" => found.group[0].eighths(),
            name => found.numbers.get(name).copied(),
        };
        if having.name == "g" && number.is_none() && found.group[0].is_present() {
            // A text is unlike any number.
            return having.operator == "!=";
        }
        let limit = i128::from(having.number) * 8;
        number.is_some_and(|number| match having.operator {
            "==" => number == limit,
            "!=" => number != limit,
            "<" => number < limit,
            "<=" => number <= limit,
            ">" => number > limit,
            _ => number >= limit,
        })
    }

    fn ranked(&self, mut all: Vec<Found>) -> Vec<Answer> {
        let Some((n, by, per)) = self.top else {
            return all.into_iter().map(|found| found.answer(self.fields)).collect();
        };
        let order = |found: &Found| found.group.each_ref().map(Datum::order);
        all.sort_by(|a, b| {
            // Null ranks last.
            let (a_by, b_by) = (a.numbers.get(by), b.numbers.get(by));
            b_by.cmp(&a_by).then_with(|| order(a).cmp(&order(b)))
        });
        let mut ranks: BTreeMap<((i64, i64), Option<String>), u32> = BTreeMap::new();
        for found in &mut all {
            let part = per.then(|| found.group[0].text());
            let rank = ranks.entry((found.window, part)).or_default();
            *rank += 1;
            found.rank = Some(*rank);
        }
        let first = |found: &Found| found.rank.is_some_and(|rank| rank as usize <= n);
        all.into_iter().filter(first).map(|found| found.answer(self.fields)).collect()
    }
}

/// An answer that may still be asked for its numbers.
struct Found {
    window: (i64, i64),
    group: [Datum; 2],
    rank: Option<u32>,
    revision: u32,
    numbers: BTreeMap<&'static str, i128>,
    values: Vec<String>,
    event: Option<u64>,
}

impl Found {
    fn of(part: &Group<'_>, window: (i64, i64), revision: u32, event: Option<u64>) -> Self {
        let rows: Vec<&Row> = part.iter().map(|(_, row)| *row).collect();
        let worked = work(&rows);
        let group = rows.first().expect("an event").group.clone();
        let (numbers, values) = (worked.numbers, worked.texts);
        Self { window, group, rank: None, revision, numbers, values, event }
    }

    fn answer(self, fields: usize) -> Answer {
        let group = self.group.iter().take(fields).map(Datum::text).collect();
        let Self { window, rank, revision, values, event, .. } = self;
        Answer { window, group, rank, revision, values, event }
    }
}
