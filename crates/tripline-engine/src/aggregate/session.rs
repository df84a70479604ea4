//! SESSION windows.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Timestamp};

use super::acc::merge_accs;
use super::emitter::{Emitter, Row};
use super::group::{gap, trigger};
use super::panes::{Pane, values_of};
use super::plan::{AggregatePlan, Emit};
use super::value::floor;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    first: Timestamp,
    last: Timestamp,
    pub(super) pane: Pane,
    fired: bool,
    /// When an output is due since something changed.
    touched: Option<Timestamp>,
    /// How many outputs it gave.
    revision: u32,
    /// Whether its end has passed: it waits for events that come late.
    over: bool,
}

/// Adds an event; how much more is held.
pub(super) fn add_to_session(
    sessions: &mut VecDeque<Session>,
    event: &Event<'_>,
    out: &mut Emitter<'_>,
) -> usize {
    let (plan, gap_ms) = (out.plan, gap(out.plan));
    let (at, new) = session_at(sessions, event.time, out);
    let Some(session) = sessions.get_mut(at) else { return 0 };
    session.first = session.first.min(event.time);
    session.last = session.last.max(event.time);
    let members = session.pane.add(&plan.aggregates, event);
    let more = if new { session.pane.weight() } else { members };
    session.over = session.last.saturating_add(gap_ms) < out.now;
    if session.over {
        session.touched = None;
    }
    match plan.emit {
        Emit::OnClose if !session.over => {}
        Emit::OnUpdate { every_ms: Some(every) } if !session.over => {
            let next = floor(out.now.as_millis(), every).saturating_add(every - 1);
            session.touched = session.touched.or(Some(Timestamp::from_millis(next)));
        }
        Emit::OnCrossing if session.fired => {}
        _ => session.give(event.time, Some(event), out),
    }
    more
}

/// The session that an event belongs to, made of all that it joins; whether it is new.
fn session_at(
    sessions: &mut VecDeque<Session>,
    time: Timestamp,
    out: &mut Emitter<'_>,
) -> (usize, bool) {
    let (plan, gap_ms) = (out.plan, gap(out.plan));
    // They are in order, and further apart than the gap.
    let at = match sessions.back() {
        Some(last) if last.first <= time && time <= last.last.saturating_add(gap_ms) => {
            return (sessions.len() - 1, false);
        }
        _ => sessions.partition_point(|one| one.last.saturating_add(gap_ms) < time),
    };
    let joins = |one: &Session| one.first <= time.saturating_add(gap_ms);
    if !sessions.get(at).is_some_and(joins) {
        let pane = Pane::new(time.as_millis(), &plan.aggregates);
        let (fired, touched, revision, over) = (false, None, 0, false);
        let (first, last) = (time, time);
        let new = Session { first, last, pane, fired, touched, revision, over };
        sessions.insert(at, new);
        return (at, true);
    }
    while sessions.get(at + 1).is_some_and(joins) {
        let (Some(other), Some(one)) = (sessions.remove(at + 1), sessions.get_mut(at)) else {
            break;
        };
        let before = one.pane.weight() + other.pane.weight();
        merge_accs(&mut one.pane.accs, &other.pane.accs);
        out.freed += before.saturating_sub(one.pane.weight());
        one.last = other.last;
        one.fired |= other.fired;
        one.touched = one.touched.into_iter().chain(other.touched).min();
        one.revision += other.revision;
    }
    (at, false)
}

impl Session {
    fn give(&mut self, time: Timestamp, event: Option<&Event<'_>>, out: &mut Emitter<'_>) {
        let plan = out.plan;
        values_of(&self.pane.accs, &plan.aggregates, out.values);
        if !out.has(time) {
            return;
        }
        self.fired = true;
        let revision = self.revision;
        self.revision += 1;
        let end = self.last.saturating_add(gap(plan));
        out.give(&Row { start: self.first, end, rank: None, revision, event: event.map(trigger) });
    }
}

impl Session {
    /// Whether an event of this moment belongs to it, or would.
    pub(super) fn holds(&self, time: Timestamp, gap_ms: i64) -> bool {
        self.first <= time && time <= self.last.saturating_add(gap_ms)
    }

    /// When to look at it next.
    pub(super) fn due(&self, plan: &AggregatePlan, lateness_ms: i64) -> Timestamp {
        let end = self.last.saturating_add(gap(plan));
        if self.over {
            return end.saturating_add(lateness_ms);
        }
        self.touched.map_or(end, |due| due.min(end))
    }
}

pub(super) fn pass_sessions(
    sessions: &mut VecDeque<Session>,
    now: Timestamp,
    out: &mut Emitter<'_>,
) -> usize {
    let gap_ms = gap(out.plan);
    for session in sessions.iter_mut().filter(|session| !session.over) {
        session.over = session.last.saturating_add(gap_ms) <= now;
        let touched = session.touched.is_some_and(|due| session.over || due <= now);
        if touched || (session.over && out.plan.emit == Emit::OnClose) {
            session.touched = None;
            session.give(session.last, None, out);
        }
    }
    let gone_ms = gap_ms.saturating_add(out.lateness_ms);
    let mut freed = 0;
    sessions.retain(|session| {
        let stays = session.last.saturating_add(gone_ms) > now;
        freed += if stays { 0 } else { session.pane.weight() };
        stays
    });
    freed
}
