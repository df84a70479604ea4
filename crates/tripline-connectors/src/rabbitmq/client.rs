//! Connects to RabbitMQ: what passes is waited for, what does not is told with what to do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::protocol::{AMQPError, AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::{FieldTable, ShortString};
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind, ExchangeKind, Queue};
use tokio::runtime::Runtime;

use super::config::uri;
use crate::{Backoff, ConnectorError, Health, Secret};

/// How long the broker may take to let us in, or to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How often each side tells the other that it is there, in seconds: one that is silent for twice as long is gone.
const HEARTBEAT: u16 = 5;

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Fault {
    /// The other side is away, or busy: it is tried again.
    Away(String),
    /// Trying again would not help; with what to do.
    Refused(String),
}

/// What is needed to connect, and where the client works.
pub(super) struct Client {
    runtime: Runtime,
    uri: AMQPUri,
    tls: OwnedTLSConfig,
    health: Arc<Health>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the address, which has the password.
        f.debug_struct("Client").field("name", &self.health.name()).finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(
        url: &str,
        password: &Secret,
        ca: Option<&Path>,
        health: &Arc<Health>,
    ) -> Result<Self, ConnectorError> {
        let failed = |reason: String| refused(health.name(), reason);
        let mut uri = uri(url).map_err(failed)?;
        let secret = password.read();
        uri.authority.userinfo.password =
            secret.map_err(|reason| failed(format!("the secret `password`: {reason}")))?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let ca = ca.map(|path| {
            let text = std::fs::read_to_string(path);
            text.map_err(|error| failed(format!("cannot read `{}`: {error}", path.display())))
        });
        let tls = OwnedTLSConfig { identity: None, cert_chain: ca.transpose()? };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).thread_name("rabbitmq").enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        Ok(Self { runtime, uri, tls, health: Arc::clone(health) })
    }

    pub(super) const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    pub(super) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Waits for what the client does, but not for ever.
    pub(super) fn wait<T>(
        &self,
        patience: Duration,
        what: impl Future<Output = T>,
    ) -> Result<T, Fault> {
        let waited = self.runtime.block_on(async { tokio::time::timeout(patience, what).await });
        waited.map_err(|_| Fault::Away("the broker does not answer".to_owned()))
    }

    /// Connects once.
    pub(super) fn connect(&self) -> Result<(Connection, Channel), Fault> {
        let connected = self.wait(PATIENCE, async {
            let properties =
                ConnectionProperties::default().with_connection_name(self.health.name().into());
            let (uri, tls) = (self.uri.clone(), self.tls.clone());
            let runtime = lapin::runtime::default_runtime()?;
            let connection =
                Connection::connect_uri_with_config(uri, properties, tls, runtime).await?;
            let channel = connection.create_channel().await?;
            Ok::<_, lapin::Error>((connection, channel))
        });
        connected?.map_err(|error| fault(&error))
    }

    /// Asks how many messages a queue has to give out, and whether it is there at all.
    pub(super) fn queue(&self, channel: &Channel, queue: &str) -> Result<Queue, Fault> {
        let asked = self.wait(PATIENCE, passive(channel, queue))?;
        asked.map_err(|error| match fault(&error) {
            Fault::Refused(reason) => Fault::Refused(format!("the queue `{queue}`: {reason}")),
            away @ Fault::Away(_) => away,
        })
    }

    /// Asks whether an exchange is there.
    pub(super) fn exchange(&self, channel: &Channel, exchange: &str) -> Result<(), Fault> {
        let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        // Only its name counts.
        let asked = channel.exchange_declare(
            name(exchange),
            ExchangeKind::Direct,
            options,
            FieldTable::default(),
        );
        self.wait(PATIENCE, asked)?.map_err(|error| match fault(&error) {
            Fault::Refused(reason) => {
                Fault::Refused(format!("the exchange `{exchange}`: {reason}"))
            }
            away @ Fault::Away(_) => away,
        })
    }

    /// Tries until it is done; with `once`, one time.
    pub(super) fn until_done<T>(
        &self,
        once: bool,
        attempt: impl Fn() -> Result<T, Fault>,
    ) -> Result<T, ConnectorError> {
        let mut backoff = Backoff::new(Duration::from_millis(500));
        loop {
            let reason = match attempt() {
                Ok(done) => {
                    self.health.up();
                    return Ok(done);
                }
                Err(Fault::Refused(reason)) => return Err(refused(self.health.name(), reason)),
                Err(Fault::Away(reason)) => reason,
            };
            if once {
                let authority = &self.uri.authority;
                let reason =
                    format!("no answer from {}:{}: {reason}", authority.host, authority.port);
                return Err(refused(self.health.name(), reason));
            }
            self.health.down(reason);
            std::thread::sleep(backoff.wait());
        }
    }

    /// Ends a connection in order; one that is away does not keep the program.
    pub(super) fn close(&self, connection: &Connection) {
        let _gone = self.wait(Duration::from_secs(2), connection.close(200, "done".into()));
    }
}

/// Declares a queue that must be there already.
pub(super) async fn passive(channel: &Channel, queue: &str) -> lapin::Result<Queue> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name(queue), options, FieldTable::default()).await
}

/// A name as the protocol has it; one that is too long was refused before.
pub(super) fn name(text: &str) -> ShortString {
    ShortString::try_new(text).unwrap_or_default()
}

pub(super) fn refused(name: &str, reason: impl Into<String>) -> ConnectorError {
    ConnectorError::Refused { name: name.to_owned(), reason: reason.into() }
}

/// Whether an error passes.
pub(super) fn fault(error: &lapin::Error) -> Fault {
    let said = error.to_string();
    match error.kind() {
        ErrorKind::ProtocolError(error) => said_by_broker(error),
        ErrorKind::IOError(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Fault::Refused(format!(
                "there is no secure connection: {error}; see `url` and `ca`, and whether the port is that for TLS"
            ))
        }
        ErrorKind::AuthProviderError(_)
        | ErrorKind::InvalidProtocolVersion(_)
        | ErrorKind::SerialisationError(_) => Fault::Refused(said),
        _ => Fault::Away(said),
    }
}

fn said_by_broker(error: &AMQPError) -> Fault {
    let said = error.get_message().as_str();
    let what = match error.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) if said.contains("exclusive use") => {
            return Fault::Away(format!(
                "{said}: somebody else reads the queue, or the broker has not noticed yet that the last reader is gone"
            ));
        }
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) if said.contains("Login") => {
            "the broker does not accept the user or the password; see `url` and `password`"
        }
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => {
            "the user may not do that; give the right to the user (`rabbitmqctl set_permissions`), or name another one"
        }
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => {
            "it is not there; declare it, or mend the name: Tripline declares nothing"
        }
        AMQPErrorKind::Soft(AMQPSoftError::RESOURCELOCKED) => {
            "it belongs to another connection alone; declare one that is not exclusive"
        }
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) if said.contains("size") => {
            "a result is larger than the broker takes; raise `max_message_size` there"
        }
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => {
            "the user may not use the virtual host, or it is not there; mend `url`, or give the right"
        }
        _ => return Fault::Away(said.to_owned()),
    };
    Fault::Refused(format!("{said}: {what}"))
}
