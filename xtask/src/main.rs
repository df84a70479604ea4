//! Repository chores of Tripline: `cargo xtask NAME`.

#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stderr,
    reason = "a chore may stop with a panic; nothing here is shipped"
)]

mod clickstream;
mod demo;
mod schemas;

use std::env;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let mut args = env::args();
    // The name of the program stays in front, where the options' parser expects it.
    let program = args.next().unwrap_or_default();
    let result = match args.next().as_deref() {
        Some("clickstream") => clickstream::run(&clickstream::Options::parse_from(
            std::iter::once(format!("{program} clickstream")).chain(args),
        )),
        Some("demo") => demo::run(&demo::Options::parse_from(
            std::iter::once(format!("{program} demo")).chain(args),
        )),
        Some("schemas") => schemas::run(),
        _ => {
            eprintln!("usage: cargo xtask clickstream|demo|schemas …");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
