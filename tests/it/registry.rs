//! Avro and Protobuf of a real broker, with a schema registry that answers as it is told.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::connectors::{Folder, Running, await_that};
use crate::kafka::{Kafka, jiff_now};
use crate::program::{Done, Program, text};

/// A payment, whose price another schema says.
const PAYMENT: &str = r#"{"type":"record","name":"Payment","namespace":"shop","fields":[
    {"name":"tx","type":"int"},{"name":"n","type":"long"},
    {"name":"ts","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"price","type":["null","Price"]}]}"#;

const PRICE: &str = r#"{"type":"record","name":"Price","namespace":"shop","fields":[
    {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}]}"#;

const RECEIPT: &str = r#"syntax = "proto3";
import "google/protobuf/timestamp.proto";
message Other { string text = 1; }
message Receipt { int32 tx = 1; int64 n = 2; google.protobuf.Timestamp ts = 3; }"#;

/// `user:right`.
const AUTHORIZATION: &str = "authorization: basic dxnlcjpyawdoda==";

/// A registry.
struct Stub {
    port: u16,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    /// Connections break.
    is_away: AtomicBool,
    /// How many broke.
    broken: AtomicU32,
}

impl Stub {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let gate = Arc::<Gate>::default();
        let ours = Arc::clone(&gate);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                if ours.is_away.load(Ordering::SeqCst) {
                    ours.broken.fetch_add(1, Ordering::SeqCst);
                } else {
                    std::thread::spawn(move || serve(stream));
                }
            }
        });
        Self { port, gate }
    }
}

fn serve(mut stream: TcpStream) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().expect("a connection"));
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let path = head.split(' ').nth(1).expect("a path");
    let (status, body) = if head.to_lowercase().contains(AUTHORIZATION) {
        answer(path)
    } else {
        ("401 Unauthorized", json!({"error_code": 401, "message": "no"}))
    };
    let body = body.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .expect("answered");
}

fn answer(path: &str) -> (&'static str, Value) {
    let price = json!({"name": "shop.Price", "subject": "shop/price", "version": 3});
    let body = match path {
        "/at/schemas/types" => json!(["AVRO", "PROTOBUF"]),
        "/at/schemas/ids/7" => json!({"schema": PAYMENT, "references": [price]}),
        "/at/subjects/shop%2Fprice/versions/3" => {
            json!({"subject": "shop/price", "version": 3, "id": 6, "schema": PRICE})
        }
        "/at/schemas/ids/8" => json!({"schema": RECEIPT, "schemaType": "PROTOBUF"}),
        _ => return ("404 Not Found", json!({"error_code": 40403, "message": "Schema not found"})),
    };
    ("200 OK", body)
}

/// A number as Protobuf writes one that is not negative.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7F) as u8);
    bytes
}

/// A number as Avro writes one that is not negative.
fn zigzag(number: u64) -> Vec<u8> {
    varint(number * 2)
}

fn with_schema(id: u8, message: &[Vec<u8>]) -> Vec<u8> {
    [vec![0, 0, 0, 0, id], message.concat()].concat()
}

fn payment(tx: u64, at_ms: u64) -> Vec<u8> {
    let price = [zigzag(1), zigzag(2), vec![0x4E, 0x2A]].concat();
    with_schema(7, &[zigzag(tx), zigzag(tx), zigzag(at_ms * 1000 + 999), price])
}

fn receipt(tx: u64, at_ms: u64) -> Vec<u8> {
    let (seconds, nanos) = (varint(at_ms / 1000), varint(at_ms % 1000 * 1_000_000));
    let at = [vec![0x08], seconds, vec![0x10], nanos].concat();
    let length = varint(at.len() as u64);
    let fields = [vec![0x08], varint(tx), vec![0x10], varint(tx), vec![0x1A], length, at];
    // The second message of the file.
    with_schema(8, &[vec![2, 2], fields.concat()])
}

fn config(servers: &str, registry: u16) -> String {
    let source = |name: &str, format: &str| {
        format!(
            "[sources.{name}]\ntype='kafka'\nservers='{servers}'\ntopic='{name}'\nstart='earliest'\nformat='{format}'\n\
             [sources.{name}.registry]\nurl='http://127.0.0.1:{registry}/at/'\nuser='user'\npassword={{env='REGISTRY_PASSWORD'}}\n"
        )
    };
    let payments =
        source("payments", "avro") + "[sources.payments.map]\nrename={amount='price.amount'}\n";
    let receipts = source("receipts", "protobuf");
    format!(
        "{payments}{receipts}[sinks.out]\ntype='file'\npath='DIR/out'\n\
         [time]\nmax_out_of_order='1s'\n[checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n"
    )
}

fn check(folder: &Folder, password: &str) -> Done {
    let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
    check.args(["--connect", "--format", "json"]).env("REGISTRY_PASSWORD", password).run()
}

#[test]
fn messages_with_schemas_are_read() {
    let kafka = Kafka::start();
    kafka.create(&[("payments", 1), ("receipts", 1)]);
    let stub = Stub::start();
    let folder = Folder::new(&config(&kafka.servers(), stub.port));
    let start = |password: &str| {
        let program = folder.run().args(["--summary", "none", "--rejected"]);
        program.arg(folder.path("rejected")).env("REGISTRY_PASSWORD", password)
    };
    // A wrong password ends the run before anything is read.
    kafka.send_bytes("payments", &payment(1, jiff_now()));
    for done in [check(&folder, "wrong"), start("wrong").run()] {
        let said = text(&done.stdout) + &text(&done.stderr);
        assert!(done.code == 1 && said.contains("does not let the user in (401)"), "{said}");
    }
    assert_eq!(check(&folder, "right").code, 0);

    // While it is away nothing is lost, and nothing is rejected.
    let away = |is_away| stub.gate.is_away.store(is_away, Ordering::SeqCst);
    let await_tries = || {
        let before = stub.gate.broken.load(Ordering::SeqCst);
        await_that("tries in vain", || stub.gate.broken.load(Ordering::SeqCst) > before + 4);
    };
    away(true);
    let done = check(&folder, "right");
    assert!(done.code == 1 && text(&done.stdout).contains("the schema registry http"), "{done:?}");
    let run = Running(start("right").spawn());
    let now = jiff_now();
    let whole = payment(3, now);
    kafka.send_bytes("payments", b"{\"tx\":9}");
    kafka.send_bytes("payments", &with_schema(99, &[vec![1, 2, 3]]));
    kafka.send_bytes("payments", &whole[..whole.len() - 1]);
    kafka.send_bytes("payments", &payment(2, now));
    kafka.send_bytes("receipts", &receipt(1, now + 1));
    kafka.send_bytes("receipts", &with_schema(8, &[vec![2, 4, 0x08, 1]]));
    kafka.send_bytes("receipts", &receipt(2, now + 1));
    await_tries();
    assert_eq!(fs::read_to_string(folder.path("rejected")).unwrap_or_default(), "");
    away(false);
    folder.await_matches("out", 2);
    assert_eq!(folder.matches("out"), ["1 1", "2 2"]);
    let out = fs::read_to_string(folder.path("out")).expect("the file");
    assert!(out.contains("\"amount\":200.10") && out.contains(&format!("\"ts\":{now},")), "{out}");
    // Killed, it reads again what the journal names, and waits for the registry there too.
    run.kill();
    away(true);
    let later = jiff_now();
    kafka.send_bytes("payments", &payment(3, later));
    kafka.send_bytes("receipts", &receipt(3, later + 1));
    let run = Running(start("right").spawn());
    await_tries();
    away(false);
    folder.await_matches("out", 3);
    assert_eq!(folder.matches("out"), ["1 1", "2 2", "3 3"]);
    let said = run.stop();
    assert!(said.contains("is held back: the schema registry"), "{said}");
    let rejected = fs::read_to_string(folder.path("rejected")).expect("the file");
    for (source, offset, reason) in [
        ("payments", 1, "it begins with the byte 123, and not with 0"),
        ("payments", 2, "the registry does not have its schema 99 (40403 Schema not found)"),
        ("payments", 3, "by its schema 7, field `price.amount`: it ends in the middle of a value"),
        ("receipts", 1, "by its schema 8, it is none of the messages that its schema declares"),
    ] {
        let begin = format!("{{\"source\":\"{source}/0\",\"offset\":{offset},\"reason\":\"");
        let line = rejected.lines().find(|line| line.starts_with(&begin));
        assert!(line.is_some_and(|line| line.contains(reason)), "{reason}: {rejected}");
    }
    assert_eq!(rejected.lines().count(), 4, "{rejected}");
}

#[test]
fn what_is_wrong_with_a_registry_is_told_at_its_place() {
    for (more, expected) in [
        ("format='avro'", "/sources/a/registry \"these messages need the registry"),
        ("registry={url='http://x'}", "/sources/a/registry \"it means nothing without format"),
        ("format='protobuf'\nregistry={url='x'}", "/sources/a/registry/url \"it is no address"),
        ("format='avro'\nregistry={url='http://u:p@x'}", "/sources/a/registry/url \"it is no"),
        (
            "format='avro'\nregistry={url='http://x',user='u'}",
            "/sources/a/registry/user \"a user needs a `password`",
        ),
        (
            "format='avro'\nregistry={ulr='http://x'}",
            "/sources/a/registry/ulr \"there is no such key",
        ),
        (
            "format='avro'\nregistry={url='http://x',user='u',password='p'}",
            "/sources/a/registry/password",
        ),
        ("format='arvo'", "/sources/a/format \"unknown word `arvo`"),
    ] {
        let folder =
            Folder::new(&format!("[sources.a]\ntype='kafka'\nservers='x:1'\ntopic='a'\n{more}\n"));
        let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
        let done = check.args(["--format", "json"]).run();
        let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
        let each = found["diagnostics"].as_array().expect("a list").iter();
        let each: Vec<String> = each
            .map(|one| {
                format!("{} {}", one["pointer"].as_str().unwrap_or_default(), one["message"])
            })
            .collect();
        assert!(each.iter().any(|one| one.starts_with(expected)), "{expected}: {each:#?}");
    }
}
