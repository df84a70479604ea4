//! Every expression of the conformance cases compiles, with the nodes of its own rule.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tripline_event::FieldTable;

use crate::{Binder, Dialect, compile_expression};

/// Names of atomic nodes, and expressions, anywhere in a rule.
fn collect<'j>(json: &'j Json, nodes: &mut Vec<&'j str>, expressions: &mut Vec<&'j str>) {
    match json {
        Json::Array(items) => {
            for item in items {
                collect(item, nodes, expressions);
            }
        }
        Json::Object(object) => {
            if object.get("type").and_then(Json::as_str) != Some("COMPOSITE") {
                nodes.extend(object.get("name").and_then(Json::as_str));
            }
            expressions.extend(object.get("expression").and_then(Json::as_str));
            for value in object.values() {
                collect(value, nodes, expressions);
            }
        }
        _ => {}
    }
}

fn check_file(path: &Path) -> usize {
    let mut checked = 0;
    for line in fs::read_to_string(path).unwrap().lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let (mut nodes, mut expressions) = (Vec::new(), Vec::new());
        collect(&case["rule"], &mut nodes, &mut expressions);
        let mut fields = FieldTable::new();
        for expression in expressions {
            let mut binder = Binder { fields: &mut fields, nodes: &nodes };
            let bound = compile_expression(expression, Dialect::Tripline, &mut binder);
            assert!(
                bound.is_ok(),
                "{} of {}: `{expression}`: {bound:?}",
                case["id"],
                path.display()
            );
            checked += 1;
        }
    }
    checked
}

#[test]
fn expressions_of_the_conformance_cases_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    let mut folders = vec![root.clone()];
    let mut checked = 0;
    while let Some(folder) = folders.pop() {
        // A crate taken alone has no cases beside it.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "statistics") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "jsonl") {
                checked += check_file(&path);
            }
        }
    }
    assert!(checked > 1_000 || !root.exists(), "only {checked} expressions");
}
