//! Whether all events of a key come to the instance that a rule runs in.

use tripline_condition::Registry;
use tripline_message::{Text, text};
use tripline_spec::{Code, Diagnostic, Diagnostics, Pointer, RuleDocument};

/// Refuses a rule whose key lacks a field by which a source is split among instances: events of one key would go to
/// several of them, and none would see all.
pub(crate) fn check(document: &RuleDocument, registry: &Registry, diagnostics: &mut Diagnostics) {
    let partitioning = registry.partitioning();
    if partitioning.sources.is_empty() {
        return;
    }
    let row = document.row();
    let (key, name): (&[String], &str) = match (document.aggregate(), row) {
        (Some(spec), _) => (&spec.group_by, "groupBy"),
        (None, Some(row)) => (row.key_by.as_deref().unwrap_or(&partitioning.default_key), "key_by"),
        (None, None) => (&partitioning.default_key, "key_by"),
    };
    for (source, fields) in &partitioning.sources {
        let missing: Vec<&str> =
            fields.iter().filter(|field| !key.contains(field)).map(String::as_str).collect();
        if missing.is_empty() {
            continue;
        }
        let at = match (document.aggregate(), row) {
            (Some(spec), _) => spec.pointer.key("groupBy"),
            (None, Some(row)) => row.pointer.key("key_by"),
            (None, None) => Pointer::default(),
        };
        let message = text!(
            "the source `{source}` gives this instance only some of its partitions, which are made by {fields}, and `{key}` \
             does not name {missing}: events of one key would be in several instances, and none would see all",
            source,
            fields = Text::names(fields.iter().map(String::as_str)),
            key = name,
            missing = Text::names(missing)
        );
        let hint = text!(
            "add the fields to `{key}`, or run the rule where one instance reads all partitions",
            key = name
        );
        diagnostics.push(Diagnostic::new(Code::KeyIsSplit, &at, message).with_hint(hint));
    }
}
