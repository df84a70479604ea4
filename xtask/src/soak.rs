//! A long run: keys that come and go, rules that change, checkpoints, and whether memory and files stay where they were.

#![expect(clippy::disallowed_methods, reason = "measures real time, and waits for it")]

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

/// What is run, and how long.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// The program, built for release
    #[arg(long, default_value = "target/release/tripline")]
    tripline: PathBuf,
    /// How long
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Events a second; half of what goes through at full speed in the first 20 seconds unless given
    #[arg(long)]
    rate: Option<u64>,
    /// How many users there are; those of any moment are some 50,000 of them
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(50_000..))]
    users: u64,
    /// How many threads work
    #[arg(long, default_value_t = 2)]
    shards: u32,
    /// How often to look, in seconds
    #[arg(long, default_value_t = 10)]
    every: u64,
}

/// How many users are there at a time.
const PRESENT: u64 = 50_000;

/// What a look found.
#[derive(Clone, Copy, Debug)]
struct Look {
    at_s: u64,
    resident_kb: u64,
    files: usize,
    sent: u64,
    checkpoints_bytes: u64,
    outputs_bytes: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("tripline-soak-{}", std::process::id()));
    let rules = folder.join("rules");
    fs::create_dir_all(&rules)?;
    let due = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/due");
    for rule in ["cross_sell", "abandoned_cart", "price_drop"] {
        let name = format!("{rule}.json");
        fs::copy(due.join(&name), rules.join(&name))?;
    }
    let mut program = start(options, &folder, &rules)?;
    let events = program.stdin.take().context("no standard input")?;
    let id = program.id();
    let mut outputs = program.stdout.take().context("no standard output")?;
    let (rate, users) = (options.rate, options.users);
    let length = Duration::from_secs(options.minutes * 60);
    let [sent, found] = [(); 2].map(|()| Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&sent);
    let sending = std::thread::spawn(move || send(events, rate, users, length, &counted));
    // More than a disk has room for.
    let counted = Arc::clone(&found);
    let reading = std::thread::spawn(move || count(&mut outputs, &counted));
    let begin = Instant::now();
    let mut looks: Vec<Look> = Vec::new();
    let mut version = 0;
    println!(
        "{:>6} {:>12} {:>6} {:>12} {:>14} {:>12}",
        "s", "resident kB", "files", "events", "checkpoints B", "outputs B"
    );
    while begin.elapsed() < length {
        std::thread::sleep(Duration::from_secs(1));
        version += 1;
        change_rule(&rules, version)?;
        let at_s = begin.elapsed().as_secs();
        if looks.last().is_none_or(|last| at_s >= last.at_s + options.every) {
            let counted = [&sent, &found].map(|count| count.load(Ordering::Relaxed));
            let look = look(id, &folder, at_s, counted)?;
            println!(
                "{:>6} {:>12} {:>6} {:>12} {:>14} {:>12}",
                look.at_s,
                look.resident_kb,
                look.files,
                look.sent,
                look.checkpoints_bytes,
                look.outputs_bytes
            );
            looks.push(look);
        }
    }
    sending.join().ok().context("the sender failed")??;
    reading.join().ok().context("the reader failed")??;
    let status = program.wait()?;
    ensure!(status.success(), "the program ended with {status}; see {}", folder.display());
    report(&looks, begin.elapsed());
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn start(options: &Options, folder: &Path, rules: &Path) -> Result<Child> {
    let mut command = Command::new(&options.tripline);
    command
        .args([
            "run",
            "--events",
            "-",
            "--key",
            "userId",
            "--summary",
            "none",
            "--log-level",
            "warn",
        ])
        .args(["--checkpoint-interval", "10s", "--poll-interval", "200ms", "--store"])
        .arg(format!("dir:{}", rules.display()))
        .args(["--shards", &options.shards.to_string(), "--checkpoint"])
        .arg(folder.join("checkpoints"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command.spawn().with_context(|| format!("cannot start `{}`", options.tripline.display()))
}

/// A rule that is another one each second, and finds little.
fn change_rule(rules: &Path, version: u64) -> Result<()> {
    let text = format!(
        r#"{{"id":"changes","version":{version},"on_update":"{}","pattern":{{"name":"changes","nodes":[
          {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"eventType == 'cart' && price > {}"}}}},
          {{"name":"b","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"eventType == 'purchase'"}}}}],
         "edges":[{{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}}],
         "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"SECONDS","size":30}}}}}}}}"#,
        ["restart", "drain", "migrate"][(version % 3) as usize],
        300 + version % 50
    );
    let beside = rules.join("changes.new");
    fs::write(&beside, text)?;
    Ok(fs::rename(beside, rules.join("changes.json"))?)
}

/// Counts the bytes that come out.
fn count(outputs: &mut impl Read, bytes: &AtomicU64) -> Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match outputs.read(&mut buffer)? {
            0 => return Ok(()),
            read => bytes.fetch_add(read as u64, Ordering::Relaxed),
        };
    }
}

/// For how long events are sent as fast as they are taken, to know how fast that is.
const FULL_SPEED: Duration = Duration::from_secs(20);

/// Most events written at once.
const BURST: u64 = 10_000;

/// Sends events at an even rate, as of now.
fn send(
    mut events: ChildStdin,
    rate: Option<u64>,
    users: u64,
    length: Duration,
    sent: &AtomicU64,
) -> Result<()> {
    let begin = Instant::now();
    let mut random = 1_u64;
    let mut below = |limit: u64| {
        random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (random >> 33) % limit
    };
    let mut text = String::new();
    let mut count = 0;
    // The rate, from when on it holds, and how many events went before.
    let mut pace = rate.map(|rate| (rate, Duration::ZERO, 0));
    while begin.elapsed() < length {
        let elapsed = begin.elapsed();
        let due = match pace {
            None if elapsed < FULL_SPEED => count + BURST,
            None => {
                let rate = count * 1000 / u64::try_from(elapsed.as_millis())?.max(1) / 2;
                println!("full speed is {} events/s; from here on {rate}", 2 * rate);
                pace = Some((rate, elapsed, count));
                continue;
            }
            Some((rate, since, before)) => {
                let elapsed_us = u64::try_from((elapsed - since).as_micros())?;
                (before + elapsed_us * rate / 1_000_000).min(count + BURST)
            }
        };
        let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        // All users come and go within a few minutes.
        let first = elapsed.as_secs() * (users / 200);
        text.clear();
        for _ in count..due {
            let user = (first + below(PRESENT)) % users;
            let kind = ["view", "view", "view", "view", "view", "view", "cart", "cart", "purchase"]
                [below(9) as usize];
            let (product, category) = (below(2000), below(20));
            writeln!(
                text,
                r#"{{"ts":{now_ms},"eventType":"{kind}","productId":"{product}","categoryCode":"c{category}","price":{}.5,"userId":"u{user}"}}"#,
                below(400)
            )?;
        }
        events.write_all(text.as_bytes())?;
        count = due;
        sent.store(count, Ordering::Relaxed);
        if pace.is_some() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

fn look(id: u32, folder: &Path, at_s: u64, [sent, outputs_bytes]: [u64; 2]) -> Result<Look> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|text| text.split_whitespace().next());
    let size_of = |path: &Path| -> u64 {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).sum()
    };
    Ok(Look {
        at_s,
        resident_kb: resident.context("no VmRSS")?.parse()?,
        files: fs::read_dir(format!("/proc/{id}/fd"))?.count(),
        sent,
        checkpoints_bytes: size_of(&folder.join("checkpoints")),
        outputs_bytes,
    })
}

/// The middle of each third.
fn report(looks: &[Look], elapsed: Duration) {
    let third = looks.len() / 3;
    for (name, part) in [
        ("first", &looks[..third]),
        ("second", &looks[third..2 * third]),
        ("last", &looks[2 * third..]),
    ] {
        let mut resident: Vec<u64> = part.iter().map(|look| look.resident_kb).collect();
        resident.sort_unstable();
        let files = part.iter().map(|look| look.files).max().unwrap_or_default();
        let middle = resident.get(resident.len() / 2).copied().unwrap_or_default();
        let most = resident.last().copied().unwrap_or_default();
        println!(
            "{name} third: resident {middle} kB in the middle, {most} kB at most; at most {files} files"
        );
    }
    let sent = looks.last().map_or(0, |look| look.sent);
    println!("{sent} events in {} s", elapsed.as_secs());
}
