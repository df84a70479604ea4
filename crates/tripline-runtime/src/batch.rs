//! Events read together: decoded by any worker, read by all shards, filled again.

use std::sync::Arc;

use thiserror::Error;
use tripline::json::JsonEventError;
use tripline::{Event, EventId, FieldId, Timestamp, Value};
use tripline_connectors::{Position, RawRecord, RecordBatch};

use crate::clock::Now;
use crate::config::{MAX_SHARDS, PipelineConfig, TimeMode};
use crate::dedup::{DedupBy, DedupConfig};
use crate::origin::Origin;
use crate::rules::{Rulebook, RunningRules};
use crate::time::TimeError;

/// Why a record is no event to be processed.
#[derive(Clone, Debug, Error)]
pub(crate) enum RejectReason {
    #[error(transparent)]
    Json(#[from] JsonEventError),
    #[error(transparent)]
    Time(#[from] TimeError),
    #[error(
        "its time is {ahead_ms} ms ahead of the clock, and at most {limit_ms} are allowed (`max_future_skew`)"
    )]
    Future { ahead_ms: i64, limit_ms: i64 },
}

/// What decoding goes by.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) config: PipelineConfig,
    pub(crate) time_field: FieldId,
    /// Where events are told by a field.
    pub(crate) id_field: Option<FieldId>,
}

impl Settings {
    /// What tells an event from others: of a field, or of all of it.
    fn id_of(&self, event: &Event<'_>) -> Option<EventId> {
        match self.id_field {
            Some(field) => EventId::of_value(event.value(field)),
            None => Some(EventId::of_payload(event.payload)),
        }
    }
}

impl Settings {
    /// Settings that can be worked with; `book` gives numbers to the fields that they name.
    pub(crate) fn new(book: &mut Rulebook, mut config: PipelineConfig) -> Self {
        config.shards = config.shards.clamp(1, MAX_SHARDS);
        config.batch_max_events = config.batch_max_events.max(1);
        let time_field = book.field(&config.time.field);
        let id_field = match &config.dedup {
            Some(DedupConfig { by: DedupBy::Field(path), .. }) => Some(book.field(path)),
            _ => None,
        };
        Self { config, time_field, id_field }
    }
}

/// An event of a batch, beside its values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    pub(crate) time: Timestamp,
    /// When it says that it happened, if it comes late before `time`.
    pub(crate) happened: Timestamp,
    /// The number of its record in the batch.
    record: u32,
    /// The shards that it goes to, a bit each; none if it came too late or before. The lowest one counts it.
    pub(crate) shards: u64,
}

/// Records of one source, and the events in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) records: RecordBatch,
    /// The number of the source.
    pub(crate) source: u32,
    /// By which its events are known.
    pub(crate) origin: Origin,
    /// How far ahead of the clock an event may be, in ms.
    pub(crate) max_future_skew_ms: Option<i64>,
    /// When it was read.
    pub(crate) arrived: Now,
    /// Where its source was then.
    pub(crate) end: Position,
    /// Values an event has.
    width: usize,
    values: Vec<Value>,
    pub(crate) events: Vec<Arrived>,
    /// Of each event, where duplicates are told.
    pub(crate) ids: Vec<Option<EventId>>,
    /// The numbers of the events in the order of their times, where they are to be put in order.
    pub(crate) by_time: Vec<u32>,
    /// The numbers of the events that came too late.
    pub(crate) late: Vec<u32>,
    /// The numbers of the events that came before.
    pub(crate) duplicates: Vec<u32>,
    rejected: Vec<(u32, RejectReason)>,
}

impl Batch {
    /// A batch to be filled from a source.
    pub(crate) fn of(source: u32, origin: Origin) -> Self {
        Self { source, origin, ..Self::default() }
    }

    /// Reads the events out of the records, and says which shards they go to.
    pub(crate) fn decode(&mut self, settings: &Settings, rules: &RunningRules) {
        let Self { records, values, events, .. } = self;
        self.width = rules.set.fields().len();
        values.clear();
        events.clear();
        self.by_time.clear();
        self.late.clear();
        self.duplicates.clear();
        self.ids.clear();
        self.rejected.clear();
        let latest = self.max_future_skew_ms.map(|skew| self.arrived.wall_ms.saturating_add(skew));
        for (number, record) in (0..).zip(records.records()) {
            let begin = values.len();
            let time = read(&record, settings, rules, values, latest, self.arrived);
            match time {
                Ok(time) => {
                    let position = self.origin.position(&record);
                    let values = values.get(begin..).unwrap_or_default();
                    let event =
                        Event { time, happened: time, position, values, payload: record.bytes };
                    let shards = destinations(rules, &event, settings.config.shards);
                    events.push(Arrived { time, happened: time, record: number, shards });
                    if settings.config.dedup.is_some() {
                        self.ids.push(settings.id_of(&event));
                    }
                }
                Err(reason) => {
                    values.truncate(begin);
                    self.rejected.push((number, reason));
                }
            }
        }
    }

    /// Whether anything of it is told of: what is no event, came too late or came before.
    pub(crate) fn leaves_any(&self) -> bool {
        self.rejected_len() + self.late.len() + self.duplicates.len() > 0
    }

    /// Whether events were left out for being far ahead of the clock.
    pub(crate) fn any_from_the_future(&self) -> bool {
        self.rejected.iter().any(|(_, why)| matches!(why, RejectReason::Future { .. }))
    }

    /// Gives the events of these records, all of which are some, the times that they had before.
    pub(crate) fn set_times(&mut self, times: impl Iterator<Item = Timestamp>) {
        let times: Vec<Timestamp> = times.collect();
        for event in &mut self.events {
            event.time = times.get(event.record as usize).copied().unwrap_or(event.time);
        }
    }

    /// The number, line and text of the record of an event.
    pub(crate) fn record_of(&self, event: u32) -> Option<RawRecord<'_>> {
        let arrived = self.events.get(event as usize)?;
        self.records.record(arrived.record as usize)
    }

    /// Works out the order of the events' times; those of one time stay as they came.
    pub(crate) fn sort(&mut self) {
        let events = &self.events;
        self.by_time.extend(0..u32::try_from(events.len()).unwrap_or(u32::MAX));
        self.by_time.sort_by_key(|&at| events.get(at as usize).map(|event| event.time));
    }

    /// An event by its number, and the shards it goes to.
    pub(crate) fn event(&self, number: u32) -> Option<(Event<'_>, u64)> {
        let at = number as usize;
        let arrived = self.events.get(at)?;
        let record = self.records.record(arrived.record as usize)?;
        let event = Event {
            time: arrived.time,
            happened: arrived.happened,
            position: self.origin.position(&record),
            values: self.values.get(at * self.width..(at + 1) * self.width).unwrap_or_default(),
            payload: record.bytes,
        };
        Some((event, arrived.shards))
    }

    /// How many of the events are processed.
    pub(crate) fn processed_len(&self) -> usize {
        self.events.len() - self.late.len() - self.duplicates.len()
    }

    /// How many events have no id to be told by.
    pub(crate) fn without_id(&self) -> usize {
        self.ids.iter().filter(|id| id.is_none()).count()
    }

    /// The records that are no events, with why not.
    pub(crate) fn rejected(&self) -> impl Iterator<Item = (RawRecord<'_>, &RejectReason)> {
        let rejected = self.rejected.iter();
        rejected.filter_map(|(at, why)| Some((self.records.record(*at as usize)?, why)))
    }

    /// How many records there are, those that could not be read among them.
    pub(crate) fn read_len(&self) -> u64 {
        (self.records.len() + self.records.bad().len()) as u64
    }

    /// How many records are no events, those included that could not even be read.
    pub(crate) fn rejected_len(&self) -> usize {
        self.rejected.len() + self.records.bad().len()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.records.capacity_bytes()
            + self.values.capacity() * size_of::<Value>()
            + self.events.capacity() * size_of::<Arrived>()
            + self.ids.capacity() * size_of::<Option<EventId>>()
    }

    /// To be kept for long: without the room that it has for more events than there are.
    pub(crate) fn kept(self: Arc<Self>) -> Arc<Self> {
        let roomy = self.values.len() * 2 < self.values.capacity();
        if roomy { Arc::new((*self).clone()) } else { self }
    }
}

/// Appends the values of a record to `values`; the time of the event.
fn read(
    record: &RawRecord<'_>,
    settings: &Settings,
    rules: &RunningRules,
    values: &mut Vec<Value>,
    latest_ms: Option<i64>,
    arrived: Now,
) -> Result<Timestamp, RejectReason> {
    let begin = values.len();
    rules.decoder.append(record.bytes, values)?;
    let config = &settings.config;
    if config.mode == TimeMode::Processing {
        return Ok(Timestamp::from_millis(arrived.wall_ms));
    }
    let value = values.get(begin + settings.time_field.index()).unwrap_or(&Value::Missing);
    let time = config.time.time(value)?;
    match latest_ms {
        Some(latest) if time.as_millis() > latest => Err(RejectReason::Future {
            ahead_ms: time.as_millis().saturating_sub(arrived.wall_ms),
            limit_ms: latest.saturating_sub(arrived.wall_ms),
        }),
        _ => Ok(time),
    }
}

/// The shards that an event goes to, a bit each: at least one, which counts it.
pub(crate) fn destinations(rules: &RunningRules, event: &Event<'_>, shards: usize) -> u64 {
    if shards == 1 {
        return 1;
    }
    let groups = rules.set.key_groups(event);
    match groups.fold(0, |all, group| all | 1 << group.shard(shards)) {
        0 => 1 << (event.position.offset % shards as u64),
        all => all,
    }
}
