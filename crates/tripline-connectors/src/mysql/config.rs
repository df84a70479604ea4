//! What the configuration says of MySQL and MariaDB.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::shape::Shaping;
use crate::{MapConfig, OnRefused, Secret};

/// A table whose rows become events, in the order of a column that grows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MySqlSource {
    /// The server and the database, `mysql://USER@HOST:PORT/DATABASE`; `?ssl-mode=REQUIRED` and `ssl-ca` as the clients of
    /// MySQL have them.
    pub url: String,
    /// The password.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
    /// The table.
    pub table: String,
    /// The column of integers from 0 that grows with each row and is a key: AUTO_INCREMENT, or a revision; `id` unless
    /// given.
    #[serde(default = "id")]
    pub id: String,
    /// The columns that events have; all unless given.
    #[serde(default)]
    pub columns: Vec<String>,
    /// What is done with the fields of events: `rename`, `time`, `only` and `set`, as [formats.md](formats.md) says.
    #[serde(default)]
    #[schemars(with = "MapConfig")]
    pub map: Option<MapConfig>,
    /// Where to begin while no checkpoint says it: at the `earliest` row or behind the `latest`; `earliest` unless given.
    #[serde(default)]
    pub start: TableStart,
    /// How often to look for new rows, in ms; 200 unless given.
    #[serde(default = "poll_interval_ms")]
    #[schemars(range(min = 1, max = 60_000))]
    pub poll_interval_ms: u64,
    /// How long a missing number is waited for, in ms, once nobody holds an uncommitted row there; 2000 unless given.
    #[serde(default = "gap_wait_ms")]
    #[schemars(range(min = 0, max = 3_600_000))]
    pub gap_wait_ms: u64,
}

fn id() -> String {
    "id".to_owned()
}

const fn poll_interval_ms() -> u64 {
    200
}

const fn gap_wait_ms() -> u64 {
    2000
}

/// Where a table is read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum TableStart {
    /// From its first row on.
    #[default]
    Earliest,
    /// Behind its last row.
    Latest,
}

/// A table of results, a row each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MySqlSink {
    /// The server and the database, `mysql://USER@HOST:PORT/DATABASE`; `?ssl-mode=REQUIRED` and `ssl-ca` as the clients of
    /// MySQL have them.
    pub url: String,
    /// The password.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
    /// The table, which has to be there; `tripline_alerts` unless given.
    #[serde(default = "alerts")]
    pub table: String,
    /// What the columns hold, for a table of your own: by column the path to a value in the event or the result, such as
    /// `price` or `key.userId`; `$` is all of it, `$id` its id. Those of `tripline_alerts` unless given.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// What to do with a row whose values the table does not take, such as a text that is too long: `skip` it with a line in
    /// the log, or `stop` the run; `skip` unless given.
    #[serde(default)]
    pub on_refused: OnRefused,
    /// A file to which rows that are skipped are added, a JSON object a line, each with the reason.
    #[serde(default)]
    #[schemars(with = "PathBuf")]
    pub dead_letter: Option<PathBuf>,
}

fn alerts() -> String {
    "tripline_alerts".to_owned()
}

/// The most columns of a row: a statement has a bound on its values.
const MAX_COLUMNS: usize = 100;

type Problems = Vec<(&'static str, String)>;

/// What is wrong with the name of a server.
fn problem_of_url(text: &str) -> Option<&'static str> {
    const FORM: &str = "write `mysql://USER@HOST:PORT/DATABASE`";
    let Ok(url) = Url::parse(text) else { return Some(FORM) };
    if url.password().is_some() {
        return Some(
            "no secret stands in the configuration: take the password out of the URL, and name it with `password`",
        );
    }
    let database = url.path().trim_matches('/');
    let whole = matches!(url.scheme(), "mysql" | "mariadb")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && !url.username().is_empty()
        && !database.is_empty()
        && !database.contains('/');
    (!whole).then_some(FORM)
}

fn problem_of_name(name: &str) -> Option<&'static str> {
    let count = name.chars().count();
    let usable = (1..=64).contains(&count) && !name.contains(['\0', '/', '\\']);
    (!usable).then_some("it is no name of a table or a column: 1 to 64 characters")
}

fn add(problems: &mut Problems, key: &'static str, problem: Option<&'static str>) {
    problems.extend(problem.map(|problem| (key, problem.to_owned())));
}

impl MySqlSource {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Vec::new();
        add(&mut problems, "url", problem_of_url(&self.url));
        add(&mut problems, "table", problem_of_name(&self.table));
        add(&mut problems, "id", problem_of_name(&self.id));
        add(&mut problems, "columns", self.columns.iter().find_map(|name| problem_of_name(name)));
        let out = |ms: u64, least, most| !(least..=most).contains(&ms);
        if out(self.poll_interval_ms, 1, 60_000) {
            problems.push(("poll_interval_ms", "give 1 to 60000".to_owned()));
        }
        if out(self.gap_wait_ms, 0, 3_600_000) {
            problems.push(("gap_wait_ms", "give 0 to 3600000".to_owned()));
        }
        problems.extend(self.shaping().problems());
        problems
    }

    /// How rows become events.
    pub(super) fn shaping(&self) -> Shaping<'_> {
        Shaping { map: self.map.as_ref(), ..Shaping::default() }
    }
}

impl MySqlSink {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Vec::new();
        add(&mut problems, "url", problem_of_url(&self.url));
        add(&mut problems, "table", problem_of_name(&self.table));
        add(&mut problems, "columns", self.columns.keys().find_map(|name| problem_of_name(name)));
        problems.extend(self.on_refused.problem(self.dead_letter.as_deref()));
        if self.columns.len() > MAX_COLUMNS {
            problems.push(("columns", format!("give 1 to {MAX_COLUMNS}")));
        }
        if self.columns.values().any(String::is_empty) {
            problems.push(("columns", "the name of a field is empty".to_owned()));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_whole_and_has_no_password() {
        for good in ["mysql://me@db/shop", "mariadb://me@db:3307/shop?ssl-mode=REQUIRED"] {
            assert_eq!(problem_of_url(good), None, "{good}");
        }
        for bad in ["db", "mysql://db/shop", "mysql://me@db", "mysql://me@db/a/b", "http://me@db/x"]
        {
            assert!(problem_of_url(bad).is_some_and(|said| said.starts_with("write")), "{bad}");
        }
        let secret = problem_of_url("mysql://me:x@db/shop").unwrap();
        assert!(secret.contains("take the password out"), "{secret}");
    }
}
