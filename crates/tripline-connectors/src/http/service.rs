//! Answers those who post events.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use flate2::bufread::MultiGzDecoder;
use futures_util::TryStreamExt as _;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use super::Token;
use super::body::{Part, parts};
use super::intake::{Intake, Told, Waiting};

/// When to try again, in s, where there is no room now.
const RETRY_S: &str = "1";

/// What the answers need to know.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) token: Option<Token>,
    pub(super) intake: Arc<Intake>,
    /// Bytes that may wait.
    pub(super) room: Arc<Semaphore>,
    pub(super) max_body_bytes: u32,
    /// How long a sender may take to send a request, and how long it waits for the answer.
    pub(super) patience: Duration,
}

/// What goes wrong with a request.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// There is no room now.
    Full,
    /// The body is too large.
    TooLarge,
    /// There are more events in it than this.
    TooMany(u32),
    /// The body did not come in time.
    Slow,
    /// The connection broke.
    Broken,
    /// The body says that it is packed, and is not, or not to its end.
    Damaged,
}

/// How a body comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
}

impl Packing {
    /// Nothing if it is one that is not known here.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
        let encoding = all.next().unwrap_or(b"identity");
        let is = |name: &[u8]| encoding.eq_ignore_ascii_case(name);
        let packing = match () {
            () if is(b"identity") => Self::Plain,
            () if is(b"gzip") || is(b"x-gzip") => Self::Gzip,
            () => return None,
        };
        all.next().is_none().then_some(packing)
    }
}

pub(super) fn router(path: &str, service: Arc<Service>) -> Router {
    let route = Router::new().route(path, post(take));
    route.layer(DefaultBodyLimit::disable()).with_state(service)
}

async fn take(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let room = match service.refuse(&head.headers) {
        Some(refused) => Err(refused),
        None => service.reserve(&head.headers).map_err(|fault| service.explain(&fault)),
    };
    let (size, mut room) = match room {
        Ok(room) => room,
        Err(refused) => {
            service.drain(&head.headers, body).await;
            return refused;
        }
    };
    let received = service.receive(size, body).await;
    let received = received.and_then(|body| match Packing::of(&head.headers) {
        Some(Packing::Gzip) => unpacked(&body, service.max_body_bytes),
        _ => Ok(body),
    });
    let body = match received {
        Ok(body) => body,
        Err(fault) => return service.explain(&fault),
    };
    // What turned out not to be needed is free for others.
    drop(room.split(room.num_permits().saturating_sub(body.len())));
    let parts = match parts(&body) {
        Ok(parts) => parts,
        Err(reason) => return error(StatusCode::BAD_REQUEST, &reason),
    };
    if parts.is_empty() {
        return told(&Told::default());
    }
    match service.room_for(parts.len()) {
        Ok(more) => room.merge(more),
        Err(fault) => return service.explain(&fault),
    }
    let (answer, asked) = oneshot::channel();
    service.intake.push(Waiting { body, parts, answer, room });
    match timeout(service.patience, asked).await {
        Ok(Ok(became)) => told(&became),
        Ok(Err(_)) => {
            again(StatusCode::SERVICE_UNAVAILABLE, "the source is closing: send it again")
        }
        Err(_) => {
            let text = "the events are not taken yet, and may still be: send them again";
            again(StatusCode::SERVICE_UNAVAILABLE, text)
        }
    }
}

impl Service {
    /// What is wrong before anything is read.
    fn refuse(&self, headers: &HeaderMap) -> Option<Response> {
        let shown = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
        if self.token.as_ref().is_some_and(|token| !token.is_shown_by(shown)) {
            let mut refused =
                error(StatusCode::UNAUTHORIZED, "show the token: Authorization: Bearer …");
            let challenge = HeaderValue::from_static("Bearer realm=\"tripline\"");
            refused.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            return Some(refused);
        }
        if Packing::of(headers).is_none() {
            let text = "the body is packed in a way that is not known here: send it as it is, or with gzip";
            return Some(error(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        self.intake
            .is_closed()
            .then(|| again(StatusCode::SERVICE_UNAVAILABLE, "the source is closing: send it again"))
    }

    /// The room for a body, and how many bytes it may have.
    fn reserve(&self, headers: &HeaderMap) -> Result<(u32, OwnedSemaphorePermit), Fault> {
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let length: Option<u64> = length.and_then(|length| length.parse().ok());
        // Nobody knows how much comes in chunks.
        let size = length.unwrap_or_else(|| self.max_body_bytes.into());
        let size = u32::try_from(size).ok().filter(|size| *size <= self.max_body_bytes);
        let size = size.ok_or(Fault::TooLarge)?;
        // Nor how much comes out of what is packed.
        let needed = match Packing::of(headers) {
            Some(Packing::Gzip) => self.max_body_bytes,
            _ => size,
        };
        let room = Arc::clone(&self.room).try_acquire_many_owned(needed);
        Ok((size, room.map_err(|_| Fault::Full)?))
    }

    /// The room for what is remembered of so many events; it may be as large as a body.
    fn room_for(&self, events: usize) -> Result<OwnedSemaphorePermit, Fault> {
        let bytes = u32::try_from(events.saturating_mul(size_of::<Part>())).ok();
        let Some(bytes) = bytes.filter(|bytes| *bytes <= self.max_body_bytes) else {
            let each = u32::try_from(size_of::<Part>()).unwrap_or(u32::MAX);
            return Err(Fault::TooMany(self.max_body_bytes / each));
        };
        Arc::clone(&self.room).try_acquire_many_owned(bytes).map_err(|_| Fault::Full)
    }

    /// Reads a body of so many bytes at most.
    async fn receive(&self, size: u32, body: Body) -> Result<Vec<u8>, Fault> {
        let most = usize::try_from(size).unwrap_or(usize::MAX);
        let read = async {
            let mut bytes = Vec::new();
            let mut chunks = body.into_data_stream();
            while let Some(chunk) = chunks.try_next().await.map_err(|_| Fault::Broken)? {
                if bytes.len() + chunk.len() > most {
                    return Err(Fault::TooLarge);
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        };
        timeout(self.patience, read).await.map_err(|_| Fault::Slow)?
    }

    /// Reads what is refused, and forgets it: who still sends would find the connection broken, and not hear why.
    async fn drain(&self, headers: &HeaderMap, body: Body) {
        if headers.contains_key(EXPECT) {
            // It waits for a word before it sends anything.
            return;
        }
        let mut left = 2 * u64::from(self.max_body_bytes);
        let read = async {
            let mut chunks = body.into_data_stream();
            while let Ok(Some(chunk)) = chunks.try_next().await {
                left = left.saturating_sub(chunk.len() as u64);
                if left == 0 {
                    break;
                }
            }
        };
        let _late = timeout(self.patience, read).await;
    }

    fn explain(&self, fault: &Fault) -> Response {
        match fault {
            Fault::Full => {
                again(StatusCode::TOO_MANY_REQUESTS, "there is no room now: send it again")
            }
            Fault::TooLarge => {
                let limit = self.max_body_bytes;
                let text = format!("the body has more than {limit} bytes (`max_body_bytes`)");
                error(StatusCode::PAYLOAD_TOO_LARGE, &text)
            }
            Fault::TooMany(most) => {
                let text = format!("the body has more than {most} events: send them in several");
                error(StatusCode::PAYLOAD_TOO_LARGE, &text)
            }
            Fault::Slow => error(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Fault::Broken => error(StatusCode::BAD_REQUEST, "the body broke off"),
            Fault::Damaged => {
                error(StatusCode::BAD_REQUEST, "the body is no gzip, or is damaged or cut off")
            }
        }
    }
}

/// What is in a packed body, up to so many bytes.
fn unpacked(body: &[u8], most: u32) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut unpacking = MultiGzDecoder::new(body).take(u64::from(most) + 1);
    match unpacking.read_to_end(&mut bytes) {
        Ok(read) if read > usize::try_from(most).unwrap_or(usize::MAX) => Err(Fault::TooLarge),
        Ok(_) => Ok(bytes),
        Err(_) => Err(Fault::Damaged),
    }
}

/// What became of a request: 200 if anything of it was taken or there was nothing, 400 if all of it is no event.
fn told(told: &Told) -> Response {
    let status = match (told.taken, told.rejected) {
        (0, 1..) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    // Texts and numbers can always be written as JSON.
    answer(status, serde_json::to_string(told).unwrap_or_default())
}

fn error(status: StatusCode, text: &str) -> Response {
    answer(status, json!({"error": text}).to_string())
}

/// An error that passes.
fn again(status: StatusCode, text: &str) -> Response {
    let mut response = error(status, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_S));
    response
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body + "\n").into_response()
}
