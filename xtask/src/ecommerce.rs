//! `cargo xtask ecommerce`: the example `examples/ecommerce` on servers of its own, and how long its alerts take.

#![expect(clippy::disallowed_methods, reason = "measures real time, and waits for it")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use serde_json::Value;

use crate::clickstream;
use crate::services::{Services, create_topics, free_port, kafka_client, root};

/// How much is sent, and whether it is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many clicks; they are spread over three days of the shop
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// How many users there are
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// How many clicks a second
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    rate: u64,
    /// Say how long it takes from a row to the alert that it completes, in the place of showing alerts
    #[arg(long)]
    measure: bool,
    /// With `--measure`: where alerts go, of alerts, table and hook
    #[arg(long, value_delimiter = ',', default_value = "alerts,table,hook")]
    sinks: Vec<String>,
}

/// The folder of the example's run, and what runs; all of it goes when it is dropped.
struct Stage {
    root: PathBuf,
    children: Vec<(&'static str, Child)>,
    // Goes after the children.
    services: Services,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Who takes results goes after who gives them.
        for (_, child) in self.children.iter_mut().rev() {
            let _gone = Command::new("kill").arg(child.id().to_string()).status();
            let _gone = child.wait();
        }
    }
}

impl Stage {
    fn tripline(&self, password: &str) -> Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command
            .arg("tripline")
            .current_dir(self.services.folder())
            .env("TRIPLINE_STORE_PASSWORD", password);
        let token = "a-token-for-this-example";
        command.env("HOOK_TOKEN", token).env("HOOK_AUTHORIZATION", format!("Bearer {token}"));
        Ok(command)
    }

    /// A file of the example.
    fn file(&self, name: &str) -> PathBuf {
        self.root.join("examples/ecommerce").join(name)
    }

    fn start(&mut self, mut command: Command, what: &'static str) -> Result<()> {
        let child = command.spawn().with_context(|| format!("cannot start {what}"))?;
        self.children.push((what, child));
        Ok(())
    }

    /// Whether all of them still run.
    fn runs(&mut self) -> Result<()> {
        for (what, child) in &mut self.children {
            ensure!(child.try_wait()?.is_none(), "{what} has ended; it says why above");
        }
        Ok(())
    }
}

/// Runs the example until all clicks are sent and their alerts are there, or until it is interrupted.
pub(crate) fn run(options: &Options) -> Result<()> {
    eprintln!("starting MariaDB and Kafka; programs that are missing are installed first");
    let (services, [database, kafka]) = Services::start(["mariadb", "kafka"])?;
    let mut stage = Stage { root: root()?.to_owned(), children: Vec::new(), services };
    let servers = format!("127.0.0.1:{}", kafka.port());
    let (user, port) = (database.text("user"), database.port());
    let url = format!("mysql://{user}@127.0.0.1:{port}/shop");
    let password = database.text("password").to_owned();
    database.sql("", "CREATE DATABASE shop CHARACTER SET utf8mb4")?;
    database.sql("shop", &fs::read_to_string(stage.file("click_stream.sql"))?)?;
    let alerts = stage.root.join("crates/tripline-connectors/src/mysql/alerts.sql");
    database.sql("shop", &fs::read_to_string(alerts)?)?;
    create_topics(&servers, &["clickstream", "alerts"])?;
    for arguments in [&["store", "migrate"][..], &["rules", "push"]] {
        let mut command = stage.tripline(&password)?;
        command.args(arguments).args(["--store", &url]);
        if arguments[0] == "rules" {
            command.arg(stage.root.join("rules/ecommerce"));
        }
        ensure!(command.status()?.success(), "tripline {} has failed", arguments.join(" "));
    }
    fs::write(stage.services.folder().join("password"), &password)?;
    eprintln!(
        "the rules are in {url}, its password is in {}",
        stage.services.folder().join("password").display()
    );
    let hook = free_port()?;
    let mut receive = stage.tripline(&password)?;
    receive.args(["run", "--config"]).arg(stage.file("receive.toml"));
    receive.args(["--set", &format!("sources.hook.listen=\"127.0.0.1:{hook}\"")]);
    receive.args(["--summary", "none"]);
    if options.measure {
        receive.stdout(Stdio::null());
    }
    stage.start(receive, "the receiver")?;
    let mut config = fs::read_to_string(stage.file("tripline.toml"))?;
    if options.measure {
        config = with_whole_results(&config, &options.sinks);
    }
    let pipeline = stage.services.folder().join("tripline.toml");
    fs::write(&pipeline, config)?;
    let mut engine = stage.tripline(&password)?;
    engine.args(["run", "--summary", "none", "--config"]).arg(&pipeline);
    for (key, value) in [
        ("store.url", &url),
        ("sinks.table.url", &url),
        ("sources.clicks.servers", &servers),
        ("sinks.alerts.servers", &servers),
        ("sinks.hook.url", &format!("http://127.0.0.1:{hook}/events")),
    ] {
        engine.args(["--set", &format!("{key}=\"{value}\"")]);
    }
    stage.start(engine, "the pipeline")?;
    let mut forward = stage.tripline(&password)?;
    forward.args(["run", "--summary", "none", "--config"]).arg(stage.file("forward.toml"));
    for (key, value) in
        [("sources.click_stream.url", &url), ("sinks.clickstream.servers", &servers)]
    {
        forward.args(["--set", &format!("{key}=\"{value}\"")]);
    }
    stage.start(forward, "what brings rows into the topic")?;
    let mut generate = stage.tripline(&password)?;
    generate.args(["run", "--summary", "none", "--config"]).arg(stage.file("generate.toml"));
    generate.args(["--set", &format!("sinks.table.url=\"{url}\"")]).stdin(Stdio::piped());
    stage.start(generate, "the generator")?;
    let sent = Arc::new(Mutex::new(BTreeMap::new()));
    let over = Arc::new(AtomicBool::new(false));
    let latencies = options.measure.then(|| {
        let (servers, sent, over) = (servers.clone(), Arc::clone(&sent), Arc::clone(&over));
        std::thread::spawn(move || latencies(&servers, &sent, &over))
    });
    send(options, &mut stage, &sent)?;
    // It ends with its input.
    let (_, mut generator) = stage.children.pop().context("the generator")?;
    ensure!(generator.wait()?.success(), "the generator has failed; it says why above");
    stage.runs()?;
    // What is under way comes soon; the last ten seconds of the shop wait for clicks that do not come.
    std::thread::sleep(Duration::from_secs(5));
    over.store(true, Ordering::Relaxed);
    let counts = database.sql(
        "shop",
        "SELECT rule_id, kind, COUNT(*) FROM tripline_alerts GROUP BY rule_id, kind ORDER BY rule_id, kind",
    )?;
    eprintln!("alerts in the table:\n{counts}");
    if let Some(latencies) = latencies {
        let latencies =
            latencies.join().map_err(|_| anyhow::anyhow!("the consumer has failed"))??;
        tell(options, latencies)?;
    }
    Ok(())
}

/// The configuration with alerts that are whole results, which have their events in them.
fn with_whole_results(config: &str, sinks: &[String]) -> String {
    let sinks = format!("sinks = {sinks:?}");
    let is_text = |line: &str| {
        ["template =", "timeout =", "match =", "[actions.abandoned_cart.template]"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    let lines = config.lines().filter(|line| !is_text(line));
    let lines = lines.map(|line| if line.starts_with("sinks =") { &sinks } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// When each click was sent, by its time and session.
type Sent = Mutex<BTreeMap<(i64, String), Instant>>;

/// Sends the clicks at their rate.
fn send(options: &Options, stage: &mut Stage, sent: &Sent) -> Result<()> {
    let (_, generate) = stage.children.last_mut().context("the generator")?;
    let mut out = BufWriter::new(generate.stdin.take().context("its standard input")?);
    let mut rows = clickstream::Rows::new(options.users, options.events, 1);
    let mut written = 0;
    clickstream::at_rate(&mut out, options.events, options.rate, |out| {
        if written % options.rate == 0 {
            stage.runs().map_err(std::io::Error::other)?;
        }
        written += 1;
        let id = rows.write(out)?;
        if options.measure {
            let mut sent = sent.lock().map_err(|_| std::io::Error::other("the consumer failed"))?;
            sent.insert(id, Instant::now());
        }
        Ok(())
    })?;
    Ok(())
}

/// How long matches took from their last click, until it is over.
fn latencies(servers: &str, sent: &Sent, over: &AtomicBool) -> Result<Vec<Duration>> {
    let mut config = kafka_client(servers);
    config.set("group.id", "latency").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create()?;
    consumer.subscribe(&["alerts"])?;
    let mut latencies = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let Some(message) = consumer.poll(Duration::from_millis(20)) else { continue };
        let (message, now) = (message?, Instant::now());
        let output: Value = serde_json::from_slice(message.payload().unwrap_or_default())?;
        // A timeout, and the absence of a purchase, is completed by time.
        if output["kind"] != "match" || output["rule"]["id"] == "churn" {
            continue;
        }
        let events = output["events"].as_object().context("events")?.values();
        let events = events.filter_map(Value::as_array).flatten();
        let last = events.max_by_key(|event| event["ts"].as_i64()).context("an event")?;
        let id = (
            last["ts"].as_i64().context("a time")?,
            last["userSession"].as_str().context("a session")?.to_owned(),
        );
        if let Some(at) = sent.lock().map_err(|_| anyhow::anyhow!("sending has failed"))?.get(&id) {
            latencies.push(now.duration_since(*at));
        }
    }
    Ok(latencies)
}

fn tell(options: &Options, mut latencies: Vec<Duration>) -> Result<()> {
    latencies.sort_unstable();
    ensure!(!latencies.is_empty(), "no alert came");
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_millis();
    println!(
        "{} alerts of {} clicks at {} a second, from before the row is inserted to the alert in Kafka: \
         half within {} ms, 99 % within {} ms, all within {} ms",
        latencies.len(),
        options.events,
        options.rate,
        at(0.5),
        at(0.99),
        at(1.0)
    );
    Ok(())
}
