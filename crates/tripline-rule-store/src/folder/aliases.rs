//! The aliases of a folder: the file `condition_aliases.toml` in it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_128;

use crate::MAX_TEXT_BYTES;
use crate::alias::{AliasListing, AliasRow, AliasText};

/// The name of the file.
const FILE: &str = "condition_aliases.toml";

/// The file as it was read last; without one, nothing.
#[derive(Debug, Default)]
pub(super) struct AliasFile {
    /// What was read, or why it could not be.
    read: Option<Result<String, String>>,
}

impl AliasFile {
    /// Reads the file; it is small, so it is always read.
    pub(super) fn update(&mut self, top: &Path) {
        self.read = match read(&top.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read.map_err(|error| error.to_string())),
        };
    }

    /// What changes when the file changes; nothing without a file.
    pub(super) fn revision(&self) -> String {
        match &self.read {
            None => String::new(),
            Some(Ok(text)) => format!("+{:032x}", xxh3_128(text.as_bytes())),
            Some(Err(problem)) => format!("-{:032x}", xxh3_128(problem.as_bytes())),
        }
    }

    pub(super) fn listing(&self, top: &Path) -> AliasListing {
        let place = format!("`{}`", top.join(FILE).display());
        let parsed = match &self.read {
            None => Ok(Vec::new()),
            Some(Ok(text)) => parse(text),
            Some(Err(problem)) => Err(problem.clone()),
        };
        match parsed {
            Ok(rows) => AliasListing { place, rows, problem: None },
            Err(problem) => AliasListing { place, rows: Vec::new(), problem: Some(problem) },
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_TEXT_BYTES + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > MAX_TEXT_BYTES) {
        return Err(io::Error::other(format!("it has more than {MAX_TEXT_BYTES} bytes")));
    }
    Ok(text)
}

/// The aliases of a text as the file has it: names with a text, or with `condition` and `args`.
fn parse(text: &str) -> Result<Vec<AliasRow>, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("line {line} is not TOML: {}", error.message().replace('\n', " "))
    })?;
    let mut rows: Vec<AliasRow> = table
        .into_iter()
        .map(|(class_name, value)| AliasRow { class_name, text: alias(value) })
        .collect();
    rows.sort_by(|a, b| a.class_name.cmp(&b.class_name));
    Ok(rows)
}

fn alias(value: toml::Value) -> Result<AliasText, String> {
    let form = "write a text, or { condition = \"…\", args = { … } }";
    let mut table = match value {
        toml::Value::String(condition) => return Ok(AliasText { condition, args: None }),
        toml::Value::Table(table) => table,
        _ => return Err(format!("it is neither a text nor a table: {form}")),
    };
    let Some(toml::Value::String(condition)) = table.remove("condition") else {
        return Err(format!("`condition` is missing, or no text: {form}"));
    };
    let args = table.remove("args").map(|args| serde_json::to_string(&args));
    let args = args.transpose().map_err(|error| error.to_string())?;
    match table.keys().next() {
        Some(other) => Err(format!("`{other}` means nothing here: {form}")),
        None => Ok(AliasText { condition, args }),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_both_forms() {
        let text = r#"
            "com.x.End" = "action != 1"
            "com.x.Middle" = { condition = "InList", args = { field = "tag", values = [1, "A"] } }
            ["com.x.Long"]
            condition = "InList"
        "#;
        let found: Vec<String> = parse(text)
            .unwrap()
            .into_iter()
            .map(|row| {
                let text = row.text.unwrap();
                format!("{}: {} {}", row.class_name, text.condition, text.args.unwrap_or_default())
            })
            .collect();
        let middle = r#"com.x.Middle: InList {"field":"tag","values":[1,"A"]}"#;
        assert_eq!(found, ["com.x.End: action != 1 ", "com.x.Long: InList ", middle]);
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn one_that_is_wrong_harms_no_other() {
        let text = "a = 5\nb = \"x == 1\"\nc = { args = {} }\nd = { condition = \"x\", arg = 1 }\n";
        let rows = parse(text).unwrap();
        let problems: Vec<_> = rows
            .iter()
            .map(|row| row.text.as_ref().err().map(|text| text.split(':').next().unwrap()))
            .collect();
        let expected = [
            Some("it is neither a text nor a table"),
            None,
            Some("`condition` is missing, or no text"),
            Some("`arg` means nothing here"),
        ];
        assert_eq!(problems, expected);
        let error = parse("a = 'x'\nb = \n").unwrap_err();
        assert!(error.starts_with("line 2 is not TOML: "), "{error}");
    }
}
