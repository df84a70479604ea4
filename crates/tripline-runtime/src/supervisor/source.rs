//! From a row to what the builder is given.

use std::sync::Arc;

use tripline::{ComposedRow, Diagnostics, RowColumns, RuleEffect, RuleSource, compose_row};
use tripline_rule_store::{RuleRow, RuleText};

use super::status::{diagnostics_json, problem_text, row_problem};

/// What the builder is to be given for a row; or the findings, if it cannot even be read.
pub(crate) fn source_of(
    row: &RuleRow,
    default_key: &[String],
) -> Result<(RuleSource, Option<ComposedRow>), String> {
    let source = |text: Arc<str>| RuleSource {
        id: row.id.clone(),
        version: row.version,
        text,
        default_key: default_key.to_vec(),
    };
    match &row.text {
        Err(problem) => {
            let all = vec![row_problem(&problem_text(problem))];
            Err(serde_json::Value::Array(all).to_string())
        }
        Ok(RuleText::Document(text)) => Ok((source(Arc::clone(text)), None)),
        Ok(RuleText::Columns(columns)) => {
            let composed = compose_row(&RowColumns {
                id: row.id.as_str(),
                version: row.version.0,
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
            });
            let composed = composed
                .map_err(|found: Diagnostics| diagnostics_json(&found, &RuleEffect::Rejected))?;
            Ok((source(Arc::from(composed.text())), Some(composed)))
        }
    }
}

/// Whether a row is switched off, whatever else it says.
pub(crate) fn says_disabled(row: &RuleRow) -> bool {
    match &row.text {
        Ok(RuleText::Columns(columns)) => columns.enabled == Some(false),
        Ok(RuleText::Document(text)) => {
            let row: Result<serde_json::Value, _> = serde_json::from_str(text);
            row.is_ok_and(|row| {
                row.get("enabled") == Some(&false.into()) && row.get("pattern").is_some()
            })
        }
        Err(_) => false,
    }
}
