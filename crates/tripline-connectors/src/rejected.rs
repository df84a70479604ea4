//! Where lines go that are no events.

use std::fmt::Display;

use serde::Serialize;

use crate::{Committed, ConnectorError, LineSink, MAX_SHOWN_BYTES, Sink as _};

/// Writes rejected lines, each as a JSON object with `line`, `reason` and `text`.
///
/// Text that is not UTF-8 is shown as well as it can be; text over 64 KiB is cut, and `"cut":true` says so.
#[derive(Debug)]
pub struct RejectedSink {
    out: LineSink,
}

#[derive(Serialize)]
struct Rejected<'a> {
    line: u64,
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

    /// Writes a line that was rejected: its number from 1, why, and what it says.
    ///
    /// # Errors
    /// If it cannot be written; [`ConnectorError::Closed`] if nobody reads any more.
    pub fn write(
        &mut self,
        line: u64,
        reason: &dyn Display,
        text: &[u8],
    ) -> Result<(), ConnectorError> {
        let cut = text.len() > MAX_SHOWN_BYTES;
        let shown = String::from_utf8_lossy(if cut { shown(text) } else { text });
        let rejected = Rejected { line, reason: reason.to_string(), text: &shown, cut };
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
