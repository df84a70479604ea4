//! The event as `serde_json` walks through it: values for the members asked for, a check for the others.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::members::{Items, Members, Place, Slot, Target};
use crate::Value;

/// A list of more items than this counts as missing: one event must not become all of the memory.
const MAX_ITEMS: usize = 10_000;

/// One event while it is read.
pub(super) struct EventReader<'v> {
    values: &'v mut [Value],
    /// Values of members whose literal name is a path of several steps: they are set last, so that they win.
    literals: Vec<(Slot, Value)>,
    /// Of the item that is being read: what goes to each list.
    parts: Vec<Value>,
}

impl<'v> EventReader<'v> {
    pub(super) fn new(values: &'v mut [Value]) -> Self {
        Self { values, literals: Vec::new(), parts: Vec::new() }
    }

    /// The visitor of an object of which `members` are asked for.
    pub(super) fn object<'r>(&'r mut self, members: &'r Members) -> ObjectVisitor<'r, 'v> {
        ObjectVisitor { event: self, members }
    }

    /// To be called when the whole line has been read.
    pub(super) fn finish(self) {
        for (slot, value) in self.literals {
            set(self.values, slot, value);
        }
    }

    fn put(&mut self, target: Target, list: Option<usize>, value: Value) {
        if let Some(part) = list.and_then(|list| self.parts.get_mut(list)) {
            part.clone_from(&value);
        }
        match target {
            Target::Slot(slot) => set(self.values, slot, value),
            Target::Literal(slot) => self.literals.push((slot, value)),
            Target::Nowhere => {}
        }
    }

    /// Reads one value of which something is asked for, and puts it where it belongs.
    fn read<E>(
        &mut self,
        place: &Place,
        next: impl FnOnce(Asked<'_, 'v>) -> Result<Value, E>,
    ) -> Result<(), E> {
        if place.asks_inside() {
            // What was found inside an earlier member of the same name counts no more.
            place.for_each_inside(&mut |target, list| {
                if target != Target::Nowhere || list.is_some() {
                    self.put(target, list, Value::Missing);
                }
            });
        }
        let value = next(Asked { event: self, place })?;
        self.put(place.target, place.list, value);
        Ok(())
    }
}

fn set(values: &mut [Value], slot: Slot, value: Value) {
    if let Some(old) = values.get_mut(slot) {
        *old = value;
    }
}

/// Reads an object, and nothing else.
pub(super) struct ObjectVisitor<'r, 'v> {
    event: &'r mut EventReader<'v>,
    members: &'r Members,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Name(self.members))? {
            match place {
                Some(place) => self.event.read(place, |asked| map.next_value_seed(asked))?,
                None => {
                    map.next_value::<Skipped>()?;
                }
            }
        }
        Ok(())
    }
}

/// A member's name: whether it is asked for.
struct Name<'r>(&'r Members);

impl<'de, 'r> DeserializeSeed<'de> for Name<'r> {
    type Value = Option<&'r Place>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'r> Visitor<'_> for Name<'r> {
    type Value = Option<&'r Place>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.find(name))
    }
}

/// The value at a place that is asked for, or inside which something is.
struct Asked<'r, 'v> {
    event: &'r mut EventReader<'v>,
    place: &'r Place,
}

impl<'de> DeserializeSeed<'de> for Asked<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Asked<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Missing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Value, A::Error> {
        match &self.place.items {
            Some(asked) => read_items(self.event, asked, items)?,
            None => {
                SkippedVisitor.visit_seq(items)?;
            }
        }
        Ok(Value::Missing)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Value, A::Error> {
        let Self { event, place } = self;
        event.object(&place.members).visit_map(members)?;
        Ok(Value::Missing)
    }
}

/// Reads an array: the items that are asked for one by one, and the lists of all of them.
fn read_items<'de, A: SeqAccess<'de>>(
    event: &mut EventReader<'_>,
    asked: &Items,
    mut items: A,
) -> Result<(), A::Error> {
    let parts = vec![Value::Missing; asked.lists.len()];
    let outer = std::mem::replace(&mut event.parts, parts);
    let mut lists: Vec<Vec<Value>> = vec![Vec::new(); asked.lists.len()];
    let mut length = 0;
    loop {
        let more = match asked.of(length) {
            None => items.next_element::<Skipped>()?.is_some(),
            Some(place) => {
                let mut found = false;
                event.read(place, |asked| {
                    let value = items.next_element_seed(asked)?;
                    found = value.is_some();
                    Ok(value.unwrap_or_default())
                })?;
                found
            }
        };
        if !more {
            break;
        }
        length += 1;
        for (list, part) in lists.iter_mut().zip(&mut event.parts) {
            let part = std::mem::take(part);
            if length <= MAX_ITEMS {
                list.push(part);
            }
        }
    }
    event.parts = outer;
    if length <= MAX_ITEMS {
        for (slot, list) in asked.lists.iter().zip(lists) {
            set(event.values, *slot, Value::List(list.into()));
        }
    }
    Ok(())
}

/// A value that nobody asks for.
///
/// Unlike `IgnoredAny` it is held to all that a value is held to: otherwise what counts as an event would depend on
/// the rules in force.
struct Skipped;

struct SkippedVisitor;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SkippedVisitor)
    }
}

impl<'de> Visitor<'de> for SkippedVisitor {
    type Value = Skipped;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Skipped, A::Error> {
        while items.next_element::<Skipped>()?.is_some() {}
        Ok(Skipped)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Skipped, A::Error> {
        while members.next_entry::<Skipped, Skipped>()?.is_some() {}
        Ok(Skipped)
    }
}
