//! Names of stores: `mysql://user@host:port/db`, `sqlite:FILE`, `dir:PATH`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use crate::error::StoreError;

/// The options that a `mysql:` URL may have; all are the driver's.
const MYSQL_OPTIONS: [&str; 5] = ["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"];

/// What names a store, with its password; none of the ways to print it shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(Place);

/// What a URL names.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A database of a MySQL or MariaDB server; the URL has a host, a user, a database and known options only.
    MySql(Url),
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A folder of files.
    Folder(PathBuf),
}

impl StoreUrl {
    /// The same store with this password; of a store without logins the store itself.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a password is handed over, not left behind")]
    pub fn with_password(mut self, password: String) -> Self {
        if let Place::MySql(url) = &mut self.0 {
            // It fails for URLs without a host only, and these were refused.
            let _set = url.set_password(Some(&password));
        }
        self
    }

    /// Whether it names a server that people log in to, and says no password.
    #[must_use]
    pub fn wants_password(&self) -> bool {
        matches!(&self.0, Place::MySql(url) if url.password().is_none())
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0
    }
}

impl FromStr for StoreUrl {
    type Err = StoreError;

    /// Reads a URL.
    ///
    /// # Errors
    /// [`StoreError::Url`].
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let refused = |reason: String| StoreError::Url { url: redacted(text), reason };
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(refused(KINDS.to_owned()));
        };
        let path = |rest: &str| {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match path {
                "" => Err(refused(format!("a path is missing behind `{scheme}:`"))),
                ":memory:" => Err(refused("rules cannot be kept in memory: name a file".into())),
                _ => Ok(PathBuf::from(path)),
            }
        };
        match scheme {
            "sqlite" => path(rest).map(|path| Self(Place::Sqlite(path))),
            "dir" => path(rest).map(|path| Self(Place::Folder(path))),
            "mysql" | "mariadb" => {
                mysql(&format!("mysql:{rest}")).map(|url| Self(Place::MySql(url))).map_err(refused)
            }
            _ => Err(refused(KINDS.to_owned())),
        }
    }
}

/// What to write instead of a URL of no known kind.
const KINDS: &str = "write `mysql://user@host:port/database`, `sqlite:FILE` or `dir:PATH`";

/// Reads a URL of MySQL; what is wrong is said without the password.
fn mysql(text: &str) -> Result<Url, String> {
    // The parser's message names no part of the text.
    let url = Url::parse(text).map_err(|error| format!("{error}; {MYSQL_FORM}"))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(format!("the host is missing; {MYSQL_FORM}"));
    }
    if url.username().is_empty() {
        return Err(format!("the user is missing; {MYSQL_FORM}"));
    }
    let database = url.path().trim_matches('/');
    if database.is_empty() || database.contains('/') {
        return Err(format!("the database is missing; {MYSQL_FORM}"));
    }
    if url.fragment().is_some() {
        return Err("write `#` as `%23`".to_owned());
    }
    for (name, _) in url.query_pairs() {
        if !MYSQL_OPTIONS.contains(&&*name) {
            let known = MYSQL_OPTIONS.join("`, `");
            return Err(format!("there is no option `{name}`; there are `{known}`"));
        }
    }
    Ok(url)
}

const MYSQL_FORM: &str =
    "write `mysql://user@host:port/database`, with other signs than letters and digits as `%40`";

/// A text that may be a URL, without what may be a password, and without options.
fn redacted(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        // A path, or a URL in which a password stands where nobody looks for one.
        let scheme = text.split(':').next().unwrap_or_default();
        return if text.contains('@') { format!("{scheme}:…") } else { text.to_owned() };
    };
    let (login, place) = rest.rsplit_once('@').unwrap_or((rest, ""));
    let place = place.split('?').next().unwrap_or_default();
    // Behind the first colon a password may stand, or half of one: so nothing of it is shown.
    let user = login.split([':', '?']).next().unwrap_or_default();
    if place.is_empty() {
        format!("{scheme}://{user}")
    } else {
        format!("{scheme}://{user}@{place}")
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::MySql(url) => {
                let mut url = url.clone();
                let _set = url.set_password(None);
                f.write_str(url.as_str())
            }
            Place::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Place::Folder(path) => write!(f, "dir:{}", path.display()),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::StoreUrl;

    fn check(text: &str, expected: &str) {
        let told = match text.parse::<StoreUrl>() {
            Ok(url) => {
                assert_eq!(format!("{url:?}"), format!("StoreUrl({url})"));
                url.to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(!told.contains("secret"), "{told}");
        let expected_start = expected.strip_suffix('…');
        match expected_start {
            Some(start) => assert!(told.starts_with(start), "{told}"),
            None => assert_eq!(told, expected),
        }
    }

    #[test]
    fn reads_urls() {
        check("sqlite:rules.db", "sqlite:rules.db");
        check("sqlite:///a b/r?.db", "sqlite:/a b/r?.db");
        check("dir:规则/all", "dir:规则/all");
        check("mysql://me@db:3307/rules", "mysql://me@db:3307/rules");
        check("mariadb://me:secret@db/rules", "mysql://me@db/rules");
        check(
            "mysql://me:s%40ecret@db/rules?ssl-mode=required",
            "mysql://me@db/rules?ssl-mode=required",
        );
    }

    #[test]
    fn refuses_what_is_none() {
        check("rules.db", "`rules.db` names no rule store: write `mysql:…");
        check(
            "postgres://me:secret@db/x",
            "`postgres://me@db/x` names no rule store: write `mysql:…",
        );
        check("sqlite:", "`sqlite:` names no rule store: a path is missing behind `sqlite:`");
        check("sqlite::memory:", "`sqlite::memory:` names no rule store: rules cannot be kept…");
        check(
            "mysql://me:secret@db",
            "`mysql://me@db` names no rule store: the database is missing…",
        );
        check("mysql://db/rules", "`mysql://db/rules` names no rule store: the user is missing…");
        check(
            "mysql://me:sec/secret@db:x/y",
            "`mysql://me@db:x/y` names no rule store: invalid port…",
        );
        check("mysql://me:secret@[/y", "`mysql://me@[/y` names no rule store: …");
        check(
            "mysql://me@db/rules?password=secret",
            "`mysql://me@db/rules` names no rule store: there is no option `password`; there are …",
        );
        check(
            "mysql://me:secret@db/rules#x",
            "`mysql://me@db/rules#x` names no rule store: write `#` …",
        );
    }

    #[test]
    fn takes_a_password() {
        let url: StoreUrl = "mysql://me@db/rules".parse().unwrap();
        assert!(url.wants_password());
        let url = url.with_password("secret @:/#".to_owned());
        assert!(!url.wants_password());
        assert_eq!(format!("{url} {url:?}"), "mysql://me@db/rules StoreUrl(mysql://me@db/rules)");
        let super::Place::MySql(inner) = url.place() else { panic!("MySQL") };
        assert_eq!(inner.password(), Some("secret%20%40%3A%2F%23"));
    }
}
