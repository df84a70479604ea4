//! Decimal numbers, digit by digit.

use num_bigint::{BigInt, Sign};

use super::why::Why;

/// The most bytes of the digits: writing them takes time by the square of it. About 600 digits.
const MAX_BYTES: usize = 256;

/// The most places before or behind the point that are not among the digits.
const MAX_SCALE: u64 = 1000;

/// The JSON of a whole number, big-endian in two's complement, times ten to the power of minus `scale`.
pub(super) fn decimal(unscaled: &[u8], scale: i64) -> Result<String, Why> {
    if unscaled.len() > MAX_BYTES {
        return Err(Why::new(format!("a decimal number has more than {MAX_BYTES} bytes")));
    }
    if scale.unsigned_abs() > MAX_SCALE {
        return Err(Why::new(format!("a decimal number has a scale of {scale}")));
    }
    let (sign, magnitude) = BigInt::from_signed_bytes_be(unscaled).into_parts();
    let mut digits = magnitude.to_string();
    let places = usize::try_from(scale.unsigned_abs()).unwrap_or_default();
    if scale > 0 {
        if digits.len() <= places {
            digits.insert_str(0, &"0".repeat(places + 1 - digits.len()));
        }
        digits.insert(digits.len() - places, '.');
    } else if sign != Sign::NoSign {
        digits.push_str(&"0".repeat(places));
    }
    if sign == Sign::Minus {
        digits.insert(0, '-');
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_written_with_its_scale() {
        for (unscaled, scale, expected) in [
            (&[0x4E, 0x2A][..], 2, "200.10"),
            (&[0xB1, 0xD6], 2, "-200.10"),
            (&[], 0, "0"),
            (&[0], 2, "0.00"),
            (&[1], 2, "0.01"),
            (&[0xFF], 2, "-0.01"),
            (&[0x80], 0, "-128"),
            (&[0, 0x80], 0, "128"),
            (&[12], -3, "12000"),
            (&[0], -3, "0"),
            (&[0x7F; 16], 10, "16947396313317327396019049076.0135540607"),
        ] {
            assert_eq!(decimal(unscaled, scale).unwrap(), expected, "{unscaled:?} {scale}");
        }
    }

    #[test]
    fn what_would_take_too_long_is_refused() {
        assert!(decimal(&[1; MAX_BYTES], 1000).is_ok());
        assert!(decimal(&[1; MAX_BYTES + 1], 0).is_err());
        for scale in [1001, -1001, i64::MIN, i64::MAX] {
            assert!(decimal(&[1], scale).is_err());
        }
    }
}
