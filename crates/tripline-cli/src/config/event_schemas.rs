//! Event schemas: files that say what events look like.

use std::path::{Path, PathBuf};

use tripline::{Code, EventSchemaError, EventSchemas, Text, text};

use super::finding::Finding;
use super::read_file;
use crate::command::complain;
use crate::exit::Exit;
use crate::lang::Lang;
use crate::report::printable;

/// Why a file cannot be used.
pub(crate) enum Problem {
    /// It cannot be read, or there is none.
    Unreadable(Text),
    /// It is no event schema.
    Wrong { file: String, finding: Box<Finding> },
}

/// Reads files, and of folders the `.json` files that stand in them.
///
/// # Errors
/// All files that cannot be used.
pub(crate) fn read(paths: &[PathBuf]) -> Result<EventSchemas, Vec<Problem>> {
    let mut schemas = EventSchemas::new();
    let mut problems = Vec::new();
    for path in paths {
        match files(path) {
            Ok(files) => {
                let wrong = files.iter().filter_map(|file| add(&mut schemas, file).err());
                problems.extend(wrong);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(schemas) } else { Err(problems) }
}

/// The files that a path means, by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable =
        |error: std::io::Error| Problem::unreadable(path, Text::verbatim(error.to_string()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Problem::unreadable(path, text!("there is no .json file in the folder")));
    }
    files.sort();
    Ok(files)
}

fn add(schemas: &mut EventSchemas, path: &Path) -> Result<(), Problem> {
    let bytes = read_file(path)
        .map_err(|error| Problem::unreadable(path, Text::verbatim(error.to_string())))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let reason = text!("it is not UTF-8: the byte at offset {offset} is wrong", offset);
        Problem::unreadable(path, reason)
    })?;
    let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into());
    schemas.add(&name, &text).map_err(|error| {
        let mut finding = match &error {
            EventSchemaError::NotSchema { pointer, .. } => {
                Finding::new(Code::EventSchemaWrong, pointer, error.text())
            }
            _ => Finding::new(Code::EventSchemaNotJson, "", error.text()),
        };
        if let EventSchemaError::NotJson { line, column, .. } = error {
            (finding.line, finding.column) = (line, column);
        }
        Problem::Wrong { file: path.display().to_string(), finding: Box::new(finding) }
    })
}

impl Problem {
    fn unreadable(path: &Path, reason: Text) -> Self {
        let file = path.display().to_string();
        Self::Unreadable(text!("cannot read the event schema `{file}`: {reason}", file, reason))
    }

    /// Says it on stderr; how the program ends then.
    pub(crate) fn complain(&self, lang: Lang) -> Exit {
        match self {
            Self::Unreadable(message) => {
                complain(&printable(&message.render(lang.into())));
                Exit::Failure
            }
            Self::Wrong { file, finding } => {
                // Nothing can be done if nobody reads it.
                drop(finding.write(&mut std::io::stderr().lock(), file, lang));
                Exit::Usage
            }
        }
    }

    /// What it means for the configuration that names the file.
    pub(crate) fn finding(&self) -> Finding {
        const NAMED_BY: &str = "/engine/event_schemas";
        match self {
            Self::Unreadable(message) => Finding::new(Code::ConfigValue, NAMED_BY, message.clone()),
            Self::Wrong { file, finding } => {
                let place = match finding.line {
                    0 => file.clone(),
                    line => format!("{file}:{line}:{}", finding.column),
                };
                let place = match finding.pointer.as_str() {
                    "" => place,
                    pointer => format!("{place} {pointer}"),
                };
                let message = text!("in {place}: {reason}", place, reason = &finding.message);
                Finding::new(finding.code, NAMED_BY, message)
            }
        }
    }
}
