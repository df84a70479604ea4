//! Of which stream an event is: the field `stream`.

use std::fmt;

use memchr::memmem::Finder;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::shape::Shape;
use crate::{ConnectorError, Position, RecordBatch, RecordReader};

/// Gives events the field `stream`, unless they have one of their own.
///
/// The field stands in the event itself: so conditions, keys and outputs have it as any other, and an event that is kept
/// knows it for good.
#[derive(Clone)]
pub(crate) struct StreamTag {
    /// `{"stream":"NAME"`.
    begin: Vec<u8>,
    finder: Finder<'static>,
    scratch: Vec<u8>,
}

impl StreamTag {
    pub(crate) fn new(stream: &str) -> Self {
        // A text can always be written as JSON.
        let name = serde_json::to_string(stream).unwrap_or_default();
        let begin = format!("{{\"stream\":{name}").into_bytes();
        Self { begin, finder: Finder::new(b"\"stream\""), scratch: Vec::new() }
    }

    /// Takes a record into a batch, with the field; what is no JSON object stays as it is.
    pub(crate) fn push(&mut self, batch: &mut RecordBatch, number: u64, line: u64, record: &[u8]) {
        let text = record.trim_ascii_start();
        let Some(rest) = text.strip_prefix(b"{") else {
            batch.push_record(number, line, record);
            return;
        };
        if self.finder.find(rest).is_some() && has_stream(record) != Some(false) {
            batch.push_record(number, line, record);
            return;
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.begin);
        if !rest.trim_ascii_start().starts_with(b"}") {
            self.scratch.push(b',');
        }
        self.scratch.extend_from_slice(rest);
        batch.push_record(number, line, &self.scratch);
    }
}

impl fmt::Debug for StreamTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamTag").finish_non_exhaustive()
    }
}

/// Whether a JSON object has the field; `None` if it is none.
fn has_stream(record: &[u8]) -> Option<bool> {
    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let mut found = false;
            while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
                found |= key == "stream";
                map.next_value::<IgnoredAny>()?;
            }
            Ok(found)
        }
    }

    serde_json::Deserializer::from_slice(record).deserialize_map(Keys).ok()
}

/// A reader whose records become events.
#[derive(Debug)]
pub(crate) struct Shaped {
    inner: Box<dyn RecordReader>,
    shape: Shape,
    read: RecordBatch,
}

impl Shaped {
    pub(crate) fn new(inner: Box<dyn RecordReader>, shape: Shape) -> Box<Self> {
        Box::new(Self { inner, shape, read: RecordBatch::default() })
    }
}

impl RecordReader for Shaped {
    fn append(
        &mut self,
        batch: &mut RecordBatch,
        max_records: usize,
    ) -> Result<bool, ConnectorError> {
        let most = max_records.saturating_sub(batch.count()).max(1);
        let more = self.inner.next_batch(&mut self.read, most)?;
        for record in self.read.records() {
            self.shape.push(batch, record.number, record.line, record.bytes);
        }
        for bad in self.read.bad() {
            batch.push_bad(bad.clone());
        }
        Ok(more)
    }

    fn position(&self) -> Position {
        self.inner.position()
    }

    fn is_at_end(&self) -> bool {
        self.inner.is_at_end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_knows_its_stream_unless_it_has_one() {
        let mut tag = StreamTag::new("a \"b\"");
        let mut tagged = |record: &str| {
            let mut batch = RecordBatch::default();
            tag.push(&mut batch, 7, 8, record.as_bytes());
            let record = batch.record(0).unwrap();
            assert_eq!((record.number, record.line), (7, 8));
            String::from_utf8(record.bytes.to_vec()).unwrap()
        };
        let begin = r#"{"stream":"a \"b\"""#;
        assert_eq!(tagged(r#"{"x":1}"#), format!(r#"{begin},"x":1}}"#));
        assert_eq!(tagged("{ }"), format!("{begin} }}"));
        assert_eq!(tagged(" {\n\"x\":1}"), format!("{begin},\n\"x\":1}}"));
        let nested = r#"{"x":{"stream":"own"}}"#;
        assert_eq!(tagged(nested), format!(r#"{begin},"x":{{"stream":"own"}}}}"#));
        for own in [r#"{"x":1,"stream":"own"}"#, r#"{"stream":null}"#] {
            assert_eq!(tagged(own), own);
        }
        // What is no event stays as it is, to be told of as it came.
        for bad in ["", "[]", "nothing", r#"{"stream":"#] {
            assert_eq!(tagged(bad), bad);
        }
    }
}
