//! How times are written.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// As a number since 1970, of which so many decimal places make milliseconds: 3 of seconds.
    Number(i32),
    /// A date and time with its offset, as in RFC 3339.
    Rfc3339,
    /// As a pattern of `strptime` says; without an offset in it, at this one.
    Pattern(String, Offset),
}

impl TimeFormat {
    /// Reads how times are written; why it cannot be, by key.
    pub(super) fn new(format: &str, zone: Option<&str>) -> Result<Self, (&'static str, String)> {
        let plain = match format {
            "ms" => Some(Self::Number(0)),
            "s" => Some(Self::Number(3)),
            "us" => Some(Self::Number(-3)),
            "rfc3339" => Some(Self::Rfc3339),
            _ => None,
        };
        if let Some(plain) = plain {
            return match zone {
                None => Ok(plain),
                Some(_) => {
                    let text = "it means nothing here: the times have their zone in them";
                    Err(("map.time.zone", text.to_owned()))
                }
            };
        }
        let offset = match zone {
            None => Offset::UTC,
            Some(zone) => offset(zone)
                .ok_or_else(|| ("map.time.zone", "it is no offset such as `+08:00`".to_owned()))?,
        };
        let pattern = Self::Pattern(format.to_owned(), offset);
        // Whether it can be read is seen by reading what it writes.
        let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let written = BrokenDownTime::from(&sample).to_string(format);
        match written {
            Ok(written) if format.contains('%') && pattern.millis(&written).is_some() => {
                Ok(pattern)
            }
            _ => Err((
                "map.time.format",
                "it is no way to write a date and time: give ms, s, us, rfc3339 or a pattern such as `%Y-%m-%d %H:%M:%S`"
                    .to_owned(),
            )),
        }
    }

    /// The time that a text says, in ms since 1970.
    pub(super) fn millis(&self, text: &str) -> Option<i64> {
        match self {
            Self::Number(places) => scaled(text.trim(), *places),
            Self::Rfc3339 => text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond),
            Self::Pattern(pattern, offset) => {
                let time = BrokenDownTime::parse(pattern, text).ok()?;
                if time.offset().is_some() {
                    return time.to_timestamp().ok().map(Timestamp::as_millisecond);
                }
                let at = time.to_datetime().ok()?;
                offset.to_timestamp(at).ok().map(Timestamp::as_millisecond)
            }
        }
    }
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(0) => "ms",
            Self::Number(3) => "s",
            Self::Number(_) => "us",
            Self::Rfc3339 => "rfc3339",
            Self::Pattern(pattern, _) => pattern,
        })
    }
}

/// `+08:00` or `-05:30`, or `Z`.
fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<i32>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = (hours.checked_mul(60)?.checked_add(minutes)?).checked_mul(60 * sign)?;
    ((0..60).contains(&minutes)).then(|| Offset::from_seconds(seconds).ok()).flatten()
}

/// A decimal number times ten to the power of `places`, rounded down.
///
/// By its digits, since most fractions are none that a double has.
fn scaled(text: &str, places: i32) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|sign| sign.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(places)?;
    let point = usize::try_from(point.max(0)).ok()?;
    let (kept, rest) = all.split_at_checked(point).unwrap_or((all.as_str(), ""));
    let missing = u32::try_from(point.saturating_sub(all.len())).ok()?;
    let kept: i64 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let millis = kept.checked_mul(10_i64.checked_pow(missing)?)?;
    if !is_negative {
        return Some(millis);
    }
    let is_whole = rest.bytes().all(|sign| sign == b'0');
    millis.checked_neg()?.checked_sub(i64::from(!is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (format, zone, text, expected) in [
            ("ms", None, "1795219200123", Some(1_795_219_200_123)),
            ("ms", None, "1795219200123.9", Some(1_795_219_200_123)),
            ("ms", None, "-1.5", Some(-2)),
            ("s", None, "1795219200", Some(1_795_219_200_000)),
            ("s", None, "1700000000.123", Some(1_700_000_000_123)),
            ("s", None, "1.1234567", Some(1123)),
            ("s", None, "-0.0001", Some(-1)),
            ("us", None, "1795219200123999", Some(1_795_219_200_123)),
            ("us", None, "12", Some(0)),
            ("us", None, "-12", Some(-1)),
            ("s", None, "99999999999999999999", None),
            ("s", None, "1e3", None),
            ("ms", None, "", None),
            ("rfc3339", None, "2026-11-21T08:00:00+08:00", Some(1_795_219_200_000)),
            ("rfc3339", None, "2026-11-21", None),
            ("%Y-%m-%d %H:%M:%S", None, "2026-11-21 00:00:00", Some(1_795_219_200_000)),
            ("%Y-%m-%d %H:%M:%S", Some("+08:00"), "2026-11-21 08:00:00", Some(1_795_219_200_000)),
            ("%Y-%m-%d %H:%M:%S%.f", None, "2026-11-21 00:00:00.5", Some(1_795_219_200_500)),
            ("%d/%b/%Y:%H:%M:%S %z", None, "21/Nov/2026:08:00:00 +0800", Some(1_795_219_200_000)),
            ("%Y%m%d", Some("-01:30"), "20261121", Some(1_795_224_600_000)),
            ("%Y-%m-%d %H:%M:%S", None, "2026-13-21 08:00:00", None),
        ] {
            let read = TimeFormat::new(format, zone).unwrap();
            assert_eq!(read.millis(text), expected, "{format} {text}");
        }
    }

    #[test]
    fn what_is_no_format_is_told() {
        for (format, zone, key) in [
            ("", None, "map.time.format"),
            ("yyyy-MM-dd", None, "map.time.format"),
            ("%H:%M", None, "map.time.format"),
            ("%Q", None, "map.time.format"),
            ("ms", Some("+08:00"), "map.time.zone"),
            ("%Y-%m-%d", Some("Asia/Shanghai"), "map.time.zone"),
            ("%Y-%m-%d", Some("+8:00"), "map.time.zone"),
        ] {
            assert_eq!(TimeFormat::new(format, zone).unwrap_err().0, key, "{format}");
        }
    }
}
