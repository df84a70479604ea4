//! What a checkpoint holds, and its bytes.

use serde::{Deserialize, Serialize};
use tripline::{Snapshot, decode_snapshot, encode_snapshot};
use tripline_connectors::{FileIdentity, Position};
use xxhash_rust::xxh3::xxh3_128;

use super::rules::{SavedAlias, SavedRows, SavedRule};
use crate::clock::Now;
use crate::order::SavedSequencer;
use crate::summary::RunSummary;

/// Begins a checkpoint.
const MAGIC: &[u8; 8] = b"TRIPCKPT";

/// The version of the bytes; one that a build does not know is refused, never guessed at.
const FORMAT: u16 = 3;

const HEAD_BYTES: usize = MAGIC.len() + 2 + 8 + 16;

/// Fast, and state is mostly the text of events.
const COMPRESSION_LEVEL: i32 = 1;

/// All that a run is made of at one place of its sequence.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) number: u64,
    pub(crate) made_at_ms: i64,
    /// Of Tripline.
    pub(crate) version: String,
    /// Whether the run came to the end of its sources and closed all windows.
    pub(crate) finished: bool,
    pub(crate) clock: Now,
    /// As JSON, since their texts are.
    rules: String,
    pub(crate) sequencer: SavedSequencer,
    /// As `encode_snapshot` writes them.
    shards: Vec<Vec<u8>>,
    pub(crate) sources: Vec<SavedSource>,
    /// The lengths of outputs that can be cut back, in bytes.
    pub(crate) outputs: Vec<(String, u64)>,
    /// Hashes of rules and keys that have had their output, and until when, in ms.
    pub(crate) throttle: Vec<(u128, i64)>,
    pub(crate) summary: RunSummary,
}

/// A source, and how far it was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SavedSource {
    pub(crate) name: String,
    pub(crate) identity: Option<FileIdentity>,
    pub(crate) position: Position,
}

/// The rules of a checkpoint.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct SavedRules {
    /// Of each rule the oldest version first: all but the last drain.
    pub(crate) rules: Vec<SavedRule>,
    /// What class names stand for, for rules that come later.
    pub(crate) aliases: Vec<SavedAlias>,
    /// Members of sets that stand in rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<SavedRows>,
}

/// What a checkpoint is made of, at the barrier.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) number: u64,
    pub(crate) finished: bool,
    pub(crate) clock: Now,
    pub(crate) rules: SavedRules,
    pub(crate) sequencer: SavedSequencer,
    pub(crate) shards: Vec<Snapshot>,
    pub(crate) sources: Vec<SavedSource>,
    pub(crate) outputs: Vec<(String, u64)>,
    /// Hashes of rules and keys that have had their output, and until when, in ms.
    pub(crate) throttle: Vec<(u128, i64)>,
    pub(crate) summary: RunSummary,
}

/// Why bytes are no checkpoint that this build can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("it is no checkpoint")]
    Magic,
    #[error("it has format {0}, and this version of Tripline reads format {FORMAT}")]
    Format(u16),
    #[error("it is cut off or was changed")]
    Damaged,
    #[error("the state in it cannot be read: {0}")]
    Snapshot(String),
}

impl Parts {
    /// The bytes of the checkpoint.
    pub(crate) fn encode(self) -> Result<Vec<u8>, String> {
        let shards = self.shards.iter().map(encode_snapshot).collect::<Result<_, _>>();
        let checkpoint = Checkpoint {
            number: self.number,
            made_at_ms: self.clock.wall_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            finished: self.finished,
            clock: self.clock,
            rules: serde_json::to_string(&self.rules).map_err(|error| error.to_string())?,
            sequencer: self.sequencer,
            shards: shards.map_err(|error| error.to_string())?,
            sources: self.sources,
            outputs: self.outputs,
            throttle: self.throttle,
            summary: self.summary,
        };
        let plain = postcard::to_stdvec(&checkpoint).map_err(|error| error.to_string())?;
        drop(checkpoint);
        let packed = zstd::bulk::compress(&plain, COMPRESSION_LEVEL);
        let packed = packed.map_err(|error| error.to_string())?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + packed.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(plain.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&xxh3_128(&packed).to_le_bytes());
        bytes.extend_from_slice(&packed);
        Ok(bytes)
    }
}

impl Checkpoint {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Unusable> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(Unusable::Magic)?;
        if magic != MAGIC {
            return Err(Unusable::Magic);
        }
        let (format, rest) = rest.split_first_chunk::<2>().ok_or(Unusable::Damaged)?;
        let format = u16::from_le_bytes(*format);
        if format != FORMAT {
            return Err(Unusable::Format(format));
        }
        let (length, rest) = rest.split_first_chunk::<8>().ok_or(Unusable::Damaged)?;
        let (sum, packed) = rest.split_first_chunk::<16>().ok_or(Unusable::Damaged)?;
        // Before anything of it is believed.
        if xxh3_128(packed) != u128::from_le_bytes(*sum) {
            return Err(Unusable::Damaged);
        }
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| Unusable::Damaged)?;
        let plain = zstd::bulk::decompress(packed, length).map_err(|_| Unusable::Damaged)?;
        postcard::from_bytes(&plain).map_err(|error| Unusable::Snapshot(error.to_string()))
    }

    pub(crate) fn rules(&self) -> Result<SavedRules, Unusable> {
        let rules = serde_json::from_str(&self.rules);
        rules.map_err(|error| Unusable::Snapshot(error.to_string()))
    }

    pub(crate) fn snapshots(&self) -> Result<Vec<Snapshot>, Unusable> {
        let shards = self.shards.iter().map(|shard| decode_snapshot(shard));
        let shards: Result<_, _> = shards.collect();
        shards.map_err(|error| Unusable::Snapshot(error.to_string()))
    }
}
