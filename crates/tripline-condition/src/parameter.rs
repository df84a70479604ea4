//! The parameters of a rule: `params.x` in an expression or an argument stands for a value of the rule's row.

use std::fmt;

use serde_json::{Map, Value as Json};
use tripline_message::{Text, text};

use crate::suggest::{closest, did_you_mean, listed};

/// The name under which the parameters of a rule stand.
pub(crate) const PARAMS: &str = "params";

/// At most this many names are listed in a hint.
const LISTED: usize = 10;

/// A step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `.name`.
    Member(String),
    /// `[index]`.
    Item(usize),
}

/// Where a parameter stands: `a.b` of `params.a.b`, `list[0]` of `params.list[0]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParameterPath(pub(crate) Vec<Step>);

/// A parameter that there is not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownParameter {
    pub(crate) message: Text,
    pub(crate) hint: Text,
}

impl ParameterPath {
    /// Reads `params.a.b[0]`, as an argument of a plugin has it; nothing if `text` is no such path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.strip_prefix(PARAMS)?.strip_prefix('.')?.split('.') {
            let (name, mut indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
            let plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
            if name.is_empty() || !name.chars().all(plain) {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            while let Some(inner) = indexes.strip_prefix('[') {
                let (index, rest) = inner.split_once(']')?;
                steps.push(Step::Item(index.parse().ok()?));
                indexes = rest;
            }
            if !indexes.is_empty() {
                return None;
            }
        }
        Some(Self(steps))
    }

    /// The value in `params`.
    ///
    /// # Errors
    /// There is none, with the names that are close.
    pub(crate) fn find<'p>(
        &self,
        params: &'p Map<String, Json>,
    ) -> Result<&'p Json, UnknownParameter> {
        let mut found: Option<&'p Json> = None;
        for (depth, step) in self.0.iter().enumerate() {
            let next = match (step, found) {
                (Step::Member(name), None) => params.get(name),
                (Step::Member(name), Some(value)) => value.get(name),
                (Step::Item(index), Some(value)) => value.get(index),
                (Step::Item(_), None) => None,
            };
            let Some(next) = next else {
                let members = found.map_or(Some(params), Json::as_object);
                return Err(self.unknown(depth, members, found));
            };
            found = Some(next);
        }
        // A path has at least one step.
        found.ok_or_else(|| self.unknown(0, Some(params), None))
    }

    fn unknown(
        &self,
        depth: usize,
        members: Option<&Map<String, Json>>,
        inside: Option<&Json>,
    ) -> UnknownParameter {
        let before = Self(self.0.iter().take(depth).cloned().collect());
        let hint = match (self.0.get(depth), members, inside) {
            (Some(Step::Member(name)), Some(members), _) => {
                let names: Vec<&str> = members.keys().map(String::as_str).collect();
                let full: Vec<String> = closest(name, names.iter().copied())
                    .into_iter()
                    .map(|close| format!("{before}.{close}"))
                    .collect();
                did_you_mean(&full).unwrap_or_else(|| known(&before, &names))
            }
            (_, _, Some(Json::Array(items))) => {
                text!("`{name}` has {count} items", name = before.to_string(), count = items.len())
            }
            _ => text!("`{name}` is neither a list nor an object", name = before.to_string()),
        };
        UnknownParameter {
            message: text!("the rule has no parameter `{name}`", name = self.to_string()),
            hint,
        }
    }
}

fn known(of: &ParameterPath, names: &[&str]) -> Text {
    match names.len() {
        0 if of.0.is_empty() => text!("add it to `params` of the rule"),
        0 => text!("`{name}` is empty", name = of.to_string()),
        1..=LISTED => text!("there are {names}", names = listed(names)),
        _ => text!("`{name}` has {count} others", name = of.to_string(), count = names.len()),
    }
}

impl fmt::Display for ParameterPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PARAMS)?;
        for step in &self.0 {
            match step {
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
