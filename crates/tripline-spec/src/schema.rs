//! The JSON Schema of rules, from the types.
//!
//! It describes the canonical spelling, for editors and other tools; [`crate::parse_rule`] accepts more spellings.
//! What is valid by the schema (formats included) parses, as far as size and nesting stay within the limits.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::spec::{PatternSpec, RowSpec};

/// The schema of a pattern graph or an aggregate, draft 2020-12.
#[must_use]
pub fn schema_rule() -> Value {
    let mut schema = root_schema::<PatternSpec>("Tripline rule: a pattern graph, or an aggregate");
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for name in ["GraphSpec", "AggregateSpec"] {
            if let Some(definition) = definitions.get_mut(name).and_then(Value::as_object_mut) {
                allow_schema_key(definition);
            }
        }
    }
    schema.to_value()
}

/// The schema of a row of the rule table, draft 2020-12.
#[must_use]
pub fn schema_row() -> Value {
    let mut schema = root_schema::<RowSpec>("Tripline rule: a row of the rule table");
    if let Some(object) = schema.as_object_mut() {
        allow_schema_key(object);
    }
    schema.to_value()
}

fn root_schema<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema
}

/// Lets a document name its schema, which editors look for.
fn allow_schema_key(schema: &mut Map<String, Value>) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "$schema".to_owned(),
            json!({"description": "The schema of this document, for editors.", "type": "string"}),
        );
    }
}
