//! `tripline store`: the tables of a rule store.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Format;
use super::rules::{RulesError, block_on};
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;
use crate::store_url::{STORE, StoreArgs};

/// The arguments of `tripline store`.
#[derive(Debug, Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the tables of a rule store, or bring them to the newest version
    Migrate(Migrate),
}

#[derive(Debug, Args)]
#[command(mut_arg(STORE, |arg| arg.required(true)))]
struct Migrate {
    #[command(flatten)]
    store: StoreArgs,
    /// The version of the tables, up or down; 0 takes them all away, with the rules in them
    #[arg(long, value_name = "VERSION")]
    to: Option<i64>,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Store {
    pub(crate) fn run(&self) -> Exit {
        let Action::Migrate(migrate) = &self.action;
        let mut out = Stdout::lock();
        let exit = migrate.run(&mut out).unwrap_or_else(|error| error.complain());
        out.finish(exit)
    }
}

impl Migrate {
    fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let (url, _) = self.store.resolve()?;
        let steps = block_on(tripline_rule_store::migrate(&url, self.to))??;
        match self.format {
            Format::Json => {
                let line = json!({"store": url.to_string(), "steps": steps});
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human if steps.is_empty() => {
                out.print(|out| writeln!(out, "{}: nothing to do", printable(&url.to_string())));
            }
            Format::Human => {
                for step in &steps {
                    out.print(|out| writeln!(out, "{}", printable(step)));
                }
            }
        }
        Ok(Exit::Success)
    }
}
