//! What a case says of rules of type AGGREGATE.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value as Json};
use tripline_condition::find_zone;
use tripline_engine::{Output, OutputKind, Rule};
use tripline_event::json::JsonPayloadDecoder;
use tripline_event::{FieldTable, Key, PayloadDecoder, Value};

use super::CaseError;

/// A row that must come of a case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// When the window begins, in ms.
    pub window_start: i64,
    /// When it ends.
    pub window_end: i64,
    /// The fields of the group.
    #[serde(default)]
    pub group: Map<String, Json>,
    /// The aggregates.
    pub values: Map<String, Json>,
    /// The rank, from 1.
    #[serde(default)]
    pub rank: Option<u32>,
    /// The position of the event that brought it.
    #[serde(default)]
    pub event: Option<u64>,
}

/// Which rows a case lists.
#[derive(Clone, Debug, Deserialize)]
pub struct RowFilter {
    window_end_multiple_of_ms: i64,
    #[serde(default)]
    window_end_from: Option<i64>,
    #[serde(default)]
    window_end_to: Option<i64>,
}

impl RowFilter {
    /// Whether it lists rows of windows with this end.
    #[must_use]
    pub fn takes(&self, end: i64) -> bool {
        end.checked_rem(self.window_end_multiple_of_ms) == Some(0)
            && self.window_end_from.is_none_or(|from| from <= end)
            && self.window_end_to.is_none_or(|to| end <= to)
    }
}

/// Takes out, of each key and calendar day, all events but the first so many.
#[derive(Clone, Debug, Deserialize)]
pub struct Blacklist {
    key: Vec<String>,
    #[serde(rename = "timeZone")]
    time_zone: String,
    limit: u64,
}

impl Blacklist {
    /// The positions that are left of `order`, which is that of event time.
    ///
    /// # Errors
    /// There is no such zone.
    pub(super) fn left(
        &self,
        order: &[usize],
        time: impl Fn(usize) -> i64,
        payload: impl Fn(usize) -> Option<Vec<u8>>,
    ) -> Result<Vec<usize>, CaseError> {
        let zone = find_zone(&self.time_zone)
            .map_err(|_| CaseError::NoZone { name: self.time_zone.clone() })?;
        let mut seen: BTreeMap<(jiff::civil::Date, Key), u64> = BTreeMap::new();
        let mut left = Vec::new();
        for &index in order {
            let payload = payload(index).unwrap_or_default();
            let values: Vec<Value> =
                self.key.iter().map(|path| JsonPayloadDecoder.value(&payload, path)).collect();
            let instant = jiff::Timestamp::from_millisecond(time(index)).unwrap_or_default();
            let day = zone.to_datetime(instant).date();
            let count = seen.entry((day, Key::of_group(values.iter()))).or_default();
            *count += 1;
            if *count <= self.limit {
                left.push(index);
            }
        }
        Ok(left)
    }
}

/// Reads `final_watermark`: `"END"` is after everything.
pub(super) fn watermark<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Watermark {
        At(i64),
        Word(End),
    }
    #[derive(Deserialize)]
    enum End {
        #[serde(rename = "END")]
        End,
    }
    Ok(Option::<Watermark>::deserialize(deserializer)?.map(|watermark| match watermark {
        Watermark::At(time) => time,
        Watermark::Word(End::End) => i64::MAX,
    }))
}

/// The row that an output is; `names` are those of the group's fields.
pub(super) fn row_of(output: &Output<'_>, rule: &Rule, fields: &FieldTable) -> Option<Row> {
    let OutputKind::Aggregate { start, end, rank, event, .. } = output.kind else { return None };
    let plan = rule.aggregate()?;
    let names = plan.group_by.iter().map(|&field| fields.path(field).unwrap_or_default());
    let group = names.zip(output.key.values());
    let values = plan.aggregates.iter().map(|one| one.name.as_str()).zip(output.values);
    Some(Row {
        window_start: start.as_millis(),
        window_end: end.as_millis(),
        group: group.map(|(name, value)| (name.to_owned(), json(&value))).collect(),
        values: values.map(|(name, value)| (name.to_owned(), json(value))).collect(),
        rank,
        event: event.map(|(_, position)| position.offset),
    })
}

fn json(value: &Value) -> Json {
    match value {
        Value::Missing | Value::List(_) => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::Text(value) => value.as_str().into(),
    }
}

/// A row as text, in which equal numbers are equal: `3` and `3.0`.
pub(super) fn text(row: &Row) -> String {
    let object = |map: &Map<String, Json>| {
        let mut parts: Vec<String> =
            map.iter().map(|(name, value)| format!("{name}={}", number_text(value))).collect();
        parts.sort();
        parts.join(" ")
    };
    let mut text = format!(
        "[{}, {}) {{{}}} {}",
        row.window_start,
        row.window_end,
        object(&row.group),
        object(&row.values)
    );
    if let Some(rank) = row.rank {
        text.push_str(&format!(" rank {rank}"));
    }
    if let Some(event) = row.event {
        text.push_str(&format!(" with event {event}"));
    }
    text
}

fn number_text(value: &Json) -> String {
    let float = value.as_f64().filter(|_| value.is_f64());
    match float {
        // Below 2^53 every whole double is an integer of the same digits.
        Some(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            // Of a negative zero nothing is left.
            format!("{:.0}", number + 0.0)
        }
        _ => value.to_string(),
    }
}
