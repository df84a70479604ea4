//! The source that events are posted to.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;
use tracing::{error, info};

use super::intake::Intake;
use super::now_ms;
use super::service::{Service, router};
use super::tls::Encrypting;
use super::{Bounded, HttpTls, Token};
use crate::open::{Acknowledge, Connected, OpenedReader, OpenedSource, SourceStart};
use crate::shape::Shaping;
use crate::stream::Shaped;
use crate::{
    ChangeOp, ConnectorError, MapConfig, MessageFormat, Position, RecordBatch, RecordReader, Secret,
};

/// How many connections may be open.
const MAX_CONNECTIONS: usize = 256;

/// How long to wait for a request before coming back without one.
const WAIT: Duration = Duration::from_millis(200);

/// How long those who send are given at the end to hear what became of it.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// An address that events are posted to, one a line or as a JSON list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct HttpSource {
    /// The address to listen on, such as `127.0.0.1:8080`; with port 0 the system chooses one, and the log says which.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// The path that events are posted to; `/events` unless given.
    #[serde(default = "path")]
    pub path: String,
    /// The token that senders have to show (`Authorization: Bearer …`), of 16 characters or more; needed if other machines can
    /// reach the address.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub token: Option<Secret>,
    /// The certificate with which connections are encrypted: `cert` and `key`, files in PEM; without it they are not.
    #[serde(default)]
    #[schemars(with = "HttpTls")]
    pub tls: Option<HttpTls>,
    /// Whether other machines may send events without a token; `false` unless given.
    #[serde(default)]
    pub without_token: bool,
    /// How events are written: `json`, an object each; `text`, lines that `pattern` takes apart; or changes of rows as
    /// `debezium` or `canal` writes them. `json` unless given.
    #[serde(default)]
    pub format: MessageFormat,
    /// With `text`: a regular expression; its groups with names, as `(?<user>\S+)`, become fields.
    #[serde(default)]
    #[schemars(with = "String")]
    pub pattern: Option<String>,
    /// With `debezium` and `canal`: which changes become events, of `insert`, `snapshot`, `update` and `delete`; all but
    /// `delete` unless given.
    #[serde(default)]
    #[schemars(with = "Vec<ChangeOp>")]
    pub ops: Option<Vec<ChangeOp>>,
    /// What is done with the fields of events: `rename`, `time`, `only` and `set`, as [formats.md](formats.md) says.
    #[serde(default)]
    #[schemars(with = "MapConfig")]
    pub map: Option<MapConfig>,
    /// How many bytes a request may have; 8388608 unless given.
    #[serde(default = "max_body_bytes")]
    #[schemars(range(min = 1024, max = 67_108_864))]
    pub max_body_bytes: u32,
    /// How many bytes of requests, with 24 for each event, may wait before more are answered with 429; 67108864 unless given.
    #[serde(default = "max_waiting_bytes")]
    #[schemars(range(min = 1024, max = 1_073_741_824))]
    pub max_waiting_bytes: u32,
    /// How long a request may take to come, and then to be taken, in ms; 30000 unless given.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
}

fn path() -> String {
    "/events".to_owned()
}

const fn max_body_bytes() -> u32 {
    8 << 20
}

const fn max_waiting_bytes() -> u32 {
    64 << 20
}

const fn timeout_ms() -> u64 {
    30_000
}

/// Reads what was posted.
#[derive(Debug)]
struct HttpReader {
    intake: Arc<Intake>,
}

/// What answers, until it is closed.
struct Listening {
    intake: Arc<Intake>,
    stop: oneshot::Sender<()>,
    ended: Receiver<()>,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").finish_non_exhaustive()
    }
}

impl HttpSource {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut wrong = |key, text: &str| problems.push((key, text.to_owned()));
        if !self.listen.ip().is_loopback() && self.token.is_none() && !self.without_token {
            wrong("listen", "other machines can reach this address, and there is no token");
        }
        let sign = |sign: char| sign.is_ascii_alphanumeric() || "/-_.~".contains(sign);
        if !self.path.starts_with('/') || !self.path.chars().all(sign) {
            wrong("path", "it is no path such as `/events`");
        }
        if !(1024..=67_108_864).contains(&self.max_body_bytes) {
            wrong("max_body_bytes", "give 1024 to 67108864");
        }
        if !(1024..=1_073_741_824).contains(&self.max_waiting_bytes) {
            wrong("max_waiting_bytes", "give 1024 to 1073741824");
        } else if self.max_waiting_bytes / 2 < self.max_body_bytes {
            wrong(
                "max_waiting_bytes",
                "it is less than twice `max_body_bytes`: a request of that size and what is remembered of its events would \
                 never be taken",
            );
        }
        if !(1..=600_000).contains(&self.timeout_ms) {
            wrong("timeout_ms", "give 1 to 600000");
        }
        problems.extend(self.tls.iter().flat_map(HttpTls::problems));
        problems.extend(self.shaping().problems());
        problems
    }

    fn shaping(&self) -> Shaping<'_> {
        Shaping {
            format: self.format,
            pattern: self.pattern.as_deref(),
            ops: self.ops.as_deref(),
            map: self.map.as_ref(),
        }
    }

    /// Whether it can listen there; an engine that does so already is in the way.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let name = "the source";
        self.read_token(name)?;
        self.acceptor(name)?;
        self.bind(name).map(drop)
    }

    fn read_token(&self, name: &str) -> Result<Option<Token>, ConnectorError> {
        let refused = |reason| ConnectorError::Refused { name: name.to_owned(), reason };
        let Some(secret) = &self.token else { return Ok(None) };
        let token = secret.read().map_err(|why| refused(format!("the token: {why}")))?;
        match Token::new(token.trim()) {
            Some(token) => Ok(Some(token)),
            None => Err(refused(
                "the token must have 16 to 4096 visible ASCII characters; `openssl rand -hex 32` makes one"
                    .to_owned(),
            )),
        }
    }

    fn acceptor(&self, name: &str) -> Result<Option<TlsAcceptor>, ConnectorError> {
        let acceptor = self.tls.as_ref().map(HttpTls::acceptor).transpose();
        acceptor.map_err(|reason| ConnectorError::Refused { name: name.to_owned(), reason })
    }

    fn bind(&self, name: &str) -> Result<TcpListener, ConnectorError> {
        let bound = TcpListener::bind(self.listen)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
        bound.map_err(|error| ConnectorError::Refused {
            name: name.to_owned(),
            reason: format!("cannot listen on `{}`: {error}; mend `listen`", self.listen),
        })
    }

    /// Listens from now on; what is posted waits until it is read.
    ///
    /// # Errors
    /// If it cannot listen there, or the token cannot be read.
    pub(crate) fn open(&self, start: &SourceStart<'_>) -> Result<OpenedSource, ConnectorError> {
        let name = start.health.name();
        let refused = |error: &dyn fmt::Display| ConnectorError::Refused {
            name: name.to_owned(),
            reason: error.to_string(),
        };
        let token = self.read_token(name)?;
        let acceptor = self.acceptor(name)?;
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let shape = self.shaping().shape(start.name, name)?;
        let listener = self.bind(name)?;
        let address = listener.local_addr().map_err(|error| refused(&error))?;
        // Where no checkpoint says it, numbers that no other process has given: ids of results come of them.
        let first = u64::try_from(now_ms()).unwrap_or_default().saturating_mul(1000);
        let next = (start.saved)(start.name).map_or(first, |(position, _)| position.record);
        let intake = Arc::new(Intake::new(next));
        let service = Service {
            token,
            intake: Arc::clone(&intake),
            room: Arc::new(Semaphore::new(
                usize::try_from(self.max_waiting_bytes).unwrap_or(usize::MAX),
            )),
            max_body_bytes: self.max_body_bytes,
            patience: Duration::from_millis(self.timeout_ms),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| refused(&error))?;
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = channel();
        let (path, service, known) = (self.path.clone(), Arc::new(service), name.to_owned());
        let thread = std::thread::Builder::new().name("http source".to_owned());
        let listening = thread.spawn(move || {
            let served = serve(&runtime, (listener, acceptor), &path, service, stopped);
            if let Err(problem) = served {
                error!("{known}: nothing is taken over HTTP any more: {problem}");
            }
            // Whoever closes it may be gone.
            let _ended = end.send(());
        });
        listening.map_err(|error| refused(&error))?;
        info!("{name} listens on {scheme}://{address}{}", self.path);
        start.health.up();
        let reader: Box<dyn RecordReader> = Box::new(HttpReader { intake: Arc::clone(&intake) });
        Ok(OpenedSource {
            readers: vec![OpenedReader {
                name: start.name.to_owned(),
                reader: Shaped::new(reader, shape),
                is_live: true,
                is_remote: false,
                can_be_read_again: false,
                identity: None,
                acknowledge: Some(Arc::clone(&intake) as Arc<dyn Acknowledge>),
            }],
            connected: Some(Box::new(Listening { intake, stop, ended })),
        })
    }
}

fn serve(
    runtime: &Runtime,
    (listener, acceptor): (TcpListener, Option<TlsAcceptor>),
    path: &str,
    service: Arc<Service>,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let router = router(path, service);
        let listener = Bounded::new(listener, MAX_CONNECTIONS);
        let serving = axum::serve(Encrypting { listener, acceptor }, router);
        let stop = async {
            // Also when whoever could say it is gone.
            let _stopped = stopped.await;
        };
        serving.with_graceful_shutdown(stop).await
    })
}

impl RecordReader for HttpReader {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        let most = max_records.max(batch.count() + 1);
        self.intake.read(batch, most, WAIT);
        Ok(true)
    }

    fn position(&self) -> Position {
        self.intake.position()
    }
}

impl Drop for HttpReader {
    fn drop(&mut self) {
        // Nobody reads any more: those who wait need not.
        self.intake.close();
    }
}

impl Connected for Listening {
    fn close(self: Box<Self>) {
        let Self { intake, stop, ended } = *self;
        intake.end();
        drop(stop);
        // Those who are still sending are cut off.
        let _late = ended.recv_timeout(CLOSE_WITHIN);
    }
}
