//! `tripline rules import`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use tripline::Registry;

use super::checked::Files;
use super::push::{Pusher, Wanted};
use super::session::Access;
use super::{Author, Common, RulesError};
use crate::command::Format;
use crate::exit::Exit;
use crate::lang::plural;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Rules: files and folders; several versions of a rule, as export --all-versions writes them, go in one by one
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    common: Common,
}

impl Import {
    pub(super) fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let registry = &self.common.registry(registry)?;
        let files = Files::read(&self.paths).with_versions();
        let look = self.common.look();
        let checked = match files.check(registry, self.strict, look, out) {
            Ok(checked) => checked,
            Err(exit) => return Ok(exit),
        };
        let session = self.common.open(Access::OrNew)?;
        let mut pusher = Pusher::new(session, registry, self.author.name(), look)?;
        let mut pushed = 0;
        let mut failure = None;
        let mut done = 0;
        for rule in &checked {
            let several = files.has_versions(&rule.file.id);
            let wanted = if several { Wanted::OfDocument } else { Wanted::Next };
            match pusher.push(rule, wanted, out) {
                Ok(was_pushed) => pushed += usize::from(was_pushed),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
            done += 1;
        }
        if look.format == Format::Human {
            let mut line = format!(
                "{}: {pushed} pushed, {} unchanged",
                plural(checked.len(), "version"),
                done - pushed
            );
            if done < checked.len() {
                line.push_str(&format!(", {} not reached", checked.len() - done));
            }
            line.push_str(&format!(", {}", printable(&pusher.store_name())));
            out.print(|out| writeln!(out, "{line}"));
        }
        failure.map_or(Ok(Exit::Success), Err)
    }
}
