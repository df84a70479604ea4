//! About how much memory open windows take: a sample of them is measured, and the others are taken to be like it.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::{HashMap, HashSet};
use tripline_event::{Key, Value};

use super::acc::{Acc, Accs};
use super::closing::Closing;
use super::group::Body;
use super::late::Past;
use super::open::Open;
use super::panes::{Pane, Panes};
use super::session::Session;
use super::trailing::Trailing;
use super::{Aggregates, Group, State};

/// So many groups of a rule are looked at,
const GROUPS: usize = 256;
/// and so many panes, or members of a set, of each.
const EACH: usize = 32;
/// What an entry of a B-tree takes beside itself: nodes of 11 are two thirds full.
const TREE: usize = 16;

/// What a block of so many bytes takes of the heap: what the allocator keeps for itself counts too.
pub(super) const fn block(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16) }
}

/// What some of `count` items take, put up to all of them.
pub(super) fn of_all<T>(
    items: impl Iterator<Item = T>,
    count: usize,
    bytes: impl Fn(T) -> usize,
) -> usize {
    let (mut seen, mut sum) = (0, 0);
    for item in items.step_by((count / EACH).max(1)).take(EACH) {
        seen += 1;
        sum += bytes(item);
    }
    sum * count / seen.max(1)
}

/// What a group takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weighed {
    /// What each group takes alike.
    fixed: usize,
    /// What grows with what it holds.
    grows: usize,
}

impl Weighed {
    fn list<T>(&mut self, capacity: usize, len: usize) {
        // Even a list of one item has room for four.
        let bytes = block(capacity * size_of::<T>());
        let room = (capacity.saturating_sub(len).min(3) * size_of::<T>()).min(bytes);
        self.fixed += room;
        self.grows += bytes - room;
    }

    fn panes(&mut self, panes: &VecDeque<Pane>) {
        self.list::<Pane>(panes.capacity(), panes.len());
        self.grows += of_all(panes.iter(), panes.len(), |pane| accs(&pane.accs));
    }

    fn window(&mut self, panes: &Panes) {
        self.panes(&panes.all);
        let (front, back, distinct) = panes.derived();
        self.list::<Accs>(front.capacity(), front.len());
        self.grows += of_all(front.iter(), front.len(), accs);
        let each = distinct.first().map_or(0, size_of_val);
        self.fixed += back.map_or(0, accs) + block(distinct.capacity() * each);
        self.grows += distinct.iter().map(counted).sum::<usize>();
    }

    fn past(&mut self, past: Option<&Past>) {
        if let Some(past) = past {
            self.fixed += block(size_of::<Past>());
            self.panes(&past.panes);
            self.grows += past.given.len() * (size_of::<(i64, u32)>() + TREE);
        }
    }
}

fn accs(accs: &Accs) -> usize {
    let own = if accs.spilled() { block(accs.capacity() * size_of::<Acc>()) } else { 0 };
    own + accs.iter().map(Acc::heap_bytes).sum::<usize>()
}

fn counted<H: BuildHasher>(members: &HashMap<Key, u32, H>) -> usize {
    // Long texts are those of the panes.
    block(members.allocation_size())
}

/// What the members of a set take.
pub(super) fn members<H: BuildHasher>(members: &HashSet<Key, H>) -> usize {
    block(members.allocation_size()) + of_all(members.iter(), members.len(), Key::heap_bytes)
}

/// What a value takes beside itself.
pub(super) fn value(value: &Value) -> usize {
    match value {
        Value::Text(text) if text.is_heap_allocated() => block(text.len() + 16),
        _ => 0,
    }
}

impl Body {
    fn weigh(&self) -> Weighed {
        let mut weighed = Weighed::default();
        match self {
            Self::Closing(body) => {
                weighed.fixed += block(size_of::<Closing>());
                weighed.window(&body.panes);
                weighed.past(body.past.as_deref());
            }
            Self::Open(body) => {
                weighed.fixed += block(size_of::<Open>());
                weighed.panes(&body.panes);
                weighed.grows += body.entries() * (size_of::<(i64, u32)>() + TREE);
            }
            Self::Sessions(sessions) => {
                weighed.list::<Session>(sessions.capacity(), sessions.len());
                let panes = sessions.iter().map(|session| &session.pane.accs);
                weighed.grows += of_all(panes, sessions.len(), accs);
            }
            Self::Trailing(body) => {
                weighed.fixed += block(size_of::<Trailing>());
                weighed.window(&body.panes);
                weighed.panes(&body.past);
                weighed.grows += block(body.given.capacity() * size_of::<(i64, u32)>());
            }
        }
        weighed
    }
}

impl State {
    fn bytes(&self) -> usize {
        // The largest may hold more than all others together.
        let most = self.groups.get(self.most as usize).filter(|most| most.live);
        let count = self.index.len() - usize::from(most.is_some());
        let held = self.held.saturating_sub(most.map_or(0, |most| most.held));
        let (mut seen, mut seen_held, mut all) = (0, 0, Weighed::default());
        let others = self.index.iter().filter(|&&at| at != self.most);
        for &at in others.step_by((count / GROUPS).max(1)) {
            let Some(group) = self.groups.get(at as usize) else { continue };
            let weighed = group.weigh();
            all.fixed += weighed.fixed;
            all.grows += weighed.grows;
            seen_held += group.held;
            seen += 1;
        }
        let grows = match seen_held {
            0 => scaled(all.grows, count, seen),
            _ => scaled(all.grows, held, seen_held),
        };
        let most = most.map(Group::weigh).unwrap_or_default();
        let occupants = self.occupants.as_ref().map_or(0, |occupants| occupants.len());
        block(self.groups.capacity() * size_of::<Group>())
            + block(self.free.capacity() * size_of::<u32>())
            + block(self.index.allocation_size())
            + (most.fixed + most.grows)
            + scaled(all.fixed, count, seen)
            + grows
            + self.rankings.bytes()
            + occupants * (size_of::<u32>() + TREE)
    }
}

impl Group {
    fn weigh(&self) -> Weighed {
        let mut weighed = self.body.weigh();
        weighed.fixed += self.key.heap_bytes();
        weighed
    }
}

/// `bytes` of `seen`, for all of `count`.
fn scaled(bytes: usize, count: usize, seen: usize) -> usize {
    let all = (bytes as u128) * (count as u128) / (seen.max(1) as u128);
    usize::try_from(all).unwrap_or(usize::MAX)
}

impl Aggregates {
    /// How many groups there are, what they hold, and about how many bytes that takes.
    ///
    /// # Cost
    /// Looks at 256 groups of each rule, and at 32 panes of each.
    pub(crate) fn held_in_all(&self) -> (u64, u64, u64) {
        let mut all = (0, 0, self.timers.bytes() as u64);
        for state in self.states.iter().flatten() {
            all.0 += state.index.len() as u64;
            all.1 += state.held as u64;
            all.2 += state.bytes() as u64;
        }
        all
    }
}
