//! Where checkpoints are kept, and what is found there.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::data::Checkpoint;
use super::journal::segment_path;
use super::{CheckpointError, SavedRun};

/// Keeps checkpoints: a folder, or what else has names and bytes.
pub trait CheckpointStorage: Send + Sync + std::fmt::Debug {
    /// Keeps these bytes under a name: wholly or not at all, and for good once it returns.
    ///
    /// # Errors
    /// If they cannot be kept.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// The bytes under a name.
    ///
    /// # Errors
    /// If there are none, or they cannot be read.
    fn get(&self, name: &str) -> io::Result<Vec<u8>>;

    /// All names.
    ///
    /// # Errors
    /// If they cannot be had.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Forgets a name; that there is none is no error.
    ///
    /// # Errors
    /// If it cannot be forgotten.
    fn delete(&self, name: &str) -> io::Result<()>;
}

/// A folder of the file system as storage.
#[derive(Clone, Debug)]
pub struct LocalStorage(PathBuf);

impl LocalStorage {
    /// The storage in a folder that is there.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl CheckpointStorage for LocalStorage {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = self.0.join(format!("{name}.new"));
        let written = File::create(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(error) = written {
            // On a full disk what was written of it is in the way of the next one.
            drop(std::fs::remove_file(&beside));
            return Err(error);
        }
        std::fs::rename(&beside, self.0.join(name))?;
        sync_folder(&self.0)
    }

    fn get(&self, name: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.0)?;
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
        names.collect()
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        match std::fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Makes sure that the names in a folder survive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder is no file, and renames are as safe as the system makes them.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A folder with the checkpoints and the journal of one run, which no other process uses.
#[derive(Debug)]
pub struct CheckpointFolder {
    pub(super) path: PathBuf,
    pub(super) storage: Box<dyn CheckpointStorage>,
    /// Held for as long as the folder is in use.
    _lock: File,
}

/// The name of a checkpoint.
pub(super) fn checkpoint_name(number: u64) -> String {
    format!("checkpoint-{number:012}")
}

pub(super) fn numbered(names: &[String], kind: &str) -> Vec<u64> {
    let number = |name: &String| name.strip_prefix(kind)?.strip_prefix('-')?.parse().ok();
    let mut numbers: Vec<u64> = names.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

impl CheckpointFolder {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot be made or written to, or another process uses it.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        Self::with_storage(path, Box::new(LocalStorage::new(path.to_owned())))
    }

    /// Opens a folder for the journal, with checkpoints kept elsewhere.
    ///
    /// # Errors
    /// As [`CheckpointFolder::open`].
    pub fn with_storage(
        path: &Path,
        storage: Box<dyn CheckpointStorage>,
    ) -> Result<Self, CheckpointError> {
        let error = |source| CheckpointError::Folder { path: path.display().to_string(), source };
        std::fs::create_dir_all(path).map_err(error)?;
        let lock = File::options().create(true).append(true).open(path.join("lock"));
        let lock = lock.map_err(error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CheckpointError::Locked { path: path.display().to_string() });
            }
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
        Ok(Self { path: path.to_owned(), storage, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What a run left here; `None` in an empty folder.
    ///
    /// # Errors
    /// [`CheckpointError`] if there is something, and none of it can be used.
    pub fn load(&self) -> Result<Option<SavedRun>, CheckpointError> {
        let at = || self.path.display().to_string();
        let read = |source| CheckpointError::Read { path: at(), source };
        let names = self.storage.list().map_err(read)?;
        let numbers = numbered(&names, "checkpoint");
        let segments = numbered(&names, "journal");
        let mut notes = Vec::new();
        for &number in numbers.iter().rev() {
            let name = checkpoint_name(number);
            let found = self.storage.get(&name).map_err(|error| error.to_string());
            let found = found.and_then(|bytes| {
                let checkpoint = Checkpoint::decode(&bytes).map_err(|error| error.to_string())?;
                checkpoint
                    .rules()
                    .and(checkpoint.snapshots())
                    .map_err(|error| error.to_string())?;
                Ok(checkpoint)
            });
            match found {
                Ok(checkpoint) => {
                    let after: Vec<u64> =
                        segments.iter().copied().filter(|&segment| segment >= number).collect();
                    let gap = (number..).zip(&after).find(|(expected, found)| expected != *found);
                    if let Some((missing, _)) = gap {
                        let path = segment_path(&self.path, missing).display().to_string();
                        return Err(CheckpointError::Gap { path });
                    }
                    if after.is_empty() {
                        notes.push(format!(
                            "the journal of checkpoint {number} is gone: what came after is decided anew"
                        ));
                    }
                    let last = numbers.iter().chain(&segments).max().copied().unwrap_or(number);
                    return Ok(Some(SavedRun::new(&self.path, checkpoint, after, last + 1, notes)));
                }
                Err(reason) => notes.push(format!(
                    "checkpoint `{}` cannot be used: {reason}",
                    self.path.join(name).display()
                )),
            }
        }
        // A process that ended before its first checkpoint was complete had not begun.
        let begun = segments.iter().any(|&segment| segment != 0)
            || segment_path(&self.path, 0).metadata().is_ok_and(|data| data.len() > 8);
        if notes.is_empty() && !begun {
            return Ok(None);
        }
        Err(CheckpointError::NoneUsable { path: at(), reasons: notes.join("; ") })
    }

    /// Forgets what is not needed to go on from the last `keep` checkpoints.
    pub(super) fn tidy(&self, keep: usize) -> io::Result<()> {
        let names = self.storage.list()?;
        let numbers = numbered(&names, "checkpoint");
        let (old, kept) = numbers.split_at(numbers.len().saturating_sub(keep.max(1)));
        for &number in old {
            self.storage.delete(&checkpoint_name(number))?;
        }
        let Some(&oldest) = kept.first() else { return Ok(()) };
        for segment in numbered(&names, "journal") {
            if segment < oldest {
                std::fs::remove_file(segment_path(&self.path, segment))?;
            }
        }
        Ok(())
    }
}
