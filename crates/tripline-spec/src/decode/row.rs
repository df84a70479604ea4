//! Rows, and which kind of document a text is.

use std::collections::BTreeMap;

use tripline_message::{Code, text};

use super::decoder::Decoder;
use crate::diagnostic::Diagnostic;
use crate::json::{JsonKind, JsonNode};
use crate::pointer::Pointer;
use crate::spec::{OnUpdateSpec, PatternSpec, RowSpec, RuleDocument, SeveritySpec};
use crate::suggest::shown;

const ROW_KEYS: [&str; 17] = [
    "id",
    "version",
    "name",
    "description",
    "key_by",
    "function",
    "params",
    "severity",
    "enabled",
    "effective_from",
    "effective_until",
    "on_update",
    "labels",
    "pattern",
    // The store's own columns, and the editors' key.
    "updated_by",
    "created_at",
    "$schema",
];

/// The largest length of an id, in characters.
const MAX_ID_CHARS: usize = 256;

impl Decoder {
    /// Reads a rule; `pattern` is the JSON inside the string `pattern` of `root`, if that is one.
    pub(super) fn document(
        &mut self,
        root: &JsonNode,
        pattern: Option<&JsonNode>,
    ) -> Option<RuleDocument> {
        let is_row = match root.get("pattern").map(|node| &node.kind) {
            Some(JsonKind::Object(_) | JsonKind::String(_)) => true,
            Some(_) => root.get("nodes").is_none(),
            None => false,
        };
        if is_row {
            self.row(root, pattern).map(|row| RuleDocument::Row(Box::new(row)))
        } else {
            self.pattern(root, &Pointer::root()).map(PatternSpec::into_document)
        }
    }

    fn pattern(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<PatternSpec> {
        if let Some(JsonKind::String(kind)) = node.get("type").map(|kind| &kind.kind)
            && kind.eq_ignore_ascii_case("AGGREGATE")
        {
            let aggregate = self.aggregate(node, pointer)?;
            return Some(PatternSpec::Aggregate(Box::new(aggregate)));
        }
        self.top_graph(node, pointer).map(|graph| PatternSpec::Graph(Box::new(graph)))
    }

    fn row(&mut self, node: &JsonNode, pattern: Option<&JsonNode>) -> Option<RowSpec> {
        let fields = self.fields(node, &Pointer::root(), &ROW_KEYS)?;
        let id = self.required(&fields, "id", Self::id);
        let version = self.required(&fields, "version", Self::integer);
        let name = self.optional(&fields, "name", Self::string);
        let description = self.optional(&fields, "description", Self::string);
        let key_by = self.optional(&fields, "key_by", |decoder, node, pointer| {
            decoder.array(node, pointer, Self::filled_string)
        });
        let function = self.optional(&fields, "function", Self::string);
        let params = self.optional(&fields, "params", Self::map);
        let severity = self.optional(&fields, "severity", Self::keyword);
        let enabled = self.optional(&fields, "enabled", Self::boolean);
        let effective_from = self.optional(&fields, "effective_from", Self::instant);
        let effective_until = self.optional(&fields, "effective_until", Self::instant);
        let on_update = self.optional(&fields, "on_update", Self::keyword);
        let labels = self.optional(&fields, "labels", Self::labels);
        let graph = self.required(&fields, "pattern", |decoder, node, pointer| {
            match node.kind {
                // A string that is not JSON has its diagnostic already.
                JsonKind::String(_) => decoder.pattern(pattern?, pointer),
                _ => decoder.pattern(node, pointer),
            }
        });
        if let (Some(from), Some(until)) = (effective_from, effective_until)
            && from >= until
        {
            let message = text!("`effective_until` is not after `effective_from`");
            let hint = text!("the rule is in force from the one until before the other");
            let at = fields.pointer.key("effective_until");
            self.diagnostics
                .push(Diagnostic::new(Code::NeverInForce, &at, message).with_hint(hint));
        }
        Some(RowSpec {
            id: id?,
            version: version?,
            name,
            description,
            key_by,
            function,
            params: params.unwrap_or_default(),
            severity: severity.unwrap_or(SeveritySpec::Info),
            enabled: enabled.unwrap_or(true),
            effective_from,
            effective_until,
            on_update: on_update.unwrap_or(OnUpdateSpec::Restart),
            labels: labels.unwrap_or_default(),
            pattern: graph?,
            pointer: fields.pointer,
        })
    }

    /// Reads an id: a string, or an integer, which some tables have.
    fn id(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<String> {
        if let JsonKind::Number(text) = &node.kind {
            return self.integer(node, pointer).map(|_| text.clone());
        }
        let id = self.filled_string(node, pointer)?;
        if id.chars().nth(MAX_ID_CHARS).is_some() {
            let message = text!("an id has at most {limit} characters", limit = MAX_ID_CHARS);
            self.error(Code::InvalidValue, pointer, message, None);
            return None;
        }
        Some(id)
    }

    /// Reads milliseconds since 1970, or a date and time with its offset.
    fn instant(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<i64> {
        let JsonKind::String(text) = &node.kind else {
            return self.integer(node, pointer);
        };
        match text.parse::<jiff::Timestamp>() {
            Ok(instant) => Some(instant.as_millisecond()),
            Err(_) => {
                let message =
                    text!("`{text}` is not a date and time with its offset", text = shown(text));
                let hint =
                    text!("write it as `2026-01-31T08:00:00+08:00`, or as milliseconds since 1970");
                self.error(Code::InvalidValue, pointer, message, hint);
                None
            }
        }
    }

    fn labels(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<BTreeMap<String, String>> {
        let JsonKind::Object(members) = &node.kind else {
            return self.wrong_type(text!("an object"), node, pointer);
        };
        let read: Vec<_> = members
            .iter()
            .map(|member| {
                let value = self.string(&member.value, &pointer.key(&member.name))?;
                Some((member.name.clone(), value))
            })
            .collect();
        read.into_iter().collect()
    }
}
