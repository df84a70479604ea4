//! Secrets: named in the configuration, and never in it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// Where a secret stands: in the environment or in a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// The variable that holds it: `{ env = "NAME" }`.
    Env(String),
    /// The file that holds it, without a line end behind it: `{ file = "PATH" }`.
    File(PathBuf),
}

impl Secret {
    /// What it is.
    ///
    /// # Errors
    /// Where it should be and is not, in words that may follow "the secret `x`: ".
    #[expect(clippy::disallowed_methods, reason = "the configuration names the variable")]
    pub fn read(&self) -> Result<String, String> {
        match self {
            Self::Env(name) => std::env::var(name).map_err(|_| {
                format!("the environment variable {name} is not set, or is not UTF-8")
            }),
            Self::File(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.map_err(|error| cannot_read(path, &error))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        }
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read the file `{}`: {error}", path.display())
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |name: &str| {
            serde_json::json!({
                "properties": {name: {"type": "string", "minLength": 1}},
                "required": [name],
                "additionalProperties": false,
            })
        };
        json_schema!({"type": "object", "oneOf": [one("env"), one("file")]})
    }
}
