//! Snapshots as bytes.

use thiserror::Error;
use tripline_engine::Snapshot;

/// The version of the bytes; one that a build does not know is refused, never guessed at.
pub const SNAPSHOT_FORMAT: u16 = 3;

/// The one before: it has no sets, which stand last.
const WITHOUT_SETS: u16 = 2;

/// The first: it has no aggregates either, which stand before them.
const WITHOUT_AGGREGATES: u16 = 1;

/// Why bytes are not a snapshot.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Written by another version of Tripline.
    #[error("the snapshot has format {found}, this build reads format {SNAPSHOT_FORMAT}")]
    Format {
        /// The version found.
        found: u16,
    },
    /// Cut short or changed.
    #[error("the snapshot cannot be read")]
    Corrupt(#[source] postcard::Error),
}

/// The snapshot as bytes, its format first.
///
/// # Errors
/// None are known; the encoder's interface has them.
pub fn encode_snapshot(snapshot: &Snapshot) -> Result<Vec<u8>, SnapshotError> {
    let bytes = SNAPSHOT_FORMAT.to_le_bytes().to_vec();
    postcard::to_extend(snapshot, bytes).map_err(SnapshotError::Corrupt)
}

/// The snapshot that [`encode_snapshot`] wrote.
///
/// # Errors
/// [`SnapshotError`].
pub fn decode_snapshot(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    let (format, rest) = bytes
        .split_first_chunk::<2>()
        .ok_or(SnapshotError::Corrupt(postcard::Error::DeserializeUnexpectedEnd))?;
    let found = u16::from_le_bytes(*format);
    // Empty lists.
    let lacking: &[u8] = match found {
        WITHOUT_AGGREGATES => &[0, 0],
        WITHOUT_SETS => &[0],
        _ => &[],
    };
    if !lacking.is_empty() {
        return postcard::from_bytes(&[rest, lacking].concat()).map_err(SnapshotError::Corrupt);
    }
    if found != SNAPSHOT_FORMAT {
        return Err(SnapshotError::Format { found });
    }
    postcard::from_bytes(rest).map_err(SnapshotError::Corrupt)
}
