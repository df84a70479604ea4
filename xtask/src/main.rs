//! Repository chores of Tripline: `cargo xtask NAME`.

#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a chore may stop with a panic; nothing here is shipped"
)]

mod bench_hostile;
mod bench_kafka;
mod bench_shards;
mod bench_store;
mod bench_swap;
mod bench_windows;
mod clickstream;
mod demo;
mod diagnostics;
mod ecommerce;
mod figures;
mod schemas;
mod services;
mod soak;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let mut args = env::args();
    // The name of the program stays in front, where the options' parser expects it.
    let program = args.next().unwrap_or_default();
    let result = match args.next().as_deref() {
        // `tripline` itself, for the demo: a second program would have to be built for it.
        Some("tripline") => {
            let arguments = std::iter::once("tripline".to_owned()).chain(args);
            let registry = tripline::Registry::with_builtins();
            return tripline_cli::run_from(registry, arguments.map(OsString::from));
        }
        Some("clickstream") => clickstream::run(&clickstream::Options::parse_from(
            std::iter::once(format!("{program} clickstream")).chain(args),
        )),
        Some("demo") => demo::run(&demo::Options::parse_from(
            std::iter::once(format!("{program} demo")).chain(args),
        )),
        Some("ecommerce") => ecommerce::run(&ecommerce::Options::parse_from(
            std::iter::once(format!("{program} ecommerce")).chain(args),
        )),
        Some("bench-hostile") => bench_hostile::run(&bench_hostile::Options::parse_from(
            std::iter::once(format!("{program} bench-hostile")).chain(args),
        )),
        Some("bench-kafka") => bench_kafka::run(&bench_kafka::Options::parse_from(
            std::iter::once(format!("{program} bench-kafka")).chain(args),
        )),
        Some("bench-swap") => bench_swap::run(&bench_swap::Options::parse_from(
            std::iter::once(format!("{program} bench-swap")).chain(args),
        )),
        Some("bench-shards") => bench_shards::run(&bench_shards::Options::parse_from(
            std::iter::once(format!("{program} bench-shards")).chain(args),
        )),
        Some("bench-store") => bench_store::run(&bench_store::Options::parse_from(
            std::iter::once(format!("{program} bench-store")).chain(args),
        )),
        Some("bench-windows") => bench_windows::run(&bench_windows::Options::parse_from(
            std::iter::once(format!("{program} bench-windows")).chain(args),
        )),
        Some("soak") => soak::run(&soak::Options::parse_from(
            std::iter::once(format!("{program} soak")).chain(args),
        )),
        Some("schemas") => schemas::run(),
        Some("diagnostics") => diagnostics::run(),
        _ => {
            eprintln!(
                "usage: cargo xtask clickstream|demo|ecommerce|schemas|diagnostics|bench-hostile|bench-kafka|bench-shards|bench-swap|bench-store|bench-windows|soak …"
            );
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
