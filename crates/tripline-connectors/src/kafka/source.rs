//! Opens the partitions of a topic, and watches them: new ones, offsets for those who watch lag, the connection.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Message as _, Offset, TopicPartitionList};
use tracing::{info, warn};

use super::client::{Context, PATIENCE, partitions_of, refused, settings, unusable};
use super::config::{KafkaSource, KafkaStart, Partitions};
use super::ends::Ends;
use super::partition::{PartitionReader, Taker};
use crate::coded::Decoder;
use crate::open::{Acknowledge, Connected, OpenedReader, OpenedSource, SourceStart};
use crate::shape::Shape;
use crate::{Backoff, ConnectorError, Health, Position};

/// How often the watcher lets librdkafka tell of itself, and looks whether there is something to commit.
const TICK: Duration = Duration::from_millis(200);

/// After how many ticks it asks whether there are new partitions, and whether a broker that was away is back.
const TICKS_TO_LOOK: u32 = 25;

/// How many events of librdkafka are taken at once: a line of its log counts as one, and looks like none.
const EVENTS: u32 = 200;

type Consumer = BaseConsumer<Context>;

/// What the readers of a source and its watcher share.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) health: Arc<Health>,
    consumer: Arc<Consumer>,
    /// Offsets that are still to be committed, by partition.
    commits: Mutex<BTreeMap<i32, u64>>,
    pub(super) ends: Ends,
    shape: Shape,
    decoder: Option<Decoder>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Shared {
    /// Why reading cannot go on, if it cannot.
    pub(super) fn refused(&self) -> Option<String> {
        self.consumer.context().refused()
    }

    /// Hands over the records that came by the way of all before the partitions had queues of their own.
    fn take_strays(&self, mut record: impl FnMut(rdkafka::message::OwnedMessage)) {
        let mut nothing = 0;
        // Anything else that librdkafka tells looks like nothing, so that once is not enough.
        while nothing < 5 * EVENTS {
            match self.consumer.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    nothing = 0;
                    record(message.detach());
                }
                _ => nothing += 1,
            }
        }
    }

    fn commit(&self) {
        let commits =
            std::mem::take(&mut *self.commits.lock().unwrap_or_else(PoisonError::into_inner));
        if commits.is_empty() {
            return;
        }
        let mut list = TopicPartitionList::new();
        for (partition, offset) in &commits {
            // An offset that Kafka gave fits.
            let offset = Offset::Offset(i64::try_from(*offset).unwrap_or(i64::MAX));
            if let Err(error) = list.add_partition_offset(&self.topic, *partition, offset) {
                warn!("{}: {error}", self.health.name());
            }
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Sync) {
            // Only those who watch lag miss it.
            warn!("{}: cannot commit offsets to the group: {error}", self.health.name());
            let mut waiting = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
            for (partition, offset) in commits {
                waiting.entry(partition).or_insert(offset);
            }
        }
    }
}

/// Commits the offsets of one partition.
#[derive(Debug)]
struct Committer {
    shared: Arc<Shared>,
    partition: i32,
}

impl Acknowledge for Committer {
    fn acknowledge(&self, position: &Position) {
        let mut commits = self.shared.commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.insert(self.partition, position.record);
    }
}

impl KafkaSource {
    fn consumer(&self, name: &str, health: &Arc<Health>) -> Result<Consumer, ConnectorError> {
        let mut config: ClientConfig = settings(health.name(), &self.servers, &self.options)?;
        let group = self.group.clone().unwrap_or_else(|| format!("tripline.{name}"));
        config.set("group.id", group);
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        config.set("auto.offset.reset", "error");
        // Of each partition; what is under way in the engine is bounded by batches.
        if !self.options.contains_key("queued.max.messages.kbytes") {
            config.set("queued.max.messages.kbytes", "16384");
        }
        let context = Context::new(Arc::clone(health));
        config.create_with_context(context).map_err(|error| unusable(health.name(), &error))
    }

    /// Opens its partitions, where they were.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        let decoder = self.decoder(&start.health)?;
        if let Some(reason) = decoder.as_ref().and_then(Decoder::refused) {
            return Err(refused(start.health.name(), reason));
        }
        let consumer = Arc::new(self.consumer(start.name, &start.health)?);
        let there = self.ask(&consumer, false)?;
        let partitions = match &self.partitions {
            Partitions::All => there.clone(),
            Partitions::List(list) => {
                if let Some(missing) = list.iter().find(|partition| !there.contains(partition)) {
                    let reason = format!(
                        "the topic `{}` has no partition {missing}, but {}; mend `partitions`",
                        self.topic,
                        there.len()
                    );
                    return Err(refused(start.health.name(), reason));
                }
                list.clone()
            }
        };
        let saved = |partition: i32| {
            let name = format!("{}/{partition}", start.name);
            (start.saved)(&name).map(|(position, _)| position.record)
        };
        let mut begin = BTreeMap::new();
        let mut new = Vec::new();
        for &partition in &partitions {
            match saved(partition) {
                Some(offset) => {
                    self.is_still_there(&consumer, partition, offset)?;
                    begin.insert(partition, offset);
                }
                None => new.push(partition),
            }
        }
        // What came to a topic that was read already came later than all that was read.
        let known = !begin.is_empty() && self.partitions == Partitions::All;
        let first = if known { KafkaStart::Earliest } else { self.start };
        begin.extend(self.first_offsets(&consumer, &new, first)?);
        let shared = Arc::new(Shared {
            name: start.name.to_owned(),
            topic: self.topic.clone(),
            health: Arc::clone(&start.health),
            consumer,
            commits: Mutex::default(),
            ends: Ends::default(),
            shape: self.shaping().shape(start.name, start.health.name())?,
            decoder,
        });
        let readers = assign(&shared, &begin)?;
        let watcher = Watcher {
            config: self.clone(),
            consumers: vec![shared],
            known: there,
            later: Arc::clone(&start.later),
        };
        let (close, closing) = channel();
        let (done, ended) = channel();
        let thread = std::thread::Builder::new().name("kafka watcher".to_owned());
        let watching = thread.spawn(move || {
            watcher.run(&closing);
            drop(done);
        });
        watching.map_err(|error| refused(start.health.name(), error.to_string()))?;
        let connected: Box<dyn Connected> = Box::new(Open { close, ended });
        Ok(OpenedSource { readers, connected: Some(connected) })
    }

    /// Whether it answers and has the topic.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let health = Arc::new(Health::new("the source".to_owned()));
        let consumer = self.consumer("check", &health)?;
        self.ask(&consumer, true)?;
        self.decoder(&health)?.map_or(Ok(()), |decoder| decoder.check())
    }

    fn ask(&self, consumer: &Consumer, once: bool) -> Result<Vec<i32>, ConnectorError> {
        let serve = || serve_errors(consumer);
        partitions_of(consumer.client(), &self.topic, &self.servers, once, &serve)
    }

    /// Whether a partition can be read on from where a checkpoint was.
    fn is_still_there(
        &self,
        consumer: &Consumer,
        partition: i32,
        offset: u64,
    ) -> Result<(), ConnectorError> {
        let ask = || consumer.fetch_watermarks(&self.topic, partition, PATIENCE);
        let (low, high) = until_answered(consumer, ask)?;
        let at = i64::try_from(offset).unwrap_or(i64::MAX);
        if (low..=high).contains(&at) {
            return Ok(());
        }
        let what = if at < low {
            format!("it begins at offset {low}: the topic has thrown away what is between")
        } else {
            format!("it ends at offset {high}: the topic was made anew, or has lost records")
        };
        let reason = format!(
            "the checkpoint goes on at offset {offset} of partition {partition} of the topic `{}`, but {what}; give the \
             topic back what it was, or move the checkpoint folder away to begin as `start` says",
            self.topic
        );
        Err(refused(consumer.context().health().name(), reason))
    }

    /// Where partitions begin of which nothing was read yet; asks until there is an answer.
    fn first_offsets(
        &self,
        consumer: &Consumer,
        partitions: &[i32],
        start: KafkaStart,
    ) -> Result<BTreeMap<i32, u64>, ConnectorError> {
        until_answered(consumer, || self.try_first_offsets(consumer, partitions, start))
    }

    fn try_first_offsets(
        &self,
        consumer: &Consumer,
        partitions: &[i32],
        start: KafkaStart,
    ) -> Result<BTreeMap<i32, u64>, KafkaError> {
        let mut asked = TopicPartitionList::new();
        for &partition in partitions {
            let offset = match start {
                KafkaStart::Time(at_ms) => Offset::Offset(at_ms),
                _ => Offset::Invalid,
            };
            asked.add_partition_offset(&self.topic, partition, offset)?;
        }
        let said = match start {
            _ if partitions.is_empty() => asked,
            KafkaStart::Committed => consumer.committed_offsets(asked, PATIENCE)?,
            KafkaStart::Time(_) => consumer.offsets_for_times(asked, PATIENCE)?,
            KafkaStart::Earliest | KafkaStart::Latest => asked,
        };
        let mut offsets = BTreeMap::new();
        for &partition in partitions {
            let (low, high) = consumer.fetch_watermarks(&self.topic, partition, PATIENCE)?;
            let found = said.find_partition(&self.topic, partition);
            if let Some(found) = &found {
                found.error()?;
            }
            let known = found.map(|found| found.offset());
            let offset = match (start, known) {
                // What was thrown away since cannot be read any more.
                (KafkaStart::Committed, Some(Offset::Offset(offset))) => offset.max(low),
                (KafkaStart::Time(_), Some(Offset::Offset(offset))) => offset,
                (KafkaStart::Latest | KafkaStart::Time(_), _) => high,
                _ => low,
            };
            offsets.insert(partition, u64::try_from(offset).unwrap_or_default());
        }
        Ok(offsets)
    }
}

/// Lets librdkafka tell its errors, of which the context hears.
fn serve_errors(consumer: &Consumer) {
    for _ in 0..EVENTS {
        if let Some(Ok(message)) = consumer.poll(Duration::ZERO) {
            // Rather none than a stream with a hole in it.
            let at = (message.partition(), message.offset());
            let reason = format!("the record at {at:?} came by the wrong way; start the run again");
            consumer.context().refuse(reason);
        }
    }
}

/// Asks until there is an answer.
fn until_answered<T>(
    consumer: &Consumer,
    ask: impl Fn() -> Result<T, KafkaError>,
) -> Result<T, ConnectorError> {
    let health = Arc::clone(consumer.context().health());
    let mut backoff = Backoff::new(Duration::from_millis(500));
    loop {
        let error = match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        serve_errors(consumer);
        let code = error.rdkafka_error_code();
        if let Some(what) = code.and_then(super::client::refusal) {
            return Err(refused(health.name(), format!("{error}: {what}")));
        }
        health.down(error.to_string());
        std::thread::sleep(backoff.wait());
    }
}

/// Gives a consumer its partitions, each with a queue of its own.
fn assign(
    shared: &Arc<Shared>,
    begin: &BTreeMap<i32, u64>,
) -> Result<Vec<OpenedReader>, ConnectorError> {
    let failed = |reason: String| refused(shared.health.name(), reason);
    let mut list = TopicPartitionList::new();
    for (partition, offset) in begin {
        let offset = Offset::Offset(i64::try_from(*offset).unwrap_or(i64::MAX));
        let added = list.add_partition_offset(&shared.topic, *partition, offset);
        added.map_err(|error| failed(error.to_string()))?;
    }
    shared.consumer.assign(&list).map_err(|error| failed(error.to_string()))?;
    let mut readers = BTreeMap::new();
    for (&partition, &next) in begin {
        let queue = shared.consumer.split_partition_queue(&shared.topic, partition);
        let queue = queue.ok_or_else(|| failed(format!("partition {partition} has no queue")))?;
        let reader = PartitionReader {
            shared: Arc::clone(shared),
            partition,
            queue,
            first: VecDeque::new(),
            taker: Taker { next, shape: shared.shape.clone(), decoder: shared.decoder.clone() },
            is_silent: false,
        };
        readers.insert(partition, reader);
    }
    shared.take_strays(|message| {
        if let Some(reader) = readers.get_mut(&message.partition()) {
            reader.first.push_back(message);
        }
    });
    let opened = readers.into_iter().map(|(partition, reader)| OpenedReader {
        name: format!("{}/{partition}", shared.name),
        reader: Box::new(reader),
        is_live: true,
        is_remote: true,
        can_be_read_again: true,
        identity: None,
        acknowledge: Some(Arc::new(Committer { shared: Arc::clone(shared), partition })),
    });
    Ok(opened.collect())
}

/// Watches a source in a thread of its own.
struct Watcher {
    config: KafkaSource,
    /// One for the partitions that were there at first, and one for each time that some were added.
    consumers: Vec<Arc<Shared>>,
    known: Vec<i32>,
    later: Arc<dyn Fn(OpenedReader) + Send + Sync>,
}

impl Watcher {
    /// Works until it is closed.
    fn run(mut self, closing: &Receiver<()>) {
        let mut ticks = 0;
        while closing.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            for shared in &self.consumers {
                serve_errors(&shared.consumer);
                shared.commit();
                shared.ends.ask(&shared.consumer, &shared.topic);
            }
            ticks += 1;
            if ticks >= TICKS_TO_LOOK {
                ticks = 0;
                self.look();
            }
        }
        for shared in &self.consumers {
            shared.commit();
        }
    }

    /// Whether the broker is there, and partitions that were not there before.
    fn look(&mut self) {
        let Some(first) = self.consumers.first().map(Arc::clone) else { return };
        // What it says against it was told; a topic that is gone is the readers' business.
        let Ok(now) = self.config.ask(&first.consumer, true) else { return };
        let new: Vec<i32> = now.into_iter().filter(|id| !self.known.contains(id)).collect();
        if new.is_empty() || self.config.partitions != Partitions::All {
            return;
        }
        info!("{} has new partitions: {new:?}", first.health.name());
        match self.open(&first, &new) {
            Ok(readers) => {
                self.known.extend(new);
                readers.into_iter().for_each(|reader| (self.later)(reader));
            }
            Err(error) => warn!("{error}; it is tried again"),
        }
    }

    fn open(&mut self, first: &Shared, new: &[i32]) -> Result<Vec<OpenedReader>, ConnectorError> {
        let consumer = Arc::new(self.config.consumer(&first.name, &first.health)?);
        // All that is in them came after the others had been read.
        let begin = self.config.first_offsets(&consumer, new, KafkaStart::Earliest)?;
        let shared = Arc::new(Shared {
            name: first.name.clone(),
            topic: first.topic.clone(),
            health: Arc::clone(&first.health),
            consumer,
            commits: Mutex::default(),
            ends: Ends::default(),
            shape: first.shape.clone(),
            decoder: first.decoder.clone(),
        });
        let readers = assign(&shared, &begin)?;
        self.consumers.push(shared);
        Ok(readers)
    }
}

/// A source that is watched.
#[derive(Debug)]
struct Open {
    close: Sender<()>,
    /// Ends with the watcher.
    ended: Receiver<()>,
}

impl Connected for Open {
    fn close(self: Box<Self>) {
        let Self { close, ended } = *self;
        drop(close);
        // A broker that is away does not keep the program.
        let _late = ended.recv_timeout(PATIENCE);
    }
}
