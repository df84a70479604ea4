//! Rules of other engines run as they stand: what their Java classes stand for is said beside them, and changed live.

use tokio::runtime::Runtime;

use crate::live::{Engine, PROBE, eventually};
use crate::store::{Backend, Place, Raw};

/// The quick start of the vendors: three actions 0, then one that a Java class accepts.
const QUICK_START: &str = r#"{
  "name": "end",
  "quantifier": {"consumingStrategy": "SKIP_TILL_NEXT", "properties": ["SINGLE"], "times": null, "untilCondition": null},
  "condition": null,
  "nodes": [
    {"name": "end",
     "quantifier": {"consumingStrategy": "SKIP_TILL_NEXT", "properties": ["SINGLE"], "times": null, "untilCondition": null},
     "condition": {"className": "com.alibaba.ververica.cep.demo.condition.EndCondition", "type": "CLASS"},
     "type": "ATOMIC"},
    {"name": "start",
     "quantifier": {"consumingStrategy": "SKIP_TILL_NEXT", "properties": ["LOOPING"], "times": {"from": 3, "to": 3, "windowTime": null}, "untilCondition": null},
     "condition": {"expression": "action == 0", "type": "AVIATOR"},
     "type": "ATOMIC"}
  ],
  "edges": [{"source": "start", "target": "end", "type": "SKIP_TILL_NEXT"}],
  "window": null,
  "afterMatchStrategy": {"type": "SKIP_PAST_LAST_EVENT", "patternName": null},
  "type": "COMPOSITE",
  "version": 1
}"#;

/// One event that meets a condition.
fn single(condition: &str) -> String {
    format!(
        r#"{{"name": "r", "nodes": [{{"name": "a", "type": "ATOMIC", "condition": {condition}}}], "edges": []}}"#
    )
}

/// A condition with parameters of the rule.
fn tagged(args: &str) -> String {
    single(&format!(
        r#"{{"type": "CLASS", "className": "com.alibaba.ververica.cep.demo.condition.CustomMiddleCondition", "args": {args}}}"#
    ))
}

const NESTED: &str =
    r#"{"type": "AVIATOR", "expression": "eventName == 'car' && eventArgs.detail.price > 10000"}"#;

const NESTED_CLASS: &str = r#"{"type": "CLASS", "className": "org.shop.ExpensiveCar"}"#;

/// An author with a database client.
struct Author {
    runtime: Runtime,
    raw: Raw,
}

impl Author {
    fn new(place: &Place) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a runtime");
        let raw = runtime.block_on(place.raw());
        Self { runtime, raw }
    }

    fn run(&mut self, sql: &str) {
        self.runtime.block_on(self.raw.run(sql));
    }

    /// The first column of the first row; empty if there is no row.
    fn ask(&mut self, sql: &str) -> String {
        let sql = format!("SELECT COALESCE((SELECT {sql}), '')");
        self.runtime.block_on(self.raw.text(&sql)).unwrap_or_default()
    }

    /// Waits until a rule's status is `version_in_force state latest_state`.
    fn wait(&mut self, rule: &str, expected: &str) {
        let parts = ["version_in_force", "state", "latest_state"].map(|column| {
            let sql = format!("FROM tripline_rule_status WHERE rule_id = '{rule}'");
            format!("CAST({column} AS CHAR) {sql}")
        });
        let mut status = || parts.each_ref().map(|part| self.ask(part)).join(" ");
        eventually(rule, &mut status, |found| found == expected);
    }

    fn diagnostics(&mut self, rule: &str) -> String {
        self.ask(&format!(
            "CAST(diagnostics AS CHAR(10000)) FROM tripline_rule_status WHERE rule_id = '{rule}'"
        ))
    }
}

fn action(engine: &mut Engine, user: &str, actions: &[i64]) {
    for action in actions {
        engine.send(&format!(r#""user":"{user}","action":{action}"#));
    }
}

fn car(engine: &mut Engine, price: i64) {
    engine.send(&format!(
        r#""user":"u","eventName":"car","eventArgs":{{"detail":{{"price":{price}}}}}"#
    ));
}

/// The whole story, on a table of the vendors.
fn story(backend: Backend) {
    let place = crate::store::block_on(Place::new(backend));
    let mut author = Author::new(&place);
    author.run("CREATE TABLE rds_demo (id VARCHAR(64), version INT, pattern VARCHAR(4096), `function` VARCHAR(512))");
    let insert = |id: &str, pattern: &str| {
        let pattern = pattern.replace('\'', "''");
        format!("INSERT INTO rds_demo VALUES ('{id}', 1, '{pattern}', NULL)")
    };
    let mut rules = vec![
        insert("probe", PROBE),
        insert("demo", QUICK_START),
        insert("nested", &single(NESTED)),
        insert("car", &single(NESTED_CLASS)),
    ];
    rules.push(insert("tagged", &tagged(r#"["A","B"]"#)));
    rules.iter().for_each(|sql| author.run(sql));

    let url = place.url_with_password();
    let arguments = ["--store", &url, "--rule-table", "rds_demo", "--instance", "story"];
    let mut engine = Engine::start(&arguments, "");
    // What stands alone runs at once; a class that nothing knows is told with what to write.
    author.wait("nested", "1 active active");
    car(&mut engine, 10_000);
    car(&mut engine, 10_001);
    assert_eq!(engine.found(), ["nested@1 u"]);
    author.wait("demo", " rejected rejected");
    let found = author.diagnostics("demo");
    for part in ["E0504", "INSERT INTO tripline_condition_aliases", "[condition_aliases]"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(author.diagnostics("tagged").contains("args = { field = "), "for a class with args");

    // It is said what the classes stand for, and the rules run as they are.
    let end = "com.alibaba.ververica.cep.demo.condition.EndCondition";
    author.run(&format!(
        "INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('{end}', 'action != 1')"
    ));
    author.run(
        "INSERT INTO tripline_condition_aliases (class_name, `condition`, args) VALUES \
         ('com.alibaba.ververica.cep.demo.condition.CustomMiddleCondition', 'InList', '{\"field\": \"tag\"}')",
    );
    author.run(
        "INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES \
         ('org.shop.ExpensiveCar', 'eventName == ''car'' && eventArgs.detail.price > 10000')",
    );
    for rule in ["demo", "tagged", "car"] {
        author.wait(rule, "1 active active");
    }
    // Three times 0, and then what is neither the next start nor 1.
    action(&mut engine, "a", &[0, 0, 0, 1, 2]);
    action(&mut engine, "b", &[0, 0, 2]);
    engine.event("c", "x", "B");
    engine.event("c", "x", "C");
    car(&mut engine, 10_001);
    let mut found = engine.found();
    found.sort();
    assert_eq!(found, ["car@1 u", "demo@1 a", "nested@1 u", "tagged@1 c"]);

    // Arguments of the rule change live.
    let wider = tagged(r#"["A","B","C"]"#);
    author
        .run(&format!("UPDATE rds_demo SET pattern = '{wider}', version = 2 WHERE id = 'tagged'"));
    author.wait("tagged", "2 active active");
    engine.event("c", "x", "C");
    engine.event("c", "x", "D");
    assert_eq!(engine.found(), ["tagged@2 c"]);

    // So does what a class stands for; only the rules that name it come anew.
    author.run(&format!(
        "UPDATE tripline_condition_aliases SET `condition` = 'action == 5' WHERE class_name = '{end}'"
    ));
    engine.log_has(&format!("the class {end} stands for action == 5"));
    let line = engine.log_has("comes into force");
    assert!(line.contains("rule demo version 1"), "{line}");
    action(&mut engine, "a", &[0, 0, 0, 2, 5]);
    assert_eq!(engine.found(), ["demo@1 a"], "at 5, and not at 2");

    // An alias that is broken takes nothing away, and its rule says where to mend it.
    author.run(&format!(
        "UPDATE tripline_condition_aliases SET `condition` = 'action = 5' WHERE class_name = '{end}'"
    ));
    author.wait("demo", "1 active rejected");
    let found = author.diagnostics("demo");
    for part in ["E0517", "the expression `action = 5`, character 8", "tripline_condition_aliases"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    engine.log_has(&format!("the alias {end}"));
    engine.event("c", "x", "C");
    action(&mut engine, "a", &[0, 0, 0, 5]);
    assert_eq!(engine.found(), ["tagged@2 c", "demo@1 a"]);

    // Nor does one that is gone.
    author.run(&format!("DELETE FROM tripline_condition_aliases WHERE class_name = '{end}'"));
    eventually("gone", || author.diagnostics("demo"), |found| found.contains("E0504"));
    author.wait("demo", "1 active rejected");
    action(&mut engine, "a", &[0, 0, 0, 5]);
    assert_eq!(engine.found(), ["demo@1 a"]);

    // It is there again, as another.
    author.run(&format!(
        "INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('{end}', 'action == 7')"
    ));
    author.wait("demo", "1 active active");
    action(&mut engine, "a", &[0, 0, 0, 5, 7]);
    assert_eq!(engine.found(), ["demo@1 a"]);
    assert_eq!(engine.end().0, 0);
}

#[test]
fn the_quick_start_of_the_vendors_on_sqlite() {
    story(Backend::Sqlite);
}

#[test]
fn the_quick_start_of_the_vendors_on_mariadb() {
    story(Backend::MariaDb);
}

#[test]
fn the_quick_start_of_the_vendors_on_mysql() {
    story(Backend::MySql);
}

/// Users half-way stay where they are if the rule says so, and a start gives what there was before the stop.
#[test]
fn attempts_and_restarts() {
    let place = crate::store::block_on(Place::new(Backend::Sqlite));
    let mut author = Author::new(&place);
    let pair = r#"{"name": "r", "nodes": [
        {"name": "a", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "action == 0"}},
        {"name": "b", "type": "ATOMIC", "condition": {"type": "CLASS", "className": "com.x.End"}}],
        "edges": [{"source": "a", "target": "b", "type": "SKIP_TILL_NEXT"}]}"#;
    let rule = |id: &str, on_update: &str| {
        let pair = pair.replace('\'', "''");
        format!(
            "INSERT INTO tripline_rules (id, version, pattern, on_update) VALUES ('{id}', 1, '{pair}', '{on_update}')"
        )
    };
    author.run(&format!(
        "INSERT INTO tripline_rules (id, version, pattern) VALUES ('probe', 1, '{}')",
        PROBE.replace('\'', "''")
    ));
    author.run(&rule("kept", "migrate"));
    author.run(&rule("dropped", "restart"));
    author.run("INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('com.x.End', 'action == 1')");
    let url = place.url.to_string();
    let seen = place.folder.path().join("last-seen");
    let seen = seen.to_str().expect("UTF-8");
    let arguments = ["--store", &url, "--last-seen", seen, "--instance", "x"];
    let mut engine = Engine::start(&arguments, "");
    author.wait("kept", "1 active active");
    action(&mut engine, "u", &[0]);
    assert_eq!(engine.found(), [""; 0]);
    author.run("UPDATE tripline_condition_aliases SET `condition` = 'action == 2'");
    let runs = |column: &str, rule: &str| {
        format!("CAST({column} AS CHAR) FROM tripline_rule_status WHERE rule_id = '{rule}'")
    };
    eventually("kept", || author.ask(&runs("kept_runs", "kept")), |found| found == "1");
    eventually("dropped", || author.ask(&runs("dropped_runs", "dropped")), |found| found == "1");
    action(&mut engine, "u", &[1, 2]);
    assert_eq!(engine.found(), ["kept@1 u"]);

    // Broken, and started again: what was in force is in force, under the meaning that it had.
    author.run("UPDATE tripline_condition_aliases SET `condition` = '(' ");
    author.wait("kept", "1 active rejected");
    assert_eq!(engine.end().0, 3, "a rule is not valid");
    let mut engine = Engine::start(&arguments, "");
    eventually(
        "started",
        || author.ask(&runs("latest_state", "kept")),
        |found| found == "rejected",
    );
    action(&mut engine, "u", &[0, 1, 2]);
    let mut found = engine.found();
    found.sort();
    assert_eq!(found, ["dropped@1 u", "kept@1 u"]);
    author.wait("dropped", "1 active rejected");
    assert_eq!(engine.end().0, 3);
}

/// Beside a table of others there need be no table of aliases, and nobody is told so.
#[test]
fn without_a_table_of_aliases() {
    let place = Place::bare(Backend::Sqlite);
    let mut author = Author::new(&place);
    author.run("CREATE TABLE rds_demo (id VARCHAR(64), version INT, pattern VARCHAR(4096), `function` VARCHAR(512))");
    for (id, pattern) in [("probe", PROBE), ("nested", &single(NESTED))] {
        let pattern = pattern.replace('\'', "''");
        author.run(&format!("INSERT INTO rds_demo VALUES ('{id}', 1, '{pattern}', NULL)"));
    }
    let url = place.url.to_string();
    let mut engine = Engine::start(&["--store", &url, "--rule-table", "rds_demo"], "");
    car(&mut engine, 10_001);
    assert_eq!(engine.found(), ["nested@1 u"]);
    let (code, log) = engine.end();
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains("alias"), "{log}");
}
