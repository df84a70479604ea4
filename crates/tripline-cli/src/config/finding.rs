//! What is wrong with a configuration.
//!
//! Lines of the file are never shown: a password may stand in them.

use std::io::Write;
use std::ops::Range;

use serde_json::{Value, json};
use tripline::{Code, Text};

use crate::lang::Lang;
use crate::report::printable;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    /// A JSON Pointer into the configuration.
    pub(crate) pointer: String,
    /// From 1; 0 if it does not stand in the file.
    pub(crate) line: usize,
    /// In characters, from 1; 0 likewise.
    pub(crate) column: usize,
    pub(crate) message: Text,
    pub(crate) hint: Option<Text>,
}

impl Finding {
    pub(crate) fn new(code: Code, pointer: impl Into<String>, message: Text) -> Self {
        Self { code, pointer: pointer.into(), line: 0, column: 0, message, hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: Option<Text>) -> Self {
        self.hint = hint;
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

    /// The same as a finding on a rule.
    pub(crate) fn json(&self, lang: Lang) -> Value {
        let hint = self.hint.as_ref().map(|hint| hint.render(lang.into()));
        json!({
            "code": self.code, "severity": self.code.severity(), "pointer": self.pointer,
            "line": self.line, "column": self.column,
            "message": self.message.render(lang.into()), "hint": hint.unwrap_or_default(),
        })
    }

    /// Writes it for people; `file` is where it stands.
    pub(crate) fn write(
        &self,
        out: &mut impl Write,
        file: &str,
        lang: Lang,
    ) -> std::io::Result<()> {
        let place = match self.line {
            0 => file.to_owned(),
            line => format!("{file}:{line}:{}", self.column),
        };
        let path = path_of(&self.pointer);
        let path = if path.is_empty() { path } else { format!("{path}: ") };
        let severity = lang.severity(self.code.severity());
        let message = self.message.render(lang.into());
        let line = format!("{place}: {severity}[{}]: {path}{message}", self.code);
        writeln!(out, "{}", printable(&line))?;
        if let Some(hint) = &self.hint {
            writeln!(out, "  {}: {}", lang.help(), printable(&hint.render(lang.into())))?;
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
        if bare { name } else { Value::from(name).to_string() }
    };
    pointer.split('/').skip(1).map(part).collect::<Vec<_>>().join(".")
}

/// A JSON Pointer of names.
pub(crate) fn pointer_of(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
}
