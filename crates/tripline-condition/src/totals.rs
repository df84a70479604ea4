//! What the numbers in a field come to, kept as events are added.

use tripline_event::Value;

use crate::expression::{add, is_at_least, quotient};

/// What the numbers in a field of some events come to; what is no number is left out.
///
/// For those who implement [`MatchedEvents`](crate::MatchedEvents) with running values.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// `Int(0)` over nothing; an integer while all numbers are integers.
    pub sum: Value,
    /// How many numbers there are.
    pub count: u64,
    /// The smallest; missing over nothing.
    pub min: Value,
    /// The largest; missing over nothing.
    pub max: Value,
}

impl Default for Totals {
    fn default() -> Self {
        Self { sum: Value::Int(0), count: 0, min: Value::Missing, max: Value::Missing }
    }
}

impl Totals {
    /// Takes in the value of one event more, as `+` adds (L-EXPR-8, L-EXPR-25).
    pub fn add(&mut self, value: &Value) {
        // What is no number cannot be added.
        let Some(sum) = add(&self.sum, value) else { return };
        self.sum = sum;
        self.count += 1;
        // Of equal numbers the last stays, as it did when events were walked from the newest on.
        if self.min.is_missing() || is_at_least(&self.min, value) {
            self.min = value.clone();
        }
        if self.max.is_missing() || is_at_least(value, &self.max) {
            self.max = value.clone();
        }
    }

    /// The sum by the number, as `/` divides doubles; missing over nothing.
    #[must_use]
    pub fn average(&self) -> Value {
        quotient(&self.sum, self.count)
    }
}

#[cfg(test)]
mod tests {
    use tripline_event::Value::{self, Float, Int, Missing};

    use super::Totals;

    #[test]
    fn comes_to_what_the_numbers_are() {
        let check = |values: &[Value], sum: Value, count: u64, min: Value, max: Value, average| {
            let mut totals = Totals::default();
            values.iter().for_each(|value| totals.add(value));
            assert_eq!(totals.average(), average, "{values:?}");
            assert_eq!(totals, Totals { sum, count, min, max }, "{values:?}");
        };
        check(&[], Int(0), 0, Missing, Missing, Missing);
        check(&[Int(3), Int(-1), Int(5)], Int(7), 3, Int(-1), Int(5), Float(7.0 / 3.0));
        check(&[Float(0.1), Float(0.2)], Float(0.3), 2, Float(0.1), Float(0.2), Float(0.15));
        check(
            &[Missing, Value::from("9"), Int(2), Value::Bool(true)],
            Int(2),
            1,
            Int(2),
            Int(2),
            Float(2.0),
        );
        check(&[Int(1), Float(1.0)], Float(2.0), 2, Float(1.0), Float(1.0), Float(1.0));
        check(
            &[Float(1.5), Int(1), Float(1.0)],
            Float(3.5),
            3,
            Float(1.0),
            Float(1.5),
            Float(3.5 / 3.0),
        );
    }
}
