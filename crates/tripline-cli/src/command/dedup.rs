//! How events that come twice are told.

use clap::Args;
use tripline_runtime::{DedupBy, DedupConfig, parse_duration_ms};

use crate::config::Config;

/// How events that come twice are told and left out; what is not said here may stand in the configuration.
#[derive(Debug, Args)]
pub(super) struct DedupArgs {
    /// The field by which events are told from one another, so that one that comes twice is processed once
    #[arg(long, value_name = "FIELD")]
    dedup_id: Option<String>,
    /// Tell events by all their bytes, so that one that comes twice is processed once
    #[arg(long, conflicts_with = "dedup_id")]
    dedup_event: bool,
    /// How far apart in event time the two may be; 1h unless given
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_ms)]
    dedup_within: Option<i64>,
    /// How many events are remembered for it at most; 1000000 unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    dedup_max_ids: Option<u32>,
}

impl DedupArgs {
    /// How duplicates are told, if they are.
    pub(super) fn config(&self, config: &Config) -> Option<DedupConfig> {
        let said = &config.dedup;
        let by = match (&self.dedup_id, &said.id_field) {
            (Some(field), _) => DedupBy::Field(field.clone()),
            (None, _) if self.dedup_event => DedupBy::WholeEvent,
            (None, Some(field)) => DedupBy::Field(field.clone()),
            (None, None) if said.whole_event == Some(true) => DedupBy::WholeEvent,
            (None, None) => return None,
        };
        let within_ms = self.dedup_within.or(said.within.map(|within| within.0));
        let max_ids = self.dedup_max_ids.or(said.max_ids.map(|ids| ids.0));
        let max_ids = max_ids.and_then(|ids| usize::try_from(ids).ok());
        Some(DedupConfig {
            by,
            within_ms: within_ms.unwrap_or(DedupConfig::WITHIN_MS),
            max_ids: max_ids.unwrap_or(DedupConfig::MAX_IDS),
        })
    }

    /// What is wrong with the arguments, given the configuration.
    pub(super) fn problem(&self, config: &Config) -> Option<&'static str> {
        let says = self.dedup_within.is_some() || self.dedup_max_ids.is_some();
        (says && self.config(config).is_none()).then_some(
            "--dedup-within and --dedup-max-ids mean nothing unless --dedup-id FIELD or --dedup-event says how events \
             are told from one another",
        )
    }
}
