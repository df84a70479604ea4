//! Reads a queue: what was read is acknowledged once it is in a checkpoint.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, Consumer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use xxhash_rust::xxh3::Xxh3;

use super::book::Book;
use super::client::{Client, Fault, PATIENCE, fault, name, passive, refused};
use super::config::RabbitMqSource;
use crate::open::{Acknowledge, Connected, OpenedReader, OpenedSource, SourceStart};
use crate::shape::Shape;
use crate::{
    Backoff, BadRecord, BadRecordReason, ConnectorError, Health, MAX_RECORD_BYTES, MAX_SHOWN_BYTES,
    Mark, Position, RecordBatch, RecordReader,
};

/// How long to wait for a message before coming back without one.
const WAIT: Duration = Duration::from_millis(200);

/// How long the broker may take to say whether there is more, before it counts as late.
const ANSWER: Duration = Duration::from_millis(400);

/// About how many bytes a batch takes at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The last tag that is to be acknowledged, with all before it, and the numbers of the messages.
type Due = (u64, Vec<u64>);

/// What the reader and those who acknowledge share.
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    book: Book,
    /// While there is a connection.
    link: Option<Link>,
    /// Whether there is to be none any more.
    closed: bool,
}

/// A connection, and who acknowledges on it.
struct Link {
    connection: Connection,
    acks: UnboundedSender<Due>,
    acker: JoinHandle<()>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Has acknowledged what is due; without a connection it comes again, and is then.
    fn acknowledge(&mut self) {
        if let Some(link) = &self.link
            && let Some(due) = self.book.due()
        {
            // An acknowledger that is gone has found the connection broken.
            drop(link.acks.send(due));
        }
    }
}

impl Acknowledge for Shared {
    fn acknowledge(&self, position: &Position) {
        let mut state = self.lock();
        state.book.done(position.record);
        state.acknowledge();
    }

    fn unacknowledged(&self, position: &Position) -> Option<Vec<Mark>> {
        Some(self.lock().book.unacknowledged(position.record))
    }
}

/// Acknowledges what it is told to, until nobody tells it any more.
async fn acknowledge(
    mut dues: UnboundedReceiver<Due>,
    channel: Channel,
    queue: String,
    shared: Arc<Shared>,
) {
    while let Some((tag, numbers)) = dues.recv().await {
        let told = channel.basic_ack(tag, BasicAckOptions { multiple: true }).await;
        // An answer to a question that comes behind it says that the broker has heard of it.
        if told.is_err() || passive(&channel, &queue).await.is_err() {
            return;
        }
        shared.lock().book.settle(numbers);
    }
}

/// Reads a queue; a record's number counts the messages.
struct QueueReader {
    client: Arc<Client>,
    shared: Arc<Shared>,
    config: RabbitMqSource,
    shape: Shape,
    consumer: Option<(Channel, Consumer)>,
    backoff: Backoff,
    /// How long to wait before the next attempt to connect.
    wait: Duration,
    next: u64,
    at_end: bool,
}

impl fmt::Debug for QueueReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("QueueReader");
        debug.field("queue", &self.config.queue).field("next", &self.next).finish_non_exhaustive()
    }
}

impl RabbitMqSource {
    fn client(&self, health: &Arc<Health>) -> Result<Client, ConnectorError> {
        Client::new(&self.url, &self.password, self.ca.as_deref(), health)
    }

    fn look(&self, client: &Client, once: bool) -> Result<(), ConnectorError> {
        client.until_done(once, || {
            let (connection, channel) = client.connect()?;
            client.queue(&channel, &self.queue)?;
            client.close(&connection);
            Ok(())
        })
    }

    /// Opens it; waits until there is a broker.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        let client = Arc::new(self.client(&start.health)?);
        self.look(&client, false)?;
        let next = (start.saved)(start.name).map_or(0, |(position, _)| position.record);
        let book = Book::new(next, (start.marks)(start.name));
        let shared = Arc::new(Shared { state: Mutex::new(State { book, ..State::default() }) });
        let reader = QueueReader {
            client: Arc::clone(&client),
            shared: Arc::clone(&shared),
            config: self.clone(),
            shape: self.shaping().shape(start.name, start.health.name())?,
            consumer: None,
            backoff: Backoff::new(Duration::from_millis(500)),
            wait: Duration::ZERO,
            next,
            at_end: false,
        };
        let opened = OpenedReader {
            name: start.name.to_owned(),
            reader: Box::new(reader),
            is_live: true,
            is_remote: true,
            can_be_read_again: false,
            identity: None,
            acknowledge: Some(Arc::<Shared>::clone(&shared)),
        };
        let connected: Box<dyn Connected> = Box::new(Open { client, shared });
        Ok(OpenedSource { readers: vec![opened], connected: Some(connected) })
    }

    /// Whether it answers and has the queue.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let health = Arc::new(Health::new("the source".to_owned()));
        let client = self.client(&health)?;
        self.look(&client, true)
    }
}

impl QueueReader {
    fn connect(&self) -> Result<(Channel, Consumer), Fault> {
        let client = &self.client;
        let (connection, channel) = client.connect()?;
        let queue = &self.config.queue;
        client.queue(&channel, queue)?;
        let consumed = client.wait(PATIENCE, async {
            channel.basic_qos(self.config.prefetch, BasicQosOptions::default()).await?;
            // Nobody else: what was read and not acknowledged comes again before all else only if it comes again to us.
            let options = BasicConsumeOptions { exclusive: true, ..BasicConsumeOptions::default() };
            let tag = name("tripline");
            channel.basic_consume(name(queue), tag, options, FieldTable::default()).await
        });
        let consumer = consumed?.map_err(|error| fault(&error))?;
        let (acks, dues) = unbounded_channel();
        let acking = acknowledge(dues, channel.clone(), queue.clone(), Arc::clone(&self.shared));
        let acker = client.runtime().spawn(acking);
        let mut state = self.shared.lock();
        state.book.connected();
        state.link = Some(Link { connection, acks, acker });
        Ok((channel, consumer))
    }

    /// Connects if it is time to; whether there is a connection.
    fn is_connected(&mut self) -> Result<bool, ConnectorError> {
        if self.consumer.is_some() {
            return Ok(true);
        }
        if self.shared.lock().closed {
            std::thread::sleep(WAIT);
            return Ok(false);
        }
        if !self.wait.is_zero() {
            let now = self.wait.min(WAIT);
            std::thread::sleep(now);
            self.wait -= now;
            return Ok(false);
        }
        match self.connect() {
            Ok(consumer) => {
                self.consumer = Some(consumer);
                self.backoff.reset();
                self.client.health().up();
                Ok(true)
            }
            Err(fault) => self.lost(fault).map(|()| false),
        }
    }

    /// There is no connection any more.
    fn lost(&mut self, fault: Fault) -> Result<(), ConnectorError> {
        self.consumer = None;
        self.shared.lock().link = None;
        let health = self.client.health();
        match fault {
            Fault::Refused(reason) => Err(refused(health.name(), reason)),
            Fault::Away(reason) => {
                health.down(reason);
                self.wait = self.backoff.wait();
                Ok(())
            }
        }
    }

    /// The next message, if there is one within a time.
    fn next(&mut self, wait: Duration) -> Result<Option<Delivery>, Fault> {
        let Some((_, consumer)) = &mut self.consumer else { return Ok(None) };
        let next = match consumer.next().now_or_never() {
            None if wait.is_zero() => return Ok(None),
            None => match self.client.wait(wait, consumer.next()) {
                Ok(next) => next,
                Err(_) => return Ok(None),
            },
            Some(next) => next,
        };
        match next {
            Some(Ok(delivery)) => Ok(Some(delivery)),
            Some(Err(error)) => Err(fault(&error)),
            None => {
                Err(Fault::Away("the broker gives out nothing of the queue any more".to_owned()))
            }
        }
    }

    /// Takes a message into the batch, unless it was read before; how many bytes it has.
    fn take(&mut self, batch: &mut RecordBatch, delivery: &Delivery) -> Result<usize, Fault> {
        let headers = delivery.properties.headers().as_ref();
        if headers.is_some_and(|headers| headers.inner().contains_key("x-stream-offset")) {
            let text = "it is a stream, of which nothing is ever acknowledged; bind a queue of another type instead";
            return Err(Fault::Refused(format!("the queue `{}`: {text}", self.config.queue)));
        }
        let text = &delivery.data;
        let id = delivery.properties.message_id().as_ref();
        let mut hash = Xxh3::new();
        if let Some(id) = id {
            hash.update(id.as_str().as_bytes());
            hash.update(&[0]);
        }
        hash.update(text);
        let mut state = self.shared.lock();
        let Delivery { delivery_tag, redelivered, .. } = *delivery;
        let new = state.book.delivered(delivery_tag, redelivered, hash.digest128(), id.is_some());
        self.next = state.book.next();
        drop(state);
        let Some(mark) = new else { return Ok(0) };
        batch.push_mark(mark);
        if text.len() > MAX_RECORD_BYTES {
            let shown = text.get(..=MAX_SHOWN_BYTES).unwrap_or(text).to_vec();
            let reason = BadRecordReason::TooLong { limit: MAX_RECORD_BYTES };
            batch.push_bad(BadRecord { number: mark.number, line: 0, reason, text: shown });
        } else {
            self.shape.push(batch, mark.number, 0, text);
        }
        Ok(text.len())
    }

    /// Reads what has come, waiting for the first.
    fn read(&mut self, batch: &mut RecordBatch, most: usize) -> Result<(), Fault> {
        let before = batch.count();
        let mut bytes = 0;
        let mut wait = WAIT;
        while batch.count() < most && bytes < BATCH_BYTES {
            let Some(delivery) = self.next(wait)? else { break };
            bytes += self.take(batch, &delivery)?;
            wait = Duration::ZERO;
        }
        if batch.count() > before {
            return Ok(());
        }
        // Behind all that it has sent, the broker says whether there is more.
        let Some((channel, _)) = &self.consumer else { return Ok(()) };
        let said = match self.client.wait(ANSWER, passive(channel, &self.config.queue)) {
            Err(_) => return Ok(()),
            Ok(said) => said.map_err(|error| fault(&error))?,
        };
        while batch.count() < most
            && let Some(delivery) = self.next(Duration::ZERO)?
        {
            self.take(batch, &delivery)?;
        }
        self.at_end = said.message_count() == 0 && batch.count() == before;
        Ok(())
    }
}

impl RecordReader for QueueReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        self.at_end = false;
        if !self.is_connected()? {
            return Ok(true);
        }
        let most = max_records.max(batch.count() + 1);
        let read = self.read(batch, most);
        let mut state = self.shared.lock();
        // What was read before and is done already.
        state.acknowledge();
        batch.set_settled(state.book.settled_before());
        drop(state);
        read.or_else(|fault| self.lost(fault))?;
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { record: self.next, ..Position::default() }
    }

    fn is_at_end(&self) -> bool {
        self.at_end
    }
}

/// A queue that is read.
#[derive(Debug)]
struct Open {
    client: Arc<Client>,
    shared: Arc<Shared>,
}

impl Connected for Open {
    fn close(self: Box<Self>) {
        let mut state = self.shared.lock();
        state.closed = true;
        let link = state.link.take();
        drop(state);
        let Some(Link { connection, acks, acker }) = link else { return };
        // What it was told to acknowledge comes first.
        drop(acks);
        let _late = self.client.wait(Duration::from_secs(5), acker);
        self.client.close(&connection);
    }
}
