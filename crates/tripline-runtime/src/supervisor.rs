//! Follows a rule store: what is committed there is in force here within a poll, or its author is told why not.
//!
//! Start-up, change and deletion are one path: a listing is compared with what was looked at before, changed rows are
//! loaded and compiled, and the new rule set is handed to the shard. While the store is away the rules stay as they are.
//!
//! Rules it keeps: the store's rules are never written; nothing here runs on the shard's thread.

mod catalog;
mod classes;
mod health;
mod last_seen;
mod log;
mod registration;
mod sets;
mod source;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::time::sleep;
use tracing::{info, warn};
use tripline::{
    Alias, BudgetExceeded, Registry, RuleEdit, RuleEffect, RuleId, RuleOutcome, Timestamp,
    waits_for_rule,
};
use tripline_connectors::Backoff;
use tripline_rule_store::{
    Instance, Listing, Revision, RowEntry, RowFault, RuleRow, RuleStore, StoreError,
};

use crate::aliases::Aliases;
use crate::budget;
use crate::clock::now_ms;
use crate::rules::Rulebook;
use crate::swap::{SwapReport, SwapSender};
use catalog::{Catalog, next_candidate};
use classes::warn_if_broken;
pub use health::StoreHealth;
pub(crate) use log::printable;
use log::{fault_line, news_of, rejection};
use registration::Registration;
pub use sets::member_of_row;
use source::{says_disabled, source_of};
use status::{Latest, NO_ID, Standings, diagnostics_json, faults_json};

/// Opens the store; asked again while it is away.
#[async_trait]
pub trait OpenStore: Send {
    /// Opens it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if another try may help.
    async fn open(&mut self) -> Result<Box<dyn RuleStore>, StoreError>;
}

/// How a store is followed.
#[derive(Clone, Debug)]
pub struct SupervisorConfig {
    /// Key fields of rules that name none.
    pub default_key: Vec<String>,
    /// What class names stand for by the configuration; the store may say otherwise.
    pub aliases: Vec<Alias>,
    /// How often to look.
    pub poll_interval: Duration,
    /// Where the rules last seen are kept; with it, a run starts from them while the store is away.
    pub last_seen: Option<PathBuf>,
    /// The engine's name in the store.
    pub instance: String,
}

/// Why a run cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store answers, but not as it must.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rules last seen cannot be read.
    #[error(
        "cannot read the rules last seen in `{path}`: {source}; remove the file to start without them"
    )]
    LastSeen {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Follows one rule store.
pub struct Supervisor {
    config: SupervisorConfig,
    opener: Box<dyn OpenStore>,
    store: Option<Box<dyn RuleStore>>,
    book: Rulebook,
    /// Whether the rules are those of a checkpoint.
    resumed: bool,
    catalog: Catalog,
    aliases: Aliases,
    /// What last kept the aliases of the store from being read.
    aliases_problem: Option<String>,
    /// What last kept the sets of the store from being read.
    sets_problem: Option<String>,
    /// Whether a rule came that others wait for.
    look_again: bool,
    standings: Standings,
    revision: Option<Revision>,
    /// Whether the store was still at that revision when all of it had been read.
    settled: bool,
    /// The name under which the store knows this engine.
    registration: Registration,
    /// The generation that the shard has not said to have yet.
    awaited: Option<u64>,
    heartbeat_at_ms: i64,
    /// Whether statuses could be written at the last try.
    says: bool,
    /// Tells this process from another of the same name.
    process: String,
    started_at_ms: i64,
    /// Whether there are more statuses than were written at once.
    more_to_say: bool,
    /// What is to be logged once the shard has the rules that it tells of.
    news: Vec<String>,
    health: Arc<StoreHealth>,
}

/// How often to say that this engine lives, in ms.
const HEARTBEAT_MS: i64 = 10_000;

/// The most statuses that are written before the store is looked at again: ten thousand take seconds, and a change that
/// comes in between must not wait for them.
const STATUSES_AT_ONCE: usize = 500;

/// How often to look whether the shards have something to say.
const HEAR_INTERVAL: Duration = Duration::from_millis(50);

/// How often to look whether the shard has taken new rules.
const REPORT_INTERVAL: Duration = Duration::from_millis(5);

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Supervisor {
    /// A supervisor that has seen no rules yet.
    #[must_use]
    pub fn new(opener: Box<dyn OpenStore>, registry: Registry, config: SupervisorConfig) -> Self {
        let started_at_ms = now_ms();
        let aliases = Aliases::new(config.aliases.clone());
        let mut book = Rulebook::new(registry);
        book.set_aliases(aliases.all().cloned());
        Self {
            config,
            opener,
            store: None,
            book,
            resumed: false,
            catalog: Catalog::default(),
            aliases,
            aliases_problem: None,
            sets_problem: None,
            look_again: false,
            standings: Standings::default(),
            revision: None,
            settled: false,
            registration: Registration::Open,
            awaited: None,
            heartbeat_at_ms: i64::MIN,
            says: true,
            process: format!("{}-{started_at_ms}-{:08x}", std::process::id(), fastrand::u32(..)),
            started_at_ms,
            more_to_say: false,
            news: Vec::new(),
            health: Arc::default(),
        }
    }

    /// The rules so far, for the pipeline that is to run them.
    pub const fn book(&mut self) -> &mut Rulebook {
        &mut self.book
    }

    /// Says that [`Supervisor::book`] was given the rules of a checkpoint: a start does not wait for the store then.
    pub const fn resumed(&mut self) {
        self.resumed = true;
    }

    /// How it goes with the store.
    #[must_use]
    pub fn health(&self) -> Arc<StoreHealth> {
        Arc::clone(&self.health)
    }

    /// Gets the rules to start with: of the store, or, while that is away, those last seen; without any, it waits.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(&mut self) -> Result<(), StartError> {
        for alias in &self.config.aliases {
            warn_if_broken(&self.book, alias);
        }
        let seen = if self.resumed { self.take_in_saved() } else { self.read_last_seen()? };
        let mut backoff = Backoff::new(self.config.poll_interval);
        loop {
            let error = match self.look().await {
                Ok(()) => {
                    self.health.reachable.store(true, Ordering::Relaxed);
                    return Ok(());
                }
                Err(error) if seen || matches!(error, StoreError::Unavailable { .. }) => error,
                Err(error) => return Err(error.into()),
            };
            self.health.failed_polls.fetch_add(1, Ordering::Relaxed);
            if seen {
                let which = if self.resumed { "of the checkpoint" } else { "last seen" };
                warn!("{error}; starting with the rules {which}, and trying again");
                return Ok(());
            }
            if backoff.is_first() {
                warn!("{error}; waiting for it, since there are no rules to start with");
            }
            sleep(backoff.wait()).await;
        }
    }

    /// Follows the store, handing new rules to the shard, until `stop` comes or its sender is gone.
    pub async fn follow(mut self, mut shard: SwapSender, mut stop: oneshot::Receiver<()>) {
        // What changed since the pipeline was made, which is nothing if it was made at once.
        shard.swap(Arc::clone(self.book.running()));
        let mut backoff = Backoff::new(self.config.poll_interval);
        let mut wait = Duration::ZERO;
        loop {
            tokio::select! {
                _ = &mut stop => break,
                () = self.wait(&mut shard, wait) => {}
            }
            let before = self.book.running().set.generation();
            // A store that hangs must not keep the program from ending.
            let looked = tokio::select! {
                _ = &mut stop => break,
                looked = self.look() => looked,
            };
            self.hear(&mut shard);
            if self.book.running().set.generation() != before {
                self.publish(&shard);
            }
            let looked = match looked {
                Ok(()) => {
                    let told = async {
                        self.await_shard(&mut shard).await;
                        let watermark = shard.watermark();
                        self.tell(watermark).await;
                    };
                    // Neither must one that hangs while it is told something; what is not told now are the last words.
                    tokio::select! {
                        _ = &mut stop => break,
                        () = told => {}
                    }
                    Ok(())
                }
                Err(error) => Err(error),
            };
            wait = self.after(looked, &mut backoff);
        }
        self.hear(&mut shard);
        self.take_in_plugin_faults();
        // The store may be away, and the process wants to end.
        let watermark = shard.watermark();
        let last_words = async {
            while self.say(watermark).await.is_ok() && self.more_to_say {}
            if let (Registration::Done(name), Some(store)) = (&self.registration, &mut self.store) {
                drop(store.unregister(name).await);
            }
        };
        drop(tokio::time::timeout(Duration::from_secs(5), last_words).await);
    }

    /// Notes how a look at the store went, and says how long to wait for the next.
    fn after(&mut self, looked: Result<(), StoreError>, backoff: &mut Backoff) -> Duration {
        let was_reachable = self.health.reachable.swap(looked.is_ok(), Ordering::Relaxed);
        match looked {
            Ok(()) => {
                if !was_reachable {
                    info!("the rule store answers again");
                    self.standings.say_all_again();
                }
                backoff.reset();
                if self.more_to_say { Duration::ZERO } else { self.config.poll_interval }
            }
            Err(error) => {
                self.health.failed_polls.fetch_add(1, Ordering::Relaxed);
                if was_reachable {
                    warn!("{error}; the rules in force stay, and it is tried again");
                }
                backoff.wait()
            }
        }
    }

    /// Logs and writes what there is to tell; a status that cannot be written does not keep rules from being followed.
    async fn tell(&mut self, watermark: Option<Timestamp>) {
        if self.awaited.is_none() {
            for line in self.news.drain(..) {
                info!("{line}");
            }
        }
        self.take_in_plugin_faults();
        let could = self.says;
        match self.say(watermark).await {
            Ok(()) => self.says = true,
            Err(error) => {
                self.says = false;
                self.more_to_say = false;
                if could {
                    warn!("what becomes of rules cannot be written, and is tried again: {error}");
                }
            }
        }
        if self.says && !could {
            info!("what becomes of rules is written again");
        }
    }

    /// Notes what went wrong in condition plugins, and what rules miss of others; without any of both there is nothing to
    /// ask.
    fn take_in_plugin_faults(&mut self) {
        let plugins = self.book.builder().registry().panics().next().is_some();
        if plugins || self.book.running().set.has_stats() {
            self.standings.set_plugin_faults(self.book.running().faults());
        }
    }

    /// Looks whether anything changed, and puts it into the book.
    async fn look(&mut self) -> Result<(), StoreError> {
        self.health.polls.fetch_add(1, Ordering::Relaxed);
        if self.store.is_none() {
            self.store = Some(self.opener.open().await?);
        }
        let Some(store) = &mut self.store else { return Ok(()) };
        let revision = store.revision().await?;
        if self.settled && self.revision.as_ref() == Some(&revision) {
            return Ok(());
        }
        let aliases = store.aliases().await?;
        let sets = store.sets().await?;
        let listing = store.list().await?;
        self.take_in_aliases(&aliases);
        self.take_in_sets(&sets);
        self.take_in(&listing).await?;
        // What was read may be later than the revision: an edit that is taken back before the next look would give this
        // revision again, and stay in force.
        self.settled = false;
        self.revision = Some(revision);
        if let Some(store) = &mut self.store {
            self.settled = self.revision == Some(store.revision().await?);
        }
        self.settled &= !std::mem::take(&mut self.look_again);
        Ok(())
    }

    /// Puts what is new in a listing into the book.
    async fn take_in(&mut self, listing: &Listing) -> Result<(), StoreError> {
        let first = self.revision.is_none();
        let now = now_ms();
        let difference = self.catalog.compare(listing);
        // A rule last seen that is no longer there goes too.
        let known: Vec<RuleId> = self.book.builder().ids().cloned().collect();
        let mut gone = difference.gone;
        if first {
            gone.extend(known.into_iter().filter(|id| !self.catalog.contains(id)));
        }
        for id in &gone {
            self.standings.remove(id);
            self.news.push(format!("rule {} is gone from the store", printable(id)));
        }
        self.book.apply(gone.into_iter().map(RuleEdit::Remove).collect());
        for row in &difference.changed {
            self.standings.of(&row.id, now).latest = None;
        }
        let mut wanted = difference.changed;
        while !wanted.is_empty() {
            let Some(store) = &mut self.store else { return Ok(()) };
            let rows = store.load(&wanted).await?;
            wanted = self.judge(rows, listing, first, now);
        }
        self.tell_of_faults(now);
        if first {
            let set = &self.book.running().set;
            info!("{} rules are in force", set.rules().count());
        }
        self.health.rejected.store(self.standings.rejected(), Ordering::Relaxed);
        if let Some(path) = &self.config.last_seen
            && let Err(error) = last_seen::write(path, self.seen_rules())
        {
            warn!("cannot keep the rules last seen in `{}`: {error}", path.display());
        }
        Ok(())
    }

    /// Puts rows into the book; gives the rows to be tried instead of those that are not valid.
    fn judge(
        &mut self,
        rows: Vec<RuleRow>,
        listing: &Listing,
        first: bool,
        now: i64,
    ) -> Vec<RowEntry> {
        let mut edits = Vec::new();
        let mut composed = Vec::new();
        let mut judged = Vec::new();
        for row in rows {
            match source_of(&row, &self.config.default_key) {
                Ok((source, columns)) => {
                    edits.push(RuleEdit::Put(source));
                    composed.push((row, columns));
                }
                Err(diagnostics) => {
                    judged.push((row, diagnostics, RuleEffect::Rejected, BTreeSet::new()));
                }
            }
        }
        let outcomes = self.book.apply(edits);
        for (outcome, (row, columns)) in outcomes.into_iter().zip(composed) {
            let RuleOutcome { effect, mut diagnostics, classes, .. } = outcome;
            if let Some(columns) = columns {
                columns.relocate(&mut diagnostics);
            }
            let diagnostics = diagnostics_json(&diagnostics, &effect);
            judged.push((row, diagnostics, effect, classes));
        }
        let mut instead = Vec::new();
        let mut come = BTreeSet::new();
        for (row, diagnostics, mut effect, classes) in judged {
            if matches!(effect, RuleEffect::Started | RuleEffect::Replaced { .. }) {
                come.insert(waits_for_rule(&row.id));
            }
            let is_highest = self.standings.of(&row.id, now).latest.is_none();
            if effect == RuleEffect::Rejected && is_highest && says_disabled(&row) {
                // To switch a rule off must work above all when its text is wrong.
                let (id, version) = (row.id.clone(), row.version);
                self.book.apply(vec![RuleEdit::Disable { id, version }]);
                effect = RuleEffect::Disabled;
            }
            let valid = effect != RuleEffect::Rejected;
            self.catalog.note(&row.id, (row.version, row.hash), classes, valid);
            let in_force = self.book.source(&row.id).map(|source| source.version);
            if !valid {
                let next = next_candidate(listing, &row.id, row.version, in_force);
                instead.extend(next.cloned());
            }
            if valid && !first {
                self.news.extend(news_of(&row, &effect));
            } else if !valid {
                warn!("{}", rejection(&row, &diagnostics));
            }
            let rule = self.book.running().set.rule(&row.id);
            let standing = self.standings.of(&row.id, now);
            standing.in_force = rule.map(|rule| (rule.version, rule.effective()));
            standing.suspended = rule.is_some_and(|rule| rule.suspended().is_some());
            if !matches!(
                effect,
                RuleEffect::Unchanged | RuleEffect::Relabelled | RuleEffect::Rejected
            ) {
                standing.over_budget.clear();
            }
            // The first row that is looked at is the highest.
            if is_highest {
                let latest = match effect {
                    RuleEffect::Rejected => Latest::Rejected,
                    RuleEffect::Disabled => Latest::Disabled,
                    _ => Latest::Good,
                };
                let same = standing.last.replace((row.version, latest.clone()))
                    == Some((row.version, latest.clone()));
                standing.latest = Some((row.version, latest));
                // What a change did is told until the next one.
                if !(same && effect == RuleEffect::Unchanged) {
                    standing.diagnostics = diagnostics;
                    (standing.dropped_runs, standing.kept_runs) = (0, 0);
                }
            }
        }
        self.look_again |= self.catalog.reconsider(&come);
        instead
    }

    /// Tells of rows that are no version of any rule, under their rule's id if they have one.
    fn tell_of_faults(&mut self, now: i64) {
        let Some(faults) = self.catalog.untold_faults() else { return };
        let mut by_id: BTreeMap<RuleId, Vec<&RowFault>> = BTreeMap::new();
        for fault in faults {
            let id = RuleId::new(fault.id.as_deref().unwrap_or(NO_ID));
            by_id.entry(id).or_default().push(fault);
        }
        self.standings.clear_faults();
        for (id, faults) in by_id {
            warn!("{}", fault_line(&id, &faults));
            self.standings.of(&id, now).faults = Some(faults_json(&faults));
        }
    }

    /// Hands the rules to the shard.
    fn publish(&mut self, shard: &SwapSender) {
        let rules = self.book.running();
        self.awaited = Some(rules.set.generation());
        shard.swap(Arc::clone(rules));
    }

    /// Waits until the shard has the new rules, but not for ever: a sink may hold it back.
    async fn await_shard(&mut self, shard: &mut SwapSender) {
        let mut patience = 200;
        while self.awaited.is_some() && patience > 0 {
            sleep(REPORT_INTERVAL).await;
            self.hear(shard);
            patience -= 1;
        }
    }

    /// Takes in what the shard says.
    fn hear(&mut self, shard: &mut SwapSender) {
        let mut retired = Vec::new();
        for report in shard.reports() {
            match report {
                SwapReport::Applied { rules, before, effects, .. } => {
                    if self.awaited.is_some_and(|awaited| rules.set.generation() >= awaited) {
                        self.awaited = None;
                    }
                    for effect in effects {
                        let Some(rule) = before.set.rule_in(effect.slot) else { continue };
                        if !self.standings.add_effect(&rule.id, &effect) && effect.dropped > 0 {
                            let id = printable(&rule.id);
                            let dropped = effect.dropped;
                            self.news
                                .push(format!("{dropped} open attempts of rule {id} were dropped"));
                        }
                    }
                }
                SwapReport::Drained { slot, epoch } => {
                    retired.push(RuleEdit::Retire { slot, epoch });
                }
                SwapReport::Exceeded(exceeded) => {
                    retired.extend(self.note_exceeded(&exceeded));
                }
            }
        }
        if !retired.is_empty() {
            self.book.apply(retired);
            self.publish(shard);
        }
    }

    /// Notes that a rule took more than it may; how it is suspended, if it is to be.
    fn note_exceeded(&mut self, exceeded: &BudgetExceeded) -> Option<RuleEdit> {
        let rule = budget::rule_of(&self.book.running().set, exceeded)?;
        let id = rule.id.clone();
        warn!("{}", budget::line(rule, exceeded));
        let is_in_force = !rule.is_draining();
        let standing = self.standings.of(&id, now_ms());
        let finding = if exceeded.suspend && is_in_force {
            standing.suspended = true;
            budget::suspended_finding(&exceeded.limit)
        } else {
            budget::exceeded_finding(rule, &exceeded.limit)
        };
        if !standing.over_budget.contains(&finding) {
            standing.over_budget.push(finding);
        }
        exceeded.suspend.then(|| budget::suspension(exceeded))
    }

    /// Waits, and hears what the shards say meanwhile: a rule that slows all others must not wait for the next poll.
    async fn wait(&mut self, shard: &mut SwapSender, wait: Duration) {
        let mut left = wait;
        while !left.is_zero() {
            let step = left.min(HEAR_INTERVAL);
            sleep(step).await;
            left -= step;
            self.hear(shard);
        }
    }

    /// Writes what there is to say of the rules, and that this engine lives.
    async fn say(&mut self, watermark: Option<Timestamp>) -> Result<(), StoreError> {
        let now = now_ms();
        let Some(store) = &mut self.store else { return Ok(()) };
        if self.registration.is_due(now) {
            let instance = Instance {
                name: self.config.instance.clone(),
                process: self.process.clone(),
                started_at_ms: self.started_at_ms,
                poll_interval_ms: i64::try_from(self.config.poll_interval.as_millis())
                    .unwrap_or(i64::MAX),
            };
            self.registration = match store.register(&instance).await {
                Ok(name) => {
                    if name != instance.name {
                        warn!("another engine is called {}, so this one is {name}", instance.name);
                    }
                    Registration::Done(name)
                }
                Err(error @ StoreError::Unavailable { .. }) => return Err(error),
                Err(error) => {
                    if matches!(self.registration, Registration::Open) {
                        warn!("what becomes of rules cannot be written to the store: {error}");
                    }
                    Registration::Refused { at_ms: now }
                }
            };
        }
        let Registration::Done(name) = &self.registration else { return Ok(()) };
        // Of rules that the shard has not taken yet nothing can be said.
        let (changed, gone) = match self.awaited {
            None => self.standings.unsaid(watermark, now, STATUSES_AT_ONCE),
            Some(_) => (Vec::new(), Vec::new()),
        };
        // The clock may have been set back.
        let since = now.saturating_sub(self.heartbeat_at_ms);
        let lives = !(0..HEARTBEAT_MS).contains(&since);
        self.more_to_say = false;
        if changed.is_empty() && gone.is_empty() && !lives {
            return Ok(());
        }
        match store.report(name, &changed, &gone).await {
            // It was away so long that it was forgotten, or another process has its name.
            Err(StoreError::NotRegistered { .. }) => {
                self.registration = Registration::Open;
                self.standings.say_all_again();
                return Ok(());
            }
            result => result?,
        }
        self.heartbeat_at_ms = now;
        self.more_to_say = changed.len() == STATUSES_AT_ONCE;
        self.standings.said(changed, &gone);
        Ok(())
    }
}
