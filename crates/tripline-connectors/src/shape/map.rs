//! Renames and picks fields, adds constants, reads times.

use std::borrow::Cow;

use super::config::MapConfig;
use super::row::{Row, words};
use super::time::TimeFormat;
use crate::BadRecordReason;

/// The field that has the time of an event, unless something else is said.
pub(super) const TS: &str = "ts";

/// What is done with the fields of each event, in this order.
#[derive(Clone, Debug)]
pub(super) struct Map {
    /// New names, and paths.
    rename: Vec<(String, String)>,
    time: Option<MapTime>,
    only: Option<Vec<String>>,
    /// Names, and values as JSON.
    set: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct MapTime {
    field: String,
    format: TimeFormat,
    to: String,
}

impl Map {
    /// Why it cannot be, by key.
    pub(super) fn new(config: &MapConfig) -> Result<Self, (&'static str, String)> {
        let time = config.time.as_ref().map(|time| {
            let format = TimeFormat::new(&time.format, time.zone.as_deref())?;
            let to = time.to.clone().unwrap_or_else(|| TS.to_owned());
            Ok(MapTime { field: time.field.clone(), format, to })
        });
        let rename = config.rename.iter();
        Ok(Self {
            rename: rename.map(|(name, path)| (name.clone(), path.clone())).collect(),
            time: time.transpose()?,
            only: config.only.clone(),
            set: config.set.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
        })
    }

    pub(super) fn apply<'a>(&'a self, row: &mut Row<'a>) -> Result<(), BadRecordReason> {
        // All are found before any is moved, so that two can change places.
        let found: Vec<Option<String>> =
            self.rename.iter().map(|(_, path)| row.at(path).map(Cow::into_owned)).collect();
        for (_, path) in &self.rename {
            // What stands below other fields stays with them.
            row.take(path);
        }
        for ((name, _), json) in self.rename.iter().zip(found) {
            if let Some(json) = json {
                row.set(name.as_str(), json);
            }
        }
        let time_ms = self.time.as_ref().map(|time| time.read(row)).transpose()?.flatten();
        if let Some(only) = &self.only {
            row.retain(|name| only.iter().any(|kept| kept == name));
        }
        if let (Some(time), Some(time_ms)) = (&self.time, time_ms) {
            row.set(time.to.as_str(), time_ms.to_string());
        }
        for (name, json) in &self.set {
            row.set(name.as_str(), json.as_str());
        }
        Ok(())
    }
}

impl MapTime {
    /// The time in ms; nothing where the field is missing, as whoever reads the event says.
    fn read(&self, row: &Row<'_>) -> Result<Option<i64>, BadRecordReason> {
        let Some(json) = row.at(&self.field) else { return Ok(None) };
        if json == "null" {
            return Ok(None);
        }
        let text = words(&json);
        let time_ms = self.format.millis(&text);
        time_ms.map(Some).ok_or_else(|| BadRecordReason::Time {
            field: self.field.clone(),
            value: text.chars().take(64).collect(),
            format: self.format.to_string(),
        })
    }
}
