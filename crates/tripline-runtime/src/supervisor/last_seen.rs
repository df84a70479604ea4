//! The rules last seen, kept in a file: what an engine starts from when its store is away.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tripline::{Alias, AliasOrigin, AliasTarget, RuleId, RuleSource, RuleVersion};

/// The format of the file.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct Rule {
    id: String,
    version: i64,
    text: String,
    /// What the classes that it names meant to it, as far as the store said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<StoredAlias>,
}

#[derive(Serialize, Deserialize)]
struct StoredAlias {
    class_name: String,
    condition: String,
    args: serde_json::Value,
    place: String,
}

impl StoredAlias {
    /// Nothing of an alias of the configuration, which is there without the store.
    fn new(alias: &Alias) -> Option<Self> {
        let (AliasOrigin::Store(place), AliasTarget::Condition { condition, args }) =
            (&alias.origin, &alias.target)
        else {
            return None;
        };
        Some(Self {
            class_name: alias.class_name.clone(),
            condition: condition.clone(),
            args: args.clone(),
            place: place.to_string(),
        })
    }

    fn alias(self) -> Alias {
        let target = AliasTarget::Condition { condition: self.condition, args: self.args };
        let origin = AliasOrigin::Store(self.place.into());
        Alias { class_name: self.class_name, target, origin }
    }
}

/// A rule, with the aliases of the store that it was compiled with.
pub(crate) type SeenRule = (RuleSource, Vec<Alias>);

/// Reads the file; `None` if there is none yet.
pub(crate) fn read(path: &Path, default_key: &[String]) -> std::io::Result<Option<Vec<SeenRule>>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut lines = text.lines();
    let head: Head = serde_json::from_str(lines.next().unwrap_or_default())?;
    if head.format != FORMAT {
        return Err(std::io::Error::other(format!(
            "it has format {}, and this version reads format {FORMAT}",
            head.format
        )));
    }
    let rules = lines.map(|line| {
        let rule: Rule = serde_json::from_str(line)?;
        let source = RuleSource {
            id: RuleId::new(&rule.id),
            version: RuleVersion(rule.version),
            text: Arc::from(rule.text),
            default_key: default_key.to_vec(),
        };
        Ok((source, rule.aliases.into_iter().map(StoredAlias::alias).collect()))
    });
    rules.collect::<std::io::Result<_>>().map(Some)
}

/// Writes the file anew; whoever reads it sees the old one or the new one.
pub(crate) fn write<'a>(
    path: &Path,
    rules: impl Iterator<Item = (&'a RuleSource, &'a [Alias])>,
) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = std::io::BufWriter::new(std::fs::File::create(&beside)?);
    serde_json::to_writer(&mut file, &Head { format: FORMAT })?;
    for (rule, aliases) in rules {
        file.write_all(b"\n")?;
        let (id, text) = (rule.id.as_str().to_owned(), rule.text.to_string());
        let aliases = aliases.iter().filter_map(StoredAlias::new).collect();
        serde_json::to_writer(&mut file, &Rule { id, version: rule.version.0, text, aliases })?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&beside, path)
}
