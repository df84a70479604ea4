//! Outputs of one shard on their way to the sink, and how those of all shards become one row.

use tripline::{EncodedOutput, Output, OutputKind, OutputSink, Place};
use tripline_connectors::{ConnectorError, EncodedRecord, Sink};

use crate::handler::OutputFormat;
use crate::rules::RunningRules;
use crate::throttle::Throttle;

/// Where an output stands among all outputs of a run: by time, of a time first what events brought, in their order, then
/// what was due, by key. So it is the same with any number of shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    place: Place,
    /// Within `place`: the number of the event comes before the key fields.
    order: (u64, u64),
}

#[derive(Clone, Debug)]
struct Encoded {
    rank: Rank,
    /// Where the text ends.
    end: usize,
    parts: EncodedOutput,
    kind: &'static str,
}

/// What one shard found in one item, encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs {
    text: Vec<u8>,
    encoded: Vec<Encoded>,
    /// How many the rules gave out, and how many of them the format left out.
    pub(crate) found: u64,
    pub(crate) filtered: u64,
}

impl Outputs {
    pub(crate) const fn is_empty(&self) -> bool {
        self.found == 0
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        // One event with many outputs must not pin their size for ever.
        self.text.shrink_to(1 << 20);
        self.encoded.clear();
        self.encoded.shrink_to(1 << 12);
        (self.found, self.filtered) = (0, 0);
    }

    fn record(&self, at: usize) -> Option<EncodedRecord<'_>> {
        let encoded = self.encoded.get(at)?;
        let begin = at.checked_sub(1).and_then(|at| self.encoded.get(at)).map_or(0, |one| one.end);
        let id =
            self.text.get(encoded.parts.id.clone()).and_then(|id| std::str::from_utf8(id).ok());
        let whole = begin..encoded.parts.shown.as_ref().map_or(encoded.end, |shown| shown.start);
        let shown = encoded.parts.shown.clone().unwrap_or_else(|| whole.clone());
        Some(EncodedRecord {
            sinks: encoded.parts.sinks,
            output: self.text.get(whole).unwrap_or_default(),
            id: id.unwrap_or_default(),
            key: self.text.get(encoded.parts.key.clone()).unwrap_or_default(),
            kind: encoded.kind,
            bytes: self.text.get(shown).unwrap_or_default(),
        })
    }
}

/// How many outputs went to the sink, and how many were held back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) delivered: u64,
    pub(crate) throttled: u64,
}

/// Writes what the shards found in one item to the sink, in the order of the run; how many they are.
pub(crate) fn write_merged(
    shards: &[Outputs],
    throttle: &mut Throttle,
    sink: &mut dyn Sink,
) -> Result<Written, ConnectorError> {
    let mut next = vec![0; shards.len()];
    let mut written = Written::default();
    loop {
        let ranks = shards.iter().zip(&next).enumerate();
        let heads = ranks.filter_map(|(shard, (outputs, &at))| {
            outputs.encoded.get(at).map(|encoded| (encoded.rank, shard))
        });
        let Some((_, shard)) = heads.min() else { return Ok(written) };
        let (Some(outputs), Some(at)) = (shards.get(shard), next.get_mut(shard)) else {
            return Ok(written);
        };
        if let Some((record, encoded)) = outputs.record(*at).zip(outputs.encoded.get(*at)) {
            let throttled = encoded.parts.throttled;
            if throttled
                .is_some_and(|output| !throttle.lets_through(output, encoded.rank.place.time))
            {
                written.throttled += 1;
            } else {
                sink.write(&record)?;
                written.delivered += 1;
            }
        }
        *at += 1;
    }
}

/// Takes outputs of a shard as they are found.
pub(crate) struct Encoder<'a> {
    pub(crate) rules: &'a RunningRules,
    pub(crate) format: &'a mut dyn OutputFormat,
    pub(crate) outputs: &'a mut Outputs,
    /// The number of the event at hand.
    pub(crate) event: u64,
}

impl OutputSink for Encoder<'_> {
    fn emit(&mut self, output: &Output<'_>) {
        self.outputs.found += 1;
        let Some(meta) = self.rules.meta(output.rule.slot()) else { return };
        let text = &mut self.outputs.text;
        let begin = text.len();
        let Some(parts) = self.format.write(output, meta, text) else {
            text.truncate(begin);
            self.outputs.filtered += 1;
            return;
        };
        let place = output.place;
        let order = if place.due { (place.order, 0) } else { (self.event, place.order) };
        let rank = Rank { place: Place { order: 0, ..place }, order };
        // What a swap made overdue comes when it comes.
        let before = self.outputs.encoded.last().map(|last| last.rank);
        let kind = match output.kind {
            OutputKind::Match => "match",
            OutputKind::Timeout { .. } => "timeout",
            OutputKind::Aggregate { .. } => "aggregate",
        };
        let rank = before.map_or(rank, |before| rank.max(before));
        self.outputs.encoded.push(Encoded { rank, end: self.outputs.text.len(), parts, kind });
    }
}
