//! The fields of an event, each with its JSON as it stood.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Fields in their order; of two of one name the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The name of a field, without a copy where it can be.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Row<'a> {
    /// The fields of a JSON object; nothing if it is none.
    pub(crate) fn of_object(json: &'a [u8]) -> Option<Self> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Row<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut fields = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some((Name(name), value)) =
                    map.next_entry::<Name<'de>, &'de RawValue>()?
                {
                    fields.push((name, Cow::Borrowed(value.get())));
                }
                Ok(Row { fields })
            }
        }

        let mut reading = serde_json::Deserializer::from_slice(json);
        let row = reading.deserialize_map(Fields).ok()?;
        reading.end().ok()?;
        Some(row)
    }

    /// The JSON of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut from_last = self.fields.iter().rev();
        from_last.find(|(other, _)| other == name).map(|(_, json)| json.as_ref())
    }

    /// Takes the JSON of a field out, with all of its name.
    pub(super) fn take(&mut self, name: &str) -> Option<Cow<'a, str>> {
        let last = self.fields.iter().rposition(|(other, _)| other == name)?;
        let (_, json) = self.fields.remove(last);
        self.fields.retain(|(other, _)| other != name);
        Some(json)
    }

    /// What stands at a path: a field of that name, or one below others, whose names have dots between them.
    pub(crate) fn at(&self, path: &str) -> Option<Cow<'_, str>> {
        if let Some(json) = self.get(path) {
            return Some(Cow::Borrowed(json));
        }
        let (name, mut rest) = path.split_once('.')?;
        let mut json = Cow::Borrowed(self.get(name)?);
        loop {
            let row = Row::of_object(json.as_bytes())?;
            if let Some(found) = row.get(rest) {
                return Some(Cow::Owned(found.to_owned()));
            }
            let (name, below) = rest.split_once('.')?;
            let next = row.get(name)?.to_owned();
            (json, rest) = (Cow::Owned(next), below);
        }
    }

    /// Adds a field, in the place of one of its name.
    pub(super) fn set(&mut self, name: impl Into<Cow<'a, str>>, json: impl Into<Cow<'a, str>>) {
        let (name, json) = (name.into(), json.into());
        match self.fields.iter_mut().rev().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = json,
            None => self.fields.push((name, json)),
        }
    }

    /// Adds a field unless there is one of its name.
    pub(super) fn set_missing(&mut self, name: &'a str, json: impl Into<Cow<'a, str>>) {
        if self.get(name).is_none() {
            self.fields.push((Cow::Borrowed(name), json.into()));
        }
    }

    pub(super) fn push(&mut self, name: impl Into<Cow<'a, str>>, json: impl Into<Cow<'a, str>>) {
        self.fields.push((name.into(), json.into()));
    }

    /// Keeps the fields of which `is_kept` says so.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.fields.retain(|(name, _)| is_kept(name));
    }

    /// Lets each field become another.
    pub(super) fn map(&mut self, mut map: impl FnMut(&str, &mut Cow<'a, str>)) {
        for (name, json) in &mut self.fields {
            map(name, json);
        }
    }

    /// Appends it as a JSON object of one line.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, (name, json)) in self.fields.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            // A text can always be written as JSON, into memory.
            let _infallible = serde_json::to_writer(&mut *out, name);
            out.push(b':');
            out.extend(json.bytes().map(|sign| match sign {
                b'\n' | b'\r' => b' ',
                sign => sign,
            }));
        }
        out.push(b'}');
    }
}

/// What a JSON text says, for people and for times: a text without its quotes, anything else as it stands.
pub(crate) fn words(json: &str) -> Cow<'_, str> {
    if json.starts_with('"') {
        serde_json::from_str(json).map_or(Cow::Borrowed(json), Cow::Owned)
    } else {
        Cow::Borrowed(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_kept_letter_by_letter() {
        let mut row = Row::of_object(
            br#" {"a":1.50,"b":{"c":{"d":"x"},"e.f":2},"a.b":3,"a":2.00,"\u0061b":4}"#,
        )
        .unwrap();
        let at = |path| row.at(path).map(Cow::into_owned);
        for (path, expected) in [
            ("a", Some("2.00")),
            ("a.b", Some("3")),
            ("b.c.d", Some("\"x\"")),
            ("b.e.f", Some("2")),
            ("b.c", Some(r#"{"d":"x"}"#)),
            ("ab", Some("4")),
            ("b.x", None),
            ("a.x", None),
            ("x", None),
        ] {
            assert_eq!(at(path).as_deref(), expected, "{path}");
        }
        assert_eq!(row.take("a").as_deref(), Some("2.00"));
        row.set("a.b", "7");
        row.set("new", "[1,\n2]");
        row.set_missing("ab", "0");
        let mut out = Vec::new();
        row.write(&mut out);
        let expected = r#"{"b":{"c":{"d":"x"},"e.f":2},"a.b":7,"ab":4,"new":[1, 2]}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        for none in ["", "1", "[]", "{", "{} x", "{\"a\":}"] {
            assert_eq!(Row::of_object(none.as_bytes()), None, "{none}");
        }
    }
}
