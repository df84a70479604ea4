//! What an aggregate rule works out: immutable, made by the compiler.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp as Instant;
use jiff::tz::{AmbiguousOffset, TimeZone};
use tripline_condition::{Condition, Context, NoMatchedEvents, Truth};
use tripline_event::{Event, EventPosition, FieldId, Key, Timestamp, Value};

use super::value::{self, ceil, floor};

/// An aggregate rule, compiled; which events count is for the automaton of its rule to say.
#[derive(Debug)]
pub struct AggregatePlan {
    /// The fields whose values make the groups.
    pub group_by: Vec<FieldId>,
    /// The windows.
    pub window: Window,
    /// Where windows begin.
    pub calendar: Calendar,
    /// What is worked out.
    pub aggregates: Vec<Aggregate>,
    /// What the values of a group must meet.
    pub having: Option<Having>,
    /// Which groups of a window rank first.
    pub top: Option<Top>,
    /// When values are given out.
    pub emit: Emit,
}

/// The windows of an aggregate; lengths are above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// One begins each `slide_ms` and is `size_ms` long, which is not shorter.
    Aligned {
        /// How long.
        size_ms: i64,
        /// From one to the next.
        slide_ms: i64,
    },
    /// From an event until none of the group came for longer than `gap_ms`.
    Session {
        /// The longest time between two events.
        gap_ms: i64,
    },
    /// The last `size_ms` before each event, and that event.
    Trailing {
        /// How long; an event so much older is not in it.
        size_ms: i64,
    },
}

/// When values are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emit {
    /// When the window is over.
    OnClose,
    /// With the event that makes `having` true.
    OnCrossing,
    /// Each `every_ms` of event time, of what changed; with every event if `None`.
    OnUpdate {
        /// How much.
        every_ms: Option<i64>,
    },
}

/// One aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Its name.
    pub name: String,
    /// What is worked out.
    pub function: Function,
    /// Out of which field; COUNT can do without.
    pub field: Option<FieldId>,
}

/// What is worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// How many.
    Count,
    /// The sum.
    Sum,
    /// The average.
    Avg,
    /// The smallest number.
    Min,
    /// The largest number.
    Max,
    /// The earliest value.
    First,
    /// The latest value.
    Last,
    /// How many different values.
    Distinct,
    /// About how many different values.
    ApproximateDistinct,
    /// The number that this share of all does not exceed, about; above 0 and at most 1.
    Percentile(f64),
}

/// The groups that rank first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Top {
    /// How many.
    pub n: usize,
    /// By which aggregate, highest first.
    pub by: usize,
    /// The positions in `group_by` of the fields among whose values they rank.
    pub per: Vec<usize>,
}

/// A condition on the values of a group.
#[derive(Clone, Debug)]
pub struct Having {
    /// The condition; its fields have numbers of their own.
    pub condition: Arc<dyn Condition>,
    /// What each of its fields is.
    pub inputs: Vec<HavingInput>,
}

/// What a field of `having` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HavingInput {
    /// The value of a field of `group_by`, by position.
    Group(usize),
    /// An aggregate, by position.
    Aggregate(usize),
}

/// A change that open windows cannot go on under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanChange {
    /// Of the fields that make the groups.
    Groups,
    /// Of the windows.
    Window,
    /// Of what is worked out.
    Aggregates,
    /// Groups rank among others, or do so for the first time or no more.
    Ranking,
    /// Of when values are given out.
    Emit,
}

impl AggregatePlan {
    /// The fields that say which shard sees an event: all that one output depends on has the same values there.
    #[must_use]
    pub fn route_fields(&self) -> Vec<FieldId> {
        match &self.top {
            None => self.group_by.clone(),
            Some(top) => top.per.iter().filter_map(|&at| self.group_by.get(at)).copied().collect(),
        }
    }

    /// The key of the shard and of the ranking that a group belongs to.
    pub(crate) fn route_of(&self, group: &Key) -> Key {
        match &self.top {
            None => group.clone(),
            Some(top) => {
                let parts: Vec<Value> = group.values().collect();
                Key::of_group(top.per.iter().filter_map(|&at| parts.get(at)))
            }
        }
    }

    /// What keeps the open windows of `before` from going on under this plan; `None` if nothing does.
    #[must_use]
    pub fn obstacle(&self, before: &Self) -> Option<PlanChange> {
        let per = |plan: &Self| plan.top.as_ref().map(|top| top.per.clone());
        let functions = |plan: &Self| -> Vec<(Function, Option<FieldId>)> {
            plan.aggregates.iter().map(|one| (one.function, one.field)).collect()
        };
        if self.group_by != before.group_by {
            return Some(PlanChange::Groups);
        }
        if self.window != before.window || self.calendar != before.calendar {
            return Some(PlanChange::Window);
        }
        if functions(self) != functions(before) {
            return Some(PlanChange::Aggregates);
        }
        if per(self) != per(before) {
            return Some(PlanChange::Ranking);
        }
        (self.emit != before.emit).then_some(PlanChange::Emit)
    }

    /// Whether a group with these values is given out.
    pub(crate) fn has(&self, group: &Key, values: &[Value], time: Timestamp) -> bool {
        let Some(having) = &self.having else { return true };
        let group: smallvec::SmallVec<[Value; 4]> = group.values().collect();
        let read = |input: &HavingInput| match *input {
            HavingInput::Group(at) => group.get(at).cloned().unwrap_or_default(),
            HavingInput::Aggregate(at) => values.get(at).cloned().unwrap_or_default(),
        };
        let inputs: smallvec::SmallVec<[Value; 4]> = having.inputs.iter().map(read).collect();
        let event = Event {
            time,
            happened: time,
            position: EventPosition::default(),
            values: &inputs,
            payload: b"{}",
        };
        let context = Context { event, matched: &NoMatchedEvents };
        having.condition.evaluate(&context) == Truth::True
    }
}

/// The wall clock by which windows are aligned.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Calendar(Option<TimeZone>);

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.as_ref().and_then(TimeZone::iana_name);
        f.debug_tuple("Calendar").field(&name.unwrap_or("UTC")).finish()
    }
}

impl Calendar {
    /// Windows are aligned to 1970-01-01T00:00Z.
    pub const UTC: Self = Self(None);

    /// Windows are aligned to that moment on the wall clock of a zone.
    #[must_use]
    pub fn of(zone: TimeZone) -> Self {
        Self((zone != TimeZone::UTC).then_some(zone))
    }

    /// What the wall clock says at a moment, in ms since 1970 began on it.
    pub(crate) fn local(&self, time: Timestamp) -> i64 {
        let ms = time.as_millis();
        let Some(zone) = &self.0 else { return ms };
        let Ok(instant) = Instant::from_millisecond(ms) else { return ms };
        ms.saturating_add(i64::from(zone.to_offset(instant).seconds()) * 1_000)
    }

    /// The moment at which the wall clock says `local`: the first one if it does so twice, and if it never does, the one
    /// as long after the change of clocks as `local` is.
    pub(crate) fn moment(&self, local: i64) -> Timestamp {
        Timestamp::from_millis(match self.offsets(local) {
            None => local,
            Some(AmbiguousOffset::Unambiguous { offset }) => shifted(local, offset),
            Some(AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. }) => {
                shifted(local, before)
            }
        })
    }

    /// The last moment at which the wall clock may say something before `local`.
    pub(crate) fn last_before(&self, local: i64) -> Timestamp {
        let first_after = match self.offsets(local) {
            None => local,
            Some(AmbiguousOffset::Unambiguous { offset }) => shifted(local, offset),
            Some(AmbiguousOffset::Fold { before, after }) => {
                let second = shifted(local, after);
                // It goes back before `local` once more, unless it goes back to just that.
                let goes_back =
                    self.local(Timestamp::from_millis(second.saturating_sub(1))) < local;
                if goes_back { second } else { shifted(local, before) }
            }
            Some(AmbiguousOffset::Gap { before, after }) => {
                let earliest = shifted(local, after);
                let change = self.change_after(Timestamp::from_millis(earliest));
                change.map_or_else(|| shifted(local, before), Timestamp::as_millis)
            }
        };
        Timestamp::from_millis(first_after.saturating_sub(1))
    }

    /// The first moment after `now` at which the wall clock says a multiple of `step`, or goes over one.
    ///
    /// Where it goes back it says some once more: each time counts.
    pub(crate) fn next_multiple(&self, now: Timestamp, step: i64) -> Timestamp {
        let local = self.local(now);
        let next = floor(local, step).saturating_add(step);
        let at = now.saturating_add(next.saturating_sub(local));
        if self.local(at) == next {
            return at;
        }
        let Some(change) = self.change_after(now) else { return at };
        let (before, after) = (self.local(change.saturating_add(-1)), self.local(change));
        let goes_over = floor(before, step) < floor(after, step);
        let wait = if goes_over { 0 } else { ceil(after, step).saturating_sub(after) };
        change.saturating_add(wait)
    }

    /// When clocks change next.
    fn change_after(&self, now: Timestamp) -> Option<Timestamp> {
        let now = Instant::from_millisecond(now.as_millis()).ok()?;
        let change = self.0.as_ref()?.following(now).next()?;
        Some(Timestamp::from_millis(change.timestamp().as_millisecond()))
    }

    /// Up to where on the wall clock all windows are over when `now` is.
    pub(crate) fn over(&self, now: Timestamp) -> i64 {
        let next = now.saturating_add(1);
        let local = self.local(next);
        if self.last_before(local) <= now {
            return local;
        }
        // The clock will go back before what it says.
        self.change_after(next).map_or(local, |change| self.local(change))
    }

    fn offsets(&self, local: i64) -> Option<AmbiguousOffset> {
        let zone = self.0.as_ref()?;
        let civil = TimeZone::UTC.to_datetime(Instant::from_millisecond(local).ok()?);
        Some(zone.to_ambiguous_timestamp(civil).offset())
    }
}

fn shifted(local: i64, offset: jiff::tz::Offset) -> i64 {
    local.saturating_sub(i64::from(offset.seconds()) * 1_000)
}

impl Window {
    /// How long the parts are that aligned windows are made of.
    pub(crate) fn pane_ms(self) -> i64 {
        match self {
            Self::Aligned { size_ms, slide_ms } => value::gcd(size_ms, slide_ms),
            Self::Session { .. } | Self::Trailing { .. } => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_york() -> Calendar {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("America/New_York");
        Calendar::of(zone.expect("a zone"))
    }

    #[test]
    fn clocks_that_change_make_longer_and_shorter_windows() {
        let (calendar, hour) = (new_york(), 3_600_000);
        // 2024-11-03: 01:00 comes at 05:00Z and at 06:00Z.
        let one = 1_730_595_600_000 - 4 * hour;
        let first = 1_730_595_600_000 + hour;
        let _ = (one, first);
        for (utc, local_hours) in
            [(1_730_610_000_000_i64, 1), (1_730_613_600_000, 1), (1_730_617_200_000, 2)]
        {
            let local = calendar.local(Timestamp::from_millis(utc));
            assert_eq!(local.rem_euclid(24 * hour) / hour, local_hours, "{utc}");
        }
        let at_one = calendar.local(Timestamp::from_millis(1_730_610_000_000));
        assert_eq!(calendar.moment(at_one).as_millis(), 1_730_610_000_000, "the first of the two");
        let half_past = at_one + hour / 2;
        assert_eq!(
            calendar.last_before(half_past).as_millis(),
            1_730_613_600_000 + hour / 2 - 1,
            "half past one is over when it was half past one twice"
        );
        // 2024-03-10: 02:00 to 03:00 is left out, at 07:00Z.
        let change = 1_710_054_000_000_i64;
        let half_past_two = calendar.local(Timestamp::from_millis(change - 1)) + 1 + hour / 2;
        assert_eq!(calendar.last_before(half_past_two).as_millis(), change - 1);
        assert_eq!(calendar.moment(half_past_two).as_millis(), change + hour / 2);
    }
}
