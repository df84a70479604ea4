//! `cargo xtask bench-kafka`: from Kafka to Kafka, Tripline with five rules beside a plain loop that only forwards.

#![expect(clippy::disallowed_methods, reason = "measures real time, and waits for it")]

use std::env;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde_json::Value;

use crate::clickstream;
use crate::services::{Services, create_topics, free_port, kafka_client, root};

/// How much is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many clicks
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// How many users there are
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// How often each is measured, in turn
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
}

/// What is read and what is written are called so; each run writes into a topic of its own.
const CLICKS: &str = "clicks";

/// How long anything may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(300);

struct Bench<'o> {
    options: &'o Options,
    services: Services,
    servers: String,
    config: toml::Table,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (services, [kafka]) = Services::start(["kafka"])?;
    let servers = format!("127.0.0.1:{}", kafka.port());
    let file = root()?.join("docs/benchmarks/kafka.toml");
    let config = fs::read_to_string(&file)?.parse().context("docs/benchmarks/kafka.toml")?;
    let bench = Bench { options, services, servers, config };
    create_topics(&bench.servers, &[CLICKS])?;
    let bytes = bench.fill()?;
    println!(
        "{} clicks of {} users, {} bytes each, in two partitions\n",
        options.events,
        options.users,
        bytes / options.events
    );
    println!("| run | plain loop, events/s | Tripline, events/s | share | alerts |");
    println!("|---|---|---|---|---|");
    let per_second = |time: Duration| options.events as f64 / time.as_secs_f64();
    let mut found = Vec::new();
    for run in 1..=options.runs {
        let plain = per_second(bench.plain(run)?);
        let (time, alerts) = bench.tripline(run)?;
        let ours = per_second(time);
        println!("| {run} | {plain:.0} | {ours:.0} | {:.2} | {alerts} |", ours / plain);
        found.push([plain, ours]);
    }
    let median = |of: usize| {
        let mut rates: Vec<f64> = found.iter().map(|rates| rates[of]).collect();
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (plain, ours) = (median(0), median(1));
    println!("| median | {plain:.0} | {ours:.0} | {:.2} | |", ours / plain);
    Ok(())
}

impl Bench<'_> {
    /// A client with the options that a source or sink has in the file.
    fn client(&self, kind: &str, name: &str) -> Result<ClientConfig> {
        let mut config = kafka_client(&self.servers);
        let options = self.config[kind][name]["options"].as_table().context("options")?;
        for (key, value) in options {
            let value = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                other => bail!("`{key}` is {other:?}"),
            };
            config.set(key, value);
        }
        Ok(config)
    }

    /// A producer as the sink has it.
    fn producer(&self) -> Result<ThreadedProducer<DefaultProducerContext>> {
        let mut config = self.client("sinks", "alerts")?;
        config.set("enable.idempotence", "true").set("message.timeout.ms", "0");
        Ok(config.create()?)
    }

    /// Writes the clicks, with their user as the key, and a late one in each partition that lets time pass; how many bytes.
    fn fill(&self) -> Result<u64> {
        let Options { events, users, .. } = *self.options;
        let mut lines = Vec::new();
        clickstream::write(&mut lines, users, events, 1)?;
        let producer = self.producer()?;
        let mut last = 0;
        for line in lines.split(|sign| *sign == b'\n').filter(|line| !line.is_empty()) {
            let click: Value = serde_json::from_slice(line)?;
            last = click["ts"].as_i64().context("a time")?;
            let user = click["userId"].as_str().context("a user")?;
            send(&producer, BaseRecord::to(CLICKS).key(user.as_bytes()).payload(line))?;
        }
        for partition in 0..2 {
            let end = format!("{{\"ts\":{},\"eventType\":\"end\"}}", last + 60_000);
            let record: BaseRecord<'_, [u8], [u8]> =
                BaseRecord::to(CLICKS).partition(partition).payload(end.as_bytes());
            send(&producer, record)?;
        }
        producer.flush(PATIENCE)?;
        Ok(lines.len() as u64)
    }

    /// A loop that reads each click and writes it.
    fn plain(&self, run: u64) -> Result<Duration> {
        let topic = format!("plain-{run}");
        create_topics(&self.servers, &[&topic])?;
        let begin = Instant::now();
        let mut config = self.client("sources", "clicks")?;
        config.set("group.id", "plain").set("enable.auto.commit", "false");
        let consumer: BaseConsumer = config.create()?;
        let mut list = TopicPartitionList::new();
        for partition in 0..2 {
            list.add_partition_offset(CLICKS, partition, Offset::Beginning)?;
        }
        consumer.assign(&list)?;
        let producer = self.producer()?;
        let mut left = self.options.events + 2;
        while left > 0 {
            ensure!(begin.elapsed() < PATIENCE, "{left} clicks did not come");
            let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
            let message = message?;
            let mut record = BaseRecord::to(&topic).payload(message.payload().unwrap_or_default());
            record.key = message.key();
            send(&producer, record)?;
            left -= 1;
        }
        producer.flush(PATIENCE)?;
        Ok(begin.elapsed())
    }

    /// Tripline with the five rules of the shop, until all clicks are processed and what they gave is written; and how much
    /// that is.
    fn tripline(&self, run: u64) -> Result<(Duration, u64)> {
        let topic = format!("alerts-{run}");
        create_topics(&self.servers, &[&topic])?;
        let folder = self.services.folder().join(format!("run-{run}"));
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let (servers, root) = (&self.servers, root()?);
        let mut command = Command::new(env::current_exe()?);
        command.args(["tripline", "run", "--summary", "none", "--log-level", "warn", "--config"]);
        command.arg(root.join("docs/benchmarks/kafka.toml")).current_dir(&folder);
        command.arg("--rules").arg(root.join("rules/ecommerce"));
        for (key, value) in [
            ("sources.clicks.servers", servers),
            ("sinks.alerts.servers", servers),
            ("sinks.alerts.topic", &topic),
            ("http.listen", &format!("127.0.0.1:{port}")),
        ] {
            command.args(["--set", &format!("{key}=\"{value}\"")]);
        }
        let begin = Instant::now();
        let mut child = Ended(command.stdout(Stdio::null()).spawn()?);
        let events = self.options.events as f64;
        loop {
            ensure!(begin.elapsed() < PATIENCE, "the clicks were not processed");
            if let Some(status) = child.0.try_wait()? {
                bail!("tripline has ended: {status}");
            }
            std::thread::sleep(Duration::from_millis(20));
            let Ok(mut answer) = ureq::get(format!("http://127.0.0.1:{port}/metrics")).call()
            else {
                continue;
            };
            let metrics = answer.body_mut().read_to_string()?;
            let metric = |name: &str| -> Option<f64> {
                metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
            };
            if metric("tripline_events_processed_total ") >= Some(events)
                && metric("tripline_outputs_in_flight ") == Some(0.0)
            {
                let alerts = metric("tripline_outputs_delivered_total ").context("a count")?;
                return Ok((begin.elapsed(), alerts as u64));
            }
        }
    }
}

/// A process that ends with this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _gone = Command::new("kill").arg(self.0.id().to_string()).status();
        let _gone = self.0.wait();
    }
}

/// Hands a record over, once there is room.
fn send(
    producer: &ThreadedProducer<DefaultProducerContext>,
    record: BaseRecord<'_, [u8], [u8]>,
) -> Result<()> {
    let mut next = record;
    loop {
        match producer.send(next) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                next = back;
                std::thread::sleep(Duration::from_millis(1));
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}
