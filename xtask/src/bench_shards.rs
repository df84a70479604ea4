//! Shards: throughput of a click stream by number of shards and cores, and latency at a fixed rate.

use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use tripline::{
    EncodedOutput, Output, OutputKind, Registry, RuleId, RuleMeta, RuleSource, RuleVersion,
};
use tripline_connectors::{ConnectorError, EncodedRecord, Format, LineSink, Sink, read_records};
use tripline_runtime::{
    JsonLines, OutputFormat, Pipeline, PipelineConfig, Rulebook, RunSummary, Source,
};

use crate::bench_swap::Nothing;
use crate::clickstream;
use crate::figures::Figures;

/// Rules whose matches come with an event, and not when a window closes: latency is measured with these.
const OF_EVENTS: [&str; 3] = ["cross_sell", "high_intent", "price_drop"];
/// The rules of the click stream.
const ALL: [&str; 5] = ["cross_sell", "high_intent", "price_drop", "abandoned_cart", "churn"];

/// What is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Numbers of shards to compare; each runs on as many cores
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    shards: Vec<usize>,
    /// How many events
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// How many users
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// How often each is measured, in turn
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Most events of a batch
    #[arg(long, default_value_t = 1024)]
    batch: usize,
    /// How far out of order events may be, in ms; they are in order
    #[arg(long, default_value_t = 0)]
    bound_ms: i64,
    /// Measure latency at this many events a second instead, with the first number of shards
    #[arg(long)]
    latency_at: Option<u64>,
    /// Measure the first number of shards once, here, and print events a second
    #[arg(long)]
    once: bool,
    /// Run three of the click stream's five rules only
    #[arg(long)]
    three: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let shards = *options.shards.first().context("--shards names none")?;
    if let Some(rate) = options.latency_at {
        return latency(options, shards, rate);
    }
    if options.once {
        let reader = Box::new(Cursor::new(events(options)?));
        let mut sink = LineSink::new(Box::new(std::io::sink()), "nowhere");
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
        let summary = pipeline(options, shards, reader, format, &mut sink)?;
        println!("{}", summary.events_per_second());
        return Ok(());
    }
    let mut rates = vec![Vec::new(); options.shards.len()];
    for _ in 0..options.runs {
        for (rates, &shards) in rates.iter_mut().zip(&options.shards) {
            rates.push(measure(options, shards)?);
        }
    }
    let mut first = None;
    for (rates, shards) in rates.iter_mut().zip(&options.shards) {
        rates.sort_by(f64::total_cmp);
        let median = rates[rates.len() / 2];
        let first = *first.get_or_insert(median);
        println!(
            "{shards} shards on {shards} cores: {median:.0} events/s (median of {}, {:.0} to {:.0}), {:.2} times the first",
            rates.len(),
            rates[0],
            rates[rates.len() - 1],
            median / first
        );
    }
    Ok(())
}

/// Events a second of one run in a process of its own, which has as many cores as shards.
fn measure(options: &Options, shards: usize) -> Result<f64> {
    let output = Command::new("taskset")
        .arg("--cpu-list")
        .arg(format!("0-{}", shards - 1))
        .arg(std::env::current_exe()?)
        .args(["bench-shards", "--once", "--shards", &shards.to_string()])
        .args(["--events", &options.events.to_string(), "--users", &options.users.to_string()])
        .args(["--batch", &options.batch.to_string()])
        .args(["--bound-ms", &options.bound_ms.to_string()])
        .args(options.three.then_some("--three"))
        .output()
        .context("cannot start taskset")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn events(options: &Options) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    clickstream::write(&mut lines, options.users, options.events, 1)?;
    Ok(lines)
}

fn pipeline(
    options: &Options,
    shards: usize,
    reader: Box<dyn Read + Send>,
    format: &mut dyn FnMut() -> Box<dyn OutputFormat>,
    sink: &mut dyn Sink,
) -> Result<RunSummary> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
    let mut sources = Vec::new();
    let only_three = options.three || options.latency_at.is_some();
    for rule in if only_three { &OF_EVENTS[..] } else { &ALL[..] } {
        let text = std::fs::read_to_string(root.join(format!("tests/due/{rule}.json")))?;
        sources.push(RuleSource {
            id: RuleId::new(rule),
            version: RuleVersion(1),
            text: Arc::from(text),
            default_key: vec!["userId".to_owned()],
        });
    }
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &sources);
    if !failures.is_empty() {
        bail!("{failures:?}");
    }
    let config = PipelineConfig {
        shards,
        batch_max_events: options.batch,
        max_out_of_order_ms: options.bound_ms,
        ..PipelineConfig::default()
    };
    let (mut pipeline, _) = Pipeline::new(&mut book, config);
    let reader = read_records(reader, "clicks", &Format::Ndjson);
    pipeline.run(vec![Source::bounded(reader)], format, sink, &mut Nothing)?;
    Ok(pipeline.summary())
}

/// Events that come when they are due, whether the ones before have been read or not.
struct OpenLoop {
    lines: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
    at: usize,
    begun: Instant,
    rate: u64,
}

impl OpenLoop {
    fn due(begun: Instant, rate: u64, event: u64) -> Instant {
        begun + Duration::from_nanos(event * 1_000_000_000 / rate)
    }
}

impl Read for OpenLoop {
    #[expect(clippy::disallowed_methods, reason = "measures")]
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let next = self.ends.partition_point(|end| *end <= self.at);
        if next == self.ends.len() {
            return Ok(0);
        }
        let due = Self::due(self.begun, self.rate, next as u64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let elapsed = self.begun.elapsed().as_nanos() as u64;
        let come = ((u128::from(elapsed) * u128::from(self.rate) / 1_000_000_000) as usize + 1)
            .clamp(next + 1, self.ends.len());
        let end = self.ends[come - 1].min(self.at + buffer.len());
        let length = end - self.at;
        buffer[..length].copy_from_slice(&self.lines[self.at..end]);
        self.at = end;
        Ok(length)
    }
}

/// Writes the number of the last event of a match.
struct LastEvent;

impl OutputFormat for LastEvent {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        if output.kind != OutputKind::Match {
            return None;
        }
        let last = output.events().map(|(_, event)| event.position.offset).max()?;
        text.extend_from_slice(&last.to_le_bytes());
        Some(EncodedOutput::default())
    }
}

/// Notes how long after it was due the last event of each match has come out.
#[derive(Debug)]
struct Latencies {
    begun: Instant,
    rate: u64,
    /// Events at the beginning that do not count.
    warm_up: u64,
    figures: Figures,
}

impl Sink for Latencies {
    #[expect(clippy::disallowed_methods, reason = "measures")]
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let event = record.bytes.try_into().map_or(0, u64::from_le_bytes);
        if event >= self.warm_up {
            let due = OpenLoop::due(self.begun, self.rate, event);
            self.figures.add(Instant::now().saturating_duration_since(due));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn latency(options: &Options, shards: usize, rate: u64) -> Result<()> {
    ensure!(rate > 0, "--latency-at must be more than 0");
    let lines = events(options)?;
    let ends = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let ends = ends.collect();
    // Rules are compiled before the first event is due.
    let begun = Instant::now() + Duration::from_millis(500);
    let reader = Box::new(OpenLoop { lines, ends, at: 0, begun, rate });
    let mut sink = Latencies { begun, rate, warm_up: rate, figures: Figures::default() };
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(LastEvent) };
    let summary = pipeline(options, shards, reader, format, &mut sink)?;
    println!(
        "{shards} shards, {rate} events/s due, {:.0} events/s done, event due to match out: {}",
        summary.events_per_second(),
        sink.figures.line()
    );
    Ok(())
}
