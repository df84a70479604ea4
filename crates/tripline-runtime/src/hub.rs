//! Where readers, workers and those who change rules meet: who has what, and what is to be done next.
//!
//! One lock, taken a few times a batch and never an event; nobody does work, reads or writes while holding it.
//! What comes gets a number, batches are decoded by whoever has time, and what is decoded becomes an [`Item`] in the order
//! of the numbers. Each item goes to the queue of every shard; when all have done it, it is collected.
//!
//! Everything is bounded by the batches under way: a reader waits until one of them is collected.

mod readers;
mod sources;
mod state;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tripline::{Snapshot, Timestamp};
use tripline_connectors::ConnectorError;

use crate::batch::Batch;
use crate::clock::{Clock, Now};
use crate::config::Source;
use crate::item::Item;
use crate::live::{Answer, Meters, Probes};
use crate::order::{Input, Sequencer};
use crate::outputs::Outputs;
use crate::pipeline::RunError;
use crate::rules::RunningRules;
use crate::shard::{Done, Swapped};
use crate::summary::RunSummary;
use crate::swap::SwapReport;
use crate::watermark::Wake;
pub use sources::SourceAdder;

/// How often event time is moved on while all sources are idle and nothing is due, in ms: for those who look at it.
const IDLE_TICK_MS: i64 = 1000;

/// How long it counts that a reader said that there is nothing more, in ms.
const AT_END_FOR_MS: i64 = 500;

/// What a worker is to do next.
pub(crate) enum Work {
    /// Decode a batch.
    Decode(u64, Box<Batch>, Arc<RunningRules>),
    /// Make the next item.
    Sequence(Box<Sequencer>, Input),
    /// Do a shard's part of an item.
    Run(Arc<Item>, Outputs),
    /// Go on with what a swap left to be done.
    Sweep(Outputs),
    /// Hand on what all shards found.
    Collect(Collectable),
    /// The run is over.
    Stop,
}

/// What is ready for the sink.
pub(crate) enum Collectable {
    /// What was found between two items.
    Extra(Outputs),
    /// An item that all shards have done.
    Item(Box<Finished>),
}

/// An item, and what became of it so far.
pub(crate) struct Finished {
    pub(crate) item: Arc<Item>,
    pub(crate) found: Vec<Outputs>,
    /// The states of the shards, for a checkpoint.
    pub(crate) snapshots: Vec<Snapshot>,
    /// The shards that have not done it, a bit each.
    left: u64,
    swapped: Option<Swapped>,
    answer: Option<Answer>,
}

impl Collectable {
    /// Whether somebody asks what was done up to here.
    pub(crate) fn is_probe(&self) -> bool {
        matches!(self, Self::Item(finished) if finished.item.probe)
    }

    fn found(&self) -> u64 {
        match self {
            Self::Extra(outputs) => outputs.found,
            Self::Item(finished) => finished.found.iter().map(|outputs| outputs.found).sum(),
        }
    }
}

/// What is on its way through the engine.
#[derive(Clone, Copy, Debug, Default)]
struct UnderWay {
    /// Of batches that are not collected.
    records: u64,
    /// Found, and not collected.
    outputs: u64,
}

/// What the end of a source was like.
type SourceEnd = Result<(), ConnectorError>;

/// What a reader brings.
enum Raw {
    Batch(Box<Batch>),
    /// Something else, which comes behind what was read before: the end of a source, or what a journal says.
    Input(Input),
}

pub(crate) struct Hub {
    shards: usize,
    clock: Clock,
    state: Mutex<State>,
    /// A worker each.
    work: Vec<Condvar>,
    /// For readers.
    room: Condvar,
    watermark_ms: AtomicI64,
    reports: Sender<SwapReport>,
    probes: Probes,
    sources: Mutex<Vec<sources::KnownSource>>,
}

struct State {
    /// The rules of the next batch.
    rules: Arc<RunningRules>,
    /// The next number to be given, to be made an item, and to be collected.
    next: u64,
    next_item: u64,
    next_out: u64,
    /// What was read and has no number yet, so that new rules go before it.
    raw: VecDeque<Raw>,
    /// Inputs that wait for their turn to become an item.
    inputs: BTreeMap<u64, Input>,
    /// Gone while a worker makes an item.
    sequencer: Option<Box<Sequencer>>,
    queues: Vec<VecDeque<Arc<Item>>>,
    finished: VecDeque<Finished>,
    /// What shards found between two items, each with how many items its shard had done.
    extra: VecDeque<(u64, Outputs)>,
    /// How many items each shard has done.
    done: Vec<u64>,
    collecting: bool,
    /// Batches that were read and are not collected.
    under_way: usize,
    counts: UnderWay,
    meters: Meters,
    spare_batches: Vec<Batch>,
    spare_outputs: Vec<Outputs>,
    /// The workers that wait, a bit each.
    waiting: u64,
    /// The sources that are too far ahead to be read, a bit each.
    ahead: u64,
    wake: Wake,
    first_held: Option<Timestamp>,
    next_due: Vec<Option<Timestamp>>,
    last_tick_ms: i64,
    /// By epoch: its slot, and the shards in which the version has no run left.
    drained: BTreeMap<u64, (usize, u64)>,
    /// Whether a journal is replayed: then nothing else happens.
    replaying: bool,
    /// Rules that came in the meantime.
    waiting_rules: Option<Arc<RunningRules>>,
    /// Whether sources are read, so that more can be added.
    reading: bool,
    /// Sources that came before that.
    waiting_sources: Vec<Source>,
    /// Sources with another side that said that there is nothing more, and when, by the steady clock in ms.
    at_end: BTreeMap<u32, i64>,
    /// Behind the last checkpoint's barrier: the next number then.
    barrier_at: u64,
    reader_error: Option<RunError>,
    failure: Option<RunError>,
    /// Whether nothing more is to be read.
    stopping: bool,
    over: bool,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("shards", &self.shards).finish_non_exhaustive()
    }
}

impl Hub {
    pub(crate) fn new(
        shards: usize,
        clock: Clock,
        rules: Arc<RunningRules>,
        reports: Sender<SwapReport>,
    ) -> Self {
        let state = State {
            rules,
            next: 0,
            next_item: 0,
            next_out: 0,
            raw: VecDeque::new(),
            inputs: BTreeMap::new(),
            sequencer: None,
            queues: (0..shards).map(|_| VecDeque::new()).collect(),
            finished: VecDeque::new(),
            extra: VecDeque::new(),
            done: vec![0; shards],
            collecting: false,
            under_way: 0,
            counts: UnderWay::default(),
            meters: Meters::default(),
            spare_batches: Vec::new(),
            spare_outputs: Vec::new(),
            waiting: 0,
            ahead: 0,
            wake: Wake::Never,
            first_held: None,
            next_due: vec![None; shards],
            last_tick_ms: i64::MIN,
            drained: BTreeMap::new(),
            replaying: false,
            waiting_rules: None,
            reading: false,
            waiting_sources: Vec::new(),
            at_end: BTreeMap::new(),
            barrier_at: 0,
            reader_error: None,
            failure: None,
            stopping: false,
            over: false,
        };
        Self {
            shards,
            clock,
            state: Mutex::new(state),
            work: (0..shards).map(|_| Condvar::new()).collect(),
            room: Condvar::new(),
            watermark_ms: AtomicI64::new(i64::MIN),
            reports,
            probes: Probes::default(),
            sources: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a journal is to be replayed before anything else happens.
    pub(crate) fn will_replay(&self) {
        self.lock().replaying = true;
    }

    /// Lets the run begin.
    pub(crate) fn begin(&self, sequencer: Sequencer) {
        let mut state = self.lock();
        state.wake = sequencer.wake(self.clock.now());
        state.first_held = sequencer.first_held();
        state.sequencer = Some(Box::new(sequencer));
    }

    /// How far event time is, in ms; `i64::MIN` before the first event.
    pub(crate) fn watermark_ms(&self) -> i64 {
        self.watermark_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    pub(crate) const fn probes(&self) -> &Probes {
        &self.probes
    }

    /// Asks the shards what they have done, behind what they are doing now.
    pub(crate) fn probe(&self) {
        let mut state = self.lock();
        let is_kept = state.barrier_at == state.next;
        self.input(&mut state, Input::Probe);
        if is_kept {
            // A look changes nothing that a checkpoint would have to hold.
            state.barrier_at = state.next;
        }
    }

    /// A summary with what is on its way.
    pub(crate) fn with_under_way(&self, summary: RunSummary) -> RunSummary {
        self.lock().counts.added_to(summary)
    }

    /// Ends the run; the first reason counts.
    pub(crate) fn fail(&self, error: RunError) {
        let mut state = self.lock();
        state.failure.get_or_insert(error);
        self.stop(&mut state);
    }

    pub(crate) fn take_failure(&self) -> Option<RunError> {
        self.lock().failure.take()
    }

    fn stop(&self, state: &mut State) {
        state.over = true;
        self.probes.close();
        self.work.iter().for_each(Condvar::notify_all);
        self.room.notify_all();
    }

    /// Ends the run behind what was read.
    pub(crate) fn end_here(&self) {
        let mut state = self.lock();
        if state.stopping || state.over {
            return;
        }
        state.stopping = true;
        state.raw.push_back(Raw::Input(Input::Stopped(self.clock.now())));
        self.room.notify_all();
        self.wake_any(&mut state);
    }

    // What those do who change rules, or ask for something.

    /// Puts rules in force, between two events.
    pub(crate) fn swap(&self, rules: Arc<RunningRules>) {
        let mut state = self.lock();
        if state.replaying {
            state.waiting_rules = Some(rules);
            return;
        }
        self.swap_now(&mut state, rules);
    }

    fn swap_now(&self, state: &mut State, rules: Arc<RunningRules>) {
        let over = state.over || state.stopping;
        if rules.set.generation() <= state.rules.set.generation() || over {
            return;
        }
        state.rules = Arc::clone(&rules);
        // The last input, if it still waits: then the rules in between are left out.
        let last = state.next.checked_sub(1);
        if let Some(Input::Swap(waiting)) = last.and_then(|last| state.inputs.get_mut(&last)) {
            *waiting = rules;
        } else {
            self.input(state, Input::Swap(rules));
        }
    }

    /// Asks for a checkpoint behind what was read so far; whether there will be one.
    pub(crate) fn barrier(&self) -> bool {
        let mut state = self.lock();
        // Nothing has happened since the last one, or the journal says what happens.
        if state.over || state.stopping || state.replaying || state.barrier_at == state.next {
            return false;
        }
        let now = self.clock.now();
        self.input(&mut state, Input::Barrier(now));
        state.barrier_at = state.next;
        true
    }

    fn input(&self, state: &mut State, input: Input) {
        state.add_input(input);
        self.wake_any(state);
    }

    // What workers do.

    fn wake(&self, state: &mut State, worker: usize) {
        if state.waiting >> worker & 1 == 1 {
            state.waiting &= !(1 << worker);
            if let Some(work) = self.work.get(worker) {
                work.notify_one();
            }
        }
    }

    fn wake_any(&self, state: &mut State) {
        if state.waiting != 0 {
            self.wake(state, state.waiting.trailing_zeros() as usize);
        }
    }

    /// Waits for something to do; `sweeps` is whether a swap left this shard something.
    pub(crate) fn work(&self, worker: usize, sweeps: bool) -> Work {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.next_work(worker, sweeps) {
                return work;
            }
            state.waiting |= 1 << worker;
            let Some(work) = self.work.get(worker) else { return Work::Stop };
            let timeout = if worker == 0 { self.tick(&mut state) } else { Duration::MAX };
            if timeout.is_zero() {
                state.waiting &= !(1 << worker);
                continue;
            }
            // Not `wait_timeout(MAX)`: some systems add it to the time of day.
            state = if timeout == Duration::MAX {
                work.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                work.wait_timeout(state, timeout).unwrap_or_else(PoisonError::into_inner).0
            };
            state.waiting &= !(1 << worker);
        }
    }

    /// Lets time pass while nothing comes and nothing is under way; how long to wait at most until that is to be done.
    fn tick(&self, state: &mut State) -> Duration {
        let quiet = !state.replaying
            && state.next == state.next_out
            && state.raw.is_empty()
            && !state.collecting
            && state.sequencer.is_some();
        if !quiet || state.wake == Wake::Never {
            return Duration::MAX;
        }
        let now = self.clock.now();
        let Some(at_ms) = state.tick_at_ms(now) else { return Duration::MAX };
        if at_ms > now.steady_ms {
            return self.clock.until(now, at_ms);
        }
        state.doubt(now);
        if !state.raw.is_empty() {
            return Duration::ZERO;
        }
        state.last_tick_ms = now.steady_ms;
        state.add_input(Input::Tick(now));
        Duration::ZERO
    }

    /// A batch has been decoded.
    pub(crate) fn decoded(&self, number: u64, batch: Box<Batch>) {
        let mut state = self.lock();
        state.inputs.insert(number, Input::Batch(batch));
    }

    /// An item has been made: it goes to all shards.
    pub(crate) fn sequenced(&self, by: usize, sequencer: Box<Sequencer>, item: Item) {
        let now = self.clock.now();
        let (wake, ahead) = (sequencer.wake(now), sequencer.ahead(now));
        let item = Arc::new(item);
        let mut state = self.lock();
        state.next_item += 1;
        if state.replaying && sequencer.is_live() {
            state.replaying = false;
            if let Some(rules) = state.waiting_rules.take() {
                self.swap_now(&mut state, rules);
            }
        }
        state.first_held = sequencer.first_held();
        state.wake = wake;
        if state.ahead & !ahead != 0 {
            self.room.notify_all();
        }
        state.ahead = ahead;
        // After the last item there is none.
        state.sequencer = (!item.last).then_some(sequencer);
        let left = u64::MAX >> (64 - self.shards);
        let found = Vec::with_capacity(self.shards);
        let finished = Finished {
            item: Arc::clone(&item),
            found,
            snapshots: Vec::new(),
            left,
            swapped: None,
            answer: None,
        };
        state.finished.push_back(finished);
        for queue in &mut state.queues {
            queue.push_back(Arc::clone(&item));
        }
        for worker in 0..self.shards {
            if worker != by {
                self.wake(&mut state, worker);
            }
        }
    }

    /// A shard has done its part of an item, or of a sweep.
    pub(crate) fn done(&self, shard: usize, item: Option<u64>, done: Done) {
        let mut state = self.lock();
        if let Some(next_due) = state.next_due.get_mut(shard) {
            *next_due = done.next_due;
        }
        state.counts.outputs += done.outputs.found;
        for (slot, epoch) in done.drained {
            let shards = &mut state.drained.entry(epoch).or_insert((slot, 0)).1;
            *shards |= 1 << shard;
            if shards.count_ones() as usize == self.shards {
                drop(self.reports.send(SwapReport::Drained { slot, epoch }));
            }
        }
        for exceeded in done.exceeded {
            drop(self.reports.send(SwapReport::Exceeded(exceeded)));
        }
        let Some(number) = item else {
            if done.outputs.is_empty() {
                state.spare_outputs.push(done.outputs);
            } else {
                let after = state.done.get(shard).copied().unwrap_or_default();
                state.extra.push_back((after, done.outputs));
            }
            return;
        };
        if let Some(done) = state.done.get_mut(shard) {
            *done += 1;
        }
        if let Some(finished) = state.finished_item(number) {
            finished.add(shard, done.outputs, done.swapped);
            match (&mut finished.answer, done.answer) {
                (Some(all), Some(more)) => all.add(&more),
                (none, more) => *none = more,
            }
            finished.snapshots.extend(done.snapshot);
        }
    }

    /// Something could not be handed on: the run ends.
    pub(crate) fn not_collected(&self, failed: &Collectable, error: RunError) {
        self.lock().counts.take_out(failed);
        self.fail(error);
    }

    /// Something has been collected; `totals` are those up to here, if somebody asked.
    pub(crate) fn collected(&self, collected: Collectable, totals: Option<RunSummary>) {
        let mut state = self.lock();
        state.collecting = false;
        state.counts.take_out(&collected);
        let mut finished = match collected {
            Collectable::Extra(outputs) => {
                state.recycle(std::iter::once(outputs));
                return;
            }
            Collectable::Item(finished) => finished,
        };
        state.next_out += 1;
        let now = self.clock.now();
        if let (Some(latest), Some(_)) = (finished.item.latest, &finished.item.arrived) {
            let latest_ms = latest.as_millis();
            state.meters.latest_ms = Some(latest_ms);
            state.meters.lag_ms = Some(now.wall_ms.saturating_sub(latest_ms));
        }
        if let (Some(answer), Some(totals)) = (finished.answer.take(), totals) {
            let watermark_ms = Some(self.watermark_ms()).filter(|millis| *millis != i64::MIN);
            let meters = Meters { watermark_ms, ..state.meters };
            self.probes.answer(answer, state.counts.added_to(totals), meters, now);
        }
        state.recycle(finished.found.drain(..));
        if let Some(horizon) = finished.item.horizon()
            && !finished.item.last
        {
            self.watermark_ms.fetch_max(horizon.as_millis(), Ordering::Relaxed);
        }
        if let (Some(rules), Some(swapped)) = (&finished.item.swap, finished.swapped.take()) {
            state.drained.retain(|epoch, _| rules.set.is_draining(*epoch));
            let Swapped { before, effects, pause } = swapped;
            state.meters.last_swap = pause;
            state.meters.longest_swap = state.meters.longest_swap.max(pause);
            let rules = Arc::clone(rules);
            // What a journal repeats was told before; and nobody may be there to hear it any more.
            if !finished.item.replayed {
                drop(self.reports.send(SwapReport::Applied { rules, before, effects, pause }));
            }
        }
        if finished.item.arrived.is_some() {
            state.under_way -= 1;
            self.room.notify_all();
        }
        if finished.item.last {
            if let Some(error) = state.reader_error.take() {
                state.failure.get_or_insert(error);
            }
            self.stop(&mut state);
        }
        if state.wake != Wake::Never {
            // It may have nothing to wait for but the clock now.
            self.wake(&mut state, 0);
        }
        let most = 4 * self.shards + 4;
        if let Some(item) = Arc::into_inner(finished.item)
            && state.spare_batches.len() < most
        {
            state.spare_batches.extend(item.into_batches());
        }
    }
}
