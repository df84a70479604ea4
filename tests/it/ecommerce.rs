//! `examples/ecommerce`: its configuration files are right, name the same things as `compose.yaml`, and say what they should.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::connectors::{Running, await_that};
use crate::exactly_once::{COMMITTED, values_of};
use crate::kafka::Kafka;
use crate::program::{Program, text};
use crate::root;
use crate::services::mysql;

/// What the webhook is called with.
const TOKEN: &str = "a-token-for-this-example";

fn file(name: &str) -> String {
    fs::read_to_string(root(&format!("examples/ecommerce/{name}"))).expect(name)
}

#[test]
fn the_configuration_files_are_right() {
    for name in ["tripline.toml", "forward.toml", "generate.toml", "receive.toml"] {
        let path = root(&format!("examples/ecommerce/{name}"));
        let check = Program::new("config").args(["check".into(), path]).run();
        assert_eq!(check.code, 0, "{name}: {}{}", text(&check.stdout), text(&check.stderr));
    }
}

/// What each file calls things is what the others call them.
#[test]
fn the_files_name_the_same_things() {
    let read = |name: &str| -> toml::Table { file(name).parse().expect(name) };
    let (pipeline, forward) = (read("tripline.toml"), read("forward.toml"));
    let (generate, receive) = (read("generate.toml"), read("receive.toml"));
    let at = |table: &toml::Table, path: &[&str]| -> String {
        let mut value = toml::Value::Table(table.clone());
        for name in path {
            value = value.get(name).unwrap_or_else(|| panic!("{path:?}")).clone();
        }
        value.as_str().unwrap_or_else(|| panic!("{path:?}")).to_owned()
    };
    let compose: serde_norway::Value = serde_norway::from_str(&file("compose.yaml")).expect("YAML");
    let compose_text = file("compose.yaml");
    // The topics that are made.
    let made = compose["services"]["topics"]["command"][2].as_str().expect("a command");
    let topics = [
        at(&forward, &["sinks", "clickstream", "topic"]),
        at(&pipeline, &["sinks", "alerts", "topic"]),
    ];
    assert!(made.contains(&format!("for topic in {}; do", topics.join(" "))), "{made}");
    assert_eq!(at(&pipeline, &["sources", "clicks", "topic"]), topics[0]);
    let chore = fs::read_to_string(root("xtask/src/ecommerce.rs")).expect("the chore");
    assert!(chore.contains(&format!("[\"{}\", \"{}\"]", topics[0], topics[1])));
    // The table and its columns.
    let table = at(&forward, &["sources", "click_stream", "table"]);
    let statement = file("click_stream.sql");
    assert!(statement.contains(&format!("CREATE TABLE {table} (")));
    assert_eq!(at(&generate, &["sinks", "table", "table"]), table);
    for column in generate["sinks"]["table"]["columns"].as_table().expect("columns").keys() {
        assert!(statement.contains(&format!("\n    {column} ")), "{column}");
    }
    // Servers, the database, the files that are mounted.
    let services = compose["services"].as_mapping().expect("services");
    for (file, path) in [
        (&pipeline, &["store", "url"][..]),
        (&pipeline, &["sinks", "table", "url"]),
        (&forward, &["sources", "click_stream", "url"]),
    ] {
        assert_eq!(at(file, path), "mysql://tripline@mysql:3306/shop");
    }
    assert_eq!(at(&generate, &["sinks", "table", "url"]), "mysql://tripline@mysql:3306/shop");
    assert_eq!(compose["services"]["mysql"]["environment"]["MYSQL_DATABASE"], "shop");
    assert_eq!(compose["services"]["mysql"]["environment"]["MYSQL_USER"], "tripline");
    assert_eq!(at(&pipeline, &["sinks", "alerts", "servers"]), "kafka:9092");
    let port = at(&receive, &["sources", "hook", "listen"]).replace("0.0.0.0:", "");
    assert_eq!(at(&pipeline, &["sinks", "hook", "url"]), format!("http://receiver:{port}/events"));
    assert_eq!(services["receiver"]["environment"]["HOOK_TOKEN"], TOKEN);
    assert_eq!(
        services["tripline"]["environment"]["HOOK_AUTHORIZATION"],
        format!("Bearer {TOKEN}").as_str()
    );
    for name in ["mysql", "kafka", "receiver"] {
        assert!(services.contains_key(name), "{name}");
    }
    assert_eq!(at(&forward, &["sinks", "clickstream", "servers"]), "kafka:9092");
    for mounted in [
        "./tripline.toml",
        "./forward.toml",
        "./generate.toml",
        "./receive.toml",
        "./click_stream.sql",
    ] {
        assert!(compose_text.contains(&format!("{mounted}:/")), "{mounted}");
        assert!(root(&format!("examples/ecommerce/{mounted}")).exists());
    }
    let alerts = "../../crates/tripline-connectors/src/mysql/alerts.sql";
    assert!(compose_text.contains(&format!("{alerts}:/")));
    assert!(root(&format!("examples/ecommerce/{alerts}")).exists());
}

/// A click of the shop.
struct Click {
    /// In ms since the shop opened.
    at: u64,
    kind: &'static str,
    product: String,
    category: &'static str,
    price: &'static str,
    user: String,
    session: String,
}

/// When the shop opened, in ms since 1970.
const OPENED_MS: u64 = 1_700_000_000_000;

impl Click {
    fn new(at: u64, kind: &'static str, who: &str, product: &str, price: &'static str) -> Self {
        let (user, session) = (format!("u{who}"), format!("s{who}"));
        Self { at, kind, product: product.to_owned(), category: "a.b", price, user, session }
    }

    fn event(&self) -> String {
        let Self { at, kind, product, category, price, user, session } = self;
        let ts = OPENED_MS + at;
        format!(
            "{{\"ts\":{ts},\"eventType\":\"{kind}\",\"productId\":\"{product}\",\"categoryCode\":\"{category}\",\
             \"price\":{price},\"userId\":\"{user}\",\"userSession\":\"{session}\"}}\n"
        )
    }

    /// The same as a row of `click_stream`.
    fn row(&self) -> String {
        let Self { at, kind, product, category, price, user, session } = self;
        let (s, ms) = ((OPENED_MS + at) / 1000, (OPENED_MS + at) % 1000);
        format!(
            "INSERT INTO click_stream (eventTime, eventType, productId, categoryCode, price, userId, userSession) VALUES \
             (FROM_UNIXTIME({s}.{ms:03}), '{kind}', '{product}', '{category}', {price}, '{user}', '{session}');\n"
        )
    }
}

/// What gives an alert of each kind.
fn clicks() -> Vec<Click> {
    let other = Click { category: "c.d", ..Click::new(2000, "view", "1", "p2", "10.00") };
    let mut clicks = vec![
        Click::new(1000, "view", "1", "p1", "10.00"),
        other,
        Click::new(3000, "cart", "2", "p3", "300.10"),
        Click::new(4000, "cart", "3", "p4", "250.00"),
        Click::new(5000, "purchase", "3", "p9", "250.00"),
    ];
    let views = (0..4).map(|at| Click::new(6000 + at, "view", "4", &format!("p4{at}"), "10.00"));
    clicks.extend(views);
    clicks.extend([
        Click::new(7000, "view", "5", "p5", "20.00"),
        Click::new(7001, "view", "5", "p5", "15.00"),
        Click::new(7002, "cart", "5", "p6", "15.00"),
    ]);
    clicks.extend((0..10).map(|at| {
        let click = Click::new(8000 + at, "view", "6", "p6", "10.00");
        Click { session: format!("s6{at}"), ..click }
    }));
    clicks
}

/// The alerts of [`clicks`], sorted.
fn expected() -> Vec<String> {
    let mut expected = [
        ("s1", "u1", "CROSS_UPSELL", "Cross-sell opportunity detected for user u1: viewed products in categories a.b and c.d"),
        ("s2", "u2", "CART_ABANDONMENT", "High-value cart abandonment detected for user 'u2' priced at 300.10. No purchase within 10 minutes."),
        ("s3", "u3", "PURCHASE_COMPLETION", "Purchase completed for user u3 on product p9 priced at 250.00"),
        ("s4", "u4", "PURCHASE_INTENT", "High purchase intent detected for user u4 on product p40"),
        ("s5", "u5", "PRICE_SENSITIVITY", "Price-sensitive customer detected for user u5 on product p5 after a price drop."),
        ("s60", "u6", "CHURN_RISK", "Churn risk detected for user u6: viewed multiple products over the week without making a purchase."),
    ]
    .map(|(session, user, kind, message)| alert(session, user, kind, message));
    expected.sort_unstable();
    expected.into()
}

fn alert(session: &str, user: &str, kind: &str, message: &str) -> String {
    format!(
        r#"{{"userSession":"{session}","userId":"{user}","alertType":"{kind}","message":"{message}"}}"#
    )
}

#[test]
fn the_alerts_say_what_they_should() {
    let config = file("tripline.toml");
    let (_, actions) = config.split_once("# What becomes of").expect("actions");
    // Without servers all goes to the standard output.
    let lines = actions.lines().skip(1).filter(|line| !line.starts_with("sinks ="));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("actions.toml"), lines.collect::<Vec<_>>().join("\n"))
        .expect("written");
    let events: String = clicks().iter().map(Click::event).collect();
    let run = Program::new("run")
        .args(["--config".into(), folder.path().join("actions.toml")])
        .args(["--rules".into(), root("rules/ecommerce")])
        .args(["--events", "-", "--summary", "none"])
        .stdin(events.as_bytes())
        .run();
    assert_eq!(run.code, 0, "{}", text(&run.stderr));
    let said = text(&run.stdout);
    let mut found: Vec<&str> = said.lines().collect();
    found.sort_unstable();
    assert_eq!(found, expected());
}

/// The whole of it on real servers: rows of the table become alerts in the topic, in the table and at the webhook, and a
/// rule that changes changes them.
#[test]
fn rows_become_alerts_in_three_places() {
    let (kafka, server) = (Kafka::start(), mysql());
    kafka.create(&[("clickstream", 2), ("alerts", 2)]);
    let database = server.fresh_database();
    server.sql(&database, &file("click_stream.sql"));
    server.sql(&database, &file("../../crates/tripline-connectors/src/mysql/alerts.sql"));
    let url = format!("mysql://{}@127.0.0.1:{}/{database}", server.user, server.port);
    let store = |arguments: &[&str], more: &Path| {
        let program = Program::new(arguments[0]).args(&arguments[1..]).args(["--store", &url]);
        let program = program.env("TRIPLINE_STORE_PASSWORD", &server.password);
        let done = if more == Path::new("") { program } else { program.arg(more) }.run();
        assert_eq!(done.code, 0, "{arguments:?}: {}{}", text(&done.stdout), text(&done.stderr));
    };
    store(&["store", "migrate"], Path::new(""));
    store(&["rules", "push"], &root("rules/ecommerce"));

    let folder = tempfile::tempdir().expect("a folder");
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let hook = free.local_addr().expect("an address").port();
    drop(free);
    let run = |name: &str, set: &[(&str, String)]| {
        let path = root(&format!("examples/ecommerce/{name}"));
        let mut program = Program::new("run").args(["--config".into(), path]);
        for (key, value) in set {
            program = program.args(["--set", &format!("{key}=\"{value}\"")]);
        }
        let program = program.args(["--summary", "none"]).current_dir(folder.path());
        let program = program.env("TRIPLINE_STORE_PASSWORD", &server.password);
        let program =
            program.env("HOOK_TOKEN", TOKEN).env("HOOK_AUTHORIZATION", format!("Bearer {TOKEN}"));
        Running(program.spawn())
    };
    let posted = folder.path().join("posted");
    let _receiver = run(
        "receive.toml",
        &[
            ("sources.hook.listen", format!("127.0.0.1:{hook}")),
            ("sinks.shown.type", "file".to_owned()),
            ("sinks.shown.path", posted.display().to_string()),
        ],
    );
    let pipeline = run(
        "tripline.toml",
        &[
            ("store.url", url.clone()),
            ("sinks.table.url", url.clone()),
            ("sources.clicks.servers", kafka.servers()),
            ("sinks.alerts.servers", kafka.servers()),
            ("sinks.hook.url", format!("http://127.0.0.1:{hook}/events")),
        ],
    );
    let forward = run(
        "forward.toml",
        &[
            ("sources.click_stream.url", url.clone()),
            ("sinks.clickstream.servers", kafka.servers()),
        ],
    );
    let in_force = |version: &str| {
        let ask =
            "SELECT version_in_force FROM tripline_rule_status WHERE rule_id = 'abandoned_cart'";
        await_that("the rule", || server.sql(&database, ask).trim() == version);
    };
    in_force("1");

    let insert = |clicks: &[Click]| {
        let rows: String = clicks.iter().map(Click::row).collect();
        server.sql(&database, &format!("START TRANSACTION; {rows} COMMIT;"));
    };
    // Clicks in both partitions, by which time goes on.
    let time_goes_on = |at: u64| {
        let other = |who| Click::new(at, "other", &format!("0{who}"), "p0", "1.00");
        insert(&(0..16).map(other).collect::<Vec<_>>());
    };
    let day = 86_400_000;
    let alerts = || {
        let mut found = [0, 1].map(|part| values_of(&kafka, "alerts", part, COMMITTED)).concat();
        found.sort_unstable();
        found
    };
    insert(&clicks());
    time_goes_on(8 * day);
    let mut all = expected();
    await_that("the alerts", || alerts().len() >= all.len());
    assert_eq!(alerts(), all);

    // Carts above 50, in the place of 200.
    let text = fs::read_to_string(root("rules/ecommerce/abandoned_cart/rule.json")).expect("it");
    let text =
        text.replace("price > 200", "price > 50").replacen("\"version\": 1", "\"version\": 2", 1);
    let changed = folder.path().join("abandoned_cart.json");
    fs::write(&changed, text).expect("written");
    store(&["rules", "push"], &changed);
    in_force("2");
    insert(&[Click::new(9 * day, "cart", "9", "p9", "60.00")]);
    time_goes_on(10 * day);
    all.push(alert("s9", "u9", "CART_ABANDONMENT", "High-value cart abandonment detected for user 'u9' priced at 60.00. No purchase within 10 minutes."));
    all.sort_unstable();
    await_that("the alert of the changed rule", || alerts().len() >= all.len());
    assert_eq!(alerts(), all);
    let told = || {
        let lines = fs::read_to_string(&posted).unwrap_or_default();
        let strip = |line: &str| line.replace("\"stream\":\"hook\",", "");
        let mut told: Vec<String> = lines.lines().map(strip).collect();
        told.sort_unstable();
        told
    };
    await_that("the webhook", || told().len() >= all.len());
    assert_eq!(told(), all);
    await_that("the table", || {
        let found = server.sql(&database, "SELECT message FROM tripline_alerts ORDER BY message");
        found.lines().eq(all.iter().map(String::as_str))
    });
    // What is forwarded is the row, its time in ms and its price as it stood.
    let rows = [0, 1].map(|part| values_of(&kafka, "clickstream", part, COMMITTED)).concat();
    let cart = rows.iter().find(|row| row.contains("300.10")).expect("the cart");
    assert!(cart.contains("\"price\":300.10"), "{cart}");
    assert!(cart.contains("\"ts\":1700000003000"), "{cart}");
    forward.stop();
    pipeline.stop();
}
