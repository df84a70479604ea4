//! What the expressions of an action read: the events of an output, or the values of a group.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tripline_condition::{
    BoundAction, Context, MatchedEvents, NoMatchedEvents, NodeIndex, ValuePlace,
};
use tripline_engine::{Output, OutputKind, TakenEvent};
use tripline_event::json::{JsonPayloadDecoder, Step, steps};
use tripline_event::{
    Event, EventPosition, FieldId, FieldTable, PayloadDecoder as _, Timestamp, Value,
};

/// Writes a value of an output as it stands in an event, with all its digits; false if it is no number of an event.
pub type AsWritten<'a> = dyn Fn(ValuePlace, &mut String) -> bool + 'a;

/// Whether an action takes outputs of this kind.
#[must_use]
pub const fn takes(bound: &BoundAction, output: &Output<'_>) -> bool {
    let outputs = &bound.action.outputs;
    match output.kind {
        OutputKind::Match => outputs.matches,
        OutputKind::Timeout { .. } => outputs.timeouts,
        OutputKind::Aggregate { .. } => outputs.aggregates,
    }
}

/// Does something with what an output is to the expressions of an action; `key` are the paths of the rule's key fields.
/// Nothing of an output without events and values.
///
/// # Cost
/// Reads the fields that the action names out of each event of the output.
pub fn with_output<T>(
    bound: &BoundAction,
    key: &[String],
    output: &Output<'_>,
    work: impl FnOnce(&Context<'_>, &AsWritten<'_>) -> T,
) -> Option<T> {
    if let OutputKind::Aggregate { end, event, .. } = output.kind {
        let values: Vec<Value> =
            bound.fields.paths().map(|name| value_of(output, key, name)).collect();
        let (time, position) = event.unwrap_or((end, EventPosition::default()));
        let event = Event { time, happened: time, position, values: &values, payload: b"" };
        let context = Context { event, matched: &NoMatchedEvents };
        return Some(work(&context, &|_, _| false));
    }
    let taken = Taken::of(output, &bound.fields);
    let last = taken.last()?;
    let context = Context { event: last, matched: &taken };
    let as_written = |place, shown: &mut String| taken.write_number(place, &bound.fields, shown);
    Some(work(&context, &as_written))
}

/// The value that an aggregate has by a name.
fn value_of(output: &Output<'_>, key: &[String], name: &str) -> Value {
    let OutputKind::Aggregate { start, end, rank, revision, .. } = output.kind else {
        return Value::Missing;
    };
    if let Some(at) = key.iter().position(|path| path == name) {
        return output.key.values().nth(at).unwrap_or_default();
    }
    let names = output.rule.aggregate().map_or(&[][..], |plan| plan.aggregates.as_slice());
    if let Some(at) = names.iter().position(|aggregate| aggregate.name == name) {
        return output.values.get(at).cloned().unwrap_or_default();
    }
    match name {
        "start" => Value::Int(start.as_millis()),
        "end" => Value::Int(end.as_millis()),
        "rank" => rank.map_or(Value::Missing, |rank| Value::Int(i64::from(rank))),
        "revision" => Value::Int(i64::from(revision)),
        _ => Value::Missing,
    }
}

/// The events of an output with the values of some fields.
struct Taken<'a> {
    events: Vec<(NodeIndex, &'a TakenEvent, Vec<Value>)>,
}

impl<'a> Taken<'a> {
    fn of(output: &Output<'a>, fields: &FieldTable) -> Self {
        let events = output.events().map(|(node, event)| {
            let value = |path: &str| JsonPayloadDecoder.value(&event.payload, path);
            (node, event, fields.paths().map(value).collect())
        });
        Self { events: events.collect() }
    }

    /// The last event: of several of one time that of the later node.
    fn last(&self) -> Option<Event<'_>> {
        let (_, event, values) = self.events.get(self.last_index()?)?;
        let TakenEvent { time, position, payload, .. } = event;
        Some(Event { time: *time, happened: *time, position: *position, values, payload })
    }

    fn last_index(&self) -> Option<usize> {
        let times = self.events.iter().map(|(_, event, _)| event.time);
        times.enumerate().max_by_key(|(_, time)| *time).map(|(index, _)| index)
    }

    fn get(
        &self,
        node: NodeIndex,
        index: usize,
    ) -> Option<&(NodeIndex, &'a TakenEvent, Vec<Value>)> {
        // Those of a node stand together, the oldest first.
        let first = self.events.iter().position(|(taken, ..)| *taken == node)?;
        self.events.get(first.checked_add(index)?).filter(|(taken, ..)| *taken == node)
    }

    /// Appends a number with all its digits; false if it is none, or does not stand there as one.
    fn write_number(&self, place: ValuePlace, fields: &FieldTable, shown: &mut String) -> bool {
        let (found, field) = match place {
            ValuePlace::Current(field) => {
                (self.last_index().and_then(|index| self.events.get(index)), field)
            }
            ValuePlace::Matched { node, index, field } => (self.get(node, index), field),
        };
        let Some((_, event, values)) = found else { return false };
        if !matches!(values.get(field.index()), Some(Value::Float(_))) {
            return false;
        }
        let number = fields.path(field).and_then(|path| number_at(&event.payload, path));
        number.map(|number| shown.push_str(&number)).is_some()
    }
}

impl MatchedEvents for Taken<'_> {
    fn count(&self, node: NodeIndex) -> usize {
        self.events.iter().filter(|(taken, ..)| *taken == node).count()
    }

    fn value(&self, node: NodeIndex, index: usize, field: FieldId) -> Value {
        let value = self.get(node, index).and_then(|(.., values)| values.get(field.index()));
        value.cloned().unwrap_or_default()
    }

    fn time(&self, node: NodeIndex, index: usize) -> Option<Timestamp> {
        self.get(node, index).map(|(_, event, _)| event.time)
    }

    fn sum(&self, node: NodeIndex, field: FieldId) -> Value {
        self.totals(node, field).sum
    }
}

/// The number at a path of an event, as it is written there.
fn number_at(payload: &[u8], path: &str) -> Option<String> {
    let mut at: &RawValue = serde_json::from_slice(payload).ok()?;
    for step in steps(path).unwrap_or_else(|| vec![Step::Member(path)]) {
        at = match step {
            Step::Member(name) => {
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(at.get()).ok()?;
                members.get(name).copied()?
            }
            Step::Item(index) => {
                let items: Vec<&RawValue> = serde_json::from_str(at.get()).ok()?;
                items.get(index).copied()?
            }
            Step::Items => return None,
        };
    }
    let written = at.get();
    written
        .starts_with(|sign: char| sign == '-' || sign.is_ascii_digit())
        .then(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::number_at;

    #[test]
    fn numbers_stand_as_they_are_written() {
        let check = |path: &str, expected: Option<&str>| {
            let payload =
                br#"{"price":19.90,"a":{"b":[1,2.50]},"big":1e3,"text":"5.0","x.y":0.10}"#;
            assert_eq!(number_at(payload, path).as_deref(), expected, "{path}");
        };
        check("price", Some("19.90"));
        check("a.b[1]", Some("2.50"));
        check("big", Some("1e3"));
        check("text", None);
        check("a", None);
        check("nothing", None);
        check("a.b[7]", None);
    }
}
