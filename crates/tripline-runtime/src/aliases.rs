//! What class names stand for: the configuration and the rule store, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tripline::{Alias, AliasOrigin, AliasTarget, Text};
use tripline_rule_store::{AliasListing, AliasRow};

/// The aliases of a rule store, as a registry takes them; none if the listing has a problem.
#[must_use]
pub fn store_aliases(listing: &AliasListing) -> Vec<Alias> {
    let place: Arc<str> = Arc::from(listing.place.as_str());
    listing.rows.iter().map(|row| alias(row, &place)).collect()
}

fn alias(row: &AliasRow, place: &Arc<str>) -> Alias {
    let target = match &row.text {
        Err(problem) => AliasTarget::Unreadable(Text::verbatim(problem.as_str())),
        Ok(text) => match text.args.as_deref().map_or(Ok(serde_json::Value::Null), |args| {
            serde_json::from_str(args).map_err(|error| format!("`args` is not JSON: {error}"))
        }) {
            Ok(args) => AliasTarget::Condition { condition: text.condition.clone(), args },
            Err(problem) => AliasTarget::Unreadable(Text::verbatim(problem)),
        },
    };
    let origin = AliasOrigin::Store(Arc::clone(place));
    Alias { class_name: row.class_name.clone(), target, origin }
}

/// The aliases of the configuration, which stay, and those of the store, which change; of one name that of the store
/// counts.
#[derive(Debug, Default)]
pub(crate) struct Aliases {
    configured: BTreeMap<String, Alias>,
    stored: BTreeMap<String, Alias>,
}

/// What a listing changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The names that mean something else now, or nothing any more.
    pub(crate) names: BTreeSet<String>,
    /// Those of them that the configuration has as well, and that are new in the store.
    pub(crate) hidden: Vec<String>,
}

impl Aliases {
    pub(crate) fn new(configured: Vec<Alias>) -> Self {
        let configured =
            configured.into_iter().map(|alias| (alias.class_name.clone(), alias)).collect();
        Self { configured, stored: BTreeMap::new() }
    }

    /// All that count.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Alias> {
        let configured = self.configured.iter();
        let configured = configured.filter(|(name, _)| !self.stored.contains_key(*name));
        configured.map(|(_, alias)| alias).chain(self.stored.values())
    }

    /// Those of the configuration alone.
    pub(crate) fn configured(&self) -> impl Iterator<Item = &Alias> {
        self.configured.values()
    }

    /// What a name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<&Alias> {
        self.stored.get(name).or_else(|| self.configured.get(name))
    }

    /// Takes what the store says now; if nothing of it can be read, every alias that it had is broken.
    pub(crate) fn take(&mut self, listing: &AliasListing) -> Changed {
        let stored: BTreeMap<String, Alias> = match &listing.problem {
            None => store_aliases(listing)
                .into_iter()
                .map(|alias| (alias.class_name.clone(), alias))
                .collect(),
            Some(problem) => {
                let broken = |alias: &Alias| {
                    let target = AliasTarget::Unreadable(Text::verbatim(problem.as_str()));
                    (alias.class_name.clone(), Alias { target, ..alias.clone() })
                };
                self.stored.values().map(broken).collect()
            }
        };
        let mut changed = Changed::default();
        for name in self.stored.keys().chain(stored.keys()) {
            if self.stored.get(name) != stored.get(name) {
                changed.names.insert(name.clone());
            }
        }
        let new = stored.keys().filter(|name| !self.stored.contains_key(*name));
        changed.hidden = new.filter(|name| self.configured.contains_key(*name)).cloned().collect();
        self.stored = stored;
        changed
    }
}

#[cfg(test)]
mod tests {
    use tripline_rule_store::AliasText;

    use super::*;

    fn listing(rows: &[(&str, &str)], problem: Option<&str>) -> AliasListing {
        let rows = rows.iter().map(|(name, condition)| AliasRow {
            class_name: (*name).to_owned(),
            text: Ok(AliasText { condition: (*condition).to_owned(), args: None }),
        });
        let problem = problem.map(str::to_owned);
        AliasListing { place: "the table".to_owned(), rows: rows.collect(), problem }
    }

    fn said(aliases: &Aliases) -> Vec<String> {
        let target = |alias: &Alias| match &alias.target {
            AliasTarget::Condition { condition, .. } => condition.clone(),
            AliasTarget::Unreadable(problem) => format!("! {problem}"),
        };
        let mut all: Vec<String> =
            aliases.all().map(|alias| format!("{}: {}", alias.class_name, target(alias))).collect();
        all.sort();
        all
    }

    #[test]
    fn the_store_counts_before_the_configuration() {
        let configured = |name: &str| Alias {
            class_name: name.to_owned(),
            target: AliasTarget::Condition {
                condition: "c == 1".to_owned(),
                args: serde_json::Value::Null,
            },
            origin: AliasOrigin::Configuration("x.toml".into()),
        };
        let mut aliases = Aliases::new(vec![configured("A"), configured("B")]);
        let mut check = |listing: &AliasListing, names: &[&str], hidden: &[&str], all: &[&str]| {
            let changed = aliases.take(listing);
            assert_eq!(changed.names.iter().collect::<Vec<_>>(), names);
            assert_eq!(changed.hidden, hidden);
            assert_eq!(said(&aliases), all);
        };
        check(&listing(&[], None), &[], &[], &["A: c == 1", "B: c == 1"]);
        let two = listing(&[("B", "s == 1"), ("C", "s == 1")], None);
        check(&two, &["B", "C"], &["B"], &["A: c == 1", "B: s == 1", "C: s == 1"]);
        check(&two, &[], &[], &["A: c == 1", "B: s == 1", "C: s == 1"]);
        let broken = listing(&[], Some("no TOML"));
        check(&broken, &["B", "C"], &[], &["A: c == 1", "B: ! no TOML", "C: ! no TOML"]);
        check(&broken, &[], &[], &["A: c == 1", "B: ! no TOML", "C: ! no TOML"]);
        check(&listing(&[("B", "s == 2")], None), &["B", "C"], &[], &["A: c == 1", "B: s == 2"]);
        check(&listing(&[], None), &["B"], &[], &["A: c == 1", "B: c == 1"]);
    }

    #[test]
    fn args_are_json() {
        let mut listing = listing(&[("A", "InList")], None);
        let mut check = |args: &str, expected: &str| {
            listing.rows[0].text =
                Ok(AliasText { condition: "InList".to_owned(), args: Some(args.to_owned()) });
            let said = match &store_aliases(&listing)[0].target {
                AliasTarget::Condition { args, .. } => args.to_string(),
                AliasTarget::Unreadable(problem) => problem.to_string(),
            };
            assert!(said.starts_with(expected), "{said}");
        };
        check(r#"{"field": "tag"}"#, r#"{"field":"tag"}"#);
        check("null", "null");
        check("{", "`args` is not JSON: ");
    }
}
