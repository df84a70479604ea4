//! Swaps under load: how long a shard stands still, and what the events pay.

use std::fmt::Write as _;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use tripline::{
    EncodedOutput, Output, Registry, RuleEdit, RuleId, RuleMeta, RuleSource, RuleVersion,
};
use tripline_connectors::{Format, LineSink, read_records};
use tripline_runtime::{
    Observer, OutputFormat, Pipeline, PipelineConfig, Rulebook, Source, SwapReport, SwapSender,
};

use crate::figures::Figures;

/// What is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many rules there are
    #[arg(long, default_value_t = 10_000)]
    rules: usize,
    /// How often one of them changes, in ms
    #[arg(long, default_value_t = 10)]
    every_ms: u64,
    /// How long, in s, with and without changes
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// What a new version does to open runs: restart, drain or migrate
    #[arg(long, default_value = "migrate")]
    on_update: String,
    /// How many shards
    #[arg(long, default_value_t = 1)]
    shards: usize,
}

/// `a` of a kind, then `b` within ten minutes: users are always half-way.
pub(crate) fn rule(number: usize, version: i64, on_update: &str) -> RuleSource {
    let text = format!(
        r#"{{"id":"r{number}","version":{version},"on_update":"{on_update}","pattern":{{"name":"r","nodes":[
            {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'a{number}'"}}}},
            {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"kind == 'b' && n > {}"}}}}],
            "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
            "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MINUTES","size":10}}}}}}}}"#,
        version % 7
    );
    RuleSource {
        id: RuleId::new(&format!("r{number}")),
        version: RuleVersion(version),
        text: Arc::from(text),
        default_key: vec!["user".to_owned()],
    }
}

/// Events without end, until they are to end.
struct Endless {
    rules: usize,
    next: u64,
    stop: Arc<AtomicBool>,
    line: Vec<u8>,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.line.len() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(0);
            }
            let mut text = String::with_capacity(1 << 16);
            for _ in 0..500 {
                let number = self.next;
                self.next += 1;
                let user = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
                let rule = (number.wrapping_mul(0xD1B5_4A32_D192_ED03) >> 33) as usize % self.rules;
                let kind = if number % 4 == 3 { "b".to_owned() } else { format!("a{rule}") };
                let _infallible = writeln!(
                    text,
                    r#"{{"user":{},"kind":"{kind}","n":{},"ts":{number}}}"#,
                    user % 50_000,
                    number % 10
                );
            }
            self.line = text.into_bytes();
            self.at = 0;
        }
        let length = buffer.len().min(self.line.len() - self.at);
        buffer[..length].copy_from_slice(&self.line[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Takes outputs, and leaves them all out.
pub(crate) struct Nowhere;

impl OutputFormat for Nowhere {
    fn write(&mut self, _: &Output<'_>, _: &RuleMeta, _: &mut Vec<u8>) -> Option<EncodedOutput> {
        None
    }
}

/// Looks at nothing.
pub(crate) struct Nothing;

impl Observer for Nothing {}

/// What the changes cost.
#[derive(Default)]
struct Costs {
    pauses: Figures,
    builds: Figures,
    until_in_force: Figures,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.rules == 0 || options.every_ms == 0 {
        bail!("--rules and --every-ms must be more than 0");
    }
    let still = measure(options, false)?.0;
    let (changing, mut costs) = measure(options, true)?;
    println!(
        "{} rules, one changed every {} ms ({})",
        options.rules, options.every_ms, options.on_update
    );
    println!("events/s without changes   {still:.0}");
    println!("events/s with changes      {changing:.0}");
    println!("pause of the shard         {}", costs.pauses.line());
    println!("compiling and building     {}", costs.builds.line());
    println!("from built to in force     {}", costs.until_in_force.line());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn measure(options: &Options, change: bool) -> Result<(f64, Costs)> {
    let sources: Vec<_> =
        (0..options.rules).map(|number| rule(number, 1, &options.on_update)).collect();
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &sources);
    if !failures.is_empty() {
        bail!("{failures:?}");
    }
    let (mut pipeline, shard) = Pipeline::new(
        &mut book,
        PipelineConfig { shards: options.shards, ..PipelineConfig::default() },
    );
    let stop = Arc::new(AtomicBool::new(false));
    let events =
        Endless { rules: options.rules, next: 0, stop: Arc::clone(&stop), line: Vec::new(), at: 0 };
    let reader = read_records(Box::new(events), "events", &Format::Ndjson);
    let mut sink = LineSink::new(Box::new(std::io::sink()), "nowhere");
    let started = Instant::now();
    let costs = std::thread::scope(|scope| -> Result<Costs> {
        let changing = scope.spawn(|| {
            let costs = change_rules(options, change, book, shard);
            stop.store(true, Ordering::Relaxed);
            costs
        });
        pipeline.run(
            vec![Source::bounded(reader)],
            &mut || Box::new(Nowhere),
            &mut sink,
            &mut Nothing,
        )?;
        changing.join().map_err(|_| anyhow::anyhow!("the changing thread panicked"))
    })?;
    let rate = pipeline.summary().events as f64 / started.elapsed().as_secs_f64();
    Ok((rate, costs))
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn change_rules(
    options: &Options,
    change: bool,
    mut book: Rulebook,
    mut shard: SwapSender,
) -> Costs {
    let mut costs = Costs::default();
    let started = Instant::now();
    let every = Duration::from_millis(options.every_ms);
    let mut number = 0;
    let mut retired = Vec::new();
    while started.elapsed() < Duration::from_secs(options.seconds) {
        let next = started + every * (number as u32 + 1);
        if change {
            let begun = Instant::now();
            let version = 2 + (number / options.rules) as i64;
            let changed = number % options.rules;
            let mut edits = vec![RuleEdit::Put(rule(changed, version, &options.on_update))];
            edits.append(&mut retired);
            book.apply(edits);
            costs.builds.add(begun.elapsed());
            let generation = book.running().set.generation();
            let begun = Instant::now();
            shard.swap(Arc::clone(book.running()));
            while let Some(report) = shard.next_report(Duration::from_secs(1)) {
                match report {
                    SwapReport::Applied { rules, pause, .. } => {
                        costs.pauses.add(pause);
                        if rules.set.generation() >= generation {
                            break;
                        }
                    }
                    SwapReport::Drained { slot, epoch } => {
                        retired.push(RuleEdit::Retire { slot, epoch });
                    }
                    SwapReport::Exceeded(_) => {}
                }
            }
            costs.until_in_force.add(begun.elapsed());
        }
        number += 1;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    costs
}
