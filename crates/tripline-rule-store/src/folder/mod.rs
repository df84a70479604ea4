//! Rules in a folder of files, as [`files`](crate::files) finds them.
//!
//! What engines say of them stands below `.tripline` in the same folder, where the folder can be written.

mod aliases;
mod scan;
mod status;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tripline_event::{RuleId, RuleVersion};

use self::aliases::AliasFile;
use self::scan::Scan;
use crate::alias::{AliasListing, AliasText};
use crate::error::StoreError;
use crate::row::{Listing, NewRule, Revision, RowEntry, RuleRow};
use crate::set::{SetListing, SetRow};
use crate::status::{Instance, InstanceStatus, RuleStatus};
use crate::store::RuleStore;

/// How long one piece of work may take: a folder on a server that takes longer is away.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// What is said of changes of sets.
const NO_SETS: &str = "is a folder: members of sets are rows, and need a database";

/// What is said of changes of aliases.
const EDIT_THE_FILE: &str = "is a folder: write aliases in its file `condition_aliases.toml`";

/// A store in a folder.
pub(crate) struct FolderStore {
    name: String,
    top: PathBuf,
    /// What is known of the folder; `None` after work that took too long, and still goes on.
    folder: Option<Folder>,
    /// Work that took too long: as long as it goes on, no other is begun, so that a folder that hangs does not take one
    /// thread after the other.
    stuck: Option<JoinHandle<()>>,
}

/// What is known of a folder.
#[derive(Debug)]
struct Folder {
    name: String,
    top: PathBuf,
    scan: Scan,
    aliases: AliasFile,
    registered: Option<status::Registered>,
}

impl FolderStore {
    pub(crate) fn new(name: String, top: PathBuf) -> Self {
        Self { name, top, folder: None, stuck: None }
    }

    /// Looks whether the folder is there.
    pub(crate) async fn check(&mut self) -> Result<(), StoreError> {
        self.run(Folder::update).await
    }

    /// Does some work on a thread of its own, as files may be slow.
    async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Folder) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.stuck.take_if(|stuck| stuck.is_finished()).is_none() && self.stuck.is_some() {
            return Err(self.unavailable("it has not answered for some time".to_owned()));
        }
        let (name, top) = (self.name.clone(), self.top.clone());
        let fresh = || Folder {
            name,
            top,
            scan: Scan::default(),
            aliases: AliasFile::default(),
            registered: None,
        };
        let mut folder = self.folder.take().unwrap_or_else(fresh);
        let (give, given) = oneshot::channel();
        let thread = tokio::task::spawn_blocking(move || {
            let outcome = work(&mut folder);
            // Nobody may wait for it any more.
            drop(give.send((folder, outcome)));
        });
        match tokio::time::timeout(TIME_LIMIT, given).await {
            Ok(Ok((folder, outcome))) => {
                self.folder = Some(folder);
                outcome
            }
            Ok(Err(_)) => Err(self.unavailable("reading it was broken off".to_owned())),
            Err(_) => {
                self.stuck = Some(thread);
                Err(self.unavailable(format!("no answer within {} s", TIME_LIMIT.as_secs())))
            }
        }
    }

    fn unavailable(&self, reason: String) -> StoreError {
        StoreError::Unavailable { store: self.name.clone(), reason }
    }
}

impl Folder {
    fn refused(&self, reason: String) -> StoreError {
        StoreError::Refused { store: self.name.clone(), reason }
    }

    /// Looks at all files, and reads those that have changed.
    fn update(&mut self) -> Result<(), StoreError> {
        self.scan.update(&self.top).map_err(|error| StoreError::Unavailable {
            store: self.name.clone(),
            reason: error.to_string(),
        })
    }
}

#[async_trait]
impl RuleStore for FolderStore {
    fn name(&self) -> &str {
        &self.name
    }

    async fn revision(&mut self) -> Result<Revision, StoreError> {
        self.run(|folder| {
            folder.update()?;
            folder.aliases.update(&folder.top);
            Ok(Revision(folder.scan.revision() + &folder.aliases.revision()))
        })
        .await
    }

    async fn list(&mut self) -> Result<Listing, StoreError> {
        self.run(|folder| {
            folder.update()?;
            Ok(folder.scan.listing())
        })
        .await
    }

    async fn load(&mut self, rows: &[RowEntry]) -> Result<Vec<RuleRow>, StoreError> {
        let rows = rows.to_vec();
        self.run(move |folder| {
            folder.update()?;
            Ok(rows.iter().filter_map(|row| folder.scan.load(&row.id, row.version)).collect())
        })
        .await
    }

    async fn aliases(&mut self) -> Result<AliasListing, StoreError> {
        self.run(|folder| {
            folder.aliases.update(&folder.top);
            Ok(folder.aliases.listing(&folder.top))
        })
        .await
    }

    async fn set_alias(&mut self, _class_name: &str, _text: &AliasText) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { store: self.name.clone(), reason: EDIT_THE_FILE })
    }

    async fn remove_alias(&mut self, _class_name: &str) -> Result<bool, StoreError> {
        Err(StoreError::Unsupported { store: self.name.clone(), reason: EDIT_THE_FILE })
    }

    async fn sets(&mut self) -> Result<SetListing, StoreError> {
        Ok(SetListing { place: self.name.clone(), ..SetListing::default() })
    }

    async fn put_member(&mut self, _row: &SetRow) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { store: self.name.clone(), reason: NO_SETS })
    }

    async fn remove_member(&mut self, _name: &str, _member: &str) -> Result<bool, StoreError> {
        Err(StoreError::Unsupported { store: self.name.clone(), reason: NO_SETS })
    }

    async fn register(&mut self, instance: &Instance) -> Result<String, StoreError> {
        let instance = instance.clone();
        self.run(move |folder| folder.register(&instance)).await
    }

    async fn report(
        &mut self,
        instance: &str,
        changed: &[RuleStatus],
        gone: &[RuleId],
    ) -> Result<(), StoreError> {
        let (instance, changed, gone) = (instance.to_owned(), changed.to_vec(), gone.to_vec());
        self.run(move |folder| folder.report(&instance, changed, &gone)).await
    }

    async fn unregister(&mut self, instance: &str) -> Result<(), StoreError> {
        let instance = instance.to_owned();
        self.run(move |folder| folder.unregister(&instance)).await
    }

    async fn statuses(&mut self) -> Result<Vec<InstanceStatus>, StoreError> {
        self.run(|folder| folder.statuses()).await
    }

    async fn push(&mut self, rule: &NewRule) -> Result<(), StoreError> {
        let rule = rule.clone();
        self.run(move |folder| folder.push(&rule)).await
    }

    async fn set_enabled(
        &mut self,
        _id: &RuleId,
        _version: RuleVersion,
        _enabled: bool,
        _updated_by: &str,
    ) -> Result<(), StoreError> {
        let reason = "is a folder: write `\"enabled\": false` or `true` in the file of the rule";
        Err(StoreError::Unsupported { store: self.name.clone(), reason })
    }
}
