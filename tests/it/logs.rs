//! Real logs, where `TRIPLINE_LOGS` names the folder that has them (`CONTRIBUTING.md`).
//!
//! They are the logs of a well-known course on streams: what must come of them others have worked out. What follows from
//! the lines themselves is worked out here once more, plainly and with nothing of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::connectors::{Running, await_that};
use crate::kafka::Kafka;
use crate::program::{Program, text};
use crate::root;

/// The text of a log; nothing where there are none.
fn log(name: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("TRIPLINE_LOGS") else {
        eprintln!("not tried: TRIPLINE_LOGS does not say where {name} is");
        return None;
    };
    let path = PathBuf::from(folder).join(name);
    Some(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The columns of a log without a header.
fn rows<const COLUMNS: usize>(log: &str) -> Vec<[&str; COLUMNS]> {
    let columns = |line| -> [&str; COLUMNS] {
        let columns: Vec<&str> = str::split(line, ',').collect();
        columns.try_into().unwrap_or_else(|_| panic!("not {COLUMNS} columns: {line}"))
    };
    log.lines().map(columns).collect()
}

/// Writes a file into a folder of the test.
fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    path
}

/// What the rules of `folder` find in the events.
fn run(folder: &str, events: &Path, args: &[&str]) -> Vec<Value> {
    run_from("--events", folder, events, args)
}

/// The same of the sources of a configuration (`--config`).
fn run_from(option: &str, folder: &str, file: &Path, args: &[&str]) -> Vec<Value> {
    let program = Program::new("run").arg("--rules").arg(root("rules").join(folder));
    let program = program.arg(option).arg(file).args(["--rejected", "rejected.jsonl"]);
    let place = tempfile::tempdir().expect("a folder");
    let done = program.args(["--late", "late.jsonl"]).args(args).current_dir(place.path()).run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    for lost in ["rejected.jsonl", "late.jsonl"] {
        let lines = fs::read_to_string(place.path().join(lost)).unwrap_or_default();
        assert_eq!(lines, "", "{lost}");
    }
    let lines = text(&done.stdout);
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Outputs of a kind, each as what `show` makes of it, in order.
fn of_kind<T: Ord>(outputs: &[Value], kind: &str, show: impl Fn(&Value) -> T) -> Vec<T> {
    let found = outputs.iter().filter(|output| output["kind"] == kind);
    let mut found: Vec<T> = found.map(show).collect();
    found.sort();
    found
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no integer: {value}"))
}

fn number(digits: &str) -> i64 {
    digits.parse().unwrap_or_else(|_| panic!("no integer: {digits}"))
}

const SECONDS: [&str; 4] = ["--time-field", "timestamp", "--time-unit", "s"];
const ORDERS: [&str; 6] = [
    "--csv-columns",
    "orderId,eventType,txId,timestamp",
    "--time-field",
    "timestamp",
    "--time-unit",
    "s",
];

#[test]
fn orders_are_paid_in_time_or_not() {
    let Some(log) = log("OrderLog.csv") else { return };
    let (mut paid, mut late) = (Vec::new(), Vec::new());
    let rows = rows::<4>(&log);
    for [order, kind, _, created] in &rows {
        if *kind == "create" {
            let created = number(created);
            let in_time = rows.iter().any(|[other, kind, _, at]| {
                other == order && *kind == "pay" && (0..900).contains(&(number(at) - created))
            });
            let to = if in_time { &mut paid } else { &mut late };
            to.push((number(order), 1000 * (created + if in_time { 0 } else { 900 })));
        }
    }
    paid.sort();
    assert_eq!(
        (paid.len(), &late),
        (37, &vec![(34756, 1_558_431_813_000), (34767, 1_558_431_849_000)])
    );
    let folder = tempfile::tempdir().expect("a folder");
    let events = write(&folder, "orders.csv", &log);
    for shards in ["1", "4"] {
        let args = [&ORDERS[..], &["--max-out-of-order", "1m", "--shards", shards]].concat();
        let found = run("orders/order_pay_timeout_15m", &events, &args);
        let order = |output: &Value, at: &str| (int(&output["key"]["orderId"]), int(&output[at]));
        assert_eq!(of_kind(&found, "match", |output| order(output, "start")), paid);
        assert_eq!(of_kind(&found, "timeout", |output| order(output, "due")), late);
    }
}

#[test]
fn logins_that_failed_are_found_in_the_order_of_their_times() {
    let Some(log) = log("LoginLog.csv") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let events = write(&folder, "logins.csv", &log);
    let columns = ["--csv-columns", "userId,ip,eventType,timestamp", "--time-field", "timestamp"];
    let args = [&columns[..], &["--time-unit", "s", "--max-out-of-order", "1m"]].concat();
    let found = run("logins", &events, &args);
    let matches = of_kind(&found, "match", |output| {
        let taken = output["events"]["fail"].as_array().expect("events").iter();
        let times: Vec<i64> = taken.map(|event| int(&event["timestamp"]) - 1_558_430_000).collect();
        let rule = output["rule"]["id"].as_str().expect("a name").to_owned();
        (rule, int(&output["key"]["userId"]), times)
    });
    let matches: Vec<_> =
        matches.iter().map(|(rule, user, times)| (rule.as_str(), *user, &times[..])).collect();
    let expected: [(&str, i64, &[i64]); 3] = [
        ("login_fail_2_in_2s", 1035, &[842, 843]),
        ("login_fail_2_in_2s", 1035, &[843, 844]),
        ("login_fail_3_in_5s", 1035, &[842, 843, 844]),
    ];
    assert_eq!(matches, expected);
}

/// Payments and receipts, each by transaction with its time in seconds.
struct Sides {
    payments: BTreeMap<String, i64>,
    receipts: BTreeMap<String, i64>,
}

impl Sides {
    fn read() -> Option<Self> {
        let (orders, receipts) = (log("OrderLog.csv")?, log("ReceiptLog.csv")?);
        let of = |tx: &str, at: &str| (tx.to_owned(), number(at));
        let orders = rows::<4>(&orders);
        let payments = orders.iter().filter(|[_, kind, ..]| *kind == "pay");
        let payments: BTreeMap<_, _> = payments.map(|[_, _, tx, at]| of(tx, at)).collect();
        let receipts: BTreeMap<_, _> =
            rows::<3>(&receipts).iter().map(|[tx, _, at]| of(tx, at)).collect();
        assert_eq!(
            (payments.len(), receipts.len()),
            (39, 40),
            "each transaction once on each side"
        );
        Some(Self { payments, receipts })
    }

    /// The lines of both sides, those of one after those of the other.
    fn lines(&self, receipts_first: bool) -> String {
        let side = |stream: &str, side: &BTreeMap<String, i64>| -> String {
            let line = |(tx, at): (&String, &i64)| {
                format!("{}\n", json!({"timestamp": at, "txId": tx, "stream": stream}))
            };
            side.iter().map(line).collect()
        };
        let sides = [side("pay", &self.payments), side("receipt", &self.receipts)];
        if receipts_first { [&*sides[1], &*sides[0]].concat() } else { sides.concat() }
    }

    /// Pairs with `receipt - payment` by transaction, and what is alone on each side, where the two are in `bounds`.
    fn expected(&self, bounds: impl Fn(i64) -> bool) -> [Vec<(String, i64)>; 3] {
        let mut pairs = Vec::new();
        for (tx, paid) in &self.payments {
            let apart = self.receipts.get(tx).map(|received| received - paid);
            pairs.extend(apart.filter(|apart| bounds(*apart)).map(|apart| (tx.clone(), apart)));
        }
        let paired: BTreeSet<&String> = pairs.iter().map(|(tx, _)| tx).collect();
        let alone = |side: &BTreeMap<String, i64>| {
            let alone = side.iter().filter(|(tx, _)| !paired.contains(tx));
            alone.map(|(tx, at)| (tx.clone(), *at)).collect()
        };
        let (payments, receipts) = (alone(&self.payments), alone(&self.receipts));
        [pairs, payments, receipts]
    }
}

/// What came of payments and receipts: pairs with `receipt - payment` in seconds, and what is alone on each side.
fn reconciled(outputs: &[Value]) -> [Vec<(String, i64)>; 3] {
    let tx = |output: &Value| output["key"]["txId"].as_str().expect("a text").to_owned();
    let first = |output: &Value| output["events"]["first"][0].clone();
    let time = |event: &Value| int(&event["timestamp"]);
    let pairs = of_kind(outputs, "match", |output| {
        let apart = time(&output["events"]["second"][0]) - time(&first(output));
        (tx(output), if first(output)["stream"] == "pay" { apart } else { -apart })
    });
    let alone = |side: &str| {
        let of_side: Vec<Value> =
            outputs.iter().filter(|output| first(output)["stream"] == side).cloned().collect();
        of_kind(&of_side, "timeout", |output| (tx(output), time(&first(output))))
    };
    [pairs, alone("pay"), alone("receipt")]
}

#[test]
fn payments_and_receipts_are_reconciled() {
    let Some(sides) = Sides::read() else { return };
    let within_hour = sides.expected(|apart| apart.abs() < 3600);
    let names = |alone: &[(String, i64)]| -> Vec<String> {
        alone.iter().map(|(tx, _)| tx.clone()).collect()
    };
    assert_eq!(within_hour[0].len(), 37);
    assert_eq!(names(&within_hour[1]), ["35jue34we", "88snrn932"]);
    assert_eq!(names(&within_hour[2]), ["8fdsfae83", "ewr342as4", "sdafen9932"]);
    let within_seconds = sides.expected(|apart| (-3..=5).contains(&apart));
    let mut apart: Vec<i64> = within_seconds[0].iter().map(|(_, apart)| *apart).collect();
    apart.sort_unstable();
    assert_eq!(apart, [-3, 0, 3, 3]);

    let folder = tempfile::tempdir().expect("a folder");
    for receipts_first in [false, true] {
        // One side stands in the file after the other, so it takes an hour to see that a line is the last of its time.
        let events = write(&folder, "both.jsonl", &sides.lines(receipts_first));
        for shards in ["1", "4"] {
            let args = [&SECONDS[..], &["--max-out-of-order", "1h", "--shards", shards]].concat();
            let found = run("orders/pay_receipt_reconciliation", &events, &args);
            assert_eq!(reconciled(&found), within_hour);
            let found = run("orders/pay_receipt_in_seconds", &events, &args);
            assert_eq!(reconciled(&found), within_seconds);
        }
    }
}

#[test]
fn two_files_are_two_streams() {
    let (Some(sides), Some(orders), Some(receipts)) =
        (Sides::read(), log("OrderLog.csv"), log("ReceiptLog.csv"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (orders, receipts) =
        (write(&folder, "orders.csv", &orders), write(&folder, "receipts.csv", &receipts));
    // An event has the name of its source in the field `stream`.
    let config = format!(
        "[sources.pay]\ntype='file'\npath='{}'\ncsv_columns=['orderId','eventType','txId','timestamp']\n\
         [sources.receipt]\ntype='file'\npath='{}'\ncsv_columns=['txId','payChannel','timestamp']\n\
         [sinks.found]\ntype='stdout'\n\
         [time]\nfield='timestamp'\nunit='s'\nmax_out_of_order='10s'\n",
        orders.display(),
        receipts.display()
    );
    write(&folder, "tripline.toml", &config);
    for (rule, expected) in [
        ("pay_receipt_reconciliation", sides.expected(|apart| apart.abs() < 3600)),
        ("pay_receipt_in_seconds", sides.expected(|apart| (-3..=5).contains(&apart))),
    ] {
        let program = Program::new("run").args(["--config", "tripline.toml", "--summary", "none"]);
        let program = program.arg("--rules").arg(root("rules/orders").join(rule));
        let done = program.current_dir(folder.path()).run();
        assert_eq!(done.code, 0, "{}", text(&done.stderr));
        let lines = text(&done.stdout);
        let found: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(reconciled(&found), expected, "{rule}");
    }
}

#[test]
fn orders_and_receipts_come_through_kafka() {
    let (Some(sides), Some(orders)) = (Sides::read(), log("OrderLog.csv")) else { return };
    let kafka = Kafka::start();
    kafka.create(&[("orders", 2), ("receipts", 1), ("found", 1)]);
    for (place, [order, kind, tx, at]) in (0..).zip(rows::<4>(&orders)) {
        let mut event =
            json!({"orderId": number(order), "eventType": kind, "timestamp": number(at)});
        if !tx.is_empty() {
            event["txId"] = tx.into();
        }
        kafka.send("orders", place % 2, Some(&event.to_string()));
    }
    let mut receipts: Vec<_> = sides.receipts.iter().collect();
    receipts.sort_by_key(|(_, at)| **at);
    for (tx, at) in receipts {
        kafka.send("receipts", 0, Some(&json!({"txId": tx, "timestamp": at}).to_string()));
    }
    // Time goes on in all of them, so that all windows close.
    for (topic, partition) in [("orders", 0), ("orders", 1), ("receipts", 0)] {
        kafka.send(topic, partition, Some(r#"{"eventType":"nothing","timestamp":1558450000}"#));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let servers = kafka.servers();
    let config = format!(
        "[sources.pay]\ntype='kafka'\nservers='{servers}'\ntopic='orders'\nstart='earliest'\n\
         [sources.receipt]\ntype='kafka'\nservers='{servers}'\ntopic='receipts'\nstart='earliest'\n\
         [sinks.found]\ntype='file'\npath='{}'\n\
         [time]\nfield='timestamp'\nunit='s'\nmax_out_of_order='10s'\nidle_timeout='off'\nmax_future_skew='off'\n",
        folder.path().join("found.jsonl").display(),
    );
    write(&folder, "tripline.toml", &config);
    let mut program = Program::new("run").args(["--config", "tripline.toml", "--summary", "none"]);
    for rule in ["order_pay_timeout_15m", "pay_receipt_reconciliation", "pay_receipt_in_seconds"] {
        program = program.arg("--rules").arg(root("rules/orders").join(rule));
    }
    let running = Running(program.current_dir(folder.path()).spawn());
    let found = || -> Vec<Value> {
        let lines = fs::read_to_string(folder.path().join("found.jsonl")).unwrap_or_default();
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let within_hour = sides.expected(|apart| apart.abs() < 3600);
    let within_seconds = sides.expected(|apart| (-3..=5).contains(&apart));
    let count = 39
        + [&within_hour, &within_seconds]
            .map(|all| all.iter().map(Vec::len).sum::<usize>())
            .iter()
            .sum::<usize>();
    await_that(&format!("{count} results"), || found().len() >= count);
    running.stop();
    let of = |rule: &str| -> Vec<Value> {
        found().into_iter().filter(|output| output["rule"]["id"] == rule).collect()
    };
    assert_eq!(found().len(), count);
    assert_eq!(reconciled(&of("pay_receipt_reconciliation")), within_hour);
    assert_eq!(reconciled(&of("pay_receipt_in_seconds")), within_seconds);
    let late =
        of_kind(&of("order_pay_timeout_15m"), "timeout", |output| int(&output["key"]["orderId"]));
    assert_eq!(late, [34756, 34767]);
}

/// A request of `apache.log`: its time in seconds, method and page.
fn requests(log: &str) -> Vec<(i64, &str, &str)> {
    // 2015-05-01T00:00Z.
    const MAY: i64 = 1_430_438_400;
    let request = |line| {
        let words: Vec<&str> = str::split_whitespace(line).collect();
        let [_, _, _, when, "+0000", method, url] = words[..] else { panic!("a line: {line}") };
        let parts: Vec<&str> = when.split([':', '/']).collect();
        let [day, "05", "2015", hour, minute, second] = parts[..] else { panic!("a time: {when}") };
        let hours = (number(day) - 1) * 24 + number(hour);
        (MAY + hours * 3600 + number(minute) * 60 + number(second), method, url)
    };
    log.lines().map(request).collect()
}

/// The pages with the most GETs of each minute that ends at a multiple of 5 seconds, at most five: the end in ms, the
/// rank, the page and how many.
fn hot_pages(requests: &[(i64, &str, &str)]) -> Vec<(i64, i64, String, i64)> {
    let mut windows: BTreeMap<i64, BTreeMap<&str, i64>> = BTreeMap::new();
    for (at, method, url) in requests {
        if *method == "GET" {
            let first = at / 5 * 5 + 5;
            for end in (first..first + 60).step_by(5) {
                *windows.entry(end).or_default().entry(url).or_default() += 1;
            }
        }
    }
    let mut found = Vec::new();
    for (end, pages) in windows {
        let mut pages: Vec<(i64, &str)> = pages.into_iter().map(|(url, n)| (-n, url)).collect();
        pages.sort_unstable();
        let five = (1..).zip(pages.into_iter().take(5));
        found.extend(five.map(|(rank, (n, url))| (end * 1000, rank, url.to_owned(), -n)));
    }
    found
}

fn row(output: &Value) -> (i64, i64, String, i64) {
    let url = output["group"]["url"].as_str().expect("a page").to_owned();
    (int(&output["end"]), int(&output["rank"]), url, int(&output["values"]["requests"]))
}

#[test]
fn pages_are_ranked_as_they_are_counted() {
    let Some(log) = log("apache.log") else { return };
    let requests = requests(&log);
    let expected = hot_pages(&requests);
    assert_eq!(requests.len(), 10_000);
    let mut newest = 0;
    let behind = requests.iter().map(|(at, ..)| {
        newest = newest.max(*at);
        newest - at
    });
    let behind = behind.max().expect("requests");
    assert!((30..=70).contains(&behind), "about a minute: {behind}");

    let line = |(at, method, url): &(i64, &str, &str)| {
        format!("{}\n", json!({"ts": at, "method": method, "url": url}))
    };
    let folder = tempfile::tempdir().expect("a folder");
    let events = write(&folder, "pages.jsonl", &requests.iter().map(line).collect::<String>());
    let (behind, unit) = (format!("{behind}s"), ["--time-unit", "s"]);
    for shards in ["1", "4"] {
        let args = [&unit[..], &["--max-out-of-order", &behind, "--shards", shards]].concat();
        let found: Vec<_> = run("statistics/hot_pages", &events, &args).iter().map(row).collect();
        assert!(found == expected, "{} rows, {} expected", found.len(), expected.len());
    }
    // The log as it is, a line of text each.
    let lines = write(&folder, "apache.log", &log);
    let source = format!(
        "[sources.web]\ntype='file'\npath='{}'\nformat='text'\n\
         pattern='^(?<ip>\\S+) - - (?<at>\\S+ \\S+) (?<method>[A-Z]+) (?<url>\\S+)$'\n\
         map.time={{field='at',format='%d/%m/%Y:%H:%M:%S %z'}}\n[time]\nmax_out_of_order='{behind}'\n",
        lines.display()
    );
    let config = write(&folder, "tripline.toml", &source);
    let found: Vec<_> =
        run_from("--config", "statistics/hot_pages", &config, &[]).iter().map(row).collect();
    assert!(found == expected, "{} rows, {} expected", found.len(), expected.len());
    // Windows close at once, and are given out again for what comes late: the last word is the same.
    let args = [&unit[..], &["--allowed-lateness", &behind]].concat();
    let outputs = run("statistics/hot_pages", &events, &args);
    let mut latest: BTreeMap<i64, i64> = BTreeMap::new();
    for output in &outputs {
        let revision = latest.entry(int(&output["end"])).or_default();
        *revision = int(&output["revision"]).max(*revision);
    }
    let holds = |output: &&Value| latest[&int(&output["end"])] == int(&output["revision"]);
    let mut found: Vec<_> = outputs.iter().filter(holds).map(row).collect();
    found.sort();
    assert!(found == expected, "{} rows, {} expected", found.len(), expected.len());
    assert!(outputs.len() > expected.len(), "some windows are given out again");
}
