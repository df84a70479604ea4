//! The port: who may ask what, and what they are told.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use thiserror::Error;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;
use tripline_connectors::{Bounded, Token};

use crate::engine::{Engine, Look};
use crate::metrics::metrics_text;
use crate::status::Status;

/// How many connections may be open.
const MAX_CONNECTIONS: usize = 64;

/// How many requests look at the run at a time; the others wait.
const LOOKS_AT_ONCE: usize = 4;

/// What `/metrics` speaks.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Where and to whom is told.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The address; with port 0 the system chooses one.
    pub listen: SocketAddr,
    /// What `/metrics` and `/status` ask for.
    pub token: Option<Token>,
    /// Whether all of the network may be told without a token.
    pub without_token: bool,
    /// How many rules have a label of their own in `/metrics`; the others are added up.
    pub max_rule_labels: usize,
}

/// Why nothing can be told.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address is taken, or not of this machine.
    #[error("cannot listen on `{listen}`: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Others could ask, and need no token.
    #[error(
        "`{listen}` can be reached from other machines, and there is no token: name a `token_file`, or say \
         `without_token = true`"
    )]
    Open {
        /// The address.
        listen: SocketAddr,
    },
    /// There is no thread to be had.
    #[error("cannot start what answers over HTTP: {0}")]
    Thread(#[from] std::io::Error),
}

/// What answers, in a thread of its own until the process ends.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
}

#[derive(Debug)]
struct Shared {
    engine: Arc<Engine>,
    config: HttpConfig,
}

impl HttpConfig {
    /// Whether only this machine, or those who have the token, are told.
    #[must_use]
    pub const fn is_guarded(&self) -> bool {
        self.listen.ip().is_loopback() || self.token.is_some() || self.without_token
    }
}

impl Server {
    /// Starts to answer.
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn start(config: HttpConfig, engine: Arc<Engine>) -> Result<Self, ServerError> {
        let listen = config.listen;
        if !config.is_guarded() {
            return Err(ServerError::Open { listen });
        }
        let refused = |source| ServerError::Listen { listen, source };
        let listener = TcpListener::bind(listen).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(LOOKS_AT_ONCE)
            .build()?;
        let thread = std::thread::Builder::new().name("http".to_owned());
        thread.spawn(move || {
            let served = runtime.block_on(async {
                let listener =
                    Bounded::new(tokio::net::TcpListener::from_std(listener)?, MAX_CONNECTIONS);
                axum::serve(listener, router(Arc::new(Shared { engine, config }))).await
            });
            if let Err(error) = served {
                tracing::error!("nothing is told over HTTP any more: {error}");
            }
        })?;
        Ok(Self { address })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let guarded = Router::new()
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .layer(from_fn_with_state(Arc::clone(&shared), guard));
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .merge(guarded)
        .with_state(shared)
}

/// Lets those in who show the token.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let may = match &shared.config.token {
        Some(token) => token.is_shown_by(shown.unwrap_or_default()),
        None => true,
    };
    if may {
        return next.run(request).await;
    }
    let challenge = [(WWW_AUTHENTICATE, "Bearer realm=\"tripline\"")];
    (StatusCode::UNAUTHORIZED, challenge, "show the token: Authorization: Bearer …\n")
        .into_response()
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.engine.not_ready() {
        None => "ready\n".into_response(),
        Some(why) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response()
        }
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let max_rule_labels = shared.config.max_rule_labels;
    told(shared, OPEN_METRICS, move |look| metrics_text(look, max_rule_labels).ok()).await
}

async fn status(State(shared): State<Arc<Shared>>) -> Response {
    let json = |look| serde_json::to_string(&Status::of(&look)).ok();
    told(shared, "application/json", json).await
}

/// Looks at the run, in a thread that may wait for it, and tells what was seen.
async fn told(
    shared: Arc<Shared>,
    content_type: &'static str,
    tell: impl FnOnce(Look) -> Option<String> + Send + 'static,
) -> Response {
    let told = spawn_blocking(move || tell(shared.engine.look())).await;
    match told {
        Ok(Some(text)) => {
            let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")];
            (headers, Body::from(text)).into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
