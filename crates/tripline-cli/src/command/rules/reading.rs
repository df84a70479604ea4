//! What a stored version says, in the forms that commands need.

use serde_json::{Value, json};
use tripline::{
    CompiledRule, Diagnostics, FieldTable, OwnedColumns, Registry, RowColumns, RuleDocument,
    compile_rule, compose_row, migration_obstacle, split_row,
};
use tripline_rule_store::{RuleColumns, RuleRow, RuleText};

/// The columns of a stored version, or what is there instead.
pub(super) enum Content {
    /// The columns as they stand, whatever they say.
    Columns(Box<RuleColumns>),
    /// It cannot be read.
    Unread {
        /// What stands there, if it could be fetched.
        text: Option<String>,
        /// Why, in one line.
        problem: String,
    },
}

impl Content {
    /// Looks at a row.
    pub(super) fn of(row: &RuleRow) -> Self {
        match &row.text {
            Ok(RuleText::Columns(columns)) => Self::Columns(columns.clone()),
            Ok(RuleText::Document(text)) => match split_row(text) {
                Ok(columns) => Self::Columns(Box::new(stored_columns(columns))),
                Err(found) => {
                    Self::Unread { text: Some(text.to_string()), problem: first_problem(&found) }
                }
            },
            Err(problem) => Self::Unread { text: None, problem: problem.to_string() },
        }
    }

    pub(super) fn columns(&self) -> Option<&RuleColumns> {
        match self {
            Self::Columns(columns) => Some(columns),
            Self::Unread { .. } => None,
        }
    }

    pub(super) fn problem(&self) -> Option<&str> {
        match self {
            Self::Columns(_) => None,
            Self::Unread { problem, .. } => Some(problem),
        }
    }

    /// Whether it is to run; what cannot be read is not said to be off.
    pub(super) fn is_enabled(&self) -> bool {
        self.columns().and_then(|columns| columns.enabled).unwrap_or(true)
    }

    /// Who wrote it and when, as far as that is known.
    pub(super) fn origin(&self) -> (Option<&str>, Option<i64>) {
        let columns = self.columns();
        let by = columns.and_then(|columns| columns.updated_by.as_deref());
        (by, columns.and_then(|columns| columns.created_at_ms))
    }
}

/// A version, checked as `validate-rule` does.
pub(super) struct Reading {
    /// The rule, if it can run.
    pub(super) rule: Option<CompiledRule>,
    /// All findings; of a table's columns, line and column count within the column.
    pub(super) diagnostics: Diagnostics,
}

impl Reading {
    /// Checks a row; `Err` tells why there is nothing to check.
    pub(super) fn of(row: &RuleRow, registry: &Registry) -> Result<Self, String> {
        let check = |text: &str| {
            let check = compile_rule(text, registry, &mut FieldTable::new());
            Self { rule: check.rule, diagnostics: check.diagnostics }
        };
        match &row.text {
            Ok(RuleText::Document(text)) => Ok(check(text)),
            Ok(RuleText::Columns(columns)) => {
                let columns = row_columns(columns, row.id.as_str(), row.version.0);
                Ok(match compose_row(&columns) {
                    Ok(composed) => {
                        let mut reading = check(composed.text());
                        composed.relocate(&mut reading.diagnostics);
                        reading
                    }
                    Err(diagnostics) => Self { rule: None, diagnostics },
                })
            }
            Err(problem) => Err(problem.to_string()),
        }
    }

    /// The rule as written, or why there is none.
    pub(super) fn document(&self) -> Result<&RuleDocument, String> {
        self.rule
            .as_ref()
            .map(|rule| &rule.document)
            .ok_or_else(|| first_problem(&self.diagnostics))
    }
}

/// The first error, in one line.
pub(super) fn first_problem(diagnostics: &Diagnostics) -> String {
    diagnostics.errors().next().map_or_else(String::new, |error| {
        let place = if error.pointer.is_empty() { "" } else { " at " };
        format!(
            "{}{place}{}, line {}, column {}: {}",
            error.code, error.pointer, error.line, error.column, error.message
        )
    })
}

/// The columns of a store as those of a document.
pub(super) fn row_columns<'a>(
    columns: &'a RuleColumns,
    id: &'a str,
    version: i64,
) -> RowColumns<'a> {
    RowColumns {
        id,
        version,
        pattern: &columns.pattern,
        name: columns.name.as_deref(),
        description: columns.description.as_deref(),
        function: columns.function.as_deref(),
        key_by: columns.key_by.as_deref(),
        params: columns.params.as_deref(),
        severity: columns.severity.as_deref(),
        enabled: columns.enabled,
        effective_from_ms: columns.effective_from_ms,
        effective_until_ms: columns.effective_until_ms,
        on_update: columns.on_update.as_deref(),
        labels: columns.labels.as_deref(),
    }
}

/// The columns of a document as those of a store.
pub(super) fn stored_columns(columns: OwnedColumns) -> RuleColumns {
    RuleColumns {
        pattern: columns.pattern,
        name: columns.name,
        description: columns.description,
        function: columns.function,
        key_by: columns.key_by,
        params: columns.params,
        severity: columns.severity,
        enabled: columns.enabled,
        effective_from_ms: columns.effective_from_ms,
        effective_until_ms: columns.effective_until_ms,
        on_update: columns.on_update,
        labels: columns.labels,
        updated_by: None,
        created_at_ms: None,
    }
}

/// What an update does to the open attempts of the version before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OpenAttempts {
    /// There are none, since the version before does not run.
    None {
        /// Why it does not.
        because: String,
    },
    /// They are dropped.
    Dropped {
        /// Why.
        because: String,
    },
    /// They finish under the version before.
    Finish,
    /// They go on under the new version.
    Kept,
}

impl OpenAttempts {
    /// What the version `after` does to the attempts of `before`.
    pub(super) fn on_update(before: &CompiledRule, after: &CompiledRule) -> Self {
        let enabled = |rule: &CompiledRule| match &rule.document {
            RuleDocument::Row(row) => row.enabled,
            _ => true,
        };
        if !enabled(before) {
            return Self::None { because: "the version before is disabled".to_owned() };
        }
        if !enabled(after) {
            return Self::Dropped { because: "the new version is disabled".to_owned() };
        }
        let on_update = match &after.document {
            RuleDocument::Row(row) => row.on_update,
            _ => tripline_spec::OnUpdateSpec::Restart,
        };
        match on_update {
            tripline_spec::OnUpdateSpec::Restart => {
                Self::Dropped { because: "on_update is restart".to_owned() }
            }
            tripline_spec::OnUpdateSpec::Drain => Self::Finish,
            tripline_spec::OnUpdateSpec::Migrate => match migration_obstacle(before, after) {
                Some(because) => Self::Dropped { because: because.to_string() },
                None => Self::Kept,
            },
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::None { because } => format!("there are none, since {because}"),
            Self::Dropped { because } => format!("they are dropped, since {because}"),
            Self::Finish => {
                "they finish under the version before, since on_update is drain".to_owned()
            }
            Self::Kept => "they are kept, since on_update is migrate".to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        let (effect, because) = match self {
            Self::None { because } => ("none", Some(because)),
            Self::Dropped { because } => ("dropped", Some(because)),
            Self::Finish => ("finish", None),
            Self::Kept => ("kept", None),
        };
        json!({"effect": effect, "because": because})
    }
}
