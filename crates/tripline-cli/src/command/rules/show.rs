//! `tripline rules show`.

use std::io::Write as _;

use clap::Args;
use serde_json::{Value, json};
use tripline::compose_row;
use tripline_rule_store::{RuleColumns, RuleRow};

use super::pretty::pretty;
use super::reading::{Content, row_columns};
use super::session::Access;
use super::{Common, RulesError};
use crate::command::{Format, complain};
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The id of the rule
    id: String,
    /// The version; the highest unless given
    #[arg(long = "version", value_name = "N")]
    version: Option<i64>,
    #[command(flatten)]
    common: Common,
}

impl Show {
    pub(super) fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let row = session.version(&self.id, self.version)?;
        let content = Content::of(&row);
        if self.common.format == Format::Json {
            out.print(|out| writeln!(out, "{}", row_json(&row, &content)));
            return Ok(Exit::Success);
        }
        match &content {
            Content::Columns(columns) => {
                let text = document(columns, &row);
                out.print(|out| out.write_all(text.as_bytes()));
            }
            Content::Unread { text: Some(text), problem } => {
                complain(&printable(&format!("this is no rule: {problem}")));
                out.print(|out| writeln!(out, "{}", text.trim_end()));
            }
            Content::Unread { text: None, problem } => {
                let (id, version) = (self.id.clone(), row.version.0);
                return Err(RulesError::Unread { id, version, problem: problem.clone() });
            }
        }
        Ok(Exit::Success)
    }
}

/// A version as a row document, ready to be changed and pushed.
///
/// What cannot stand in a document as it is stands there as a string, so that nothing is lost.
pub(super) fn document(columns: &RuleColumns, row: &RuleRow) -> String {
    let (id, version) = (row.id.as_str(), row.version.0);
    let pattern = pretty(&columns.pattern, 2);
    let mut parts = row_columns(columns, id, version);
    parts.pattern = &pattern;
    compose_row(&parts).map_or_else(
        |_| format!("{:#}\n", columns_json(columns, id, version)),
        |composed| composed.text().to_owned(),
    )
}

/// The columns of a row as they stand: `pattern`, `key_by`, `params` and `labels` as texts.
fn columns_json(columns: &RuleColumns, id: &str, version: i64) -> Value {
    json!({
        "id": id,
        "version": version,
        "name": columns.name,
        "description": columns.description,
        "key_by": columns.key_by,
        "function": columns.function,
        "params": columns.params,
        "severity": columns.severity,
        "enabled": columns.enabled,
        "effective_from": columns.effective_from_ms,
        "effective_until": columns.effective_until_ms,
        "on_update": columns.on_update,
        "labels": columns.labels,
        "updated_by": columns.updated_by,
        "created_at": columns.created_at_ms,
        "pattern": columns.pattern,
    })
}

fn row_json(row: &RuleRow, content: &Content) -> Value {
    let (id, version) = (row.id.as_str(), row.version.0);
    match content {
        Content::Columns(columns) => columns_json(columns, id, version),
        Content::Unread { text, problem } => {
            json!({"id": id, "version": version, "text": text, "problem": problem})
        }
    }
}
