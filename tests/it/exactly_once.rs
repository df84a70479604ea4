//! Kafka to Kafka exactly once: what readers of committed records see is what a run sees that was never broken off.

use std::fs;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use crate::connectors::{Folder, Running, await_that};
use crate::kafka::Kafka;
use crate::program::text;

/// How often the run is killed.
const LIVES: usize = 20;

/// Those who read committed records only, and those who read all.
pub(crate) const COMMITTED: &str = "read_committed";
pub(crate) const ALL: &str = "read_uncommitted";

fn config(kafka: &Kafka, alerts: &str) -> String {
    let servers = kafka.servers();
    format!(
        "[sources.payments]\ntype='kafka'\nservers='{servers}'\ntopic='payments'\nstart='earliest'\n\
         [sources.receipts]\ntype='kafka'\nservers='{servers}'\ntopic='receipts'\nstart='earliest'\n\
         [sinks.alerts]\ntype='kafka'\nservers='{servers}'\ntopic='{alerts}'\n\
         delivery='exactly_once'\ntransactional_id='tripline.{alerts}'\n\
         [time]\nmax_out_of_order='1ms'\nidle_timeout='off'\n[checkpoint]\ndir='DIR/kept'\ninterval='50ms'\n"
    )
}

/// The values in a topic, as those see them who read committed records only, or also others.
pub(crate) fn values(kafka: &Kafka, topic: &str, isolation: &str) -> Vec<String> {
    values_of(kafka, topic, 0, isolation)
}

/// The values in a partition of a topic.
pub(crate) fn values_of(
    kafka: &Kafka,
    topic: &str,
    partition: i32,
    isolation: &str,
) -> Vec<String> {
    let mut config = kafka.client();
    config.set("group.id", "reader").set("isolation.level", isolation);
    config.set("enable.partition.eof", "true");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Beginning).expect("a partition");
    consumer.assign(&list).expect("assigned");
    let mut found = Vec::new();
    loop {
        match consumer.poll(Duration::from_secs(20)).expect("an answer") {
            Ok(message) => found.push(text(message.payload().expect("a value"))),
            Err(KafkaError::PartitionEOF(_)) => return found,
            Err(error) => panic!("{error}"),
        }
    }
}

fn sorted(mut values: Vec<String>) -> Vec<String> {
    values.sort();
    values
}

/// Makes the next checkpoints fail, as a full disk does; gives what undoes it.
fn no_more_checkpoints(folder: &Folder) -> impl FnOnce() {
    let kept = folder.path("kept");
    let names =
        fs::read_dir(&kept).expect("the folder").map(|file| file.expect("a file").file_name());
    let numbers = names.filter_map(|name| name.to_str()?.strip_prefix("checkpoint-")?.parse().ok());
    let last: u64 = numbers.max().expect("a checkpoint");
    let in_the_way: Vec<_> =
        (last + 1..last + 500).map(|next| kept.join(format!("checkpoint-{next:012}"))).collect();
    for path in &in_the_way {
        // One may just have been made.
        let _made = fs::create_dir(path);
    }
    move || in_the_way.iter().for_each(|path| drop(fs::remove_dir(path)))
}

/// Sends so many payments, each a second after the one before, with their receipts but for every seventh.
fn send(kafka: &mut Kafka, payments: u32) {
    let mut records = Vec::new();
    for _ in 0..payments {
        kafka.sent += 1;
        let tx = kafka.sent;
        let event = |ts| format!("{{\"tx\":{tx},\"n\":{tx},\"ts\":{ts}}}");
        records.push(("payments", tx % 2, event(tx * 1000)));
        // Only the time of it counts for one that is left out.
        let receipt = event(tx * 1000 + 1);
        let missing = tx.is_multiple_of(7);
        records.push((
            "receipts",
            0,
            if missing { receipt.replace("\"tx\"", "\"no\"") } else { receipt },
        ));
    }
    kafka.send_all(&records);
}

/// What there is to be found: a match for each payment with a receipt, a timeout for each without.
#[test]
fn nothing_is_lost_or_twice_through_twenty_kills() {
    let mut kafka = Kafka::start();
    kafka.create(&[("payments", 2), ("receipts", 1), ("alerts", 1), ("unbroken", 1)]);
    let folder = Folder::new(&config(&kafka, "alerts"));
    let start = |folder: &Folder| {
        Running(folder.run().args(["--summary", "none", "--log-level", "info"]).spawn())
    };
    for life in 0..LIVES {
        let run = start(&folder);
        let (committed, written) =
            (values(&kafka, "alerts", COMMITTED).len(), values(&kafka, "alerts", ALL).len());
        send(&mut kafka, 100);
        let more_is_committed = |than: usize| {
            await_that("a commit", || values(&kafka, "alerts", COMMITTED).len() > than);
        };
        match life % 3 {
            0 => more_is_committed(committed),
            1 => {
                more_is_committed(committed);
                let undo = no_more_checkpoints(&folder);
                let before = values(&kafka, "alerts", COMMITTED).len();
                send(&mut kafka, 50);
                await_that("a commit without a checkpoint", || {
                    values(&kafka, "alerts", COMMITTED).len() > before
                });
                run.kill();
                undo();
                continue;
            }
            _ => await_that("a record", || values(&kafka, "alerts", ALL).len() > written),
        }
        run.kill();
    }
    // It goes on from a checkpoint after which much was committed.
    let end = u64::from(kafka.sent) * 1000 + 3_600_000;
    let last = |tx: i32| format!("{{\"tx\":{tx},\"n\":0,\"ts\":{end}}}");
    kafka.send_all(&[
        ("payments", 0, last(-1)),
        ("payments", 1, last(-2)),
        ("receipts", 0, last(-3)),
    ]);
    let run = start(&folder);
    let count = kafka.sent as usize;
    let wait = |topic: &str| {
        await_that(&format!("{count} results in {topic}"), || {
            values(&kafka, topic, COMMITTED).len() >= count
        });
    };
    wait("alerts");
    let said = run.stop();
    assert!(said.contains("results since the checkpoint are there already"), "{said}");
    let unbroken = Folder::new(&config(&kafka, "unbroken"));
    let run = start(&unbroken);
    wait("unbroken");
    run.stop();
    let expected = sorted(values(&kafka, "unbroken", COMMITTED));
    assert_eq!(expected.len(), count);
    assert!(expected.iter().any(|value| value.contains("\"kind\":\"timeout\"")));
    let found = sorted(values(&kafka, "alerts", COMMITTED));
    let differ = found.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert!(found == expected, "{} of {count}, and the first to differ: {differ:#?}", found.len());
}
