//! One group: its open windows, and what they give with an event and with time.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use tripline_event::{Event, EventPosition, Timestamp};

use super::acc::Accs;
use super::emitter::{Emitter, Row};
use super::panes::{Pane, Panes, merged, pane_at, values_of};
use super::plan::{AggregatePlan, Emit, Window};
use super::value::{ceil, floor};
use crate::run::NEVER;

/// No moment of the wall clock.
const NONE: i64 = i64::MAX;

/// The open windows of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// TUMBLING and SLIDING, given out when they are over.
    Closing(Box<Closing>),
    /// TUMBLING and SLIDING, given out while they are open.
    Open(Box<Open>),
    Sessions(VecDeque<Session>),
    Trailing(Box<Trailing>),
}

/// A window that moves from end to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(super) panes: Panes,
    /// The end of the window to be looked at next, on the wall clock.
    next_end: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    panes: VecDeque<Pane>,
    /// The beginnings of open windows that gave their output.
    fired: BTreeSet<i64>,
    /// The first and the last pane that changed since the last output, and when that is due, on the wall clock.
    touched: Option<(i64, i64, i64)>,
    /// The beginnings of open windows with how many outputs they gave.
    revisions: Vec<(i64, u32)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    first: Timestamp,
    last: Timestamp,
    pane: Pane,
    fired: bool,
    /// When an output is due since something changed.
    touched: Option<Timestamp>,
    revision: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trailing {
    panes: Panes,
    /// Whether `having` has been true since the last output.
    crossed: bool,
    /// In which stretch of `every` the last output was.
    last: Option<i64>,
}

/// What a look at a window that closes found.
pub(super) enum Look {
    /// Nothing was due.
    NotDue,
    /// The window that ends here has this group, whose values the emitter holds, or has not.
    Window { end: i64, shown: bool },
}

impl Body {
    pub(super) fn new(plan: &AggregatePlan) -> Self {
        match (plan.window, plan.emit) {
            (Window::Aligned { .. }, Emit::OnClose) => {
                Self::Closing(Box::new(Closing { panes: Panes::default(), next_end: NONE }))
            }
            (Window::Aligned { .. }, _) => Self::Open(Box::default()),
            (Window::Session { .. }, _) => Self::Sessions(VecDeque::new()),
            (Window::Trailing { .. }, _) => Self::Trailing(Box::default()),
        }
    }

    /// Takes an event; how much more is held.
    pub(super) fn add(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        match self {
            Self::Closing(body) => body.add(event, out.plan),
            Self::Open(body) => body.add(event, out),
            Self::Sessions(sessions) => add_to_session(sessions, event, out),
            Self::Trailing(body) => body.add(event, out),
        }
    }

    /// When to look at it next.
    pub(super) fn due(&self, plan: &AggregatePlan) -> Timestamp {
        match self {
            Self::Closing(body) if body.next_end == NONE => NEVER,
            Self::Closing(body) => plan.calendar.last_before(body.next_end),
            Self::Open(body) => {
                let oldest = body.panes.front().map_or(NONE, |pane| last_end(pane.start, plan));
                let next = body.touched.map_or(oldest, |(_, _, due)| due.min(oldest));
                if next == NONE { NEVER } else { plan.calendar.last_before(next) }
            }
            Self::Sessions(sessions) => {
                let due = |session: &Session| {
                    let end = session.last.saturating_add(gap(plan));
                    session.touched.map_or(end, |due| due.min(end))
                };
                sessions.iter().map(due).min().unwrap_or(NEVER)
            }
            Self::Trailing(body) => {
                let newest = body.panes.all.back();
                newest.map_or(NEVER, |pane| {
                    Timestamp::from_millis(pane.start).saturating_add(size(plan))
                })
            }
        }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Closing(body) => body.panes.all.is_empty(),
            Self::Open(body) => body.panes.is_empty(),
            Self::Sessions(sessions) => sessions.is_empty(),
            Self::Trailing(body) => body.panes.all.is_empty(),
        }
    }

    /// Does what is due at `now`, but for [`Closing`]; how much less is held.
    pub(super) fn pass(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        match self {
            Self::Closing(_) => 0,
            Self::Open(body) => body.pass(now, out),
            Self::Sessions(sessions) => pass_sessions(sessions, now, out),
            Self::Trailing(body) => body.evict(now, out),
        }
    }

    /// How much it holds.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Closing(body) => body.panes.weight(),
            Self::Open(body) => body.panes.iter().map(Pane::weight).sum(),
            Self::Sessions(sessions) => sessions.iter().map(|one| one.pane.weight()).sum(),
            Self::Trailing(body) => body.panes.weight(),
        }
    }

    /// Derives what a snapshot leaves out.
    pub(super) fn derive(&mut self) {
        match self {
            Self::Closing(body) => body.panes.derive(),
            Self::Trailing(body) => body.panes.derive(),
            Self::Open(_) | Self::Sessions(_) => {}
        }
    }
}

fn gap(plan: &AggregatePlan) -> i64 {
    match plan.window {
        Window::Session { gap_ms } => gap_ms,
        _ => 0,
    }
}

fn size(plan: &AggregatePlan) -> i64 {
    match plan.window {
        Window::Aligned { size_ms, .. } | Window::Trailing { size_ms } => size_ms,
        Window::Session { .. } => 0,
    }
}

/// The length of windows, from one to the next, and of a pane.
fn lengths(plan: &AggregatePlan) -> (i64, i64, i64) {
    match plan.window {
        Window::Aligned { size_ms, slide_ms } => (size_ms, slide_ms, plan.window.pane_ms()),
        _ => (1, 1, 1),
    }
}

/// The end of the first window that has all of a pane.
fn first_end(start: i64, plan: &AggregatePlan) -> i64 {
    let (size, slide, pane) = lengths(plan);
    ceil(start.saturating_add(pane).saturating_sub(size), slide).saturating_add(size)
}

/// The end of the last window that has a pane.
fn last_end(start: i64, plan: &AggregatePlan) -> i64 {
    let (size, slide, _) = lengths(plan);
    floor(start, slide).saturating_add(size)
}

impl Closing {
    fn add(&mut self, event: &Event<'_>, plan: &AggregatePlan) -> usize {
        let start = floor(plan.calendar.local(event.time), plan.window.pane_ms());
        let (pane, new) = pane_at(&mut self.panes.all, start, &plan.aggregates);
        let members = pane.add(&plan.aggregates, event);
        if !new {
            return members;
        }
        self.next_end = self.next_end.min(first_end(start, plan));
        pane.weight()
    }

    /// Looks at the window that ends at `next_end` if that is over at `now`; how much less is held is added to `freed`.
    pub(super) fn look(
        &mut self,
        now: Timestamp,
        out: &mut Emitter<'_>,
        freed: &mut usize,
    ) -> Look {
        let plan = out.plan;
        let end = self.next_end;
        if end == NONE || plan.calendar.last_before(end) > now {
            return Look::NotDue;
        }
        let (size, slide, pane_ms) = lengths(plan);
        let start = end.saturating_sub(size);
        while self.panes.all.front().is_some_and(|pane| pane.start < start) {
            if self.panes.entered() == 0 {
                self.panes.enter();
            }
            *freed += self.panes.leave();
        }
        if size == slide {
            // One pane, one window: there is nothing to put together.
            let shown = self.panes.all.front().is_some_and(|pane| pane.start == start) && {
                if let Some(pane) = self.panes.all.front() {
                    values_of(&pane.accs, &plan.aggregates, out.values);
                }
                out.has(plan.calendar.moment(end))
            };
            if plan.top.is_none() && self.panes.all.len() == 1 {
                self.panes.enter();
                *freed += self.panes.leave();
            }
            self.next_end = self.next_look(end, shown, plan);
            return Look::Window { end, shown };
        }
        while self.panes.waiting().is_some_and(|pane| pane.start <= end.saturating_sub(pane_ms)) {
            self.panes.enter();
        }
        let shown = self.panes.entered() > 0 && {
            self.panes.values(&plan.aggregates, out.values);
            out.has(plan.calendar.moment(end))
        };
        self.next_end = self.next_look(end, shown, plan);
        if plan.top.is_none()
            && self.panes.all.back().is_some_and(|pane| last_end(pane.start, plan) <= end)
        {
            // It was the last window of them all.
            while let Some(weight) = (self.panes.entered() > 0).then(|| self.panes.leave()) {
                *freed += weight;
            }
            self.next_end = NONE;
        }
        Look::Window { end, shown }
    }

    /// The end of the next window in which something is to be said or changes.
    fn next_look(&self, end: i64, shown: bool, plan: &AggregatePlan) -> i64 {
        let (_, slide, _) = lengths(plan);
        // With `top` the ranking keeps what is shown.
        if shown && plan.top.is_none() && slide != size(plan) {
            return end.saturating_add(slide);
        }
        let tumbling = slide == size(plan);
        let leaves = self.panes.all.front().filter(|pane| tumbling || pane.start < end);
        let leaves = leaves.map_or(NONE, |pane| {
            let next = last_end(pane.start, plan).saturating_add(slide);
            if tumbling { first_end(pane.start, plan).max(end.saturating_add(slide)) } else { next }
        });
        let enters = self.panes.waiting().map_or(NONE, |pane| first_end(pane.start, plan));
        let enters = if enters <= end { NONE } else { enters };
        leaves.min(enters)
    }

    /// Has the next window after `now` looked at, since another question is asked of it.
    pub(super) fn look_again(&mut self, now: Timestamp, plan: &AggregatePlan) {
        let (size, slide, _) = lengths(plan);
        if self.panes.all.is_empty() {
            return;
        }
        let local = plan.calendar.local(now.saturating_add(1));
        let next = floor(local.saturating_sub(size), slide).saturating_add(slide + size);
        let first = self.panes.all.front().map_or(NONE, |pane| first_end(pane.start, plan));
        self.next_end = self.next_end.min(next.max(first));
    }
}

impl Open {
    fn add(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let local = plan.calendar.local(event.time);
        let start = floor(local, plan.window.pane_ms());
        let (pane, new) = pane_at(&mut self.panes, start, &plan.aggregates);
        let members = pane.add(&plan.aggregates, event);
        let weight = if new { pane.weight() } else { members };
        match plan.emit {
            Emit::OnUpdate { every_ms: Some(every) } => {
                let due = floor(local, every).saturating_add(every).min(first_end(start, plan));
                self.touched = Some(match self.touched {
                    None => (start, start, due),
                    Some((first, last, before)) => {
                        (first.min(start), last.max(start), before.min(due))
                    }
                });
            }
            _ => self.give_out(start, start, Some(event), event.time, out),
        }
        weight
    }

    /// Gives out the windows that have a pane from `first` to `last`.
    fn give_out(
        &mut self,
        first: i64,
        last: i64,
        event: Option<&Event<'_>>,
        time: Timestamp,
        out: &mut Emitter<'_>,
    ) {
        let plan = out.plan;
        let (size, slide, pane_ms) = lengths(plan);
        let crossing = plan.emit == Emit::OnCrossing;
        let newest = self.panes.back().map_or(last, |pane| pane.start);
        let lowest = ceil(first.saturating_add(pane_ms).saturating_sub(size), slide);
        // Windows that begin here or later reach beyond the newest pane.
        let beyond = floor(newest.saturating_sub(size), slide).saturating_add(slide);
        let mut found: Vec<(i64, Accs)> = Vec::new();
        let mut start = floor(last, slide);
        let mut accs: Option<Accs> = None;
        let mut at = self.panes.len();
        while start >= lowest {
            let mut same_until = start;
            if start >= beyond {
                // What these windows share is put together once.
                while let Some(pane) = at.checked_sub(1).and_then(|at| self.panes.get(at))
                    && pane.start >= start
                {
                    let mut older = pane.accs.clone();
                    if let Some(newer) = &accs {
                        super::acc::merge_accs(&mut older, newer);
                    }
                    accs = Some(older);
                    at -= 1;
                }
                // The windows down to the next older pane have the same events.
                let older = at.checked_sub(1).and_then(|at| self.panes.get(at));
                let older = older.map(|pane| floor(pane.start, slide).saturating_add(slide));
                same_until = older.map_or(lowest, |older| older.max(lowest)).max(beyond);
            } else {
                let end = start.saturating_add(size);
                let inside = |pane: &&Pane| start <= pane.start && pane.start < end;
                accs = merged(self.panes.iter().filter(inside));
            }
            if let Some(accs) = &accs {
                values_of(accs, &plan.aggregates, out.values);
                if out.has(time) {
                    while start >= same_until {
                        if !(crossing && self.fired.contains(&start)) {
                            found.push((start, accs.clone()));
                        }
                        start = start.saturating_sub(slide);
                    }
                }
            }
            start = start.min(same_until.saturating_sub(slide));
        }
        for (start, accs) in found.into_iter().rev() {
            values_of(&accs, &plan.aggregates, out.values);
            let revision = if crossing {
                self.fired.insert(start);
                0
            } else {
                self.next_revision(start)
            };
            let end = plan.calendar.moment(start.saturating_add(size));
            let start = plan.calendar.moment(start);
            out.give(&Row { start, end, rank: None, revision, event: event.map(trigger) });
        }
    }

    fn next_revision(&mut self, start: i64) -> u32 {
        match self.revisions.iter_mut().find(|(window, _)| *window == start) {
            Some((_, given)) => {
                *given += 1;
                *given - 1
            }
            None => {
                self.revisions.push((start, 1));
                0
            }
        }
    }

    fn pass(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        if let Some((first, last, due)) = self.touched
            && plan.calendar.last_before(due) <= now
        {
            self.touched = None;
            self.give_out(first, last, None, plan.calendar.moment(due), out);
        }
        let mut freed = 0;
        while let Some(pane) = self.panes.front() {
            let end = last_end(pane.start, plan);
            if plan.calendar.last_before(end) > now {
                break;
            }
            let gone = end.saturating_sub(size(plan));
            self.fired.retain(|start| *start > gone);
            self.revisions.retain(|(start, _)| *start > gone);
            freed += pane.weight();
            self.panes.pop_front();
        }
        freed
    }
}

fn trigger(event: &Event<'_>) -> (Timestamp, EventPosition) {
    (event.time, event.position)
}

fn add_to_session(
    sessions: &mut VecDeque<Session>,
    event: &Event<'_>,
    out: &mut Emitter<'_>,
) -> usize {
    let (plan, gap_ms) = (out.plan, gap(out.plan));
    let open = sessions.back().is_some_and(|one| event.time <= one.last.saturating_add(gap_ms));
    if !open {
        sessions.push_back(Session {
            first: event.time,
            last: event.time,
            pane: Pane::new(event.time.as_millis(), &plan.aggregates),
            fired: false,
            touched: None,
            revision: 0,
        });
    }
    let Some(session) = sessions.back_mut() else { return 0 };
    session.last = event.time;
    let members = session.pane.add(&plan.aggregates, event);
    match plan.emit {
        Emit::OnClose => {}
        Emit::OnUpdate { every_ms: Some(every) } => {
            let next = floor(event.time.as_millis(), every).saturating_add(every - 1);
            session.touched = session.touched.or(Some(Timestamp::from_millis(next)));
        }
        Emit::OnCrossing if session.fired => {}
        Emit::OnCrossing | Emit::OnUpdate { every_ms: None } => {
            session.give(event.time, Some(event), out);
        }
    }
    if open { members } else { session.pane.weight() }
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

fn pass_sessions(sessions: &mut VecDeque<Session>, now: Timestamp, out: &mut Emitter<'_>) -> usize {
    let gap_ms = gap(out.plan);
    let mut freed = 0;
    for session in sessions.iter_mut() {
        let over = session.last.saturating_add(gap_ms) <= now;
        let touched = session.touched.is_some_and(|due| over || due <= now);
        if touched || (over && out.plan.emit == Emit::OnClose) {
            session.touched = None;
            session.give(session.last, None, out);
        }
        if over {
            freed += session.pane.weight();
        }
    }
    sessions.retain(|session| session.last.saturating_add(gap_ms) > now);
    freed
}

impl Trailing {
    fn add(&mut self, event: &Event<'_>, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let freed = self.evict(event.time, out);
        let weight = self.panes.push(event.time.as_millis(), &plan.aggregates, event);
        out.freed += freed;
        let due = match plan.emit {
            Emit::OnUpdate { every_ms: Some(every) } => {
                self.last != Some(floor(event.time.as_millis(), every))
            }
            Emit::OnCrossing => !self.crossed,
            _ => true,
        };
        if !due {
            return weight;
        }
        self.panes.values(&plan.aggregates, out.values);
        if out.has(event.time) {
            self.crossed = true;
            if let Emit::OnUpdate { every_ms: Some(every) } = plan.emit {
                self.last = Some(floor(event.time.as_millis(), every));
            }
            let start = event.time.saturating_add(1 - size(plan));
            let end = event.time.saturating_add(1);
            out.give(&Row { start, end, rank: None, revision: 0, event: Some(trigger(event)) });
        }
        weight
    }

    /// Lets go of the events that are `size` older than `now`, or more; how much less is held.
    fn evict(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        let plan = out.plan;
        let until = now.as_millis().saturating_sub(size(plan));
        let mut freed = 0;
        while self.panes.all.front().is_some_and(|pane| pane.start <= until) {
            let left_at = self.panes.all.front().map_or(until, |pane| pane.start);
            freed += self.panes.leave();
            if self.crossed && plan.emit == Emit::OnCrossing {
                // What went may have made it false, and what comes may make it true again.
                self.panes.values(&plan.aggregates, out.values);
                let left_at = Timestamp::from_millis(left_at).saturating_add(size(plan));
                self.crossed = self.panes.entered() > 0 && out.has(left_at);
            }
        }
        freed
    }
}
