//! What one hostile rule costs the others: a click stream with a hot key, with and without a rule whose attempts double
//! with each event.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Parser, ValueEnum};
use tripline::{Registry, RuleId, RuleSource, RuleVersion};
use tripline_connectors::{Format, LineSink, read_records};
use tripline_runtime::{
    BudgetGuard, JsonLines, OutputFormat, Pipeline, PipelineConfig, Rulebook, SharedRules, Source,
};

use crate::bench_swap::Nothing;
use crate::clickstream;

/// The rules that must not be slowed.
const RULES: [&str; 3] = ["cross_sell", "high_intent", "price_drop"];

/// What is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many events
    #[arg(long, default_value_t = 2_000_000)]
    events: u64,
    /// How many users
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// One event in so many is of one and the same user
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    hot_every: u64,
    /// How often each is measured, in turn
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// How many shards
    #[arg(long, default_value_t = 1)]
    shards: usize,
    /// Measure one of them once, here, and print seconds of the clock and of processor time
    #[arg(long, value_enum)]
    once: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Without a hostile rule.
    None,
    /// Loops without a window for the hot key.
    Hot,
    /// The same for all keys.
    All,
    /// The same for all keys, with a skip strategy.
    Skip,
    /// A greedy loop whose attempts grow by one with each event, for the hot key.
    Greedy,
}

impl Kind {
    const HOSTILE: [Self; 4] = [Self::Hot, Self::All, Self::Skip, Self::Greedy];

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn rule(self) -> Option<String> {
        let condition = match self {
            Self::None => return None,
            Self::Hot | Self::Greedy => "userId == 'hot'",
            Self::All | Self::Skip => "price > 0",
        };
        let node = |name: &str, quantifier: &str| {
            format!(
                r#"{{"name":"{name}","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"{condition}"}}{quantifier}}}"#
            )
        };
        let any = r#","quantifier":{"consumingStrategy":"SKIP_TILL_ANY","properties":["LOOPING"]}"#;
        let greedy = r#","quantifier":{"consumingStrategy":"SKIP_TILL_NEXT","properties":["LOOPING","GREEDY"]}"#;
        let skip = if self == Self::Skip {
            r#","afterMatchStrategy":{"type":"SKIP_PAST_LAST_EVENT"}"#
        } else {
            ""
        };
        let (nodes, edge) = match self {
            Self::Greedy => (format!("{},{}", node("b", greedy), never()), "SKIP_TILL_NEXT"),
            _ => (format!("{},{},{}", node("a", ""), node("b", any), never()), "SKIP_TILL_ANY"),
        };
        let edges = match self {
            Self::Greedy => format!(r#"{{"source":"b","target":"c","type":"{edge}"}}"#),
            _ => format!(
                r#"{{"source":"a","target":"b","type":"{edge}"}},{{"source":"b","target":"c","type":"{edge}"}}"#
            ),
        };
        Some(format!(r#"{{"name":"hostile","nodes":[{nodes}],"edges":[{edges}]{skip}}}"#))
    }
}

/// A node whose event never comes.
fn never() -> &'static str {
    r#"{"name":"c","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"eventType == 'never'"}}"#
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(kind) = options.once {
        return once(options, kind);
    }
    let mut clean = Vec::new();
    let mut hostile = vec![Vec::new(); Kind::HOSTILE.len()];
    for _ in 0..options.runs {
        clean.push(measure(options, Kind::None)?);
        for (times, kind) in hostile.iter_mut().zip(Kind::HOSTILE) {
            times.push(measure(options, kind)?);
        }
    }
    let clean = report(options, Kind::None, &mut clean, None);
    for (times, kind) in hostile.iter_mut().zip(Kind::HOSTILE) {
        report(options, kind, times, Some(clean));
    }
    Ok(())
}

/// Prints the medians of the clock and of processor time, in seconds; gives them.
fn report(
    options: &Options,
    kind: Kind,
    times: &mut [(f64, f64)],
    clean: Option<(f64, f64)>,
) -> (f64, f64) {
    let mut median = |of: fn(&(f64, f64)) -> f64| {
        times.sort_by(|a, b| of(a).total_cmp(&of(b)));
        of(&times[times.len() / 2])
    };
    let (wall, processor) = (median(|time| time.0), median(|time| time.1));
    let rate = options.events as f64 / wall;
    let beside = clean.map_or_else(String::new, |clean| {
        format!(
            "; {:.2} of it by the clock, {:.2} by processor time",
            clean.0 / wall,
            clean.1 / processor
        )
    });
    println!(
        "{}: {rate:.0} events/s, {wall:.2} s, {processor:.2} s of processors{beside}",
        kind.name()
    );
    (wall, processor)
}

fn measure(options: &Options, kind: Kind) -> Result<(f64, f64)> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench-hostile", "--once", &kind.name()])
        .args(["--events", &options.events.to_string(), "--users", &options.users.to_string()])
        .args(["--hot-every", &options.hot_every.to_string()])
        .args(["--shards", &options.shards.to_string()])
        .output()
        .context("cannot start itself")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let (wall, processor) = said.trim().split_once(' ').context("two numbers")?;
    Ok((wall.parse()?, processor.parse()?))
}

fn once(options: &Options, kind: Kind) -> Result<()> {
    let events = events(options)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
    let source = |id: &str, text: String| RuleSource {
        id: RuleId::new(id),
        version: RuleVersion(1),
        text: Arc::from(text),
        default_key: vec!["userId".to_owned()],
    };
    let mut sources = Vec::new();
    for rule in RULES {
        let path = root.join(format!("tests/due/{rule}.json"));
        sources.push(source(rule, std::fs::read_to_string(path)?));
    }
    sources.extend(kind.rule().map(|text| source("hostile", text)));
    let (mut book, failures) = Rulebook::of(Registry::with_builtins(), &sources);
    if !failures.is_empty() {
        bail!("{failures:?}");
    }
    let config = PipelineConfig { shards: options.shards, ..PipelineConfig::default() };
    let (mut pipeline, swaps) = Pipeline::new(&mut book, config);
    let guard = BudgetGuard::start(SharedRules::new(book, swaps))?;
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(JsonLines::default()) };
    let mut sink = LineSink::new(Box::new(std::io::sink()), "nowhere");
    let reader = read_records(Box::new(Cursor::new(events)), "clicks", &Format::Ndjson);
    let before = processor_seconds()?;
    pipeline.run(vec![Source::bounded(reader)], format, &mut sink, &mut Nothing)?;
    let processor = processor_seconds()? - before;
    guard.stop();
    let summary = pipeline.summary();
    println!("{} {processor}", summary.elapsed.as_secs_f64());
    for rule in &summary.rules {
        let seconds = rule.counters.evaluation_ns as f64 / 1e9;
        eprintln!(
            "{}: {} matches, about {seconds:.2} s, {} runs open, {} times over its budget{}",
            rule.id,
            rule.counters.matches,
            rule.counters.live_runs,
            rule.counters.budget_exceeded,
            if rule.suspended { ", suspended" } else { "" }
        );
    }
    Ok(())
}

/// The click stream, and between its events those of one user.
fn events(options: &Options) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    clickstream::write(&mut lines, options.users, options.events, 1)?;
    let text = String::from_utf8(lines)?;
    let mut events = String::with_capacity(text.len() + text.len() / 16);
    for (number, line) in (0..).zip(text.lines()) {
        if number % options.hot_every == 0 {
            let (before, rest) = line.split_once("\"userId\":\"").context("a user")?;
            let (_, after) = rest.split_once('"').context("an end")?;
            events.push_str(before);
            events.push_str("\"userId\":\"hot\"");
            events.push_str(after);
        } else {
            events.push_str(line);
        }
        events.push('\n');
    }
    Ok(events.into_bytes())
}

/// The processor time of this process so far; to a hundredth of a second.
fn processor_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("only on Linux")?;
    let (_, rest) = stat.rsplit_once(')').context("a name")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(ticks as f64 / 100.0)
}
