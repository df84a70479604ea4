//! A store in a database: our own table, or somebody else's, which is only read.

use async_trait::async_trait;
use tripline_event::{RuleId, RuleVersion};

use super::aliases::{ALIASES, Presence};
use super::fault::{Fault, is_forbidden, is_missing_table};
use super::link::{Connected, Link, limited};
use super::sets::SETS;
use super::table::{OWN, Table};
use super::{Beside, Sql, aliases, rules, sets, status};
use crate::alias::{AliasListing, AliasText};
use crate::error::StoreError;
use crate::row::{Listing, NewRule, Revision, RowEntry, RuleRow};
use crate::set::{SetListing, SetRow};
use crate::status::{Instance, InstanceStatus, RuleStatus};
use crate::store::RuleStore;

/// Every hundredth report looks for engines that are gone for long.
const REPORTS_PER_CLEANING: u64 = 100;

/// Times that databases can keep, in ms since 1970: the years 1 to 9999.
pub(super) const TIMES_MS: std::ops::RangeInclusive<i64> =
    -62_135_596_800_000..=253_402_300_799_999;

/// A store in a database.
pub(crate) struct SqlStore<C: Sql> {
    link: Link<C>,
    known: KnownTable,
    aliases: Presence,
    sets: Presence,
    registered: Option<Instance>,
    reports: u64,
}

impl<C: Sql> SqlStore<C>
where
    C::Database: sqlx::Database<Connection = C>,
{
    /// The store; nothing is connected to yet.
    pub(crate) fn new(name: String, options: C::Options, rule_table: Option<&str>) -> Self {
        let foreign = rule_table.filter(|table| *table != OWN).map(str::to_owned);
        let known = KnownTable { foreign, table: None };
        Self {
            link: Link::new(name, options),
            known,
            aliases: Presence::of(ALIASES),
            sets: Presence::of(SETS),
            registered: None,
            reports: 0,
        }
    }

    /// Connects, and looks whether the table is there.
    pub(crate) async fn check(&mut self) -> Result<(), StoreError> {
        let mut connected = self.link.take().await?;
        let outcome = self.known.read(&mut connected, &self.link.name).await.map(|_| ());
        self.link.settle(connected, outcome)
    }

    fn refuse_foreign(&self, reason: &'static str) -> Result<(), StoreError> {
        if self.known.foreign.is_none() {
            return Ok(());
        }
        Err(StoreError::Unsupported { store: self.link.name.clone(), reason })
    }

    fn process_of(&self, instance: &str) -> Result<String, StoreError> {
        let registered = self.registered.as_ref().filter(|known| known.name == instance);
        let not_registered = || StoreError::NotRegistered { instance: instance.to_owned() };
        registered.map(|known| known.process.clone()).ok_or_else(not_registered)
    }
}

/// The revision of rules, aliases and sets: one query, but for a look now and then which tables there are.
async fn look<C: Sql>(
    connected: &mut Connected<C>,
    table: &Table,
    aliases: &mut Presence,
    sets: &mut Presence,
) -> Result<String, Fault> {
    let Connected { connection, seen, .. } = connected;
    if aliases.look(connection).await? | sets.look(connection).await? {
        *seen = None;
    }
    let beside = Beside { aliases: aliases.is_there(), sets: sets.is_there() };
    match connection.revision(table, beside, seen).await {
        // It may be the table of rules as well, and then the next answer says so.
        Err(error) if (beside.aliases || beside.sets) && aliases::is_out_of_reach(&error) => {
            aliases.is_gone();
            sets.is_gone();
            Ok(connection.revision(table, Beside::default(), seen).await?)
        }
        revision => Ok(revision?),
    }
}

/// Which table is read, and how.
struct KnownTable {
    /// The name of somebody else's table.
    foreign: Option<String>,
    /// How to read it, as it was when it was last asked for.
    table: Option<Table>,
}

impl KnownTable {
    fn forget(&mut self) {
        self.table = None;
    }

    /// How to read the table; of somebody else's the database is asked.
    async fn read<C: Sql>(
        &mut self,
        connected: &mut Connected<C>,
        store: &str,
    ) -> Result<&Table, Fault> {
        let table = match (self.table.take(), &self.foreign) {
            (Some(table), _) => table,
            (None, None) => Table::own::<C>(),
            (None, Some(name)) => {
                let columns =
                    limited(async { Ok(connected.connection.columns(name).await?) }).await?;
                let refused = |reason| StoreError::Refused { store: store.to_owned(), reason };
                Table::foreign::<C>(name, &columns).map_err(refused)?
            }
        };
        Ok(self.table.insert(table))
    }
}

#[async_trait]
impl<C: Sql> RuleStore for SqlStore<C>
where
    C::Database: sqlx::Database<Connection = C>,
    C::Options: Sync,
{
    fn name(&self) -> &str {
        &self.link.name
    }

    async fn revision(&mut self) -> Result<Revision, StoreError> {
        let mut connected = self.link.take().await?;
        let outcome = self.known.read(&mut connected, &self.link.name).await;
        let outcome = match outcome {
            Ok(table) => {
                limited(look(&mut connected, table, &mut self.aliases, &mut self.sets)).await
            }
            Err(fault) => Err(fault),
        };
        self.link.settle(connected, outcome).map(Revision)
    }

    async fn list(&mut self) -> Result<Listing, StoreError> {
        // Somebody may have changed the columns of the table.
        self.known.forget();
        self.aliases.forget();
        self.sets.forget();
        let mut connected = self.link.take().await?;
        let outcome = self.known.read(&mut connected, &self.link.name).await;
        let outcome = match outcome {
            Ok(table) => {
                limited(rules::list(&mut connected.connection, table, &self.link.name)).await
            }
            Err(fault) => Err(fault),
        };
        self.link.settle(connected, outcome)
    }

    async fn load(&mut self, rows: &[RowEntry]) -> Result<Vec<RuleRow>, StoreError> {
        let mut loaded = Vec::with_capacity(rows.len());
        for batch in rows.chunks(rules::BATCH_ROWS) {
            let mut connected = self.link.take().await?;
            let outcome = self.known.read(&mut connected, &self.link.name).await;
            let outcome = match outcome {
                Ok(table) => limited(rules::load(&mut connected.connection, table, batch)).await,
                Err(fault) => Err(fault),
            };
            loaded.extend(self.link.settle(connected, outcome)?);
        }
        Ok(loaded)
    }

    async fn aliases(&mut self) -> Result<AliasListing, StoreError> {
        let place = format!("`{ALIASES}` of {}", self.link.name);
        let mut connected = self.link.take().await?;
        let connection = &mut connected.connection;
        let outcome = limited(async {
            self.aliases.look(connection).await?;
            if !self.aliases.is_there() {
                return Ok(Ok(Vec::new()));
            }
            match aliases::list(connection).await {
                Err(error) if aliases::is_out_of_reach(&error) => {
                    self.aliases.is_gone();
                    Ok(Ok(Vec::new()))
                }
                listed => Ok(listed?),
            }
        });
        let outcome = outcome.await;
        Ok(match self.link.settle(connected, outcome)? {
            Ok(rows) => AliasListing { place, rows, problem: None },
            Err(problem) => AliasListing { place, rows: Vec::new(), problem: Some(problem) },
        })
    }

    async fn set_alias(&mut self, class_name: &str, text: &AliasText) -> Result<(), StoreError> {
        let mut connected = self.link.take().await?;
        connected.seen = None;
        self.aliases.forget();
        let work = aliases::set(&mut connected.connection, &self.link.name, class_name, text);
        let outcome = limited(work).await;
        self.link.settle(connected, outcome)
    }

    async fn remove_alias(&mut self, class_name: &str) -> Result<bool, StoreError> {
        let mut connected = self.link.take().await?;
        connected.seen = None;
        let work = async { Ok(aliases::remove(&mut connected.connection, class_name).await?) };
        let outcome = limited(work).await;
        self.link.settle(connected, outcome)
    }

    async fn sets(&mut self) -> Result<SetListing, StoreError> {
        let place = format!("`{SETS}` of {}", self.link.name);
        let mut connected = self.link.take().await?;
        let connection = &mut connected.connection;
        let outcome = limited(async {
            self.sets.look(connection).await?;
            if !self.sets.is_there() {
                return Ok(Ok(Vec::new()));
            }
            match sets::list(connection).await {
                Err(error) if aliases::is_out_of_reach(&error) => {
                    self.sets.is_gone();
                    Ok(Ok(Vec::new()))
                }
                listed => Ok(listed?),
            }
        });
        let outcome = outcome.await;
        Ok(match self.link.settle(connected, outcome)? {
            Ok(rows) => SetListing { place, rows, problem: None },
            Err(problem) => SetListing { place, rows: Vec::new(), problem: Some(problem) },
        })
    }

    async fn put_member(&mut self, row: &SetRow) -> Result<(), StoreError> {
        let mut connected = self.link.take().await?;
        connected.seen = None;
        self.sets.forget();
        let outcome = limited(sets::put(&mut connected.connection, &self.link.name, row)).await;
        self.link.settle(connected, outcome)
    }

    async fn remove_member(&mut self, name: &str, member: &str) -> Result<bool, StoreError> {
        let mut connected = self.link.take().await?;
        connected.seen = None;
        let work = async { Ok(sets::remove(&mut connected.connection, name, member).await?) };
        let outcome = limited(work).await;
        self.link.settle(connected, outcome)
    }

    async fn register(&mut self, instance: &Instance) -> Result<String, StoreError> {
        let mut connected = self.link.take().await?;
        let (store, is_foreign) = (&self.link.name, self.known.foreign.is_some());
        let connection = &mut connected.connection;
        let outcome = limited(async {
            if is_foreign {
                status::create_tables(connection, store).await?;
            }
            status::register(connection, store, instance).await
        });
        let outcome = outcome.await;
        let name = self.link.settle(connected, outcome)?;
        self.registered = Some(Instance { name: name.clone(), ..instance.clone() });
        Ok(name)
    }

    async fn report(
        &mut self,
        instance: &str,
        changed: &[RuleStatus],
        gone: &[RuleId],
    ) -> Result<(), StoreError> {
        let process = self.process_of(instance)?;
        self.reports = self.reports.wrapping_add(1);
        let clean = self.reports.is_multiple_of(REPORTS_PER_CLEANING);
        let mut connected = self.link.take().await?;
        let connection = &mut connected.connection;
        let outcome = limited(async {
            status::report(connection, instance, &process, changed, gone).await?;
            if clean {
                status::forget(connection).await?;
            }
            Ok(())
        });
        let outcome = outcome.await;
        self.link.settle(connected, outcome)
    }

    async fn unregister(&mut self, instance: &str) -> Result<(), StoreError> {
        let process = self.process_of(instance)?;
        let mut connected = self.link.take().await?;
        let outcome =
            limited(status::unregister(&mut connected.connection, instance, &process)).await;
        self.registered = None;
        self.link.settle(connected, outcome)
    }

    async fn statuses(&mut self) -> Result<Vec<InstanceStatus>, StoreError> {
        let mut connected = self.link.take().await?;
        let outcome = limited(status::statuses(&mut connected.connection)).await;
        let outcome = match outcome {
            // MySQL says of a table that is not there that it may not be read.
            Err(Fault::Sql(error))
                if self.known.foreign.is_some()
                    && (is_missing_table(&error) || is_forbidden(&error)) =>
            {
                Err(status::no_status(&self.link.name).into())
            }
            outcome => outcome,
        };
        self.link.settle(connected, outcome)
    }

    async fn push(&mut self, rule: &NewRule) -> Result<(), StoreError> {
        self.refuse_foreign(
            "is a table that Tripline only reads: write the rule there by other means",
        )?;
        let columns = &rule.columns;
        for time in [columns.effective_from_ms, columns.effective_until_ms, columns.created_at_ms] {
            if let Some(time) = time.filter(|time| !TIMES_MS.contains(time)) {
                let reason = format!("{time} ms since 1970 is not in the years 1 to 9999");
                return Err(StoreError::Refused { store: self.link.name.clone(), reason });
            }
        }
        let mut connected = self.link.take().await?;
        connected.seen = None;
        let outcome = limited(rules::push(&mut connected.connection, &self.link.name, rule)).await;
        self.link.settle(connected, outcome)
    }

    async fn set_enabled(
        &mut self,
        id: &RuleId,
        version: RuleVersion,
        enabled: bool,
        updated_by: &str,
    ) -> Result<(), StoreError> {
        self.refuse_foreign("is a table that Tripline only reads: remove the row there instead")?;
        let mut connected = self.link.take().await?;
        connected.seen = None;
        let work = rules::set_enabled(&mut connected.connection, id, version, enabled, updated_by);
        let outcome = limited(work).await;
        self.link.settle(connected, outcome)
    }
}
