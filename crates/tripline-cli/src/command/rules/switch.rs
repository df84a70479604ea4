//! `tripline rules enable` and `tripline rules disable`.

use std::io::Write as _;

use clap::Args;
use serde_json::json;

use super::reading::Content;
use super::session::Access;
use super::{Author, Common, RulesError};
use crate::command::Format;
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules enable` and `tripline rules disable`.
#[derive(Debug, Args)]
pub(super) struct Switch {
    /// The id of the rule
    id: String,
    #[command(flatten)]
    author: Author,
    #[command(flatten)]
    common: Common,
}

impl Switch {
    pub(super) fn run(&self, out: &mut Stdout, enabled: bool) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let row = session.version(&self.id, None)?;
        // What cannot be read may be off or on: it is switched all the same.
        let content = Content::of(&row);
        let changed = content.columns().is_none() || content.is_enabled() != enabled;
        if changed {
            let by = self.author.name().unwrap_or_default();
            session.set_enabled(&row.id, row.version, enabled, &by)?;
        }
        let (word, version) = (if enabled { "enabled" } else { "disabled" }, row.version);
        match self.common.format {
            Format::Json => {
                let line = json!({
                    "id": self.id, "version": version.0, "enabled": enabled, "changed": changed,
                });
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human => {
                let already = if changed { "" } else { " already" };
                let line = format!("`{}` version {version} is {word}{already}", self.id);
                out.print(|out| writeln!(out, "{}", printable(&line)));
            }
        }
        Ok(Exit::Success)
    }
}
