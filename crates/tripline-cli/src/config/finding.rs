//! What is wrong with a configuration.
//!
//! Lines of the file are never shown: a password may stand in them.

use std::io::Write;
use std::ops::Range;

use serde::Serialize;
use tripline::Code;

use crate::report::printable;

/// One thing that is wrong.
///
/// As JSON the same as a finding on a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) severity: &'static str,
    /// A JSON Pointer into the configuration.
    pub(crate) pointer: String,
    /// From 1; 0 if it does not stand in the file.
    pub(crate) line: usize,
    /// In characters, from 1; 0 likewise.
    pub(crate) column: usize,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Finding {
    pub(crate) fn new(code: Code, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: "error",
            pointer: pointer.into(),
            line: 0,
            column: 0,
            message: message.into(),
            hint: String::new(),
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Means these bytes of the text.
    pub(crate) fn at(mut self, text: &str, span: Option<&Range<usize>>) -> Self {
        let Some(before) = span.and_then(|span| text.get(..span.start)) else { return self };
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.line = before.matches('\n').count() + 1;
        self.column = before.get(line_start..).map_or(0, |line| line.chars().count()) + 1;
        self
    }

    /// Writes it for people; `file` is where it stands.
    pub(crate) fn write(&self, out: &mut impl Write, file: &str) -> std::io::Result<()> {
        let place = match self.line {
            0 => file.to_owned(),
            line => format!("{file}:{line}:{}", self.column),
        };
        let path = path_of(&self.pointer);
        let path = if path.is_empty() { path } else { format!("{path}: ") };
        let line = format!("{place}: error[{}]: {path}{}", self.code, self.message);
        writeln!(out, "{}", printable(&line))?;
        if !self.hint.is_empty() {
            writeln!(out, "  help: {}", printable(&self.hint))?;
        }
        Ok(())
    }
}

/// A JSON Pointer as people write it in TOML and behind `--set`.
fn path_of(pointer: &str) -> String {
    let part = |part: &str| {
        let name = part.replace("~1", "/").replace("~0", "~");
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
        let bare = !name.is_empty() && name.chars().all(plain);
        if bare { name } else { serde_json::Value::from(name).to_string() }
    };
    pointer.split('/').skip(1).map(part).collect::<Vec<_>>().join(".")
}

/// A JSON Pointer of names.
pub(crate) fn pointer_of(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
}
