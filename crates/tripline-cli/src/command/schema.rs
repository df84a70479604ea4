//! `tripline schema`: the JSON Schemas of what people write and what they get.

use std::io::Write;

use clap::{Args, ValueEnum};
use tripline::Registry;

use crate::exit::Exit;
use crate::stdout::Stdout;

/// The arguments of `tripline schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// What to describe
    #[arg(value_enum)]
    kind: SchemaKind,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SchemaKind {
    /// A bare pattern graph
    Rule,
    /// A row of the rule table: the pattern with all that belongs to a rule
    Row,
    /// Conditions of type CLASS, anywhere in a rule: the names and arguments, for editors
    Conditions,
    /// A line of output: a match or a timeout
    Output,
    /// The configuration, a TOML file
    Config,
    /// What a running engine says of itself at /status
    Status,
}

impl Schema {
    pub(crate) fn run(&self, registry: &Registry) -> Exit {
        let schema = match self.kind {
            SchemaKind::Rule => tripline::schema_rule(),
            SchemaKind::Row => tripline::schema_row(),
            SchemaKind::Conditions => tripline::schema_conditions(registry),
            SchemaKind::Output => tripline::schema_output(),
            SchemaKind::Config => crate::config::schema_config(),
            SchemaKind::Status => tripline_server::schema_status(),
        };
        let mut out = Stdout::lock();
        out.print(|out| writeln!(out, "{schema:#}"));
        out.finish(Exit::Success)
    }
}
