//! Where lines go that are no events.

use std::fmt::Display;

use serde::Serialize;

use crate::{Committed, ConnectorError, LineSink, MAX_SHOWN_BYTES, Sink as _};

/// Writes rejected records, each as a JSON object with `line` or `offset`, `reason` and `text`, and perhaps `source`.
///
/// Text that is not UTF-8 is shown as well as it can be; text over 64 KiB is cut, and `"cut":true` says so.
#[derive(Debug)]
pub struct RejectedSink {
    out: LineSink,
}

/// Where a rejected record stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectedAt<'a> {
    /// The source, or the partition of it, by its name in a checkpoint.
    pub source: &'a str,
    /// Its line, from 1; 0 if the source has no lines.
    pub line: u64,
    /// Which record of the source it was, from 0: for Kafka its offset.
    pub number: u64,
}

#[derive(Serialize)]
struct Rejected<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    reason: String,
    text: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    cut: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl RejectedSink {
    /// Writes to `out`.
    #[must_use]
    pub const fn new(out: LineSink) -> Self {
        Self { out }
    }

    /// Writes a record that was rejected: where it stood, why, and what it says. `names_source` is whether its source is
    /// named, since there may be several.
    ///
    /// # Errors
    /// If it cannot be written; [`ConnectorError::Closed`] if nobody reads any more.
    pub fn write(
        &mut self,
        at: RejectedAt<'_>,
        names_source: bool,
        reason: &dyn Display,
        text: &[u8],
    ) -> Result<(), ConnectorError> {
        let cut = text.len() > MAX_SHOWN_BYTES;
        let shown = String::from_utf8_lossy(if cut { shown(text) } else { text });
        let rejected = Rejected {
            source: names_source.then_some(at.source),
            line: (at.line > 0).then_some(at.line),
            offset: (at.line == 0).then_some(at.number),
            reason: reason.to_string(),
            text: &shown,
            cut,
        };
        // Text and numbers can always be written as JSON.
        let json = serde_json::to_vec(&rejected).unwrap_or_default();
        self.out.write_line(&json)
    }

    /// Sends all that has been written.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn flush(&mut self) -> Result<(), ConnectorError> {
        self.out.flush()
    }

    /// As [`Sink::commit`](crate::Sink::commit).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn commit(&mut self) -> Result<Option<Committed>, ConnectorError> {
        self.out.commit()
    }
}

/// What is shown of a text: not half of a character that stands at the cut.
fn shown(text: &[u8]) -> &[u8] {
    let begins_character = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xC0 != 0x80);
    let cut = (MAX_SHOWN_BYTES - 3..=MAX_SHOWN_BYTES).rfind(begins_character);
    text.get(..cut.unwrap_or(MAX_SHOWN_BYTES)).unwrap_or(text)
}
