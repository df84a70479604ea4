//! `examples/ecommerce`: its configuration files are right, name the same things as `compose.yaml`, and say what they should.

use std::fmt::Write as _;
use std::fs;

use crate::program::{Program, text};
use crate::root;

fn file(name: &str) -> String {
    fs::read_to_string(root(&format!("examples/ecommerce/{name}"))).expect(name)
}

#[test]
fn the_configuration_files_are_right() {
    for name in ["tripline.toml", "generate.toml", "receive.toml"] {
        let path = root(&format!("examples/ecommerce/{name}"));
        let check = Program::new("config").args(["check".into(), path]).run();
        assert_eq!(check.code, 0, "{name}: {}{}", text(&check.stdout), text(&check.stderr));
    }
}

/// What each file calls things is what the others call them.
#[test]
fn the_files_name_the_same_things() {
    let read = |name: &str| -> toml::Table { file(name).parse().expect(name) };
    let (pipeline, generate, receive) =
        (read("tripline.toml"), read("generate.toml"), read("receive.toml"));
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
        at(&pipeline, &["sinks", "clickstream", "topic"]),
        at(&pipeline, &["sinks", "alerts", "topic"]),
    ];
    assert!(made.contains(&format!("for topic in {}; do", topics.join(" "))), "{made}");
    assert_eq!(at(&pipeline, &["sources", "clicks", "topic"]), topics[0]);
    let chore = fs::read_to_string(root("xtask/src/ecommerce.rs")).expect("the chore");
    assert!(chore.contains(&format!("[\"{}\", \"{}\"]", topics[0], topics[1])));
    // The table and its columns.
    let table = at(&pipeline, &["sources", "click_stream", "table"]);
    let statement = file("click_stream.sql");
    assert!(statement.contains(&format!("CREATE TABLE {table} (")));
    assert_eq!(at(&generate, &["sinks", "table", "table"]), table);
    for column in generate["sinks"]["table"]["columns"].as_table().expect("columns").keys() {
        assert!(statement.contains(&format!("\n    {column} ")), "{column}");
    }
    // Servers, the database, the files that are mounted.
    let services = compose["services"].as_mapping().expect("services");
    for path in
        [&["store", "url"][..], &["sources", "click_stream", "url"], &["sinks", "table", "url"]]
    {
        assert_eq!(at(&pipeline, path), "mysql://tripline@mysql:3306/shop");
    }
    assert_eq!(at(&generate, &["sinks", "table", "url"]), "mysql://tripline@mysql:3306/shop");
    assert_eq!(compose["services"]["mysql"]["environment"]["MYSQL_DATABASE"], "shop");
    assert_eq!(compose["services"]["mysql"]["environment"]["MYSQL_USER"], "tripline");
    assert_eq!(at(&pipeline, &["sinks", "alerts", "servers"]), "kafka:9092");
    let port = at(&receive, &["sources", "hook", "listen"]).replace("0.0.0.0:", "");
    assert_eq!(at(&pipeline, &["sinks", "hook", "url"]), format!("http://receiver:{port}/events"));
    for name in ["mysql", "kafka", "receiver"] {
        assert!(services.contains_key(name), "{name}");
    }
    for mounted in ["./tripline.toml", "./generate.toml", "./receive.toml", "./click_stream.sql"] {
        assert!(compose_text.contains(&format!("{mounted}:/")), "{mounted}");
        assert!(root(&format!("examples/ecommerce/{mounted}")).exists());
    }
    let alerts = "../../crates/tripline-connectors/src/mysql/alerts.sql";
    assert!(compose_text.contains(&format!("{alerts}:/")));
    assert!(root(&format!("examples/ecommerce/{alerts}")).exists());
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
    let mut events = String::new();
    let mut event = |ts: u32,
                     kind: &str,
                     user: &str,
                     session: &str,
                     product: &str,
                     category: &str,
                     price: &str| {
        writeln!(
            events,
            r#"{{"ts":{ts},"eventType":"{kind}","productId":"{product}","categoryCode":"{category}","price":{price},"userId":"{user}","userSession":"{session}"}}"#
        )
        .expect("written");
    };
    event(1000, "view", "u1", "s1", "p1", "a.b", "10.00");
    event(2000, "view", "u1", "s1", "p2", "c.d", "10.00");
    event(3000, "cart", "u2", "s2", "p3", "a.b", "300.10");
    event(4000, "cart", "u3", "s3", "p4", "a.b", "250.00");
    event(5000, "purchase", "u3", "s3", "p9", "a.b", "250.00");
    for at in 0..4 {
        event(6000 + at, "view", "u4", "s4", &format!("p4{at}"), "a.b", "10.00");
    }
    event(7000, "view", "u5", "s5", "p5", "a.b", "20.00");
    event(7001, "view", "u5", "s5", "p5", "a.b", "15.00");
    event(7002, "cart", "u5", "s5", "p6", "a.b", "15.00");
    for at in 0..10 {
        event(8000 + at, "view", "u6", &format!("s6{at}"), "p6", "a.b", "10.00");
    }
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
    let mut expected = [
        ("s1", "u1", "CROSS_UPSELL", "Cross-sell opportunity detected for user u1: viewed products in categories a.b and c.d"),
        ("s2", "u2", "CART_ABANDONMENT", "High-value cart abandonment detected for user 'u2' priced at 300.10. No purchase within 10 minutes."),
        ("s3", "u3", "PURCHASE_COMPLETION", "Purchase completed for user u3 on product p9 priced at 250.00"),
        ("s4", "u4", "PURCHASE_INTENT", "High purchase intent detected for user u4 on product p40"),
        ("s5", "u5", "PRICE_SENSITIVITY", "Price-sensitive customer detected for user u5 on product p5 after a price drop."),
        ("s60", "u6", "CHURN_RISK", "Churn risk detected for user u6: viewed multiple products over the week without making a purchase."),
    ]
    .map(|(session, user, kind, message)| {
        format!(r#"{{"userSession":"{session}","userId":"{user}","alertType":"{kind}","message":"{message}"}}"#)
    });
    expected.sort_unstable();
    assert_eq!(found, expected);
}
