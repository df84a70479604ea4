//! What the configuration can say of events that come twice.

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::Duration;

/// How events that come twice are told and left out; they are not unless `id_field` or `whole_event` says so.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DedupConfig {
    /// The field by which events are told from one another (`--dedup-id`); an event without it is never a duplicate.
    #[schemars(with = "String")]
    pub(crate) id_field: Option<String>,
    /// Whether two events that are the same byte for byte are one (`--dedup-event`).
    #[schemars(with = "bool")]
    pub(crate) whole_event: Option<bool>,
    /// How far apart in event time the two may be; `1h` unless given (`--dedup-within`).
    #[schemars(with = "Duration")]
    pub(crate) within: Option<Duration>,
    /// How many events are remembered at most, each with some 36 bytes; `1000000` unless given (`--dedup-max-ids`). Beyond
    /// it those that came first are forgotten, and counted.
    #[schemars(with = "MaxIds")]
    pub(crate) max_ids: Option<MaxIds>,
}

/// A number of events.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "u64")]
#[schemars(inline)]
pub(crate) struct MaxIds(#[schemars(range(min = 1, max = 1_000_000_000))] pub(crate) u32);

impl TryFrom<u64> for MaxIds {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match u32::try_from(number) {
            Ok(ids @ 1..=1_000_000_000) => Ok(Self(ids)),
            _ => Err(format!("{number} is no number of events to remember: give 1 to 1000000000")),
        }
    }
}
