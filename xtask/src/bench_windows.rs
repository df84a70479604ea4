//! What statistics in sliding windows cost an event, and what they hold, as an event is in ever more windows.

use std::env;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use tripline::json::JsonPayloadDecoder;
use tripline::{
    Event, EventPosition, Output, Registry, RuleId, RuleSet, RuleSetBuilder, RuleSource,
    RuleVersion, ShardState, Timestamp, Value, Watermark,
};

/// What is measured.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many events
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// How many groups they are of
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    groups: u64,
    /// Over how many hours of event time they are spread
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(i64).range(1..))]
    hours: i64,
    /// In how many windows each event is
    #[arg(long, value_delimiter = ',', default_values_t = [60, 720, 3600])]
    windows: Vec<i64>,
    /// How often each is measured, in turn
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Measure one of them once, here
    #[arg(long)]
    once: Option<i64>,
}

const HOUR_MS: i64 = 3_600_000;

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(windows) = options.once {
        return once(options, windows);
    }
    println!(
        "| windows an event | ns/event, best | median | panes at the end | bytes a group | by the estimate of the engine |"
    );
    println!("|---|---|---|---|---|---|");
    let mut found: Vec<Vec<Vec<f64>>> = vec![Vec::new(); options.windows.len()];
    for _ in 0..options.runs {
        for (windows, found) in options.windows.iter().zip(&mut found) {
            found.push(child(options, *windows)?);
        }
    }
    for (windows, mut found) in options.windows.iter().zip(found) {
        found.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let median = &found[found.len() / 2];
        println!(
            "| {windows} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            found[0][0], median[0], median[1], median[2], median[3]
        );
    }
    Ok(())
}

/// The numbers of one run, in a process of its own.
fn child(options: &Options, windows: i64) -> Result<Vec<f64>> {
    let program = env::current_exe().context("this program")?;
    let done = Command::new(program)
        .args(["bench-windows", "--once", &windows.to_string()])
        .args(["--events", &options.events.to_string(), "--groups", &options.groups.to_string()])
        .args(["--hours", &options.hours.to_string()])
        .output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout)?;
    text.split_whitespace().map(|number| Ok(number.parse()?)).collect()
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn once(options: &Options, windows: i64) -> Result<()> {
    let rule = format!(
        r#"{{"name":"r","type":"AGGREGATE","groupBy":["user"],"aggregates":{{"n":{{"function":"COUNT"}}}},
          "window":{{"type":"SLIDING","size":{{"unit":"HOURS","size":1}},"slide":{{"unit":"MILLISECONDS","size":{}}}}},
          "having":{{"type":"EXPRESSION","expression":"n > 1000"}}}}"#,
        HOUR_MS / windows
    );
    let source = RuleSource {
        id: RuleId::new("r"),
        version: RuleVersion(1),
        text: Arc::from(rule),
        default_key: Vec::new(),
    };
    let mut builder = RuleSetBuilder::new(Registry::with_builtins());
    let empty = RuleSet::empty(Arc::new(JsonPayloadDecoder));
    let (set, failures) = builder.build(&empty, &[source]);
    ensure!(failures.is_empty(), "{failures:?}");
    let mut state = ShardState::new();
    state.swap(&set);
    let mut rows = 0_u64;
    let mut add = |_: &Output<'_>| rows += 1;
    let before = resident_bytes()?;
    let (begin, mut random) = (Instant::now(), 7_u64);
    for number in 0..options.events {
        random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let user = i64::try_from((random >> 33) % options.groups)?;
        let values = [Value::Int(user)];
        let at =
            i64::try_from(number)? * (options.hours * HOUR_MS) / i64::try_from(options.events)?;
        let time = Timestamp::from_millis(1_700_000_000_000 + at);
        let position = EventPosition { offset: number, ..EventPosition::default() };
        let event = Event { time, happened: time, position, values: &values, payload: b"{}" };
        state.process(&set, &event, &mut add);
    }
    let resident = resident_bytes()? - before;
    let held = state.held_state();
    state.advance_to(&set, Watermark(Timestamp::MAX), &mut add);
    let ns = begin.elapsed().as_nanos() as f64;
    let left = state.held_state();
    ensure!((left.keys, left.links) == (0, 0), "nothing is held after the last window");
    ensure!(rows == 0, "{rows} rows");
    let groups = held.keys as f64;
    println!(
        "{} {} {} {}",
        ns / options.events as f64,
        held.links,
        resident as f64 / groups,
        held.bytes as f64 / groups
    );
    Ok(())
}

/// How much memory this process has.
fn resident_bytes() -> Result<i64> {
    let status = fs::read_to_string("/proc/self/statm").context("/proc")?;
    let pages: i64 = status.split(' ').nth(1).context("a number")?.parse()?;
    Ok(pages * 4096)
}
