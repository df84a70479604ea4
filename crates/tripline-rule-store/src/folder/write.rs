//! Writes files below a folder so that readers see the old or the new one, and nothing in between.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Folder;
use crate::MAX_TEXT_BYTES;
use crate::error::StoreError;
use crate::row::NewRule;

/// The folder for all that is no rule; hidden, so that nothing in it is taken for one.
pub(super) const OWN_FOLDER: &str = ".tripline";

impl Folder {
    /// Writes a version of a rule in the place of the one before.
    pub(super) fn push(&mut self, rule: &NewRule) -> Result<(), StoreError> {
        if u64::try_from(rule.document.len()).is_ok_and(|bytes| bytes > MAX_TEXT_BYTES) {
            return Err(self.refused(format!("the rule has more than {MAX_TEXT_BYTES} bytes")));
        }
        let _lock = self.lock()?;
        self.update()?;
        let path = match self.scan.files_of(&rule.id).as_slice() {
            [] => self.new_path(rule.id.as_str()),
            [(_, found)] if *found >= rule.version => {
                return Err(StoreError::VersionTaken { id: rule.id.clone(), found: *found });
            }
            [(path, _)] => path.to_path_buf(),
            [(first, _), (second, _), ..] => {
                let (first, second) = (first.display(), second.display());
                let reason = format!(
                    "the rule id `{}` stands twice: in `{first}` and in `{second}`",
                    rule.id
                );
                return Err(self.refused(reason));
            }
        };
        write(&path, rule.document.as_bytes()).map_err(|error| self.cannot_write(&path, &error))
    }

    /// A file for a rule that has none.
    fn new_path(&self, id: &str) -> PathBuf {
        let name: String = id.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
        let name: String = name.trim_start_matches('.').chars().take(64).collect();
        // Files of these names are data.
        let stem = name.split('.').next().unwrap_or_default();
        let name = match stem {
            "" | "events" | "expected" => format!("rule-{name}"),
            _ => name,
        };
        let paths = (1_u64..).map(|number| match number {
            1 => self.top.join(format!("{name}.json")),
            _ => self.top.join(format!("{name}-{number}.json")),
        });
        let mut free = paths.filter(|path| path.symlink_metadata().is_err());
        free.next().unwrap_or_default()
    }

    /// Keeps other programs from writing, until it is dropped.
    pub(super) fn lock(&self) -> Result<File, StoreError> {
        let path = self.top.join(OWN_FOLDER).join("lock");
        let open = || {
            std::fs::create_dir_all(self.top.join(OWN_FOLDER))?;
            File::options().create(true).truncate(false).write(true).open(&path)
        };
        let file = open().map_err(|error| self.cannot_write(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                // Others write for moments only; the limit of the whole work bounds this.
                file.lock().map_err(|error| self.cannot_write(&path, &error))?;
                Ok(file)
            }
            Err(TryLockError::Error(error)) => Err(self.cannot_write(&path, &error)),
        }
    }

    pub(super) fn cannot_write(&self, path: &Path, error: &io::Error) -> StoreError {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                self.refused(format!("cannot write `{path}`: {error}"))
            }
            _ => {
                let reason = format!("cannot write `{path}`: {error}");
                StoreError::Unavailable { store: self.name.clone(), reason }
            }
        }
    }
}

/// Whether a sign may stand in the name of a file anywhere.
fn is_plain(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_')
}

/// The name of a file that stands for any text, and for no other.
pub(super) fn file_name(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name + ".json"
}

/// Writes a file as a whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tripline-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}
