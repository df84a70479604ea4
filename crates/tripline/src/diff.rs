//! What changed from one version of a rule to another, in the rule's own terms.
//!
//! Looks at what a rule says, not at how it is written: formatting, the order of keys, nodes and edges, and defaults that
//! are written out are no change.
//! Nodes are known by their names, edges by the two nodes they join.
//!
//! ```
//! use tripline::{diff, parse_rule};
//!
//! let rule = |price: u32| {
//!     let text = format!(r#"{{"name": "r", "edges": [], "nodes": [{{"name": "cart", "type": "ATOMIC",
//!         "condition": {{"type": "EXPRESSION", "expression": "price > {price}"}}}}]}}"#);
//!     parse_rule(&text).document.unwrap()
//! };
//! let changes = diff::diff(&rule(100), &rule(200));
//! assert_eq!(changes[0].message, "condition of `cart`: `price > 100` becomes `price > 200`");
//! assert_eq!(changes[0].pointer, "/nodes/0/condition");
//! ```

mod aggregate;
mod graph;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use tripline_spec::{OnUpdateSpec, Pointer, RowSpec, RuleDocument, SeveritySpec};

use words::{becomes, instant, quoted};

/// One thing that is said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// A JSON Pointer, escaped: into the document after, or of what was removed into the one before.
    ///
    /// What a document leaves out is pointed at where it would stand.
    pub pointer: String,
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// What changed, in words: no full stop, what the authors wrote in backticks, and long texts shortened.
    pub message: String,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// It says something else.
    Changed,
}

/// What changed from `before` to `after`; a bare pattern is a row that says nothing else.
///
/// Identity and version are not compared.
///
/// # Shape
/// The settings of the row first, then the graph, its nodes and its edges; empty if both say the same.
///
/// # Cost
/// Grows with the size of both, and with the number of nodes times its logarithm.
#[must_use]
pub fn diff(before: &RuleDocument, after: &RuleDocument) -> Vec<Change> {
    let mut changes = Changes::default();
    settings(&mut changes, &Settings::of(before), &Settings::of(after));
    match (before.aggregate(), after.aggregate()) {
        (None, None) => graph::compare(&mut changes, before.pattern(), after.pattern()),
        (Some(before), Some(after)) => aggregate::compare(&mut changes, before, after),
        (aggregate, _) => {
            let at = At::of(&before.pattern().pointer, &after.pattern().pointer);
            let words = if aggregate.is_some() {
                ("AGGREGATE", "COMPOSITE")
            } else {
                ("COMPOSITE", "AGGREGATE")
            };
            changes.value(&at.key("type"), "type", (&words.0, &words.1), |word| quoted(word));
        }
    }
    changes.found
}

/// Where something stands in both documents, or would stand.
#[derive(Clone, Debug)]
struct At {
    before: Pointer,
    after: Pointer,
}

impl At {
    /// A setting of the row.
    fn setting(key: &str) -> Self {
        let pointer = Pointer::root().key(key);
        Self { before: pointer.clone(), after: pointer }
    }

    fn of(before: &Pointer, after: &Pointer) -> Self {
        Self { before: before.clone(), after: after.clone() }
    }

    fn key(&self, key: &str) -> Self {
        Self { before: self.before.key(key), after: self.after.key(key) }
    }
}

/// Collects changes.
#[derive(Debug, Default)]
struct Changes {
    found: Vec<Change>,
}

impl Changes {
    fn add(&mut self, at: &At, kind: ChangeKind, message: String) {
        let pointer = match kind {
            ChangeKind::Removed => &at.before,
            ChangeKind::Added | ChangeKind::Changed => &at.after,
        };
        self.found.push(Change { pointer: pointer.as_str().to_owned(), kind, message });
    }

    /// Compares two values that are always there.
    fn value<T: PartialEq>(
        &mut self,
        at: &At,
        what: &str,
        pair: (&T, &T),
        text: impl Fn(&T) -> String,
    ) {
        if pair.0 != pair.1 {
            let message = becomes(what, &text(pair.0), &text(pair.1));
            self.add(at, ChangeKind::Changed, message);
        }
    }

    /// Compares two values that may be absent.
    fn option<T: PartialEq>(
        &mut self,
        at: &At,
        what: &str,
        pair: (Option<&T>, Option<&T>),
        text: impl Fn(&T) -> String,
    ) {
        let (kind, value, verb) = match pair {
            (Some(before), Some(after)) => return self.value(at, what, (before, after), text),
            (Some(before), None) => (ChangeKind::Removed, before, "removed"),
            (None, Some(after)) => (ChangeKind::Added, after, "added"),
            (None, None) => return,
        };
        let message = format!("{what}: {} {verb}", words::clipped(&text(value)));
        self.add(at, kind, message);
    }
}

/// What a row says beside its pattern.
#[derive(Debug)]
struct Settings<'a> {
    row: Option<&'a RowSpec>,
}

impl<'a> Settings<'a> {
    fn of(document: &'a RuleDocument) -> Self {
        match document {
            RuleDocument::Row(row) => Self { row: Some(row) },
            _ => Self { row: None },
        }
    }

    /// A setting that may be unsaid.
    fn said<T>(&self, setting: impl Fn(&'a RowSpec) -> Option<&'a T>) -> Option<&'a T> {
        self.row.and_then(setting)
    }

    /// A setting that has a default.
    fn or<T>(&self, setting: impl Fn(&RowSpec) -> T, default: T) -> T {
        self.row.map_or(default, setting)
    }

    fn params(&self) -> BTreeMap<&'a str, &'a serde_json::Value> {
        self.row
            .map(|row| row.params.iter().map(|(name, value)| (name.as_str(), value)).collect())
            .unwrap_or_default()
    }

    fn labels(&self) -> BTreeMap<&'a str, &'a String> {
        self.row
            .map(|row| row.labels.iter().map(|(name, value)| (name.as_str(), value)).collect())
            .unwrap_or_default()
    }
}

fn settings(changes: &mut Changes, before: &Settings<'_>, after: &Settings<'_>) {
    let at = At::setting;
    let quoted_text = |text: &String| quoted(text);
    let name = (before.said(|row| row.name.as_ref()), after.said(|row| row.name.as_ref()));
    changes.option(&at("name"), "name", name, quoted_text);
    let description =
        (before.said(|row| row.description.as_ref()), after.said(|row| row.description.as_ref()));
    changes.option(&at("description"), "description", description, quoted_text);
    let key = (before.said(|row| row.key_by.as_ref()), after.said(|row| row.key_by.as_ref()));
    changes.value(&at("key_by"), "key_by", (&key.0, &key.1), |key| key_text(*key));
    let function =
        (before.said(|row| row.function.as_ref()), after.said(|row| row.function.as_ref()));
    changes.option(&at("function"), "function", function, quoted_text);
    entries(changes, "params", &before.params(), &after.params(), ToString::to_string);
    let severity = |settings: &Settings<'_>| settings.or(|row| row.severity, SeveritySpec::Info);
    plain(changes, "severity", severity(before), severity(after));
    let enabled = |settings: &Settings<'_>| settings.or(|row| row.enabled, true);
    plain(changes, "enabled", enabled(before), enabled(after));
    let from = (
        before.said(|row| row.effective_from.as_ref()),
        after.said(|row| row.effective_from.as_ref()),
    );
    changes.option(&at("effective_from"), "effective_from", from, |time| instant(*time));
    let until = (
        before.said(|row| row.effective_until.as_ref()),
        after.said(|row| row.effective_until.as_ref()),
    );
    changes.option(&at("effective_until"), "effective_until", until, |time| instant(*time));
    let on_update =
        |settings: &Settings<'_>| settings.or(|row| row.on_update, OnUpdateSpec::Restart);
    plain(changes, "on_update", on_update(before), on_update(after));
    entries(changes, "labels", &before.labels(), &after.labels(), |label| quoted(label));
}

/// Compares two values of a setting that has a default.
fn plain<T: Copy + PartialEq + Display>(changes: &mut Changes, key: &str, before: T, after: T) {
    changes.value(&At::setting(key), key, (&before, &after), ToString::to_string);
}

/// Compares two maps, entry by entry.
fn entries<T: PartialEq>(
    changes: &mut Changes,
    key: &str,
    before: &BTreeMap<&str, &T>,
    after: &BTreeMap<&str, &T>,
    text: impl Fn(&T) -> String,
) {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    for name in names {
        let pair = (before.get(name).copied(), after.get(name).copied());
        let what = format!("{key}.{}", words::clipped(name));
        changes.option(&At::setting(key).key(name), &what, pair, &text);
    }
}

fn key_text(key: Option<&Vec<String>>) -> String {
    match key.map(Vec::as_slice) {
        None => "the default key".to_owned(),
        Some([]) => "no key".to_owned(),
        Some(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
            fields.join(", ")
        }
    }
}
