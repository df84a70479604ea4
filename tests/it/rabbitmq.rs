//! RabbitMQ as a source and as a sink, on a real broker.

mod read_once;

use std::collections::BTreeMap;
use std::fs;

use lapin::options::{
    BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};
use serde_json::Value;

use crate::connectors::{Folder, Running, await_that};
use crate::program::{Done, Program, text};
use crate::proxy::Proxy;
use crate::services::Server;

/// The broker, and a client of it that is not ours.
struct Rabbit {
    server: Server,
    runtime: tokio::runtime::Runtime,
    /// Pairs that were sent.
    sent: u32,
    /// What was taken out of the queue of alerts: how often each id came, and the number of its pair.
    taken: BTreeMap<String, (u64, u32)>,
}

impl Rabbit {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let server = Server::start_own("rabbitmq");
        Self { server, runtime, sent: 0, taken: BTreeMap::new() }
    }

    /// Does something on a channel of its own.
    fn on_channel<T>(&self, work: impl AsyncFnOnce(&Channel) -> lapin::Result<T>) -> T {
        let (user, password, port) = (&self.server.user, &self.server.password, self.server.port);
        let url = format!("amqp://{user}:{password}@127.0.0.1:{port}/%2f");
        let done: lapin::Result<T> = self.runtime.block_on(async {
            let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
            let channel = connection.create_channel().await?;
            let done = work(&channel).await?;
            connection.close(200, "done".into()).await?;
            Ok(done)
        });
        done.expect("the broker does it")
    }

    fn declare(&self, queue: &str, arguments: &[(&str, AMQPValue)]) {
        let mut table = FieldTable::default();
        for (key, value) in arguments {
            table.insert((*key).into(), value.clone());
        }
        self.on_channel(async |channel| {
            channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), table).await
        });
    }

    /// Sends a message to a queue, with an id if it has one.
    fn send(&self, queue: &str, body: &str, id: Option<&str>) {
        let properties = BasicProperties::default().with_delivery_mode(2);
        let properties = match id {
            Some(id) => properties.with_message_id(id.into()),
            None => properties,
        };
        self.on_channel(async |channel| {
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            let options = BasicPublishOptions::default();
            let sent = channel
                .basic_publish("".into(), queue.into(), options, body.as_bytes(), properties)
                .await?;
            assert!(sent.await?.is_ack());
            Ok(())
        });
    }

    /// Sends a payment and its receipt; both are told by the number.
    fn pair(&mut self, more: &str) {
        self.sent += 1;
        let tx = self.sent;
        // Their times are their order, so that no clock has a part in it.
        for (queue, ts) in [("payments", tx * 10), ("receipts", tx * 10 + 1)] {
            let event = format!("{{\"tx\":{tx},\"n\":{tx},\"ts\":{ts}{more}}}");
            self.send(queue, &event, Some(&format!("{queue}-{tx}")));
        }
        // Moves the time of payments on, so that the receipt is not waited with.
        let event = format!("{{\"tx\":0,\"n\":0,\"ts\":{}}}", tx * 10 + 2);
        self.send("payments", &event, Some(&format!("time-{tx}")));
    }

    /// Takes what there is out of the queue of alerts.
    fn take(&mut self, queue: &str) {
        let messages = self.on_channel(async |channel| {
            let mut messages = Vec::new();
            while let Some(message) =
                channel.basic_get(queue.into(), BasicGetOptions::default()).await?
            {
                message.delivery.acker.ack(BasicAckOptions::default()).await?;
                messages.push(message.delivery);
            }
            Ok(messages)
        });
        for message in messages {
            let output: Value = serde_json::from_slice(&message.data).expect("JSON");
            let id = output["id"].as_str().expect("an id");
            let properties = &message.properties;
            assert_eq!(properties.message_id().as_ref().map(|id| id.as_str()), Some(id));
            assert_eq!(properties.delivery_mode(), &Some(2));
            let headers = properties.headers().as_ref().expect("headers").inner();
            let header = |name: &str| match &headers[name] {
                AMQPValue::LongString(text) => text.to_string(),
                other => panic!("{other:?}"),
            };
            assert_eq!((header("id"), header("kind").as_str()), (id.to_owned(), "match"));
            let node = |name: &str| output["events"][name][0]["n"].as_u64().expect("a number");
            assert_eq!(node("pay"), node("receipt"));
            let taken = self.taken.entry(id.to_owned()).or_insert((node("pay"), 0));
            taken.1 += 1;
        }
    }

    /// Waits until all pairs that were sent have matched, each with one id.
    fn await_all(&mut self, queue: &str) {
        let expected: Vec<u64> = (1..=self.sent.into()).collect();
        await_that(&format!("{expected:?}"), || {
            self.take(queue);
            let mut found: Vec<u64> = self.taken.values().map(|(pair, _)| *pair).collect();
            found.sort_unstable();
            assert!(found.windows(2).all(|two| two[0] != two[1]), "twice: {found:?}");
            found == expected
        });
    }

    /// How many messages wait in a queue.
    fn waiting(&self, queue: &str) -> u32 {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declared = self.on_channel(async |channel| {
            channel.queue_declare(queue.into(), options, FieldTable::default()).await
        });
        declared.message_count()
    }

    fn login(&self, port: u16) -> String {
        let user = &self.server.user;
        format!("url='amqp://{user}@127.0.0.1:{port}'\npassword={{file='DIR/password'}}\n")
    }

    /// A folder with a configuration; the password stands in a file.
    fn folder(&self, config: &str) -> Folder {
        let folder = Folder::new(config);
        folder.write("password", &format!("{}\n", self.server.password));
        folder
    }

    fn config(&self, port: u16) -> String {
        let login = self.login(port);
        format!(
            "[sources.payments]\ntype='rabbitmq'\n{login}queue='payments'\n\
             [sources.receipts]\ntype='rabbitmq'\n{login}queue='receipts'\n\
             [sinks.alerts]\ntype='rabbitmq'\n{login}exchange='alerts'\nrouting_key='shop'\n\
             [checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n"
        )
    }

    fn declare_all(&self) {
        for queue in ["payments", "receipts", "alerts"] {
            self.declare(queue, &[]);
        }
        self.on_channel(async |channel| {
            let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
            let (none, direct) = (FieldTable::default(), ExchangeKind::Direct);
            channel.exchange_declare("alerts".into(), direct, durable, none.clone()).await?;
            let bind = QueueBindOptions::default();
            channel.queue_bind("alerts".into(), "alerts".into(), "shop".into(), bind, none).await
        });
    }
}

fn start(folder: &Folder) -> Running {
    let program = folder.run().args(["--summary", "none", "--rejected"]);
    Running(program.arg(folder.path("rejected")).spawn())
}

fn check(folder: &Folder, arguments: &[&str]) -> Done {
    let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
    check.args(arguments).env("RABBITMQ_PASSWORD", "wrong").run()
}

#[test]
fn from_rabbitmq_to_rabbitmq() {
    let mut rabbit = Rabbit::start();
    what_is_wrong_is_told(&rabbit);
    rabbit.declare_all();
    let proxy = Proxy::start(rabbit.server.port);
    let folder = rabbit.folder(&rabbit.config(proxy.port));
    let done = check(&folder, &["--connect"]);
    assert_eq!(done.code, 0, "{}", text(&done.stdout));
    let run = start(&folder);
    rabbit.pair("");
    rabbit.await_all("alerts");
    // A message that is none, one without a body, and one of a megabyte.
    rabbit.send("receipts", "nothing", None);
    rabbit.send("receipts", "", None);
    let pad = format!(",\"pad\":\"{}\"", "x".repeat(1_000_000));
    rabbit.pair(&pad);
    rabbit.await_all("alerts");
    let rejected = fs::read_to_string(folder.path("rejected")).expect("the file");
    for offset in [1, 2] {
        let begin = format!("{{\"source\":\"receipts\",\"offset\":{offset},\"reason\":\"");
        assert!(rejected.lines().any(|line| line.starts_with(&begin)), "{rejected}");
    }
    // The network is cut while something comes.
    proxy.cut();
    rabbit.pair("");
    proxy.mend();
    rabbit.await_all("alerts");
    // The broker goes and comes in mid-stream.
    rabbit.server.kill();
    rabbit.server.restart();
    rabbit.pair("");
    rabbit.await_all("alerts");
    run.stop();
    // All was acknowledged, as it is in the last checkpoint.
    assert_eq!([rabbit.waiting("payments"), rabbit.waiting("receipts")], [0, 0]);
    rabbit.pair("");
    let run = start(&folder);
    rabbit.await_all("alerts");
    run.stop();
}

/// A rule that every event matches by itself.
const EACH: &str = r#"{"name": "r", "nodes": [
  {"name": "it", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "n >= 0"}}], "edges": []}"#;

/// How often each event is in a file of results, by its number.
fn counts(folder: &Folder) -> BTreeMap<u64, u32> {
    let lines = fs::read_to_string(folder.path("out")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in lines.lines() {
        let Ok(output) = serde_json::from_str::<Value>(line) else { continue };
        let number = output["events"]["it"][0]["n"].as_u64().expect("a number");
        *counts.entry(number).or_default() += 1;
    }
    counts
}

fn total(folder: &Folder) -> u32 {
    counts(folder).into_values().sum()
}

fn click(number: u64) -> String {
    format!("{{\"tx\":1,\"n\":{number},\"ts\":{number}}}")
}

impl Rabbit {
    /// From a queue into a file, which is cut back to a checkpoint: so nothing in it may be there twice.
    fn to_file(&self, port: u16, queue: &str, interval: &str, more: &str) -> Folder {
        let login = self.login(port);
        let folder = self.folder(&format!(
            "[sources.clicks]\ntype='rabbitmq'\n{login}queue='{queue}'\n[sinks.out]\ntype='file'\npath='DIR/out'\n\
             [checkpoint]\ndir='DIR/kept'\ninterval='{interval}'\n{more}"
        ));
        folder.write("one.json", EACH);
        folder
    }
}

#[test]
fn a_full_queue_holds_results_back() {
    let rabbit = Rabbit::start();
    let full = [
        ("x-max-length", AMQPValue::LongLongInt(2)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ];
    rabbit.declare("full", &full);
    let login = rabbit.login(rabbit.server.port);
    let folder = rabbit.folder(&format!(
        "[sources.clicks]\ntype='file'\npath='DIR/in'\n[sinks.out]\ntype='rabbitmq'\n{login}routing_key='full'\n"
    ));
    folder.write("one.json", EACH);
    folder.write("in", &(0..20).map(|number| click(number) + "\n").collect::<String>());
    let mut run = start(&folder);
    await_that("a full queue", || rabbit.waiting("full") == 2);
    let mut found = std::collections::BTreeSet::new();
    await_that("all results", || {
        let message = rabbit.on_channel(async |channel| {
            let message = channel.basic_get("full".into(), BasicGetOptions::default()).await?;
            if let Some(message) = &message {
                message.delivery.acker.ack(BasicAckOptions::default()).await?;
            }
            Ok(message)
        });
        if let Some(message) = message {
            let output: Value = serde_json::from_slice(&message.delivery.data).expect("JSON");
            found.insert(output["events"]["it"][0]["n"].as_u64().expect("a number"));
        }
        found.len() == 20
    });
    assert!(run.0.wait().expect("it ends").success());
    // A result that no queue is bound for is not thrown away.
    rabbit.on_channel(async |channel| {
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        let (none, fanout) = (FieldTable::default(), ExchangeKind::Fanout);
        channel.exchange_declare("unbound".into(), fanout, options, none).await
    });
    folder.write(
        "tripline.toml",
        &fs::read_to_string(folder.path("tripline.toml"))
            .expect("the file")
            .replace("routing_key='full'", "exchange='unbound'\nrouting_key='nobody'"),
    );
    let done = folder.run().run();
    let said = text(&done.stderr);
    assert!(
        done.code == 1 && said.contains("no queue is bound to the exchange `unbound`"),
        "{said}"
    );
}

/// A queue in which nothing is holds time back only until the broker has said so.
#[test]
fn an_empty_queue_is_idle() {
    let rabbit = Rabbit::start();
    rabbit.declare("clicks", &[]);
    let more = "[time]\nidle_timeout='500ms'\n[sources.other]\ntype='file'\npath='DIR/other'\nfollow=true\n";
    let folder = rabbit.to_file(rabbit.server.port, "clicks", "1h", more);
    folder.write("other", "");
    let run = start(&folder);
    let mut sent = 0;
    let mut another = || {
        sent += 1;
        folder.append("other", &format!("{}\n", click(sent)));
    };
    await_that("an event", || {
        another();
        total(&folder) >= 1
    });
    rabbit.server.freeze();
    another();
    rabbit.server.thaw();
    let before = total(&folder);
    await_that("more", || {
        another();
        total(&folder) > before + 1
    });
    run.stop();
}

fn what_is_wrong_is_told(rabbit: &Rabbit) {
    let port = rabbit.server.port;
    let one = |more: &str| format!("[sources.a]\ntype='rabbitmq'\n{more}");
    let password = "password={env='RABBITMQ_PASSWORD'}\n";
    let url = |vhost: &str| format!("url='amqp://tripline@127.0.0.1:{port}{vhost}'\n");
    for (more, pointer, words) in [
        ("url='amqp://a:b@host'\nqueue='x'\n", "/sources/a/url", "no secret stands"),
        ("url='amqp://host'\nqueue='x'\n", "/sources/a/url", "names no user"),
        ("url='http://a@host'\nqueue='x'\n", "/sources/a/url", "no address of a broker"),
        ("url='amqp://a@host'\nqueue=''\n", "/sources/a/queue", "names no queue"),
        ("url='amqp://a@host'\nqueue='x'\nprefetch=0\n", "/sources/a/prefetch", "at least 1"),
        ("url='amqp://a@host'\nqueu='x'\n", "/sources/a/queu", "did you mean `queue`?"),
    ] {
        let folder = rabbit.folder(&one(&format!("{more}{password}")));
        let said = text(&check(&folder, &["--format", "json"]).stdout).to_owned();
        assert!(said.contains(pointer) && said.contains(words), "{more}: {said}");
    }
    let right = rabbit.login(port);
    let queue = "queue='nowhere'\n";
    let sink = "[sinks.a]\ntype='rabbitmq'\n";
    for (config, words) in [
        (one(&format!("{right}{queue}")), "the queue `nowhere`: NOT_FOUND"),
        (format!("{sink}{right}routing_key='nowhere'\n"), "the queue `nowhere`: NOT_FOUND"),
        (
            format!("{sink}{right}exchange='nowhere'\nrouting_key='x'\n"),
            "the exchange `nowhere`: NOT_FOUND",
        ),
        (one(&format!("{}{password}{queue}", url(""))), "does not accept the user or the password"),
        (
            one(&format!("{}{}{queue}", url("/nowhere"), right.split_once('\n').unwrap().1)),
            "may not use the virtual host",
        ),
        (one(&format!("{}password={{env='NOT_SET'}}\n{queue}", url(""))), "NOT_SET is not set"),
        (one(&format!("url='amqp://a@127.0.0.1:1'\n{password}{queue}")), "no answer from"),
        (
            one(&format!("url='amqps://a@127.0.0.1:{port}'\n{password}{queue}")),
            "no secure connection",
        ),
    ] {
        let folder = rabbit.folder(&config);
        let done = check(&folder, &["--connect"]);
        let said = text(&done.stdout);
        assert_eq!(done.code, 1, "{config}: {said}");
        assert!(said.contains(words), "{words}: {said}");
        assert!(!said.contains(&rabbit.server.password), "{said}");
    }
    // A run says the same, and ends.
    let done = rabbit.folder(&one(&format!("{right}{queue}"))).run().run();
    let said = text(&done.stderr);
    assert!(done.code == 1 && said.contains("the source `a`: the queue `nowhere`"), "{said}");
}
