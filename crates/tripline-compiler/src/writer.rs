//! What a rule does to sets with what it finds, as its action says.

use std::sync::Arc;

use jiff::Timestamp as Instant;
use jiff::tz::TimeZone;
use tripline_condition::{BoundAction, BoundStay};
use tripline_engine::{Output, OutputKind, SetChange, SetEdit, SetWriter, set_member};
use tripline_event::{FieldTable, SetId, Timestamp, Value};

use crate::output_context::{takes, with_output};
use crate::rule::CompiledRule;

/// The writer of a rule whose action changes sets; `fields` gains their names.
pub(crate) fn writer(rule: &CompiledRule, fields: &mut FieldTable) -> Option<Arc<dyn SetWriter>> {
    let action = rule.action.as_ref().filter(|action| !action.sets.is_empty())?;
    let sets = action.sets.iter().map(|edit| fields.set(&edit.set)).collect();
    let spec = rule.document.aggregate();
    let zone = spec.and_then(|spec| spec.window.time_zone.as_deref());
    let zone = zone.and_then(|name| tripline_condition::find_zone(name).ok());
    Some(Arc::new(Writer {
        action: Arc::clone(action),
        key: spec.map_or_else(Vec::new, |spec| spec.group_by.clone()),
        sets,
        zone: zone.unwrap_or(TimeZone::UTC),
    }))
}

#[derive(Debug)]
struct Writer {
    action: Arc<BoundAction>,
    /// The fields of the group, of an aggregate.
    key: Vec<String>,
    /// The set of each edit.
    sets: Vec<SetId>,
    /// Where it is midnight unless the action says so.
    zone: TimeZone,
}

impl SetWriter for Writer {
    fn sets(&self) -> &[SetId] {
        &self.sets
    }

    fn write(&self, output: &Output<'_>, changes: &mut Vec<SetChange>) {
        let bound = &*self.action;
        if !takes(bound, output) {
            return;
        }
        let time = match output.kind {
            OutputKind::Match => output.end(),
            OutputKind::Timeout { due } => due,
            OutputKind::Aggregate { end, event, .. } => event.map_or(end, |(time, _)| time),
        };
        let found = with_output(bound, &self.key, output, |context, _| {
            if bound.when.as_ref().is_some_and(|when| !when.condition.evaluate(context).holds()) {
                return;
            }
            for (edit, &set) in bound.sets.iter().zip(&self.sets) {
                let parts: Vec<Value> =
                    edit.member.iter().map(|part| part.evaluate(context)).collect();
                // A member of which a part is missing is none.
                let Some(member) = set_member(&parts) else { continue };
                let edit = edit
                    .stay
                    .as_ref()
                    .map_or(SetEdit::Remove, |stay| SetEdit::Add(until(stay, time, &self.zone)));
                changes.push(SetChange { set, member, edit });
            }
        });
        found.unwrap_or_default();
    }
}

/// The first moment at which a member is out that is put in at `time`.
fn until(stay: &BoundStay, time: Timestamp, zone: &TimeZone) -> Timestamp {
    match stay {
        BoundStay::Forever => Timestamp::MAX,
        BoundStay::For(ms) => time.saturating_add(*ms),
        BoundStay::UntilMidnight(own) => {
            midnight(time, own.as_ref().unwrap_or(zone)).unwrap_or(Timestamp::MAX)
        }
    }
}

/// When the next day begins.
fn midnight(time: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let instant = Instant::from_millisecond(time.as_millis()).ok()?;
    let next = zone.to_datetime(instant).date().tomorrow().ok()?;
    let first = next.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(first.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_where_the_zone_says() {
        let check = |time: &str, zone: &str, expected: &str| {
            let at = |text: &str| {
                let instant: Instant = text.parse().expect("a time");
                Timestamp::from_millis(instant.as_millisecond())
            };
            let zone = tripline_condition::find_zone(zone).expect("a zone");
            let stay = BoundStay::UntilMidnight(None);
            assert_eq!(until(&stay, at(time), &zone), at(expected), "{time}");
        };
        check("2017-11-26T01:00:00Z", "UTC", "2017-11-27T00:00:00Z");
        check("2017-11-26T00:00:00Z", "UTC", "2017-11-27T00:00:00Z");
        check("2017-11-26T01:00:00Z", "Asia/Shanghai", "2017-11-26T16:00:00Z");
        check("2017-11-26T16:00:00Z", "Asia/Shanghai", "2017-11-27T16:00:00Z");
        // A day of 23 hours, and one that begins at one o'clock.
        check("2024-03-10T06:00:00Z", "America/New_York", "2024-03-11T04:00:00Z");
        check("2018-11-03T12:00:00Z", "America/Sao_Paulo", "2018-11-04T03:00:00Z");
        assert_eq!(
            until(&BoundStay::For(5), Timestamp::from_millis(7), &TimeZone::UTC).as_millis(),
            12
        );
    }
}
