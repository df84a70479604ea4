//! Puts what comes into the one order in which all shards process it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tripline::{Event, Timestamp, Value, Watermark};
use tripline_connectors::Position;

use crate::batch::{Batch, Settings, destinations};
use crate::checkpoint::{Content, Entry, Journal, RuleLog, SavedSource};
use crate::clock::Now;
use crate::config::{Kept, TimeMode};
use crate::dedup::{Dedup, DedupState};
use crate::item::{Barrier, Events, Item, Pick, Picked};
use crate::origin::Origin;
use crate::rules::RunningRules;
use crate::watermark::{Frontier, SavedProgress, Silence, Wake, Watermarks};

/// The most events held back, and bytes of their batches; beyond them the earliest go on before their time.
const MAX_HELD: usize = 1_000_000;
const MAX_HELD_BYTES: usize = 1 << 30;

/// How many events of a source are held back while another is waited for, before no more of it are read.
const HELD_AHEAD: usize = 100_000;

/// What comes, in the order in which it came.
#[derive(Debug)]
pub(crate) enum Input {
    /// Events, decoded.
    Batch(Box<Batch>),
    /// New rules.
    Swap(Arc<RunningRules>),
    /// A source has ended.
    Ended(u32, Now),
    /// A source cannot be read any further: the run ends where it is.
    Broken(Now),
    /// Somebody wants the run to end where it is.
    Stopped(Now),
    /// Somebody wants to know what the shards have done so far.
    Probe,
    /// Time has passed in which nothing came.
    Tick(Now),
    /// A process goes on where another ended: `live` is whether this one does.
    Resumed { now: Now, live: bool },
    /// A checkpoint is to be made here.
    Barrier(Now),
    /// A source has been added.
    Opened(Box<OpenedSource>),
    /// A reader says that there is nothing more, or that it does not know any more.
    AtEnd(u32, bool, Now),
}

/// A source that is added while the run goes on.
#[derive(Debug)]
pub(crate) struct OpenedSource {
    pub(crate) name: String,
    /// Where it will be read from.
    pub(crate) position: Position,
    pub(crate) silence: Silence,
    pub(crate) kept: Kept,
    pub(crate) now: Now,
}

/// The part of a sequencer that a checkpoint holds.
#[derive(Debug)]
pub(crate) struct SequencerState {
    floor: Timestamp,
    items: u64,
    events: u64,
    marks: Vec<SavedProgress>,
    /// Batches with events that are held back, the number of each, and where in `by_time` the first of them stands.
    held: Vec<(Arc<Batch>, u64, usize)>,
    dedup: Option<DedupState>,
}

/// The same as data.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedSequencer {
    pub(crate) floor: Timestamp,
    items: u64,
    events: u64,
    marks: Vec<SavedProgress>,
    held: Vec<SavedHeld>,
    dedup: Option<DedupState>,
}

/// Events of one batch that are held back, in the order of their times.
#[derive(Debug, Serialize, Deserialize)]
struct SavedHeld {
    source: u32,
    batch: u64,
    /// The number, line, time and text of each.
    events: Vec<(u64, u64, Timestamp, Vec<u8>)>,
}

/// Where the sequencer writes down what comes.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) journal: Arc<Journal>,
    pub(crate) log: Arc<RuleLog>,
    /// By source, how it can be read again.
    pub(crate) kept: Vec<Kept>,
    /// Whether what comes is new, and not from the journal.
    pub(crate) live: bool,
    pub(crate) next_checkpoint: u64,
}

/// The events of a batch that wait for earlier ones, in the order of their times.
#[derive(Debug)]
struct Held {
    /// The next one: its time, source, the number of the batch, and where it stands in `batch.by_time`.
    next: (Timestamp, u32, u64, usize),
    batch: Arc<Batch>,
    bytes: usize,
    /// The set under which shards were worked out.
    generation: u64,
    /// Where the batch stands in the item that is being made, if it does.
    place: Option<(u64, u32)>,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.next == other.next
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.next.cmp(&other.next)
    }
}

/// Puts events in order of (time, source, arrival), as far as they may be out of it, and tells which come too late and
/// which came before.
///
/// It depends on what comes in which order, and on the clock only where a source is idle or time is the clock's.
#[derive(Debug)]
pub(crate) struct Sequencer {
    settings: Settings,
    rules: Arc<RunningRules>,
    marks: Watermarks,
    /// An event before this comes too late.
    floor: Timestamp,
    dedup: Option<Dedup>,
    held: BinaryHeap<Reverse<Held>>,
    held_events: usize,
    held_bytes: usize,
    /// By source.
    held_of: Vec<usize>,
    items: u64,
    events: u64,
    redecoded: Vec<Value>,
    /// The sources, and where each is.
    pub(crate) sources: Vec<SavedSource>,
    /// If the run is to be kept.
    pub(crate) recorder: Option<Recorder>,
}

impl Sequencer {
    pub(crate) fn new(
        settings: Settings,
        rules: Arc<RunningRules>,
        silences: &[Silence],
        now: Now,
    ) -> Self {
        let bound_ms = settings.bound_ms();
        Self {
            marks: Watermarks::new(bound_ms, silences.iter().copied(), now),
            dedup: settings.config.dedup.clone().map(Dedup::new),
            settings,
            rules,
            floor: Timestamp::MIN,
            held: BinaryHeap::new(),
            held_events: 0,
            held_bytes: 0,
            held_of: vec![0; silences.len()],
            items: 0,
            events: 0,
            redecoded: Vec::new(),
            sources: vec![SavedSource::default(); silences.len()],
            recorder: None,
        }
    }

    /// The next item.
    pub(crate) fn sequence(&mut self, input: Input) -> Item {
        let mut item = Item { number: self.items, first_event: self.events, ..Item::default() };
        item.replayed = self.recorder.as_ref().is_some_and(|recorder| !recorder.live);
        let floor = self.floor;
        let entry = self.entry_of(&input);
        let mut barrier = None;
        match input {
            Input::Batch(batch) => self.batch(*batch, &mut item),
            Input::Swap(rules) => {
                self.rules = Arc::clone(&rules);
                item.swap = Some(rules);
            }
            Input::Ended(source, now) => {
                self.marks.ended(source);
                item.last = self.marks.all_ended();
                barrier = item.last.then_some(now);
                // The other sources now say how far time is; without any, all that is held goes.
                self.release(now, &mut item);
            }
            Input::Broken(now) => {
                barrier = Some(now);
                item.last = true;
            }
            Input::Barrier(now) => barrier = Some(now),
            Input::Resumed { now, live } => {
                self.marks.resumed(now);
                if let Some(recorder) = &mut self.recorder {
                    recorder.live |= live;
                }
            }
            Input::Stopped(now) => {
                barrier = Some(now);
                (item.last, item.stopped) = (true, true);
            }
            Input::Opened(opened) => self.open(*opened),
            Input::Probe => item.probe = true,
            Input::Tick(now) if self.settings.config.mode == TimeMode::Processing => {
                self.floor = self.floor.max(Timestamp::from_millis(now.wall_ms));
            }
            Input::Tick(now) => self.release(now, &mut item),
            Input::AtEnd(source, at_end, now) => {
                self.marks.at_end(source, at_end, now);
                if self.settings.config.mode == TimeMode::Event {
                    self.release(now, &mut item);
                }
            }
        }
        let ended = item.last && self.marks.all_ended();
        if ended {
            self.floor = self.marks.latest().map_or(self.floor, |latest| self.floor.max(latest));
        }
        let finished = ended && self.settings.config.close_at_end;
        if finished {
            item.passed = Some(Watermark::MAX);
        } else if self.floor > floor {
            // No earlier event can come, and of the events at the floor itself more may.
            item.passed = Some(Watermark(self.floor.saturating_add(-1)));
        }
        (item.held, item.latest) = (self.held_events, self.marks.latest());
        self.items += 1;
        self.events += match &item.events {
            Events::None => 0,
            Events::Arrived => item.arrived.as_ref().map_or(0, |batch| batch.events.len()) as u64,
            Events::Picked(picked) => picked.picks.len() as u64,
        };
        self.record(entry, &item);
        // A journal that comes to the end of all sources has nothing behind it.
        if self.is_live() || ended {
            item.barrier = barrier.and_then(|now| self.barrier(now, finished));
        }
        item
    }

    /// What the journal is to have of an input, if it is to have anything.
    fn entry_of(&self, input: &Input) -> Option<Entry> {
        let recorder = self.recorder.as_ref()?;
        let goes_live = matches!(input, Input::Resumed { live: true, .. });
        if !recorder.live && !goes_live {
            return None;
        }
        Some(match input {
            Input::Batch(batch) => {
                let records = u32::try_from(batch.records.count()).unwrap_or(u32::MAX);
                let content = match recorder.kept.get(batch.source as usize)? {
                    Kept::InItself(_) => None,
                    Kept::InJournal => Some(Content::new(&batch.records)),
                    Kept::Not => return None,
                };
                let (source, arrived, end) = (batch.source, batch.arrived, batch.end);
                Entry::Batch { source, records, arrived, end, content }
            }
            Input::Swap(rules) => Entry::rules(&recorder.log.up_to(rules.set.generation())),
            Input::Ended(source, now) => Entry::Ended(*source, *now),
            Input::Tick(now) => Entry::Tick(*now),
            Input::Resumed { now, .. } => Entry::Resumed(*now),
            Input::AtEnd(source, at_end, now) => Entry::AtEnd(*source, *at_end, *now),
            Input::Opened(opened) => {
                let OpenedSource { name, position, now, .. } = &**opened;
                Entry::Opened { name: name.clone(), position: *position, now: *now }
            }
            Input::Broken(_) | Input::Stopped(_) | Input::Barrier(_) | Input::Probe => return None,
        })
    }

    /// Writes an input down, of which this item came.
    fn record(&self, entry: Option<Entry>, item: &Item) {
        let (Some(entry), Some(recorder)) = (entry, &self.recorder) else { return };
        // Whether reading the source again could lead to something else: with other batches, at another time.
        let decides = match (&entry, &item.arrived) {
            (Entry::Batch { content: None, arrived, .. }, Some(batch)) => {
                self.settings.config.mode == TimeMode::Processing
                    || self.marks.any_idle(*arrived)
                    || batch.any_from_the_future()
                    || item.forced > 0
                    // Of two sources with one id the event that came first counts.
                    || (self.dedup.is_some() && self.sources.len() > 1)
            }
            _ => true,
        };
        recorder.journal.add(&entry, decides);
    }

    /// What a checkpoint behind the last item holds, if the run is to be kept.
    fn barrier(&mut self, clock: Now, finished: bool) -> Option<Arc<Barrier>> {
        let recorder = self.recorder.as_mut()?;
        let number = recorder.next_checkpoint;
        recorder.next_checkpoint += 1;
        recorder.journal.begin_segment(number);
        Some(Arc::new(self.state(number, clock, finished)))
    }

    /// The state at the beginning of the journal with this number.
    pub(crate) fn state(&self, number: u64, clock: Now, finished: bool) -> Barrier {
        let held = self.held.iter().map(|Reverse(held)| {
            let (_, _, batch, at) = held.next;
            (Arc::clone(&held.batch), batch, at)
        });
        let sequencer = SequencerState {
            floor: self.floor,
            items: self.items,
            events: self.events,
            marks: self.marks.save(),
            held: held.collect(),
            dedup: self.dedup.as_ref().map(Dedup::snapshot),
        };
        let (rules, sources) = (Arc::clone(&self.rules), self.sources.clone());
        Barrier { number, finished, clock, rules, sequencer, sources }
    }

    /// Knows one more source.
    fn open(&mut self, opened: OpenedSource) {
        let OpenedSource { name, position, silence, kept, now } = opened;
        self.marks.open(silence, now);
        self.held_of.push(0);
        let identity = kept.identity();
        self.sources.push(SavedSource { name, identity, position });
        if let Some(recorder) = &mut self.recorder {
            recorder.kept.push(kept);
        }
    }

    /// Goes on from a checkpoint.
    pub(crate) fn restore(&mut self, saved: SavedSequencer, sources: Vec<SavedSource>) {
        (self.floor, self.items, self.events) = (saved.floor, saved.items, saved.events);
        self.marks.restore(saved.marks);
        if let (Some(config), Some(state)) = (self.settings.config.dedup.clone(), saved.dedup) {
            // What there is no room for any more could not be told either if it had come since.
            self.dedup = Some(Dedup::restore(config, state).0);
        }
        self.sources = sources;
        for held in saved.held {
            let name = self.sources.get(held.source as usize).map(|source| source.name.as_str());
            let mut batch = Batch::of(held.source, Origin::of(name.unwrap_or_default()));
            for (number, line, _, bytes) in &held.events {
                batch.records.push_record(*number, *line, bytes);
            }
            batch.decode(&self.settings, &self.rules);
            batch.set_times(held.events.iter().map(|(_, _, time, _)| *time));
            batch.sort();
            self.hold_as(Arc::new(batch), held.batch);
        }
    }

    fn batch(&mut self, mut batch: Batch, item: &mut Item) {
        let (source, now) = (batch.source, batch.arrived);
        self.marks.arrived(source, now);
        if let Some(known) = self.sources.get_mut(source as usize) {
            known.position = batch.end;
        }
        if self.settings.config.mode == TimeMode::Processing {
            let time = self.floor.max(Timestamp::from_millis(now.wall_ms));
            for event in &mut batch.events {
                (event.time, event.happened) = (time, time);
            }
            self.floor = time;
            // They all come now, so none is late.
            self.judge(&mut batch, item);
            (item.arrived, item.events) = (Some(Arc::new(batch)), Events::Arrived);
            return;
        }
        self.judge(&mut batch, item);
        let in_order =
            self.settings.bound_ms() == 0 && self.held.is_empty() && self.marks.is_only(source);
        if in_order {
            self.floor = self.floor.max(self.marks.horizon_of(source));
            (item.arrived, item.events) = (Some(Arc::new(batch)), Events::Arrived);
            return;
        }
        batch.sort();
        let batch = Arc::new(batch);
        item.arrived = Some(Arc::clone(&batch));
        self.hold(batch);
        self.release(now, item);
    }

    /// Finds the events that come too late and those that came before, and moves the time of their source.
    fn judge(&mut self, batch: &mut Batch, item: &mut Item) {
        let Self { settings, marks, dedup, floor, .. } = self;
        let Batch { source, events, ids, late, duplicates, .. } = batch;
        let allowed_ms = settings.config.allowed_lateness_ms;
        let is_only = marks.is_only(*source);
        let mut ids = ids.iter();
        for (number, event) in (0..).zip(events) {
            let open = (*floor).max(marks.horizon_of(*source));
            let time = event.time;
            let known = dedup.as_mut().zip(ids.next().copied().flatten());
            // First, since a source that sends again what it sent before comes too late with much of it.
            let came_before = known.as_ref().is_some_and(|(dedup, id)| {
                dedup.is_duplicate(*id, time, open.saturating_add(-allowed_ms))
            });
            if time >= open {
                // A duplicate moves time as well: a source may send nothing else.
                marks.event(*source, time);
            } else if came_before {
                // Its time says nothing.
            } else if open.since(time) <= allowed_ms {
                event.time = open;
            } else {
                event.shards = 0;
                late.push(number);
                // It was not processed, so a second one is no duplicate.
                continue;
            }
            if came_before {
                event.shards = 0;
                duplicates.push(number);
            } else if let Some((dedup, id)) = known {
                // Of several sources another may be behind this one.
                let open = if is_only { marks.horizon_of(*source) } else { *floor };
                let open = open.max(*floor).saturating_add(-allowed_ms);
                item.forgotten_ids += dedup.remember(id, time, open);
            }
        }
    }

    fn hold(&mut self, batch: Arc<Batch>) {
        self.hold_as(batch, self.items);
    }

    /// Holds the events of a batch with this number back.
    fn hold_as(&mut self, batch: Arc<Batch>, number: u64) {
        let count = batch.processed_len();
        if count == 0 {
            return;
        }
        let batch = batch.kept();
        let bytes = batch.bytes();
        self.held_events += count;
        self.held_bytes += bytes;
        if let Some(held) = self.held_of.get_mut(batch.source as usize) {
            *held += count;
        }
        let next = (Timestamp::MIN, batch.source, number, 0);
        let generation = self.rules.set.generation();
        let mut held = Held { next, batch, bytes, generation, place: None };
        if held.find_next(0) {
            self.held.push(Reverse(held));
        }
    }

    /// Lets go of the events whose turn it is.
    fn release(&mut self, now: Now, item: &mut Item) {
        let frontier = self.marks.frontier(now);
        let mut picked = Picked::default();
        self.release_until(frontier, usize::MAX, &mut picked);
        while self.held_events > MAX_HELD || self.held_bytes > MAX_HELD_BYTES {
            let Some(Reverse(first)) = self.held.peek() else { break };
            let time = first.next.0;
            let before = picked.picks.len();
            self.release_until((time, u32::MAX), 1024, &mut picked);
            item.forced += (picked.picks.len() - before) as u64;
            self.floor = self.floor.max(time);
        }
        if frontier.0 != Timestamp::MAX {
            self.floor = self.floor.max(frontier.0);
        }
        if !picked.picks.is_empty() {
            item.events = Events::Picked(picked);
        }
    }

    /// Lets go of the events at or before a place, at most about so many.
    fn release_until(&mut self, until: Frontier, most: usize, picked: &mut Picked) {
        let enough = picked.picks.len().saturating_add(most);
        while let Some(Reverse(first)) = self.held.peek()
            && (first.next.0, first.next.1) <= until
            && picked.picks.len() < enough
            && let Some(Reverse(mut held)) = self.held.pop()
        {
            let others = self.held.peek().map(|Reverse(other)| other.next);
            let before = picked.picks.len();
            let goes_on = loop {
                self.pick(&mut held, picked);
                if !held.find_next(held.next.3 + 1) {
                    break false;
                }
                let (time, source, number, _) = held.next;
                let yields = others.is_some_and(|(t, s, n, _)| (t, s, n) < (time, source, number));
                if yields || (time, source) > until || picked.picks.len() >= enough {
                    break true;
                }
            };
            let count = picked.picks.len() - before;
            self.held_events -= count;
            if let Some(of_source) = self.held_of.get_mut(held.batch.source as usize) {
                *of_source -= count;
            }
            if goes_on {
                self.held.push(Reverse(held));
            } else {
                self.held_bytes -= held.bytes;
            }
        }
    }

    fn pick(&mut self, held: &mut Held, picked: &mut Picked) {
        let Some(&event) = held.batch.by_time.get(held.next.3) else { return };
        let place = match held.place {
            Some((item, place)) if item == self.items => place,
            _ => {
                picked.batches.push(Arc::clone(&held.batch));
                let place = u32::try_from(picked.batches.len() - 1).unwrap_or(u32::MAX);
                held.place = Some((self.items, place));
                place
            }
        };
        let Some((known, shards)) = held.batch.event(event) else { return };
        let same = held.generation == self.rules.set.generation();
        let shards = if same { shards } else { self.shards_now(&known) };
        picked.picks.push(Pick { batch: place, event, shards });
    }

    /// The shards of an event that came under other rules.
    fn shards_now(&mut self, event: &Event<'_>) -> u64 {
        let Self { rules, redecoded, settings, .. } = self;
        let mut event = *event;
        // It was decoded before, so it can be again.
        if event.values.len() < rules.set.fields().len()
            && rules.decoder.decode(event.payload, redecoded).is_ok()
        {
            event.values = redecoded;
        }
        destinations(rules, &event, settings.config.shards)
    }

    /// When to look again though nothing comes.
    pub(crate) fn wake(&self, now: Now) -> Wake {
        match self.settings.config.mode {
            TimeMode::Processing if self.marks.all_ended() => Wake::Never,
            TimeMode::Processing => Wake::Wall,
            TimeMode::Event => self.marks.wake(now),
        }
    }

    /// Whether what comes is new, and not from a journal.
    pub(crate) fn is_live(&self) -> bool {
        self.recorder.as_ref().is_none_or(|recorder| recorder.live)
    }

    /// The time of the first event that is held back.
    pub(crate) fn first_held(&self) -> Option<Timestamp> {
        self.held.peek().map(|Reverse(held)| held.next.0)
    }

    /// The sources that are so far ahead of another that no more of them should be read.
    pub(crate) fn ahead(&self, now: Now) -> u64 {
        let Some(slowest) = self.marks.slowest(now) else { return 0 };
        let ahead = (0_u32..)
            .zip(&self.held_of)
            .filter(|(source, held)| *source != slowest && **held > HELD_AHEAD);
        ahead.fold(0, |all, (source, _)| all | 1_u64.checked_shl(source).unwrap_or(0))
    }
}

impl SequencerState {
    pub(crate) fn save(&self) -> SavedSequencer {
        let held = self.held.iter().map(|(batch, number, at)| {
            let events = batch.by_time.get(*at..).unwrap_or_default().iter();
            let event = |&event: &u32| {
                let (known, shards) = batch.event(event)?;
                let record = batch.record_of(event)?;
                // One that came too late is not held.
                (shards != 0)
                    .then(|| (record.number, record.line, known.time, record.bytes.to_vec()))
            };
            let events = events.filter_map(event).collect();
            SavedHeld { source: batch.source, batch: *number, events }
        });
        SavedSequencer {
            floor: self.floor,
            items: self.items,
            events: self.events,
            marks: self.marks.clone(),
            held: held.collect(),
            dedup: self.dedup.clone(),
        }
    }
}

impl Held {
    /// Goes to the first event from this place on that is to be processed; whether there is one.
    fn find_next(&mut self, mut at: usize) -> bool {
        while let Some(&event) = self.batch.by_time.get(at) {
            if let Some(arrived) = self.batch.events.get(event as usize)
                && arrived.shards != 0
            {
                (self.next.0, self.next.3) = (arrived.time, at);
                return true;
            }
            at += 1;
        }
        false
    }
}

impl Settings {
    /// How far events may be out of order, in ms.
    pub(crate) const fn bound_ms(&self) -> i64 {
        match self.config.mode {
            TimeMode::Event => self.config.max_out_of_order_ms,
            TimeMode::Processing => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tripline::Registry;
    use tripline_connectors::{Format, read_records};

    use super::*;
    use crate::config::{IdleTimeout, PipelineConfig};
    use crate::rules::Rulebook;

    /// Times in, in batches of `size`; times out in the order of items, late ones marked by a minus.
    fn order(config: &PipelineConfig, input: &[i64], size: usize) -> Vec<i64> {
        let mut book = Rulebook::new(Registry::with_builtins());
        let time_field = book.field("ts");
        book.apply(Vec::new());
        let rules = Arc::clone(book.running());
        let settings = Settings { config: config.clone(), time_field, id_field: None };
        let now = Now::default();
        let mut sequencer =
            Sequencer::new(settings.clone(), Arc::clone(&rules), &[IdleTimeout::Off.into()], now);
        let mut items = Vec::new();
        let lines: String = input.iter().map(|time| format!("{{\"ts\":{time}}}\n")).collect();
        let mut reader = read_records(Box::new(Cursor::new(lines)), "lines", &Format::Ndjson);
        let mut batch = Batch::default();
        while reader.next_batch(&mut batch.records, size).unwrap() {
            batch.decode(&settings, &rules);
            items.push(sequencer.sequence(Input::Batch(Box::new(std::mem::take(&mut batch)))));
        }
        items.push(sequencer.sequence(Input::Ended(0, now)));
        let mut out = Vec::new();
        let mut passed = Timestamp::MIN;
        let mut count = 0;
        for item in &items {
            assert_eq!(item.first_event, count);
            item.for_shard(0, |event, number, counts| {
                assert!(counts && number >= count && event.time > passed, "{input:?}");
                out.push(event.time.as_millis());
            });
            for &late in item.arrived.iter().flat_map(|batch| &batch.late) {
                let (event, _) = item.arrived.as_ref().unwrap().event(late).unwrap();
                out.push(-event.time.as_millis());
            }
            count += item.processed()
                + match &item.events {
                    Events::Arrived => item.arrived.as_ref().unwrap().late.len() as u64,
                    _ => 0,
                };
            passed = item.passed.map_or(passed, |passed| passed.0);
        }
        assert!(items.last().unwrap().last);
        assert_eq!(passed, Timestamp::MAX);
        out
    }

    fn check(bound_ms: i64, lateness_ms: i64, input: &[i64], expected: &[i64]) {
        let config = PipelineConfig {
            max_out_of_order_ms: bound_ms,
            allowed_lateness_ms: lateness_ms,
            ..PipelineConfig::default()
        };
        assert_eq!(order(&config, input, 1), expected, "one by one: bound {bound_ms}, {input:?}");
        for size in [2, 100] {
            // In larger batches late ones are only told of later.
            let sorted = |times: &[i64]| {
                let mut times = times.to_vec();
                times.sort_by_key(|time| (*time < 0, *time));
                times
            };
            let found = order(&config, input, size);
            assert_eq!(sorted(&found), sorted(expected), "batches of {size}: {input:?}");
            let in_order = |times: &[i64]| -> Vec<i64> {
                times.iter().copied().filter(|time| *time > 0).collect()
            };
            assert_eq!(in_order(&found), in_order(expected), "batches of {size}: {input:?}");
        }
    }

    #[test]
    fn without_a_bound_events_go_on_at_once() {
        check(0, 0, &[1, 2, 2, 3], &[1, 2, 2, 3]);
        check(0, 0, &[5, 4, 5], &[5, -4, 5]);
    }

    #[test]
    fn within_the_bound_they_are_put_in_order() {
        check(3, 0, &[5, 3, 4, 8, 2, 9], &[3, 4, 5, -2, 8, 9]);
        check(3, 0, &[5, 2, 1], &[2, -1, 5]);
        check(10, 0, &[9, 7, 8, 7, 1, 30, 21, 25, 19, 20], &[1, 7, 7, 8, 9, -19, 20, 21, 25, 30]);
    }

    #[test]
    fn a_late_event_that_is_allowed_is_of_the_earliest_moment_still_open() {
        check(0, 5, &[10, 5, 4, 11], &[10, 10, -4, 11]);
        check(3, 5, &[20, 13, 10, 21], &[17, -10, 20, 21]);
    }
}
