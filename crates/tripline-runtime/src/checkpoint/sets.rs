//! What rules have put into sets, as the last checkpoint has it: for people, who look while a run goes on.

use std::collections::BTreeMap;
use std::path::Path;

use tripline::{Key, Timestamp};

use super::CheckpointError;
use super::data::Checkpoint;
use super::folder::{CheckpointStorage as _, LocalStorage, checkpoint_name, numbered};

/// What rules have put into sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckpointSets {
    /// When the checkpoint was made, in ms since 1970.
    pub made_at_ms: i64,
    /// The members of each set, in order, each with the first moment at which it is out.
    pub sets: BTreeMap<String, Vec<(Key, Timestamp)>>,
}

/// Reads the last checkpoint of a folder that can be used; another process may be using the folder.
///
/// # Errors
/// [`CheckpointError`] if the folder cannot be read; `None` if it has no checkpoint.
pub fn checkpoint_sets(folder: &Path) -> Result<Option<CheckpointSets>, CheckpointError> {
    let storage = LocalStorage::new(folder.to_owned());
    let path = || folder.display().to_string();
    let read = |source| CheckpointError::Read { path: path(), source };
    let names = storage.list().map_err(read)?;
    let mut reasons = Vec::new();
    for number in numbered(&names, "checkpoint").into_iter().rev() {
        let found = storage.get(&checkpoint_name(number)).map_err(|error| error.to_string());
        let found = found.and_then(|bytes| {
            let checkpoint = Checkpoint::decode(&bytes).map_err(|error| error.to_string())?;
            let shards = checkpoint.snapshots().map_err(|error| error.to_string())?;
            let mut all =
                CheckpointSets { made_at_ms: checkpoint.made_at_ms, ..Default::default() };
            for (name, members) in shards.iter().flat_map(tripline::Snapshot::sets) {
                all.sets.entry(name.to_owned()).or_default().extend_from_slice(members);
            }
            Ok(all)
        });
        match found {
            Ok(all) => return Ok(Some(all)),
            Err(reason) => reasons.push(format!("{}: {reason}", checkpoint_name(number))),
        }
    }
    if reasons.is_empty() {
        return Ok(None);
    }
    Err(CheckpointError::NoneUsable { path: path(), reasons: reasons.join("; ") })
}
