//! Sketches: Apache DataSketches, deterministic, of bounded size, and as bytes in a snapshot.

use datasketches::hll::{HllSketch, HllType, HllUnion};
use datasketches::tdigest::TDigestMut;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tripline_event::{Key, Value};

/// 2^14 registers of a byte: a standard error of 0.8 percent, and below 2,000 values nearly none.
const DISTINCT_LG_K: u8 = 14;
/// The compression of a t-digest: about so many centroids.
const PERCENTILE_K: u16 = 200;

/// About how many different values came.
#[derive(Clone, Debug, Default)]
pub(crate) struct DistinctSketch(Option<HllSketch>);

impl DistinctSketch {
    pub(super) fn add(&mut self, value: &Value) {
        let Some(hash) = Key::stable_hash_of(std::iter::once(value)) else { return };
        if self.0.is_none() {
            self.0 = HllSketch::new(DISTINCT_LG_K, HllType::Hll8).ok();
        }
        if let Some(sketch) = &mut self.0 {
            sketch.update(hash);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let Some(theirs) = &other.0 else { return };
        let Some(own) = &self.0 else {
            self.0 = Some(theirs.clone());
            return;
        };
        if let Ok(mut union) = HllUnion::new(DISTINCT_LG_K) {
            union.update(own);
            union.update(theirs);
            self.0 = Some(union.to_sketch(HllType::Hll8));
        }
    }

    /// About how many bytes it takes beside itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, HllSketch::estimated_size)
    }

    pub(super) fn estimate(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        self.0.as_ref().map_or(0, |sketch| sketch.estimate().round() as i64)
    }
}

/// About how numbers are spread.
#[derive(Clone, Debug, Default)]
pub(crate) struct PercentileSketch(Option<TDigestMut>);

impl PercentileSketch {
    pub(super) fn add(&mut self, number: f64) {
        if !number.is_finite() {
            return;
        }
        if self.0.is_none() {
            self.0 = TDigestMut::new(PERCENTILE_K).ok();
        }
        if let Some(sketch) = &mut self.0 {
            sketch.update(number);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Some(own), Some(theirs)) => own.merge(theirs),
            (own @ None, Some(theirs)) => *own = Some(theirs.clone()),
            (_, None) => {}
        }
    }

    /// About how many bytes it takes beside itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, TDigestMut::estimated_size)
    }

    /// The number that `share` of all do not exceed.
    pub(super) fn quantile(&self, share: f64) -> Value {
        let sketch = self.0.clone();
        let found = sketch.and_then(|mut sketch| sketch.quantile(share).ok().flatten());
        found.map_or(Value::Missing, Value::Float)
    }
}

/// What is kept of a sketch.
trait Bytes: Sized {
    fn bytes(&self) -> Option<Vec<u8>>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Bytes for DistinctSketch {
    fn bytes(&self) -> Option<Vec<u8>> {
        self.0.as_ref().map(HllSketch::serialize)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        HllSketch::deserialize(bytes).ok().map(|sketch| Self(Some(sketch)))
    }
}

impl Bytes for PercentileSketch {
    fn bytes(&self) -> Option<Vec<u8>> {
        self.0.clone().map(|mut sketch| sketch.serialize())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        TDigestMut::deserialize(bytes).ok().map(|sketch| Self(Some(sketch)))
    }
}

macro_rules! as_bytes {
    ($sketch:ty) => {
        impl PartialEq for $sketch {
            fn eq(&self, other: &Self) -> bool {
                self.bytes() == other.bytes()
            }
        }

        impl Serialize for $sketch {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.bytes().serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $sketch {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match Option::<Vec<u8>>::deserialize(deserializer)? {
                    None => Ok(Self::default()),
                    Some(bytes) => Self::from_bytes(&bytes)
                        .ok_or_else(|| D::Error::custom("not the bytes of a sketch")),
                }
            }
        }
    };
}

as_bytes!(DistinctSketch);
as_bytes!(PercentileSketch);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_is_within_its_error_and_survives_as_bytes() {
        const VALUES: i64 = 10_000_000;
        let (mut one, mut other) = (DistinctSketch::default(), DistinctSketch::default());
        for value in 0..VALUES {
            if value % 2 == 0 { &mut one } else { &mut other }.add(&Value::Int(value));
        }
        one.merge(&other);
        one = DistinctSketch::from_bytes(&one.bytes().unwrap()).unwrap();
        // Three standard errors.
        assert!((one.estimate() - VALUES).abs() < VALUES * 24 / 1000, "{}", one.estimate());
        let mut few = DistinctSketch::default();
        (0..1_000).for_each(|value| few.add(&Value::Int(value % 500)));
        assert_eq!(few.estimate(), 500);
    }

    #[test]
    fn percentiles_are_near() {
        let mut sketch = PercentileSketch::default();
        (1..=10_000).for_each(|value| sketch.add(f64::from(value)));
        let Value::Float(found) = sketch.quantile(0.95) else { panic!("no value") };
        assert!((found - 9_500.0).abs() < 50.0, "{found}");
        assert_eq!(PercentileSketch::default().quantile(0.5), Value::Missing);
    }
}
