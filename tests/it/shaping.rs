//! Formats, the mapping, and what goes on without a rule, through the program.

use std::fs;

use serde_json::Value;

use crate::connectors::{Folder, Running, await_that};
use crate::program::{Program, text};
use crate::services::mariadb;

/// Every event is a match.
const ANY: &str = r#"{"name":"any","nodes":[{"name":"e","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"true"}}],"edges":[]}"#;

/// The events of the results, as text.
fn events(lines: &str) -> Vec<String> {
    let event = |line: &str| {
        let (_, event) = line.split_once("\"events\":{\"e\":[").expect("an event");
        event.strip_suffix("]}}").expect("one node").to_owned()
    };
    lines.lines().map(event).collect()
}

fn run(folder: &Folder, more: &[&str]) -> (Vec<String>, String) {
    folder.write("one.json", ANY);
    let done = folder.run().args(["--summary", "none"]).args(more).run();
    let said = text(&done.stderr);
    assert_eq!(done.code, 0, "{said}");
    (events(&text(&done.stdout)), said)
}

#[test]
fn a_log_of_a_web_server_is_read() {
    let folder = Folder::new(
        r#"[sources.web]
type = "file"
path = "DIR/access.log"
format = "text"
pattern = '^(?<ip>\S+) \S+ (?<user>\S+) \[(?<at>[^\]]+)\] "(?<method>\S+) (?<url>\S+)[^"]*" (?<status>\d+) (?<bytes>\d+|-)'
map = { rename = { tx = "ip" }, time = { field = "at", format = "%d/%b/%Y:%H:%M:%S %z" }, only = ["tx", "url", "status"] }
"#,
    );
    folder.write(
        "access.log",
        "83.149.9.216 - - [17/May/2015:10:05:03 +0000] \"GET /a?b=%22c HTTP/1.1\" 200 203023 \"http://x/\" \"Mozilla\"\n\
         what is this\n\
         1.2.3.4 - bob [17/May/2015:12:05:04 +0200] \"POST /规 HTTP/1.0\" 404 - \"-\" \"-\"\n\
         1.2.3.4 - bob [17/Mai/2015:12:05:04 +0200] \"POST / HTTP/1.0\" 404 - \"-\" \"-\"\n",
    );
    let rejected = folder.path("rejected");
    let (events, said) = run(&folder, &["--rejected", rejected.to_str().unwrap()]);
    assert_eq!(
        events,
        [
            r#"{"stream":"web","url":"/a?b=%22c","status":200,"tx":"83.149.9.216","ts":1431857103000}"#,
            r#"{"stream":"web","url":"/规","status":404,"tx":"1.2.3.4","ts":1431857104000}"#,
        ]
    );
    let rejected = fs::read_to_string(rejected).expect("the file");
    assert!(
        rejected.contains("\"line\":2,\"reason\":\"the line does not match `pattern`\""),
        "{said}"
    );
    assert!(
        rejected.contains("\"line\":4,\"reason\":\"the time field `at` holds `17/Mai"),
        "{rejected}"
    );
}

#[test]
fn changes_are_read_and_fields_renamed() {
    let folder = Folder::new(
        r#"[sources.orders]
type = "file"
path = "DIR/orders.jsonl"
format = "debezium"
ops = ["insert", "delete"]
[sources.orders.map]
rename = { tx = "customer.id" }
set = { shop = "north" }
"#,
    );
    let change = |op: &str, before: &str, after: &str, ts: u32| {
        format!(
            "{{\"payload\":{{\"op\":\"{op}\",\"before\":{before},\"after\":{after},\"source\":{{\"ts_ms\":{ts}}}}}}}\n"
        )
    };
    let row = r#"{"customer":{"id":7},"price":200.10}"#;
    let all = [
        change("c", "null", row, 1),
        change("u", row, row, 2),
        "{\"op\":\"x\"}\n".to_owned(),
        change("d", row, "null", 3),
    ];
    folder.write("orders.jsonl", &all.concat());
    let (events, said) = run(&folder, &[]);
    let expected = |op: &str, ts: u32| {
        format!(
            "{{\"stream\":\"orders\",\"customer\":{{\"id\":7}},\"price\":200.10,\"op\":\"{op}\",\"ts\":{ts},\"tx\":7,\"shop\":\"north\"}}"
        )
    };
    assert_eq!(events, [expected("insert", 1), expected("delete", 3)]);
    assert!(said.contains("line 3 is rejected: it is no change as `format` has it"), "{said}");
}

#[test]
fn what_is_wrong_with_formats_is_told() {
    for (keys, pointer) in [
        ("format='text'", "/sources/a/pattern"),
        ("format='text'\npattern='('", "/sources/a/pattern"),
        ("format='text'\npattern='(a)'", "/sources/a/pattern"),
        ("pattern='(?<a>b)'", "/sources/a/pattern"),
        ("ops=['insert']", "/sources/a/ops"),
        ("format='canal'\nops=[]", "/sources/a/ops"),
        ("format='canal'\nops=['upsert']", "/sources/a/ops"),
        ("format='avro'", "/sources/a/format"),
        ("map={renam={}}", "/sources/a/map/renam"),
        ("map={rename={''='x'}}", "/sources/a/map/rename"),
        ("map={only=['']}", "/sources/a/map/only"),
        ("map={time={field='at',format='yyyy'}}", "/sources/a/map/time/format"),
        ("map={time={field='at',format='%Y-%m-%d',zone='CET'}}", "/sources/a/map/time/zone"),
        ("map={time={field='',format='s'}}", "/sources/a/map/time"),
        ("map={time={format='s'}}", "/sources/a/map/time"),
        ("[forward]\nb=['c']", "/forward/b"),
        ("[forward]\na=['c']\n[sinks.d]\ntype='stdout'", "/forward/a"),
        ("[forward]\na=[]", "/forward/a"),
        (
            "[forward]\na=['d']\n[sinks.d]\ntype='kafka'\nservers='k:1'\ntopic='t'\n\
             [sources.e]\ntype='kafka'\nservers='k:1'\ntopic='t'",
            "/forward/a",
        ),
    ] {
        let folder = Folder::new(&format!("[sources.a]\ntype='stdin'\n{keys}\n"));
        let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
        let done = check.args(["--format", "json", "--lang", "zh"]).run();
        let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
        let found = &found["diagnostics"][0];
        let message = found["message"].as_str().unwrap_or_else(|| panic!("{keys}"));
        assert_eq!(found["pointer"], pointer, "{keys}: {found}");
        assert!(message.chars().any(|sign| sign > '\u{4e00}'), "{keys}: {message}");
    }
}

/// A source goes to one sink as it is, and to a rule; what the rule finds goes to the other.
#[test]
fn a_source_goes_on_without_a_rule() {
    let folder = Folder::new(
        "[sources.a]\ntype='stdin'\nmap={set={by='us'}}\n[sinks.alerts]\ntype='stdout'\n\
         [sinks.raw]\ntype='file'\npath='DIR/raw'\n[forward]\na=['raw']\n",
    );
    folder.write("one.json", &ANY.replace("true", "n > 1"));
    let input = b"{\"tx\":1,\"ts\":1,\"n\":1.50}\nnothing\n{\"tx\":1,\"ts\":2,\"n\":2}\n{\"tx\":1,\"ts\":1,\"n\":3}\n";
    let done = folder.run().args(["--summary", "none"]).stdin(input).run();
    let raw = [
        r#"{"stream":"a","tx":1,"ts":1,"n":1.50,"by":"us"}"#,
        r#"{"stream":"a","tx":1,"ts":2,"n":2,"by":"us"}"#,
        // Too late for the rule.
        r#"{"stream":"a","tx":1,"ts":1,"n":3,"by":"us"}"#,
    ];
    let written = || fs::read_to_string(folder.path("raw")).expect("the file");
    assert_eq!(written().lines().collect::<Vec<_>>(), raw, "{}", text(&done.stderr));
    assert_eq!(events(&text(&done.stdout)), raw[..2]);
    // To that sink alone.
    folder.write(
        "tripline.toml",
        &fs::read_to_string(folder.path("tripline.toml"))
            .unwrap()
            .replace("a=['raw']", "a=['raw','alerts']"),
    );
    let done = folder.run().args(["--summary", "none"]).stdin(input).run();
    assert!(text(&done.stderr).contains("every sink is named in [forward]"));
    folder.write(
        "tripline.toml",
        &fs::read_to_string(folder.path("tripline.toml"))
            .unwrap()
            .replace("a=['raw','alerts']", "a=['raw']"),
    );
    // Without any rule.
    let program = Program::new("run").args(["--config".into(), folder.path("tripline.toml")]);
    let done = program.args(["--summary", "none"]).stdin(input).run();
    assert_eq!((done.code, done.stdout.len()), (0, 0), "{}", text(&done.stderr));
    assert_eq!(written().lines().collect::<Vec<_>>(), raw);
}

/// A table into another, without a rule, and each row once though the program is killed.
#[test]
fn a_table_goes_into_another() {
    const ROWS: u64 = 2000;
    let server = mariadb();
    let database = server.fresh_database();
    server.sql(
        &database,
        "CREATE TABLE clicks (id BIGINT AUTO_INCREMENT PRIMARY KEY, ts BIGINT, user VARCHAR(20), price DECIMAL(10,2));\
         CREATE TABLE raw (event_id VARCHAR(100) PRIMARY KEY, who VARCHAR(20), cost DECIMAL(10,2), event LONGTEXT);",
    );
    let place = format!(
        "type='mysql'\nurl='mysql://{}@127.0.0.1:{}/{database}'\npassword={{file='DIR/password'}}\n",
        server.user, server.port
    );
    let folder = Folder::new(&format!(
        "[sources.clicks]\n{place}table='clicks'\nmap={{rename={{who='user'}}}}\n[sinks.raw]\n{place}table='raw'\n\
         columns={{event_id='$id',who='who',cost='price',event='$'}}\n[forward]\nclicks=['raw']\n\
         [checkpoint]\ndir='DIR/kept'\ninterval='50ms'\n"
    ));
    folder.write("password", &server.password);
    let start = || {
        let program = Program::new("run").args(["--config".into(), folder.path("tripline.toml")]);
        Running(program.args(["--summary", "none"]).spawn())
    };
    let insert = |from: u64, to: u64| {
        let rows: Vec<String> = (from..to).map(|n| format!("({n}, 'u{n}', {n}.10)")).collect();
        server.sql(
            &database,
            &format!("INSERT INTO clicks (ts, user, price) VALUES {};", rows.join(",")),
        );
    };
    let count = || -> u64 {
        server.sql(&database, "SELECT COUNT(*) FROM raw").trim().parse().expect("a number")
    };
    for part in 0..4 {
        let run = start();
        insert(part * ROWS / 4, (part + 1) * ROWS / 4);
        await_that("some rows", || count() > part * ROWS / 4);
        run.kill();
    }
    let run = start();
    insert(ROWS, ROWS + 1);
    await_that("all rows", || count() == ROWS + 1);
    run.stop();
    let row =
        server.sql(&database, "SELECT event_id, who, cost, event FROM raw WHERE who = 'u1999'");
    assert_eq!(
        row.trim_end(),
        "clicks/2000\tu1999\t1999.10\t{\"stream\":\"clicks\",\"id\":2000,\"ts\":1999,\"price\":1999.10,\"who\":\"u1999\"}"
    );
}
