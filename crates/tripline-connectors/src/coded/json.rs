//! JSON as it is written, up to a size.

use std::fmt;
use std::io::{self, Write};

use base64::prelude::BASE64_STANDARD;
use base64::write::EncoderWriter;

use super::why::Why;
use crate::MAX_RECORD_BYTES;

/// JSON that is being written; it never becomes longer than a record may be.
///
/// So a few bytes that claim to be many values end here: each value takes at least one byte of JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct Json {
    bytes: Vec<u8>,
}

impl Write for Json {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_RECORD_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_long() -> Why {
    Why::new(format!("as JSON it is longer than {MAX_RECORD_BYTES} bytes"))
}

impl Json {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is JSON already.
    pub(super) fn raw(&mut self, json: &str) -> Result<(), Why> {
        self.write_all(json.as_bytes()).map_err(|_| too_long())
    }

    /// What is JSON when it is shown: a number.
    pub(super) fn shown(&mut self, number: impl fmt::Display) -> Result<(), Why> {
        write!(self, "{number}").map_err(|_| too_long())
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), Why> {
        serde_json::to_writer(self, text).map_err(|_| too_long())
    }

    /// The fewest digits that mean this number and no other; `null` where JSON has no such number.
    pub(super) fn float(&mut self, number: f32) -> Result<(), Why> {
        serde_json::to_writer(self, &number).map_err(|_| too_long())
    }

    /// As [`float`](Self::float).
    pub(super) fn double(&mut self, number: f64) -> Result<(), Why> {
        serde_json::to_writer(self, &number).map_err(|_| too_long())
    }

    /// Bytes as a text in Base64.
    pub(super) fn base64(&mut self, bytes: &[u8]) -> Result<(), Why> {
        self.raw("\"")?;
        let mut encoder = EncoderWriter::new(&mut *self, &BASE64_STANDARD);
        let written = encoder.write_all(bytes).and_then(|()| encoder.finish().map(drop));
        drop(encoder);
        written.map_err(|_| too_long())?;
        self.raw("\"")
    }
}
