//! Rules and their changes as data: what a checkpoint says is in force, and what a journal says came after.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tripline::{
    Alias, AliasOrigin, AliasTarget, BudgetLimit, Key, RuleEdit, RuleEffect, RuleId, RuleOutcome,
    RuleSet, RuleSource, RuleVersion, Timestamp,
};

use crate::rules::{RuleOrigin, Rulebook};

/// What a version was compiled from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedRule {
    id: String,
    version: i64,
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    default_key: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<SavedAlias>,
    /// Why it is suspended, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspended: Option<BudgetLimit>,
}

/// What a class name stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedAlias {
    class_name: String,
    condition: String,
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    args: serde_json::Value,
    /// Whether the configuration says so, and not the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    configured: bool,
    place: String,
}

/// A change of the rules. Numbers that a process gives do not stand in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleStep {
    /// What class names stand for from now on.
    Aliases(Vec<SavedAlias>),
    Put(SavedRule),
    Disable {
        id: String,
        version: i64,
    },
    Remove(String),
    /// Of the versions of a rule that drain, the one at this place is gone, the oldest first.
    Retire {
        id: String,
        place: usize,
    },
    /// The version in force took more than it may.
    Suspend {
        id: String,
        limit: BudgetLimit,
    },
    /// Rows of the table of sets.
    Rows(SavedRows),
}

/// Members of a set that stand in rows, each with the first moment at which it is out; nothing if its row is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedRows {
    set: String,
    members: Vec<(Key, Option<Timestamp>)>,
}

impl SavedRows {
    /// All rows that a set of rules has.
    pub(crate) fn of(set: &RuleSet) -> Vec<Self> {
        let all = set.set_rows().into_iter().map(|(set, members)| {
            let members = members.into_iter().map(|(member, until)| (member, Some(until)));
            Self { set: set.to_owned(), members: members.collect() }
        });
        all.collect()
    }

    pub(crate) fn edit(self) -> RuleEdit {
        RuleEdit::Rows { set: self.set, members: self.members }
    }
}

impl SavedRule {
    pub(crate) fn new(origin: &RuleOrigin, suspended: Option<BudgetLimit>) -> Self {
        let aliases = origin.aliases.iter().filter_map(SavedAlias::new).collect();
        Self { aliases, suspended, ..Self::of(&origin.source) }
    }

    /// The change that suspends it again, if it was.
    pub(crate) fn suspension(&self) -> Option<RuleStep> {
        let limit = self.suspended.clone()?;
        Some(RuleStep::Suspend { id: self.id.clone(), limit })
    }

    fn of(source: &RuleSource) -> Self {
        Self {
            id: source.id.as_str().to_owned(),
            version: source.version.0,
            text: source.text.to_string(),
            default_key: source.default_key.clone(),
            aliases: Vec::new(),
            suspended: None,
        }
    }

    pub(crate) fn origin(self) -> RuleOrigin {
        let aliases = self.aliases.into_iter().map(SavedAlias::alias).collect();
        let source = RuleSource {
            id: RuleId::new(&self.id),
            version: RuleVersion(self.version),
            text: self.text.into(),
            default_key: self.default_key,
        };
        RuleOrigin { source, aliases }
    }
}

impl SavedAlias {
    /// Nothing of one that could not be read, which no rule is compiled with.
    pub(crate) fn new(alias: &Alias) -> Option<Self> {
        let AliasTarget::Condition { condition, args } = &alias.target else { return None };
        let (configured, place) = match &alias.origin {
            AliasOrigin::Configuration(place) => (true, place.to_string()),
            origin => (false, origin.to_string()),
        };
        let (class_name, condition) = (alias.class_name.clone(), condition.clone());
        Some(Self { class_name, condition, args: args.clone(), configured, place })
    }

    pub(crate) fn alias(self) -> Alias {
        let place = self.place.into();
        Alias {
            class_name: self.class_name,
            target: AliasTarget::Condition { condition: self.condition, args: self.args },
            origin: match self.configured {
                true => AliasOrigin::Configuration(place),
                false => AliasOrigin::Store(place),
            },
        }
    }
}

/// Edits of the set `before` that changed something, as they are written down.
pub(crate) fn steps(
    before: &RuleSet,
    edits: &[RuleEdit],
    outcomes: &[RuleOutcome],
) -> Vec<RuleStep> {
    // In the order of the edits; of some edits there is none.
    let mut outcomes = outcomes.iter().peekable();
    let mut changed = |id: &RuleId| {
        let outcome = outcomes.next_if(|outcome| outcome.id == *id);
        let effect = outcome.map(|outcome| &outcome.effect);
        !matches!(effect, None | Some(RuleEffect::Unchanged | RuleEffect::Rejected))
    };
    let step = |edit: &RuleEdit| match edit {
        RuleEdit::Rows { set, members } => {
            Some(RuleStep::Rows(SavedRows { set: set.clone(), members: members.clone() }))
        }
        RuleEdit::Put(source) => changed(&source.id).then(|| RuleStep::Put(SavedRule::of(source))),
        RuleEdit::Disable { id, version } => changed(id)
            .then(|| RuleStep::Disable { id: id.as_str().to_owned(), version: version.0 }),
        RuleEdit::Remove(id) => changed(id).then(|| RuleStep::Remove(id.as_str().to_owned())),
        RuleEdit::Retire { slot, epoch } => {
            let rule = before.rule_in(*slot).filter(|rule| rule.epoch() == *epoch)?;
            let place = draining(before, &rule.id).iter().position(|one| one.1 == *epoch)?;
            Some(RuleStep::Retire { id: rule.id.as_str().to_owned(), place })
        }
        RuleEdit::Suspend { slot, epoch, limit } => {
            let rule = before.rule_in(*slot).filter(|rule| rule.epoch() == *epoch)?;
            let id = rule.id.as_str().to_owned();
            if rule.is_draining() {
                let place = draining(before, &rule.id).iter().position(|one| one.1 == *epoch)?;
                return Some(RuleStep::Retire { id, place });
            }
            Some(RuleStep::Suspend { id, limit: limit.clone() })
        }
    };
    edits.iter().filter_map(step).collect()
}

/// The versions of a rule that drain, as slot and epoch, the oldest first.
fn draining(set: &RuleSet, id: &RuleId) -> Vec<(usize, u64)> {
    let rules = set.draining().iter().filter_map(|&slot| set.rule_in(slot));
    let rules = rules.filter(|rule| rule.id == *id);
    let mut found: Vec<(usize, u64)> = rules.map(|rule| (rule.slot(), rule.epoch())).collect();
    found.sort_by_key(|(_, epoch)| *epoch);
    found
}

/// Makes the same changes again.
pub(crate) fn take_steps(book: &mut Rulebook, steps: Vec<RuleStep>) {
    let mut edits = Vec::new();
    for step in steps {
        match step {
            RuleStep::Aliases(aliases) => {
                book.apply(std::mem::take(&mut edits));
                book.set_aliases(aliases.into_iter().map(SavedAlias::alias));
            }
            RuleStep::Put(rule) => edits.push(RuleEdit::Put(rule.origin().source)),
            RuleStep::Disable { id, version } => {
                let (id, version) = (RuleId::new(&id), RuleVersion(version));
                edits.push(RuleEdit::Disable { id, version });
            }
            RuleStep::Rows(rows) => edits.push(rows.edit()),
            RuleStep::Remove(id) => edits.push(RuleEdit::Remove(RuleId::new(&id))),
            RuleStep::Retire { id, place } => {
                book.apply(std::mem::take(&mut edits));
                let draining = draining(&book.running().set, &RuleId::new(&id));
                if let Some(&(slot, epoch)) = draining.get(place) {
                    edits.push(RuleEdit::Retire { slot, epoch });
                }
            }
            RuleStep::Suspend { id, limit } => {
                book.apply(std::mem::take(&mut edits));
                let rule = book.running().set.rule(&RuleId::new(&id)).cloned();
                edits.extend(rule.map(|rule| RuleEdit::Suspend {
                    slot: rule.slot(),
                    epoch: rule.epoch(),
                    limit,
                }));
            }
        }
    }
    book.apply(edits);
}

/// The changes of a book that are not in a journal yet, with the generation of the set that they led to.
#[derive(Debug, Default)]
pub(crate) struct RuleLog(Mutex<VecDeque<(u64, Vec<RuleStep>)>>);

impl RuleLog {
    fn push(&self, generation: u64, steps: Vec<RuleStep>) {
        if !steps.is_empty() {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_back((generation, steps));
        }
    }

    /// Notes edits that led to the set of this generation.
    pub(crate) fn edits(&self, generation: u64, steps: Vec<RuleStep>) {
        self.push(generation, steps);
    }

    /// Notes aliases, after the set of this generation.
    pub(crate) fn aliases(&self, generation: u64, aliases: &[Alias]) {
        let aliases = aliases.iter().filter_map(SavedAlias::new).collect();
        self.push(generation, vec![RuleStep::Aliases(aliases)]);
    }

    /// The changes up to the set of this generation, which are then forgotten.
    pub(crate) fn up_to(&self, generation: u64) -> Vec<RuleStep> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        while log.front().is_some_and(|(of, _)| *of <= generation)
            && let Some((_, steps)) = log.pop_front()
        {
            all.extend(steps);
        }
        all
    }
}
