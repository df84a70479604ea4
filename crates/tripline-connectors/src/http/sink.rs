//! Posts results, one after the other, in a thread of its own.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use ureq::Agent;
use ureq::http::HeaderValue;

use super::config::{HttpFormat, HttpSink, TextOrSecret};
use super::message::{Answer, Message, answer};
use super::now_ms;
use super::template::{Form, Given, Template};
use crate::address::is_address;
use crate::open::SinkStart;
use crate::refused::Refused;
use crate::{Backoff, ConnectorError, EncodedRecord, Health, Secret, Sink};

/// How many results wait to be posted before the engine waits, and about how many bytes of them.
const WAITING: usize = 1000;
const WAITING_BYTES: usize = 64 << 20;

/// How much of an answer is looked at, in bytes.
const ANSWER_BYTES: u64 = 64 * 1024;

/// The longest that an answer may make us wait, in s.
const LONGEST_WAIT_S: u64 = 300;

/// A result that is to be posted.
#[derive(Debug)]
struct Posted {
    id: String,
    output: Box<RawValue>,
    /// What the action of its rule made of it, if it has a template.
    message: Option<String>,
}

impl Posted {
    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        self.output.get().len() + self.message.as_ref().map_or(0, String::len)
    }

    fn given(&self) -> Given<'_> {
        Given { output: &self.output, message: self.message.as_deref() }
    }
}

/// Why a result was not taken, and will not be.
#[derive(Debug)]
enum Refusal {
    /// It is about this result.
    Result(String),
    /// No other would be taken either.
    All(String),
}

/// Takes results for the thread that posts them.
struct HttpWriter {
    queue: SyncSender<Posted>,
    sent: u64,
    progress: Arc<Progress>,
    health: Arc<Health>,
}

impl fmt::Debug for HttpWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpWriter").field("name", &self.health.name()).finish_non_exhaustive()
    }
}

/// How far the thread is that posts.
#[derive(Debug, Default)]
struct Progress {
    at: Mutex<At>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct At {
    /// Results that are there, or were left out.
    done: u64,
    /// Bytes of those that wait.
    bytes: usize,
    /// Why no more are posted.
    refused: Option<String>,
}

/// Tells those who wait when the thread has ended, however it did.
struct Ended<'a>(&'a Progress);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut at = self.0.at.lock().unwrap_or_else(PoisonError::into_inner);
        at.refused.get_or_insert_with(|| "the thread that posts has ended".to_owned());
        self.0.moved.notify_all();
    }
}

/// What posts.
struct Poster {
    agent: Agent,
    url: String,
    format: HttpFormat,
    message: Message,
    headers: Vec<(String, Filled)>,
    secret: Option<String>,
    refused: Option<Refused>,
    health: Arc<Health>,
}

/// The value of a header.
enum Filled {
    /// Made of each result.
    Template(Template),
    /// Always the same.
    Secret(String),
}

impl HttpSink {
    fn poster(&self, health: &Arc<Health>) -> Result<Poster, ConnectorError> {
        let refused =
            |reason: String| ConnectorError::Refused { name: health.name().to_owned(), reason };
        let read = |what: &str, secret: &Secret| {
            secret.read().map_err(|why| refused(format!("the secret of `{what}`: {why}")))
        };
        let url = match &self.url {
            TextOrSecret::Text(url) => url.clone(),
            TextOrSecret::Secret(secret) => read("url", secret)?,
        };
        if !is_address(&url) {
            // Not the address, which may be a secret.
            return Err(refused("`url` is no address such as `https://HOST/PATH`".to_owned()));
        }
        let template = |text: &str| Template::new(text).map_err(refused);
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = match value {
                TextOrSecret::Text(text) => Filled::Template(template(text)?),
                TextOrSecret::Secret(secret) => Filled::Secret(read(name, secret)?),
            };
            headers.push((name.clone(), value));
        }
        let message = match self.format {
            HttpFormat::Json => Message::Json(self.body.as_deref().map(template).transpose()?),
            format => Message::Words(format, self.text.as_deref().map(template).transpose()?),
        };
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_millis(self.timeout_ms)))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("tripline")
            .build();
        Ok(Poster {
            agent: config.into(),
            url,
            format: self.format,
            message,
            headers,
            secret: self.secret.as_ref().map(|secret| read("secret", secret)).transpose()?,
            refused: None,
            health: Arc::clone(health),
        })
    }

    /// Opens it; nothing is posted before there is a result.
    ///
    /// # Errors
    /// A secret that is not there.
    pub(crate) fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let mut poster = self.poster(&start.health)?;
        let dead_letter = self.dead_letter.as_deref();
        poster.refused = Some(Refused::open(self.on_refused, dead_letter, &start.health)?);
        let (queue, waiting) = sync_channel(WAITING);
        let progress = Arc::new(Progress::default());
        let (told, health) = (Arc::clone(&progress), Arc::clone(&start.health));
        let thread = std::thread::Builder::new().name("http sink".to_owned());
        let posting = thread.spawn(move || poster.run(&waiting, &told));
        posting.map_err(|error| ConnectorError::Refused {
            name: start.health.name().to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Box::new(HttpWriter { queue, sent: 0, progress, health }))
    }

    /// Whether somebody listens there; nothing is posted, and what it answers does not count.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        let health = Arc::new(Health::new("the sink".to_owned()));
        let poster = self.poster(&health)?;
        let asked = poster.agent.head(&poster.url).call();
        asked.map(drop).map_err(|error| ConnectorError::Refused {
            name: health.name().to_owned(),
            reason: said(&error),
        })
    }
}

/// What an error says, without the address, which may be a secret.
fn said(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BadUri(_) => "`url` is no address such as `https://HOST/PATH`".to_owned(),
        other => other.to_string(),
    }
}

/// How long an answer asks us to wait, in s: so many, or until a date.
fn retry_after_s(text: &str, now_ms: i64) -> u64 {
    let text = text.trim();
    text.parse().unwrap_or_else(|_| {
        let until = jiff::fmt::rfc2822::parse(text).map(|until| until.timestamp());
        let wait_ms = until.map_or(0, |until| until.as_millisecond().saturating_sub(now_ms));
        u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000)
    })
}

impl Poster {
    /// Posts until nobody sends any more, or a result is refused for good.
    fn run(mut self, waiting: &Receiver<Posted>, progress: &Progress) {
        let _ended = Ended(progress);
        while let Ok(posted) = waiting.recv() {
            let ends = match self.insist(&posted) {
                Ok(()) => None,
                Err(Refusal::Result(reason)) => self.leave_out(&posted, &reason).err(),
                Err(Refusal::All(reason)) => {
                    Some(format!("{reason}; look at `url`, `secret` and `headers`"))
                }
            };
            let mut at = progress.at.lock().unwrap_or_else(PoisonError::into_inner);
            at.bytes = at.bytes.saturating_sub(posted.bytes());
            if ends.is_some() {
                at.refused = ends;
            } else {
                at.done += 1;
            }
            let over = at.refused.is_some();
            drop(at);
            progress.moved.notify_all();
            if over {
                return;
            }
        }
    }

    /// Goes on without a result; why that cannot be.
    fn leave_out(&mut self, posted: &Posted, reason: &str) -> Result<(), String> {
        let refused = self.refused.as_mut();
        refused.map_or(Ok(()), |refused| {
            refused.leave_out(&posted.id, reason, posted.output.get().as_bytes())
        })
    }

    /// Posts a result until it is taken; why it never will be.
    fn insist(&self, posted: &Posted) -> Result<(), Refusal> {
        let mut backoff = Backoff::new(Duration::from_millis(500));
        loop {
            let (answered, wait) = self.post(posted);
            match answered {
                Answer::Taken => {
                    self.health.up();
                    return Ok(());
                }
                Answer::Later(reason) => {
                    self.health.down(reason);
                    std::thread::sleep(backoff.wait().max(wait));
                }
                Answer::Refused(reason) => return Err(Refusal::Result(reason)),
                Answer::Unusable(reason) => return Err(Refusal::All(reason)),
            }
        }
    }

    /// Posts a result once: the answer, and how long it asks us to wait.
    fn post(&self, posted: &Posted) -> (Answer, Duration) {
        let now_ms = now_ms();
        let made = self.message.request(posted.given(), self.secret.as_deref(), now_ms);
        let mut url = self.url.clone();
        if !made.query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&made.query);
        }
        let mut request = self
            .agent
            .post(&url)
            .header("Content-Type", made.content_type)
            .header("Idempotency-Key", &posted.id);
        for (name, value) in &made.headers {
            request = request.header(*name, value);
        }
        for (name, value) in &self.headers {
            let value = match value {
                Filled::Secret(secret) => secret.clone(),
                Filled::Template(template) => template.fill(posted.given(), Form::Words),
            };
            // A line end would begin another header.
            let value = value.replace(char::is_control, " ");
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                request = request.header(name, value);
            }
        }
        let mut response = match request.send(made.body.as_bytes()) {
            Ok(response) => response,
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                return (Answer::Unusable(said(&error)), Duration::ZERO);
            }
            Err(error) => return (Answer::Later(said(&error)), Duration::ZERO),
        };
        let wait = response.headers().get("retry-after").and_then(|wait| wait.to_str().ok());
        let wait_s = wait.map_or(0, |wait| retry_after_s(wait, now_ms));
        let status = response.status();
        let body = match response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .lossy_utf8(true)
            .read_to_string()
        {
            Ok(body) => body,
            // A robot says in the body what has become of it.
            Err(error)
                if status.is_success()
                    && !matches!(self.format, HttpFormat::Json | HttpFormat::Slack)
                    && !matches!(error, ureq::Error::BodyExceedsLimit(_)) =>
            {
                return (Answer::Later(said(&error)), Duration::ZERO);
            }
            Err(_) => String::new(),
        };
        let answered = answer(self.format, status.as_u16(), &body);
        (answered, Duration::from_secs(std::cmp::min(wait_s, LONGEST_WAIT_S)))
    }
}

impl HttpWriter {
    fn refused(&self, reason: impl Into<String>) -> ConnectorError {
        ConnectorError::Refused { name: self.health.name().to_owned(), reason: reason.into() }
    }

    /// Waits until there is room for so many bytes; one that is larger than all of it waits for all.
    fn wait_for_room(&self, bytes: usize) {
        let mut at = self.progress.at.lock().unwrap_or_else(PoisonError::into_inner);
        while at.bytes > 0 && at.bytes + bytes > WAITING_BYTES && at.refused.is_none() {
            at = self.progress.moved.wait(at).unwrap_or_else(PoisonError::into_inner);
        }
        at.bytes += bytes;
    }

    fn check(&self) -> Result<(), ConnectorError> {
        let at = self.progress.at.lock().unwrap_or_else(PoisonError::into_inner);
        at.refused.as_ref().map_or(Ok(()), |reason| Err(self.refused(reason)))
    }
}

impl Sink for HttpWriter {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        self.check()?;
        let output = serde_json::from_slice(record.output).map_err(|error| {
            let what = "a result is no JSON, as with --format human";
            self.refused(format!("{what}: {error}"))
        })?;
        let posted = Posted { id: record.id.to_owned(), output, message: record.message() };
        self.wait_for_room(posted.bytes());
        if self.queue.send(posted).is_err() {
            self.check()?;
            return Err(self.refused("the thread that posts has ended"));
        }
        self.sent += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        // The thread posts by itself.
        self.check()
    }

    fn commit(&mut self) -> Result<Option<crate::Committed>, ConnectorError> {
        let mut at = self.progress.at.lock().unwrap_or_else(PoisonError::into_inner);
        while at.done < self.sent && at.refused.is_none() {
            at = self.progress.moved.wait(at).unwrap_or_else(PoisonError::into_inner);
        }
        drop(at);
        self.check()?;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_long_to_wait() {
        let now_ms = 1_445_412_475_500; // Wed, 21 Oct 2015 07:27:55.5 GMT
        for (text, expected) in [
            ("120", 120),
            (" 7 ", 7),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 5),
            ("Wed, 21 Oct 2015 07:27:00 GMT", 0),
            ("-1", 0),
            ("soon", 0),
        ] {
            assert_eq!(retry_after_s(text, now_ms), expected, "{text}");
        }
    }
}
