//! What is kept of the events of a group and a span of time, for each aggregate.

use hashbrown::HashSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;
use tripline_event::{Event, Key, Timestamp, Value};

use super::plan::{Aggregate, Function};
use super::sketch::{DistinctSketch, PercentileSketch};
use super::{memory, value};

/// One for each aggregate of the plan.
pub(crate) type Accs = SmallVec<[Acc; 1]>;

/// What one aggregate keeps. Two of neighbouring spans can be put together, the earlier one first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Acc {
    Count(u64),
    /// Of SUM and AVG.
    Sum(Box<Sum>),
    Min(Value),
    Max(Value),
    /// With the time of the event.
    First(Option<Box<(Timestamp, Value)>>),
    Last(Option<Box<(Timestamp, Value)>>),
    Distinct(Box<Members>),
    ApproximateDistinct(Box<DistinctSketch>),
    Percentile(Box<PercentileSketch>),
}

/// A sum of integers, exact, and of doubles beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sum {
    ints: i128,
    floats: f64,
    has_float: bool,
    present: u64,
}

/// Different values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Members(pub(super) HashSet<Key, foldhash::fast::FixedState>);

impl Acc {
    pub(super) fn new(function: Function) -> Self {
        match function {
            Function::Count => Self::Count(0),
            Function::Sum | Function::Avg => Self::Sum(Box::default()),
            Function::Min => Self::Min(Value::Missing),
            Function::Max => Self::Max(Value::Missing),
            Function::First => Self::First(None),
            Function::Last => Self::Last(None),
            Function::Distinct => Self::Distinct(Box::default()),
            Function::ApproximateDistinct => Self::ApproximateDistinct(Box::default()),
            Function::Percentile(_) => Self::Percentile(Box::default()),
        }
    }

    /// Adds an event; whether a member came to an exact set.
    pub(super) fn add(&mut self, aggregate: &Aggregate, event: &Event<'_>) -> bool {
        const MISSING: &Value = &Value::Missing;
        let value = aggregate.field.map_or(MISSING, |field| event.value(field));
        if aggregate.field.is_some() && value.is_missing() {
            return false;
        }
        match self {
            Self::Count(count) => *count += 1,
            Self::Sum(sum) => sum.add(value),
            Self::Min(least) => {
                if is_number(value) && (least.is_missing() || value::compare(value, least).is_lt())
                {
                    least.clone_from(value);
                }
            }
            Self::Max(most) => {
                if is_number(value) && (most.is_missing() || value::compare(value, most).is_gt()) {
                    most.clone_from(value);
                }
            }
            Self::First(first) => {
                if first.as_ref().is_none_or(|first| event.time < first.0) {
                    *first = Some(Box::new((event.time, value.clone())));
                }
            }
            Self::Last(last) => match last {
                Some(last) if event.time >= last.0 => **last = (event.time, value.clone()),
                Some(_) => {}
                None => *last = Some(Box::new((event.time, value.clone()))),
            },
            Self::Distinct(members) => {
                if let Some(member) = Key::from_values(std::iter::once(value)) {
                    return members.0.insert(member);
                }
            }
            Self::ApproximateDistinct(sketch) => sketch.add(value),
            Self::Percentile(sketch) => {
                if let Some(number) = as_double(value) {
                    sketch.add(number);
                }
            }
        }
        false
    }

    /// Adds what came after.
    pub(super) fn merge(&mut self, later: &Self) {
        match (self, later) {
            (Self::Count(own), Self::Count(other)) => *own += other,
            (Self::Sum(own), Self::Sum(other)) => own.merge(other),
            (Self::Min(own), Self::Min(other))
                if own.is_missing()
                    || (!other.is_missing() && value::compare(other, own).is_lt()) =>
            {
                own.clone_from(other);
            }
            (Self::Max(own), Self::Max(other)) if value::compare(other, own).is_gt() => {
                own.clone_from(other);
            }
            (Self::First(own), Self::First(other)) => {
                let earlier =
                    |own: &(Timestamp, Value), other: &(Timestamp, Value)| other.0 < own.0;
                if let Some(other) = other
                    && own.as_ref().is_none_or(|own| earlier(own, other))
                {
                    *own = Some(other.clone());
                }
            }
            (Self::Last(own), Self::Last(other)) => {
                if let Some(other) = other
                    && own.as_ref().is_none_or(|own| other.0 >= own.0)
                {
                    *own = Some(other.clone());
                }
            }
            (Self::Distinct(own), Self::Distinct(other)) => {
                own.0.extend(other.0.iter().cloned());
            }
            (Self::ApproximateDistinct(own), Self::ApproximateDistinct(other)) => own.merge(other),
            (Self::Percentile(own), Self::Percentile(other)) => own.merge(other),
            // Nothing changes; all spans of a group have the accumulators of one plan.
            _ => {}
        }
    }

    pub(super) fn value(&self, function: Function) -> Value {
        match self {
            Self::Count(count) => Value::Int(i64::try_from(*count).unwrap_or(i64::MAX)),
            Self::Sum(sum) if function == Function::Avg => sum.average(),
            Self::Sum(sum) => sum.total(),
            Self::Min(value) | Self::Max(value) => value.clone(),
            Self::First(value) | Self::Last(value) => {
                value.as_ref().map_or(Value::Missing, |value| value.1.clone())
            }
            Self::Distinct(members) => count_of(members.0.len()),
            Self::ApproximateDistinct(sketch) => Value::Int(sketch.estimate()),
            Self::Percentile(sketch) => match function {
                Function::Percentile(share) => sketch.quantile(share),
                _ => Value::Missing,
            },
        }
    }

    /// About how many bytes it takes beside itself.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Count(_) => 0,
            Self::Sum(_) => memory::block(size_of::<Sum>()),
            Self::Min(value) | Self::Max(value) => memory::value(value),
            Self::First(None) | Self::Last(None) => 0,
            Self::First(Some(value)) | Self::Last(Some(value)) => {
                memory::block(size_of::<(Timestamp, Value)>()) + memory::value(&value.1)
            }
            Self::Distinct(members) => {
                memory::block(size_of::<Members>()) + memory::members(&members.0)
            }
            Self::ApproximateDistinct(sketch) => {
                memory::block(size_of::<DistinctSketch>()) + memory::block(sketch.heap_bytes())
            }
            Self::Percentile(sketch) => {
                memory::block(size_of::<PercentileSketch>()) + memory::block(sketch.heap_bytes())
            }
        }
    }

    /// How many members an exact set has.
    pub(super) fn members(&self) -> usize {
        match self {
            Self::Distinct(members) => members.0.len(),
            _ => 0,
        }
    }
}

pub(super) fn count_of(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

const fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

#[expect(clippy::cast_precision_loss, reason = "a sketch works with doubles")]
const fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

impl Sum {
    fn add(&mut self, value: &Value) {
        match value {
            // The sum of 2^64 integers of 64 bits has 128.
            Value::Int(value) => self.ints = self.ints.wrapping_add(i128::from(*value)),
            Value::Float(value) => {
                self.floats += value;
                self.has_float = true;
            }
            _ => return,
        }
        self.present += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.ints = self.ints.wrapping_add(other.ints);
        self.floats += other.floats;
        self.has_float |= other.has_float;
        self.present += other.present;
    }

    #[expect(clippy::cast_precision_loss, reason = "a sum with doubles in it is one")]
    fn total(&self) -> Value {
        if self.present == 0 {
            return Value::Missing;
        }
        if self.has_float {
            return Value::Float(self.ints as f64 + self.floats);
        }
        i64::try_from(self.ints).map_or_else(|_| Value::Float(self.ints as f64), Value::Int)
    }

    #[expect(clippy::cast_precision_loss, reason = "an average is a double")]
    fn average(&self) -> Value {
        if self.present == 0 {
            return Value::Missing;
        }
        Value::Float(if self.has_float {
            (self.ints as f64 + self.floats) / self.present as f64
        } else {
            value::ratio(self.ints, self.present)
        })
    }
}

impl Serialize for Members {
    /// In order, so that equal states are equal bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members: Vec<&Key> = self.0.iter().collect();
        members.sort_unstable();
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Vec::<Key>::deserialize(deserializer)?.into_iter().collect()))
    }
}

/// New accumulators.
pub(super) fn new_accs(aggregates: &[Aggregate]) -> Accs {
    aggregates.iter().map(|aggregate| Acc::new(aggregate.function)).collect()
}

/// Adds what came after.
pub(super) fn merge_accs(own: &mut Accs, later: &Accs) {
    for (own, later) in own.iter_mut().zip(later) {
        own.merge(later);
    }
}
