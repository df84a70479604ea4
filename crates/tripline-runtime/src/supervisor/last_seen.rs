//! The rules last seen, kept in a file: what an engine starts from when its store is away.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tripline::{RuleId, RuleSource, RuleVersion};

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
}

/// Reads the file; `None` if there is none yet.
pub(crate) fn read(
    path: &Path,
    default_key: &[String],
) -> std::io::Result<Option<Vec<RuleSource>>> {
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
        Ok(RuleSource {
            id: RuleId::new(&rule.id),
            version: RuleVersion(rule.version),
            text: Arc::from(rule.text),
            default_key: default_key.to_vec(),
        })
    });
    rules.collect::<std::io::Result<_>>().map(Some)
}

/// Writes the file anew; whoever reads it sees the old one or the new one.
pub(crate) fn write<'a>(
    path: &Path,
    rules: impl Iterator<Item = &'a RuleSource>,
) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = std::io::BufWriter::new(std::fs::File::create(&beside)?);
    serde_json::to_writer(&mut file, &Head { format: FORMAT })?;
    for rule in rules {
        file.write_all(b"\n")?;
        let (id, text) = (rule.id.as_str().to_owned(), rule.text.to_string());
        serde_json::to_writer(&mut file, &Rule { id, version: rule.version.0, text })?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&beside, path)
}
