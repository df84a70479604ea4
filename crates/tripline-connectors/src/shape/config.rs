//! What the configuration says of formats and of the mapping.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::change::Changes;
use super::map::Map;
use super::text::Lines;
use super::{Finish, Form, Shape};
use crate::ConnectorError;
use crate::stream::StreamTag;

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum MessageFormat {
    /// A JSON object each.
    #[default]
    Json,
    /// A line of text each.
    Text,
    /// A change of a row each, as Debezium writes it.
    Debezium,
    /// A change of rows each, as Canal writes it (`flatMessage`).
    Canal,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ChangeOp {
    /// It is new.
    Insert,
    /// It was there when the changes began to be written down.
    Snapshot,
    /// It is another.
    Update,
    /// It is gone.
    Delete,
}

/// What is done with the fields of each event, in this order.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MapConfig {
    /// Fields by their new names, each with the path to it: `userId = "user.id"`.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// A field that holds a time, and how it is written.
    #[serde(default)]
    #[schemars(with = "MapTime")]
    pub time: Option<MapTime>,
    /// The fields that events keep; all unless given.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub only: Option<Vec<String>>,
    /// Fields that all events have, with their values.
    #[serde(default)]
    pub set: BTreeMap<String, Json>,
}

/// A time in an event, which becomes ms since 1970.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MapTime {
    /// The field.
    pub field: String,
    /// How it is written: `ms`, `s` or `us` since 1970, `rfc3339`, or a pattern of `strptime` such as `%Y-%m-%d %H:%M:%S`.
    pub format: String,
    /// The offset of times that have none in them, such as `+08:00`; UTC unless given.
    #[serde(default)]
    #[schemars(with = "String")]
    pub zone: Option<String>,
    /// The field that gets it; `ts` unless given.
    #[serde(default)]
    #[schemars(with = "String")]
    pub to: Option<String>,
}

/// The keys of a source that are about formats and the mapping.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shaping<'a> {
    pub(crate) format: MessageFormat,
    pub(crate) pattern: Option<&'a str>,
    pub(crate) ops: Option<&'a [ChangeOp]>,
    pub(crate) map: Option<&'a MapConfig>,
}

/// What is wrong with a key; one below another has a dot before it.
type Problem = (&'static str, String);

impl Shaping<'_> {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.form().err());
        if let Some(map) = self.map {
            problems.extend(Map::new(map).err());
            let time = map.time.iter();
            let fields = time.flat_map(|time| [Some(&time.field), time.to.as_ref()]).flatten();
            for (key, empty) in [
                (
                    "map.rename",
                    map.rename.iter().any(|(name, path)| name.is_empty() || path.is_empty()),
                ),
                ("map.time", fields.into_iter().any(String::is_empty)),
                ("map.only", map.only.iter().flatten().any(String::is_empty)),
                ("map.set", map.set.contains_key("")),
            ] {
                if empty {
                    problems.push((key, "the name of a field is empty".to_owned()));
                }
            }
        }
        problems
    }

    fn form(&self) -> Result<Form, Problem> {
        let is_text = self.format == MessageFormat::Text;
        let is_change = matches!(self.format, MessageFormat::Debezium | MessageFormat::Canal);
        if self.pattern.is_some() && !is_text {
            let text = "it means nothing without format = \"text\"";
            return Err(("pattern", text.to_owned()));
        }
        if self.ops.is_some() && !is_change {
            let text = "it means nothing without format = \"debezium\" or \"canal\"";
            return Err(("ops", text.to_owned()));
        }
        if self.ops.is_some_and(<[ChangeOp]>::is_empty) {
            return Err(("ops", "it names no change".to_owned()));
        }
        Ok(match self.format {
            MessageFormat::Json => Form::Json,
            MessageFormat::Text => {
                let text = "format = \"text\" needs a `pattern`";
                let pattern = self.pattern.ok_or_else(|| ("pattern", text.to_owned()))?;
                Form::Text(Lines::new(pattern).map_err(|problem| ("pattern", problem))?)
            }
            MessageFormat::Debezium => Form::Changes(Changes::debezium(self.ops)),
            MessageFormat::Canal => Form::Changes(Changes::canal(self.ops)),
        })
    }

    /// What makes events of a source's records; `named` stands in errors.
    pub(crate) fn shape(&self, stream: &str, named: &str) -> Result<Shape, ConnectorError> {
        let wrong = |(key, problem): Problem| ConnectorError::Refused {
            name: named.to_owned(),
            reason: format!("`{key}`: {problem}"),
        };
        let form = self.form().map_err(wrong)?;
        let map = self.map.map(Map::new).transpose().map_err(wrong)?;
        let tag = StreamTag::new(stream);
        Ok(Shape { form, finish: Finish { map, tag, scratch: Vec::new() } })
    }
}
