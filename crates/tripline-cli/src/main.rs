//! `tripline`: run, check, test and explain rules.
//!
//! Parses the arguments and hands over; each command has a file of its own under `command/`.

use std::process::ExitCode;

use clap::Parser as _;

mod command;
mod exit;
mod lang;
mod progress;
mod report;
mod stdout;
mod store_url;

fn main() -> ExitCode {
    command::Arguments::parse().run().into()
}
