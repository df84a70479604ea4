//! Rules in a database: what an idle poll costs, and how long a change takes from commit to force.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use clap::Parser;
use tripline::{EncodedOutput, Output, Registry, RuleId, RuleMeta, RuleVersion};
use tripline_connectors::{Format, LineSink, read_records};
use tripline_rule_store::{
    NewRule, RuleColumns, RuleStore, StoreError, StoreOptions, StoreUrl, migrate, open,
};
use tripline_runtime::{
    OpenStore, OutputFormat, Pipeline, PipelineConfig, Source, Supervisor, SupervisorConfig,
};

use crate::bench_swap::Nothing;
use crate::figures::Figures;

/// What is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many rules there are
    #[arg(long, default_value_t = 10_000)]
    rules: usize,
    /// How often the engine looks, in ms
    #[arg(long, default_value_t = 1000)]
    poll_interval_ms: u64,
    /// How many changes are made
    #[arg(long, default_value_t = 20)]
    changes: i64,
    /// The servers: mariadb, mysql
    #[arg(long, value_delimiter = ',', default_value = "mariadb,mysql")]
    servers: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for server in &options.servers {
        let watch = std::process::id().to_string();
        let facts = services(&["start", "--watch", &watch, server])?;
        let fact = |name: &str| -> Result<String> {
            let found = facts.split(&format!("\"{name}\":")).nth(1).context("a fact is missing")?;
            Ok(found
                .trim_start_matches('"')
                .split(['"', ',', '}'])
                .next()
                .unwrap_or_default()
                .to_owned())
        };
        let (port, password, dir) = (fact("port")?, fact("password")?, fact("dir")?);
        let defaults = format!("--defaults-file={dir}/client.cnf");
        let sql = |text: &str| client(&defaults, text);
        sql("CREATE DATABASE bench CHARACTER SET utf8mb4")?;
        let url: StoreUrl =
            format!("mysql://tripline:{password}@127.0.0.1:{port}/bench").parse()?;
        runtime.block_on(migrate(&url, None))?;
        sql(&rows(options.rules))?;
        println!("{server}, {} rules", options.rules);
        for (name, table) in [("own table", None), ("vendors' table", Some("rds_demo"))] {
            let store_options = StoreOptions { rule_table: table.map(str::to_owned) };
            let mut store = runtime.block_on(open(&url, &store_options))?;
            println!("  idle poll, {name:<15} {}", runtime.block_on(idle(store.as_mut()))?.line());
        }
        let mut figures = changes(options, &runtime, &url)?;
        println!(
            "  commit to force, polled every {} ms: {}",
            options.poll_interval_ms,
            figures.line()
        );
        let parent = Path::new(&dir).parent().context("a folder")?.display().to_string();
        services(&["stop", "--dir", &parent])?;
    }
    Ok(())
}

fn services(arguments: &[&str]) -> Result<String> {
    let output = Command::new("scripts/services").args(arguments).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("scripts/services: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn client(defaults: &str, text: &str) -> Result<()> {
    let mut child = Command::new("mariadb")
        .args([defaults, "--batch", if text.starts_with("CREATE DATABASE") { "" } else { "bench" }])
        .stdin(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("a pipe")?.write_all(text.as_bytes())?;
    if !child.wait()?.success() {
        bail!("the client failed");
    }
    Ok(())
}

fn pattern(kind: &str, more: i64) -> String {
    format!(
        r#"{{"name":"r","nodes":[{{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == '{kind}' && n > {more}"}}}},{{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b'"}}}}],"edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],"window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MINUTES","size":10}}}},"note":"{}"}}"#,
        "x".repeat(600)
    )
}

fn probe(more: i64) -> String {
    format!(
        r#"{{"name":"probe","nodes":[{{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"n > {more}"}}}}],"edges":[]}}"#
    )
}

fn rows(rules: usize) -> String {
    let mut text = String::from(
        "CREATE TABLE rds_demo (id VARCHAR(64), version INT, pattern TEXT, `function` VARCHAR(512));\n",
    );
    for number in 0..rules {
        let pattern = pattern(&format!("a{number}"), 0).replace('\'', "''");
        let _infallible = writeln!(
            text,
            "INSERT INTO tripline_rules (id, version, pattern) VALUES ('r{number}', 1, '{pattern}');\n\
             INSERT INTO rds_demo (id, version, pattern) VALUES ('r{number}', 1, '{pattern}');"
        );
    }
    let probe = probe(-1);
    format!(
        "BEGIN;{text}INSERT INTO tripline_rules (id, version, pattern) VALUES ('probe', 1, '{probe}');COMMIT;"
    )
}

#[expect(clippy::disallowed_methods, reason = "measures")]
async fn idle(store: &mut dyn RuleStore) -> Result<Figures> {
    let mut figures = Figures::default();
    for _ in 0..200 {
        let begun = Instant::now();
        store.revision().await?;
        figures.add(begun.elapsed());
    }
    Ok(figures)
}

/// A steady trickle of events.
struct Trickle {
    stop: Arc<AtomicBool>,
    next: u64,
    rest: Vec<u8>,
}

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(0);
            }
            std::thread::sleep(Duration::from_micros(500));
            self.next += 1;
            self.rest = format!("{{\"kind\":\"x\",\"n\":1,\"ts\":{}}}\n", self.next).into_bytes();
        }
        let length = buffer.len().min(self.rest.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

/// The version of the rule `probe` that judged last.
struct Seen(Arc<AtomicI64>);

impl OutputFormat for Seen {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        _: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        self.0.store(output.rule.version.0, Ordering::Release);
        None
    }
}

struct Opener(StoreUrl);

#[async_trait]
impl OpenStore for Opener {
    async fn open(&mut self) -> Result<Box<dyn RuleStore>, StoreError> {
        open(&self.0, &StoreOptions::default()).await
    }
}

/// Pushes versions of `probe`, each at another point between two polls.
#[expect(clippy::disallowed_methods, reason = "measures")]
fn changes(
    options: &Options,
    runtime: &tokio::runtime::Runtime,
    url: &StoreUrl,
) -> Result<Figures> {
    let config = SupervisorConfig {
        aliases: Vec::new(),
        default_key: Vec::new(),
        poll_interval: Duration::from_millis(options.poll_interval_ms),
        last_seen: None,
        instance: "bench".to_owned(),
    };
    let mut supervisor =
        Supervisor::new(Box::new(Opener(url.clone())), Registry::with_builtins(), config);
    let begun = Instant::now();
    runtime.block_on(supervisor.start())?;
    println!("  start with all rules: {:?}", begun.elapsed());
    let (mut pipeline, shard) = Pipeline::new(supervisor.book(), PipelineConfig::default());
    let (stop_following, stopped) = tokio::sync::oneshot::channel();
    let following = runtime.spawn(supervisor.follow(shard, stopped));
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::new(AtomicI64::new(0));
    let trickle = Trickle { stop: Arc::clone(&stop), next: 0, rest: Vec::new() };
    let reader = read_records(Box::new(trickle), "events", &Format::Ndjson);
    let judged = Arc::clone(&seen);
    let running = std::thread::spawn(move || {
        pipeline.run(
            vec![Source::bounded(reader)],
            &mut || Box::new(Seen(Arc::clone(&judged))),
            &mut LineSink::new(Box::new(std::io::sink()), "nowhere"),
            &mut Nothing,
        )
    });
    let mut store = runtime.block_on(open(url, &StoreOptions::default()))?;
    let mut figures = Figures::default();
    for version in 2..2 + options.changes {
        let pause = 1500 + 137 * u64::try_from(version).unwrap_or_default() % 1000;
        std::thread::sleep(Duration::from_millis(pause));
        let columns = RuleColumns { pattern: probe(-version), ..RuleColumns::default() };
        let (id, number) = (RuleId::new("probe"), RuleVersion(version));
        let rule = NewRule { id, version: number, columns, document: String::new() };
        let begun = Instant::now();
        runtime.block_on(store.push(&rule))?;
        while seen.load(Ordering::Acquire) != version {
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("version {version} never came into force");
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        figures.add(begun.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    let _followed_to_the_end = stop_following.send(());
    runtime.block_on(following)?;
    running.join().map_err(|_| anyhow::anyhow!("the shard panicked"))??;
    Ok(figures)
}
