//! MySQL and MariaDB as a source and as a sink, on real servers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::connectors::{Folder, RULE, Running, await_that};
use crate::kafka::jiff_now;
use crate::program::{Done, Program, text};
use crate::proxy::Proxy;
use crate::services::{Server, mariadb, mysql};

/// Every event is a match.
const ANY: &str = r#"{"name":"any","nodes":[{"name":"e","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"true"}}],"edges":[]}"#;

/// The table of the issue.
const CLICKS: &str = "CREATE TABLE click_stream (id BIGINT AUTO_INCREMENT PRIMARY KEY, eventTime TIMESTAMP, \
    eventType VARCHAR(50), productId VARCHAR(50), categoryId VARCHAR(50), categoryCode VARCHAR(80), brand VARCHAR(50), \
    price DECIMAL(10,2), userId VARCHAR(50), userSession VARCHAR(50));";

fn place(server: &Server, database: &str, kind: &str, table: &str) -> String {
    place_at(server.port, server, database, kind, table)
}

/// Reached by another port, that of a proxy.
fn place_at(port: u16, server: &Server, database: &str, kind: &str, table: &str) -> String {
    let url = format!("mysql://{}@127.0.0.1:{port}/{database}", server.user);
    format!("type='mysql'\nurl='{url}'\npassword={{file='DIR/password'}}\ntable='{table}'\n{kind}")
}

fn folder(server: &Server, config: &str) -> Folder {
    let folder = Folder::new(config);
    folder.write("password", &format!("{}\n", server.password));
    folder.write("any.json", ANY);
    folder
}

fn run_any(folder: &Folder) -> Running {
    let program = Program::new("run")
        .args(["--config".into(), folder.path("tripline.toml")])
        .args(["--rules".into(), folder.path("any.json")])
        .args(["--key", "userId", "--summary", "none"]);
    Running(program.spawn())
}

/// The events of all results in a file.
fn events(folder: &Folder, name: &str) -> Vec<Value> {
    let lines = fs::read_to_string(folder.path(name)).unwrap_or_default();
    let event = |line: &str| {
        let output: Value = serde_json::from_str(line).ok()?;
        Some(output["events"]["e"][0].clone())
    };
    lines.lines().filter_map(event).collect()
}

fn a_click_is_an_event(server: &Server) {
    let database = server.fresh_database();
    server.sql(&database, CLICKS);
    let source = place(server, &database, "", "click_stream");
    let folder = folder(
        server,
        &format!(
            "[sources.clicks]\n{source}[sinks.out]\ntype='file'\npath='DIR/out'\n[time]\nfield='eventTime'\n"
        ),
    );
    // The server lives in another time zone, and so do those who write.
    server.sql(
        &database,
        "INSERT INTO click_stream VALUES (1, '2026-11-21 08:00:00', 'view', '规则', NULL, 'a.\"b\"', '', 12.50, 'u', 's');",
    );
    let run = run_any(&folder);
    await_that("one result", || events(&folder, "out").len() == 1);
    // 08:00 at +08:00.
    let expected = r#"{"stream":"clicks","id":1,"eventTime":1795219200000,"eventType":"view","productId":"规则","categoryCode":"a.\"b\"","brand":"","price":12.50,"userId":"u","userSession":"s"}"#;
    let line = fs::read_to_string(folder.path("out")).expect("the file");
    assert!(line.contains(expected), "{line}");
    run.stop();
}

#[test]
fn a_click_is_an_event_of_either_server() {
    a_click_is_an_event(mariadb());
    a_click_is_an_event(mysql());
}

/// Transactions that overlap, each with a row; some are rolled back.
fn nothing_is_skipped(server: &Server) {
    const WRITERS: u32 = 4;
    const EACH: u32 = 25;
    let database = server.fresh_database();
    server.sql(
        &database,
        "CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, n INT, ts BIGINT, userId INT);",
    );
    let source = place(server, &database, "gap_wait_ms=300\npoll_interval_ms=5\n", "t");
    let config = format!("[sources.t]\n{source}[sinks.out]\ntype='file'\npath='DIR/out'\n");
    let folder = folder(server, &config);
    let run = run_any(&folder);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let database = &database;
            scope.spawn(move || {
                let mut script = String::new();
                for n in 0..EACH {
                    let (number, end) = (writer * EACH + n, ["COMMIT", "ROLLBACK"][usize::from(n % 5 == 4)]);
                    // The first ones stay open the longest.
                    let nap = f64::from((writer * 7 + n * 3) % 11) / 50.0;
                    writeln!(
                        script,
                        "START TRANSACTION; INSERT INTO t (n, ts, userId) VALUES ({number}, 1, 1); DO SLEEP({nap}); {end};"
                    )
                    .expect("memory");
                }
                server.sql(database, &script);
            });
        }
    });
    let expected: BTreeSet<u64> =
        (0..u64::from(WRITERS * EACH)).filter(|n| n % u64::from(EACH) % 5 != 4).collect();
    let found = || -> Vec<Value> { events(&folder, "out") };
    await_that("all rows", || found().len() >= expected.len());
    let found = found();
    let numbers: BTreeSet<u64> = found.iter().filter_map(|event| event["n"].as_u64()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(found.len(), expected.len(), "each once");
    let ids: Vec<u64> = found.iter().filter_map(|event| event["id"].as_u64()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    run.stop();
}

#[test]
fn nothing_is_skipped_under_concurrent_inserts() {
    nothing_is_skipped(mariadb());
    nothing_is_skipped(mysql());
}

/// Payments and their receipts, from two tables into a third; the server, the way to it and the program go and come.
fn each_result_is_there_once(server: &Server, database: &str) {
    let table = "(id BIGINT AUTO_INCREMENT PRIMARY KEY, tx INT, n INT, ts BIGINT, pad LONGTEXT) ENGINE = InnoDB;";
    server.sql(database, &format!("CREATE TABLE payments {table} CREATE TABLE receipts {table}"));
    let proxy = Proxy::start(server.port);
    let place = |more, table| place_at(proxy.port, server, database, more, table);
    let folder = folder(
        server,
        &format!(
            "[sources.payments]\n{}[sources.receipts]\n{}[sinks.alerts]\n{}[time]\nmax_out_of_order='1s'\n\
             [checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n[actions.tell]\nseverity='critical'\n\
             outputs=['match']\ntemplate='paid {{{{n}}}}'\n",
            place("", "payments"),
            place("", "receipts"),
            place("", "tripline_alerts"),
        ),
    );
    let row = |pattern| {
        format!("{{\"id\":\"r\",\"version\":1,\"function\":\"tell\",\"pattern\":{pattern}}}")
    };
    folder.write("one.json", &row(RULE));
    // Without the table the run says how to make it.
    let done = folder.run().run();
    let said = text(&done.stderr);
    assert!(done.code == 1 && said.contains("there is no table `tripline_alerts`"), "{said}");
    let (_, statement) = said.split_once("CREATE TABLE").expect("the statement");
    let (statement, _) = statement.split_once(';').expect("its end");
    server.sql(database, &format!("CREATE TABLE {statement};"));
    let start = || {
        let program = folder.run().args(["--summary", "none", "--rejected"]);
        Running(program.arg(folder.path("rejected")).spawn())
    };
    let insert = |tx: u32, pad: &str| {
        let now = jiff_now();
        let row = |ts| format!("(tx, n, ts, pad) VALUES ({tx}, {tx}, {ts}, {pad});");
        let (pay, receipt) = (row(now), row(now + 1));
        server.sql(database, &format!("INSERT INTO payments {pay} INSERT INTO receipts {receipt}"));
    };
    let pair = |tx: u32| insert(tx, "NULL");
    let matched = || {
        let sql = "SELECT JSON_UNQUOTE(JSON_EXTRACT(payload, '$.events.pay[0].n')) FROM tripline_alerts WHERE kind = 'match'";
        let mut found: Vec<u32> =
            server.sql(database, sql).lines().map(|line| line.parse().expect("a number")).collect();
        found.sort_unstable();
        found
    };
    let all = |last: u32| {
        let expected: Vec<u32> = (1..=last).collect();
        await_that(&format!("{expected:?}"), || matched() == expected);
    };
    let run = start();
    pair(1);
    pair(2);
    all(2);
    server.kill();
    server.restart();
    pair(3);
    all(3);
    run.kill();
    pair(4);
    let run = start();
    pair(5);
    all(5);
    // Those since the last checkpoint come again, and are not there twice.
    run.kill();
    let run = start();
    pair(6);
    all(6);
    // The way is cut while there is something to be read, and is silent while there is something to be written.
    proxy.cut();
    pair(7);
    proxy.mend();
    all(7);
    proxy.stall();
    pair(8);
    proxy.mend();
    all(8);
    // A row that is no event, and one of a megabyte behind it.
    server.sql(database, "INSERT INTO payments (tx, n) VALUES (77, 77);");
    insert(9, "REPEAT('x', 1000000)");
    all(9);
    let rejected = fs::read_to_string(folder.path("rejected")).expect("the file");
    let last = rejected.lines().last().expect("a line");
    assert!(last.starts_with("{\"source\":\"payments\",\"offset\":"), "{last}");
    assert!(last.contains("no time") && last.contains("77"), "{last}");
    let row = server.sql(
        database,
        "SELECT LENGTH(match_id), rule_id <> '', version, severity, `key`, start_at <= end_at, message FROM tripline_alerts ORDER BY created_at LIMIT 1",
    );
    let columns: Vec<&str> = row.trim_end().split('\t').collect();
    assert_eq!(columns[..4], ["32", "1", "1", "critical"], "{row}");
    assert!(columns[4].contains("tx") && columns[5..] == ["1", "paid 1"], "{row}");
    run.stop();
}

#[test]
fn each_result_is_there_once_on_mariadb() {
    let server = Server::start_own("mariadb");
    let database = server.fresh_database();
    each_result_is_there_once(&server, &database);
    what_is_wrong_is_told(&server, &database);
}

#[test]
fn each_result_is_there_once_on_mysql() {
    let server = Server::start_own("mysql");
    let database = server.fresh_database();
    each_result_is_there_once(&server, &database);
    what_is_wrong_is_told(&server, &database);
}

/// One row that does not fit does not hold up the others.
fn what_a_table_does_not_take(server: &Server) {
    let database = server.fresh_database();
    server.sql(
        &database,
        "CREATE TABLE raw (event_id VARCHAR(99) PRIMARY KEY, who VARCHAR(5), cost DECIMAL(6,2) NOT NULL);",
    );
    let config = |more: &str| {
        let sink = place(server, &database, more, "raw");
        format!(
            "[sources.a]\ntype='file'\npath='DIR/in'\n[sinks.raw]\n{sink}\
             columns={{event_id='$id',who='who',cost='cost'}}\n[forward]\na=['raw']\n"
        )
    };
    let run = |more: &str| {
        let folder = folder(server, &config(more));
        let event = |who: &str, cost: &str| format!("{{\"ts\":1,\"who\":\"{who}\"{cost}}}\n");
        let all = [
            event("a", ",\"cost\":200.10"),
            event("too long", ",\"cost\":1"),
            event("b", ",\"cost\":123456"),
            event("c", ",\"cost\":\"much\""),
            event("d", ""),
            event("e", ",\"cost\":2"),
        ];
        folder.write("in", &all.concat());
        let program = Program::new("run").args(["--config".into(), folder.path("tripline.toml")]);
        let done = program.args(["--summary", "none"]).run();
        (folder, done.code, text(&done.stderr))
    };
    let (folder, code, said) = run("dead_letter='DIR/dead'\n");
    assert_eq!(code, 0, "{said}");
    let rows = server.sql(&database, "SELECT * FROM raw ORDER BY event_id");
    assert_eq!(rows, "a/0\ta\t200.10\na/5\te\t2.00\n");
    let dead = fs::read_to_string(folder.path("dead")).expect("the file");
    let dead: Vec<Value> = dead.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = dead.iter().filter_map(|line| line["id"].as_str()).collect();
    assert_eq!(ids, ["a/1", "a/2", "a/3", "a/4"], "{dead:?}");
    assert_eq!(dead[0]["result"]["who"], "too long");
    assert!(
        dead[0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("`who`") || reason.contains("'who'"))
    );
    assert!(said.contains("the sink `raw`: a/1 is left out: "), "{said}");
    let (_, code, said) = run("on_refused='stop'\n");
    assert!(code == 1 && said.contains("the sink `raw`: a/1 was refused: "), "{said}");
}

#[test]
fn what_a_table_does_not_take_is_left_out() {
    what_a_table_does_not_take(mariadb());
    what_a_table_does_not_take(mysql());
}

fn check(folder: &Folder, arguments: &[&str]) -> Done {
    let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
    check.args(arguments).run()
}

fn what_is_wrong_is_told(server: &Server, database: &str) {
    let source =
        |more: &str, table: &str| format!("[sources.a]\n{}", place(server, database, more, table));
    for (config, password, words) in [
        (source("", "payments"), "wrong", "look at the user in `url`, and at `password`"),
        (source("", "nowhere"), "", "there is no table `nowhere`"),
        (source("id='tax'\n", "payments"), "", "no column `tax`, but `id`, `tx`, `n`, `ts`"),
        (source("columns=['x']\n", "payments"), "", "no column `x`"),
        (source("", "payments").replace(&format!(":{}/", server.port), ":1/"), "", "refused"),
        (
            format!("[sinks.a]\n{}", place(server, database, "", "nowhere")),
            "",
            "make it:  CREATE TABLE `nowhere` (",
        ),
        (
            format!("[sinks.a]\n{}", place(server, database, "", "payments")),
            "",
            "look at the names of the columns",
        ),
    ] {
        let folder = folder(server, &config);
        if !password.is_empty() {
            folder.write("password", password);
        }
        let done = check(&folder, &["--connect"]);
        let said = text(&done.stdout);
        assert_eq!(done.code, 1, "{config}: {said}");
        assert!(said.contains(words), "{words}: {said}");
        assert!(!said.contains(&server.password), "{said}");
    }
    let right = folder(server, &source("", "payments"));
    assert_eq!(check(&right, &["--connect"]).code, 0);
    for (keys, pointer) in [
        ("url='mysql://me:secret@db/x'\ntable='t'", "/sources/a/url"),
        ("url='db'\ntable='t'", "/sources/a/url"),
        ("url='mysql://me@db/x'\ntable=''", "/sources/a/table"),
        ("url='mysql://me@db/x'\ntable='t'\ngap_wait_ms=9999999", "/sources/a/gap_wait_ms"),
    ] {
        let folder = Folder::new(&format!("[sources.a]\ntype='mysql'\n{keys}\n"));
        let done = check(&folder, &["--format", "json", "--lang", "zh"]);
        let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
        let found = &found["diagnostics"][0];
        let message = found["message"].as_str().expect("a text");
        assert_eq!(found["pointer"], pointer, "{found}");
        assert!(message.chars().any(|sign| sign > '\u{4e00}'), "{keys}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
