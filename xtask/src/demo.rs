//! `cargo xtask demo`: the five shop rules over a click stream made on the spot, alerts on the terminal.

use std::env;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::clickstream;

/// What the demo shows.
#[derive(Debug, clap::Parser)]
pub(crate) struct Options {
    /// How many events
    #[arg(long, default_value_t = 800)]
    events: u64,
    /// How many users
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// Another seed gives another stream
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Pipes a click stream through `tripline run`.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
    let mut program = Command::new(env::current_exe()?)
        .current_dir(root)
        .args([
            "tripline",
            "run",
            "--rules",
            "rules/ecommerce",
            "--events",
            "-",
            "--alerts",
            "--format",
            "human",
        ])
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot start tripline")?;
    let mut events = BufWriter::new(program.stdin.take().context("a pipe to the program")?);
    let written = clickstream::write(&mut events, options.users, options.events, options.seed)
        .and_then(|()| events.flush());
    drop(events);
    let status = program.wait()?;
    // A program that ended early has said why; the broken pipe is only what follows from it.
    ensure!(status.success(), "tripline ended with {status}");
    Ok(written?)
}
