//! The key of a stream: whose events are matched with one another.

use std::hash::{BuildHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smol_str::SmolStr;

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
}

/// One part, borrowed from an event.
#[derive(PartialEq, Eq, Hash)]
enum KeyPartRef<'a> {
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

    /// The parts as values, in the order of the key fields.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|part| match part {
            KeyPart::Bool(value) => Value::Bool(*value),
            KeyPart::Int(value) => Value::Int(*value),
            KeyPart::Float(bits) => Value::Float(f64::from_bits(*bits)),
            KeyPart::Text(text) => Value::Text(text.clone()),
        })
    }

    /// Whether this is the key of an event with these values, without making a key of them.
    pub fn matches<'a>(&self, mut parts: impl Iterator<Item = &'a Value>) -> bool {
        let same = self.0.iter().all(|own| {
            parts.next().and_then(part).is_some_and(|other| match (own, other) {
                (KeyPart::Bool(a), KeyPartRef::Bool(b)) => *a == b,
                (KeyPart::Int(a), KeyPartRef::Int(b)) => *a == b,
                (KeyPart::Float(a), KeyPartRef::Float(b)) => *a == b,
                (KeyPart::Text(a), KeyPartRef::Text(b)) => a == b,
                _ => false,
            })
        });
        same && parts.next().is_none()
    }

    /// The hash of the key with these parts, or `None` if one of them is missing.
    ///
    /// Agrees with [`Key::hash_with`]; allocates nothing.
    pub fn hash_values<'a>(
        parts: impl Iterator<Item = &'a Value>,
        hasher: &impl BuildHasher,
    ) -> Option<u64> {
        let mut state = hasher.build_hasher();
        for value in parts {
            part(value)?.hash(&mut state);
        }
        Some(state.finish())
    }

    /// The hash of this key.
    pub fn hash_with(&self, hasher: &impl BuildHasher) -> u64 {
        let mut state = hasher.build_hasher();
        for own in &self.0 {
            match own {
                KeyPart::Bool(value) => KeyPartRef::Bool(*value),
                KeyPart::Int(value) => KeyPartRef::Int(*value),
                KeyPart::Float(bits) => KeyPartRef::Float(*bits),
                KeyPart::Text(text) => KeyPartRef::Text(text),
            }
            .hash(&mut state);
        }
        state.finish()
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
fn part(value: &Value) -> Option<KeyPartRef<'_>> {
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
        let state = foldhash::fast::FixedState::with_seed(1);
        let key = Key::from_values(values.iter()).unwrap();
        assert!(key.matches(values.iter()));
        assert_eq!(Key::hash_values(values.iter(), &state), Some(key.hash_with(&state)));
        key.hash_with(&state)
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
    fn a_missing_part_gives_no_key() {
        assert_eq!(Key::from_values([Value::from(1), Value::Missing].iter()), None);
        assert!(Key::from_values([].iter()).is_some(), "no key fields: one global key");
    }
}
