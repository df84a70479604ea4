//! A store, opened, for a command that does one thing after the other.

use std::path::Path;

use tripline::{Alias, RuleId, RuleVersion};
use tripline_rule_store::{
    AliasText, InstanceStatus, Listing, NewRule, RowEntry, RuleRow, RuleStore, SetListing, SetRow,
    StoreError, open,
};
use tripline_runtime::store_aliases;
use tripline_spec::did_you_mean;

use super::RulesError;
use crate::command::complain;
use crate::report::printable;
use crate::store_url::StoreArgs;

/// The most rows that are loaded at a time: their texts may have 1 MiB each.
const BATCH: usize = 100;

/// Whether a store may be made by being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It must be there.
    Existing,
    /// It may be new.
    OrNew,
}

/// A store that answers at once.
pub(super) struct Session {
    runtime: tokio::runtime::Runtime,
    store: Box<dyn RuleStore>,
}

fn runtime() -> Result<tokio::runtime::Runtime, RulesError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RulesError::Runtime)
}

/// Waits for what a store does.
pub(in crate::command) fn block_on<F: Future>(future: F) -> Result<F::Output, RulesError> {
    Ok(runtime()?.block_on(future))
}

/// What a store says of class names; nothing if it is a file that is not there yet.
pub(super) fn aliases(args: &StoreArgs) -> Result<Vec<Alias>, RulesError> {
    let mut session = match Session::open(args, Access::Existing) {
        Err(RulesError::NoFile { .. }) => return Ok(Vec::new()),
        session => session?,
    };
    let listing = session.runtime.block_on(session.store.aliases())?;
    if let Some(problem) = &listing.problem {
        let line = format!("warning: {} cannot be read: {problem}", listing.place);
        complain(&printable(&line));
    }
    Ok(store_aliases(&listing))
}

impl Session {
    pub(super) fn open(args: &StoreArgs, access: Access) -> Result<Self, RulesError> {
        let (url, options) = args.resolve()?;
        // A store that is only read is not made by a slip of the pen.
        let shown = url.to_string();
        if access == Access::Existing
            && let Some(path) = shown.strip_prefix("sqlite:")
            && !Path::new(path).exists()
        {
            return Err(RulesError::NoFile { path: path.to_owned() });
        }
        let runtime = runtime()?;
        let store = runtime.block_on(open(&url, &options))?;
        Ok(Self { runtime, store })
    }

    /// The store's name for people.
    pub(super) fn name(&self) -> String {
        self.store.name().to_owned()
    }

    /// All rows, without texts.
    pub(super) fn list(&mut self) -> Result<Listing, RulesError> {
        Ok(self.runtime.block_on(self.store.list())?)
    }

    /// All versions of a rule, the highest first; never empty.
    pub(super) fn versions(&mut self, id: &str) -> Result<Vec<RowEntry>, RulesError> {
        let listing = self.list()?;
        let rows: Vec<_> = of_rule(&listing, id).cloned().collect();
        if rows.is_empty() {
            let ids = listing.rows.iter().map(|row| row.id.as_str());
            let hint = did_you_mean(id, ids)
                .map(|other| format!("; did you mean `{other}`?"))
                .unwrap_or_default();
            let (id, store) = (id.to_owned(), self.name());
            return Err(RulesError::NoRule { id, store, hint });
        }
        Ok(rows)
    }

    /// This version of a rule, or the highest.
    pub(super) fn version(
        &mut self,
        id: &str,
        version: Option<i64>,
    ) -> Result<RuleRow, RulesError> {
        let rows = self.versions(id)?;
        self.pick(&rows, version)
    }

    /// One of these versions of a rule, or the first.
    pub(super) fn pick(
        &mut self,
        rows: &[RowEntry],
        version: Option<i64>,
    ) -> Result<RuleRow, RulesError> {
        let found = rows.iter().find(|row| version.is_none_or(|version| row.version.0 == version));
        let Some(found) = found else {
            let versions: Vec<_> = rows.iter().map(|row| row.version.to_string()).collect();
            return Err(RulesError::NoVersion {
                id: rows.first().map_or_else(String::new, |row| row.id.to_string()),
                version: version.unwrap_or_default(),
                store: self.name(),
                versions: versions.join(", "),
            });
        };
        self.load_one(found)
    }

    /// The text of a row.
    pub(super) fn load_one(&mut self, row: &RowEntry) -> Result<RuleRow, RulesError> {
        let mut loaded = self.load(std::slice::from_ref(row))?;
        // It was there a moment ago.
        let (id, version) = (row.id.clone(), Some(row.version));
        loaded.pop().ok_or(RulesError::Store(StoreError::NotFound { id, version }))
    }

    /// The texts of a few rows, in their order.
    fn load(&mut self, rows: &[RowEntry]) -> Result<Vec<RuleRow>, RulesError> {
        let mut loaded = self.runtime.block_on(self.store.load(rows))?;
        loaded.sort_by_key(|row| {
            rows.iter().position(|entry| entry.id == row.id && entry.version == row.version)
        });
        Ok(loaded)
    }

    /// Goes through the texts of any number of rows, without holding all of them.
    pub(super) fn each(
        &mut self,
        rows: &[RowEntry],
        mut take: impl FnMut(RuleRow) -> Result<(), RulesError>,
    ) -> Result<(), RulesError> {
        for batch in rows.chunks(BATCH) {
            for row in self.load(batch)? {
                take(row)?;
            }
        }
        Ok(())
    }

    /// What all engines say.
    pub(super) fn statuses(&mut self) -> Result<Vec<InstanceStatus>, RulesError> {
        Ok(self.runtime.block_on(self.store.statuses())?)
    }

    /// Adds a version of a rule.
    pub(super) fn push(&mut self, rule: &NewRule) -> Result<(), RulesError> {
        Ok(self.runtime.block_on(self.store.push(rule))?)
    }

    /// Says what a class stands for.
    pub(super) fn set_alias(
        &mut self,
        class_name: &str,
        text: &AliasText,
    ) -> Result<(), RulesError> {
        Ok(self.runtime.block_on(self.store.set_alias(class_name, text))?)
    }

    /// Takes an alias away; false if there is none.
    pub(super) fn remove_alias(&mut self, class_name: &str) -> Result<bool, RulesError> {
        Ok(self.runtime.block_on(self.store.remove_alias(class_name))?)
    }

    /// Who is in which set.
    pub(super) fn sets(&mut self) -> Result<SetListing, RulesError> {
        Ok(self.runtime.block_on(self.store.sets())?)
    }

    /// Puts a member into a set.
    pub(super) fn put_member(&mut self, row: &SetRow) -> Result<(), RulesError> {
        Ok(self.runtime.block_on(self.store.put_member(row))?)
    }

    /// Takes a member out; false if no row has it.
    pub(super) fn remove_member(&mut self, name: &str, member: &str) -> Result<bool, RulesError> {
        Ok(self.runtime.block_on(self.store.remove_member(name, member))?)
    }

    /// Switches a version on or off.
    pub(super) fn set_enabled(
        &mut self,
        id: &RuleId,
        version: RuleVersion,
        enabled: bool,
        by: &str,
    ) -> Result<(), RulesError> {
        Ok(self.runtime.block_on(self.store.set_enabled(id, version, enabled, by))?)
    }
}

/// The rows of a rule, the highest version first.
pub(super) fn of_rule<'a>(
    listing: &'a Listing,
    id: &'a str,
) -> impl Iterator<Item = &'a RowEntry> + 'a {
    listing.rows.iter().filter(move |row| row.id.as_str() == id)
}

/// Of each rule the row of the highest version.
pub(super) fn highest(listing: &Listing) -> Vec<RowEntry> {
    let mut rows = listing.rows.clone();
    rows.dedup_by(|next, kept| next.id == kept.id);
    rows
}
