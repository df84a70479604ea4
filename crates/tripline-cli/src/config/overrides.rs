//! Values of the configuration on the command line: `store.poll_interval=2s`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use toml::{Table, Value};

/// A value with the way to it.
#[derive(Clone)]
pub(crate) struct Override {
    path: Vec<String>,
    value: Value,
}

impl fmt::Debug for Override {
    /// Without the value, which may be a URL with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Override").field(&self.path).finish()
    }
}

/// What stands behind `--set`, perhaps with a password in it.
#[derive(Clone, Debug)]
pub(crate) struct SetText(Result<Override, &'static str>);

impl FromStr for SetText {
    type Err = Infallible;

    /// Takes everything: a message of clap would show it.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(
            Override::new(text).ok_or("--set: write KEY=VALUE, such as store.poll_interval=2s"),
        ))
    }
}

impl SetText {
    /// The value; or what is wrong, without the text.
    pub(super) fn read(&self) -> Result<Override, &'static str> {
        self.0.clone()
    }
}

impl Override {
    /// Reads `KEY=VALUE`: the key as TOML has it, the value likewise, or any other text as it stands.
    fn new(text: &str) -> Option<Self> {
        let (key, value) = split(text)?;
        let keys: Table = toml::from_str(&format!("{key} = 0")).ok()?;
        let mut path = Vec::new();
        let mut at = &keys;
        loop {
            let mut entries = at.iter();
            let (Some((name, below)), None) = (entries.next(), entries.next()) else {
                return None;
            };
            path.push(name.clone());
            match below {
                Value::Table(below) => at = below,
                _ => break,
            }
        }
        let mut read: Table = toml::from_str(&format!("v = {value}")).unwrap_or_default();
        let value = match (read.remove("v"), read.is_empty()) {
            (Some(value), true) => value,
            _ => Value::String(value.trim().to_owned()),
        };
        Some(Self { path, value })
    }

    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    /// Puts the value into a configuration.
    pub(super) fn put(&self, table: &mut Table) -> Result<(), String> {
        let Some((last, above)) = self.path.split_last() else { return Ok(()) };
        let mut at = table;
        for name in above {
            let below = at.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
            match below {
                Value::Table(below) => at = below,
                _ => return Err(format!("`{name}` has no keys of its own")),
            }
        }
        at.insert(last.clone(), self.value.clone());
        Ok(())
    }
}

/// The key and the value, apart at the first `=` outside of quotes; a key has no line break.
fn split(text: &str) -> Option<(&str, &str)> {
    let (mut quote, mut escaped) = (None, false);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (_, '\n' | '\r') => return None,
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), sign) if open == sign && !escaped => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            (None, '=') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
        escaped = false;
    }
    None
}
