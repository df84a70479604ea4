//! The reference of the configuration, out of its schema.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value as Json;
use tripline_connectors::{SINKS, SOURCES};

use super::read::resolved;
use super::schema_config;

/// All sections and keys with what they mean, as Markdown: what stands in `docs/configuration.md`.
#[must_use]
pub fn config_reference() -> String {
    let schema = schema_config();
    let mut text = String::new();
    let sections = schema.get("properties").and_then(Json::as_object);
    for (name, section) in sections.into_iter().flatten() {
        write_section(&schema, name, section, &mut text);
    }
    text
}

/// The pages of all kinds of sources and sinks, by name, as Markdown: what stands in `docs/connectors`.
#[must_use]
pub fn connector_pages() -> Vec<(String, String)> {
    let mut pages: BTreeMap<&str, String> = BTreeMap::new();
    let sources = SOURCES.iter().map(|kind| (kind.name, kind.page, "sources", (kind.schema)()));
    let sinks = SINKS.iter().map(|kind| (kind.name, kind.page, "sinks", (kind.schema)()));
    for (name, about, section, schema) in sources.chain(sinks) {
        let title = || {
            format!("<!-- Made by `cargo xtask schemas`. -->\n\n# `type = \"{name}\"`\n\n{about}")
        };
        let page = pages.entry(about).or_insert_with(title);
        let what = schema.get("description").and_then(Json::as_str).unwrap_or_default();
        let _infallible =
            write!(page, "\n## `[{section}.NAME]`\n\n`type = \"{name}\"`: {}\n", one_line(what));
        write_keys(&schema, &schema, page);
    }
    pages.into_iter().map(|(about, page)| (page_name(about).to_owned(), page)).collect()
}

/// The name of the page that begins like this: that of the first kind that has it.
fn page_name(about: &str) -> &'static str {
    let sources = SOURCES.iter().map(|kind| (kind.name, kind.page));
    let sinks = SINKS.iter().map(|kind| (kind.name, kind.page));
    let mut all = sources.chain(sinks);
    all.find(|(_, page)| *page == about).map_or("", |(name, _)| name)
}

/// The keys of a section that has no sections.
fn write_keys(root: &Json, section: &Json, text: &mut String) {
    let required: Vec<&str> = section
        .get("required")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let Some(keys) = section.get("properties").and_then(Json::as_object) else { return };
    text.push_str("\n| Key | Value | What |\n|---|---|---|\n");
    for (key, value) in keys {
        let what = value.get("description").and_then(Json::as_str).unwrap_or_default();
        let needed = if required.contains(&key.as_str()) { " Needed." } else { "" };
        let kind = kind(resolved(root, value));
        let _infallible = writeln!(text, "| `{key}` | {kind} | {}{needed} |", one_line(what));
    }
}

/// A section, and those in it.
fn write_section(schema: &Json, name: &str, section: &Json, text: &mut String) {
    let about = section.get("description").and_then(Json::as_str).unwrap_or_default();
    let section = resolved(schema, section);
    // Writing to a text does not fail.
    let name = if ["sources", "sinks"].contains(&name) { &format!("{name}.NAME") } else { name };
    let _infallible = write!(text, "### `[{name}]`\n\n{}\n", one_line(about));
    let Some(keys) = section.get("properties").and_then(Json::as_object) else {
        text.push('\n');
        return;
    };
    let is_section = |value: &Json| resolved(schema, value).get("type") == Some(&"object".into());
    text.push_str("\n| Key | Value | What |\n|---|---|---|\n");
    for (key, value) in keys.iter().filter(|(_, value)| !is_section(value)) {
        let what = value.get("description").and_then(Json::as_str).unwrap_or_default();
        let kind = kind(resolved(schema, value));
        let _infallible = writeln!(text, "| `{key}` | {kind} | {} |", one_line(what));
    }
    text.push('\n');
    for (key, value) in keys.iter().filter(|(_, value)| is_section(value)) {
        write_section(schema, &format!("{name}.{key}"), value, text);
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a value may be.
fn kind(schema: &Json) -> String {
    let words: Vec<String> = schema
        .get("enum")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|word| format!("`{word}`"))
        .collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    let text = |key: &str| schema.get(key).and_then(Json::as_str).unwrap_or_default();
    match (text("type"), text("pattern")) {
        ("string", "") => "text".to_owned(),
        ("string", _) => "duration, as `\"10s\"`".to_owned(),
        ("array", _) => "list of texts".to_owned(),
        ("object", _) => "table".to_owned(),
        (other, _) => other.to_owned(),
    }
}
