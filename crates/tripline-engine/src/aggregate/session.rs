//! SESSION windows.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tripline_event::{Event, Timestamp};

use super::emitter::{Emitter, Row};
use super::group::{gap, trigger};
use super::panes::{Pane, values_of};
use super::plan::Emit;
use super::value::floor;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) pane: Pane,
    fired: bool,
    /// When an output is due since something changed.
    pub(super) touched: Option<Timestamp>,
    revision: u32,
}

pub(super) fn add_to_session(
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

pub(super) fn pass_sessions(
    sessions: &mut VecDeque<Session>,
    now: Timestamp,
    out: &mut Emitter<'_>,
) -> usize {
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
