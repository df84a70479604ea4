//! How far the time of each source is, and of all together.

use serde::{Deserialize, Serialize};
use tripline::Timestamp;

use crate::clock::Now;
use crate::config::{IdleTimeout, Source};

/// A place in the order of all events: a time, and of that time the number of a source.
pub(crate) type Frontier = (Timestamp, u32);

/// When the silence of a source lets time go on without it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence {
    pub(crate) idle: IdleTimeout,
    /// Whether its reader has to say that there is nothing more.
    pub(crate) is_remote: bool,
}

impl From<IdleTimeout> for Silence {
    fn from(idle: IdleTimeout) -> Self {
        Self { idle, is_remote: false }
    }
}

impl From<&Source> for Silence {
    fn from(source: &Source) -> Self {
        Self { idle: source.idle, is_remote: source.is_remote }
    }
}

/// What is known of one source.
#[derive(Clone, Debug)]
struct Progress {
    known: SavedProgress,
    silence: Silence,
}

/// What is known of one source, as a checkpoint has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedProgress {
    /// The latest time that has come.
    latest: Option<Timestamp>,
    /// When it last sent something; at first, when the run began.
    arrived: Now,
    /// Since when it could have sent something: that, or when a process went on; by the steady clock, in ms.
    heard_ms: i64,
    /// Whether its reader says that there is nothing more.
    at_end: bool,
    ended: bool,
}

impl SavedProgress {
    const fn begin(now: Now) -> Self {
        Self { latest: None, arrived: now, heard_ms: now.steady_ms, at_end: false, ended: false }
    }
}

/// The watermarks of all sources.
///
/// # Ordering and time
/// With a bound of `b` ms, an event of a source is late if one of the same source more than `b` ms after it has come; an
/// event exactly `b` ms behind is not.
#[derive(Clone, Debug)]
pub(crate) struct Watermarks {
    bound_ms: i64,
    sources: Vec<Progress>,
}

/// When something may be to be done though no event comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Never.
    #[default]
    Never,
    /// At this moment of the steady clock a source counts as idle.
    At(i64),
    /// All sources are idle: event time is so much ahead of the steady clock, in ms.
    Moving(i64),
    /// Event time is the time of day.
    Wall,
}

impl Watermarks {
    pub(crate) fn new(bound_ms: i64, sources: impl Iterator<Item = Silence>, now: Now) -> Self {
        let progress = |silence| Progress { known: SavedProgress::begin(now), silence };
        Self { bound_ms, sources: sources.map(progress).collect() }
    }

    /// Knows one more source, which may hold time back from now on.
    pub(crate) fn open(&mut self, silence: Silence, now: Now) {
        self.sources.push(Progress { known: SavedProgress::begin(now), silence });
    }

    /// What is known of each source.
    pub(crate) fn save(&self) -> Vec<SavedProgress> {
        self.sources.iter().map(|progress| progress.known.clone()).collect()
    }

    /// Goes on from what was known.
    pub(crate) fn restore(&mut self, saved: Vec<SavedProgress>) {
        for (progress, saved) in self.sources.iter_mut().zip(saved) {
            progress.known = saved;
        }
    }

    /// Another process goes on: sources have not been silent while there was none, and those that ended may have grown.
    pub(crate) fn resumed(&mut self, now: Now) {
        for progress in &mut self.sources {
            progress.known.heard_ms = now.steady_ms;
            (progress.known.at_end, progress.known.ended) = (false, false);
        }
    }

    /// Whether a source is left out for its silence.
    pub(crate) fn any_idle(&self, now: Now) -> bool {
        self.sources.iter().any(|progress| !progress.known.ended && progress.is_idle(now))
    }

    /// The earliest time that an event of this source may still have.
    pub(crate) fn horizon_of(&self, source: u32) -> Timestamp {
        self.sources.get(source as usize).map_or(Timestamp::MIN, |progress| self.horizon(progress))
    }

    fn horizon(&self, progress: &Progress) -> Timestamp {
        progress
            .known
            .latest
            .map_or(Timestamp::MIN, |latest| latest.saturating_add(self.bound_ms.saturating_neg()))
    }

    /// An event of this time has come.
    pub(crate) fn event(&mut self, source: u32, time: Timestamp) {
        if let Some(progress) = self.sources.get_mut(source as usize) {
            progress.known.latest = progress.known.latest.max(Some(time));
        }
    }

    /// A source has sent something.
    pub(crate) fn arrived(&mut self, source: u32, now: Now) {
        if let Some(progress) = self.sources.get_mut(source as usize) {
            progress.known.arrived = now;
            progress.known.heard_ms = now.steady_ms;
            progress.known.at_end = false;
        }
    }

    /// A reader says that there is nothing more, or that it does not know any more.
    pub(crate) fn at_end(&mut self, source: u32, at_end: bool, now: Now) {
        if let Some(progress) = self.sources.get_mut(source as usize) {
            progress.known.at_end = at_end;
            if at_end {
                // Those who write to what was away have as long as ever to go on.
                progress.known.heard_ms = now.steady_ms;
            }
        }
    }

    /// A source will send nothing more.
    pub(crate) fn ended(&mut self, source: u32) {
        if let Some(progress) = self.sources.get_mut(source as usize) {
            progress.known.ended = true;
        }
    }

    pub(crate) fn all_ended(&self) -> bool {
        self.sources.iter().all(|progress| progress.known.ended)
    }

    /// Whether this source alone says how far time is.
    pub(crate) fn is_only(&self, source: u32) -> bool {
        (0..).zip(&self.sources).all(|(number, other)| other.known.ended || number == source)
    }

    /// An event at or before this place may be processed: no earlier one can come.
    pub(crate) fn frontier(&self, now: Now) -> Frontier {
        let numbered = || (0..).zip(&self.sources);
        let active =
            numbered().filter(|(_, progress)| !progress.known.ended && !progress.is_idle(now));
        if let Some(least) = active.map(|(number, progress)| (self.horizon(progress), number)).min()
        {
            return least;
        }
        if self.all_ended() {
            return (Timestamp::MAX, u32::MAX);
        }
        let moved = self.sources.iter().filter_map(|progress| {
            let latest = progress.known.latest?;
            let moved = if progress.known.ended {
                latest
            } else {
                Timestamp::from_millis(now.steady_ms.saturating_add(self.ahead_ms(progress)?))
            };
            Some(moved.max(self.horizon(progress)))
        });
        (moved.max().unwrap_or(Timestamp::MIN), u32::MAX)
    }

    /// How far the time of an idle source is ahead of the steady clock, in ms.
    fn ahead_ms(&self, progress: &Progress) -> Option<i64> {
        let lag_ms = self.bound_ms.max(progress.idle_ms()?);
        let latest_ms = progress.known.latest?.as_millis();
        Some(latest_ms.saturating_sub(progress.known.arrived.steady_ms).saturating_sub(lag_ms))
    }

    /// The latest time that has come.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|progress| progress.known.latest).max()
    }

    /// When to look again though nothing comes.
    pub(crate) fn wake(&self, now: Now) -> Wake {
        let open = || self.sources.iter().filter(|progress| !progress.known.ended);
        let active = || open().filter(|progress| !progress.is_idle(now));
        if let Some(first) = active().filter_map(Progress::idle_at_ms).min() {
            return Wake::At(first);
        }
        if active().next().is_some() {
            return Wake::Never;
        }
        let ahead = open().filter_map(|progress| self.ahead_ms(progress)).max();
        ahead.map_or(Wake::Never, Wake::Moving)
    }

    /// The source that time waits for, if it waits for one.
    pub(crate) fn slowest(&self, now: Now) -> Option<u32> {
        let (_, number) = self.frontier(now);
        (number != u32::MAX).then_some(number)
    }
}

impl Progress {
    /// After how much silence it is idle; `None` if it never is.
    fn idle_ms(&self) -> Option<i64> {
        match self.silence.idle {
            IdleTimeout::Off => None,
            IdleTimeout::After(idle_ms) => Some(idle_ms),
            IdleTimeout::WhileLive => {
                let age = |latest: Timestamp| {
                    self.known.arrived.wall_ms.saturating_sub(latest.as_millis())
                };
                let live = self
                    .known
                    .latest
                    .is_none_or(|latest| age(latest) <= IdleTimeout::LIVE_WITHIN_MS);
                live.then_some(IdleTimeout::LIVE_MS)
            }
        }
    }

    /// When it is idle, by the steady clock, if nothing comes; `None` if that alone does not make it idle.
    fn idle_at_ms(&self) -> Option<i64> {
        let knows = self.known.at_end || !self.silence.is_remote;
        Some(self.known.heard_ms.saturating_add(self.idle_ms()?)).filter(|_| knows)
    }

    fn is_idle(&self, now: Now) -> bool {
        self.idle_at_ms().is_some_and(|at| at <= now.steady_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: i64) -> Now {
        Now { wall_ms: 1_000_000 + ms, steady_ms: ms }
    }

    const fn time(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn watermarks(bound_ms: i64, idle: &[IdleTimeout]) -> Watermarks {
        Watermarks::new(bound_ms, idle.iter().map(|idle| Silence::from(*idle)), at(0))
    }

    #[test]
    fn the_slowest_source_says_how_far_time_is() {
        let mut marks = watermarks(10, &[IdleTimeout::Off, IdleTimeout::Off]);
        marks.event(0, time(100));
        assert_eq!(marks.frontier(at(9999)), (Timestamp::MIN, 1), "source 1 has not begun");
        marks.event(1, time(50));
        assert_eq!(marks.frontier(at(9999)), (time(40), 1));
        marks.event(1, time(45));
        assert_eq!(marks.frontier(at(9999)), (time(40), 1), "nothing goes back");
        marks.ended(1);
        assert_eq!(marks.frontier(at(9999)), (time(90), 0));
        assert_eq!(marks.wake(at(9999)), Wake::Never);
        marks.ended(0);
        assert_eq!(marks.frontier(at(9999)), (Timestamp::MAX, u32::MAX));
    }

    #[test]
    fn an_idle_source_is_left_out_until_it_comes_back() {
        let mut marks = watermarks(0, &[IdleTimeout::After(50), IdleTimeout::After(50)]);
        marks.event(0, time(100));
        marks.event(1, time(40));
        marks.arrived(0, at(20));
        assert_eq!(marks.frontier(at(49)), (time(40), 1));
        assert_eq!(marks.wake(at(49)), Wake::At(50));
        assert_eq!(marks.frontier(at(50)), (time(100), 0));
        assert_eq!(marks.wake(at(50)), Wake::At(70));
        marks.event(1, time(90));
        marks.arrived(1, at(60));
        assert_eq!(marks.frontier(at(60)), (time(90), 1));
    }

    #[test]
    fn a_source_that_is_away_holds_time_back() {
        let remote = Silence { idle: IdleTimeout::After(50), is_remote: true };
        let mut marks = Watermarks::new(0, [remote, remote].into_iter(), at(0));
        marks.event(0, time(100));
        marks.event(1, time(40));
        assert_eq!(marks.frontier(at(9999)), (time(40), 1), "it may be away");
        assert_eq!(marks.wake(at(9999)), Wake::Never);
        marks.at_end(1, true, at(0));
        assert_eq!(marks.wake(at(49)), Wake::At(50));
        assert_eq!(marks.frontier(at(49)), (time(40), 1));
        assert_eq!(marks.frontier(at(50)), (time(100), 0));
        marks.at_end(1, false, at(55));
        assert_eq!(marks.frontier(at(60)), (time(40), 1), "it went away");
        marks.at_end(1, true, at(60));
        assert_eq!(marks.frontier(at(109)), (time(40), 1), "it is silent since it is back only");
        assert_eq!(marks.frontier(at(110)), (time(100), 0));
        marks.arrived(1, at(70));
        assert_eq!(marks.frontier(at(9999)), (time(40), 1), "there may be more behind what came");
        marks.at_end(1, true, at(75));
        marks.resumed(at(80));
        assert_eq!(marks.frontier(at(9999)), (time(40), 1), "another process has to ask again");
    }

    #[test]
    fn time_moves_on_with_the_clock_where_all_are_idle() {
        let mut marks = watermarks(0, &[IdleTimeout::After(50)]);
        marks.event(0, time(7000));
        marks.arrived(0, at(10));
        assert_eq!(marks.frontier(at(59)), (time(7000), 0));
        assert_eq!(marks.frontier(at(60)), (time(7000), u32::MAX));
        assert_eq!(marks.frontier(at(75)), (time(7015), u32::MAX));
        assert_eq!(marks.wake(at(75)), Wake::Moving(7000 - 60));
        let mut marks = watermarks(200, &[IdleTimeout::After(50)]);
        marks.event(0, time(7000));
        assert_eq!(marks.frontier(at(49)), (time(6800), 0));
        assert_eq!(marks.frontier(at(60)), (time(6860), u32::MAX));
        assert_eq!(marks.frontier(at(200)), (time(7000), u32::MAX), "held as long as the bound");
    }

    #[test]
    fn a_replay_does_not_move_on_by_itself() {
        let mut marks = watermarks(0, &[IdleTimeout::WhileLive]);
        let live_ms = IdleTimeout::LIVE_MS;
        assert_eq!(marks.wake(at(0)), Wake::At(live_ms));
        assert_eq!(marks.wake(at(live_ms)), Wake::Never, "there is no time to move on");
        marks.event(0, time(1_000_000 - IdleTimeout::LIVE_WITHIN_MS - 1));
        assert_eq!(marks.wake(at(9999)), Wake::Never);
        marks.event(0, time(1_000_000 - IdleTimeout::LIVE_WITHIN_MS));
        assert_eq!(marks.wake(at(0)), Wake::At(live_ms));
    }
}
