//! Every rule that Flink was asked about has the right shape.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{found, printed};
use crate::{parse_rule, schema_rule};

/// The folder of cases, if it is there: beside the repository, or in its `tests`.
fn cases() -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .flat_map(|folder| [folder.join("shared/conformance"), folder.join("tests/conformance")])
        .find(|folder| folder.is_dir())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn rules_of_all_cases_parse() {
    let Some(folder) = cases() else { return };
    let schema = jsonschema::validator_for(&schema_rule()).expect("the schema is a schema");
    let mut count = 0;
    for file in files(&folder) {
        for line in fs::read_to_string(&file).expect("the file can be read").lines() {
            let case: Value = serde_json::from_str(line).expect("a case is JSON");
            let Some(rule) = case.get("rule") else {
                continue;
            };
            let parsed = parse_rule(&rule.to_string());
            if rule["type"] == "AGGREGATE" {
                assert_eq!(found(&parsed), [("E0110", "/type")], "{}", case["id"]);
                continue;
            }
            let document = parsed.document.as_ref();
            let document =
                document.unwrap_or_else(|| panic!("{}: {:?}", case["id"], found(&parsed)));
            let again = parse_rule(&printed(document).to_string()).document;
            assert_eq!(again.as_ref(), Some(document), "{}", case["id"]);
            if let Err(error) = schema.validate(rule) {
                panic!("{}: {error} at {}", case["id"], error.instance_path());
            }
            count += 1;
        }
    }
    assert!(count > 1_000, "only {count} cases were found");
}
