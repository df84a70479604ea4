//! What a sink's other side will not have, and never will: it is left out, so that it does not hold up the rest.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tracing::warn;

use crate::{ConnectorError, Health};

/// What to do with a result that is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnRefused {
    /// Go on without it.
    #[default]
    Skip,
    /// End the run.
    Stop,
}

impl OnRefused {
    /// What is wrong with the keys of a sink that are about this.
    pub(crate) fn problem(self, dead_letter: Option<&Path>) -> Option<(&'static str, String)> {
        let path = dead_letter?;
        let text = if path.as_os_str().is_empty() {
            "the path is empty"
        } else if self == Self::Stop {
            "nothing is skipped: leave out `dead_letter`, or say on_refused = \"skip\""
        } else {
            return None;
        };
        Some(("dead_letter", text.to_owned()))
    }
}

/// Leaves out what is refused, or says that the run is to end.
#[derive(Debug)]
pub(crate) struct Refused {
    on_refused: OnRefused,
    dead_letter: Option<(PathBuf, File)>,
    health: Arc<Health>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    reason: &'a str,
    result: &'a RawValue,
}

impl Refused {
    /// Opens the file to which results are added, if there is one.
    pub(crate) fn open(
        on_refused: OnRefused,
        dead_letter: Option<&Path>,
        health: &Arc<Health>,
    ) -> Result<Self, ConnectorError> {
        let open = |path: &Path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file = file.map_err(|source| ConnectorError::Create {
                name: path.display().to_string(),
                source,
            })?;
            Ok((path.to_owned(), file))
        };
        let dead_letter = dead_letter.map(open).transpose()?;
        Ok(Self { on_refused, dead_letter, health: Arc::clone(health) })
    }

    /// Goes on without a result, which is in the file for good then; why that cannot be.
    pub(crate) fn leave_out(
        &mut self,
        id: &str,
        reason: &str,
        result: &[u8],
    ) -> Result<(), String> {
        if self.on_refused == OnRefused::Stop {
            return Err(format!(
                "{id} was refused: {reason}; mend it, or say on_refused = \"skip\""
            ));
        }
        self.health.failed();
        if let Some((path, file)) = &mut self.dead_letter {
            let result = serde_json::from_slice(result).unwrap_or(RawValue::NULL);
            // Texts can always be written as JSON.
            let mut line = serde_json::to_vec(&Line { id, reason, result }).unwrap_or_default();
            line.push(b'\n');
            let written = file.write_all(&line).and_then(|()| file.sync_data());
            written.map_err(|error| format!("cannot write to `{}`: {error}", path.display()))?;
        }
        warn!("{}: {id} is left out: {reason}", self.health.name());
        Ok(())
    }
}
