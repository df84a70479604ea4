//! The key of a stream: whose events are matched with one another.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smol_str::SmolStr;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::Value;

/// The values of a rule's key fields in one event.
///
/// Parts compare by type and value: `1` and `1.0` are equal, `"1"` is another.
/// The empty key is the one global key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(SmallVec<[KeyPart; 1]>);

/// One part, normalised so that equal keys are equal in memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum KeyPart {
    Bool(bool),
    Int(i64),
    /// The bits of a number that is not an integer of 64 bits.
    Float(u64),
    Text(SmolStr),
    /// There is no value; only in the key of a group ([`Key::of_group`]).
    Missing,
}

/// One part, borrowed from an event.
pub(crate) enum KeyPartRef<'a> {
    Bool(bool),
    Int(i64),
    Float(u64),
    Text(&'a str),
}

impl Key {
    /// The key of a stream without key fields.
    pub const GLOBAL: Self = Self(SmallVec::new_const());

    /// The key with these parts, or `None` if one of them is missing.
    pub fn from_values<'a>(parts: impl Iterator<Item = &'a Value>) -> Option<Self> {
        parts.map(|value| part(value).map(KeyPart::from)).collect::<Option<_>>().map(Self)
    }

    /// The key of a group with these values, of which some may be missing: a group of its own.
    pub fn of_group<'a>(parts: impl Iterator<Item = &'a Value>) -> Self {
        Self(parts.map(|value| part(value).map_or(KeyPart::Missing, KeyPart::from)).collect())
    }

    /// The hash of [`Key::of_group`], as [`Key::stable_hash`]; a missing part has the kind 5 and no bytes.
    ///
    /// Allocates nothing.
    pub fn stable_hash_of_group<'a>(parts: impl Iterator<Item = &'a Value>) -> u64 {
        parts.fold(0, |hash, value| match part(value) {
            Some(part) => part.hash_after(hash),
            None => missing_after(hash),
        })
    }

    /// Whether this is the key of the group of an event with these values.
    pub fn matches_group<'a>(&self, mut parts: impl Iterator<Item = &'a Value>) -> bool {
        let same = self.0.iter().all(|own| {
            parts.next().is_some_and(|other| match part(other) {
                Some(other) => own.is(&other),
                None => *own == KeyPart::Missing,
            })
        });
        same && parts.next().is_none()
    }

    /// How many bytes of memory it takes beside itself; of a long text that others share, all.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let parts = if self.0.spilled() { self.0.capacity() * size_of::<KeyPart>() } else { 0 };
        let text = |part: &KeyPart| match part {
            KeyPart::Text(text) if text.is_heap_allocated() => text.len() + 16,
            _ => 0,
        };
        parts + self.0.iter().map(text).sum::<usize>()
    }

    /// The parts as values, in the order of the key fields.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|part| match part {
            KeyPart::Bool(value) => Value::Bool(*value),
            KeyPart::Int(value) => Value::Int(*value),
            KeyPart::Float(bits) => Value::Float(f64::from_bits(*bits)),
            KeyPart::Text(text) => Value::Text(text.clone()),
            KeyPart::Missing => Value::Missing,
        })
    }

    /// Whether this is the key of an event with these values, without making a key of them.
    pub fn matches<'a>(&self, mut parts: impl Iterator<Item = &'a Value>) -> bool {
        let same = self
            .0
            .iter()
            .all(|own| parts.next().and_then(part).is_some_and(|other| own.is(&other)));
        same && parts.next().is_none()
    }

    /// The hash of the key with these parts, or `None` if one of them is missing.
    ///
    /// Agrees with [`Key::stable_hash`]; allocates nothing.
    pub fn stable_hash_of<'a>(parts: impl Iterator<Item = &'a Value>) -> Option<u64> {
        let mut hash = 0;
        for value in parts {
            hash = part(value)?.hash_after(hash);
        }
        Some(hash)
    }

    /// A hash of the key that is the same in every process and version: it says in which [`KeyGroup`](crate::KeyGroup) the key is.
    ///
    /// Part by part XXH3 with 64 bits; the seed is the hash of the parts before (0 before the first), exclusive-or
    /// a number for the kind of part: 1 bool (one byte), 2 integer (8 bytes, little end first), 3 other number (the bits
    /// of its double, likewise), 4 text (UTF-8). A double that is an integer of 64 bits counts as one.
    #[must_use]
    pub fn stable_hash(&self) -> u64 {
        self.0.iter().fold(0, |hash, own| {
            match own {
                KeyPart::Bool(value) => KeyPartRef::Bool(*value),
                KeyPart::Int(value) => KeyPartRef::Int(*value),
                KeyPart::Float(bits) => KeyPartRef::Float(*bits),
                KeyPart::Text(text) => KeyPartRef::Text(text),
                KeyPart::Missing => return missing_after(hash),
            }
            .hash_after(hash)
        })
    }
}

impl KeyPart {
    fn is(&self, other: &KeyPartRef<'_>) -> bool {
        match (self, other) {
            (Self::Bool(a), KeyPartRef::Bool(b)) => a == b,
            (Self::Int(a), KeyPartRef::Int(b)) => a == b,
            (Self::Float(a), KeyPartRef::Float(b)) => a == b,
            (Self::Text(a), KeyPartRef::Text(b)) => a == b,
            _ => false,
        }
    }
}

/// The hash of a key whose last part is missing.
fn missing_after(before: u64) -> u64 {
    xxh3_64_with_seed(&[], before ^ 5)
}

impl KeyPartRef<'_> {
    /// The hash of a key that ends in this part, and whose parts before have the hash `before`.
    fn hash_after(&self, before: u64) -> u64 {
        self.with_bytes(|bytes, kind| xxh3_64_with_seed(bytes, before ^ kind))
    }

    /// Calls `hash` with what is hashed of the part, and the number of its kind.
    #[inline]
    pub(crate) fn with_bytes<T>(&self, hash: impl FnOnce(&[u8], u64) -> T) -> T {
        match self {
            Self::Bool(value) => hash(&[u8::from(*value)], 1),
            Self::Int(value) => hash(&value.to_le_bytes(), 2),
            Self::Float(bits) => hash(&bits.to_le_bytes(), 3),
            Self::Text(text) => hash(text.as_bytes(), 4),
        }
    }
}

impl From<KeyPartRef<'_>> for KeyPart {
    fn from(part: KeyPartRef<'_>) -> Self {
        match part {
            KeyPartRef::Bool(value) => Self::Bool(value),
            KeyPartRef::Int(value) => Self::Int(value),
            KeyPartRef::Float(bits) => Self::Float(bits),
            KeyPartRef::Text(text) => Self::Text(SmolStr::new(text)),
        }
    }
}

/// The normalised part of a value; `None` if it is missing, or a list, which is no key.
pub(crate) fn part(value: &Value) -> Option<KeyPartRef<'_>> {
    Some(match value {
        Value::Missing | Value::List(_) => return None,
        Value::Bool(value) => KeyPartRef::Bool(*value),
        Value::Int(value) => KeyPartRef::Int(*value),
        Value::Float(value) => match integer(*value) {
            Some(integer) => KeyPartRef::Int(integer),
            None => KeyPartRef::Float(value.to_bits()),
        },
        Value::Text(text) => KeyPartRef::Text(text),
    })
}

/// The integer equal to `value`, if there is one of 64 bits.
fn integer(value: f64) -> Option<i64> {
    // 2^63 is the first double past the range; every double below it with no fraction is an i64 exactly.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be integral and in range"
        )]
        return Some(value as i64);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(values: &[Value]) -> u64 {
        let key = Key::from_values(values.iter()).unwrap();
        assert!(key.matches(values.iter()));
        assert_eq!(Key::stable_hash_of(values.iter()), Some(key.stable_hash()));
        key.stable_hash()
    }

    #[test]
    fn hashes_stay_what_they_are() {
        // Snapshots are cut by them: another number here is another snapshot format.
        let cases: [(&[Value], u64); 7] = [
            (&[], 0),
            (&[1.into()], 0x40ec_3339_838d_6d11),
            (&["u1".into()], 0x6d97_820f_1423_d5e3),
            (&[true.into()], 0x0e08_a51c_8536_156c),
            (&[1.5.into()], 0x70e9_4629_6b91_9ba9),
            (&["u1".into(), 7.into()], 0x9e69_d545_504d_3de4),
            (&[7.into(), "u1".into()], 0xba37_3a3f_2dd0_3928),
        ];
        for (values, expected) in cases {
            assert_eq!(hash(values), expected, "{values:?}: {:#018x}", hash(values));
        }
    }

    #[test]
    fn equal_numbers_are_one_key_and_text_is_another() {
        assert_eq!(hash(&[1.into()]), hash(&[1.0.into()]));
        assert_eq!(
            Key::from_values([Value::from(1), Value::from(-0.0)].iter()),
            Key::from_values([Value::from(1.0), Value::from(0)].iter())
        );
        assert_ne!(
            Key::from_values([Value::from("1")].iter()),
            Key::from_values([Value::from(1)].iter())
        );
        hash(&["a".into(), 1.5.into(), true.into()]);
    }

    #[test]
    fn a_missing_part_is_a_group_of_its_own() {
        let values = [Value::Missing, Value::from("")];
        let key = Key::of_group(values.iter());
        assert!(key.matches_group(values.iter()));
        assert!(!key.matches_group([Value::from(""), Value::from("")].iter()));
        assert!(!key.matches_group(values.iter().take(1)));
        assert_eq!(Key::stable_hash_of_group(values.iter()), key.stable_hash());
        assert!(key.values().eq(values.iter().cloned()));
        // Groups without missing parts are keys like others.
        let whole = [Value::from(1), Value::from("u1")];
        assert_eq!(Some(Key::of_group(whole.iter())), Key::from_values(whole.iter()));
        assert_eq!(
            Some(Key::stable_hash_of_group(whole.iter())),
            Key::stable_hash_of(whole.iter())
        );
    }

    #[test]
    fn a_missing_part_gives_no_key() {
        assert_eq!(Key::from_values([Value::from(1), Value::Missing].iter()), None);
        assert!(Key::from_values([].iter()).is_some(), "no key fields: one global key");
    }
}
