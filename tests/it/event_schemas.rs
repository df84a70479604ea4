//! Rules against schemas of events: what ships fits together, and what does not fit is told wherever rules are looked at.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tripline::{
    Alias, AliasOrigin, AliasTarget, Code, EventSchemas, FieldTable, Registry, compile_rule,
};

use crate::live::{Engine, PROBE, eventually};
use crate::program::{Done, Program, text};
use crate::{root, shipped_rules};

/// The schemas that the rules of a folder of `rules` are about.
fn schemas_of(folder: &str) -> Vec<&str> {
    match folder {
        "marketing" | "published" => vec!["ecommerce", "marketing"],
        only => vec![only],
    }
}

fn shipped(names: &[&str]) -> EventSchemas {
    let mut schemas = EventSchemas::new();
    for name in names {
        let path = root(&format!("schemas/events/{name}.json"));
        let text = fs::read_to_string(path).expect("a schema");
        schemas.add(name, &text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    schemas
}

fn with(schemas: EventSchemas) -> Registry {
    let mut registry = Registry::with_builtins();
    registry.set_event_schemas(Arc::new(schemas));
    registry
}

/// Codes of the family, with their pointers.
fn found(rule: &str, registry: &Registry) -> Vec<String> {
    let check = compile_rule(rule, registry, &mut FieldTable::new());
    let ours = |code: Code| matches!(code, Code::UnknownField | Code::AgainstSchema);
    let all = check.diagnostics.iter().filter(|item| ours(item.code));
    all.map(|item| format!("{} {} {}", item.code, item.pointer, item.message)).collect()
}

fn domain(rule: &std::path::Path) -> String {
    let folder = rule.ancestors().nth(2).and_then(|folder| folder.file_name());
    folder.expect("rules/DOMAIN/RULE/rule.json").to_string_lossy().into_owned()
}

#[test]
fn shipped_rules_are_about_the_shipped_schemas() {
    let mut used = BTreeSet::new();
    for path in shipped_rules() {
        let domain = domain(&path);
        let names = schemas_of(&domain);
        let registry = with(shipped(&names));
        let rule = fs::read_to_string(&path).expect("a rule");
        assert_eq!(found(&rule, &registry), Vec::<String>::new(), "{}", path.display());
        // A slip in any field of it would be found.
        let slip = rule.replace("userId", "usreId").replace("Type ==", "Tpye ==");
        if slip != rule {
            assert!(!found(&slip, &registry).is_empty(), "{}", path.display());
        }
        used.extend(names.into_iter().map(str::to_owned));
    }
    let folder = fs::read_dir(root("schemas/events")).expect("the folder");
    let there: BTreeSet<String> = folder
        .map(|file| {
            file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into()
        })
        .collect();
    assert_eq!(there, used, "a schema that no rule is about, or none for a folder of rules");
}

#[test]
fn shipped_events_are_as_the_shipped_schemas_say() {
    let mut checked = 0;
    for path in shipped_rules() {
        let schemas: Vec<jsonschema::Validator> = schemas_of(&domain(&path))
            .iter()
            .map(|name| {
                let text = fs::read_to_string(root(&format!("schemas/events/{name}.json")));
                let schema = serde_json::from_str(&text.expect("a schema")).expect("JSON");
                jsonschema::validator_for(&schema).expect("a schema")
            })
            .collect();
        let events = path.with_file_name("events.jsonl");
        for line in fs::read_to_string(&events).expect("events").lines() {
            // An amount that is a text is there to show that such an event does no harm.
            let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
            if event["amount"].is_string() {
                continue;
            }
            let fits = schemas.iter().any(|schema| schema.is_valid(&event));
            assert!(fits, "{}: {line}", events.display());
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked} events");
}

#[test]
fn all_that_names_a_field_is_looked_at() {
    let condition = |condition: Value| {
        let node = json!({"name": "a", "type": "ATOMIC", "condition": condition});
        json!({
            "id": "r", "version": 1, "key_by": ["userId", "usreSession"],
            "pattern": {"name": "r", "nodes": [node], "edges": []},
        })
        .to_string()
    };
    let mut registry = with(shipped(&["ecommerce"]));
    let alias = |name: &str, condition: &str, args: Value| Alias {
        class_name: name.to_owned(),
        target: AliasTarget::Condition { condition: condition.to_owned(), args },
        origin: AliasOrigin::Configuration("x.toml".into()),
    };
    registry.set_aliases([
        alias("com.x.Dear", "eventType == 'cart' && prise > 200 && eventType == 5", Value::Null),
        alias("com.x.Brand", "InList", json!({"field": "barnd"})),
    ]);
    let key = "W0901 /key_by/1 the event schema `ecommerce` has no field `usreSession`";
    let at = "/pattern/nodes/0/condition";
    let check = |condition_of: Value, expected: &[&str]| {
        let of_condition = expected.iter().map(|line| line.replace('@', at));
        let expected: Vec<String> = [key.to_owned()].into_iter().chain(of_condition).collect();
        assert_eq!(found(&condition(condition_of), &registry), expected);
    };
    let no_field = |field: &str| format!("the event schema `ecommerce` has no field `{field}`");
    check(
        json!({"type": "EXPRESSION", "expression": "prise > 200"}),
        &[&format!("W0901 @/expression {}", no_field("prise"))],
    );
    check(
        json!({"type": "AVIATOR", "expression": "evnetType == 'cart'"}),
        &[&format!("W0901 @/expression {}", no_field("evnetType"))],
    );
    check(
        json!({"type": "CLASS", "className": "InList", "args": {"field": "barnd", "values": ["A"]}}),
        &[&format!("W0901 @/args/field `InList`: {}", no_field("barnd"))],
    );
    check(
        json!({"type": "CLASS", "className": "Compare", "args": ["barnd", "==", "A"]}),
        &[&format!("W0901 @/args/0 `Compare`: {}", no_field("barnd"))],
    );
    check(
        json!({"type": "CLASS", "className": "InList", "args": ["A"]}),
        &[&format!("W0901 @/className `InList`: {}", no_field("tag"))],
    );
    check(
        json!({"type": "CLASS", "className": "com.x.Brand", "args": ["A"]}),
        &[&format!("W0901 @/className `com.x.Brand`: {}", no_field("barnd"))],
    );
    let inside =
        "`com.x.Dear`: the expression `eventType == 'cart' && prise > 200 && eventType == 5`";
    check(
        json!({"type": "CLASS", "className": "com.x.Dear"}),
        &[
            &format!("W0901 @/className {inside}, character 24: {}", no_field("prise")),
            &format!(
                "W0902 @/className {inside}, character 52: `eventType` is a string in the event schemas, so compared with a number by `==` it never holds"
            ),
        ],
    );
    let not = json!({"type": "EXPRESSION", "expression": "prise > 2"});
    check(
        json!({"type": "CLASS", "className": "RichNotCondition", "nestedConditions": [not]}),
        &[&format!("W0901 @/nestedConditions/0/expression {}", no_field("prise"))],
    );
}

/// Files of a test.
struct Place(TempDir);

const SLIP: &str = r#"{"id": "slip", "version": 1, "key_by": ["user"], "pattern": {"name": "slip", "edges": [], "nodes": [
  {"name": "a", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "actoin == 'buy'"}}]}}"#;

const SCHEMA: &str =
    r#"{"properties": {"user": {"type": "string"}, "action": {"type": "string"}, "tag": {}}}"#;

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        place.write("rule.json", SLIP);
        place.write("events/users.json", SCHEMA);
        place
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("written");
        path
    }

    fn run(&self, arguments: &[&str]) -> Done {
        let (first, rest) = arguments.split_first().expect("a command");
        Program::new(first).args(rest).current_dir(self.0.path()).run()
    }
}

#[test]
fn commands_tell_before_a_rule_goes_live() {
    let place = Place::new();
    let check = |arguments: &[&str], code: i32, part: &str| {
        let done = place.run(arguments);
        let said = format!("{}{}", text(&done.stdout), text(&done.stderr));
        assert_eq!(done.code, code, "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
        said
    };
    let slip = "the event schema `users` has no field `actoin`";
    let said = check(&["validate-rule", "rule.json"], 0, "rule.json (slip v1): valid");
    assert!(!said.contains("W09"), "{said}");
    let said = check(&["validate-rule", "rule.json", "--event-schema", "events"], 0, slip);
    assert!(said.contains("help: did you mean `action`?"), "{said}");
    check(
        &["validate-rule", "rule.json", "--event-schema", "events/users.json", "--strict"],
        3,
        slip,
    );
    let zh = &["validate-rule", "rule.json", "--event-schema", "events", "--lang", "zh"];
    check(zh, 0, "事件结构 `users` 没有字段 `actoin`");
    let json = &["validate-rule", "rule.json", "--event-schema", "events", "--format", "json"];
    let line: Value = serde_json::from_slice(&place.run(json).stdout).expect("JSON");
    let only = line["diagnostics"].as_array().expect("a list");
    let only = only.iter().find(|item| item["code"] == "W0901").expect("it is told");
    assert_eq!((&only["line"], &only["column"]), (&json!(2), &json!(86)), "{only}");
    check(&["explain", "rule.json", "--event-schema", "events"], 0, slip);
    place.write("tripline.toml", "[engine]\nevent_schemas = [\"events\"]\n");
    check(&["validate-rule", "rule.json", "--config", "tripline.toml"], 0, slip);
    check(&["config", "check", "tripline.toml"], 0, "all is well");
    let other = place.write("other.json", r#"{"properties": {"actoin": {}, "user": {}}}"#);
    let other = other.to_str().expect("UTF-8");
    let flag =
        &["validate-rule", "rule.json", "--config", "tripline.toml", "--event-schema", other];
    assert!(!check(flag, 0, "valid").contains("W09"), "a flag counts before the configuration");
    let push =
        ["rules", "push", "rule.json", "--store", "sqlite:rules.db", "--event-schema", "events"];
    check(&push, 0, slip);
    check(&[&push[..], &["--strict"]].concat(), 3, slip);
}

#[test]
fn files_that_say_nothing_of_events_are_refused() {
    let place = Place::new();
    place.write("no.json", "{\n  \"properties\": }");
    place.write("wrong/a.json", r#"{"properties": {"a": {"type": "strin"}}}"#);
    place.write("wrong/b.json", r##"{"properties": {"a": {"$ref": "#/$defs/b"}}}"##);
    place.write("empty/read.me", "");
    let check = |schema: &str, code: i32, parts: &[&str]| {
        let done = place.run(&["validate-rule", "rule.json", "--event-schema", schema]);
        let said = text(&done.stderr);
        assert_eq!((done.code, done.stdout.len()), (code, 0), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part}: {said}");
        }
    };
    check("no.json", 2, &["no.json:2:17: error[E0901]: it is not JSON: expected value"]);
    check(
        "wrong",
        2,
        &[
            "a.json: error[E0902]: properties.a.type: it is no schema: \"strin\"",
            "b.json: error[E0902]: properties.a.\"$ref\": `#/$defs/b` leads to nothing in the file",
        ],
    );
    check("not/there.json", 1, &["cannot read the event schema `not/there.json`"]);
    check(
        "empty",
        1,
        &["cannot read the event schema `empty`: there is no .json file in the folder"],
    );
    place.write("bad.toml", "[engine]\nevent_schemas = [\"no.json\"]\n");
    let done = place.run(&["config", "check", "bad.toml"]);
    let said = text(&done.stdout);
    assert_eq!(done.code, 3, "{said}");
    assert!(
        said.starts_with(
            "bad.toml:2:17: error[E0901]: engine.event_schemas: in no.json:2:17: it is not JSON"
        ),
        "{said}"
    );
}

#[test]
fn a_store_has_it_in_the_status() {
    let place = Place::new();
    let probe = place.write("probe.json", PROBE);
    let store = format!("sqlite:{}", place.0.path().join("rules.db").display());
    let rules = |arguments: &[&str]| {
        let done = place.run(&[&["rules"], arguments, &["--store", &store]].concat());
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        text(&done.stdout)
    };
    rules(&["push", "rule.json"]);
    rules(&["push", probe.to_str().expect("UTF-8")]);
    let events = place.0.path().join("events");
    let mut engine =
        Engine::start(&["--store", &store, "--event-schema", events.to_str().expect("UTF-8")], "");
    let status = eventually(
        "the status",
        &mut || rules(&["status", "slip", "--format", "json"]),
        |status| status.contains("W0901"),
    );
    assert!(status.contains("\"active\""), "it runs all the same: {status}");
    assert!(status.contains("has no field `actoin`"), "{status}");
    engine.event("u", "buy", "");
    assert_eq!(engine.found(), Vec::<String>::new());
    engine.end();
}
