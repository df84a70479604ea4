//! The conditions of a registry for people and editors: a JSON Schema, and the reference of `docs/plugins.md`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tripline_condition::{
    COMBINATIONS, Combination, ConditionFactory, Example, Origin, ParameterDoc, Registry, Truth,
};
use tripline_message::{Text, text};

/// The JSON Schema of conditions of type CLASS, wherever in a document they stand.
///
/// For editors, beside the schema of rules: it knows the names of `registry` and the arguments of each, and leaves names
/// that it does not know alone.
#[must_use]
pub fn schema_conditions(registry: &Registry) -> Value {
    let mut definitions = Map::new();
    let mut names = Vec::new();
    let mut arguments = Vec::new();
    for (name, factory) in registry.conditions() {
        names.push(json!({"const": name, "description": factory.description()}));
        arguments.push(arguments_of(name, factory, &mut definitions));
    }
    for Combination { name, description, .. } in COMBINATIONS {
        names.push(json!({"const": name, "description": description}));
        let most = if *name == "RichNotCondition" { json!(1) } else { json!(1_000) };
        arguments.push(json!({
            "if": {"properties": {"className": {"pattern": format!("{name}$")}}},
            "then": {
                "properties": {"nestedConditions": {"type": "array", "minItems": 1, "maxItems": most}},
                "required": ["nestedConditions"],
            },
        }));
    }
    names.push(json!({"type": "string", "minLength": 1}));
    definitions.insert(
        "condition".to_owned(),
        json!({
            "properties": {"className": {"description": "The name of the condition.", "anyOf": names}},
            "allOf": arguments,
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tripline conditions of type CLASS, anywhere in a rule",
        "$ref": "#/$defs/value",
        "$defs": with_value(definitions),
    })
}

/// The definitions, and that of any value: an object of type CLASS is a condition, and all else is looked into.
fn with_value(mut definitions: Map<String, Value>) -> Map<String, Value> {
    let value = json!({
        "if": {
            "type": "object",
            "properties": {"type": {"const": "CLASS"}},
            "required": ["type", "className"],
        },
        "then": {"$ref": "#/$defs/condition"},
        "properties": {"args": true},
        "additionalProperties": {"$ref": "#/$defs/value"},
        "items": {"$ref": "#/$defs/value"},
    });
    definitions.insert("value".to_owned(), value);
    definitions
}

/// What the arguments of one condition must be.
fn arguments_of(
    name: &str,
    factory: &dyn ConditionFactory,
    definitions: &mut Map<String, Value>,
) -> Value {
    let mut schema = factory.parameters_schema();
    let mut then = Map::new();
    if let Some(members) = schema.as_object_mut() {
        for key in ["$schema", "title"] {
            members.remove(key);
        }
        if let Some(Value::Object(own)) = members.remove("$defs") {
            for (key, mut definition) in own {
                point_to_own(name, &mut definition, 0);
                definitions.insert(format!("{name}.{key}"), definition);
            }
        }
        if name == "SubtypeCondition"
            && let Some(required) = members.get_mut("required").and_then(Value::as_array_mut)
        {
            // It stands beside the name in rules.
            required.retain(|parameter| parameter != "subClassName");
        }
        let required = members.get("required").and_then(Value::as_array);
        if required.is_some_and(|required| !required.is_empty()) {
            then.insert("required".to_owned(), json!(["args"]));
        }
        if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
            for parameter in properties.values_mut() {
                or_parameter_of_the_rule(parameter);
            }
        }
    }
    point_to_own(name, &mut schema, 0);
    let forms = json!([schema, {"type": "array"}, {"type": ["string", "number", "boolean"]}]);
    then.insert("properties".to_owned(), json!({"args": {"anyOf": forms}}));
    json!({"if": {"properties": {"className": {"const": name}}}, "then": then})
}

/// Lets `params.x` stand for a parameter of the rule.
fn or_parameter_of_the_rule(schema: &mut Value) {
    let description = schema.get("description").cloned();
    let inner = std::mem::take(schema);
    *schema = json!({"anyOf": [inner, {"type": "string", "pattern": "^params\\."}]});
    if let (Some(description), Some(members)) = (description, schema.as_object_mut()) {
        members.insert("description".to_owned(), description);
    }
}

/// The deepest that schemas of parameters nest; what lies deeper keeps its references.
const MAX_DEPTH: usize = 64;

/// Lets references lead to definitions that bear the condition's name.
fn point_to_own(name: &str, schema: &mut Value, depth: usize) {
    match schema {
        Value::Object(members) if depth < MAX_DEPTH => {
            for (key, value) in members {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        if let Some(own) = reference.strip_prefix("#/$defs/") {
                            *reference = format!("#/$defs/{name}.{own}");
                        }
                    }
                    _ => point_to_own(name, value, depth + 1),
                }
            }
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            items.iter_mut().for_each(|item| point_to_own(name, item, depth + 1));
        }
        _ => {}
    }
}

/// The reference of the conditions that ship with Tripline, as Markdown: a part of `docs/plugins.md`.
#[must_use]
pub fn conditions_reference() -> String {
    let registry = Registry::with_builtins();
    let mut text = String::new();
    for (name, factory) in registry.conditions() {
        if registry.origin(name) != Some(Origin::Shipped) {
            continue;
        }
        line(&mut text, &format!("### {name}\n\n{}.\n", capitalised(factory.description())));
        line(&mut text, "| parameter | takes | meaning |\n|---|---|---|");
        for parameter in ParameterDoc::all(&factory.parameters_schema()) {
            let given = match (&parameter.default, parameter.required) {
                (Some(default), _) => format!("; `{default}` unless given"),
                (None, true) => "; required".to_owned(),
                (None, false) => String::new(),
            };
            let (name, takes) = (&parameter.name, &parameter.takes);
            line(&mut text, &format!("| `{name}` | {takes}{given} | {} |", parameter.description));
        }
        line(&mut text, "\n| `args` | event | | |\n|---|---|---|---|");
        write_examples(&mut text, factory.examples());
    }
    for Combination { name, description, takes, examples } in COMBINATIONS {
        line(&mut text, &format!("### {name}\n\n{}.", capitalised(description)));
        line(&mut text, &format!("It takes no `args` but `nestedConditions`: {takes}."));
        line(&mut text, "Any name that ends so is this one, so Flink's full name is too.\n");
        line(&mut text, "| `nestedConditions` | event | | |\n|---|---|---|---|");
        write_examples(&mut text, examples);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn write_examples(text: &mut String, examples: &[Example]) {
    for Example { about, args, event, truth } in examples {
        let args = args.replace('|', "\\|");
        line(text, &format!("| `{args}` | `{event}` | {} | {about} |", truth_word(*truth)));
    }
    text.push('\n');
}

/// What a condition says, in a word.
#[must_use]
pub fn truth_word(truth: Truth) -> Text {
    match truth {
        Truth::True => text!("holds"),
        Truth::False => text!("does not hold"),
        Truth::Unknown => text!("unknown"),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _written = writeln!(text, "{line}");
}
