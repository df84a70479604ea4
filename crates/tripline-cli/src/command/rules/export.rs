//! `tripline rules export`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tripline_rule_store::RuleRow;

use super::reading::Content;
use super::session::{Access, highest};
use super::show::document;
use super::{Common, RulesError};
use crate::command::{Format, complain};
use crate::exit::Exit;
use crate::lang::plural;
use crate::report::printable;
use crate::stdout::Stdout;

/// The longest file name that is made of an id, in bytes; systems allow 255.
const MAX_NAME_BYTES: usize = 200;

/// The arguments of `tripline rules export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The folder; files of the same names are replaced, others stay
    folder: PathBuf,
    /// All versions, as ID@VERSION.json, not only the highest as ID.json
    #[arg(long)]
    all_versions: bool,
    #[command(flatten)]
    common: Common,
}

impl Export {
    pub(super) fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let listing = session.list()?;
        let rows = if self.all_versions { listing.rows } else { highest(&listing) };
        let folder = &self.folder;
        let failed = |source| RulesError::Write { path: folder.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut exit = Exit::Success;
        let mut written = 0;
        session.each(&rows, |row| {
            let Some(text) = text(&row) else {
                exit = exit.or(Exit::Failure);
                return Ok(());
            };
            let name = file_name(row.id.as_str(), self.all_versions.then_some(row.version.0));
            write(&folder.join(&name), &text)?;
            written += 1;
            if self.common.format == Format::Json {
                let line = json!({"id": row.id.as_str(), "version": row.version.0, "file": name});
                out.print(|out| writeln!(out, "{line}"));
            }
            Ok(())
        })?;
        if self.common.format == Format::Human {
            let folder = printable(&folder.to_string_lossy());
            let what = plural(written, if self.all_versions { "version" } else { "rule" });
            out.print(|out| writeln!(out, "{what} written to {folder}"));
        }
        Ok(exit)
    }
}

/// What goes into the file of a version; complains of one that cannot be read.
fn text(row: &RuleRow) -> Option<String> {
    match Content::of(row) {
        Content::Columns(columns) => Some(document(&columns, row)),
        Content::Unread { text: Some(text), .. } => Some(text),
        Content::Unread { text: None, problem } => {
            let (id, version) = (&row.id, row.version);
            complain(&printable(&format!(
                "rule `{id}` version {version} is not written: {problem}"
            )));
            None
        }
    }
}

/// Writes a file as a whole, or not at all.
fn write(path: &Path, text: &str) -> Result<(), RulesError> {
    let part = path.with_extension("json.part");
    fs::write(&part, text)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|source| RulesError::Write { path: path.to_path_buf(), source })
}

/// The name of a rule's file: its id, with all that no file system or shell minds spelled as `%2F`.
///
/// No two ids have the same one, and none is hidden or taken for data when the folder is read.
fn file_name(id: &str, version: Option<i64>) -> String {
    let mut name = String::new();
    let stem = id.split('.').next().unwrap_or_default();
    let is_data = stem == "events" || stem == "expected";
    for (index, c) in id.chars().enumerate() {
        let plain = c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        // Small and large letters are the same to some file systems.
        if plain && !c.is_uppercase() && !(index == 0 && (c == '.' || is_data)) {
            name.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.len() > MAX_NAME_BYTES {
        let mut sum = flate2::Crc::new();
        sum.update(id.as_bytes());
        name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
        name.push_str(&format!("~{:08x}", sum.sum()));
    }
    match version {
        Some(version) => format!("{name}@{version}.json"),
        None => format!("{name}.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_files() {
        let check = |id: &str, expected: &str| assert_eq!(file_name(id, None), expected);
        check("cart_add-2.b", "cart_add-2.b.json");
        check("规则", "规则.json");
        check("a/b:c d%", "a%2Fb%3Ac%20d%25.json");
        check("../x", "%2E.%2Fx.json");
        check("Cart", "%43art.json");
        check("events.1", "%65vents.1.json");
        check("eventsx", "eventsx.json");
        assert_eq!(file_name("a", Some(3)), "a@3.json");
        assert_eq!(file_name("a@3", None), "a%403.json");
        let long = "规".repeat(256);
        let name = file_name(&long, Some(i64::MAX));
        assert!(name.len() < 255, "{name}");
        assert_ne!(name, file_name(&format!("{long}x"), Some(i64::MAX)));
    }
}
