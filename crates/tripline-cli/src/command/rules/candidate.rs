//! A rule as it would be stored.

use std::collections::BTreeMap;

use tripline::diff::{Change, diff};
use tripline::{
    CompiledRule, FieldTable, Registry, RowSpec, RuleDocument, RuleId, RuleVersion, SeveritySpec,
    compile_rule, compose_row, split_row,
};
use tripline_rule_store::{NewRule, RuleColumns, RuleRow, RuleText};
use tripline_spec::{OnUpdateSpec, PatternSpec};

use super::RulesError;
use super::reading::{Content, OpenAttempts, Reading, first_problem, row_columns, stored_columns};

/// A rule that is to become a version of its own.
pub(super) struct Candidate {
    id: RuleId,
    columns: RuleColumns,
    /// The version that its document names, if it names one.
    pub(super) version: Option<i64>,
    /// What it says as a row.
    pub(super) rule: CompiledRule,
    /// Whether it is disabled only because the version before is.
    pub(super) stays_disabled: bool,
}

impl Candidate {
    /// Takes the document of a file for this rule; `latest` is the highest version in the store.
    ///
    /// A document that does not say whether the rule is enabled leaves it as it is.
    pub(super) fn of_document(
        text: &str,
        id: &RuleId,
        latest: Option<&RuleRow>,
        registry: &Registry,
    ) -> Result<Self, RulesError> {
        let invalid = |problem| RulesError::Invalid { id: id.to_string(), problem };
        let columns = split_row(text).map_err(|found| invalid(first_problem(&found)))?;
        let version = columns.version;
        let mut columns = stored_columns(columns);
        let stays_disabled = columns.enabled.is_none()
            && latest.is_some_and(|latest| !Content::of(latest).is_enabled());
        if stays_disabled {
            columns.enabled = Some(false);
        }
        let mut candidate = Self::of_columns(columns, id, registry)?;
        candidate.version = version;
        candidate.stays_disabled = stays_disabled;
        Ok(candidate)
    }

    /// Takes the columns of another version of the rule.
    pub(super) fn of_columns(
        mut columns: RuleColumns,
        id: &RuleId,
        registry: &Registry,
    ) -> Result<Self, RulesError> {
        let invalid = |problem| RulesError::Invalid { id: id.to_string(), problem };
        columns.updated_by = None;
        columns.created_at_ms = None;
        let composed = compose_row(&row_columns(&columns, id.as_str(), 0))
            .map_err(|found| invalid(first_problem(&found)))?;
        let mut check = compile_rule(composed.text(), registry, &mut FieldTable::new());
        composed.relocate(&mut check.diagnostics);
        let rule = check.rule.ok_or_else(|| invalid(first_problem(&check.diagnostics)))?;
        Ok(Self { id: id.clone(), columns, version: None, rule, stays_disabled: false })
    }

    /// Whether a stored version says exactly this, who wrote it and when aside.
    pub(super) fn is_said_by(&self, row: &RuleRow, registry: &Registry) -> bool {
        let reading = Reading::of(row, registry).ok();
        reading
            .and_then(|reading| reading.rule)
            .is_some_and(|stored| as_row(&stored.document) == as_row(&self.rule.document))
    }

    /// The version to be stored.
    pub(super) fn new_rule(&self, version: i64, by: Option<String>) -> Result<NewRule, RulesError> {
        let id = self.id.clone();
        let composed = compose_row(&row_columns(&self.columns, id.as_str(), version));
        let document = composed
            .map_err(|found| RulesError::Invalid {
                id: id.to_string(),
                problem: first_problem(&found),
            })?
            .text()
            .to_owned();
        let columns = RuleColumns { updated_by: by, ..self.columns.clone() };
        Ok(NewRule { id, version: RuleVersion(version), columns, document })
    }

    /// What it changes of a stored version.
    pub(super) fn against(&self, before: &RuleRow, registry: &Registry) -> Comparison {
        let version = before.version.0;
        let known = match Reading::of(before, registry) {
            Ok(Reading { rule: Some(rule), .. }) => Ok(rule),
            Ok(reading) => Err(first_problem(&reading.diagnostics)),
            Err(problem) => Err(problem),
        };
        let found = known.map(|rule| {
            let attempts = OpenAttempts::on_update(&rule, &self.rule);
            (diff(&rule.document, &self.rule.document), attempts)
        });
        Comparison { version, found }
    }
}

/// What changed since a stored version.
pub(super) struct Comparison {
    /// The version before.
    pub(super) version: i64,
    /// What changed and what becomes of open attempts; or what is wrong with the version before.
    pub(super) found: Result<(Vec<Change>, OpenAttempts), String>,
}

/// A stored version, as if it had just been stored.
pub(super) fn stored(rule: &NewRule) -> RuleRow {
    let (id, version) = (rule.id.clone(), rule.version);
    let text = Ok(RuleText::Columns(Box::new(rule.columns.clone())));
    RuleRow { id, version, hash: 0, text }
}

/// A document as a row without identity, to be compared.
fn as_row(document: &RuleDocument) -> RowSpec {
    match document {
        RuleDocument::Row(row) => RowSpec { id: String::new(), version: 0, ..(**row).clone() },
        other => RowSpec {
            id: String::new(),
            version: 0,
            name: None,
            description: None,
            key_by: None,
            function: None,
            params: serde_json::Map::new(),
            severity: SeveritySpec::Info,
            enabled: true,
            effective_from: None,
            effective_until: None,
            on_update: OnUpdateSpec::Restart,
            labels: BTreeMap::new(),
            pattern: match other.aggregate() {
                Some(aggregate) => PatternSpec::Aggregate(Box::new(aggregate.clone())),
                None => PatternSpec::Graph(Box::new(other.pattern().clone())),
            },
            pointer: tripline_spec::Pointer::root(),
        },
    }
}
