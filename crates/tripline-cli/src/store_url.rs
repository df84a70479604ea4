//! Which rule store is meant: the flags, and where the password comes from.
//!
//! The rule it keeps: a password is never printed, in no message and by no `Debug`.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use thiserror::Error;
use tripline_rule_store::{StoreError, StoreOptions, StoreUrl};

use crate::exit::Exit;

/// The name of the argument `--store`.
pub(crate) const STORE: &str = "store";

/// The password of a store.
const PASSWORD: &str = "TRIPLINE_STORE_PASSWORD";
/// A file that has the password of a store in it.
const PASSWORD_FILE: &str = "TRIPLINE_STORE_PASSWORD_FILE";
/// The largest password file that is read, in bytes; what is larger is some other file.
const MAX_PASSWORD_BYTES: u64 = 4_096;

/// The arguments that name a rule store.
///
/// A command that can do without one flattens an `Option<StoreArgs>`; one that cannot says so with
/// `#[command(mut_arg(STORE, |arg| arg.required(true)))]`.
#[derive(Clone, Debug, Args)]
pub(crate) struct StoreArgs {
    /// The rule store: mysql://USER@HOST:PORT/DATABASE, sqlite:FILE or dir:PATH.
    ///
    /// A password comes from TRIPLINE_STORE_PASSWORD, or from the file TRIPLINE_STORE_PASSWORD_FILE, unless it stands in
    /// the URL, where others on this machine may see it.
    #[arg(id = STORE, long, value_name = "URL", required = false)]
    url: UrlText,
    /// Another table of rules in that database, with the columns id, version, pattern and function; it is only read
    #[arg(long, value_name = "NAME", requires = STORE)]
    rule_table: Option<String>,
}

/// A URL as it was given, perhaps with a password.
#[derive(Clone)]
struct UrlText(String);

impl FromStr for UrlText {
    type Err = Infallible;

    /// Takes everything: a message of clap would show it.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for UrlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UrlText(..)")
    }
}

/// Why it cannot be told which store is meant.
#[derive(Debug, Error)]
pub(crate) enum StoreArgsError {
    /// The URL is wrong; it is not repeated, since what stands in it cannot be told from a password.
    #[error("--store names no rule store: {reason}")]
    Url {
        /// What is wrong.
        reason: String,
    },
    /// The password is not UTF-8.
    #[error("the password in {from} is not UTF-8")]
    NotUtf8 {
        /// The variable.
        from: &'static str,
    },
    /// Both variables are set.
    #[error("both {PASSWORD} and {PASSWORD_FILE} are set: unset one of them")]
    TwoPasswords,
    /// The file cannot be read.
    #[error("cannot read the password file `{path}` of {PASSWORD_FILE}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreArgsError {
    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::File { .. } => Exit::Failure,
            Self::Url { .. } | Self::NotUtf8 { .. } | Self::TwoPasswords => Exit::Usage,
        }
    }
}

impl StoreArgs {
    /// The store of a configuration.
    pub(crate) const fn of_configuration(url: String, rule_table: Option<String>) -> Self {
        Self { url: UrlText(url), rule_table }
    }

    /// The store with its password, from the environment if it needs one.
    pub(crate) fn resolve(&self) -> Result<(StoreUrl, StoreOptions), StoreArgsError> {
        self.resolve_with(|name| {
            // Set but empty is as good as not set: so it is in the files that services are started from.
            std::env::var_os(name).filter(|value| !value.is_empty())
        })
    }

    fn resolve_with(
        &self,
        variable: impl Fn(&'static str) -> Option<OsString>,
    ) -> Result<(StoreUrl, StoreOptions), StoreArgsError> {
        let mut url: StoreUrl = self.url.0.parse().map_err(|error| {
            let reason = match error {
                StoreError::Url { reason, .. } => reason,
                other => other.to_string(),
            };
            StoreArgsError::Url { reason }
        })?;
        if url.wants_password() {
            let password = match (variable(PASSWORD), variable(PASSWORD_FILE)) {
                (Some(_), Some(_)) => return Err(StoreArgsError::TwoPasswords),
                (Some(password), None) => Some(
                    password
                        .into_string()
                        .map_err(|_| StoreArgsError::NotUtf8 { from: PASSWORD })?,
                ),
                (None, Some(path)) => Some(read_password(Path::new(&path))?),
                (None, None) => None,
            };
            if let Some(password) = password {
                url = url.with_password(password);
            }
        }
        let options = StoreOptions { rule_table: self.rule_table.clone() };
        Ok((url, options))
    }
}

/// The first line of a password file; the line's end is no part of it.
fn read_password(path: &Path) -> Result<String, StoreArgsError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_PASSWORD_BYTES).read_to_end(&mut bytes))
        .map_err(|source| StoreArgsError::File { path: path.to_path_buf(), source })?;
    let text =
        String::from_utf8(bytes).map_err(|_| StoreArgsError::NotUtf8 { from: PASSWORD_FILE })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::io::Write as _;

    use clap::Parser;

    use super::{PASSWORD, PASSWORD_FILE, STORE, StoreArgs};

    #[derive(Debug, Parser)]
    #[command(mut_arg(STORE, |arg| arg.required(true)))]
    struct Needed {
        #[command(flatten)]
        store: StoreArgs,
    }

    #[derive(Debug, Parser)]
    struct Optional {
        #[command(flatten)]
        store: Option<StoreArgs>,
    }

    fn args(args: &[&str]) -> StoreArgs {
        Needed::try_parse_from([&["x"], args].concat()).unwrap().store
    }

    #[test]
    fn is_needed_or_not() {
        assert!(Needed::try_parse_from(["x"]).is_err());
        assert!(Optional::try_parse_from(["x"]).unwrap().store.is_none());
        assert!(Optional::try_parse_from(["x", "--store", "dir:x"]).unwrap().store.is_some());
        assert!(Optional::try_parse_from(["x", "--rule-table", "t"]).is_err());
        let (_, options) = args(&["--store", "dir:x", "--rule-table", "t"]).resolve().unwrap();
        assert_eq!(options.rule_table.as_deref(), Some("t"));
    }

    #[test]
    fn finds_the_password_and_never_shows_it() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"from file \r\n").unwrap();
        let path = file.path().as_os_str().to_owned();
        let check = |url: &str, set: &[(&str, OsString)], expected: Result<bool, &str>| {
            let args = args(&["--store", url]);
            assert!(!format!("{args:?}").contains("secret"));
            let variable = |name: &str| {
                set.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
            };
            match (args.resolve_with(variable), expected) {
                (Ok((url, _)), Ok(has_password)) => {
                    assert_eq!(!url.wants_password(), has_password, "{url}");
                    assert!(!format!("{url} {url:?}").contains("secret"));
                }
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{error}");
                    assert!(!format!("{error} {error:?}").contains("secret"));
                }
                (found, expected) => panic!("{found:?} instead of {expected:?}"),
            }
        };
        let secret = || OsString::from("secret");
        let url = "mysql://me@db/rules";
        check(url, &[], Ok(false));
        check(url, &[(PASSWORD, secret())], Ok(true));
        check(url, &[(PASSWORD_FILE, path.clone())], Ok(true));
        check(url, &[(PASSWORD_FILE, OsString::from("not/there"))], Err("`not/there`"));
        check(url, &[(PASSWORD, secret()), (PASSWORD_FILE, path)], Err("unset one"));
        check("mysql://me:secret@db/rules", &[], Ok(true));
        check("sqlite:x.db", &[(PASSWORD, secret()), (PASSWORD_FILE, secret())], Ok(true));
        check("mysql://me:secret@db", &[], Err("the database is missing"));
        check("mysql://me:secret", &[], Err("names no rule store"));
        assert_eq!(super::read_password(file.path()).unwrap(), "from file ");
    }
}
