//! Keyed sets: what rules put in and take out, and what stands in rows; conditions ask for it (`docs/language.md` L-SET).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smol_str::{SmolStr, format_smolstr};
use tripline_condition::Truth;
use tripline_event::{FieldTable, Key, SetId, Timestamp, Value};

use crate::Output;

/// The most members that rules may put into one set.
pub const MAX_SET_MEMBERS: usize = 1_000_000;

/// What a rule does to sets with what it finds.
pub trait SetWriter: fmt::Debug + Send + Sync {
    /// The sets that it may change.
    fn sets(&self) -> &[SetId];

    /// Adds what it changes with an output.
    fn write(&self, output: &Output<'_>, changes: &mut Vec<SetChange>);
}

/// A change of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetChange {
    /// The set.
    pub set: SetId,
    /// The member, as [`set_member`] makes it.
    pub member: Key,
    /// What becomes of it.
    pub edit: SetEdit,
}

/// What becomes of a member of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetEdit {
    /// It is in the set before this moment, or before the later one that was said already; [`Timestamp::MAX`] for ever.
    Add(Timestamp),
    /// It is not in the set.
    Remove,
}

/// A member of a set with these parts; `None` if one is missing, or a list.
///
/// Parts are told apart by how they are written: `5`, `5.0` and `"5"` are one, as rows of a table are text; `"05"` is
/// another.
#[must_use]
pub fn set_member(parts: &[Value]) -> Option<Key> {
    Key::from_values(plain(parts)?.iter())
}

/// Integers and texts alone; `None` if a part is missing.
fn plain(parts: &[Value]) -> Option<SmallVec<[Value; 2]>> {
    let one = |value: &Value| {
        Some(match value {
            Value::Missing | Value::List(_) => return None,
            Value::Bool(value) => {
                Value::Text(SmolStr::new_static(if *value { "true" } else { "false" }))
            }
            // A whole one is an integer to a key.
            Value::Float(number) if number.fract() != 0.0 => {
                Value::Text(format_smolstr!("{number:?}"))
            }
            Value::Text(text) => integer(text).map_or_else(|| value.clone(), Value::Int),
            value => value.clone(),
        })
    };
    parts.iter().map(one).collect()
}

/// The integer that a text is, if an integer is written so.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_written_so = match digits.as_bytes() {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if is_written_so { text.parse().ok() } else { None }
}

/// The members of a set, each with the first moment at which it is out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members(HashTable<(Key, Timestamp)>);

impl Members {
    /// Whether a member, whose parts are plain, is in at a moment.
    fn has(&self, hash: u64, parts: &[Value], now: Timestamp) -> bool {
        let found = self.0.find(hash, |(key, _)| key.matches(parts.iter()));
        found.is_some_and(|(_, until)| now < *until)
    }

    /// Puts a member in, or out; until when it was in before.
    pub(crate) fn set(&mut self, member: &Key, until: Option<Timestamp>) -> Option<Timestamp> {
        let hash = member.stable_hash();
        match (self.0.find_entry(hash, |(key, _)| key == member), until) {
            (Ok(found), Some(until)) => Some(std::mem::replace(&mut found.into_mut().1, until)),
            (Ok(found), None) => Some(found.remove().0.1),
            (Err(_), Some(until)) => {
                let entry = (member.clone(), until);
                self.0.insert_unique(hash, entry, |(key, _)| key.stable_hash());
                None
            }
            (Err(_), None) => None,
        }
    }

    fn get(&self, member: &Key) -> Option<Timestamp> {
        self.0.find(member.stable_hash(), |(key, _)| key == member).map(|found| found.1)
    }

    /// All in order.
    pub(crate) fn all(&self) -> Vec<(Key, Timestamp)> {
        let mut all: Vec<_> = self.0.iter().cloned().collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// What rules have put into the sets of a shard.
#[derive(Clone, Debug)]
pub(crate) struct Sets {
    /// By number.
    all: Vec<Members>,
    /// Who goes when: all members that do not stay for ever.
    leaving: BTreeSet<(Timestamp, SetId, Key)>,
    /// Sets that no rule has named since a restart: they are kept for those that will.
    unnamed: BTreeMap<String, Vec<(Key, Timestamp)>>,
    pub(crate) max_members: usize,
}

impl Default for Sets {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            leaving: BTreeSet::new(),
            unnamed: BTreeMap::new(),
            max_members: MAX_SET_MEMBERS,
        }
    }
}

/// A set in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SnapshotSet {
    pub(crate) name: String,
    /// In order.
    pub(crate) members: Vec<(Key, Timestamp)>,
}

impl Sets {
    /// Whether something is in a set at a moment, by rules or by `rows`; unknown if a part of it is missing.
    pub(crate) fn has(
        &self,
        set: SetId,
        rows: Option<&Members>,
        parts: &[Value],
        now: Timestamp,
    ) -> Truth {
        let Some(parts) = plain(parts) else { return Truth::Unknown };
        let Some(hash) = Key::stable_hash_of(parts.iter()) else { return Truth::Unknown };
        let mut both = self.all.get(set.index()).into_iter().chain(rows);
        Truth::from(both.any(|members| members.has(hash, &parts, now)))
    }

    /// Changes a set; false if it has as many members as rules may put in.
    pub(crate) fn change(&mut self, SetChange { set, member, edit }: &SetChange) -> bool {
        if self.all.len() <= set.index() {
            self.all.resize_with(set.index() + 1, Members::default);
        }
        let Some(members) = self.all.get_mut(set.index()) else { return true };
        let known = members.get(member);
        let until = match *edit {
            SetEdit::Remove => None,
            SetEdit::Add(until) => Some(until.max(known.unwrap_or(until))),
        };
        if until.is_some() && known.is_none() && members.len() >= self.max_members {
            return false;
        }
        if let Some(before) = members.set(member, until)
            && before < Timestamp::MAX
        {
            self.leaving.remove(&(before, *set, member.clone()));
        }
        if let Some(until) = until.filter(|until| *until < Timestamp::MAX) {
            self.leaving.insert((until, *set, member.clone()));
        }
        true
    }

    /// Lets go of members whose time is over.
    #[inline]
    pub(crate) fn pass(&mut self, now: Timestamp) {
        while let Some((until, ..)) = self.leaving.first()
            && *until <= now
        {
            self.let_go();
        }
    }

    #[cold]
    fn let_go(&mut self) {
        let Some((_, set, member)) = self.leaving.pop_first() else { return };
        let Some(members) = self.all.get_mut(set.index()) else { return };
        members.set(&member, None);
        if members.len() == 0 {
            // One busy day must not pin its size for ever.
            *members = Members::default();
        }
    }

    /// About how many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        let members: usize = self.all.iter().map(|members| members.0.capacity()).sum();
        members * (size_of::<(Key, Timestamp)>() + 1)
            + self.leaving.len() * 2 * size_of::<(Timestamp, SetId, Key)>()
    }

    /// The sets as data, by name.
    pub(crate) fn save(&self, fields: &FieldTable) -> Vec<SnapshotSet> {
        let named = fields.sets().zip(&self.all).filter(|(_, members)| members.len() > 0);
        let named = named.map(|(name, members)| (name.to_owned(), members.all()));
        let unnamed = self.unnamed.iter().map(|(name, members)| (name.clone(), members.clone()));
        let all: BTreeMap<String, Vec<(Key, Timestamp)>> = named.chain(unnamed).collect();
        all.into_iter().map(|(name, members)| SnapshotSet { name, members }).collect()
    }

    /// Adds what was saved.
    pub(crate) fn restore(&mut self, saved: &[SnapshotSet], fields: &FieldTable) {
        for set in saved {
            self.unnamed.entry(set.name.clone()).or_default().extend(set.members.iter().cloned());
        }
        self.adopt(fields);
    }

    /// Takes in the sets that are named by now.
    pub(crate) fn adopt(&mut self, fields: &FieldTable) {
        if self.unnamed.is_empty() {
            return;
        }
        for (name, members) in std::mem::take(&mut self.unnamed) {
            let Some(set) = fields.set_id(&name) else {
                self.unnamed.insert(name, members);
                continue;
            };
            for (member, until) in members {
                self.change(&SetChange { set, member, edit: SetEdit::Add(until) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(parts: &[Value]) -> Key {
        set_member(parts).expect("a member")
    }

    #[test]
    fn members_are_told_apart_by_how_they_are_written() {
        let same = |a: Value, b: Value| member(&[a]) == member(&[b]);
        assert!(same(5.into(), "5".into()));
        assert!(same(5.0.into(), "5".into()));
        assert!(same((-5).into(), "-5".into()));
        assert!(same(1.5.into(), "1.5".into()));
        assert!(same(true.into(), "true".into()));
        assert!(same(i64::MIN.into(), i64::MIN.to_string().as_str().into()));
        for other in ["05", "5.0", "+5", " 5", "-0", "5a", "", "9223372036854775808"] {
            assert!(!same(5.into(), other.into()), "{other}");
            assert!(!same(0.into(), other.into()), "{other}");
        }
        assert_ne!(member(&[1.into(), 2.into()]), member(&["1,2".into()]));
        assert_eq!(set_member(&[1.into(), Value::Missing]), None);
    }

    #[test]
    fn a_member_is_out_at_the_moment_that_was_said() {
        let mut fields = FieldTable::new();
        let set = fields.set("s");
        let mut sets = Sets::default();
        let at = Timestamp::from_millis;
        let is_in = |sets: &Sets, now: i64| sets.has(set, None, &["a".into()], at(now)).holds();
        let change = |edit| SetChange { set, member: member(&["a".into()]), edit };
        assert!(!is_in(&sets, 0));
        assert!(sets.change(&change(SetEdit::Add(at(10)))));
        assert!(is_in(&sets, 9) && !is_in(&sets, 10));
        // What is said later extends it, and never shortens it.
        sets.change(&change(SetEdit::Add(at(20))));
        sets.change(&change(SetEdit::Add(at(5))));
        assert!(is_in(&sets, 19) && !is_in(&sets, 20));
        assert_eq!(sets.leaving.len(), 1);
        sets.pass(at(19));
        assert!(is_in(&sets, 19));
        // A row does not touch what a rule said, nor the other way round.
        let mut rows = Members::default();
        rows.set(&member(&["a".into()]), Some(at(30)));
        sets.change(&change(SetEdit::Remove));
        assert!(!is_in(&sets, 19) && sets.leaving.is_empty());
        let by_row = |now: i64| sets.has(set, Some(&rows), &["a".into()], at(now)).holds();
        assert!(by_row(29) && !by_row(30));
        sets.change(&change(SetEdit::Add(at(40))));
        sets.pass(at(40));
        assert!(sets.leaving.is_empty() && sets.all.iter().all(|set| set.len() == 0));
        assert_eq!(sets.has(set, None, &[Value::Missing], at(0)), Truth::Unknown);
    }

    #[test]
    fn there_is_an_end_to_what_rules_put_in() {
        let mut fields = FieldTable::new();
        let (set, other) = (fields.set("s"), fields.set("t"));
        let mut sets = Sets { max_members: 2, ..Sets::default() };
        let mut add = |set, number: i64| {
            let (member, edit) = (member(&[number.into()]), SetEdit::Add(Timestamp::MAX));
            sets.change(&SetChange { set, member, edit })
        };
        assert!(add(set, 1) && add(set, 2));
        assert!(!add(set, 3), "it is full");
        assert!(add(set, 2), "it is in already");
        assert!(add(other, 3), "another set");
        let saved = sets.save(&fields);
        let mut again = Sets::default();
        again.restore(&saved, &FieldTable::new());
        assert_eq!(
            again.save(&FieldTable::new()),
            saved,
            "nobody asks for them, and they are kept"
        );
        again.adopt(&fields);
        assert_eq!(again.save(&fields), saved);
    }
}
