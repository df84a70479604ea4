//! Numbers and how groups are put in order.

use std::cmp::Ordering;

use tripline_event::{Key, Value};

/// The greatest common divisor of two lengths above zero.
pub(super) fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The multiple of `step` at or before `value`.
pub(super) const fn floor(value: i64, step: i64) -> i64 {
    value.saturating_sub(value.rem_euclid(step))
}

/// The multiple of `step` at or after `value`.
pub(super) const fn ceil(value: i64, step: i64) -> i64 {
    let rest = value.rem_euclid(step);
    if rest == 0 { value } else { value.saturating_add(step - rest) }
}

/// The order of values: missing, boolean, numbers by value, texts by code point.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Int(a), Value::Float(b)) => compare_mixed(*a, *b),
        (Value::Float(a), Value::Int(b)) => compare_mixed(*b, *a).reverse(),
        (Value::Text(a), Value::Text(b)) => a.as_str().cmp(b.as_str()),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// An integer beside a double, exactly.
fn compare_mixed(int: i64, float: f64) -> Ordering {
    // 2^63; every double between has an integer part of 64 bits.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float >= LIMIT || float.is_nan() {
        return Ordering::Less;
    }
    if float < -LIMIT {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    let whole = float.trunc() as i64;
    int.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(float.fract() + 0.0)))
}

const fn rank(value: &Value) -> u8 {
    match value {
        Value::Missing | Value::List(_) => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) => 2,
        Value::Text(_) => 3,
    }
}

/// The order of groups: field by field.
pub(super) fn compare_groups(a: &Key, b: &Key) -> Ordering {
    let pairs = a.values().zip(b.values());
    pairs.map(|(a, b)| compare(&a, &b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// `sum / count` rounded once.
#[expect(clippy::cast_precision_loss, reason = "this is where it is rounded")]
pub(super) fn ratio(sum: i128, count: u64) -> f64 {
    const EXACT: u128 = 1 << 53;
    let size = sum.unsigned_abs();
    if size < EXACT && u128::from(count) < EXACT {
        return sum as f64 / count as f64;
    }
    // So many bits that rounding them is rounding the quotient: what is left over only says that it is not a tie.
    let shift = size.leading_zeros();
    let divisor = u128::from(count.max(1));
    let quotient = (size << shift) / divisor;
    let sticky = u128::from(!(size << shift).is_multiple_of(divisor));
    let rounded = (quotient | sticky) as f64 * 0.5_f64.powi(i32::try_from(shift).unwrap_or(0));
    if sum < 0 { -rounded } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_rounded_once() {
        assert_eq!(ratio(7, 2).to_bits(), 3.5_f64.to_bits());
        assert_eq!(ratio(-10, 4).to_bits(), (-2.5_f64).to_bits());
        // 2^53 + 1 is no double: rounded before the division it would be 2^53.
        let odd = (1_i128 << 53) + 1;
        assert_eq!(ratio(odd * 3, 3).to_bits(), ((1_u64 << 53) as f64).to_bits());
        assert_eq!(ratio(odd * 2, 4).to_bits(), 4_503_599_627_370_496.5_f64.to_bits());
        assert_eq!(ratio(i128::from(i64::MIN) * 4, 4).to_bits(), (i64::MIN as f64).to_bits());
    }

    #[test]
    fn values_have_one_order() {
        let order = [
            Value::Missing,
            Value::Bool(false),
            Value::Float(-1e300),
            Value::Int(-3),
            Value::Float(-2.5),
            Value::Int(-2),
            Value::Int(2),
            Value::Float(2.5),
            Value::Int(i64::MAX),
            Value::Float(1e300),
            Value::from(""),
            Value::from("a"),
        ];
        for (at, a) in order.iter().enumerate() {
            for (other, b) in order.iter().enumerate() {
                assert_eq!(compare(a, b), at.cmp(&other), "{a} {b}");
            }
        }
        assert_eq!(compare(&Value::Int(2), &Value::Float(2.0)), Ordering::Equal);
        assert_eq!(compare(&Value::Int(0), &Value::Float(-0.0)), Ordering::Equal);
    }

    #[test]
    fn multiples_before_1970() {
        assert_eq!((floor(-1, 10), ceil(-1, 10), floor(-10, 10), ceil(5, 10)), (-10, 0, -10, 10));
    }
}
