//! What every store can do.

use async_trait::async_trait;
use tripline_event::{RuleId, RuleVersion};

use crate::alias::{AliasListing, AliasText};
use crate::error::StoreError;
use crate::row::{Listing, NewRule, Revision, RowEntry, RuleRow};
use crate::set::{SetListing, SetRow};
use crate::status::{Instance, InstanceStatus, RuleStatus};

/// A place where rules are kept.
#[async_trait]
pub trait RuleStore: Send {
    /// The store's name for people: its URL without a password.
    fn name(&self) -> &str;

    /// The revision of rules, aliases and sets now, by one cheap query.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn revision(&mut self) -> Result<Revision, StoreError>;

    /// All rows, without texts.
    ///
    /// A caller asks for the revision, for the list, and once all is read for the revision again: where that is another,
    /// what was read may be of neither, and is to be looked at again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list(&mut self) -> Result<Listing, StoreError>;

    /// The texts of these rows as they are now; a row that is gone is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(&mut self, rows: &[RowEntry]) -> Result<Vec<RuleRow>, StoreError>;

    /// All aliases of condition classes; none where the store has no place for them.
    ///
    /// As [`Self::list`], to be asked for after the revision.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn aliases(&mut self) -> Result<AliasListing, StoreError>;

    /// Says what a class name stands for, in the place of what it stood for.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] for a folder.
    async fn set_alias(&mut self, class_name: &str, text: &AliasText) -> Result<(), StoreError>;

    /// Takes an alias away; false if there was none.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] for a folder.
    async fn remove_alias(&mut self, class_name: &str) -> Result<bool, StoreError>;

    /// All members of sets that were put in by hand; none where the store has no place for them.
    ///
    /// As [`Self::list`], to be asked for after the revision.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sets(&mut self) -> Result<SetListing, StoreError>;

    /// Puts a member into a set, or changes what was said of it.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] for a folder.
    async fn put_member(&mut self, row: &SetRow) -> Result<(), StoreError>;

    /// Takes a member out of a set; false if no row has it.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] for a folder.
    async fn remove_member(&mut self, name: &str, member: &str) -> Result<bool, StoreError>;

    /// Makes an engine known; gives the name under which it is, which is another if a living one has that name.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] where status cannot be kept.
    async fn register(&mut self, instance: &Instance) -> Result<String, StoreError>;

    /// Writes what became of rules, takes away what was said of `gone` ones, and says that the engine lives.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn report(
        &mut self,
        instance: &str,
        changed: &[RuleStatus],
        gone: &[RuleId],
    ) -> Result<(), StoreError>;

    /// Says that the engine has stopped: its statuses stay, marked stale.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn unregister(&mut self, instance: &str) -> Result<(), StoreError>;

    /// What all engines say.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn statuses(&mut self) -> Result<Vec<InstanceStatus>, StoreError>;

    /// Adds a version of a rule.
    ///
    /// # Errors
    /// [`StoreError::VersionTaken`] if the version is not higher than all others of the rule.
    async fn push(&mut self, rule: &NewRule) -> Result<(), StoreError>;

    /// Switches a version on or off, in place.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn set_enabled(
        &mut self,
        id: &RuleId,
        version: RuleVersion,
        enabled: bool,
        updated_by: &str,
    ) -> Result<(), StoreError>;
}
