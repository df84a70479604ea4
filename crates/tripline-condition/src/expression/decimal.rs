//! Arithmetic on doubles as people do it with amounts: `0.1 + 0.2` is `0.3`.
//!
//! A double stands for the shortest decimal that is read as it. Where both operands are decimals of at most
//! [`MAX_DIGITS`] digits, and the exact result has few enough too, the result is the double nearest to the exact
//! result of the decimals; everywhere else it is that of IEEE 754.
//! Whole cents, and rates with a few decimals, so never drift.

/// A decimal of so many digits is the only one of so many that is read as its double.
const MAX_DIGITS: usize = 15;

/// Integers below this are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Decimals below this have at most [`MAX_DIGITS`] digits.
const LIMIT: f64 = 1e15;

/// A double of this size has no room for a fraction: adding and taking it away rounds what is below [`LIMIT`].
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Powers of ten; all of them exact in a double.
const POWERS: [f64; MAX_DIGITS + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// `mantissa / POWERS[scale]`, with an integer below [`LIMIT`].
#[derive(Clone, Copy)]
struct Decimal {
    mantissa: f64,
    scale: usize,
}

impl Decimal {
    /// The decimal that `value` stands for, if it is short.
    #[inline]
    fn of(value: f64) -> Option<Self> {
        for (scale, power) in POWERS.iter().enumerate() {
            let scaled = value * power;
            if scaled.abs() >= LIMIT {
                return None;
            }
            let mantissa = (scaled + ROUNDER) - ROUNDER;
            if scale == 0 && mantissa == value {
                return Some(Self { mantissa, scale });
            }
            // Both are exact, so the quotient is the double nearest to the decimal.
            if mantissa / power == value {
                return Some(Self { mantissa, scale });
            }
        }
        None
    }

    /// The mantissa at a larger scale, if it is still exact.
    fn at(self, scale: usize) -> Option<f64> {
        let power = POWERS.get(scale.checked_sub(self.scale)?)?;
        exact(self.mantissa * power)
    }

    /// Both mantissas at one scale.
    fn aligned(self, other: Self) -> Option<(f64, f64, usize)> {
        let scale = self.scale.max(other.scale);
        Some((self.at(scale)?, other.at(scale)?, scale))
    }
}

fn exact(value: f64) -> Option<f64> {
    (value.abs() < EXACT).then_some(value)
}

fn decimals(left: f64, right: f64) -> Option<(Decimal, Decimal)> {
    // An operand of zero is exact already, and keeps its sign.
    if left == 0.0 || right == 0.0 {
        return None;
    }
    Some((Decimal::of(left)?, Decimal::of(right)?))
}

/// `left + right`; the difference is the sum with the negative.
pub(super) fn add(left: f64, right: f64) -> f64 {
    let plain = left + right;
    let decimal = || {
        let (left, right) = decimals(left, right)?;
        let (left, right, scale) = left.aligned(right)?;
        Some(exact(left + right)? / POWERS.get(scale)?)
    };
    if plain == 0.0 || !plain.is_finite() { plain } else { decimal().unwrap_or(plain) }
}

/// `left * right`.
pub(crate) fn multiply(left: f64, right: f64) -> f64 {
    let decimal = || {
        let (left, right) = decimals(left, right)?;
        // Beyond the table a quotient of powers of ten would be rounded twice.
        Some(exact(left.mantissa * right.mantissa)? / POWERS.get(left.scale + right.scale)?)
    };
    decimal().unwrap_or(left * right)
}

/// `left / right`.
pub(super) fn divide(left: f64, right: f64) -> f64 {
    let decimal = || {
        let (left, right) = decimals(left, right)?;
        let (left, right, _) = left.aligned(right)?;
        Some(left / right)
    };
    decimal().unwrap_or(left / right)
}

/// `left % right`, with the sign of `left`.
pub(super) fn remainder(left: f64, right: f64) -> f64 {
    let decimal = || {
        let (left, right) = decimals(left, right)?;
        let (left, right, scale) = left.aligned(right)?;
        Some(left % right / POWERS.get(scale)?)
    };
    decimal().unwrap_or(left % right)
}

/// `value` with `digits` decimals, half away from zero.
pub(super) fn round(value: f64, digits: usize) -> f64 {
    let Some(power) = POWERS.get(digits) else { return value };
    let Some(decimal) = Decimal::of(value) else {
        return exact(value * power).map_or(value, |scaled| scaled.round() / power);
    };
    let Some(dropped) = decimal.scale.checked_sub(digits) else { return value };
    let Some(unit) = POWERS.get(dropped) else { return value };
    // A quotient of two exact integers: a half is a half.
    (decimal.mantissa / unit).round() / power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{add, divide, multiply, remainder, round};
    #[test]
    fn as_on_paper() {
        let check = |found: f64, expected: f64| assert_eq!(found.to_bits(), expected.to_bits());
        check(add(0.1, 0.2), 0.3);
        check(add(0.3, -0.1), 0.2);
        check(add(1.1, 2.2), 3.3);
        check(add(-0.1, -0.2), -0.3);
        check(add(19.99, 0.01), 20.0);
        check(add(1e15, 0.1), 1e15 + 0.1);
        check(add(1e300, 1e-300), 1e300);
        check(add(0.0, -0.0), 0.0);
        check(add(f64::MAX, f64::MAX), f64::INFINITY);
        check(multiply(1.1, 1.1), 1.21);
        check(multiply(19.99, 3.0), 59.97);
        check(multiply(0.1, 3.0), 0.3);
        check(multiply(-0.0, 3.0), -0.0);
        check(divide(0.3, 0.1), 3.0);
        check(divide(59.97, 3.0), 19.99);
        check(divide(1.0, 0.0), f64::INFINITY);
        check(remainder(5.3, 0.1), 0.0);
        check(remainder(-7.5, 2.0), -1.5);
        check(round(2.675, 2), 2.68);
        check(round(1.005, 2), 1.01);
        check(round(-2.5, 0), -3.0);
        check(round(1234.5, 9), 1234.5);
        check(round(1.0 / 3.0, 0), 0.0);
        check(round(2.0 / 3.0, 2), 0.67);
        assert!(divide(0.0, 0.0).is_nan());
    }

    /// Sums of cents never drift.
    #[test]
    fn a_hundred_thousand_cents() {
        let mut sum = 0.0;
        for _ in 0..100_000 {
            sum = add(sum, 0.01);
        }
        assert_eq!(sum, 1000.0);
    }
    proptest! {
        /// Against integers: of hundredths, and of what comes out of them.
        #[test]
        fn amounts_agree_with_whole_cents(a in -99_999_999..99_999_999_i64, b in -99_999_999..99_999_999_i64) {
            let (x, y) = (a as f64 / 100.0, b as f64 / 100.0);
            prop_assert_eq!(add(x, y), (a + b) as f64 / 100.0);
            prop_assert_eq!(add(x, -y), (a - b) as f64 / 100.0);
            let product = a * b;
            if product.abs() < 1 << 53 {
                prop_assert_eq!(multiply(x, y), product as f64 / 10_000.0);
            }
            if b != 0 {
                prop_assert_eq!(divide(x, y), a as f64 / b as f64);
                prop_assert_eq!(remainder(x, y), (a % b) as f64 / 100.0);
            }
            let tens = (a.abs() + 5) / 10 * a.signum();
            prop_assert_eq!(round(x, 1), tens as f64 / 10.0);
        }

        /// Never far from what the machine does, and never a panic.
        #[test]
        fn close_to_the_machine(x in any::<f64>(), y in any::<f64>(), digits in 0..20_usize) {
            let close = |found: f64, plain: f64| {
                found.to_bits() == plain.to_bits() || (found - plain).abs() <= plain.abs() * 1e-9
                    || (found.is_nan() && plain.is_nan())
            };
            prop_assert!(close(add(x, y), x + y));
            prop_assert!(close(multiply(x, y), x * y));
            prop_assert!(close(divide(x, y), x / y));
            let _rounded = round(x, digits);
            let _remainder = remainder(x, y);
        }
    }
}
