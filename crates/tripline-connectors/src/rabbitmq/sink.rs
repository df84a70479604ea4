//! Writes results to an exchange, and waits until the broker has them for good.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, PublisherConfirm};

use super::client::{Client, Fault, PATIENCE, fault, name, refused};
use super::config::RabbitMqSink;
use crate::open::SinkStart;
use crate::{Backoff, ConnectorError, EncodedRecord, Health, Sink};

/// How much may be under way before one that writes has to wait.
const MAX_UNDER_WAY: usize = 10_000;
const MAX_UNDER_WAY_BYTES: usize = 64 * 1024 * 1024;

/// How long to wait for an answer before looking whether there is still a connection.
const WAIT: Duration = Duration::from_millis(500);

/// A message that lives through a restart of the broker.
const PERSISTENT: u8 = 2;

/// A result that the broker may not have yet.
struct Pending {
    properties: BasicProperties,
    bytes: Vec<u8>,
    /// Once it was sent on this connection.
    confirm: Option<PublisherConfirm>,
}

/// Results on their way to an exchange.
struct ExchangeWriter {
    client: Client,
    config: RabbitMqSink,
    link: Option<(Connection, Channel)>,
    under_way: VecDeque<Pending>,
    bytes: usize,
    backoff: Backoff,
}

impl std::fmt::Debug for ExchangeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExchangeWriter").field("config", &self.config).finish_non_exhaustive()
    }
}

impl RabbitMqSink {
    fn client(&self, health: &Arc<Health>) -> Result<Client, ConnectorError> {
        Client::new(&self.url, &self.password, self.ca.as_deref(), health)
    }

    fn connect(&self, client: &Client) -> Result<(Connection, Channel), Fault> {
        let (connection, channel) = client.connect()?;
        if self.exchange.is_empty() {
            client.queue(&channel, &self.routing_key)?;
        } else {
            client.exchange(&channel, &self.exchange)?;
        }
        let selected =
            client.wait(PATIENCE, channel.confirm_select(ConfirmSelectOptions::default()));
        selected?.map_err(|error| fault(&error))?;
        Ok((connection, channel))
    }

    /// Opens it; waits until there is a broker.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let client = self.client(&start.health)?;
        let link = client.until_done(false, || self.connect(&client))?;
        Ok(Box::new(ExchangeWriter {
            client,
            config: self.clone(),
            link: Some(link),
            under_way: VecDeque::new(),
            bytes: 0,
            backoff: Backoff::new(Duration::from_millis(500)),
        }))
    }

    /// Whether it answers and has the exchange, or the queue behind the default one.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let health = Arc::new(Health::new("the sink".to_owned()));
        let client = self.client(&health)?;
        let (connection, _) = client.until_done(true, || self.connect(&client))?;
        client.close(&connection);
        Ok(())
    }
}

impl ExchangeWriter {
    /// Sends all that was not sent on this connection, in order.
    fn publish(&mut self) -> Result<(), Fault> {
        if self.link.is_none() {
            self.under_way.iter_mut().for_each(|pending| pending.confirm = None);
            self.link = Some(self.config.connect(&self.client)?);
            self.client.health().up();
        }
        let Some((_, channel)) = &self.link else { return Ok(()) };
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        for pending in &mut self.under_way {
            // One that failed tells why first.
            if pending.confirm.is_none() && channel.status().connected() {
                let (exchange, key) = (name(&self.config.exchange), name(&self.config.routing_key));
                let properties = pending.properties.clone();
                let sent =
                    channel.basic_publish(exchange, key, options, &pending.bytes, properties);
                // The client knows by itself when nobody takes it any more.
                let sent = self.client.runtime().block_on(sent);
                pending.confirm = Some(sent.map_err(|error| fault(&error))?);
            }
        }
        Ok(())
    }

    fn is_up(&self) -> bool {
        self.link.as_ref().is_some_and(|(_, channel)| channel.status().connected())
    }

    /// Hears of the oldest result; `None` if there is no answer yet.
    fn hear(&mut self, wait: Duration) -> Result<Option<()>, Fault> {
        let Some(confirm) = self.under_way.front_mut().and_then(|oldest| oldest.confirm.as_mut())
        else {
            return Err(Fault::Away("a result was not sent".to_owned()));
        };
        let heard = if wait.is_zero() {
            confirm.now_or_never()
        } else {
            self.client.wait(wait, confirm).ok()
        };
        let Some(heard) = heard else {
            let gone = || Fault::Away("the connection is gone".to_owned());
            return if self.is_up() { Ok(None) } else { Err(gone()) };
        };
        match heard.map_err(|error| fault(&error))? {
            Confirmation::Ack(None) | Confirmation::NotRequested => {}
            Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => {
                let (exchange, key) = (&self.config.exchange, &self.config.routing_key);
                return Err(Fault::Refused(format!(
                    "no queue is bound to the exchange `{exchange}` with the routing key `{key}`, so the result would be \
                     lost; bind one, or mend `exchange` and `routing_key`"
                )));
            }
            Confirmation::Nack(None) => {
                return Err(Fault::Away(
                    "the broker did not take a result: the queue is full".to_owned(),
                ));
            }
        }
        if let Some(oldest) = self.under_way.pop_front() {
            self.bytes -= oldest.bytes.len();
        }
        self.backoff.reset();
        self.client.health().up();
        Ok(Some(()))
    }

    /// Hears of results until there are no more than so many under way; of further ones if it need not wait.
    fn settle(&mut self, most: usize) -> Result<(), ConnectorError> {
        loop {
            let waits = self.under_way.len() > most || self.bytes > MAX_UNDER_WAY_BYTES;
            if self.under_way.is_empty() {
                return Ok(());
            }
            let wait = if waits { WAIT } else { Duration::ZERO };
            match self.publish().and_then(|()| self.hear(wait)) {
                Ok(Some(())) => {}
                Ok(None) if waits => {}
                Ok(None) => return Ok(()),
                Err(fault) => self.hold_back(fault)?,
            }
        }
    }

    /// Waits before it tries again what the broker did not take.
    fn hold_back(&mut self, fault: Fault) -> Result<(), ConnectorError> {
        let health = self.client.health();
        let reason = match fault {
            Fault::Refused(reason) => return Err(refused(health.name(), reason)),
            Fault::Away(reason) => reason,
        };
        health.down(reason);
        std::thread::sleep(self.backoff.wait());
        if !self.is_up() {
            self.link = None;
            return Ok(());
        }
        // It was answered; so may be those behind it, which need not be waited for one by one.
        if let Some(oldest) = self.under_way.front_mut() {
            oldest.confirm = None;
        }
        let Self { under_way, bytes, .. } = self;
        under_way.retain_mut(|pending| {
            let Some(heard) = pending.confirm.as_mut().and_then(|confirm| confirm.now_or_never())
            else {
                return true;
            };
            let is_there = matches!(heard, Ok(Confirmation::Ack(None)));
            if is_there {
                *bytes -= pending.bytes.len();
            }
            pending.confirm = None;
            !is_there
        });
        Ok(())
    }
}

fn properties(record: &EncodedRecord<'_>) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (key, value) in [("id", record.id), ("kind", record.kind)] {
        headers.insert(name(key), AMQPValue::LongString(value.into()));
    }
    let properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_app_id(name("tripline"))
        .with_headers(headers);
    match ShortString::try_new(record.id) {
        Ok(id) => properties.with_message_id(id),
        // Too long for the protocol: the header has it.
        Err(_) => properties,
    }
}

impl Sink for ExchangeWriter {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.settle(MAX_UNDER_WAY - 1)?;
        let properties = properties(record);
        self.bytes += record.bytes.len();
        self.under_way.push_back(Pending {
            properties,
            bytes: record.bytes.to_vec(),
            confirm: None,
        });
        match self.publish() {
            Ok(()) => Ok(()),
            Err(fault) => self.hold_back(fault),
        }
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        self.settle(MAX_UNDER_WAY)
    }

    fn commit(&mut self) -> Result<Option<crate::Committed>, ConnectorError> {
        self.settle(0)?;
        Ok(None)
    }
}

impl Drop for ExchangeWriter {
    fn drop(&mut self) {
        if let Some((connection, _)) = &self.link {
            self.client.close(connection);
        }
    }
}
