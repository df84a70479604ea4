//! What class names stand for, as the supervisor takes it in, and keeps it with the rules last seen.

use tracing::{info, warn};
use tripline::{Alias, RuleEdit, RuleEffect, RuleOutcome, RuleSource};
use tripline_rule_store::AliasListing;

use super::log::{alias_line, one_line};
use super::status::{Latest, diagnostics_json};
use super::{StartError, Supervisor, last_seen};
use crate::clock::now_ms;
use crate::rules::Rulebook;

impl Supervisor {
    /// Puts the rules last seen into the book, each with what its classes meant to it; false if there are none.
    ///
    /// # Errors
    /// [`StartError::LastSeen`].
    pub(super) fn read_last_seen(&mut self) -> Result<bool, StartError> {
        let Some(path) = &self.config.last_seen else { return Ok(false) };
        let sources = last_seen::read(path, &self.config.default_key)
            .map_err(|source| StartError::LastSeen { path: path.display().to_string(), source })?;
        let Some(sources) = sources else { return Ok(false) };
        // As it was in force: what a class meant may be broken in the store by now.
        let mut groups: Vec<(Vec<Alias>, Vec<RuleSource>)> = Vec::new();
        for (source, aliases) in sources {
            match groups.iter_mut().find(|(known, _)| *known == aliases) {
                Some((_, sources)) => sources.push(source),
                None => groups.push((aliases, vec![source])),
            }
        }
        let mut outcomes = Vec::new();
        for (aliases, sources) in groups {
            self.book.set_aliases(self.aliases.configured().cloned().chain(aliases));
            let puts = sources.into_iter().map(RuleEdit::Put).collect();
            outcomes.extend(self.book.apply(puts));
        }
        self.book.set_aliases(self.aliases.all().cloned());
        self.note(outcomes);
        Ok(true)
    }

    /// Takes in the rules of a checkpoint, which are in the book.
    pub(super) fn take_in_saved(&mut self) -> bool {
        let sources: Vec<RuleSource> = self.book.builder().sources().cloned().collect();
        // They are there already: what is said of them is asked for.
        let outcomes = self.book.apply(sources.into_iter().map(RuleEdit::Put).collect());
        self.book.set_aliases(self.aliases.all().cloned());
        self.note(outcomes);
        true
    }

    /// Notes what became of rules that the store was not asked for.
    fn note(&mut self, outcomes: Vec<RuleOutcome>) {
        let now = now_ms();
        for outcome in outcomes {
            let latest = match outcome.effect {
                RuleEffect::Rejected => Latest::Rejected,
                RuleEffect::Disabled => Latest::Disabled,
                _ => Latest::Good,
            };
            let standing = self.standings.of(&outcome.id, now);
            standing.latest = Some((outcome.version, latest));
            standing.diagnostics = diagnostics_json(&outcome.diagnostics, &outcome.effect);
            let rule = self.book.running().set.rule(&outcome.id);
            standing.in_force = rule.map(|rule| (rule.version, rule.effective()));
        }
    }

    /// Takes in what class names stand for, and has the rules that name a changed one looked at again.
    pub(super) fn take_in_aliases(&mut self, listing: &AliasListing) {
        if self.aliases_problem != listing.problem {
            self.aliases_problem.clone_from(&listing.problem);
            if let Some(problem) = &listing.problem {
                let line = one_line(&format!("{}: {problem}", listing.place));
                warn!("aliases of condition classes cannot be read: {line}");
            }
        }
        let changed = self.aliases.take(listing);
        if changed.names.is_empty() {
            return;
        }
        self.book.set_aliases(self.aliases.all().cloned());
        self.catalog.reconsider(&changed.names);
        for name in &changed.hidden {
            let name = one_line(name);
            warn!(
                "the class {name} stands in the configuration and in the rule store: that of the store counts"
            );
        }
        for name in &changed.names {
            match self.aliases.get(name) {
                Some(alias) => {
                    info!("{}", alias_line(alias));
                    warn_if_broken(&self.book, alias);
                }
                None => info!("the class {} is gone from {}", one_line(name), listing.place),
            }
        }
    }

    /// The rules in force with what their classes mean to them.
    pub(super) fn seen_rules(&self) -> impl Iterator<Item = (&RuleSource, &[Alias])> {
        let builder = self.book.builder();
        builder.sources().map(|source| (source, builder.aliases(&source.id)))
    }
}

/// Says what keeps an alias from being used, if something does.
pub(super) fn warn_if_broken(book: &Rulebook, alias: &Alias) {
    let resolved = book.builder().registry().aliases();
    let mut resolved = resolved.filter(|found| found.alias() == alias);
    if let Some(Err(problem)) = resolved.next().map(tripline::ResolvedAlias::meaning) {
        let (name, origin) = (&alias.class_name, &alias.origin);
        let line = format!("the alias {name} ({origin}) cannot be used: {problem}");
        warn!("{}", one_line(&line));
    }
}
