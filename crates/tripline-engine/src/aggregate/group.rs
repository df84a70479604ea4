//! One group: its open windows, and what they give with an event and with time.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tripline_event::{Event, EventPosition, Timestamp};

use super::closing::Closing;
use super::emitter::Emitter;
use super::open::Open;
use super::panes::{Pane, Panes};
use super::plan::{AggregatePlan, Emit, Window};
use super::session::{Session, add_to_session, pass_sessions};
use super::trailing::Trailing;
use super::value::{ceil, floor};
use crate::run::NEVER;

/// No moment of the wall clock.
pub(super) const NONE: i64 = i64::MAX;

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

impl Body {
    pub(super) fn new(plan: &AggregatePlan) -> Self {
        match (plan.window, plan.emit) {
            (Window::Aligned { .. }, Emit::OnClose) => Self::Closing(Box::new(Closing {
                panes: Panes::default(),
                next_end: NONE,
                past: None,
            })),
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
    pub(super) fn due(&self, plan: &AggregatePlan, lateness_ms: i64) -> Timestamp {
        match self {
            Self::Closing(body) if body.next_end == NONE => {
                body.forgotten(plan, lateness_ms).unwrap_or(NEVER)
            }
            Self::Closing(body) => plan.calendar.last_before(body.next_end),
            Self::Open(body) => body.due(plan, lateness_ms),
            Self::Sessions(sessions) => {
                let due = sessions.iter().map(|session| session.due(plan, lateness_ms));
                due.min().unwrap_or(NEVER)
            }
            Self::Trailing(body) => body.due(plan, lateness_ms),
        }
    }

    /// The end of the window to be looked at next, where groups rank; on the wall clock.
    pub(super) fn next_end(&self) -> i64 {
        match self {
            Self::Closing(body) => body.next_end,
            Self::Open(_) | Self::Sessions(_) | Self::Trailing(_) => NONE,
        }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Closing(body) => body.panes.all.is_empty() && body.past.is_none(),
            Self::Open(body) => body.panes.is_empty(),
            Self::Sessions(sessions) => sessions.is_empty(),
            Self::Trailing(body) => body.is_empty(),
        }
    }

    /// Does what is due at `now`, but for [`Closing`]; how much less is held.
    pub(super) fn pass(&mut self, now: Timestamp, out: &mut Emitter<'_>) -> usize {
        match self {
            Self::Closing(_) => 0,
            Self::Open(body) => body.pass(now, out),
            Self::Sessions(sessions) => pass_sessions(sessions, now, out),
            Self::Trailing(body) => body.pass(now, out),
        }
    }

    /// How much it holds.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Closing(body) => {
                let past = body.past.iter().flat_map(|past| &past.panes);
                body.panes.weight() + past.map(Pane::weight).sum::<usize>()
            }
            Self::Open(body) => body.panes.iter().map(Pane::weight).sum(),
            Self::Sessions(sessions) => sessions.iter().map(|one| one.pane.weight()).sum(),
            Self::Trailing(body) => {
                body.panes.weight() + body.past.iter().map(Pane::weight).sum::<usize>()
            }
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

pub(super) fn gap(plan: &AggregatePlan) -> i64 {
    match plan.window {
        Window::Session { gap_ms } => gap_ms,
        _ => 0,
    }
}

pub(super) fn size(plan: &AggregatePlan) -> i64 {
    match plan.window {
        Window::Aligned { size_ms, .. } | Window::Trailing { size_ms } => size_ms,
        Window::Session { .. } => 0,
    }
}

/// The length of windows, from one to the next, and of a pane.
pub(super) fn lengths(plan: &AggregatePlan) -> (i64, i64, i64) {
    match plan.window {
        Window::Aligned { size_ms, slide_ms } => (size_ms, slide_ms, plan.window.pane_ms()),
        _ => (1, 1, 1),
    }
}

/// The end of the first window that has all of a pane.
pub(super) fn first_end(start: i64, plan: &AggregatePlan) -> i64 {
    let (size, slide, pane) = lengths(plan);
    ceil(start.saturating_add(pane).saturating_sub(size), slide).saturating_add(size)
}

/// The end of the last window that has a pane.
pub(super) fn last_end(start: i64, plan: &AggregatePlan) -> i64 {
    let (size, slide, _) = lengths(plan);
    floor(start, slide).saturating_add(size)
}

pub(super) fn trigger(event: &Event<'_>) -> (Timestamp, EventPosition) {
    (event.time, event.position)
}
