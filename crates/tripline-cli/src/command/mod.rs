//! The commands.

use std::io::Write as _;

use clap::{Parser, Subcommand, ValueEnum};
use tripline::Registry;

use crate::exit::Exit;
use crate::log::speaks_json;

mod alert;
mod conditions;
mod config;
mod connect;
mod dedup;
mod explain;
mod flow;
mod http;
mod keep;
mod live;
mod reload;
mod rules;
mod run;
mod schema;
mod signals;
mod store;
mod summary;
mod test;
mod validate_rule;

/// Watch live event streams for the sequences that people describe as rules.
#[derive(Debug, Parser)]
#[command(name = "tripline", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run rules over a file of events or a pipe
    Run(Box<run::Run>),
    /// Run test cases: a rule, events, and what must come of them
    Test(test::Test),
    /// Check rules, and say everything that is wrong or doubtful in them
    ValidateRule(validate_rule::ValidateRule),
    /// Keep rules in a store: list, push, compare, switch and roll back
    Rules(Box<rules::Rules>),
    /// Keep sets in a store: list, show, add and remove their members
    Sets(Box<rules::Sets>),
    /// Make or change the tables of a rule store
    Store(store::Store),
    /// Say what a rule matches, and show the automaton it becomes
    Explain(explain::Explain),
    /// List the conditions that rules may name, and show what each is told
    Conditions(conditions::Conditions),
    /// Print the JSON Schema of rules, of conditions, of outputs or of the configuration
    Schema(schema::Schema),
    /// Look at a configuration
    Config(config::Config),
}

impl Arguments {
    /// Runs the command, for rules that may use the conditions of `registry`.
    pub(crate) fn run(self, registry: Registry) -> Exit {
        match self.command {
            Command::Run(command) => command.run(registry),
            Command::Test(command) => command.run(&registry),
            Command::ValidateRule(command) => command.run(&registry),
            Command::Rules(command) => command.run(&registry),
            Command::Sets(command) => command.run(),
            Command::Store(command) => command.run(),
            Command::Explain(command) => command.run(&registry),
            Command::Conditions(command) => command.run(&registry),
            Command::Schema(command) => command.run(&registry),
            Command::Config(command) => command.run(registry),
        }
    }
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON object a line.
    Json,
}

/// Says what went wrong, on stderr.
pub(crate) fn complain(message: &str) {
    if speaks_json() {
        // Who reads a log of objects is to find nothing else in it.
        tracing::warn!("{message}");
    } else {
        say(&format!("tripline: {message}"));
    }
}

/// Writes a line to stderr; nothing can be done if nobody reads it.
pub(crate) fn say(line: &str) {
    let _unread = writeln!(std::io::stderr(), "{line}");
}

/// An event time for people: date and time in UTC, or the number where there is no such date.
pub(crate) fn time_text(time: tripline::Timestamp) -> String {
    let millis = time.as_millis();
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |time| format!("{time:.3}"))
}
