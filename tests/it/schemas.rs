//! The published schemas: fresh, and true of rules and outputs.

use std::fs;

use jsonschema::Validator;
use serde_json::Value;
use tripline::{
    FieldTable, Matcher, Registry, RuleDocument, compile_rule, schema_conditions, schema_output,
    schema_row, schema_rule,
};
use tripline_cli::{config_reference, connector_pages, schema_config};
use tripline_connectors::SOURCES;
use tripline_testkit::corpus;

use crate::program::{Program, text};
use crate::{root, shipped_rules};

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).expect("a schema")
}

/// Whether what is not fresh is written anew, which `cargo xtask schemas` does, too.
fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// All schemas that are published, by name.
fn schemas() -> [(&'static str, Value); 6] {
    [
        ("rule", schema_rule()),
        ("row", schema_row()),
        ("output", schema_output()),
        ("config", schema_config()),
        ("status", tripline_server::schema_status()),
        ("conditions", schema_conditions(&Registry::with_builtins())),
    ]
}

/// What is wrong with a document; empty if nothing is.
fn faults(validator: &Validator, document: &Value) -> Vec<String> {
    let errors = validator.iter_errors(document);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_files_are_fresh() {
    for (name, schema) in schemas() {
        let path = root(&format!("schemas/{name}.schema.json"));
        let text = format!("{schema:#}\n");
        if updates() {
            fs::write(&path, text).expect("written");
            continue;
        }
        let file = fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; run `cargo xtask schemas`", path.display())
        });
        assert!(file == text, "{} is not fresh: run `cargo xtask schemas`", path.display());
    }
}

#[test]
fn the_reference_of_the_configuration_is_fresh() {
    let page = fs::read_to_string(root("docs/configuration.md")).expect("the page");
    let reference = config_reference();
    if updates() {
        let mark = "<!-- What follows is made by `cargo xtask schemas`. -->";
        let (before, _) = page.split_once(mark).expect("the mark");
        let page = format!("{before}{mark}\n\n{}\n", reference.trim_end());
        return fs::write(root("docs/configuration.md"), page).expect("written");
    }
    assert!(page.trim_end().ends_with(reference.trim()), "run `cargo xtask schemas`:\n{reference}");
}

#[test]
fn the_pages_of_connectors_are_fresh() {
    let folder = root("docs/connectors");
    let pages = connector_pages();
    for (name, page) in &pages {
        let path = folder.join(format!("{name}.md"));
        if updates() {
            fs::write(&path, page).expect("written");
        }
        let file = fs::read_to_string(&path).unwrap_or_default();
        assert!(file == *page, "{} is not fresh: run `cargo xtask schemas`", path.display());
    }
    let files = fs::read_dir(folder).expect("the folder").count();
    assert_eq!(files, pages.len() + 2, "a page each, README.md and formats.md");
}

#[test]
fn the_page_of_formats_names_all_keys() {
    let page = fs::read_to_string(root("docs/connectors/formats.md")).expect("the page");
    let stdin = SOURCES.iter().find(|kind| kind.name == "stdin").expect("a source");
    let schema = (stdin.schema)();
    let keys = |of: &Value| -> Vec<String> {
        of["properties"].as_object().expect("keys").keys().cloned().collect()
    };
    let map = &schema["properties"]["map"];
    let all = [keys(&schema), keys(map), keys(&map["properties"]["time"])].concat();
    assert!(all.len() > 10, "{all:?}");
    for key in all {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
    for word in ["insert", "snapshot", "update", "delete", "json", "csv", "text", "debezium"] {
        assert!(page.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn shipped_rules_are_valid_by_the_schema() {
    let (graph, row) = (validator(&schema_rule()), validator(&schema_row()));
    let conditions = validator(&schema_conditions(&Registry::with_builtins()));
    let rules = shipped_rules();
    assert!(!rules.is_empty(), "there are rules in the folder `rules`");
    for path in rules {
        let text = fs::read_to_string(&path).expect("a rule");
        let check = compile_rule(&text, &Registry::with_builtins(), &mut FieldTable::new());
        let rule = check.rule.unwrap_or_else(|| panic!("{}: invalid", path.display()));
        let schema = if matches!(rule.document, RuleDocument::Row(_)) { &row } else { &graph };
        let document = serde_json::from_str(&text).expect("JSON");
        assert_eq!(faults(schema, &document), [""; 0], "{}", path.display());
        assert_eq!(faults(&conditions, &document), [""; 0], "{}", path.display());
    }
}

#[test]
fn the_schema_of_conditions_knows_their_arguments() {
    let schema = validator(&schema_conditions(&Registry::with_builtins()));
    let rule = |condition: &str| -> Value {
        let node = format!(r#"{{"name":"n","type":"ATOMIC","condition":{condition}}}"#);
        serde_json::from_str(&format!(r#"{{"nodes":[{node}],"edges":[]}}"#)).expect("JSON")
    };
    let registry = Registry::with_builtins();
    for (name, factory) in registry.conditions() {
        for example in factory.examples() {
            let args = example.args;
            let condition = format!(r#"{{"type":"CLASS","className":"{name}","args":{args}}}"#);
            assert_eq!(faults(&schema, &rule(&condition)), [""; 0], "{condition}");
        }
    }
    for (condition, right) in [
        (r#"{"type":"CLASS","className":"Between","args":{"field":"a","low":1,"high":2}}"#, true),
        (
            r#"{"type":"CLASS","className":"Between","args":{"field":"a","low":"params.x","high":2}}"#,
            true,
        ),
        (
            r#"{"type":"CLASS","className":"Between","args":{"field":"a","low":"x","high":2}}"#,
            false,
        ),
        (r#"{"type":"CLASS","className":"Between","args":{"field":"a","low":1}}"#, false),
        (r#"{"type":"CLASS","className":"Between"}"#, false),
        (r#"{"type":"CLASS","className":"InList","args":{"values":[{}]}}"#, false),
        (r#"{"type":"CLASS","className":"a.b.SubtypeCondition","subClassName":"a.B"}"#, true),
        (
            r#"{"type":"CLASS","className":"SubtypeCondition","subClassName":"a.B","args":{"field":"x"}}"#,
            true,
        ),
        (r#"{"type":"CLASS","className":"com.example.Own","args":5}"#, true),
        (r#"{"type":"CLASS","className":"a.RichNotCondition","nestedConditions":[]}"#, false),
        (
            r#"{"type":"CLASS","className":"RichOrCondition","nestedConditions":[{"type":"CLASS","className":"Text","args":{}}]}"#,
            false,
        ),
    ] {
        assert_eq!(faults(&schema, &rule(condition)).is_empty(), right, "{condition}");
    }
}

#[test]
fn accepted_rules_of_the_corpus_are_valid_by_the_schema() {
    let (graph, row) = (validator(&schema_rule()), validator(&schema_row()));
    let mut checked = 0;
    for path in corpus::files(&root("tests/conformance"), ".jsonl.zst") {
        for case in corpus::cases(&path) {
            let mut fields = FieldTable::new();
            let check = compile_rule(case.rule.get(), &Registry::with_builtins(), &mut fields);
            let Some(rule) = check.rule else { continue };
            let schema = if matches!(rule.document, RuleDocument::Row(_)) { &row } else { &graph };
            let document = serde_json::from_str(case.rule.get()).expect("JSON");
            assert_eq!(faults(schema, &document), [""; 0], "{}", case.id);
            checked += 1;
        }
    }
    assert!(checked > 4_000, "{checked} rules were checked");
}

#[test]
fn outputs_are_valid_by_the_schema() {
    let schema = validator(&schema_output());
    let (mut matches, mut timeouts) = (0, 0);
    for path in corpus::files(&root("tests/conformance/flink"), ".jsonl.zst") {
        for case in corpus::cases(&path) {
            let Ok(mut matcher) =
                Matcher::new(case.rule.get(), &["name", "id"], Registry::with_builtins())
            else {
                continue;
            };
            let mut lines = Vec::new();
            for event in &case.events {
                let value: Value = serde_json::from_str(event.get()).expect("JSON");
                let ts = value["ts"].as_i64().expect("a time");
                matcher.process_json(event.get().as_bytes(), ts, &mut lines).expect("an event");
            }
            matcher.advance_to(i64::MAX, &mut lines);
            for line in lines {
                let output: Value = serde_json::from_str(&line).expect("a line of JSON");
                assert_eq!(faults(&schema, &output), [""; 0], "{}: {line}", case.id);
                matches += usize::from(output["kind"] == "match");
                timeouts += usize::from(output["kind"] == "timeout");
            }
        }
    }
    assert!(matches > 20 && timeouts > 5, "{matches} matches and {timeouts} timeouts");
}

#[test]
fn the_program_prints_them() {
    for (name, schema) in schemas() {
        let done = Program::new("schema").arg(name).run();
        assert_eq!((done.code, text(&done.stdout)), (0, format!("{schema:#}\n")), "{name}");
    }
}
