//! The source for HTTP, through the program.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use flate2::write::GzEncoder;
use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::connectors::{Folder, Running, await_that};
use crate::program::{Program, text};
use crate::root;

const TOKEN: &str = "0123456789abcdef";

/// A payment and its receipt; both come by one source.
const RULE: &str = r#"{"name":"r","nodes":[
  {"name":"pay","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'pay'"}},
  {"name":"receipt","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"kind == 'receipt'"}}],
  "edges":[{"source":"pay","target":"receipt","type":"SKIP_TILL_NEXT"}]}"#;

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

/// An engine that listens.
struct Shop {
    folder: Folder,
    port: u16,
}

impl Shop {
    fn new(source: &str, config: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        let folder = Folder::new(&format!(
            "[sources.shop]\ntype='http'\nlisten='127.0.0.1:{port}'\ntoken={{file='DIR/token'}}\n{source}\n\
             [sinks.out]\ntype='file'\npath='DIR/out'\n[time]\nmax_future_skew='off'\n\
             [checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n{config}"
        ));
        folder.write("token", &format!("{TOKEN}\n"));
        folder.write("one.json", RULE);
        Self { folder, port }
    }

    fn start(&self) -> Running {
        let program = self.folder.run().args(["--summary", "none", "--rejected"]);
        let run = Running(program.arg(self.folder.path("rejected")).spawn());
        await_that("it listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        run
    }

    /// Posts a body; nothing if the connection breaks.
    fn try_post(&self, body: &[u8], token: &str) -> Option<Answer> {
        self.try_post_as(body, token, "")
    }

    /// The same with more headers.
    fn try_post_as(&self, body: &[u8], token: &str, headers: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let length = body.len();
        let head = format!(
            "POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).ok()?;
        // What is refused at once is not read to its end.
        let _refused = stream.write_all(body);
        answer(stream)
    }

    fn post(&self, body: &str) -> Answer {
        self.try_post(body.as_bytes(), TOKEN).expect("an answer")
    }

    /// The numbers of the matches.
    fn matches(&self) -> Vec<u64> {
        let lines = fs::read_to_string(self.folder.path("out")).unwrap_or_default();
        let number = |line: &str| {
            let output: Value = serde_json::from_str(line).ok()?;
            output["events"]["receipt"][0]["tx"].as_u64()
        };
        lines.lines().filter_map(number).collect()
    }
}

fn answer(stream: TcpStream) -> Option<Answer> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    reader.read_exact(&mut body).ok()?;
    Some(Answer { status, head, body: serde_json::from_slice(&body).unwrap_or_default() })
}

fn event(tx: u64, kind: &str) -> String {
    format!("{{\"tx\":{tx},\"kind\":\"{kind}\",\"ts\":{tx}}}\n")
}

#[test]
fn events_are_posted() {
    let shop = Shop::new("max_body_bytes=2000000", "");
    let run = shop.start();
    // Lines and a list, and what is no event beside what is one.
    let told = shop.post(&format!("{}nothing\n\n{{\"tx\":1}}\n", event(1, "pay")));
    assert_eq!((told.status, &told.body["taken"]), (200, &1.into()), "{told:?}");
    let reasons = told.body["reasons"].as_array().expect("a list");
    let lines: Vec<&Value> = reasons.iter().map(|reason| &reason["line"]).collect();
    assert_eq!(
        (lines.as_slice(), &told.body["rejected"]),
        (&[&2.into(), &4.into()][..], &2.into())
    );
    assert!(reasons[1]["reason"].as_str().unwrap().contains("has no time"), "{told:?}");
    let told = shop.post(&format!("[{},\n{}]", event(2, "pay"), event(2, "receipt")));
    assert_eq!((told.status, &told.body["taken"]), (200, &2.into()), "{told:?}");
    assert_eq!(shop.post(&event(3, "receipt")).status, 200);
    let rejected = fs::read_to_string(shop.folder.path("rejected")).expect("the file");
    assert_eq!(rejected.lines().count(), 2, "{rejected}");
    assert!(rejected.lines().all(|line| line.contains("{\"source\":\"shop\",\"offset\":")));
    // Nothing is taken.
    assert_eq!(shop.post("").status, 200);
    for (body, reason) in [("nothing", "column 2"), ("[{]", "is none")] {
        let told = shop.post(body);
        assert!(told.status == 400 && told.body.to_string().contains(reason), "{told:?}");
    }
    // A megabyte, and more than may be.
    let large =
        format!("{{\"tx\":4,\"kind\":\"pay\",\"ts\":4,\"pad\":\"{}\"}}\n", "x".repeat(1_000_000));
    assert_eq!(shop.post(&format!("{large}{}", event(4, "receipt"))).body["taken"], 2);
    assert_eq!(shop.post(&" ".repeat(2_000_001)).status, 413);
    let mut stream = TcpStream::connect(("127.0.0.1", shop.port)).expect("a connection");
    let head = format!(
        "POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let chunk = [b"100000\r\n".as_slice(), &[b' '; 1 << 20], b"\r\n"].concat();
    let sent = stream.write_all(&chunk).and_then(|()| stream.write_all(&chunk));
    if sent.is_ok() {
        assert_eq!(answer(stream).map(|told| told.status), Some(413));
    }
    // Others may not.
    let told = shop.try_post(b"{}", "0123456789abcdeg").expect("an answer");
    assert!(told.status == 401 && told.head.contains("Bearer"), "{told:?}");
    await_that("the matches", || shop.matches() == [2, 4]);
    let said = run.stop();
    assert!(!said.contains(TOKEN), "{said}");
}

/// What was answered with 200 is not lost, whenever the process is killed.
#[test]
fn a_body_may_be_packed() {
    let shop = Shop::new("max_body_bytes=100000\nmax_waiting_bytes=200000", "");
    let run = shop.start();
    let packed = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).expect("packed");
        encoder.finish().expect("packed")
    };
    let post = |body: &[u8], encoding: &str| {
        let headers = format!("Content-Encoding: {encoding}\r\n");
        shop.try_post_as(body, TOKEN, &headers).expect("an answer")
    };
    let told = post(&packed(&(event(1, "pay") + "nothing\n" + &event(1, "receipt"))), "gzip");
    assert_eq!((told.status, &told.body["taken"]), (200, &2.into()), "{told:?}");
    assert_eq!(told.body["reasons"][0]["line"], 2, "{told:?}");
    // In pieces, and in another spelling.
    let pieces = [packed(&event(2, "pay")), packed(&event(2, "receipt"))].concat();
    assert_eq!(post(&pieces, "X-GZip").body["taken"], 2);
    assert_eq!(post(event(3, "pay").as_bytes(), "identity").body["taken"], 1);
    // A few bytes that are many, what is cut off, and what is packed otherwise.
    let whole = packed(&event(4, "pay"));
    let bomb = packed(&" ".repeat(10_000_000));
    assert!(bomb.len() < 20_000);
    for (body, encoding, expected) in [
        (&bomb[..], "gzip", 413),
        (&whole[..whole.len() - 1], "gzip", 400),
        (b"{}", "gzip", 400),
        (b"", "gzip", 400),
        (&whole, "br", 415),
        (&whole, "gzip, gzip", 415),
        (&whole, "gzip\r\nContent-Encoding: gzip", 415),
    ] {
        assert_eq!(post(body, encoding).status, expected, "{encoding}");
    }
    await_that("the matches", || shop.matches().len() == 2);
    assert_eq!(shop.matches(), [1, 2]);
    run.stop();
}

#[test]
fn a_connection_may_be_encrypted() {
    let file = |name: &str| root("tests/tls").join(name).display().to_string();
    let tls = |cert: &str, key: &str| format!("tls={{cert='{cert}',key='{key}'}}");
    let shop = Shop::new(&tls(&file("cert.pem"), &file("key.pem")), "");
    let run = shop.start();
    // One that says nothing holds nobody up, and who does not encrypt is not heard.
    let _silent = TcpStream::connect(("127.0.0.1", shop.port)).expect("a connection");
    assert!(shop.try_post(event(9, "pay").as_bytes(), TOKEN).is_none());
    let pem = fs::read(file("cert.pem")).expect("the certificate");
    let trusted = Certificate::from_pem(&pem).expect("a certificate");
    let tls_config = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[trusted]));
    let agent: Agent = Agent::config_builder().tls_config(tls_config.build()).build().into();
    let post = |agent: &Agent, body: String| {
        let request = agent.post(format!("https://127.0.0.1:{}/events", shop.port));
        let mut answer = request.header("Authorization", format!("Bearer {TOKEN}")).send(body)?;
        answer.body_mut().read_to_string()
    };
    for tx in 1..=2 {
        let told = post(&agent, event(tx, "pay") + &event(tx, "receipt")).expect("an answer");
        assert!(told.contains("\"taken\":2"), "{told}");
    }
    // Who trusts others does not send.
    assert!(post(&Agent::new_with_defaults(), event(9, "pay")).is_err());
    await_that("the matches", || shop.matches().len() == 2);
    assert_eq!(shop.matches(), [1, 2]);
    run.stop();
    for (cert, key, expected) in [
        ("DIR/none", file("key.pem"), "`tls.cert`: cannot read"),
        (&file("key.pem"), file("key.pem"), "`tls.cert`: nothing of the kind"),
        (&file("cert.pem"), file("cert.pem"), "`tls.key`: nothing of the kind"),
        (&file("cert.pem"), file("other.pem"), "`tls.key` is not the key"),
        ("", file("key.pem"), "the path is empty"),
    ] {
        let shop = Shop::new(&tls(cert, &key), "");
        let check =
            Program::new("config").args(["check".into(), shop.folder.path("tripline.toml")]);
        let done = check.arg("--connect").run();
        let said = text(&done.stdout) + &text(&done.stderr);
        assert!(done.code != 0 && said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn what_is_taken_survives_a_kill() {
    const KILLS: u64 = 8;
    let shop = Shop::new("", "");
    for tx in 1..=KILLS {
        let run = shop.start();
        if tx > 1 {
            assert_eq!(shop.post(&event(tx - 1, "receipt")).body["taken"], 1);
        }
        assert_eq!(shop.post(&event(tx, "pay")).body["taken"], 1);
        run.kill();
    }
    let run = shop.start();
    assert_eq!(shop.post(&event(KILLS, "receipt")).status, 200);
    let expected: Vec<u64> = (1..=KILLS).collect();
    await_that("each once", || shop.matches() == expected);
    run.stop();
    assert_eq!(shop.matches(), expected);
}

/// A sink that takes nothing holds the engine up, and that those who send: nothing is lost, and memory has a bound.
#[test]
fn those_who_send_are_told_to_wait() {
    let stuck = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = stuck.local_addr().expect("an address").port();
    let shop = Shop::new(
        "max_body_bytes=300000\nmax_waiting_bytes=1000000\ntimeout_ms=1000",
        &format!(
            "[sinks.hook]\ntype='http'\nurl='http://127.0.0.1:{port}/'\ntimeout_ms=500\n[engine]\nshards=1\nbatch_max_events=1\n"
        ),
    );
    let run = shop.start();
    let pad = "x".repeat(250_000);
    let pair = |tx: u64| {
        // All at one time, since nobody knows who comes first.
        let event = |kind, pad| {
            format!("{{\"tx\":{tx},\"kind\":\"{kind}\",\"ts\":1000,\"pad\":\"{pad}\"}}\n")
        };
        event("pay", pad.as_str()) + &event("receipt", "")
    };
    let mut taken = Vec::new();
    let full = std::thread::scope(|scope| {
        let mut senders = Vec::new();
        for tx in 1..=40 {
            let (shop, pair) = (&shop, &pair);
            senders.push(scope.spawn(move || (tx, shop.post(&pair(tx)))));
        }
        let answers: Vec<(u64, Answer)> =
            senders.into_iter().map(|sender| sender.join().expect("an answer")).collect();
        taken.extend(answers.iter().filter(|(_, told)| told.status == 200).map(|(tx, _)| *tx));
        let waits = |told: &Answer| matches!(told.status, 429 | 503);
        assert!(answers.iter().all(|(_, told)| told.status == 200 || waits(told)), "{answers:?}");
        let waiting = answers.iter().filter(|(_, told)| waits(told));
        assert!(waiting.clone().all(|(_, told)| told.head.contains("retry-after: 1")));
        waiting.filter(|(_, told)| told.status == 429).count()
    });
    assert!(full > 0, "it is never full");
    // Somebody takes the results at last.
    std::thread::spawn(move || {
        for stream in stuck.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.expect("a connection");
                let mut reader = BufReader::new(stream.try_clone().expect("a connection"));
                loop {
                    let (mut line, mut length) = (String::new(), 0);
                    while line != "\r\n" {
                        line.clear();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 {
                            return;
                        }
                        let lower = line.to_ascii_lowercase();
                        if let Some(text) = lower.strip_prefix("content-length: ") {
                            length = text.trim().parse().expect("a length");
                        }
                    }
                    reader.read_exact(&mut vec![0; length]).expect("a body");
                    if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
                        return;
                    }
                }
            });
        }
    });
    for tx in 41..=60 {
        await_that("room", || shop.post(&pair(tx)).status == 200);
        taken.push(tx);
    }
    await_that("all that were taken", || {
        let matches = shop.matches();
        taken.iter().all(|tx| matches.contains(tx))
    });
    run.stop();
}

/// A client that is slow holds nobody up, and one that waits at the end hears of it.
#[test]
fn a_slow_client_is_cut_off() {
    let shop = Shop::new("timeout_ms=700", "");
    let run = shop.start();
    let begin = |length: usize| {
        let mut stream = TcpStream::connect(("127.0.0.1", shop.port)).expect("a connection");
        let head = format!(
            "POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {length}\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream
    };
    let slow = begin(100);
    let gone = begin(100);
    assert_eq!(shop.post(&format!("{}{}", event(1, "pay"), event(1, "receipt"))).body["taken"], 2);
    drop(gone);
    assert_eq!(answer(slow).map(|told| told.status), Some(408));
    let _late = begin(100);
    run.stop();
    assert_eq!(shop.matches(), [1]);
}

#[test]
fn what_is_wrong_with_it_is_told() {
    let check = |folder: &Folder, more: &[&str]| {
        let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
        check.args(more).run()
    };
    for (keys, pointer) in [
        ("listen='0.0.0.0:80'", "/sources/a/listen"),
        ("listen='x'", "/sources/a/listen"),
        ("listen='127.0.0.1:0'\npath='events'", "/sources/a/path"),
        ("listen='127.0.0.1:0'\npath='/{x}'", "/sources/a/path"),
        ("listen='127.0.0.1:0'\nmax_body_bytes=1", "/sources/a/max_body_bytes"),
        ("listen='127.0.0.1:0'\nmax_waiting_bytes=2000", "/sources/a/max_waiting_bytes"),
        ("listen='127.0.0.1:0'\ntimeout_ms=0", "/sources/a/timeout_ms"),
        ("listen='127.0.0.1:0'\ntokn='x'", "/sources/a/tokn"),
    ] {
        let folder = Folder::new(&format!("[sources.a]\ntype='http'\n{keys}\n"));
        let done = check(&folder, &["--format", "json", "--lang", "zh"]);
        let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
        let found = &found["diagnostics"][0];
        let message = found["message"].as_str().unwrap_or_else(|| panic!("{keys}"));
        assert_eq!(found["pointer"], pointer, "{keys}: {found}");
        assert!(message.chars().any(|sign| sign > '\u{4e00}'), "{keys}: {message}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    for (keys, words) in [
        (format!("listen='127.0.0.1:{port}'"), "cannot listen on"),
        ("listen='127.0.0.1:0'\ntoken={file='DIR/token'}".to_owned(), "16 to 4096 visible"),
        ("listen='127.0.0.1:0'\ntoken={env='NO_SUCH_TOKEN'}".to_owned(), "is not set"),
    ] {
        let folder = Folder::new(&format!("[sources.a]\ntype='http'\n{keys}\n"));
        folder.write("token", "short");
        let done = check(&folder, &["--connect"]);
        let said = text(&done.stdout);
        assert!(done.code == 1 && said.contains(words), "{said}");
        assert!(!said.contains("short"), "{said}");
    }
}
