//! What tells one event from another, as producers see it.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

use crate::Value;
use crate::key::part;

/// The identity of an event, by a field of its own or by all of its bytes: a hash of 128 bits, so that two events are
/// taken for one with no chance worth naming.
///
/// It is the same in every process and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventId {
    high: u64,
    low: u64,
}

impl EventId {
    /// The identity that a field gives, or `None` if it is missing or a list.
    ///
    /// XXH3 with 128 bits of the value as [`Key::stable_hash`](crate::Key::stable_hash) takes it, the kind as seed. So it
    /// is by type and value: `1` and `1.0` are one, `"1"` is another.
    #[must_use]
    pub fn of_value(value: &Value) -> Option<Self> {
        let hash = part(value)?.with_bytes(xxh3_128_with_seed);
        Some(Self::new(hash))
    }

    /// The identity of an event that is the same byte for byte, and no other: XXH3 with 128 bits, seed 0.
    #[must_use]
    pub fn of_payload(payload: &[u8]) -> Self {
        Self::new(xxh3_128(payload))
    }

    #[expect(clippy::cast_possible_truncation, reason = "cut in two")]
    const fn new(hash: u128) -> Self {
        Self { high: (hash >> 64) as u64, low: hash as u64 }
    }

    /// Evenly spread bits of it, to find it in a table.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_what_they_are() {
        // Checkpoints hold them: another number here is another format.
        let check = |id: EventId, expected: (u64, u64)| {
            assert_eq!((id.high, id.low), expected, "{:#018x}, {:#018x}", id.high, id.low);
        };
        let of = |value: Value| EventId::of_value(&value).unwrap();
        check(of(1.into()), (0xe732_2584_5518_5f1f, 0x5b15_82d6_aed2_2b5d));
        check(of("o-1".into()), (0x4ce4_10ee_1a5a_6720, 0xcc3c_7838_1a72_9ab7));
        check(of(true.into()), (0xfe49_0fac_733b_06c1, 0x0e08_a51c_8536_156c));
        check(of(1.5.into()), (0xc293_a8bb_8fa5_bcd1, 0xfdc8_dbc7_d058_cd2e));
        check(EventId::of_payload(b"{}"), (0xdc70_48f8_f874_7f56, 0x1349_cde1_2770_5c16));
    }

    #[test]
    fn equal_numbers_are_one_id_and_text_is_another() {
        let of = |value: Value| EventId::of_value(&value);
        assert_eq!(of(7.into()), of(7.0.into()));
        assert_ne!(of(7.into()), of("7".into()));
        assert_ne!(of(1.into()), of(true.into()));
        assert_eq!(of(Value::Missing), None);
        assert_ne!(EventId::of_payload(b"a"), EventId::of_payload(b"a "));
    }
}
