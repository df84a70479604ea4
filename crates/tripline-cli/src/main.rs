//! `tripline`: the command line with the conditions that ship with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    tripline_cli::run(tripline::Registry::with_builtins())
}
