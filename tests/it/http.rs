//! The sink for HTTP, with a receiver that answers as it is told.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::connectors::{Folder, Running, await_that, event};
use crate::program::{Program, text};
use crate::proxy::Proxy;

/// A request as it came.
#[derive(Clone, Debug)]
struct Request {
    head: String,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// Answers 200, unless something else is wanted first.
struct Receiver {
    port: u16,
    came: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

/// Every event is a match.
const ANY: &str = r#"{"name":"r","nodes":[{"name":"pay","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"true"}}],"edges":[]}"#;

/// Does not answer at all, and keeps the connection.
const SILENCE: &str = "";

impl Receiver {
    fn start() -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    fn listen(listener: TcpListener) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let (came, answers) =
            (Arc::<Mutex<Vec<Request>>>::default(), Arc::<Mutex<VecDeque<_>>>::default());
        let (all, said) = (Arc::clone(&came), Arc::clone(&answers));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (all, said) = (Arc::clone(&all), Arc::clone(&said));
                std::thread::spawn(move || serve(stream.expect("a connection"), &all, &said));
            }
        });
        Self { port, came, answers }
    }

    fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn came(&self) -> Vec<Request> {
        self.came.lock().unwrap().clone()
    }

    /// The numbers of the payments that came, in order.
    fn numbers(&self) -> Vec<u64> {
        let number = |request: &Request| {
            let output: Value = serde_json::from_str(&request.body).expect("JSON");
            output["events"]["pay"][0]["n"].as_u64().expect("a number")
        };
        self.came().iter().map(number).collect()
    }
}

fn serve(stream: TcpStream, came: &Mutex<Vec<Request>>, answers: &Mutex<VecDeque<&'static str>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a connection"));
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let mut request = Request { head, body: String::new() };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        request.body = String::from_utf8(body).expect("UTF-8");
        let is_post = request.head.starts_with("POST ");
        let answer = if is_post { answers.lock().unwrap().pop_front() } else { None };
        if is_post {
            came.lock().unwrap().push(request);
        }
        let answer = answer.unwrap_or("200 OK\r\nContent-Length: 0\r\n\r\n");
        if answer == SILENCE {
            continue;
        }
        stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).expect("answered");
    }
}

fn folder(port: u16, more: &str) -> Folder {
    let folder = Folder::new(&format!(
        "[sources.payments]\ntype='file'\npath='DIR/pay'\nfollow=true\n[checkpoint]\ndir='DIR/kept'\ninterval='50ms'\n\
         [sinks.hook]\ntype='http'\nurl='http://127.0.0.1:{port}/hook'\n{more}"
    ));
    folder.write("pay", "");
    folder.write("one.json", ANY);
    folder
}

fn pay(folder: &Folder, number: u32) {
    folder.append("pay", &event(number, number, number));
}

fn start(folder: &Folder) -> Running {
    Running(folder.run().args(["--summary", "none"]).spawn())
}

#[test]
fn a_result_is_posted_until_it_is_taken() {
    let receiver = Receiver::start();
    let folder = folder(
        receiver.port,
        "timeout_ms=300\nsecret={file='DIR/secret'}\nheaders={'X-Rule'='{{rule.name}}','X-Token'={file='DIR/secret'}}\n",
    );
    folder.write("secret", "key\n");
    receiver.answer(&[
        "500 No\r\nContent-Length: 0\r\n\r\n",
        "429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
        SILENCE,
    ]);
    let run = start(&folder);
    pay(&folder, 1);
    await_that("the fourth try", || receiver.came().len() == 4);
    pay(&folder, 2);
    await_that("the next one", || receiver.came().len() == 5);
    assert_eq!(receiver.numbers(), [1, 1, 1, 1, 2], "in order, and none is lost");
    let came = receiver.came();
    for request in &came {
        let output: Value = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(request.header("idempotency-key"), output["id"].as_str());
        assert_eq!(request.header("x-rule"), Some("r"));
        assert_eq!(request.header("x-token"), Some("key"));
        let signed = request.header("x-tripline-signature").expect("signed");
        assert!(signed.starts_with("sha256=") && signed.len() == 7 + 64, "{signed}");
    }
    // What was taken before the last checkpoint does not come again, and what was not does, with the same id.
    run.kill();
    let away = "503 Away\r\nContent-Length: 0\r\n\r\n";
    receiver.answer(&[away, away]);
    let run = start(&folder);
    pay(&folder, 3);
    // The second is posted again unless a checkpoint knew of it: then it is the one that is refused twice.
    await_that("the third", || {
        receiver.numbers().ends_with(&[3]) && receiver.answers.lock().unwrap().is_empty()
    });
    let said = run.stop();
    assert!(!said.contains("key"), "{said}");
    let ids: Vec<String> = receiver
        .came()
        .iter()
        .map(|request| format!("{:?}", request.header("idempotency-key")))
        .collect();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 3, "{ids:?}");
}

/// The receiver goes and comes, the way to it is cut, and more results wait than the sink takes at once.
#[test]
fn nothing_is_lost_while_the_receiver_is_away() {
    const MANY: u32 = 1500;
    let receiver = Receiver::start();
    let proxy = Proxy::start(receiver.port);
    let folder = folder(proxy.port, "timeout_ms=500\n");
    let run = start(&folder);
    pay(&folder, 1);
    await_that("the first", || receiver.came().len() == 1);
    proxy.cut();
    let all: String = (2..=MANY).map(|number| event(number, number, number)).collect();
    folder.append("pay", &all);
    // Of a megabyte.
    let pad = "x".repeat(1_000_000);
    let large = MANY + 1;
    folder.append("pay", &format!("{{\"tx\":1,\"n\":{large},\"ts\":{large},\"pad\":\"{pad}\"}}\n"));
    proxy.mend();
    await_that("a hundred", || receiver.came().len() > 100);
    proxy.stall();
    let before = receiver.came().len();
    pay(&folder, large + 1);
    proxy.mend();
    proxy.cut();
    assert!(before < MANY as usize, "it was cut too late");
    proxy.mend();
    let numbers = || -> Vec<u64> {
        let mut numbers = receiver.numbers();
        // What nobody knew to be there was posted again.
        numbers.dedup();
        numbers
    };
    let expected: Vec<u64> = (1..=u64::from(large + 1)).collect();
    await_that("all of them", || numbers().last() == expected.last());
    assert_eq!(numbers(), expected, "in order");
    let ids: BTreeSet<String> = receiver
        .came()
        .iter()
        .map(|request| request.header("idempotency-key").expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), expected.len(), "the same each time");
    run.stop();
}

#[test]
fn what_is_refused_is_left_out_or_ends_the_run() {
    let receiver = Receiver::start();
    let no = "400 Bad\r\nContent-Length: 4\r\n\r\nnope";
    let stops = folder(receiver.port, "on_refused='stop'\n");
    receiver.answer(&[no]);
    pay(&stops, 1);
    let done = stops.run().args(["--summary", "none"]).run();
    let said = text(&done.stderr);
    assert_eq!(done.code, 1, "{said}");
    assert!(
        said.contains("the sink `hook`: ") && said.contains("was refused: it answers 400: nope")
    );
    // Nothing would be taken.
    let forbidden = folder(receiver.port, "");
    receiver.answer(&["403 No\r\nContent-Length: 0\r\n\r\n"]);
    pay(&forbidden, 1);
    let done = forbidden.run().args(["--summary", "none"]).run();
    let said = text(&done.stderr);
    assert!(done.code == 1 && said.contains("answers 403: ; look at `url`, `secret`"), "{said}");
    // A robot says it in the body.
    let skips = folder(
        receiver.port,
        "format='dingtalk'\ntext='{{events.pay[0].n}}!'\nsecret={file='DIR/secret'}\ndead_letter='DIR/dead'\n",
    );
    skips.write("secret", "key");
    let robot = |code| match code {
        0 => "200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}",
        130_101 => "200 OK\r\nContent-Length: 18\r\n\r\n{\"errcode\":130101}",
        _ => "200 OK\r\nContent-Length: 18\r\n\r\n{\"errcode\":310000}",
    };
    receiver.answer(&[robot(130_101), robot(310_000), robot(0)]);
    let before = receiver.came().len();
    let run = start(&skips);
    pay(&skips, 1);
    pay(&skips, 2);
    await_that("three tries", || receiver.came().len() == before + 3);
    let said = run.stop();
    assert!(said.contains("is left out: it says 310000"), "{said}");
    let dead = fs::read_to_string(skips.path("dead")).expect("the file");
    let dead: Value = serde_json::from_str(&dead).expect("one line");
    assert_eq!(dead["result"]["events"]["pay"][0]["n"], 1);
    assert!(dead["reason"].as_str().is_some_and(|reason| reason.contains("310000")), "{dead}");
    let came = receiver.came();
    let bodies: Vec<&str> = came[before..].iter().map(|request| request.body.as_str()).collect();
    let message =
        |words: &str| format!("{{\"msgtype\":\"text\",\"text\":{{\"content\":\"{words}\"}}}}");
    assert_eq!(bodies, [message("1!"), message("1!"), message("2!")]);
    assert!(came[before].head.starts_with("POST /hook?timestamp="), "{}", came[before].head);
}

/// What the action of the rule says goes out, and the whole result is still at hand.
#[test]
fn a_webhook_says_what_the_action_says() {
    let receiver = Receiver::start();
    let folder = folder(
        receiver.port,
        "headers={'X-Said'='{{message}}'}\n[actions.tell]\nseverity='critical'\ntemplate='paid {{n}}, {{price}}'\n",
    );
    let row = format!("{{\"id\":\"r\",\"version\":1,\"function\":\"tell\",\"pattern\":{ANY}}}");
    folder.write("one.json", &row);
    let run = start(&folder);
    folder.append("pay", "{\"tx\":1,\"n\":7,\"ts\":1,\"price\":19.90}\n");
    await_that("one", || receiver.came().len() == 1);
    run.stop();
    let came = receiver.came();
    assert_eq!(came[0].body, "paid 7, 19.90");
    assert_eq!(came[0].header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(came[0].header("x-said"), Some("paid 7, 19.90"));
}

#[test]
fn what_is_wrong_with_it_is_told() {
    let check = |folder: &Folder, more: &[&str]| {
        let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
        check.args(more).run()
    };
    for (keys, pointer) in [
        ("url='ftp://x'", "/sinks/hook/url"),
        ("url='http://user:pass@x/'", "/sinks/hook/url"),
        ("url='http://x/'\nbody='{{a'", "/sinks/hook/body"),
        ("url='http://x/'\nbody='{\"a\":}'", "/sinks/hook/body"),
        ("url='http://x/'\ntext='a'", "/sinks/hook/text"),
        ("url='http://x/'\nformat='slack'\ntext='{{a..b}}'", "/sinks/hook/text"),
        ("url='http://x/'\nformat='slack'\nbody='{}'", "/sinks/hook/body"),
        ("url='http://x/'\nheaders={'a b'='x'}", "/sinks/hook/headers"),
        ("url='http://x/'\nheaders={Host='x'}", "/sinks/hook/headers"),
        ("url='http://x/'\ntimeout_ms=0", "/sinks/hook/timeout_ms"),
        ("url='http://x/'\ndead_letter=''", "/sinks/hook/dead_letter"),
        ("url='http://x/'\ndead_letter='x'\non_refused='stop'", "/sinks/hook/dead_letter"),
        ("url='http://x/'\nformat='teams'", "/sinks/hook/format"),
    ] {
        let folder = Folder::new(&format!("[sinks.hook]\ntype='http'\n{keys}\n"));
        let done = check(&folder, &["--format", "json", "--lang", "zh"]);
        let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
        let found = &found["diagnostics"][0];
        let message = found["message"].as_str().unwrap_or_else(|| panic!("{keys}"));
        assert_eq!(found["pointer"], pointer, "{keys}: {found}");
        assert!(message.chars().any(|sign| sign > '\u{4e00}'), "{keys}: {message}");
        assert!(!message.contains("pass@"), "{message}");
    }
    let receiver = Receiver::start();
    assert_eq!(check(&folder(receiver.port, ""), &["--connect"]).code, 0);
    assert!(receiver.came().is_empty(), "nothing is posted");
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().unwrap().port();
    assert_eq!(check(&folder(nobody, ""), &["--connect"]).code, 1);
}
