//! Reads messages by their schema.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::schema::{Field, Logical, Node, Schema};
use crate::coded::decimal::decimal;
use crate::coded::json::Json;
use crate::coded::why::Why;

/// How deep values may lie in each other: what nests without end, by a schema that speaks of itself, ends here.
const MAX_DEPTH: usize = 64;

/// The microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

impl Schema {
    /// Writes the JSON of a message; a message is all of the bytes.
    pub(in crate::coded) fn write(&self, message: &[u8], json: &mut Json) -> Result<(), Why> {
        let mut reader = Reader { schema: self, rest: message, json };
        reader.value(&self.root, MAX_DEPTH)?;
        match reader.rest.len() {
            0 => Ok(()),
            more => Err(Why::new(format!("{more} bytes are left behind its end"))),
        }
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    /// What was not read yet.
    rest: &'a [u8],
    json: &'a mut Json,
}

fn ended() -> Why {
    Why::new("it ends in the middle of a value")
}

/// How deep the values of a value may lie.
fn below(depth: usize) -> Result<usize, Why> {
    let less = depth.checked_sub(1);
    less.ok_or_else(|| Why::new(format!("its values lie more than {MAX_DEPTH} deep")))
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Why> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(ended)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Why> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(ended)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn long(&mut self) -> Result<i64, Why> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let seven = u64::from(byte & 0x7F);
            if seven << shift >> shift != seven {
                break;
            }
            bits |= seven << shift;
            if byte & 0x80 == 0 {
                // Zigzag: the sign is the lowest bit.
                return Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
            }
        }
        Err(Why::new("a number is longer than 64 bits"))
    }

    fn int(&mut self) -> Result<i32, Why> {
        let long = self.long()?;
        i32::try_from(long).map_err(|_| Why::new(format!("{long} is no `int`")))
    }

    /// Bytes that have their number before them.
    fn bytes(&mut self) -> Result<&'a [u8], Why> {
        let count = self.long()?;
        let count = usize::try_from(count);
        self.take(count.map_err(|_| Why::new("a length is less than nothing"))?)
    }

    fn text(&mut self) -> Result<&'a str, Why> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Why::new("a text is not valid UTF-8"))
    }

    /// How many items the next block of a list or a map has; none at its end.
    fn block(&mut self) -> Result<u64, Why> {
        let count = self.long()?;
        if count < 0 {
            // How many bytes it has, for those who pass it over.
            self.long()?;
        }
        Ok(count.unsigned_abs())
    }

    fn value(&mut self, node: &Node, depth: usize) -> Result<(), Why> {
        match node {
            Node::Null => self.json.raw("null"),
            Node::Boolean => match self.array()? {
                [0] => self.json.raw("false"),
                [1] => self.json.raw("true"),
                [other] => Err(Why::new(format!("{other} is neither true nor false"))),
            },
            Node::Int => {
                let number = self.int()?;
                self.json.shown(number)
            }
            Node::Long => {
                let number = self.long()?;
                self.json.shown(number)
            }
            Node::Float => {
                let number = f32::from_le_bytes(self.array()?);
                self.json.float(number)
            }
            Node::Double => {
                let number = f64::from_le_bytes(self.array()?);
                self.json.double(number)
            }
            Node::Bytes => {
                let bytes = self.bytes()?;
                self.json.base64(bytes)
            }
            Node::Fixed(size) => {
                let bytes = self.take(*size)?;
                self.json.base64(bytes)
            }
            Node::Text => {
                let text = self.text()?;
                self.json.text(text)
            }
            Node::Enum(symbols) => {
                let symbol = self.of(symbols, "symbol")?;
                self.json.text(symbol)
            }
            Node::Union(variants) => {
                let variant = self.of(variants, "branch of the union")?;
                self.value(variant, depth)
            }
            Node::Named(place) => {
                let schema = self.schema;
                // All that are spoken of are there.
                let named = schema.named.get(*place).ok_or_else(|| Why::new("it has no type"))?;
                self.value(named, depth)
            }
            Node::Array(items) => self.list(items, below(depth)?),
            Node::Map(values) => self.map(values, below(depth)?),
            Node::Record(fields) => self.record(fields, below(depth)?),
            Node::Logical(logical) => self.logical(logical),
        }
    }

    /// The one whose place is told.
    fn of<'b, T>(&mut self, all: &'b [T], what: &str) -> Result<&'b T, Why> {
        let place = self.long()?;
        let found = usize::try_from(place).ok().and_then(|place| all.get(place));
        found.ok_or_else(|| Why::new(format!("there is no {what} {place}, but {}", all.len())))
    }

    fn record(&mut self, fields: &[Field], depth: usize) -> Result<(), Why> {
        let mut before = "{";
        for field in fields {
            self.json.raw(before)?;
            self.json.raw(&field.key)?;
            self.value(&field.node, depth).map_err(|why| why.below(&field.name))?;
            before = ",";
        }
        self.json.raw(if fields.is_empty() { "{}" } else { "}" })
    }

    fn list(&mut self, items: &Node, depth: usize) -> Result<(), Why> {
        let mut before = "";
        self.json.raw("[")?;
        loop {
            let count = self.block()?;
            if count == 0 {
                return self.json.raw("]");
            }
            for _ in 0..count {
                self.json.raw(before)?;
                self.value(items, depth)?;
                before = ",";
            }
        }
    }

    fn map(&mut self, values: &Node, depth: usize) -> Result<(), Why> {
        let mut before = "";
        self.json.raw("{")?;
        loop {
            let count = self.block()?;
            if count == 0 {
                return self.json.raw("}");
            }
            for _ in 0..count {
                let key = self.text()?;
                self.json.raw(before)?;
                self.json.text(key)?;
                self.json.raw(":")?;
                self.value(values, depth).map_err(|why| why.below(key))?;
                before = ",";
            }
        }
    }

    /// What is written as something simpler, and means more.
    fn logical(&mut self, logical: &Logical) -> Result<(), Why> {
        match logical {
            Logical::Decimal { size, scale } => {
                let unscaled = match size {
                    Some(size) => self.take(*size)?,
                    None => self.bytes()?,
                };
                self.json.raw(&decimal(unscaled, *scale)?)
            }
            Logical::BigDecimal => {
                let inner = self.bytes()?;
                let rest = std::mem::replace(&mut self.rest, inner);
                let (unscaled, scale) = (self.bytes()?, self.long()?);
                self.rest = rest;
                self.json.raw(&decimal(unscaled, scale)?)
            }
            Logical::Date => {
                let days = self.int()?;
                let at = Timestamp::from_second(i64::from(days) * 86_400)
                    .map_err(|_| Why::new(format!("{days} days from 1970 is no date")))?;
                self.json.shown(format_args!("\"{}\"", Offset::UTC.to_datetime(at).date()))
            }
            Logical::TimeMillis => {
                let ms = self.int()?;
                self.time_of_day(i64::from(ms) * 1000)
            }
            Logical::TimeMicros => {
                let us = self.long()?;
                self.time_of_day(us)
            }
            Logical::Timestamp { per_ms } => {
                let since = self.long()?;
                self.json.shown(since.div_euclid(*per_ms))
            }
            Logical::UuidBytes { is_fixed } => {
                let bytes = if *is_fixed { self.take(16)? } else { self.bytes()? };
                let bytes: [u8; 16] =
                    bytes.try_into().map_err(|_| Why::new("a UUID has not 16 bytes"))?;
                let hex = format!("{:032x}", u128::from_be_bytes(bytes));
                let mut rest = hex.as_str();
                self.json.raw("\"")?;
                for (count, behind) in [(8, "-"), (4, "-"), (4, "-"), (4, "-"), (12, "\"")] {
                    let (part, more) = rest.split_at_checked(count).unwrap_or((rest, ""));
                    self.json.raw(part)?;
                    self.json.raw(behind)?;
                    rest = more;
                }
                Ok(())
            }
            Logical::Duration => {
                let [months, days, ms] = [self.array()?, self.array()?, self.array()?];
                let [months, days, ms] = [months, days, ms].map(u32::from_le_bytes);
                self.json
                    .shown(format_args!("{{\"months\":{months},\"days\":{days},\"millis\":{ms}}}"))
            }
        }
    }

    /// A time of day as a text, with the digits of a fraction that it has.
    fn time_of_day(&mut self, us: i64) -> Result<(), Why> {
        if !(0..DAY_US).contains(&us) {
            return Err(Why::new(format!("{us} µs after midnight is no time of day")));
        }
        let (s, fraction) = (us / 1_000_000, us % 1_000_000);
        let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
        match (fraction, fraction % 1000) {
            (0, _) => self.json.shown(format_args!("\"{h:02}:{m:02}:{s:02}\"")),
            (_, 0) => {
                let ms = fraction / 1000;
                self.json.shown(format_args!("\"{h:02}:{m:02}:{s:02}.{ms:03}\""))
            }
            _ => self.json.shown(format_args!("\"{h:02}:{m:02}:{s:02}.{fraction:06}\"")),
        }
    }
}
