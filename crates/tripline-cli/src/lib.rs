//! The command line of Tripline, for programs with condition plugins of their own.
//!
//! [`run`] is the whole program: a `main` that registers plugins and calls it has every command of the stock
//! `tripline`, for rules that may use those plugins (`docs/plugins.md`).
//!
//! ```no_run
//! use std::process::ExitCode;
//! use tripline::{Registry, RegistryError};
//!
//! fn main() -> Result<ExitCode, RegistryError> {
//!     let mut registry = Registry::with_builtins();
//!     // registry.register::<MyPlugin>()?;
//! #   registry.alias("com.example.Tag", "InList", &serde_json::Value::Null)?;
//!     Ok(tripline_cli::run(registry))
//! }
//! ```
//!
//! Parses the arguments and hands over; each command has a file of its own under `command/`.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser as _;
use tripline::Registry;

mod command;
mod config;
mod exit;
mod lang;
mod log;
mod progress;
mod report;
mod stdout;
mod store_url;

pub use config::{config_reference, connector_pages, schema_config};

/// Runs the command that the arguments of the process name, for rules that may use the conditions of `registry`.
///
/// Prints results to stdout and remarks to stderr; on `--help`, `--version` and wrong usage it ends the process itself.
///
/// # Exit codes
/// 0 all well, 1 something could not be done, 2 wrong usage, 3 a rule is invalid or a case failed.
#[must_use]
pub fn run(registry: Registry) -> ExitCode {
    run_from(registry, std::env::args_os())
}

/// Does what [`run`] does with these arguments, of which the first is the name of the program.
#[must_use]
pub fn run_from(registry: Registry, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = command::Arguments::parse_from(arguments);
    say_less_of_contained_panics();
    arguments.run(registry).into()
}

/// The panics of condition plugins that are told of one by one; all of them are counted in the summary.
const MAX_PANICS_SHOWN: u32 = 5;

/// Keeps a plugin that panics on every event from filling stderr.
fn say_less_of_contained_panics() {
    let usual = std::panic::take_hook();
    let shown = AtomicU32::new(0);
    std::panic::set_hook(Box::new(move |info| {
        let says = !tripline::in_guarded_plugin()
            || shown.fetch_add(1, Ordering::Relaxed) < MAX_PANICS_SHOWN;
        if says {
            usual(info);
        }
    }));
}
