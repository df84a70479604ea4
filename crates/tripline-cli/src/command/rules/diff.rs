//! `tripline rules diff`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tripline::{Registry, RuleId};
use tripline_rule_store::RuleRow;

use super::candidate::{Candidate, Comparison};
use super::checked::Files;
use super::reading::Content;
use super::session::Access;
use super::{Common, RulesError};
use crate::command::Format;
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules diff`.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The id of the rule
    id: String,
    /// The file to compare the highest version with, or - for stdin
    #[arg(required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    file: Option<PathBuf>,
    /// The version before
    #[arg(long, value_name = "N")]
    from: Option<i64>,
    /// The version after; the highest unless given
    #[arg(long, value_name = "N", requires = "from")]
    to: Option<i64>,
    #[command(flatten)]
    common: Common,
}

impl Diff {
    pub(super) fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let registry = &self.common.registry(registry)?;
        match &self.file {
            Some(file) => self.with_file(file, registry, out),
            None => self.between(registry, out),
        }
    }

    fn with_file(
        &self,
        path: &PathBuf,
        registry: &Registry,
        out: &mut Stdout,
    ) -> Result<Exit, RulesError> {
        let files = Files::read(std::slice::from_ref(path));
        let checked = match files.check(registry, false, self.common.look(), out) {
            Ok(checked) => checked,
            Err(exit) => return Ok(exit),
        };
        let [rule] = &checked[..] else {
            return Err(RulesError::Usage("diff compares with a single file"));
        };
        let mut session = self.common.open(Access::Existing)?;
        let before = session.version(&self.id, None)?;
        let id = RuleId::new(&self.id);
        let candidate = Candidate::of_document(&rule.file.text, &id, Some(&before), registry)?;
        self.tell(&before, None, &path.to_string_lossy(), &candidate, registry, out)
    }

    fn between(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let rows = session.versions(&self.id)?;
        let before = session.pick(&rows, self.from)?;
        let after = session.pick(&rows, self.to)?;
        let columns = match Content::of(&after) {
            Content::Columns(columns) => *columns,
            Content::Unread { problem, .. } => {
                return Err(RulesError::Invalid { id: self.id.clone(), problem });
            }
        };
        let candidate = Candidate::of_columns(columns, &after.id, registry)?;
        let name = format!("version {}", after.version);
        self.tell(&before, Some(after.version.0), &name, &candidate, registry, out)
    }

    /// Writes what changed.
    fn tell(
        &self,
        before: &RuleRow,
        to: Option<i64>,
        after_name: &str,
        after: &Candidate,
        registry: &Registry,
        out: &mut Stdout,
    ) -> Result<Exit, RulesError> {
        let Comparison { version, found } = after.against(before, registry);
        let (changes, attempts) = found.map_err(|problem| RulesError::Unread {
            id: self.id.clone(),
            version,
            problem,
        })?;
        if self.common.format == Format::Json {
            let line = json!({
                "id": self.id,
                "from": version,
                "to": to,
                "changes": changes,
                "open_attempts": attempts.json(),
            });
            out.print(|out| writeln!(out, "{line}"));
            return Ok(Exit::Success);
        }
        let id = &self.id;
        let mut lines = Vec::new();
        if changes.is_empty() {
            lines.push(format!("`{id}`: version {version} and {after_name} say the same"));
        } else {
            lines.push(format!("`{id}`: version {version} to {after_name}"));
            lines.extend(changes.iter().map(|change| format!("  {}", change.message)));
            lines.push(format!("open attempts: {}", attempts.text()));
        }
        let text: String = lines.iter().map(|line| printable(line) + "\n").collect();
        out.print(|out| out.write_all(text.as_bytes()));
        Ok(Exit::Success)
    }
}
