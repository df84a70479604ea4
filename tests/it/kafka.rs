//! Kafka as a source and as a sink, on a real broker.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde_json::Value;

use crate::connectors::{Folder, Running, await_that};
use crate::program::{Done, Program, text};
use crate::services::Server;

/// The broker, and clients of it that are not ours.
pub(crate) struct Kafka {
    server: Server,
    runtime: tokio::runtime::Runtime,
    /// Events that were sent.
    pub(crate) sent: u32,
}

impl Kafka {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        Self { server: Server::start_own("kafka"), runtime, sent: 0 }
    }

    pub(crate) fn servers(&self) -> String {
        format!("127.0.0.1:{}", self.server.port)
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.servers());
        config
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().expect("an admin client")
    }

    pub(crate) fn create(&self, topics: &[(&str, i32)]) {
        let topics: Vec<NewTopic<'_>> = topics
            .iter()
            .map(|(name, partitions)| NewTopic::new(name, *partitions, TopicReplication::Fixed(1)))
            .collect();
        let done = self.admin();
        let done = done.create_topics(&topics, &AdminOptions::new());
        for result in self.runtime.block_on(done).expect("an answer") {
            result.expect("a topic");
        }
    }

    fn grow(&self, topic: &str, partitions: usize) {
        let (admin, options) = (self.admin(), AdminOptions::new());
        let new = NewPartitions::new(topic, partitions);
        let done = admin.create_partitions([&new], &options);
        self.runtime.block_on(done).expect("an answer").remove(0).expect("more partitions");
    }

    pub(crate) fn send(&self, topic: &str, partition: i32, payload: Option<&str>) {
        let producer: BaseProducer =
            self.client().set("message.max.bytes", "8000000").create().expect("a producer");
        let record = BaseRecord::<(), str>::to(topic).partition(partition);
        let record = if let Some(payload) = payload { record.payload(payload) } else { record };
        producer.send(record).map_err(|(error, _)| error).expect("taken");
        producer.flush(Duration::from_secs(30)).expect("sent");
    }

    /// Sends bytes to the first partition of a topic.
    pub(crate) fn send_bytes(&self, topic: &str, payload: &[u8]) {
        let producer: BaseProducer = self.client().create().expect("a producer");
        let record = BaseRecord::<(), [u8]>::to(topic).partition(0).payload(payload);
        producer.send(record).map_err(|(error, _)| error).expect("taken");
        producer.flush(Duration::from_secs(30)).expect("sent");
    }

    /// Sends records to partitions of topics, in this order.
    pub(crate) fn send_all(&self, records: &[(&str, u32, String)]) {
        let producer: BaseProducer = self.client().create().expect("a producer");
        for (topic, partition, payload) in records {
            let record = BaseRecord::<(), str>::to(topic).partition(partition.cast_signed());
            producer.send(record.payload(payload)).map_err(|(error, _)| error).expect("taken");
        }
        producer.flush(Duration::from_secs(30)).expect("sent");
    }

    /// Sends a payment to a partition, and its receipt; both are told by the number.
    fn pair(&mut self, partition: i32, more: &str) {
        self.sent += 1;
        let (tx, now) = (self.sent, jiff_now());
        let event = |ts| format!("{{\"tx\":{tx},\"n\":{tx},\"ts\":{ts}{more}}}");
        self.send("payments", partition, Some(&event(now)));
        self.send("receipts", 0, Some(&event(now + 1)));
    }

    /// The numbers of the matches in the topic of alerts, by id.
    fn alerts(&self) -> BTreeMap<String, u64> {
        let consumer: BaseConsumer =
            self.client().set("group.id", "reader").create().expect("a consumer");
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("alerts", 0, Offset::Beginning).expect("a partition");
        consumer.assign(&list).expect("assigned");
        let (_, high) =
            consumer.fetch_watermarks("alerts", 0, Duration::from_secs(20)).expect("its end");
        let mut found = BTreeMap::new();
        let mut next = 0;
        while next < high {
            let Some(Ok(message)) = consumer.poll(Duration::from_secs(1)) else { continue };
            next = message.offset() + 1;
            let output: Value =
                serde_json::from_slice(message.payload().expect("a value")).expect("JSON");
            let key: Value = serde_json::from_slice(message.key().expect("a key")).expect("JSON");
            assert_eq!(key, output["key"]);
            let node = |name: &str| output["events"][name][0]["n"].as_u64().expect("a number");
            assert_eq!(node("pay"), node("receipt"));
            found.insert(output["id"].as_str().expect("an id").to_owned(), node("pay"));
        }
        found
    }

    /// Waits until all pairs that were sent have matched, each with one id.
    fn await_all(&self) {
        let expected: Vec<u64> = (1..=self.sent.into()).collect();
        await_that(&format!("{expected:?}"), || {
            let mut found: Vec<u64> = self.alerts().into_values().collect();
            found.sort_unstable();
            found == expected
        });
    }

    fn config(&self) -> String {
        let servers = self.servers();
        format!(
            "[sources.payments]\ntype='kafka'\nservers='{servers}'\ntopic='payments'\n\
             [sources.receipts]\ntype='kafka'\nservers='{servers}'\ntopic='receipts'\nstart='earliest'\n\
             [sinks.alerts]\ntype='kafka'\nservers='{servers}'\ntopic='alerts'\n\
             options={{\"message.max.bytes\"=8000000}}\n\
             [time]\nmax_out_of_order='1s'\n[checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n"
        )
    }
}

pub(crate) fn jiff_now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "events of now")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(now.expect("after 1970").as_millis()).expect("a time")
}

fn check(config: &str, arguments: &[&str]) -> Done {
    let folder = Folder::new(config);
    let check = Program::new("config").args(["check".into(), folder.path("tripline.toml")]);
    check.args(arguments).env("KAFKA_PASSWORD", "wrong").run()
}

#[test]
fn from_kafka_to_kafka() {
    let mut kafka = Kafka::start();
    what_is_wrong_is_told(&kafka);
    kafka.create(&[("payments", 2), ("receipts", 1), ("alerts", 1)]);
    assert_eq!(check(&kafka.config(), &["--connect"]).code, 0);
    let folder = Folder::new(&kafka.config());
    let start = || {
        let program = folder.run().args(["--summary", "none", "--rejected"]);
        Running(program.arg(folder.path("rejected")).spawn())
    };
    let run = start();
    kafka.pair(0, "");
    kafka.pair(1, "");
    kafka.await_all();
    // A record that is none, one without a value, and one of a megabyte.
    kafka.send("payments", 1, Some("nothing"));
    kafka.send("payments", 1, None);
    let pad = format!(",\"pad\":\"{}\"", "x".repeat(1_000_000));
    kafka.pair(1, &pad);
    kafka.await_all();
    let rejected = fs::read_to_string(folder.path("rejected")).expect("the file");
    for (offset, reason) in [(1, "not"), (2, "no value")] {
        let begin = format!("{{\"source\":\"payments/1\",\"offset\":{offset},\"reason\":\"");
        let line = rejected.lines().find(|line| line.starts_with(&begin));
        assert!(line.is_some_and(|line| line.contains(reason)), "{rejected}");
    }
    // The broker goes and comes in mid-stream.
    kafka.server.kill();
    kafka.server.restart();
    kafka.pair(0, "");
    kafka.await_all();
    // The program is killed, and goes on where it was.
    run.kill();
    kafka.pair(1, "");
    let run = start();
    kafka.pair(0, "");
    kafka.await_all();
    // A partition that was not there before.
    kafka.grow("payments", 3);
    kafka.send("payments", 2, Some("nothing"));
    await_that("the new partition", || {
        let rejected = fs::read_to_string(folder.path("rejected")).expect("the file");
        rejected.contains("\"payments/2\",\"offset\":0")
    });
    kafka.pair(2, "");
    kafka.await_all();
    let said = run.stop();
    // It is known to another process, too.
    kafka.pair(2, "");
    let run = start();
    kafka.await_all();
    run.stop();
    // Those who watch lag see none.
    let group: BaseConsumer =
        kafka.client().set("group.id", "tripline.payments").create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    for partition in 0..3 {
        let _added = list.add_partition("payments", partition);
    }
    let committed = group.committed_offsets(list, Duration::from_secs(20)).expect("offsets");
    for partition in committed.elements() {
        let (_, high) = group
            .fetch_watermarks("payments", partition.partition(), Duration::from_secs(20))
            .expect("its end");
        assert_eq!(partition.offset(), Offset::Offset(high), "{said}");
    }
}

/// All that is in it came after the others had been read, whatever `start` says.
#[test]
fn a_partition_that_came_meanwhile_is_read_from_its_beginning() {
    let mut kafka = Kafka::start();
    kafka.create(&[("payments", 1), ("receipts", 1), ("alerts", 1)]);
    let folder = Folder::new(
        &kafka.config().replace("topic='payments'", "topic='payments'\nstart='latest'"),
    );
    let start = || Running(folder.run().args(["--summary", "none"]).spawn());
    let run = start();
    let kept = folder.path("kept");
    let is_kept =
        |file: fs::DirEntry| file.file_name().to_string_lossy().starts_with("checkpoint-");
    await_that("a checkpoint", || {
        fs::read_dir(&kept).is_ok_and(|mut files| files.any(|file| is_kept(file.expect("a file"))))
    });
    run.stop();
    kafka.grow("payments", 2);
    kafka.pair(1, "");
    let run = start();
    kafka.await_all();
    run.stop();
}

/// While the broker is away another source goes on; what came out of its reach is no later for that.
#[test]
fn an_outage_makes_no_event_late() {
    let kafka = Kafka::start();
    kafka.create(&[("payments", 2)]);
    let folder = Folder::new(&format!(
        "[sources.payments]\ntype='kafka'\nservers='{}'\ntopic='payments'\n\
         [sources.receipts]\ntype='file'\npath='DIR/receipts'\nfollow=true\n\
         [sinks.alerts]\ntype='file'\npath='DIR/alerts'\n\
         [time]\nmax_out_of_order='1s'\nidle_timeout='3s'\n[checkpoint]\ndir='DIR/kept'\ninterval='100ms'\n",
        kafka.servers()
    ));
    folder.write("receipts", "");
    let start = || Running(folder.run().args(["--summary", "none"]).spawn());
    let pay = |partition, tx: u32, ts| {
        let event = format!("{{\"tx\":{tx},\"n\":{tx},\"ts\":{ts}}}");
        kafka.send("payments", partition, Some(&event));
    };
    let receipt = |tx: u32, ts| {
        folder.append("receipts", &format!("{{\"tx\":{tx},\"n\":{tx},\"ts\":{ts}}}\n"));
    };
    let run = start();
    for (partition, tx) in [(0, 1), (1, 2)] {
        let now = jiff_now();
        pay(partition, tx, now);
        receipt(tx, now + 1);
    }
    // Both partitions are silent, and receipts alone move time: so they are idle.
    await_that("two matches", || {
        receipt(999, jiff_now());
        folder.matches("alerts").len() == 2
    });
    kafka.server.kill();
    let gone = jiff_now();
    receipt(3, gone + 10);
    // Much longer than the idle timeout, which those who write have once the broker is back.
    await_that("time", || {
        receipt(999, jiff_now());
        jiff_now() > gone + 6000
    });
    kafka.server.restart();
    pay(1, 3, gone + 5);
    await_that("the match", || {
        receipt(999, jiff_now());
        folder.matches("alerts").len() == 3
    });
    run.kill();
    // What the checkpoint goes on from is thrown away, or what the journal has read.
    pay(0, 4, jiff_now());
    let admin = kafka.admin();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("payments", 0, Offset::Offset(2)).expect("a partition");
    let options = AdminOptions::new();
    let deleted = admin.delete_records(&list, &options);
    kafka.runtime.block_on(deleted).expect("deleted");
    let done = folder.run().run();
    let said = text(&done.stderr);
    assert!(
        done.code == 1 && said.contains("it begins at offset 2: the topic has thrown"),
        "{said}"
    );
}

/// Into a topic without a rule, and out of one as changes: what is passed over, and what becomes several events, counts
/// once when a journal is replayed.
#[test]
fn changes_come_out_of_a_topic_once() {
    let kafka = Kafka::start();
    kafka.create(&[("orders", 1), ("clicks", 1)]);
    let servers = kafka.servers();
    let source = |name: &str, format: &str| {
        format!(
            "[sources.{name}]\ntype='kafka'\nservers='{servers}'\ntopic='{name}'\nstart='earliest'\nformat='{format}'\n"
        )
    };
    // A file into a topic.
    let into = Folder::new(&format!(
        "[sources.a]\ntype='file'\npath='DIR/in'\n[sinks.t]\ntype='kafka'\nservers='{servers}'\ntopic='orders'\n\
         [forward]\na=['t']\n"
    ));
    let change = |op: &str, id: u32| {
        format!(
            "{{\"ts\":1,\"op\":\"{op}\",\"before\":{{\"id\":{id}}},\"after\":{{\"id\":{id},\"price\":{id}.10}},\"ts_ms\":{id}}}\n"
        )
    };
    into.write(
        "in",
        &[change("c", 1), change("d", 2), change("u", 3), change("x", 4), change("c", 5)].concat(),
    );
    let program = Program::new("run").args(["--config".into(), into.path("tripline.toml")]);
    let done = program.args(["--summary", "none"]).run();
    assert_eq!(done.code, 0, "{}", text(&done.stderr));
    kafka.send("orders", 0, None);
    let folder = Folder::new(&format!(
        "{}{}[sinks.out]\ntype='file'\npath='DIR/out'\n[forward]\norders=['out']\nclicks=['out']\n\
         [checkpoint]\ndir='DIR/kept'\ninterval='1h'\n",
        source("orders", "debezium"),
        source("clicks", "canal")
    ));
    let start = || {
        let program = Program::new("run").args(["--config".into(), folder.path("tripline.toml")]);
        let program = program.args(["--summary", "none", "--rejected"]);
        Running(program.arg(folder.path("rejected")).spawn())
    };
    let lines = || {
        let out = fs::read_to_string(folder.path("out")).unwrap_or_default();
        let mut lines: Vec<String> = out.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let rows = |ids: [u32; 2]| {
        let [a, b] = ids.map(|id| format!("{{\"id\":\"{id}\",\"price\":\"{id}.10\"}}"));
        format!(
            "{{\"type\":\"INSERT\",\"isDdl\":false,\"es\":7,\"mysqlType\":{{\"id\":\"int\",\"price\":\"decimal(9,2)\"}},\"data\":[{a},{b}]}}"
        )
    };
    let click = |id: u32| {
        format!(
            "{{\"stream\":\"clicks\",\"id\":{id},\"price\":{id}.10,\"op\":\"insert\",\"ts\":7}}"
        )
    };
    let order = |id: u32, op: &str| {
        format!(
            "{{\"stream\":\"orders\",\"id\":{id},\"price\":{id}.10,\"op\":\"{op}\",\"ts\":{id}}}"
        )
    };
    kafka.send("clicks", 0, Some(&rows([11, 12])));
    kafka.send("clicks", 0, Some("{\"type\":\"CREATE\",\"isDdl\":true,\"data\":null}"));
    kafka.send("clicks", 0, Some(&rows([13, 14])));
    let mut expected: Vec<String> = (11..15).map(click).collect();
    expected.extend([order(1, "insert"), order(3, "update"), order(5, "insert")]);
    for more in [15, 17, 19] {
        let run = start();
        await_that(&format!("{expected:#?}, not {:#?}", lines()), || lines() == expected);
        run.kill();
        kafka.send("clicks", 0, Some(&rows([more, more + 1])));
        expected.splice((more - 11) as usize..(more - 11) as usize, [click(more), click(more + 1)]);
    }
    let run = start();
    await_that("all of them", || lines() == expected);
    run.stop();
    let rejected = fs::read_to_string(folder.path("rejected")).expect("the file");
    assert!(rejected.contains("\"offset\":3,\"reason\":\"it is no change"), "{rejected}");
}

fn what_is_wrong_is_told(kafka: &Kafka) {
    let one = |more: &str| {
        let servers = kafka.servers();
        format!("[sources.a]\ntype='kafka'\nservers='{servers}'\ntopic='nowhere'\n{more}")
    };
    for (more, pointer, words) in [
        ("partitions='group'", "/sources/a/partitions", "a group cannot give out the partitions"),
        ("start='begin'", "/sources/a/start", "committed"),
        ("options={\"group.id\"='x'}", "/sources/a/options", "say it with `group`"),
        ("options={\"sasl.password\"='x'}", "/sources/a/options", "no secret stands"),
        ("topics='x'", "/sources/a/topics", "did you mean `topic`?"),
    ] {
        let done = check(&one(more), &["--format", "json"]);
        let said = text(&done.stdout);
        assert_eq!(done.code, 3, "{more}: {said}");
        assert!(said.contains(pointer) && said.contains(words), "{more}: {said}");
        let done = check(&one(more), &["--format", "json", "--lang", "zh"]);
        let found: Value = serde_json::from_slice(&done.stdout).expect("an object");
        let message = found["diagnostics"][0]["message"].as_str().expect("a text");
        assert!(message.chars().any(|sign| sign > '\u{4e00}'), "{more}: {message}");
    }
    let secure = kafka.server.fact("secure_port").as_u64().expect("a port");
    let secure = |ca: bool, password: &str| {
        let file = kafka.server.fact("ca").as_str().expect("a path");
        let ca = if ca { format!(",\"ssl.ca.location\"='{file}'") } else { String::new() };
        format!(
            "[sources.a]\ntype='kafka'\nservers='127.0.0.1:{secure}'\ntopic='nowhere'\n\
             options={{\"security.protocol\"='SASL_SSL',\"sasl.mechanism\"='PLAIN',\"sasl.username\"='tripline',\
             \"sasl.password\"={password}{ca}}}\n"
        )
    };
    let folder = Folder::new("");
    folder.write("password", &format!("{}\n", kafka.server.password));
    let right = format!("{{file='{}'}}", folder.path("password").display());
    for (config, words) in [
        (one(""), "there is no topic `nowhere`"),
        (secure(true, &right), "there is no topic `nowhere`"),
        (secure(true, "{env='KAFKA_PASSWORD'}"), "does not accept the user or the password"),
        (secure(true, "{env='NO_SUCH_VARIABLE'}"), "NO_SUCH_VARIABLE is not set"),
        (secure(false, &right), "there is no secure connection"),
        (one("options={\"no.such.option\"=1}"), "`no.such.option`"),
        (
            "[sinks.a]\ntype='kafka'\nservers='127.0.0.1:1'\ntopic='x'\n".to_owned(),
            "no answer from",
        ),
    ] {
        let done = check(&config, &["--connect"]);
        let said = text(&done.stdout);
        assert_eq!(done.code, 1, "{config}: {said}");
        assert!(said.contains(words), "{words}: {said}");
        assert!(!said.contains(&kafka.server.password), "{said}");
    }
    // A run says the same, and ends.
    let done = Folder::new(&one("")).run().run();
    let said = text(&done.stderr);
    assert!(
        done.code == 1 && said.contains("the source `a`: there is no topic `nowhere`"),
        "{said}"
    );
}
