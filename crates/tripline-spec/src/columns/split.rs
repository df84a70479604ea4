//! From a document to the columns of a table.

use super::RowColumns;
use crate::diagnostic::Diagnostics;
use crate::json::{JsonKind, JsonNode};
use crate::parse_rule;
use crate::spec::RuleDocument;

/// A document, taken apart into the columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnedColumns {
    /// The row's id; `None` of a bare graph.
    pub id: Option<String>,
    /// The row's version; `None` of a bare graph.
    pub version: Option<i64>,
    /// The pattern, letter by letter.
    pub pattern: String,
    /// A name for people.
    pub name: Option<String>,
    /// What the rule is for.
    pub description: Option<String>,
    /// The action that handles matches.
    pub function: Option<String>,
    /// The key fields: a JSON array, letter by letter.
    pub key_by: Option<String>,
    /// The parameters: a JSON object, letter by letter.
    pub params: Option<String>,
    /// How grave a match is.
    pub severity: Option<String>,
    /// Whether it is to run.
    pub enabled: Option<bool>,
    /// From when on it is in force, in ms since 1970.
    pub effective_from_ms: Option<i64>,
    /// Until when it is in force, in ms since 1970, exclusive.
    pub effective_until_ms: Option<i64>,
    /// What happens to open attempts of the version before.
    pub on_update: Option<String>,
    /// Labels: a JSON object, letter by letter.
    pub labels: Option<String>,
}

impl OwnedColumns {
    /// The columns as a row of this rule, whatever the document said of id and version.
    #[must_use]
    pub fn of_rule<'a>(&'a self, id: &'a str, version: i64) -> RowColumns<'a> {
        RowColumns {
            id,
            version,
            pattern: &self.pattern,
            name: self.name.as_deref(),
            description: self.description.as_deref(),
            function: self.function.as_deref(),
            key_by: self.key_by.as_deref(),
            params: self.params.as_deref(),
            severity: self.severity.as_deref(),
            enabled: self.enabled,
            effective_from_ms: self.effective_from_ms,
            effective_until_ms: self.effective_until_ms,
            on_update: self.on_update.as_deref(),
            labels: self.labels.as_deref(),
        }
    }
}

/// Takes a document apart into columns; a bare graph has only the pattern.
///
/// What the document does not say, or says with `null`, is `None`: defaults stay unsaid.
/// Keys that a row does not know are lost.
///
/// # Errors
/// All diagnostics of a document that cannot be read.
pub fn split_row(text: &str) -> Result<OwnedColumns, Diagnostics> {
    let parsed = parse_rule(text);
    let (Some(document), Some(root)) = (parsed.document, parsed.source.root()) else {
        return Err(parsed.diagnostics);
    };
    let slice = |node: &JsonNode| text.get(node.span.clone()).unwrap_or_default().to_owned();
    let row = match document {
        RuleDocument::Graph(_) | RuleDocument::Aggregate(_) => {
            return Ok(OwnedColumns { pattern: slice(root), ..OwnedColumns::default() });
        }
        RuleDocument::Row(row) => row,
    };
    let said = |key: &str| root.get(key).filter(|node| !node.is_null());
    let pattern = match said("pattern") {
        Some(JsonNode { kind: JsonKind::String(inner), .. }) => inner.clone(),
        Some(node) => slice(node),
        None => String::new(),
    };
    Ok(OwnedColumns {
        id: Some(row.id),
        version: Some(row.version),
        pattern,
        name: row.name,
        description: row.description,
        function: row.function,
        key_by: said("key_by").map(slice),
        params: said("params").map(slice),
        severity: said("severity").map(|_| row.severity.to_string()),
        enabled: said("enabled").map(|_| row.enabled),
        effective_from_ms: row.effective_from,
        effective_until_ms: row.effective_until,
        on_update: said("on_update").map(|_| row.on_update.to_string()),
        labels: said("labels").map(slice),
    })
}
